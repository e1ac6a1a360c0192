//! The task of one HTTP connection: reads a request, has it answered, writes the answer, as long as all is plain.
//!
//! It holds no buffer while it waits. Bytes are read into one that all connections of a thread share; what comes behind a
//! request is kept, and then nothing more is read before the request is answered.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::header::CONNECTION;
use http::{HeaderValue, Response, StatusCode};
use longwire_transport::PeerInfo;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, timeout};
use tracing::debug;

use super::head::{self, PlainRequest};
use super::response::{Length, write_chunk_size, write_head};
use crate::net::connection::Place;
use crate::net::driver::Exchange;
use crate::net::http::{Accepted, Inner, ResponseBody};
use crate::net::listener::Listener;
use crate::net::slot::Next;
use crate::net::stream::WRITE_PIECES;

/// How much is read at once, and so the largest request.
const READ_SIZE: usize = 16 << 10;
/// What is at most copied together ahead of a write.
const MOST_JOINED: usize = 16 << 10;

thread_local! {
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_SIZE].into());
    static WRITE_BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What becomes of a connection.
#[derive(Debug)]
pub(in crate::net) enum End {
    /// It is closed, or a WebSocket.
    Over,
    /// hyper goes on with it, from these bytes on.
    Hyper(TcpStream, Bytes),
    /// It began with `<`.
    Policy(TcpStream, Bytes),
}

/// Serves a connection as long as it is plain.
pub(in crate::net) async fn serve(listener: &Listener, io: TcpStream, address: SocketAddr, place: &Arc<Place>) -> End {
    let mut connection = Connection::new(io, listener);
    let mut stopped = pin!(listener.stopped());
    loop {
        let arrived = std::future::poll_fn(|cx| {
            if stopped.as_mut().poll(cx).is_ready() {
                Poll::Ready(Arrived::Nothing)
            } else {
                connection.poll_request(cx)
            }
        });
        let mut request = match arrived.await {
            Arrived::Request(request) => request,
            Arrived::Other(bytes) if connection.is_policy(&bytes) => return End::Policy(connection.io, bytes),
            Arrived::Other(bytes) => return End::Hyper(connection.io, bytes),
            Arrived::Nothing => return End::Over,
        };
        let Some(routed) = listener.router.find(&mut request.head, PeerInfo { address, secure: false }) else {
            let bytes = [request.head_bytes, request.body, connection.unread].concat().into();
            return End::Hyper(connection.io, bytes);
        };
        let (head, body, wants_upgrade) = request.into_parts();
        let response = {
            let mut answer = pin!(listener.router.plain(routed, head, body, wants_upgrade).answer());
            // An `async fn` that was handed the future would have room for it twice.
            std::future::poll_fn(|cx| connection.poll_unless_gone(answer.as_mut(), cx)).await
        };
        let Some(response) = response else { return End::Over };
        match connection.respond(response).await {
            Ok(Answered::Open) => connection.idle_since = Instant::now(),
            Ok(Answered::Closing) => {
                // The peer may be gone by itself.
                let _ = connection.io.shutdown().await;
                return End::Over;
            }
            Ok(Answered::WebSocket(accepted)) => {
                accepted.open(connection.io, connection.unread, Arc::clone(place));
                return End::Over;
            }
            Err(error) => {
                // Whatever the answer carried goes back to its session when the exchange is dropped.
                debug!(%address, %error, "an HTTP connection failed");
                return End::Over;
            }
        }
    }
}

struct Connection<'a> {
    io: TcpStream,
    listener: &'a Listener,
    /// Read and not looked at yet.
    unread: Bytes,
    idle_since: Instant,
    /// Set to the idle limit that was in force when it was set; looked at again when it runs out.
    timer: Option<Pin<Box<Sleep>>>,
    /// Nothing was ever read from it.
    is_new: bool,
}

/// What came.
enum Arrived {
    /// Boxed because a connection has none for most of its life.
    Request(Box<PlainRequest>),
    /// Something that is not for us.
    Other(Bytes),
    /// The connection is over.
    Nothing,
}

/// How the connection goes on behind an answer.
enum Answered {
    Open,
    Closing,
    WebSocket(Box<Accepted>),
}

impl<'a> Connection<'a> {
    fn new(io: TcpStream, listener: &'a Listener) -> Self {
        Self { io, listener, unread: Bytes::new(), idle_since: Instant::now(), timer: None, is_new: true }
    }

    /// Whether the connection begins with what can only be a Flash policy request.
    fn is_policy(&self, bytes: &[u8]) -> bool {
        self.is_new && self.listener.policy.is_some() && bytes.first() == Some(&b'<')
    }

    /// The next request. What does not come in one piece is not waited for here.
    fn poll_request(&mut self, cx: &mut Context<'_>) -> Poll<Arrived> {
        if !self.unread.is_empty() {
            let unread = std::mem::take(&mut self.unread);
            let request = self.parse(&unread);
            return Poll::Ready(match request {
                Some(request) => {
                    self.unread = unread.slice(request.len()..);
                    Arrived::Request(request)
                }
                None => Arrived::Other(unread),
            });
        }
        let arrived = READ_BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            let result = std::task::ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer));
            let bytes = buffer.filled();
            if result.is_err() || bytes.is_empty() {
                return Poll::Ready(Arrived::Nothing);
            }
            Poll::Ready(match self.parse(bytes) {
                Some(request) => {
                    self.unread = Bytes::copy_from_slice(&bytes[request.len()..]);
                    Arrived::Request(request)
                }
                None => Arrived::Other(Bytes::copy_from_slice(bytes)),
            })
        });
        if arrived.is_pending() && self.poll_idle(cx).is_ready() {
            return Poll::Ready(Arrived::Nothing);
        }
        arrived
    }

    fn parse(&mut self, bytes: &[u8]) -> Option<Box<PlainRequest>> {
        let request = head::parse(bytes, self.listener.header_count);
        self.is_new &= request.is_none();
        request.map(Box::new)
    }

    /// Ready when the connection was without a request for too long.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let limit = self.idle_since + self.listener.times.idle;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(limit)));
        // Moving a timer costs more than letting it run out early.
        while timer.as_mut().poll(cx).is_ready() {
            if limit <= Instant::now() {
                return Poll::Ready(());
            }
            timer.as_mut().reset(limit);
        }
        Poll::Pending
    }

    /// Polls something, unless the peer goes first.
    fn poll_unless_gone<F: Future>(&mut self, something: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        match something.poll(cx) {
            Poll::Ready(something) => Poll::Ready(Some(something)),
            Poll::Pending => self.poll_gone(cx).map(|()| None),
        }
    }

    /// Ready when the peer has closed. If it has something to say first, that is kept, and the end is not seen before the
    /// answer is written.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.unread.is_empty() {
            return Poll::Pending;
        }
        READ_BUFFER.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            let result = std::task::ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer));
            if result.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
            self.unread = Bytes::copy_from_slice(buffer.filled());
            Poll::Pending
        })
    }

    async fn respond(&mut self, response: Response<ResponseBody>) -> io::Result<Answered> {
        let (mut head, body) = response.into_parts();
        let says_close = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"close");
        let mut is_last = head.headers.get(CONNECTION).is_some_and(says_close);
        if *self.listener.stop.borrow() && !is_last && head.status != StatusCode::SWITCHING_PROTOCOLS {
            head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
            is_last = true;
        }
        match body.into_inner() {
            Inner::Whole { left, exchange, .. } => {
                let length = Length::Known(left.len());
                self.write(|out| write_head(out, &head, length), left.0, Framing::Plain).await?;
                if let Some(mut exchange) = exchange {
                    now(|cx| exchange.complete(cx)).await;
                }
            }
            Inner::Stream { left, exchange } => {
                self.write(|out| write_head(out, &head, Length::Chunked), left.0, Framing::Chunks).await?;
                drop(head);
                Box::pin(self.stream(exchange)).await?;
            }
            Inner::WebSocket(accepted) => {
                self.write(|out| write_head(out, &head, Length::Known(0)), [], Framing::Plain).await?;
                return Ok(Answered::WebSocket(accepted));
            }
        }
        Ok(if is_last { Answered::Closing } else { Answered::Open })
    }

    /// Writes what the session has to say, as long as it likes.
    async fn stream(&mut self, mut exchange: Exchange) -> io::Result<()> {
        loop {
            now(|cx| exchange.taken(cx)).await;
            let next = std::future::poll_fn(|cx| match exchange.poll_next(cx) {
                Poll::Ready(next) => Poll::Ready(Some(next)),
                Poll::Pending => self.poll_gone(cx).map(|()| None),
            });
            match next.await {
                Some(Next::Write(chunk)) => self.write(|_| {}, chunk, Framing::Chunks).await?,
                Some(Next::Finish) => {
                    exchange.finished();
                    return self.write(|out| out.extend_from_slice(b"0\r\n\r\n"), [], Framing::Plain).await;
                }
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// Writes what `begin` puts there, then the pieces.
    async fn write(
        &self,
        begin: impl FnOnce(&mut Vec<u8>),
        pieces: impl IntoIterator<Item = Bytes>,
        framing: Framing,
    ) -> io::Result<()> {
        let rest = WRITE_BUFFER.with_borrow_mut(|out| {
            out.clear();
            begin(out);
            self.write_now(out, pieces, framing)
        })?;
        if rest.is_empty() {
            return Ok(());
        }
        Box::pin(self.write_rest(rest)).await
    }

    /// Writes as much as the socket takes at once, if all of it is little; gives back the rest.
    fn write_now(
        &self,
        out: &mut Vec<u8>,
        pieces: impl IntoIterator<Item = Bytes>,
        framing: Framing,
    ) -> io::Result<VecDeque<Bytes>> {
        let mut rest = VecDeque::new();
        for piece in pieces {
            if framing == Framing::Chunks {
                write_chunk_size(out, piece.len());
            }
            if out.len() + piece.len() <= MOST_JOINED {
                out.extend_from_slice(&piece);
            } else {
                rest.push_back(Bytes::copy_from_slice(out));
                rest.push_back(piece);
                out.clear();
            }
            if framing == Framing::Chunks {
                out.extend_from_slice(b"\r\n");
            }
        }
        let written = if !rest.is_empty() || out.is_empty() {
            0
        } else {
            match self.io.try_write(out) {
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                Err(error) => return Err(error),
            }
        };
        if written < out.len() {
            rest.push_back(Bytes::copy_from_slice(&out[written..]));
        }
        Ok(rest)
    }

    /// Writes what the socket did not take at once.
    async fn write_rest(&self, mut rest: VecDeque<Bytes>) -> io::Result<()> {
        while !rest.is_empty() {
            let written = {
                let mut slices = [IoSlice::new(&[]); WRITE_PIECES];
                let count = slices.iter_mut().zip(&rest).map(|(slice, piece)| *slice = IoSlice::new(piece)).count();
                self.io.try_write_vectored(&slices[..count])
            };
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => advance(&mut rest, written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    timeout(self.listener.times.write, self.io.writable()).await??;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// How the pieces of a body are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Plain,
    /// One piece is one chunk.
    Chunks,
}

fn advance(pieces: &mut VecDeque<Bytes>, mut written: usize) {
    while let Some(piece) = pieces.front_mut() {
        if written < piece.len() {
            return piece.advance(written);
        }
        written -= piece.len();
        pieces.pop_front();
    }
}

/// Calls something that may want to wake the task later.
async fn now(call: impl FnOnce(&mut Context<'_>)) {
    let mut call = Some(call);
    std::future::poll_fn(|cx| {
        if let Some(call) = call.take() {
            call(cx);
        }
        Poll::Ready(())
    })
    .await;
}
