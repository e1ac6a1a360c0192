//! A connection that speaks HTTP, with the time limits that hyper does not keep: for an idle connection, for a request head
//! that drips in, for a peer that takes nothing.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use metrics::Gauge;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};

use super::driver::Exchange;
use super::head::HeadScan;

/// The limits of one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// How long it may be without a request.
    pub(crate) idle: Duration,
    /// How long a request head may take from its first byte on.
    pub(crate) head: Duration,
    /// How long it may take nothing of what we write.
    pub(crate) write: Duration,
}

/// The requests of a connection: how many have begun, how many of them are being answered, and since when none is.
#[derive(Clone, Debug)]
pub(crate) struct InFlight(Arc<Requests>);

#[derive(Debug)]
struct Requests {
    begun: AtomicUsize,
    open: AtomicUsize,
    /// When the last one ended, in milliseconds behind `start`.
    ended: AtomicU64,
    start: Instant,
    /// The head that was read last tells the length of its body twice.
    has_two_lengths: AtomicBool,
}

impl InFlight {
    pub(super) fn new() -> Self {
        Self(Arc::new(Requests {
            begun: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
            start: Instant::now(),
            has_two_lengths: AtomicBool::new(false),
        }))
    }

    /// Counts one more until the guard is dropped.
    pub(super) fn begin(&self) -> InFlightGuard {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.open.fetch_add(1, Ordering::Relaxed);
        InFlightGuard(Arc::clone(&self.0))
    }

    /// Whether the head that was read last tells the length of its body twice, which hyper hides.
    pub(super) fn has_two_lengths(&self) -> bool {
        self.0.has_two_lengths.load(Ordering::Relaxed)
    }

    fn begun(&self) -> usize {
        self.0.begun.load(Ordering::Relaxed)
    }

    fn any(&self) -> bool {
        self.0.open.load(Ordering::Relaxed) > 0
    }

    fn ended(&self) -> Instant {
        self.0.start + Duration::from_millis(self.0.ended.load(Ordering::Relaxed))
    }
}

/// One request that is being answered.
#[derive(Debug)]
pub(super) struct InFlightGuard(Arc<Requests>);

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        let ended = u64::try_from(self.0.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.ended.store(ended, Ordering::Relaxed);
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Exchanges whose whole response hyper has taken and the socket perhaps not. They are complete when what was written is
/// flushed; if the connection fails first, their session hears that they are gone and sends again what they carried.
#[derive(Clone, Debug, Default)]
pub(super) struct Unflushed(Arc<Mutex<Vec<Exchange>>>);

impl Unflushed {
    pub(super) fn push(&self, exchange: Exchange) {
        self.0.lock().push(exchange);
    }

    fn complete(&self, cx: &mut Context<'_>) {
        let mut exchanges = std::mem::take(&mut *self.0.lock());
        for mut exchange in exchanges.drain(..) {
            exchange.complete(cx);
        }
        let mut unflushed = self.0.lock();
        if unflushed.is_empty() {
            *unflushed = exchanges;
        }
    }
}

/// What a request on a connection of our own listener brings along.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionInfo {
    pub(super) unflushed: Unflushed,
    /// The connection's own; a WebSocket keeps it.
    pub(super) place: Arc<Place>,
}

/// A connection's place among those that are allowed. It counts as open for as long as this lives.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    open: Gauge,
}

impl Place {
    pub(super) fn new(permit: OwnedSemaphorePermit, open: Gauge) -> Self {
        open.increment(1);
        Self { _permit: permit, open }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.decrement(1);
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

/// A byte stream with time limits.
#[derive(Debug)]
pub(crate) struct Guarded<S> {
    io: S,
    /// Read ahead of the rest, by whoever had the connection before.
    unread: Bytes,
    unflushed: Unflushed,
    times: Times,
    in_flight: InFlight,
    /// How many requests had begun when it was last read from.
    begun: usize,
    reading: Reading,
    head: HeadScan,
    /// Since when the peer takes nothing.
    stuck: Option<Instant>,
    /// Set to the earliest limit that was in force when it was set; looked at again when it runs out.
    timer: Pin<Box<Sleep>>,
}

#[derive(Clone, Copy, Debug)]
enum Reading {
    /// A request is being read or answered: not our limits.
    Busy,
    /// Nothing has come since.
    Idle(Instant),
    /// Some of a head has come since.
    Head(Instant),
}

impl<S> Guarded<S> {
    pub(super) fn new(io: S, unread: Bytes, times: Times, in_flight: InFlight, unflushed: Unflushed) -> Self {
        let now = Instant::now();
        let timer = Box::pin(tokio::time::sleep_until(now + times.idle.min(times.head)));
        let (reading, head) = (Reading::Idle(now), HeadScan::default());
        Self { io, unread, unflushed, times, in_flight, begun: 0, reading, head, stuck: None, timer }
    }

    /// The stream, and what was read ahead of it and not taken since.
    pub(crate) fn into_parts(self) -> (S, Bytes) {
        (self.io, self.unread)
    }

    /// Which limit runs out next, if any is in force.
    fn deadline(&self) -> Option<Instant> {
        let reading = match self.reading {
            Reading::Busy => None,
            Reading::Idle(since) => Some(since + self.times.idle),
            Reading::Head(since) => Some(since + self.times.head),
        };
        let writing = self.stuck.map(|since| since + self.times.write);
        [reading, writing].into_iter().flatten().min()
    }

    /// Fails when a limit has run out; otherwise the task is woken when the next one may have.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let (now, limit) = (Instant::now(), self.deadline());
        if limit.is_some_and(|limit| limit <= now) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        // While a request is answered none of the limits may be in force. But hyper does not read again behind the answer when
        // it knows that nothing is there to be read, so this is where it is woken to find the connection idle.
        let next = limit.unwrap_or(now + self.times.idle);
        // Moving a timer costs more than letting it run out early.
        if self.timer.deadline() > next || self.timer.is_elapsed() {
            self.timer.as_mut().reset(next);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            self.timer.as_mut().reset(next);
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = if self.unread.is_empty() {
            Pin::new(&mut self.io).poll_read(cx, buffer)
        } else {
            let ahead = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(ahead));
            Poll::Ready(Ok(()))
        };
        // A request may have come and gone since the last time: then its head is no longer what is waited for.
        let begun = self.in_flight.begun();
        let is_behind_one = std::mem::replace(&mut self.begun, begun) != begun;
        self.reading = match (self.in_flight.any(), self.reading) {
            (true, _) => Reading::Busy,
            (false, Reading::Busy) => Reading::Idle(self.in_flight.ended()),
            (false, _) if is_behind_one => Reading::Idle(self.in_flight.ended()),
            (false, reading) => reading,
        };
        let new = &buffer.filled()[before..];
        if let Reading::Idle(_) = self.reading
            && !new.is_empty()
        {
            self.reading = Reading::Head(Instant::now());
            self.head = HeadScan::default();
        }
        if let Reading::Head(_) = self.reading {
            let has_two_lengths = self.head.push(new);
            self.in_flight.0.has_two_lengths.store(has_two_lengths, Ordering::Relaxed);
        }
        if result.is_pending() {
            self.check(cx)?;
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> Guarded<S> {
    /// Watches the outcome of a write.
    fn wrote<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match result {
            Poll::Ready(_) => self.stuck = None,
            Poll::Pending => {
                self.stuck.get_or_insert_with(Instant::now);
                self.check(cx)?;
            }
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.wrote(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.wrote(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.io).poll_flush(cx);
        if let Poll::Ready(Ok(())) = result {
            // hyper flushes when it has nothing more to write, so all it was given is with the system.
            self.unflushed.complete(cx);
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
