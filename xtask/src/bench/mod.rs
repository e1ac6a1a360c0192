//! `cargo xtask bench`: our server, the floor and other servers under the same loads, interleaved, as ratios.
//!
//! Two shared cores are a poor stopwatch. What makes figures comparable is that everything is measured in one run, by turns,
//! each time with a fresh server, and that what counts is the processor time of the server for a message, as a ratio to the
//! floor of the same round. Medians of at least five rounds are written; the spread stands beside them.

mod chart;
mod loads;
mod machine;
mod report;
mod sample;
mod servers;
mod table;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::costs;
use crate::process;
use crate::server::Server;
use crate::workspace::Workspace;

use self::loads::{LOADS, Load};
use self::machine::Machine;
use self::report::Circumstances;
use self::sample::{Results, Sample};
use self::servers::{Contender, SERVERS};

/// What is written is of at least so many rounds.
const ENOUGH_ROUNDS: u32 = 5;
/// No heartbeat and no end of a poll falls into a measurement.
const TIMERS: &[&str] = &[
    "--heartbeat-interval",
    "1000",
    "--heartbeat-timeout",
    "2000",
    "--close-timeout",
    "2000",
    "--polling-duration",
    "1000",
];

/// The arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often each server is measured under each load.
    #[arg(long, value_name = "N", default_value_t = ENOUGH_ROUNDS, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each measurement takes, apart from opening sessions and a second of warming up.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Run this load only; may be given several times. Nothing is written then unless --out says where.
    #[arg(long, value_name = "LOAD")]
    only: Vec<String>,
    /// Measure this server only; may be given several times. The same.
    #[arg(long, value_name = "SERVER")]
    server: Vec<String>,
    /// The folder that performance.md and performance.svg go into [default: docs, for a full run of five rounds].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// List loads and servers and do nothing.
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let loads = chosen(LOADS, |load| load.name, &args.only, "load")?;
    let servers = chosen(SERVERS, |server| server.name, &args.server, "server")?;
    if args.list {
        loads.iter().for_each(|load| println!("{:18} {}", load.name, load.about));
        servers.iter().for_each(|server| println!("{:18} {}", server.name, server.about));
        return Ok(());
    }

    let machine = Machine::look()?;
    build(workspace)?;
    let contenders = Contender::prepare(workspace, &servers)?;
    let run = Run { workspace, args, contenders: &contenders, start: Instant::now() };
    let (results, failures) = run.rounds(&loads);
    println!("\n{}", report::plain(&results));
    let is_full = args.only.is_empty() && args.server.is_empty() && args.rounds >= ENOUGH_ROUNDS && failures.is_empty();
    let folder = args.out.clone().or_else(|| is_full.then(|| workspace.root.join("docs")));
    if let Some(folder) = folder {
        let allocations = costs::allocations(workspace)?;
        let circumstances = Circumstances { machine, rounds: args.rounds, seconds: args.seconds, allocations };
        report::write(&folder, &results, &circumstances)?;
    }
    if !failures.is_empty() {
        bail!("{} of the measurements failed:\n  {}", failures.len(), failures.join("\n  "));
    }
    Ok(())
}

/// Those that were named, or all.
fn chosen<T>(all: &'static [T], name: fn(&T) -> &'static str, named: &[String], what: &str) -> Result<Vec<&'static T>> {
    if let Some(unknown) = named.iter().find(|named| !all.iter().any(|one| name(one) == named.as_str())) {
        let names: Vec<_> = all.iter().map(name).collect();
        bail!("no {what} is called `{unknown}`; there are {}", names.join(", "));
    }
    Ok(all.iter().filter(|one| named.is_empty() || named.iter().any(|named| named == name(one))).collect())
}

fn build(workspace: &Workspace) -> Result<()> {
    let build = |what: &[&str]| process::run(process::cargo(&workspace.root).args(["build", "--release"]).args(what));
    build(&["--package", "longwire-benches", "--bins"])?;
    build(&["--package", "longwire", "--example", "reference-app"])
}

/// What every measurement of a run needs.
struct Run<'a> {
    workspace: &'a Workspace,
    args: &'a Args,
    contenders: &'a [Contender],
    start: Instant,
}

impl Run<'_> {
    /// Measures everything, and tells what could not be measured.
    fn rounds(&self, loads: &[&'static Load]) -> (Results, Vec<String>) {
        let mut results = Results::default();
        let mut failures = Vec::new();
        for round in 0..self.args.rounds {
            println!("\n=== round {} of {}, {}", round + 1, self.args.rounds, minutes(self.start.elapsed()));
            for load in loads {
                // Whoever comes first finds another machine than who comes last, so that is somebody else each time.
                let mut order: Vec<_> = self.contenders.iter().filter(|one| one.server.can(load)).collect();
                let first = round as usize % order.len().max(1);
                order.rotate_left(first);
                for contender in order {
                    match self.measure(load, contender) {
                        Ok(sample) => {
                            println!("{:18} {:18} {sample}", load.name, contender.server.name);
                            results.add(load, contender.server, round, sample);
                        }
                        Err(error) => {
                            let failure = format!("{} of {}: {error:#}", load.name, contender.server.name);
                            eprintln!("{failure}");
                            failures.push(failure);
                        }
                    }
                }
            }
        }
        (results, failures)
    }

    /// One load on a server that is started for it.
    fn measure(&self, load: &Load, contender: &Contender) -> Result<Sample> {
        let server = Server::start_quietly(&mut contender.command(TIMERS))?;
        let seconds = load.seconds.unwrap_or(self.args.seconds).to_string();
        let generator = self.workspace.target.join("release/load");
        let mut command = servers::with_all_descriptors(Command::new(generator));
        command.args([load.name, "--url", &server.url, "--seconds", &seconds, "--pid", &server.id().to_string()]);
        let sample = serde_json::from_str(&process::output(&mut command)?).context("the load generator's line")?;
        // It is asked nicely; one that would have to be waited for is of no further interest.
        drop(server);
        Ok(sample)
    }
}

fn minutes(time: Duration) -> String {
    format!("{}:{:02} min", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_and_servers_are_chosen_by_name() {
        let names = |named: &[&str]| {
            let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
            chosen(LOADS, |load| load.name, &named, "load").map(|loads| loads.len()).map_err(|error| error.to_string())
        };
        assert_eq!(names(&[]), Ok(LOADS.len()));
        assert_eq!(names(&["cycle", "echo-1"]), Ok(2));
        assert!(
            names(&["echo"]).expect_err("there is none").starts_with("no load is called `echo`; there are echo-1, ")
        );
    }
}
