//! What was said, what was heard, and what went wrong.

use std::cell::{Cell, RefCell};
use std::time::Instant;

/// How many complaints are kept word for word.
const MOST_COMPLAINTS: usize = 10;

const BROADCAST: (&str, &str) = (r#"5:::{"name":"all","args":["#, r#","good evening, everybody"]}"#);
const ECHO: (&str, &str) = (r#"5:::{"name":"echo","args":["#, r#","is anybody there?"]}"#);

/// The sums over all clients.
#[derive(Debug, Default)]
pub(crate) struct Score {
    pub(crate) open: Cell<usize>,
    pub(crate) broadcasts_said: Cell<u32>,
    pub(crate) broadcasts_heard: Cell<u64>,
    pub(crate) echoes_said: Cell<u64>,
    /// From the word to its echo, in microseconds.
    pub(crate) echo_times: RefCell<Vec<u32>>,
    pub(crate) heartbeats: Cell<u64>,
    pub(crate) polls_answered: Cell<u64>,
    pub(crate) lost: Cell<u64>,
    /// Came a second time, or out of order.
    pub(crate) twice: Cell<u64>,
    /// Anything else that should not have happened.
    pub(crate) faults: Cell<u64>,
    pub(crate) complaints: RefCell<Vec<String>>,
    /// All are about to go: connections that end are no fault any more.
    pub(crate) ending: Cell<bool>,
}

/// What one client has heard.
#[derive(Debug)]
pub(crate) struct Ear {
    opened: Cell<bool>,
    /// The number of the next broadcast.
    next: Cell<u32>,
    /// The last word that wants an echo, and when it was said; none when the echo was heard.
    outstanding: Cell<Option<(u32, Instant)>>,
    last_word: Cell<u32>,
}

/// The packet that tells everybody.
pub(crate) fn broadcast(number: u32) -> String {
    format!("{}{number}{}", BROADCAST.0, BROADCAST.1)
}

/// Counts one more.
pub(crate) fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

impl Score {
    /// Something is not as it should be.
    pub(crate) fn complain(&self, complaint: impl FnOnce() -> String) {
        count(&self.faults);
        let mut complaints = self.complaints.borrow_mut();
        if complaints.len() < MOST_COMPLAINTS {
            complaints.push(complaint());
        }
    }

    /// The echo time that `percent` of all echoes stayed below, in milliseconds.
    pub(crate) fn echo_percentile(&self, percent: usize) -> f64 {
        let mut times = self.echo_times.borrow_mut();
        times.sort_unstable();
        let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(at).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.lost.get() + self.twice.get() + self.faults.get() == 0
    }
}

impl Ear {
    pub(crate) fn new() -> Self {
        Self { opened: Cell::new(false), next: Cell::new(1), outstanding: Cell::new(None), last_word: Cell::new(0) }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.opened.get()
    }

    /// The packet that wants an echo; none while an echo is outstanding.
    pub(crate) fn word(&self) -> Option<String> {
        if self.outstanding.get().is_some() {
            return None;
        }
        let number = self.last_word.get() + 1;
        self.last_word.set(number);
        self.outstanding.set(Some((number, Instant::now())));
        Some(format!("{}{number}{}", ECHO.0, ECHO.1))
    }

    /// Whether this broadcast has come.
    pub(crate) fn has_heard(&self, broadcast: u32) -> bool {
        self.next.get() > broadcast
    }

    /// Whether everything has been heard.
    pub(crate) fn is_quiet(&self, score: &Score) -> bool {
        self.outstanding.get().is_none() && self.has_heard(score.broadcasts_said.get())
    }

    /// Counts what has not been heard. For the end, when there was time enough.
    pub(crate) fn count_lost(&self, score: &Score) {
        let broadcasts = (score.broadcasts_said.get() + 1).saturating_sub(self.next.get());
        score.lost.set(score.lost.get() + u64::from(broadcasts) + u64::from(self.outstanding.get().is_some()));
    }

    /// Checks a packet of the server; heartbeats are for somebody else.
    pub(crate) fn hear(&self, packet: &str, score: &Score) {
        match packet {
            "1::" if !self.opened.get() => self.opened.set(true),
            // The end of a poll that had nothing to tell.
            "8::" => {}
            _ => {
                if let Some(number) = number_in(packet, BROADCAST) {
                    self.hear_broadcast(number, score);
                } else if let Some(number) = number_in(packet, ECHO) {
                    self.hear_echo(number, score);
                } else {
                    score.complain(|| format!("a client heard {packet:?}"));
                }
            }
        }
    }

    fn hear_broadcast(&self, number: u32, score: &Score) {
        count(&score.broadcasts_heard);
        let next = self.next.get();
        if number < next {
            return count(&score.twice);
        }
        score.lost.set(score.lost.get() + u64::from(number - next));
        self.next.set(number + 1);
    }

    fn hear_echo(&self, number: u32, score: &Score) {
        match self.outstanding.take() {
            Some((said, at)) if said == number => {
                let time = u32::try_from(at.elapsed().as_micros()).unwrap_or(u32::MAX);
                score.echo_times.borrow_mut().push(time);
            }
            other => {
                self.outstanding.set(other);
                count(&score.twice);
            }
        }
    }
}

/// The number that a packet has between its two constant parts.
fn number_in(packet: &str, (before, behind): (&str, &str)) -> Option<u32> {
    packet.strip_prefix(before)?.strip_suffix(behind)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_or_comes_twice_is_counted() {
        let (score, ear) = (Score::default(), Ear::new());
        score.broadcasts_said.set(6);
        for number in [1, 2, 2, 5, 4] {
            ear.hear(&broadcast(number), &score);
        }
        assert_eq!((score.lost.get(), score.twice.get()), (2, 2));
        assert!(!ear.is_quiet(&score));
        ear.count_lost(&score);
        assert_eq!(score.lost.get(), 3);
    }

    #[test]
    fn an_echo_is_heard_once() {
        let (score, ear) = (Score::default(), Ear::new());
        let word = ear.word().expect("a first word");
        assert_eq!(ear.word(), None);
        ear.hear(&word, &score);
        assert!(ear.is_quiet(&score) && score.is_clean());
        ear.hear(&word, &score);
        assert_eq!(score.twice.get(), 1);
    }

    #[test]
    fn anything_else_is_a_complaint() {
        let (score, ear) = (Score::default(), Ear::new());
        ear.hear("1::", &score);
        assert!(ear.is_open() && score.is_clean());
        for packet in ["1::", "0::", "7:::1+0", r#"5:::{"name":"all","args":[1,"good evening"]}"#] {
            ear.hear(packet, &score);
        }
        assert_eq!(score.faults.get(), 4);
    }
}
