//! One WebSocket speaks to all, itself included; so many of its messages are on their way, always.
//!
//! A message is over when everybody has heard it. What is counted, and timed, is each hearing.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use longwire_benches::messages::{COUNT, Place, Ring, masked, packet, unmasked};
use mio::Poll;

use crate::meter::{Meter, Plan, Throughput};
use crate::open::{Opener, show};
use crate::wire::{Arrival, Load, Wire, buffer, drive};

struct Broadcasts {
    requests: Ring,
    answers: Ring,
    lines: Vec<Line>,
    in_flight: usize,
    buffer: Vec<u8>,
    /// How many messages were sent, and how many of them everybody has heard.
    sent: usize,
    heard_by_all: usize,
    /// Of each message on its way, when it was sent and how many have heard it.
    flights: Vec<Flight>,
}

#[derive(Clone, Copy)]
struct Flight {
    sent: Instant,
    heard: usize,
}

struct Line {
    wire: Wire,
    place: Place,
    heard: usize,
}

/// Runs the load and tells what it came to.
pub(crate) fn run(opener: &mut Opener, connections: usize, in_flight: usize, plan: Plan) -> Result<Throughput> {
    if in_flight == 0 || in_flight > COUNT / 2 {
        bail!("there can be 1 to {} messages in flight", COUNT / 2);
    }
    let mut poll = Poll::new()?;
    let answers = Ring::new(|number| unmasked(&packet("all", number)));
    let mut lines = Vec::with_capacity(connections);
    for token in 0..connections {
        let wire = Wire::from_open(opener.websocket()?, poll.registry(), token)?;
        lines.push(Line { wire, place: Place::before(&answers, 0), heard: 0 });
    }
    let mut broadcasts = Broadcasts {
        requests: Ring::new(|number| masked(&packet("all", number))),
        answers,
        lines,
        in_flight,
        buffer: buffer(),
        sent: 0,
        heard_by_all: 0,
        flights: vec![Flight { sent: Instant::now(), heard: 0 }; in_flight],
    };
    drive(&mut poll, &mut broadcasts, Meter::start(plan))?.finish()
}

impl Load for Broadcasts {
    fn begin(&mut self) -> Result<()> {
        self.send(self.in_flight)
    }

    fn readable(&mut self, token: usize, meter: &mut Meter) -> Result<()> {
        loop {
            let line = &mut self.lines[token];
            let (arrived, is_last) = match line.wire.receive(&mut self.buffer)? {
                Arrival::Bytes(count) => (&self.buffer[..count], false),
                Arrival::Last(0) => return Ok(()),
                Arrival::Last(count) => (&self.buffer[..count], true),
                Arrival::End => bail!("the server closed WebSocket {token}"),
            };
            let heard = line.place.hear(&self.answers, arrived).filter(|heard| line.heard + heard <= self.sent);
            let heard = heard.with_context(|| format!("wrong message on WebSocket {token}: {}", show(arrived)))?;
            let first = line.heard;
            line.heard += heard;
            let now = Instant::now();
            for message in first..first + heard {
                let flight = &mut self.flights[message % self.in_flight];
                flight.heard += 1;
                meter.count(now - flight.sent);
            }
            self.replace(meter)?;
            if is_last {
                return Ok(());
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.sent == self.heard_by_all
    }
}

impl Broadcasts {
    /// Sends as many as everybody has heard of late.
    fn replace(&mut self, meter: &Meter) -> Result<()> {
        let before = self.heard_by_all;
        while self.heard_by_all < self.sent
            && self.flights[self.heard_by_all % self.in_flight].heard == self.lines.len()
        {
            self.flights[self.heard_by_all % self.in_flight].heard = 0;
            self.heard_by_all += 1;
        }
        match self.heard_by_all - before {
            0 => Ok(()),
            _ if meter.is_over() => Ok(()),
            count => self.send(count),
        }
    }

    fn send(&mut self, count: usize) -> Result<()> {
        self.lines[0].wire.send(self.requests.slice(self.sent, count))?;
        let now = Instant::now();
        for message in self.sent..self.sent + count {
            self.flights[message % self.in_flight].sent = now;
        }
        self.sent += count;
        Ok(())
    }
}
