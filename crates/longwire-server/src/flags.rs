//! The command line, its environment variables and its configuration file: three spellings of the same settings.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::parser::ValueSource;
use clap::{CommandFactory, Parser};
use longwire::{Config, Origins, socketio_rev1};
use serde::Deserialize;

/// No line is longer than 80 columns, because clap would wrap it wherever a terminal is that narrow.
const EXAMPLES: &str = "\
Examples:
  longwire                      the demo chat on http://127.0.0.1:8080
  longwire --listen 0.0.0.0:80 --origins www.example.org:443 --public-port 443
  longwire --client-dir node_modules/socket.io-client --flash-policy 0.0.0.0:843
  longwire --config longwire.toml

A file has the names of the flags, with _ for -: heartbeat_interval = 25
A flag counts more than its environment variable, and that more than the file.";

/// One real-time server for every browser client: Socket.IO 0.7 to 0.9 over all of its transports, Flash policy files, and a
/// chat to try them.
#[derive(Clone, Debug, Parser, Deserialize)]
#[command(name = "longwire", version, after_help = EXAMPLES)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Flags {
    /// HTTP, WebSocket and Flash policy requests, all on this port; port 0 picks a free one.
    #[arg(long, env = "LONGWIRE_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// Also answer Flash policy requests there; Flash asks port 843 first.
    #[arg(long, env = "LONGWIRE_FLASH_POLICY", value_name = "ADDR")]
    pub(crate) flash_policy: Option<SocketAddr>,

    /// The port that clients see, when a proxy stands in front: what the Flash policies name.
    #[arg(long, env = "LONGWIRE_PUBLIC_PORT", value_name = "PORT")]
    pub(crate) public_port: Option<u16>,

    /// Serve the files of a socket.io-client package (0.7 to 0.9) from this folder, at the paths the old server used:
    /// /socket.io/socket.io.js, its versioned and bundled names, /socket.io/static/flashsocket/WebSocketMain.swf.
    #[arg(long, env = "LONGWIRE_CLIENT_DIR", value_name = "DIR")]
    pub(crate) client_dir: Option<PathBuf>,

    /// Pages that may connect: a comma-separated list of host:port, with * for any in both places; * alone for all.
    #[arg(long, env = "LONGWIRE_ORIGINS", value_name = "LIST", default_value = "*")]
    pub(crate) origins: String,

    /// Transports to serve, comma-separated.
    #[arg(
        long,
        env = "LONGWIRE_TRANSPORTS",
        value_name = "LIST",
        default_value = "websocket,flashsocket,htmlfile,xhr-polling,jsonp-polling,xhr-multipart"
    )]
    pub(crate) transports: String,

    /// Seconds between two heartbeats of the server on streams and WebSockets.
    #[arg(long, env = "LONGWIRE_HEARTBEAT_INTERVAL", value_name = "SECS", default_value_t = 25.0)]
    pub(crate) heartbeat_interval: f64,

    /// Seconds a client may take to answer one; told in the handshake.
    #[arg(long, env = "LONGWIRE_HEARTBEAT_TIMEOUT", value_name = "SECS", default_value_t = 60.0)]
    pub(crate) heartbeat_timeout: f64,

    /// Seconds a session lives without a transport; told in the handshake.
    #[arg(long, env = "LONGWIRE_CLOSE_TIMEOUT", value_name = "SECS", default_value_t = 60.0)]
    pub(crate) close_timeout: f64,

    /// Seconds an empty poll is held.
    #[arg(long, env = "LONGWIRE_POLLING_DURATION", value_name = "SECS", default_value_t = 20.0)]
    pub(crate) polling_duration: f64,

    /// Largest message, frame or request body in bytes.
    #[arg(long, env = "LONGWIRE_MAX_PAYLOAD", value_name = "BYTES", default_value_t = 1_000_000)]
    pub(crate) max_payload: usize,

    /// Believe X-Forwarded-For and X-Forwarded-Proto: only behind a proxy that sets them.
    #[arg(long, env = "LONGWIRE_TRUST_FORWARDED")]
    pub(crate) trust_forwarded: bool,

    /// Serve counters for Prometheus on /metrics.
    #[arg(long, env = "LONGWIRE_METRICS")]
    pub(crate) metrics: bool,

    /// Seconds that connections may take to end when the server is told to stop (SIGTERM or SIGINT).
    #[arg(long, env = "LONGWIRE_DRAIN", value_name = "SECS", default_value_t = 5.0)]
    pub(crate) drain: f64,

    /// What to log on standard error: a level, or levels by module (longwire=debug).
    #[arg(long, env = "LONGWIRE_LOG", value_name = "FILTER", default_value = "info")]
    pub(crate) log: String,

    /// Read settings from a TOML file.
    #[arg(long, env = "LONGWIRE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
}

impl Default for Flags {
    fn default() -> Self {
        Self::parse_from(["longwire"])
    }
}

impl Flags {
    /// Fills in from the file what neither a flag nor a variable says.
    pub(crate) fn with_config_file(self) -> anyhow::Result<Self> {
        let Some(path) = self.config.clone() else { return Ok(self) };
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let file = toml::from_str(&text).with_context(|| format!("{} is no configuration", path.display()))?;
        let matches = Self::command().get_matches();
        Ok(self.merge(file, |name| {
            matches!(matches.value_source(name), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
        }))
    }

    fn merge(mut self, file: Self, given: impl Fn(&str) -> bool) -> Self {
        macro_rules! fill {
            ($($name:ident),* $(,)?) => {
                $(if !given(stringify!($name)) { self.$name = file.$name; })*
            };
        }
        fill!(
            listen,
            flash_policy,
            public_port,
            client_dir,
            origins,
            transports,
            heartbeat_interval,
            heartbeat_timeout,
            close_timeout,
            polling_duration,
            max_payload,
            trust_forwarded,
            metrics,
            drain,
            log,
        );
        self
    }

    /// The settings of the library.
    pub(crate) fn server_config(&self) -> anyhow::Result<Config> {
        let origins = match self.origins.trim() {
            "*" => Origins::any(),
            list => Origins::list(list.split(',').map(str::trim)).context("--origins")?,
        };
        let rev1 = socketio_rev1::Config::default()
            .transports(self.transports.split(',').map(str::trim))
            .heartbeat_interval(seconds("--heartbeat-interval", self.heartbeat_interval)?)
            .heartbeat_timeout(seconds("--heartbeat-timeout", self.heartbeat_timeout)?)
            .close_timeout(seconds("--close-timeout", self.close_timeout)?)
            .polling_duration(seconds("--polling-duration", self.polling_duration)?);
        seconds("--drain", self.drain)?;
        Ok(Config::default()
            .socketio_rev1(rev1)
            .origins(origins)
            .max_payload(self.max_payload)
            .trust_forwarded(self.trust_forwarded))
    }

    /// The ports that clients reach us by.
    pub(crate) fn public_ports(&self, listening: u16) -> [u16; 1] {
        [self.public_port.unwrap_or(listening)]
    }
}

fn seconds(flag: &str, value: f64) -> anyhow::Result<Duration> {
    Duration::try_from_secs_f64(value).with_context(|| format!("{flag} {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Flags::command().debug_assert();
    }

    #[test]
    fn a_file_fills_in_what_was_not_given() {
        let file = toml::from_str("heartbeat_interval = 5\nlisten = '127.0.0.1:9'\ndrain = 1").unwrap();
        let flags = Flags::parse_from(["longwire", "--listen", "127.0.0.1:7"]);
        let merged = flags.merge(file, |name| name == "listen");
        assert_eq!(merged.listen.port(), 7);
        assert_eq!((merged.heartbeat_interval, merged.drain, merged.close_timeout), (5.0, 1.0, 60.0));
    }

    #[test]
    fn an_unknown_key_in_a_file_is_an_error() {
        assert!(toml::from_str::<Flags>("heartbeat = 5").is_err());
    }

    #[test]
    fn senseless_settings_are_named() {
        let flags = Flags::parse_from(["longwire", "--heartbeat-interval=-1"]);
        assert!(flags.server_config().unwrap_err().to_string().contains("--heartbeat-interval"));
        let flags = Flags::parse_from(["longwire", "--origins", "http://x"]);
        assert!(flags.server_config().unwrap_err().to_string().contains("--origins"));
    }
}
