//! Very many clients in one small program, for `cargo xtask soak`: it starts the server, this talks to it.
//!
//! One thread, one task a client, and no buffer for whoever is silent: eighteen thousand clients fit beside the server that is
//! measured. Every client checks what it hears, so nothing can be lost or come twice unseen. The exit status is 0 when all
//! was as it should be.

mod client;
mod connection;
mod crowd;
mod flood;
mod handshakes;
mod score;
mod siege;
mod slow;
mod watch;

use std::io;
use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// Soaks a server that hosts the reference application.
#[derive(Debug, Parser)]
#[command(name = "soak")]
enum Scenario {
    /// As many clients as there is room for, who talk for a while and then all go.
    Crowd(crowd::Args),
    /// More connections than the server has descriptors for, while some clients are there already.
    Flood(flood::Args),
    /// Handshakes as fast as they come, of which nothing becomes.
    Handshakes(handshakes::Args),
    /// Attackers that are slow, while others chat.
    Slow(slow::Args),
}

fn main() -> ExitCode {
    let scenario = Scenario::parse();
    match run(scenario) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(scenario: Scenario) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        match scenario {
            Scenario::Crowd(args) => crowd::run(args).await,
            Scenario::Flood(args) => flood::run(&args).await,
            Scenario::Handshakes(args) => handshakes::run(&args).await,
            Scenario::Slow(args) => slow::run(&args).await,
        }
    })
}
