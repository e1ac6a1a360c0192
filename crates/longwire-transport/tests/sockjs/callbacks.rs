//! Callbacks of scripts and pages: a name, or nothing happens.

use http::Method;

use crate::harness::{Service, bodiless, config, plain};

fn ask(service: &mut Service, path: &str, query: &str) -> (u16, String) {
    let exchange = service.request(bodiless(plain(Method::GET, &format!("/echo/000/a/{path}{query}"))));
    (service.status(exchange), service.body(exchange))
}

#[test]
fn a_missing_callback_is_asked_for() {
    let mut service = Service::new(config());
    for path in ["jsonp", "htmlfile"] {
        for query in ["", "?", "?c=", "?callback=", "?C=x"] {
            assert_eq!(ask(&mut service, path, query), (500, "\"callback\" parameter required".to_owned()), "{query}");
        }
    }
    assert_eq!(service.made(), 0, "it is checked ahead of the session");
}

#[test]
fn what_is_no_name_is_refused() {
    let mut service = Service::new(config());
    for path in ["jsonp", "htmlfile"] {
        for query in ["?c=%20", "?c=*", "?c=abc(", "?c=abc%28", "?c=a&c=b", "?callback=%3Cscript%3E", "?c=a%00"] {
            assert_eq!(ask(&mut service, path, query), (500, "invalid \"callback\" parameter".to_owned()), "{query}");
        }
    }
    assert_eq!(service.made(), 0);
}

#[test]
fn names_are_decoded_and_may_have_dots() {
    let mut service = Service::new(config());
    assert_eq!(ask(&mut service, "jsonp", "?c=%63allback"), (200, "/**/callback(\"o\");\r\n".to_owned()));
    let (status, page) = ask(&mut service, "htmlfile", "?callback=_jp.a1b2c3&x=y");
    assert!(status == 200 && page.contains("var c = parent._jp.a1b2c3;\n"), "{page}");
}

#[test]
fn a_script_has_a_name_of_32_characters_at_most() {
    let mut service = Service::new(config());
    let name = "x".repeat(32);
    assert_eq!(ask(&mut service, "jsonp", &format!("?c={name}")).0, 200);
    assert_eq!(ask(&mut service, "jsonp", &format!("?c={name}x")).0, 500);
    assert_eq!(ask(&mut service, "htmlfile", &format!("?c={name}x")).0, 200);
}
