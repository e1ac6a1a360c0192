//! Paths, methods and statuses, and what a service says of itself.

use http::Method;
use longwire_transport::{Protocol, Route};

use crate::harness::{SID, Service, bodiless, config, plain, upgrade};

const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS, Method::PUT, Method::DELETE];

#[test]
fn what_is_nothing_is_answered_404() {
    let mut service = Service::new(config());
    let ids = ["//", "/a./a", "/a/a.", "/./.", "/", "///"].map(|ids| format!("{ids}/xhr"));
    let pages = ["iframe.htm", "iframe", "IFRAME.HTML", "IFRAME", "iframe.HTML", "iframe.xml", "iframe-/.html"];
    let pages = pages.map(|page| format!("/{page}"));
    let others =
        ["/a", "/a.html", "//", "///", "/a/a", "/a/a/", "/a/", "/000/x/XHR", "/000/x/nothing", "/Info", "/000/x/"];
    let others = others.map(str::to_owned);
    for path in ids.iter().chain(&pages).chain(&others) {
        for method in METHODS {
            let exchange = service.request(bodiless(plain(method.clone(), &format!("/echo{path}"))));
            assert_eq!(service.status(exchange), 404, "{method} {path}");
            assert_eq!(service.header(exchange, "content-type"), Some("text/plain; charset=UTF-8"));
        }
    }
    assert_eq!(service.made(), 0);
}

#[test]
fn other_paths_are_none_of_ours() {
    let service = Service::new(config());
    for path in ["/", "/ech", "/echoes", "/echoes/info", "/Echo", "/other/echo"] {
        assert!(!service.is_mine(path), "{path}");
    }
    assert!(service.is_mine("/echo?x"));
}

#[test]
fn wrong_methods_are_answered_405() {
    let mut service = Service::new(config());
    let session = |path| format!("/000/{SID}/{path}");
    for (path, allowed) in [
        (String::new(), "GET, HEAD"),
        ("/iframe.html".to_owned(), "GET, HEAD"),
        ("/info".to_owned(), "OPTIONS, GET, HEAD"),
        ("/websocket".to_owned(), "GET"),
        (session("websocket"), "GET"),
        (session("eventsource"), "GET"),
        (session("htmlfile"), "GET"),
        (session("jsonp"), "GET"),
        (session("xhr"), "OPTIONS, POST"),
        (session("xhr_streaming"), "OPTIONS, POST"),
        (session("xhr_send"), "OPTIONS, POST"),
        (session("jsonp_send"), "POST"),
    ] {
        for method in METHODS {
            if allowed.split(", ").any(|allowed| allowed == method.as_str()) {
                continue;
            }
            let mut request = upgrade(&format!("/echo{path}/?c=x")).method(method.clone());
            if method != Method::POST {
                request = plain(method.clone(), &format!("/echo{path}?c=x"));
            }
            let exchange = service.request(bodiless(request));
            assert_eq!(service.status(exchange), 405, "{method} {path}");
            assert_eq!(service.header(exchange, "allow"), Some(allowed));
            assert_eq!(service.header(exchange, "content-type"), None);
            assert_eq!(service.header(exchange, "content-length"), Some("0"));
            assert_eq!(service.body(exchange), "");
        }
    }
    assert_eq!(service.made(), 0);
}

#[test]
fn the_greeting_is_a_line() {
    let mut service = Service::new(config().cookie(true));
    for path in ["/echo", "/echo/", "/echo?x=1"] {
        let exchange = service.request(bodiless(plain(Method::GET, path)));
        assert_eq!((service.status(exchange), &*service.body(exchange)), (200, "Welcome to SockJS!\n"));
        assert_eq!(service.header(exchange, "content-type"), Some("text/plain; charset=UTF-8"));
        assert_eq!(service.header(exchange, "set-cookie"), None);
    }
}

#[test]
fn head_is_get_without_the_body() {
    let mut service = Service::new(config());
    for path in ["/echo", "/echo/info", "/echo/iframe.html"] {
        let get = service.request(bodiless(plain(Method::GET, path)));
        let head = service.request(bodiless(plain(Method::HEAD, path)));
        assert_eq!(service.body(head), "");
        for (name, value) in &service.head(get).headers {
            let entropy_apart = name == "content-length" && path.ends_with("info");
            assert!(entropy_apart || service.head(head).headers[name] == value, "{path} {name}");
        }
    }
}

#[test]
fn every_route_may_end_with_one_slash() {
    let mut service = Service::new(config());
    for (method, path, status) in [
        (Method::GET, "/echo/info/", 200),
        (Method::GET, "/echo/iframe.html/", 200),
        (Method::POST, "/echo/000/a/xhr/", 200),
        (Method::POST, "/echo/000/b/xhr_streaming/", 200),
        (Method::GET, "/echo/000/c/jsonp/?c=x", 200),
        (Method::POST, "/echo/000/a/xhr//", 404),
    ] {
        let exchange = service.request(bodiless(plain(method, path)));
        assert_eq!(service.status(exchange), status, "{path}");
    }
}

#[test]
fn transports_that_are_off_are_answered_404() {
    let all = [
        ("websocket", "websocket", Method::GET),
        ("xhr-streaming", "xhr_streaming", Method::POST),
        ("eventsource", "eventsource", Method::GET),
        ("htmlfile", "htmlfile", Method::GET),
        ("xhr-polling", "xhr", Method::POST),
        ("jsonp-polling", "jsonp", Method::GET),
    ];
    for (on, ..) in &all {
        let mut service = Service::new(config().transports([*on]));
        for (name, path, method) in &all {
            for method in [method, &Method::PUT] {
                let request = upgrade(&format!("/echo/000/{name}/{path}?c=x")).method(method.clone());
                let exchange = service.request(bodiless(request));
                assert_eq!(service.status(exchange) == 404, on != name, "{path} where {on} is on");
            }
        }
        let sends = |sender: &str| service.protocol.route(&sending(sender));
        let is_on = |sender| !matches!(sends(sender), Route::Answer(_));
        assert_eq!(is_on("jsonp_send"), *on == "jsonp-polling");
        assert_eq!(is_on("xhr_send"), !matches!(*on, "jsonp-polling" | "websocket"));
    }
}

fn sending(sender: &str) -> http::request::Parts {
    let request = bodiless(plain(Method::POST, &format!("/echo/000/{SID}/{sender}")));
    request.into_parts().0
}

#[test]
fn info_tells_what_is_on() {
    let info = |config| {
        let mut service = Service::new(config);
        let exchange = service.request(bodiless(plain(Method::GET, "/echo/info?t=1")));
        assert_eq!(service.status(exchange), 200);
        assert_eq!(service.header(exchange, "content-type"), Some("application/json; charset=UTF-8"));
        assert_eq!(service.header(exchange, "set-cookie"), None);
        serde_json::from_str::<serde_json::Value>(&service.body(exchange)).unwrap()
    };
    let expected = |websocket, cookie| serde_json::json!({ "websocket": websocket, "cookie_needed": cookie, "origins": ["*:*"], "entropy": 7 });
    assert_eq!(info(config()), expected(true, false));
    assert_eq!(info(config().cookie(true)), expected(true, true));
    assert_eq!(info(config().transports(["xhr-polling"])), expected(false, false));
    assert_eq!(info(config().base_url("http://n3.example/echo"))["base_url"], "http://n3.example/echo");
}

#[test]
fn entropy_is_that_of_the_moment() {
    let mut service = Service::new(config());
    let mut ask = || {
        let exchange = service.request(bodiless(plain(Method::GET, "/echo/info")));
        service.body(exchange)
    };
    assert_ne!(ask(), ask());
}
