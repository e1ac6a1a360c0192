//! Echoes over WebSockets: each connection has so many messages unanswered, always.
//!
//! What a read completes is replaced by one write, so a server that answers together is asked together again.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use longwire_benches::messages::{COUNT, Place, Ring, masked, packet, unmasked};
use mio::Poll;

use crate::meter::{Meter, Plan, Throughput};
use crate::open::{Opener, show};
use crate::wire::{Arrival, Load, Wire, buffer, drive};

/// How far the numbers of two neighbours' first messages are apart.
const STRIDE: usize = 31;

struct Echoes {
    requests: Ring,
    answers: Ring,
    lines: Vec<Line>,
    outstanding: usize,
    buffer: Vec<u8>,
    unanswered: usize,
}

struct Line {
    wire: Wire,
    /// The message to send next.
    next: usize,
    place: Place,
    /// When each message on its way was sent; the answer that is waited for is of `next - unanswered`.
    sent: Vec<Instant>,
    unanswered: usize,
}

/// Runs the load and tells what it came to.
pub(crate) fn run(opener: &mut Opener, connections: usize, outstanding: usize, plan: Plan) -> Result<Throughput> {
    if outstanding == 0 || outstanding > COUNT / 2 {
        bail!("there can be 1 to {} outstanding messages", COUNT / 2);
    }
    let mut poll = Poll::new()?;
    let answers = Ring::new(|number| unmasked(&packet("echo", number)));
    let mut lines = Vec::with_capacity(connections);
    for token in 0..connections {
        let next = token * STRIDE;
        let wire = Wire::from_open(opener.websocket()?, poll.registry(), token)?;
        let (place, sent) = (Place::before(&answers, next), vec![Instant::now(); outstanding]);
        lines.push(Line { wire, next, place, sent, unanswered: 0 });
    }
    let requests = Ring::new(|number| masked(&packet("echo", number)));
    let mut echoes = Echoes { requests, answers, lines, outstanding, buffer: buffer(), unanswered: 0 };
    drive(&mut poll, &mut echoes, Meter::start(plan))?.finish()
}

impl Load for Echoes {
    fn begin(&mut self) -> Result<()> {
        for line in &mut self.lines {
            line.send(&self.requests, self.outstanding, Instant::now())?;
        }
        self.unanswered = self.lines.len() * self.outstanding;
        Ok(())
    }

    fn readable(&mut self, token: usize, meter: &mut Meter) -> Result<()> {
        let line = &mut self.lines[token];
        loop {
            let (arrived, is_last) = match line.wire.receive(&mut self.buffer)? {
                Arrival::Bytes(count) => (&self.buffer[..count], false),
                Arrival::Last(0) => return Ok(()),
                Arrival::Last(count) => (&self.buffer[..count], true),
                Arrival::End => bail!("the server closed WebSocket {token}"),
            };
            let answered = line.place.hear(&self.answers, arrived).filter(|answered| *answered <= line.unanswered);
            let answered = answered.with_context(|| format!("wrong answer on WebSocket {token}: {}", show(arrived)))?;
            let now = Instant::now();
            line.answered(answered, now, meter);
            self.unanswered -= answered;
            if !meter.is_over() && answered > 0 {
                line.send(&self.requests, answered, now)?;
                self.unanswered += answered;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    fn is_settled(&self) -> bool {
        self.unanswered == 0
    }
}

impl Line {
    fn send(&mut self, requests: &Ring, count: usize, now: Instant) -> Result<()> {
        self.wire.send(requests.slice(self.next, count))?;
        let most = self.sent.len();
        (self.next..self.next + count).for_each(|number| self.sent[number % most] = now);
        self.next += count;
        self.unanswered += count;
        Ok(())
    }

    fn answered(&mut self, count: usize, now: Instant, meter: &mut Meter) {
        let first = self.next - self.unanswered;
        let most = self.sent.len();
        (first..first + count).for_each(|number| meter.count(now - self.sent[number % most]));
        self.unanswered -= count;
    }
}
