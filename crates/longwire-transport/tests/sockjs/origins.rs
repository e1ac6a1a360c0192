//! Pages of other origins: who may read answers, and who may not even ask.

use http::{Method, Request};
use longwire_codec::Bytes;
use longwire_transport::origin::Origins;
use longwire_transport::{ExchangeId, Protocol, Rejection};

use crate::harness::{SID, Service, bodiless, config, plain, receiving};

/// A request with an origin, as a page of that origin sends it.
fn from(mut request: Request<Bytes>, origin: Option<&'static str>) -> Request<Bytes> {
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    request
}

fn sending(path: &str, body: &'static str) -> Request<Bytes> {
    plain(Method::POST, &format!("/echo/000/{SID}/{path}")).body(Bytes::from_static(body.as_bytes())).unwrap()
}

fn cors(service: &Service, exchange: ExchangeId) -> (Option<&str>, Option<&str>, Option<&str>) {
    let header = |name| service.header(exchange, name);
    (header("access-control-allow-origin"), header("access-control-allow-credentials"), header("vary"))
}

/// Requests whose answers pages of other origins read.
fn readable() -> Vec<Request<Bytes>> {
    let options = |path: &str| bodiless(plain(Method::OPTIONS, path));
    vec![
        bodiless(plain(Method::GET, "/echo/info")),
        receiving("a", "xhr"),
        receiving("b", "xhr_streaming"),
        receiving("c", "eventsource"),
        sending("xhr_send", "[]"),
        sending("xhr_send", "["),
        sending("xhr_send", r#"["to nobody"]"#),
        options("/echo/info"),
        options("/echo/000/x/xhr"),
        options("/echo/000/x/xhr_streaming"),
        options("/echo/000/x/xhr_send"),
    ]
}

#[test]
fn the_origin_is_repeated_whatever_it_is() {
    for origin in [Some("http://a.example:8000"), Some("null"), Some("test"), None] {
        let mut service = Service::new(config());
        for request in readable() {
            let what = format!("{} {} from {origin:?}", request.method(), request.uri());
            let exchange = service.request(from(request, origin));
            let allowed = match origin {
                Some(origin) => (Some(origin), Some("true"), Some("Origin")),
                None => (Some("*"), None, Some("Origin")),
            };
            assert_eq!(cors(&service, exchange), allowed, "{what}");
            assert_eq!(service.header(exchange, "access-control-allow-headers"), None, "{what}");
        }
    }
}

#[test]
fn headers_that_are_asked_for_are_allowed() {
    for asked in ["a, b, c", ""] {
        let mut service = Service::new(config());
        for mut request in readable() {
            request.headers_mut().insert("access-control-request-headers", asked.parse().unwrap());
            let exchange = service.request(request);
            let allowed = service.header(exchange, "access-control-allow-headers");
            assert_eq!(allowed, Some(asked).filter(|asked| !asked.is_empty()));
        }
    }
}

#[test]
fn scripts_pages_and_forms_have_no_such_headers() {
    let mut service = Service::new(config());
    for request in [
        receiving("a", "jsonp"),
        receiving("b", "htmlfile"),
        sending("jsonp_send", "[]"),
        bodiless(plain(Method::GET, "/echo/iframe.html")),
        bodiless(plain(Method::GET, "/echo")),
    ] {
        let exchange = service.request(from(request, Some("http://a.example")));
        assert_eq!(cors(&service, exchange), (None, None, None));
    }
}

#[test]
fn a_list_lets_its_pages_in_and_no_others() {
    let listed = || config().origins(Origins::list(["a.example:80"]).unwrap());
    let with_websockets = || {
        let mut requests = readable();
        requests.push(receiving("d", "websocket"));
        requests.push(receiving("e", "raw"));
        requests
    };
    for origin in [Some("http://b.example"), Some("https://a.example"), Some("null"), Some("test"), None] {
        let mut service = Service::new(listed());
        for request in with_websockets() {
            let what = format!("{} {} from {origin:?}", request.method(), request.uri());
            let exchange = service.request(from(request, origin));
            assert_eq!(service.status(exchange), 403, "{what}");
            assert_eq!(cors(&service, exchange), (None, None, Some("Origin")));
        }
        assert_eq!(service.made(), 0);
    }
    let mut service = Service::new(listed());
    for request in with_websockets() {
        let exchange = service.request(from(request, Some("http://a.example")));
        assert_ne!(service.status(exchange), 403);
    }
    let mut request = receiving("f", "websocket");
    request.headers_mut().insert("sec-websocket-origin", "http://a.example".parse().unwrap());
    let exchange = service.request(request);
    assert_eq!(service.status(exchange), 101, "drafts 7 and 8 call it so");
}

#[test]
fn a_list_switches_off_what_does_not_tell_its_origin() {
    let mut service = Service::new(config().origins(Origins::list(["a.example:80"]).unwrap()));
    for request in [
        receiving("a", "jsonp"),
        receiving("b", "htmlfile"),
        sending("jsonp_send", "[]"),
        bodiless(plain(Method::GET, "/echo/iframe.html")),
    ] {
        let mut request = from(request, Some("http://a.example"));
        request.headers_mut().insert("referer", "http://a.example/".parse().unwrap());
        let exchange = service.request(request);
        assert_eq!(service.status(exchange), 404);
    }
}

#[test]
fn rejections_can_be_read_where_answers_can() {
    let service = Service::new(config());
    for (path, readable) in [("xhr", true), ("xhr_send", true), ("eventsource", true), ("jsonp_send", false)] {
        for (why, status) in [
            (Rejection::Unauthorized, 403),
            (Rejection::AuthorizationFailed, 500),
            (Rejection::Unavailable, 503),
            (Rejection::TooLarge, 413),
            (Rejection::TooSlow, 408),
            (Rejection::BadBody, 400),
        ] {
            let (head, _) = from(sending(path, ""), Some("null")).into_parts();
            let response = service.protocol.reject(&head, why);
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().contains_key("access-control-allow-origin"), readable, "{path}");
            assert_eq!(response.headers()["content-type"], "text/plain; charset=UTF-8");
            assert!(response.headers()["cache-control"].to_str().unwrap().contains("no-store"));
            let unread_body = matches!(status, 413 | 408 | 400);
            assert_eq!(response.headers().contains_key("connection"), unread_body);
        }
    }
}
