//! A server in the test's own process, on a port of its own.

use std::net::SocketAddr;
use std::time::Duration;

use longwire::{Config, Serve, Server, ServerBuilder, socketio_rev1};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::{Client, Connection, PATIENCE, Transport, within};

/// A server that runs.
#[derive(Debug)]
pub struct TestServer {
    /// The server, for tests that want to speak for the application.
    pub server: Server,
    /// Where it listens.
    pub address: SocketAddr,
    running: JoinHandle<std::io::Result<()>>,
}

/// Revision 1 with all transports, and with timers so long that no test meets them by chance.
#[must_use]
pub fn revision1() -> socketio_rev1::Config {
    socketio_rev1::Config::default()
        .transports(["websocket", "flashsocket", "htmlfile", "xhr-multipart", "xhr-polling", "jsonp-polling"])
        .heartbeat_interval(Duration::from_secs(300))
        .heartbeat_timeout(Duration::from_secs(600))
        .close_timeout(Duration::from_secs(600))
        .polling_duration(Duration::from_secs(300))
}

/// A server's settings with [`revision1`].
#[must_use]
pub fn config() -> Config {
    Config::default().socketio_rev1(revision1())
}

impl TestServer {
    /// Runs a server.
    pub async fn start(builder: ServerBuilder) -> Self {
        Self::start_with(builder, |serve| serve).await
    }

    /// Runs a server that `serve` has the last word on.
    ///
    /// # Panics
    ///
    /// When the server cannot be built.
    pub async fn start_with(builder: ServerBuilder, serve: impl FnOnce(Serve) -> Serve) -> Self {
        let server = builder.build().expect("a server that can be built");
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("a socket with an address");
        let running = tokio::spawn(serve(server.serve(socket)).run());
        Self { server, address, running }
    }

    /// A fresh connection.
    pub async fn connect(&self) -> Connection {
        Connection::open(self.address).await
    }

    /// A client with a session of its own.
    pub async fn client(&self, transport: Transport) -> Client {
        Client::open(self.address, transport).await
    }

    /// Waits until that many sessions have a transport.
    pub async fn sessions(&self, count: usize) {
        within("the number of sessions", async {
            while self.server.sessions() != count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// Stops the server and waits for its end.
    ///
    /// # Panics
    ///
    /// When something keeps it from ending.
    pub async fn stop(self) {
        within("the server to stop", self.server.shutdown(PATIENCE * 2)).await;
        within("its listener to end", self.running).await.expect("a listener without a panic").expect("a listener");
    }
}
