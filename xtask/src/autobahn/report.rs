//! What Autobahn's suite found: its `index.json`, as a table and a verdict.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Cases in which the suite only notes what a server does, because RFC 6455 leaves it open: data sent behind a close frame, and
/// close codes that it keeps for nobody.
const INFORMATIONAL: [&str; 3] = ["7.1.6", "7.13.1", "7.13.2"];

/// What the first number of a case stands for.
const GROUPS: [&str; 13] = [
    "framing",
    "pings and pongs",
    "reserved bits",
    "opcodes",
    "fragmentation",
    "UTF-8",
    "close handling",
    "",
    "limits and performance",
    "automatic fragmentation",
    "",
    "compression",
    "compression",
];

/// The outcomes of all cases, in order.
#[derive(Debug)]
pub(super) struct Report(Vec<(CaseId, Outcome)>);

/// `7.1.6`, by its numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CaseId(Vec<usize>);

/// What the suite says of a case.
#[derive(Debug, Deserialize)]
struct Outcome {
    /// `OK` when it went by the book; `NON-STRICT` when it is tolerated.
    behavior: String,
    /// The same of how the connection ended.
    #[serde(rename = "behaviorClose")]
    close: String,
}

impl Report {
    /// Reads `index.json`.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let json = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&json).with_context(|| format!("{} is not as expected", path.display()))
    }

    fn parse(json: &str) -> Result<Self> {
        let agents: BTreeMap<String, BTreeMap<String, Outcome>> = serde_json::from_str(json)?;
        let mut cases = Vec::new();
        for (name, outcome) in agents.into_values().flatten() {
            cases.push((CaseId::parse(&name).with_context(|| format!("no case `{name}`"))?, outcome));
        }
        cases.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Self(cases))
    }

    /// An error unless every case passed strictly.
    pub(super) fn judge(&self) -> Result<()> {
        if self.0.is_empty() {
            bail!("no case ran");
        }
        let failed = self.0.iter().filter(|(id, outcome)| outcome.verdict(id) == Verdict::Failed).count();
        if failed > 0 {
            bail!("{failed} of {} cases did not pass strictly", self.0.len());
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: BTreeMap<usize, [usize; 3]> = BTreeMap::new();
        for (id, outcome) in &self.0 {
            groups.entry(id.group()).or_default()[outcome.verdict(id) as usize] += 1;
        }
        writeln!(f, "{:28} {:>6} {:>13} {:>6}", "", "strict", "informational", "failed")?;
        for (group, [strict, informational, failed]) in groups {
            let title = GROUPS.get(group.wrapping_sub(1)).unwrap_or(&"");
            writeln!(f, "{:28} {strict:>6} {informational:>13} {failed:>6}", format!("{group} {title}"))?;
        }
        for (id, outcome) in &self.0 {
            let word = match outcome.verdict(id) {
                Verdict::Strict => continue,
                Verdict::Informational => "informational",
                Verdict::Failed => "FAILED",
            };
            writeln!(f, "{word} {id}: {}, its end {}", outcome.behavior, outcome.close)?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Strict,
    Informational,
    Failed,
}

impl Outcome {
    fn verdict(&self, id: &CaseId) -> Verdict {
        match (self.behavior.as_str(), self.close.as_str()) {
            ("OK", "OK") => Verdict::Strict,
            ("INFORMATIONAL", _) if INFORMATIONAL.contains(&&*id.to_string()) => Verdict::Informational,
            _ => Verdict::Failed,
        }
    }
}

impl CaseId {
    fn parse(name: &str) -> Option<Self> {
        name.split('.').map(|number| number.parse().ok()).collect::<Option<_>>().map(Self)
    }

    fn group(&self) -> usize {
        self.0.first().copied().unwrap_or_default()
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(usize::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(cases: &[(&str, &str, &str)]) -> Report {
        let mut outcomes = serde_json::Map::new();
        for (id, behavior, close) in cases {
            let outcome = serde_json::json!({ "behavior": behavior, "behaviorClose": close, "duration": 1 });
            outcomes.insert((*id).to_owned(), outcome);
        }
        Report::parse(&serde_json::json!({ "echo": outcomes }).to_string()).expect("a report")
    }

    #[test]
    fn only_strict_cases_and_named_exceptions_pass() {
        let good = [("1.1.1", "OK", "OK"), ("7.1.6", "INFORMATIONAL", "INFORMATIONAL")];
        report(&good).judge().expect("all is well");
        for bad in [
            ("3.2", "NON-STRICT", "OK"),
            ("7.1.1", "OK", "UNCLEAN"),
            ("7.1.1", "OK", "WRONG CODE"),
            ("1.1.2", "INFORMATIONAL", "INFORMATIONAL"),
            ("9.1.1", "UNIMPLEMENTED", "UNIMPLEMENTED"),
        ] {
            let error = report(&[good[0], good[1], bad]).judge().expect_err(bad.0);
            assert_eq!(error.to_string(), "1 of 3 cases did not pass strictly", "{bad:?}");
        }
        assert_eq!(report(&[]).judge().expect_err("nothing").to_string(), "no case ran");
    }

    #[test]
    fn the_table_counts_groups_in_order_and_names_what_is_not_strict() {
        let report = report(&[
            ("10.1.1", "OK", "OK"),
            ("2.10", "FAILED", "OK"),
            ("2.9", "OK", "OK"),
            ("7.13.1", "INFORMATIONAL", "INFORMATIONAL"),
        ]);
        let lines: Vec<String> = report.to_string().lines().map(str::to_owned).collect();
        let words = |line: usize| lines[line].split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(0), "strict informational failed");
        assert_eq!(words(1), "2 pings and pongs 1 0 1");
        assert_eq!(words(2), "7 close handling 0 1 0");
        assert_eq!(words(3), "10 automatic fragmentation 1 0 0");
        assert_eq!(
            lines[4..],
            ["FAILED 2.10: FAILED, its end OK", "informational 7.13.1: INFORMATIONAL, its end INFORMATIONAL"]
        );
    }
}
