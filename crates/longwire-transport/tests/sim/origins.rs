//! Which pages may do what: the list is applied to every request.

use http::{Method, Request};
use longwire_transport::origin::Origins;
use longwire_transport::socketio_rev1::Rev1;
use longwire_transport::{Chunk, Protocol, Route};

use crate::harness::{body, config, get, head, upgrade, upgrade_76};

fn listed() -> Rev1 {
    Rev1::new(config().origins(Origins::list(["a.example:80", "b.example:*"]).unwrap())).unwrap()
}

fn lenient() -> Rev1 {
    let origins = Origins::list(["a.example:80"]).unwrap().without_origin(true);
    Rev1::new(config().origins(origins)).unwrap()
}

fn refusal(protocol: &Rev1, request: http::request::Builder) -> Option<http::Response<Chunk>> {
    match protocol.route(&head(request)) {
        Route::Answer(answer) => Some(answer),
        Route::Join { .. } | Route::Handshake => None,
        Route::NotMine | Route::Now | Route::Open { .. } => panic!("a request of revision 1"),
    }
}

fn handshake(query: &str) -> http::request::Builder {
    Request::get(format!("/socket.io/1/{query}"))
}

/// A request on every path that touches a session.
fn all_requests() -> Vec<http::request::Builder> {
    vec![
        handshake("?t=1"),
        handshake("?jsonp=0"),
        get("xhr-polling"),
        get("xhr-polling").method(Method::POST),
        get("jsonp-polling"),
        get("jsonp-polling").method(Method::POST),
        get("htmlfile"),
        get("xhr-multipart"),
        upgrade("websocket"),
        upgrade("flashsocket"),
        get("").method(Method::OPTIONS),
        Request::get("/socket.io/1//abc/?disconnect=1"),
    ]
}

#[test]
fn every_request_of_a_refused_page_is_answered_403() {
    for request in all_requests() {
        let answer = refusal(&listed(), request.header("origin", "http://evil.example")).expect("a refusal");
        if answer.status() == 200 {
            assert_eq!(body(&answer), "io.j[0](new Error(\"handshake bad origin\"));");
        } else {
            assert_eq!(answer.status(), 403);
            assert_eq!(body(&answer), "handshake bad origin");
        }
        let cors = answer.headers().keys().filter(|name| name.as_str().starts_with("access-control"));
        assert_eq!(cors.count(), 0);
    }
}

#[test]
fn every_request_of_a_listed_page_passes() {
    for request in all_requests() {
        let is_preflight = request.method_ref() == Some(&Method::OPTIONS);
        let answer = refusal(&listed(), request.header("origin", "https://b.example:8080"));
        assert_eq!(answer.map(|answer| answer.status().as_u16()), is_preflight.then_some(204));
    }
}

#[test]
fn a_request_without_origin_is_refused_by_a_list() {
    for request in all_requests() {
        assert!(refusal(&listed(), request).is_some());
    }
}

#[test]
fn programs_that_are_no_browsers_can_be_let_in_but_not_to_scripts() {
    for transport in ["xhr-polling", "htmlfile"] {
        assert!(refusal(&lenient(), get(transport)).is_none());
    }
    assert!(refusal(&lenient(), handshake("")).is_none());
    assert!(refusal(&lenient(), upgrade("websocket")).is_none());
    for script in [handshake("?jsonp=0"), get("jsonp-polling"), get("jsonp-polling").method(Method::POST)] {
        assert!(refusal(&lenient(), script).is_some());
    }
    let script = get("jsonp-polling").header("referer", "http://a.example/page");
    assert!(refusal(&lenient(), script).is_none());
}

#[test]
fn websockets_of_every_dialect_are_checked() {
    let hybi = |origin| upgrade("websocket").header("sec-websocket-origin", origin);
    assert!(refusal(&listed(), hybi("http://a.example")).is_none());
    assert!(refusal(&listed(), hybi("http://evil.example")).is_some());
    assert!(refusal(&listed(), upgrade_76("websocket")).is_none(), "from a.example");
    let origins = Origins::list(["b.example:80"]).unwrap();
    let protocol = Rev1::new(config().origins(origins)).unwrap();
    assert!(refusal(&protocol, upgrade_76("websocket")).is_some());
}

#[test]
fn a_referer_stands_in() {
    assert!(refusal(&listed(), handshake("").header("referer", "http://a.example/page")).is_none());
    assert!(refusal(&listed(), handshake("").header("referer", "http://evil.example/")).is_some());
    assert!(refusal(&listed(), handshake("").header("origin", "null")).is_some());
}

#[test]
fn a_listed_page_without_an_origin_header_gets_no_cors_headers() {
    let (protocol, head) = (listed(), head(handshake("").header("referer", "http://a.example/")));
    let response = protocol.accept(&longwire_transport::SessionId::new("x"), &head);
    assert_eq!(response.status(), 200);
    assert!(!response.headers().contains_key("access-control-allow-origin"));
}
