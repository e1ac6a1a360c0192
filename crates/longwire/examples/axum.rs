//! longwire inside an application of axum 0.8: one port for both, handlers on both sides talk to the same clients.
//!
//! Start it with `cargo run -p longwire --example axum`. `curl -d dinner http://127.0.0.1:8080/announce` sends everybody an
//! `announcement`; clients of Socket.IO 0.7 to 0.9 connect to the same address and may `emit('who', callback)`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::Extensions;
use axum::routing::{get, post};
use longwire::{Ack, Config, Io, Layer, Namespace, PeerInfo, Server, Socket};

/// An ordinary route, with the clients of the real-time server as its state.
async fn announce(State(io): State<Io>, text: String) -> String {
    io.emit("announcement", &text);
    format!("told {} clients\n", io.count("/"))
}

/// An event: a client hears what the server knows of it.
async fn who(socket: Socket, ack: Ack) {
    let _ = ack.send(&(socket.handshake().address, socket.transport()));
}

/// axum leaves the client's address where longwire does not look by itself.
fn peer(extensions: &Extensions) -> Option<PeerInfo> {
    let ConnectInfo(address) = *extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(PeerInfo { address, secure: false })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::builder(Config::default()).namespace(Namespace::default().on("who", who)).build()?;
    let app = Router::new()
        .route("/", get(async || "An application with a real-time server in it.\n"))
        .route("/announce", post(announce))
        .with_state(server.io())
        // The last layer is the first to see a request. What is of no protocol goes on to the routes.
        .layer(Layer::new(&server).peer(peer));

    println!("listening on http://127.0.0.1:8080");
    let socket = longwire::listen(([127, 0, 0, 1], 8080).into())?;
    axum::serve(socket, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            // Without a handler for the signal there is nothing to wait for but the end of the process.
            let _ = tokio::signal::ctrl_c().await;
            // axum waits for every request, held polls included: so the sessions end first.
            server.shutdown(Duration::from_secs(5)).await;
        })
        .await?;
    Ok(())
}
