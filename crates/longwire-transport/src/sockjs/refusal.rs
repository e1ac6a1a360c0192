//! A session that is none: it tells one exchange, in the words of its transport, that there is no session for it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use longwire_codec::Outbound;
use longwire_codec::websocket::Framing;

use super::config::Config;
use super::receiver::INTERRUPTED;
use super::transport::{self, Dressing, Lifetime, Transport, poll_answer, stream_answer};
use super::{answers, sender};
use crate::{Body, Chunk, CloseReason, Delivery, ExchangeId, Input, Output, Refusal, Rejection, SendError, Session};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct RefusedSession {
    config: Arc<Config>,
    why: Refusal,
    /// When this ends, if nothing is attached.
    due: Option<Instant>,
    transport: Option<&'static str>,
    outputs: VecDeque<Output>,
    forgotten: bool,
}

impl RefusedSession {
    pub(super) fn new(now: Instant, config: Arc<Config>, why: Refusal) -> Self {
        let due = Some(now + config.disconnect_delay);
        Self { config, why, due, transport: None, outputs: VecDeque::new(), forgotten: false }
    }

    fn attach(&mut self, exchange: ExchangeId, name: &'static str, request: Request<Bytes>) {
        let (head, body) = request.into_parts();
        self.transport = Some(name);
        self.due = None;
        if let Some(sender) = sender::find(name) {
            let response = match sender.read(&head, body, self.config.messages_at_once) {
                Err(error) => sender::refused(sender, &self.config, &head, error),
                Ok(_) if self.why == Refusal::Unavailable => {
                    answers::reject(&self.config, &head, Rejection::Unavailable, sender.has_cors())
                }
                Ok(_) => sender::unknown_session(sender, &self.config, &head),
            };
            return self.respond(exchange, response.map(Body::Whole));
        }
        match transport::find(name) {
            Some(transport) if self.why == Refusal::Unavailable => {
                let rejection = answers::reject(&self.config, &head, Rejection::Unavailable, transport.has_cors());
                self.respond(exchange, rejection.map(Body::Whole));
            }
            Some(transport) if transport.lifetime() != Lifetime::WebSocket => {
                self.interrupt(exchange, transport, &Dressing::of(transport, &head, &self.config));
            }
            Some(_) | None => self.respond(exchange, answers::not_found().map(Body::Whole)),
        }
    }

    /// The session of this id ended a moment ago, or just now. A new one would get what was meant for the old.
    fn interrupt(&mut self, exchange: ExchangeId, transport: &dyn Transport, dressing: &Dressing) {
        let frame = transport.wire().frame(Framing::Rfc6455, &INTERRUPTED);
        if transport.lifetime() == Lifetime::Poll {
            self.respond(exchange, poll_answer(transport, dressing, frame));
        } else {
            self.respond(exchange, stream_answer(transport, dressing, Chunk::from(frame)));
            self.outputs.push_back(Output::Finish { exchange });
        }
    }

    fn respond(&mut self, exchange: ExchangeId, response: Response<Body>) {
        self.outputs.push_back(Output::Respond { exchange, response });
    }
}

impl Session for RefusedSession {
    fn handle_input(&mut self, _now: Instant, input: Input) {
        match input {
            Input::Attach { exchange, transport, request } if !self.forgotten => {
                self.attach(exchange, transport, request);
            }
            Input::Attach { .. }
            | Input::Message { .. }
            | Input::Alive { .. }
            | Input::Written { .. }
            | Input::Detach { .. } => {}
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.due.take_if(|due| *due <= now);
    }

    fn send(&mut self, _now: Instant, _message: &Outbound, _delivery: Delivery) -> Result<(), SendError> {
        Err(SendError::Closed)
    }

    fn close(&mut self, _now: Instant, _reason: CloseReason) {
        self.due = None;
    }

    fn poll_output(&mut self, _now: Instant) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        if self.due.is_none() && !self.forgotten {
            self.forgotten = true;
            return Some(Output::Forget);
        }
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    fn transport(&self) -> Option<&'static str> {
        self.transport
    }
}
