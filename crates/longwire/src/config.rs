//! Everything that can be set, with what happens when a limit is reached.

use std::time::Duration;

use longwire_codec::websocket;
use longwire_transport::origin::Origins;
use longwire_transport::{socketio_rev1, sockjs};

use crate::hub;
use crate::net::connection::Times;
use crate::net::registry;

/// Settings of a server. The defaults are safe on the open internet, but for the origins: any page may connect until
/// [`origins`](Self::origins) names those that may.
///
/// What is said to be of the stand-alone server concerns [`Server::serve`](crate::Server::serve) only. A mounted
/// [`Service`](crate::Service) or [`Layer`](crate::Layer) has its connections from another server, whose limits count there.
///
/// ```
/// use std::time::Duration;
/// use longwire::{Config, Origins};
///
/// let config = Config::default()
///     .origins(Origins::list(["www.example.org:443"])?)
///     .ack_timeout(Duration::from_secs(5));
/// # drop(config);
/// # Ok::<(), longwire::OriginError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) socketio_rev1: socketio_rev1::Config,
    /// For all protocols, whatever their own settings say.
    origins: Option<Origins>,
    backlog_bytes: Option<usize>,
    pub(crate) http: HttpLimits,
    pub(crate) hub: hub::Limits,
    pub(crate) node: registry::Limits,
    pub(crate) times: Times,
    pub(crate) connections: usize,
    pub(crate) header_bytes: usize,
    pub(crate) header_count: usize,
    pub(crate) flash_policy: bool,
}

/// The limits that requests and WebSockets are read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HttpLimits {
    pub(crate) body_bytes: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) body_grace: Duration,
    pub(crate) body_rate: u32,
    pub(crate) authorization_timeout: Duration,
    pub(crate) trust_forwarded: bool,
    pub(crate) websocket: websocket::Limits,
    pub(crate) closing_timeout: Duration,
    pub(crate) write_timeout: Duration,
}

impl Config {
    /// Socket.IO revision 1: its path, transports, timers and backlog. What [`origins`](Self::origins) and
    /// [`backlog_bytes`](Self::backlog_bytes) say for all protocols counts more than what stands there.
    #[must_use]
    pub fn socketio_rev1(mut self, config: socketio_rev1::Config) -> Self {
        self.socketio_rev1 = config;
        self
    }

    /// Which pages may talk to the server, over any protocol; others are answered 403. The Flash policy names the same hosts.
    /// Default: any.
    #[must_use]
    pub fn origins(mut self, origins: Origins) -> Self {
        self.origins = Some(origins);
        self
    }

    /// Largest message, in bytes: the body of a request (413 above) or a WebSocket message, whose session closes as
    /// [`PayloadLimit`](crate::CloseReason::PayloadLimit) (with 1009, where the dialect has codes). Default 1 000 000.
    #[must_use]
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.http.body_bytes = bytes;
        self.http.websocket.message = bytes;
        self
    }

    /// Most fragments of one WebSocket message; above, the same happens. Default 10 000.
    #[must_use]
    pub fn max_fragments(mut self, fragments: usize) -> Self {
        self.http.websocket.fragments = fragments;
        self
    }

    /// How long the body of a request may take; 408 afterwards. Default 30 s. The eight bytes that follow a hixie-76 handshake
    /// have as long; then the connection is closed.
    #[must_use]
    pub fn body_timeout(mut self, time: Duration) -> Self {
        self.http.body_timeout = time;
        self
    }

    /// Slowest pace of a body in bytes per second, on average and counted behind [`body_grace`](Self::body_grace); 408 below.
    /// Default 500.
    #[must_use]
    pub fn body_rate(mut self, bytes_per_second: u32) -> Self {
        self.http.body_rate = bytes_per_second;
        self
    }

    /// How long a body may be slower than [`body_rate`](Self::body_rate), from its beginning. Default 10 s.
    #[must_use]
    pub fn body_grace(mut self, time: Duration) -> Self {
        self.http.body_grace = time;
        self
    }

    /// How long the authorization of a handshake or namespace may take; then it counts as
    /// [`Denied::Failed`](crate::Denied::Failed). Default 10 s.
    #[must_use]
    pub fn authorization_timeout(mut self, time: Duration) -> Self {
        self.http.authorization_timeout = time;
        self.hub.authorization_timeout = time;
        self
    }

    /// Whether `X-Forwarded-For` and `X-Forwarded-Proto` are believed: the last address of the one becomes that of the
    /// handshake (with port 0), `https` in the other makes it secure. The last address of the last such header counts, which is
    /// what the nearest proxy added. Only behind a proxy that sets both itself: anybody else can write them too. Default no.
    #[must_use]
    pub fn trust_forwarded(mut self, trust: bool) -> Self {
        self.http.trust_forwarded = trust;
        self
    }

    /// Sessions with a transport; further handshakes are answered 503. Those that were answered before are let in all the same.
    /// Default 100 000.
    #[must_use]
    pub fn max_sessions(mut self, sessions: usize) -> Self {
        self.node.sessions = sessions;
        self
    }

    /// Answered handshakes that no transport followed yet; further ones are answered 503. Default 100 000.
    #[must_use]
    pub fn max_pending_handshakes(mut self, handshakes: usize) -> Self {
        self.node.handshakes = handshakes;
        self
    }

    /// Handshakes in one second, from everybody together; further ones are answered 503. Default 10 000.
    #[must_use]
    pub fn handshakes_per_second(mut self, handshakes: u32) -> Self {
        self.node.handshakes_per_second = handshakes;
        self
    }

    /// Packets of one client that may wait for its handlers; nothing more is read from the client until there is room. At least
    /// 1. Default 64.
    #[must_use]
    pub fn inbox_packets(mut self, packets: usize) -> Self {
        self.node.inbox = packets.max(1);
        self
    }

    /// How long a WebSocket may take to end once its last bytes are handed out; then it is cut. Default 5 s.
    #[must_use]
    pub fn closing_timeout(mut self, time: Duration) -> Self {
        self.http.closing_timeout = time;
        self
    }

    /// HTTP connections that one [`Serve`](crate::Serve) keeps on all of its listeners; further ones wait in the system's queue.
    /// One that has become a WebSocket does not count any more: [`max_sessions`](Self::max_sessions) bounds those. Default
    /// 100 000.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How long a connection of the stand-alone server may be without a request; then it is closed. Default 75 s.
    #[must_use]
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.times.idle = time;
        self
    }

    /// How long a request head may take from its first byte on; then the stand-alone server closes the connection. Default 10 s.
    #[must_use]
    pub fn header_timeout(mut self, time: Duration) -> Self {
        self.times.head = time;
        self
    }

    /// How long a peer may take nothing of what is written to it before its connection is closed: of a response of the
    /// stand-alone server, or of a WebSocket, whose session then closes as
    /// [`SlowConsumer`](crate::CloseReason::SlowConsumer). Default 60 s.
    #[must_use]
    pub fn write_timeout(mut self, time: Duration) -> Self {
        self.times.write = time;
        self.http.write_timeout = time;
        self
    }

    /// Largest request head in bytes; the stand-alone server answers 431 above. At least 8192, and less is taken for that.
    /// Default 16 KiB.
    #[must_use]
    pub fn header_bytes(mut self, bytes: usize) -> Self {
        self.header_bytes = bytes.max(8192);
        self
    }

    /// Most headers of a request; the stand-alone server answers 431 above. Default 100.
    #[must_use]
    pub fn header_count(mut self, headers: usize) -> Self {
        self.header_count = headers;
        self
    }

    /// Namespaces that one session may be on, the default one included; a connect above that is refused. Default 64.
    #[must_use]
    pub fn namespaces_per_session(mut self, namespaces: usize) -> Self {
        self.hub.namespaces = namespaces;
        self
    }

    /// Rooms that one socket may be in; a join above that fails with
    /// [`EmitError::TooManyRooms`](crate::EmitError::TooManyRooms). Default 1000.
    #[must_use]
    pub fn rooms_per_socket(mut self, rooms: usize) -> Self {
        self.hub.rooms = rooms;
        self
    }

    /// Questions to one client, on all namespaces, that may wait for an acknowledgement; a further one fails with
    /// [`EmitError::TooManyAcks`](crate::EmitError::TooManyAcks). Default 1000.
    #[must_use]
    pub fn pending_acks(mut self, acks: usize) -> Self {
        self.hub.pending_acks = acks;
        self
    }

    /// How long a question waits for its acknowledgement, unless it says otherwise; then it fails with
    /// [`AckError::Timeout`](crate::AckError::Timeout). Default 30 s.
    #[must_use]
    pub fn ack_timeout(mut self, time: Duration) -> Self {
        self.hub.ack_timeout = time;
        self
    }

    /// Packets held for namespaces that a client will open in a moment, as reconnecting clients do, and how long they are
    /// held; those above and behind that are dropped and counted (`longwire_packets_unclaimed_total`). All packets held for one
    /// client have 4 MiB together. Default 1000 packets, 5 s.
    #[must_use]
    pub fn held_packets(mut self, packets: usize, time: Duration) -> Self {
        self.hub.held_packets = packets;
        self.hub.hold_time = time;
        self
    }

    /// Budget in bytes for what waits for one client, whatever its protocol. A client above it is disconnected (`backlog`). One
    /// message may be larger: it fits when nothing else waits. Default 4 MiB.
    #[must_use]
    pub fn backlog_bytes(mut self, bytes: usize) -> Self {
        self.backlog_bytes = Some(bytes);
        self
    }

    /// With what is set for all protocols in the settings of each.
    pub(crate) fn settled(mut self) -> Self {
        if let Some(origins) = self.origins.take() {
            self.socketio_rev1 = self.socketio_rev1.origins(origins);
        }
        if let Some(bytes) = self.backlog_bytes.take() {
            self.socketio_rev1 = self.socketio_rev1.backlog_bytes(bytes);
        }
        self
    }

    /// The settings of a SockJS service, with what is set for all protocols.
    pub(crate) fn settled_sockjs(&self, mut config: sockjs::Config) -> sockjs::Config {
        if let Some(origins) = &self.origins {
            config = config.origins(origins.clone());
        }
        match self.backlog_bytes {
            Some(bytes) => config.backlog_bytes(bytes),
            None => config,
        }
    }

    /// Whether the stand-alone server answers Flash policy requests on its own port, with
    /// [`Server::flash_policy`](crate::Server::flash_policy). Default yes.
    #[must_use]
    pub fn flash_policy(mut self, answer: bool) -> Self {
        self.flash_policy = answer;
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        let authorization_timeout = Duration::from_secs(10);
        Self {
            socketio_rev1: socketio_rev1::Config::default(),
            origins: None,
            backlog_bytes: None,
            http: HttpLimits {
                body_bytes: 1_000_000,
                body_timeout: Duration::from_secs(30),
                body_grace: Duration::from_secs(10),
                body_rate: 500,
                authorization_timeout,
                trust_forwarded: false,
                websocket: websocket::Limits { message: 1_000_000, fragments: 10_000 },
                closing_timeout: Duration::from_secs(5),
                write_timeout: Duration::from_secs(60),
            },
            hub: hub::Limits {
                namespaces: 64,
                rooms: 1000,
                pending_acks: 1000,
                ack_timeout: Duration::from_secs(30),
                held_packets: 1000,
                hold_time: Duration::from_secs(5),
                authorization_timeout,
            },
            node: registry::Limits { sessions: 100_000, handshakes: 100_000, handshakes_per_second: 10_000, inbox: 64 },
            times: Times {
                idle: Duration::from_secs(75),
                head: Duration::from_secs(10),
                write: Duration::from_secs(60),
            },
            connections: 100_000,
            header_bytes: 16 << 10,
            header_count: 100,
            flash_policy: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_for_all_protocols_counts_whatever_the_order() {
        let origins = Origins::list(["www.example.org:443"]).unwrap();
        let config = Config::default().origins(origins.clone()).socketio_rev1(socketio_rev1::Config::default());
        assert_eq!(*config.settled().socketio_rev1.allowed_origins(), origins);
        let own = socketio_rev1::Config::default().origins(origins.clone());
        assert_eq!(*Config::default().socketio_rev1(own).settled().socketio_rev1.allowed_origins(), origins);
    }
}
