//! `JSESSIONID`, for load balancers.

use http::{Method, Request};
use longwire_codec::Bytes;

use crate::harness::{RECEIVERS, SID, Service, bodiless, config, plain, receiving};

fn requests() -> Vec<Request<Bytes>> {
    let post =
        |path: &str| plain(Method::POST, &format!("/echo/000/{SID}/{path}")).body(Bytes::from_static(b"[]")).unwrap();
    let mut requests = vec![post("xhr_send"), post("jsonp_send")];
    requests.extend(RECEIVERS.map(|path| receiving(path, path)));
    for path in ["xhr", "xhr_streaming", "xhr_send"] {
        requests.push(bodiless(plain(Method::OPTIONS, &format!("/echo/000/{SID}/{path}"))));
    }
    requests
}

#[test]
fn every_request_of_a_session_gets_it_back() {
    for (sent, set) in [(None, "dummy"), (Some("a=b; JSESSIONID=abcdef"), "abcdef"), (Some("JSESSIONID=a\"b"), "dummy")]
    {
        let mut service = Service::away(config().cookie(true));
        for mut request in requests() {
            if let Some(sent) = sent {
                request.headers_mut().insert("cookie", sent.parse().unwrap());
            }
            let what = request.uri().to_string();
            let exchange = service.request(request);
            assert_eq!(service.header(exchange, "set-cookie"), Some(&*format!("JSESSIONID={set}; path=/")), "{what}");
        }
    }
}

#[test]
fn nobody_gets_one_that_is_off() {
    let mut service = Service::away(config());
    for mut request in requests() {
        request.headers_mut().insert("cookie", "JSESSIONID=abcdef".parse().unwrap());
        let exchange = service.request(request);
        assert_eq!(service.header(exchange, "set-cookie"), None);
    }
}

#[test]
fn what_belongs_to_no_session_has_none() {
    let mut service = Service::new(config().cookie(true));
    for (method, path) in [
        (Method::GET, "/echo"),
        (Method::GET, "/echo/info"),
        (Method::OPTIONS, "/echo/info"),
        (Method::GET, "/echo/iframe.html"),
    ] {
        let exchange = service.request(bodiless(plain(method, path)));
        assert_eq!(service.header(exchange, "set-cookie"), None, "{path}");
    }
    let websocket = service.connect("websocket");
    assert_eq!(service.header(websocket, "set-cookie"), None);
}
