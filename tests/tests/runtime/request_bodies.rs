//! Bodies of requests: what is too large, too slow or broken, and what that does to the session. Nothing.

use std::time::Duration;

use longwire::Server;
use longwire_tests::server::config;
use longwire_tests::{Client, Request, TestServer, Transport};

/// A server that takes 1000 bytes within `time`, and a client on it.
async fn start(time: Duration) -> (TestServer, Client) {
    let server = TestServer::start(Server::builder(config().max_payload(1000).body_timeout(time))).await;
    let client = server.client(Transport::XhrPolling).await;
    (server, client)
}

/// The session is there, and heard nothing.
async fn assert_unharmed(client: &mut Client) {
    client.send("1:9:").await;
    client.expect(&["6:::9", "1::"]).await;
}

fn chunked(target: &str, body: &str) -> Request {
    Request::new("POST", target).header("Transfer-Encoding", "chunked").body(body)
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_by_its_length() {
    let (server, mut client) = start(Duration::from_secs(60)).await;
    for transport in [Transport::XhrPolling, Transport::JsonpPolling, Transport::HtmlFile] {
        let mut connection = server.connect().await;
        let request = Request::new("POST", &transport.target(&client.id)).header("Content-Length", 1001);
        let response = connection.request(&request.header("Origin", "http://a.example")).await;
        assert_eq!(response.status, 413);
        assert_eq!(response.header("Access-Control-Allow-Origin"), Some("http://a.example"));
        assert_eq!(response.header("Connection"), Some("close"));
        connection.assert_end().await;
    }
    assert_unharmed(&mut client).await;
}

#[tokio::test]
async fn a_body_without_a_length_is_refused_when_it_has_become_too_large() {
    let (server, mut client) = start(Duration::from_secs(60)).await;
    let mut connection = server.connect().await;
    let chunk = format!("1f4\r\n{}\r\n", "x".repeat(500));
    let request = chunked(&Transport::XhrPolling.target(&client.id), &chunk.repeat(2));
    connection.send(request.to_bytes()).await;
    connection.assert_quiet().await;
    connection.send("1\r\nx\r\n").await;
    assert_eq!(connection.response().await.status, 413);
    connection.assert_end().await;
    assert_unharmed(&mut client).await;
}

#[tokio::test]
async fn the_largest_body_is_taken_in_any_shape() {
    let (server, mut client) = start(Duration::from_secs(60)).await;
    let target = Transport::XhrPolling.target(&client.id);
    let mut connection = server.connect().await;
    let body = format!("3:::{}", "x".repeat(996));
    connection.post(&target, body.as_str()).await.assert(200, "1");
    let in_chunks: String = body.as_bytes().iter().map(|byte| format!("1\r\n{}\r\n", char::from(*byte))).collect();
    connection.request(&chunked(&target, &format!("{in_chunks}0\r\n\r\n"))).await.assert(200, "1");
    // Old browsers say nothing of the type, or something else.
    let request = Request::post(&target, "2::").header("Content-Type", "application/octet-stream");
    connection.request(&request).await.assert(200, "1");
    assert_unharmed(&mut client).await;
}

/// A client that sends all of it first and reads then still finds the answer: it must not be overtaken by a reset.
#[tokio::test]
async fn who_sends_too_much_before_reading_is_told_all_the_same() {
    let (server, mut client) = start(Duration::from_secs(60)).await;
    for _ in 0..10 {
        let mut connection = server.connect().await;
        let request = Request::post(&Transport::XhrPolling.target(&client.id), vec![b'x'; 300_000]);
        // The server has no use for it and may close any time.
        let _ = connection.try_send(request.to_bytes()).await;
        assert_eq!(connection.response().await.status, 413);
    }
    assert_unharmed(&mut client).await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let (server, mut client) = start(Duration::from_millis(50)).await;
    let target = Transport::XhrPolling.target(&client.id);
    for request in [
        Request::new("POST", &target).header("Content-Length", 5).body("3::"),
        Request::new("POST", &target).header("Content-Length", 5),
        chunked(&target, "3\r\n3::\r\n"),
    ] {
        let mut connection = server.connect().await;
        let response = connection.request(&request).await;
        assert_eq!((response.status, response.header("Connection")), (408, Some("close")));
        connection.assert_end().await;
    }
    assert_unharmed(&mut client).await;
}

#[tokio::test]
async fn a_body_that_drips_in_is_not_waited_for() {
    let config = config()
        .max_payload(1001)
        .body_timeout(Duration::from_secs(600))
        .body_grace(Duration::from_millis(50))
        .body_rate(20);
    let server = TestServer::start(Server::builder(config)).await;
    let mut client = server.client(Transport::XhrPolling).await;
    let target = Transport::XhrPolling.target(&client.id);
    // 1000 bytes at once are worth 50 seconds of waiting for the last one.
    let mut patient = server.connect().await;
    let request = Request::new("POST", &target).header("Content-Length", 1001);
    patient.send(request.body(format!("3:::{}", "x".repeat(996))).to_bytes()).await;
    let mut dripping = server.connect().await;
    let response = dripping.request(&Request::new("POST", &target).header("Content-Length", 5).body("3")).await;
    assert_eq!((response.status, response.header("Connection")), (408, Some("close")));
    dripping.assert_end().await;
    patient.send("x").await;
    patient.response().await.assert(200, "1");
    assert_unharmed(&mut client).await;
}

#[tokio::test]
async fn a_body_that_ends_early_counts_for_nothing() {
    let (server, mut client) = start(Duration::from_secs(60)).await;
    let target = Transport::XhrPolling.target(&client.id);
    for request in [
        Request::new("POST", &target).header("Content-Length", 10).body("3:::x"),
        chunked(&target, "5\r\n3:::x\r\n"),
        chunked(&target, "ff\r\n3:::x\r\n"),
    ] {
        let mut connection = server.connect().await;
        connection.send(request.to_bytes()).await;
        connection.finish().await;
        let response = connection.try_response().await;
        assert!(response.as_ref().is_none_or(|response| response.status == 400), "{response:?}");
        connection.assert_end().await;

        let mut connection = server.connect().await;
        connection.send(request.to_bytes()).await;
        connection.reset();
    }
    assert_unharmed(&mut client).await;
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_a_bad_request() {
    let (server, mut client) = start(Duration::from_secs(60)).await;
    let target = Transport::XhrPolling.target(&client.id);
    let mut connection = server.connect().await;
    for body in [
        &b"3:::\xff"[..],
        "\u{fffd}5\u{fffd}3:::x\u{fffd}".as_bytes(),
        "\u{fffd}6\u{fffd}3:::x".as_bytes(),
        "\u{fffd}5\u{fffd}3:::x3:::y".as_bytes(),
        "\u{fffd}\u{fffd}3:::x".as_bytes(),
        "\u{fffd}0x5\u{fffd}3:::x".as_bytes(),
    ] {
        assert_eq!(connection.post(&target, body).await.status, 400, "{body:?}");
    }
    let jsonp = Transport::JsonpPolling.target(&client.id);
    for form in ["d=5%", "d=%22unfinished", "d=1&d=2", "e=1", "d=%FF"] {
        assert_eq!(connection.post(&jsonp, form).await.status, 400, "{form}");
    }
    // Chunks that are none end the connection, because nobody knows where the next request begins.
    let mut broken = server.connect().await;
    let response = broken.request(&chunked(&target, "nonsense\r\n3:::x\r\n0\r\n\r\n")).await;
    assert_eq!(response.status, 400);
    broken.assert_end().await;
    assert_unharmed(&mut client).await;
}

#[tokio::test]
async fn a_request_waits_for_the_word_to_go_on() {
    let (server, mut client) = start(Duration::from_secs(60)).await;
    let target = Transport::XhrPolling.target(&client.id);
    let mut connection = server.connect().await;
    let request = Request::new("POST", &target).header("Content-Length", 5).header("Expect", "100-continue");
    connection.send(request.to_bytes()).await;
    assert_eq!(connection.up_to(b"\r\n\r\n").await.unwrap(), b"HTTP/1.1 100 Continue\r\n\r\n");
    connection.send("3:::x").await;
    connection.response().await.assert(200, "1");
    // A body that will not be taken need not be sent.
    let request = Request::new("POST", &target).header("Content-Length", 5000).header("Expect", "100-continue");
    assert_eq!(connection.request(&request).await.status, 413);
    assert_unharmed(&mut client).await;
}
