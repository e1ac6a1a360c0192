//! `cargo xtask autobahn`: Autobahn's fuzzing client, the WebSocket test suite that browsers were measured by, against a server
//! that echoes messages.
//!
//! The suite is Python 2 code. It goes into a virtual environment of its own below the target folder, with every package pinned
//! in `requirements.txt`.

mod report;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::server::Server;
use crate::workspace::Workspace;
use crate::{process, tools};
use report::Report;

/// The arguments of `cargo xtask autobahn`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run these cases only, as the suite names them: `7.1.6`, or `9.*` for a group; may be given several times. The default is 1 to
    /// 7, 9 and 10: everything but compression, which the server does not negotiate.
    #[arg(long, value_name = "PATTERN", default_values = DEFAULT_CASES, hide_default_value = true)]
    cases: Vec<String>,
    /// An echo that runs already, as ws://HOST:PORT/PATH. The default is to build and start ours.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The Python 2.7 to run the suite with. The default is the first that is found on the PATH or among pyenv's versions.
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Say so and end well where there is no Python 2.7, which most machines lack.
    #[arg(long, conflicts_with = "python")]
    where_possible: bool,
}

const DEFAULT_CASES: [&str; 9] = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"];
/// The newest that can make an environment for Python 2.7.
const VIRTUALENV: &str = "virtualenv==20.15.1";
const REQUIREMENTS: &str = include_str!("requirements.txt");

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let python = match tools::python2(args.python.as_deref()) {
        Err(error) if args.where_possible => {
            println!("autobahn: NOT RUN: {error:#}");
            return Ok(());
        }
        found => found?,
    };
    let folder = workspace.target.join("autobahn");
    let wstest = install(&folder, &python)?;

    let server = if args.url.is_none() { Some(start(workspace)?) } else { None };
    let own = server.as_ref().map(|server| server.url.replacen("http", "ws", 1));
    let url = args.url.clone().or(own).unwrap_or_default();
    let reports = folder.join("report");
    fuzz(&wstest, &folder, &reports, &spec(&url, &reports, &args.cases))?;
    if let Some(server) = server {
        server.stop()?;
    }

    let report = Report::read(&reports.join("index.json"))?;
    print!("\n{report}");
    println!("report: {}", reports.join("index.html").display());
    report.judge()
}

/// Makes the environment below `folder`, unless it is there already, and returns the program of the suite.
fn install(folder: &Path, python: &Path) -> Result<PathBuf> {
    let environment = folder.join("environment");
    let program = environment.join("bin/wstest");
    // What it was made of, written when it was complete.
    let installed = environment.join("installed-from.txt");
    let origin = format!("{}\n{REQUIREMENTS}", python.display());
    if std::fs::read_to_string(&installed).is_ok_and(|before| before == origin) {
        println!("Autobahn's suite: {}", program.display());
        return Ok(program);
    }

    println!("Autobahn's suite: installing it into {}", environment.display());
    make_empty(&environment)?;
    let python3 = tools::python3()?;
    let tools = folder.join("virtualenv");
    make_empty(&tools)?;
    let mut pip = Command::new(&python3);
    process::run(pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&tools).arg(VIRTUALENV))?;
    let mut virtualenv = Command::new(&python3);
    virtualenv.env("PYTHONPATH", &tools).args(["-m", "virtualenv", "--quiet", "--python"]).arg(python);
    process::run(virtualenv.arg(&environment))?;

    let requirements = folder.join("requirements.txt");
    write(&requirements, REQUIREMENTS)?;
    let mut pip = Command::new(environment.join("bin/pip"));
    pip.env("PYTHONWARNINGS", "ignore").args(["install", "--quiet", "--no-python-version-warning", "--requirement"]);
    process::run(pip.arg(&requirements))?;
    write(&installed, &origin)?;
    Ok(program)
}

/// Builds our echo and starts it.
fn start(workspace: &Workspace) -> Result<Server> {
    let example = ["build", "--release", "--package", "longwire", "--example", "websocket-echo"];
    process::run(process::cargo(&workspace.root).args(example))?;
    let program = workspace.target.join("release/examples/websocket-echo");
    Server::start(Command::new(program).args(["--listen", "127.0.0.1:0"]))
}

/// What the suite shall do.
fn spec(url: &str, reports: &Path, cases: &[String]) -> serde_json::Value {
    serde_json::json!({
        "outdir": reports,
        "servers": [{ "agent": "echo", "url": url }],
        "cases": cases,
        "exclude-cases": [],
        "exclude-agent-cases": {},
    })
}

/// Runs the suite, and shows when a group of cases begins.
fn fuzz(wstest: &Path, folder: &Path, reports: &Path, spec: &serde_json::Value) -> Result<()> {
    make_empty(reports)?;
    let path = folder.join("spec.json");
    write(&path, &spec.to_string())?;
    let mut command = Command::new(wstest);
    command.args(["--mode", "fuzzingclient", "--spec"]).arg(&path).current_dir(folder);
    println!("$ {}", process::show(&command));
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start Autobahn's suite")?;
    let output = BufReader::new(child.stdout.take().context("its output is piped")?);
    let mut group = String::new();
    for line in output.lines() {
        let line = line.context("cannot read the output of Autobahn's suite")?;
        if let Some(begun) = group_in(&line).filter(|begun| **begun != group) {
            begun.clone_into(&mut group);
            println!("running {group}.*");
        }
    }
    let status = child.wait().context("cannot wait for Autobahn's suite")?;
    if !status.success() {
        bail!("Autobahn's suite ended with {status}");
    }
    Ok(())
}

/// 7 of `Running test case ID 7.1.6 for agent …`.
fn group_in(line: &str) -> Option<&str> {
    line.strip_prefix("Running test case ID ")?.split('.').next()
}

fn make_empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_read_from_its_line_only() {
        assert_eq!(group_in("Running test case ID 10.1.1 for agent echo from peer tcp4:127.0.0.1:1"), Some("10"));
        assert_eq!(group_in("Ok, will run 301 test cases"), None);
    }

    #[test]
    fn every_package_is_pinned() {
        assert!(REQUIREMENTS.lines().any(|line| line.starts_with("autobahntestsuite==")));
        for line in REQUIREMENTS.lines() {
            assert!(line.contains("=="), "{line}");
        }
    }
}
