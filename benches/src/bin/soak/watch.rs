//! What a server needs, as the system sees it, and what it still has, as its metrics say.

use std::fs;
use std::io;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::connection::Connection;

/// Units of processor time in a second, as Linux reports it to programs on every architecture.
const TICKS: f64 = 100.0;

/// Looks at one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    pub(crate) server: SocketAddr,
    pub(crate) pid: u32,
}

/// What the server's process has at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// Resident memory in bytes.
    pub(crate) rss: u64,
    pub(crate) descriptors: usize,
    /// Processor time since its start, in seconds.
    pub(crate) cpu: f64,
}

/// What the server says it has at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gauges {
    pub(crate) sessions: u64,
    pub(crate) connections: u64,
    pub(crate) handshakes: u64,
    pub(crate) deadlines: u64,
    /// Counted from the start, the others are not.
    pub(crate) accept_errors: u64,
}

impl Watch {
    pub(crate) fn usage(self) -> io::Result<Usage> {
        let folder = format!("/proc/{}", self.pid);
        let rss = kilobytes(&fs::read_to_string(format!("{folder}/status"))?, "VmRSS:");
        let rss = 1024 * rss.ok_or_else(|| io::Error::other("the server has ended"))?;
        let descriptors = fs::read_dir(format!("{folder}/fd"))?.count();
        let cpu = processor_time(&fs::read_to_string(format!("{folder}/stat"))?);
        Ok(Usage { rss, descriptors, cpu })
    }

    /// Asks for `/metrics`, on a connection of its own, which is not counted.
    pub(crate) async fn gauges(self) -> io::Result<Gauges> {
        let connection = Connection::open(self.server, 0).await?;
        let request = Bytes::from_static(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        let text = connection.request(&request, 200).await?;
        let value = |name| metric(&text, name);
        Ok(Gauges {
            sessions: value("longwire_sessions_open"),
            connections: value("longwire_connections_open").saturating_sub(1),
            handshakes: value("longwire_handshakes_pending"),
            deadlines: value("longwire_deadlines"),
            accept_errors: value("longwire_accept_errors_total"),
        })
    }
}

impl Gauges {
    /// Whether nothing is left of anybody.
    pub(crate) const fn are_zero(self) -> bool {
        self.sessions + self.connections + self.handshakes + self.deadlines == 0
    }
}

/// Bytes as people read them.
pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// A line of `/proc/PID/status`.
fn kilobytes(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// User and system time in `/proc/PID/stat`, in seconds. The name of the program may have spaces and ends with a bracket.
fn processor_time(stat: &str) -> f64 {
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = behind_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// The sum of a metric over its labels; one that was never touched is not there, and zero.
fn metric(text: &str, name: &str) -> u64 {
    let lines = text.lines().filter_map(|line| line.strip_prefix(name));
    let values = lines.filter(|rest| rest.starts_with([' ', '{'])).filter_map(|rest| rest.rsplit(' ').next());
    values.filter_map(|value| value.parse::<f64>().ok()).map(|value| value.max(0.0) as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_linux_are_read() {
        assert_eq!(kilobytes("Name:\tx\nVmRSS:\t    1234 kB\n", "VmRSS:"), Some(1234));
        assert_eq!(kilobytes("Name:\tx\n", "VmRSS:"), None);
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 3 0 12";
        assert!((processor_time(stat) - 3.0).abs() < f64::EPSILON);
    }

    #[test]
    fn metrics_are_summed_over_their_labels() {
        let text = "# TYPE a gauge\na{family=\"x\"} 3\na{family=\"y\"} 4\nab 9\n";
        assert_eq!((metric(text, "a"), metric(text, "ab"), metric(text, "c")), (7, 9, 0));
    }
}
