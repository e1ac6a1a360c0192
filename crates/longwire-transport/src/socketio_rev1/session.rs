//! A session of revision 1.
//!
//! # Theory of operation
//!
//! ```text
//!            first GET or upgrade                   poll answered or given up,
//!  issued ──────────────────────────► open ◄──────► away
//!    │                                 │    GET      │
//!    │ open limit                      │             │ close timeout
//!    ▼                                 ▼             ▼
//!  over ◄──────────────────────── leaving ◄──────────┘
//! ```
//!
//! *Issued*: the handshake is answered, no transport came. *Open*: there is a receiver, an exchange the session writes to.
//! *Away*: there is none; messages wait in the outbox. *Leaving*: the application was told of the end, the last words are not
//! written yet. *Over*: nothing but [`Output::Forget`] is left. Open and away are one [`Phase`], told apart by the receiver.
//!
//! ## Timers
//!
//! | timer | runs | when it fires |
//! | --- | --- | --- |
//! | `OpenLimit` | while issued | over, nobody is told |
//! | `PollDuration` | while a poll is held | the poll is answered `8::` |
//! | `Superseded` | while a replaced poll is held | that poll is answered `8::` |
//! | `Heartbeat` | while a stream is open | `2::` |
//! | `HeartbeatTimeout` | from a `2::` to the next sign of life | closed, heartbeat timeout |
//! | `CloseTimeout` | while away, or while a WebSocket shakes hands | closed, close timeout |
//! | `Farewell` | while leaving | ends without the last words |
//!
//! In every phase but over at least one of them runs.
//!
//! ## One write at a time
//!
//! Messages are handed to one exchange at a time, and no others leave until that write is settled: `Written` confirms them,
//! `Detach` puts them back at the head of the queue. Which messages share a write is decided when outputs are polled, so that
//! everything sent in one turn travels together.
//!
//! ```text
//!  client          driver                    session                     application
//!    │ GET  ─────────► Attach(1) ──────────────► held                        │
//!    │                                           │ ◄──────── send "a", "b"   │
//!    │ ◄──── a and b ─ Respond(1) ◄───────────── away, a and b in flight     │
//!    │ GET  ─────────► Attach(2) ──────────────► held, but must wait         │
//!    │                 Written(1) ─────────────► a and b are done            │
//!    │                                           │ ◄──────── send "c"        │
//!    │ ◄──── c ─────── Respond(2) ◄───────────── away                        │
//! ```
//!
//! Had `Detach(1)` come in place of `Written(1)`, `Respond(2)` would carry a, b and c.
//!
//! ## `1::`
//!
//! The first packet of a session is `1::`, unasked, and it is said again whenever the *name* of the transport changes: a
//! client that falls back keeps its id, and waits for `1::` on every transport it tries. It has read nothing of what was
//! written to the one before. So from a `1::` to the client's first sign of life on that transport, everything written is kept
//! (bounded), and leaves again behind the next `1::`. `announced` is the name of the transport on which `1::` was said last;
//! a write with `1::` in it that is lost takes it back.
//!
//! ## Overlaps
//!
//! * A second poll takes over; the first one is answered `8::` when its own duration is over. At once would make a client
//!   with two loops spin, never would hang it.
//! * A second stream or WebSocket takes over; the first one is ended as soon as its last write is settled. What it still says
//!   is dropped. If the name is the same there is no second `1::`, which would raise `connect` twice in the page.
//! * A WebSocket or stream that ends before it could say `1::` never was: the session stays issued, or away, and the client
//!   tries something else.
//! * A POST never changes the receiver, whatever transport its path names.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{Method, Request, Response};
use longwire_codec::Outbound;

use super::config::Config;
use super::heartbeat::Heartbeat;
use super::receiver::Receiver;
use super::retired::Retired;
use super::transport::{self, Lifetime};
use super::writing::InFlight;
use super::{DISCONNECT, answers};
use crate::outbox::Outbox;
use crate::queue::Queue;
use crate::timers::{TimerName, Timers};
use crate::{Body, Chunk, CloseReason, Delivery, Event, ExchangeId, Input, Output, SendError, Session};

/// See the [module](self).
///
/// What every write looks at stands together at the beginning, in this order: in a broadcast to a thousand sessions, each line
/// of memory that has to be fetched for one of them is some percent of what it costs.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Rev1Session {
    pub(super) receiver: Option<Receiver>,
    pub(super) in_flight: Option<InFlight>,
    pub(super) phase: Phase,
    pub(super) heartbeat: Heartbeat,
    /// The transport on which `1::` was said last.
    pub(super) announced: Option<&'static str>,
    pub(super) outbox: Outbox,
    /// Boxed, because an idle session has none, and a few of them are a kilobyte.
    outputs: Queue<Box<Output>>,
    pub(super) timers: Timers<Timer, 7>,
    pub(super) config: Arc<Config>,
    /// The transport in use, or used last.
    pub(super) transport: Option<&'static str>,
    /// Replaced exchanges that are not ended yet.
    pub(super) retired: Vec<Retired>,
}

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No transport came so far.
    Issued,
    /// Open or away.
    Live,
    /// The application was told; last words are on their way.
    Leaving(CloseReason),
    /// Only [`Output::Forget`] is left.
    Over,
    /// Nothing is.
    Forgotten,
}

/// The timers; the [module](self) says what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    OpenLimit,
    PollDuration,
    Superseded,
    Heartbeat,
    HeartbeatTimeout,
    CloseTimeout,
    Farewell,
}

impl TimerName<7> for Timer {
    const ALL: [Self; 7] = [
        Self::OpenLimit,
        Self::PollDuration,
        Self::Superseded,
        Self::Heartbeat,
        Self::HeartbeatTimeout,
        Self::CloseTimeout,
        Self::Farewell,
    ];

    fn index(self) -> usize {
        self as usize
    }
}

impl Rev1Session {
    /// A session whose handshake was answered.
    pub(super) fn new(now: Instant, config: Arc<Config>) -> Self {
        let mut timers = Timers::new();
        timers.set(Timer::OpenLimit, now + config.open_limit);
        Self {
            phase: Phase::Issued,
            timers,
            outbox: Outbox::new(config.outbox_limits()),
            receiver: None,
            retired: Vec::new(),
            in_flight: None,
            announced: None,
            transport: None,
            heartbeat: Heartbeat::Idle,
            outputs: Queue::new(),
            config,
        }
    }

    /// The client is there: the application hears of it the first time.
    pub(super) fn go_live(&mut self) {
        if self.phase == Phase::Issued {
            self.phase = Phase::Live;
            self.timers.stop(Timer::OpenLimit);
            self.output(Output::Event(Event::Open));
        }
    }

    /// Whether the end was told, so that nothing is taken or told any more.
    pub(super) fn is_ending(&self) -> bool {
        match self.phase {
            Phase::Issued | Phase::Live => false,
            Phase::Leaving(_) | Phase::Over | Phase::Forgotten => true,
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
        let Some(transport) = transport::find(name) else {
            if name == DISCONNECT {
                self.disconnect_request(now, exchange, &head);
            } else {
                self.respond_whole(exchange, answers::bad_request(&self.config, &head, "transport not supported"));
            }
            return;
        };
        if head.method == Method::POST && transport.lifetime() != Lifetime::WebSocket {
            self.post(now, exchange, transport, &head, body);
        } else if head.method != Method::GET {
            self.respond_whole(exchange, answers::bad_method(&self.config, &head));
        } else if self.is_ending() {
            self.turn_away(exchange, transport, &head);
        } else {
            self.attach_receiver(now, exchange, transport, &head);
        }
    }

    fn on_timer(&mut self, now: Instant, timer: Timer) {
        match timer {
            Timer::PollDuration => self.on_poll_over(now),
            Timer::Superseded => self.on_superseded_over(now),
            Timer::Heartbeat => self.on_heartbeat_due(now),
            Timer::HeartbeatTimeout => self.end(now, CloseReason::HeartbeatTimeout),
            Timer::OpenLimit | Timer::CloseTimeout => self.end(now, CloseReason::CloseTimeout),
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
        self.outputs.push_back(Box::new(output));
    }
}

impl Session for Rev1Session {
    fn handle_input(&mut self, now: Instant, input: Input) {
        if self.phase == Phase::Forgotten {
            return;
        }
        match input {
            Input::Attach { exchange, transport, request } => self.attach(now, exchange, transport, request),
            Input::Message { exchange, payload } => self.message(now, exchange, &payload),
            // Clients of revision 1 give their signs of life as packets.
            Input::Alive { .. } => {}
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
        self.outbox.push(message)
    }

    fn close(&mut self, now: Instant, reason: CloseReason) {
        self.end(now, reason);
    }

    fn poll_output(&mut self, now: Instant) -> Option<Output> {
        if self.outputs.is_empty() {
            if let Some(output) = self.pump(now) {
                return Some(output);
            }
        }
        let output = self.outputs.pop_front().map(|output| *output);
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
}
