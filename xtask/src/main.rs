//! Development commands: `cargo xtask --help` lists them.
//!
//! One file or folder a command (`package` is a step of `test`). What several of them need is in `workspace` (what cargo knows of the
//! crates), `process` (running programs), `server` (a server for the time of a test), `tap` (reports of tests) and `tools`
//! (programs that cargo does not bring).

mod autobahn;
mod bench;
mod clients;
mod conformance;
mod costs;
mod differential;
mod fuzz;
mod package;
mod process;
mod server;
mod soak;
mod tap;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use crate::workspace::Workspace;

/// The development commands of longwire.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", arg_required_else_help = true)]
enum Command {
    /// Run every check there is, stopping at the first that fails.
    ///
    /// What a check needs beyond Rust (Node.js, Chromium, npm packages) is found or installed, and the output says so;
    /// nothing is skipped for want of it.
    Test(test::Args),
    /// Check what no compiler checks: file heads, crate layering, lock files, READMEs.
    Tidy,
    /// Let old clients, in Node.js, Chromium and Flash, talk to a server, and visitors to the demo page.
    Clients(clients::Args),
    /// Check a server of Socket.IO 0.7 to 0.9, ours or any other, over raw sockets.
    ///
    /// Prints a line for each check with what was expected and seen, and a table at the end.
    #[command(after_long_help = conformance::LONG_HELP)]
    Conformance(conformance::Args),
    /// Measure our server, the floor that it is compared with, and other servers; write docs/performance.md.
    ///
    /// Takes about half an hour. What is slow is told and is no error; a wrong answer is one.
    Bench(bench::Args),
    /// Count allocations and instructions, and compare them with benches/baselines.
    ///
    /// Neither depends on how busy the machine is. Installs valgrind when it is missing, and says so.
    Costs(costs::Args),
    /// Run the fuzz targets, each for a while, and stop with an error when one finds a fault.
    ///
    /// Installs cargo-fuzz when it is missing, and says so. No nightly compiler is needed. An input that shows a fault is kept
    /// in fuzz/artifacts/TARGET.
    Fuzz(fuzz::Args),
    /// Read and write the same random packets and payloads as socket.io 0.9.19 does, in Node.js, and list where results differ.
    ///
    /// Every difference has to belong to one of the classes that are listed with an argument, and every class has to show.
    Differential(differential::Args),
    /// Let Autobahn's fuzzing client test WebSockets against an echo, by default our own, and want every case passed strictly.
    ///
    /// The suite needs a Python 2.7, and a Python 3 with pip to set it up; it is installed from PyPI below the target folder.
    Autobahn(autobahn::Args),
    /// Soak the reference app: 18,000 clients in one process for five minutes, then more connections than it can accept.
    /// Soak the reference app: 18,000 clients in one process for five minutes, then floods and slow attackers.
    ///
    /// Nothing may be lost, memory may not grow, and nothing may be left when everybody has gone. Needs Linux, two
    /// processes with 18,200 descriptors each, and about ten minutes.
    Soak(soak::Args),
}

fn main() -> ExitCode {
    let command = Command::parse();
    let outcome = Workspace::find().and_then(|workspace| match command {
        Command::Test(args) => test::run(&workspace, &args),
        Command::Tidy => tidy::run(&workspace),
        Command::Clients(args) => clients::run(&workspace, &args),
        Command::Conformance(args) => conformance::run(&workspace, &args),
        Command::Bench(args) => bench::run(&workspace, &args),
        Command::Costs(args) => costs::run(&workspace, &args),
        Command::Fuzz(args) => fuzz::run(&workspace, &args),
        Command::Differential(args) => differential::run(&workspace, &args),
        Command::Autobahn(args) => autobahn::run(&workspace, &args),
        Command::Soak(args) => soak::run(&workspace, &args),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
