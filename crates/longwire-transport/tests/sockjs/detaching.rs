//! Between two receivers: the disconnect delay.

use crate::harness::{RECEIVERS, STREAMS, Service, config};

#[test]
fn a_session_without_a_receiver_expires() {
    for path in RECEIVERS {
        let mut service = Service::new(config().response_limit(1));
        service.connect(path);
        service.events();
        service.advance(4.999);
        assert!(service.events().is_empty(), "{path}");
        service.advance(0.001);
        assert_eq!(service.events(), ["closed: close timeout"], "{path}");
        assert!(service.is_forgotten());
    }
}

#[test]
fn requests_that_send_do_not_put_it_off() {
    let mut service = Service::away(config());
    service.advance(4.6);
    service.say("a");
    assert_eq!(service.events(), ["a"]);
    service.advance(0.7);
    let late = service.post("xhr_send", r#"["b"]"#);
    assert_eq!(service.status(late), 404);
    assert_eq!(service.events(), ["closed: close timeout"]);
}

#[test]
fn the_next_receiver_stops_it() {
    for path in RECEIVERS {
        let mut service = Service::away(config());
        service.advance(4.9);
        let next = service.connect(path);
        service.advance(24.0);
        assert!(service.events().is_empty(), "{path}");
        service.send("a");
        assert_eq!(service.heard(next), [r#"a["a"]"#]);
    }
}

#[test]
fn a_slow_answer_does_not_expire_its_own_session() {
    let (mut service, poll) = Service::open(config(), "xhr");
    service.auto_write = false;
    service.send(&"x".repeat(1_000_000));
    service.advance(62.0);
    assert!(service.events().is_empty());
    service.written(poll);
    service.advance(4.999);
    assert!(service.events().is_empty(), "the time counts from the last byte");
    service.advance(0.001);
    assert_eq!(service.events(), ["closed: close timeout"]);
}

#[test]
fn a_slow_stream_is_waited_for_as_well() {
    for path in STREAMS {
        let (mut service, stream) = Service::open(config().response_limit(100), path);
        service.auto_write = false;
        service.send(&"x".repeat(1000));
        service.advance(60.0);
        assert!(!service.is_finished(stream) && service.events().is_empty());
        service.written(stream);
        assert!(service.is_finished(stream), "{path}");
        service.advance(4.999);
        assert!(service.events().is_empty());
        service.advance(0.001);
        assert_eq!(service.events(), ["closed: close timeout"]);
    }
}

#[test]
fn the_delay_can_be_set() {
    let mut service = Service::away(config().disconnect_delay(crate::harness::seconds(0.5)));
    service.advance(0.5);
    assert_eq!(service.events(), ["closed: close timeout"]);
}

#[test]
fn a_session_that_nobody_attaches_to_does_not_stay() {
    use longwire_transport::{Protocol, Session, SessionId};

    let service = Service::new(config());
    let mut session: Box<dyn Session> = service.protocol.open(service.now, &SessionId::new("x"));
    let deadline = session.poll_timeout().expect("a deadline");
    session.handle_timeout(deadline);
    assert!(matches!(session.poll_output(deadline), Some(longwire_transport::Output::Forget)));
    assert!(session.remember_for().is_zero(), "its client has not heard of it");
}
