//! One client, from its handshake to its forgetting: the interface of every session state machine.

use std::fmt;
use std::time::{Duration, Instant};

use longwire_codec::websocket::CloseCode;
use longwire_codec::{ByteString, Outbound, Packet, Payload};

use crate::{Input, Output};

/// A session of some protocol.
///
/// Whoever drives one calls `handle_input`, `handle_timeout`, `send` and `close` as things happen, and after any of them, at
/// a moment of its choice, drains [`poll_output`](Self::poll_output) until it is empty and looks at
/// [`poll_timeout`](Self::poll_timeout). A response to a held poll is made when the outputs are drained, so that everything
/// sent before travels together: draining once behind several sends is cheaper than behind each.
///
/// `now` never goes backwards. No call fails on what a peer did: peers are answered in their protocol's words, the application
/// hears one [`Event::Closed`].
pub trait Session: Send + fmt::Debug {
    /// Takes something that happened to an exchange.
    fn handle_input(&mut self, now: Instant, input: Input);

    /// Does what is due. Harmless when called early or without need.
    fn handle_timeout(&mut self, now: Instant);

    /// Takes a message for the peer. What was accepted arrives in order and once, or the session closes.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] when the session is over, [`SendError::Full`] when the queue is over its budget,
    /// [`SendError::Dropped`] when a volatile message could not be written at once. The message was not accepted then.
    fn send(&mut self, now: Instant, message: &Outbound, delivery: Delivery) -> Result<(), SendError>;

    /// Ends the session in the protocol's words. Calls after the first do nothing.
    fn close(&mut self, now: Instant, reason: CloseReason);

    /// Ends the session with a code and words of the application, for a client that can be told such things. Protocols
    /// without them close as [`CloseReason::Booted`], which is what the application hears in any case.
    fn close_with(&mut self, now: Instant, code: CloseCode, words: &str) {
        let _ = (code, words);
        self.close(now, CloseReason::Booted);
    }

    /// The next thing to do, if there is any.
    fn poll_output(&mut self, now: Instant) -> Option<Output>;

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called. A session that is not over always has such a time.
    fn poll_timeout(&self) -> Option<Instant>;

    /// The name of the transport in use, or used last; none before the first.
    fn transport(&self) -> Option<&'static str>;

    /// How long its id has to be remembered when it is over, where clients choose ids: a request under it is then to be
    /// refused as [`Refusal::Ended`](crate::Refusal::Ended) and does not open a new session that takes what was meant for the
    /// old one. Asked at [`Output::Forget`].
    fn remember_for(&self) -> Duration {
        Duration::ZERO
    }
}

/// The id of a session, a secret of its client.
///
/// `Debug` and `Display` show its beginning only: six characters, and at most a third of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(ByteString);

impl SessionId {
    /// Takes an id as it stands in a URL.
    #[must_use]
    pub fn new(id: impl Into<ByteString>) -> Self {
        Self(id.into())
    }

    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for shown in self.0.chars().take((self.0.len() / 3).min(6)) {
            write!(f, "{}", shown.escape_debug())?;
        }
        f.write_str("…")
    }
}

/// Something the application has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The first transport is open. First of all events, once, and only if it comes to that.
    Open,
    /// A packet of the application layer, from a family that has such a layer.
    Packet(Packet),
    /// A message, from a family without packets.
    Message(Payload),
    /// There is room in the queue again after [`SendError::Full`].
    Writable,
    /// The session is over. The last event, once, and only if there was an [`Event::Open`].
    ///
    /// The application is done with it, its driver is not: last words may be on their way, and requests of the client still
    /// belong to this session until [`Output::Forget`].
    Closed(CloseReason),
}

/// How much a message matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// It waits as long as the session lives.
    #[default]
    Reliable,
    /// It is dropped unless it can be written at once.
    Volatile,
}

/// Why a session did not accept a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The queue is over its budget.
    #[error("{queued} bytes wait already, the limit is {limit}")]
    Full {
        /// Bytes that wait.
        queued: usize,
        /// The budget in bytes.
        limit: usize,
    },
    /// The session is over.
    #[error("the session is closed")]
    Closed,
    /// A volatile message could not be written at once.
    #[error("nothing can be written now, the volatile message was dropped")]
    Dropped,
}

/// Why a session ended. `Display` is the reason string that applications of the time compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// Either side said goodbye: a disconnect packet or request, or the server's own decision.
    #[error("booted")]
    Booted,
    /// The peer closed its stream or WebSocket.
    #[error("socket end")]
    SocketEnd,
    /// No sign of life within the heartbeat timeout.
    #[error("heartbeat timeout")]
    HeartbeatTimeout,
    /// No transport within the close timeout.
    #[error("close timeout")]
    CloseTimeout,
    /// What came could not be read, and the transport cannot go on behind it.
    #[error("parse error")]
    ParseError,
    /// A message was longer than allowed.
    #[error("payload limit")]
    PayloadLimit,
    /// Too much waited for the peer.
    #[error("backlog")]
    Backlog,
    /// The peer did not take what was written.
    #[error("slow consumer")]
    SlowConsumer,
    /// The server stops.
    #[error("server shutdown")]
    ServerShutdown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_not_shown_as_a_whole() {
        assert_eq!(SessionId::new("Yqx-8sOUK_gb5IZcXpHU").to_string(), "Yqx-8s…");
        assert_eq!(format!("{:?}", SessionId::new("abcd1234")), "SessionId(ab…)");
        assert_eq!(SessionId::new("x").to_string(), "…");
    }
}
