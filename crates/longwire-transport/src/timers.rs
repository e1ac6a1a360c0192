//! Named deadlines: all that a session knows of time.
//!
//! A session has a handful of timers, each with a name. They live in a small array, so setting one allocates nothing. The
//! earliest deadline is found when a timer changes: it is asked for far more often.

use std::fmt;
use std::marker::PhantomData;
use std::time::Instant;

/// The names of a session's timers: an enum whose variants are numbered from 0.
pub(crate) trait TimerName<const N: usize>: Copy + fmt::Debug + 'static {
    /// Every name, in the order of [`index`](Self::index).
    const ALL: [Self; N];

    /// Its place in [`ALL`](Self::ALL).
    fn index(self) -> usize;
}

/// One optional deadline for each of `N` names.
#[derive(Clone)]
pub(crate) struct Timers<T, const N: usize> {
    next: Option<Instant>,
    deadlines: [Option<Instant>; N],
    names: PhantomData<T>,
}

impl<T: TimerName<N>, const N: usize> Timers<T, N> {
    /// No timer runs.
    pub(crate) const fn new() -> Self {
        Self { next: None, deadlines: [None; N], names: PhantomData }
    }

    /// Starts a timer, or moves it.
    pub(crate) fn set(&mut self, timer: T, at: Instant) {
        self.assign(timer, Some(at));
    }

    /// Starts or moves a timer when there is a deadline, stops it when there is none.
    pub(crate) fn assign(&mut self, timer: T, at: Option<Instant>) {
        if self.deadlines[timer.index()] != at {
            self.deadlines[timer.index()] = at;
            self.next = self.deadlines.iter().flatten().min().copied();
        }
    }

    /// Stops a timer.
    pub(crate) fn stop(&mut self, timer: T) {
        self.assign(timer, None);
    }

    /// Stops all of them.
    pub(crate) fn stop_all(&mut self) {
        *self = Self::new();
    }

    /// When a timer is due, if it runs.
    pub(crate) fn get(&self, timer: T) -> Option<Instant> {
        self.deadlines[timer.index()]
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Stops the earliest timer that is due and names it.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<T> {
        let due = self.next.filter(|at| *at <= now)?;
        let index = self.deadlines.iter().position(|at| *at == Some(due))?;
        self.stop(T::ALL[index]);
        Some(T::ALL[index])
    }
}

impl<T: TimerName<N>, const N: usize> fmt::Debug for Timers<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = T::ALL.into_iter().filter_map(|name| self.get(name).map(|at| (name, at)));
        f.debug_map().entries(running).finish()
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test has to start its clock somewhere")]
mod tests {
    use std::time::Duration;

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Name {
        Tea,
        Egg,
    }

    impl TimerName<2> for Name {
        const ALL: [Self; 2] = [Self::Tea, Self::Egg];

        fn index(self) -> usize {
            self as usize
        }
    }

    #[test]
    fn timers_expire_in_the_order_of_their_deadlines() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut timers = Timers::<Name, 2>::new();
        timers.set(Name::Tea, start + 3 * second);
        timers.set(Name::Egg, start + second);

        assert_eq!(timers.next(), Some(start + second));
        assert_eq!(timers.expire(start), None);
        assert_eq!(timers.expire(start + 3 * second), Some(Name::Egg));
        assert_eq!(timers.expire(start + 3 * second), Some(Name::Tea));
        assert_eq!(timers.expire(start + 3 * second), None);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn a_stopped_timer_does_not_expire() {
        let start = Instant::now();
        let mut timers = Timers::<Name, 2>::new();
        timers.set(Name::Tea, start);
        timers.stop(Name::Tea);
        assert_eq!(timers.expire(start), None);

        timers.assign(Name::Egg, Some(start));
        timers.stop_all();
        assert_eq!(timers.next(), None);
    }
}
