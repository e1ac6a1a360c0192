//! What can be set for revision 1, and which settings its own clients could not live with.
//!
//! Two of the times are told to the client, rounded up to whole seconds, because clients break on an empty or fractional
//! figure. A browser client gives up when it hears nothing for the shorter of the two, whatever the transport; so the server
//! has to speak more often than that, and [`Config::check`] refuses what would make every client reconnect for ever.

use std::time::Duration;

use longwire_codec::socketio_rev1::handshake;

use super::transport::{self, Transport};
use crate::origin::Origins;
use crate::outbox::OutboxLimits;
use crate::upgrade::Upgrades;

/// Settings of revision 1; the defaults are those of socket.io 0.9.19 where it had the option.
///
/// ```
/// use std::time::Duration;
/// use longwire_transport::socketio_rev1::Config;
///
/// let config = Config::default().heartbeat_interval(Duration::from_secs(15)).transports(["websocket", "xhr-polling"]);
/// assert!(config.check().is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(super) resource: String,
    pub(super) transports: Vec<String>,
    pub(super) origins: Origins,
    pub(super) heartbeat_interval: Duration,
    pub(super) heartbeat_timeout: Duration,
    pub(super) close_timeout: Duration,
    pub(super) polling_duration: Duration,
    pub(super) open_limit: Duration,
    pub(super) grace: Duration,
    pub(super) farewell_limit: Duration,
    pub(super) retry_after: Duration,
    pub(super) backlog_bytes: usize,
    pub(super) backlog_packets: usize,
    pub(super) resend_bytes: usize,
    pub(super) payload_packets: usize,
    pub(super) json_depth: usize,
    pub(super) match_origin_protocol: bool,
    pub(super) hixie_75: bool,
}

/// Why a [`Config`] cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Clients give up after the shorter of both timeouts without a packet, so heartbeats have to come more often.
    #[error("a heartbeat every {interval:?} is too rare: clients give up after {limit:?} without a packet")]
    HeartbeatTooRare {
        /// The heartbeat interval.
        interval: Duration,
        /// The shorter of heartbeat timeout and close timeout.
        limit: Duration,
    },
    /// Clients give up after the close timeout without a packet, so a poll has to be answered sooner.
    #[error("polls held for {duration:?} are too long: clients give up after {limit:?} without a packet")]
    PollTooLong {
        /// The polling duration.
        duration: Duration,
        /// The close timeout.
        limit: Duration,
    },
    /// A time of zero, or one that no browser can count (2147483 seconds at most).
    #[error("the {what} has to be more than nothing and at most 2147483 s")]
    BadTime {
        /// Which setting.
        what: &'static str,
    },
    /// A limit of zero.
    #[error("the {what} has to be at least 1")]
    BadLimit {
        /// Which setting.
        what: &'static str,
    },
    /// The path does not start with a slash, ends with one, or has a query.
    #[error("{0:?} is no path such as /socket.io")]
    BadResource(String),
    /// No transport has that name.
    #[error("there is no transport {0:?}")]
    UnknownTransport(String),
    /// No transport is enabled that a handshake could name.
    #[error("no transport is enabled")]
    NoTransports,
}

impl Config {
    /// Path of the service, without a slash at its end. Default `/socket.io`.
    #[must_use]
    pub fn resource(mut self, path: impl Into<String>) -> Self {
        self.resource = path.into();
        self
    }

    /// Which transports are served; requests on others are answered 400. The handshake names them in the order of preference
    /// that revision 1 always had, whatever the order here, and never names `xhr-multipart`, which no client of 0.7 to 0.9
    /// knows. Default: `websocket`, `htmlfile`, `xhr-polling`, `jsonp-polling`; there are also `flashsocket`, which wants a
    /// Flash socket policy, and `xhr-multipart`.
    #[must_use]
    pub fn transports<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.transports = names.into_iter().map(Into::into).collect();
        self
    }

    /// Which pages may talk to the server; others are answered 403, on the handshake and on every request. Default any.
    #[must_use]
    pub fn origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// How often the server says `2::` on streams and WebSockets. Has to be less than both
    /// [`heartbeat_timeout`](Self::heartbeat_timeout) and [`close_timeout`](Self::close_timeout), with room for a slow network.
    /// Default 25 s.
    #[must_use]
    pub fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.heartbeat_interval = interval;
        self
    }

    /// How long a stream or WebSocket may give no sign of life behind a heartbeat; then the session closes as `heartbeat
    /// timeout`. Told to the client, which gives up after the same time without a packet. Default 60 s.
    #[must_use]
    pub fn heartbeat_timeout(mut self, timeout: Duration) -> Self {
        self.heartbeat_timeout = timeout;
        self
    }

    /// How long a session lives between two polls, or without any transport; then it closes as `close timeout`. Told to the
    /// client, which gives up after the same time without a packet on any transport. Default 60 s.
    #[must_use]
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.close_timeout = timeout;
        self
    }

    /// How long a poll is held when there is nothing to say; then it is answered `8::`. Has to be less than
    /// [`close_timeout`](Self::close_timeout); above 20 s some mobile networks cut the connection. Default 20 s.
    #[must_use]
    pub fn polling_duration(mut self, duration: Duration) -> Self {
        self.polling_duration = duration;
        self
    }

    /// How long an answered handshake may wait for its first transport; then it is forgotten. Default 30 s.
    #[must_use]
    pub fn open_limit(mut self, limit: Duration) -> Self {
        self.open_limit = limit;
        self
    }

    /// How long a session outlives its stream or WebSocket when the peer's connection ends without a goodbye, for clients that
    /// open the same session again (the Java clients of 2011). Default zero: it closes at once, as applications expect when a
    /// tab closes.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// How long a session that says goodbye waits for a write under way to be taken; then it ends without the goodbye.
    /// Default 10 s.
    #[must_use]
    pub fn farewell_limit(mut self, limit: Duration) -> Self {
        self.farewell_limit = limit;
        self
    }

    /// When a client that was turned away for load or shutdown may come back (`Retry-After`). Default 5 s.
    #[must_use]
    pub fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = time;
        self
    }

    /// Budget in bytes for what waits for one client; above it `send` says `Full`. One message may be larger: it fits when
    /// nothing else waits. Default 4 MiB.
    #[must_use]
    pub fn backlog_bytes(mut self, bytes: usize) -> Self {
        self.backlog_bytes = bytes;
        self
    }

    /// The same in packets. Default 10 000.
    #[must_use]
    pub fn backlog_packets(mut self, packets: usize) -> Self {
        self.backlog_packets = packets;
        self
    }

    /// How many bytes of written messages are kept until the client gives its first sign of life on a transport, to be sent
    /// again should it fall back to another one. When more was written, a client that falls back is told to reconnect.
    /// Default 1 MiB.
    #[must_use]
    pub fn resend_bytes(mut self, bytes: usize) -> Self {
        self.resend_bytes = bytes;
        self
    }

    /// Most packets in the body of one request; a body with more is answered 400. Default 10 000.
    #[must_use]
    pub fn payload_packets(mut self, packets: usize) -> Self {
        self.payload_packets = packets;
        self
    }

    /// Deepest nesting of JSON in a packet, in levels; a deeper packet is dropped. Default 128.
    #[must_use]
    pub fn json_depth(mut self, levels: usize) -> Self {
        self.json_depth = levels;
        self
    }

    /// Whether the scheme of `Sec-WebSocket-Location` (hixie-76) follows the request's `Origin` instead of the connection.
    /// Safari compares it with the URL it asked for, so this helps behind a TLS terminator that does not say what it is.
    /// Default off.
    #[must_use]
    pub fn match_origin_protocol(mut self, follow: bool) -> Self {
        self.match_origin_protocol = follow;
        self
    }

    /// Whether to serve hixie-75 (Chrome 4, Safari 5.0.0), a handshake without any proof. Default off: answered 400.
    #[must_use]
    pub fn hixie_75(mut self, serve: bool) -> Self {
        self.hixie_75 = serve;
        self
    }

    /// Whether clients can live with these settings.
    ///
    /// # Errors
    ///
    /// The first fault that is found.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_resource()?;
        self.check_transports()?;
        self.check_times()?;
        self.check_limits()
    }

    /// The pages that may talk to the server.
    #[must_use]
    pub const fn allowed_origins(&self) -> &Origins {
        &self.origins
    }

    /// The transports that a handshake names, best first.
    pub(super) fn announced_transports(&self) -> Vec<&'static str> {
        let served = transport::LIST.iter().filter(|transport| transport.is_announced() && self.serves(**transport));
        served.map(|transport| transport.name()).collect()
    }

    pub(super) fn serves(&self, transport: &dyn Transport) -> bool {
        self.transports.iter().any(|name| name == transport.name())
    }

    pub(super) const fn upgrades(&self) -> Upgrades {
        Upgrades { hixie_75: self.hixie_75, match_origin_protocol: self.match_origin_protocol }
    }

    pub(super) const fn outbox_limits(&self) -> OutboxLimits {
        OutboxLimits { bytes: self.backlog_bytes, messages: self.backlog_packets, kept_bytes: self.resend_bytes }
    }

    fn check_resource(&self) -> Result<(), ConfigError> {
        let path = &self.resource;
        let is_path = path.len() > 1
            && path.starts_with('/')
            && !path.ends_with('/')
            && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\"<>\\".contains(&byte));
        if is_path { Ok(()) } else { Err(ConfigError::BadResource(path.clone())) }
    }

    fn check_transports(&self) -> Result<(), ConfigError> {
        let unknown = self.transports.iter().find(|name| transport::find(name).is_none());
        match unknown {
            Some(name) => Err(ConfigError::UnknownTransport(name.clone())),
            None if self.announced_transports().is_empty() => Err(ConfigError::NoTransports),
            None => Ok(()),
        }
    }

    fn check_times(&self) -> Result<(), ConfigError> {
        let times = [
            ("heartbeat interval", self.heartbeat_interval),
            ("heartbeat timeout", self.heartbeat_timeout),
            ("close timeout", self.close_timeout),
            ("polling duration", self.polling_duration),
            ("open limit", self.open_limit),
            ("farewell limit", self.farewell_limit),
            ("pause before a retry", self.retry_after),
        ];
        for (what, time) in times {
            if time.is_zero() || time > LONGEST {
                return Err(ConfigError::BadTime { what });
            }
        }
        if self.grace > LONGEST {
            return Err(ConfigError::BadTime { what: "grace" });
        }
        let limit = self.heartbeat_timeout.min(self.close_timeout);
        if self.heartbeat_interval >= limit {
            return Err(ConfigError::HeartbeatTooRare { interval: self.heartbeat_interval, limit });
        }
        if self.polling_duration >= self.close_timeout {
            return Err(ConfigError::PollTooLong { duration: self.polling_duration, limit: self.close_timeout });
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let limits = [
            ("backlog in bytes", self.backlog_bytes),
            ("backlog in packets", self.backlog_packets),
            ("number of packets in a payload", self.payload_packets),
            ("depth of JSON", self.json_depth),
        ];
        match limits.iter().find(|(_, limit)| *limit == 0) {
            Some((what, _)) => Err(ConfigError::BadLimit { what }),
            None => Ok(()),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            resource: "/socket.io".to_owned(),
            transports: ["websocket", "htmlfile", "xhr-polling", "jsonp-polling"].map(str::to_owned).to_vec(),
            origins: Origins::any(),
            heartbeat_interval: Duration::from_secs(25),
            heartbeat_timeout: Duration::from_secs(60),
            close_timeout: Duration::from_secs(60),
            polling_duration: Duration::from_secs(20),
            open_limit: Duration::from_secs(30),
            grace: Duration::ZERO,
            farewell_limit: Duration::from_secs(10),
            retry_after: Duration::from_secs(5),
            backlog_bytes: 4 << 20,
            backlog_packets: 10_000,
            resend_bytes: 1 << 20,
            payload_packets: 10_000,
            json_depth: 128,
            match_origin_protocol: false,
            hixie_75: false,
        }
    }
}

/// A time in whole seconds, rounded up.
pub(super) const fn told_seconds(time: Duration) -> u64 {
    time.as_secs() + (time.subsec_nanos() > 0) as u64
}

/// More seconds overflow the timer of a browser, which counts milliseconds in 32 bits.
const LONGEST: Duration = Duration::from_secs(handshake::MAX_TIMEOUT);
