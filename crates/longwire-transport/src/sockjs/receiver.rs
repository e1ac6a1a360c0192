//! The exchange that a session writes to: how it comes, and how it goes.

use std::time::Instant;

use http::request::Parts;
use longwire_codec::sockjs::Frame;
use longwire_codec::websocket::{Framing, ReadError};

use super::session::{Phase, SockJsSession, Timer};
use super::transport::{Dressing, Lifetime, Transport, Wire, poll_answer, stream_answer};
use super::{answers, websocket};
use crate::{Body, Chunk, CloseReason, ExchangeId, Gone, Output};

/// The exchange that a session writes to now.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) exchange: ExchangeId,
    pub(super) transport: &'static dyn Transport,
    pub(super) framing: Framing,
    pub(super) state: State,
    /// Bytes of frames that were written so far.
    pub(super) carried: usize,
}

/// What a receiver can do.
#[derive(Debug)]
pub(super) enum State {
    /// A poll or stream without an answer so far.
    Unanswered(Box<Dressing>),
    /// A WebSocket whose handshake is under way.
    Opening,
    /// A stream or WebSocket that can be written to.
    Free,
    /// A stream or WebSocket with a write under way.
    Busy {
        /// It is the last one of the stream.
        last: bool,
        /// There is a ping in it.
        ping: bool,
    },
}

/// The words for a receiver too many.
const OCCUPIED: Frame =
    Frame::Close { code: 2010, reason: longwire_codec::ByteString::from_static("Another connection still open") };

/// The words for a client whose session is gone.
pub(super) const INTERRUPTED: Frame =
    Frame::Close { code: 1002, reason: longwire_codec::ByteString::from_static("Connection interrupted") };

impl SockJsSession {
    /// A request that hears: from here on the session writes to this exchange, unless it has one already.
    pub(super) fn attach_receiver(
        &mut self,
        now: Instant,
        exchange: ExchangeId,
        transport: &'static dyn Transport,
        head: &Parts,
    ) {
        if transport.lifetime() == Lifetime::WebSocket {
            return self.attach_websocket(now, exchange, transport, head);
        }
        let dressing = Dressing::of(transport, head, &self.config);
        if self.phase == Phase::Over || self.receiver.is_some() {
            let frame = if self.phase == Phase::Over { &INTERRUPTED } else { &OCCUPIED };
            return self.turn_away(exchange, transport, &dressing, frame);
        }
        self.transport = Some(transport.name());
        let state = State::Unanswered(Box::new(dressing));
        self.receiver = Some(Receiver { exchange, transport, framing: Framing::Rfc6455, state, carried: 0 });
        self.timers.stop(Timer::Disconnect);
        self.go_live();
        if self.phase == Phase::Closing {
            self.timers.set(Timer::Farewell, now + self.config.farewell_limit);
        } else {
            self.start_heartbeats(now);
        }
    }

    /// A WebSocket is the first and only receiver of its session.
    fn attach_websocket(
        &mut self,
        now: Instant,
        exchange: ExchangeId,
        transport: &'static dyn Transport,
        head: &Parts,
    ) {
        if self.phase != Phase::Connecting || self.receiver.is_some() {
            return self.respond_whole(exchange, answers::not_found());
        }
        match self.config.upgrades().accept(head) {
            Ok((response, accept)) => {
                self.transport = Some(transport.name());
                self.greeted = transport.wire() == Wire::Raw;
                let receiver =
                    Receiver { exchange, transport, framing: accept.framing, state: State::Opening, carried: 0 };
                self.receiver = Some(receiver);
                self.timers.set(Timer::Disconnect, now + self.config.farewell_limit);
                self.respond(exchange, response.map(|()| Body::WebSocket(accept)));
            }
            Err(error) => {
                self.respond_whole(exchange, websocket::refusal(&error, head));
                self.conclude();
            }
        }
    }

    /// Tells an exchange one frame, and no more.
    pub(super) fn turn_away(
        &mut self,
        exchange: ExchangeId,
        transport: &'static dyn Transport,
        dressing: &Dressing,
        frame: &Frame,
    ) {
        let frame = transport.wire().frame(Framing::Rfc6455, frame);
        if transport.lifetime() == Lifetime::Poll {
            self.respond(exchange, poll_answer(transport, dressing, frame));
        } else {
            self.respond(exchange, stream_answer(transport, dressing, Chunk::from(frame)));
            self.output(Output::Finish { exchange });
        }
    }

    /// What was handed out last on an exchange is on its way.
    pub(super) fn written(&mut self, now: Instant, exchange: ExchangeId) {
        if self.answering.take_if(|answering| *answering == exchange).is_some() {
            self.confirm();
            if self.receiver.is_none() {
                // However long the answer took, the client has its whole time from here.
                self.go_away(now);
            }
            return;
        }
        let Some(receiver) = self.receiver.as_mut().filter(|receiver| receiver.exchange == exchange) else { return };
        match std::mem::replace(&mut receiver.state, State::Free) {
            State::Opening => {
                self.timers.stop(Timer::Disconnect);
                self.go_live();
                self.start_heartbeats(now);
            }
            State::Busy { last, ping } => {
                self.confirm();
                if last {
                    self.output(Output::Finish { exchange });
                    self.receiver = None;
                    self.go_away(now);
                } else if ping {
                    self.expect_pong(now);
                }
            }
            state @ (State::Unanswered(_) | State::Free) => receiver.state = state,
        }
    }

    /// An exchange is gone, and with it the session, if it was the receiver or carried what a poll was answered.
    pub(super) fn detach(&mut self, now: Instant, exchange: ExchangeId, cause: Gone) {
        let was_answering = self.answering.take_if(|answering| *answering == exchange).is_some();
        let was_receiver = self.receiver.take_if(|receiver| receiver.exchange == exchange).is_some();
        if was_answering || was_receiver {
            self.lose(now, reason_of(cause));
        }
    }

    /// There is no receiver from now on.
    pub(super) fn go_away(&mut self, now: Instant) {
        self.stop_heartbeats();
        self.timers.stop(Timer::Farewell);
        match self.phase {
            Phase::Connecting | Phase::Live | Phase::Closing => {
                self.timers.set(Timer::Disconnect, now + self.config.disconnect_delay);
            }
            Phase::Over | Phase::Forgotten => {}
        }
    }

    /// Nobody came back in time. An answer that is still being written is waited for: it is the driver that gives it up.
    pub(super) fn on_disconnect_delay_over(&mut self, now: Instant) {
        if self.answering.is_some() {
            self.timers.set(Timer::Disconnect, now + self.config.disconnect_delay);
        } else {
            self.lose(now, CloseReason::CloseTimeout);
        }
    }

    fn confirm(&mut self) {
        self.outbox.confirm();
        self.tell_room();
    }
}

fn reason_of(cause: Gone) -> CloseReason {
    match cause {
        Gone::Ended | Gone::Reset | Gone::Closed(_) => CloseReason::SocketEnd,
        Gone::Broken(ReadError::MessageTooLong { .. } | ReadError::TooManyFragments { .. }) => {
            CloseReason::PayloadLimit
        }
        Gone::Broken(_) => CloseReason::ParseError,
        Gone::TooSlow => CloseReason::SlowConsumer,
    }
}
