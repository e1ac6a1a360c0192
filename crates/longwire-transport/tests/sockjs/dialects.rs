//! hixie-76 and hixie-75: Safari 5, iOS 4 and 5, Opera 11, Chrome 4.

use http::request::Builder;
use longwire_codec::websocket::handshake::ReasonPhrase;
use longwire_transport::{ExchangeId, PeerInfo};

use crate::harness::{Service, bodiless, config, plain};

fn upgrade_75(path: &str) -> Builder {
    plain(http::Method::GET, path)
        .header("host", "example.com")
        .header("upgrade", "WebSocket")
        .header("connection", "Upgrade")
        .header("origin", "http://a.example")
}

fn upgrade_76(path: &str) -> Builder {
    upgrade_75(path)
        .header("sec-websocket-key1", "4 @1  46546xW%0l 1 5")
        .header("sec-websocket-key2", "12998 5 Y3 1  .P00")
}

fn open(path: &str) -> (Service, ExchangeId) {
    let mut service = Service::new(config());
    service.auto_write = false;
    let exchange = service.request(bodiless(upgrade_76(path)));
    (service, exchange)
}

#[test]
fn the_head_goes_out_ahead_of_the_nonce() {
    let (mut service, websocket) = open("/echo/000/abc/websocket?x=1");
    assert_eq!(service.status(websocket), 101);
    let phrase = service.head(websocket).extensions.get::<ReasonPhrase>().unwrap();
    assert_eq!(phrase.as_str(), "WebSocket Protocol Handshake");
    assert_eq!(service.header(websocket, "upgrade"), Some("WebSocket"));
    assert_eq!(service.header(websocket, "sec-websocket-origin"), Some("http://a.example"));
    let location = Some("ws://example.com/echo/000/abc/websocket?x=1");
    assert_eq!(service.header(websocket, "sec-websocket-location"), location);
    let challenge = service.accept(websocket).challenge.expect("a challenge");
    assert_eq!(
        challenge.digest(*b"aaaaaaaa").map(|byte| format!("{byte:02x}")).concat(),
        "ca3400d8a50847972cd5715ababf437b"
    );
    assert!(service.pieces(websocket).is_empty() && service.events().is_empty());
    service.written(websocket);
    assert_eq!(service.pieces(websocket).concat(), b"\0o\xff");
    assert_eq!(service.events(), ["open"]);
}

#[test]
fn frames_are_those_of_the_draft() {
    let (mut service, websocket) = open("/echo/000/abc/websocket");
    service.auto_write = true;
    service.written(websocket);
    service.message(websocket, "[\"hi\"]");
    service.send("hi");
    service.close_with(3000, "Go away!");
    assert_eq!(service.pieces(websocket).concat(), b"\0o\xff\0a[\"hi\"]\xff\0c[3000,\"Go away!\"]\xff\xff\0");
    assert_eq!(service.events(), ["open", "hi", "closed: booted"]);
}

#[test]
fn heartbeats_have_no_ping_and_expect_nothing() {
    let (mut service, websocket) = open("/echo/000/abc/websocket");
    service.auto_write = true;
    service.written(websocket);
    service.advance(60.0);
    assert_eq!(service.pieces(websocket).concat(), b"\0o\xff\0h\xff\0h\xff");
    assert_eq!(service.events(), ["open"]);
}

#[test]
fn the_raw_end_point_speaks_it_too() {
    let (mut service, websocket) = open("/echo/websocket");
    service.auto_write = true;
    service.written(websocket);
    service.advance(60.0);
    assert!(service.pieces(websocket).is_empty(), "there is nothing that it could say");
    service.send("hi");
    service.close_with(3000, "Go away!");
    assert_eq!(service.pieces(websocket).concat(), b"\0hi\xff\xff\0");
}

#[test]
fn the_location_is_the_url_that_the_client_asked_for() {
    let location = |config, secure, origin: &'static str| {
        let mut service = Service::new(config);
        let peer = PeerInfo { address: ([127, 0, 0, 1], 5000).into(), secure };
        let mut request = bodiless(upgrade_76("/echo/websocket").extension(peer));
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let exchange = service.request(request);
        service.header(exchange, "sec-websocket-location").unwrap().split_once(':').unwrap().0.to_owned()
    };
    assert_eq!(location(config(), false, "https://a.example"), "ws");
    assert_eq!(location(config(), true, "http://a.example"), "wss");
    assert_eq!(location(config().match_origin_protocol(true), false, "https://a.example"), "wss");
}

#[test]
fn hixie_75_is_off_unless_switched_on() {
    for (config, status) in [(config(), 400), (config().hixie_75(true), 101)] {
        let mut service = Service::new(config);
        let exchange = service.request(bodiless(upgrade_75("/echo/000/abc/websocket")));
        assert_eq!(service.status(exchange), status);
    }
}
