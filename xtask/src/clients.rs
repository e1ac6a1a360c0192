//! `cargo xtask clients`: old clients talk to a server, by the drivers in tests/clients.
//!
//! A driver reports in TAP, one line a check. Its report is passed on as it is, and counted.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::process;
use crate::server::Server;
use crate::tools;
use crate::workspace::Workspace;

/// The arguments of `cargo xtask clients`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// A server that hosts the reference app and runs already, as http://HOST:PORT; the default is to build and start ours.
    #[arg(long, value_name = "URL", conflicts_with = "peer")]
    url: Option<String>,
    /// Start the reference app on another server instead of ours, to try the drivers themselves.
    #[arg(long)]
    peer: Option<Peer>,
    /// Run this group only; may be given several times.
    #[arg(long, value_name = "GROUP")]
    only: Vec<Group>,
    /// Run only the clients in whose name (`0.9.17 chromium jsonp-polling across origins`) this stands.
    #[arg(long, value_name = "TEXT")]
    client: Option<String>,
}

/// The drivers, in the order they run.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// Old clients in Node.js.
    Node,
    /// Old clients' bundles in Chromium.
    Chromium,
    /// Old clients' Flash file in Ruffle in Chromium.
    Flash,
}

/// Other servers that host the reference app.
#[derive(Clone, Copy, ValueEnum)]
enum Peer {
    /// socket.io 0.9.19 of npm.
    #[value(name = "socket.io-0.9")]
    SocketIo09,
}

/// Short enough that heartbeats and the ends of polls pass while the checks run, and that the oldest clients, which
/// notice a broken connection by the close timeout only, do so soon.
const SHORT_TIMERS: &[&str] =
    &["--heartbeat-interval", "1", "--heartbeat-timeout", "5", "--close-timeout", "5", "--polling-duration", "1"];

/// Every client against our server.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    run(workspace, &Args::default())
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let node = tools::node()?;
    let chromium = tools::chromium()?;
    let packages = tools::npm_packages(workspace)?;
    let scripts = workspace.root.join("tests/clients");
    let program = |script: &str| {
        let mut command = Command::new(&node);
        command.arg("--no-deprecation").arg(scripts.join(script));
        command.env("NODE_PATH", &packages).env("CHROMIUM", &chromium);
        command
    };

    let server = match (&args.url, args.peer) {
        (Some(_), _) => None,
        (None, Some(peer)) => {
            let mut command = program(peer.script());
            Some(Server::start(command.args(["--listen", "127.0.0.1:0"]).args(SHORT_TIMERS).args(peer.flags()))?)
        }
        (None, None) => Some(start_reference_app(workspace)?),
    };
    let url = server.as_ref().map(|server| server.url.as_str()).or(args.url.as_deref()).unwrap_or_default();

    let mut total = Tally::default();
    for group in Group::value_variants() {
        if !args.only.is_empty() && !args.only.contains(group) {
            continue;
        }
        let mut command = program(group.script());
        if let Some(peer) = args.peer {
            command.args(["--peer", peer.version()]);
        }
        if let Some(client) = &args.client {
            command.args(["--only", client]);
        }
        total.add(&drive(command.arg(url))?);
    }

    if let Some(server) = server {
        server.stop()?;
    }
    println!("{}", total.line());
    if total.passed == 0 {
        bail!("no check ran");
    }
    if total.failed > 0 {
        bail!("{} checks of old clients failed", total.failed);
    }
    Ok(())
}

impl Group {
    fn script(self) -> &'static str {
        match self {
            Self::Node => "node.js",
            Self::Chromium => "chromium.js",
            Self::Flash => "flash.js",
        }
    }
}

impl Peer {
    fn script(self) -> &'static str {
        match self {
            Self::SocketIo09 => "peers/socketio-0.9.js",
        }
    }

    /// What the drivers call it, to know its faults.
    fn version(self) -> &'static str {
        match self {
            Self::SocketIo09 => "socket.io-0.9.19",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::SocketIo09 => &["--raw-jsonp"],
        }
    }
}

fn start_reference_app(workspace: &Workspace) -> Result<Server> {
    process::run(process::cargo(&workspace.root).args([
        "build",
        "--release",
        "--package",
        "longwire",
        "--example",
        "reference-app",
    ]))?;
    let program = workspace.target.join("release/examples/reference-app");
    Server::start(Command::new(program).args(["--listen", "127.0.0.1:0"]).args(SHORT_TIMERS))
}

/// Runs one driver, passing on and counting its report.
fn drive(command: &mut Command) -> Result<Tally> {
    let script = command.get_args().find(|word| Path::new(word).extension().is_some_and(|end| end == "js"));
    let name = script.map(|path| Path::new(path).file_stem().unwrap_or(path).to_string_lossy().into_owned());
    let name = name.context("a driver is a script")?;
    println!("$ {}", process::show(command));
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start the driver")?;
    let report = BufReader::new(child.stdout.take().context("the driver's report is piped")?);
    let mut tally = Tally::default();
    for line in report.lines() {
        let line = line.context("cannot read the driver's report")?;
        println!("{line}");
        tally.read(&line);
    }
    let status = child.wait().context("cannot wait for the driver")?;
    println!("{name}: {}", tally.line());
    tally.judge(status.success()).with_context(|| format!("the driver `{name}`"))?;
    Ok(tally)
}

/// What a report in TAP says.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// Failed for a fault that is known not to be the server's.
    excused: usize,
    /// How many checks the report itself says there are.
    planned: Option<usize>,
}

impl Tally {
    fn read(&mut self, line: &str) {
        if let Some(plan) = line.strip_prefix("1..") {
            self.planned = plan.trim().parse().ok();
        } else if let Some(check) = line.strip_prefix("ok ") {
            if check.contains(" # SKIP ") {
                self.skipped += 1;
            } else {
                self.passed += 1;
            }
        } else if let Some(check) = line.strip_prefix("not ok ") {
            if check.contains(" # TODO ") {
                self.excused += 1;
            } else {
                self.failed += 1;
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.excused += other.excused;
    }

    /// An error unless the report is complete and the driver's exit status agrees with it.
    fn judge(&self, success: bool) -> Result<()> {
        let checks = self.passed + self.failed + self.skipped + self.excused;
        match self.planned {
            None => bail!("ended before its report did, after {checks} checks"),
            Some(planned) if planned != checks => bail!("planned {planned} checks and reported {checks}"),
            Some(_) if success != (self.failed == 0 && checks > 0) => {
                bail!("ended with a status that its report belies")
            }
            Some(_) => Ok(()),
        }
    }

    fn line(&self) -> String {
        let mut line = format!("{} passed, {} failed", self.passed, self.failed);
        let skipped = self.skipped + self.excused;
        if skipped > 0 {
            line.push_str(&format!(", {skipped} skipped"));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(report: &str) -> Tally {
        let mut tally = Tally::default();
        report.lines().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn a_report_is_counted() {
        let report = "TAP version 14\nok 1 - a\n# ok 2 - only a comment\nnot ok 2 - b # TODO their fault\n\
                      ok 3 - c # SKIP cannot\nok 4 - d # TODO their fault\n1..4\n";
        let tally = tally(report);
        assert_eq!(tally.line(), "2 passed, 0 failed, 2 skipped");
        tally.judge(true).expect("the report is complete and good");
        tally.judge(false).expect_err("the status says otherwise");
    }

    #[test]
    fn a_failed_check_agrees_with_a_failed_driver() {
        let tally = tally("ok 1 - a\nnot ok 2 - b\n1..2\n");
        assert_eq!(tally.line(), "1 passed, 1 failed");
        tally.judge(false).expect("both say that it failed");
        tally.judge(true).expect_err("the status says otherwise");
    }

    #[test]
    fn an_incomplete_report_is_an_error() {
        assert!(tally("ok 1 - a\n").judge(true).is_err(), "no plan");
        assert!(tally("ok 1 - a\n1..2\n").judge(true).is_err(), "a check is missing");
        assert!(tally("1..0\n").judge(true).is_err(), "nothing ran");
        tally("1..0\n").judge(false).expect("nothing was chosen in this group");
    }
}
