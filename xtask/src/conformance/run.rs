//! Runs checks, many at a time: nearly all of them mostly wait.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::check::{Check, Difference, Failure, Family, Outcome, Pace};
use super::context::Context;
use super::report::{Entry, Status};
use super::target::{Peer, Servers};

/// A check with its place in the report.
pub(crate) struct Job {
    /// `FAMILY/AREA`.
    pub(crate) area: String,
    /// `FAMILY/AREA/NAME`.
    pub(crate) id: String,
    pub(crate) check: Check,
    /// What the server under test is known to do instead.
    difference: Option<&'static Difference>,
}

/// The checks in whose id one of the texts stands, or all of them.
pub(crate) fn plan(families: &[&'static Family], only: &[String], peer: Option<Peer>) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for family in families {
        for area in family.areas {
            let mut differences: Vec<_> = area.differences.iter().collect();
            for check in (area.checks)() {
                let path = format!("{}/{}", family.name, area.name);
                let id = format!("{path}/{}", check.name);
                if jobs.iter().any(|job: &Job| job.id == id) {
                    bail!("two checks are called `{id}`");
                }
                let named = differences.extract_if(.., |difference| difference.check == check.name);
                let difference = named.filter(|known| peer.is_some_and(|peer| peer.name() == known.peer)).last();
                jobs.push(Job { area: path, id, check, difference });
            }
            if let Some(stray) = differences.first() {
                bail!("{}/{} lists a difference of a check `{}`, and has none", family.name, area.name, stray.check);
            }
        }
    }
    if !only.is_empty() {
        jobs.retain(|job| only.iter().any(|text| job.id.contains(text)));
    }
    Ok(jobs)
}

/// Runs the jobs, `threads` at a time, and tells each result with the number of its job.
pub(crate) fn run(
    jobs: &[Job],
    servers: &Servers,
    threads: usize,
    limit: Duration,
    mut tell: impl FnMut(usize, Entry),
) {
    let apart = |job: &Job| job.check.pace == Pace::Apart || (job.check.launch.own && servers.is_single());
    let (alone, mut together): (Vec<_>, Vec<_>) = (0..jobs.len()).partition(|number| apart(&jobs[*number]));
    // Those that wait long begin first, so that the run is not much longer than the longest of them.
    together.sort_by_key(|number| jobs[*number].check.pace != Pace::Waits);
    for (numbers, threads) in [(together, threads), (alone, 1)] {
        let queue = Mutex::new(VecDeque::from(numbers));
        std::thread::scope(|scope| {
            let (results, told) = mpsc::channel();
            for _ in 0..threads {
                let (queue, results) = (&queue, results.clone());
                scope.spawn(move || work(jobs, servers, limit, queue, &results));
            }
            drop(results);
            told.into_iter().for_each(|(number, entry)| tell(number, entry));
        });
    }
}

fn work(
    jobs: &[Job],
    servers: &Servers,
    limit: Duration,
    queue: &Mutex<VecDeque<usize>>,
    results: &Sender<(usize, Entry)>,
) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(number) = next else { return };
        // The receiver lives until all senders are gone.
        let _ = results.send((number, one(&jobs[number], servers, limit)));
    }
}

/// Runs one job.
fn one(job: &Job, servers: &Servers, limit: Duration) -> Entry {
    let start = Instant::now();
    let mut launch = job.check.launch.clone();
    launch.own |= job.difference.is_some_and(|difference| difference.deadly);
    let mut entry = match servers.of(&launch) {
        Err(why) => Entry::new(job, Status::NotRun { why }),
        Ok(target) => {
            let context = Context::new(target, limit);
            let outcome = catch_unwind(AssertUnwindSafe(|| job.check.run(&context)));
            let outcome =
                outcome.unwrap_or_else(|_| Err(Failure::differs("a check that ends", "a panic of the check")));
            let notes = context.log.lock();
            let neutral = |text: String| notes.neutral(&text, &context.target.authority);
            let seen = notes.seen.join("; ");
            let status = judge(outcome, seen, job.difference, neutral);
            let mut entry = Entry::new(job, status);
            entry.wire.clone_from(&notes.wire);
            entry
        }
    };
    entry.time = start.elapsed();
    entry
}

/// What an outcome means for a server of which one difference may be known.
fn judge(
    outcome: Outcome,
    seen: String,
    difference: Option<&Difference>,
    neutral: impl Fn(String) -> String,
) -> Status {
    match (outcome, difference) {
        (Ok(()), Some(known)) if !known.sometimes => Status::Failed {
            expected: format!("the known difference of {}: {}", known.peer, known.seen),
            seen: format!("what the check demands: {}", neutral(seen)),
        },
        (Ok(()), _) => Status::Passed { seen: neutral(seen) },
        (Err(Failure::NotRun(why)), _) => Status::NotRun { why },
        (Err(Failure::Differs { expected, seen }), known) => {
            let (expected, seen) = (neutral(expected), neutral(seen));
            match known {
                Some(known) if known.seen == seen => Status::Known { expected, seen, peer: known.peer, why: known.why },
                Some(_) | None => Status::Failed { expected, seen },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::check::Area;

    const KNOWN: Difference = Difference::of_socketio_09("b", "200", "it never looked");

    fn two_checks() -> Vec<Check> {
        vec![Check::new("a", "1", "", |_| Ok(())), Check::new("b", "1", "", |_| Ok(()))]
    }

    static FAMILY: Family =
        Family { name: "f", about: "", areas: &[Area { name: "x", checks: two_checks, differences: &[KNOWN] }] };

    #[test]
    fn checks_are_chosen_by_a_part_of_their_id() {
        let ids = |only: &[&str]| -> Vec<String> {
            let only: Vec<_> = only.iter().map(|text| (*text).to_owned()).collect();
            plan(&[&FAMILY], &only, None).expect("a good plan").into_iter().map(|job| job.id).collect()
        };
        assert_eq!(ids(&[]), ["f/x/a", "f/x/b"]);
        assert_eq!(ids(&["x/b", "nothing"]), ["f/x/b"]);
    }

    #[test]
    fn a_difference_of_no_check_spoils_the_plan() {
        static STRAY: Family =
            Family { name: "f", about: "", areas: &[Area { name: "x", checks: Vec::new, differences: &[KNOWN] }] };
        assert!(plan(&[&STRAY], &[], None).is_err());
        assert!(plan(&[&FAMILY, &FAMILY], &[], None).is_err(), "every id stands twice");
    }

    #[test]
    fn differences_count_for_their_peer_only() {
        let known =
            |peer| plan(&[&FAMILY], &[], peer).expect("a good plan").iter().filter_map(|job| job.difference).count();
        assert_eq!((known(None), known(Some(Peer::SocketIo09))), (0, 1));
    }

    #[test]
    fn a_known_difference_has_to_show_exactly() {
        let judge = |outcome| judge(outcome, "as it should be".to_owned(), Some(&KNOWN), |text| text);
        assert!(matches!(judge(Err(Failure::differs("405", "200"))), Status::Known { .. }));
        assert!(matches!(judge(Err(Failure::differs("405", "500"))), Status::Failed { .. }));
        assert!(matches!(judge(Ok(())), Status::Failed { .. }));
        assert!(matches!(judge(Err(Failure::NotRun(String::new()))), Status::NotRun { .. }));
        let lucky = super::judge(Ok(()), String::new(), Some(&KNOWN.sometimes()), |text| text);
        assert!(matches!(lucky, Status::Passed { .. }));
    }
}
