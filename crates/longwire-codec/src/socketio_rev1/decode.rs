//! From the text of a packet to its value, sharing the text.

use std::fmt;

use bytestring::ByteString;
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::header::{Header, PacketType, leading_id};
use super::packet::{Advice, Body, Limits, Packet, Reason};
use crate::json::{self, Fault, FaultKind};
use crate::{Args, json_plain};

/// Why a text is not a packet. Offsets are bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Fewer than two colons.
    #[error("no packet: fewer than two colons in {offset} bytes")]
    MissingColon {
        /// Where the text ends.
        offset: usize,
    },
    /// The first field is not one digit from 0 to 8.
    #[error("unknown packet type at byte {offset}")]
    UnknownType {
        /// Where the type stands.
        offset: usize,
    },
    /// An id is not spelt in digits without leading zeros, in the id field or in the data of an acknowledgement.
    #[error("no id at byte {offset}")]
    InvalidId {
        /// Where the id stands.
        offset: usize,
    },
    /// An id is larger than [`MAX_ID`](super::MAX_ID).
    #[error("id too large at byte {offset}")]
    IdTooLarge {
        /// Where the id stands.
        offset: usize,
    },
    /// The data is not one JSON value.
    #[error("invalid JSON at byte {offset}")]
    InvalidJson {
        /// Where it stops to be one: the faulty byte, or that ahead of it.
        offset: usize,
    },
    /// JSON nests deeper than [`Limits::json_depth`].
    #[error("JSON nested too deeply at byte {offset}")]
    NestingTooDeep {
        /// The first bracket too many.
        offset: usize,
    },
    /// A JSON string has an escaped half of a surrogate pair, which cannot be written as UTF-8.
    #[error("lone surrogate in a JSON string at byte {offset}")]
    LoneSurrogate {
        /// Where the escape stands.
        offset: usize,
    },
    /// A JSON number is beyond the range of a double.
    #[error("JSON number out of range at byte {offset}")]
    NumberTooLarge {
        /// Where the number stands.
        offset: usize,
    },
    /// The data of an event is JSON, but no object.
    #[error("an event that is not a JSON object at byte {offset}")]
    EventNotObject {
        /// Where that became clear.
        offset: usize,
    },
    /// An event has no member `name`.
    #[error("an event without a name at byte {offset}")]
    MissingName {
        /// Where the object begins.
        offset: usize,
    },
    /// The name of an event is not a string.
    #[error("an event name that is not a string at byte {offset}")]
    NameNotString {
        /// Where it stands.
        offset: usize,
    },
    /// An id in an acknowledgement is followed by something else than its arguments.
    #[error("neither plus sign nor arguments behind the acknowledged id at byte {offset}")]
    MissingPlus {
        /// What stands there instead.
        offset: usize,
    },
    /// The arguments of an acknowledgement are JSON, but neither an array nor null.
    #[error("acknowledgement arguments that are not a JSON array at byte {offset}")]
    ArgsNotArray {
        /// Where they stand.
        offset: usize,
    },
}

impl DecodeError {
    /// The byte at which it went wrong.
    #[must_use]
    pub fn offset(&self) -> usize {
        match *self {
            Self::MissingColon { offset }
            | Self::UnknownType { offset }
            | Self::InvalidId { offset }
            | Self::IdTooLarge { offset }
            | Self::InvalidJson { offset }
            | Self::NestingTooDeep { offset }
            | Self::LoneSurrogate { offset }
            | Self::NumberTooLarge { offset }
            | Self::EventNotObject { offset }
            | Self::MissingName { offset }
            | Self::NameNotString { offset }
            | Self::MissingPlus { offset }
            | Self::ArgsNotArray { offset } => offset,
        }
    }

    /// What a fault in the JSON that begins at byte `start` is called here.
    fn from_fault(fault: Fault, start: usize) -> Self {
        let offset = start + fault.offset;
        match fault.kind {
            FaultKind::Syntax => Self::InvalidJson { offset },
            FaultKind::Shape => Self::EventNotObject { offset },
            FaultKind::TooDeep => Self::NestingTooDeep { offset },
            FaultKind::LoneSurrogate => Self::LoneSurrogate { offset },
            FaultKind::NumberTooLarge => Self::NumberTooLarge { offset },
        }
    }
}

/// Reads one packet.
pub(super) fn packet(text: &ByteString, limits: Limits) -> Result<Packet, DecodeError> {
    let header = Header::parse(text)?;
    let data = Data { text, data: header.data, limits };
    let body = match header.packet_type {
        PacketType::Disconnect => Body::Disconnect,
        PacketType::Connect => Body::Connect { query: text.slice_ref(header.data) },
        PacketType::Heartbeat => Body::Heartbeat,
        PacketType::Message => Body::Message(text.slice_ref(header.data)),
        PacketType::Json => data.json()?,
        PacketType::Event => data.event()?,
        PacketType::Ack => data.ack()?,
        PacketType::Error => error(header.data),
        PacketType::Noop => Body::Noop,
    };
    Ok(Packet { endpoint: text.slice_ref(header.endpoint), id: header.id, body })
}

/// The data of a packet, a part of its text.
struct Data<'a> {
    text: &'a ByteString,
    data: &'a str,
    limits: Limits,
}

impl<'a> Data<'a> {
    fn json(&self) -> Result<Body, DecodeError> {
        json::check(self.data, self.limits.json_depth).map_err(|fault| self.sin(fault, self.data))?;
        Ok(Body::Json(self.text.slice_ref(trim_json(self.data))))
    }

    fn event(&self) -> Result<Body, DecodeError> {
        if let Some((name, args)) = self.plain_event() {
            let args = if args == "[]" { Args::EMPTY } else { Args::from_checked_json(self.text.slice_ref(args)) };
            return Ok(Body::Event { name: self.text.slice_ref(name), args });
        }
        let EventJson { name, args } =
            json::parse(self.data, self.limits.json_depth).map_err(|fault| self.sin(fault, self.data))?;
        let name = name.ok_or(DecodeError::MissingName { offset: self.offset_of(self.data) })?.get();
        let name = self.string(name).ok_or(DecodeError::NameNotString { offset: self.offset_of(name) })?;
        Ok(Body::Event { name, args: self.event_args(args.map_or("null", RawValue::get)) })
    }

    /// Name and arguments of an event as the browser's client writes it, which needs one look only.
    fn plain_event(&self) -> Option<(&'a str, &'a str)> {
        let (name, rest) = json_plain::string(self.data.strip_prefix("{\"name\":")?)?;
        if rest == "}" {
            return Some((name, "[]")).filter(|_| self.limits.json_depth > 0);
        }
        let args = rest.strip_prefix(",\"args\":")?.strip_suffix('}')?;
        let is_plain = args.starts_with('[')
            && json_plain::value_end(args.as_bytes(), self.limits.json_depth.checked_sub(1)?) == Some(args.len());
        is_plain.then_some((name, args))
    }

    /// The arguments that the member `args` stands for: an array as it is; a single value, which some clients write, as
    /// the only argument, unless JavaScript takes it for false, and 0.9.19 for nothing.
    fn event_args(&self, json: &str) -> Args {
        if json.starts_with('[') {
            return Args::from_checked_json(self.text.slice_ref(json));
        }
        let is_false = matches!(json, "null" | "false" | "\"\"") || json.parse() == Ok(0.0);
        if is_false { Args::EMPTY } else { Args::from_checked_json(format!("[{json}]").into()) }
    }

    /// The text that a checked JSON value stands for, if it is a string. Shared, unless it has escapes.
    fn string(&self, json: &str) -> Option<ByteString> {
        let inner = json.strip_prefix('"')?.strip_suffix('"')?;
        if !inner.contains('\\') {
            return Some(self.text.slice_ref(inner));
        }
        serde_json::from_str::<String>(json).ok().map(ByteString::from)
    }

    /// `ID`, `ID+`, `ID+ARGS`, and `ID[…` as the reference pattern reads it. What is not JSON at all counts as no
    /// arguments, as 0.9.19 and its client have it; JSON that is no list ended the 0.9.19 process and is refused.
    fn ack(&self) -> Result<Body, DecodeError> {
        let (id, rest) = leading_id(self.data).map_err(|sin| sin.at(self.offset_of(self.data)))?;
        let json = match rest.strip_prefix('+') {
            Some(json) => json,
            None if rest.is_empty() || rest.starts_with('[') => rest,
            None => return Err(DecodeError::MissingPlus { offset: self.offset_of(rest) }),
        };
        Ok(Body::Ack { id, args: self.ack_args(json)? })
    }

    fn ack_args(&self, json: &str) -> Result<Args, DecodeError> {
        match json::check(json, self.limits.json_depth) {
            Ok(()) => {}
            Err(Fault { kind: FaultKind::Syntax, .. }) => return Ok(Args::EMPTY),
            Err(fault) => return Err(self.sin(fault, json)),
        }
        match trim_json(json) {
            array if array.starts_with('[') => Ok(Args::from_checked_json(self.text.slice_ref(array))),
            "null" => Ok(Args::EMPTY),
            other => Err(DecodeError::ArgsNotArray { offset: self.offset_of(other) }),
        }
    }

    fn sin(&self, fault: Fault, json: &str) -> DecodeError {
        DecodeError::from_fault(fault, self.offset_of(json))
    }

    /// Where a part of the data stands in the packet.
    fn offset_of(&self, part: &str) -> usize {
        let text_start = self.text.as_ptr().addr();
        part.as_ptr().addr().saturating_sub(text_start).min(self.text.len())
    }
}

/// Without the white space that JSON allows around a value.
fn trim_json(json: &str) -> &str {
    json.trim_matches([' ', '\t', '\n', '\r'])
}

/// Reason and advice. What nobody knows is none: 0.9.19 writes `undefined` for a reason that has no code.
fn error(data: &str) -> Body {
    let (reason, advice) = data.split_once('+').unwrap_or((data, ""));
    Body::Error { reason: Reason::from_code(reason), advice: Advice::from_code(advice) }
}

/// The members of an event that matter, unread. The last one of a name counts.
#[derive(Default)]
struct EventJson<'a> {
    name: Option<&'a RawValue>,
    args: Option<&'a RawValue>,
}

impl<'de> Deserialize<'de> for EventJson<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = EventJson<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut event = EventJson::default();
                while let Some(key) = map.next_key()? {
                    match key {
                        Member::Name => event.name = Some(map.next_value()?),
                        Member::Args => event.args = Some(map.next_value()?),
                        Member::Other => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(event)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Member {
    Name,
    Args,
    #[serde(other)]
    Other,
}
