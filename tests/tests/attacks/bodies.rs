//! Bodies and messages that are larger than allowed, that lie about their length, that drip in or never end.

use std::time::{Duration, Instant};

use longwire_codec::websocket::CloseCode;
use longwire_tests::client::handshake;
use longwire_tests::memory::MIB;
use longwire_tests::websocket::{MASK, NONCE};
use longwire_tests::{Attacked, Bounds, Client, Connection, Dialect, Request, Transport};

use crate::leave;

const LIMIT: usize = 100_000;
const FLAG: &str = "--max-payload=100000";
const POSTING: [Transport; 4] =
    [Transport::XhrPolling, Transport::JsonpPolling, Transport::HtmlFile, Transport::XhrMultipart];
const SOCKETS: [Transport; 5] = [
    Transport::WEBSOCKET,
    Transport::WebSocket(Dialect::Hybi8),
    Transport::WebSocket(Dialect::Hybi7),
    Transport::WebSocket(Dialect::Hixie76),
    Transport::FlashSocket,
];

fn post(client: &Client) -> Request {
    Request::new("POST", &client.transport.target(&client.id))
}

async fn assert_refused(mut connection: Connection, status: u16) {
    let response = connection.response().await;
    assert_eq!((response.status, response.header("Connection")), (status, Some("close")));
    connection.assert_end().await;
}

#[tokio::test]
async fn bodies_above_the_limit_with_a_length() {
    let server = Attacked::start(&[FLAG]).await;
    for transport in POSTING {
        let client = server.client(transport).await;
        for length in [LIMIT + 1, 50 * MIB] {
            let head = post(&client).header("Content-Length", length);
            // Nothing of it, some of it, and all of it.
            for sent in [0, 1, LIMIT, length] {
                let mut connection = server.connect().await;
                let _ = connection.try_send(head.clone().body(vec![b'x'; sent]).to_bytes()).await;
                assert_refused(connection, 413).await;
            }
        }
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn bodies_above_the_limit_without_a_length() {
    let server = Attacked::start(&[FLAG]).await;
    for transport in POSTING {
        let client = server.client(transport).await;
        for size in [1, 1000, LIMIT, MIB] {
            let chunk = format!("{size:x}\r\n{}\r\n", "x".repeat(size));
            let mut connection = server.connect().await;
            connection.send(post(&client).header("Transfer-Encoding", "chunked").to_bytes()).await;
            let mut left: usize = 20 * MIB;
            while left > 0 && connection.try_send(chunk.repeat(1 + 50_000 / chunk.len())).await.is_ok() {
                left = left.saturating_sub(50_000);
            }
            assert!(left > 0, "all of it was taken");
            assert_refused(connection, 413).await;
        }
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// A page could send it as one message, and the server must not wait for the rest to say no.
#[tokio::test]
async fn messages_above_the_limit() {
    let server = Attacked::start(&[FLAG]).await;
    for transport in SOCKETS {
        let mut client = server.client(transport).await;
        let largest = format!("3:::{}", "x".repeat(LIMIT - 4));
        client.send(&largest).await;
        client.expect(&[&largest]).await;
        let frame = client.socket().frame(&format!("{largest}x"));
        // All of it but the end.
        let _ = client.connection().try_send(&frame[..frame.len() - 1]).await;
        client.socket().assert_close(CloseCode::TOO_BIG).await;
    }
    // A length alone is enough where there is one.
    let mut client = server.client(Transport::WEBSOCKET).await;
    client.connection().send([&[0x81, 0xff], &(LIMIT as u64 + 1).to_be_bytes()[..], &MASK.key()].concat()).await;
    client.socket().assert_close(CloseCode::TOO_BIG).await;
    drop(client);
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn bodies_that_are_longer_than_they_say() {
    let server = Attacked::start(&[FLAG]).await;
    for transport in [Transport::XhrPolling, Transport::HtmlFile, Transport::XhrMultipart] {
        let mut client = server.client(transport).await;
        // What lies behind the length is the next request, or none.
        let mut connection = server.connect().await;
        let request = post(&client).header("Content-Length", 5).body("3:::x3:::y\r\n\r\n");
        connection.request(&request).await.assert(200, "1");
        assert_eq!(connection.response().await.status, 400);
        connection.assert_end().await;
        client.expect(&["3:::x"]).await;
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn bodies_that_are_shorter_than_they_say() {
    let server = Attacked::start(&[FLAG]).await;
    for transport in POSTING {
        let client = server.client(transport).await;
        for (name, value, body) in [
            ("Content-Length", "6", "3:::x"),
            ("Content-Length", "99999", "3:::x"),
            ("Transfer-Encoding", "chunked", "6\r\n3:::x"),
        ] {
            let request = post(&client).header(name, value).body(body);
            let mut connection = server.connect().await;
            connection.send(request.to_bytes()).await;
            connection.finish().await;
            assert_refused(connection, 400).await;
            let mut connection = server.connect().await;
            connection.send(request.to_bytes()).await;
            connection.reset();
        }
        // The next request is taken for the rest of the body, and no request is seen in it.
        let mut connection = server.connect().await;
        let request = post(&client).header("Content-Length", 99_999).body("3:::x").to_bytes();
        connection.send([request, Request::get("/socket.io/").to_bytes()].concat()).await;
        connection.finish().await;
        assert_refused(connection, 400).await;
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// By their pace they would last for hours. They are looked at when ten seconds are over.
#[tokio::test]
async fn bodies_that_drip_in() {
    let server = Attacked::start(&[FLAG]).await;
    let began = Instant::now();
    let mut clients = Vec::new();
    let mut attacks = Vec::new();
    for transport in POSTING {
        let client = server.client(transport).await;
        for (name, value, beginning, drop) in [
            ("Content-Length", "100000", "d=3:::", "x"),
            ("Transfer-Encoding", "chunked", "", "1\r\nx\r\n"),
            // The size, what may stand behind it, and what may stand behind the body.
            ("Transfer-Encoding", "chunked", "0", "0"),
            ("Transfer-Encoding", "chunked", "5;", "x"),
            ("Transfer-Encoding", "chunked", "5\r\n3:::x\r\n0\r\n", "X: y\r\n"),
        ] {
            let mut connection = server.connect().await;
            connection.send(post(&client).header(name, value).body(beginning).to_bytes()).await;
            attacks.push((connection, drop));
        }
        clients.push(client);
    }
    while began.elapsed() < Duration::from_secs(9) {
        for (connection, drop) in &mut attacks {
            connection.send(drop).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for (connection, _) in attacks {
        assert_refused(connection, 408).await;
    }
    assert!(began.elapsed() < Duration::from_secs(20), "it took {:?}", began.elapsed());
    for client in clients {
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// A hundred bodies that are complete but for their last byte, as large as allowed.
#[tokio::test]
async fn bodies_of_which_the_last_byte_does_not_come() {
    const COUNT: usize = 100;
    let server = Attacked::start(&[]).await;
    let client = server.client(Transport::XhrPolling).await;
    let mut connections = Vec::new();
    for number in 0..COUNT {
        let request = post(&client).body(vec![b'x'; 999_999]);
        let request = match number % 2 {
            0 => request.header("Content-Length", 1_000_000),
            _ => request.header("Transfer-Encoding", "chunked").body([b"f423f\r\n", &vec![b'x'; 999_999][..]].concat()),
        };
        let mut connection = server.connect().await;
        connection.send(request.to_bytes()).await;
        connections.push(connection);
    }
    for (number, connection) in connections.into_iter().enumerate() {
        if number % 3 == 0 {
            connection.reset();
        }
    }
    leave(client).await;
    // A body that grows is copied to a place of up to twice its size.
    server.assert_unharmed(Bounds { peak: 3 * COUNT * MIB, ..Bounds::SMALL }).await;
}

#[tokio::test]
async fn bodies_of_more_packets_or_fields_than_anybody_sends() {
    let server = Attacked::start(&[]).await;
    for transport in POSTING {
        let mut client = server.client(transport).await;
        let framed = |count| "\u{fffd}3\u{fffd}2::".repeat(count);
        client.post(&framed(10_000)).await.assert(200, "1");
        assert_eq!(client.post(&framed(10_001)).await.status, 400);
        // The last one does not count either.
        assert_eq!(client.post(&format!("{}\u{fffd}3\u{fffd}0::", framed(10_000))).await.status, 400);
        leave(client).await;
    }
    let client = server.client(Transport::JsonpPolling).await;
    let mut connection = server.connect().await;
    for (form, status) in [
        (format!("{}d=2%3A%3A", "&".repeat(900_000)), 200),
        (format!("{}d=2%3A%3A", "a=b&".repeat(200_000)), 200),
        (format!("d=2%3A%3A{}", "&D".repeat(400_000)), 200),
        (format!("d=2%3A%3A{}", "&d".repeat(400_000)), 400),
        (format!("d={}", "%22".repeat(300_000)), 400),
        (format!("d={}", "%".repeat(900_000)), 400),
        (format!("d=%22{}", "%5Cu".repeat(200_000)), 400),
    ] {
        assert_eq!(connection.post(&client.transport.target(&client.id), form).await.status, status);
    }
    drop(connection);
    leave(client).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

/// A client that opens a WebSocket may say the first thing in the same breath, however large.
#[tokio::test]
async fn messages_above_the_limit_in_the_breath_of_the_handshake() {
    let server = Attacked::start(&[FLAG]).await;
    for dialect in [Dialect::Rfc6455, Dialect::Hixie76] {
        let id = handshake(server.address, "").await;
        let target = format!("/socket.io/1/websocket/{id}");
        let mut connection = server.connect().await;
        let too_large = (50 * MIB as u64).to_be_bytes();
        let behind = match dialect {
            Dialect::Hixie76 => [NONCE, &[0][..]].concat(),
            Dialect::Rfc6455 | Dialect::Hybi8 | Dialect::Hybi7 => [&[0x81, 0xff], &too_large[..], &MASK.key()].concat(),
        };
        let mut bytes = [dialect.request(&target).to_bytes(), behind].concat();
        bytes.resize(5 * MIB, b'x');
        let _ = connection.try_send(bytes).await;
        assert_eq!(connection.head().await.status, 101);
        let rest = connection.rest().await;
        assert!(rest.len() < 100, "{rest:?}");
    }
    server.assert_unharmed(Bounds::SMALL).await;
}
