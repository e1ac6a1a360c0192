//! `cargo xtask fuzz`: the fuzz targets, one after the other, each for a while.
//!
//! It needs no nightly compiler: `RUSTC_BOOTSTRAP` lets a stable one take the flags of cargo-fuzz. What a run finds is kept
//! under `target/fuzz-corpus` and begins the next run; the committed corpora are read and not touched. An input that shows a
//! fault goes to `fuzz/artifacts/TARGET`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// The arguments of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long each target runs.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// List the targets and do nothing.
    #[arg(long)]
    list: bool,
    /// The targets to run; all of them when none is named.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let targets = chosen(&all_targets(&workspace.root.join("fuzz/fuzz_targets"))?, &args.targets)?;
    if args.list {
        targets.iter().for_each(|target| println!("{target}"));
        return Ok(());
    }

    ensure_cargo_fuzz(workspace)?;
    for target in &targets {
        println!("\n=== building {target}");
        process::run(&mut cargo_fuzz(workspace, "build", target))?;
    }
    let mut results = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        println!("\n=== {target} ({} of {}): {} s", index + 1, targets.len(), args.seconds);
        let start = Instant::now();
        let outcome = fuzz(workspace, target, args.seconds);
        if let Err(error) = &outcome {
            eprintln!("=== {target}: {error:#}");
        }
        results.push((target.as_str(), outcome.is_ok(), start.elapsed()));
    }
    print!("\n{}", table(&results));
    let failed: Vec<_> = results.iter().filter(|(_, ok, _)| !ok).map(|(target, ..)| *target).collect();
    if !failed.is_empty() {
        bail!("found faults in {}; the inputs are in fuzz/artifacts", failed.join(", "));
    }
    Ok(())
}

/// The names of the files in the folder of targets.
fn all_targets(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut targets = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        targets.extend(name.strip_suffix(".rs").map(str::to_owned));
    }
    targets.sort();
    Ok(targets)
}

fn chosen(all: &[String], named: &[String]) -> Result<Vec<String>> {
    if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
        bail!("no fuzz target is called `{unknown}`; there are {}", all.join(", "));
    }
    Ok(all.iter().filter(|target| named.is_empty() || named.contains(target)).cloned().collect())
}

/// Finds cargo-fuzz, or installs it from crates.io.
fn ensure_cargo_fuzz(workspace: &Workspace) -> Result<()> {
    let version = || {
        let output = process::cargo(&workspace.root).args(["fuzz", "--version"]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if let Some(version) = version() {
        println!("cargo-fuzz: {version}");
        return Ok(());
    }
    println!("cargo-fuzz: not installed, installing it");
    process::run(process::cargo(&workspace.root).args(["install", "cargo-fuzz", "--locked"]))
        .context("cargo-fuzz is missing; install it with `cargo install cargo-fuzz`")?;
    version().map(|_| ()).context("cargo does not find cargo-fuzz even after its installation")
}

fn fuzz(workspace: &Workspace, target: &str, seconds: u32) -> Result<()> {
    let found = found_corpus(workspace, target);
    std::fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
    let mut command = cargo_fuzz(workspace, "run", target);
    // The fuzzer writes into the first folder and reads all of them.
    command.arg(&found).arg(workspace.root.join("fuzz/corpus").join(target));
    command.arg("--").arg(format!("-max_total_time={seconds}")).args(["-timeout=10", "-print_final_stats=1"]);
    process::run(&mut command)
}

fn found_corpus(workspace: &Workspace, target: &str) -> PathBuf {
    workspace.target.join("fuzz-corpus").join(target)
}

fn cargo_fuzz(workspace: &Workspace, verb: &str, target: &str) -> Command {
    let mut command = process::cargo(&workspace.root);
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["fuzz", verb, "--target-dir"])
        .arg(workspace.target.join("fuzz"))
        .arg(target);
    command
}

/// One line a target.
fn table(results: &[(&str, bool, Duration)]) -> String {
    let mut text = String::new();
    for (target, ok, time) in results {
        let outcome = if *ok { "ok" } else { "FAILED" };
        let _ = writeln!(text, "{target:22} {outcome:6} {:>8.1} s", time.as_secs_f64());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn targets_are_chosen_by_name_and_all_without_one() {
        let all = names(&["a", "b", "c"]);
        assert_eq!(chosen(&all, &[]).expect("they exist"), all);
        assert_eq!(chosen(&all, &names(&["c", "a"])).expect("they exist"), names(&["a", "c"]));
        let error = chosen(&all, &names(&["d"])).expect_err("there is none");
        assert_eq!(error.to_string(), "no fuzz target is called `d`; there are a, b, c");
    }

    #[test]
    fn the_targets_of_this_workspace_are_found() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/fuzz_targets");
        let all = all_targets(&folder).expect("the folder is there");
        assert!(all.contains(&"rev1_session".to_owned()), "{all:?}");
    }

    #[test]
    fn the_table_has_a_line_for_each_target() {
        let results = [("rev1_packet", true, Duration::from_secs(60)), ("x", false, Duration::from_millis(1500))];
        assert_eq!(
            table(&results),
            "rev1_packet            ok         60.0 s\nx                      FAILED      1.5 s\n"
        );
    }
}
