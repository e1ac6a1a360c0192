//! A TCP connection of which every byte is seen. Every wait is bounded: by the patience of the connection for one answer, and
//! by the deadline of the check for all of them.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::super::check::{Failure, Outcome};
use super::super::context::{Context, Log, MOMENT, PATIENCE, show};

/// A client's end of a connection, with what was received and not yet taken.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    end: Option<End>,
    /// How long an answer may take.
    patience: Duration,
    deadline: Instant,
    number: usize,
    log: Log,
}

/// How the server ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By the book.
    Finished,
    /// By a reset, as from a crash or from somebody who had not read everything.
    Reset,
}

/// What one look at a connection finds.
enum Look {
    Bytes,
    Ended,
    Nothing,
}

impl Connection {
    /// Connects to the server under test.
    pub(crate) fn open(cx: &Context) -> Outcome<Self> {
        Self::open_at(cx, cx.target.address)
    }

    /// Connects to another port of it.
    pub(crate) fn open_at(cx: &Context, address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
            .map_err(|error| Failure::differs("a connection", format!("no connection: {}", plain(&error))))?;
        let (number, log) = (cx.log.connection(), cx.log.clone());
        Ok(Self { stream, received: Vec::new(), end: None, patience: PATIENCE, deadline: cx.deadline, number, log })
    }

    /// Waits longer, or shorter, for answers.
    pub(crate) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Sends bytes.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> Outcome {
        let taken = self.try_send(bytes);
        if taken { Ok(()) } else { Err(Failure::differs("a server that takes what is sent", "a closed connection")) }
    }

    /// Sends bytes to a server that may close meanwhile; says whether it took them.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let bytes = bytes.as_ref();
        self.log.wire(self.number, '>', bytes);
        let sent = self.stream.set_write_timeout(Some(self.patience)).and_then(|()| self.stream.write_all(bytes));
        if sent.is_err() {
            self.log.event(self.number, "took no more");
        }
        sent.is_ok()
    }

    /// Receives something, until `until`.
    fn look(&mut self, until: Instant) -> Look {
        if self.end.is_some() {
            return Look::Ended;
        }
        let mut buffer = [0; 16 << 10];
        loop {
            let left = until.min(self.deadline).saturating_duration_since(Instant::now());
            // A time-out of zero is refused; a poll of the socket has to be enough then.
            let left = left.max(Duration::from_millis(1));
            let read = self.stream.set_read_timeout(Some(left)).and_then(|()| self.stream.read(&mut buffer));
            match read {
                Ok(0) => return self.ended(End::Finished),
                Ok(count) => {
                    let bytes = &buffer[..count];
                    self.log.wire(self.number, '<', bytes);
                    self.received.extend_from_slice(bytes);
                    return Look::Bytes;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Look::Nothing;
                }
                Err(_) => return self.ended(End::Reset),
            }
        }
    }

    fn ended(&mut self, end: End) -> Look {
        self.log.event(self.number, if end == End::Finished { "ended by the server" } else { "reset by the server" });
        self.end = Some(end);
        Look::Ended
    }

    /// Looks once more, and fails if that brings nothing; `expected` says what for.
    pub(crate) fn more(&mut self, expected: &str) -> Outcome {
        match self.look(Instant::now() + self.patience) {
            Look::Bytes => Ok(()),
            Look::Ended => Err(Failure::differs(expected, format!("the end of the connection{}", self.behind()))),
            Look::Nothing => Err(Failure::differs(expected, format!("silence{}", self.behind()))),
        }
    }

    fn behind(&self) -> String {
        if self.received.is_empty() { String::new() } else { format!(" behind {}", show(&self.received)) }
    }

    /// What was received and not taken.
    pub(crate) fn received(&self) -> &[u8] {
        &self.received
    }

    /// Takes bytes from the front of what was received.
    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        self.received.drain(..count.min(self.received.len())).collect()
    }

    /// The next bytes.
    pub(crate) fn exactly(&mut self, count: usize) -> Outcome<Vec<u8>> {
        while self.received.len() < count {
            self.more(&format!("{count} bytes"))?;
        }
        Ok(self.take(count))
    }

    /// Everything up to and including `end`.
    pub(crate) fn up_to(&mut self, end: &[u8], expected: &str) -> Outcome<Vec<u8>> {
        let mut looked_at = 0;
        loop {
            let from = looked_at.min(self.received.len());
            let found = self.received[from..].windows(end.len()).position(|window| window == end);
            if let Some(at) = found {
                return Ok(self.take(from + at + end.len()));
            }
            looked_at = self.received.len().saturating_sub(end.len());
            self.more(expected)?;
        }
    }

    /// Everything up to the end of the connection, which has to come.
    pub(crate) fn rest(&mut self) -> Outcome<Vec<u8>> {
        self.rest_and_end().map(|(rest, _)| rest)
    }

    /// The same, with how the end came.
    pub(crate) fn rest_and_end(&mut self) -> Outcome<(Vec<u8>, End)> {
        let until = Instant::now() + self.patience;
        loop {
            match self.look(until) {
                Look::Bytes => {}
                Look::Ended => {
                    let rest = std::mem::take(&mut self.received);
                    return Ok((rest, self.end.unwrap_or(End::Finished)));
                }
                Look::Nothing => {
                    let seen = format!("an open connection{}", self.behind());
                    return Err(Failure::differs("the end of the connection", seen));
                }
            }
        }
    }

    /// Demands that the server closes and says nothing more.
    pub(crate) fn expect_end(&mut self) -> Outcome {
        let rest = self.rest()?;
        if rest.is_empty() {
            return Ok(());
        }
        Err(Failure::differs("the end of the connection", format!("{} ahead of it", show(&rest))))
    }

    /// Demands that nothing comes for a while, not even an end.
    pub(crate) fn expect_silence(&mut self, duration: Duration) -> Outcome {
        let silent = |connection: &Self| connection.received.is_empty() && connection.end.is_none();
        if silent(self) {
            self.look(Instant::now() + duration);
        }
        if silent(self) {
            return Ok(());
        }
        let seen = match self.end {
            Some(_) => format!("the end of the connection{}", self.behind()),
            None => show(&self.received),
        };
        Err(Failure::differs(format!("silence for {} s", duration.as_secs_f64()), seen))
    }

    /// Demands that nothing came and nothing comes in the next moment, not even an end. Something else should have proved
    /// that the server is done with whatever could have been answered.
    pub(crate) fn expect_quiet(&mut self) -> Outcome {
        self.expect_silence(MOMENT)
    }

    /// Whether the server has closed by now, or does so within a moment.
    pub(crate) fn has_ended(&mut self) -> bool {
        let until = Instant::now() + MOMENT;
        loop {
            match self.look(until) {
                Look::Bytes => {}
                Look::Ended => return true,
                Look::Nothing => return false,
            }
        }
    }

    /// Ends our side; the server's may go on.
    pub(crate) fn finish(&self) {
        self.log.event(self.number, "our side ended");
        // It may have been closed by the server, which is an end too.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Closes the connection.
    pub(crate) fn close(self) {
        self.log.event(self.number, "closed by us");
    }
}

/// An error without the number that the system adds.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(plain, _)| plain).to_owned()
}
