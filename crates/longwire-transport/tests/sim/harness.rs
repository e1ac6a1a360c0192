//! A driver and a client in one: it attaches requests, takes outputs, reads the wire, and checks the interface.

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response, response};
use longwire_codec::socketio_rev1::Packet;
use longwire_codec::websocket::Accept;
use longwire_transport::socketio_rev1::{Config, Rev1};
use longwire_transport::{
    Body, CloseReason, Delivery, Event, ExchangeId, Gone, Input, Output, Protocol, Refusal, Route, SendError, Session,
    SessionId,
};

pub(crate) use crate::requests::{SID, body, config, get, head, seconds, text, upgrade, upgrade_76};
use crate::wire::{read_frames, read_piece, read_poll};

/// A session with its exchanges, and the clock.
#[derive(Debug)]
pub(crate) struct Sim {
    pub(crate) protocol: Rev1,
    pub(crate) now: Instant,
    pub(crate) session: Box<dyn Session>,
    /// Whether every write is taken by the socket at once.
    pub(crate) auto_write: bool,
    start: Instant,
    skipped: u64,
    exchanges: BTreeMap<ExchangeId, Exchange>,
    events: Vec<String>,
    life: Life,
}

/// One exchange as its driver sees it.
#[derive(Debug)]
struct Exchange {
    transport: &'static str,
    head: Option<response::Parts>,
    kind: Kind,
    /// What was handed out, in order.
    pieces: Vec<Bytes>,
    /// How many of these [`Sim::heard`] has read.
    read: usize,
    outstanding: bool,
    finished: bool,
    gone: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Unanswered,
    Whole,
    Stream,
    WebSocket(Accept),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Issued,
    Open,
    Closed,
    Forgotten,
}

impl Sim {
    pub(crate) fn new(config: Config) -> Self {
        let protocol = Rev1::new(config).expect("a configuration that clients can live with");
        #[expect(clippy::disallowed_methods, reason = "the clock of a test has to start somewhere")]
        let now = Instant::now();
        let session = protocol.open(now, &SessionId::new(SID));
        Self::with_session(protocol, now, session)
    }

    /// The session that a refused exchange gets.
    pub(crate) fn refused(config: Config, why: Refusal) -> Self {
        let protocol = Rev1::new(config).expect("a configuration that clients can live with");
        #[expect(clippy::disallowed_methods, reason = "the clock of a test has to start somewhere")]
        let now = Instant::now();
        let session = protocol.refuse(now, why);
        Self::with_session(protocol, now, session)
    }

    fn with_session(protocol: Rev1, now: Instant, session: Box<dyn Session>) -> Self {
        Self {
            protocol,
            now,
            session,
            auto_write: true,
            start: now,
            skipped: 0,
            exchanges: BTreeMap::new(),
            events: Vec::new(),
            life: Life::Issued,
        }
    }

    /// A session that is open on a transport and has said `1::` there; the client has read it.
    pub(crate) fn open(config: Config, transport: &str) -> (Self, ExchangeId) {
        let mut sim = Self::new(config);
        let exchange = sim.connect(transport);
        assert_eq!(sim.heard(exchange), ["1::"]);
        assert_eq!(sim.events(), ["open"]);
        let is_poll = transport.ends_with("-polling");
        let exchange = if is_poll { sim.connect(transport) } else { exchange };
        (sim, exchange)
    }

    /// A GET or upgrade on a transport.
    pub(crate) fn connect(&mut self, transport: &str) -> ExchangeId {
        let request = if transport.ends_with("socket") { upgrade(transport) } else { get(transport) };
        self.request(request.body(Bytes::new()).expect("a request"))
    }

    pub(crate) fn post(&mut self, transport: &str, body: impl Into<Bytes>) -> ExchangeId {
        let request = Request::post(format!("/socket.io/1/{transport}/{SID}?t=1&i=0")).body(body.into());
        self.request(request.expect("a request"))
    }

    /// Posts what has to be taken.
    pub(crate) fn say_by_post(&mut self, transport: &str, body: &str) {
        let exchange = self.post(transport, body.to_owned());
        assert_eq!(self.answer(exchange), (200, "1".to_owned()));
    }

    pub(crate) fn disconnect_request(&mut self) -> ExchangeId {
        let request = Request::get(format!("/socket.io/1//{SID}/?disconnect=1")).body(Bytes::new());
        self.request(request.expect("a request"))
    }

    /// Routes a request of the session and attaches it.
    pub(crate) fn request(&mut self, request: Request<Bytes>) -> ExchangeId {
        let (head, body) = request.into_parts();
        match self.protocol.route(&head) {
            Route::Join { id, transport, create: false } => {
                assert_eq!(id.as_str(), SID);
                self.attach(transport, Request::from_parts(head, body))
            }
            other => panic!("{} is no request of the session: {other:?}", head.uri),
        }
    }

    pub(crate) fn attach(&mut self, transport: &'static str, request: Request<Bytes>) -> ExchangeId {
        let exchange = ExchangeId(self.exchanges.len() as u64 + self.skipped + 1);
        self.exchanges.insert(exchange, Exchange::new(transport));
        self.input(Input::Attach { exchange, transport, request });
        exchange
    }

    /// Lets another session have the next number.
    pub(crate) fn skip_exchange(&mut self) {
        self.skipped += 1;
    }

    /// A text message of the client on a WebSocket.
    pub(crate) fn say(&mut self, exchange: ExchangeId, message: &str) {
        self.input(Input::Message { exchange, payload: message.into() });
    }

    pub(crate) fn written(&mut self, exchange: ExchangeId) {
        let state = self.exchange_mut(exchange);
        assert!(state.outstanding, "nothing is outstanding on {exchange:?}");
        state.outstanding = false;
        self.input(Input::Written { exchange });
    }

    pub(crate) fn detach(&mut self, exchange: ExchangeId, cause: Gone) {
        let state = self.exchange_mut(exchange);
        assert!(!state.is_over() || state.outstanding && !state.finished, "{exchange:?} is over already");
        state.gone = true;
        state.outstanding = false;
        self.input(Input::Detach { exchange, cause });
    }

    /// Hands in something and takes what comes out.
    pub(crate) fn input(&mut self, input: Input) {
        self.session.handle_input(self.now, input);
        self.drain();
    }

    /// Sends in a turn of its own.
    pub(crate) fn send(&mut self, message: &str) {
        self.queue(message).expect("there is room");
        self.drain();
    }

    /// Sends and does not end the turn.
    pub(crate) fn queue(&mut self, message: &str) -> Result<(), SendError> {
        self.session.send(self.now, &text(message), Delivery::Reliable)
    }

    pub(crate) fn queue_volatile(&mut self, message: &str) -> Result<(), SendError> {
        self.session.send(self.now, &text(message), Delivery::Volatile)
    }

    pub(crate) fn close(&mut self, reason: CloseReason) {
        self.session.close(self.now, reason);
        self.drain();
    }

    /// Lets time pass, from deadline to deadline.
    pub(crate) fn advance(&mut self, time: f64) {
        let end = self.now + seconds(time);
        while let Some(deadline) = self.session.poll_timeout().filter(|deadline| *deadline <= end) {
            self.now = deadline.max(self.now);
            self.timeout();
        }
        self.now = end;
    }

    /// Jumps to the next deadline.
    pub(crate) fn jump(&mut self) {
        let deadline = self.session.poll_timeout().expect("a session that is not over has a deadline");
        self.now = deadline.max(self.now);
        self.timeout();
    }

    fn timeout(&mut self) {
        self.session.handle_timeout(self.now);
        self.drain();
        let next = self.session.poll_timeout();
        assert!(next.is_none_or(|next| next > self.now), "a deadline stays in the past: {:?}", self.session);
    }

    /// Seconds since the beginning.
    pub(crate) fn clock(&self) -> f64 {
        (self.now - self.start).as_secs_f64()
    }

    /// What the application heard since the last call: `open`, packets as they are spelt, `writable`, `closed: REASON`.
    pub(crate) fn events(&mut self) -> Vec<String> {
        std::mem::take(&mut self.events)
    }

    pub(crate) fn is_forgotten(&self) -> bool {
        self.life == Life::Forgotten
    }

    /// The packets that an exchange has carried since the last call.
    pub(crate) fn heard(&mut self, exchange: ExchangeId) -> Vec<String> {
        let state = self.exchange_mut(exchange);
        let pieces = state.pieces[state.read..].to_vec();
        state.read = state.pieces.len();
        match &state.kind {
            _ if pieces.is_empty() => vec![],
            Kind::Unanswered => vec![],
            Kind::Whole => read_poll(state.transport, &pieces.concat()),
            Kind::Stream => pieces.iter().filter_map(|piece| read_piece(state.transport, piece)).collect(),
            Kind::WebSocket(accept) => read_frames(accept.framing, &pieces.concat()),
        }
    }

    /// Status and body of an answer.
    pub(crate) fn answer(&self, exchange: ExchangeId) -> (u16, String) {
        let body = self.exchange(exchange).pieces.concat();
        (self.head(exchange).status.as_u16(), String::from_utf8(body).expect("text"))
    }

    pub(crate) fn head(&self, exchange: ExchangeId) -> &response::Parts {
        self.exchange(exchange).head.as_ref().expect("an answer")
    }

    /// What a WebSocket agreed on.
    pub(crate) fn accept(&self, exchange: ExchangeId) -> &Accept {
        match &self.exchange(exchange).kind {
            Kind::WebSocket(accept) => accept,
            Kind::Unanswered | Kind::Whole | Kind::Stream => panic!("{exchange:?} is no WebSocket"),
        }
    }

    pub(crate) fn pieces(&self, exchange: ExchangeId) -> &[Bytes] {
        &self.exchange(exchange).pieces
    }

    pub(crate) fn is_answered(&self, exchange: ExchangeId) -> bool {
        self.exchange(exchange).kind != Kind::Unanswered
    }

    /// Whether the exchange is over, by either side.
    pub(crate) fn is_finished(&self, exchange: ExchangeId) -> bool {
        self.exchange(exchange).is_over()
    }

    /// Whether the session waits to hear of a write.
    pub(crate) fn is_outstanding(&self, exchange: ExchangeId) -> bool {
        let state = self.exchange(exchange);
        state.outstanding && !state.finished
    }

    pub(crate) fn is_websocket(&self, exchange: ExchangeId) -> bool {
        matches!(self.exchange(exchange).kind, Kind::WebSocket(_))
    }

    /// Takes all outputs, as the end of a turn.
    pub(crate) fn drain(&mut self) {
        loop {
            while let Some(output) = self.session.poll_output(self.now) {
                self.take(output);
            }
            let is_forgotten = self.life == Life::Forgotten;
            assert_eq!(self.session.poll_timeout().is_none(), is_forgotten, "{:?}", self.session);
            let outstanding = self.exchanges.iter().find(|(_, state)| state.outstanding && !state.finished);
            let Some((&exchange, _)) = outstanding.filter(|_| self.auto_write) else { return };
            self.exchange_mut(exchange).outstanding = false;
            self.session.handle_input(self.now, Input::Written { exchange });
        }
    }

    fn take(&mut self, output: Output) {
        assert_ne!(self.life, Life::Forgotten, "{output:?} comes behind the last output");
        match output {
            Output::Respond { exchange, response } => self.take_response(exchange, response),
            Output::Write { exchange, chunk } => {
                let state = self.exchange_mut(exchange);
                assert!(matches!(state.kind, Kind::Stream | Kind::WebSocket(_)), "{state:?} takes no writes");
                assert!(!state.outstanding, "a second write is outstanding: {chunk:?}");
                assert!(!chunk.is_empty(), "an empty write");
                state.may_be_used();
                state.outstanding = true;
                state.pieces.extend(chunk);
            }
            Output::Finish { exchange } => {
                let state = self.exchange_mut(exchange);
                assert!(matches!(state.kind, Kind::Stream | Kind::WebSocket(_)), "{state:?} ends by itself");
                state.may_be_used();
                state.finished = true;
            }
            Output::Event(event) => self.take_event(event),
            Output::Forget => {
                assert_ne!(self.life, Life::Open, "the application was not told of the end");
                for (exchange, state) in &self.exchanges {
                    assert!(state.is_over(), "{exchange:?} is left hanging: {state:?}");
                }
                self.life = Life::Forgotten;
            }
        }
    }

    fn take_response(&mut self, exchange: ExchangeId, response: Response<Body>) {
        let state = self.exchange_mut(exchange);
        assert_eq!(state.kind, Kind::Unanswered, "a second response");
        state.may_be_used();
        state.outstanding = true;
        let (head, body) = response.into_parts();
        match body {
            Body::Whole(chunk) => {
                let length = head.headers.get("content-length").map(|length| length.to_str().unwrap().to_owned());
                assert_eq!(length, Some(chunk.len().to_string()), "{head:?}");
                state.kind = Kind::Whole;
                state.pieces.extend(chunk);
            }
            Body::Stream(chunk) => {
                state.kind = Kind::Stream;
                state.pieces.extend(chunk);
            }
            Body::WebSocket(accept) => state.kind = Kind::WebSocket(accept),
        }
        state.head = Some(head);
    }

    fn take_event(&mut self, event: Event) {
        let (told, before, after) = match event {
            Event::Open => ("open".to_owned(), Life::Issued, Life::Open),
            Event::Packet(packet) => (Packet::from_neutral(&packet).encode().to_string(), Life::Open, Life::Open),
            Event::Writable => ("writable".to_owned(), Life::Open, Life::Open),
            Event::Closed(reason) => (format!("closed: {reason}"), Life::Open, Life::Closed),
            other => panic!("{other:?} is no event of revision 1"),
        };
        assert_eq!(self.life, before, "{told}");
        self.life = after;
        self.events.push(told);
    }

    fn exchange(&self, exchange: ExchangeId) -> &Exchange {
        &self.exchanges[&exchange]
    }

    fn exchange_mut(&mut self, exchange: ExchangeId) -> &mut Exchange {
        self.exchanges.get_mut(&exchange).expect("an exchange that was attached")
    }
}

impl Exchange {
    fn new(transport: &'static str) -> Self {
        Self {
            transport,
            head: None,
            kind: Kind::Unanswered,
            pieces: Vec::new(),
            read: 0,
            outstanding: false,
            finished: false,
            gone: false,
        }
    }

    fn is_over(&self) -> bool {
        self.gone || self.finished || self.kind == Kind::Whole
    }

    fn may_be_used(&self) {
        assert!(!self.is_over(), "{self:?} is over");
    }
}
