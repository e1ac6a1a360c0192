//! What a crowd came to: a table to read, and whether it is good.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::score::Score;
use crate::watch::{Gauges, Usage, mebibytes};

/// The server's process at the moments that matter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    /// Nobody has come yet.
    pub(crate) start: Usage,
    /// Everybody is there and nobody has said anything.
    pub(crate) connected: Usage,
    /// The warm-up is over.
    pub(crate) warm: Usage,
    /// The talk is over.
    pub(crate) end: Usage,
    /// What the server says it has then.
    pub(crate) gauges: Gauges,
    /// How long everybody took to go.
    pub(crate) left: Duration,
    /// Nothing is left.
    pub(crate) after: Usage,
}

/// Everything there is to say.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) score: &'a Score,
    pub(crate) moments: Moments,
    /// How many clients there were.
    pub(crate) came: usize,
    /// How long the server took to forget everybody, if it did.
    pub(crate) empty: Option<Duration>,
    /// Bytes of memory that the server may gain.
    pub(crate) allowance: u64,
    /// From the first connection to now.
    pub(crate) time: Duration,
}

impl Report<'_> {
    /// Bytes that the server gained between the end of the warm-up and the end of the talk.
    fn growth(&self) -> u64 {
        self.moments.end.rss.saturating_sub(self.moments.warm.rss)
    }

    /// An error that says what is wrong, if anything is.
    pub(crate) fn verdict(&self) -> io::Result<()> {
        let mut wrong = Vec::new();
        if !self.score.is_clean() {
            wrong.push("not everything was heard, once and in order".to_owned());
        }
        if self.growth() > self.allowance {
            wrong.push(format!("the server gained {}", mebibytes(self.growth())));
        }
        if self.moments.gauges.sessions != self.came as u64 {
            wrong.push(format!("{} sessions for {} clients", self.moments.gauges.sessions, self.came));
        }
        if self.moments.gauges.deadlines > 2 * self.came as u64 {
            wrong.push(format!("{} deadlines for {} clients", self.moments.gauges.deadlines, self.came));
        }
        if self.empty.is_none() {
            wrong.push("the server has not forgotten everybody".to_owned());
        }
        if wrong.is_empty() { Ok(()) } else { Err(io::Error::other(wrong.join("; "))) }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (score, moments) = (self.score, &self.moments);
        writeln!(f, "\n{:24}{:>14}{:>14}{:>10}", "the server", "memory", "descriptors", "CPU s")?;
        let rows = [
            ("at the start", moments.start),
            ("all connected", moments.connected),
            ("behind the warm-up", moments.warm),
            ("at the end", moments.end),
            ("when all had gone", moments.after),
        ];
        for (name, usage) in rows {
            let memory = mebibytes(usage.rss);
            writeln!(f, "{name:24}{memory:>14}{:>14}{:>10.1}", usage.descriptors, usage.cpu)?;
        }
        writeln!(f, "\n{:24}{:>14}", "clients", self.came)?;
        let each = moments.connected.rss.saturating_sub(moments.start.rss) / (self.came.max(1) as u64);
        writeln!(f, "{:24}{each:>14} bytes", "memory for each")?;
        let (growth, allowance) = (mebibytes(self.growth()), mebibytes(self.allowance));
        writeln!(f, "{:24}{growth:>14} behind the warm-up, of {allowance} allowed", "memory gained")?;
        writeln!(
            f,
            "{:24}{:>14} said, {} heard",
            "broadcasts",
            score.broadcasts_said.get(),
            score.broadcasts_heard.get()
        )?;
        let (half, most, slowest) = (score.echo_percentile(50), score.echo_percentile(99), score.echo_percentile(100));
        writeln!(
            f,
            "{:24}{:>14} said, {} heard; {half:.1} ms, p99 {most:.1} ms, slowest {slowest:.1} ms",
            "echoes",
            score.echoes_said.get(),
            score.echo_times.borrow().len()
        )?;
        let (polls, heartbeats) = (score.polls_answered.get(), score.heartbeats.get());
        writeln!(f, "{:24}{polls:>14}\n{:24}{heartbeats:>14}", "polls answered", "heartbeats answered")?;
        let (lost, twice, faults) = (score.lost.get(), score.twice.get(), score.faults.get());
        writeln!(
            f,
            "{:24}{lost:>14}\n{:24}{twice:>14}\n{:24}{faults:>14}",
            "lost", "twice, out of order", "other faults"
        )?;
        let deadlines = moments.gauges.deadlines;
        writeln!(f, "{:24}{deadlines:>14} for {} sessions", "deadlines at the end", moments.gauges.sessions)?;
        writeln!(f, "{:24}{:>14.1} s", "everybody had gone in", moments.left.as_secs_f64())?;
        match self.empty {
            Some(time) => writeln!(f, "{:24}{:>14.1} s", "and was forgotten in", time.as_secs_f64())?,
            None => writeln!(f, "{:24}{:>14}", "and was forgotten", "never")?,
        }
        writeln!(f, "{:24}{:>14.1} s", "all of it took", self.time.as_secs_f64())?;
        for complaint in score.complaints.borrow().iter() {
            writeln!(f, "fault: {complaint}")?;
        }
        Ok(())
    }
}
