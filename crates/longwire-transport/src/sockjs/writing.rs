//! What leaves when: frames of the session itself, and messages of the outbox, onto the receiver.
//!
//! What waits when a receiver comes leaves as one frame. On a stream or WebSocket that is there already each message is a frame
//! of its own, whose bytes all sessions share that got the same message. The session's own frames are never queued: they are
//! made when something can take them.

use std::time::Instant;

use bytes::Bytes;
use longwire_codec::Outbound;
use longwire_codec::sockjs::Frame;

use super::receiver::{Receiver, State};
use super::session::{Phase, SockJsSession};
use super::transport::{Lifetime, Wire, poll_answer, stream_answer};
use crate::{Chunk, Output};

/// About how many bytes go into one write of a stream, so that the write timeout means something and heartbeats get through.
const WRITE_BYTES: usize = 64 << 10;
/// How many messages go into one write of a stream.
const WRITE_MESSAGES: usize = 256;

/// The next write on a receiver.
#[derive(Debug, Default)]
struct Write {
    /// Each a piece.
    frames: Chunk,
    /// How many messages of the outbox are in it.
    messages: usize,
    /// Whether `o` is.
    greeting: bool,
    /// Whether `h` is.
    heartbeat: bool,
    /// Whether a ping is.
    ping: bool,
    /// Whether the end is.
    farewell: bool,
}

impl SockJsSession {
    /// Hands out what there is to say, if somebody can take it.
    pub(super) fn pump(&mut self, now: Instant) {
        let Some(receiver) = self.receiver.as_ref().filter(|_| self.answering.is_none()) else { return };
        let write = match (&receiver.state, receiver.transport.lifetime()) {
            (State::Opening | State::Busy { .. }, _) => return,
            (State::Unanswered(_) | State::Free, Lifetime::Poll) => self.compose_answer(receiver),
            (State::Unanswered(_) | State::Free, Lifetime::Stream | Lifetime::WebSocket) => self.compose(receiver),
        };
        let begins_stream =
            matches!(receiver.state, State::Unanswered(_)) && receiver.transport.lifetime() == Lifetime::Stream;
        if begins_stream || !write.frames.is_empty() || write.farewell {
            self.hand_out(now, write);
        }
    }

    /// Whether a message could be written in this turn.
    pub(super) fn can_write_now(&self) -> bool {
        let is_ready = |receiver: &Receiver| matches!(receiver.state, State::Unanswered(_) | State::Free);
        self.answering.is_none() && self.greeted && self.receiver.as_ref().is_some_and(is_ready)
    }

    fn is_closing_for_good(&self) -> bool {
        self.farewell.as_ref().is_some_and(|farewell| farewell.is_final)
    }

    /// The one frame of a poll's answer, if there is any.
    fn compose_answer(&self, receiver: &Receiver) -> Write {
        let mut write = Write::default();
        let own = |frame| receiver.transport.wire().frame(receiver.framing, frame);
        if !self.greeted {
            write.greeting = true;
            write.frames.push(own(&Frame::Open));
        } else if self.outbox.waiting_count() > 0 {
            write.messages = self.outbox.waiting_count();
            write.frames.push(join(receiver, self.outbox.waiting()));
            write.farewell = self.is_closing_for_good();
        } else if let Some(farewell) = self.farewell.as_ref().filter(|_| self.phase == Phase::Closing) {
            write.farewell = true;
            write.frames.push(own(&farewell.frame()));
        } else if self.heartbeat_due {
            write.heartbeat = true;
            write.frames.push(own(&Frame::Heartbeat));
        }
        write
    }

    /// The next write of a stream or WebSocket: at least one message, if there is any, and not so many that a slow reader
    /// blocks for long or a response becomes longer than its limit by more than one of them.
    fn compose(&self, receiver: &Receiver) -> Write {
        let mut write = Write::default();
        let own = |frame| receiver.transport.wire().frame(receiver.framing, frame);
        if !self.greeted {
            write.greeting = true;
            write.frames.push(own(&Frame::Open));
        }
        if self.heartbeat_due {
            write.heartbeat = true;
            write.frames.push(own(&Frame::Heartbeat));
            let ping = self.ping(receiver);
            write.ping = ping.is_some();
            write.frames.push(ping.unwrap_or_default());
        }
        self.take_messages(receiver, &mut write);
        let all_said = write.messages == self.outbox.waiting_count();
        if let Some(farewell) = self.farewell.as_ref().filter(|_| self.phase == Phase::Closing && all_said) {
            write.farewell = true;
            if farewell.is_said(receiver.transport.lifetime()) {
                write.frames.push(own(&farewell.frame()));
            }
            if receiver.transport.lifetime() == Lifetime::WebSocket {
                write.frames.push(farewell.close_frame(receiver.transport.wire(), receiver.framing));
            }
        }
        write
    }

    fn take_messages(&self, receiver: &Receiver, write: &mut Write) {
        let mut waiting = self.outbox.waiting();
        if matches!(receiver.state, State::Unanswered(_)) {
            write.messages = self.outbox.waiting_count();
            write.frames.push(join(receiver, waiting));
            return;
        }
        let limit = match receiver.transport.lifetime() {
            Lifetime::Stream => self.config.response_limit.saturating_sub(receiver.carried).min(WRITE_BYTES),
            Lifetime::WebSocket | Lifetime::Poll => WRITE_BYTES,
        };
        let mut bytes = write.frames.len();
        while bytes < limit && write.messages < WRITE_MESSAGES {
            let Some(message) = waiting.next() else { return };
            let frame = receiver.transport.wire().message(receiver.framing, message);
            bytes += frame.len();
            write.frames.push(frame);
            write.messages += 1;
        }
    }

    /// Writes to the receiver, which is ready.
    fn hand_out(&mut self, now: Instant, write: Write) {
        let Some(mut receiver) = self.receiver.take() else { return };
        self.greeted |= write.greeting;
        self.heartbeat_due &= !write.heartbeat;
        self.outbox.hand_out(write.messages);
        if let Some(farewell) = self.farewell.as_mut().filter(|_| write.farewell) {
            farewell.was_told = true;
        }
        let (exchange, transport) = (receiver.exchange, receiver.transport);
        receiver.carried += write.frames.len();
        let was = std::mem::replace(&mut receiver.state, State::Free);
        match (transport.lifetime(), was) {
            (Lifetime::Poll, State::Unanswered(dressing)) => {
                self.respond(exchange, poll_answer(transport, &dressing, write.frames.to_bytes()));
                self.answering = Some(exchange);
                self.go_away(now);
                if write.farewell && self.is_closing_for_good() {
                    self.conclude();
                }
                return;
            }
            (Lifetime::Stream, State::Unanswered(dressing)) => {
                self.respond(exchange, stream_answer(transport, &dressing, write.frames));
            }
            _ => self.output(Output::Write { exchange, chunk: write.frames }),
        }
        if write.farewell && (transport.lifetime() == Lifetime::WebSocket || self.is_closing_for_good()) {
            self.output(Output::Finish { exchange });
            return self.conclude();
        }
        let is_full = transport.lifetime() == Lifetime::Stream && receiver.carried >= self.config.response_limit;
        receiver.state = State::Busy { last: write.farewell || is_full, ping: write.ping };
        self.receiver = Some(receiver);
    }
}

/// One frame of all messages.
fn join<'a>(receiver: &Receiver, messages: impl Iterator<Item = &'a Outbound> + Clone) -> Bytes {
    match receiver.transport.wire() {
        Wire::Http(dress) => dress.join(messages),
        // A WebSocket is never asked: it can be written to from the start.
        Wire::WebSocket | Wire::Raw => Bytes::new(),
    }
}
