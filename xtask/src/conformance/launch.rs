//! How the server of a check is started: its timers and flags, and who shares it.

use std::time::Duration;

/// What a check needs of its server. Checks with equal needs share one, unless they ask for their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Launch {
    pub(crate) timers: Timers,
    /// Flags of the reference app, without those of the timers. `FREE_PORT` in one becomes a free port of 127.0.0.1.
    pub(crate) flags: &'static [&'static str],
    /// Whether the check needs the server for itself.
    pub(crate) own: bool,
}

/// Stands in a flag for a port that nobody listens on.
pub(crate) const FREE_PORT: &str = "FREE_PORT";

/// The four timers of a server, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Timers {
    pub(crate) heartbeat_interval: u64,
    pub(crate) heartbeat_timeout: u64,
    pub(crate) close_timeout: u64,
    pub(crate) polling_duration: u64,
}

impl Timers {
    /// Heartbeats and noops come soon, and a check on a busy machine is not cut off.
    pub(crate) const SHORT: Self =
        Self { heartbeat_interval: 1_000, heartbeat_timeout: 5_000, close_timeout: 5_000, polling_duration: 1_000 };

    /// For checks that wait until a session has run out of time.
    pub(crate) const HASTY: Self =
        Self { heartbeat_interval: 500, heartbeat_timeout: 1_000, close_timeout: 1_000, polling_duration: 500 };

    /// For checks that must not be disturbed by a heartbeat or a noop.
    pub(crate) const LONG: Self =
        Self { heartbeat_interval: 25_000, heartbeat_timeout: 60_000, close_timeout: 60_000, polling_duration: 20_000 };

    /// As the reference app takes them.
    pub(crate) fn flags(self) -> Vec<String> {
        let flag = |name: &str, milliseconds: u64| {
            [format!("--{name}"), format!("{}", Duration::from_millis(milliseconds).as_secs_f64())]
        };
        [
            flag("heartbeat-interval", self.heartbeat_interval),
            flag("heartbeat-timeout", self.heartbeat_timeout),
            flag("close-timeout", self.close_timeout),
            flag("polling-duration", self.polling_duration),
        ]
        .concat()
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self::SHORT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_are_given_in_seconds() {
        assert_eq!(
            Timers::HASTY.flags().join(" "),
            "--heartbeat-interval 0.5 --heartbeat-timeout 1 --close-timeout 1 --polling-duration 0.5"
        );
    }
}
