//! What may be kept: the iframe page and preflights for a year, everything else not at all.

use http::Method;

use crate::harness::{RECEIVERS, SID, Service, bodiless, config, plain, receiving};

const NO_CACHE: &str = "no-store, no-cache, no-transform, must-revalidate, max-age=0";
const CACHE: &str = "public, max-age=31536000";
/// A year behind the date of the harness.
const EXPIRES: &str = "Thu, 18 Nov 2027 11:06:40 GMT";

#[test]
fn what_a_session_says_is_kept_by_nobody() {
    let mut service = Service::away(config());
    let info = service.request(bodiless(plain(Method::GET, "/echo/info")));
    let mut exchanges = vec![info, service.post("xhr_send", "[]"), service.post("jsonp_send", "[]")];
    exchanges.push(service.post("xhr_send", "["));
    for path in RECEIVERS {
        exchanges.push(service.connect_as(path, path));
    }
    for exchange in exchanges {
        assert_eq!(service.header(exchange, "cache-control"), Some(NO_CACHE));
        assert_eq!(service.header(exchange, "expires"), None);
        assert_eq!(service.header(exchange, "last-modified"), None);
    }
}

#[test]
fn the_iframe_page_is_kept_for_a_year_and_known_by_its_tag() {
    let mut service = Service::new(config().client_url("/client.js").cookie(true));
    let page = service.request(bodiless(plain(Method::GET, "/echo/iframe.html")));
    assert_eq!(service.status(page), 200);
    assert_eq!(service.header(page, "content-type"), Some("text/html; charset=UTF-8"));
    assert!(service.body(page).contains("<script src=\"/client.js\"></script>"));
    assert_eq!(service.header(page, "cache-control"), Some(CACHE));
    assert_eq!(service.header(page, "expires"), Some(EXPIRES));
    for absent in ["set-cookie", "last-modified", "access-control-allow-origin", "x-frame-options"] {
        assert_eq!(service.header(page, absent), None);
    }
    let etag = service.header(page, "etag").unwrap().to_owned();

    for path in ["iframe-.html", "iframe-a.html", "iframe-0.1.2abc-dirty.2144.html?t=1"] {
        let other = service.request(bodiless(plain(Method::GET, &format!("/echo/{path}"))));
        assert_eq!(service.body(other), service.body(page));
        assert_eq!(service.header(other, "etag"), Some(&*etag));
    }
    for (known, status) in [(&*etag, 304), (&format!("\"x\", W/{etag}"), 304), ("*", 304), ("\"x\"", 200)] {
        let request = plain(Method::GET, "/echo/iframe.html").header("if-none-match", known);
        let answer = service.request(bodiless(request));
        assert_eq!(service.status(answer), status, "{known}");
        assert_eq!(service.body(answer).is_empty(), status == 304);
        assert_eq!(service.header(answer, "content-type").is_none(), status == 304);
        assert_eq!(service.header(answer, "etag"), Some(&*etag));
        assert_eq!(service.header(answer, "cache-control"), Some(CACHE));
    }
}

#[test]
fn preflights_are_kept_for_a_year() {
    let mut service = Service::new(config());
    let session = |path| format!("/echo/000/{SID}/{path}");
    for (path, methods) in [
        ("/echo/info".to_owned(), "OPTIONS, GET"),
        (session("xhr"), "OPTIONS, POST"),
        (session("xhr_streaming"), "OPTIONS, POST"),
        (session("xhr_send"), "OPTIONS, POST"),
    ] {
        let answer = service.request(bodiless(plain(Method::OPTIONS, &path)));
        assert_eq!((service.status(answer), service.body(answer)), (204, String::new()));
        assert_eq!(service.header(answer, "cache-control"), Some(CACHE));
        assert_eq!(service.header(answer, "expires"), Some(EXPIRES));
        assert_eq!(service.header(answer, "access-control-max-age"), Some("31536000"));
        assert_eq!(service.header(answer, "access-control-allow-methods"), Some(methods));
        assert_eq!(service.header(answer, "content-type"), None);
    }
    assert_eq!(service.made(), 0);
}

#[test]
fn proxies_are_asked_not_to_collect_streams() {
    let mut service = Service::new(config());
    for path in RECEIVERS {
        let exchange = service.request(receiving(path, path));
        let is_stream = !matches!(path, "xhr" | "jsonp");
        assert_eq!(service.header(exchange, "x-accel-buffering").is_some(), is_stream, "{path}");
    }
}
