//! What can be set for a service, and which settings its clients could not live with.

use std::time::Duration;

use super::transport::{self, Transport};
use crate::origin::Origins;
use crate::outbox::OutboxLimits;
use crate::upgrade::Upgrades;

/// Settings of one service; the defaults are those of sockjs-node 0.4 where it has the option.
///
/// ```
/// use longwire_transport::sockjs::Config;
///
/// let config = Config::default().prefix("/chat").transports(["websocket", "xhr-streaming", "xhr-polling"]);
/// assert!(config.check().is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(super) prefix: String,
    pub(super) transports: Vec<String>,
    pub(super) origins: Origins,
    pub(super) cookie: bool,
    pub(super) client_url: String,
    pub(super) base_url: Option<String>,
    pub(super) response_limit: usize,
    pub(super) heartbeat_delay: Duration,
    pub(super) pong_timeout: Duration,
    pub(super) disconnect_delay: Duration,
    pub(super) remember_for: Duration,
    pub(super) farewell_limit: Duration,
    pub(super) retry_after: Duration,
    pub(super) backlog_bytes: usize,
    pub(super) backlog_messages: usize,
    pub(super) messages_at_once: usize,
    pub(super) match_origin_protocol: bool,
    pub(super) hixie_75: bool,
}

/// Why a [`Config`] cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The prefix does not start with a slash, ends with one, or has a query.
    #[error("{0:?} is no prefix such as /echo")]
    BadPrefix(String),
    /// No transport has that name.
    #[error("there is no transport {0:?}")]
    UnknownTransport(String),
    /// No transport is on.
    #[error("no transport is on")]
    NoTransports,
    /// The URL of the client's script is neither absolute nor a path.
    #[error("{0:?} is no URL of a script: it has to begin with http or a slash")]
    BadClientUrl(String),
    /// The base URL is not absolute, so that clients cannot make the URL of a WebSocket of it.
    #[error("{0:?} is no absolute URL without a slash at its end")]
    BadBaseUrl(String),
    /// A JSONP client gives up a poll after 35 s, so heartbeats have to come more often.
    #[error("a heartbeat every {delay:?} is too rare: jsonp-polling gives up after 35 s")]
    HeartbeatTooRare {
        /// The heartbeat delay.
        delay: Duration,
    },
    /// A time of zero, or one of more than a year.
    #[error("the {what} has to be more than nothing and at most a year")]
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
}

impl Config {
    /// Path of the service, without a slash at its end. Default `/sockjs`.
    #[must_use]
    pub fn prefix(mut self, path: impl Into<String>) -> Self {
        self.prefix = path.into();
        self
    }

    /// Which transports are on, by the names that sockjs-client gives them; requests on others are answered 404. The raw end
    /// point goes with `websocket`, `xhr_send` with any of those that need it. Default all: `websocket`, `xhr-streaming`,
    /// `eventsource`, `htmlfile`, `xhr-polling`, `jsonp-polling`.
    #[must_use]
    pub fn transports<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.transports = names.into_iter().map(Into::into).collect();
        self
    }

    /// Which pages may talk to the service; others are answered 403. With a list, `jsonp-polling`, `htmlfile` and the iframe
    /// page are answered 404: the first two do not tell which page asks, and the third lends the origin of the server to any.
    /// Default any.
    #[must_use]
    pub fn origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// Whether every request of a session is answered with the cookie `JSESSIONID`, for load balancers that go by it. Default
    /// off.
    #[must_use]
    pub const fn cookie(mut self, wanted: bool) -> Self {
        self.cookie = wanted;
        self
    }

    /// Where the iframe page loads the client's script from: a URL, or a path of this server. It has to be of the same version
    /// as that of the page outside, or the client gives up the transport. Default: version 1 at the CDN of sockjs-node.
    #[must_use]
    pub fn client_url(mut self, url: impl Into<String>) -> Self {
        self.client_url = url.into();
        self
    }

    /// The absolute URL that clients from 1.0 on use in place of the one they were given, for everything that follows `/info`:
    /// a way to keep the requests of a session on one node. Default none.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// How many bytes of frames a streaming response carries before it ends and the client asks again, so that a browser's
    /// memory of it does not grow for ever. The frame that reaches the limit is still finished. Default 128 KiB.
    #[must_use]
    pub const fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// How often a held poll, a stream or a WebSocket gets a heartbeat. A JSONP client gives up after 35 s. Default 25 s.
    #[must_use]
    pub const fn heartbeat_delay(mut self, delay: Duration) -> Self {
        self.heartbeat_delay = delay;
        self
    }

    /// How long the peer of a WebSocket may give no sign of life behind a ping, counted from when the ping was written; then
    /// the session closes as `heartbeat timeout`, and the client is told 3000 `No response from heartbeat`. Default 10 s.
    #[must_use]
    pub const fn pong_timeout(mut self, timeout: Duration) -> Self {
        self.pong_timeout = timeout;
        self
    }

    /// How long a session lives without a request that hears, counted from when the last byte of the one before was written;
    /// then it closes as `close timeout`. Requests that send do not put it off. Default 5 s.
    #[must_use]
    pub const fn disconnect_delay(mut self, delay: Duration) -> Self {
        self.disconnect_delay = delay;
        self
    }

    /// How long the id of a session that expired, or whose client vanished, is remembered: a client that comes back under it is
    /// told 1002 `Connection interrupted` in place of opening a new session. Zero for not at all. Default 60 s.
    #[must_use]
    pub const fn remember_for(mut self, time: Duration) -> Self {
        self.remember_for = time;
        self
    }

    /// How long a session that says goodbye waits for a write under way to be taken, and a WebSocket for its handshake.
    /// Default 10 s.
    #[must_use]
    pub const fn farewell_limit(mut self, limit: Duration) -> Self {
        self.farewell_limit = limit;
        self
    }

    /// When a client that was turned away for load or shutdown may come back (`Retry-After`). Default 5 s.
    #[must_use]
    pub const fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = time;
        self
    }

    /// Budget in bytes for what waits for one client; above it `send` says `Full`. One message may be larger: it fits when
    /// nothing else waits. Default 4 MiB.
    #[must_use]
    pub const fn backlog_bytes(mut self, bytes: usize) -> Self {
        self.backlog_bytes = bytes;
        self
    }

    /// The same in messages. Default 10 000.
    #[must_use]
    pub const fn backlog_messages(mut self, messages: usize) -> Self {
        self.backlog_messages = messages;
        self
    }

    /// Most messages in one array of a client; a request with more is answered 413, a WebSocket is closed. Default 10 000.
    #[must_use]
    pub const fn messages_at_once(mut self, messages: usize) -> Self {
        self.messages_at_once = messages;
        self
    }

    /// Whether the scheme of `Sec-WebSocket-Location` (hixie-76) follows the request's `Origin` instead of the connection.
    /// Safari compares it with the URL it asked for, so this helps behind a TLS terminator that does not say what it is.
    /// Default off.
    #[must_use]
    pub const fn match_origin_protocol(mut self, follow: bool) -> Self {
        self.match_origin_protocol = follow;
        self
    }

    /// Whether to serve hixie-75 (Chrome 4, Safari 5.0.0), a handshake without any proof. Default off: answered 400.
    #[must_use]
    pub const fn hixie_75(mut self, serve: bool) -> Self {
        self.hixie_75 = serve;
        self
    }

    /// Whether clients can live with these settings.
    ///
    /// # Errors
    ///
    /// The first fault that is found.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_urls()?;
        self.check_transports()?;
        self.check_times()?;
        self.check_limits()
    }

    /// The pages that may talk to the service.
    #[must_use]
    pub const fn allowed_origins(&self) -> &Origins {
        &self.origins
    }

    /// The path of the service.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.prefix
    }

    /// Whether requests on this transport are served.
    pub(super) fn serves(&self, transport: &dyn Transport) -> bool {
        let is_on = self.transports.iter().any(|name| name == transport.switch());
        is_on && (self.origins.is_any() || transport.tells_origin())
    }

    /// Whether any transport of this kind is served.
    pub(super) fn serves_any(&self, wanted: impl Fn(&dyn Transport) -> bool) -> bool {
        transport::LIST.iter().any(|transport| wanted(*transport) && self.serves(*transport))
    }

    pub(super) const fn outbox_limits(&self) -> OutboxLimits {
        OutboxLimits { bytes: self.backlog_bytes, messages: self.backlog_messages, kept_bytes: 0 }
    }

    pub(super) const fn upgrades(&self) -> Upgrades {
        Upgrades { hixie_75: self.hixie_75, match_origin_protocol: self.match_origin_protocol }
    }

    fn check_urls(&self) -> Result<(), ConfigError> {
        let is_plain = |url: &str| url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\#".contains(&byte));
        let is_path = |path: &str| path.len() > 1 && path.starts_with('/') && !path.ends_with('/') && is_plain(path);
        if !is_path(&self.prefix) || self.prefix.contains('?') {
            return Err(ConfigError::BadPrefix(self.prefix.clone()));
        }
        let client = &self.client_url;
        if !(client.starts_with('/') || client.starts_with("http")) || !is_plain(client) {
            return Err(ConfigError::BadClientUrl(client.clone()));
        }
        let is_absolute = |url: &&String| {
            let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/') && is_plain(rest))
        };
        match self.base_url.as_ref().filter(|url| !is_absolute(url)) {
            Some(url) => Err(ConfigError::BadBaseUrl(url.clone())),
            None => Ok(()),
        }
    }

    fn check_transports(&self) -> Result<(), ConfigError> {
        let is_known = |name: &String| transport::LIST.iter().any(|transport| transport.switch() == name);
        match self.transports.iter().find(|name| !is_known(name)) {
            Some(name) => Err(ConfigError::UnknownTransport(name.clone())),
            None if !self.serves_any(|_| true) => Err(ConfigError::NoTransports),
            None => Ok(()),
        }
    }

    fn check_times(&self) -> Result<(), ConfigError> {
        let times = [
            ("heartbeat delay", self.heartbeat_delay),
            ("pong timeout", self.pong_timeout),
            ("disconnect delay", self.disconnect_delay),
            ("farewell limit", self.farewell_limit),
            ("pause before a retry", self.retry_after),
        ];
        for (what, time) in times {
            if time.is_zero() || time > LONGEST {
                return Err(ConfigError::BadTime { what });
            }
        }
        if self.remember_for > LONGEST {
            return Err(ConfigError::BadTime { what: "time to remember an id" });
        }
        if self.heartbeat_delay >= JSONP_PATIENCE && self.serves_any(|transport| transport.name() == "jsonp-polling") {
            return Err(ConfigError::HeartbeatTooRare { delay: self.heartbeat_delay });
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let limits = [
            ("response limit", self.response_limit),
            ("backlog in bytes", self.backlog_bytes),
            ("backlog in messages", self.backlog_messages),
            ("number of messages at once", self.messages_at_once),
        ];
        match limits.iter().find(|(_, limit)| *limit == 0) {
            Some((what, _)) => Err(ConfigError::BadLimit { what }),
            None => Ok(()),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let transports = ["websocket", "xhr-streaming", "eventsource", "htmlfile", "xhr-polling", "jsonp-polling"];
        Self {
            prefix: "/sockjs".to_owned(),
            transports: transports.map(str::to_owned).to_vec(),
            origins: Origins::any(),
            cookie: false,
            client_url: "https://cdn.jsdelivr.net/npm/sockjs-client@1/dist/sockjs.min.js".to_owned(),
            base_url: None,
            response_limit: 128 << 10,
            heartbeat_delay: Duration::from_secs(25),
            pong_timeout: Duration::from_secs(10),
            disconnect_delay: Duration::from_secs(5),
            remember_for: Duration::from_secs(60),
            farewell_limit: Duration::from_secs(10),
            retry_after: Duration::from_secs(5),
            backlog_bytes: 4 << 20,
            backlog_messages: 10_000,
            messages_at_once: 10_000,
            match_origin_protocol: false,
            hixie_75: false,
        }
    }
}

/// Sums of times stay far from what a clock can hold.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long a JSONP client waits for the answer to a poll.
const JSONP_PATIENCE: Duration = Duration::from_secs(35);
