//! Volatile messages: written at once or not at all.

use longwire::{EmitError, Namespace, SendError, Server, Socket};
use longwire_tests::server::config;
use longwire_tests::{TestServer, Transport};

fn only_socket(server: &TestServer) -> Socket {
    server.server.io().sockets().pop().unwrap()
}

#[tokio::test]
async fn a_stream_that_is_free_gets_them() {
    let server = TestServer::start(Server::builder(config())).await;
    for transport in Transport::ALL.into_iter().filter(|transport| !transport.polls()) {
        let mut client = server.client(transport).await;
        // A round trip: what was written before has been taken.
        client.send("1::").await;
        client.expect(&["1::"]).await;
        only_socket(&server).emit_volatile("position", &1).unwrap();
        client.expect(&[r#"5:::{"name":"position","args":[1]}"#]).await;
        client.send("0::").await;
        server.sessions(0).await;
    }
}

#[tokio::test]
async fn a_poll_that_is_held_gets_them_and_a_client_between_polls_does_not() {
    let server = TestServer::start(Server::builder(config())).await;
    let mut client = server.client(Transport::XhrPolling).await;
    let socket = only_socket(&server);
    assert!(matches!(socket.emit_volatile("position", &1), Err(EmitError::Send(SendError::Dropped))));
    server.server.io().everybody().volatile().emit("position", &2);
    socket.send("not volatile").unwrap();
    client.expect(&["3:::not volatile"]).await;

    client.listen().await;
    socket.emit_volatile("position", &3).unwrap();
    client.expect(&[r#"5:::{"name":"position","args":[3]}"#]).await;
    client.listen().await;
    server.server.io().everybody().volatile().emit("position", &4);
    client.expect(&[r#"5:::{"name":"position","args":[4]}"#]).await;
}

/// One turn of a handler is one answer: all of it is written at once.
#[tokio::test]
async fn a_turn_of_a_handler_may_say_several() {
    let namespace = Namespace::new("/").on("go", async |socket: Socket| {
        for number in 0..3 {
            socket.emit_volatile("position", &number).unwrap();
        }
    });
    let server = TestServer::start(Server::builder(config()).namespace(namespace)).await;
    for transport in Transport::KINDS {
        let mut client = server.client(transport).await;
        client.listen().await;
        client.send("1::").await;
        client.expect(&["1::"]).await;
        client.listen().await;
        client.send(r#"5:::{"name":"go"}"#).await;
        for number in 0..3 {
            client.expect(&[&format!(r#"5:::{{"name":"position","args":[{number}]}}"#)]).await;
        }
    }
}

#[tokio::test]
async fn a_peer_that_does_not_read_loses_them_and_keeps_the_rest() {
    let config = config().backlog_bytes(64 << 20);
    let server = TestServer::start(Server::builder(config)).await;
    for transport in [Transport::WEBSOCKET, Transport::HtmlFile] {
        let mut client = server.client(transport).await;
        let socket = only_socket(&server);
        let mut sent = Vec::new();
        // More than the socket buffers in between hold.
        let text = "x".repeat(1 << 20);
        let dropped = longwire_tests::within("a full connection", async {
            for number in 0.. {
                match socket.emit_volatile("v", &(number, &text)) {
                    Ok(()) => sent.push(number),
                    Err(EmitError::Send(SendError::Dropped)) if number > 40 => return number,
                    Err(EmitError::Send(SendError::Dropped)) => {}
                    Err(error) => panic!("{error}"),
                }
                tokio::task::yield_now().await;
            }
            unreachable!()
        })
        .await;
        assert!(sent.len() < 40, "{dropped}: nothing was dropped of {} MiB", sent.len());
        socket.send("the end").unwrap();
        for number in sent {
            let packet = client.packet().await;
            assert!(packet.starts_with(&format!(r#"5:::{{"name":"v","args":[{number},"x"#)), "{}", &packet[..60]);
        }
        client.expect(&["3:::the end"]).await;
        client.send("0::").await;
        server.sessions(0).await;
    }
}
