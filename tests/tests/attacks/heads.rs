//! Heads of requests that are too large, or made to be read in two ways, and targets that mean another place.

use longwire_tests::{Attacked, Bounds, Request, Transport};

/// Sends requests that are the last of their connections.
async fn assert_last(requests: &[(Vec<u8>, u16)]) {
    let server = Attacked::start(&[]).await;
    for (request, status) in requests {
        let mut connection = server.connect().await;
        // The server has no use for more and may close any time.
        let _ = connection.try_send(request).await;
        let response = connection.response().await;
        let begin = String::from_utf8_lossy(&request[..request.len().min(100)]);
        assert_eq!((response.status, response.text()), (*status, ""), "{begin}");
        connection.assert_end().await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

fn request() -> Request {
    Request::get("/socket.io/")
}

#[tokio::test]
async fn header_lines_of_64_kib_and_more() {
    let mut requests = Vec::new();
    for size in [64 << 10, 1 << 20, 16 << 20] {
        requests.extend([
            request().header("X", "y".repeat(size)),
            request().header(&"X".repeat(size), "y"),
            request().header("Cookie", "a=b; ".repeat(size / 5)),
            request().header("Sec-WebSocket-Key1", "1 ".repeat(size / 2)),
            Request::get(&format!("/{}", "x".repeat(size))),
            Request::new(&"G".repeat(size), "/socket.io/"),
        ]);
    }
    let mut requests: Vec<_> = requests.into_iter().map(|request| (request.to_bytes(), 431)).collect();
    requests.push((b"\r\n".repeat(1 << 20), 431));
    assert_last(&requests).await;
}

#[tokio::test]
async fn ten_thousand_headers() {
    let numbered = (0..10_000).fold(request(), |request, number| request.header(&format!("X-{number}"), "y"));
    let repeated = (0..10_000).fold(request(), |request, _| request.header("X", ""));
    // The host is one of those that are allowed.
    let one_more = (0..100).fold(request(), |request, _| request.header("X", "y"));
    assert_last(&[numbered, repeated, one_more].map(|request| (request.to_bytes(), 431))).await;
}

#[tokio::test]
async fn heads_that_can_be_read_in_two_ways() {
    let line = "GET /socket.io/ HTTP/1.1\r\n";
    let requests = [
        format!("{line}X: a\r\n b\r\n\r\n"),
        format!("{line}X: a\rb\r\n\r\n"),
        format!("{line}X: a\0b\r\n\r\n"),
        format!("{line}X : a\r\n\r\n"),
        format!("{line}X\r\n\r\n"),
        format!("{line}: a\r\n\r\n"),
        format!("{line}Ü: a\r\n\r\n"),
        format!("{line} X: a\r\n\r\n"),
        "GET /socket.io/ HTTP/1.1\rHost: x\r\r".to_owned(),
        "GET /socket.io/ HTTP/1.1 \r\n\r\n".to_owned(),
        "GET  /socket.io/ HTTP/1.1\r\n\r\n".to_owned(),
        "GET /socket.io/  HTTP/1.1\r\n\r\n".to_owned(),
        "GET\t/socket.io/\tHTTP/1.1\r\n\r\n".to_owned(),
        "GET /socket.io/\r\n\r\n".to_owned(),
        "GET /socket.io/ HTTP/1.2\r\n\r\n".to_owned(),
        "GET /socket.io/ HTTP/2.0\r\n\r\n".to_owned(),
        "GET /socket.io/ HTTP/11\r\n\r\n".to_owned(),
        format!("GET /socket.io/ HTTP/1.{}\r\n\r\n", "1".repeat(5000)),
        "GET /socket.io/ http/1.1\r\n\r\n".to_owned(),
        "GET /socket.io/\0 HTTP/1.1\r\n\r\n".to_owned(),
        "GET socket.io/ HTTP/1.1\r\n\r\n".to_owned(),
        "GET ? HTTP/1.1\r\n\r\n".to_owned(),
        "GET HTTP/1.1\r\n\r\n".to_owned(),
        "\0\r\n\r\n".to_owned(),
        "\u{feff}GET /socket.io/ HTTP/1.1\r\n\r\n".to_owned(),
    ];
    assert_last(&requests.map(|request| (request.into_bytes(), 400))).await;
}

const REVISION: &str = "Protocol version not supported.";
const WELCOME: &str = "Welcome to socket.io.";
const UNKNOWN: &str = "7:::1+0";
const UNSUPPORTED: &str = "transport not supported";
const NOWHERE: &str = "Not found.\n";

/// Targets are compared as they are written: nothing is decoded, joined or left out.
#[tokio::test]
async fn paths_that_would_mean_another_place_if_they_were_decoded() {
    let cases = [
        ("/socket%2eio/1/", 404, NOWHERE),
        ("/%73ocket.io/1/", 404, NOWHERE),
        ("/SOCKET.IO/1/", 404, NOWHERE),
        ("/socket.ioX/1/", 404, NOWHERE),
        ("/socket.io%2f1/", 404, NOWHERE),
        (r"/socket.io\1\", 404, NOWHERE),
        ("//socket.io/1/", 404, NOWHERE),
        ("/./socket.io/1/", 404, NOWHERE),
        ("/x/../socket.io/1/", 404, NOWHERE),
        ("/%2e%2e/socket.io/1/", 404, NOWHERE),
        ("/../../../etc/passwd", 404, NOWHERE),
        ("/..%2f..%2fetc/passwd", 404, NOWHERE),
        ("/socket.io/socket.io.js", 404, NOWHERE),
        ("/socket.io/static/../../../etc/passwd", 404, NOWHERE),
        ("*", 404, NOWHERE),
        ("example.com:80", 404, NOWHERE),
        ("/socket.io/%31/", 200, WELCOME),
        ("/socket.io/1%2f", 200, WELCOME),
        ("/socket.io//1/", 200, WELCOME),
        ("/socket.io/./1/", 200, WELCOME),
        ("/socket.io/../socket.io/1/", 200, WELCOME),
        ("/socket.io/1;x/", 200, WELCOME),
        ("/socket.io/+1/", 200, WELCOME),
        ("/socket.io/-1/", 200, WELCOME),
        ("/socket.io/1.0/", 200, WELCOME),
        ("/socket.io/01/", 500, REVISION),
        ("/socket.io/2/", 500, REVISION),
        ("/socket.io/1/../1/", 400, UNSUPPORTED),
        ("/socket.io/1//x", 400, UNSUPPORTED),
        ("/socket.io/1/%2e%2e/x", 400, UNSUPPORTED),
        ("/socket.io/1/xhr%2dpolling/x", 400, UNSUPPORTED),
        ("/socket.io/1/XHR-POLLING/x", 400, UNSUPPORTED),
        ("/socket.io/1/xhr-polling;x/y", 400, UNSUPPORTED),
        ("/socket.io/1/%00/x", 400, UNSUPPORTED),
        ("/socket.io/1/xhr-polling/..", 200, UNKNOWN),
        ("/socket.io/1/xhr-polling/%2e%2e", 200, UNKNOWN),
        ("/socket.io/1/xhr-polling/%00", 200, UNKNOWN),
        ("/socket.io/1/xhr-polling/x/y", 200, WELCOME),
        ("/socket.io/1/xhr-polling//x", 200, WELCOME),
        ("http://user:password@evil.example:99/socket.io/1/xhr-polling/absolute", 200, UNKNOWN),
        ("HTTPS://[::1]/socket.io/", 200, WELCOME),
        ("http://socket.io/1/", 404, NOWHERE),
        ("http://evil.example", 404, NOWHERE),
    ];
    let server = Attacked::start(&[]).await;
    let mut connection = server.connect().await;
    for (target, status, body) in cases {
        let response = connection.get(target).await;
        assert_eq!((response.status, response.text()), (status, body), "{target}");
    }
    // These are handshakes, whatever stands behind.
    for target in
        ["/socket.io/1/%2e%2e/", "/socket.io/1//", "/socket.io/1/%zz", "/socket.io/1?x", "/socket.io/1/?/../x"]
    {
        let response = connection.get(target).await;
        let id = response.text().split(':').next().unwrap();
        assert_eq!((response.status, id.len()), (200, 27), "{target}");
        connection.get(&format!("/socket.io/1//{id}?disconnect")).await.assert(200, "");
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn paths_as_long_as_a_head_may_be() {
    let server = Attacked::start(&[]).await;
    let mut connection = server.connect().await;
    let long = "x".repeat(15_000);
    for (target, status, body) in [
        (format!("/{long}"), 404, NOWHERE),
        (format!("/socket.io/{long}/"), 200, WELCOME),
        (format!("/socket.io/1/{long}/x"), 400, UNSUPPORTED),
        (format!("/socket.io/1{}", "/".repeat(15_000)), 200, WELCOME),
        (format!("/socket.io/1/xhr-polling/{long}"), 200, UNKNOWN),
        (format!("/socket.io/1//{long}?disconnect"), 200, ""),
    ] {
        let response = connection.get(&target).await;
        assert_eq!((response.status, response.text()), (status, body));
    }
    for query in ["&".repeat(15_000), "jsonp&".repeat(2_500), "a=b&".repeat(3_500), "%".repeat(15_000)] {
        assert_eq!(connection.get(&format!("/socket.io/1/?{query}")).await.status, 200);
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}

/// The server remembers unknown ids for a while, but not what they are.
#[tokio::test]
async fn session_ids_of_15_000_characters_that_nobody_gave_out() {
    let server = Attacked::start(&[]).await;
    let mut connection = server.connect().await;
    for number in 0..2_000 {
        let id = format!("{number:015000}");
        connection.get(&Transport::XhrPolling.target(&id)).await.assert(200, UNKNOWN);
    }
    drop(connection);
    server.assert_unharmed(Bounds::SMALL).await;
}
