//! A queue that mostly holds one thing or none.

use std::collections::VecDeque;

/// How much room a queue keeps when it is empty again.
const MOST_KEPT: usize = 16;

/// A queue whose first item needs no memory of its own.
///
/// Thousands of sessions are idle at any moment, and most queues never have a second item. In a broadcast one place less in
/// memory to look at, for each receiver, is a good part of what the receiver costs.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    first: Option<T>,
    rest: VecDeque<T>,
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Self { first: None, rest: VecDeque::new() }
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none() && self.rest.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.first.iter().chain(&self.rest)
    }

    pub(crate) fn push_back(&mut self, item: T) {
        if self.is_empty() {
            self.first = Some(item);
        } else {
            self.rest.push_back(item);
        }
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        if self.first.is_some() {
            return self.first.take();
        }
        let item = self.rest.pop_front();
        self.give_memory_back();
        item
    }

    /// Drops the first `count` items.
    pub(crate) fn drop_front(&mut self, count: usize) {
        let in_rest = count.saturating_sub(usize::from(count > 0 && self.first.take().is_some()));
        if in_rest > 0 {
            self.rest.drain(..in_rest);
            self.give_memory_back();
        }
    }

    /// A backlog of long ago is no reason to hold room for the next one.
    fn give_memory_back(&mut self) {
        if self.rest.is_empty() && self.rest.capacity() > MOST_KEPT {
            self.rest = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_leave_in_the_order_they_came_in() {
        for (before, dropped) in (0..4).flat_map(|before| (0..=before).map(move |dropped| (before, dropped))) {
            let mut queue = Queue::new();
            (0..before).for_each(|item| queue.push_back(item));
            queue.drop_front(dropped);
            queue.push_back(before);
            assert_eq!(queue.len(), before + 1 - dropped);
            assert!(queue.iter().copied().eq(dropped..=before), "{before} before, {dropped} dropped");
            (dropped..=before).for_each(|item| assert_eq!(queue.pop_front(), Some(item)));
            assert!(queue.is_empty() && queue.iter().next().is_none());
        }
    }

    #[test]
    fn an_empty_queue_keeps_little() {
        let mut queue = Queue::new();
        (0..1000_u64).for_each(|item| queue.push_back(item));
        queue.drop_front(1000);
        assert_eq!(queue.rest.capacity(), 0);
    }
}
