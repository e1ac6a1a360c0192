//! A load generator for any server that hosts the reference application.
//!
//! One thread, one epoll, buffers that are made beforehand: it costs less than what it drives, and says so when it does not.
//! Every answer is compared, byte for byte and in order; the first wrong one ends it with an error.

mod broadcast;
mod cycle;
mod echo;
mod histogram;
mod idle;
mod meter;
mod open;
mod polling;
mod process;
mod template;
mod wire;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use serde::Serialize;

use crate::idle::{Idleness, Kind, Memory};
use crate::meter::{Plan, Throughput};
use crate::open::Opener;
use crate::process::Process;

/// Puts a load on a server with the reference application and checks every answer.
///
/// It prints one line of JSON. Processor time and memory are those of the process that --pid names.
#[derive(Debug, Parser)]
#[command(name = "load")]
struct Flags {
    /// What to do.
    load: Load,
    /// Where the server listens, as http://ADDRESS:PORT.
    #[arg(long, value_name = "URL", value_parser = address)]
    url: SocketAddr,
    /// The process id of the server.
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
    /// How long it is measured.
    #[arg(long, value_name = "SECS", default_value = "5", value_parser = seconds)]
    seconds: Duration,
    /// How long the load runs before that, or idle sessions are left alone.
    #[arg(long, value_name = "SECS", default_value = "1", value_parser = seconds)]
    warm_up: Duration,
    /// How many clients there are [default: that of the load].
    #[arg(long, value_name = "COUNT")]
    clients: Option<usize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Load {
    /// Echoes on 100 WebSockets, 1 outstanding on each.
    #[value(name = "echo-1")]
    Echo1,
    /// Echoes on 100 WebSockets, 16 outstanding on each.
    #[value(name = "echo-16")]
    Echo16,
    /// Broadcasts to 1000 WebSockets, 1 in flight; each hearing counts as a message.
    #[value(name = "broadcast-1")]
    Broadcast1,
    /// Broadcasts to 1000 WebSockets, 4 in flight.
    #[value(name = "broadcast-4")]
    Broadcast4,
    /// Echoes of 100 sessions on xhr-polling.
    Polling,
    /// Handshake, WebSocket, connect, disconnect, close, by 50 clients at once.
    Cycle,
    /// Memory of 5000 idle WebSockets.
    MemoryWebsocket,
    /// Memory of 5000 polling sessions between two polls.
    MemoryPolling,
    /// Memory of 5000 held polls.
    MemoryHeld,
    /// Processor time of 10,000 idle WebSockets.
    Idle,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Throughput(Throughput),
    Memory(Memory),
    Idleness(Idleness),
}

fn address(url: &str) -> Result<SocketAddr, String> {
    let address = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
    address.parse().map_err(|_| "an address is wanted, such as http://127.0.0.1:8080".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is wanted, such as 5 or 0.5".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let printed = run(&flags).and_then(|outcome| {
        println!("{}", serde_json::to_string(&outcome)?);
        Ok(())
    });
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: &Flags) -> Result<Outcome> {
    let server = flags.pid.map(Process::new);
    let plan = Plan { server, warm_up: flags.warm_up, time: flags.seconds };
    let watched = || server.context("this load looks at the server's process: --pid is needed");
    let clients = |default: usize| flags.clients.unwrap_or(default);
    let mut opener = Opener::new(flags.url)?;
    let memory = |opener: &mut Opener, kind| {
        idle::memory(opener, kind, clients(5000), flags.warm_up, watched()?).map(Outcome::Memory)
    };
    let throughput = match flags.load {
        Load::Echo1 => echo::run(&mut opener, clients(100), 1, plan)?,
        Load::Echo16 => echo::run(&mut opener, clients(100), 16, plan)?,
        Load::Broadcast1 => broadcast::run(&mut opener, clients(1000), 1, plan)?,
        Load::Broadcast4 => broadcast::run(&mut opener, clients(1000), 4, plan)?,
        Load::Polling => polling::run(&opener, clients(100), plan)?,
        Load::Cycle => cycle::run(opener, clients(50), plan)?,
        Load::MemoryWebsocket => return memory(&mut opener, Kind::WebSocket),
        Load::MemoryPolling => return memory(&mut opener, Kind::BetweenPolls),
        Load::MemoryHeld => return memory(&mut opener, Kind::HeldPoll),
        Load::Idle => {
            let idleness = idle::idle(&mut opener, clients(10_000), flags.warm_up, flags.seconds, watched()?)?;
            return Ok(Outcome::Idleness(idleness));
        }
    };
    if let Some(warning) = throughput.warning() {
        eprintln!("load: warning: {warning}");
    }
    Ok(Outcome::Throughput(throughput))
}
