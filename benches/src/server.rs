//! A server in this process, with the few handlers that are measured.
//!
//! Events are named as in the reference application, so a client that measures it can measure any other server with that
//! application.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use longwire::{Args, Config, Namespace, Server, Socket};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// The application: `echo` answers the one who said it, `all` tells everybody.
#[must_use]
pub fn application() -> Namespace {
    // A socket that is gone needs no answer.
    Namespace::default()
        .on("echo", async |socket: Socket, args: Args| drop(socket.emit_args("echo", args)))
        .on("all", async |socket: Socket, args: Args| socket.io().emit_args("all", args))
}

/// Starts the server on a free port of this machine, within the runtime that asks for it.
///
/// # Errors
///
/// When there is no port.
pub async fn start() -> io::Result<(Server, SocketAddr)> {
    let server = Server::builder(Config::default()).namespace(application()).build().map_err(io::Error::other)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(server.serve(listener).run());
    Ok((server, address))
}

/// The server with a runtime of its own; it stops when this is dropped.
#[derive(Debug)]
pub struct RunningServer {
    runtime: Runtime,
    server: Server,
    address: SocketAddr,
}

impl RunningServer {
    /// Starts it with `threads` workers.
    ///
    /// # Errors
    ///
    /// When there are no threads or no port.
    pub fn start(threads: usize) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
        let (server, address) = runtime.block_on(start())?;
        Ok(Self { runtime, server, address })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.runtime.block_on(self.server.shutdown(Duration::from_secs(1)));
    }
}
