//! How sessions begin, and which session a request belongs to.

use crate::harness::{RECEIVERS, SID, STREAMS, Service, bodiless, config, plain};

#[test]
fn the_first_receiver_gets_o_at_once() {
    for path in RECEIVERS {
        let mut service = Service::new(config());
        service.auto_write = false;
        let exchange = service.connect(path);
        assert_eq!(service.heard(exchange), ["o"], "{path}");
        assert_eq!(service.events(), ["open"]);
        assert_eq!(service.is_finished(exchange), !STREAMS.contains(&path), "a poll is over with it");
    }
}

#[test]
fn o_never_shares_an_answer_with_messages_on_a_poll() {
    for path in ["xhr", "jsonp"] {
        let mut service = Service::new(config());
        service.auto_write = false;
        let first = service.connect(path);
        service.send("a");
        assert_eq!(service.heard(first), ["o"]);
        service.written(first);
        let second = service.connect(path);
        assert_eq!(service.heard(second), [r#"a["a"]"#]);
    }
}

#[test]
fn on_streams_o_is_followed_by_whatever_comes() {
    for path in STREAMS {
        let mut service = Service::new(config());
        service.auto_write = false;
        let stream = service.connect(path);
        service.send("a");
        assert_eq!(service.heard(stream), ["o"]);
        service.written(stream);
        assert_eq!(service.heard(stream), [r#"a["a"]"#], "{path}");
    }
}

#[test]
fn the_server_part_of_the_path_means_nothing() {
    let mut service = Service::away(config());
    service.send("a");
    let poll = service.request(bodiless(plain(http::Method::POST, &format!("/echo/999/{SID}/xhr"))));
    assert_eq!(service.heard(poll), [r#"a["a"]"#]);
}

#[test]
fn ids_are_what_the_client_wrote() {
    let mut service = Service::away(config());
    for id in ["abc%20d", "abc%2Ed", "ABCD1234", "abcd123", "_"] {
        let poll = service.connect_as(id, "xhr");
        assert_eq!(service.heard(poll), ["o"], "{id} is another session");
    }
    assert_eq!(service.made(), 6);
}

#[test]
fn a_request_that_sends_opens_nothing() {
    let mut service = Service::new(config());
    let send = service.post("xhr_send", r#"["a"]"#);
    assert_eq!(service.status(send), 404);
    assert_eq!(service.made(), 0);
}

#[test]
fn websockets_share_nothing_by_their_ids() {
    let mut service = Service::away(config());
    let first = service.connect("websocket");
    let second = service.connect("websocket");
    assert_eq!(service.made(), 3);
    assert_eq!((service.heard(first), service.heard(second)), (vec!["o".into()], vec!["o".into()]));
    service.say("to the poll");
    assert_eq!(service.events_of(0), ["to the poll"]);
    assert_eq!(service.events(), ["open"]);
}

#[test]
fn a_session_knows_its_transport() {
    for (path, name) in [
        ("xhr", "xhr-polling"),
        ("xhr_streaming", "xhr-streaming"),
        ("eventsource", "eventsource"),
        ("htmlfile", "htmlfile"),
        ("jsonp", "jsonp-polling"),
        ("websocket", "websocket"),
        ("raw", "raw-websocket"),
    ] {
        let mut service = Service::new(config());
        service.connect(path);
        assert_eq!(service.transport(), Some(name));
    }
}
