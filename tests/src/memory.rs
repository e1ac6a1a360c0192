//! What a process holds of the system: memory and descriptors, as Linux tells in `/proc`.

use std::fs;

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
}

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
        Self { memory: field("VmRSS"), peak: field("VmHWM"), descriptors }
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
