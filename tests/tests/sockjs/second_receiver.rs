//! Two requests that hear at once: the second is turned away, whatever its transport, and the first does not notice.

use longwire_tests::sockjs::{Client, Transport};

use crate::{echo, patient, serve};

#[tokio::test]
async fn the_second_is_told_2010_on_any_mix_of_transports() {
    let server = serve(patient(), echo()).await;
    for transport in Transport::HTTP {
        let mut client = Client::open(server.address, "/echo", transport).await;
        client.listen().await;
        if transport.polls() {
            client.post("[]").await;
        }
        for other in Transport::HTTP {
            let mut second = Client::join(server.address, &client.base, other).await;
            second.expect_close(2010, "Another connection still open").await;
        }
        client.send(&["untouched"]).await;
        client.expect(&["untouched"]).await;
    }
}

#[tokio::test]
async fn sessions_on_websockets_have_nothing_to_do_with_the_id_in_their_path() {
    let server = serve(patient(), echo()).await;
    let mut polling = Client::open(server.address, "/echo", Transport::XhrPolling).await;
    let mut sockets = Vec::new();
    for number in 0..2 {
        let mut socket = Client::join(server.address, &polling.base, Transport::WEBSOCKET).await;
        assert_eq!(socket.frame().await, "o");
        socket.send(&[&number.to_string()]).await;
        sockets.push(socket);
    }
    for (number, socket) in sockets.iter_mut().enumerate() {
        socket.expect(&[&number.to_string()]).await;
    }
    polling.send(&["poll"]).await;
    polling.expect(&["poll"]).await;
}
