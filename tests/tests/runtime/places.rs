//! How many connections a server keeps.

use longwire::Server;
use longwire_tests::server::config;
use longwire_tests::{TestServer, Transport};

#[tokio::test]
async fn a_websocket_keeps_the_place_of_its_connection() {
    let server = TestServer::start(Server::builder(config().max_connections(2))).await;
    // The handshake's connection is gone when the client is open, and its place free.
    let first = server.client(Transport::WEBSOCKET).await;
    let mut waiting = server.connect().await;
    waiting.get("/socket.io/").await.assert(200, "Welcome to socket.io.");
    let mut late = server.connect().await;
    late.send("GET /socket.io/ HTTP/1.1\r\nHost: x\r\n\r\n").await;
    late.assert_quiet().await;
    drop(first);
    late.response().await.assert(200, "Welcome to socket.io.");
    drop(waiting);
    server.stop().await;
}
