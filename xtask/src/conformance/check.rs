//! What a check is: a sentence about a server, and a function that sees whether it holds.
//!
//! A check never panics and never trusts the server: whatever goes wrong on the wire is a [`Failure`] that tells what was
//! expected and what was seen. On the way it notes what it saw ([`Context::same`], [`Context::that`]), so that a passing
//! check has something to show too.

use std::borrow::Cow;
use std::fmt::{Debug, Display};

use super::context::Context;
use super::launch::{Launch, Timers};

/// One protocol, with all that is checked of it.
pub(crate) struct Family {
    /// As `--family` spells it.
    pub(crate) name: &'static str,
    /// The protocol in words.
    pub(crate) about: &'static str,
    /// In the order of the report.
    pub(crate) areas: &'static [Area],
}

/// A part of a protocol: one file, and one line of the summary.
pub(crate) struct Area {
    /// The middle of the ids of its checks.
    pub(crate) name: &'static str,
    pub(crate) checks: fn() -> Vec<Check>,
    /// Where known servers do otherwise.
    pub(crate) differences: &'static [Difference],
}

/// A sentence about a server, and how to see whether it holds.
pub(crate) struct Check {
    /// Unique in its area.
    pub(crate) name: Cow<'static, str>,
    /// Where the wire reference demands it.
    pub(crate) section: &'static str,
    /// What is expected, in words.
    pub(crate) about: Cow<'static, str>,
    /// The server that it needs.
    pub(crate) launch: Launch,
    pub(crate) pace: Pace,
    run: Box<dyn Fn(&Context) -> Outcome + Send + Sync>,
}

/// How a check spends its time; the runner plans by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Done at once.
    Quick,
    /// Mostly waits, for a second or more: begun first.
    Waits,
    /// Measures time so closely, or uses so much of the machine, that nothing else may run beside it.
    Apart,
}

/// Where a server that is known to be good does otherwise than a check demands.
pub(crate) struct Difference {
    /// The name of the check in its area.
    pub(crate) check: &'static str,
    pub(crate) peer: &'static str,
    /// What the check sees there: exactly the `seen` of its failure. Session ids read `{sid}`.
    pub(crate) seen: &'static str,
    /// Why the check demands something else.
    pub(crate) why: &'static str,
    /// Whether this ends the peer's process, so that the check needs one of its own.
    pub(crate) deadly: bool,
    /// Whether the peer may also do what is demanded, by luck.
    pub(crate) sometimes: bool,
}

impl Difference {
    /// socket.io 0.9.19 shows this instead.
    pub(crate) const fn of_socketio_09(check: &'static str, seen: &'static str, why: &'static str) -> Self {
        Self { check, peer: super::target::Peer::SocketIo09.name(), seen, why, deadly: false, sometimes: false }
    }

    /// …and its process ends, or nearly so.
    pub(crate) const fn deadly(mut self) -> Self {
        self.deadly = true;
        self
    }

    /// …but not always.
    pub(crate) const fn sometimes(mut self) -> Self {
        self.sometimes = true;
        self
    }
}

/// What a check comes to.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a check did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server did something else.
    Differs { expected: String, seen: String },
    /// The check cannot be run against this server, and why.
    NotRun(String),
}

impl Failure {
    pub(crate) fn differs(expected: impl Display, seen: impl Display) -> Self {
        Self::Differs { expected: expected.to_string(), seen: seen.to_string() }
    }
}

impl Check {
    /// A quick check on the server that all share.
    pub(crate) fn new(
        name: impl Into<Cow<'static, str>>,
        section: &'static str,
        about: impl Into<Cow<'static, str>>,
        run: impl Fn(&Context) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            section,
            about: about.into(),
            launch: Launch::default(),
            pace: Pace::Quick,
            run: Box::new(run),
        }
    }

    /// The check waits for timers of the server.
    pub(crate) fn waits(mut self) -> Self {
        self.pace = Pace::Waits;
        self
    }

    /// Nothing may run beside the check.
    pub(crate) fn apart(mut self) -> Self {
        self.pace = Pace::Apart;
        self
    }

    /// The server needs these flags of the reference app. A server that runs already cannot be asked for any.
    pub(crate) fn with_flags(mut self, flags: &'static [&'static str]) -> Self {
        self.launch.flags = flags;
        self
    }

    /// The server has these timers, where we start it.
    pub(crate) fn with_timers(mut self, timers: Timers) -> Self {
        self.launch.timers = timers;
        self
    }

    /// Nobody else may talk to the server: it is started for this check, and one that runs already is used when all other
    /// checks are done.
    pub(crate) fn on_own_server(mut self) -> Self {
        self.launch.own = true;
        self
    }

    pub(crate) fn run(&self, context: &Context) -> Outcome {
        (self.run)(context)
    }
}

impl Context {
    /// Demands that two values are equal.
    pub(crate) fn same<T, U>(&self, what: &str, expected: T, seen: U) -> Outcome
    where
        T: Debug + PartialEq<U>,
        U: Debug,
    {
        if expected != seen {
            return Err(Failure::differs(format!("{what}: {expected:?}"), format!("{what}: {seen:?}")));
        }
        self.saw(format!("{what}: {seen:?}"));
        Ok(())
    }

    /// Demands that something holds of what was seen.
    pub(crate) fn that(&self, expected: &str, holds: bool, seen: impl Display) -> Outcome {
        if !holds {
            return Err(Failure::differs(expected, seen));
        }
        self.saw(seen.to_string());
        Ok(())
    }
}
