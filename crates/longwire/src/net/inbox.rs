//! What a session has to do for its client, in order, one thing at a time.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::Waker;

use crate::hub::Item;

/// How long a spare queue may be to be kept.
const MOST_KEPT: usize = 64;

thread_local! {
    /// A queue without items for the next inbox of this thread that needs one. An idle session keeps none, and making one
    /// for every message would be the largest allocation of an echo.
    static SPARE: RefCell<VecDeque<Item>> = const { RefCell::new(VecDeque::new()) };
}

/// The queue of one session. Bounded by its callers: whoever reads from the client first asks
/// [`has_room`](Self::has_room) and waits for [`wait_for_room`](Self::wait_for_room).
#[derive(Debug)]
pub(super) struct Inbox {
    running: bool,
    items: VecDeque<Item>,
    limit: usize,
    readers: Vec<Waker>,
}

impl Inbox {
    pub(super) const fn new(limit: usize) -> Self {
        Self { running: false, items: VecDeque::new(), limit, readers: Vec::new() }
    }

    pub(super) fn push(&mut self, item: Item) {
        if self.items.capacity() == 0 {
            self.items = SPARE.try_with(RefCell::take).unwrap_or_default();
        }
        self.items.push_back(item);
    }

    pub(super) fn has_room(&self) -> bool {
        self.items.len() < self.limit
    }

    pub(super) fn wait_for_room(&mut self, waker: &Waker) {
        if !self.readers.iter().any(|reader| reader.will_wake(waker)) {
            self.readers.push(waker.clone());
        }
    }

    /// Whether there is something in it, and nobody works on it.
    pub(super) fn is_idle_with_work(&self) -> bool {
        !self.running && !self.items.is_empty()
    }

    /// Whether somebody should start working on it; the caller is somebody then.
    pub(super) fn start(&mut self) -> bool {
        let start = self.is_idle_with_work();
        self.running |= start;
        start
    }

    /// The next item for whoever works on it; nothing means that the work is over. Wakers of readers that may go on are put
    /// into `wake`.
    pub(super) fn next(&mut self, wake: &mut Vec<Waker>) -> Option<Item> {
        let item = self.items.pop_front();
        self.running = item.is_some();
        if self.has_room() {
            wake.append(&mut self.readers);
        }
        if item.is_none() && self.items.capacity() > 0 {
            let items = std::mem::take(&mut self.items);
            if items.capacity() <= MOST_KEPT {
                // A thread that ends keeps nothing.
                let _ = SPARE.try_with(|spare| spare.replace(items));
            }
        }
        item
    }
}
