//! Echoes on xhr-polling, as browsers make them: each session has a connection for polls and one for POSTs.
//!
//! A message is a poll and a POST, sent at the same moment, and over when both are answered. The time stamp of the poll has
//! the number of the message: no server looks at it but the floor, which answers with it.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use longwire_benches::client::{HttpConnection, Response};
use longwire_benches::messages::{DIGITS, Place, Ring, digits, packet};
use longwire_benches::requests::Draft;
use mio::{Poll, Registry};

use crate::meter::{Meter, Plan, Throughput};
use crate::open::{Opener, exchange, open_polling, show};
use crate::template::{Partial, Template, find};
use crate::wire::{Arrival, Load, Wire, buffer, drive};

/// How far the numbers of two neighbours' first messages are apart.
const STRIDE: usize = 31;
const EVENT: &str = "echo";

struct Polling {
    answers: Answers,
    sessions: Vec<Session>,
    buffer: Vec<u8>,
    unanswered: usize,
}

/// What both requests are answered with.
struct Answers {
    poll: Template,
    /// Where the body of a poll's answer begins.
    body: usize,
    bodies: Ring,
    post: Template,
}

struct Session {
    polls: Half,
    posts: Half,
    next: usize,
    sent: Instant,
}

/// One of the two connections.
struct Half {
    wire: Wire,
    request: Vec<u8>,
    /// Where the number of the message stands in the request.
    digits: usize,
    partial: Partial,
    is_answered: bool,
}

/// Runs the load and tells what it came to.
pub(crate) fn run(opener: &Opener, connections: usize, plan: Plan) -> Result<Throughput> {
    let mut poll = Poll::new()?;
    let mut answers = None;
    let mut sessions = Vec::with_capacity(connections);
    for number in 0..connections {
        let mut opening = Opening::new(opener)?;
        if answers.is_none() {
            answers = Some(opening.learn()?);
        }
        sessions.push(opening.into_session(poll.registry(), number)?);
    }
    let answers = answers.context("there has to be a session")?;
    let mut polling = Polling { answers, sessions, buffer: buffer(), unanswered: 0 };
    drive(&mut poll, &mut polling, Meter::start(plan))?.finish()
}

/// A session that is still spoken to by blocking calls.
struct Opening {
    id: String,
    polls: HttpConnection,
    posts: HttpConnection,
}

impl Opening {
    fn new(opener: &Opener) -> Result<Self> {
        let mut polls = HttpConnection::open(opener.address())?;
        let posts = HttpConnection::open(opener.address())?;
        let id = open_polling(&mut polls)?;
        Ok(Self { id, polls, posts })
    }

    /// Says one message to see what is answered.
    fn learn(&mut self) -> Result<Answers> {
        let said = packet(EVENT, 0);
        self.polls.send(&Draft::poll(&self.id).to_bytes())?;
        let post = exchange(&mut self.posts, &Draft::post(&self.id, said.clone()))?;
        if post.body() != "1" {
            bail!("a POST was answered {:?} instead of 1", post.body());
        }
        let Response { bytes, head } = self.polls.receive_response(200)?;
        if bytes[head..] != *said.as_bytes() {
            bail!("a poll was answered {} instead of {said}", show(&bytes[head..]));
        }
        let whole = head..bytes.len();
        Ok(Answers {
            poll: Template::new(bytes).with_hole(whole),
            body: head,
            bodies: Ring::new(|number| packet(EVENT, number).into_bytes()),
            post: Template::new(post.bytes),
        })
    }

    fn into_session(self, registry: &Registry, number: usize) -> Result<Session> {
        let poll = Draft::poll(&self.id).to_bytes().to_vec();
        let stamp = find(&poll, b"?t=").context("a poll has a time stamp")? + 3 + "1330000000000".len() - DIGITS;
        let post = Draft::post(&self.id, packet(EVENT, 0)).to_bytes().to_vec();
        let argument =
            find(&post, digits(0).as_bytes()).and_then(|_| find(&post, b"[\"")).context("a POST has one")? + 2;
        Ok(Session {
            polls: Half::new(self.polls, registry, 2 * number, poll, stamp)?,
            posts: Half::new(self.posts, registry, 2 * number + 1, post, argument)?,
            next: number * STRIDE,
            sent: Instant::now(),
        })
    }
}

impl Half {
    fn new(http: HttpConnection, registry: &Registry, token: usize, request: Vec<u8>, digits: usize) -> Result<Self> {
        let (stream, received) = http.into_parts();
        if !received.is_empty() {
            bail!("more was answered than was asked: {}", show(&received));
        }
        let wire = Wire::from_open(stream, registry, token)?;
        Ok(Self { wire, request, digits, partial: Partial::default(), is_answered: false })
    }

    fn send(&mut self, number: usize) -> Result<()> {
        self.request[self.digits..self.digits + DIGITS].copy_from_slice(digits(number).as_bytes());
        self.is_answered = false;
        self.wire.send(&self.request)
    }
}

impl Session {
    fn send(&mut self) -> Result<()> {
        self.sent = Instant::now();
        self.polls.send(self.next)?;
        self.posts.send(self.next)?;
        self.next += 1;
        Ok(())
    }
}

impl Load for Polling {
    fn begin(&mut self) -> Result<()> {
        self.unanswered = self.sessions.len();
        self.sessions.iter_mut().try_for_each(Session::send)
    }

    fn readable(&mut self, token: usize, meter: &mut Meter) -> Result<()> {
        let session = &mut self.sessions[token / 2];
        let is_poll = token.is_multiple_of(2);
        let half = if is_poll { &mut session.polls } else { &mut session.posts };
        let arrived = match half.wire.receive(&mut self.buffer)? {
            Arrival::Last(0) => return Ok(()),
            Arrival::Last(count) | Arrival::Bytes(count) => &self.buffer[..count],
            Arrival::End => bail!("the server closed a connection of session {}", token / 2),
        };
        let length = if is_poll { self.answers.poll.len() } else { self.answers.post.len() };
        let Some(response) = half.partial.take(arrived, length) else { return Ok(()) };
        let is_right = !half.is_answered
            && if is_poll {
                self.answers.fit_poll(response, session.next - 1)
            } else {
                self.answers.post.fits(response)
            };
        if !is_right {
            let what = if is_poll { "poll" } else { "POST" };
            bail!("wrong answer to a {what} of session {}: {}", token / 2, show(response));
        }
        half.partial.clear();
        half.is_answered = true;
        if session.polls.is_answered && session.posts.is_answered {
            meter.count(session.sent.elapsed());
            if meter.is_over() {
                self.unanswered -= 1;
            } else {
                session.send()?;
            }
        }
        Ok(())
    }

    fn is_settled(&self) -> bool {
        self.unanswered == 0
    }
}

impl Answers {
    fn fit_poll(&self, response: &[u8], number: usize) -> bool {
        let mut place = Place::before(&self.bodies, number);
        self.poll.fits(response) && place.hear(&self.bodies, &response[self.body..]) == Some(1)
    }
}
