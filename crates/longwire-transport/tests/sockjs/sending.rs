//! What clients say by requests of their own, and what those are answered.

use http::Request;

use crate::harness::{SID, Service, config};

/// Sends a body as a type to a session that is there, and says what came of it.
fn send(path: &str, kind: Option<&str>, body: &str) -> (u16, String, Vec<String>) {
    let mut service = Service::away(config());
    let mut request = Request::post(format!("/echo/000/{SID}/{path}"));
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    let exchange = service.request(request.body(body.to_owned().into()).unwrap());
    (service.status(exchange), service.body(exchange), service.events())
}

fn heard(messages: &[&str]) -> Vec<String> {
    messages.iter().map(|message| (*message).to_owned()).collect()
}

#[test]
fn messages_arrive_in_order() {
    let mut service = Service::away(config());
    for body in [r#"["1","2"]"#, "[]", r#" [ "3" ] "#, r#"["4"]"#] {
        let exchange = service.post("xhr_send", body);
        assert_eq!((service.status(exchange), service.body(exchange)), (204, String::new()));
        assert_eq!(service.header(exchange, "content-type"), Some("text/plain; charset=UTF-8"));
    }
    assert_eq!(service.events(), ["1", "2", "3", "4"]);
}

#[test]
fn the_type_of_xhr_send_is_not_looked_at() {
    let kinds = [
        "text/plain",
        "T",
        "application/json",
        "application/xml",
        "text/xml",
        "",
        "text/plain; charset=UTF-8",
        "Text/Plain",
        "image/png",
        "application/x-www-form-urlencoded",
    ];
    for kind in kinds.into_iter().map(Some).chain([None]) {
        assert_eq!(send("xhr_send", kind, r#"["a"]"#), (204, String::new(), heard(&["a"])), "{kind:?}");
    }
}

#[test]
fn bad_bodies_are_answered_500_and_deliver_nothing() {
    for path in ["xhr_send", "jsonp_send"] {
        for (body, words) in [
            ("", "Payload expected."),
            ("{}", "Payload expected."),
            ("\"a\"", "Payload expected."),
            ("[\"x", "Broken JSON encoding."),
            (r#"["a"] x"#, "Broken JSON encoding."),
            (r#"["a",1]"#, "Broken JSON encoding."),
            ("[{}]", "Broken JSON encoding."),
        ] {
            assert_eq!(send(path, None, body), (500, words.to_owned(), vec![]), "{path} {body}");
        }
    }
    let mut service = Service::away(config());
    let invalid = service.post("xhr_send", b"[\"a\xff\"]".as_slice());
    assert_eq!(service.body(invalid), "Broken JSON encoding.");
    service.say("good");
    assert_eq!(service.events(), ["good"], "a bad body costs the session nothing");
}

#[test]
fn the_body_counts_before_the_session() {
    let mut service = Service::new(config());
    for (body, status) in [("", 500), ("[", 500), ("[1]", 500), ("[]", 404), (r#"["a"]"#, 404)] {
        for path in ["xhr_send", "jsonp_send"] {
            let exchange = service.post(path, body);
            assert_eq!(service.status(exchange), status, "{path} {body}");
            assert_eq!(service.header(exchange, "content-type"), Some("text/plain; charset=UTF-8"));
        }
    }
}

#[test]
fn too_many_messages_at_once_are_too_large() {
    let mut service = Service::away(config().messages_at_once(2));
    let two = service.post("xhr_send", r#"["a","b"]"#);
    let three = service.post("xhr_send", r#"["a","b","c"]"#);
    assert_eq!((service.status(two), service.status(three)), (204, 413));
    assert_eq!(service.events(), ["a", "b"]);
}

#[test]
fn halves_of_pairs_do_not_end_the_session() {
    assert_eq!(send("xhr_send", None, r#"["\ud800"]"#), (204, String::new(), heard(&["\u{fffd}"])));
}

#[test]
fn jsonp_send_takes_forms_and_arrays() {
    let form = Some("application/x-www-form-urlencoded");
    for (kind, body, message) in [
        (form, "d=%5B%22a+%2Bb%F0%9F%98%80%22%5D&x=y", "a +b\u{1f600}"),
        (Some("Application/X-WWW-Form-Urlencoded; charset=utf-8"), "d=[\"a\"]", "a"),
        (Some("text/plain"), r#"["%61bc"]"#, "%61bc"),
        (Some(""), r#"["%61bc"]"#, "%61bc"),
        (None, r#"["%61bc"]"#, "%61bc"),
    ] {
        assert_eq!(send("jsonp_send", kind, body), (200, "ok".to_owned(), heard(&[message])), "{kind:?} {body}");
    }
    for (body, words) in [("", "Payload"), ("d=", "Payload"), ("p=p", "Payload"), ("d=%5B%22x", "Broken JSON")] {
        let (status, answer, events) = send("jsonp_send", form, body);
        assert!(status == 500 && answer.starts_with(words) && events.is_empty(), "{body}: {answer}");
    }
}

#[test]
fn sending_does_not_touch_the_receiver() {
    let (mut service, stream) = Service::open(config(), "eventsource");
    service.say("a");
    assert_eq!(service.events(), ["a"]);
    assert!(service.heard(stream).is_empty() && !service.is_finished(stream));
}
