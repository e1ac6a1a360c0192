//! A message on its way out, with every wire form of it that was needed so far.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::{Packet, Payload, WireFormat};

/// What can be sent to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Something of the application layer; each family spells it in its own way.
    Packet(Packet),
    /// A message that is spelt already and only needs the framing of a transport.
    Payload(Payload),
}

impl From<Packet> for Message {
    fn from(packet: Packet) -> Self {
        Self::Packet(packet)
    }
}

impl From<Payload> for Message {
    fn from(payload: Payload) -> Self {
        Self::Payload(payload)
    }
}

/// A [`Message`] that is encoded once per wire form and shared by all its receivers.
///
/// Cloning is one reference count. A form is made when it is first asked for and kept, so a broadcast to ten thousand
/// WebSockets encodes one frame.
#[derive(Clone, Debug)]
pub struct Outbound(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    message: Message,
    forms: Forms,
}

/// The forms made so far, in the order in which they were needed. Most messages need one.
#[derive(Debug, Default)]
struct Forms {
    first: OnceLock<(WireFormat, Bytes)>,
    others: OnceLock<Box<Self>>,
}

impl Outbound {
    /// Takes a message; nothing is encoded yet.
    #[must_use]
    pub fn new(message: impl Into<Message>) -> Self {
        Self(Arc::new(Inner { message: message.into(), forms: Forms::default() }))
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.0.message
    }

    /// The bytes in one form, made now if nobody needed it before.
    #[must_use]
    pub fn form(&self, format: WireFormat) -> &Bytes {
        self.0.forms.get(format, &self.0.message)
    }

    /// About how many bytes it takes in a queue.
    #[must_use]
    pub fn size_hint(&self) -> usize {
        match &self.0.message {
            Message::Packet(packet) => packet.size_hint(),
            Message::Payload(payload) => payload.len(),
        }
    }
}

impl Forms {
    fn get(&self, format: WireFormat, message: &Message) -> &Bytes {
        let mut forms = self;
        loop {
            let (made, form) = forms.first.get_or_init(|| (format, format.encode(message)));
            if *made == format {
                return form;
            }
            forms = forms.others.get_or_init(Box::default);
        }
    }
}

impl<M: Into<Message>> From<M> for Outbound {
    fn from(message: M) -> Self {
        Self::new(message)
    }
}
