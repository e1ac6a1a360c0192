//! How a session ends.
//!
//! The application hears of it at once. What the client hears depends on whose will it was: an application's code and words
//! are said behind everything that waits, as often as somebody comes to hear them. A client that vanished, or takes nothing
//! any more, is told nothing; if it comes back, its id is refused.

use std::time::Instant;

use longwire_codec::ByteString;
use longwire_codec::sockjs::Frame;
use longwire_codec::websocket::{CloseCode, Framing};

use super::receiver::{INTERRUPTED, Receiver, State};
use super::session::{Phase, SockJsSession, Timer};
use super::transport::{Lifetime, Wire, poll_answer};
use crate::{CloseReason, Event, Output};

/// What is said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Farewell {
    code: CloseCode,
    words: ByteString,
    /// Whether it is a frame of SockJS, or only how a WebSocket ends.
    is_frame: bool,
    /// Whether nobody can come back to hear it again.
    pub(super) is_final: bool,
    /// It was handed out, once at least.
    pub(super) was_told: bool,
}

impl Farewell {
    /// A WebSocket said something that is no array of strings.
    pub(super) const BROKEN_FRAMING: Self = Self::of_websocket(CloseCode(3000), "Broken framing.");
    /// A WebSocket said something binary.
    pub(super) const BINARY: Self = Self::of_websocket(CloseCode::UNSUPPORTED, "Text expected.");

    /// The application's own.
    pub(super) fn of_application(code: CloseCode, words: &str) -> Self {
        Self { code, words: words.into(), is_frame: true, is_final: false, was_told: false }
    }

    const fn of_server(code: CloseCode, words: &'static str) -> Self {
        Self { code, words: ByteString::from_static(words), is_frame: true, is_final: false, was_told: false }
    }

    const fn of_websocket(code: CloseCode, words: &'static str) -> Self {
        Self { code, words: ByteString::from_static(words), is_frame: false, is_final: false, was_told: false }
    }

    /// What is said for a reason of the server's own.
    fn of(reason: CloseReason) -> Self {
        match reason {
            CloseReason::Booted | CloseReason::SocketEnd | CloseReason::CloseTimeout => {
                Self::of_server(CloseCode::NORMAL, "Normal closure")
            }
            CloseReason::HeartbeatTimeout => Self::of_server(CloseCode(3000), "No response from heartbeat"),
            CloseReason::ServerShutdown => {
                Self { is_final: true, ..Self::of_server(CloseCode::GOING_AWAY, "Server shutdown") }
            }
            CloseReason::ParseError => Self::BROKEN_FRAMING,
            CloseReason::PayloadLimit => Self::of_websocket(CloseCode::TOO_BIG, "Message too big"),
            CloseReason::Backlog | CloseReason::SlowConsumer => Self::of_websocket(CloseCode::POLICY, "Too slow"),
        }
    }

    /// Whether the close frame of SockJS is said on this transport.
    pub(super) fn is_said(&self, lifetime: Lifetime) -> bool {
        self.is_frame || lifetime != Lifetime::WebSocket
    }

    /// The close frame of SockJS.
    pub(super) fn frame(&self) -> Frame {
        Frame::Close { code: self.code.0, reason: self.words.clone() }
    }

    /// The close frame of a WebSocket. What the application wanted to say stands in the frame of SockJS, where there is one;
    /// the raw end point has none.
    pub(super) fn close_frame(&self, wire: Wire, framing: Framing) -> bytes::Bytes {
        if self.is_frame && wire != Wire::Raw {
            framing.close(Some(CloseCode::NORMAL), "Normal closure")
        } else {
            let code = if self.code.is_sendable() { self.code } else { CloseCode::NORMAL };
            framing.close(Some(code), &self.words)
        }
    }
}

impl SockJsSession {
    /// Ends the session, once, for a reason of the server's own.
    pub(super) fn end(&mut self, now: Instant, reason: CloseReason) {
        self.end_with(now, reason, Farewell::of(reason));
    }

    /// The same with these words.
    pub(super) fn end_with(&mut self, now: Instant, reason: CloseReason, farewell: Farewell) {
        if self.is_ending() {
            return;
        }
        let was_live = self.phase == Phase::Live;
        self.phase = Phase::Closing;
        self.farewell = Some(Box::new(farewell));
        self.timers.stop_all();
        self.heartbeat_due = false;
        if !was_live {
            return self.leave_now();
        }
        self.output(Output::Event(Event::Closed(reason)));
        if self.receiver.is_some() {
            self.timers.set(Timer::Farewell, now + self.config.farewell_limit);
        } else {
            self.go_away(now);
        }
        // Nobody waits for the last words of a server that stops, or for a client that takes nothing.
        let is_deaf = matches!(reason, CloseReason::Backlog | CloseReason::SlowConsumer);
        if is_deaf || (reason == CloseReason::ServerShutdown && self.receiver.is_none()) {
            self.leave_now();
        }
    }

    /// The receiver is lost, or nobody came back.
    pub(super) fn lose(&mut self, now: Instant, reason: CloseReason) {
        match self.phase {
            // A client that has read its close frame gives up the connection; it may ask once more and is told again.
            Phase::Closing if self.has_said_all() && reason != CloseReason::CloseTimeout && !self.is_on_websocket() => {
                self.go_away(now);
            }
            Phase::Live => {
                self.output(Output::Event(Event::Closed(reason)));
                self.leave_now();
            }
            Phase::Closing | Phase::Connecting => self.leave_now(),
            Phase::Over | Phase::Forgotten => {}
        }
    }

    /// Ends whatever is still there without waiting for it.
    pub(super) fn leave_now(&mut self) {
        // Who was told the end, or never heard a thing, needs no telling later.
        self.is_remembered = self.greeted && !self.has_said_all() && !self.is_on_websocket();
        if let Some(receiver) = self.receiver.take() {
            self.cut(receiver);
        }
        self.conclude();
    }

    /// Nothing is left to do.
    pub(super) fn conclude(&mut self) {
        self.phase = Phase::Over;
        self.answering = None;
        self.timers.stop_all();
    }

    /// Ends a receiver, whatever it is doing.
    fn cut(&mut self, receiver: Receiver) {
        let Receiver { exchange, transport, framing, state, .. } = receiver;
        match state {
            State::Unanswered(dressing) if transport.lifetime() == Lifetime::Poll => {
                let frame = transport.wire().frame(framing, &INTERRUPTED);
                self.respond(exchange, poll_answer(transport, &dressing, frame));
            }
            State::Unanswered(dressing) => self.turn_away(exchange, transport, &dressing, &INTERRUPTED),
            State::Free if transport.lifetime() == Lifetime::WebSocket => {
                if let Some(farewell) = &self.farewell {
                    let close = farewell.close_frame(transport.wire(), framing);
                    self.output(Output::Write { exchange, chunk: close.into() });
                }
                self.output(Output::Finish { exchange });
            }
            State::Opening | State::Free | State::Busy { .. } => self.output(Output::Finish { exchange }),
        }
    }

    /// Whether the client was told the end, and no message was lost ahead of it.
    fn has_said_all(&self) -> bool {
        self.outbox.is_empty() && self.farewell.as_ref().is_some_and(|farewell| farewell.was_told)
    }

    /// Its id is the driver's then, and no client comes back with it.
    fn is_on_websocket(&self) -> bool {
        self.transport.is_some_and(|name| name.ends_with("websocket"))
    }
}
