//! Figures in a text file, a name and its figures on a line, and what is said when new ones differ.

use std::fmt::Write as _;

use anyhow::{Result, bail};

/// Named figures, in the order in which they were measured.
pub(crate) type Figures = Vec<(String, Vec<f64>)>;

/// How much more than before a figure may be, as a share of it: of a name, in a column.
pub(super) type Rule = fn(&str, usize) -> f64;

/// Half of the last digit of an average: no difference.
const ROUNDING: f64 = 0.005;
/// A difference that is too small for a line, as a share.
const UNTOLD: f64 = 0.002;

pub(super) fn write(name: &str, columns: &[&str], figures: &Figures) -> String {
    let mut text = format!(
        "# What is accepted as the cost of each step: {}.\n\
         # Written by `cargo xtask costs --update`, compared by `cargo xtask costs`; see xtask/src/costs for {name}.\n",
        columns.join(", ")
    );
    for (name, figures) in figures {
        let _ = write!(text, "{name:<44}");
        for figure in figures {
            let _ = write!(text, " {:>12}", spell(*figure));
        }
        text.push('\n');
    }
    text
}

/// Whole numbers as such, averages with two decimals.
fn spell(figure: f64) -> String {
    if figure.fract() == 0.0 { format!("{figure:.0}") } else { format!("{figure:.2}") }
}

pub(super) fn read(text: &str) -> Result<Figures> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let mut words = line.split_ascii_whitespace();
            let name = words.next().unwrap_or_default().to_owned();
            let Ok(figures) = words.map(str::parse).collect() else { bail!("a line without figures: {line}") };
            Ok((name, figures))
        })
        .collect()
}

/// What there is to say of new figures.
#[derive(Debug)]
pub(super) struct Comparison {
    /// A line for each figure that differs, and one for the whole.
    pub(super) text: String,
    /// How many are dearer than allowed, new, or gone.
    pub(super) faults: usize,
}

/// Compares, by name; those that are cheaper are told and are no fault.
pub(super) fn compare(expected: &Figures, measured: &Figures, columns: &[&str], rule: Rule) -> Comparison {
    let mut comparison = Comparison { text: String::new(), faults: 0 };
    for (name, figures) in measured {
        match expected.iter().find(|(other, _)| other == name) {
            Some((_, before)) if before.len() == figures.len() => {
                for (column, (before, now)) in before.iter().zip(figures).enumerate() {
                    comparison.figure(&format!("{name}, {}", columns[column]), *before, *now, rule(name, column));
                }
            }
            _ => comparison.fault(name, "is new"),
        }
    }
    for (name, _) in expected.iter().filter(|(name, _)| !measured.iter().any(|(other, _)| other == name)) {
        comparison.fault(name, "is no longer measured");
    }
    let (steps, what) = (measured.len(), columns.join(" and "));
    let _ = match comparison.faults {
        0 => writeln!(comparison.text, "{what} of {steps} steps: none is dearer than it may be"),
        faults => writeln!(comparison.text, "{what} of {steps} steps: {faults} are not as accepted"),
    };
    comparison
}

impl Comparison {
    fn figure(&mut self, what: &str, before: f64, now: f64, tolerance: f64) {
        if (now - before).abs() <= ROUNDING.max(before * UNTOLD) {
            return;
        }
        let is_fault = now > before * (1.0 + tolerance) + ROUNDING;
        self.faults += usize::from(is_fault);
        let change = if before > 0.0 { format!("{:+.1} %", (now / before - 1.0) * 100.0) } else { "anew".to_owned() };
        let mark = if is_fault { "   TOO MUCH" } else { "" };
        let _ = writeln!(self.text, "{what:<52} {:>10} -> {:>10} {change:>9}{mark}", spell(before), spell(now));
    }

    fn fault(&mut self, name: &str, what: &str) {
        self.faults += 1;
        let _ = writeln!(self.text, "{name} {what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(list: &[(&str, &[f64])]) -> Figures {
        list.iter().map(|(name, figures)| ((*name).to_owned(), figures.to_vec())).collect()
    }

    fn faults(expected: &[(&str, &[f64])], measured: &[(&str, &[f64])]) -> usize {
        compare(&figures(expected), &figures(measured), &["count", "bytes"], |_, column| [0.0, 0.05][column]).faults
    }

    #[test]
    fn figures_are_read_as_they_were_written() {
        let list = figures(&[("decode/ack", &[1.0, 8.25]), ("a", &[0.0, 0.0])]);
        let text = write("allocations", &["allocations", "bytes"], &list);
        assert_eq!(read(&text).expect("it was just written"), list);
        assert!(read("name without figures\n").is_err());
    }

    #[test]
    fn what_is_dearer_than_allowed_is_a_fault() {
        assert_eq!(faults(&[("a", &[1.0, 100.0])], &[("a", &[1.0, 105.0])]), 0);
        assert_eq!(faults(&[("a", &[1.0, 100.0])], &[("a", &[1.0, 106.0])]), 1);
        assert_eq!(faults(&[("a", &[1.0, 100.0])], &[("a", &[1.01, 106.0])]), 2);
        assert_eq!(faults(&[("a", &[0.0, 0.0])], &[("a", &[0.01, 0.0])]), 1);
    }

    #[test]
    fn what_is_cheaper_is_told() {
        let comparison = compare(&figures(&[("a", &[10.0])]), &figures(&[("a", &[8.0])]), &["count"], |_, _| 0.0);
        assert_eq!(comparison.faults, 0);
        assert!(comparison.text.contains("-20.0 %"), "{}", comparison.text);
    }

    #[test]
    fn what_is_new_or_gone_has_to_be_accepted() {
        assert_eq!(faults(&[("a", &[1.0, 1.0])], &[("a", &[1.0, 1.0]), ("b", &[1.0, 1.0])]), 1);
        assert_eq!(faults(&[("a", &[1.0, 1.0]), ("b", &[1.0, 1.0])], &[("a", &[1.0, 1.0])]), 1);
    }
}
