//! The server under test: ours, a peer, or one that runs already.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use super::launch::{FREE_PORT, Launch, Timers};
use crate::process;
use crate::server::Server;
use crate::tools;
use crate::workspace::Workspace;

/// Other servers that host the reference app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// socket.io 0.9.19 of npm.
    #[value(name = "socket.io-0.9")]
    SocketIo09,
}

impl Peer {
    /// With the exact version, as reports and known differences name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SocketIo09 => "socket.io 0.9.19",
        }
    }

    const fn script(self) -> &'static str {
        match self {
            Self::SocketIo09 => "tests/clients/peers/socketio-0.9.js",
        }
    }

    /// The flags of the reference app that it has beside those of the timers.
    const fn flags(self) -> &'static [&'static str] {
        match self {
            Self::SocketIo09 => &["--origins"],
        }
    }
}

/// One server, seen from outside.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// `HOST:PORT`, for the `Host` header.
    pub(crate) authority: String,
    /// Where the stand-alone Flash policy server is, when there is one.
    pub(crate) flash_policy: Option<SocketAddr>,
    timers: HashMap<Timer, Duration>,
    /// Waiting longer than this for a timer is not worth it.
    longest: Duration,
    process: Mutex<Option<Server>>,
}

/// The timers of a server, named as the flags that set them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Timer {
    HeartbeatInterval,
    HeartbeatTimeout,
    CloseTimeout,
    PollingDuration,
}

impl Timer {
    const fn flag(self) -> &'static str {
        match self {
            Self::HeartbeatInterval => "--heartbeat-interval",
            Self::HeartbeatTimeout => "--heartbeat-timeout",
            Self::CloseTimeout => "--close-timeout",
            Self::PollingDuration => "--polling-duration",
        }
    }
}

impl Target {
    /// A server that runs already.
    pub(crate) fn at(url: &str, timers: HashMap<Timer, Duration>, longest: Duration) -> Result<Self> {
        let authority = authority(url)?;
        let address = authority.to_socket_addrs().with_context(|| format!("cannot find `{authority}`"))?.next();
        let address = address.with_context(|| format!("`{authority}` has no address"))?;
        Ok(Self { address, authority, flash_policy: None, timers, longest, process: Mutex::new(None) })
    }

    /// How long a timer of the server takes, or why that is no use.
    pub(crate) fn timer(&self, timer: Timer) -> Result<Duration, String> {
        match self.timers.get(&timer) {
            None => Err(format!("the server's timer is unknown: tell it by {}", timer.flag())),
            Some(duration) if *duration > self.longest => Err(format!(
                "{} is {} s here: allow such waits by --longest, or start the server with a shorter one",
                timer.flag(),
                duration.as_secs_f64()
            )),
            Some(duration) => Ok(*duration),
        }
    }

    /// Sends SIGTERM to a server that we started.
    pub(crate) fn terminate(&self) -> Result<(), String> {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(server) = process.as_ref() else {
            return Err("only a server that was started for this check may be ended".to_owned());
        };
        server.terminate().map_err(|error| format!("{error:#}"))
    }

    /// Ends the server by the book, if we started it.
    fn stop(&self) -> Result<()> {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        process.map_or(Ok(()), Server::stop)
    }
}

/// `HOST:PORT` of `http://HOST[:PORT][/]`.
fn authority(url: &str) -> Result<String> {
    let Some(rest) = url.strip_prefix("http://") else {
        bail!("`{url}` does not begin with http://, and the checks speak nothing else");
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.is_empty() || authority.contains(['/', '?', '#', '@']) {
        bail!("`{url}` is not of the form http://HOST:PORT");
    }
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(if has_port { authority.to_owned() } else { format!("{authority}:80") })
}

/// Where the servers of a run come from.
pub(crate) enum Source {
    /// Started for the run, with whatever flags a check needs.
    Started { program: Program, longest: Duration },
    /// There is one, as it is.
    Running(Arc<Target>),
}

/// A program that hosts the reference app.
pub(crate) struct Program {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, PathBuf)>,
    peer: Option<Peer>,
}

impl Program {
    /// Ours, built as users would run it.
    pub(crate) fn ours(workspace: &Workspace) -> Result<Self> {
        let build = ["build", "--release", "--package", "longwire", "--example", "reference-app"];
        process::run(process::cargo(&workspace.root).args(build))?;
        let program = workspace.target.join("release/examples/reference-app");
        Ok(Self { program, arguments: Vec::new(), environment: Vec::new(), peer: None })
    }

    /// A peer, with the npm packages that it needs.
    pub(crate) fn peer(workspace: &Workspace, peer: Peer) -> Result<Self> {
        let script = workspace.root.join(peer.script()).to_string_lossy().into_owned();
        let arguments = vec!["--no-deprecation".to_owned(), script];
        let environment = vec![("NODE_PATH", tools::npm_packages(workspace)?)];
        Ok(Self { program: tools::node()?, arguments, environment, peer: Some(peer) })
    }

    /// Why the program cannot be started so, if it cannot.
    fn lacks(&self, launch: &Launch) -> Option<String> {
        let peer = self.peer?;
        let missing = launch.flags.iter().find(|flag| flag.starts_with("--") && !peer.flags().contains(flag))?;
        Some(format!("{} has no {missing}", peer.name()))
    }

    fn start(&self, launch: &Launch, longest: Duration) -> Result<Target> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args(["--listen", "127.0.0.1:0"]).args(launch.timers.flags());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut policy = None;
        for flag in launch.flags {
            if flag.contains(FREE_PORT) {
                let address = free_port()?;
                policy = Some(address);
                command.arg(flag.replace(FREE_PORT, &address.port().to_string()));
            } else {
                command.arg(flag);
            }
        }
        if self.peer.is_some() {
            // A peer that a check brings down tells it at length; the check tells it too.
            command.stderr(Stdio::null());
        }
        let server = Server::start_quietly(&mut command)?;
        let mut target = Target::at(&server.url, known(launch.timers), longest)?;
        target.flash_policy = policy;
        target.process = Mutex::new(Some(server));
        Ok(target)
    }
}

/// The timers of a server that was started with them. Clients are told whole seconds, but the server keeps to fractions.
fn known(timers: Timers) -> HashMap<Timer, Duration> {
    HashMap::from([
        (Timer::HeartbeatInterval, timers.heartbeat_interval),
        (Timer::HeartbeatTimeout, timers.heartbeat_timeout),
        (Timer::CloseTimeout, timers.close_timeout),
        (Timer::PollingDuration, timers.polling_duration),
    ])
    .into_iter()
    .map(|(timer, milliseconds)| (timer, Duration::from_millis(milliseconds)))
    .collect()
}

/// A port that was free a moment ago.
fn free_port() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot find a free port")?;
    Ok(listener.local_addr()?)
}

/// The servers of a run, started when the first check needs them.
pub(crate) struct Servers {
    source: Source,
    shared: Mutex<HashMap<Launch, Shared>>,
}

/// Filled under its own lock, so that checks which need other servers need not wait for this one's start.
type Shared = Arc<Mutex<Option<Result<Arc<Target>, String>>>>;

impl Servers {
    pub(crate) fn new(source: Source) -> Self {
        Self { source, shared: Mutex::default() }
    }

    /// Whether there is only one server, which all checks have to share.
    pub(crate) fn is_single(&self) -> bool {
        matches!(self.source, Source::Running(_))
    }

    /// A server for a check, or why there is none.
    pub(crate) fn of(&self, launch: &Launch) -> Result<Arc<Target>, String> {
        let (program, longest) = match &self.source {
            Source::Running(target) if launch.flags.is_empty() => return Ok(Arc::clone(target)),
            Source::Running(_) => {
                return Err(format!("needs a server that is started with {}", launch.flags.join(" ")));
            }
            Source::Started { program, longest } => (program, *longest),
        };
        if let Some(lack) = program.lacks(launch) {
            return Err(lack);
        }
        let start = || program.start(launch, longest).map(Arc::new).map_err(|error| format!("{error:#}"));
        if launch.own {
            return start();
        }
        let slot = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(shared.entry(launch.clone()).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(start).clone()
    }

    /// Ends the shared servers; fails when one does not end as it should, or has ended before.
    pub(crate) fn stop(self) -> Result<()> {
        let shared = self.shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        for slot in shared.into_values() {
            let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Ok(target)) = slot.as_ref() {
                target.stop()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_server_is_read_from_its_url() {
        assert_eq!(authority("http://127.0.0.1:99/").expect("it is one"), "127.0.0.1:99");
        assert_eq!(authority("http://example.com").expect("it is one"), "example.com:80");
        for url in ["https://example.com", "example.com:80", "http://", "http://a/b", "http://a@b"] {
            assert!(authority(url).is_err(), "{url}");
        }
    }

    #[test]
    fn timers_nobody_knows_or_wants_to_wait_for_are_told() {
        let timers = HashMap::from([(Timer::CloseTimeout, Duration::from_secs(60))]);
        let target = Target::at("http://127.0.0.1:1", timers, Duration::from_secs(30)).expect("an address");
        assert!(target.timer(Timer::CloseTimeout).expect_err("too long").contains("--longest"));
        assert!(target.timer(Timer::PollingDuration).expect_err("unknown").contains("--polling-duration"));
    }

    #[test]
    fn a_running_server_cannot_be_given_flags() {
        let target = Target::at("http://127.0.0.1:1", HashMap::new(), Duration::ZERO).expect("an address");
        let servers = Servers::new(Source::Running(Arc::new(target)));
        assert!(servers.of(&Launch { own: true, ..Launch::default() }).is_ok());
        let why = servers.of(&Launch { flags: &["--origins", "a.example:80"], ..Launch::default() });
        assert_eq!(
            why.map(|_| ()).expect_err("it has flags"),
            "needs a server that is started with --origins a.example:80"
        );
    }
}
