//! The wire forms of revision 1.
//!
//! A [`Message::Payload`] with text is a packet that is spelt already and travels as it is. Revision 1 has nothing for bytes:
//! a binary payload becomes a text message on the default endpoint with its Base64 (`3:::AAEC`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::packet::Packet;
use super::spelling::Spelling;
use super::{htmlfile, payload};
use crate::json_string::Context;
use crate::websocket::Framing;
use crate::wire_format::Spelling as Form;
use crate::{Message, Payload, WireFormat};

static TEXT: Form = Form::new("socketio_rev1::TEXT", text);
static FRAMED: Form = Form::new("socketio_rev1::FRAMED", framed);
static FRAMED_ESCAPED: Form = Form::new("socketio_rev1::FRAMED_ESCAPED", framed_escaped);
static SCRIPT: Form = Form::new("socketio_rev1::SCRIPT", script);
static WEBSOCKET: Form = Form::new("socketio_rev1::WEBSOCKET", websocket);
static HIXIE: Form = Form::new("socketio_rev1::HIXIE", hixie);

/// # Forms of Socket.IO revision 1
///
/// A [`Payload`] with text is a packet that is spelt already; one with bytes becomes a text message with their Base64
/// (`3:::AAEC`), because no packet of revision 1 carries bytes.
impl WireFormat {
    /// Revision 1: the bare packet (`3:::hello`). A part of xhr-multipart.
    pub const SOCKETIO_REV1_TEXT: Self = Self::new(&TEXT);
    /// Revision 1: the packet with its payload frame in front (`�9�3:::hello`). xhr-polling; alone in a body it
    /// travels without the frame, which [`unframe`](payload::unframe) takes off.
    pub const SOCKETIO_REV1_FRAMED: Self = Self::new(&FRAMED);
    /// Revision 1: the same, escaped for the inside of a JavaScript string. jsonp-polling. The length in the frame is that of
    /// what the string stands for.
    pub const SOCKETIO_REV1_FRAMED_ESCAPED: Self = Self::new(&FRAMED_ESCAPED);
    /// Revision 1: a whole script element of htmlfile.
    pub const SOCKETIO_REV1_SCRIPT: Self = Self::new(&SCRIPT);
    /// Revision 1: an unmasked text frame of RFC 6455 and the hybi drafts.
    pub const SOCKETIO_REV1_WEBSOCKET: Self = Self::new(&WEBSOCKET);
    /// Revision 1: a frame of hixie-75 and hixie-76.
    pub const SOCKETIO_REV1_HIXIE: Self = Self::new(&HIXIE);
}

/// The bare packet.
fn text(message: &Message) -> Bytes {
    match message {
        Message::Payload(Payload::Text(packet)) => packet.as_bytes().clone(),
        Message::Packet(_) | Message::Payload(Payload::Binary(_)) => {
            spell(message, |packet| packet.to_text().into_bytes())
        }
    }
}

/// The packet with its payload frame in front.
fn framed(message: &Message) -> Bytes {
    spell(message, |packet| {
        let units = packet.utf16_len();
        let mut form = String::with_capacity(payload::prefix_len(units) + packet.len());
        payload::push_prefix(&mut form, units);
        packet.push_to(&mut form);
        form.into()
    })
}

/// The packet with its payload frame in front, for the inside of a JavaScript string. The frame tells the length of what
/// the string stands for, and needs no escapes itself.
fn framed_escaped(message: &Message) -> Bytes {
    spell(message, |packet| {
        let units = packet.utf16_len();
        let mut form = String::with_capacity(payload::prefix_len(units) + packet.escaped_len(Context::JavaScript));
        payload::push_prefix(&mut form, units);
        packet.push_escaped_to(&mut form, Context::JavaScript);
        form.into()
    })
}

/// A script element of htmlfile that hands the packet to the page.
fn script(message: &Message) -> Bytes {
    spell(message, |packet| {
        let packet = packet.map_json(htmlfile::protect_backslashes);
        let around = htmlfile::SCRIPT_OPEN.len() + htmlfile::SCRIPT_CLOSE.len();
        let mut form = String::with_capacity(around + packet.escaped_len(Context::HtmlScript));
        form.push_str(htmlfile::SCRIPT_OPEN);
        packet.push_escaped_to(&mut form, Context::HtmlScript);
        form.push_str(htmlfile::SCRIPT_CLOSE);
        form.into()
    })
}

/// The packet as an unmasked text frame of RFC 6455.
fn websocket(message: &Message) -> Bytes {
    frame(Framing::Rfc6455, message)
}

/// The packet as a frame of hixie-75 and hixie-76.
fn hixie(message: &Message) -> Bytes {
    frame(Framing::Hixie, message)
}

fn frame(framing: Framing, message: &Message) -> Bytes {
    match message {
        Message::Payload(Payload::Text(packet)) => framing.text(packet),
        Message::Packet(_) | Message::Payload(Payload::Binary(_)) => {
            spell(message, |packet| framing.text_of(packet.len(), |frame| packet.push_bytes_to(frame)))
        }
    }
}

/// Hands the spelling of `message` to `write`.
fn spell<T>(message: &Message, write: impl FnOnce(Spelling<'_>) -> T) -> T {
    match message {
        Message::Packet(packet) => match Spelling::of_said(packet) {
            Some(spelling) => write(spelling),
            None => write(Spelling::of(&Packet::from_neutral(packet))),
        },
        Message::Payload(Payload::Text(packet)) => write(Spelling::verbatim(packet)),
        Message::Payload(Payload::Binary(bytes)) => write(Spelling::of_text(&STANDARD.encode(bytes))),
    }
}
