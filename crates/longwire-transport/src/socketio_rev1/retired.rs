//! Exchanges that another one took over from, until they can be ended.
//!
//! A poll is held until its own duration is over: an answer at once would make a client with two loops spin. A stream or
//! WebSocket is waited for until its last write is settled, because until then nobody knows where the queue goes on.

use std::time::Instant;

use longwire_codec::Outbound;
use longwire_codec::websocket::CloseCode;

use super::receiver::{Receiver, State};
use super::session::{Rev1Session, Timer};
use super::writing::NOOP;
use crate::{ExchangeId, Output};

/// A replaced exchange.
#[derive(Debug)]
pub(super) struct Retired {
    receiver: Receiver,
    /// When a poll is answered.
    due: Option<Instant>,
}

/// How many replaced exchanges a session keeps. A client with more of them than that does not keep to the protocol, and its
/// oldest is ended at once.
const MOST_RETIRED: usize = 8;

impl Rev1Session {
    /// Keeps an exchange that was replaced, a poll until `due`.
    pub(super) fn retire(&mut self, receiver: Receiver, due: Option<Instant>) {
        self.retired.push(Retired { receiver, due });
        if self.retired.len() > MOST_RETIRED {
            self.end_oldest();
        }
        self.watch_superseded();
    }

    /// Answers the superseded polls whose time has come.
    pub(super) fn on_superseded_over(&mut self, now: Instant) {
        while let Some(index) = self.retired.iter().position(|retired| retired.due.is_some_and(|due| due <= now)) {
            let Retired { receiver, .. } = self.retired.remove(index);
            self.answer_poll(&receiver, &NOOP);
        }
        self.watch_superseded();
    }

    /// Ends a retired stream or WebSocket whose last write is settled.
    pub(super) fn settle_retired(&mut self, exchange: ExchangeId) {
        let is_settled = |retired: &Retired| retired.receiver.exchange == exchange && retired.due.is_none();
        if let Some(index) = self.retired.iter().position(is_settled) {
            let Retired { receiver, .. } = self.retired.remove(index);
            self.finish(&receiver, CloseCode::NORMAL);
        }
    }

    /// A retired exchange is gone by itself.
    pub(super) fn forget_retired(&mut self, exchange: ExchangeId) {
        self.retired.retain(|retired| retired.receiver.exchange != exchange);
        self.watch_superseded();
    }

    /// Ends the retired exchanges; one whose write carries messages only if that has no meaning any more.
    pub(super) fn cut_retired(&mut self, farewell: &Outbound, settled_only: bool) {
        let flight = self.in_flight.as_ref().map(|flight| flight.exchange).filter(|_| settled_only);
        for retired in std::mem::take(&mut self.retired) {
            if Some(retired.receiver.exchange) == flight {
                self.retired.push(retired);
            } else {
                self.cut(&retired.receiver, farewell, CloseCode::NORMAL);
            }
        }
        self.watch_superseded();
    }

    /// Ends the oldest retired exchange, but not the one whose write carries messages.
    fn end_oldest(&mut self) {
        let flight = self.in_flight.as_ref().map(|flight| flight.exchange);
        let Some(index) = self.retired.iter().position(|retired| Some(retired.receiver.exchange) != flight) else {
            return;
        };
        let Retired { receiver, .. } = self.retired.remove(index);
        if receiver.state == State::Held {
            self.answer_poll(&receiver, &NOOP);
        } else {
            self.output(Output::Finish { exchange: receiver.exchange });
        }
    }

    fn watch_superseded(&mut self) {
        let next = self.retired.iter().filter_map(|retired| retired.due).min();
        self.timers.assign(Timer::Superseded, next);
    }
}
