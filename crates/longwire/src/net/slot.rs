//! Where a session leaves what its exchanges shall do, for the tasks that have the sockets.
//!
//! The task of a WebSocket that has nothing to write leaves its [`Line`] here as well, so that a chunk can be written without
//! it.

use std::task::{Context, Poll, Waker};

use http::Response;
use longwire_transport::{Body, Chunk};
use parking_lot::Mutex;

use super::stream::Line;

/// The meeting place of a session and the task of one of its exchanges.
#[derive(Debug, Default)]
pub(super) struct Slot(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    response: Option<Response<Body>>,
    chunk: Option<Chunk>,
    finished: bool,
    waker: Option<Waker>,
    line: Option<Line>,
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
        self.change(|state| state.response = Some(response));
    }

    /// Leaves a chunk for the task.
    pub(super) fn write(&self, chunk: Chunk) {
        self.change(|state| {
            debug_assert!(state.chunk.is_none(), "a session writes one chunk at a time");
            state.chunk = Some(chunk);
        });
    }

    /// Leaves a chunk. Says whether [`flush`](Self::flush) should be tried; otherwise the task was woken.
    pub(super) fn write_or_flush(&self, chunk: Chunk) -> bool {
        let mut state = self.0.lock();
        if state.line.is_none() {
            drop(state);
            self.write(chunk);
            return false;
        }
        debug_assert!(state.chunk.is_none(), "a session writes one chunk at a time");
        state.chunk = Some(chunk);
        true
    }

    /// Writes the chunk that was left here, if the line is here. Says whether all of it is with the socket; otherwise the task
    /// sees to the rest.
    pub(super) fn flush(&self) -> bool {
        let waker = {
            let mut state = self.0.lock();
            // The task may have taken either of them meanwhile.
            let State { line: Some(line), chunk, waker, .. } = &mut *state else { return false };
            let Some(left) = chunk.take() else { return false };
            *chunk = line.write_now(left);
            if chunk.is_none() {
                return true;
            }
            waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        false
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
            return Poll::Ready(Some(response));
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
