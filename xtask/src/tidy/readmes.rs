//! What people read first is in step with the crates: each one's README and registry entry, and the lists of crates.

use crate::workspace::{Package, Workspace};

use super::{Tree, under_root};

/// The files at the root that list the crates.
const LISTS: &[&str] = &["README.md", "ARCHITECTURE.md"];

/// How many keywords the registry takes.
const MOST_KEYWORDS: usize = 5;

pub(super) fn check(workspace: &Workspace, tree: &Tree, findings: &mut Vec<String>) {
    for package in workspace.published() {
        let folder = under_root(workspace, package.folder());
        findings.extend(registry_entry(package).map(|missing| format!("{folder}/Cargo.toml: {missing}")));
        if tree.get(&format!("{folder}/README.md")).is_none() {
            findings.push(format!("{folder}/README.md: is missing"));
        }
    }
    let published: Vec<&str> = workspace.published().map(|package| package.name.as_str()).collect();
    for list in LISTS {
        match tree.get(list) {
            Some(file) => findings.extend(listed(&file.text, &published).map(|finding| format!("{list}: {finding}"))),
            None => findings.push(format!("{list}: is missing")),
        }
    }
}

fn registry_entry(package: &Package) -> impl Iterator<Item = &'static str> {
    let wanted = [
        (package.description.as_deref().is_some_and(|text| !text.is_empty()), "no description"),
        (!package.keywords.is_empty(), "no keywords"),
        (package.keywords.len() <= MOST_KEYWORDS, "more than five keywords"),
        (package.license.is_some(), "no license"),
    ];
    wanted.into_iter().filter(|(there, _)| !there).map(|(_, missing)| missing)
}

/// The text names every published crate in backticks or as a path, and no path of a crate that is not there.
fn listed<'a>(text: &'a str, published: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    let missing = published
        .iter()
        .filter(|name| !text.contains(&format!("`{name}`")) && !paths(text).any(|path| path == **name))
        .map(|name| format!("does not name the crate `{name}`"));
    let stale = paths(text)
        .filter(|path| !published.contains(path))
        .map(|path| format!("names crates/{path}, which is no crate of the workspace"));
    missing.chain(stale)
}

/// The NAME of every `crates/NAME` in the text.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("crates/").filter_map(|(at, prefix)| {
        let rest = &text[at + prefix.len()..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_entry_is_complete() {
        let json = r#"{"name":"x","description":"d","keywords":["k"],"license":"MIT"}"#;
        let package: Package = serde_json::from_str(json).expect("it is a package");
        assert_eq!(registry_entry(&package).next(), None);
        let bare: Package = serde_json::from_str(r#"{"name":"x","description":""}"#).expect("it is a package");
        assert_eq!(registry_entry(&bare).collect::<Vec<_>>(), ["no description", "no keywords", "no license"]);
    }

    #[test]
    fn a_list_names_each_crate_and_no_other() {
        let published = ["longwire", "longwire-codec"];
        let good = "| [`longwire`](crates/longwire/) | … |\n| crates/longwire-codec | … |";
        assert_eq!(listed(good, &published).next(), None);
        let stale = "`longwire`, `longwire-codec` and crates/longwire-old/src";
        assert_eq!(
            listed(stale, &published).collect::<Vec<_>>(),
            ["names crates/longwire-old, which is no crate of the workspace"]
        );
        let missing = "`longwire` only, and longwire-codec without marks";
        assert_eq!(listed(missing, &published).collect::<Vec<_>>(), ["does not name the crate `longwire-codec`"]);
    }
}
