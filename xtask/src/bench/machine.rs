//! What it was measured on, and when.

use std::fmt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// The machine, as far as figures depend on it.
pub(super) struct Machine {
    /// Year, month and day, in UTC.
    pub(super) date: String,
    cores: usize,
    processor: String,
    gibibytes: f64,
    kernel: String,
    /// How many programs wanted to run, on average of the last minute, before anything was measured.
    load_before: f64,
}

impl Machine {
    /// Looks at this one.
    pub(super) fn look() -> Result<Self> {
        let read = |path: &str| std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"));
        let load = read("/proc/loadavg")?;
        Ok(Self {
            date: process::output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim().to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            processor: value(&read("/proc/cpuinfo")?, "model name").unwrap_or("an unnamed processor").to_owned(),
            gibibytes: gibibytes(&read("/proc/meminfo")?),
            kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            load_before: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
        })
    }

    /// Date and size, in a few words.
    pub(super) fn short(&self) -> String {
        format!("{}, {} cores, {}", self.date, self.cores, self.processor)
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Measured on {} on {} cores of {}, {:.0} GiB, Linux {}; the load average was {:.2} before.",
            self.date, self.cores, self.processor, self.gibibytes, self.kernel, self.load_before
        )
    }
}

fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}

fn gibibytes(meminfo: &str) -> f64 {
    let kibibytes = value(meminfo, "MemTotal").and_then(|value| value.strip_suffix(" kB")?.parse::<f64>().ok());
    kibibytes.unwrap_or_default() / f64::from(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sizes_are_read() {
        assert_eq!(value("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n", "model name"), Some("Some CPU @ 2 GHz"));
        assert_eq!(gibibytes("MemFree: 1 kB\nMemTotal:       25165824 kB\n"), 24.0);
    }

    #[test]
    fn this_machine_is_described() {
        let text = Machine::look().expect("it is Linux").to_string();
        assert!(text.starts_with("Measured on 20"), "{text}");
    }
}
