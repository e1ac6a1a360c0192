//! What a process has of the system: memory, descriptors, processor time, as Linux tells in `/proc`.

use std::fs;
use std::time::Duration;

/// A mebibyte, in bytes.
pub const MIB: usize = 1 << 20;

/// What a process holds at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Its memory in bytes (`VmRSS`).
    pub memory: usize,
    /// The most it ever was, or was since [`forget_peak`] (`VmHWM`).
    pub peak: usize,
    /// Open descriptors: sockets, and a few that every process has.
    pub descriptors: usize,
    /// Processor time since its start.
    pub processor: Duration,
}

/// The unit of processor time that Linux tells programs, on every architecture, in milliseconds.
const TICK: u64 = 10;

impl Usage {
    /// Looks at a process.
    ///
    /// # Panics
    ///
    /// When it is gone.
    #[must_use]
    pub fn of(process: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
            number.unwrap_or_else(|| panic!("no {name} in {status}")) << 10
        };
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).expect("a process of ours").count();
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("a running process");
        // The name of the program ends with a bracket, and may have spaces; user and system time are the twelfth field behind
        // it and the next.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).map(|field| field.parse::<u64>().expect("a number of ticks")).sum();
        let processor = Duration::from_millis(ticks * TICK);
        Self { memory: field("VmRSS"), peak: field("VmHWM"), descriptors, processor }
    }
}

/// Lets a peak of memory count from now on.
///
/// # Panics
///
/// When the process is gone.
pub fn forget_peak(process: u32) {
    fs::write(format!("/proc/{process}/clear_refs"), "5").expect("a running process of ours");
}
