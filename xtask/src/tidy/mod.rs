//! `cargo xtask tidy`: what no compiler checks.
//!
//! Every check looks at all it can and adds a line for each thing it finds, so that one run shows everything.

mod files;
mod layers;
mod limits;
mod readmes;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let tree = Tree::of(workspace)?;
    let mut findings = Vec::new();
    files::check(&tree, &mut findings);
    layers::check(workspace, &tree, &mut findings);
    limits::check(&tree, &mut findings);
    readmes::check(workspace, &tree, &mut findings);
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    if !findings.is_empty() {
        bail!("tidy found {} fault(s)", findings.len());
    }
    println!("tidy: {} files and {} crates are in order", tree.files.len(), workspace.packages.len());
    Ok(())
}

/// The text files that belong to the project: those that git knows, or would take in.
struct Tree {
    files: Vec<SourceFile>,
}

/// A file of the project.
struct SourceFile {
    /// Relative to the root of the workspace, with slashes.
    path: String,
    text: String,
}

impl Tree {
    fn of(workspace: &Workspace) -> Result<Self> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(&workspace.root);
        let list = process::output(&mut git).context("tidy asks git which files belong to the project")?;
        let mut files = Vec::new();
        for path in list.split_terminator('\0') {
            let file = workspace.root.join(path);
            // A file that was deleted and not committed yet is listed too; one that is not UTF-8 is no text.
            if let Ok(text) = std::fs::read_to_string(file) {
                files.push(SourceFile { path: path.to_owned(), text });
            }
        }
        Ok(Self { files })
    }

    fn get(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// A path under the root, as the tree spells it.
fn under_root(workspace: &Workspace, path: &Path) -> String {
    path.strip_prefix(&workspace.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
