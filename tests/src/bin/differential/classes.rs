//! Where longwire and socket.io 0.9.19 differ on purpose, and why.
//!
//! Every difference has to belong to exactly one class. Most are told by longwire's own name for what is wrong; then the class
//! also says what the old parser makes of it.

use std::collections::BTreeMap;

use longwire_codec::socketio_rev1::{DecodeError, Header, payload};
use serde_json::value::RawValue;

use crate::generate::Input;
use crate::ours::Refusal;

/// An input of which the two sides make different things.
pub(crate) struct Difference<'a> {
    pub(crate) input: &'a Input,
    /// Why longwire refuses it, if it does.
    pub(crate) refusal: Option<Refusal>,
    /// The packet that 0.9.19 makes of it, if it is one.
    pub(crate) theirs: Fields,
}

/// The fields of a packet. Their values are not taken apart: JSON may be nested more deeply than serde_json reads.
#[derive(Default)]
pub(crate) struct Fields(BTreeMap<String, Box<RawValue>>);

impl Fields {
    /// From what the other side answered, which may be something else than a packet.
    pub(crate) fn read(answer: &str) -> Self {
        Self(serde_json::from_str(answer).unwrap_or_default())
    }

    /// The JSON of a field; empty when there is none.
    fn json(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.get())
    }

    /// The text of a field, if it is one.
    fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.json(name)).ok()
    }
}

/// A kind of difference that is meant.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    /// Why the difference is right.
    pub(crate) argument: &'static str,
    pub(crate) holds: fn(&Difference<'_>) -> bool,
}

pub(crate) const CLASSES: &[Class] = &[
    Class {
        name: "0 alone",
        argument: "the specification prints it for a disconnect, and a Perl client sends it; they drop it",
        holds: |it| it.text() == Some("0"),
    },
    Class {
        name: "not from the beginning",
        argument: "their pattern has no anchor and finds a packet behind whatever precedes it",
        holds: |it| {
            let is_unknown_type = matches!(it.sin(), Some(DecodeError::UnknownType { .. })) && it.has_odd_type();
            it.is_header_sin() && !it.text_begins_as_read() && !is_unknown_type
        },
    },
    Class {
        name: "type of an array's property",
        argument: "they look a type such as `length` up in an array; it is none of the nine",
        holds: |it| matches!(it.sin(), Some(DecodeError::UnknownType { .. })) && it.has_odd_type(),
    },
    Class {
        name: "reason of an array's property",
        argument: "the same with reasons and advice, which no client sends; unknown codes are none",
        holds: |it| it.refusal.is_none() && it.is("error") && ["reason", "advice"].iter().any(|field| it.is_odd(field)),
    },
    Class {
        name: "more than an advice",
        argument: "they drop what follows a second plus sign; it is a code that nobody knows, and those are none",
        holds: |it| {
            let pluses = it.data().matches('+').count();
            it.refusal.is_none() && it.is("error") && pluses > 1 && !it.is_odd("reason") && !it.is_odd("advice")
        },
    },
    Class {
        name: "leading zeros of an id",
        argument: "no sender writes them, and an answer to `007` would be for 7",
        holds: |it| {
            let has_zeros = |id: String| id.len() > 1 && id.starts_with('0');
            let field = if it.is_id_field_sin() { "id" } else { "ackId" };
            let is_id = matches!(it.sin(), Some(DecodeError::InvalidId { .. })) && it.text_begins_as_read();
            is_id && it.theirs.text(field).is_some_and(has_zeros)
        },
    },
    Class {
        name: "id beyond 2^53",
        argument: "no JavaScript counts that far; they keep any number of digits as text",
        holds: |it| matches!(it.sin(), Some(DecodeError::IdTooLarge { .. })) && it.text_begins_as_read(),
    },
    Class {
        name: "acknowledgement of nothing",
        argument: "without an id there is nothing to answer; they hand out a packet without one",
        holds: |it| {
            let no_id = it.is("ack") && it.theirs.json("ackId").is_empty() && it.text_begins_as_read();
            matches!(it.sin(), Some(DecodeError::InvalidId { .. })) && !it.is_id_field_sin() && no_id
        },
    },
    Class {
        name: "acknowledged id with a tail",
        argument: "what follows an id without a plus sign is no arguments; they take it for broken ones, which are none",
        holds: |it| matches!(it.sin(), Some(DecodeError::MissingPlus { .. })) && it.is("ack"),
    },
    Class {
        name: "acknowledgement without a list",
        argument: "JSON that is no list has no arguments in it; most of it ended their process when applied",
        holds: |it| matches!(it.sin(), Some(DecodeError::ArgsNotArray { .. })) && it.is("ack"),
    },
    Class {
        name: "line break in an acknowledgement",
        argument: "JSON may have them; their pattern stops at the first, and what is left is broken",
        holds: |it| {
            let has_break = it.data().contains(['\n', '\r', '\u{2028}', '\u{2029}']);
            it.refusal.is_none() && it.is("ack") && has_break && it.has_no_args()
        },
    },
    Class {
        name: "broken JSON",
        argument: "they deliver the value `false`, or an event without a name; it is dropped",
        holds: |it| {
            let is_false = it.is("json") && it.theirs.json("data") == "false";
            matches!(it.sin(), Some(DecodeError::InvalidJson { .. })) && (is_false || it.has_no_name())
        },
    },
    Class {
        name: "event that is no object",
        argument: "they deliver an event without a name",
        holds: |it| matches!(it.sin(), Some(DecodeError::EventNotObject { .. })) && it.has_no_name(),
    },
    Class {
        name: "event without a name",
        argument: "they deliver it under the name `undefined`",
        holds: |it| matches!(it.sin(), Some(DecodeError::MissingName { .. })) && it.has_no_name(),
    },
    Class {
        name: "event name that is no string",
        argument: "handlers are registered by strings; they make one of it",
        holds: |it| {
            let named = it.is("event") && it.theirs.text("name").is_none();
            matches!(it.sin(), Some(DecodeError::NameNotString { .. })) && named
        },
    },
    Class {
        name: "deep JSON",
        argument: "more than 128 levels are an attack on whoever takes them apart",
        holds: |it| matches!(it.sin(), Some(DecodeError::NestingTooDeep { .. })) && it.has_json(),
    },
    Class {
        name: "half of a surrogate pair",
        argument: "a JavaScript string may hold one, UTF-8 cannot",
        holds: |it| matches!(it.sin(), Some(DecodeError::LoneSurrogate { .. })) && it.has_json(),
    },
    Class {
        name: "number beyond doubles",
        argument: "they read it as infinity, which JSON cannot say again",
        holds: |it| matches!(it.sin(), Some(DecodeError::NumberTooLarge { .. })) && it.has_json(),
    },
    Class {
        name: "empty body",
        argument: "it has no packets; they try to read it as one, in vain",
        holds: |it| matches!(it.input, Input::Payload(body) if body.is_empty()),
    },
    Class {
        name: "rest behind a frame",
        argument: "the lengths are wrong, so nothing of the body can be believed; they take it for the next length",
        holds: |it| matches!(it.body_sin(), Some(payload::DecodeError::MissingDelimiter { .. })),
    },
    Class {
        name: "length that is no number",
        argument: "they read whatever JavaScript takes for a number; senders write digits",
        holds: |it| matches!(it.body_sin(), Some(payload::DecodeError::InvalidLength { .. })),
    },
    Class {
        name: "empty frame",
        argument: "there are no empty packets, so the length is wrong; they hand out an empty text",
        holds: |it| matches!(it.body_sin(), Some(payload::DecodeError::EmptyPacket { .. })),
    },
    Class {
        name: "length beyond the body",
        argument: "a part is missing, or a character is cut in half; they deliver what is there",
        holds: |it| matches!(it.body_sin(), Some(payload::DecodeError::WrongLength { .. })),
    },
    Class {
        name: "colon in an endpoint",
        argument: "it would make the rest of the name the beginning of the data, so it is written as %3A",
        holds: |it| matches!(it.input, Input::Encode(packet) if packet.endpoint.contains(':')),
    },
];

impl Difference<'_> {
    /// The classes it belongs to.
    pub(crate) fn classes(&self) -> Vec<usize> {
        (0..CLASSES.len()).filter(|class| (CLASSES[*class].holds)(self)).collect()
    }

    /// The text of a packet.
    fn text(&self) -> Option<&str> {
        match self.input {
            Input::Packet(text) => Some(text),
            Input::Payload(_) | Input::Encode(_) | Input::EncodePayload(_) => None,
        }
    }

    /// The data of a packet that has a header.
    fn data(&self) -> &str {
        self.text().and_then(|text| Header::parse(text).ok()).map_or("", |header| header.data)
    }

    fn sin(&self) -> Option<DecodeError> {
        match self.refusal {
            Some(Refusal::Packet(sin)) => Some(sin),
            Some(Refusal::Payload(_)) | None => None,
        }
    }

    fn body_sin(&self) -> Option<payload::DecodeError> {
        match self.refusal {
            Some(Refusal::Payload(sin)) => Some(sin),
            Some(Refusal::Packet(_)) | None => None,
        }
    }

    /// Whether longwire finds fault ahead of the data.
    fn is_header_sin(&self) -> bool {
        use DecodeError::{IdTooLarge, InvalidId, MissingColon, UnknownType};
        matches!(self.sin(), Some(MissingColon { .. } | UnknownType { .. } | InvalidId { .. } | IdTooLarge { .. }))
    }

    fn is(&self, kind: &str) -> bool {
        self.theirs.text("type").is_some_and(|own| own == kind)
    }

    /// Whether a field is none of the words of its list.
    fn is_odd(&self, field: &str) -> bool {
        self.theirs.text(field).is_some_and(|word| word.starts_with('['))
    }

    fn has_odd_type(&self) -> bool {
        self.is_odd("type")
    }

    /// Whether what they read stands at the beginning of the text.
    fn text_begins_as_read(&self) -> bool {
        const TYPES: [&str; 9] =
            ["disconnect", "connect", "heartbeat", "message", "json", "event", "ack", "error", "noop"];
        let Some(kind) = TYPES.iter().position(|kind| self.is(kind)) else { return false };
        let id = self.theirs.text("id").unwrap_or_default();
        let behind = |text: &str| text.strip_prefix(&format!("{kind}:{id}")).map(str::to_owned);
        let rest = self.text().and_then(behind);
        rest.is_some_and(|rest| rest.starts_with(':') || rest.starts_with("+:"))
    }

    fn has_no_args(&self) -> bool {
        self.theirs.json("args") == "[]"
    }

    fn has_no_name(&self) -> bool {
        self.is("event") && self.theirs.json("name").is_empty()
    }

    /// Whether longwire finds fault with the id field: it begins behind a digit and a colon.
    fn is_id_field_sin(&self) -> bool {
        self.sin().is_some_and(|sin| sin.offset() == 2)
    }

    /// Whether it is of a type with JSON in its data.
    fn has_json(&self) -> bool {
        ["json", "event", "ack"].iter().any(|kind| self.is(kind))
    }
}
