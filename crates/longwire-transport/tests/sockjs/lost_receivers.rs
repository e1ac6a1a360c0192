//! Clients whose connection breaks: the session ends at once, and its id is remembered.

use longwire_transport::{Gone, Refusal};

use crate::harness::{RECEIVERS, SID, STREAMS, Service, config, receiving, seconds};

const INTERRUPTED: &str = r#"c[1002,"Connection interrupted"]"#;

#[test]
fn a_lost_receiver_ends_the_session_at_once() {
    for path in RECEIVERS {
        for cause in [Gone::Ended, Gone::Reset, Gone::TooSlow] {
            let (mut service, receiver) = Service::open(config(), path);
            service.detach(receiver, cause);
            let reason = if cause == Gone::TooSlow { "slow consumer" } else { "socket end" };
            assert_eq!(service.events(), [format!("closed: {reason}")], "{path}");
            assert!(service.is_forgotten());

            let send = service.post("xhr_send", r#"["a"]"#);
            assert_eq!(service.status(send), 404);
            for next in RECEIVERS {
                let next = service.connect(next);
                assert_eq!(service.heard(next), [INTERRUPTED]);
                assert!(service.is_finished(next));
            }
            assert_eq!(service.made(), 1, "no session took what was meant for the old one");
        }
    }
}

#[test]
fn an_answer_that_was_not_taken_is_a_lost_receiver() {
    let (mut service, poll) = Service::open(config(), "xhr");
    service.auto_write = false;
    service.send("a");
    service.detach(poll, Gone::Reset);
    assert_eq!(service.events(), ["closed: socket end"]);
}

#[test]
fn the_poll_behind_a_lost_answer_is_told() {
    for path in RECEIVERS {
        let (mut service, first) = Service::open(config(), "xhr");
        service.auto_write = false;
        service.send("a");
        let second = service.connect(path);
        service.detach(first, Gone::Reset);
        assert_eq!(service.heard(second), [INTERRUPTED], "{path}");
        assert_eq!(service.events(), ["closed: socket end"]);
    }
}

#[test]
fn an_id_is_remembered_for_a_minute() {
    for wait in [59.9, 60.0] {
        let (mut service, receiver) = Service::open(config(), "xhr_streaming");
        service.detach(receiver, Gone::Ended);
        service.advance(wait);
        let next = service.connect("xhr");
        let frame = if wait < 60.0 { INTERRUPTED } else { "o" };
        assert_eq!(service.heard(next), [frame]);
    }
}

#[test]
fn an_id_that_expired_is_remembered_too() {
    let mut service = Service::away(config());
    service.advance(5.0);
    let late = service.connect("eventsource");
    assert_eq!(service.heard(late), [INTERRUPTED]);
}

#[test]
fn ids_of_websockets_and_of_services_without_a_memory_are_not() {
    let mut service = Service::new(config());
    let websocket = service.connect("websocket");
    service.detach(websocket, Gone::Ended);
    let poll = service.connect("xhr");
    assert_eq!(service.heard(poll), ["o"]);

    let (mut service, receiver) = Service::open(config().remember_for(seconds(0.0)), "xhr");
    service.detach(receiver, Gone::Ended);
    let poll = service.connect("xhr");
    assert_eq!(service.heard(poll), ["o"]);
}

#[test]
fn a_stream_that_was_ended_in_good_order_is_none() {
    for path in STREAMS {
        let (mut service, stream) = Service::open(config().response_limit(35), path);
        service.send(&"x".repeat(40));
        assert!(service.is_finished(stream), "{path}");
        assert!(service.events().is_empty());
        let next = service.connect(path);
        service.send("b");
        assert_eq!(service.heard(next), [r#"a["b"]"#]);
    }
}

#[test]
fn who_comes_to_a_server_that_is_full_is_told_by_status() {
    for path in RECEIVERS {
        let mut service = Service::new(config());
        let refusal = service.refuse(Refusal::Unavailable);
        let request = receiving(SID, path);
        let name = if path == "xhr" { "xhr-polling" } else { "eventsource" };
        let exchange = service.attach(refusal, name, request);
        assert_eq!(service.status(exchange), 503);
        assert_eq!(service.header(exchange, "retry-after"), Some("5"));
    }
}
