//! A WebSocket client that others wrote: tokio-tungstenite.

use futures_util::{SinkExt, StreamExt};
use longwire::{DisconnectReason, Namespace, Server, Socket, State, Text};
use longwire_tests::client::handshake;
use longwire_tests::server::config;
use longwire_tests::{Tell, TestServer, Told, told, within};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Peer = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn start() -> (TestServer, Told<String>) {
    let (tell, told) = told::<String>();
    let namespace = Namespace::new("/")
        .on_text(async |socket: Socket, Text(text): Text| socket.send(text).unwrap())
        .on("kick", async |socket: Socket| socket.disconnect())
        .on_disconnect(async |reason: DisconnectReason, State(tell): State<Tell<String>>| {
            tell.tell(reason.to_string())
        });
    (TestServer::start(Server::builder(config()).state(tell).namespace(namespace)).await, told)
}

async fn connect(server: &TestServer) -> Peer {
    let id = handshake(server.address, "").await;
    let url = format!("ws://{}/socket.io/1/websocket/{id}", server.address);
    let (mut peer, response) = within("a WebSocket", connect_async(url)).await.unwrap();
    assert_eq!(response.status(), 101);
    assert_eq!(next(&mut peer).await, Message::text("1::"));
    peer
}

async fn next(peer: &mut Peer) -> Message {
    within("a message", peer.next()).await.unwrap().unwrap()
}

#[tokio::test]
async fn messages_of_every_length_come_back() {
    let (server, _told) = start().await;
    let mut peer = connect(&server).await;
    // Around the borders of the length field, 126 and 65536, with characters of several bytes.
    for length in [1, 120, 121, 122, 125, 126, 127, 1000, 65_530, 65_531, 65_532, 65_535, 65_536, 70_000, 999_000] {
        let text = format!("3:::{}", "é".repeat(length / 2) + &"x".repeat(length % 2));
        peer.send(Message::text(text.clone())).await.unwrap();
        assert_eq!(next(&mut peer).await, Message::text(text), "{length}");
    }
}

#[tokio::test]
async fn fragments_are_joined_also_within_a_character() {
    let (server, _told) = start().await;
    let mut peer = connect(&server).await;
    let bytes = "3:::€😀".as_bytes();
    for at in 1..bytes.len() {
        let (first, second) = bytes.split_at(at);
        peer.send(Message::Frame(Frame::message(first.to_vec(), OpCode::Data(Data::Text), false))).await.unwrap();
        peer.send(Message::Ping(vec![7].into())).await.unwrap();
        peer.send(Message::Frame(Frame::message(second.to_vec(), OpCode::Data(Data::Continue), true))).await.unwrap();
        assert_eq!(next(&mut peer).await, Message::Pong(vec![7].into()));
        assert_eq!(next(&mut peer).await, Message::text("3:::€😀"), "cut at {at}");
    }
}

#[tokio::test]
async fn pings_are_answered_and_pongs_are_not() {
    let (server, _told) = start().await;
    let mut peer = connect(&server).await;
    for payload in [&b""[..], b"x", &[0xff; 125]] {
        peer.send(Message::Ping(payload.to_vec().into())).await.unwrap();
        assert_eq!(next(&mut peer).await, Message::Pong(payload.to_vec().into()));
        // Internet Explorer sends one every 30 seconds.
        peer.send(Message::Pong(payload.to_vec().into())).await.unwrap();
    }
    peer.send(Message::text("3:::x")).await.unwrap();
    assert_eq!(next(&mut peer).await, Message::text("3:::x"));
}

#[tokio::test]
async fn both_sides_can_close() {
    let (server, mut told) = start().await;
    let mut peer = connect(&server).await;
    let frame = CloseFrame { code: CloseCode::Library(4321), reason: "".into() };
    peer.close(Some(frame.clone())).await.unwrap();
    assert_eq!(next(&mut peer).await, Message::Close(Some(frame)));
    assert!(within("the end", peer.next()).await.is_none());
    assert_eq!(told.hear().await, "socket end");

    let mut peer = connect(&server).await;
    peer.close(None).await.unwrap();
    assert_eq!(next(&mut peer).await, Message::Close(None));
    assert!(within("the end", peer.next()).await.is_none());
    assert_eq!(told.hear().await, "socket end");

    let mut peer = connect(&server).await;
    peer.send(Message::text(r#"5:::{"name":"kick"}"#)).await.unwrap();
    assert_eq!(next(&mut peer).await, Message::text("0::"));
    assert!(matches!(next(&mut peer).await, Message::Close(Some(CloseFrame { code: CloseCode::Normal, .. }))));
    assert!(within("the end", peer.next()).await.is_none());
    assert_eq!(told.hear().await, "booted");
}

#[tokio::test]
async fn many_messages_in_one_breath_come_back_in_order() {
    let (server, _told) = start().await;
    let peer = connect(&server).await;
    let (mut sink, mut stream) = peer.split();
    let sending = tokio::spawn(async move {
        for number in 0..5000 {
            sink.feed(Message::text(format!("3:::{number}"))).await.unwrap();
        }
        sink.flush().await.unwrap();
        sink
    });
    for number in 0..5000 {
        let message = within("a message", stream.next()).await.unwrap().unwrap();
        assert_eq!(message, Message::text(format!("3:::{number}")));
    }
    drop(sending.await.unwrap());
}
