//! `cargo xtask clients`: old clients, and the demo page, talk to a server, by the drivers in tests/clients.
//!
//! A driver reports in TAP, one line a check. Its report is passed on as it is, and counted.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::process;
use crate::server::Server;
use crate::tap::Tally;
use crate::tools;
use crate::workspace::Workspace;

/// The arguments of `cargo xtask clients`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// A server that runs already, as http://HOST:PORT: one that hosts the reference app, or with `--only demo-page` the
    /// demo chat. The default is to build and start ours.
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
    /// Old Socket.IO clients in Node.js.
    Node,
    /// Old Socket.IO clients' bundles in Chromium.
    Chromium,
    /// Old Socket.IO clients' Flash file in Ruffle in Chromium.
    Flash,
    /// SockJS clients in Node.js.
    SockjsNode,
    /// SockJS clients' bundles in Chromium.
    SockjsChromium,
    /// The demo page of our server in Chromium, with screenshots.
    DemoPage,
}

/// Whether our reference app serves SockJS; while it does not, `--only` or a peer is needed for those groups to run.
const OURS_SERVES_SOCKJS: bool = false;

/// Other servers that host the reference app.
#[derive(Clone, Copy, ValueEnum)]
enum Peer {
    /// socket.io 0.9.19 of npm.
    #[value(name = "socket.io-0.9")]
    SocketIo09,
    /// sockjs 0.3.24 of npm, for the SockJS groups.
    SockjsNode,
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
    let drivers = Drivers::prepare(workspace)?;
    let groups = args.groups()?;

    let mut total = Tally::default();
    for program in [Program::ReferenceApp, Program::DemoChat] {
        let groups: Vec<_> = groups.iter().filter(|group| group.program() == program).collect();
        if groups.is_empty() {
            continue;
        }
        let server = if args.url.is_none() { Some(drivers.start(program, args.peer)?) } else { None };
        let url = server.as_ref().map(|server| server.url.as_str()).or(args.url.as_deref()).unwrap_or_default();
        for group in groups {
            total.add(&drive(&mut drivers.command(*group, args, url))?);
        }
        if let Some(server) = server {
            server.stop()?;
        }
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

impl Args {
    /// The groups to run: those asked for, else all that the server can serve.
    fn groups(&self) -> Result<Vec<Group>> {
        if let Some(peer) = self.peer {
            let alien = self.only.iter().find(|group| !peer.serves(**group));
            if let Some(group) = alien {
                bail!("the peer {} does not serve what the group {} asks for", peer.version(), group.script());
            }
        }
        let served = |group: Group| match self.peer {
            Some(peer) => peer.serves(group),
            None => match group {
                Group::Node | Group::Chromium | Group::Flash => true,
                // A server that runs already is taken to be the reference app, which has no demo page.
                Group::DemoPage => self.url.is_none(),
                Group::SockjsNode | Group::SockjsChromium => OURS_SERVES_SOCKJS,
            },
        };
        let wanted = |group: &Group| if self.only.is_empty() { served(*group) } else { self.only.contains(group) };
        Ok(Group::value_variants().iter().copied().filter(wanted).collect())
    }
}

/// What a server under test does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Program {
    ReferenceApp,
    DemoChat,
}

/// The drivers with all they need.
struct Drivers<'a> {
    workspace: &'a Workspace,
    node: PathBuf,
    chromium: PathBuf,
    packages: PathBuf,
}

impl<'a> Drivers<'a> {
    fn prepare(workspace: &'a Workspace) -> Result<Self> {
        let (node, chromium) = (tools::node()?, tools::chromium()?);
        let packages = tools::npm_packages(workspace)?;
        Ok(Self { workspace, node, chromium, packages })
    }

    fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.node);
        command.arg("--no-deprecation").arg(self.workspace.root.join("tests/clients").join(name));
        command.env("NODE_PATH", &self.packages).env("CHROMIUM", &self.chromium);
        command
    }

    fn command(&self, group: Group, args: &Args, url: &str) -> Command {
        let mut command = self.script(group.script());
        if let Some(peer) = args.peer {
            command.args(["--peer", peer.version()]);
        }
        if let Some(client) = &args.client {
            command.args(["--only", client]);
        }
        if group == Group::DemoPage {
            command.arg("--screenshots").arg(self.workspace.target.join("clients/screenshots"));
        }
        command.arg(url);
        command
    }

    fn start(&self, program: Program, peer: Option<Peer>) -> Result<Server> {
        let mut command = match (program, peer) {
            (Program::ReferenceApp, Some(peer)) => {
                let mut command = self.script(peer.script());
                command.args(peer.flags());
                command
            }
            (Program::ReferenceApp, None) => {
                self.build(&["--package", "longwire", "--example", "reference-app"], "examples/reference-app")?
            }
            (Program::DemoChat, _) => self.build(&["--package", "longwire-server"], "longwire")?,
        };
        Server::start(command.args(["--listen", "127.0.0.1:0"]).args(SHORT_TIMERS))
    }

    /// Builds a program as users would run it.
    fn build(&self, what: &[&str], program: &str) -> Result<Command> {
        process::run(process::cargo(&self.workspace.root).args(["build", "--release"]).args(what))?;
        Ok(Command::new(self.workspace.target.join("release").join(program)))
    }
}

impl Group {
    fn script(self) -> &'static str {
        match self {
            Self::Node => "node.js",
            Self::Chromium => "chromium.js",
            Self::Flash => "flash.js",
            Self::DemoPage => "demo-page.js",
            Self::SockjsNode => "sockjs-node.js",
            Self::SockjsChromium => "sockjs-chromium.js",
        }
    }

    fn program(self) -> Program {
        match self {
            Self::Node | Self::Chromium | Self::Flash | Self::SockjsNode | Self::SockjsChromium => {
                Program::ReferenceApp
            }
            Self::DemoPage => Program::DemoChat,
        }
    }
}

impl Peer {
    fn serves(self, group: Group) -> bool {
        match group {
            Group::Node | Group::Chromium | Group::Flash => matches!(self, Self::SocketIo09),
            Group::SockjsNode | Group::SockjsChromium => matches!(self, Self::SockjsNode),
            // It is our server's own.
            Group::DemoPage => false,
        }
    }

    fn script(self) -> &'static str {
        match self {
            Self::SocketIo09 => "peers/socketio-0.9.js",
            Self::SockjsNode => "peers/sockjs-node.js",
        }
    }

    /// What the drivers call it, to know its faults.
    fn version(self) -> &'static str {
        match self {
            Self::SocketIo09 => "socket.io-0.9.19",
            Self::SockjsNode => "sockjs-0.3.24",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::SocketIo09 => &["--raw-jsonp"],
            Self::SockjsNode => &[],
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_gets_the_groups_that_it_serves() {
        let count = |args: Args| args.groups().expect("they can run").len();
        let peer = Some(Peer::SocketIo09);
        let sockjs_node = Some(Peer::SockjsNode);
        assert_eq!(count(Args::default()), if OURS_SERVES_SOCKJS { 6 } else { 4 });
        assert_eq!(count(Args { peer, ..Args::default() }), 3);
        assert_eq!(count(Args { peer: sockjs_node, ..Args::default() }), 2);
        assert_eq!(count(Args { only: vec![Group::SockjsNode], ..Args::default() }), 1);
        assert!(Args { peer: sockjs_node, only: vec![Group::Node], ..Args::default() }.groups().is_err());
        assert_eq!(count(Args { url: Some(String::new()), only: vec![Group::DemoPage], ..Args::default() }), 1);
        assert!(Args { peer, only: vec![Group::DemoPage], ..Args::default() }.groups().is_err());
    }
}
