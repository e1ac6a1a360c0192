//! Pages that are not on the list of origins, in every disguise, on every transport and every kind of upgrade.

use longwire_tests::client::handshake;
use longwire_tests::{Attacked, Bounds, Client, Connection, Dialect, Request, Response, Transport};

use crate::leave;

/// How a handshake by JSONP is refused.
const SCRIPT: &str = "io.j[1](new Error(\"handshake bad origin\"));";
const FLAG: &str = "--origins=a.example:80,b.example:*,*.c.example:443,[2001:db8::1]:8080";

/// Pages of these origins may come in.
const ALLOWED: [&str; 15] = [
    "http://a.example",
    "http://a.example:80",
    "http://a.example:00080",
    "HTTP://A.EXAMPLE",
    "http://a.EXAMPLE:80",
    "https://a.example:80",
    "http://b.example",
    "https://b.example",
    "https://b.example:1",
    "http://b.example:65535",
    "https://www.c.example",
    "https://a.b.C.example:443",
    "http://d.c.example:443",
    "http://[2001:db8::1]:8080",
    "http://[2001:DB8::1]:8080",
];

/// Origins that are not on the list.
const UNLISTED: [&str; 28] = [
    "null",
    // The port is another one.
    "https://a.example",
    "http://a.example:8080",
    "http://a.example:81",
    "http://a.example:0",
    "http://www.c.example",
    "http://[2001:db8::1]",
    "http://[2001:db8::1]:80",
    // The name looks like it.
    "http://a.example.evil.example",
    "http://evil-a.example",
    "http://xa.example",
    "http://a.exampl",
    "http://a.examplee",
    "http://a.example.",
    "http://.a.example",
    "http://a..example",
    "http://www.a.example",
    "http://ple",
    "http://b.example.",
    "http://b.example.evil",
    "https://c.example",
    "https://xc.example",
    "https://www.c.example.",
    "https://www.c.example.evil",
    "http://xn--a.example",
    // Another address, or the same in a spelling that no browser uses.
    "http://[2001:db8::2]:8080",
    "http://[2001:db8:0::1]:8080",
    "http://127.0.0.1",
];

/// Texts that are no origin.
const NONE: [&str; 29] = [
    "",
    "NULL",
    "undefined",
    "*",
    "a.example",
    "a.example:80",
    "//a.example",
    "://a.example",
    "http:/a.example",
    "http://а.example",
    "http://a.example/",
    "http://a.example:",
    "http://a.example:+80",
    "http://a.example:80:80",
    // 2¹⁶ + 80.
    "http://a.example:65616",
    "http://a.example:000080",
    "http://a.example:99999999999999999999",
    "http://2001:db8::1:8080",
    "http://[2001:db8::1]x:8080",
    "http://[2001:db8::1%25eth0]:8080",
    // Something else hides in it.
    "http://a.example@evil.example",
    "http://a.example:80@evil.example",
    "http://evil.example@a.example",
    "http://evil.example/a.example",
    "http://evil.example?a.example",
    "http://evil.example#a.example",
    "http://a.example, http://evil.example",
    "http://evil.example http://a.example",
    "http://a.example\thttp://evil.example",
];

fn refused() -> impl Iterator<Item = &'static str> {
    UNLISTED.into_iter().chain(NONE)
}

#[tokio::test]
async fn origins_that_are_not_listed_on_the_handshake() {
    let server = Attacked::start(&[FLAG]).await;
    let mut connection = server.connect().await;
    for origin in refused() {
        for method in ["GET", "POST", "OPTIONS"] {
            let request = Request::new(method, "/socket.io/1/").header("Content-Length", 0).header("Origin", origin);
            assert_refused(&connection.request(&request).await, origin);
            // A referer does not help who has an origin.
            let request = request.header("Referer", "http://a.example/");
            assert_refused(&connection.request(&request).await, origin);
        }
        let script = Request::get("/socket.io/1/?jsonp=1").header("Origin", origin);
        connection.request(&script).await.assert(200, SCRIPT);
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}

/// Where a page tells no origin, its address stands in for it.
#[tokio::test]
async fn addresses_of_pages_that_are_not_listed() {
    let server = Attacked::start(&[FLAG]).await;
    let mut connection = server.connect().await;
    for address in [
        "http://evil.example/http://a.example/",
        "http://evil.example?http://a.example/",
        "http://evil.example#http://a.example/",
        "http://a.example@evil.example/",
        "http://a.example:80@evil.example/",
        "http://evil.example@a.example/",
        r"http://evil.example\@a.example/",
        r"http://evil.example\.a.example/",
        "http://a.example.evil.example/",
        "http://a.example%2eevil.example/",
        "http://a.example;evil.example/",
        "http://a.example./",
        "https://a.example/",
        "http://a.example:8080/",
        "a.example/",
        "//a.example/",
        "about:blank",
        "data:text/html,http://a.example/",
        "null",
        "",
    ] {
        let plain = Request::get("/socket.io/1/").header("Referer", address);
        assert_refused(&connection.request(&plain).await, address);
        let script = Request::get("/socket.io/1/?jsonp=1").header("Referer", address);
        connection.request(&script).await.assert(200, SCRIPT);
        let poll = Request::get("/socket.io/1/jsonp-polling/nosuch?i=1").header("Referer", address);
        assert_refused(&connection.request(&poll).await, address);
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn origins_that_are_not_listed_on_every_transport() {
    let server = Attacked::start(&[FLAG]).await;
    let client = server.client(Transport::XhrPolling).await;
    let mut connection = server.connect().await;
    for transport in [Transport::XhrPolling, Transport::JsonpPolling, Transport::HtmlFile, Transport::XhrMultipart] {
        for origin in refused() {
            for id in [client.id.as_str(), "nosuch"] {
                for method in ["GET", "POST", "OPTIONS"] {
                    let request = Request::new(method, &transport.target(id)).header("Origin", origin);
                    let request = request.header("Content-Length", 5).body("3:::x");
                    assert_refused(&connection.request(&request).await, origin);
                }
            }
        }
        // No origin at all.
        assert_refused(&connection.get(&transport.target(&client.id)).await, "none");
        assert_refused(&connection.post(&transport.target(&client.id), "3:::x").await, "none");
    }
    for origin in refused() {
        let request = Request::get(&format!("/socket.io/1//{}/?disconnect", client.id)).header("Origin", origin);
        assert_refused(&connection.request(&request).await, origin);
    }
    drop(connection);
    leave(client).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn origins_that_are_not_listed_on_every_upgrade() {
    let server = Attacked::start(&[FLAG]).await;
    for (transport, dialect) in UPGRADES {
        let id = handshake(server.address, "").await;
        let mut connection = server.connect().await;
        for origin in refused() {
            for id in [id.as_str(), "nosuch"] {
                let response = upgrade(&mut connection, transport, dialect, id, origin).await;
                assert_refused(&response, origin);
            }
        }
        let client = Client::join(server.address, transport, &id).await;
        assert_greeted(client).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

/// The attacks above would prove nothing if nobody were let in.
#[tokio::test]
async fn origins_that_are_listed_in_any_spelling() {
    let server = Attacked::start(&[FLAG]).await;
    for origin in ALLOWED {
        let mut connection = server.connect().await;
        let response = connection.request(&Request::get("/socket.io/1/").header("Origin", origin)).await;
        let credentials = response.header("Access-Control-Allow-Credentials");
        assert_eq!((response.status, credentials), (200, Some("true")), "{origin}");
        assert_eq!(response.header("Access-Control-Allow-Origin"), Some(origin));
        for (transport, dialect) in UPGRADES {
            let id = handshake(server.address, "").await;
            let mut connection = server.connect().await;
            let response = upgrade(&mut connection, transport, dialect, &id, origin).await;
            assert_eq!(response.status, 101, "{origin} {dialect:?}");
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn origins_of_which_there_are_two() {
    let server = Attacked::start(&[FLAG]).await;
    let mut connection = server.connect().await;
    let good = "http://a.example";
    for (first, second) in [(good, "http://evil.example"), ("http://evil.example", good), (good, good), ("null", good)]
    {
        for name in ["Origin", "Sec-WebSocket-Origin", "Referer"] {
            let request = Request::get("/socket.io/1/").header(name, first).header(name, second);
            assert_refused(&connection.request(&request).await, name);
        }
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}

/// A page without an origin of its own comes in where anybody does, and is told so by name.
#[tokio::test]
async fn origins_without_a_list() {
    let server = Attacked::start(&[]).await;
    let mut connection = server.connect().await;
    for origin in refused() {
        let response = connection.request(&Request::get("/socket.io/1/").header("Origin", origin)).await;
        assert_eq!(response.status, 200, "{origin}");
        let echoed = UNLISTED.contains(&origin).then_some(origin);
        assert_eq!(response.header("Access-Control-Allow-Origin"), echoed, "{origin:?}");
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}

const UPGRADES: [(Transport, Dialect); 5] = [
    (Transport::WEBSOCKET, Dialect::Rfc6455),
    (Transport::WebSocket(Dialect::Hybi8), Dialect::Hybi8),
    (Transport::WebSocket(Dialect::Hybi7), Dialect::Hybi7),
    (Transport::WebSocket(Dialect::Hixie76), Dialect::Hixie76),
    (Transport::FlashSocket, Dialect::Hixie76),
];

async fn upgrade(
    connection: &mut Connection,
    transport: Transport,
    dialect: Dialect,
    id: &str,
    origin: &str,
) -> Response {
    let request = String::from_utf8(dialect.request(&transport.target(id)).to_bytes()).unwrap();
    let own = "Origin: http://a.example\r\n";
    assert!(request.contains(own));
    connection.send(request.replace(own, &format!("Origin: {origin}\r\n"))).await;
    connection.response().await
}

async fn assert_greeted(mut client: Client) {
    client.expect(&["1::"]).await;
    leave(client).await;
}

#[track_caller]
fn assert_refused(response: &Response, origin: &str) {
    assert_eq!((response.status, response.text()), (403, "handshake bad origin"), "{origin:?}");
    let cors = response.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("access-control"));
    assert!(!cors, "{origin:?} {response:?}");
}
