//! The wire forms of SockJS: a message as a frame of its own, in the dress of each transport.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::Dress;
use super::frame::messages_frame;
use super::quote::{push_quoted, quoted_len};
use crate::json_string::{Context, escaped_len, push_escaped};
use crate::packet::{Content, Event};
use crate::websocket::Framing;
use crate::wire_format::Spelling as Form;
use crate::{Message, Payload, WireFormat};

static LINE: Form = Form::new("sockjs::LINE", |message| http(Dress::Line, message));
static EVENT: Form = Form::new("sockjs::EVENT", |message| http(Dress::Event, message));
static SCRIPT: Form = Form::new("sockjs::SCRIPT", |message| http(Dress::Script, message));
static CALL: Form = Form::new("sockjs::CALL", |message| http(Dress::Call, message));
static WEBSOCKET: Form = Form::new("sockjs::WEBSOCKET", |message| websocket(Framing::Rfc6455, message));
static HIXIE: Form = Form::new("sockjs::HIXIE", |message| websocket(Framing::Hixie, message));
static RAW_WEBSOCKET: Form = Form::new("sockjs::RAW_WEBSOCKET", |message| raw(Framing::Rfc6455, message));
static RAW_HIXIE: Form = Form::new("sockjs::RAW_HIXIE", |message| raw(Framing::Hixie, message));

/// # Forms of SockJS
///
/// Each is one frame with one message (`a["hello"]`); [`Dress::join`] makes one frame of several. What a message is in SockJS
/// tells [`text_of`]; one that is none has an empty form.
impl WireFormat {
    /// SockJS: a frame and a line feed. xhr-streaming and xhr-polling.
    pub const SOCKJS_LINE: Self = Self::new(&LINE);
    /// SockJS: an event. eventsource.
    pub const SOCKJS_EVENT: Self = Self::new(&EVENT);
    /// SockJS: a script element. htmlfile.
    pub const SOCKJS_SCRIPT: Self = Self::new(&SCRIPT);
    /// SockJS: the argument of a call. jsonp-polling.
    pub const SOCKJS_CALL: Self = Self::new(&CALL);
    /// SockJS: a frame in an unmasked text frame of RFC 6455 and the hybi drafts.
    pub const SOCKJS_WEBSOCKET: Self = Self::new(&WEBSOCKET);
    /// SockJS: a frame in a frame of hixie-75 and hixie-76.
    pub const SOCKJS_HIXIE: Self = Self::new(&HIXIE);
    /// SockJS: the bare message on the raw end point, text or binary, in a frame of RFC 6455 and the hybi drafts.
    pub const SOCKJS_RAW_WEBSOCKET: Self = Self::new(&RAW_WEBSOCKET);
    /// SockJS: the bare message on the raw end point in a frame of hixie-75 and hixie-76; bytes as Base64.
    pub const SOCKJS_RAW_HIXIE: Self = Self::new(&RAW_HIXIE);
}

/// What a message is for a SockJS client, which knows nothing but strings; nothing for what only other families have.
///
/// * A [`Payload`] is its text. Bytes become Base64, as in Socket.IO revision 1; on the raw end point they stay bytes.
/// * An event is the JSON text `{"name":"said","args":["hi"]}`, a text message is its text, a JSON message its JSON. So one
///   [`Outbound`](crate::Outbound) can be sent to a room in which clients of both families are. Its namespace is left out: a
///   client is where it is.
/// * What opens, closes or acknowledges means nothing here.
///
/// ```
/// use longwire_codec::sockjs::text_of;
/// use longwire_codec::{Args, Message, Packet};
///
/// let event = Message::from(Packet::event("", "said", Args::from_serialize(&("anna", 1))?));
/// assert_eq!(text_of(&event).as_deref(), Some(r#"{"name":"said","args":["anna",1]}"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn text_of(message: &Message) -> Option<Cow<'_, str>> {
    match message {
        Message::Payload(Payload::Text(text)) => Some(Cow::Borrowed(text)),
        Message::Payload(Payload::Binary(bytes)) => Some(Cow::Owned(STANDARD.encode(bytes))),
        Message::Packet(packet) => match &packet.content {
            Content::Event(event) => Some(Cow::Owned(text_of_event(event))),
            Content::Text { text, .. } => Some(Cow::Borrowed(text)),
            Content::Json { json, .. } => Some(Cow::Borrowed(json)),
            Content::Connect { .. } | Content::Disconnect | Content::Refused(_) | Content::Ack { .. } => None,
        },
    }
}

/// Whether a message says anything to a SockJS client: whether [`text_of`] has a text for it.
#[must_use]
pub fn is_message(message: &Message) -> bool {
    match message {
        Message::Payload(_) => true,
        Message::Packet(packet) => match packet.content {
            Content::Event(_) | Content::Text { .. } | Content::Json { .. } => true,
            Content::Connect { .. } | Content::Disconnect | Content::Refused(_) | Content::Ack { .. } => false,
        },
    }
}

fn text_of_event(Event { name, args, .. }: &Event) -> String {
    let (opening, middle, args) = ("{\"name\":\"", "\",\"args\":", args.as_json());
    let length = opening.len() + escaped_len(name, Context::Json) + middle.len() + args.len() + 1;
    let mut text = String::with_capacity(length);
    text.push_str(opening);
    push_escaped(&mut text, name, Context::Json);
    text.push_str(middle);
    text.push_str(args);
    text.push('}');
    text
}

fn http(dress: Dress, message: &Message) -> Bytes {
    text_of(message).map(|text| dress.wrap_message(&text)).unwrap_or_default()
}

fn websocket(framing: Framing, message: &Message) -> Bytes {
    let frame = |text: &str| framing.text_of(frame_len(text), |out| push_frame(out, text));
    text_of(message).map(|text| frame(&text)).unwrap_or_default()
}

fn raw(framing: Framing, message: &Message) -> Bytes {
    let binary = match message {
        Message::Payload(Payload::Binary(bytes)) => framing.binary(bytes),
        Message::Payload(Payload::Text(_)) | Message::Packet(_) => None,
    };
    binary.or_else(|| text_of(message).map(|text| framing.text(&text))).unwrap_or_default()
}

/// An `a` frame of one message.
pub(super) fn frame_of(text: &str) -> String {
    messages_frame(std::iter::once(text))
}

/// The same between two other things, in one piece.
pub(super) fn message_frame(opening: &str, text: &str, closing: &str) -> Bytes {
    let mut frame = Vec::with_capacity(opening.len() + frame_len(text) + closing.len());
    frame.extend_from_slice(opening.as_bytes());
    push_frame(&mut frame, text);
    frame.extend_from_slice(closing.as_bytes());
    frame.into()
}

fn frame_len(text: &str) -> usize {
    quoted_len(text) + 3
}

fn push_frame(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(b"a[");
    push_quoted(out, text);
    out.push(b']');
}
