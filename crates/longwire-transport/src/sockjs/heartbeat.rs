//! Heartbeats: that the server is still there, and on a WebSocket whether the client is.
//!
//! Every receiver gets `h` each interval, counted from when it came, whatever else is said. A WebSocket gets a ping with it,
//! because a client does not answer `h`: who then gives no sign of life is gone. The time for that begins when the ping is
//! written, so that a large message ahead of it on a slow line costs nobody the session, and any byte counts. hixie has no
//! ping; there a dead peer is noticed when it takes nothing any more.

use std::time::Instant;

use bytes::Bytes;

use super::receiver::Receiver;
use super::session::{SockJsSession, Timer};
use super::transport::Lifetime;
use crate::ExchangeId;

impl SockJsSession {
    /// A receiver has come.
    pub(super) fn start_heartbeats(&mut self, now: Instant) {
        self.timers.set(Timer::Heartbeat, now + self.config.heartbeat_delay);
    }

    /// The receiver is gone.
    pub(super) fn stop_heartbeats(&mut self) {
        self.heartbeat_due = false;
        self.timers.stop(Timer::Heartbeat);
        self.timers.stop(Timer::Pong);
    }

    /// Another heartbeat is due. It leaves when the write under way is done.
    pub(super) fn on_heartbeat_due(&mut self, now: Instant) {
        self.heartbeat_due = true;
        self.start_heartbeats(now);
    }

    /// The ping that goes with a heartbeat.
    pub(super) fn ping(&self, receiver: &Receiver) -> Option<Bytes> {
        let is_websocket = receiver.transport.lifetime() == Lifetime::WebSocket;
        if is_websocket { receiver.framing.ping(b"") } else { None }
    }

    /// A ping was written.
    pub(super) fn expect_pong(&mut self, now: Instant) {
        if self.timers.get(Timer::Pong).is_none() {
            self.timers.set(Timer::Pong, now + self.config.pong_timeout);
        }
    }

    /// The peer of a WebSocket has said something.
    pub(super) fn sign_of_life(&mut self, exchange: ExchangeId) {
        if self.receiver.as_ref().is_some_and(|receiver| receiver.exchange == exchange) {
            self.timers.stop(Timer::Pong);
        }
    }
}
