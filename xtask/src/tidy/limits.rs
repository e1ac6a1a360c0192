//! Every limit names the test that shows it, and every test that is named is there.

use super::Tree;

const LIMITS: &str = "docs/limits.md";

pub(super) fn check(tree: &Tree, findings: &mut Vec<String>) {
    let Some(limits) = tree.get(LIMITS) else {
        return findings.push(format!("{LIMITS}: is missing"));
    };
    for (number, line) in limits.text.lines().enumerate() {
        let at = number + 1;
        if is_row(line) && tests(line).next().is_none() && !line.ends_with("| — |") {
            findings.push(format!("{LIMITS}:{at}: names no test"));
        }
        let missing = tests(line).filter(|(file, test)| !is_there(tree, file, test));
        findings.extend(missing.map(|(file, test)| format!("{LIMITS}:{at}: there is no test {file}::{test}")));
    }
}

/// A row of a table that is neither its head nor the line below.
fn is_row(line: &str) -> bool {
    line.starts_with("| ") && !line.ends_with("| test |") && !line.starts_with("| ---")
}

/// The tests that a line names as `file::test`.
fn tests(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_name =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter_map(|text| text.split_once("::")).filter(move |(file, test)| is_name(file) && is_name(test))
}

fn is_there(tree: &Tree, file: &str, test: &str) -> bool {
    let (name, function) = (format!("/{file}.rs"), format!("fn {test}("));
    tree.files.iter().any(|candidate| candidate.path.ends_with(&name) && candidate.text.contains(&function))
}

#[cfg(test)]
mod tests {
    use super::super::SourceFile;
    use super::*;

    fn findings(limits: &str) -> Vec<String> {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
        let tests = file("tests/tests/runtime/capacity.rs", "async fn there_is_room() {}\n");
        let mut findings = Vec::new();
        check(&Tree { files: vec![file(LIMITS, limits), tests] }, &mut findings);
        findings
    }

    #[test]
    fn every_limit_has_a_test_that_is_there() {
        let table = |last: &str| format!("| what | test |\n| --- | --- |\n| `Config::x` | {last} |\n");
        assert!(findings(&table("`capacity::there_is_room`")).is_empty());
        assert!(findings(&table("—")).is_empty());
        assert_eq!(findings(&table("none")), ["docs/limits.md:3: names no test"]);
        let stale = findings(&table("`capacity::there_is_room` `capacity::gone`"));
        assert_eq!(stale, ["docs/limits.md:3: there is no test capacity::gone"]);
        assert_eq!(findings("See `elsewhere::gone`.\n").len(), 1);
    }
}
