//! What a run found: one line a check while it runs, a table at the end, and files for other programs.

use std::fmt::Write as _;
use std::time::Duration;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::run::Job;

/// How the report is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As on the screen.
    Text,
    /// One JSON object.
    Json,
    /// XML as JUnit writes it, which most build services read.
    Junit,
}

/// The result of one check.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) area: String,
    pub(crate) id: String,
    section: &'static str,
    about: String,
    pub(crate) status: Status,
    pub(crate) time: Duration,
    /// What passed on the wire.
    pub(crate) wire: Vec<String>,
}

/// What became of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Passed {
        seen: String,
    },
    Failed {
        expected: String,
        seen: String,
    },
    /// Not what is demanded, but what this peer is known to do.
    Known {
        expected: String,
        seen: String,
        peer: &'static str,
        why: &'static str,
    },
    NotRun {
        why: String,
    },
}

impl Status {
    /// One word for it, in reports.
    const fn word(&self) -> &'static str {
        match self {
            Self::Passed { .. } => "ok",
            Self::Failed { .. } => "FAILED",
            Self::Known { .. } => "differs",
            Self::NotRun { .. } => "not run",
        }
    }
}

impl Entry {
    pub(crate) fn new(job: &Job, status: Status) -> Self {
        Self {
            area: job.area.clone(),
            id: job.id.clone(),
            section: job.check.section,
            about: job.check.about.clone().into_owned(),
            status,
            time: Duration::ZERO,
            wire: Vec::new(),
        }
    }

    /// The line of the check; of a failed one, the wire below it.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{:7}  {}  ({}) {}", self.status.word(), self.id, self.section, self.about);
        let _ = match &self.status {
            Status::Passed { seen } if seen.is_empty() => Ok(()),
            Status::Passed { seen } => write!(text, " | saw {}", short(seen)),
            Status::Failed { expected, seen } => write!(text, " | expected {expected} | saw {seen}"),
            Status::Known { expected, seen, peer, why } => {
                write!(text, " | expected {expected} | saw {seen} | so does {peer}: {why}")
            }
            Status::NotRun { why } => write!(text, " | {why}"),
        };
        text.push('\n');
        if matches!(self.status, Status::Failed { .. }) {
            for line in &self.wire {
                let _ = writeln!(text, "           {line}");
            }
        }
        text
    }

    fn json(&self) -> Value {
        let mut value = json!({
            "id": self.id,
            "area": self.area,
            "section": self.section,
            "about": self.about,
            "status": self.status.word().to_lowercase(),
            "seconds": self.time.as_secs_f64(),
        });
        let more = match &self.status {
            Status::Passed { seen } => json!({ "seen": seen }),
            Status::Failed { expected, seen } => json!({ "expected": expected, "seen": seen, "wire": self.wire }),
            Status::Known { expected, seen, peer, why } => {
                json!({ "expected": expected, "seen": seen, "peer": peer, "why": why })
            }
            Status::NotRun { why } => json!({ "why": why }),
        };
        if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
            value.extend(more);
        }
        value
    }

    fn junit(&self) -> String {
        let name = self.id.strip_prefix(&self.area).unwrap_or(&self.id).trim_start_matches('/');
        let open = format!(
            "<testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\">",
            xml(&self.area),
            xml(name),
            self.time.as_secs_f64()
        );
        let inside = match &self.status {
            Status::Passed { seen } => format!("<system-out>{}</system-out>", xml(seen)),
            Status::Failed { expected, seen } => {
                let message = xml(&format!("expected {expected}, saw {seen}"));
                format!("<failure message=\"{message}\">{}</failure>", xml(&self.wire.join("\n")))
            }
            Status::Known { expected, seen, peer, why } => {
                let text = format!("known difference of {peer}: expected {expected}, saw {seen}: {why}");
                format!("<system-out>{}</system-out>", xml(&text))
            }
            Status::NotRun { why } => format!("<skipped message=\"{}\"/>", xml(why)),
        };
        format!("{open}{inside}</testcase>\n")
    }
}

/// The results of a run, in the order of the checks.
pub(crate) struct Report {
    /// What was looked at, in words.
    pub(crate) subject: String,
    pub(crate) entries: Vec<Entry>,
}

/// How many checks came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) known: usize,
    pub(crate) not_run: usize,
}

impl Counts {
    fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            match entry.status {
                Status::Passed { .. } => counts.passed += 1,
                Status::Failed { .. } => counts.failed += 1,
                Status::Known { .. } => counts.known += 1,
                Status::NotRun { .. } => counts.not_run += 1,
            }
        }
        counts
    }

    const fn all(self) -> usize {
        self.passed + self.failed + self.known + self.not_run
    }
}

impl Report {
    pub(crate) fn counts(&self) -> Counts {
        Counts::of(&self.entries)
    }

    /// The ids of the failed checks.
    pub(crate) fn failed(&self) -> Vec<&str> {
        let failed = self.entries.iter().filter(|entry| matches!(entry.status, Status::Failed { .. }));
        failed.map(|entry| entry.id.as_str()).collect()
    }

    pub(crate) fn write(&self, format: Format) -> String {
        match format {
            Format::Text => self.entries.iter().map(Entry::text).collect::<String>() + &self.table(),
            Format::Json => self.json(),
            Format::Junit => self.junit(),
        }
    }

    /// One line an area, and one for all.
    pub(crate) fn table(&self) -> String {
        let areas = self.by_area();
        let width = areas.iter().map(|(area, _)| area.len()).max().unwrap_or(0).max("total".len());
        let mut text = format!("\n{:width$}  {:>6}  {:>6}  {:>7}  {:>7}\n", "", "ok", "FAILED", "differs", "not run");
        let rows = areas.iter().map(|(area, entries)| (*area, Counts::of(entries.iter().copied())));
        for (name, counts) in rows.chain([("total", self.counts())]) {
            let Counts { passed, failed, known, not_run } = counts;
            let _ = writeln!(text, "{name:width$}  {passed:>6}  {failed:>6}  {known:>7}  {not_run:>7}");
        }
        text
    }

    fn by_area(&self) -> Vec<(&str, Vec<&Entry>)> {
        let mut areas: Vec<(&str, Vec<&Entry>)> = Vec::new();
        for entry in &self.entries {
            match areas.last_mut() {
                Some((area, entries)) if *area == entry.area => entries.push(entry),
                Some(_) | None => areas.push((&entry.area, vec![entry])),
            }
        }
        areas
    }

    fn json(&self) -> String {
        let Counts { passed, failed, known, not_run } = self.counts();
        let value = json!({
            "subject": self.subject,
            "counts": { "ok": passed, "failed": failed, "differs": known, "not run": not_run },
            "checks": self.entries.iter().map(Entry::json).collect::<Vec<_>>(),
        });
        format!("{value:#}\n")
    }

    fn junit(&self) -> String {
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\">\n",
            xml(&format!("conformance of {}", self.subject))
        );
        for (area, entries) in self.by_area() {
            let counts = Counts::of(entries.iter().copied());
            let _ = writeln!(
                text,
                "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
                xml(area),
                counts.all(),
                counts.failed,
                counts.not_run
            );
            entries.iter().for_each(|entry| text.push_str(&entry.junit()));
            text.push_str("</testsuite>\n");
        }
        text + "</testsuites>\n"
    }
}

/// So many characters of what a passing check saw are shown on the screen.
const SHOWN: usize = 120;

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text for XML. What XML cannot hold at all becomes U+FFFD.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(area: &str, name: &str, status: Status) -> Entry {
        let wire = vec!["1 > \"GET /<\"".to_owned()];
        let (area, id) = (area.to_owned(), format!("{area}/{name}"));
        Entry { area, id, section: "2.1", about: "it answers".to_owned(), status, time: Duration::ZERO, wire }
    }

    fn report() -> Report {
        let entries = vec![
            entry("f/a", "one", Status::Passed { seen: "200 \"x\"".to_owned() }),
            entry("f/a", "two", Status::Failed { expected: "200".to_owned(), seen: "404 <\u{1}>".to_owned() }),
            entry(
                "f/b",
                "three",
                Status::Known { expected: "400".to_owned(), seen: "200".to_owned(), peer: "p 1", why: "it is old" },
            ),
            entry("f/b", "four", Status::NotRun { why: "no timer".to_owned() }),
        ];
        Report { subject: "a server".to_owned(), entries }
    }

    #[test]
    fn every_check_has_a_line_and_failed_ones_show_the_wire() {
        let text = report().write(Format::Text);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "ok       f/a/one  (2.1) it answers | saw 200 \"x\"");
        assert_eq!(lines[1], "FAILED   f/a/two  (2.1) it answers | expected 200 | saw 404 <\u{1}>");
        assert_eq!(lines[2], "           1 > \"GET /<\"");
        assert_eq!(lines[3], "differs  f/b/three  (2.1) it answers | expected 400 | saw 200 | so does p 1: it is old");
        assert_eq!(lines[4], "not run  f/b/four  (2.1) it answers | no timer");
    }

    #[test]
    fn the_table_counts_by_area() {
        let table = report().table();
        let rows: Vec<Vec<&str>> = table.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows, [["f/a", "1", "1", "0", "0"], ["f/b", "0", "0", "1", "1"], ["total", "1", "1", "1", "1"],]);
        assert_eq!(report().failed(), ["f/a/two"]);
    }

    #[test]
    fn json_holds_all_of_it() {
        let value: Value = serde_json::from_str(&report().write(Format::Json)).expect("it is JSON");
        assert_eq!(value["counts"], json!({ "ok": 1, "failed": 1, "differs": 1, "not run": 1 }));
        assert_eq!(value["checks"][1]["status"], "failed");
        assert_eq!(value["checks"][1]["seen"], "404 <\u{1}>");
        assert_eq!(value["checks"][2]["why"], "it is old");
    }

    #[test]
    fn junit_is_escaped_and_counted() {
        let text = report().write(Format::Junit);
        assert!(text.contains("<testsuite name=\"f/a\" tests=\"2\" failures=\"1\" skipped=\"0\">"), "{text}");
        assert!(
            text.contains("<failure message=\"expected 200, saw 404 &lt;\u{fffd}&gt;\">1 &gt; &quot;GET"),
            "{text}"
        );
        assert!(text.contains("<testcase classname=\"f/b\" name=\"four\" time=\"0.000\"><skipped"), "{text}");
    }

    #[test]
    fn long_sights_are_cut_between_characters() {
        assert_eq!(short("abc"), "abc");
        assert_eq!(short(&"€".repeat(200)).chars().count(), SHOWN + 2);
    }
}
