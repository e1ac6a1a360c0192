//! A protocol of one's own on a longwire server: every WebSocket message comes back as it was, text as text and bytes as bytes.
//!
//! `cargo run --release -p longwire --example websocket-echo -- --help` tells its flags. It serves any path, prints one line,
//! `listening on http://ADDR`, and exits 0 on SIGTERM or SIGINT. `cargo xtask autobahn` runs Autobahn's test suite against it.
//!
//! A message passes everything that messages of the built-in protocols pass, but for handlers: the session echoes it itself.

mod echo;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use longwire::{Config, Server};

use crate::echo::Echo;

/// Echoes WebSocket messages.
#[derive(Debug, Parser)]
#[command(name = "websocket-echo")]
struct Flags {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Largest message taken.
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_payload: usize,

    /// Most fragments of one message.
    #[arg(long, value_name = "N", default_value_t = 1 << 18)]
    max_fragments: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let mut interrupted = signals()?;
    let config = Config::default().max_payload(flags.max_payload).max_fragments(flags.max_fragments);
    let server = Server::builder(config).protocol(Echo).build()?;
    let socket = longwire::listen(flags.listen).with_context(|| format!("cannot listen on {}", flags.listen))?;
    let address = socket.local_addr()?;
    let serving = tokio::spawn(server.serve(socket).run());
    println!("listening on http://{address}");
    interrupted.recv().await;
    server.shutdown(Duration::from_secs(5)).await;
    Ok(serving.await??)
}

/// Something arrives when the process is asked to end.
fn signals() -> anyhow::Result<tokio::sync::mpsc::Receiver<()>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            let (mut arrived, sender) = (signal(kind)?, sender.clone());
            tokio::spawn(async move {
                arrived.recv().await;
                let _ = sender.send(()).await;
            });
        }
    }
    #[cfg(not(unix))]
    tokio::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        let _ = sender.send(()).await;
    });
    Ok(receiver)
}
