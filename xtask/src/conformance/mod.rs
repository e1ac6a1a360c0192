//! `cargo xtask conformance`: black-box checks of any server that hosts the reference app, over raw sockets.
//!
//! A *check* (`check`) is a sentence and a function. Checks stand in areas, one file each, and areas in a *family*, one
//! protocol each, with a folder of its own; [`FAMILIES`] lists them. `run` runs them against the servers that `target` starts
//! or finds, `report` writes what they found. Nothing here knows the crates of this project: `client` writes and reads every
//! byte by itself.

mod check;
mod client;
mod context;
mod launch;
mod report;
mod run;
mod socketio_rev1;
mod target;

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::builder::{PossibleValue, PossibleValuesParser};

use self::check::Family;
use self::report::{Entry, Format, Report};
use self::run::Job;
use self::target::{Peer, Program, Servers, Source, Target, Timer};
use crate::workspace::Workspace;

/// The protocols, in the order of the report.
const FAMILIES: &[&Family] = &[&socketio_rev1::FAMILY];

/// The arguments of `cargo xtask conformance`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Check a server that runs already, at http://HOST:PORT; the default is to build and start ours.
    #[arg(long, value_name = "URL", conflicts_with = "peer")]
    target: Option<String>,
    /// Check another server, which hosts the reference app for us. It passes when it does what each check demands, or just
    /// what it is known to do instead.
    #[arg(long)]
    peer: Option<Peer>,
    /// Check this protocol only; may be given several times.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(family_names()))]
    family: Vec<String>,
    /// Run only the checks in whose id this text stands; may be given several times.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// List the checks and do nothing.
    #[arg(long)]
    list: bool,
    /// How many checks may run at the same time.
    #[arg(long, value_name = "NUMBER", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Start a server for each check, so that none can spoil another; slow.
    #[arg(long, conflicts_with = "target")]
    isolate: bool,
    /// Write the report to this file as well.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// In this form.
    #[arg(long, default_value = "text", requires = "output")]
    format: Format,
    /// With --target: how often the server sends a heartbeat. Clients are not told.
    #[arg(long, value_name = "SECS", value_parser = seconds, requires = "target")]
    heartbeat_interval: Option<Duration>,
    /// With --target: the server's heartbeat timeout, if it is not what the handshake tells.
    #[arg(long, value_name = "SECS", value_parser = seconds, requires = "target")]
    heartbeat_timeout: Option<Duration>,
    /// With --target: the server's close timeout, if it is not what the handshake tells.
    #[arg(long, value_name = "SECS", value_parser = seconds, requires = "target")]
    close_timeout: Option<Duration>,
    /// With --target: how long the server holds a poll that it has nothing for. Clients are not told.
    #[arg(long, value_name = "SECS", value_parser = seconds, requires = "target")]
    polling_duration: Option<Duration>,
    /// Don't run checks that have to wait longer than this for one of the server's timers.
    #[arg(long, value_name = "SECS", value_parser = seconds, default_value = "10")]
    longest: Duration,
}

impl Args {
    /// What `cargo xtask test` runs: everything.
    fn of_everything(peer: Option<Peer>) -> Self {
        Self {
            target: None,
            peer,
            family: Vec::new(),
            only: Vec::new(),
            list: false,
            jobs: 24,
            isolate: false,
            output: None,
            format: Format::Text,
            heartbeat_interval: None,
            heartbeat_timeout: None,
            close_timeout: None,
            polling_duration: None,
            longest: Duration::from_secs(10),
        }
    }

    fn families(&self) -> Vec<&'static Family> {
        let wanted =
            |family: &&'static Family| self.family.is_empty() || self.family.iter().any(|name| name == family.name);
        FAMILIES.iter().copied().filter(wanted).collect()
    }
}

fn family_names() -> Vec<PossibleValue> {
    FAMILIES.iter().map(|family| PossibleValue::new(family.name).help(family.about)).collect()
}

/// What a stranger has to know to check a server of his own.
pub(crate) const LONG_HELP: &str = "\
THE SERVER
  A server of Socket.IO 0.7 to 0.9 (protocol revision 1) under /socket.io that allows every origin,
  takes up to 1,000,000 bytes in a message, and announces the transports
  websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling. It hosts this application, the same on
  the default endpoint and on /chat, which says nothing of its own on connect.

  client sends             server does
  event echo ARGS...       emits echo ARGS... to the same socket
  event ack ARGS...        acknowledges with the same ARGS..., if asked to
  event ask X              emits question X with an ack to the same socket; when that is
                           acknowledged with ARGS..., emits answered ARGS...
  event broadcast ARGS...  emits broadcast ARGS... to every other socket of the endpoint
  event all ARGS...        emits all ARGS... to every socket of the endpoint, the sender included
  event join ROOM          joins; acknowledges with ROOM
  event leave ROOM         leaves; acknowledges with ROOM
  event to-room ROOM ...   emits room ROOM ... to every other socket in ROOM
  event burst N            emits seq 0, seq 1, ... seq N-1 to the same socket
  event after MS ARGS...   MS milliseconds later emits after ARGS... to the same socket
  event kick               disconnects the socket from the endpoint
  event kick-session       closes the whole session
  event id                 acknowledges with the session id
  text message (type 3)    sends the same text back
  JSON message (type 4)    sends the same value back

  `cargo run --release -p longwire --example reference-app` is such a server, and
  tests/clients/peers/socketio-0.9.js is another.

  Checks that wait for timers of the server want short ones (1 s for heartbeats and empty polls, 5 s
  for timeouts), and have to be told those that no client is told: --heartbeat-interval and
  --polling-duration. A few checks want other settings, such as a list of origins; with --target
  they are not run, and the report says so.

THE REPORT
  ok       the server does what is demanded; behind the bar, what was seen
  FAILED   it does not; what was expected and seen, and all that passed on the wire
  differs  a peer does what it is known to do instead, and why that is not demanded
  not run  the check cannot be run against this server, and why
  The number in brackets is the section of the wire reference of revision 1.

EXIT STATUS
  0 if no check failed, else 1. A peer also fails when it passes a check for which a difference is
  listed.";

/// Everything against ours, then everything against the peer, which proves the checks.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    run(workspace, &Args::of_everything(None)).context("our server")?;
    run(workspace, &Args::of_everything(Some(Peer::SocketIo09))).context(Peer::SocketIo09.name())
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut jobs = run::plan(&args.families(), &args.only, args.peer)?;
    jobs.iter_mut().for_each(|job| job.check.launch.own |= args.isolate);
    if args.list {
        for job in &jobs {
            println!("{}  ({}) {}", job.id, job.check.section, job.check.about);
        }
        return Ok(());
    }
    if jobs.is_empty() {
        bail!("no check has {} in its id; --list lists them", args.only.join(" or "));
    }

    let (subject, source) = source(workspace, args)?;
    println!("{} of {subject}", plural(jobs.len()));
    let servers = Servers::new(source);
    let start = Instant::now();
    let report = Report { subject, entries: run_jobs(&jobs, &servers, args) };
    println!("{}\n{:.1} s", report.table(), start.elapsed().as_secs_f64());
    if let Some(path) = &args.output {
        std::fs::write(path, report.write(args.format)).with_context(|| format!("cannot write {}", path.display()))?;
        println!("report: {}", path.display());
    }
    let stopped = servers.stop().context("a server that the checks shared did not live to the end");
    conclude(&report).and(stopped)
}

/// The verdict; its error begins with what went wrong.
fn conclude(report: &Report) -> Result<()> {
    let counts = report.counts();
    let failed = report.failed();
    let named = failed.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    match failed.len() {
        0 if counts.passed == 0 && counts.known == 0 => bail!("no check could be run against {}", report.subject),
        0 => Ok(()),
        1..=5 => bail!("{} failed {}: {named}", report.subject, plural(failed.len())),
        more => bail!("{} failed {}: {named} and {} more", report.subject, plural(more), more - 5),
    }
}

fn plural(checks: usize) -> String {
    if checks == 1 { "1 check".to_owned() } else { format!("{checks} checks") }
}

/// The server under test, in words and in deed.
fn source(workspace: &Workspace, args: &Args) -> Result<(String, Source)> {
    let longest = args.longest;
    if let Some(url) = &args.target {
        let timers = timers_of(url, args)?;
        let target = Target::at(url, timers, longest)?;
        return Ok((format!("the server at {url}"), Source::Running(Arc::new(target))));
    }
    let (name, program) = match args.peer {
        Some(peer) => (peer.name(), Program::peer(workspace, peer)?),
        None => ("our server", Program::ours(workspace)?),
    };
    Ok((name.to_owned(), Source::Started { program, longest }))
}

/// The timers of a running server: those it tells in a handshake, and those the user tells.
fn timers_of(url: &str, args: &Args) -> Result<HashMap<Timer, Duration>> {
    let probe = Arc::new(Target::at(url, HashMap::new(), Duration::ZERO)?);
    let mut timers = match socketio_rev1::told_timers(&probe) {
        Ok(timers) => timers,
        Err(why) => {
            println!("{url} does not answer a handshake of Socket.IO 0.7-0.9: {why}");
            HashMap::new()
        }
    };
    let given = [
        (Timer::HeartbeatInterval, args.heartbeat_interval),
        (Timer::HeartbeatTimeout, args.heartbeat_timeout),
        (Timer::CloseTimeout, args.close_timeout),
        (Timer::PollingDuration, args.polling_duration),
    ];
    timers.extend(given.into_iter().filter_map(|(timer, duration)| Some((timer, duration?))));
    Ok(timers)
}

/// Runs the jobs, prints their lines in the order of the list, and shows on a terminal how far it is.
fn run_jobs(jobs: &[Job], servers: &Servers, args: &Args) -> Vec<Entry> {
    let terminal = std::io::stderr().is_terminal();
    // A check may wait for several timers, one after the other.
    let limit = Duration::from_secs(20) + 3 * args.longest;
    let mut entries: Vec<Option<Entry>> = vec![None; jobs.len()];
    let (mut done, mut printed) = (0, 0);
    run::run(jobs, servers, usize::from(args.jobs), limit, |number, entry| {
        entries[number] = Some(entry);
        done += 1;
        if terminal {
            eprint!("\r\x1b[K");
        }
        while let Some(Some(entry)) = entries.get(printed) {
            print!("{}", entry.text());
            printed += 1;
        }
        if terminal && done < jobs.len() {
            eprint!("{done} of {} checks", jobs.len());
            // Nothing depends on it.
            let _ = std::io::stderr().flush();
        }
    });
    entries.into_iter().flatten().collect()
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is wanted, such as 25 or 0.5".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_name_of_its_own_and_differences_have_checks() {
        let jobs = run::plan(FAMILIES, &[], Some(Peer::SocketIo09)).expect("a good plan");
        assert!(!jobs.is_empty());
        for job in &jobs {
            assert!(!job.check.about.is_empty(), "{} says nothing", job.id);
            assert!(!job.id.contains(char::is_whitespace), "{:?} is hard to type", job.id);
        }
    }

    /// Runs all checks against a server that says the same on every connection, whatever it is asked, and closes.
    fn passed_by(answer: &'static [u8]) -> Vec<String> {
        use std::io::Read;

        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                // What goes wrong here goes wrong in the check as well.
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer);
            }
        });
        let target = Target::at(&url, HashMap::new(), Duration::ZERO).expect("an address");
        let servers = Servers::new(Source::Running(Arc::new(target)));
        let jobs = run::plan(FAMILIES, &[], None).expect("a good plan");
        let mut passed = Vec::new();
        run::run(&jobs, &servers, 16, Duration::from_secs(5), |_, entry| {
            if matches!(entry.status, report::Status::Passed { .. }) {
                passed.push(entry.id);
            }
        });
        passed
    }

    #[test]
    fn servers_of_something_else_pass_no_check() {
        let answers: [&[u8]; 4] = [
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            b"SSH-2.0-OpenSSH_9.0\r\n",
            b"",
        ];
        for answer in answers {
            assert_eq!(passed_by(answer), [""; 0], "{}", answer.escape_ascii());
        }
    }

    #[test]
    fn a_run_without_a_passing_check_is_no_success() {
        assert!(conclude(&Report { subject: "it".to_owned(), entries: Vec::new() }).is_err());
    }
}
