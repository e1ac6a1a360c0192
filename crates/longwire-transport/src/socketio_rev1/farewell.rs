//! How a session ends.
//!
//! The application hears of it at once. What waits for the client is written ahead of the goodbye as far as somebody is there
//! to take it: a held poll or a free stream takes everything in one write, a busy stream is waited for, for a bounded time.
//! While away there is nobody, and the client's next request finds no session.
//!
//! `0::` tells a client not to come back, so it is said only when somebody wanted just that. A server that stops says
//! `7:::1+0`, and in all other cases a stream simply ends: the client then makes a new session.

use std::time::Instant;

use longwire_codec::Outbound;
use longwire_codec::websocket::{CloseCode, ReadError};

use super::session::{Phase, Rev1Session, Timer};
use super::writing::{DISCONNECTED, RECONNECT};
use crate::{CloseReason, Event, Gone, Output};

impl Rev1Session {
    /// Ends the session, once.
    pub(super) fn end(&mut self, now: Instant, reason: CloseReason) {
        if self.is_ending() {
            return;
        }
        let was_open = self.phase == Phase::Live;
        if was_open {
            self.output(Output::Event(Event::Closed(reason)));
        }
        self.phase = Phase::Leaving(reason);
        self.timers.stop_all();
        if was_open && self.receiver.is_some() && is_said(reason) {
            self.cut_retired(farewell(reason), true);
            self.timers.set(Timer::Farewell, now + self.config.farewell_limit);
        } else {
            self.leave_now();
        }
    }

    /// What is said last, when the session leaves and says something.
    pub(super) fn farewell(&self) -> Option<&'static Outbound> {
        match self.phase {
            Phase::Leaving(reason) => Some(farewell(reason)),
            Phase::Issued | Phase::Live | Phase::Over | Phase::Forgotten => None,
        }
    }

    /// Ends whatever is still there without waiting for it.
    pub(super) fn leave_now(&mut self) {
        if let Phase::Leaving(reason) = self.phase {
            self.cut_receiver(farewell(reason), close_code(reason));
            self.conclude();
        }
    }

    /// The code for the close frame of a WebSocket.
    pub(super) fn close_code(&self) -> CloseCode {
        match self.phase {
            Phase::Leaving(reason) => close_code(reason),
            Phase::Issued | Phase::Live | Phase::Over | Phase::Forgotten => CloseCode::NORMAL,
        }
    }

    /// The receiver has had its last words, or is gone.
    pub(super) fn conclude(&mut self) {
        if let Phase::Leaving(reason) = self.phase {
            self.cut_retired(farewell(reason), false);
            self.phase = Phase::Over;
            self.timers.stop_all();
        }
    }

    /// The stream or WebSocket of a client ended without our doing.
    pub(super) fn on_stream_gone(&mut self, now: Instant, cause: Gone) {
        if self.is_ending() {
            self.conclude();
            return;
        }
        match cause {
            Gone::Ended | Gone::Reset | Gone::Closed(_) if !self.config.grace.is_zero() => {
                self.go_away(now, self.config.grace.min(self.config.close_timeout));
            }
            Gone::Ended | Gone::Reset | Gone::Closed(_) => self.end(now, CloseReason::SocketEnd),
            Gone::Broken(ReadError::MessageTooLong { .. } | ReadError::TooManyFragments { .. }) => {
                self.end(now, CloseReason::PayloadLimit);
            }
            Gone::Broken(_) => self.end(now, CloseReason::ParseError),
            Gone::TooSlow => self.end(now, CloseReason::SlowConsumer),
        }
    }
}

/// What a poll is answered when the session ends for this reason, and a stream if [`is_said`].
fn farewell(reason: CloseReason) -> &'static Outbound {
    if reason == CloseReason::Booted { &DISCONNECTED } else { &RECONNECT }
}

/// Whether a stream gets to hear why it ends.
fn is_said(reason: CloseReason) -> bool {
    matches!(reason, CloseReason::Booted | CloseReason::ServerShutdown)
}

fn close_code(reason: CloseReason) -> CloseCode {
    match reason {
        CloseReason::ServerShutdown => CloseCode::GOING_AWAY,
        // The one thing that cannot be read and is not noticed by the driver is a binary message.
        CloseReason::ParseError => CloseCode::UNSUPPORTED,
        CloseReason::PayloadLimit => CloseCode::TOO_BIG,
        CloseReason::Backlog | CloseReason::SlowConsumer => CloseCode::POLICY,
        CloseReason::Booted | CloseReason::SocketEnd | CloseReason::HeartbeatTimeout | CloseReason::CloseTimeout => {
            CloseCode::NORMAL
        }
    }
}
