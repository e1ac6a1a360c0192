//! Where a session leaves what its exchanges shall do, for the tasks that have the sockets.

use std::task::{Context, Poll, Waker};

use http::Response;
use longwire_transport::{Body, Chunk};
use parking_lot::Mutex;

/// The meeting place of a session and the task of one of its exchanges.
#[derive(Debug, Default)]
pub(super) struct Slot(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    response: Option<Response<Body>>,
    chunk: Option<Chunk>,
    finished: bool,
    waker: Option<Waker>,
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

    pub(super) fn write(&self, chunk: Chunk) {
        self.change(|state| {
            debug_assert!(state.chunk.is_none(), "a session writes one chunk at a time");
            state.chunk = Some(chunk);
        });
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

    pub(super) fn poll_next(&self, cx: &Context<'_>) -> Poll<Next> {
        let mut state = self.0.lock();
        if let Some(chunk) = state.chunk.take() {
            return Poll::Ready(Next::Write(chunk));
        }
        if state.finished {
            return Poll::Ready(Next::Finish);
        }
        remember(&mut state.waker, cx);
        Poll::Pending
    }
}

fn remember(waker: &mut Option<Waker>, cx: &Context<'_>) {
    match waker {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *waker = Some(cx.waker().clone()),
    }
}
