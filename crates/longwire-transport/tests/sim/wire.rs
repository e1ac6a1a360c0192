//! Reads the wire as a client does: the packets in what each transport carries.

use longwire_codec::ByteString;
use longwire_codec::socketio_rev1::payload;
use longwire_codec::websocket::{Framing, Incoming, Limits, Reader};

/// The packets in the answer to a poll.
pub(crate) fn read_poll(transport: &str, body: &[u8]) -> Vec<String> {
    let body = std::str::from_utf8(body).expect("text");
    let body = match transport {
        "jsonp-polling" => {
            let string = body.strip_prefix("io.j[0](").and_then(|body| body.strip_suffix(");")).expect(body);
            serde_json::from_str(string).expect("a string literal")
        }
        _ => body.to_owned(),
    };
    let packets = payload::decode(&ByteString::from(body), usize::MAX).expect("a payload");
    packets.iter().map(ToString::to_string).collect()
}

/// The packet in a piece of a stream; none in its prelude.
pub(crate) fn read_piece(transport: &str, piece: &[u8]) -> Option<String> {
    let piece = std::str::from_utf8(piece).expect("text");
    match transport {
        "htmlfile" => {
            let string = piece.strip_prefix("<script>_(")?.strip_suffix(");</script>").expect("a script");
            Some(serde_json::from_str(string).expect("a string literal"))
        }
        _ => {
            let part = piece.strip_prefix("Content-Type: text/plain\n\n")?;
            Some(part.strip_suffix("\n--socketio\n").expect("a part").to_owned())
        }
    }
}

/// The text messages of a WebSocket, and `close CODE` for its end.
pub(crate) fn read_frames(framing: Framing, mut bytes: &[u8]) -> Vec<String> {
    let mut reader = Reader::client(framing, Limits::default());
    let mut messages = vec![];
    while let Some(incoming) = reader.read(&mut bytes).expect("valid frames") {
        messages.push(match incoming {
            Incoming::Text(text) => text.to_string(),
            Incoming::Close { code, .. } => code.map_or("close".to_owned(), |code| format!("close {code}")),
            other => panic!("a server does not send {other:?}"),
        });
    }
    messages
}
