//! What a process costs, as Linux counts it: processor time and memory.

use anyhow::{Context, Result};

/// Linux counts processor time in hundredths of a second towards programs, whatever it does inside.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    id: u32,
}

impl Process {
    pub(crate) const fn new(id: u32) -> Self {
        Self { id }
    }

    pub(crate) fn this() -> Self {
        Self::new(std::process::id())
    }

    /// The processor time of all of its threads so far, in itself and in the kernel, in seconds.
    pub(crate) fn cpu(self) -> Result<f64> {
        let text = self.read("stat")?;
        cpu_in(&text).with_context(|| format!("/proc/{}/stat is not as expected: {text}", self.id))
    }

    /// The memory that it has now, in bytes; what the kernel keeps for its sockets is not in it.
    pub(crate) fn memory(self) -> Result<u64> {
        let text = self.read("status")?;
        memory_in(&text).with_context(|| format!("/proc/{}/status has no VmRSS", self.id))
    }

    fn read(self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.id);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    }
}

fn cpu_in(stat: &str) -> Option<f64> {
    // The second field is the program's name, in parentheses; it may contain anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11).map(|field| field.parse::<u64>().ok());
    Some((times.next()?? + times.next()??) as f64 / TICKS_PER_SECOND)
}

fn memory_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_any_name() {
        let stat = "12 (a) b) S 1 12 12 0 -1 4194304 99 0 0 0 250 75 0 0 20 0 3 0 100 1000 200";
        assert_eq!(cpu_in(stat), Some(3.25));
        assert_eq!(cpu_in("12 (a) S 1"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(memory_in("VmPeak:\t 9 kB\nVmRSS:\t    1204 kB\n"), Some(1204 << 10));
        assert_eq!(memory_in("VmPeak:\t 9 kB\n"), None);
    }

    #[test]
    fn this_process_costs_something() {
        assert!(Process::this().memory().expect("it is there") > 0);
        assert!(Process::this().cpu().expect("it is there") >= 0.0);
    }
}
