//! The packets of revision 1: one of nine types, on one endpoint, perhaps with an id.

use bytestring::ByteString;

use super::decode;
pub use super::decode::DecodeError;
pub use super::header::{AckId, Header, MAX_ID, PacketType};
use super::spelling::Spelling;
use crate::packet::{Content, Refused};
use crate::{AckRequest, Args, Payload};

/// `1::`, the first packet of a session that is open.
pub const CONNECTED: Payload = Payload::from_static("1::");
/// `2::`, a sign of life.
pub const HEARTBEAT: Payload = Payload::from_static("2::");
/// `0::`, the end of a session. A client does not come back after it.
pub const DISCONNECTED: Payload = Payload::from_static("0::");
/// `8::`, the answer to a poll that has nothing to tell.
pub const NOOP: Payload = Payload::from_static("8::");
/// `7:::1+0`: nobody knows this session, make a new one.
pub const RECONNECT: Payload = Payload::from_static("7:::1+0");

/// One packet of revision 1.
///
/// ```
/// use longwire_codec::ByteString;
/// use longwire_codec::socketio_rev1::{Body, Limits, Packet};
///
/// let wire = ByteString::from_static(r#"5:3+:/chat:{"name":"said","args":["anna",1]}"#);
/// let packet = Packet::decode(&wire, Limits::default())?;
/// assert_eq!(packet.endpoint, "/chat");
/// let Body::Event { name, args } = &packet.body else { panic!("no event") };
/// assert_eq!((&**name, args.as_json()), ("said", r#"["anna",1]"#));
/// assert_eq!(packet.encode(), wire);
/// # Ok::<(), longwire_codec::socketio_rev1::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The endpoint; empty for the default one. Written, a colon in it becomes `%3A`.
    pub endpoint: ByteString,
    /// The id, when the sender wants an answer.
    pub id: Option<AckId>,
    /// Type and data.
    pub body: Body,
}

/// The nine types with their data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Type 0.
    Disconnect,
    /// Type 1.
    Connect {
        /// The data as it stands there, with its question mark if it has one.
        query: ByteString,
    },
    /// Type 2.
    Heartbeat,
    /// Type 3.
    Message(ByteString),
    /// Type 4, one JSON value that was checked, without white space around it.
    Json(ByteString),
    /// Type 5.
    Event {
        /// The name.
        name: ByteString,
        /// The arguments.
        args: Args,
    },
    /// Type 6.
    Ack {
        /// The id that is answered.
        id: u64,
        /// What is answered.
        args: Args,
    },
    /// Type 7. Codes that nobody knows are read as none.
    Error {
        /// Why.
        reason: Option<Reason>,
        /// What to do.
        advice: Option<Advice>,
    },
    /// Type 8.
    Noop,
}

/// Reason codes of type 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// 0; nobody sends it.
    TransportNotSupported,
    /// 1: the session is unknown or over.
    ClientNotHandshaken,
    /// 2: the endpoint refuses the client.
    Unauthorized,
}

impl Reason {
    pub(super) fn from_code(code: &str) -> Option<Self> {
        match code {
            "0" => Some(Self::TransportNotSupported),
            "1" => Some(Self::ClientNotHandshaken),
            "2" => Some(Self::Unauthorized),
            _ => None,
        }
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::TransportNotSupported => "0",
            Self::ClientNotHandshaken => "1",
            Self::Unauthorized => "2",
        }
    }
}

/// Advice codes of type 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// 0: make a new handshake.
    Reconnect,
}

impl Advice {
    pub(super) fn from_code(code: &str) -> Option<Self> {
        (code == "0").then_some(Self::Reconnect)
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Reconnect => "0",
        }
    }
}

/// What a decoder accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deepest nesting of JSON, in levels; the object of an event and its list of arguments are the first two. Deeper
    /// packets are refused. 128 by default; [`Args::parse`] reads no deeper than 127.
    pub json_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { json_depth: 128 }
    }
}

impl Packet {
    /// A packet without id.
    #[must_use]
    pub fn new(endpoint: impl Into<ByteString>, body: Body) -> Self {
        Self { endpoint: endpoint.into(), id: None, body }
    }

    /// Reads one packet. What it holds shares the memory of `text`, and keeps all of it.
    ///
    /// JSON is checked, once, and not taken apart. White space around it is dropped.
    ///
    /// # Errors
    ///
    /// When it is not one. Such a packet is dropped, without an acknowledgement, and the session goes on.
    pub fn decode(text: &ByteString, limits: Limits) -> Result<Self, DecodeError> {
        decode::packet(text, limits)
    }

    /// Writes it.
    #[must_use]
    pub fn encode(&self) -> ByteString {
        Spelling::of(self).to_text()
    }

    /// Into the neutral form, or nothing for what only sessions say (heartbeat, noop, and errors about the session).
    ///
    /// The endpoint of a connect packet ends at its first question mark: some clients glue the query to it. Ids of types
    /// that no application answers are lost. Clients send no refusals; a server ignores what claims to be one.
    #[must_use]
    pub fn into_neutral(self) -> Option<crate::Packet> {
        let ack = self.id.map_or(AckRequest::None, AckRequest::from);
        let content = match self.body {
            Body::Heartbeat | Body::Noop => return None,
            Body::Error { .. } if self.endpoint.is_empty() => return None,
            Body::Connect { query } => return Some(connect(&self.endpoint, &query)),
            Body::Disconnect => Content::Disconnect,
            Body::Message(text) => Content::Text { text, ack },
            Body::Json(json) => Content::Json { json, ack },
            Body::Event { name, args } => Content::Event(crate::Event { name, args, ack }),
            Body::Ack { id, args } => Content::Ack { id, args },
            Body::Error { reason: Some(Reason::Unauthorized), .. } => Content::Refused(Refused::Unauthorized),
            Body::Error { .. } => Content::Refused(Refused::Failed),
        };
        Some(crate::Packet::new(self.endpoint, content))
    }

    /// From the neutral form. All texts are shared.
    #[must_use]
    pub fn from_neutral(packet: &crate::Packet) -> Self {
        let (id, body) = match &packet.content {
            Content::Connect { query } if query.is_empty() => (None, Body::Connect { query: ByteString::new() }),
            Content::Connect { query } => (None, Body::Connect { query: format!("?{query}").into() }),
            Content::Disconnect => (None, Body::Disconnect),
            Content::Refused(why) => (None, Body::Error { reason: refusal_reason(*why), advice: None }),
            Content::Event(crate::Event { name, args, ack }) => {
                (ack_id(*ack), Body::Event { name: name.clone(), args: args.clone() })
            }
            Content::Text { text, ack } => (ack_id(*ack), Body::Message(text.clone())),
            Content::Json { json, ack } => (ack_id(*ack), Body::Json(json.clone())),
            Content::Ack { id, args } => (None, Body::Ack { id: *id, args: args.clone() }),
        };
        Self { endpoint: packet.namespace.clone(), id, body }
    }
}

/// A connect packet in the neutral form: `/chat?a=b` and `/chat` with `?a=b` mean the same.
fn connect(endpoint: &ByteString, query: &ByteString) -> crate::Packet {
    let (name, glued) = endpoint.split_once('?').unwrap_or((endpoint, ""));
    let query = match query.strip_prefix('?').unwrap_or(query) {
        "" => endpoint.slice_ref(glued),
        separate => query.slice_ref(separate),
    };
    crate::Packet::new(endpoint.slice_ref(name), Content::Connect { query })
}

fn refusal_reason(why: Refused) -> Option<Reason> {
    match why {
        Refused::Unauthorized => Some(Reason::Unauthorized),
        Refused::Failed => None,
    }
}

pub(super) fn ack_id(ack: AckRequest) -> Option<AckId> {
    match ack {
        AckRequest::None => None,
        AckRequest::Receipt(number) => Some(AckId { number, data: false }),
        AckRequest::Answer(number) => Some(AckId { number, data: true }),
    }
}

impl From<AckId> for AckRequest {
    fn from(id: AckId) -> Self {
        if id.data { Self::Answer(id.number) } else { Self::Receipt(id.number) }
    }
}
