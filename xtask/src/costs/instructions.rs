//! Instructions, as callgrind counts them in the program `instructions` of the benches.
//!
//! The program prints the names of its steps and calls a function in front of and behind each. callgrind writes down what it
//! has counted whenever that function is called, into a file with a number: what is between is a step.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{process, tools};

use super::baseline::Figures;

/// Compilers and processors differ by less than this; a change that is worth a word does not.
const TOLERANCE: f64 = 0.05;

/// Builds the program, runs it in callgrind and reads what that wrote.
pub(super) fn measure(workspace: &Workspace) -> Result<Figures> {
    let valgrind = tools::valgrind()?;
    let build = ["build", "--quiet", "--release", "--package", "longwire-benches", "--bin", "instructions"];
    process::run(process::cargo(&workspace.root).args(build))?;

    let folder = workspace.target.join("costs");
    // What an earlier run left would be read as this one's.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let out = folder.join("callgrind");
    let mut command = Command::new(valgrind);
    command
        .args(["--quiet", "--tool=callgrind", "--dump-before=*between_steps*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(workspace.target.join("release/instructions"));
    println!("$ valgrind --tool=callgrind … instructions");
    figures(&process::output(&mut command)?, |number| counted(&out, number))
}

pub(super) fn tolerance(_name: &str, _column: usize) -> f64 {
    TOLERANCE
}

/// The steps that the program named, with what was counted for one time each.
fn figures(printed: &str, counted: impl Fn(usize) -> Result<f64>) -> Result<Figures> {
    let mut lines = printed.lines();
    let times = lines.next().and_then(|line| line.strip_prefix("times ")?.parse::<f64>().ok());
    let times = times.context("the program does not say how often it does each step")?;
    // The first call of the function is in front of the first step, so the second file has that step.
    lines
        .enumerate()
        .map(|(step, name)| Ok((name.to_owned(), vec![(counted(2 * step + 2)? / times).round()])))
        .collect()
}

fn counted(out: &Path, number: usize) -> Result<f64> {
    let path = format!("{}.{number}", out.display());
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    match total(&text) {
        Some(total) => Ok(total),
        None => bail!("{path} has no total"),
    }
}

fn total(dump: &str) -> Option<f64> {
    dump.lines().find_map(|line| line.strip_prefix("totals:")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_file_is_a_step() {
        let counted = |number| Ok([0.0, 0.0, 500.0, 7.0, 900.0][number]);
        let figures = figures("times 10\na\nb\n", counted).expect("it is complete");
        assert_eq!(figures, [("a".to_owned(), vec![50.0]), ("b".to_owned(), vec![90.0])]);
    }

    #[test]
    fn a_total_is_read() {
        assert_eq!(total("summary: 5\n\ntotals: 513204\n"), Some(513_204.0));
        assert_eq!(total("summary: 5\n"), None);
    }
}
