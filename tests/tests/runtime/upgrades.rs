//! Requests to become a WebSocket: those that are refused, and why their sessions live on.

use std::time::Duration;

use longwire::Server;
use longwire_tests::client::handshake;
use longwire_tests::server::{config, revision1};
use longwire_tests::websocket::{ACCEPT, DIGEST, NONCE};
use longwire_tests::{Client, Dialect, Request, TestServer, Transport};

async fn start() -> TestServer {
    TestServer::start(Server::builder(config())).await
}

fn websocket(target: &str) -> Request {
    Request::get(target).header("Upgrade", "websocket").header("Connection", "Upgrade")
}

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

#[tokio::test]
async fn what_is_wrong_with_a_handshake_is_told_and_the_session_lives_on() {
    let server = start().await;
    for name in ["websocket", "flashsocket"] {
        let id = handshake(server.address, "").await;
        let target = format!("/socket.io/1/{name}/{id}");
        let mut connection = server.connect().await;
        // A proxy that takes `Upgrade` out, and others that take out more or put in something else.
        for (request, status) in [
            (Request::get(&target), 400),
            (Request::post(&target, "3:::x"), 400),
            (websocket(&target).header("Sec-WebSocket-Version", 13), 400),
            (websocket(&target).header("Sec-WebSocket-Version", 13).header("Sec-WebSocket-Key", "short"), 400),
            (websocket(&target).header("Sec-WebSocket-Version", 14).header("Sec-WebSocket-Key", KEY), 426),
            (websocket(&target).header("Origin", "http://a.example"), 400),
        ] {
            let response = connection.request(&request).await;
            assert_eq!(response.status, status, "{request:?}");
            let versions = (status == 426).then_some("13, 8, 7");
            assert_eq!(response.header("Sec-WebSocket-Version"), versions);
        }
        let mut client = Client::join(server.address, Transport::XhrPolling, &id).await;
        client.expect(&["1::"]).await;
    }
}

#[tokio::test]
async fn an_upgrade_where_none_belongs_is_refused_or_ignored() {
    let server = start().await;
    let id = handshake(server.address, "").await;
    let mut connection = server.connect().await;
    for transport in [Transport::XhrPolling, Transport::JsonpPolling, Transport::HtmlFile, Transport::XhrMultipart] {
        let request =
            websocket(&transport.target(&id)).header("Sec-WebSocket-Version", 13).header("Sec-WebSocket-Key", KEY);
        assert_eq!(connection.request(&request).await.status, 400, "{transport:?}");
    }
    // Neither is a handshake one, nor a goodbye; the session is there below.
    for target in ["/socket.io/1/", "/socket.io/1/websocket/", &format!("/socket.io/1//{id}/?disconnect")] {
        let request = websocket(target).header("Sec-WebSocket-Version", 13).header("Sec-WebSocket-Key", KEY);
        assert_eq!(connection.request(&request).await.status, 400, "{target}");
    }
    // Other paths are the application's affair.
    let request = websocket("/elsewhere").header("Sec-WebSocket-Version", 13).header("Sec-WebSocket-Key", KEY);
    connection.request(&request).await.assert(404, "Not found.\n");
    // An offer of something else may be ignored.
    let request = Request::get(&format!("/socket.io/1/xhr-polling/{id}"))
        .header("Upgrade", "h2c")
        .header("Connection", "Upgrade");
    connection.request(&request).await.assert(200, "1::");
}

#[tokio::test]
async fn odd_spellings_of_a_good_handshake_are_accepted() {
    let server = start().await;
    for (upgrade, connection, version) in [
        ("WebSocket", "keep-alive, Upgrade", "13"),
        ("WEBSOCKET", "upgrade", "8"),
        ("websocket", "Keep-Alive,UPGRADE", "7"),
    ] {
        let id = handshake(server.address, "").await;
        let request = Request::get(&format!("/socket.io/1/websocket/{id}/?x=1&t=2"))
            .header("connection", connection)
            .header("UPGRADE", upgrade)
            .header("sec-websocket-key", KEY)
            .header("sec-websocket-version", version)
            .header("Sec-WebSocket-Protocol", "chat")
            .header("Sec-WebSocket-Extensions", "permessage-deflate");
        let mut connection = server.connect().await;
        connection.send(request.to_bytes()).await;
        let head = connection.head().await;
        assert_eq!((head.status, head.header("Sec-WebSocket-Accept")), (101, Some(ACCEPT)));
        assert_eq!((head.header("Sec-WebSocket-Protocol"), head.header("Sec-WebSocket-Extensions")), (None, None));
        assert_eq!(connection.exactly(5).await, b"\x81\x031::");
    }
}

/// A proxy forwards the eight bytes of hixie-76 only once it has seen the 101; others send them with the first frame.
#[tokio::test]
async fn the_bytes_of_hixie_76_may_come_late_in_pieces_or_with_a_frame_behind() {
    let server = start().await;
    let id = handshake(server.address, "").await;
    let request = Dialect::Hixie76.request(&format!("/socket.io/1/websocket/{id}")).to_bytes();
    let mut connection = server.connect().await;
    connection.send(&request).await;
    let head = connection.head().await;
    assert_eq!((head.status, head.reason.as_str()), (101, "WebSocket Protocol Handshake"));
    let names: Vec<_> = head.headers.iter().map(|(name, _)| name.as_str()).collect();
    // The Flash client takes nothing else in `Connection`, and wants the origin back.
    for name in ["Upgrade", "Connection", "Sec-WebSocket-Origin", "Sec-WebSocket-Location"] {
        assert!(names.iter().any(|one| one.eq_ignore_ascii_case(name)), "{name} is not among {names:?}");
    }
    assert!(head.header("Connection").unwrap().eq_ignore_ascii_case("upgrade"));
    for byte in NONCE {
        connection.assert_quiet().await;
        connection.send([*byte]).await;
    }
    assert_eq!(connection.exactly(DIGEST.len()).await, DIGEST);
    assert_eq!(connection.exactly(5).await, b"\x001::\xff");

    let id = handshake(server.address, "").await;
    let request = Dialect::Hixie76.request(&format!("/socket.io/1/flashsocket/{id}")).to_bytes();
    let mut connection = server.connect().await;
    connection.send([&request[..], NONCE, b"\x003:5::x\xff"].concat()).await;
    assert_eq!(connection.head().await.status, 101);
    assert_eq!(connection.exactly(DIGEST.len()).await, DIGEST);
    assert_eq!(connection.exactly(5).await, b"\x001::\xff");
    assert_eq!(connection.exactly(7).await, b"\x006:::5\xff");
}

#[tokio::test]
async fn the_bytes_of_hixie_76_are_not_waited_for_any_longer_than_a_body() {
    let server = TestServer::start(Server::builder(config().body_timeout(Duration::from_millis(50)))).await;
    let id = handshake(server.address, "").await;
    let mut connection = server.connect().await;
    connection.send(Dialect::Hixie76.request(&format!("/socket.io/1/websocket/{id}")).to_bytes()).await;
    assert_eq!(connection.head().await.status, 101);
    connection.send(&NONCE[..7]).await;
    connection.assert_end().await;
    // The session never had a transport that worked, and may have another one.
    Client::join(server.address, Transport::XhrPolling, &id).await.expect(&["1::"]).await;
}

#[tokio::test]
async fn keys_of_hixie_76_that_are_none_are_refused() {
    let server = start().await;
    let id = handshake(server.address, "").await;
    let mut connection = server.connect().await;
    for keys in [
        ["12998 5 Y3 1  .P00", ""],
        ["no digits", "4 @1  46546xW%0l 1 5"],
        ["123", "4 @1  46546xW%0l 1 5"],
        ["1 3", "1  3"],
    ] {
        let request = websocket(&format!("/socket.io/1/websocket/{id}")).header("Origin", "http://a.example");
        let request = request.header("Sec-WebSocket-Key1", keys[0]).header("Sec-WebSocket-Key2", keys[1]);
        assert_eq!(connection.request(&request).await.status, 400, "{keys:?}");
    }
}

#[tokio::test]
async fn hixie_75_is_served_when_it_is_switched_on() {
    let server = TestServer::start(Server::builder(config().socketio_rev1(revision1().hixie_75(true)))).await;
    let id = handshake(server.address, "").await;
    let target = format!("/socket.io/1/websocket/{id}");
    let mut connection = server.connect().await;
    connection.send(websocket(&target).header("Origin", "http://a.example").to_bytes()).await;
    let head = connection.head().await;
    assert_eq!((head.status, head.reason.as_str()), (101, "Web Socket Protocol Handshake"));
    assert_eq!(head.header("WebSocket-Origin"), Some("http://a.example"));
    assert_eq!(head.header("WebSocket-Location"), Some(format!("ws://example.com{target}").as_str()));
    assert_eq!(connection.exactly(5).await, b"\x001::\xff");
}
