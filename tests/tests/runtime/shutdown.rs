//! Graceful shutdown: who hears what, and when it is over.

use std::time::Duration;

use longwire::{DisconnectReason, Namespace, Server, State};
use longwire_codec::websocket::CloseCode;
use longwire_tests::server::config;
use longwire_tests::{Connection, Dialect, Tell, TestServer, Transport, told, within};

#[tokio::test]
async fn every_client_is_told_to_reconnect_and_the_door_is_closed() {
    let server = TestServer::start(Server::builder(config())).await;
    let mut clients = Vec::new();
    for transport in Transport::ALL {
        let mut client = server.client(transport).await;
        client.listen().await;
        clients.push(client);
    }
    server.server.io().everybody().send("last words");
    let address = server.address;
    let stopping = tokio::spawn(server.stop());
    for client in &mut clients {
        if !client.transport.polls() {
            client.expect(&["3:::last words"]).await;
        }
        match client.transport {
            Transport::WebSocket(Dialect::Hixie76) | Transport::FlashSocket | Transport::WebSocket(_) => {
                assert_eq!(client.socket().text().await, "7:::1+0");
                client.socket().assert_close(CloseCode::GOING_AWAY).await;
            }
            Transport::XhrPolling | Transport::JsonpPolling => client.expect(&["3:::last words"]).await,
            Transport::HtmlFile | Transport::XhrMultipart => {
                client.expect(&["7:::1+0"]).await;
                assert_eq!(client.next().await, None);
            }
        }
    }
    // A client that was told closes its connection.
    drop(clients);
    within("the end", stopping).await.unwrap();
    assert!(Connection::try_open(address).await.is_err(), "nobody may be listening");
}

#[tokio::test]
async fn a_poll_that_is_held_is_told_to_reconnect() {
    let server = TestServer::start(Server::builder(config())).await;
    let mut clients = Vec::new();
    for transport in [Transport::XhrPolling, Transport::JsonpPolling] {
        let mut client = server.client(transport).await;
        client.listen().await;
        clients.push(client);
    }
    server.stop().await;
    for client in &mut clients {
        client.expect(&["7:::1+0"]).await;
    }
}

#[tokio::test]
async fn handlers_have_heard_of_it_when_it_is_over() {
    let (tell, mut told) = told::<String>();
    let namespace =
        Namespace::new("/").on_disconnect(async |reason: DisconnectReason, State(log): State<Tell<String>>| {
            // Something that takes a while, such as writing to a database.
            tokio::time::sleep(Duration::from_millis(20)).await;
            log.tell(reason.to_string());
        });
    let server = TestServer::start(Server::builder(config()).state(tell).namespace(namespace)).await;
    // Between two polls, so that there is no connection that anybody would wait for.
    let client = server.client(Transport::XhrPolling).await;
    server.server.shutdown(Duration::from_secs(60)).await;
    assert_eq!(server.server.sessions(), 0);
    told.assert_told(&["server shutdown".into()]);
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn connections_that_say_nothing_do_not_hold_it_up() {
    for flash_policy in [true, false] {
        let server = TestServer::start(Server::builder(config().flash_policy(flash_policy))).await;
        // A browser opens spare connections, and keeps used ones.
        let mut spare = server.connect().await;
        let mut used = server.connect().await;
        assert_eq!(used.get("/socket.io/").await.status, 200);
        assert_eq!(used.get("/socket.io/1/").await.status, 200);
        // Far longer than this test may take.
        let stopping = server.server.shutdown(Duration::from_secs(3600));
        within("a server that has nothing to wait for", stopping).await;
        spare.assert_end().await;
        used.assert_end().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_left_behind_when_the_time_is_up() {
    let server = TestServer::start(Server::builder(config().backlog_bytes(64 << 20))).await;
    let mut client = server.client(Transport::HtmlFile).await;
    for _ in 0..32 {
        server.server.io().everybody().send("x".repeat(1 << 20));
    }
    within("the time to be up", server.server.shutdown(Duration::from_millis(50))).await;
    // It was in the middle of something; whoever reads on gets what was on its way.
    client.expect(&[&format!("3:::{}", "x".repeat(1 << 20))]).await;
}

#[tokio::test]
async fn stopping_twice_is_stopping_once() {
    let server = TestServer::start(Server::builder(config())).await;
    let mut client = server.client(Transport::WEBSOCKET).await;
    let (first, second) = (server.server.clone(), server.server.clone());
    let stopping = tokio::spawn(async move {
        tokio::join!(first.shutdown(Duration::from_secs(60)), second.shutdown(Duration::from_secs(60)));
    });
    client.expect(&["7:::1+0"]).await;
    client.assert_end().await;
    drop(client);
    within("both to be over", stopping).await.unwrap();
    server.stop().await;
}
