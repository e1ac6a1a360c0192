//! Which crate may use what: the arrows of ARCHITECTURE.md, checked.
//!
//! Development dependencies are free: a test may set up whatever peer it needs.

use crate::workspace::{Package, Workspace};

use super::{SourceFile, Tree, under_root};

/// What one crate may use.
struct Layer {
    name: &'static str,
    /// Crates of ours that it may depend on.
    ours: &'static [&'static str],
    /// Crates of others that it must not depend on, and why.
    not: &'static [&'static str],
    why: &'static str,
}

/// Whatever does I/O, reads clocks or makes randomness.
const WORLD: &[&str] = &[
    "async-std",
    "fastrand",
    "getrandom",
    "hyper",
    "hyper-util",
    "mio",
    "rand",
    "smol",
    "socket2",
    "tokio",
    "tokio-util",
];

const LAYERS: &[Layer] = &[
    Layer {
        name: "longwire-codec",
        ours: &[],
        not: WORLD,
        why: "the codec turns values into bytes and back, nothing else",
    },
    Layer {
        name: "longwire-transport",
        ours: &["longwire-codec"],
        not: WORLD,
        why: "sessions are handed time, ids and bytes",
    },
    Layer {
        name: "longwire-flash-policy",
        ours: &[],
        not: &["hyper", "hyper-util"],
        why: "it is useful without an HTTP server",
    },
    Layer {
        name: "longwire",
        ours: &["longwire-codec", "longwire-flash-policy", "longwire-transport"],
        not: &["rand"],
        why: "ids come from the operating system alone",
    },
    Layer { name: "longwire-redis", ours: &["longwire", "longwire-codec"], not: &[], why: "" },
    Layer {
        name: "longwire-server",
        ours: &["longwire", "longwire-codec", "longwire-flash-policy", "longwire-redis", "longwire-transport"],
        not: &[],
        why: "",
    },
];

/// Of the crate `longwire`, the part that must not know what it runs on.
const HUB: &str = "crates/longwire/src/hub";

pub(super) fn check(workspace: &Workspace, tree: &Tree, findings: &mut Vec<String>) {
    for package in workspace.published() {
        let manifest = under_root(workspace, &package.manifest_path);
        match LAYERS.iter().find(|layer| layer.name == package.name) {
            Some(layer) => findings.extend(crate_layer(layer, package).map(|finding| format!("{manifest}: {finding}"))),
            None => findings.push(format!("{manifest}: {} has no line in xtask/src/tidy/layers.rs", package.name)),
        }
    }
    for file in tree.files.iter().filter(|file| in_hub(&file.path)) {
        findings.extend(hub_file(file));
    }
}

fn crate_layer<'a>(layer: &'a Layer, package: &'a Package) -> impl Iterator<Item = String> + 'a {
    let shipped = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    shipped.map(|dependency| dependency.name.as_str()).filter_map(|name| {
        if name.starts_with("longwire") && !layer.ours.contains(&name) {
            Some(format!("{} must not depend on {name}", layer.name))
        } else if layer.not.contains(&name) {
            Some(format!("{} must not depend on {name}: {}", layer.name, layer.why))
        } else {
            None
        }
    })
}

fn in_hub(path: &str) -> bool {
    path.strip_prefix(HUB).is_some_and(|rest| rest == ".rs" || (rest.starts_with('/') && rest.ends_with(".rs")))
}

/// Every line of code, not of comment, that names the runtime.
fn hub_file(file: &SourceFile) -> Vec<String> {
    let names_runtime = |line: &str| {
        let words = || line.split(|c: char| !c.is_alphanumeric() && c != '_');
        let is_comment = line.trim_start().starts_with("//");
        !is_comment && words().any(|word| ["tokio", "hyper", "hyper_util", "tokio_util"].contains(&word))
    };
    let lines = file.text.lines().enumerate().filter(|(_, line)| names_runtime(line));
    lines.map(|(index, _)| format!("{}:{}: the hub must not name tokio or hyper", file.path, index + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(json: &str) -> Package {
        serde_json::from_str(json).expect("it is a package")
    }

    fn findings(json: &str) -> Vec<String> {
        let package = package(json);
        let layer = LAYERS.iter().find(|layer| layer.name == package.name).expect("it has a layer");
        crate_layer(layer, &package).collect()
    }

    #[test]
    fn a_crate_depends_downwards_only() {
        let up = r#"{"name":"longwire-codec","dependencies":[{"name":"bytes"},{"name":"longwire-transport"}]}"#;
        assert_eq!(findings(up), ["longwire-codec must not depend on longwire-transport"]);
        let down = r#"{"name":"longwire-transport","dependencies":[{"name":"longwire-codec"}]}"#;
        assert!(findings(down).is_empty());
    }

    #[test]
    fn the_pure_crates_know_no_world_outside_their_tests() {
        let shipped =
            r#"{"name":"longwire-transport","dependencies":[{"name":"tokio"},{"name":"rand","kind":"build"}]}"#;
        assert_eq!(findings(shipped).len(), 2);
        let in_tests = r#"{"name":"longwire-transport","dependencies":[{"name":"tokio","kind":"dev"}]}"#;
        assert!(findings(in_tests).is_empty());
    }

    #[test]
    fn the_hub_names_the_runtime_in_comments_at_most() {
        let file = |text: &str| SourceFile { path: format!("{HUB}/room.rs"), text: text.to_owned() };
        assert!(hub_file(&file("//! Without tokio.\nuse std::sync::Mutex;\nfn tokio_like() {}\n")).is_empty());
        let found = hub_file(&file("//! The hub.\n\nuse tokio::sync::mpsc;\n"));
        assert_eq!(found, ["crates/longwire/src/hub/room.rs:3: the hub must not name tokio or hyper"]);
    }

    #[test]
    fn the_hub_is_a_folder_or_a_file() {
        assert!(in_hub("crates/longwire/src/hub.rs"));
        assert!(in_hub("crates/longwire/src/hub/deep/ack.rs"));
        assert!(!in_hub("crates/longwire/src/hubris.rs"));
        assert!(!in_hub("crates/longwire/src/net/hub.rs"));
    }
}
