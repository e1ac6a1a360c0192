//! The task of one open WebSocket: bytes from the socket become messages of the session, its chunks become bytes.
//!
//! An idle connection holds no buffer: bytes are read into one that all connections of a thread share, and what a message
//! needs is copied out of it once, unmasked on the way. While it has nothing to write, its session has the line to its socket
//! (see `stream.rs`).

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use hyper::upgrade::{OnUpgrade, Parts, Upgraded};
use hyper_util::rt::TokioIo;
use longwire_codec::Payload;
use longwire_codec::websocket::handshake::{Accept, Challenge};
use longwire_codec::websocket::{CloseCode, Framing, Incoming, ReadError, Reader};
use longwire_transport::Gone;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tracing::debug;

use super::connection::{Guarded, Place};
use super::driver::Exchange;
use super::slot::Next;
use super::stream::{Stream, WRITE_PIECES};
use super::tally::Counted;
use crate::config::HttpLimits;

/// Pongs that may wait for a peer that pings and does not read. Behind that its pings are not read either.
const MOST_WAITING: usize = 64;
/// How much is read at once.
const READ_SIZE: usize = 16 << 10;
/// Room for pieces that an idle connection of another server keeps: enough for one write of a few messages without an allocation.
const MOST_KEPT: usize = 8;

thread_local! {
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_SIZE].into());
}

/// What a WebSocket holds until its end: it is counted as running, and as a connection if our own listener accepted it.
pub(super) type Held = (Counted, Option<Arc<Place>>);

/// One WebSocket from its 101 to its end. A future made by hand: the compiler's would keep room for what a connection was made
/// from as long as the connection lasts.
pub(super) struct WebSocket {
    state: State,
    _held: Held,
}

enum State {
    Upgrading(Upgrading),
    Open(Connection),
    /// The connection ended within its handshake.
    Failed,
}

/// The 101 is on its way.
struct Upgrading {
    upgrade: OnUpgrade,
    accept: Accept,
    exchange: Exchange,
    limits: HttpLimits,
}

impl WebSocket {
    pub(super) fn new(upgrade: OnUpgrade, accept: Accept, exchange: Exchange, limits: HttpLimits, held: Held) -> Self {
        Self { state: State::Upgrading(Upgrading { upgrade, accept, exchange, limits }), _held: held }
    }

    /// One whose 101 is written; `unread` came behind the request.
    pub(super) fn own(
        io: TcpStream,
        unread: Bytes,
        accept: Accept,
        exchange: Exchange,
        limits: HttpLimits,
        held: Held,
    ) -> Self {
        let connection = Connection::new(Stream::own(io), unread, accept, exchange, limits);
        Self { state: State::Open(connection), _held: held }
    }
}

impl Future for WebSocket {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let State::Upgrading(upgrading) = &mut self.state {
            let upgraded = std::task::ready!(Pin::new(&mut upgrading.upgrade).poll(cx));
            self.state = match (upgraded, std::mem::replace(&mut self.state, State::Failed)) {
                (Ok(upgraded), State::Upgrading(upgrading)) => State::Open(upgrading.open(upgraded)),
                (Ok(_), other) => other,
                (Err(error), _) => {
                    // The exchange is dropped, which tells the session.
                    debug!(%error, "the connection ended within the handshake");
                    State::Failed
                }
            };
        }
        match &mut self.state {
            State::Open(connection) => Pin::new(connection).poll(cx),
            State::Upgrading(_) | State::Failed => Poll::Ready(()),
        }
    }
}

impl Upgrading {
    fn open(self, upgraded: Upgraded) -> Connection {
        let Self { accept, exchange, limits, .. } = self;
        // Our own listener's connections are taken out of hyper's wrappers; those of other servers stay in them.
        match upgraded.downcast::<TokioIo<Guarded<TcpStream>>>() {
            Ok(Parts { io, read_buf, .. }) => {
                let (io, unseen) = io.into_inner().into_parts();
                // Even an empty piece of hyper's buffer would keep all of it, as long as it lives.
                let unread = if unseen.is_empty() { read_buf } else { [read_buf, unseen].concat().into() };
                let unread = Some(unread).filter(|bytes| !bytes.is_empty()).unwrap_or_default();
                let stream = Stream::own(io);
                Connection::new(stream, unread, accept, exchange, limits)
            }
            Err(upgraded) => {
                let stream = Stream::Foreign(TokioIo::new(upgraded));
                Connection::new(stream, Bytes::new(), accept, exchange, limits)
            }
        }
    }
}

struct Connection {
    io: Stream,
    exchange: Exchange,
    framing: Framing,
    reader: Reader,
    phase: Phase,
    /// Read and not looked at yet; empty but for the beginning and when the session cannot take more.
    unread: Bytes,
    /// The session may not take more; it is asked before anything is read or looked at.
    is_full: bool,
    /// To be written, in order.
    outgoing: VecDeque<Bytes>,
    /// Some of `outgoing` is the session's, which wants to know when it is written.
    of_session: bool,
    timer: Option<Pin<Box<Sleep>>>,
    closing_timeout: Duration,
    write_timeout: Duration,
}

enum Phase {
    /// hixie-76: some of the eight bytes are there.
    Nonce {
        challenge: Challenge,
        nonce: [u8; 8],
        filled: usize,
    },
    Open,
    /// Nothing more is for the session. What is left is written, then our side ends, then the peer's.
    Closing {
        shut: bool,
    },
}

/// What reading came to.
enum Progress {
    Some,
    End,
}

impl Connection {
    fn new(io: Stream, unread: Bytes, accept: Accept, exchange: Exchange, limits: HttpLimits) -> Self {
        let mut connection = Self {
            io,
            exchange,
            framing: accept.framing,
            reader: Reader::new(accept.framing, limits.websocket),
            phase: Phase::Open,
            unread,
            is_full: true,
            outgoing: VecDeque::new(),
            of_session: false,
            timer: None,
            closing_timeout: limits.closing_timeout,
            write_timeout: limits.write_timeout,
        };
        match accept.challenge {
            Some(challenge) => {
                connection.phase = Phase::Nonce { challenge, nonce: [0; 8], filled: 0 };
                connection.timer = Some(Box::pin(tokio::time::sleep(limits.body_timeout)));
            }
            // The response is with the socket, or there would be no connection.
            None => connection.of_session = true,
        }
        connection
    }

    /// Writes as much of `outgoing` as the socket takes. Ready when all of it is written.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let mut slices = [IoSlice::new(&[]); WRITE_PIECES];
            let mut count = 0;
            for (slice, piece) in slices.iter_mut().zip(&self.outgoing) {
                *slice = IoSlice::new(piece);
                count += 1;
            }
            let written = std::task::ready!(Pin::new(&mut self.io).poll_write_vectored(cx, &slices[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        // Without this a wrapper that collects writes, as TLS does, would keep them.
        std::task::ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        // Where the line is lent, hardly anything ever comes this way.
        if self.io.line().is_some() || self.outgoing.capacity() > MOST_KEPT {
            self.outgoing = VecDeque::new();
        }
        if std::mem::take(&mut self.of_session) {
            self.exchange.taken(cx);
        }
        Poll::Ready(Ok(()))
    }

    /// Says something that is not the session's. The line is back first, so that nothing overtakes it.
    fn say(&mut self, frame: Bytes) {
        self.reclaim();
        self.outgoing.push_back(frame);
    }

    /// Has the line back from the session, and what the session has to say first.
    fn reclaim(&mut self) {
        if let Some(line @ None) = self.io.line()
            && let Some(chunk) = self.exchange.reclaim(line)
        {
            for piece in chunk.pieces().iter().rev() {
                self.outgoing.push_front(piece.clone());
            }
            self.of_session = true;
        }
    }

    fn advance(&mut self, mut written: usize) {
        if let Phase::Open = self.phase {
            // The peer takes something.
            self.timer = None;
        }
        while let Some(piece) = self.outgoing.front_mut() {
            if written < piece.len() {
                return piece.advance(written);
            }
            written -= piece.len();
            self.outgoing.pop_front();
        }
    }

    /// Takes what the session wants written, if it wants anything. Says whether it did.
    fn poll_session(&mut self, cx: &Context<'_>) -> bool {
        let next = match self.io.line() {
            Some(line) => self.exchange.poll_next_or_lend(cx, line),
            None => self.exchange.poll_next(cx),
        };
        match next {
            Poll::Ready(Next::Write(chunk)) => {
                self.outgoing.extend(chunk);
                self.of_session = true;
                true
            }
            Poll::Ready(Next::Finish) => {
                self.exchange.finished();
                self.close();
                true
            }
            Poll::Pending => false,
        }
    }

    fn close(&mut self) {
        self.phase = Phase::Closing { shut: false };
        self.of_session = false;
        self.timer = Some(Box::pin(tokio::time::sleep(self.closing_timeout)));
    }

    /// Reads once and handles what was read.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Progress> {
        if !self.unread.is_empty() {
            let unread = std::mem::take(&mut self.unread);
            return self.look_at(cx, &unread);
        }
        if self.outgoing.len() >= MOST_WAITING || (matches!(self.phase, Phase::Open) && self.poll_room(cx).is_pending())
        {
            return Poll::Pending;
        }
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            match std::task::ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer)) {
                Ok(()) if buffer.filled().is_empty() => {
                    self.exchange.detach(Gone::Ended);
                    Poll::Ready(Progress::End)
                }
                Ok(()) => self.look_at(cx, buffer.filled()),
                Err(error) => {
                    debug!(%error, "the connection failed");
                    self.exchange.detach(Gone::Reset);
                    Poll::Ready(Progress::End)
                }
            }
        })
    }

    /// Ready when the session can take more.
    fn poll_room(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.is_full {
            std::task::ready!(self.exchange.poll_room(cx));
            self.is_full = false;
        }
        Poll::Ready(())
    }

    /// Handles bytes from the peer; keeps those that cannot be handled yet.
    fn look_at(&mut self, cx: &mut Context<'_>, mut bytes: &[u8]) -> Poll<Progress> {
        if let Phase::Nonce { .. } = self.phase {
            self.take_nonce(&mut bytes);
        }
        let arrived = bytes.len();
        let mut was_heard = false;
        while let Phase::Open = self.phase {
            if self.is_paused(cx) {
                break;
            }
            match self.reader.read(&mut bytes) {
                Ok(Some(incoming)) => was_heard |= self.handle(incoming),
                Ok(None) => break,
                Err(error) => self.broken(error),
            }
        }
        if let Phase::Closing { .. } = self.phase {
            return Poll::Ready(Progress::Some);
        }
        if !was_heard && bytes.len() < arrived {
            // A pong, or part of something long: the session hears nothing else of these.
            self.exchange.alive();
        }
        self.unread = if bytes.is_empty() { Bytes::new() } else { Bytes::copy_from_slice(bytes) };
        self.exchange.run_handlers(cx);
        // Whoever made no progress has to wait, or it would try again for as long as the peer reads nothing.
        if arrived > 0 && bytes.len() == arrived && self.is_paused(cx) {
            return Poll::Pending;
        }
        Poll::Ready(Progress::Some)
    }

    /// Whether nothing more of what the peer says can be taken in. The task is woken when that changes: by the socket, which
    /// has pieces to take, or by the handlers.
    fn is_paused(&mut self, cx: &Context<'_>) -> bool {
        self.outgoing.len() >= MOST_WAITING || self.poll_room(cx).is_pending()
    }

    fn take_nonce(&mut self, bytes: &mut &[u8]) {
        let Phase::Nonce { challenge, nonce, filled } = &mut self.phase else { return };
        let take = bytes.len().min(nonce.len() - *filled);
        nonce[*filled..*filled + take].copy_from_slice(&bytes[..take]);
        *filled += take;
        *bytes = &bytes[take..];
        if *filled == nonce.len() {
            self.outgoing.push_back(Bytes::copy_from_slice(&challenge.digest(*nonce)));
            self.of_session = true;
            self.phase = Phase::Open;
            self.timer = None;
        }
    }

    /// Says whether it was a message, which the session heard.
    fn handle(&mut self, incoming: Incoming) -> bool {
        match incoming {
            Incoming::Text(text) => self.is_full = !self.exchange.message(Payload::Text(text)),
            Incoming::Binary(bytes) => self.is_full = !self.exchange.message(Payload::Binary(bytes)),
            Incoming::Ping(bytes) => {
                self.framing.pong(&bytes).into_iter().for_each(|pong| self.say(pong));
                return false;
            }
            Incoming::Pong(_) => return false,
            Incoming::Close { code, .. } => {
                // It may be a goodbye with a close frame of its own, and two of them are an error.
                self.exchange.withdraw();
                self.end(code, Gone::Closed(code));
                return false;
            }
        }
        true
    }

    /// What the session answered to what came before goes out first: both may have come in one piece.
    fn broken(&mut self, error: ReadError) {
        debug!(%error, "the peer broke the WebSocket protocol");
        self.reclaim();
        self.outgoing.extend(self.exchange.take_last_write().into_iter().flatten());
        self.end(Some(error.close_code()), Gone::Broken(error));
    }

    /// Says goodbye. A peer that has closed by itself hears nothing any more but this and what was half written; what its
    /// session has handed out besides is the session's again, and may be sent elsewhere.
    fn end(&mut self, code: Option<CloseCode>, cause: Gone) {
        self.say(self.framing.close(code, ""));
        self.exchange.detach(cause);
        self.close();
    }

    /// Goes on with the end. Ready when the connection can be dropped.
    fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Phase::Closing { shut } = &mut self.phase else { return Poll::Pending };
        if !*shut {
            if std::task::ready!(Pin::new(&mut self.io).poll_shutdown(cx)).is_err() {
                return Poll::Ready(());
            }
            *shut = true;
        }
        // What the peer still sends is read, or the kernel would answer it with a reset that can overtake our last bytes.
        READ_BUFFER.with_borrow_mut(|buffer| {
            loop {
                let mut buffer = ReadBuf::new(buffer);
                match std::task::ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer)) {
                    Ok(()) if !buffer.filled().is_empty() => {}
                    Ok(()) | Err(_) => return Poll::Ready(()),
                }
            }
        })
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Progress> {
        if let Some(timer) = &mut self.timer
            && timer.as_mut().poll(cx).is_ready()
        {
            self.exchange.detach(Gone::TooSlow);
            return Poll::Ready(Progress::End);
        }
        let written = match self.poll_write(cx) {
            Poll::Ready(Err(error)) => {
                debug!(%error, "the connection failed");
                self.exchange.detach(Gone::Reset);
                return Poll::Ready(Progress::End);
            }
            Poll::Ready(Ok(())) => true,
            Poll::Pending => {
                if let (Phase::Open, None) = (&self.phase, &self.timer) {
                    let mut timer = Box::pin(tokio::time::sleep(self.write_timeout));
                    // Looked at once, so that it wakes the task; a time of zero is noticed then.
                    let _ = timer.as_mut().poll(cx);
                    self.timer = Some(timer);
                }
                false
            }
        };
        match self.phase {
            Phase::Closing { .. } if written => return self.poll_closing(cx).map(|()| Progress::End),
            // Whether the peer reads or not, it is the timer that ends this.
            Phase::Closing { .. } => return Poll::Pending,
            // A session that is finished while a peer takes nothing is seen as well, and closes.
            Phase::Open if written || self.exchange.is_finished() => {
                if self.poll_session(cx) {
                    return Poll::Ready(Progress::Some);
                }
            }
            Phase::Open | Phase::Nonce { .. } => {}
        }
        self.poll_read(cx)
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match std::task::ready!(self.poll_step(cx)) {
                Progress::Some => {}
                Progress::End => return Poll::Ready(()),
            }
        }
    }
}
