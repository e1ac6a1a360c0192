//! Answers that hyper took and no client ever had: what they carried is not lost.

use longwire::Server;
use longwire_tests::client::handshake;
use longwire_tests::http::Request;
use longwire_tests::server::config;
use longwire_tests::{TestServer, Transport};

/// Far more than the buffers of both systems hold.
const LENGTH: usize = 24 << 20;

#[tokio::test]
async fn a_poll_whose_connection_breaks_within_the_answer_gives_its_messages_to_the_next() {
    let server = TestServer::start(Server::builder(config().backlog_bytes(2 * LENGTH))).await;
    let id = handshake(server.address, "").await;
    let target = Transport::XhrPolling.target(&id);
    let mut first = server.connect().await;
    first.get(&target).await.assert(200, "1::");
    first.send(Request::get(&target).to_bytes()).await;
    let long = "x".repeat(LENGTH);
    // The poll may not be held yet; then it finds the message when it comes.
    server.server.io().everybody().send(long.as_str());
    assert!(first.receive().await, "the answer has begun");
    first.reset();

    let mut second = server.connect().await;
    let answer = second.get(&target).await;
    assert_eq!(answer.text().len(), "3:::".len() + LENGTH);
    server.server.io().everybody().send("next");
    second.get(&target).await.assert(200, "3:::next");
    server.stop().await;
}
