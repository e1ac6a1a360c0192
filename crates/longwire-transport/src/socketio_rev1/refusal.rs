//! A session that is none: it tells one exchange, in the words of its transport, that nobody knows its id.
//!
//! The client then makes a new handshake, which is what a server that cannot serve it wants as well. Clients up to 0.9.3 ask again at once and spin, so an id that was refused a moment
//! ago is held for one to three seconds. One thing is always answered as if all were well: a POST that says `0::`. A client
//! that was told to reconnect says so to the session it lost, and takes any other answer for an error of its *new* session.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use longwire_codec::Outbound;
use longwire_codec::socketio_rev1::{Body as PacketBody, Limits, Packet};
use longwire_codec::websocket::CloseCode;

use super::config::Config;
use super::incoming::read_post;
use super::transport::{self, Dressing, Lifetime, Transport, poll_answer, post_answer, stream_answer};
use super::writing::RECONNECT;
use super::{DISCONNECT, answers};
use crate::{Body, Chunk, CloseReason, Delivery, ExchangeId, Input, Output, Refusal, SendError, Session};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct RefusedSession {
    config: Arc<Config>,
    why: Refusal,
    state: State,
    /// When this ends, whatever happens.
    due: Instant,
    transport: Option<&'static str>,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    /// The exchange is not there yet.
    Waiting,
    /// A poll that is made to wait.
    Held(ExchangeId, &'static dyn Transport, Dressing),
    /// A WebSocket that has to be opened in order to be told.
    Opening(ExchangeId, &'static dyn Transport, Dressing),
    Over,
    Forgotten,
}

impl RefusedSession {
    pub(super) fn new(now: Instant, config: Arc<Config>, why: Refusal) -> Self {
        let due = now + config.farewell_limit;
        Self { config, why, state: State::Waiting, due, transport: None, outputs: VecDeque::new() }
    }

    fn attach(&mut self, now: Instant, exchange: ExchangeId, name: &'static str, request: Request<Bytes>) {
        let (head, body) = request.into_parts();
        let is_second = !matches!(self.state, State::Waiting);
        if !is_second {
            self.state = State::Over;
            self.transport = Some(name);
        }
        let transport = transport::find(name);
        let response = match transport {
            None if name == DISCONNECT => answers::disconnected(&self.config.origins.cors(&head.headers)),
            None => answers::bad_request(&self.config, &head, "transport not supported"),
            Some(_) if is_second => answers::unavailable(&self.config, &head),
            Some(transport) if head.method == Method::POST => self.answer_post(transport, &head, body),
            Some(transport) => return self.answer_get(now, exchange, transport, &head),
        };
        self.respond(exchange, response.map(Body::Whole));
    }

    fn answer_post(&self, transport: &dyn Transport, head: &Parts, body: Bytes) -> Response<Chunk> {
        let packets = read_post(transport, body, self.config.payload_packets).unwrap_or_default();
        let limits = Limits { json_depth: self.config.json_depth };
        let says_goodbye = packets.iter().any(|text| {
            let packet = Packet::decode(text, limits);
            packet.is_ok_and(|packet| packet.endpoint.is_empty() && packet.body == PacketBody::Disconnect)
        });
        if says_goodbye {
            return post_answer(transport, &self.config.origins.cors(&head.headers), StatusCode::OK);
        }
        match self.why {
            Refusal::UnknownSession { .. } | Refusal::Ended => {
                post_answer(transport, &self.config.origins.cors(&head.headers), StatusCode::BAD_REQUEST)
            }
            Refusal::Unavailable => answers::unavailable(&self.config, head),
        }
    }

    fn answer_get(&mut self, now: Instant, exchange: ExchangeId, transport: &'static dyn Transport, head: &Parts) {
        let mut dressing = Dressing::new(transport, head, &self.config);
        match transport.lifetime() {
            Lifetime::Poll => {
                self.state = State::Held(exchange, transport, dressing);
                match self.why {
                    Refusal::UnknownSession { again: true } => self.due = now + pause(exchange),
                    Refusal::UnknownSession { again: false } | Refusal::Ended | Refusal::Unavailable => self.cut(),
                }
            }
            Lifetime::Stream => {
                self.respond(exchange, stream_answer(transport, &dressing, &[&RECONNECT]));
                self.outputs.push_back(Output::Finish { exchange });
            }
            Lifetime::WebSocket => match self.config.upgrades().accept(head) {
                Ok((response, accept)) => {
                    dressing.framing = accept.framing;
                    self.state = State::Opening(exchange, transport, dressing);
                    self.due = now + self.config.farewell_limit;
                    self.respond(exchange, response.map(|()| Body::WebSocket(accept)));
                }
                Err(error) => self.respond(exchange, answers::bad_upgrade(&error).map(Body::Whole)),
            },
        }
    }

    /// The WebSocket is open: say it, and close.
    fn opened(&mut self) {
        if let State::Opening(exchange, transport, dressing) = std::mem::replace(&mut self.state, State::Over) {
            let mut chunk = Chunk::new();
            transport.wrap(&dressing, &[&RECONNECT], &mut chunk);
            chunk.push(dressing.framing.close(Some(CloseCode::NORMAL), ""));
            self.outputs.push_back(Output::Write { exchange, chunk });
            self.outputs.push_back(Output::Finish { exchange });
        }
    }

    /// Ends whatever is left.
    fn cut(&mut self) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Held(exchange, transport, dressing) => {
                self.respond(exchange, poll_answer(transport, &dressing, &[&RECONNECT]));
            }
            State::Opening(exchange, ..) => self.outputs.push_back(Output::Finish { exchange }),
            State::Waiting | State::Over | State::Forgotten => {}
        }
    }

    fn is_held(&self, exchange: ExchangeId) -> bool {
        matches!(&self.state, State::Held(own, ..) if *own == exchange)
    }

    fn is_opening(&self, exchange: ExchangeId) -> bool {
        matches!(&self.state, State::Opening(own, ..) if *own == exchange)
    }

    fn respond(&mut self, exchange: ExchangeId, response: Response<Body>) {
        self.outputs.push_back(Output::Respond { exchange, response });
    }
}

impl Session for RefusedSession {
    fn handle_input(&mut self, now: Instant, input: Input) {
        if matches!(self.state, State::Forgotten) {
            return;
        }
        match input {
            Input::Attach { exchange, transport, request } => self.attach(now, exchange, transport, request),
            Input::Written { exchange } if self.is_opening(exchange) => self.opened(),
            Input::Detach { exchange, .. } if self.is_held(exchange) || self.is_opening(exchange) => {
                self.state = State::Over;
            }
            Input::Message { .. } | Input::Alive { .. } | Input::Written { .. } | Input::Detach { .. } => {}
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if now >= self.due && !matches!(self.state, State::Forgotten) {
            self.cut();
        }
    }

    fn send(&mut self, _now: Instant, _message: &Outbound, _delivery: Delivery) -> Result<(), SendError> {
        Err(SendError::Closed)
    }

    fn close(&mut self, _now: Instant, _reason: CloseReason) {
        if !matches!(self.state, State::Forgotten) {
            self.cut();
        }
    }

    fn poll_output(&mut self, _now: Instant) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        if matches!(self.state, State::Over) {
            self.state = State::Forgotten;
            return Some(Output::Forget);
        }
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Waiting | State::Held(..) | State::Opening(..) => Some(self.due),
            State::Over | State::Forgotten => None,
        }
    }

    fn transport(&self) -> Option<&'static str> {
        self.transport
    }
}

/// How long a spinning client is held: one to three seconds, spread by what differs from request to request.
fn pause(exchange: ExchangeId) -> Duration {
    let spread = exchange.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    Duration::from_millis(1000 + spread % 2001)
}
