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

thread_local! {
    /// The sessions that were sent to in the turn that runs on this thread; none outside of turns.
    static WAITING: RefCell<Option<Vec<Arc<SessionHandle>>>> = const { RefCell::new(None) };
}

/// Notes `session` for the end of the turn. Says whether there is a turn.
pub(super) fn defer(session: &Arc<SessionHandle>) -> bool {
    WAITING.with_borrow_mut(|waiting| {
        let Some(waiting) = waiting else { return false };
        waiting.push(Arc::clone(session));
        true
    })
}

/// Ends the turn when dropped, also by a panic.
struct Turn {
    outermost: bool,
}

impl Turn {
    fn begin() -> Self {
        WAITING.with_borrow_mut(|waiting| {
            let outermost = waiting.is_none();
            waiting.get_or_insert_default();
            Self { outermost }
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.outermost {
            return;
        }
        for session in WAITING.take().into_iter().flatten() {
            session.end_of_turn();
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
