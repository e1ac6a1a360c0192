//! Heads of requests, and connections without any: what is too large, too slow, or in two minds about its length.

use std::time::{Duration, Instant};

use longwire::Server;
use longwire_tests::client::handshake;
use longwire_tests::server::{config, revision1};
use longwire_tests::{Request, TestServer, Transport};

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(60);

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = TestServer::start(Server::builder(config().header_bytes(8192))).await;
    for (size, status) in [(7000, 200), (9000, 431)] {
        let mut connection = server.connect().await;
        let request = Request::get("/socket.io/").header("X-Large", "x".repeat(size));
        assert_eq!(connection.request(&request).await.status, status, "{size}");
        let mut connection = server.connect().await;
        let target = format!("/socket.io/?{}", "x".repeat(size));
        let response = connection.get(&target).await;
        assert!(response.status == status || (status == 431 && response.status == 414), "{size}: {}", response.status);
    }
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    let server = TestServer::start(Server::builder(config().header_count(20))).await;
    for (count, status) in [(19, 200), (20, 431)] {
        let mut connection = server.connect().await;
        let request =
            (0..count).fold(Request::get("/socket.io/"), |request, number| request.header(&format!("X-{number}"), ""));
        assert_eq!(connection.request(&request).await.status, status, "{count}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let server = TestServer::start(Server::builder(config())).await;
    for nonsense in [
        "nonsense\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\x03\x03",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
    ] {
        let mut connection = server.connect().await;
        connection.send(nonsense).await;
        assert_eq!(connection.response().await.status, 400, "{nonsense:?}");
        connection.assert_end().await;
    }
}

/// Two lengths are how requests are smuggled past a proxy.
#[tokio::test]
async fn a_request_with_two_lengths_is_the_last_of_its_connection() {
    let server = TestServer::start(Server::builder(config())).await;
    let client = server.client(Transport::XhrPolling).await;
    let target = Transport::XhrPolling.target(&client.id);
    for headers in
        [["Content-Length: 5", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked", "Content-Length: 5"]]
    {
        let mut connection = server.connect().await;
        let head = format!("POST {target} HTTP/1.1\r\nHost: example.com\r\n{}\r\n\r\n", headers.join("\r\n"));
        connection.send(format!("{head}0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n")).await;
        assert_eq!(connection.response().await.status, 400, "{headers:?}");
        connection.assert_end().await;
    }
    for lengths in
        ["Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6", "Content-Length: -5", "Content-Length: 0x5"]
    {
        let mut connection = server.connect().await;
        connection.send(format!("POST {target} HTTP/1.1\r\nHost: example.com\r\n{lengths}\r\n\r\n3:::x")).await;
        assert_eq!(connection.response().await.status, 400, "{lengths:?}");
        connection.assert_end().await;
    }
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed_after_a_while() {
    for flash_policy in [true, false] {
        let config = config().idle_timeout(SHORT).header_timeout(LONG).flash_policy(flash_policy);
        let server = TestServer::start(Server::builder(config)).await;
        let began = Instant::now();
        server.connect().await.assert_end().await;
        assert!(began.elapsed() >= SHORT, "closed after {:?}", began.elapsed());

        let mut used = server.connect().await;
        assert_eq!(used.get("/socket.io/").await.status, 200);
        let began = Instant::now();
        used.assert_end().await;
        assert!(began.elapsed() >= SHORT / 2, "closed after {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_head_that_drips_in_is_not_waited_for() {
    let server = TestServer::start(Server::builder(config().idle_timeout(LONG).header_timeout(SHORT))).await;
    for uses in [0, 1] {
        let mut connection = server.connect().await;
        for _ in 0..uses {
            assert_eq!(connection.get("/socket.io/").await.status, 200);
        }
        let began = Instant::now();
        connection.send("GET /socket.io/ HTTP/1.1\r\n").await;
        let dripping = async {
            // Each drop in time, all of them too late; the server is gone at some point.
            while connection.try_send("X: y\r\n").await.is_ok() {
                tokio::time::sleep(SHORT / 10).await;
            }
        };
        longwire_tests::within("the server to give up", dripping).await;
        assert!(began.elapsed() >= SHORT / 2, "closed after {:?}", began.elapsed());
    }
    // Quick ones are served, also one by one byte.
    let mut connection = server.connect().await;
    for byte in Request::get("/socket.io/").to_bytes() {
        connection.send([byte]).await;
    }
    assert_eq!(connection.response().await.status, 200);
}

#[tokio::test]
async fn a_request_that_is_being_answered_is_not_idle() {
    let rev1 = revision1().polling_duration(SHORT * 3);
    let config = config().socketio_rev1(rev1).idle_timeout(SHORT).header_timeout(SHORT);
    let server = TestServer::start(Server::builder(config)).await;
    let id = handshake(server.address, "").await;
    let mut connection = server.connect().await;
    let target = Transport::XhrPolling.target(&id);
    connection.get(&target).await.assert(200, "1::");
    // Held for longer than an idle connection may live.
    connection.get(&target).await.assert(200, "8::");

    let mut stream = server.client(Transport::HtmlFile).await;
    let mut socket = server.client(Transport::WEBSOCKET).await;
    tokio::time::sleep(SHORT * 3).await;
    server.server.io().everybody().send("still here");
    stream.expect(&["3:::still here"]).await;
    socket.expect(&["3:::still here"]).await;
}

#[tokio::test]
async fn a_peer_that_takes_nothing_loses_its_connection() {
    let config = config().write_timeout(SHORT).backlog_bytes(64 << 20);
    let server = TestServer::start(Server::builder(config)).await;
    let mut client = server.client(Transport::HtmlFile).await;
    // More than the socket buffers in between hold.
    for _ in 0..32 {
        server.server.io().everybody().send("x".repeat(1 << 20));
    }
    server.sessions(0).await;
    // What was on its way arrives, then the connection ends somewhere.
    let rest = client.connection().rest().await;
    assert!(rest.len() < 32 << 20, "{}", rest.len());
}

#[tokio::test]
async fn requests_in_one_breath_are_answered_in_order() {
    let server = TestServer::start(Server::builder(config())).await;
    let client = server.client(Transport::XhrPolling).await;
    let target = Transport::XhrPolling.target(&client.id);
    let mut connection = server.connect().await;
    let requests = [
        Request::post(&target, "3:1::x"),
        Request::get("/socket.io/"),
        Request::get(&target),
        Request::get("/nowhere"),
    ];
    connection.send(requests.iter().flat_map(Request::to_bytes).collect::<Vec<u8>>()).await;
    connection.response().await.assert(200, "1");
    connection.response().await.assert(200, "Welcome to socket.io.");
    connection.response().await.assert(200, "6:::1");
    connection.response().await.assert(404, "Not found.\n");
}
