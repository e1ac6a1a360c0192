//! A count that somebody can wait to see at zero.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// How many of something there are.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    count: AtomicUsize,
    zero: Notify,
}

/// One of them, as long as it lives.
#[derive(Debug)]
pub(crate) struct Counted(Arc<Tally>);

impl Tally {
    /// One more, until it is dropped.
    pub(crate) fn count(self: &Arc<Self>) -> Counted {
        self.count.fetch_add(1, Ordering::AcqRel);
        Counted(Arc::clone(self))
    }

    pub(crate) fn get(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Resolves when there are none. Cancel safe.
    pub(crate) async fn zero(&self) {
        loop {
            let zero = self.zero.notified();
            if self.get() == 0 {
                return;
            }
            zero.await;
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.zero.notify_waiters();
        }
    }
}
