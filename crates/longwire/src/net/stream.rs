//! The byte stream of a WebSocket, whose writing half may be lent to its session.
//!
//! A connection of our own listener is split into halves. While its task has nothing to write, the writing half, its [`Line`],
//! lies in the exchange's `Slot`, and whoever has something for the client writes it at once. To wake the task for it would
//! cost more than the write itself, a thousand times in a broadcast. The task has the line back before it writes anything of
//! its own: whoever has it is the only one to write.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use longwire_transport::Chunk;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// How many pieces are written at once.
pub(super) const WRITE_PIECES: usize = 64;

/// How many bytes in several pieces are copied together ahead of a write.
const MOST_JOINED: usize = 16 << 10;

thread_local! {
    static JOINED: RefCell<Joined> = const { RefCell::new(Joined { pieces: Chunk::new(), bytes: Vec::new() }) };
}

/// The pieces that were copied together last on this thread: the next receiver of a broadcast mostly gets the same ones.
struct Joined {
    pieces: Chunk,
    bytes: Vec<u8>,
}

impl Joined {
    fn join(&mut self, chunk: &Chunk) -> &[u8] {
        // What is held cannot have moved, so that the same place means the same bytes.
        let place = |piece: &Bytes| (piece.as_ptr(), piece.len());
        if !self.pieces.pieces().iter().map(place).eq(chunk.pieces().iter().map(place)) {
            self.bytes.clear();
            chunk.pieces().iter().for_each(|piece| self.bytes.extend_from_slice(piece));
            self.pieces = chunk.clone();
        }
        &self.bytes
    }
}

/// The only way to write to a socket.
#[derive(Debug)]
pub(super) struct Line(OwnedWriteHalf);

/// See the [module](self).
#[derive(Debug)]
pub(super) enum Stream {
    /// A connection of our own listener.
    Own {
        read: OwnedReadHalf,
        /// None while it is lent.
        line: Option<Line>,
    },
    /// What another server handed out.
    Foreign(TokioIo<Upgraded>),
}

impl Line {
    /// Writes as much as the socket takes without waiting, and gives back what is left. An error is left to the task, which
    /// meets it as well.
    pub(super) fn write_now(&self, mut chunk: Chunk) -> Option<Chunk> {
        loop {
            match self.try_write(&chunk) {
                Ok(written) if written == chunk.len() => return None,
                Ok(written) if written > 0 => chunk = rest(chunk, written),
                Ok(_) | Err(_) => return Some(chunk),
            }
        }
    }

    fn try_write(&self, chunk: &Chunk) -> io::Result<usize> {
        // The system does less for a plain write.
        if let [only] = chunk.pieces() {
            return self.0.try_write(only);
        }
        if chunk.len() <= MOST_JOINED {
            return JOINED.with_borrow_mut(|joined| self.0.try_write(joined.join(chunk)));
        }
        let mut slices = [IoSlice::new(&[]); WRITE_PIECES];
        let count = slices.iter_mut().zip(chunk.pieces()).map(|(slice, piece)| *slice = IoSlice::new(piece)).count();
        self.0.try_write_vectored(&slices[..count])
    }
}

/// What is left of a chunk of which `written` bytes are written.
fn rest(chunk: Chunk, mut written: usize) -> Chunk {
    let mut rest = Chunk::new();
    for mut piece in chunk {
        let taken = written.min(piece.len());
        piece.advance(taken);
        written -= taken;
        rest.push(piece);
    }
    rest
}

impl Stream {
    pub(super) fn own(socket: TcpStream) -> Self {
        let (read, line) = socket.into_split();
        Self::Own { read, line: Some(Line(line)) }
    }

    /// Where the line is while it is not lent; none if the stream has no line.
    pub(super) fn line(&mut self) -> Option<&mut Option<Line>> {
        match self {
            Self::Own { line, .. } => Some(line),
            Self::Foreign(_) => None,
        }
    }

    /// What can be written to.
    fn writer(&mut self) -> io::Result<Pin<&mut (dyn AsyncWrite + Send + Unpin)>> {
        match self {
            Self::Own { line: Some(line), .. } => Ok(Pin::new(&mut line.0)),
            // Nobody writes here before the line is back.
            Self::Own { line: None, .. } => Err(io::ErrorKind::NotConnected.into()),
            Self::Foreign(io) => Ok(Pin::new(io)),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Own { read, .. } => Pin::new(read).poll_read(cx, buffer),
            Self::Foreign(io) => Pin::new(io).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writer()?.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writer()?.poll_write_vectored(cx, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            // The system collects nothing that it does not send by itself.
            Self::Own { .. } => Poll::Ready(Ok(())),
            Self::Foreign(io) => Pin::new(io).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer()?.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_anew_when_one_of_them_is_another() {
        let mut joined = Joined { pieces: Chunk::new(), bytes: Vec::new() };
        let mut chunk = Chunk::from("abc");
        chunk.push("de".into());
        for more in ["", "f", "f"] {
            chunk.push(more.to_owned().into());
            assert_eq!(joined.join(&chunk), chunk.to_bytes());
            assert_eq!(joined.join(&chunk), chunk.to_bytes());
        }
        assert_eq!(joined.join(&Chunk::from("other")), b"other");
    }

    #[test]
    fn what_is_left_of_a_chunk_begins_behind_what_is_written() {
        let mut chunk = Chunk::from("abc");
        chunk.push("defg".into());
        chunk.push("h".into());
        for written in 0..=8 {
            assert_eq!(rest(chunk.clone(), written).to_bytes(), "abcdefgh"[written..]);
        }
    }
}
