//! How many clients a server takes, and what the others are told.

use std::time::Duration;

use longwire::{Config, Server};
use longwire_tests::client::handshake;
use longwire_tests::server::{config, revision1};
use longwire_tests::{Client, Request, Response, TestServer, Transport, within};

async fn start(config: Config) -> TestServer {
    TestServer::start(Server::builder(config)).await
}

async fn ask(server: &TestServer) -> Response {
    let request = Request::get("/socket.io/1/").header("Origin", "http://a.example");
    server.connect().await.request(&request).await
}

fn assert_unavailable(response: &Response) {
    response.assert(503, "service unavailable");
    assert_eq!(response.header("Retry-After"), Some("7"));
    assert_eq!(response.header("Access-Control-Allow-Origin"), Some("http://a.example"));
}

fn rev1() -> longwire::socketio_rev1::Config {
    revision1().retry_after(Duration::from_secs(7))
}

#[tokio::test]
async fn there_is_room_for_so_many_sessions() {
    let server = start(config().socketio_rev1(rev1()).max_sessions(2)).await;
    let mut first = server.client(Transport::WEBSOCKET).await;
    let _second = server.client(Transport::XhrPolling).await;
    assert_unavailable(&ask(&server).await);
    let jsonp = server.connect().await.get("/socket.io/1/?jsonp=0").await;
    jsonp.assert(200, "io.j[0](new Error(\"service unavailable\"));");
    // Who is in is served on.
    first.send("1::").await;
    first.expect(&["1::"]).await;
    first.send("0::").await;
    server.sessions(1).await;
    assert_eq!(ask(&server).await.status, 200);
}

#[tokio::test]
async fn there_is_room_for_so_many_handshakes_without_a_session() {
    let server = start(config().socketio_rev1(rev1()).max_pending_handshakes(2)).await;
    let first = handshake(server.address, "").await;
    assert_eq!(ask(&server).await.status, 200);
    assert_unavailable(&ask(&server).await);
    // One that becomes a session makes room.
    let mut client = Client::join(server.address, Transport::XhrPolling, &first).await;
    client.expect(&["1::"]).await;
    assert_eq!(ask(&server).await.status, 200);
    assert_unavailable(&ask(&server).await);
}

#[tokio::test]
async fn handshakes_that_are_not_used_make_room_when_they_expire() {
    let rev1 = rev1().open_limit(Duration::from_millis(50));
    let server = start(config().socketio_rev1(rev1).max_pending_handshakes(1)).await;
    assert_eq!(ask(&server).await.status, 200);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(ask(&server).await.status, 200);
}

#[tokio::test]
async fn so_many_handshakes_are_made_in_a_second() {
    let server = start(config().socketio_rev1(rev1()).handshakes_per_second(3)).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&server).await.status);
    }
    // Unless the second has gone by meanwhile.
    assert!(statuses.starts_with(&[200, 200, 200]), "{statuses:?}");
    within("the next second", async {
        while ask(&server).await.status != 503 {}
        while ask(&server).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn there_is_room_for_so_many_connections_and_others_wait() {
    let server = start(config().max_connections(2)).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    for connection in [&mut first, &mut second] {
        assert_eq!(connection.get("/socket.io/").await.status, 200);
    }
    let mut third = server.connect().await;
    third.send(Request::get("/socket.io/").to_bytes()).await;
    assert_eq!(first.get("/socket.io/").await.status, 200);
    third.assert_quiet().await;
    drop(second);
    assert_eq!(third.response().await.status, 200);
}
