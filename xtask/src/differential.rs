//! `cargo xtask differential`: the codec of revision 1 against the parser of socket.io 0.9.19, on random inputs.
//!
//! The comparison is the program `differential` of the package `longwire-tests`; here it gets Node.js and the npm packages.

use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{process, tools};

/// The arguments of `cargo xtask differential`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many inputs to make. With fewer than the default, kinds of differences that do not show are no error.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    inputs: u64,
    /// What the inputs are made from: the same seed makes the same inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Compare only the input of this number in the run of that seed, and print both results.
    #[arg(long, value_name = "I")]
    index: Option<u64>,
    /// Compare only this packet, as a JSON string, and print both results.
    #[arg(long, value_name = "JSON", conflicts_with = "index")]
    packet: Option<String>,
    /// Compare only this body, as a JSON string, and print both results.
    #[arg(long, value_name = "JSON", conflicts_with_all = ["index", "packet"])]
    payload: Option<String>,
}

impl Default for Args {
    fn default() -> Self {
        Self { inputs: 100_000, seed: 1, index: None, packet: None, payload: None }
    }
}

/// The full comparison.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    run(workspace, &Args::default())
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let node = tools::node()?;
    let packages = tools::npm_packages(workspace)?;
    process::run(process::cargo(&workspace.root).args([
        "build",
        "--package",
        "longwire-tests",
        "--bin",
        "differential",
    ]))?;
    let mut command = Command::new(workspace.target.join("debug/differential"));
    command.env("NODE_PATH", packages).arg("--node").arg(node);
    process::run(command.args(args.flags())).context("longwire and socket.io 0.9.19 read an input in different ways")
}

impl Args {
    /// The flags of the program, which are called the same.
    fn flags(&self) -> Vec<String> {
        let mut flags = vec![format!("--inputs={}", self.inputs), format!("--seed={}", self.seed)];
        flags.extend(self.index.map(|index| format!("--index={index}")));
        flags.extend(self.packet.as_ref().map(|packet| format!("--packet={packet}")));
        flags.extend(self.payload.as_ref().map(|payload| format!("--payload={payload}")));
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_gets_what_was_asked_for() {
        assert_eq!(Args::default().flags(), ["--inputs=100000", "--seed=1"]);
        let args = Args { seed: 7, packet: Some("\"2::\"".to_owned()), ..Args::default() };
        assert_eq!(args.flags(), ["--inputs=100000", "--seed=7", "--packet=\"2::\""]);
    }
}
