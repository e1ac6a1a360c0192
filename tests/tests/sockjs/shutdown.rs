//! Graceful shutdown: sessions that listen are told, the others go at once.

use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::{Connection, told, within};

use crate::{echo, patient, serve, telling};

#[tokio::test]
async fn whoever_listens_is_told_and_nobody_is_waited_for() {
    let (tell, mut told) = told::<String>();
    let server = serve(patient(), telling(echo(), tell)).await;
    let mut listening = Vec::new();
    for transport in Transport::ALL {
        let mut client = Client::open(server.address, "/echo", transport).await;
        client.listen().await;
        if transport.polls() {
            client.post("[]").await;
        }
        listening.push(client);
    }
    let _away = Client::open(server.address, "/echo", Transport::XhrPolling).await;
    let address = server.address;
    let stopping = tokio::spawn(server.stop());
    for client in &mut listening {
        client.expect_close(1001, "Server shutdown").await;
    }
    drop(listening);
    within("the end", stopping).await.unwrap();
    for _ in 0..=Transport::ALL.len() {
        assert_eq!(told.hear().await, "server shutdown");
    }
    assert!(Connection::try_open(address).await.is_err(), "nobody may be listening");
}
