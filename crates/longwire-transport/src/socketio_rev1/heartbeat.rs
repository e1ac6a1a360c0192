//! Heartbeats: whether a client on a stream or WebSocket is still there.
//!
//! The server says `2::` every interval, whatever else is said, and the interval runs from one `2::` to the next, not from the
//! answer. Any packet and any POST of the client is a sign of life, so that a client busy sending is not taken for dead; one
//! has to come within the timeout behind a heartbeat. Polls need none of this: they are signs of life themselves.

use std::time::Instant;

use super::session::{Rev1Session, Timer};

/// The `2::` that waits for a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heartbeat {
    /// None does.
    Idle,
    /// One does, and nothing is expected of the client so far.
    First,
    /// One does, and the client has not answered the one before.
    Again,
}

impl Rev1Session {
    /// A stream or WebSocket can be written to: the first heartbeat is due after one interval.
    pub(super) fn start_heartbeats(&mut self, now: Instant) {
        self.timers.set(Timer::Heartbeat, now + self.config.heartbeat_interval);
    }

    /// The stream is gone.
    pub(super) fn stop_heartbeats(&mut self) {
        self.heartbeat = Heartbeat::Idle;
        self.timers.stop(Timer::Heartbeat);
        self.timers.stop(Timer::HeartbeatTimeout);
    }

    /// Another heartbeat is due. It leaves when the write under way is done; if that takes longer than the timeout, the
    /// client counts as gone as well.
    pub(super) fn on_heartbeat_due(&mut self, now: Instant) {
        self.timers.set(Timer::Heartbeat, now + self.config.heartbeat_interval);
        let waits = self.timers.get(Timer::HeartbeatTimeout).is_some();
        if !waits {
            self.timers.set(Timer::HeartbeatTimeout, now + self.config.heartbeat_timeout);
        }
        if self.heartbeat == Heartbeat::Idle {
            self.heartbeat = if waits { Heartbeat::Again } else { Heartbeat::First };
        }
    }

    /// A heartbeat leaves. Had it to wait for a slow write, the client gets its whole time all the same.
    pub(super) fn on_heartbeat_sent(&mut self, now: Instant) {
        let heartbeat = std::mem::replace(&mut self.heartbeat, Heartbeat::Idle);
        if heartbeat == Heartbeat::First || self.timers.get(Timer::HeartbeatTimeout).is_none() {
            self.timers.set(Timer::HeartbeatTimeout, now + self.config.heartbeat_timeout);
        }
    }

    /// The client said something.
    pub(super) fn sign_of_life(&mut self) {
        self.timers.stop(Timer::HeartbeatTimeout);
        self.outbox.prove();
    }
}
