//! The deadlines of all sessions in a few queues, each with one timer: no session has a timer of its own.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::sync::{Arc, Weak};
use std::time::Instant;

use metrics::Gauge;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::driver::SessionHandle;

/// Deadlines, earliest first. An entry may be early: the session says then when to look again. Or it may be left over from
/// before the session had an earlier one: then the session knows it no longer.
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
            let Entry { at, session } = {
                let mut queue = self.queue.lock();
                let first = queue.peek_mut()?;
                if first.at > now {
                    return Some(first.at);
                }
                PeekMut::pop(first)
            };
            self.count.decrement(1);
            if let Some(session) = session.upgrade() {
                session.deadline_reached(at, now);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use longwire_codec::Outbound;
    use longwire_transport::socketio_rev1::Rev1;
    use longwire_transport::{CloseReason, Delivery, Input, Output, SendError, Session, SessionId};

    use super::*;
    use crate::Config;
    use crate::hub::{Hub, Link, States};
    use crate::net::registry::{Node, Registry};

    /// A session that wants nothing but to be called at a certain time.
    #[derive(Clone, Debug)]
    struct Alarm(Arc<Mutex<Instant>>);

    impl Session for Alarm {
        fn handle_input(&mut self, _: Instant, _: Input) {}

        fn handle_timeout(&mut self, _: Instant) {}

        fn send(&mut self, _: Instant, _: &Outbound, _: Delivery) -> Result<(), SendError> {
            Err(SendError::Closed)
        }

        fn close(&mut self, _: Instant, _: CloseReason) {}

        fn poll_output(&mut self, _: Instant) -> Option<Output> {
            None
        }

        fn poll_timeout(&self) -> Option<Instant> {
            Some(*self.0.lock())
        }

        fn transport(&self) -> Option<&'static str> {
            None
        }
    }

    fn registry() -> Arc<Registry> {
        let Config { hub, node, .. } = Config::default().settled();
        let timer =
            Box::new(|time| -> futures_util::future::BoxFuture<'static, ()> { Box::pin(tokio::time::sleep(time)) });
        let hub = Hub::new(Vec::new(), Vec::new(), States::default(), hub, timer).unwrap();
        let node = Arc::new(Node::new(hub, node, tokio::runtime::Handle::current()));
        Registry::new(Box::new(Rev1::default()), None, node)
    }

    #[tokio::test]
    async fn a_session_that_was_in_a_hurry_has_one_entry_again() {
        let registry = registry();
        let deadlines = &registry.node().deadlines;
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let alarm = Alarm(Arc::new(Mutex::new(at(20))));
        let session = SessionHandle::new(SessionId::new("x"), &registry, Box::new(alarm.clone()), |_| None);
        let want = |seconds| {
            *alarm.0.lock() = at(seconds);
            Arc::clone(&session).deadline_changed();
        };

        want(20);
        for round in 1..=5 {
            let round = 20 * round;
            // Earlier than what stands there, and back once that has come.
            want(round - 10);
            assert_eq!(deadlines.queue.lock().len(), 2);
            *alarm.0.lock() = at(round);
            assert_eq!(deadlines.call_due(at(round - 10)), Some(at(round)));
            *alarm.0.lock() = at(round + 20);
            assert_eq!(deadlines.call_due(at(round)), Some(at(round + 20)));
            assert_eq!(deadlines.queue.lock().len(), 1, "in round {round}");
        }
        drop(session);
        assert_eq!(deadlines.call_due(at(1000)), None);
    }
}
