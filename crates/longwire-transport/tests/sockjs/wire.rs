//! Reads the wire as a client does: the frames in what each transport carries.

use longwire_codec::ByteString;
use longwire_codec::sockjs::Frame;
use longwire_codec::websocket::{Framing, Incoming, Limits, Reader};

/// The frame in a poll's answer, or in one piece of a stream; nothing in a prelude. A piece that is more or less than one
/// frame fails the test.
pub(crate) fn read_piece(transport: &str, piece: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(piece).expect("text");
    let literal = |literal: &str| serde_json::from_str(literal).expect("a string literal");
    let frame: String = match transport {
        "xhr-polling" | "xhr-streaming" => text.strip_suffix('\n').expect(text).to_owned(),
        "eventsource" => {
            let event = text.strip_prefix("data: ")?.strip_suffix("\r\n\r\n").expect(text);
            event.replace("%25", "%")
        }
        "htmlfile" => literal(text.strip_prefix("<script>\np(")?.strip_suffix(");\n</script>\r\n").expect(text)),
        "jsonp-polling" => literal(text.strip_prefix("/**/cb(").expect(text).strip_suffix(");\r\n").expect(text)),
        other => panic!("{other} has no pieces"),
    };
    if frame.starts_with("hh") {
        return None;
    }
    Frame::decode(&ByteString::from(frame.as_str()), usize::MAX).expect(&frame);
    Some(frame)
}

/// The messages of a WebSocket, `ping`, and `close CODE REASON` for its end.
pub(crate) fn read_websocket(framing: Framing, mut bytes: &[u8]) -> Vec<String> {
    let mut reader = Reader::client(framing, Limits::default());
    let mut messages = vec![];
    while let Some(incoming) = reader.read(&mut bytes).expect("valid frames") {
        messages.push(match incoming {
            Incoming::Text(text) => text.to_string(),
            Incoming::Binary(bytes) => format!("{bytes:?}"),
            Incoming::Ping(_) => "ping".to_owned(),
            Incoming::Close { code: Some(code), reason } => format!("close {code} {reason}"),
            Incoming::Close { code: None, .. } => "close".to_owned(),
            other => panic!("a server does not send {other:?}"),
        });
    }
    messages
}
