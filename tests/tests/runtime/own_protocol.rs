//! A protocol that the application brings, that of the example `websocket-echo`, and what the end of a WebSocket leaves to it.

#[path = "../../../crates/longwire/examples/websocket-echo/echo.rs"]
mod echo;

use longwire::Server;
use longwire_codec::websocket::{CloseCode, Framing, Incoming, client};
use longwire_tests::server::config;
use longwire_tests::websocket::{Dialect, MASK, WebSocket};
use longwire_tests::{Request, TestServer, Transport};

use echo::Echo;

async fn server() -> TestServer {
    TestServer::start(Server::builder(config()).protocol(Echo)).await
}

async fn open(server: &TestServer, dialect: Dialect) -> WebSocket {
    WebSocket::open(server.connect().await, "/any/path?at=all", dialect).await
}

#[tokio::test]
async fn messages_come_back_as_they_were() {
    let server = server().await;
    for dialect in [Dialect::Rfc6455, Dialect::Hybi8, Dialect::Hybi7, Dialect::Hixie76] {
        let mut socket = open(&server, dialect).await;
        for text in ["hello", "", "2::", "5:::{\"name\":\"x\"}", "😀 \u{fffd}3\u{fffd}1::"] {
            socket.send(text).await;
            assert_eq!(socket.text().await, text);
        }
        socket.send_close(CloseCode::NORMAL).await;
        socket.assert_close(CloseCode::NORMAL).await;
    }
    let mut socket = open(&server, Dialect::Rfc6455).await;
    for bytes in [&b"\xff\x00\xfe"[..], b"", b"text"] {
        socket.connection.send(client::binary(bytes, MASK)).await;
        assert_eq!(socket.next().await, Some(Incoming::Binary(bytes.to_vec().into())));
    }
}

#[tokio::test]
async fn what_was_answered_ahead_of_a_broken_frame_in_the_same_segment_goes_out() {
    let server = server().await;
    let mut socket = open(&server, Dialect::Rfc6455).await;
    let unmasked = Framing::Rfc6455.text("bad");
    socket.connection.send([&client::text("good", MASK)[..], &unmasked].concat()).await;
    assert_eq!(socket.text().await, "good");
    socket.assert_close(CloseCode::PROTOCOL).await;
    server.sessions(0).await;
}

#[tokio::test]
async fn an_added_protocol_gets_what_ours_do_not_want() {
    let server = server().await;
    server.client(Transport::XhrPolling).await;
    let mut connection = server.connect().await;
    assert_eq!(connection.request(&Request::get("/any/path")).await.status, 404, "not an upgrade");
    let (_, response) = WebSocket::try_open(server.connect().await, "/socket.io/1/", Dialect::Rfc6455).await;
    assert_ne!(response.status, 101, "a path of ours");
}

#[tokio::test]
async fn sessions_of_an_added_protocol_end_with_the_server() {
    let server = server().await;
    let mut socket = open(&server, Dialect::Rfc6455).await;
    socket.send("open").await;
    assert_eq!(socket.text().await, "open");
    assert_eq!(server.server.sessions(), 1);
    let leaving = async {
        let close = socket.next().await;
        assert!(matches!(close, Some(Incoming::Close { code: Some(CloseCode::GOING_AWAY), .. })), "{close:?}");
        drop(socket);
    };
    tokio::join!(server.stop(), leaving);
}
