//! A WebSocket whose peer takes nothing.

use std::time::Duration;

use longwire::{DisconnectReason, Namespace, Server, State};
use longwire_tests::server::config;
use longwire_tests::{Tell, TestServer, Transport, told};

/// Far more than the buffers of both systems hold.
const LENGTH: usize = 24 << 20;

#[tokio::test]
async fn a_peer_that_takes_nothing_loses_its_session_and_one_that_takes_it_slowly_does_not() {
    let (log, mut told) = told::<String>();
    let namespace =
        Namespace::default().on_disconnect(async |reason: DisconnectReason, State(log): State<Tell<String>>| {
            log.tell(reason.to_string());
        });
    let config = config().backlog_bytes(2 * LENGTH).write_timeout(Duration::from_secs(2));
    let server = TestServer::start(Server::builder(config).state(log).namespace(namespace)).await;
    let stuck = server.client(Transport::WEBSOCKET).await;
    let mut slow = server.client(Transport::WEBSOCKET).await;
    let long = "x".repeat(LENGTH);
    server.server.io().everybody().send(long.as_str());
    assert_eq!(slow.packet().await.len(), "3:::".len() + LENGTH);
    assert_eq!(told.hear().await, "slow consumer");
    slow.send("0::").await;
    assert_eq!(told.hear().await, "booted");
    drop((stuck, slow));
    server.stop().await;
}
