//! Everything around a session: it hands in what may happen, takes what comes out, and checks that against the interface.

use std::time::{Duration, Instant};

use http::{Method, Request, Response};
use longwire_codec::socketio_rev1::{Limits, Packet};
use longwire_codec::websocket::{self, Reader};
use longwire_codec::{Outbound, Payload};
use longwire_transport::socketio_rev1::{Config, Rev1};
use longwire_transport::{
    Body, Bytes, Chunk, CloseReason, Delivery, Event, ExchangeId, Gone, Input, Output, Protocol, Refusal, SendError,
    Session, SessionId,
};

const SID: &str = "Yqx-8sOUK_gb5IZcXpHU";

pub(super) struct World {
    session: Box<dyn Session>,
    now: Instant,
    /// In the order of their numbers, which begin at 0.
    exchanges: Vec<Exchange>,
    life: Life,
    /// A refusal is a session for one exchange.
    is_refusal: bool,
}

#[derive(Debug, Default)]
struct Exchange {
    kind: Kind,
    /// A write was handed out and is not reported yet.
    outstanding: bool,
    finished: bool,
    gone: Presence,
}

#[derive(Debug, Default)]
enum Kind {
    #[default]
    Unanswered,
    Whole,
    Stream,
    /// With the client's reader.
    WebSocket(Box<Reader>),
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Presence {
    #[default]
    Here,
    /// It went while outputs waited, so some may be for it.
    GoneThisTurn,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Issued,
    Open,
    Closed,
    Forgotten,
}

impl Exchange {
    fn is_over(&self) -> bool {
        self.finished || self.gone != Presence::Here || matches!(self.kind, Kind::Whole)
    }

    fn can_be_lost(&self) -> bool {
        self.gone == Presence::Here && !self.finished && (self.outstanding || !matches!(self.kind, Kind::Whole))
    }
}

impl World {
    pub(super) fn open(config: Config) -> Self {
        let protocol = Rev1::new(config).expect("settings that clients can live with");
        let now = Instant::now();
        Self::with_session(now, protocol.open(now, &SessionId::new(SID)), false)
    }

    pub(super) fn refused(config: Config, why: Refusal) -> Self {
        let protocol = Rev1::new(config).expect("settings that clients can live with");
        let now = Instant::now();
        Self::with_session(now, protocol.refuse(now, why), true)
    }

    fn with_session(now: Instant, session: Box<dyn Session>, is_refusal: bool) -> Self {
        Self { session, now, exchanges: Vec::new(), life: Life::Issued, is_refusal }
    }

    pub(super) fn is_forgotten(&self) -> bool {
        self.life == Life::Forgotten
    }

    /// A request without a body; the bits of `style` say how it looks.
    pub(super) fn get(&mut self, transport: &'static str, style: u8) {
        let method = [Method::GET, Method::GET, Method::POST, Method::PUT][usize::from(style & 3)].clone();
        let query = if style & 0x20 == 0 { "t=1&i=0" } else { "i=-1&%" };
        let mut request = Request::builder().method(method).uri(format!("/socket.io/1/{transport}/{SID}?{query}"));
        request = request.header("host", "example.com");
        if transport.ends_with("socket") != (style & 4 != 0) {
            request = request.header("upgrade", "websocket").header("connection", "Upgrade");
            request = match style & 0x48 {
                0 => request
                    .header("sec-websocket-version", "13")
                    .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
                8 => request
                    .header("sec-websocket-key1", "4 @1  46546xW%0l 1 5")
                    .header("sec-websocket-key2", "12998 5 Y3 1  .P00"),
                _ => request,
            };
        }
        if style & 0x10 != 0 {
            request = request.header("origin", "http://a.example");
        }
        if style & 0x80 != 0 {
            request = request.header("user-agent", "Mozilla/5.0 (compatible; MSIE 8.0; Trident/4.0)");
        }
        self.attach(transport, request.body(Bytes::new()).expect("a request"));
    }

    pub(super) fn post(&mut self, transport: &'static str, body: &[u8]) {
        let request = Request::post(format!("/socket.io/1/xhr-polling/{SID}?t=1")).body(Bytes::copy_from_slice(body));
        self.attach(transport, request.expect("a request"));
    }

    fn attach(&mut self, transport: &'static str, request: Request<Bytes>) {
        if self.is_refusal && !self.exchanges.is_empty() {
            return;
        }
        let exchange = ExchangeId(self.exchanges.len() as u64);
        self.exchanges.push(Exchange::default());
        self.session.handle_input(self.now, Input::Attach { exchange, transport, request });
    }

    /// A message on some WebSocket: text if it can be, else binary.
    pub(super) fn say(&mut self, which: u8, message: &[u8]) {
        let payload = match std::str::from_utf8(message) {
            Ok(text) => Payload::from(text),
            Err(_) => Payload::Binary(Bytes::copy_from_slice(message)),
        };
        let can_speak = |exchange: &Exchange| matches!(exchange.kind, Kind::WebSocket(_)) && !exchange.is_over();
        if let Some(exchange) = self.pick(which, can_speak) {
            self.session.handle_input(self.now, Input::Message { exchange, payload });
        }
    }

    /// The socket takes what was handed out.
    pub(super) fn written(&mut self, which: u8) {
        let is_busy = |exchange: &Exchange| exchange.outstanding && !exchange.finished;
        if let Some(exchange) = self.pick(which, is_busy) {
            self.exchange(exchange).outstanding = false;
            self.session.handle_input(self.now, Input::Written { exchange });
        }
    }

    pub(super) fn detach(&mut self, which: u8, cause: Gone) {
        if let Some(exchange) = self.pick(which, Exchange::can_be_lost) {
            let state = self.exchange(exchange);
            state.gone = Presence::GoneThisTurn;
            state.outstanding = false;
            self.session.handle_input(self.now, Input::Detach { exchange, cause });
        }
    }

    pub(super) fn send(&mut self, text: &str, volatile: bool) {
        let delivery = if volatile { Delivery::Volatile } else { Delivery::Reliable };
        let sent = self.session.send(self.now, &Outbound::from(Payload::from(text)), delivery);
        if self.life == Life::Closed {
            assert_eq!(sent, Err(SendError::Closed));
        }
    }

    /// Time passes: from deadline to deadline, a hundred of them at most, or all at once as on a machine that slept.
    pub(super) fn advance(&mut self, time: Duration, at_once: bool) {
        let end = self.now + time;
        if !at_once {
            for _ in 0..100 {
                let Some(deadline) = self.session.poll_timeout().filter(|deadline| *deadline <= end) else { break };
                self.now = self.now.max(deadline);
                self.timeout();
            }
        }
        self.now = end;
        self.timeout();
    }

    /// To the next deadline.
    pub(super) fn jump(&mut self) {
        if let Some(deadline) = self.session.poll_timeout() {
            self.now = self.now.max(deadline);
            self.timeout();
        }
    }

    pub(super) fn timeout(&mut self) {
        self.session.handle_timeout(self.now);
        self.drain();
        let next = self.session.poll_timeout();
        assert!(next.is_none_or(|next| next > self.now), "a deadline stays in the past: {:?}", self.session);
    }

    /// The application, or the server, ends the session.
    pub(super) fn finish(&mut self, number: u8, reason: fn(u8) -> CloseReason) {
        self.session.close(self.now, reason(number));
    }

    /// Takes all outputs, as the end of a turn.
    pub(super) fn drain(&mut self) {
        while let Some(output) = self.session.poll_output(self.now) {
            self.take(output);
        }
        for exchange in &mut self.exchanges {
            if exchange.gone == Presence::GoneThisTurn {
                exchange.gone = Presence::Gone;
            }
        }
        let has_deadline = self.session.poll_timeout().is_some();
        assert_eq!(has_deadline, !self.is_forgotten(), "a live session has a deadline: {:?}", self.session);
    }

    /// Everybody goes and nobody comes back: the session must not stay for ever, and not say a word behind its end.
    pub(super) fn settle(&mut self) {
        self.drain();
        while !self.is_forgotten() && self.pick(0, Exchange::can_be_lost).is_some() {
            self.detach(0, Gone::Ended);
            self.drain();
        }
        for _ in 0..50 {
            self.jump();
        }
        assert!(self.is_forgotten(), "it stays for ever: {:?}", self.session);
        self.session.close(self.now, CloseReason::Booted);
        self.session.handle_input(self.now, Input::Written { exchange: ExchangeId(0) });
        self.session.handle_timeout(self.now + Duration::from_secs(1000));
        assert!(self.session.poll_output(self.now).is_none(), "something comes behind the last output");
        let sent = self.session.send(self.now, &Outbound::from(Payload::from("3:::x")), Delivery::Reliable);
        assert_eq!(sent, Err(SendError::Closed));
    }

    fn take(&mut self, output: Output) {
        assert_ne!(self.life, Life::Forgotten, "{output:?} comes behind the last output");
        match output {
            Output::Respond { exchange, response } => self.take_response(exchange, response),
            Output::Write { exchange, chunk } => self.take_write(exchange, &chunk),
            Output::Finish { exchange } => {
                let Some(state) = self.usable(exchange) else { return };
                assert!(matches!(state.kind, Kind::Stream | Kind::WebSocket(_)), "{state:?} ends by itself");
                state.finished = true;
            }
            Output::Event(event) => self.take_event(event),
            Output::Forget => {
                assert_ne!(self.life, Life::Open, "the application was not told of the end");
                for exchange in &self.exchanges {
                    assert!(exchange.is_over(), "left hanging: {exchange:?}");
                }
                self.life = Life::Forgotten;
            }
        }
    }

    fn take_response(&mut self, exchange: ExchangeId, response: Response<Body>) {
        let Some(state) = self.usable(exchange) else { return };
        assert!(matches!(state.kind, Kind::Unanswered), "a second response: {response:?}");
        let (head, body) = response.into_parts();
        state.outstanding = true;
        state.kind = match body {
            Body::Whole(chunk) => {
                let length = head.headers.get("content-length").and_then(|length| length.to_str().ok());
                assert_eq!(length, Some(&*chunk.len().to_string()), "{head:?}");
                Kind::Whole
            }
            Body::Stream(_) => Kind::Stream,
            Body::WebSocket(accept) => {
                let reader = Reader::client(accept.framing, websocket::Limits::default());
                Kind::WebSocket(Box::new(reader))
            }
        };
    }

    fn take_write(&mut self, exchange: ExchangeId, chunk: &Chunk) {
        let Some(state) = self.usable(exchange) else { return };
        assert!(!state.outstanding, "a second write is outstanding: {chunk:?}");
        assert!(!chunk.is_empty(), "an empty write");
        state.outstanding = true;
        match &mut state.kind {
            Kind::Stream => {}
            Kind::WebSocket(reader) => {
                let bytes = chunk.to_bytes();
                let mut input = &bytes[..];
                while reader.read(&mut input).expect("frames that a client can read").is_some() {}
                assert_eq!(reader.buffered(), 0, "half a frame");
            }
            Kind::Unanswered | Kind::Whole => panic!("{state:?} takes no writes"),
        }
    }

    fn take_event(&mut self, event: Event) {
        let (before, after) = match &event {
            Event::Open => (Life::Issued, Life::Open),
            Event::Closed(_) => (Life::Open, Life::Closed),
            Event::Packet(_) | Event::Writable => (Life::Open, Life::Open),
            Event::Message(_) | _ => panic!("{event:?} is no event of revision 1"),
        };
        assert_eq!(self.life, before, "{event:?}");
        self.life = after;
        if let Event::Packet(packet) = event {
            let wire = Packet::from_neutral(&packet).encode();
            Packet::decode(&wire, Limits::default()).expect("what came from a client can be sent to one");
        }
    }

    /// An exchange that an output is for; nothing if it went while the output waited.
    fn usable(&mut self, exchange: ExchangeId) -> Option<&mut Exchange> {
        let state = self.exchange(exchange);
        if state.gone == Presence::GoneThisTurn {
            return None;
        }
        assert!(!state.is_over(), "it is over: {state:?}");
        Some(state)
    }

    fn exchange(&mut self, exchange: ExchangeId) -> &mut Exchange {
        let index = usize::try_from(exchange.0).expect("a small number");
        self.exchanges.get_mut(index).expect("an exchange that was attached")
    }

    /// One of the exchanges that fit, by a number.
    fn pick(&self, which: u8, fits: impl Fn(&Exchange) -> bool) -> Option<ExchangeId> {
        let fitting: Vec<u64> =
            (0..).zip(&self.exchanges).filter(|(_, exchange)| fits(exchange)).map(|(id, _)| id).collect();
        fitting.get(usize::from(which).checked_rem(fitting.len())?).copied().map(ExchangeId)
    }
}
