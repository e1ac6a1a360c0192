//! Sessions without sockets: what a driver does with a state machine, and nothing else.
//!
//! Time stands still, so no timer ever fires.

use std::time::Instant;

use bytes::Bytes;
use http::Request;
use longwire_codec::{Outbound, Payload};
use longwire_transport::socketio_rev1::Rev1;
use longwire_transport::{Body, Chunk, Delivery, Event, ExchangeId, Input, Output, Protocol, Session, SessionId};

use crate::requests::Draft;

/// The id of every session here; machines do not know theirs.
pub const ID: &str = "Yqx-8sOUK_gb5IZcXpHUYqx-8sO";

const XHR_POLLING: &str = "xhr-polling";

/// One open session.
#[derive(Debug)]
pub struct Machine {
    session: Box<dyn Session>,
    now: Instant,
    /// The WebSocket, or the poll that is held.
    receiver: ExchangeId,
    last_exchange: u64,
}

impl Machine {
    fn new(protocol: &Rev1) -> Self {
        let now = Instant::now();
        Self { session: protocol.open(now, &SessionId::new(ID)), now, receiver: ExchangeId(0), last_exchange: 0 }
    }

    /// A session on a WebSocket that has been told `1::`.
    #[must_use]
    pub fn websocket(protocol: &Rev1) -> Self {
        let mut machine = Self::new(protocol);
        machine.receiver = machine.attach("websocket", Draft::upgrade(ID).to_request());
        machine.response();
        machine.written(machine.receiver);
        assert!(matches!(machine.next(), Some(Output::Event(Event::Open))), "a new session opens");
        machine.chunk();
        machine.written(machine.receiver);
        machine.settle();
        machine
    }

    /// A session on xhr-polling that has been told `1::` and holds a poll.
    #[must_use]
    pub fn polling(protocol: &Rev1) -> Self {
        let mut machine = Self::new(protocol);
        let first = machine.attach(XHR_POLLING, Draft::poll(ID).to_request());
        assert!(matches!(machine.next(), Some(Output::Event(Event::Open))), "a new session opens");
        machine.response();
        machine.written(first);
        machine.hold(Draft::poll(ID).to_request());
        machine
    }

    /// A message arrives on the WebSocket, the application sends it back, and it is written.
    pub fn echo_on_websocket(&mut self, message: Payload) -> Chunk {
        self.session.handle_input(self.now, Input::Message { exchange: self.receiver, payload: message });
        let message = self.message();
        self.settle();
        self.send(&message);
        let chunk = self.chunk();
        self.settle();
        self.written(self.receiver);
        self.settle();
        chunk
    }

    /// A message arrives in a POST, the application sends it back, it answers the poll that is held, and the next poll comes.
    pub fn echo_on_polling(&mut self, post: Request<Bytes>, poll: Request<Bytes>) -> Chunk {
        let post = self.attach(XHR_POLLING, post);
        self.response();
        let message = self.message();
        self.settle();
        self.written(post);
        self.settle();
        let chunk = self.answer_poll(&message);
        self.hold(poll);
        chunk
    }

    /// A message for the WebSocket is sent and written.
    pub fn write(&mut self, message: &Outbound) -> Chunk {
        self.send(message);
        let chunk = self.chunk();
        self.settle();
        self.written(self.receiver);
        self.settle();
        chunk
    }

    /// A message answers the poll that is held. [`hold`](Self::hold) brings the next one.
    pub fn answer_poll(&mut self, message: &Outbound) -> Chunk {
        self.send(message);
        let body = self.response();
        self.settle();
        self.written(self.receiver);
        self.settle();
        match body {
            Body::Whole(chunk) => chunk,
            Body::Stream(_) | Body::WebSocket(_) => panic!("a poll is answered as a whole"),
        }
    }

    /// A poll comes and is held.
    pub fn hold(&mut self, poll: Request<Bytes>) {
        self.receiver = self.attach(XHR_POLLING, poll);
        self.settle();
    }

    fn attach(&mut self, transport: &'static str, request: Request<Bytes>) -> ExchangeId {
        self.last_exchange += 1;
        let exchange = ExchangeId(self.last_exchange);
        self.session.handle_input(self.now, Input::Attach { exchange, transport, request });
        exchange
    }

    fn send(&mut self, message: &Outbound) {
        self.session.send(self.now, message, Delivery::Reliable).expect("there is room");
    }

    fn written(&mut self, exchange: ExchangeId) {
        self.session.handle_input(self.now, Input::Written { exchange });
    }

    fn next(&mut self) -> Option<Output> {
        self.session.poll_output(self.now)
    }

    /// The message that the application is told of.
    fn message(&mut self) -> Outbound {
        match self.next() {
            Some(Output::Event(Event::Packet(packet))) => packet.into(),
            other => panic!("a message was expected, not {other:?}"),
        }
    }

    fn chunk(&mut self) -> Chunk {
        match self.next() {
            Some(Output::Write { chunk, .. }) => chunk,
            other => panic!("a write was expected, not {other:?}"),
        }
    }

    fn response(&mut self) -> Body {
        match self.next() {
            Some(Output::Respond { response, .. }) => response.into_body(),
            other => panic!("a response was expected, not {other:?}"),
        }
    }

    /// The end of a drain: nothing more is wanted, and the driver asks for the next deadline.
    fn settle(&mut self) {
        assert!(self.next().is_none(), "everything was done");
        assert!(self.session.poll_timeout().is_some(), "a session always has a deadline");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn an_echo_is_what_was_said() {
        let protocol = Rev1::default();
        let said = Payload::from(samples::EVENT);
        for _ in 0..3 {
            let mut machine = Machine::websocket(&protocol);
            let written = machine.echo_on_websocket(said.clone()).to_bytes();
            assert_eq!(&written[2..], samples::EVENT.as_bytes());
        }
        let mut machine = Machine::polling(&protocol);
        for _ in 0..3 {
            let (post, poll) = (Draft::post(ID, samples::EVENT).to_request(), Draft::poll(ID).to_request());
            assert_eq!(machine.echo_on_polling(post, poll).to_bytes(), samples::EVENT);
        }
    }

    #[test]
    fn a_broadcast_is_one_frame_for_all() {
        let protocol = Rev1::default();
        let broadcast = samples::broadcast();
        let frames = [(); 2].map(|()| Machine::websocket(&protocol).write(&broadcast));
        assert_eq!(frames[0].pieces()[0].as_ptr(), frames[1].pieces()[0].as_ptr());
    }
}
