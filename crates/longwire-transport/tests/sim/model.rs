//! Random clients, random networks, against a model of a reliable ordered queue.
//!
//! The model knows three numbers: how many messages were accepted, which one leaves next, and which were under way when their
//! exchange died. Everything else (transports, timers, overlaps, fallbacks) must not show in what the client reads.

use longwire_codec::websocket::{CloseCode, ReadError};
use longwire_transport::{CloseReason, ExchangeId, Gone, SendError};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::harness::{Sim, config, seconds};

const TRANSPORTS: [&str; 6] = ["websocket", "htmlfile", "xhr-polling", "jsonp-polling", "xhr-multipart", "flashsocket"];

/// Small enough to be reached in a few steps.
const BACKLOG: usize = 600;
const RESEND: usize = 200;

/// Something that happens. Numbers pick among what there is at that moment.
#[derive(Clone, Debug)]
enum Step {
    /// A GET or upgrade.
    Connect(usize),
    Post(usize),
    BrokenPost(usize),
    /// A message on some WebSocket, perhaps not the one in use.
    Say(usize),
    /// Messages in one turn, so long, with or without U+FFFD.
    Send(Vec<(usize, bool)>),
    SendVolatile,
    /// The socket takes what was handed out.
    Write(usize),
    /// An exchange dies.
    Lose(usize, Gone),
    Advance(f64),
    Jump,
    DisconnectRequest,
    Close(CloseReason),
}

fn step() -> impl Strategy<Value = Step> {
    let gone = prop_oneof![
        8 => Just(Gone::Ended),
        4 => Just(Gone::Reset),
        1 => Just(Gone::Closed(Some(CloseCode::NORMAL))),
        1 => Just(Gone::Broken(ReadError::Unmasked)),
        2 => Just(Gone::TooSlow),
    ];
    let reason = prop_oneof![Just(CloseReason::Booted), Just(CloseReason::ServerShutdown), Just(CloseReason::Backlog)];
    prop_oneof![
        12 => (0..TRANSPORTS.len()).prop_map(Step::Connect),
        // A client mostly stays with polling, and then the interesting things happen.
        12 => Just(Step::Connect(2)),
        6 => (0..5_usize).prop_map(Step::Post),
        1 => (0..5_usize).prop_map(Step::BrokenPost),
        4 => any::<usize>().prop_map(Step::Say),
        20 => vec((0..200_usize, prop::bool::weighted(0.1)), 1..4).prop_map(Step::Send),
        3 => Just(Step::SendVolatile),
        25 => any::<usize>().prop_map(Step::Write),
        8 => (any::<usize>(), gone).prop_map(|(which, cause)| Step::Lose(which, cause)),
        6 => (0.0..30.0).prop_map(Step::Advance),
        3 => Just(Step::Jump),
        1 => Just(Step::DisconnectRequest),
        1 => reason.prop_map(Step::Close),
    ]
}

/// The session, and what a client that has all the luck would have read.
#[derive(Debug)]
struct World {
    sim: Sim,
    exchanges: Vec<ExchangeId>,
    /// Sizes of the accepted messages.
    accepted: Vec<usize>,
    /// The message that leaves next.
    next: usize,
    /// The messages from `next` on that an exchange carries.
    flight: Option<(ExchangeId, usize)>,
    /// `1::` was said, and no message since.
    begins: bool,
    /// The exchange that the client opened last, while it lasts.
    receiver: Option<ExchangeId>,
    said: usize,
    heard: usize,
    /// A sender was told that the queue is full, and waits to hear of room.
    owed: bool,
    closed: bool,
}

impl World {
    fn new(grace: f64) -> Self {
        let config = config().backlog_bytes(BACKLOG).resend_bytes(RESEND).grace(seconds(grace));
        let mut sim = Sim::new(config);
        sim.auto_write = false;
        Self {
            sim,
            exchanges: vec![],
            accepted: vec![],
            next: 0,
            flight: None,
            begins: false,
            receiver: None,
            said: 0,
            heard: 0,
            owed: false,
            closed: false,
        }
    }

    fn step(&mut self, step: Step) {
        if self.sim.is_forgotten() {
            return;
        }
        match step {
            Step::Connect(transport) => self.connect(TRANSPORTS[transport]),
            Step::Post(transport) => self.post(TRANSPORTS[1..5][transport % 4]),
            Step::BrokenPost(transport) => {
                let post = self.sim.post(TRANSPORTS[1..5][transport % 4], "\u{fffd}5\u{fffd}3:::");
                assert_eq!(self.sim.answer(post).0, 400);
            }
            Step::Say(which) => self.say(which),
            Step::Send(messages) => {
                for (size, alone) in messages {
                    self.send(size, alone);
                }
                self.sim.drain();
            }
            Step::SendVolatile => {
                let message = format!("3:::{}", self.accepted.len());
                if self.sim.queue_volatile(&message).is_ok() {
                    self.accepted.push(message.len());
                }
                self.sim.drain();
            }
            Step::Write(which) => self.write(which),
            Step::Lose(which, cause) => self.lose(which, cause),
            Step::Advance(time) => self.sim.advance(time),
            Step::Jump => self.sim.jump(),
            Step::DisconnectRequest => {
                self.sim.disconnect_request();
            }
            Step::Close(reason) => self.sim.close(reason),
        }
        self.look();
    }

    fn connect(&mut self, transport: &str) {
        let exchange = self.sim.connect(transport);
        self.exchanges.push(exchange);
        self.receiver = Some(exchange);
    }

    fn post(&mut self, transport: &str) {
        let (first, second) = (self.said, self.said + 1);
        self.said += 2;
        let (first, second) = (format!("3:::{first}"), format!("3:::{second}"));
        let payload = format!("\u{fffd}{}\u{fffd}{first}\u{fffd}{}\u{fffd}{second}", first.len(), second.len());
        let body = match transport {
            "jsonp-polling" => format!("d={payload}"),
            _ => payload,
        };
        self.sim.say_by_post(transport, &body);
    }

    fn say(&mut self, which: usize) {
        let websockets = self.pick(|sim, exchange| sim.is_websocket(exchange) && !sim.is_finished(exchange));
        let Some(exchange) = get(&websockets, which) else { return };
        let is_listened_to = self.receiver == Some(exchange);
        self.sim.say(exchange, &format!("3:::{}", if is_listened_to { self.said } else { usize::MAX }));
        self.said += usize::from(is_listened_to);
    }

    fn send(&mut self, size: usize, alone: bool) {
        let mut message = format!("3:::{}:{}", self.accepted.len(), "x".repeat(size));
        if alone {
            message.push('\u{fffd}');
        }
        match self.sim.queue(&message) {
            Ok(()) => self.accepted.push(message.len()),
            Err(SendError::Full { .. }) => self.owed = true,
            Err(error) => assert!(self.closed, "{error}"),
        }
    }

    fn write(&mut self, which: usize) {
        let outstanding = self.pick(Sim::is_outstanding);
        let Some(exchange) = get(&outstanding, which) else { return };
        if let Some((_, count)) = self.flight.take_if(|(carrier, _)| *carrier == exchange) {
            self.next += count;
        }
        self.sim.written(exchange);
    }

    fn lose(&mut self, which: usize, cause: Gone) {
        let alive = self.pick(|sim, exchange| sim.is_outstanding(exchange) || !sim.is_finished(exchange));
        let Some(exchange) = get(&alive, which) else { return };
        self.flight.take_if(|(carrier, _)| *carrier == exchange);
        self.sim.detach(exchange, cause);
    }

    /// Compares what came out with what had to.
    fn look(&mut self) {
        for event in self.sim.events() {
            match event.strip_prefix("3:::") {
                Some(number) => {
                    assert_eq!(number, self.heard.to_string(), "the application reads in order");
                    self.heard += 1;
                }
                None => {
                    self.owed &= event != "writable";
                    self.closed |= event.starts_with("closed");
                }
            }
        }
        if !self.closed && !self.sim.is_forgotten() {
            assert_eq!(self.heard, self.said, "what was said is heard");
        }
        for exchange in self.exchanges.clone() {
            let heard = self.sim.heard(exchange);
            self.read(exchange, &heard);
        }
        let over = |exchange: &mut ExchangeId| self.sim.is_finished(*exchange);
        self.receiver.take_if(over);
        let queued = &self.accepted[self.next..];
        let bytes = queued.iter().sum::<usize>();
        assert!(bytes <= BACKLOG + RESEND || queued.len() == 1, "{bytes} bytes wait");
    }

    /// What an exchange carries: the next messages, or earlier ones again behind `1::`, and never with a gap.
    fn read(&mut self, exchange: ExchangeId, packets: &[String]) {
        self.begins |= packets.iter().any(|packet| packet == "1::");
        let messages: Vec<usize> = packets.iter().filter_map(|packet| number(packet)).collect();
        let Some(first) = messages.first() else { return };
        assert_eq!(self.flight, None, "two exchanges carry messages: {packets:?}");
        if std::mem::take(&mut self.begins) {
            assert!(*first <= self.next, "a gap of {} ahead of {packets:?}", first - self.next);
            self.next = *first;
        }
        let expected: Vec<usize> = (self.next..self.next + messages.len()).collect();
        assert_eq!(messages, expected, "in order, once");
        self.flight = Some((exchange, messages.len()));
    }

    /// The network behaves from now on: everything arrives, or the session was closed.
    fn settle(&mut self) {
        for _ in 0..10 * (self.accepted.len() + self.exchanges.len()) + 20 {
            if self.sim.is_forgotten() {
                return;
            }
            if !self.pick(Sim::is_outstanding).is_empty() {
                self.step(Step::Write(0));
            } else if self.closed {
                self.step(Step::Advance(20.0));
            } else if self.next == self.accepted.len() {
                break;
            } else {
                self.step(Step::Connect(2));
            }
        }
        assert!(self.closed || self.sim.is_forgotten() || self.next == self.accepted.len(), "{self:?}");
        assert!(self.closed || self.sim.is_forgotten() || !self.owed, "nobody was told of the room: {self:?}");
        // Nobody comes back: it must not stay for ever.
        for exchange in self.pick(|sim, exchange| !sim.is_finished(exchange)) {
            if !self.sim.is_forgotten() && !self.sim.is_finished(exchange) {
                self.sim.detach(exchange, Gone::Ended);
                self.look();
            }
        }
        self.sim.advance(100.0);
        assert!(self.sim.is_forgotten(), "{self:?}");
    }

    fn pick(&self, wanted: impl Fn(&Sim, ExchangeId) -> bool) -> Vec<ExchangeId> {
        self.exchanges.iter().copied().filter(|exchange| wanted(&self.sim, *exchange)).collect()
    }
}

fn get(exchanges: &[ExchangeId], which: usize) -> Option<ExchangeId> {
    exchanges.get(which.checked_rem(exchanges.len())?).copied()
}

/// Which message a packet is.
fn number(packet: &str) -> Option<usize> {
    packet.strip_prefix("3:::")?.split([':', '\u{fffd}']).next()?.parse().ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_queue_is_reliable_or_closed(
        grace in prop_oneof![Just(0.0), Just(20.0)],
        steps in vec(step(), 1..80),
    ) {
        let mut world = World::new(grace);
        for step in steps {
            world.step(step);
        }
        world.settle();
    }
}
