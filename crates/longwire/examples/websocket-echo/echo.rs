//! The protocol of the example: every WebSocket is a session of its own, which says what it hears.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use longwire::http::request::Parts;
use longwire::http::{Response, StatusCode};
use longwire::longwire_codec::websocket::{CloseCode, Framing, Handshake, handshake};
use longwire::longwire_codec::{Outbound, Payload};
use longwire::longwire_transport::{
    Body, Chunk, Delivery, ExchangeId, Input, Output, Protocol, Refusal, Rejection, Route, Session, SessionId,
};
use longwire::{Bytes, CloseReason, PeerInfo, SendError};

/// How long a connection may be silent.
const IDLE_LIMIT: Duration = Duration::from_secs(120);
/// How many bytes may wait for a client that says more than it reads. One message may be larger.
const BACKLOG: usize = 32 << 20;

/// The protocol.
#[derive(Debug)]
pub(crate) struct Echo;

impl Protocol for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn route(&self, head: &Parts) -> Route {
        if !handshake::is_upgrade(head) {
            return Route::NotMine;
        }
        match Handshake::parse(head) {
            Ok(_) => Route::Open { transport: "websocket" },
            Err(error) => Route::Answer(error.refusal().map(|_| Chunk::new())),
        }
    }

    fn accept(&self, _id: &SessionId, _head: &Parts) -> Response<Chunk> {
        // Nothing is routed as a handshake.
        refusal(StatusCode::NOT_FOUND)
    }

    fn reject(&self, _head: &Parts, why: Rejection) -> Response<Chunk> {
        refusal(match why {
            Rejection::Unauthorized => StatusCode::FORBIDDEN,
            Rejection::AuthorizationFailed => StatusCode::INTERNAL_SERVER_ERROR,
            Rejection::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Rejection::TooLarge | Rejection::TooSlow | Rejection::BadBody | _ => StatusCode::BAD_REQUEST,
        })
    }

    fn open(&self, now: Instant, _id: &SessionId) -> Box<dyn Session> {
        Box::new(EchoSession::new(now))
    }

    fn refuse(&self, now: Instant, _why: Refusal) -> Box<dyn Session> {
        let mut session = EchoSession::new(now);
        session.refuses = true;
        Box::new(session)
    }

    fn open_limit(&self) -> Duration {
        IDLE_LIMIT
    }
}

fn refusal<B: Default>(status: StatusCode) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = status;
    response
}

/// One WebSocket. It tells the application nothing, so there are no events among its outputs.
#[derive(Debug)]
struct EchoSession {
    refuses: bool,
    receiver: Option<Receiver>,
    outputs: VecDeque<Output>,
    /// Frames that wait for the one that is being written.
    waiting: VecDeque<Bytes>,
    /// None when the session is over.
    deadline: Option<Instant>,
}

#[derive(Debug)]
struct Receiver {
    exchange: ExchangeId,
    framing: Framing,
    /// Something is being written, the 101 to begin with.
    busy: bool,
}

impl EchoSession {
    fn new(now: Instant) -> Self {
        let deadline = Some(now + IDLE_LIMIT);
        Self { refuses: false, receiver: None, outputs: VecDeque::new(), waiting: VecDeque::new(), deadline }
    }

    fn attach(&mut self, exchange: ExchangeId, head: &Parts) {
        let handshake = Handshake::parse(head).ok().filter(|_| !self.refuses && self.receiver.is_none());
        let Some(handshake) = handshake else {
            let response = refusal(StatusCode::SERVICE_UNAVAILABLE).map(|()| Body::Whole(Chunk::new()));
            self.outputs.push_back(Output::Respond { exchange, response });
            return self.end();
        };
        let secure = head.extensions.get::<PeerInfo>().is_some_and(|peer| peer.secure);
        let (response, accept) = handshake.accept(secure, None);
        self.receiver = Some(Receiver { exchange, framing: accept.framing, busy: true });
        self.outputs.push_back(Output::Respond { exchange, response: response.map(|()| Body::WebSocket(accept)) });
    }

    fn message(&mut self, now: Instant, payload: &Payload) {
        let Some(receiver) = &self.receiver else { return };
        let frame = match payload {
            Payload::Text(text) => Some(receiver.framing.text(text)),
            Payload::Binary(bytes) => receiver.framing.binary(bytes),
        };
        self.waiting.extend(frame);
        let queued: usize = self.waiting.iter().map(Bytes::len).sum();
        if self.waiting.len() > 1 && queued > BACKLOG {
            self.close(now, CloseReason::Backlog);
        }
    }

    fn end(&mut self) {
        if self.deadline.take().is_some() {
            self.receiver = None;
            self.outputs.push_back(Output::Forget);
        }
    }
}

impl Session for EchoSession {
    fn handle_input(&mut self, now: Instant, input: Input) {
        if self.deadline.is_none() {
            return;
        }
        self.deadline = Some(now + IDLE_LIMIT);
        match input {
            Input::Attach { exchange, request, .. } => self.attach(exchange, &request.into_parts().0),
            Input::Message { payload, .. } => self.message(now, &payload),
            Input::Written { .. } => {
                if let Some(receiver) = &mut self.receiver {
                    receiver.busy = false;
                }
            }
            Input::Alive { .. } => {}
            Input::Detach { .. } => self.end(),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.close(now, CloseReason::HeartbeatTimeout);
        }
    }

    fn send(&mut self, _now: Instant, _message: &Outbound, _delivery: Delivery) -> Result<(), SendError> {
        // The application never heard of this session.
        Err(SendError::Closed)
    }

    fn close(&mut self, _now: Instant, _reason: CloseReason) {
        if let Some(Receiver { exchange, framing, busy }) = self.receiver.take() {
            if !busy {
                let chunk = framing.close(Some(CloseCode::GOING_AWAY), "").into();
                self.outputs.push_back(Output::Write { exchange, chunk });
            }
            self.outputs.push_back(Output::Finish { exchange });
        }
        self.end();
    }

    fn poll_output(&mut self, _now: Instant) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let receiver = self.receiver.as_mut().filter(|receiver| !receiver.busy && !self.waiting.is_empty())?;
        receiver.busy = true;
        let mut chunk = Chunk::new();
        self.waiting.drain(..).for_each(|frame| chunk.push(frame));
        Some(Output::Write { exchange: receiver.exchange, chunk })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.deadline
    }

    fn transport(&self) -> Option<&'static str> {
        self.receiver.as_ref().map(|_| "websocket")
    }
}
