//! The list of wire forms: every way in which a message can stand on the wire.

use bytes::Bytes;

use crate::outbound::Message;
use crate::socketio_rev1::forms;

/// How a message is spelt for one kind of transport.
///
/// A broadcast makes each form at most once, however many receivers share it. A new transport needs a new form only if its
/// bytes differ from all of these.
///
/// In revision 1 a [`Payload`](crate::Payload) with text is a packet that is spelt already; one with bytes becomes a text
/// message with their Base64 (`3:::AAEC`), because no packet of revision 1 carries bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum WireFormat {
    /// Revision 1: the bare packet (`3:::hello`). A part of xhr-multipart.
    SocketIoRev1Text,
    /// Revision 1: the packet with its payload frame in front (`�9�3:::hello`). xhr-polling; alone in a body it travels
    /// without the frame, which [`unframe`](crate::socketio_rev1::payload::unframe) takes off.
    SocketIoRev1Framed,
    /// Revision 1: the same, escaped for the inside of a JavaScript string. jsonp-polling. The length in the frame is that of
    /// what the string stands for.
    SocketIoRev1FramedEscaped,
    /// Revision 1: a whole script element of htmlfile.
    SocketIoRev1Script,
    /// Revision 1: an unmasked text frame of RFC 6455 and the hybi drafts.
    SocketIoRev1WebSocket,
    /// Revision 1: a frame of hixie-75 and hixie-76.
    SocketIoRev1Hixie,
}

impl WireFormat {
    /// How many forms there are: one more than the number of the last one.
    pub(crate) const COUNT: usize = Self::SocketIoRev1Hixie as usize + 1;

    /// Writes `message` in this form.
    #[must_use]
    pub fn encode(self, message: &Message) -> Bytes {
        match self {
            Self::SocketIoRev1Text => forms::text(message),
            Self::SocketIoRev1Framed => forms::framed(message),
            Self::SocketIoRev1FramedEscaped => forms::framed_escaped(message),
            Self::SocketIoRev1Script => forms::script(message),
            Self::SocketIoRev1WebSocket => forms::websocket(message),
            Self::SocketIoRev1Hixie => forms::hixie(message),
        }
    }
}
