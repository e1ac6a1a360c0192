//! Where a session leaves what its exchanges shall do, for the tasks that have the sockets.
//!
//! The task of a WebSocket that has nothing to write leaves its [`Line`] here as well, so that a chunk can be written without
//! it.

use std::task::{Context, Poll, Waker};

use http::Response;
use longwire_transport::{Body, Chunk};
use parking_lot::{Mutex, MutexGuard};

use super::stream::Line;

/// The meeting place of a session and the task of one of its exchanges.
#[derive(Debug, Default)]
pub(super) struct Slot(Mutex<State>);

/// The line first: it is all that a write without the task looks at.
#[derive(Debug, Default)]
#[repr(C)]
struct State {
    line: Option<Line>,
    finished: bool,
    waker: Option<Waker>,
    chunk: Option<Chunk>,
    /// The beginning of the chunk is with the socket already: the rest has to follow.
    begun: bool,
    /// Boxed because a WebSocket has none for most of its life.
    response: Option<Box<Response<Body>>>,
}

/// What comes next on a stream or WebSocket.
#[derive(Debug)]
pub(super) enum Next {
    /// Write this, then say that it is written.
    Write(Chunk),
    /// End it.
    Finish,
}

impl Slot {
    pub(super) fn respond(&self, response: Response<Body>) {
        self.change(|state| state.response = Some(Box::new(response)));
    }

    /// Leaves a chunk for the task.
    pub(super) fn write(&self, chunk: Chunk) {
        self.change(|state| {
            debug_assert!(state.chunk.is_none(), "a session writes one chunk at a time");
            state.chunk = Some(chunk);
            state.begun = false;
        });
    }

    /// Drops what was left here, unless some of it is with the socket already.
    pub(super) fn withdraw(&self) {
        let mut state = self.0.lock();
        if !state.begun {
            state.chunk = None;
        }
    }

    /// Whether the line is here, so that it is worth a try to [write on it](LockedLine::write).
    pub(super) fn has_line(&self) -> bool {
        self.0.lock().line.is_some()
    }

    /// The line, for one write. Nobody else uses the slot meanwhile.
    pub(super) fn line(&self) -> LockedLine<'_> {
        LockedLine(self.0.lock())
    }

    pub(super) fn finish(&self) {
        self.change(|state| state.finished = true);
    }

    /// Whether nothing will follow what is in here.
    pub(super) fn is_finished(&self) -> bool {
        self.0.lock().finished
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.0.lock();
            change(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The response; nothing if the session ended without one.
    pub(super) fn poll_response(&self, cx: &Context<'_>) -> Poll<Option<Response<Body>>> {
        let mut state = self.0.lock();
        if let Some(response) = state.response.take() {
            return Poll::Ready(Some(*response));
        }
        if state.finished {
            return Poll::Ready(None);
        }
        remember(&mut state.waker, cx);
        Poll::Pending
    }

    /// What is to be written, if anything is.
    pub(super) fn take_write(&self) -> Option<Chunk> {
        self.0.lock().chunk.take()
    }

    /// What to do next. The line, if there is one, is with the task when there is something to do, and here as long as there
    /// is nothing.
    pub(super) fn poll_next(&self, cx: &Context<'_>, line: &mut Option<Line>) -> Poll<Next> {
        let mut state = self.0.lock();
        if let Some(chunk) = state.chunk.take() {
            reclaim(&mut state.line, line);
            return Poll::Ready(Next::Write(chunk));
        }
        if state.finished {
            reclaim(&mut state.line, line);
            return Poll::Ready(Next::Finish);
        }
        if line.is_some() {
            state.line = line.take();
        }
        remember(&mut state.waker, cx);
        Poll::Pending
    }

    /// Gives the line back to the task, which has something of its own to write, and what has to be written ahead of that.
    pub(super) fn reclaim(&self, line: &mut Option<Line>) -> Option<Chunk> {
        let mut state = self.0.lock();
        reclaim(&mut state.line, line);
        state.chunk.take()
    }
}

/// The line of a slot, for one write.
pub(super) struct LockedLine<'a>(MutexGuard<'a, State>);

impl LockedLine<'_> {
    /// Writes a chunk, if the line is still here. Says whether all of it is with the socket; the rest is left for the task.
    pub(super) fn write(self, chunk: Chunk) -> bool {
        let Self(mut state) = self;
        let whole = chunk.len();
        let left = match &state.line {
            Some(line) => line.write_now(chunk),
            None => Some(chunk),
        };
        let Some(left) = left else { return true };
        state.begun = left.len() < whole;
        state.chunk = Some(left);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        false
    }
}

fn reclaim(lent: &mut Option<Line>, line: &mut Option<Line>) {
    if lent.is_some() {
        *line = lent.take();
    }
}

fn remember(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *waker = Some(cx.waker().clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::net::stream::Stream;

    /// Our end of a connection, with the line taken out, and the peer's.
    async fn connection() -> (Stream, Option<Line>, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut ours = listener.accept().await.unwrap().0;
        // Only a socket that has been written to is known to be writable.
        ours.write_all(b"!").await.unwrap();
        let mut stream = Stream::own(ours);
        let line = stream.line().unwrap().take();
        (stream, line, peer)
    }

    fn lend(slot: &Slot, line: &mut Option<Line>) {
        assert!(slot.poll_next(&Context::from_waker(Waker::noop()), line).is_pending());
        assert!(line.is_none() && slot.has_line());
    }

    #[tokio::test]
    async fn a_chunk_is_written_without_the_task_while_the_line_is_lent() {
        let (_stream, mut line, mut peer) = connection().await;
        let slot = Slot::default();
        assert!(!slot.has_line());
        lend(&slot, &mut line);
        assert!(slot.line().write("first".into()));
        assert_eq!(slot.reclaim(&mut line).map(|chunk| chunk.to_bytes()), None);
        assert!(line.is_some() && !slot.has_line());
        // Without the line it is left for the task.
        assert!(!slot.line().write("second".into()));
        let next = slot.poll_next(&Context::from_waker(Waker::noop()), &mut line);
        assert!(matches!(next, Poll::Ready(Next::Write(chunk)) if chunk.to_bytes() == "second"));
        let mut read = [0; 6];
        peer.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"!first");
    }

    #[tokio::test]
    async fn what_the_socket_does_not_take_comes_back_with_the_line() {
        let (_stream, mut line, mut peer) = connection().await;
        let slot = Slot::default();
        lend(&slot, &mut line);
        let all: Vec<u8> = (0..32_000_000_u32).map(|number| number as u8).collect();
        assert!(!slot.line().write(all.clone().into()));
        let rest = slot.reclaim(&mut line).unwrap().to_bytes();
        assert!(line.is_some() && !rest.is_empty() && rest.len() < all.len());
        let mut read = vec![0; 1 + all.len() - rest.len()];
        peer.read_exact(&mut read).await.unwrap();
        assert!(read[1..] == all[..read.len() - 1] && rest == all[read.len() - 1..]);
    }

    #[tokio::test]
    async fn what_has_begun_cannot_be_withdrawn() {
        let (_stream, mut line, _peer) = connection().await;
        let slot = Slot::default();
        assert!(!slot.line().write("left for the task".into()));
        slot.withdraw();
        lend(&slot, &mut line);
        assert!(!slot.line().write(vec![0; 32_000_000].into()));
        slot.withdraw();
        assert!(slot.reclaim(&mut line).is_some());
    }

    #[tokio::test]
    async fn the_end_brings_the_line_back() {
        let (_stream, mut line, _peer) = connection().await;
        let slot = Slot::default();
        lend(&slot, &mut line);
        slot.finish();
        let next = slot.poll_next(&Context::from_waker(Waker::noop()), &mut line);
        assert!(matches!(next, Poll::Ready(Next::Finish)) && line.is_some());
    }
}
