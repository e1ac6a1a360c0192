//! Requests of every dialect, good and bad.

use http::{Request, Response};

use super::*;
use crate::websocket::hixie76::KeyError;

const RFC6455: &[(&str, &str)] = &[
    ("Host", "example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Origin", "http://a.example"),
];

const HIXIE76: &[(&str, &str)] = &[
    ("Upgrade", "WebSocket"),
    ("Connection", "Upgrade"),
    ("Host", "example.com:8080"),
    ("Origin", "http://a.example"),
    ("Cookie", ""),
    ("Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5"),
    ("Sec-WebSocket-Key2", "12998 5 Y3 1  .P00"),
];

const HIXIE75: &[(&str, &str)] = &[
    ("Upgrade", "WebSocket"),
    ("Connection", "Upgrade"),
    ("Host", "example.com"),
    ("Origin", "http://a.example"),
    ("WebSocket-Protocol", "sample"),
];

fn head(headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::get("/socket.io/1/websocket/abc?a=b");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// The head with one header set to another value, or without it.
fn with(headers: &[(&str, &str)], name: &'static str, value: Option<&str>) -> Parts {
    let mut head = head(headers);
    head.headers.remove(name);
    if let Some(value) = value {
        head.headers.insert(name, value.parse().unwrap());
    }
    head
}

/// The names and values of a response, in order.
fn lines(response: &Response<()>) -> Vec<(&str, &str)> {
    response.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect()
}

#[test]
fn the_three_versions_are_answered_alike() {
    for (version, dialect) in [("13", Dialect::Rfc6455), ("8", Dialect::Hybi8), ("7", Dialect::Hybi7)] {
        let handshake = Handshake::parse(&with(RFC6455, "Sec-WebSocket-Version", Some(version))).unwrap();
        assert_eq!(handshake.dialect(), dialect);
        let (response, accept) = handshake.accept(true, None);
        assert_eq!(response.status(), 101);
        assert_eq!(
            lines(&response),
            [
                ("upgrade", "websocket"),
                ("connection", "Upgrade"),
                ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            ]
        );
        assert_eq!(response.extensions().get::<ReasonPhrase>(), None);
        assert_eq!(accept, Accept { framing: Framing::Rfc6455, challenge: None });
    }
}

#[test]
fn a_subprotocol_is_answered_when_one_was_chosen() {
    let handshake = Handshake::parse(&with(RFC6455, "Sec-WebSocket-Protocol", Some("a, b"))).unwrap();
    assert_eq!(handshake.protocol().unwrap(), "a, b");
    assert_eq!(handshake.accept(false, None).0.headers().get("sec-websocket-protocol"), None);
    let chosen = HeaderValue::from_static("b");
    assert_eq!(handshake.accept(false, Some(&chosen)).0.headers()["sec-websocket-protocol"], "b");
}

#[test]
fn upgrade_and_connection_are_lists_without_case() {
    for (upgrade, connection) in
        [("WebSocket", "upgrade"), ("WEBSOCKET", "keep-alive, Upgrade"), ("h2c, websocket", "UPGRADE ,close")]
    {
        let mut head = with(RFC6455, "Upgrade", Some(upgrade));
        head.headers.insert("connection", connection.parse().unwrap());
        assert!(is_upgrade(&head));
        assert!(Handshake::parse(&head).is_ok());
    }
    let mut split = with(RFC6455, "Connection", Some("keep-alive"));
    split.headers.append("connection", HeaderValue::from_static("upgrade"));
    assert!(is_upgrade(&split));
}

#[test]
fn requests_that_ask_for_no_websocket() {
    let mut old = head(RFC6455);
    old.version = Version::HTTP_10;
    for head in [
        old,
        with(RFC6455, "Upgrade", None),
        with(RFC6455, "Upgrade", Some("h2c")),
        with(RFC6455, "Upgrade", Some("websockets")),
        with(RFC6455, "Connection", None),
        with(RFC6455, "Connection", Some("keep-alive")),
        with(RFC6455, "Connection", Some("no-upgrade")),
    ] {
        assert!(!is_upgrade(&head));
        assert_eq!(Handshake::parse(&head).unwrap_err(), HandshakeError::NotAnUpgrade);
    }
}

#[test]
fn only_get_upgrades() {
    let mut head = head(RFC6455);
    head.method = Method::POST;
    assert!(is_upgrade(&head));
    assert_eq!(Handshake::parse(&head).unwrap_err(), HandshakeError::Method);
}

#[test]
fn unknown_versions_are_told_the_known_ones() {
    for version in ["", "0", "6", "9", "14", "013", "13, 8", "x"] {
        let error = Handshake::parse(&with(RFC6455, "Sec-WebSocket-Version", Some(version))).unwrap_err();
        assert_eq!(error, HandshakeError::UnknownVersion, "{version}");
        assert_eq!(error.refusal().status(), 426);
        assert_eq!(error.refusal().headers()["sec-websocket-version"], "13, 8, 7");
    }
    let error = Handshake::parse(&with(RFC6455, "Sec-WebSocket-Version", None)).unwrap_err();
    assert_eq!(error, HandshakeError::MissingVersion);
    assert_eq!(error.refusal().headers()["sec-websocket-version"], "13, 8, 7");
}

#[test]
fn a_key_is_sixteen_bytes() {
    // The second is the example of RFC 6455, section 4.1, whose last bits are not zero.
    for key in ["AAAAAAAAAAAAAAAAAAAAAA==", "AQIDBAUGBwgJCgsMDQ4PEC=="] {
        assert!(Handshake::parse(&with(RFC6455, "Sec-WebSocket-Key", Some(key))).is_ok(), "{key}");
    }
    for key in [
        "",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZWE=",
        "dGhlIHNhbXBsZSBub25jZWFi",
        "dGhlIHNhbXBsZSBub25jZWFiYw==",
        "dGhlIHNhbXBsZSBub25jZ!==",
        "========================",
    ] {
        let error = Handshake::parse(&with(RFC6455, "Sec-WebSocket-Key", Some(key))).unwrap_err();
        assert_eq!(error, HandshakeError::BadKey, "{key}");
        assert_eq!(error.refusal().status(), 400);
    }
    let error = Handshake::parse(&with(RFC6455, "Sec-WebSocket-Key", None)).unwrap_err();
    assert_eq!(error, HandshakeError::MissingKey);
    assert_eq!(error.refusal().status(), 400);
}

#[test]
fn repeated_headers_are_ambiguous() {
    for name in ["sec-websocket-version", "sec-websocket-key", "origin"] {
        let mut head = head(RFC6455);
        let value = head.headers[name].clone();
        head.headers.append(name, value);
        assert_eq!(Handshake::parse(&head).unwrap_err(), HandshakeError::Repeated(name.parse().unwrap()));
    }
    for name in ["sec-websocket-key1", "sec-websocket-key2", "host", "origin"] {
        let mut head = head(HIXIE76);
        head.headers.append(name, HeaderValue::from_static("1 2"));
        assert_eq!(Handshake::parse(&head).unwrap_err(), HandshakeError::Repeated(name.parse().unwrap()));
    }
}

#[test]
fn the_origin_is_where_the_dialect_puts_it() {
    let both = with(RFC6455, "Sec-WebSocket-Origin", Some("http://b.example"));
    assert_eq!(Handshake::parse(&both).unwrap().origin().unwrap(), "http://a.example");
    for version in ["8", "7"] {
        let mut draft = both.clone();
        draft.headers.insert("sec-websocket-version", version.parse().unwrap());
        assert_eq!(Handshake::parse(&draft).unwrap().origin().unwrap(), "http://b.example");
    }
    assert_eq!(Handshake::parse(&head(HIXIE76)).unwrap().origin().unwrap(), "http://a.example");
    assert_eq!(Handshake::parse(&with(RFC6455, "Origin", None)).unwrap().origin(), None);
}

#[test]
fn hixie76_answer() {
    let handshake = Handshake::parse(&head(HIXIE76)).unwrap();
    assert_eq!(handshake.dialect(), Dialect::Hixie76);
    let (response, accept) = handshake.accept(false, None);
    assert_eq!(response.status(), 101);
    assert_eq!(response.extensions().get::<ReasonPhrase>().unwrap().as_str(), "WebSocket Protocol Handshake");
    assert_eq!(
        lines(&response),
        [
            ("upgrade", "WebSocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-origin", "http://a.example"),
            ("sec-websocket-location", "ws://example.com:8080/socket.io/1/websocket/abc?a=b"),
        ]
    );
    assert_eq!(accept.framing, Framing::Hixie);
    assert_eq!(&accept.challenge.unwrap().digest(*b"^n:ds[4U"), b"8jKS'y:G*Co,Wxa-");
}

#[test]
fn hixie76_answer_over_tls_with_protocol_and_without_origin() {
    let mut head = with(HIXIE76, "Origin", None);
    head.headers.insert("sec-websocket-protocol", HeaderValue::from_static("sample"));
    let (response, _) = Handshake::parse(&head).unwrap().accept(true, None);
    assert_eq!(response.headers()["sec-websocket-origin"], "null");
    assert_eq!(response.headers()["sec-websocket-location"], "wss://example.com:8080/socket.io/1/websocket/abc?a=b");
    assert_eq!(response.headers()["sec-websocket-protocol"], "sample");
}

#[test]
fn hixie75_answer() {
    let handshake = Handshake::parse(&head(HIXIE75)).unwrap();
    assert_eq!(handshake.dialect(), Dialect::Hixie75);
    let (response, accept) = handshake.accept(false, None);
    assert_eq!(response.extensions().get::<ReasonPhrase>().unwrap().as_str(), "Web Socket Protocol Handshake");
    assert_eq!(
        lines(&response),
        [
            ("upgrade", "WebSocket"),
            ("connection", "Upgrade"),
            ("websocket-origin", "http://a.example"),
            ("websocket-location", "ws://example.com/socket.io/1/websocket/abc?a=b"),
            ("websocket-protocol", "sample"),
        ]
    );
    assert_eq!(accept, Accept { framing: Framing::Hixie, challenge: None });
}

#[test]
fn hixie_requests_that_cannot_be_answered() {
    for (name, value, expected) in [
        ("Sec-WebSocket-Key1", None, HandshakeError::MissingKey),
        ("Sec-WebSocket-Key2", None, HandshakeError::MissingKey),
        ("Sec-WebSocket-Key1", Some("1234"), HandshakeError::BadHixieKey { key: 1, source: KeyError::NoSpaces }),
        ("Sec-WebSocket-Key1", Some("a b"), HandshakeError::BadHixieKey { key: 1, source: KeyError::NoDigits }),
        ("Sec-WebSocket-Key2", Some("1 2 3"), HandshakeError::BadHixieKey { key: 2, source: KeyError::NotDivisible }),
        ("Sec-WebSocket-Key2", Some("9 999999999"), HandshakeError::BadHixieKey { key: 2, source: KeyError::TooLarge }),
        ("Host", None, HandshakeError::MissingHost),
    ] {
        let error = Handshake::parse(&with(HIXIE76, name, value)).unwrap_err();
        assert_eq!(error, expected);
        assert_eq!(error.refusal().status(), 400);
        assert!(error.refusal().headers().is_empty());
    }
}
