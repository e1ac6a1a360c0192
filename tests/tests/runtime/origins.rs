//! Origins: who may come in when there is a list, and what browsers are told.

use longwire::{Origins, Server, ServerBuilder};
use longwire_codec::websocket::client;
use longwire_tests::client::handshake;
use longwire_tests::server::config;
use longwire_tests::websocket::MASK;
use longwire_tests::{Dialect, Request, Response, TestServer, Transport};

fn builder(origins: Origins) -> ServerBuilder {
    Server::builder(config().origins(origins))
}

fn list() -> Origins {
    Origins::list(["a.example:80", "b.example:*", "*.c.example:443"]).unwrap()
}

fn cors(response: &Response) -> (Option<&str>, Option<&str>, Option<&str>) {
    let header = |name| response.header(name);
    (header("Access-Control-Allow-Origin"), header("Access-Control-Allow-Credentials"), header("Vary"))
}

#[tokio::test]
async fn a_list_lets_in_whom_it_names() {
    let server = TestServer::start(builder(list())).await;
    let mut connection = server.connect().await;
    for (name, value, is_allowed) in [
        ("Origin", "http://a.example", true),
        ("Origin", "https://a.example", false),
        ("Origin", "http://a.example:8080", false),
        ("Origin", "https://b.example:8443", true),
        ("Origin", "https://www.c.example", true),
        ("Origin", "https://c.example", false),
        ("Origin", "http://evil.example", false),
        ("Origin", "null", false),
        ("Origin", "nonsense", false),
        ("Referer", "http://a.example/page?x", true),
        ("Referer", "http://evil.example/http://a.example/", false),
        ("X-Other", "http://a.example", false),
    ] {
        let response = connection.request(&Request::get("/socket.io/1/").header(name, value)).await;
        assert_eq!(response.status, if is_allowed { 200 } else { 403 }, "{name}: {value}");
        let echoed = (is_allowed && name == "Origin").then_some(value);
        assert_eq!(cors(&response), (echoed, echoed.map(|_| "true"), echoed.map(|_| "Origin")), "{name}: {value}");
        if !is_allowed {
            response.assert(403, "handshake bad origin");
        }
    }
}

#[tokio::test]
async fn a_script_has_to_come_from_a_page_that_is_named() {
    for origins in [list(), list().without_origin(true)] {
        let server = TestServer::start(builder(origins.clone())).await;
        let mut connection = server.connect().await;
        let refused = "io.j[1](new Error(\"handshake bad origin\"));";
        connection.get("/socket.io/1/?jsonp=1").await.assert(200, refused);
        let request = Request::get("/socket.io/1/?jsonp=1").header("Referer", "http://evil.example/");
        connection.request(&request).await.assert(200, refused);
        let request = Request::get("/socket.io/1/?jsonp=1").header("Referer", "http://a.example/");
        let response = connection.request(&request).await;
        assert!(response.text().starts_with("io.j[1](\""), "{}", response.text());
        // A page can withhold where it comes from; a program has nothing to say.
        let plain = connection.get("/socket.io/1/").await;
        assert_eq!(plain.status == 200, origins != list(), "{}", plain.text());
        assert_eq!(connection.get("/socket.io/1/jsonp-polling/x?i=1").await.status, 403);
    }
}

/// 0.9.19 looks at the handshake only.
#[tokio::test]
async fn every_request_of_a_session_is_checked() {
    let server = TestServer::start(builder(list().without_origin(true))).await;
    let id = handshake(server.address, "").await;
    let mut connection = server.connect().await;
    for transport in [Transport::XhrPolling, Transport::JsonpPolling, Transport::HtmlFile, Transport::XhrMultipart] {
        for method in ["GET", "POST"] {
            let request = Request::new(method, &transport.target(&id)).header("Content-Length", 0);
            let response = connection.request(&request.header("Origin", "http://evil.example")).await;
            assert_eq!((response.status, cors(&response)), (403, (None, None, None)), "{method} {transport:?}");
        }
    }
    for (dialect, header) in [
        (Dialect::Rfc6455, "Origin"),
        (Dialect::Hybi8, "Sec-WebSocket-Origin"),
        (Dialect::Hybi7, "Sec-WebSocket-Origin"),
        (Dialect::Hixie76, "Origin"),
    ] {
        let request = dialect.request(&format!("/socket.io/1/websocket/{id}")).to_bytes();
        let request = String::from_utf8(request).unwrap();
        let own = format!("{header}: http://a.example");
        assert!(request.contains(&own));
        let mut connection = server.connect().await;
        connection.send(request.replace(&own, &format!("{header}: http://evil.example"))).await;
        assert_eq!(connection.response().await.status, 403, "{dialect:?}");
    }
    // The session is none the worse for it.
    let mut connection = server.connect().await;
    let request = Dialect::Rfc6455.request(&format!("/socket.io/1/websocket/{id}"));
    connection.send([&request.to_bytes()[..], &client::text("1:5:", MASK)].concat()).await;
    assert_eq!(connection.head().await.status, 101);
    assert_eq!(connection.exactly(5).await, b"\x81\x031::");
}

#[tokio::test]
async fn without_a_list_everybody_may_come_and_browsers_are_told_so() {
    let server = TestServer::start(builder(Origins::any())).await;
    let id = handshake(server.address, "").await;
    let mut connection = server.connect().await;
    let target = Transport::XhrPolling.target(&id);
    for (unknown, origin, expected) in [
        ("a", Some("http://a.example"), (Some("http://a.example"), Some("true"), Some("Origin"))),
        ("b", Some("null"), (Some("null"), Some("true"), Some("Origin"))),
        ("c", Some("not\tan origin"), (None, None, None)),
        ("d", None, (Some("*"), None, None)),
    ] {
        let with_origin = |request: Request| match origin {
            Some(origin) => request.header("Origin", origin),
            None => request,
        };
        for request in [
            Request::get("/socket.io/1/"),
            Request::post(&target, "3:::x"),
            Request::post(&target, "\u{fffd}broken"),
            Request::get(&Transport::XhrPolling.target(unknown)),
            Request::get("/socket.io/2/"),
            Request::get("/socket.io/"),
        ] {
            let response = connection.request(&with_origin(request)).await;
            assert_eq!(cors(&response), expected, "{origin:?} {}", response.text());
        }
    }
}
