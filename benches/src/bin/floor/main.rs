//! The floor: the least that tokio with two workers can do for the same bytes on the wire.
//!
//! It answers the load generator, and nobody else, with the bytes of the reference application: it has no sessions, parses
//! no JSON, and knows how long each request is and where in it is what it needs. A connection is one task that reads into a
//! buffer of its thread and answers all that it has read by one write; what is for all is written to every socket by the
//! task that heard it, one write a socket.

mod connection;
mod crowd;
mod http;
mod websocket;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use clap::Parser;
use tokio::net::TcpSocket;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::connection::Connection;
use crate::crowd::Crowd;

/// As many as the reference application has on the machine that the targets are for.
const WORKERS: usize = 2;
const BACKLOG: u32 = 4096;

/// Answers the load generator with as little work as tokio allows.
#[derive(Debug, Parser)]
#[command(name = "floor")]
struct Flags {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

fn main() -> io::Result<()> {
    let flags = Flags::parse();
    Builder::new_multi_thread().worker_threads(WORKERS).enable_io().build()?.block_on(serve(flags.listen))
}

async fn serve(address: SocketAddr) -> io::Result<()> {
    let mut end = signal(SignalKind::terminate())?;
    let socket = TcpSocket::new_v4()?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    println!("listening on http://{}", listener.local_addr()?);
    let crowd = Arc::new(Crowd::default());
    let accepting = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(Connection::new(stream, Arc::clone(&crowd)));
        }
    });
    tokio::select! {
        _ = end.recv() => Ok(()),
        ended = accepting => ended.map_err(io::Error::other)?,
    }
}
