//! `cargo xtask test`: every check there is, in order, stopping at the first that fails.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::{Package, Workspace};
use crate::{clients, conformance, costs, differential, package, tidy};

/// The arguments of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run this step only; may be given several times.
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// List the steps and do nothing.
    #[arg(long)]
    list: bool,
}

struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace) -> Result<()>,
}

/// In the order they run.
const STEPS: &[Step] = &[
    Step { name: "fmt", about: "the code is formatted", run: fmt },
    Step { name: "clippy", about: "no lint speaks up", run: clippy },
    Step { name: "docs", about: "the documentation builds without a warning", run: docs },
    Step { name: "tests", about: "unit, integration and doc tests pass", run: tests },
    Step {
        name: "features",
        about: "each crate builds without its default features and with each one alone",
        run: features,
    },
    Step { name: "tidy", about: "file heads, layers, lock files and READMEs are in order", run: tidy::run },
    Step { name: "package", about: "each crate builds from what would be published of it", run: package::run },
    Step {
        name: "differential",
        about: "packets and payloads are read as socket.io 0.9.19 reads them, but for listed differences",
        run: differential::run_all,
    },
    Step {
        name: "costs",
        about: "allocations and instructions are no more than benches/baselines says",
        run: costs::run_all,
    },
    Step {
        name: "clients",
        about: "old clients talk to the reference app, and visitors on the demo page",
        run: clients::run_all,
    },
    Step {
        name: "conformance",
        about: "our server does what the wire demands, and the checks of that are right about a peer",
        run: conformance::run_all,
    },
];

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let steps = chosen(&args.only)?;
    if args.list {
        for step in steps {
            println!("{:12} {}", step.name, step.about);
        }
        return Ok(());
    }

    let mut results = Vec::new();
    let mut failure = None;
    for step in &steps {
        println!("\n=== {}: {}", step.name, step.about);
        let start = Instant::now();
        let outcome = (step.run)(workspace);
        let elapsed = start.elapsed();
        match outcome {
            Ok(()) => results.push((step.name, "ok", elapsed)),
            Err(error) => {
                results.push((step.name, "FAILED", elapsed));
                failure = Some(error.context(format!("the step `{}` failed", step.name)));
                break;
            }
        }
        println!("=== {}: ok, {}", step.name, seconds(elapsed));
    }
    print!("\n{}", table(&steps, &results));
    failure.map_or(Ok(()), Err)
}

fn chosen(only: &[String]) -> Result<Vec<&'static Step>> {
    if let Some(unknown) = only.iter().find(|name| !STEPS.iter().any(|step| step.name == **name)) {
        let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        bail!("no step is called `{unknown}`; there are {}", names.join(", "));
    }
    Ok(STEPS.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name)).collect())
}

/// One line a step, those not reached included.
fn table(steps: &[&Step], results: &[(&str, &str, Duration)]) -> String {
    let mut text = String::new();
    for (index, step) in steps.iter().enumerate() {
        let (result, time) = match results.get(index) {
            Some((_, result, elapsed)) => (*result, seconds(*elapsed)),
            None => ("not run", String::new()),
        };
        text.push_str(format!("{:12} {result:8} {time:>9}", step.name).trim_end());
        text.push('\n');
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = process::cargo(&workspace.root);
    command.args(arguments);
    command
}

fn fmt(workspace: &Workspace) -> Result<()> {
    process::run(&mut cargo(workspace, &["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> Result<()> {
    process::run(&mut cargo(
        workspace,
        &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"],
    ))
}

fn docs(workspace: &Workspace) -> Result<()> {
    process::run(
        cargo(workspace, &["doc", "--workspace", "--no-deps", "--all-features"]).env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn tests(workspace: &Workspace) -> Result<()> {
    process::run(&mut cargo(workspace, &["test", "--workspace", "--all-features"]))
}

fn features(workspace: &Workspace) -> Result<()> {
    for package in workspace.published() {
        for feature in feature_sets(package) {
            // Clippy, because it can make an error of a warning without compiling the dependencies anew.
            let mut command =
                cargo(workspace, &["clippy", "--quiet", "--package", &package.name, "--no-default-features"]);
            if let Some(feature) = feature {
                command.args(["--features", feature]);
            }
            process::run(command.args(["--", "-D", "warnings"]))?;
        }
    }
    Ok(())
}

/// No feature at all, then each one alone.
fn feature_sets(package: &Package) -> Vec<Option<&str>> {
    let each = package.features.keys().filter(|name| *name != "default").map(|name| Some(name.as_str()));
    std::iter::once(None).chain(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_chosen_by_name_and_keep_their_order() {
        let names = |only: &[&str]| -> Vec<&str> {
            let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
            chosen(&only).expect("they exist").iter().map(|step| step.name).collect()
        };
        assert_eq!(names(&["tests", "fmt"]), ["fmt", "tests"]);
        assert_eq!(names(&[]).len(), STEPS.len());
    }

    #[test]
    fn an_unknown_step_is_refused_with_the_known_ones() {
        let error = chosen(&["lint".to_owned()]).map(|_| ()).expect_err("there is none");
        assert!(error.to_string().contains("`lint`; there are fmt, clippy"), "{error}");
    }

    #[test]
    fn the_table_shows_the_steps_that_were_not_reached() {
        let steps = chosen(&["fmt".to_owned(), "clippy".to_owned(), "docs".to_owned()]).expect("they exist");
        let results = [("fmt", "ok", Duration::from_millis(1200)), ("clippy", "FAILED", Duration::from_secs(100))];
        assert_eq!(
            table(&steps, &results),
            "fmt          ok           1.2 s\nclippy       FAILED     100.0 s\ndocs         not run\n"
        );
    }

    #[test]
    fn features_are_tried_alone() {
        let package: Package =
            serde_json::from_str(r#"{"features":{"default":["a"],"a":[],"b":["dep:x"]}}"#).expect("it is a package");
        assert_eq!(feature_sets(&package), [None, Some("a"), Some("b")]);
    }
}
