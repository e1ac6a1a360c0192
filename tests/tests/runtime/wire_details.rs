//! Details of the wire that old clients and the proxies of their time depend on.

use std::time::Duration;

use longwire::{Namespace, Server, Socket, Text};
use longwire_tests::client::handshake;
use longwire_tests::server::{config, revision1};
use longwire_tests::{Client, Connection, Dialect, Request, Response, TestServer, Transport};

async fn start() -> TestServer {
    let echo = async |socket: Socket, Text(text): Text| socket.send(text).unwrap();
    TestServer::start(Server::builder(config()).namespace(Namespace::new("/").on_text(echo))).await
}

/// What was sent before on other connections has been seen when this returns: the server is on this one thread.
async fn round_trip(server: &TestServer) {
    server.connect().await.get("/socket.io/").await.assert(200, "Welcome to socket.io.");
}

/// Names and values as they stood there, but for the date.
fn headers(response: &Response) -> Vec<String> {
    let dated = response.headers.iter().filter(|(name, _)| name != "Date");
    dated.map(|(name, value)| format!("{name}: {value}")).collect()
}

#[tokio::test]
async fn every_answer_has_just_these_headers() {
    const CORS: [&str; 3] =
        ["Access-Control-Allow-Credentials: true", "Vary: Origin", "Access-Control-Allow-Origin: http://a.example"];
    let server = start().await;
    let text = "Content-Type: text/plain; charset=UTF-8";
    let stream = ["Cache-Control: no-store, no-transform", "X-Accel-Buffering: no"];
    for (transport, expected) in [
        (Transport::XhrPolling, [&[text, "Cache-Control: no-store"][..], &CORS, &["Content-Length: 3"]].concat()),
        (
            Transport::JsonpPolling,
            vec![
                "Content-Type: text/javascript; charset=UTF-8",
                "Cache-Control: no-store",
                "X-Content-Type-Options: nosniff",
                "X-Xss-Protection: 0",
                "Content-Length: 15",
            ],
        ),
        (
            Transport::HtmlFile,
            [&["Content-Type: text/html; charset=UTF-8"], &stream[..], &["Transfer-Encoding: chunked"]].concat(),
        ),
        (
            Transport::XhrMultipart,
            [
                &["Content-Type: multipart/x-mixed-replace;boundary=\"socketio\""],
                &stream[..],
                &CORS,
                &["Transfer-Encoding: chunked"],
            ]
            .concat(),
        ),
        (
            Transport::WEBSOCKET,
            vec!["Upgrade: websocket", "Connection: Upgrade", "Sec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
        ),
    ] {
        let target = transport.target(&handshake(server.address, "").await);
        let mut connection = server.connect().await;
        let request = if let Transport::WebSocket(dialect) = transport {
            dialect.request(&target)
        } else {
            Request::get(&target).header("Origin", "http://a.example")
        };
        connection.send(request.to_bytes()).await;
        assert_eq!(headers(&connection.head().await), expected, "{transport:?}");

        let mut connection = server.connect().await;
        if let Transport::WebSocket(_) = transport {
            continue;
        }
        let request = Request::post(&target, "").header("Origin", "http://a.example");
        let response = connection.request(&request).await;
        let expected =
            [&[text, "Cache-Control: no-store"][..], &CORS, &["X-Xss-Protection: 0", "Content-Length: 1"]].concat();
        assert_eq!(headers(&response), expected, "{transport:?}");
    }
}

#[tokio::test]
async fn the_handshake_of_hixie_76_says_what_flash_wants_to_read() {
    let server = start().await;
    let target = Transport::FlashSocket.target(&handshake(server.address, "").await);
    let mut connection = server.connect().await;
    // Header order and an empty cookie, as the Flash client writes them.
    let request = format!(
        "GET {target} HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: example.com:8080\r\n\
         Origin: http://A.example\r\nCookie: \r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n\
         Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n^n:ds[4U"
    );
    connection.send(request).await;
    let head = connection.head().await;
    assert_eq!((head.version.as_str(), head.status), ("HTTP/1.1", 101));
    let expected = [
        "Upgrade: WebSocket".to_owned(),
        "Connection: Upgrade".to_owned(),
        "Sec-Websocket-Origin: http://A.example".to_owned(),
        format!("Sec-Websocket-Location: ws://example.com:8080{target}"),
    ];
    assert_eq!(headers(&head), expected);
}

#[tokio::test]
async fn packets_are_framed_from_two_on_and_travel_alone_with_a_delimiter_in_them() {
    let server = start().await;
    let mut client = server.client(Transport::XhrPolling).await;
    let target = Transport::XhrPolling.target(&client.id);
    let io = server.server.io();
    for text in ["one", "😀", "with \u{fffd} in it", "two", "three"] {
        io.everybody().send(text);
    }
    let mut connection = server.connect().await;
    for body in [
        "\u{fffd}7\u{fffd}3:::one\u{fffd}6\u{fffd}3:::😀",
        "3:::with \u{fffd} in it",
        "\u{fffd}7\u{fffd}3:::two\u{fffd}9\u{fffd}3:::three",
    ] {
        connection.get(&target).await.assert(200, body);
    }
    client.listen().await;
    io.everybody().send("only one");
    client.connection().response().await.assert(200, "3:::only one");
}

#[tokio::test]
async fn http_1_0_gets_no_chunks_and_is_closed_unless_it_asks_to_stay() {
    let server = start().await;
    let id = handshake(server.address, "").await;
    let polling = Transport::XhrPolling.target(&id);
    let mut connection = server.connect().await;
    let request = Request::of_version("GET", &polling, "HTTP/1.0");
    connection.request(&request).await.assert(200, "1::");
    connection.assert_end().await;

    let mut connection = server.connect().await;
    let keeping = Request::of_version("POST", &polling, "HTTP/1.0").header("Content-Length", 5).body("3:::x");
    let response = connection.request(&keeping.header("Connection", "keep-alive")).await;
    assert_eq!((response.text(), response.header("Connection")), ("1", Some("keep-alive")));
    connection.get(&polling).await.assert(200, "3:::x");

    let htmlfile = Transport::HtmlFile.target(&handshake(server.address, "").await);
    let mut connection = server.connect().await;
    connection.send(Request::of_version("GET", &htmlfile, "HTTP/1.0").to_bytes()).await;
    assert_eq!(connection.head().await.header("Transfer-Encoding"), None);
    let page = connection.exactly(256).await;
    assert!(page.ends_with(b" ") && page.starts_with(b"<html><body><script>"));
    assert_eq!(connection.exactly(26).await, br#"<script>_("1::");</script>"#);
}

/// A client with two poll loops must neither hang nor spin.
#[tokio::test]
async fn a_second_poll_takes_over_and_the_first_is_answered_in_its_own_time() {
    let rev1 = revision1().polling_duration(Duration::from_millis(100));
    let server = TestServer::start(Server::builder(config().socketio_rev1(rev1))).await;
    let client = server.client(Transport::XhrPolling).await;
    let poll = Request::get(&Transport::XhrPolling.target(&client.id)).to_bytes();
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.send(&poll).await;
    round_trip(&server).await;
    second.send(&poll).await;
    round_trip(&server).await;
    server.server.io().everybody().send("news");
    second.response().await.assert(200, "3:::news");
    first.response().await.assert(200, "8::");
}

#[tokio::test]
async fn what_was_meant_for_a_poll_that_has_gone_waits_for_the_next() {
    let server = start().await;
    let mut client = server.client(Transport::XhrPolling).await;
    let poll = Request::get(&Transport::XhrPolling.target(&client.id)).to_bytes();
    let gone: [fn(Connection); 2] = [drop, Connection::reset];
    for end in gone {
        let mut connection = server.connect().await;
        connection.send(&poll).await;
        round_trip(&server).await;
        end(connection);
        round_trip(&server).await;
        server.server.io().everybody().send("not lost");
        client.expect(&["3:::not lost"]).await;
    }
}

#[tokio::test]
async fn a_post_may_name_another_transport_and_changes_nothing_else() {
    let server = start().await;
    let mut client = server.client(Transport::HtmlFile).await;
    let mut connection = server.connect().await;
    connection.post(&Transport::XhrPolling.target(&client.id), "3:::as text").await.assert(200, "1");
    connection.post(&Transport::JsonpPolling.target(&client.id), "d=%223%3A%3A%3Aas+a+form%22").await.assert(200, "1");
    connection.post(&Transport::JsonpPolling.target(&client.id), "d=3%3A%3A%3Araw").await.assert(200, "1");
    client.expect(&["3:::as text", "3:::as a form", "3:::raw"]).await;
    assert_eq!(server.server.io().sockets()[0].transport(), "htmlfile");
}

#[tokio::test]
async fn a_second_websocket_takes_over_without_another_greeting() {
    let server = start().await;
    let mut first = server.client(Transport::WEBSOCKET).await;
    let mut second = Client::join(server.address, Transport::WebSocket(Dialect::Hybi8), &first.id).await;
    second.send("3:::from the second").await;
    second.expect(&["3:::from the second"]).await;
    first.send("3:::from the first").await;
    first.assert_end().await;
    second.send("3:::still here").await;
    second.expect(&["3:::still here"]).await;
    assert_eq!(server.server.sessions(), 1);
}

/// The first thing of a client may be a POST: it is heard, and `1::` still waits for the first GET.
#[tokio::test]
async fn a_post_ahead_of_the_first_get_is_heard() {
    let server = start().await;
    let id = handshake(server.address, "").await;
    server.connect().await.post(&Transport::XhrPolling.target(&id), "3:::early").await.assert(200, "1");
    let mut client = Client::join(server.address, Transport::XhrPolling, &id).await;
    client.expect(&["1::", "3:::early"]).await;
}

#[tokio::test]
async fn queries_of_the_application_and_of_old_clients_are_no_matter() {
    let server = start().await;
    for query in ["?t1312200250539", "/?t=1&a=%zz&b=|\u{7c}", "?token=a:b/c", "/"] {
        let id = handshake(server.address, "").await;
        let target = format!("/socket.io/1/xhr-polling/{id}{query}");
        server.connect().await.get(&target).await.assert(200, "1::");
    }
}
