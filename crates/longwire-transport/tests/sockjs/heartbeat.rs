//! Heartbeats on responses; those of WebSockets are with the WebSocket.

use crate::harness::{RECEIVERS, STREAMS, Service, config, seconds};

#[test]
fn a_receiver_gets_h_every_interval() {
    for path in STREAMS {
        let (mut service, stream) = Service::open(config(), path);
        service.advance(24.999);
        assert!(service.heard(stream).is_empty());
        service.advance(0.001);
        assert_eq!(service.heard(stream), ["h"], "{path}");
        service.advance(50.0);
        assert_eq!(service.heard(stream), ["h", "h"]);
        assert!(!service.is_finished(stream));
    }
}

#[test]
fn h_ends_a_poll_like_any_frame() {
    for path in ["xhr", "jsonp"] {
        let (mut service, poll) = Service::open(config(), path);
        service.advance(25.0);
        assert_eq!(service.heard(poll), ["h"], "{path}");
        let next = service.connect(path);
        service.advance(24.9);
        assert!(!service.is_answered(next), "the time begins with the receiver");
        service.advance(0.1);
        assert_eq!(service.heard(next), ["h"]);
    }
}

#[test]
fn there_is_none_without_a_receiver() {
    let mut service = Service::away(config().disconnect_delay(seconds(100.0)));
    service.advance(60.0);
    for path in RECEIVERS {
        let next = service.connect(path);
        assert!(service.heard(next).is_empty(), "{path}");
        service.send("end");
        if STREAMS.contains(&path) {
            break;
        }
    }
}

#[test]
fn it_waits_for_the_write_under_way() {
    let (mut service, stream) = Service::open(config(), "xhr_streaming");
    service.auto_write = false;
    service.send("a");
    service.advance(80.0);
    assert_eq!(service.heard(stream), [r#"a["a"]"#]);
    service.written(stream);
    assert_eq!(service.heard(stream), ["h"], "one, however many were due");
}

#[test]
fn the_interval_can_be_set() {
    let (mut service, stream) = Service::open(config().heartbeat_delay(seconds(1.0)), "eventsource");
    service.advance(3.0);
    assert_eq!(service.heard(stream), ["h", "h", "h"]);
}
