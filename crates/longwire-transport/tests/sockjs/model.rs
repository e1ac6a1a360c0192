//! Random clients, random networks, against a model of a reliable ordered queue.
//!
//! The model is two numbers: how many messages were accepted, and how many of them the client has been handed. Messages are
//! handed out in order, once and without a gap, or the session closes; whatever was handed to an exchange that died is the
//! end of the session.

use longwire_transport::{ExchangeId, Gone, SendError};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::harness::{RECEIVERS, Service, config};

/// Small enough to be reached in a few steps.
const BACKLOG: usize = 600;
const RESPONSE: usize = 300;

/// Something that happens. Numbers pick among what there is at that moment.
#[derive(Clone, Debug)]
enum Step {
    Connect(usize),
    Post,
    BrokenPost,
    /// Messages in one turn, so long.
    Send(Vec<usize>),
    /// The socket takes what was handed out.
    Write(usize),
    /// An exchange dies.
    Lose(usize, Gone),
    Advance(f64),
    Close(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let gone = prop_oneof![Just(Gone::Ended), Just(Gone::Reset), Just(Gone::TooSlow)];
    prop_oneof![
        16 => (0..RECEIVERS.len()).prop_map(Step::Connect),
        5 => Just(Step::Post),
        1 => Just(Step::BrokenPost),
        20 => vec(0..200_usize, 1..4).prop_map(Step::Send),
        25 => any::<usize>().prop_map(Step::Write),
        1 => (any::<usize>(), gone).prop_map(|(which, cause)| Step::Lose(which, cause)),
        6 => (0.0..6.0).prop_map(Step::Advance),
        1 => (3000..3010_u16).prop_map(Step::Close),
    ]
}

/// A service with one client.
#[derive(Debug)]
struct World {
    service: Service,
    exchanges: Vec<ExchangeId>,
    accepted: usize,
    handed: usize,
    said: usize,
    heard: usize,
    /// A sender was told that the queue is full, and waits to hear of room.
    owed: bool,
    opened: bool,
    /// The application was told of the end.
    closed: bool,
    code: Option<u16>,
}

impl World {
    fn new() -> Self {
        let mut service = Service::new(
            config().backlog_bytes(BACKLOG).response_limit(RESPONSE).remember_for(crate::harness::seconds(3600.0)),
        );
        service.auto_write = false;
        let first = service.connect("xhr");
        Self {
            service,
            exchanges: vec![first],
            accepted: 0,
            handed: 0,
            said: 0,
            heard: 0,
            owed: false,
            opened: false,
            closed: false,
            code: None,
        }
    }

    fn step(&mut self, step: Step) {
        // What comes behind the end of a session that was told it would be a session of its own.
        if self.service.is_forgotten() && self.code.is_some() {
            return;
        }
        match step {
            Step::Connect(path) => {
                let exchange = self.service.connect(RECEIVERS[path]);
                self.exchanges.push(exchange);
            }
            Step::Post => self.post(),
            Step::BrokenPost => {
                let exchange = self.service.post("xhr_send", "[\"x\",1]");
                assert_eq!(self.service.status(exchange), 500);
            }
            Step::Send(sizes) => {
                for size in sizes {
                    self.send(size);
                }
                self.service.end_turn();
            }
            Step::Write(which) => {
                if let Some(exchange) = self.pick(which, Service::is_outstanding) {
                    self.service.written(exchange);
                }
            }
            Step::Lose(which, cause) => {
                let alive = |service: &Service, exchange| !service.is_finished(exchange);
                if let Some(exchange) = self.pick(which, alive) {
                    self.service.detach(exchange, cause);
                }
            }
            Step::Advance(time) => self.service.advance(time),
            Step::Close(code) => {
                self.service.close_with(code, "x");
                if !self.closed {
                    self.code = Some(code);
                }
            }
        }
        self.look();
    }

    fn post(&mut self) {
        let messages = format!("[\"{}\",\"{}\"]", self.said, self.said + 1);
        let exchange = self.service.post("xhr_send", messages);
        match self.service.status(exchange) {
            204 if !self.closed => self.said += 2,
            204 => assert!(!self.service.is_forgotten()),
            404 => assert!(self.service.is_forgotten()),
            other => panic!("{other}"),
        }
    }

    fn send(&mut self, size: usize) {
        match self.service.queue(format!("{}:{}", self.accepted, "x".repeat(size))) {
            Ok(()) => self.accepted += 1,
            Err(SendError::Full { .. }) => self.owed = true,
            Err(error) => assert!(self.closed, "{error}"),
        }
    }

    /// Compares what came out with what had to.
    fn look(&mut self) {
        for event in self.service.events() {
            match event.parse::<usize>() {
                Ok(number) => {
                    assert_eq!(number, self.heard, "the application reads in order");
                    self.heard += 1;
                }
                Err(_) => {
                    self.opened |= event == "open";
                    self.owed &= event != "writable";
                    self.closed |= event.starts_with("closed");
                }
            }
        }
        assert!(self.opened);
        assert_eq!(self.heard, self.said, "what was said is heard");
        for exchange in self.exchanges.clone() {
            for frame in self.service.heard(exchange) {
                self.read(&frame);
            }
        }
        assert!(self.service.made() == 1, "one id, one session");
    }

    fn read(&mut self, frame: &str) {
        if let Some(close) = frame.strip_prefix("c[") {
            let code: u16 = close.split(',').next().unwrap().parse().unwrap();
            match code {
                2010 => {}
                1002 => assert!(self.closed),
                told => {
                    assert_eq!(Some(told), self.code);
                    assert_eq!(self.handed, self.accepted, "what waits is delivered first");
                }
            }
        } else if let Some(messages) = frame.strip_prefix('a') {
            for message in serde_json::from_str::<Vec<String>>(messages).unwrap() {
                let number: usize = message.split(':').next().unwrap().parse().unwrap();
                assert_eq!(number, self.handed, "in order, once, without a gap");
                self.handed += 1;
            }
        }
    }

    /// The network behaves from now on: everything arrives, or the session was closed.
    fn settle(&mut self) {
        for _ in 0..3 * self.accepted + 3 * self.exchanges.len() + 20 {
            if self.pick(0, Service::is_outstanding).is_some() {
                self.step(Step::Write(0));
            } else if self.service.is_forgotten() || self.handed == self.accepted {
                break;
            } else {
                self.step(Step::Connect(0));
            }
        }
        assert!(self.service.is_forgotten() || self.handed == self.accepted, "{self:?}");
        assert!(self.closed || !self.owed, "nobody was told of the room: {self:?}");
        // Nobody comes back: it must not stay for ever.
        for exchange in self.exchanges.clone() {
            if !self.service.is_finished(exchange) {
                self.service.detach(exchange, Gone::Ended);
                self.look();
            }
        }
        self.service.advance(10.0);
        self.look();
        assert!(self.service.is_forgotten() && self.closed, "{self:?}");
    }

    fn pick(&self, which: usize, wanted: impl Fn(&Service, ExchangeId) -> bool) -> Option<ExchangeId> {
        let fitting: Vec<_> = self.exchanges.iter().filter(|exchange| wanted(&self.service, **exchange)).collect();
        fitting.get(which.checked_rem(fitting.len())?).copied().copied()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_queue_is_reliable_or_closed(steps in vec(step(), 1..80)) {
        let mut world = World::new();
        world.look();
        for step in steps {
            world.step(step);
        }
        world.settle();
    }
}
