//! The exchange that a session writes to: how it comes, how it goes, and how another one takes over.

use std::time::{Duration, Instant};

use http::request::Parts;
use longwire_codec::Outbound;
use longwire_codec::websocket::CloseCode;

use super::answers;
use super::session::{Phase, Rev1Session, Timer};
use super::transport::{Dressing, Lifetime, Transport, poll_answer, stream_answer};
use super::writing::RECONNECT;
use crate::{Body, ExchangeId, Gone, Output};

/// The exchange that a session writes to now.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) exchange: ExchangeId,
    pub(super) transport: &'static dyn Transport,
    pub(super) state: State,
    pub(super) dressing: Dressing,
}

/// What a receiver can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A poll without an answer.
    Held,
    /// A stream whose answer has not begun.
    Fresh,
    /// A WebSocket whose handshake is under way.
    Opening,
    /// A stream or WebSocket that can be written to.
    Free,
    /// A stream or WebSocket with a write under way.
    Busy,
}

impl Rev1Session {
    /// A GET or an upgrade: from here on the session writes to this exchange.
    pub(super) fn attach_receiver(
        &mut self,
        now: Instant,
        exchange: ExchangeId,
        transport: &'static dyn Transport,
        head: &Parts,
    ) {
        let dressing = Dressing::new(transport, head, &self.config);
        let receiver = |state, dressing| Receiver { exchange, transport, dressing, state };
        match transport.lifetime() {
            Lifetime::Poll => {
                // Who polls again has read the answer before.
                if self.announced == Some(transport.name()) {
                    self.outbox.prove();
                }
                self.replace_receiver(receiver(State::Held, dressing));
                self.timers.set(Timer::PollDuration, now + self.config.polling_duration);
                self.on_open(transport.name());
            }
            Lifetime::Stream => {
                self.replace_receiver(receiver(State::Fresh, dressing));
                self.on_open(transport.name());
                self.start_heartbeats(now);
            }
            Lifetime::WebSocket => match self.config.upgrades().accept(head) {
                Ok((response, accept)) => {
                    self.replace_receiver(receiver(State::Opening, Dressing { framing: accept.framing, ..dressing }));
                    if self.phase == Phase::Live {
                        self.timers.set(Timer::CloseTimeout, now + self.config.close_timeout);
                    }
                    self.respond(exchange, response.map(|()| Body::WebSocket(accept)));
                }
                Err(error) => self.respond_whole(exchange, answers::bad_upgrade(&error)),
            },
        }
    }

    /// A request for a session that is ending: its transport tells the client so.
    pub(super) fn turn_away(&mut self, exchange: ExchangeId, transport: &'static dyn Transport, head: &Parts) {
        let farewell = self.farewell().unwrap_or(&RECONNECT);
        let dressing = Dressing::new(transport, head, &self.config);
        let receiver = Receiver { exchange, transport, dressing, state: State::Fresh };
        match transport.lifetime() {
            Lifetime::Poll => self.answer_poll(&receiver, farewell),
            Lifetime::Stream => self.answer_stream(&receiver, &[farewell]),
            Lifetime::WebSocket => self.respond_whole(exchange, answers::unavailable(&self.config, head)),
        }
    }

    /// What was handed out last on an exchange is on its way.
    pub(super) fn written(&mut self, now: Instant, exchange: ExchangeId) {
        self.confirm_flight(now, exchange);
        let Some(receiver) = self.receiver.as_mut().filter(|receiver| receiver.exchange == exchange) else {
            self.settle_retired(exchange);
            return;
        };
        let (name, was) = (receiver.transport.name(), receiver.state);
        match was {
            State::Opening | State::Busy => receiver.state = State::Free,
            State::Held | State::Fresh | State::Free => {}
        }
        if was == State::Opening {
            self.on_open(name);
            self.start_heartbeats(now);
        }
    }

    /// An exchange is gone.
    pub(super) fn detach(&mut self, now: Instant, exchange: ExchangeId, cause: Gone) {
        self.lose_flight(exchange);
        self.forget_retired(exchange);
        let Some(receiver) = self.receiver.take_if(|receiver| receiver.exchange == exchange) else { return };
        let has_spoken = self.announced == Some(receiver.transport.name());
        match receiver.transport.lifetime() {
            Lifetime::Stream | Lifetime::WebSocket if has_spoken => self.on_stream_gone(now, cause),
            // A poll that was given up, or a stream that never came to speak: the client may try something else.
            Lifetime::Poll | Lifetime::Stream | Lifetime::WebSocket => self.go_away(now, self.config.close_timeout),
        }
    }

    /// No transport from now on, for `limit` at most.
    pub(super) fn go_away(&mut self, now: Instant, limit: Duration) {
        self.stop_receiver_timers();
        match self.phase {
            Phase::Live => self.timers.set(Timer::CloseTimeout, now + limit),
            Phase::Leaving(_) => self.conclude(),
            Phase::Issued | Phase::Over | Phase::Forgotten => {}
        }
    }

    /// Ends the receiver, whatever it is doing.
    pub(super) fn cut_receiver(&mut self, farewell: &Outbound, code: CloseCode) {
        if let Some(receiver) = self.receiver.take() {
            self.cut(&receiver, farewell, code);
        }
    }

    /// Ends an exchange, whatever it is doing.
    pub(super) fn cut(&mut self, receiver: &Receiver, farewell: &Outbound, code: CloseCode) {
        match receiver.state {
            State::Held => self.answer_poll(receiver, farewell),
            State::Fresh => self.answer_stream(receiver, &[farewell]),
            State::Free => self.finish(receiver, code),
            State::Opening | State::Busy => self.output(Output::Finish { exchange: receiver.exchange }),
        }
    }

    /// Ends a stream or WebSocket that can be written to.
    pub(super) fn finish(&mut self, receiver: &Receiver, code: CloseCode) {
        let exchange = receiver.exchange;
        if receiver.transport.lifetime() == Lifetime::WebSocket {
            let close = receiver.dressing.framing.close(Some(code), "");
            self.output(Output::Write { exchange, chunk: close.into() });
        }
        self.output(Output::Finish { exchange });
    }

    /// Answers a poll with one packet of the session itself.
    pub(super) fn answer_poll(&mut self, receiver: &Receiver, message: &Outbound) {
        self.respond(receiver.exchange, poll_answer(receiver.transport, &receiver.dressing, &[message]));
    }

    /// Begins a stream and ends it.
    fn answer_stream(&mut self, receiver: &Receiver, messages: &[&Outbound]) {
        self.respond(receiver.exchange, stream_answer(receiver.transport, &receiver.dressing, messages));
        self.output(Output::Finish { exchange: receiver.exchange });
    }

    /// Takes over from the receiver so far, which is ended or retired.
    fn replace_receiver(&mut self, receiver: Receiver) {
        if let Some(old) = self.receiver.replace(receiver) {
            match old.state {
                State::Held => self.retire(old, self.timers.get(Timer::PollDuration)),
                State::Opening | State::Busy => self.retire(old, None),
                State::Fresh => self.answer_stream(&old, &[]),
                State::Free => self.finish(&old, CloseCode::NORMAL),
            }
        }
        self.stop_receiver_timers();
    }

    /// The receiver can be used: the session is open on it.
    fn on_open(&mut self, name: &'static str) {
        self.transport = Some(name);
        self.go_live();
        self.timers.stop(Timer::CloseTimeout);
    }

    fn stop_receiver_timers(&mut self) {
        self.timers.stop(Timer::PollDuration);
        self.stop_heartbeats();
    }
}
