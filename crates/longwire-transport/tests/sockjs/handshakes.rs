//! Requests for a WebSocket, good and bad, on both end points.

use http::request::Builder;
use longwire_codec::websocket::Framing;

use crate::harness::{Service, bodiless, config, plain, upgrade};

const PATHS: [&str; 2] = ["/echo/websocket", "/echo/000/abc/websocket"];

fn get(path: &str) -> Builder {
    plain(http::Method::GET, path).header("host", "example.com")
}

/// Status, words and what becomes of the connection.
fn ask(request: Builder) -> (u16, String, Option<String>) {
    let mut service = Service::new(config());
    let exchange = service.request(bodiless(request));
    let connection = service.header(exchange, "connection").map(str::to_lowercase);
    (service.status(exchange), service.body(exchange), connection)
}

#[test]
fn a_good_one_is_answered_101() {
    for path in PATHS {
        for version in ["13", "8", "7"] {
            let mut service = Service::new(config());
            let mut request = bodiless(upgrade(path));
            request.headers_mut().insert("sec-websocket-version", version.parse().unwrap());
            let exchange = service.request(request);
            assert_eq!(service.status(exchange), 101, "{path} {version}");
            assert_eq!(service.header(exchange, "sec-websocket-accept"), Some("HSmrc0sMlYUkAGmm5OPpG2HaGWk="));
            assert_eq!(service.header(exchange, "connection"), Some("Upgrade"));
            assert_eq!(service.header(exchange, "upgrade"), Some("websocket"));
            assert_eq!(service.header(exchange, "content-length"), None);
            assert_eq!(service.accept(exchange).framing, Framing::Rfc6455);
        }
    }
}

#[test]
fn a_request_that_asks_for_none_is_told_so() {
    let close = Some("close".to_owned());
    for path in PATHS {
        let only = (400, "Can \"Upgrade\" only to \"WebSocket\".".to_owned(), close.clone());
        assert_eq!(ask(get(path)), only);
        assert_eq!(ask(get(path).header("connection", "Upgrade").header("upgrade", "h2c")), only);
        let must = (400, "\"Connection\" must be \"Upgrade\".".to_owned(), close.clone());
        assert_eq!(ask(get(path).header("upgrade", "WebSocket").header("connection", "close")), must);
        assert_eq!(ask(get(path).header("upgrade", "WebSocket")), must);
    }
}

#[test]
fn unknown_versions_are_told_the_known_ones() {
    for path in PATHS {
        let mut service = Service::new(config());
        let mut request = bodiless(upgrade(path));
        request.headers_mut().insert("sec-websocket-version", "14".parse().unwrap());
        let exchange = service.request(request);
        assert_eq!(service.status(exchange), 426);
        assert_eq!(service.header(exchange, "sec-websocket-version"), Some("13, 8, 7"));
        assert_eq!(service.header(exchange, "connection"), Some("Upgrade, close"));
    }
}

#[test]
fn broken_ones_open_no_session() {
    let upgrade = |path| get(path).header("upgrade", "websocket").header("connection", "Upgrade");
    for path in PATHS {
        for request in [
            upgrade(path),
            upgrade(path).header("sec-websocket-version", "13"),
            upgrade(path).header("sec-websocket-version", "13").header("sec-websocket-key", "x"),
            upgrade(path).header("sec-websocket-key1", "1 2"),
            upgrade(path).header("sec-websocket-key1", "12").header("sec-websocket-key2", "1 2"),
            upgrade(path).header("sec-websocket-key1", "1  3").header("sec-websocket-key2", "1 2"),
            upgrade(path).header("sec-websocket-key1", "99999999999 ").header("sec-websocket-key2", "1 2"),
        ] {
            let mut service = Service::new(config());
            let exchange = service.request(bodiless(request));
            assert_eq!(service.status(exchange), 400);
            assert_eq!(service.header(exchange, "connection"), Some("close"));
            assert_eq!(service.made(), 0);
        }
    }
}
