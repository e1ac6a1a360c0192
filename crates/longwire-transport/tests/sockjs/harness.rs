//! A driver, its table of sessions, and the clients, in one: it routes requests, takes outputs, reads the wire, and checks the
//! interface.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::{Method, Request, Response, request, response};
use longwire_codec::websocket::{Accept, CloseCode};
use longwire_codec::{Outbound, Payload};
use longwire_transport::sockjs::{Config, SockJs};
use longwire_transport::{
    Body, Chunk, CloseReason, Delivery, Event, ExchangeId, Gone, Input, Moment, Output, Protocol, Refusal, Route,
    SendError, Session, SessionId,
};

use crate::wire::{read_piece, read_websocket};

/// The session of most tests.
pub(crate) const SID: &str = "abcd1234";

/// Every transport that can be joined, by the last part of its path.
pub(crate) const RECEIVERS: [&str; 5] = ["xhr", "xhr_streaming", "eventsource", "htmlfile", "jsonp"];
/// Those whose answers go on.
pub(crate) const STREAMS: [&str; 3] = ["xhr_streaming", "eventsource", "htmlfile"];

/// A service under `/echo` with the default times: heartbeats every 25 s, 10 s for a pong, 5 s to come back.
pub(crate) fn config() -> Config {
    Config::default().prefix("/echo")
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A service with its sessions and exchanges, and the clock.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) protocol: SockJs,
    pub(crate) now: Instant,
    pub(crate) date: SystemTime,
    /// Whether every write is taken by the socket at once.
    pub(crate) auto_write: bool,
    sessions: Vec<Driven>,
    exchanges: BTreeMap<ExchangeId, Exchange>,
    /// Ids that are not to open a session before then.
    notes: BTreeMap<String, Instant>,
}

/// A session with what its driver knows.
#[derive(Debug)]
struct Driven {
    id: String,
    session: Box<dyn Session>,
    life: Life,
    events: Vec<String>,
    /// Made by `refuse`.
    is_refusal: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    New,
    Open,
    Closed,
    Forgotten,
}

/// One exchange as its driver sees it.
#[derive(Debug)]
struct Exchange {
    /// Which session, if it has one.
    session: Option<usize>,
    transport: &'static str,
    head: Option<response::Parts>,
    kind: Kind,
    /// What was handed out, in order.
    pieces: Vec<Bytes>,
    /// How many of these [`Service::heard`] has read.
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

impl Service {
    pub(crate) fn new(config: Config) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the clock of a test has to start somewhere")]
        let now = Instant::now();
        Self {
            protocol: SockJs::new(config).expect("a configuration that clients can live with"),
            now,
            date: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000),
            auto_write: true,
            sessions: vec![],
            exchanges: BTreeMap::new(),
            notes: BTreeMap::new(),
        }
    }

    /// A service with a session that is open and has a receiver on this transport; the client has read `o`.
    pub(crate) fn open(config: Config, path: &str) -> (Self, ExchangeId) {
        let mut service = Self::new(config);
        let exchange = service.connect(path);
        assert_eq!(service.heard(exchange), ["o"]);
        assert_eq!(service.events(), ["open"]);
        let is_poll = matches!(path, "xhr" | "jsonp");
        let exchange = if is_poll { service.connect(path) } else { exchange };
        (service, exchange)
    }

    /// A service with a session that is open and has no receiver.
    pub(crate) fn away(config: Config) -> Self {
        let mut service = Self::new(config);
        let poll = service.connect("xhr");
        assert_eq!(service.heard(poll), ["o"]);
        assert_eq!(service.events(), ["open"]);
        service
    }

    /// A receiving request of the usual session.
    pub(crate) fn connect(&mut self, path: &str) -> ExchangeId {
        self.connect_as(SID, path)
    }

    pub(crate) fn connect_as(&mut self, id: &str, path: &str) -> ExchangeId {
        self.request(receiving(id, path))
    }

    /// Sends an array with one message.
    pub(crate) fn say(&mut self, message: &str) {
        let exchange = self.post("xhr_send", format!("[{message:?}]"));
        assert_eq!(self.status(exchange), 204, "{message}");
    }

    pub(crate) fn post(&mut self, path: &str, body: impl Into<Bytes>) -> ExchangeId {
        let request = Request::post(format!("/echo/000/{SID}/{path}")).body(body.into());
        self.request(request.expect("a request"))
    }

    /// A request of any kind, answered by the protocol itself or by a session.
    pub(crate) fn request(&mut self, request: Request<Bytes>) -> ExchangeId {
        let (head, body) = request.into_parts();
        let route = self.protocol.route(&head);
        let request = Request::from_parts(head.clone(), body);
        match route {
            Route::Join { id, transport, create } => {
                let session = self.join(id.as_str(), create);
                self.attach(session, transport, request)
            }
            Route::Open { transport } => {
                let session = self.open_session("of the driver");
                self.attach(session, transport, request)
            }
            Route::Answer(response) => self.answered(response),
            Route::Now => {
                let entropy = 7 + self.exchanges.len() as u32;
                let answer = self.protocol.answer(&head, Moment { date: self.date, entropy });
                self.answered(answer)
            }
            other => panic!("{}: {other:?}", head.uri),
        }
    }

    /// Whether a request belongs to the service.
    pub(crate) fn is_mine(&self, path: &str) -> bool {
        let (head, ()) = Request::get(path).body(()).unwrap().into_parts();
        !matches!(self.protocol.route(&head), Route::NotMine)
    }

    fn join(&mut self, id: &str, create: bool) -> usize {
        let is_here = |driven: &Driven| driven.id == id && driven.life != Life::Forgotten && !driven.is_refusal;
        if let Some(session) = self.sessions.iter().rposition(is_here) {
            return session;
        }
        let is_noted = self.notes.get(id).is_some_and(|until| self.now < *until);
        match (create, is_noted) {
            (true, false) => self.open_session(id),
            (true, true) => self.refuse(Refusal::Ended),
            (false, _) => self.refuse(Refusal::UnknownSession { again: false }),
        }
    }

    fn open_session(&mut self, id: &str) -> usize {
        let session = self.protocol.open(self.now, &SessionId::new(id));
        self.add(id, session, false)
    }

    /// A session for one request only.
    pub(crate) fn refuse(&mut self, why: Refusal) -> usize {
        let session = self.protocol.refuse(self.now, why);
        self.add("", session, true)
    }

    fn add(&mut self, id: &str, session: Box<dyn Session>, is_refusal: bool) -> usize {
        let life = if is_refusal { Life::Closed } else { Life::New };
        self.sessions.push(Driven { id: id.to_owned(), session, life, events: vec![], is_refusal });
        self.sessions.len() - 1
    }

    pub(crate) fn attach(&mut self, session: usize, transport: &'static str, request: Request<Bytes>) -> ExchangeId {
        let exchange = self.next_exchange();
        self.exchanges.insert(exchange, Exchange::new(Some(session), transport));
        self.input(session, Input::Attach { exchange, transport, request });
        exchange
    }

    fn answered(&mut self, response: Response<Chunk>) -> ExchangeId {
        let exchange = self.next_exchange();
        let mut state = Exchange::new(None, "");
        state.take_response(response.map(Body::Whole));
        state.outstanding = false;
        self.exchanges.insert(exchange, state);
        exchange
    }

    fn next_exchange(&self) -> ExchangeId {
        ExchangeId(self.exchanges.len() as u64 + 1)
    }

    /// A message of the client on a WebSocket.
    pub(crate) fn message(&mut self, exchange: ExchangeId, message: impl Into<Payload>) {
        self.input_of(exchange, Input::Message { exchange, payload: message.into() });
    }

    /// Bytes on a WebSocket that are no message.
    pub(crate) fn alive(&mut self, exchange: ExchangeId) {
        self.input_of(exchange, Input::Alive { exchange });
    }

    pub(crate) fn written(&mut self, exchange: ExchangeId) {
        let state = self.exchange_mut(exchange);
        assert!(state.outstanding, "nothing is outstanding on {exchange:?}");
        state.outstanding = false;
        self.input_of(exchange, Input::Written { exchange });
    }

    pub(crate) fn detach(&mut self, exchange: ExchangeId, cause: Gone) {
        let state = self.exchange_mut(exchange);
        assert!(!state.is_over() || state.outstanding && !state.finished, "{exchange:?} is over already");
        state.gone = true;
        state.outstanding = false;
        self.input_of(exchange, Input::Detach { exchange, cause });
    }

    fn input_of(&mut self, exchange: ExchangeId, input: Input) {
        let session = self.exchange(exchange).session.expect("an exchange of a session");
        if self.sessions[session].life != Life::Forgotten {
            self.input(session, input);
        }
    }

    pub(crate) fn input(&mut self, session: usize, input: Input) {
        let now = self.now;
        self.sessions[session].session.handle_input(now, input);
        self.drain(session);
    }

    /// The application of the session that was made last sends in a turn of its own.
    pub(crate) fn send(&mut self, message: &str) {
        self.queue(message).expect("there is room");
        self.end_turn();
    }

    /// Sends and does not end the turn.
    pub(crate) fn queue(&mut self, message: impl Into<Payload>) -> Result<(), SendError> {
        self.queue_as(&Outbound::from(message.into()), Delivery::Reliable)
    }

    pub(crate) fn queue_as(&mut self, message: &Outbound, delivery: Delivery) -> Result<(), SendError> {
        let (now, last) = (self.now, self.last());
        self.sessions[last].session.send(now, message, delivery)
    }

    pub(crate) fn end_turn(&mut self) {
        self.drain(self.last());
    }

    pub(crate) fn close_with(&mut self, code: u16, words: &str) {
        let (now, last) = (self.now, self.last());
        self.sessions[last].session.close_with(now, CloseCode(code), words);
        self.drain(last);
    }

    pub(crate) fn close(&mut self, reason: CloseReason) {
        let (now, last) = (self.now, self.last());
        self.sessions[last].session.close(now, reason);
        self.drain(last);
    }

    /// Lets time pass, from deadline to deadline.
    pub(crate) fn advance(&mut self, time: f64) {
        let end = self.now + seconds(time);
        while let Some((deadline, session)) = self.next_deadline().filter(|(deadline, _)| *deadline <= end) {
            self.now = deadline.max(self.now);
            let now = self.now;
            self.sessions[session].session.handle_timeout(now);
            self.drain(session);
            let next = self.sessions[session].session.poll_timeout();
            assert!(next.is_none_or(|next| next > now), "a deadline stays in the past: {:?}", self.sessions[session]);
        }
        self.now = end;
    }

    fn next_deadline(&self) -> Option<(Instant, usize)> {
        let deadlines = self.sessions.iter().enumerate();
        deadlines.filter_map(|(index, driven)| Some((driven.session.poll_timeout()?, index))).min()
    }

    /// What the application of the session that was made last heard since the last call: `open`, messages, `writable`,
    /// `closed: REASON`.
    pub(crate) fn events(&mut self) -> Vec<String> {
        let last = self.last();
        std::mem::take(&mut self.sessions[last].events)
    }

    /// The same of the one that was made before.
    pub(crate) fn events_of(&mut self, session: usize) -> Vec<String> {
        std::mem::take(&mut self.sessions[session].events)
    }

    /// How many sessions were made.
    pub(crate) fn made(&self) -> usize {
        self.sessions.iter().filter(|driven| !driven.is_refusal).count()
    }

    pub(crate) fn is_forgotten(&self) -> bool {
        self.sessions[self.last()].life == Life::Forgotten
    }

    pub(crate) fn transport(&self) -> Option<&'static str> {
        self.sessions[self.last()].session.transport()
    }

    fn last(&self) -> usize {
        self.sessions.iter().rposition(|driven| !driven.is_refusal).expect("a session")
    }

    /// The frames that an exchange has carried since the last call.
    pub(crate) fn heard(&mut self, exchange: ExchangeId) -> Vec<String> {
        let state = self.exchange_mut(exchange);
        let pieces = state.pieces[state.read..].to_vec();
        state.read = state.pieces.len();
        match &state.kind {
            _ if pieces.is_empty() => vec![],
            Kind::Unanswered => vec![],
            Kind::Whole => Vec::from_iter(read_piece(state.transport, &pieces.concat())),
            Kind::Stream => pieces.iter().filter_map(|piece| read_piece(state.transport, piece)).collect(),
            Kind::WebSocket(accept) => read_websocket(accept.framing, &pieces.concat()),
        }
    }

    pub(crate) fn status(&self, exchange: ExchangeId) -> u16 {
        self.head(exchange).status.as_u16()
    }

    pub(crate) fn body(&self, exchange: ExchangeId) -> String {
        String::from_utf8(self.exchange(exchange).pieces.concat()).expect("text")
    }

    pub(crate) fn head(&self, exchange: ExchangeId) -> &response::Parts {
        self.exchange(exchange).head.as_ref().expect("an answer")
    }

    /// A header of an answer, if it is there.
    pub(crate) fn header(&self, exchange: ExchangeId, name: &str) -> Option<&str> {
        let mut values = self.head(exchange).headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().expect("text"));
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }

    pub(crate) fn accept(&self, exchange: ExchangeId) -> &Accept {
        match &self.exchange(exchange).kind {
            Kind::WebSocket(accept) => accept,
            other => panic!("{other:?} is no WebSocket"),
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

    /// Takes all outputs of a session, as the end of a turn.
    fn drain(&mut self, session: usize) {
        loop {
            while let Some(output) = self.sessions[session].session.poll_output(self.now) {
                self.take(session, output);
            }
            let driven = &self.sessions[session];
            assert_eq!(driven.session.poll_timeout().is_none(), driven.life == Life::Forgotten, "{driven:?}");
            let of_session = |state: &Exchange| state.session == Some(session) && state.outstanding && !state.finished;
            let outstanding = self.exchanges.iter().find(|(_, state)| of_session(state));
            let Some((&exchange, _)) = outstanding.filter(|_| self.auto_write) else { return };
            self.exchange_mut(exchange).outstanding = false;
            if self.sessions[session].life != Life::Forgotten {
                let now = self.now;
                self.sessions[session].session.handle_input(now, Input::Written { exchange });
            }
        }
    }

    fn take(&mut self, session: usize, output: Output) {
        assert_ne!(self.sessions[session].life, Life::Forgotten, "{output:?} comes behind the last output");
        match output {
            Output::Respond { exchange, response } => self.exchange_mut(exchange).take_response(response),
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
            Output::Event(event) => self.sessions[session].take_event(event),
            Output::Forget => self.forget(session),
        }
    }

    fn forget(&mut self, session: usize) {
        let driven = &mut self.sessions[session];
        assert_ne!(driven.life, Life::Open, "the application was not told of the end");
        driven.life = Life::Forgotten;
        let note = driven.session.remember_for();
        if !note.is_zero() {
            self.notes.insert(driven.id.clone(), self.now + note);
        }
        for (exchange, state) in self.exchanges.iter().filter(|(_, state)| state.session == Some(session)) {
            assert!(state.is_over(), "{exchange:?} is left hanging: {state:?}");
        }
    }

    fn exchange(&self, exchange: ExchangeId) -> &Exchange {
        &self.exchanges[&exchange]
    }

    fn exchange_mut(&mut self, exchange: ExchangeId) -> &mut Exchange {
        self.exchanges.get_mut(&exchange).expect("an exchange that was attached")
    }
}

impl Driven {
    fn take_event(&mut self, event: Event) {
        let (told, before, after) = match event {
            Event::Open => ("open".to_owned(), Life::New, Life::Open),
            Event::Message(Payload::Text(text)) => (text.to_string(), Life::Open, Life::Open),
            Event::Message(Payload::Binary(bytes)) => (format!("{bytes:?}"), Life::Open, Life::Open),
            Event::Writable => ("writable".to_owned(), Life::Open, Life::Open),
            Event::Closed(reason) => (format!("closed: {reason}"), Life::Open, Life::Closed),
            other => panic!("{other:?} is no event of SockJS"),
        };
        assert_eq!(self.life, before, "{told}");
        self.life = after;
        self.events.push(told);
    }
}

impl Exchange {
    fn new(session: Option<usize>, transport: &'static str) -> Self {
        Self {
            session,
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

    fn take_response(&mut self, response: Response<Body>) {
        assert_eq!(self.kind, Kind::Unanswered, "a second response");
        self.may_be_used();
        self.outstanding = true;
        let (head, body) = response.into_parts();
        match body {
            Body::Whole(chunk) => {
                let length = head.headers.get("content-length").map(|length| length.to_str().unwrap().to_owned());
                let has_none = matches!(head.status.as_u16(), 204 | 304);
                assert_eq!(length.is_none(), has_none, "{head:?}");
                assert!(chunk.is_empty() || length == Some(chunk.len().to_string()), "{head:?}");
                self.kind = Kind::Whole;
                self.pieces.extend(chunk);
            }
            Body::Stream(chunk) => {
                assert!(!head.headers.contains_key("content-length"));
                self.kind = Kind::Stream;
                self.pieces.extend(chunk);
            }
            Body::WebSocket(accept) => self.kind = Kind::WebSocket(accept),
        }
        self.head = Some(head);
    }

    fn is_over(&self) -> bool {
        self.gone || self.finished || self.kind == Kind::Whole
    }

    fn may_be_used(&self) {
        assert!(!self.is_over(), "{self:?} is over");
    }
}

/// A request on a transport, by the last part of its path.
pub(crate) fn receiving(id: &str, path: &str) -> Request<Bytes> {
    let request = match path {
        "xhr" | "xhr_streaming" => Request::post(format!("/echo/000/{id}/{path}?t=1")),
        "websocket" => upgrade(&format!("/echo/000/{id}/websocket")),
        "raw" => upgrade("/echo/websocket"),
        _ => Request::get(format!("/echo/000/{id}/{path}?c=cb&t=1")),
    };
    request.body(Bytes::new()).expect("a request")
}

/// A GET that asks for a WebSocket.
pub(crate) fn upgrade(path: &str) -> request::Builder {
    Request::get(path)
        .header("host", "example.com")
        .header("upgrade", "websocket")
        .header("connection", "keep-alive, Upgrade")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "x3JJHMbDL1EzLkh9GBhXDw==")
}

/// A request without a body.
pub(crate) fn plain(method: Method, path: &str) -> request::Builder {
    Request::builder().method(method).uri(path)
}

pub(crate) fn bodiless(request: request::Builder) -> Request<Bytes> {
    request.body(Bytes::new()).expect("a request")
}
