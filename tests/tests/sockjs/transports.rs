//! Every transport from its opening to its end, with what messages may hold.

use longwire_codec::websocket::frame::Opcode;
use longwire_codec::websocket::{CloseCode, Incoming, client};
use longwire_tests::sockjs::{Client, Transport};
use longwire_tests::websocket::MASK;
use longwire_tests::{Dialect, WebSocket, told};

use crate::{echo, patient, serve, telling};

/// What has broken one server or another.
const ODD: [&str; 8] = [
    "",
    "€ 😀 \u{2028}\u{2029}",
    "\0\u{1}\u{7f}\r\n",
    "\"'\\",
    "</script><!--",
    "100%25 %0a",
    "\u{ffff}\u{fff0}",
    "]}",
];

#[tokio::test]
async fn messages_come_back_in_order_and_as_they_were() {
    let server = serve(patient(), echo()).await;
    let many: Vec<String> = (0..200).map(|number| format!("{number} {}", ODD[number % ODD.len()])).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for transport in Transport::ALL {
        let mut client = Client::open(server.address, "/echo", transport).await;
        client.send(&[]).await;
        client.send(&["hello"]).await;
        client.expect(&["hello"]).await;
        for few in many.chunks(20) {
            client.send(few).await;
        }
        client.expect(&many).await;
        let large = "x€😀".repeat(20_000);
        client.send(&[&large]).await;
        client.expect(&[&large]).await;
    }
}

#[tokio::test]
async fn each_frame_is_a_chunk_and_what_waited_is_one_frame() {
    let server = serve(patient(), echo()).await;
    for transport in Transport::HTTP {
        let mut client = Client::open(server.address, "/echo", transport).await;
        client.send(&["1", "2"]).await;
        let frames = if transport.polls() { vec![r#"a["1","2"]"#] } else { vec![r#"a["1"]"#, r#"a["2"]"#] };
        for frame in frames {
            assert_eq!(client.frame().await, frame, "{transport:?}");
        }
    }
}

#[tokio::test]
async fn a_client_that_goes_is_missed_at_once() {
    let (tell, mut told) = told::<String>();
    let server = serve(patient(), telling(echo(), tell)).await;
    for transport in Transport::ALL {
        let mut client = Client::open(server.address, "/echo", transport).await;
        client.listen().await;
        if transport.polls() {
            // The poll is held when another request has been answered behind it.
            client.post("[]").await;
        }
        server.sessions(1).await;
        drop(client);
        assert_eq!(told.hear().await, "socket end", "{transport:?}");
        server.sessions(0).await;
    }
}

#[tokio::test]
async fn the_raw_websocket_has_no_frames_of_sockjs() {
    let (tell, mut told) = told::<String>();
    let server = serve(patient(), telling(echo(), tell)).await;
    for dialect in [Dialect::Rfc6455, Dialect::Hybi8, Dialect::Hybi7, Dialect::Hixie76] {
        let mut socket = WebSocket::open(server.connect().await, "/echo/websocket", dialect).await;
        for text in ["hello", r#"["a"]"#, "😀"] {
            socket.send(text).await;
            assert_eq!(socket.text().await, text);
        }
        if dialect == Dialect::Rfc6455 {
            socket.connection.send(client::frame(true, Opcode::Binary, b"\0\xff", MASK)).await;
            assert_eq!(socket.next().await, Some(Incoming::Binary(b"\0\xff".as_slice().into())));
        }
        socket.send_close(CloseCode::NORMAL).await;
        socket.assert_close(CloseCode::NORMAL).await;
        assert_eq!(told.hear().await, "socket end");
    }
}

#[tokio::test]
async fn what_is_no_array_of_strings_costs_the_request_or_the_websocket() {
    let server = serve(patient(), echo()).await;
    for transport in Transport::HTTP {
        let mut client = Client::open(server.address, "/echo", transport).await;
        for (body, words) in
            [("", "Payload expected."), ("[1]", "Broken JSON encoding."), ("[", "Broken JSON encoding.")]
        {
            client.post(body).await.assert(500, words);
        }
        client.send(&["still there"]).await;
        client.expect(&["still there"]).await;
    }
    let (tell, mut told) = told::<String>();
    let server = serve(patient(), telling(echo(), tell)).await;
    for text in ["[1]", "x", r#" ["a"#] {
        let mut client = Client::open(server.address, "/echo", Transport::WEBSOCKET).await;
        client.socket().send(text).await;
        client.socket().assert_close(CloseCode(3000)).await;
        assert_eq!(told.hear().await, "parse error");
    }
}
