//! `Upgrade` where it belongs and everywhere else, by every method: socket.io 0.9.19 ended on one to a polling transport.

use longwire_tests::client::handshake;
use longwire_tests::websocket::NONCE;
use longwire_tests::{Attacked, Bounds, Client, Dialect, Transport};

use crate::leave;

const METHODS: [&str; 10] = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "CONNECT", "UPGRADE"];
const DIALECTS: [Dialect; 4] = [Dialect::Rfc6455, Dialect::Hybi8, Dialect::Hybi7, Dialect::Hixie76];

/// What a target is, and so what it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    WebSocket,
    /// Another transport, the handshake, or a request to disconnect.
    Other,
    /// The same answer to every method.
    Fixed(u16),
}

/// The status that an upgrade by this method is answered with.
fn expected(place: Place, method: &str) -> u16 {
    match (place, method) {
        // Anything else would begin a tunnel.
        (Place::Fixed(200 | 500), "CONNECT") => 405,
        (Place::Fixed(status), _) => status,
        (_, "OPTIONS") => 204,
        (Place::WebSocket, "GET") => 101,
        (Place::WebSocket | Place::Other, "GET" | "POST") => 400,
        _ => 405,
    }
}

#[tokio::test]
async fn upgrade_on_every_path_by_every_method() {
    let server = Attacked::start(&[]).await;
    let session = server.client(Transport::XhrPolling).await;
    for dialect in DIALECTS {
        let polling = POLLING.map(|transport| transport.target(&session.id));
        let mut places = vec![
            ("/socket.io/1/".to_owned(), Place::Other),
            ("/socket.io/1/websocket/".to_owned(), Place::Other),
            ("/socket.io/1/?jsonp=1".to_owned(), Place::Other),
            ("/socket.io/1//nosuch?disconnect".to_owned(), Place::Other),
            ("/socket.io/1/websocket/nosuch".to_owned(), Place::WebSocket),
            ("/socket.io/1/flashsocket/nosuch?x=y".to_owned(), Place::WebSocket),
            ("/socket.io/1/xhr-polling/nosuch".to_owned(), Place::Other),
            (format!("/socket.io/1/nosuch/{}", session.id), Place::Other),
            ("/socket.io/".to_owned(), Place::Fixed(200)),
            ("/socket.io/websocket".to_owned(), Place::Fixed(200)),
            ("/socket.io/2/websocket/nosuch".to_owned(), Place::Fixed(500)),
            ("/socket.io/socket.io.js".to_owned(), Place::Fixed(404)),
            ("/".to_owned(), Place::Fixed(404)),
            ("/elsewhere".to_owned(), Place::Fixed(404)),
        ];
        places.extend(polling.map(|target| (target, Place::Other)));
        for (target, place) in places {
            for method in METHODS {
                let request = String::from_utf8(dialect.request(&target).to_bytes()).unwrap();
                let request = request.replacen("GET", method, 1);
                let mut connection = server.connect().await;
                connection
                    .send([request.as_bytes(), if dialect == Dialect::Hixie76 { NONCE } else { b"" }].concat())
                    .await;
                let status = connection.head().await.status;
                assert_eq!(status, expected(place, method), "{method} {target} {dialect:?}");
            }
        }
    }
    leave(session).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

const POLLING: [Transport; 4] =
    [Transport::XhrPolling, Transport::JsonpPolling, Transport::HtmlFile, Transport::XhrMultipart];

/// Nothing that is wrong with an upgrade costs the session anything: another transport opens it.
#[tokio::test]
async fn upgrades_that_cannot_be() {
    let server = Attacked::start(&[]).await;
    for name in ["websocket", "flashsocket"] {
        let id = handshake(server.address, "").await;
        let target = format!("/socket.io/1/{name}/{id}");
        let good = String::from_utf8(Dialect::Rfc6455.request(&target).to_bytes()).unwrap();
        let hixie = String::from_utf8(Dialect::Hixie76.request(&target).to_bytes()).unwrap();
        for (request, from, to, status) in [
            (&good, "Upgrade: websocket", "Upgrade: h2c", 400),
            (&good, "Upgrade: websocket", "Upgrade: TLS/1.0", 400),
            (&good, "Upgrade: websocket", "Upgrade: websocket/13", 400),
            (&good, "Upgrade: websocket", "Upgrade: ", 400),
            (&good, "Upgrade: websocket\r\n", "", 400),
            (&good, "Connection: Upgrade", "Connection: close", 400),
            (&good, "Connection: Upgrade", "Connection: keep-alive", 400),
            (&good, "Connection: Upgrade\r\n", "", 400),
            (&good, "HTTP/1.1", "HTTP/1.0", 400),
            (&good, "Key: dGhlIHNhbXBsZSBub25jZQ==", "Key: ", 400),
            (&good, "Key: dGhlIHNhbXBsZSBub25jZQ==", "Key: short", 400),
            (&good, "Key: dGhlIHNhbXBsZSBub25jZQ==", "Key: dGhlIHNhbXBsZSBub25jZQ", 400),
            (&good, "Key: dGhlIHNhbXBsZSBub25jZQ==", "Key: dGhlIHNhbXBsZSBub25jZSE=", 400),
            (&good, "Sec-WebSocket-Key: ", "Sec-WebSocket-Key: eGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: ", 400),
            (&good, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8", 400),
            (&good, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13, 8", 426),
            (&good, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: ", 426),
            (&good, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 0", 426),
            (&good, "Sec-WebSocket-Version: 13\r\n", "", 426),
            (&hixie, "Sec-WebSocket-Key1", "Sec-WebSocket-Key3", 400),
            (&hixie, "4 @1  46546xW%0l 1 5", "41 465 47", 400),
            (&hixie, "4 @1  46546xW%0l 1 5", "4146546015", 400),
            (&hixie, "4 @1  46546xW%0l 1 5", "no digits", 400),
            (&hixie, "4 @1  46546xW%0l 1 5", "", 400),
            (&hixie, "Sec-WebSocket-Key1", "Sec-WebSocket-Key1: 1 1\r\nSec-WebSocket-Key1", 400),
            (&hixie, "Host: example.com\r\n", "", 400),
            (&hixie, "Host: example.com", "Host: example.com\r\nHost: evil.example", 400),
        ] {
            assert!(request.contains(from), "{from}");
            let mut connection = server.connect().await;
            connection.send(request.replacen(from, to, 1)).await;
            assert_eq!(connection.response().await.status, status, "{to:?} in place of {from:?}");
        }
        let mut client = Client::join(server.address, Transport::XhrPolling, &id).await;
        client.expect(&["1::"]).await;
        leave(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// A hundred upgrades in one breath: the first is answered, and what stands behind it is no request any more.
#[tokio::test]
async fn upgrades_behind_an_upgrade() {
    let server = Attacked::start(&[]).await;
    let id = handshake(server.address, "").await;
    let request = Dialect::Rfc6455.request(&format!("/socket.io/1/websocket/{id}")).to_bytes();
    let mut connection = server.connect().await;
    let _ = connection.try_send(request.repeat(100)).await;
    assert_eq!(connection.head().await.status, 101);
    let rest = connection.rest().await;
    // `1::`, and that a request is no frame by the book: G has a reserved bit.
    assert_eq!(rest[..9], *b"\x81\x031::\x88\x02\x03\xea", "{rest:?}");
    server.assert_unharmed(Bounds::SMALL).await;
}
