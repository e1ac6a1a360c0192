//! The packet grammar of revision 1.

use bytestring::ByteString;

use crate::Args;

/// One packet of revision 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The endpoint; empty for the default one.
    pub endpoint: ByteString,
    /// The id, when the sender wants an answer.
    pub id: Option<AckId>,
    /// Type and data.
    pub body: Body,
}

/// The id field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AckId {
    /// 1 to 9007199254740991.
    pub number: u64,
    /// Whether a plus sign follows: the application answers, with data.
    pub data: bool,
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
    /// Type 4, one JSON value that was checked.
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
    /// Type 7.
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
    /// 0
    TransportNotSupported,
    /// 1
    ClientNotHandshaken,
    /// 2
    Unauthorized,
}

/// Advice codes of type 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// 0
    Reconnect,
}

/// What a decoder accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deepest nesting of JSON, in levels.
    pub json_depth: usize,
}

/// Why a text is not a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {}

impl Packet {
    /// Reads one packet.
    ///
    /// # Errors
    ///
    /// When it is not one.
    pub fn decode(_text: &ByteString, _limits: Limits) -> Result<Self, DecodeError> {
        todo!()
    }

    /// Writes it.
    #[must_use]
    pub fn encode(&self) -> ByteString {
        todo!()
    }

    /// Into the neutral form, or nothing for what only sessions say (heartbeat, error, noop).
    #[must_use]
    pub fn into_neutral(self) -> Option<crate::Packet> {
        todo!()
    }

    /// From the neutral form.
    #[must_use]
    pub fn from_neutral(_packet: &crate::Packet) -> Self {
        todo!()
    }
}
