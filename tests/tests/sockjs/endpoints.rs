//! What needs no session: greeting, `/info`, the iframe page, preflights, methods, cookies.

use longwire_tests::http::Framing;
use longwire_tests::sockjs::{Transport, fresh_base};
use longwire_tests::{Connection, Request, TestServer};
use serde_json::Value;

use crate::{echo, patient, serve};

const NO_CACHE: &str = "no-store, no-cache, no-transform, must-revalidate, max-age=0";

async fn start() -> (TestServer, Connection) {
    let server = serve(patient(), echo()).await;
    let connection = server.connect().await;
    (server, connection)
}

#[tokio::test]
async fn the_greeting_comes_twice_on_one_connection_and_without_its_body_to_head() {
    let (_server, mut connection) = start().await;
    for target in ["/echo", "/echo/", "/echo?x=1"] {
        let response = connection.get(target).await;
        response.assert(200, "Welcome to SockJS!\n");
        assert_eq!(response.header("Content-Type"), Some("text/plain; charset=UTF-8"));
        assert_eq!(response.framing, Framing::Length(19));
    }
    for (target, has_length) in [("/echo", true), ("/echo/info", true), ("/echo/iframe.html", true)] {
        let whole = connection.get(target).await;
        connection.send(Request::new("HEAD", target).to_bytes()).await;
        let head = connection.head().await;
        assert_eq!(head.status, 200);
        let length: usize = head.header("Content-Length").unwrap().parse().unwrap();
        // The random number in `/info` is as long as it happens to be.
        let is_close = length.abs_diff(whole.body.len()) <= 10;
        assert!(has_length && is_close, "{length} of {target}");
    }
    // Nothing followed the heads.
    connection.get("/echo").await.assert(200, "Welcome to SockJS!\n");
}

#[tokio::test]
async fn info_tells_what_there_is() {
    let (_server, mut connection) = start().await;
    let mut entropies = Vec::new();
    for _ in 0..3 {
        let response = connection.request(&Request::get("/echo/info").header("Origin", "http://a.example")).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header("Content-Type"), Some("application/json; charset=UTF-8"));
        assert_eq!(response.header("Cache-Control"), Some(NO_CACHE));
        assert_eq!(response.header("Access-Control-Allow-Origin"), Some("http://a.example"));
        assert_eq!(response.header("Access-Control-Allow-Credentials"), Some("true"));
        let info: Value = serde_json::from_str(response.text()).unwrap();
        assert_eq!((&info["websocket"], &info["cookie_needed"]), (&true.into(), &false.into()));
        assert_eq!(info["origins"], serde_json::json!(["*:*"]));
        entropies.push(info["entropy"].as_u64().unwrap());
    }
    entropies.dedup();
    assert_eq!(entropies.len(), 3);
    let bare = connection.get("/echo/info").await;
    assert_eq!(bare.header("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(bare.header("Access-Control-Allow-Credentials"), None);
}

#[tokio::test]
async fn preflights_have_no_body_and_no_length() {
    let (_server, mut connection) = start().await;
    for (target, methods) in [
        ("/echo/info", "OPTIONS, GET"),
        ("/echo/a/b/xhr", "OPTIONS, POST"),
        ("/echo/a/b/xhr_send", "OPTIONS, POST"),
        ("/echo/a/b/xhr_streaming", "OPTIONS, POST"),
    ] {
        let response = connection.request(&Request::new("OPTIONS", target).header("Origin", "null")).await;
        assert_eq!((response.status, response.framing), (204, Framing::None), "{target}");
        assert_eq!(response.header("Content-Length"), None);
        assert_eq!(response.header("Transfer-Encoding"), None);
        assert_eq!(response.header("Access-Control-Allow-Methods"), Some(methods));
        assert_eq!(response.header("Access-Control-Allow-Origin"), Some("null"));
        assert_eq!(response.header("Cache-Control"), Some("public, max-age=31536000"));
        assert!(response.header("Expires").is_some());
    }
}

#[tokio::test]
async fn the_iframe_page_has_a_tag_and_is_not_sent_twice() {
    let (_server, mut connection) = start().await;
    let first = connection.get("/echo/iframe.html").await;
    assert_eq!(first.status, 200);
    assert!(first.text().contains("SockJS.bootstrap_iframe();") && first.text().contains("sockjs-client@1/"));
    let tag = first.header("ETag").unwrap();
    for target in ["/echo/iframe-.html", "/echo/iframe-0.1.2abc-dirty.2144.html?t=1"] {
        let other = connection.get(target).await;
        assert_eq!((other.text(), other.header("ETag")), (first.text(), Some(tag)));
        let same = connection.request(&Request::get(target).header("If-None-Match", tag)).await;
        assert_eq!((same.status, same.framing, same.header("Content-Type")), (304, Framing::None, None));
        assert_eq!((same.header("Content-Length"), same.header("Transfer-Encoding")), (None, None));
    }
}

#[tokio::test]
async fn paths_that_are_none_and_methods_that_do_not_fit() {
    let (_server, mut connection) = start().await;
    for target in ["/echo/a", "/echo/a/a", "/echo//", "/echo/a./a/xhr", "/echo/iframe.htm", "/echo/a/b/XHR", "/echoes"]
    {
        assert_eq!(connection.get(target).await.status, 404, "{target}");
        assert_eq!(connection.post(target, "x").await.status, 404, "{target}");
    }
    for (method, target, allowed) in [
        ("GET", "/echo/a/b/xhr", "OPTIONS, POST"),
        ("POST", "/echo/a/b/eventsource", "GET"),
        ("POST", "/echo/info", "OPTIONS, GET"),
        ("PUT", "/echo/a/b/xhr_send", "OPTIONS, POST"),
    ] {
        let response = connection.request(&Request::new(method, target).header("Content-Length", 0)).await;
        assert_eq!((response.status, response.framing), (405, Framing::Length(0)), "{target}");
        let mut own: Vec<&str> = response.header("Allow").unwrap().split(", ").collect();
        own.retain(|method| *method != "HEAD");
        own.sort_unstable();
        let mut wanted: Vec<&str> = allowed.split(", ").collect();
        wanted.sort_unstable();
        assert_eq!(own, wanted, "{target}");
        assert_eq!(response.header("Content-Type"), None);
    }
}

#[tokio::test]
async fn with_cookies_every_answer_of_a_session_has_one() {
    let server = serve(patient().cookie(true), echo()).await;
    for transport in Transport::HTTP {
        for (cookie, expected) in [(None, "dummy"), (Some("a=b; JSESSIONID=node1"), "node1")] {
            let base = fresh_base("/echo");
            let mut connection = server.connect().await;
            let with = |request: Request| match cookie {
                Some(cookie) => request.header("Cookie", cookie),
                None => request,
            };
            connection.send(with(transport.request(&base)).to_bytes()).await;
            let head = connection.head().await;
            assert_eq!(head.header("Set-Cookie"), Some(format!("JSESSIONID={expected}; path=/").as_str()));
            assert_eq!(head.header("Cache-Control"), Some(NO_CACHE));
            let sent = server.connect().await.request(&with(Request::post(&format!("{base}/xhr_send"), "[]"))).await;
            assert_eq!(sent.status, 204);
            assert_eq!((sent.header("Content-Length"), sent.header("Transfer-Encoding")), (None, None));
            assert_eq!(sent.header("Set-Cookie"), Some(format!("JSESSIONID={expected}; path=/").as_str()));
        }
    }
    let mut connection = server.connect().await;
    for target in ["/echo", "/echo/info", "/echo/iframe.html"] {
        assert_eq!(connection.get(target).await.header("Set-Cookie"), None);
    }
    assert!(connection.get("/echo/info").await.text().contains(r#""cookie_needed":true"#));
}

#[tokio::test]
async fn an_old_http_has_no_chunks() {
    let server = serve(patient(), echo()).await;
    let mut connection = server.connect().await;
    let target = format!("{}/xhr_streaming", fresh_base("/echo"));
    connection.send(Request::of_version("POST", &target, "HTTP/1.0").header("Content-Length", 0).to_bytes()).await;
    let head = connection.head().await;
    assert_eq!((head.status, head.framing), (200, Framing::Close));
    assert_eq!(connection.exactly(2048 + 3).await, [&[b'h'; 2048][..], b"\no\n"].concat());
}
