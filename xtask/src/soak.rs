//! `cargo xtask soak`: the reference app with as many clients as one process takes, with more than it has descriptors for, and
//! under attacks that take their time.
//!
//! This builds both programs, gives each the descriptors it needs and starts the server; `soak` in `benches` does the talking
//! and judges. It takes nine minutes or ten, so it is no part of `cargo xtask test`;
//! small forms of it are tests (`tests/tests/attacks`).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::server::Server;
use crate::workspace::Workspace;

/// The arguments of `cargo xtask soak`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long the crowd talks.
    #[arg(long, value_name = "N", default_value_t = 300)]
    seconds: u32,
    /// Clients of the crowd on WebSockets.
    #[arg(long, value_name = "N", default_value_t = 15_000)]
    websockets: u32,
    /// Clients of the crowd on xhr-polling.
    #[arg(long, value_name = "N", default_value_t = 3_000)]
    polls: u32,
    /// Run these scenarios only.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Scenario>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Scenario {
    /// Everybody comes, talks, hears and goes; nothing is lost, and nothing is left.
    Crowd,
    /// A server with 256 descriptors and 2,000 connections that it cannot accept.
    Flood,
    /// 50,000 handshakes in a second, of which nothing becomes.
    Handshakes,
    /// 4,000 attackers that send or read as slowly as they can, while 500 clients chat.
    Slow,
}

/// Descriptors that a process has beside its connections.
const SPARE: u32 = 200;
/// Descriptors of the server that is flooded.
const FEW: u32 = 256;

/// The two programs.
struct Programs {
    server: PathBuf,
    soak: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let clients = args.websockets + args.polls;
    if clients == 0 {
        bail!("a crowd has at least one client: --websockets, --polls");
    }
    let wanted = |scenario| args.only.is_empty() || args.only.contains(&scenario);
    if wanted(Scenario::Crowd) {
        check_descriptors(clients + SPARE, &hard_limit()?)?;
    }
    let programs = build(workspace)?;
    if wanted(Scenario::Crowd) {
        println!("\n=== {} WebSockets and {} polls talk for {} s", args.websockets, args.polls, args.seconds);
        let (websockets, polls) = (args.websockets.to_string(), args.polls.to_string());
        let seconds = args.seconds.to_string();
        let flags = ["crowd", "--websockets", &websockets, "--polls", &polls, "--seconds", &seconds];
        soak(&programs, clients + SPARE, clients + SPARE, &flags)?;
    }
    if wanted(Scenario::Flood) {
        println!("\n=== a flood on a server with {FEW} descriptors");
        soak(&programs, FEW, 2_000 + SPARE, &["flood"])?;
    }
    if wanted(Scenario::Handshakes) {
        println!("\n=== handshakes of which nothing becomes");
        soak(&programs, 1_000, 1_000, &["handshakes"])?;
    }
    if wanted(Scenario::Slow) {
        println!("\n=== slow attackers while others chat");
        soak(&programs, 5_000, 5_000, &["slow"])?;
    }
    Ok(())
}

fn build(workspace: &Workspace) -> Result<Programs> {
    let cargo = |arguments: &[&str]| process::run(process::cargo(&workspace.root).args(arguments));
    cargo(&["build", "--release", "--package", "longwire", "--example", "reference-app"])?;
    cargo(&["build", "--release", "--package", "longwire-benches", "--bin", "soak"])?;
    let release = workspace.target.join("release");
    Ok(Programs { server: release.join("examples/reference-app"), soak: release.join("soak") })
}

/// Runs one scenario against a fresh server; both have so many descriptors.
fn soak(programs: &Programs, server_descriptors: u32, descriptors: u32, flags: &[&str]) -> Result<()> {
    let mut command = with_descriptors(server_descriptors, &programs.server, ["--listen", "127.0.0.1:0"]);
    let server = Server::start(command.env("LONGWIRE_METRICS", "true"))?;
    let address = server.url.trim_start_matches("http://").to_owned();
    let pid = server.id().to_string();
    let mut arguments = flags.to_vec();
    arguments.extend(["--address", &address, "--pid", &pid]);
    process::run(&mut with_descriptors(descriptors, &programs.soak, arguments))?;
    server.stop()
}

/// The command in a shell that limits its descriptors first.
fn with_descriptors<S: AsRef<OsStr>>(count: u32, program: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -n "$0" && exec "$@""#]).arg(count.to_string()).arg(program).args(arguments);
    command
}

/// How far the limit of descriptors can be raised here, as the shell says it.
fn hard_limit() -> Result<String> {
    let limit = process::output(Command::new("sh").args(["-c", "ulimit -Hn"]))?;
    Ok(limit.trim().to_owned())
}

fn check_descriptors(needed: u32, limit: &str) -> Result<()> {
    if limit == "unlimited" {
        return Ok(());
    }
    let limit: u32 = limit.parse().with_context(|| format!("`ulimit -Hn` says {limit:?}"))?;
    if limit < needed {
        bail!(
            "the crowd needs {needed} descriptors in each of two processes, and this machine allows {limit} (ulimit -Hn): \
             raise that limit, or take a smaller crowd with --websockets and --polls"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_gives_less_is_told_what_is_needed() {
        assert!(check_descriptors(18_200, "unlimited").is_ok());
        assert!(check_descriptors(18_200, "20000").is_ok());
        let error = check_descriptors(18_200, "4096").expect_err("too few");
        assert!(
            error.to_string().contains("18200 descriptors") && error.to_string().contains("allows 4096"),
            "{error}"
        );
        assert!(check_descriptors(1, "many").is_err());
    }

    #[test]
    fn a_program_has_the_descriptors_it_was_given() {
        let mut command = with_descriptors(77, Path::new("sh"), ["-c", "ulimit -n"]);
        assert_eq!(process::output(&mut command).expect("a shell"), "77\n");
    }
}
