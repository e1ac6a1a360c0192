//! Requests that are read without hyper, and the same ones read by it: nobody can tell which it was.

use longwire::{Namespace, Server, Socket, Text};
use longwire_codec::websocket::Framing;
use longwire_tests::client::handshake;
use longwire_tests::server::config;
use longwire_tests::{Connection, Dialect, Request, TestServer, Transport};

async fn start() -> TestServer {
    let echo = async |socket: Socket, Text(text): Text| socket.send(text).unwrap();
    TestServer::start(Server::builder(config()).namespace(Namespace::new("/").on_text(echo))).await
}

/// An empty line ahead of a request is allowed, and only hyper knows that.
const FOR_HYPER: &[u8] = b"\r\n";

/// The server is on this thread, and has seen what was sent before when this returns.
async fn round_trip(server: &TestServer) {
    server.connect().await.get("/socket.io/").await.assert(200, "Welcome to socket.io.");
}

/// All of the next answer as it stands there, but for the date.
async fn answer(connection: &mut Connection) -> String {
    let head = String::from_utf8(connection.up_to(b"\r\n\r\n").await.unwrap()).unwrap();
    let mut lines: Vec<&str> = head.split("\r\n").collect();
    let length = lines.iter().find_map(|line| line.strip_prefix("Content-Length: "));
    let body = connection.exactly(length.map_or(0, |length| length.parse().unwrap())).await;
    let place = lines.iter().position(|line| line.starts_with("Date: ")).unwrap();
    lines[place] = "Date";
    format!("{}{}", lines.join("\r\n"), String::from_utf8(body).unwrap())
}

#[tokio::test]
async fn answers_are_the_same_byte_for_byte() {
    let server = start().await;
    let ids = [handshake(server.address, "").await, handshake(server.address, "").await];
    let from_page = |request: Request| request.header("Origin", "http://a.example");
    for of in [
        |_: &str| Request::get("/socket.io/"),
        |_: &str| Request::get("/socket.io/3/"),
        |_: &str| Request::get("/socket.io/1/nothing/1"),
        |id: &str| Request::get(&Transport::XhrPolling.target(id)),
        |id: &str| Request::post(&Transport::XhrPolling.target(id), "3:::x"),
        |id: &str| Request::get(&Transport::XhrPolling.target(id)),
        |id: &str| Request::post(&Transport::XhrPolling.target(id), "nonsense"),
        |id: &str| Request::new("OPTIONS", &Transport::XhrPolling.target(id)),
        |id: &str| Request::post(&Transport::JsonpPolling.target(id), "d=3%3A%3A%3Ay"),
        |id: &str| Request::get(&Transport::JsonpPolling.target(id)),
        |id: &str| Request::get(&Transport::WEBSOCKET.target(id)),
        |_: &str| Dialect::Rfc6455.request(&Transport::WEBSOCKET.target("nobody")),
        |_: &str| Request::get(&Transport::XhrPolling.target("nobody")),
        |id: &str| Request::get(&format!("/socket.io/1/?disconnect&sid={id}&jsonp=nonsense")).header("Upgrade", "h2c"),
    ] {
        let mut answers = Vec::new();
        for (id, ahead) in ids.iter().zip([&b""[..], FOR_HYPER]) {
            let mut connection = server.connect().await;
            connection.send([ahead, &from_page(of(id)).to_bytes()].concat()).await;
            answers.push(answer(&mut connection).await.replace(id, "ID"));
        }
        // A handshake that is answered has an id of its own.
        if !answers[0].contains(":websocket,") {
            assert_eq!(answers[0], answers[1]);
        }
    }
}

#[tokio::test]
async fn a_request_that_comes_in_two_pieces_is_answered_like_one_in_one_piece() {
    let server = start().await;
    let client = server.client(Transport::XhrPolling).await;
    let target = Transport::XhrPolling.target(&client.id);
    for request in [Request::get("/socket.io/").to_bytes(), Request::post(&target, "3:::x").to_bytes()] {
        let mut whole = server.connect().await;
        whole.send(&request).await;
        let expected = answer(&mut whole).await;
        for cut in 1..request.len() {
            let mut connection = server.connect().await;
            connection.send(&request[..cut]).await;
            round_trip(&server).await;
            // And the beginning of another one, which is not lost.
            connection.send([&request[cut..], &request].concat()).await;
            assert_eq!(answer(&mut connection).await, expected, "cut at {cut}");
            assert_eq!(answer(&mut connection).await, expected, "behind a cut at {cut}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_changes_hands_loses_nothing() {
    let server = start().await;
    let client = server.client(Transport::XhrPolling).await;
    let target = Transport::XhrPolling.target(&client.id);
    let mut connection = server.connect().await;
    let held = Request::get(&target).to_bytes();
    let behind = [Request::post(&target, "3:::x").to_bytes(), FOR_HYPER.to_vec(), held.clone()].concat();
    connection.send(&held).await;
    round_trip(&server).await;
    connection.send(&behind).await;
    server.server.io().everybody().send("first");
    connection.response().await.assert(200, "3:::first");
    connection.response().await.assert(200, "1");
    connection.response().await.assert(200, "3:::x");
}

#[tokio::test]
async fn a_held_poll_whose_client_goes_takes_nothing_with_it() {
    let server = start().await;
    for resets in [false, true] {
        let mut client = server.client(Transport::XhrPolling).await;
        let target = Transport::XhrPolling.target(&client.id);
        client.listen().await;
        if resets {
            client.reset();
        } else {
            client.connection().finish().await;
            client.connection().assert_end().await;
        }
        round_trip(&server).await;
        server.server.io().everybody().send("kept");
        server.connect().await.get(&target).await.assert(200, "3:::kept");
    }
}

#[tokio::test]
async fn what_is_said_behind_an_upgrade_in_one_breath_is_heard() {
    let server = start().await;
    for ahead in [&b""[..], FOR_HYPER] {
        let target = Transport::WEBSOCKET.target(&handshake(server.address, "").await);
        let mut connection = server.connect().await;
        let frames: Vec<u8> = (0..300).flat_map(|number| masked(&format!("3:::{number:060}"))).collect();
        connection.send([ahead, &Dialect::Rfc6455.request(&target).to_bytes(), &frames].concat()).await;
        assert_eq!(connection.head().await.status, 101);
        let frame = |text: &str| Framing::Rfc6455.text(text).to_vec();
        let expected =
            [frame("1::"), (0..300).flat_map(|number| frame(&format!("3:::{number:060}"))).collect()].concat();
        assert_eq!(connection.exactly(expected.len()).await, expected);
    }
}

/// A frame of a client, masked with zeros.
fn masked(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    [&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat()
}
