//! What a client may rely on once it has read `1::`.

use longwire::{Io, Namespace, Server, Socket};
use longwire_tests::server::config;
use longwire_tests::{TestServer, Transport};

/// Somebody else may tell the client something as soon as it says that it is there. On one thread the order of things would
/// hide that it is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_the_greeting_is_reached_by_broadcasts() {
    let namespace = Namespace::new("/").on_connect(async |socket: Socket| drop(socket.join("everybody")));
    let server = TestServer::start(Server::builder(config()).namespace(namespace)).await;
    for transport in Transport::KINDS {
        for round in 0..50 {
            let mut client = server.client(transport).await;
            server.server.io().to("everybody").emit("round", &round);
            client.expect(&[&format!(r#"5:::{{"name":"round","args":[{round}]}}"#)]).await;
        }
    }
}

#[tokio::test]
async fn what_the_connect_handler_says_comes_behind_the_greeting() {
    let namespace = Namespace::new("/").on_connect(async |socket: Socket, io: Io| {
        let _ = socket.send("one");
        let _ = socket.emit("two", &(2, io.count("/")));
    });
    let server = TestServer::start(Server::builder(config()).namespace(namespace)).await;
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        client.expect(&["3:::one"]).await;
        assert!(client.packet().await.starts_with(r#"5:::{"name":"two","args":[2,"#));
    }
}

/// A client whose WebSocket is held up by a proxy tries the next transport with the same session, and waits for `1::` there.
#[tokio::test]
async fn a_client_that_falls_back_is_greeted_again_and_misses_nothing() {
    use longwire_tests::Client;

    let namespace = Namespace::new("/").on_connect(async |socket: Socket| drop(socket.send("welcome")));
    let server = TestServer::start(Server::builder(config()).namespace(namespace)).await;
    let mut blocked = server.client(Transport::WEBSOCKET).await;
    let mut next = Client::join(server.address, Transport::XhrPolling, &blocked.id).await;
    next.expect(&["1::", "3:::welcome"]).await;
    next.send("3:::settled").await;
    // The first transport is closed without ending the session.
    blocked.expect(&["3:::welcome"]).await;
    blocked.assert_end().await;
    assert_eq!(server.server.sessions(), 1);
}
