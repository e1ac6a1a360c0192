//! The servers that are measured.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::tools;
use crate::workspace::Workspace;

use super::loads::Load;

/// What can be measured.
pub(super) struct ServerKind {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    what: What,
    /// The loads that it cannot stand: it has no such thing.
    without: &'static [&'static str],
}

/// What a server is made of.
#[derive(Clone, Copy)]
enum What {
    Floor,
    Ours,
    BareStack,
    SocketIo09,
}

pub(super) const SERVERS: &[ServerKind] = &[
    ServerKind {
        name: "floor",
        about: "the least that tokio with two workers can do for the same bytes",
        what: What::Floor,
        without: &[],
    },
    ServerKind { name: "longwire", about: "our reference application", what: What::Ours, without: &[] },
    ServerKind {
        name: "bare-stack",
        about: "tokio, hyper and tokio-tungstenite, without sessions",
        what: What::BareStack,
        without: &["polling", "memory-polling", "memory-held"],
    },
    ServerKind {
        name: "socket.io-0.9.19",
        about: "the reference application on socket.io 0.9.19 of npm",
        what: What::SocketIo09,
        without: &[],
    },
];

/// What all others are compared with.
pub(super) fn floor() -> &'static ServerKind {
    &SERVERS[0]
}

/// What all this is about.
pub(super) fn ours() -> &'static ServerKind {
    &SERVERS[1]
}

impl ServerKind {
    pub(super) fn is_floor(&self) -> bool {
        matches!(self.what, What::Floor)
    }

    pub(super) fn is_ours(&self) -> bool {
        matches!(self.what, What::Ours)
    }

    pub(super) fn can(&self, load: &Load) -> bool {
        !self.without.contains(&load.name)
    }
}

/// A server with all that it needs to be started.
pub(super) struct Contender {
    pub(super) server: &'static ServerKind,
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, PathBuf)>,
    has_timers: bool,
}

impl Contender {
    /// Finds or installs what the servers need; ours are built already.
    pub(super) fn prepare(workspace: &Workspace, servers: &[&'static ServerKind]) -> Result<Vec<Self>> {
        servers.iter().map(|server| Self::new(workspace, server)).collect()
    }

    fn new(workspace: &Workspace, server: &'static ServerKind) -> Result<Self> {
        let release = workspace.target.join("release");
        let ready = |program: PathBuf, has_timers| Self {
            server,
            program,
            arguments: Vec::new(),
            environment: Vec::new(),
            has_timers,
        };
        Ok(match server.what {
            What::Floor => ready(release.join("floor"), false),
            What::BareStack => ready(release.join("bare-stack"), false),
            What::Ours => ready(release.join("examples/reference-app"), true),
            What::SocketIo09 => {
                let script = workspace.root.join("tests/clients/peers/socketio-0.9.js");
                let mut contender = ready(tools::node()?, true);
                contender.arguments = vec!["--no-deprecation".to_owned(), script.to_string_lossy().into_owned()];
                contender.environment.push(("NODE_PATH", tools::npm_packages(workspace)?));
                contender
            }
        })
    }

    /// The command that starts it on a free port.
    pub(super) fn command(&self, timers: &[&str]) -> Command {
        let mut command = with_all_descriptors(Command::new(&self.program));
        command.args(&self.arguments).args(["--listen", "127.0.0.1:0"]).envs(self.environment.iter().cloned());
        // As many as the floor has.
        command.env("TOKIO_WORKER_THREADS", "2");
        if self.has_timers {
            command.args(timers);
        }
        command
    }
}

/// The same program, with as many open files as the system allows it: shells often start programs with 1024.
pub(super) fn with_all_descriptors(program: Command) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -n "$(ulimit -H -n)"; exec "$0" "$@""#]).arg(program.get_program());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_and_ours_have_their_places() {
        assert!(floor().is_floor() && ours().is_ours());
    }
}
