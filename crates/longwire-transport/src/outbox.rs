//! The messages of one session on their way out: a queue with a budget.
//!
//! From front to back the queue has three parts:
//!
//! ```text
//! | kept: written, but nothing proves yet | leaving: handed out, | waiting: on no exchange |
//! | that the transport reaches the peer   | not yet written      | so far                  |
//! ```
//!
//! Handing out, putting back and sending again only move the borders between the parts, so order cannot be lost on the way.
//! The budget counts what leaves and what waits; what is kept has a smaller bound of its own. Messages are kept only between
//! [`start_over`](Outbox::start_over) and [`prove`](Outbox::prove); a protocol that never starts over keeps nothing.

use longwire_codec::Outbound;

use crate::SendError;
use crate::queue::Queue;

/// What an [`Outbox`] may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutboxLimits {
    /// Bytes that leave or wait. One message may be larger: it fits when nothing else is there.
    pub(crate) bytes: usize,
    /// Messages that leave or wait.
    pub(crate) messages: usize,
    /// Bytes that are kept in case the transport turns out not to work.
    pub(crate) kept_bytes: usize,
}

/// What was kept is incomplete: its bound was passed, and sending it again would leave a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Incomplete;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: Queue<Outbound>,
    kept: usize,
    leaving: usize,
    kept_bytes: usize,
    bytes: usize,
    keeping: Keeping,
    /// Somebody was told [`SendError::Full`] and waits for room.
    refused: bool,
    limits: OutboxLimits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeping {
    No,
    All,
    /// The bound was passed and everything kept was let go.
    Given,
}

impl Outbox {
    pub(crate) const fn new(limits: OutboxLimits) -> Self {
        Self {
            queue: Queue::new(),
            kept: 0,
            leaving: 0,
            kept_bytes: 0,
            bytes: 0,
            keeping: Keeping::No,
            refused: false,
            limits,
        }
    }

    /// Appends a message, unless that would pass the budget.
    pub(crate) fn push(&mut self, message: &Outbound) -> Result<(), SendError> {
        if !self.has_room_for(message) {
            self.refused = true;
            return Err(SendError::Full { queued: self.bytes, limit: self.limits.bytes });
        }
        self.bytes += message.size_hint();
        self.queue.push_back(message.clone());
        Ok(())
    }

    /// Whether [`push`](Self::push) would accept `message`.
    pub(crate) fn has_room_for(&self, message: &Outbound) -> bool {
        let messages = self.queue.len() - self.kept;
        messages == 0
            || (messages < self.limits.messages && self.bytes.saturating_add(message.size_hint()) <= self.limits.bytes)
    }

    /// Whether nothing leaves, waits or is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// What is on no exchange so far, in order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Outbound> + Clone {
        self.queue.iter().skip(self.kept + self.leaving)
    }

    /// How many messages are on no exchange so far.
    pub(crate) fn waiting_count(&self) -> usize {
        self.queue.len() - self.kept - self.leaving
    }

    /// Hands out the first `count` of those that wait. Nothing may be leaving at that moment.
    pub(crate) fn hand_out(&mut self, count: usize) {
        debug_assert_eq!(self.leaving, 0, "one write at a time");
        self.leaving = count.min(self.queue.len() - self.kept);
    }

    /// What was handed out has been written.
    pub(crate) fn confirm(&mut self) {
        let leaving = std::mem::take(&mut self.leaving);
        let written = self.queue.iter().skip(self.kept).take(leaving).map(Outbound::size_hint).sum::<usize>();
        self.bytes -= written;
        match self.keeping {
            Keeping::All if self.kept_bytes + written <= self.limits.kept_bytes => {
                self.kept += leaving;
                self.kept_bytes += written;
            }
            Keeping::All => {
                self.kept += leaving;
                self.drop_kept();
                self.keeping = Keeping::Given;
            }
            Keeping::No | Keeping::Given => self.queue.drop_front(leaving),
        }
    }

    /// What was handed out did not arrive and waits again, ahead of everything else.
    pub(crate) fn put_back(&mut self) {
        self.leaving = 0;
    }

    /// The transport works: what was written arrived, or will, and needs not be kept.
    pub(crate) fn prove(&mut self) {
        self.drop_kept();
        self.keeping = Keeping::No;
    }

    /// Another transport begins: everything unproven waits again, and what is written from now on is kept until
    /// [`prove`](Self::prove).
    pub(crate) fn start_over(&mut self) -> Result<(), Incomplete> {
        let was = std::mem::replace(&mut self.keeping, Keeping::All);
        self.leaving = 0;
        self.kept = 0;
        self.bytes += std::mem::take(&mut self.kept_bytes);
        if was == Keeping::Given { Err(Incomplete) } else { Ok(()) }
    }

    /// Whether somebody who was told [`SendError::Full`] can be told, once, that half of the budget is free again.
    pub(crate) fn take_writable(&mut self) -> bool {
        let messages = self.queue.len() - self.kept;
        let writable = self.refused && self.bytes <= self.limits.bytes / 2 && messages <= self.limits.messages / 2;
        self.refused &= !writable;
        writable
    }

    fn drop_kept(&mut self) {
        self.queue.drop_front(std::mem::take(&mut self.kept));
        self.kept_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use longwire_codec::Payload;

    use super::*;

    const LIMITS: OutboxLimits = OutboxLimits { bytes: 10, messages: 4, kept_bytes: 6 };

    fn message(text: &str) -> Outbound {
        Outbound::new(Payload::from(text))
    }

    fn outbox(texts: &[&str]) -> Outbox {
        let mut outbox = Outbox::new(LIMITS);
        for text in texts {
            outbox.push(&message(text)).expect("it fits");
        }
        outbox
    }

    fn waiting(outbox: &Outbox) -> Vec<String> {
        let text = |message: &Outbound| match message.message() {
            longwire_codec::Message::Payload(payload) => payload.as_text().unwrap().to_owned(),
            longwire_codec::Message::Packet(_) => unreachable!("only texts are sent here"),
        };
        outbox.waiting().map(text).collect()
    }

    #[test]
    fn what_was_handed_out_counts_until_it_is_written() {
        let mut outbox = outbox(&["12345", "6789"]);
        outbox.hand_out(2);
        assert_eq!(waiting(&outbox), [""; 0]);
        assert_eq!(outbox.push(&message("ab")), Err(SendError::Full { queued: 9, limit: 10 }));
        outbox.confirm();
        outbox.push(&message("ab")).expect("all is written");
        assert_eq!(waiting(&outbox), ["ab"]);
    }

    #[test]
    fn what_did_not_arrive_leaves_first() {
        let mut outbox = outbox(&["1", "2", "3"]);
        outbox.hand_out(2);
        outbox.push(&message("4")).unwrap();
        outbox.put_back();
        assert_eq!(waiting(&outbox), ["1", "2", "3", "4"]);
    }

    #[test]
    fn a_message_above_the_budget_fits_when_it_is_alone() {
        let mut outbox = outbox(&["far more than ten bytes"]);
        assert!(outbox.push(&message("")).is_err());
        outbox.hand_out(1);
        outbox.confirm();
        outbox.push(&message("1")).unwrap();
        assert!(outbox.push(&message("1234567890")).is_err());
    }

    #[test]
    fn messages_are_counted_too() {
        let mut outbox = outbox(&["", "", "", ""]);
        assert_eq!(outbox.push(&message("")), Err(SendError::Full { queued: 0, limit: 10 }));
    }

    #[test]
    fn room_is_told_once_and_only_to_those_who_asked() {
        let mut outbox = outbox(&["12345678", "9"]);
        assert!(!outbox.take_writable());
        assert!(outbox.push(&message("123")).is_err());
        assert!(!outbox.take_writable());
        outbox.hand_out(1);
        outbox.confirm();
        assert!(outbox.take_writable());
        assert!(!outbox.take_writable());
    }

    #[test]
    fn what_is_unproven_leaves_again_on_another_transport() {
        let mut outbox = outbox(&["1", "2", "3"]);
        outbox.start_over().unwrap();
        outbox.hand_out(2);
        outbox.confirm();
        outbox.hand_out(1);
        assert_eq!(outbox.start_over(), Ok(()));
        assert_eq!(waiting(&outbox), ["1", "2", "3"]);

        outbox.hand_out(2);
        outbox.confirm();
        outbox.prove();
        outbox.start_over().unwrap();
        assert_eq!(waiting(&outbox), ["3"]);
    }

    #[test]
    fn more_than_can_be_kept_is_not_sent_with_a_gap() {
        let mut outbox = outbox(&["1234", "5678"]);
        outbox.start_over().unwrap();
        outbox.hand_out(1);
        outbox.confirm();
        outbox.hand_out(1);
        outbox.confirm();
        assert_eq!(outbox.start_over(), Err(Incomplete));

        let mut outbox = self::outbox(&["1234", "5678"]);
        outbox.start_over().unwrap();
        outbox.hand_out(2);
        outbox.confirm();
        outbox.prove();
        assert_eq!(outbox.start_over(), Ok(()));
    }
}
