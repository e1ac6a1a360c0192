//! A client that knows messages and no events: what the handlers of a service talk to.

use std::fmt;
use std::sync::Arc;

use http::Extensions;
use longwire_codec::websocket::CloseCode;
use longwire_codec::{ByteString, Outbound, Payload};
use longwire_transport::Delivery;

use super::broadcast::Target;
use super::{Broadcast, EmitError, EventContext, ExtractError, FromEvent, Handshake, Io, Socket};

/// One client of a SockJS service. Cheap to clone; all clones are the same session, and any task may use them.
///
/// What is sent from one task to one session arrives in that order, and nothing here waits, unless it says so: messages go to
/// a queue with a budget ([`Config::backlog_bytes`](crate::Config::backlog_bytes)). What a handler sends leaves when it returns
/// or waits for something.
///
/// ```
/// use longwire::sockjs::Session;
/// use longwire::{SendError, EmitError, Text};
///
/// async fn hear(session: Session, Text(text): Text) {
///     if text == "bye" {
///         session.close(3000, "Go away!");
///     } else if let Err(EmitError::Send(SendError::Full { .. })) = session.try_send(text) {
///         println!("{} does not keep up", session.handshake().address);
///     }
/// }
/// ```
///
/// What it has in common with a client of Socket.IO is its [`socket`](Self::socket).
#[derive(Clone, PartialEq, Eq)]
pub struct Session(Socket);

impl Session {
    /// The id of the session. On most transports the client has chosen it, and it is all that it has to show: whoever knows it
    /// can speak for the client.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// The request that opened the session: headers, query, address.
    #[must_use]
    pub fn handshake(&self) -> &Arc<Handshake> {
        self.0.handshake()
    }

    /// The transport in use, or used last, by the name that sockjs-client gives it: `xhr-streaming`.
    #[must_use]
    pub fn transport(&self) -> &'static str {
        self.0.transport()
    }

    /// Whether the session is open. One that ends takes its turn behind the handler that runs: until then this stays true,
    /// while sending fails with [`SendError::Closed`](crate::SendError::Closed).
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.is_connected()
    }

    /// Everybody else.
    #[must_use]
    pub fn io(&self) -> Io {
        self.0.io()
    }

    /// The session as rooms and broadcasts know it, next to the clients of Socket.IO: an event that is emitted to it arrives as
    /// the JSON text `{"name":…,"args":[…]}`, and a question fails, because nothing could answer it.
    #[must_use]
    pub const fn socket(&self) -> &Socket {
        &self.0
    }

    /// Sends a message: a text, or bytes, which arrive as bytes on the raw WebSocket and as Base64 everywhere else.
    ///
    /// # Errors
    ///
    /// When the session is over. A client whose queue is full is disconnected (`backlog`), so that it never misses a message
    /// without noticing; [`try_send`](Self::try_send) and [`send_when_writable`](Self::send_when_writable) are the other
    /// choices.
    pub fn send(&self, message: impl Into<Payload>) -> Result<(), EmitError> {
        self.0.deliver(&outbound(message))
    }

    /// Sends a message unless the queue is full; the session goes on then.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and with [`SendError::Full`](crate::SendError::Full).
    pub fn try_send(&self, message: impl Into<Payload>) -> Result<(), EmitError> {
        self.0.send_outbound(&outbound(message), Delivery::Reliable)
    }

    /// Sends a message that may be lost: it is dropped unless the client's connection can take it at once.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); [`SendError::Dropped`](crate::SendError::Dropped) when it was dropped.
    pub fn send_volatile(&self, message: impl Into<Payload>) -> Result<(), EmitError> {
        self.0.send_outbound(&outbound(message), Delivery::Volatile)
    }

    /// Sends a message as soon as the queue has room.
    ///
    /// Cancel safe: either the whole message was accepted or nothing.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), but a full queue is waited for.
    pub async fn send_when_writable(&self, message: impl Into<Payload>) -> Result<(), EmitError> {
        let outbound = outbound(message);
        self.0.deliver_when_writable(&outbound).await
    }

    /// Ends the session. What waits for the client arrives first; then it hears `code` and `reason`, as often as it asks.
    /// Applications may use 1000 and 3000 to 4999. The raw WebSocket says them in its close frame, with 1000 in place of a code
    /// that must not stand there.
    ///
    /// The service's close handler hears [`Session(Booted)`](crate::DisconnectReason::Session). A session that is over already
    /// stays as it is.
    pub fn close(&self, code: u16, reason: &str) {
        self.0.client().close_with(CloseCode(code), reason);
    }

    /// Everybody on the session's service, or on the namespace that it shares, this session included.
    pub fn everybody(&self) -> Broadcast {
        Broadcast::new(Arc::clone(self.0.active()), Target::Namespace)
    }

    /// The same without this session.
    pub fn broadcast(&self) -> Broadcast {
        self.0.broadcast()
    }

    /// Everybody in a room but this session, which need not be in it.
    pub fn to(&self, room: impl Into<ByteString>) -> Broadcast {
        self.0.to(room)
    }

    /// Joins a room: one of the service's own, or one of the namespace that it shares.
    ///
    /// # Errors
    ///
    /// When the session is gone, or in too many rooms.
    pub fn join(&self, room: impl Into<ByteString>) -> Result<(), EmitError> {
        self.0.join(room)
    }

    /// Leaves a room; one it is not in is no error.
    pub fn leave(&self, room: &str) {
        self.0.leave(room);
    }

    /// The rooms it is in.
    #[must_use]
    pub fn rooms(&self) -> Vec<ByteString> {
        self.0.rooms()
    }

    /// What the application keeps for this session, by type; see [`Socket::data`].
    pub fn data<R>(&self, with: impl FnOnce(&mut Extensions) -> R) -> R {
        self.0.data(with)
    }
}

fn outbound(message: impl Into<Payload>) -> Outbound {
    message.into().into()
}

impl FromEvent for Session {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        let socket = context.socket();
        if socket.client().is_plain() { Ok(Self(socket.clone())) } else { Err(ExtractError::Kind("SockJS sessions")) }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.0).finish()
    }
}
