//! The bare stack: tokio, hyper and tokio-tungstenite, as one puts them together without a library for sessions.
//!
//! It answers the load generator's WebSockets with the texts of the reference application: no sessions, no timers, no JSON,
//! and no polling. It is what a library on top of the same parts would have to be compared with, and the parts are used as
//! their documentation shows it.

mod websocket;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::websocket::Crowd;

/// As many as the reference application has on the machine that the targets are for.
const WORKERS: usize = 2;
const BACKLOG: u32 = 4096;

/// Answers the load generator's WebSockets with tokio, hyper and tokio-tungstenite alone.
#[derive(Debug, Parser)]
#[command(name = "bare-stack")]
struct Flags {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

fn main() -> io::Result<()> {
    let flags = Flags::parse();
    Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?.block_on(serve(flags.listen))
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
            tokio::spawn(connection(stream, Arc::clone(&crowd)));
        }
    });
    tokio::select! {
        _ = end.recv() => Ok(()),
        ended = accepting => ended.map_err(io::Error::other)?,
    }
}

async fn connection(stream: TcpStream, crowd: Arc<Crowd>) {
    let service = service_fn(move |request| std::future::ready(Ok::<_, Infallible>(answer(request, &crowd))));
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).with_upgrades();
    // A client that goes away is not an error.
    let _ = connection.await;
}

fn answer(mut request: Request<Incoming>, crowd: &Arc<Crowd>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    let path = request.uri().path();
    if path == "/socket.io/1/" {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let id = LAST.fetch_add(1, Ordering::Relaxed);
        *response.body_mut() = Full::from(format!("{id:027}:60:60:websocket"));
    } else if let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY)
        && let Ok(accept) = HeaderValue::try_from(derive_accept_key(key.as_bytes()))
    {
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        tokio::spawn(websocket::run(hyper::upgrade::on(&mut request), Arc::clone(crowd)));
    } else {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
