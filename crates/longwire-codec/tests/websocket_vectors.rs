//! Frames that old servers stumbled over, from `vectors/websocket-frames.json`.
//!
//! The expectations there are those of a Socket.IO revision 1 server. What is its own business (it has no binary
//! messages, an empty text is no packet) shows here as the message that its transport then refuses or ignores.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use longwire_codec::websocket::{CloseCode, Framing, Incoming, Limits, ReadError, Reader};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    input_base64: String,
    strict: Strict,
}

#[derive(Deserialize)]
struct Strict {
    action: String,
}

fn text(text: &str) -> Result<Vec<Incoming>, CloseCode> {
    Ok(vec![Incoming::Text(text.into())])
}

fn expected(name: &str) -> Result<Vec<Incoming>, CloseCode> {
    match name {
        "empty masked ping" => Ok(vec![Incoming::Ping("".into())]),
        "ping with payload abc" => Ok(vec![Incoming::Ping("abc".into())]),
        "unsolicited pong" => Ok(vec![Incoming::Pong("".into())]),
        "binary message" => Ok(vec![Incoming::Binary("3:::bin".into())]),
        "character split over two fragments" => text("3:::€"),
        "payload framing inside a websocket message" => text("\u{fffd}5\u{fffd}3:::a\u{fffd}5\u{fffd}3:::b"),
        "empty text" => text(""),
        "close with code" => Ok(vec![Incoming::Close { code: Some(CloseCode::NORMAL), reason: "bye".into() }]),
        "reserved bit set"
        | "unknown opcode 3"
        | "unmasked text"
        | "continuation without a start"
        | "10 bytes of garbage" => Err(CloseCode::PROTOCOL),
        "invalid UTF-8" => Err(CloseCode::INVALID_DATA),
        "length above 32 bits" | "length above the limit" => Err(CloseCode::TOO_BIG),
        other => panic!("no expectation for {other:?}"),
    }
}

fn read(input: &[u8], size: usize) -> Result<Vec<Incoming>, ReadError> {
    let mut reader = Reader::new(Framing::Rfc6455, Limits::default());
    let mut said = Vec::new();
    for mut piece in input.chunks(size) {
        while let Some(incoming) = reader.read(&mut piece)? {
            said.push(incoming);
        }
    }
    Ok(said)
}

#[test]
fn every_vector_is_read_as_it_should_be() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("vectors/websocket-frames.json")).unwrap();
    assert_eq!(cases.len(), 16);
    for Case { name, input_base64, strict } in cases {
        let input = BASE64_STANDARD.decode(input_base64).unwrap();
        let expected = expected(&name);
        for size in 1..=input.len() {
            assert_eq!(read(&input, size).map_err(|error| error.close_code()), expected, "{name} by {size}");
        }
        match strict.action.as_str() {
            "accept" | "ignore" => assert!(expected.is_ok(), "{name}"),
            // The transport closes with this one, because it has no use for binary messages.
            "close 1003" => assert!(matches!(expected.as_deref(), Ok([Incoming::Binary(_)])), "{name}"),
            action => assert_eq!(action, format!("close {}", expected.unwrap_err()), "{name}"),
        }
    }
}
