//! A connection that is reset, or ends, at every byte of everything that opens something.

use std::net::SocketAddr;

use longwire_tests::bystander::echo;
use longwire_tests::client::handshake;
use longwire_tests::websocket::{DIGEST, NONCE};
use longwire_tests::{Attacked, Bounds, Client, Connection, Dialect, Request, Transport};

use crate::leave;

const ENDS: [End; 2] = [End::Reset, End::Finish];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Reset,
    /// Our side ends, and waits for the server's.
    Finish,
}

/// Sends each beginning of `bytes` on a connection of its own, shorter than `bytes` itself, and ends the connection. What the
/// server answers to those that are still there to hear it is given back.
async fn cut(server: &Attacked, address: SocketAddr, bytes: &[u8], end: End) -> Vec<Vec<u8>> {
    let before = server.usage().descriptors;
    let mut connections = Vec::new();
    for length in 0..bytes.len() {
        let mut connection = Connection::open(address).await;
        connection.send(&bytes[..length]).await;
        connections.push(connection);
    }
    // By now the server has had the time to read.
    let mut other = server.client(Transport::XhrPolling).await;
    echo(&mut other, "behind the beginnings").await;
    leave(other).await;
    let mut answers = Vec::new();
    for mut connection in connections {
        match end {
            End::Reset => connection.reset(),
            End::Finish => {
                connection.finish().await;
                answers.push(connection.rest().await);
            }
        }
    }
    server.assert_descriptors(before).await;
    answers
}

/// Nothing is answered to a head that is not complete.
fn assert_unanswered(answers: &[Vec<u8>]) {
    for answer in answers {
        assert!(answer.is_empty(), "{}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn a_reset_at_every_byte_of_a_handshake() {
    let server = Attacked::start(&[]).await;
    for target in ["/socket.io/1/?t=1", "/socket.io/1/?jsonp=1"] {
        let request = Request::get(target).header("Origin", "http://a.example").to_bytes();
        for end in ENDS {
            assert_unanswered(&cut(&server, server.address, &request, end).await);
        }
        // Whole, and then nobody is there to read the answer.
        for _ in 0..100 {
            let mut connection = server.connect().await;
            connection.send(&request).await;
            connection.reset();
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn a_reset_at_every_byte_of_a_websocket_handshake() {
    let server = Attacked::start(&[]).await;
    for dialect in [Dialect::Rfc6455, Dialect::Hybi8, Dialect::Hixie76] {
        for end in ENDS {
            let id = handshake(server.address, "").await;
            let request = dialect.request(&format!("/socket.io/1/websocket/{id}")).to_bytes();
            assert_unanswered(&cut(&server, server.address, &request, end).await);
            // The session has not noticed.
            let mut client = Client::join(server.address, Transport::XhrPolling, &id).await;
            client.expect(&["1::"]).await;
            leave(client).await;
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// hixie-76 sends eight bytes behind the head, and the first message may come with them.
#[tokio::test]
async fn a_reset_at_every_byte_behind_the_head_of_hixie_76() {
    let server = Attacked::start(&[]).await;
    for name in ["websocket", "flashsocket"] {
        for end in ENDS {
            for length in 0..=NONCE.len() {
                let id = handshake(server.address, "").await;
                let request = Dialect::Hixie76.request(&format!("/socket.io/1/{name}/{id}")).to_bytes();
                let mut connection = server.connect().await;
                connection.send([&request, &NONCE[..length]].concat()).await;
                assert_eq!(connection.head().await.status, 101);
                if end == End::Reset {
                    connection.reset();
                } else {
                    connection.finish().await;
                    let rest = connection.rest().await;
                    let expected =
                        if length < NONCE.len() { Vec::new() } else { [&DIGEST[..], b"\x001::\xff"].concat() };
                    assert_eq!(rest, expected, "{length}");
                }
                let response = server.connect().await.get(&Transport::XhrPolling.target(&id)).await;
                if length < NONCE.len() {
                    // The WebSocket never came to be, and another transport takes its place.
                    response.assert(200, "1::");
                } else if end == End::Finish {
                    response.assert(200, "7:::1+0");
                }
            }
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn a_reset_at_every_byte_of_a_poll() {
    let server = Attacked::start(&[]).await;
    for transport in [Transport::XhrPolling, Transport::JsonpPolling, Transport::HtmlFile, Transport::XhrMultipart] {
        for end in ENDS {
            let mut client = server.client(transport).await;
            let request = Request::get(&transport.target(&client.id)).to_bytes();
            client.send("3:::waits for the next poll").await;
            assert_unanswered(&cut(&server, server.address, &request, end).await);
            client.expect(&["3:::waits for the next poll"]).await;
            leave(client).await;
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn a_reset_at_every_byte_of_a_post() {
    let server = Attacked::start(&[]).await;
    for transport in [Transport::XhrPolling, Transport::JsonpPolling, Transport::HtmlFile, Transport::XhrMultipart] {
        for end in ENDS {
            let client = server.client(transport).await;
            let target = transport.target(&client.id);
            let body = if transport == Transport::JsonpPolling { "d=%223%3A%3A%3Ax%22" } else { "3:::x" };
            let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
            let chunked = Request::new("POST", &target).header("Transfer-Encoding", "chunked").body(chunks);
            for request in [Request::post(&target, body), chunked] {
                for answer in cut(&server, server.address, &request.to_bytes(), end).await {
                    // That the head was complete is all that it can be told.
                    let refusal = answer.starts_with(b"HTTP/1.1 400 ");
                    assert!(answer.is_empty() || refusal, "{}", String::from_utf8_lossy(&answer));
                }
            }
            // Nothing of it was heard.
            leave(client).await;
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn a_reset_at_every_byte_of_a_policy_request() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Attacked::start(&[&format!("--flash-policy={free}")]).await;
    let request = b"<policy-file-request/>\0";
    for end in ENDS {
        let inline = cut(&server, server.address, request, end).await;
        // All of it but the NUL, and the end, is a request.
        for (length, answer) in inline.iter().enumerate() {
            assert_eq!(!answer.is_empty(), length == 22, "{length}");
        }
        // On a port of its own everybody is answered.
        for answer in cut(&server, free, request, end).await {
            assert!(answer.starts_with(b"<?xml") && answer.ends_with(b"</cross-domain-policy>\0"));
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// What was said in part was not said; the session ends with its WebSocket.
#[tokio::test]
async fn a_reset_at_every_byte_of_a_message() {
    let server = Attacked::start(&[]).await;
    for transport in [Transport::WEBSOCKET, Transport::FlashSocket] {
        for end in ENDS {
            let frame = server.client(transport).await.socket().frame("3:::x");
            for length in 0..frame.len() {
                let mut client = server.client(transport).await;
                client.connection().send(&frame[..length]).await;
                if end == End::Finish {
                    client.connection().finish().await;
                    assert_eq!(client.next().await, None);
                } else {
                    client.reset();
                }
            }
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}
