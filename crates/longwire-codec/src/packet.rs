//! What applications say to each other, in no revision's spelling.
//!
//! A session of a Socket.IO family turns what it receives into these and the wire forms of [`Outbound`](crate::Outbound)
//! turn these into what a client of any family understands. JSON stays text that was checked and not taken apart: a relayed
//! event is never encoded again.

use bytestring::ByteString;

use crate::Args;

/// One packet of the application layer: something said on a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The namespace; empty for the default one, otherwise with its slash (`/chat`). Revision 1 calls it endpoint.
    pub namespace: ByteString,
    /// What is said.
    pub content: Content,
}

/// What a [`Packet`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// From the client: open this namespace. From the server: it is open.
    Connect {
        /// The query the client gave with it, without the question mark; empty for none.
        query: ByteString,
    },
    /// This namespace is closed.
    Disconnect,
    /// Server to client: the namespace stays closed.
    Refused(Refused),
    /// A named event.
    Event(Event),
    /// A text message (revision 1, type 3).
    Text {
        /// The text, as it was sent.
        text: ByteString,
        /// Whether the sender wants an answer.
        ack: AckRequest,
    },
    /// A JSON message (revision 1, type 4).
    Json {
        /// One JSON value, checked.
        json: ByteString,
        /// Whether the sender wants an answer.
        ack: AckRequest,
    },
    /// The answer to an event or message.
    Ack {
        /// The id that the asking side gave.
        id: u64,
        /// What it answers.
        args: Args,
    },
}

/// A named event with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The name.
    pub name: ByteString,
    /// The arguments.
    pub args: Args,
    /// Whether the sender wants an answer.
    pub ack: AckRequest,
}

/// Whether the sender of a packet wants it acknowledged, and by whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AckRequest {
    /// No answer wanted.
    #[default]
    None,
    /// The receiving library answers at once, without arguments (revision 1: an id without a plus sign).
    Receipt(u64),
    /// The receiving application answers, with arguments (revision 1: an id with a plus sign).
    Answer(u64),
}

/// Why a namespace stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refused {
    /// The client may not enter, or nobody declared the namespace.
    Unauthorized,
    /// The check itself failed.
    Failed,
}

impl Packet {
    /// A packet of `content` on `namespace`.
    #[must_use]
    pub fn new(namespace: impl Into<ByteString>, content: Content) -> Self {
        Self { namespace: namespace.into(), content }
    }

    /// The event `name` with `args` on `namespace`, no answer wanted.
    ///
    /// ```
    /// use longwire_codec::{Args, Outbound, Packet, WireFormat};
    ///
    /// let packet = Packet::event("/chat", "said", Args::from_serialize(&("anna", 1))?);
    /// let outbound = Outbound::from(packet);
    /// assert_eq!(outbound.form(WireFormat::SOCKETIO_REV1_TEXT), r#"5::/chat:{"name":"said","args":["anna",1]}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn event(namespace: impl Into<ByteString>, name: impl Into<ByteString>, args: Args) -> Self {
        let event = Event { name: name.into(), args, ack: AckRequest::None };
        Self::new(namespace, Content::Event(event))
    }

    /// Its length in bytes in about the form that most transports carry: what a queue's budget counts.
    #[must_use]
    pub fn size_hint(&self) -> usize {
        let content = match &self.content {
            Content::Connect { query } => query.len(),
            Content::Disconnect | Content::Refused(_) => 0,
            Content::Event(event) => event.name.len() + event.args.as_json().len() + 20,
            Content::Text { text, .. } => text.len(),
            Content::Json { json, .. } => json.len(),
            Content::Ack { args, .. } => args.as_json().len() + 20,
        };
        self.namespace.len() + content + 4
    }
}
