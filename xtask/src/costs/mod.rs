//! `cargo xtask costs`: what does not depend on how busy a machine is, compared with what it was.
//!
//! Two things are counted: how often and how much is asked of the allocator, and how many instructions the codec and the
//! sessions take, in callgrind. What they may come to is in `benches/baselines`; a change that makes something dearer has to
//! say so by changing it there too.

mod allocations;
mod baseline;
mod instructions;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

pub(crate) use self::baseline::Figures;
use self::baseline::{Rule, compare};

/// The arguments of `cargo xtask costs`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Write what is measured into benches/baselines, to be committed with the change that explains it.
    #[arg(long)]
    update: bool,
}

/// Something that is counted.
struct Kind {
    name: &'static str,
    /// What the figures of a line are.
    columns: &'static [&'static str],
    measure: fn(&Workspace) -> Result<Figures>,
    rule: Rule,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "allocations",
        columns: &["allocations", "bytes"],
        measure: allocations::measure,
        rule: allocations::tolerance,
    },
    Kind {
        name: "instructions",
        columns: &["instructions"],
        measure: instructions::measure,
        rule: instructions::tolerance,
    },
];

/// What each step asks of the allocator: how often, and how many bytes.
pub(crate) fn allocations(workspace: &Workspace) -> Result<Figures> {
    allocations::measure(workspace)
}

/// Compares, as a step of all tests.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    run(workspace, &Args::default())
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let mut dearer = 0;
    for kind in KINDS {
        let measured = (kind.measure)(workspace).with_context(|| format!("counting {}", kind.name))?;
        let path = path(workspace, kind);
        if args.update {
            std::fs::write(&path, baseline::write(kind.name, kind.columns, &measured))
                .with_context(|| format!("cannot write {}", path.display()))?;
            println!("wrote {}", path.display());
            continue;
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let expected = baseline::read(&text).with_context(|| format!("{} is not a baseline", path.display()))?;
        let comparison = compare(&expected, &measured, kind.columns, kind.rule);
        print!("\n{}", comparison.text);
        dearer += comparison.faults;
    }
    if dearer > 0 {
        bail!("{dearer} figures are not what benches/baselines says; `cargo xtask costs --update` accepts them");
    }
    Ok(())
}

fn path(workspace: &Workspace, kind: &Kind) -> PathBuf {
    workspace.root.join("benches/baselines").join(kind.name).with_extension("txt")
}
