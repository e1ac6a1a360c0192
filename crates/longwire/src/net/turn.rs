//! One turn of a handler: what is sent during it leaves when it is over.
//!
//! A held poll can be answered once. If the first thing that a handler sends answered it, the rest would wait for the next
//! poll; and ten events to one WebSocket would be ten writes. So sessions that are sent to while a handler runs are only
//! noted, and drained when the handler has returned or waits for something.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::driver::SessionHandle;

/// How long the list of a thread may be to be kept for its next turn.
const MOST_KEPT: usize = 1024;

/// The turns of one thread.
struct Turns {
    /// One is under way.
    running: bool,
    /// The sessions that were sent to in it.
    waiting: Vec<Arc<SessionHandle>>,
}

thread_local! {
    static TURNS: RefCell<Turns> = const { RefCell::new(Turns { running: false, waiting: Vec::new() }) };
}

/// Notes `session` for the end of the turn. Says whether there is a turn.
pub(super) fn defer(session: &Arc<SessionHandle>) -> bool {
    TURNS.with_borrow_mut(|turns| {
        if turns.running {
            turns.waiting.push(Arc::clone(session));
        }
        turns.running
    })
}

/// Ends the turn when dropped, also by a panic.
pub(super) struct Turn {
    outermost: bool,
}

impl Turn {
    pub(super) fn begin() -> Self {
        TURNS.with_borrow_mut(|turns| Self { outermost: !std::mem::replace(&mut turns.running, true) })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.outermost {
            return;
        }
        let mut waiting = TURNS.with_borrow_mut(|turns| {
            turns.running = false;
            std::mem::take(&mut turns.waiting)
        });
        for session in waiting.drain(..) {
            session.end_of_turn();
        }
        if waiting.capacity() <= MOST_KEPT {
            TURNS.with_borrow_mut(|turns| turns.waiting = waiting);
        }
    }
}

/// Runs each poll of `future` as one turn.
#[derive(Debug)]
pub(super) struct InTurns<F>(pub(super) F);

impl<F: Future + Unpin> Future for InTurns<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _turn = Turn::begin();
        Pin::new(&mut self.0).poll(cx)
    }
}
