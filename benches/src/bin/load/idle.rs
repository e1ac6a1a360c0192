//! Sessions that do nothing: what memory they keep, and what processor time they cost.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use longwire_benches::client::HttpConnection;
use longwire_benches::requests::Draft;
use serde::Serialize;

use crate::open::{Opener, open_polling};
use crate::process::Process;
use crate::template::find;

/// How many sessions come before the first look at the memory: they make what a server makes once.
const FIRST: usize = 50;
/// The time stamp of a poll that is to be held; for the floor, as other servers do not look at it.
const HELD: &[u8] = b"1330099999999";

/// What a session waits on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    WebSocket,
    /// Nothing: the last poll is answered and its connection is others'.
    BetweenPolls,
    /// A poll by a connection of its own.
    HeldPoll,
}

/// Memory that sessions keep.
#[derive(Debug, Serialize)]
pub(crate) struct Memory {
    sessions: usize,
    before: u64,
    after: u64,
    bytes_each: f64,
}

/// Processor time that sessions cost.
#[derive(Debug, Serialize)]
pub(crate) struct Idleness {
    sessions: usize,
    seconds: f64,
    server_cpu_seconds: f64,
}

/// Measures the memory of a server that gets so many sessions. What it does behind a request is given time to settle.
pub(crate) fn memory(
    opener: &mut Opener,
    kind: Kind,
    sessions: usize,
    settling: Duration,
    server: Process,
) -> Result<Memory> {
    let mut crowd = Crowd::default();
    crowd.grow(opener, kind, FIRST)?;
    thread::sleep(settling);
    let before = server.memory()?;
    crowd.grow(opener, kind, sessions)?;
    thread::sleep(settling);
    let after = server.memory()?;
    crowd.check()?;
    let bytes_each = (after as f64 - before as f64) / sessions as f64;
    Ok(Memory { sessions, before, after, bytes_each })
}

/// Measures the processor time of a server with so many idle WebSockets, after the same.
pub(crate) fn idle(
    opener: &mut Opener,
    sessions: usize,
    settling: Duration,
    time: Duration,
    server: Process,
) -> Result<Idleness> {
    let mut crowd = Crowd::default();
    crowd.grow(opener, Kind::WebSocket, sessions)?;
    thread::sleep(settling);
    let (began, before) = (Instant::now(), server.cpu()?);
    thread::sleep(time);
    let server_cpu_seconds = server.cpu()? - before;
    let seconds = began.elapsed().as_secs_f64();
    crowd.check()?;
    Ok(Idleness { sessions, seconds, server_cpu_seconds })
}

/// Connections that are kept open.
#[derive(Default)]
struct Crowd {
    streams: Vec<TcpStream>,
}

impl Crowd {
    fn grow(&mut self, opener: &mut Opener, kind: Kind, count: usize) -> Result<()> {
        for number in 0..count {
            let opened = match kind {
                Kind::WebSocket => opener.websocket().map(Some),
                Kind::BetweenPolls => opener.polling().map(|_| None),
                Kind::HeldPoll => held_poll(opener).map(Some),
            };
            self.streams.extend(opened.with_context(|| format!("opening session {number} of {count}"))?);
        }
        Ok(())
    }

    /// All of them are still open, and have heard nothing.
    fn check(&self) -> Result<()> {
        for (number, stream) in self.streams.iter().enumerate() {
            stream.set_nonblocking(true)?;
            match stream.peek(&mut [0]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(0) => bail!("the server closed connection {number}"),
                Ok(_) => bail!("the server said something on idle connection {number}"),
                Err(error) => return Err(error).with_context(|| format!("connection {number}")),
            }
        }
        Ok(())
    }
}

fn held_poll(opener: &Opener) -> Result<TcpStream> {
    let mut http = HttpConnection::open(opener.address())?;
    let id = open_polling(&mut http)?;
    let mut poll = Draft::poll(&id).to_bytes().to_vec();
    let stamp = find(&poll, b"?t=").context("a poll has a time stamp")? + 3;
    poll[stamp..stamp + HELD.len()].copy_from_slice(HELD);
    http.send(&poll)?;
    Ok(http.into_parts().0)
}
