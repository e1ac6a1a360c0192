//! The text of a packet in pieces that are borrowed from its parts.
//!
//! Every wire form is made from these pieces: they are measured first and then written into one allocation of the right
//! size; the whole text is never put together in between.

use std::borrow::Cow;

use bytestring::ByteString;
use memchr::{memchr, memchr_iter};

use super::header::AckId;
use super::packet::{Advice, Body, Packet, Reason, ack_id};
use crate::json_string::{self, Context};
use crate::packet::Content;
use crate::{Args, utf16};

/// The pieces of a packet, in order.
#[derive(Debug)]
pub(super) struct Spelling<'a>([Piece<'a>; 9]);

#[derive(Debug)]
pub(super) enum Piece<'a> {
    Text(Cow<'a, str>),
    /// A part of a JSON text that begins and ends outside of every escape.
    Json(Cow<'a, str>),
    Number(Decimal),
}

impl<'a> Spelling<'a> {
    /// Spells a packet.
    pub(super) fn of(packet: &'a Packet) -> Self {
        Self::of_fields(type_field(&packet.body), packet.id, &packet.endpoint, data(&packet.body))
    }

    /// Spells what an application says, straight from its neutral form: nearly everything that is ever sent. Nothing for the
    /// rest, which has to be turned into a [`Packet`].
    pub(super) fn of_said(packet: &'a crate::Packet) -> Option<Self> {
        let (type_field, id, data) = match &packet.content {
            Content::Event(said) => ("5:", ack_id(said.ack), event(&said.name, &said.args)),
            Content::Text { text, ack } => ("3:", ack_id(*ack), message(text)),
            Content::Json { json: value, ack } => ("4:", ack_id(*ack), value_data(value)),
            Content::Ack { id, args } => ("6:", None, ack(*id, args)),
            Content::Connect { .. } | Content::Disconnect | Content::Refused(_) => return None,
        };
        Some(Self::of_fields(type_field, id, &packet.namespace, data))
    }

    fn of_fields(type_field: &'static str, id: Option<AckId>, name: &'a str, data: [Piece<'a>; 5]) -> Self {
        let number = id.filter(|id| id.number != 0).map_or(NOTHING, |id| Piece::Number(Decimal::new(id.number)));
        let plus = if matches!(id, Some(AckId { data: true, .. })) { "+:" } else { ":" };
        let [open, first, between, second, close] = data;
        Self([text(type_field), number, text(plus), Piece::Text(endpoint(name)), open, first, between, second, close])
    }

    /// Takes a packet that is spelt already.
    pub(super) fn verbatim(packet: &'a str) -> Self {
        let has_json = packet.starts_with(['4', '5', '6']);
        let data = memchr_iter(b':', packet.as_bytes()).nth(2).filter(|_| has_json).unwrap_or(packet.len());
        let (header, data) = packet.split_at(data);
        Self::from_pieces([text(header), json(data)])
    }

    /// A text message on the default endpoint.
    pub(super) fn of_text(message: &'a str) -> Self {
        Self::from_pieces([text("3:::"), text(message)])
    }

    fn from_pieces([first, second]: [Piece<'a>; 2]) -> Self {
        Self([first, second, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING])
    }

    /// The same packet with each piece of JSON written in another way.
    pub(super) fn map_json(mut self, change: impl Fn(&str) -> Option<String>) -> Self {
        for piece in &mut self.0 {
            if let Piece::Json(json) = piece {
                if let Some(changed) = change(json) {
                    *json = Cow::Owned(changed);
                }
            }
        }
        self
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        self.pieces().map(str::len).sum()
    }

    /// Its length in UTF-16 code units.
    pub(super) fn utf16_len(&self) -> usize {
        self.pieces().map(utf16::len).sum()
    }

    /// Its length in bytes once it is escaped.
    pub(super) fn escaped_len(&self, context: Context) -> usize {
        self.pieces().map(|piece| json_string::escaped_len(piece, context)).sum()
    }

    /// Appends it.
    pub(super) fn push_to(&self, out: &mut String) {
        self.pieces().for_each(|piece| out.push_str(piece));
    }

    /// Appends it, as bytes.
    pub(super) fn push_bytes_to(&self, out: &mut Vec<u8>) {
        self.pieces().for_each(|piece| out.extend_from_slice(piece.as_bytes()));
    }

    /// Appends it, escaped.
    pub(super) fn push_escaped_to(&self, out: &mut String, context: Context) {
        self.pieces().for_each(|piece| json_string::push_escaped(out, piece, context));
    }

    /// All of it.
    pub(super) fn to_text(&self) -> ByteString {
        let mut out = String::with_capacity(self.len());
        self.push_to(&mut out);
        out.into()
    }

    fn pieces(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Piece::as_str)
    }
}

impl Piece<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Json(text) => text,
            Self::Number(number) => number.as_str(),
        }
    }
}

const NOTHING: Piece<'static> = Piece::Text(Cow::Borrowed(""));

fn text(text: &str) -> Piece<'_> {
    Piece::Text(Cow::Borrowed(text))
}

fn json(json: &str) -> Piece<'_> {
    Piece::Json(Cow::Borrowed(json))
}

/// The first field and its colon.
fn type_field(body: &Body) -> &'static str {
    match body {
        Body::Disconnect => "0:",
        Body::Connect { .. } => "1:",
        Body::Heartbeat => "2:",
        Body::Message(_) => "3:",
        Body::Json(_) => "4:",
        Body::Event { .. } => "5:",
        Body::Ack { .. } => "6:",
        Body::Error { .. } => "7:",
        Body::Noop => "8:",
    }
}

/// The third field. A colon would end it and make the rest of the name the beginning of the data, which another
/// endpoint's handlers would read; no client can enter such an endpoint, and none has this one.
fn endpoint(name: &str) -> Cow<'_, str> {
    match memchr(b':', name.as_bytes()) {
        None => Cow::Borrowed(name),
        Some(_) => Cow::Owned(name.replace(':', "%3A")),
    }
}

/// The third colon and the data, or nothing.
fn data(body: &Body) -> [Piece<'_>; 5] {
    match body {
        Body::Disconnect | Body::Heartbeat | Body::Noop => [NOTHING; 5],
        Body::Connect { query: data } | Body::Message(data) => message(data),
        Body::Json(value) => value_data(value),
        Body::Event { name, args } => event(name, args),
        Body::Ack { id, args } => ack(*id, args),
        Body::Error { reason: None, advice: None } => [NOTHING; 5],
        Body::Error { reason, advice } => {
            let plus = if advice.is_some() { "+" } else { "" };
            [
                text(":"),
                text(reason.map_or("", Reason::code)),
                text(plus),
                text(advice.map_or("", Advice::code)),
                NOTHING,
            ]
        }
    }
}

fn message(data: &str) -> [Piece<'_>; 5] {
    if data.is_empty() { [NOTHING; 5] } else { [text(":"), text(data), NOTHING, NOTHING, NOTHING] }
}

fn value_data(value: &str) -> [Piece<'_>; 5] {
    [text(":"), json(value), NOTHING, NOTHING, NOTHING]
}

fn ack(id: u64, args: &Args) -> [Piece<'_>; 5] {
    if args.is_empty() {
        [text(":"), number(id), NOTHING, NOTHING, NOTHING]
    } else {
        [text(":"), number(id), text("+"), json(args.as_json()), NOTHING]
    }
}

fn event<'a>(name: &'a str, args: &'a Args) -> [Piece<'a>; 5] {
    let name = Piece::Json(json_string::escape(name, Context::Json));
    if args.is_empty() {
        [text(":{\"name\":\""), name, text("\"}"), NOTHING, NOTHING]
    } else {
        [text(":{\"name\":\""), name, text("\",\"args\":"), json(args.as_json()), text("}")]
    }
}

fn number(number: u64) -> Piece<'static> {
    Piece::Number(Decimal::new(number))
}

/// A number in digits, without an allocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    pub(super) fn new(mut number: u64) -> Self {
        let mut decimal = Self { digits: [b'0'; 20], start: 20 };
        for (start, digit) in decimal.digits.iter_mut().enumerate().rev() {
            *digit += (number % 10) as u8;
            decimal.start = start;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        decimal
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[self.start..]).expect("digits are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AckRequest;

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 7, 10, 99, 100, 9_007_199_254_740_991, u64::MAX] {
            assert_eq!(Decimal::new(number).as_str(), number.to_string());
        }
    }

    #[test]
    fn an_endpoint_cannot_reach_into_the_data() {
        let packet = Packet { endpoint: "/a:b".into(), id: None, body: Body::Message("x".into()) };
        assert_eq!(Spelling::of(&packet).to_text(), "3::/a%3Ab:x");
    }

    #[test]
    fn what_is_said_is_spelt_as_its_packet_is() {
        let args = Args::from_serialize(&("é\"", 1)).unwrap();
        for ack in [AckRequest::None, AckRequest::Receipt(7), AckRequest::Answer(8), AckRequest::Answer(0)] {
            for content in [
                Content::Event(crate::Event { name: "na\"me".into(), args: args.clone(), ack }),
                Content::Event(crate::Event { name: "none".into(), args: Args::EMPTY, ack }),
                Content::Text { text: "a:b".into(), ack },
                Content::Text { text: "".into(), ack },
                Content::Json { json: "[1]".into(), ack },
                Content::Ack { id: 5, args: args.clone() },
                Content::Ack { id: 5, args: Args::EMPTY },
            ] {
                let packet = crate::Packet::new("/a:b", content);
                let said = Spelling::of_said(&packet).unwrap().to_text();
                assert_eq!(said, Spelling::of(&Packet::from_neutral(&packet)).to_text());
            }
        }
        let closed = crate::Packet::new("", Content::Disconnect);
        assert!(Spelling::of_said(&closed).is_none());
    }

    #[test]
    fn measures_agree_with_the_text() {
        let name = "\"\\/\u{2028}€😀";
        let body = Body::Event { name: name.into(), args: Args::from_serialize(&name).unwrap() };
        let packet = Packet { endpoint: "/é".into(), id: Some(AckId { number: 12, data: true }), body };
        let spelling = Spelling::of(&packet);
        let whole = spelling.to_text();
        assert_eq!(spelling.len(), whole.len());
        assert_eq!(spelling.utf16_len(), utf16::len(&whole));
        for context in [Context::Json, Context::JavaScript, Context::HtmlScript] {
            let mut escaped = String::new();
            spelling.push_escaped_to(&mut escaped, context);
            assert_eq!(escaped, json_string::escape(&whole, context));
            assert_eq!(spelling.escaped_len(context), escaped.len());
        }
    }
}
