//! What every file of a kind must look like.

use super::{SourceFile, Tree};

pub(super) fn check(tree: &Tree, findings: &mut Vec<String>) {
    for file in &tree.files {
        findings.extend(file_head(file));
        findings.extend(lock_file(file));
    }
}

/// Every Rust file opens with what it is; for a crate that may be its README.
fn file_head(file: &SourceFile) -> Option<String> {
    let has_head = file.text.starts_with("//! ") || file.text.starts_with("#![doc = include_str!(");
    (file.path.ends_with(".rs") && !has_head)
        .then(|| format!("{}: does not open with `//! ` and a sentence", file.path))
}

/// A lock file of npm names no place that packages are downloaded from: that is the business of who installs them.
fn lock_file(file: &SourceFile) -> Option<String> {
    let applies = file.path.ends_with("package-lock.json") || file.path.ends_with("npm-shrinkwrap.json");
    let compact: String = file.text.chars().filter(|c| applies && !c.is_whitespace()).collect();
    compact.contains("\"resolved\":\"http").then(|| {
        format!("{}: names download addresses; make it with npm's --omit-lockfile-registry-resolved", file.path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let tree = Tree { files: vec![SourceFile { path: path.to_owned(), text: text.to_owned() }] };
        let mut findings = Vec::new();
        check(&tree, &mut findings);
        findings
    }

    #[test]
    fn a_rust_file_opens_with_its_doc() {
        assert!(findings("a/b.rs", "//! Something.\n").is_empty());
        assert_eq!(findings("a/b.rs", "use x;\n//! Something.\n").len(), 1);
        assert_eq!(findings("a/b.rs", "//!\n").len(), 1);
        assert!(findings("a/lib.rs", "#![doc = include_str!(\"../README.md\")]\n\npub mod b;\n").is_empty());
        assert!(findings("a/b.js", "'use strict';\n").is_empty());
    }

    #[test]
    fn a_lock_file_names_no_download_address() {
        assert!(findings("a/package-lock.json", r#"{"version": "1.0.0", "integrity": "sha512-x"}"#).is_empty());
        assert_eq!(findings("a/package-lock.json", "{\"resolved\"\t: \"http…\"}").len(), 1);
        assert!(findings("a/other.json", r#"{"resolved": "http…"}"#).is_empty());
    }
}
