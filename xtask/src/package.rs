//! The step `package`: every crate builds from what would be published of it.
//!
//! `cargo package` can check that itself, through a registry of its own in the target folder. But what it takes from there
//! it keeps by name and version, so that from the second run on it checks against crates of the first. Here the packages
//! are unpacked side by side and built as a workspace in which they find each other.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut package = process::cargo(&workspace.root);
    package.args(["package", "--no-verify", "--allow-dirty"]);
    for member in workspace.published() {
        package.args(["--package", &member.name]);
    }
    process::run(&mut package)?;

    let folder = workspace.target.join("package-check");
    make_empty(&folder)?;
    let names: Vec<(&str, String)> = workspace
        .published()
        .map(|member| (member.name.as_str(), format!("{}-{}", member.name, member.version)))
        .collect();
    for (_, full_name) in &names {
        let archive = workspace.target.join("package").join(format!("{full_name}.crate"));
        // With the time of now (-m): in the archive all files bear the same old one, and cargo would see no change.
        process::run(Command::new("tar").arg("-xzmf").arg(archive).arg("-C").arg(&folder))?;
    }
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))
    };
    write("Cargo.toml", &manifest(&names))?;
    write(
        "Cargo.lock",
        &std::fs::read_to_string(workspace.root.join("Cargo.lock")).context("cannot read Cargo.lock")?,
    )?;
    process::run(process::cargo(&folder).args(["check", "--workspace", "--all-features"]))
        .context("a crate does not build from what would be published of it")
}

fn make_empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// A workspace of the unpacked crates, given as name and folder, in which each is found by its name.
fn manifest(names: &[(&str, String)]) -> String {
    let members: Vec<String> = names.iter().map(|(_, folder)| format!("{folder:?}")).collect();
    let mut text = format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[patch.crates-io]\n", members.join(", "));
    for (name, folder) in names {
        text.push_str(&format!("{name} = {{ path = {folder:?} }}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crates_find_each_other() {
        let names = [("a", "a-0.1.0".to_owned()), ("b-c", "b-c-0.2.0".to_owned())];
        assert_eq!(
            manifest(&names),
            "[workspace]\nresolver = \"3\"\nmembers = [\"a-0.1.0\", \"b-c-0.2.0\"]\n\n\
             [patch.crates-io]\na = { path = \"a-0.1.0\" }\nb-c = { path = \"b-c-0.2.0\" }\n"
        );
    }
}
