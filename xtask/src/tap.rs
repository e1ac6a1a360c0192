//! Counting what a test's report in TAP says.

use anyhow::{Result, bail};

/// What a report in TAP says.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    skipped: usize,
    /// Failed for a fault that is known not to be the server's.
    excused: usize,
    /// How many checks the report itself says there are.
    planned: Option<usize>,
}

impl Tally {
    /// Takes one line of the report.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(plan) = line.strip_prefix("1..") {
            self.planned = plan.trim().parse().ok();
        } else if let Some(check) = line.strip_prefix("ok ") {
            if check.contains(" # SKIP ") {
                self.skipped += 1;
            } else {
                self.passed += 1;
            }
        } else if let Some(check) = line.strip_prefix("not ok ") {
            if check.contains(" # TODO ") {
                self.excused += 1;
            } else {
                self.failed += 1;
            }
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.excused += other.excused;
    }

    /// An error unless the report is complete and the driver's exit status agrees with it.
    pub(crate) fn judge(&self, success: bool) -> Result<()> {
        let checks = self.passed + self.failed + self.skipped + self.excused;
        match self.planned {
            None => bail!("ended before its report did, after {checks} checks"),
            Some(planned) if planned != checks => bail!("planned {planned} checks and reported {checks}"),
            Some(_) if success != (self.failed == 0 && checks > 0) => {
                bail!("ended with a status that its report belies")
            }
            Some(_) => Ok(()),
        }
    }

    /// As test runners close: `3 passed, 0 failed, 1 skipped`.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{} passed, {} failed", self.passed, self.failed);
        let skipped = self.skipped + self.excused;
        if skipped > 0 {
            line.push_str(&format!(", {skipped} skipped"));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(report: &str) -> Tally {
        let mut tally = Tally::default();
        report.lines().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn a_report_is_counted() {
        let report = "TAP version 14\nok 1 - a\n# ok 2 - only a comment\nnot ok 2 - b # TODO their fault\n\
                      ok 3 - c # SKIP cannot\nok 4 - d # TODO their fault\n1..4\n";
        let tally = tally(report);
        assert_eq!(tally.line(), "2 passed, 0 failed, 2 skipped");
        tally.judge(true).expect("the report is complete and good");
        tally.judge(false).expect_err("the status says otherwise");
    }

    #[test]
    fn a_failed_check_agrees_with_a_failed_driver() {
        let tally = tally("ok 1 - a\nnot ok 2 - b\n1..2\n");
        assert_eq!(tally.line(), "1 passed, 1 failed");
        tally.judge(false).expect("both say that it failed");
        tally.judge(true).expect_err("the status says otherwise");
    }

    #[test]
    fn an_incomplete_report_is_an_error() {
        assert!(tally("ok 1 - a\n").judge(true).is_err(), "no plan");
        assert!(tally("ok 1 - a\n1..2\n").judge(true).is_err(), "a check is missing");
        assert!(tally("1..0\n").judge(true).is_err(), "nothing ran");
        tally("1..0\n").judge(false).expect("nothing was chosen in this group");
    }
}
