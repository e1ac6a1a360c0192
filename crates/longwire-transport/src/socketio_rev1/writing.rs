//! What leaves when: from the outbox, and the session's own packets, onto the receiver.
//!
//! Messages are in flight on one exchange at a time, from the moment they are handed out to `Written` or `Detach`. As long as
//! that is open nothing follows on any other exchange, so that what was lost can go back to the head of the queue. The
//! session's own packets (`1::`, `2::`, `8::`) are never queued: they are made when something can take them.

use std::sync::LazyLock;
use std::time::Instant;

use longwire_codec::socketio_rev1::{packet, payload};
use longwire_codec::{Outbound, WireFormat};
use smallvec::SmallVec;

use super::heartbeat::Heartbeat;
use super::receiver::{Receiver, State};
use super::session::{Rev1Session, Timer};
use super::transport::{Lifetime, poll_answer, stream_answer};
use crate::outbox::Outbox;
use crate::{Chunk, CloseReason, ExchangeId, Output};

/// The write that carries the messages which leave the outbox.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) exchange: ExchangeId,
    /// If it carries `1::`: on which transport that was said before.
    announced_before: Option<Option<&'static str>>,
}

pub(super) static CONNECTED: LazyLock<Outbound> = LazyLock::new(|| packet::CONNECTED.into());
pub(super) static DISCONNECTED: LazyLock<Outbound> = LazyLock::new(|| packet::DISCONNECTED.into());
pub(super) static RECONNECT: LazyLock<Outbound> = LazyLock::new(|| packet::RECONNECT.into());
pub(super) static NOOP: LazyLock<Outbound> = LazyLock::new(|| packet::NOOP.into());
static HEARTBEAT: LazyLock<Outbound> = LazyLock::new(|| packet::HEARTBEAT.into());

/// About how many bytes go into one write of a stream, so that the write timeout means something and heartbeats get through.
const WRITE_BYTES: usize = 64 << 10;
/// How many messages go into one write of a stream.
const WRITE_MESSAGES: usize = 256;

type Messages<'a> = SmallVec<[&'a Outbound; 16]>;

/// What the session itself has to say in a write, around the messages.
#[derive(Clone, Copy, Debug)]
struct Own {
    connected: bool,
    heartbeat: bool,
    farewell: Option<&'static Outbound>,
}

impl Rev1Session {
    /// Hands out what there is to say, if somebody can take it. What it gives back stands ahead of what it has put out by then.
    pub(super) fn pump(&mut self, now: Instant) -> Option<Output> {
        let receiver = self.receiver.as_ref()?;
        let (state, name) = (receiver.state, receiver.transport.name());
        if matches!(state, State::Opening | State::Busy) {
            return None;
        }
        if self.in_flight.is_some() {
            if state == State::Fresh {
                self.begin_stream();
            }
            return None;
        }
        let own = Own {
            connected: self.announced != Some(name),
            heartbeat: self.heartbeat != Heartbeat::Idle,
            farewell: self.farewell(),
        };
        if own.connected && self.outbox.start_over().is_err() {
            // What the client missed cannot be sent again, so it has to begin anew.
            self.end(now, CloseReason::Backlog);
            self.leave_now();
            return None;
        }
        let is_due = own.connected || own.heartbeat || own.farewell.is_some() || state == State::Fresh;
        if is_due || self.outbox.waiting_count() > 0 { self.hand_out(now, own) } else { None }
    }

    /// A poll was held long enough: what waits, else `8::`, is its answer.
    pub(super) fn on_poll_over(&mut self, now: Instant) {
        if let Some(answer) = self.pump(now) {
            self.output(answer);
        }
        if let Some(receiver) = self.receiver.take_if(|receiver| receiver.state == State::Held) {
            self.answer_poll(&receiver, &NOOP);
            self.go_away(now, self.config.close_timeout);
        }
    }

    /// Whether a message could be written in this turn.
    pub(super) fn can_write_now(&self) -> bool {
        let is_ready = |receiver: &Receiver| matches!(receiver.state, State::Held | State::Fresh | State::Free);
        self.in_flight.is_none() && self.receiver.as_ref().is_some_and(is_ready)
    }

    /// What an exchange carried is on its way.
    pub(super) fn confirm_flight(&mut self, now: Instant, exchange: ExchangeId) {
        if self.in_flight.take_if(|flight| flight.exchange == exchange).is_none() {
            return;
        }
        self.outbox.confirm();
        self.tell_room();
        // The time without a transport counts from the end of the last answer, however long that took.
        if self.timers.get(Timer::CloseTimeout).is_some() {
            self.timers.set(Timer::CloseTimeout, now + self.config.close_timeout);
        }
    }

    /// What an exchange carried did not arrive.
    pub(super) fn lose_flight(&mut self, exchange: ExchangeId) {
        if let Some(flight) = self.in_flight.take_if(|flight| flight.exchange == exchange) {
            self.outbox.put_back();
            if let Some(before) = flight.announced_before {
                self.announced = before;
            }
        }
    }

    /// Writes messages and the session's own packets to the receiver, which is ready.
    fn hand_out(&mut self, now: Instant, own: Own) -> Option<Output> {
        let receiver = self.receiver.as_ref()?;
        let (exchange, state, name) = (receiver.exchange, receiver.state, receiver.transport.name());
        let (output, count) = self.compose(receiver, own);
        self.outbox.hand_out(count);
        let announced_before = own.connected.then(|| self.announced.replace(name));
        self.in_flight = Some(InFlight { exchange, announced_before });
        if own.heartbeat {
            self.on_heartbeat_sent(now);
        }
        if own.farewell.is_some() {
            self.receiver = None;
            if state != State::Held {
                self.output(Output::Finish { exchange });
            }
            self.conclude();
        } else if state == State::Held {
            self.receiver = None;
            self.go_away(now, self.config.close_timeout);
        } else if let Some(receiver) = &mut self.receiver {
            receiver.state = State::Busy;
        }
        Some(output)
    }

    /// Makes the next output for a receiver, and tells how many messages of the outbox are in it.
    fn compose(&self, receiver: &Receiver, own: Own) -> (Output, usize) {
        let Receiver { exchange, transport, dressing, state } = receiver;
        let (exchange, transport) = (*exchange, *transport);

        let mut messages = Messages::new();
        if own.connected {
            messages.push(&CONNECTED);
        }
        if own.heartbeat {
            messages.push(&HEARTBEAT);
        }
        let ahead = messages.len();
        match (own.farewell, state) {
            (Some(_), _) => messages.extend(self.outbox.waiting()),
            (None, State::Held) => take_payload(&self.outbox, &mut messages),
            (None, _) => take_write(self.outbox.waiting(), &mut messages),
        }
        let count = messages.len() - ahead;
        messages.extend(own.farewell);

        let output = match state {
            State::Held => Output::Respond { exchange, response: poll_answer(transport, dressing, &messages) },
            State::Fresh => Output::Respond { exchange, response: stream_answer(transport, dressing, &messages) },
            State::Free | State::Opening | State::Busy => {
                let mut chunk = Chunk::new();
                transport.wrap(dressing, &messages, &mut chunk);
                if own.farewell.is_some() && transport.lifetime() == Lifetime::WebSocket {
                    chunk.push(dressing.framing.close(Some(self.close_code()), ""));
                }
                Output::Write { exchange, chunk }
            }
        };
        (output, count)
    }

    /// Begins a stream that has to wait with its messages.
    fn begin_stream(&mut self) {
        let Some(receiver) = &mut self.receiver else { return };
        receiver.state = State::Busy;
        let (exchange, response) = (receiver.exchange, stream_answer(receiver.transport, &receiver.dressing, &[]));
        self.respond(exchange, response);
    }
}

/// Takes what can share the body of one poll. Two native clients split a body at every U+FFFD, so a packet with that character
/// travels alone.
fn take_payload<'a>(outbox: &'a Outbox, messages: &mut Messages<'a>) {
    let waiting = outbox.waiting();
    if messages.len() + outbox.waiting_count() == 1 {
        messages.extend(waiting);
        return;
    }
    for message in waiting {
        let alone = payload::has_delimiter(message.form(WireFormat::SOCKETIO_REV1_FRAMED));
        if alone && !messages.is_empty() {
            return;
        }
        messages.push(message);
        if alone {
            return;
        }
    }
}

/// Takes what goes into one write of a stream: at least one message, and not so many that a slow reader blocks for long.
fn take_write<'a>(waiting: impl Iterator<Item = &'a Outbound>, messages: &mut Messages<'a>) {
    let mut bytes = 0;
    for message in waiting.take(WRITE_MESSAGES) {
        messages.push(message);
        bytes += message.size_hint();
        if bytes >= WRITE_BYTES {
            return;
        }
    }
}
