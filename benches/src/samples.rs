//! The messages that everything is measured with.
//!
//! Changing one makes new figures incomparable with old ones; add another instead.

use std::fmt::Write;

use longwire_codec::json_string::{self, Context};
use longwire_codec::socketio_rev1::payload;
use longwire_codec::{Args, ByteString, Outbound, Packet, WireFormat};

/// An event as a chat sends it.
pub const EVENT: &str = r#"5:::{"name":"echo","args":["anna","how are you?"]}"#;
/// A text message.
pub const TEXT: &str = "3:::how are you?";
/// An acknowledgement with arguments.
pub const ACK: &str = r#"6:::17+["ok",{"count":3}]"#;
/// How many packets a [`payload`](payload()) has.
pub const PAYLOAD_PACKETS: usize = 10;

/// The wire forms that are measured, by name.
pub const WIRE_FORMATS: [(&str, WireFormat); 6] = [
    ("text", WireFormat::SOCKETIO_REV1_TEXT),
    ("framed", WireFormat::SOCKETIO_REV1_FRAMED),
    ("framed_escaped", WireFormat::SOCKETIO_REV1_FRAMED_ESCAPED),
    ("script", WireFormat::SOCKETIO_REV1_SCRIPT),
    ("websocket", WireFormat::SOCKETIO_REV1_WEBSOCKET),
    ("hixie", WireFormat::SOCKETIO_REV1_HIXIE),
];

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// One byte and one UTF-16 unit for each character.
    Ascii,
    /// One to four bytes and one or two UTF-16 units for each character.
    Mixed,
}

impl Script {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ascii, Self::Mixed];

    /// What measurements are named after.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ascii => "ascii",
            Self::Mixed => "mixed",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Ascii => "The quick brown fox jumps over the lazy dog. ",
            Self::Mixed => "Zwölf Boxkämpfer 敏捷的棕色狐狸 съешь же ещё этих 😀 булок. ",
        }
    }
}

/// Prose of at most `bytes` bytes, three less at worst, with nothing in it that has to be escaped.
#[must_use]
pub fn prose(script: Script, bytes: usize) -> String {
    let sentence = script.sentence();
    let mut text = sentence.repeat(bytes / sentence.len() + 1);
    let end = (0..=bytes).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or(0));
    text
}

/// Text of about `bytes` bytes, every fourth character of which has to be escaped in a script.
#[must_use]
pub fn markup(bytes: usize) -> String {
    let piece = "<b>\"a/b\"\n</b>\u{2028}and so on ";
    piece.repeat(bytes.div_ceil(piece.len()))
}

/// An event of 1024 bytes: a list of objects with numbers, strings and quotes, as applications send their state.
#[must_use]
pub fn event_1k() -> String {
    const LENGTH: usize = 1024;
    const END: &str = "\"]}";

    let mut event = r#"5:::{"name":"echo","args":["#.to_owned();
    for id in 0..13 {
        let x = f64::from(id) * 1.25;
        write!(event, r#"{{"id":{id},"user":"anna","at":[{x},17.5],"online":true,"tags":["a","b"]}},"#)
            .expect("writing to a String cannot fail");
    }
    event.push('"');
    event.push_str(&"x".repeat(LENGTH.saturating_sub(event.len() + END.len())));
    event + END
}

/// The packets of revision 1 that are measured, by name.
#[must_use]
pub fn packets() -> [(&'static str, ByteString); 4] {
    [("event_small", EVENT.into()), ("event_1k", event_1k().into()), ("text", TEXT.into()), ("ack", ACK.into())]
}

/// Ten packets that travel together.
#[must_use]
pub fn payload_packets(script: Script) -> Vec<String> {
    let event = |number| format!(r#"5:::{{"name":"said","args":[{number},"{}"]}}"#, prose(script, 60));
    (0..PAYLOAD_PACKETS).map(event).collect()
}

/// A body with ten packets.
#[must_use]
pub fn payload(script: Script) -> ByteString {
    payload::encode(&payload_packets(script))
}

/// The body of a POST of jsonp-polling, as a form with the packet in a JSON string. Everything but letters and digits is
/// escaped.
#[must_use]
pub fn form(packet: &str) -> String {
    let string = format!("\"{}\"", json_string::escape(packet, Context::Json));
    let mut body = "d=".to_owned();
    for byte in string.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => body.push(char::from(byte)),
            _ => write!(body, "%{byte:02X}").expect("writing to a String cannot fail"),
        }
    }
    body
}

/// [`EVENT`] as the application says it, for all of its receivers; no form of it is made yet.
#[must_use]
pub fn broadcast() -> Outbound {
    Packet::event("", "echo", Args::from_checked_json(r#"["anna","how are you?"]"#.into())).into()
}

#[cfg(test)]
mod tests {
    use longwire_codec::socketio_rev1::{Limits, Packet, jsonp};

    use super::*;

    #[test]
    fn packets_are_good_and_of_the_length_that_their_names_say() {
        for (name, packet) in packets() {
            let decoded = Packet::decode(&packet, Limits::default()).expect(name);
            assert_eq!(decoded.encode(), packet);
        }
        assert_eq!(event_1k().len(), 1024);
    }

    #[test]
    fn what_the_application_says_is_what_clients_say() {
        assert_eq!(broadcast().form(WireFormat::SOCKETIO_REV1_TEXT), EVENT);
        assert_eq!(jsonp::decode_body(form(EVENT).as_bytes()).expect("it was just encoded"), EVENT);
    }

    #[test]
    fn texts_are_as_long_as_they_were_asked_for() {
        for script in Script::ALL {
            assert!((1021..=1024).contains(&prose(script, 1024).len()));
            assert_eq!(payload::decode(&payload(script), 100).expect("it was just encoded").len(), PAYLOAD_PACKETS);
        }
        assert!((1024..1060).contains(&markup(1024).len()));
    }
}
