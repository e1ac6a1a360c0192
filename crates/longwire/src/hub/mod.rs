//! Namespaces, sockets, rooms and acknowledgements: one model for the clients of every family.
//!
//! The clients of SockJS are among them: each is a socket, on a namespace that its service shares or has for itself.
//!
//! Nothing here knows a runtime or a socket. What the hub needs of a session is the [`Link`] it is given, and whoever drives
//! the sessions calls [`Client`] with what they say, one thing at a time and in order.

mod ack;
mod broadcast;
mod client;
mod extract;
mod handler;
mod handshake;
mod held;
mod io;
mod namespace;
mod room;
mod service;
mod session;
mod socket;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use longwire_codec::websocket::CloseCode;
use longwire_transport::{CloseReason, Delivery, SendError};

pub use ack::{Ack, AckError};
pub use broadcast::Broadcast;
pub use extract::{Data, EventContext, EventName, ExtractError, FromEvent, Happening, Json, State, Text};
pub use handler::Handler;
pub use handshake::{Denied, Handshake};
pub use io::Io;
pub use namespace::{Namespace, NamespaceError, NamespaceRequest};
pub use service::Service;
pub use session::Session;
pub use socket::{DisconnectReason, EmitError, Socket};

pub(crate) use client::{Begun, Client, Item};
pub(crate) use io::{Hub, States};
pub(crate) use service::ActiveService;

use longwire_codec::Outbound;

/// What the hub needs of a session.
pub(crate) trait Link: Send + Sync {
    /// Sends a message; see [`longwire_transport::Session::send`].
    fn send(self: Arc<Self>, message: &Outbound, delivery: Delivery) -> Result<(), SendError>;

    /// Sends a message, or says when it is worth another try: when the receiver resolves, with or without a value.
    fn send_or_wait(self: Arc<Self>, message: &Outbound) -> Result<Option<oneshot::Receiver<()>>, SendError>;

    /// Ends the session.
    fn close(self: Arc<Self>, reason: CloseReason);

    /// Ends the session with a code and words for the client; see [`longwire_transport::Session::close_with`].
    fn close_with(self: Arc<Self>, code: CloseCode, words: &str);

    /// The transport in use.
    fn transport(&self) -> Option<&'static str>;

    /// Puts something behind what the session still has to say to its client.
    fn enqueue(self: Arc<Self>, item: Item);

    /// Says that [`Client::poll_timeout`] may have moved to an earlier time.
    fn deadline_changed(self: Arc<Self>);

    /// The time that deadlines are counted in.
    fn now(&self) -> Instant;
}

/// The limits that the hub keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Namespaces that one session may be in.
    pub(crate) namespaces: usize,
    /// Rooms that one socket may be in.
    pub(crate) rooms: usize,
    /// Questions to one client that wait for an answer.
    pub(crate) pending_acks: usize,
    /// How long a question waits, unless the question says otherwise.
    pub(crate) ack_timeout: Duration,
    /// Packets held for namespaces that the client has not opened yet.
    pub(crate) held_packets: usize,
    /// How long they are held.
    pub(crate) hold_time: Duration,
    /// How long the authorization of a namespace may take.
    pub(crate) authorization_timeout: Duration,
}
