//! The deadlines of all sessions in a few queues, each with one timer: no session has a timer of its own.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Arc, Weak};
use std::time::Instant;

use metrics::Gauge;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::driver::SessionHandle;

/// Deadlines, earliest first. An entry may be early: the session says then when to look again.
pub(crate) struct Deadlines {
    queue: Mutex<BinaryHeap<Entry>>,
    earlier: Notify,
    /// How many entries there are, for whoever reads the metrics.
    count: Gauge,
}

struct Entry {
    at: Instant,
    session: Weak<SessionHandle>,
}

impl Deadlines {
    pub(super) fn new() -> Self {
        let count = metrics::gauge!("longwire_deadlines");
        Self { queue: Mutex::default(), earlier: Notify::new(), count }
    }

    /// Has [`SessionHandle::deadline_reached`] called at `at`.
    pub(super) fn add(&self, at: Instant, session: Weak<SessionHandle>) {
        let first = {
            let mut queue = self.queue.lock();
            let first = queue.peek().is_none_or(|entry| at < entry.at);
            queue.push(Entry { at, session });
            first
        };
        self.count.increment(1);
        if first {
            self.earlier.notify_one();
        }
    }

    /// Calls sessions when their deadlines are reached, until it is dropped. Cancel safe.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            let next = self.call_due(Instant::now());
            let earlier = self.earlier.notified();
            match next {
                Some(at) => drop(tokio::time::timeout_at(at.into(), earlier).await),
                None => earlier.await,
            }
        }
    }

    fn call_due(&self, now: Instant) -> Option<Instant> {
        loop {
            let session = {
                let mut queue = self.queue.lock();
                match queue.peek() {
                    Some(entry) if entry.at <= now => {
                        self.count.decrement(1);
                        queue.pop().and_then(|entry| entry.session.upgrade())
                    }
                    Some(entry) => return Some(entry.at),
                    None => return None,
                }
            };
            if let Some(session) = session {
                session.deadline_reached(now);
            }
        }
    }
}

/// The heap has its greatest entry on top, so the earliest is the greatest.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}
