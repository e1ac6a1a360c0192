//! A session of SockJS.
//!
//! # Theory of operation
//!
//! ```text
//!              first receiver                poll answered, stream at its limit
//!  connecting ────────────────► open ◄──────────────────────────────────────► away
//!                                │               next receiver                 │
//!                                │ the application closes it                   │
//!                                ▼                                             │
//!                             closing ◄────────────────────────────────────────┘
//!                                │ disconnect delay without a receiver         │
//!                                ▼                                             ▼
//!                              over ◄─────── receiver lost, disconnect delay ──┘
//! ```
//!
//! *Connecting*: made for a request that is about to be attached. *Open*: there is a receiver, an exchange the session writes
//! to. *Away*: there is none; messages wait in the outbox. *Closing*: the application was told of the end, and the client is
//! told as often as it asks. *Over*: nothing but [`Output::Forget`] is left. Open and away are one [`Phase`], told apart by
//! the receiver.
//!
//! ## Timers
//!
//! | timer | runs | when it fires |
//! | --- | --- | --- |
//! | `Disconnect` | without a receiver, and while a WebSocket shakes hands | over; closed as close timeout, if it was open |
//! | `Heartbeat` | while open | `h`, and a ping on a WebSocket |
//! | `Pong` | from a written ping to the next sign of life | closed, heartbeat timeout |
//! | `Farewell` | while closing with a receiver | ends without the last words |
//!
//! In every phase but over at least one of them runs.
//!
//! ## One receiver, one write
//!
//! A request that comes while there is a receiver is told 2010 and ends, whatever its transport; the session does not notice.
//! An answered poll is no receiver any more, but until the socket has taken its answer (`answering`) nothing else is said: a
//! client can be back with its next poll before the driver has reported the last one as written, and must neither be told 2010
//! for it nor overtake it. The disconnect delay counts from that report, so that a large answer on a slow line does not expire
//! its own session.
//!
//! ```text
//!  client          driver                    session                     application
//!    │ POST ─────────► Attach(1) ──────────────► open, held                  │
//!    │                                           │ ◄──────── send "a", "b"   │
//!    │ ◄──── a["a","b"]  Respond(1) ◄─────────── away, answering 1           │
//!    │ POST ─────────► Attach(2) ──────────────► open, held, must wait       │
//!    │                 Written(1) ─────────────► answering nobody            │
//!    │                                           │ ◄──────── send "c"        │
//!    │ ◄──── a["c"] ──── Respond(2) ◄─────────── away, answering 2           │
//! ```
//!
//! A stream is ended in good order when its frames have reached the limit of a response: the last of them is written, then
//! waited for, then the stream is finished. The frames count as they are written, with their dress; the prelude does not.
//!
//! ## Lost receivers
//!
//! A receiver whose connection ends by itself ends the session at once, and so does a poll whose answer was not taken. Nobody
//! knows what arrived, and SockJS has no means to ask, so nothing is resumed. The id is remembered for a while
//! ([`Session::remember_for`]): the client would otherwise open a new session with it and go on as if nothing had happened.
//!
//! ## Closing
//!
//! What waits goes out ahead of the close frame. On polls these are two answers, on streams two frames. From then on every
//! receiver is told again, and starts the disconnect delay anew. A WebSocket is told once, and closed.
//!
//! ## WebSockets
//!
//! A session on a WebSocket has this one receiver and ends with it. On the raw end point it says nothing by itself: neither
//! `o` nor `h` nor `c`, but pings and close frames as on any WebSocket.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use longwire_codec::websocket::CloseCode;
use longwire_codec::{Outbound, sockjs};

use super::closing::Farewell;
use super::config::Config;
use super::receiver::Receiver;
use super::{answers, sender, transport};
use crate::outbox::Outbox;
use crate::timers::{TimerName, Timers};
use crate::{Body, Chunk, CloseReason, Delivery, Event, ExchangeId, Input, Output, SendError, Session};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct SockJsSession {
    pub(super) config: Arc<Config>,
    pub(super) phase: Phase,
    pub(super) timers: Timers<Timer, 4>,
    pub(super) outbox: Outbox,
    pub(super) receiver: Option<Receiver>,
    /// The poll whose answer is on its way.
    pub(super) answering: Option<ExchangeId>,
    /// `o` was said.
    pub(super) greeted: bool,
    /// `h` waits for a write.
    pub(super) heartbeat_due: bool,
    /// What is said last; there is one from closing on.
    pub(super) farewell: Option<Box<Farewell>>,
    /// The client may come back and not know that this is over.
    pub(super) is_remembered: bool,
    /// The transport in use, or used last.
    pub(super) transport: Option<&'static str>,
    outputs: VecDeque<Output>,
}

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No receiver came so far, or one whose handshake is under way.
    Connecting,
    /// Open or away.
    Live,
    /// The application was told; the client is, as often as it asks.
    Closing,
    /// Only [`Output::Forget`] is left.
    Over,
    /// Nothing is.
    Forgotten,
}

/// The timers; the [module](self) says what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    Disconnect,
    Heartbeat,
    Pong,
    Farewell,
}

impl TimerName<4> for Timer {
    const ALL: [Self; 4] = [Self::Disconnect, Self::Heartbeat, Self::Pong, Self::Farewell];

    fn index(self) -> usize {
        self as usize
    }
}

impl SockJsSession {
    /// A session for a request that is about to be attached.
    pub(super) fn new(now: Instant, config: Arc<Config>) -> Self {
        let mut timers = Timers::new();
        timers.set(Timer::Disconnect, now + config.disconnect_delay);
        Self {
            phase: Phase::Connecting,
            timers,
            outbox: Outbox::new(config.outbox_limits()),
            receiver: None,
            answering: None,
            greeted: false,
            heartbeat_due: false,
            farewell: None,
            is_remembered: false,
            transport: None,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// The client is there: the application hears of it.
    pub(super) fn go_live(&mut self) {
        if self.phase == Phase::Connecting {
            self.phase = Phase::Live;
            self.output(Output::Event(Event::Open));
        }
    }

    /// Whether the end was told, so that nothing is taken or told any more.
    pub(super) fn is_ending(&self) -> bool {
        match self.phase {
            Phase::Connecting | Phase::Live => false,
            Phase::Closing | Phase::Over | Phase::Forgotten => true,
        }
    }

    /// Tells of room in the outbox to those who were refused.
    pub(super) fn tell_room(&mut self) {
        if self.phase == Phase::Live && self.outbox.take_writable() {
            self.output(Output::Event(Event::Writable));
        }
    }

    fn attach(&mut self, now: Instant, exchange: ExchangeId, name: &'static str, request: Request<Bytes>) {
        let (head, body) = request.into_parts();
        if let Some(sender) = sender::find(name) {
            self.post(exchange, sender, &head, body);
        } else if let Some(transport) = transport::find(name) {
            self.attach_receiver(now, exchange, transport, &head);
        } else {
            self.respond_whole(exchange, answers::not_found());
        }
    }

    fn on_timer(&mut self, now: Instant, timer: Timer) {
        match timer {
            Timer::Disconnect => self.on_disconnect_delay_over(now),
            Timer::Heartbeat => self.on_heartbeat_due(now),
            Timer::Pong => self.end(now, CloseReason::HeartbeatTimeout),
            Timer::Farewell => self.leave_now(),
        }
    }

    pub(super) fn respond(&mut self, exchange: ExchangeId, response: Response<Body>) {
        self.output(Output::Respond { exchange, response });
    }

    pub(super) fn respond_whole(&mut self, exchange: ExchangeId, response: Response<Chunk>) {
        self.respond(exchange, response.map(Body::Whole));
    }

    pub(super) fn output(&mut self, output: Output) {
        if self.outputs.capacity() == 0 {
            self.outputs.reserve_exact(1);
        }
        self.outputs.push_back(output);
    }
}

impl Session for SockJsSession {
    fn handle_input(&mut self, now: Instant, input: Input) {
        if self.phase == Phase::Forgotten {
            return;
        }
        match input {
            Input::Attach { exchange, transport, request } => self.attach(now, exchange, transport, request),
            Input::Message { exchange, payload } => self.message(now, exchange, payload),
            Input::Alive { exchange } => self.sign_of_life(exchange),
            Input::Written { exchange } => self.written(now, exchange),
            Input::Detach { exchange, cause } => self.detach(now, exchange, cause),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.expire(now) {
            self.on_timer(now, timer);
        }
    }

    fn send(&mut self, _now: Instant, message: &Outbound, delivery: Delivery) -> Result<(), SendError> {
        if self.is_ending() {
            return Err(SendError::Closed);
        }
        if delivery == Delivery::Volatile && !(self.can_write_now() && self.outbox.has_room_for(message)) {
            return Err(SendError::Dropped);
        }
        // What only other families understand is said to nobody here.
        if sockjs::is_message(message.message()) { self.outbox.push(message) } else { Ok(()) }
    }

    fn close(&mut self, now: Instant, reason: CloseReason) {
        self.end(now, reason);
    }

    fn close_with(&mut self, now: Instant, code: CloseCode, words: &str) {
        self.end_with(now, CloseReason::Booted, Farewell::of_application(code, words));
    }

    fn poll_output(&mut self, now: Instant) -> Option<Output> {
        if self.outputs.is_empty() {
            self.pump(now);
        }
        let output = self.outputs.pop_front();
        if self.outputs.is_empty() {
            // A few outputs are a kilobyte, which an idle session has no use for.
            self.outputs = VecDeque::new();
        }
        if output.is_none() && self.phase == Phase::Over {
            self.phase = Phase::Forgotten;
            return Some(Output::Forget);
        }
        output
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    fn transport(&self) -> Option<&'static str> {
        self.transport
    }

    fn remember_for(&self) -> Duration {
        if self.is_remembered { self.config.remember_for } else { Duration::ZERO }
    }
}
