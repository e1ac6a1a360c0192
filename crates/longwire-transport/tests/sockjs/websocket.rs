//! Sessions on a WebSocket: frames, what clients may say, liveness and the end.

use longwire_codec::{Bytes, Outbound, Payload};
use longwire_transport::{CloseReason, Delivery, Gone};

use crate::harness::{Service, config, seconds};

#[test]
fn frames_are_messages_without_line_feeds() {
    let (mut service, websocket) = Service::open(config(), "websocket");
    service.send("a");
    service.queue("b").unwrap();
    service.queue("").unwrap();
    service.end_turn();
    assert_eq!(service.heard(websocket), [r#"a["a"]"#, r#"a["b"]"#, r#"a[""]"#]);
}

#[test]
fn nothing_is_said_or_told_before_the_handshake_is_done() {
    let mut service = Service::new(config());
    service.auto_write = false;
    let websocket = service.connect("websocket");
    service.send("early");
    assert!(service.events().is_empty() && service.pieces(websocket).is_empty());
    service.written(websocket);
    assert_eq!(service.events(), ["open"]);
    assert_eq!(service.heard(websocket), ["o", r#"a["early"]"#]);
}

#[test]
fn a_handshake_that_never_ends_does() {
    let mut service = Service::new(config());
    service.auto_write = false;
    let websocket = service.connect("websocket");
    service.advance(10.0);
    assert!(service.is_finished(websocket) && service.is_forgotten());
    assert!(service.events().is_empty());
}

#[test]
fn clients_say_arrays_and_strings() {
    let (mut service, websocket) = Service::open(config(), "websocket");
    for text in ["[\"a\",\"b\"]", "[]", "", "\"c\"", " [\"d\"] ", r#"["\ud800"]"#] {
        service.message(websocket, text);
    }
    assert_eq!(service.events(), ["a", "b", "c", "d", "\u{fffd}"]);
}

#[test]
fn broken_framing_ends_it_without_a_close_frame_of_sockjs() {
    for text in ["[\"a", "x", "[\"a\"] x", "{}", "[1]", "[{}]", "[\"a\",null]", "1", " "] {
        let (mut service, websocket) = Service::open(config(), "websocket");
        service.message(websocket, text);
        assert_eq!(service.heard(websocket), ["close 3000 Broken framing."], "{text}");
        assert_eq!(service.events(), ["closed: parse error"], "{text}: nothing of it is delivered");
        assert!(service.is_finished(websocket) && service.is_forgotten());
    }
}

#[test]
fn bytes_and_endless_arrays_are_refused() {
    let (mut service, websocket) = Service::open(config(), "websocket");
    service.message(websocket, Payload::Binary(Bytes::from_static(b"[\"a\"]")));
    assert_eq!(service.heard(websocket), ["close 1003 Text expected."]);

    let (mut service, websocket) = Service::open(config().messages_at_once(1), "websocket");
    service.message(websocket, "[\"a\",\"b\"]");
    assert_eq!(service.heard(websocket), ["close 1009 Message too big"]);
    assert_eq!(service.events(), ["closed: payload limit"]);
}

#[test]
fn a_close_of_the_application_is_told_in_its_frame() {
    let (mut service, websocket) = Service::open(config(), "websocket");
    service.queue("last").unwrap();
    service.close_with(3000, "Go away!");
    assert_eq!(service.heard(websocket), [r#"a["last"]"#, r#"c[3000,"Go away!"]"#, "close 1000 Normal closure"]);
    assert!(service.is_finished(websocket) && service.is_forgotten(), "no delay: nobody comes back");
    assert_eq!(service.events(), ["closed: booted"]);
}

#[test]
fn a_service_that_closes_at_once_says_o_first() {
    let mut service = Service::new(config());
    service.auto_write = false;
    let websocket = service.connect("websocket");
    service.written(websocket);
    service.close_with(3000, "Go away!");
    assert_eq!(service.heard(websocket), ["o"]);
    service.written(websocket);
    assert_eq!(service.heard(websocket), [r#"c[3000,"Go away!"]"#, "close 1000 Normal closure"]);
}

#[test]
fn a_reader_that_takes_nothing_is_not_waited_for_for_ever() {
    let (mut service, websocket) = Service::open(config(), "websocket");
    service.auto_write = false;
    service.send("a");
    service.close_with(3000, "Go away!");
    service.advance(9.999);
    assert!(!service.is_finished(websocket));
    service.advance(0.001);
    assert!(service.is_finished(websocket) && service.is_forgotten());
}

#[test]
fn the_session_ends_with_its_connection() {
    for (cause, reason) in [
        (Gone::Ended, "socket end"),
        (Gone::Reset, "socket end"),
        (Gone::Closed(None), "socket end"),
        (Gone::TooSlow, "slow consumer"),
        (Gone::Broken(longwire_codec::websocket::ReadError::Unmasked), "parse error"),
        (Gone::Broken(longwire_codec::websocket::ReadError::MessageTooLong { limit: 1 }), "payload limit"),
    ] {
        let (mut service, websocket) = Service::open(config(), "websocket");
        service.detach(websocket, cause);
        assert_eq!(service.events(), [format!("closed: {reason}")]);
        assert!(service.is_forgotten());
    }
}

#[test]
fn a_heartbeat_is_h_and_a_ping() {
    let (mut service, websocket) = Service::open(config(), "websocket");
    service.advance(25.0);
    assert_eq!(service.heard(websocket), ["h", "ping"]);
    service.advance(9.9);
    service.alive(websocket);
    service.advance(15.1);
    assert_eq!(service.heard(websocket), ["h", "ping"]);
    service.message(websocket, "[]");
    service.advance(24.9);
    assert!(service.events().is_empty(), "any byte is a sign of life");
}

#[test]
fn a_silent_peer_is_closed() {
    let (mut service, websocket) = Service::open(config(), "websocket");
    service.advance(34.999);
    assert_eq!(service.heard(websocket), ["h", "ping"]);
    service.advance(0.001);
    assert_eq!(service.heard(websocket), [r#"c[3000,"No response from heartbeat"]"#, "close 1000 Normal closure"]);
    assert_eq!(service.events(), ["closed: heartbeat timeout"]);
    assert!(service.is_forgotten());
}

#[test]
fn the_time_for_a_pong_begins_when_the_ping_is_written() {
    let (mut service, websocket) = Service::open(config(), "websocket");
    service.auto_write = false;
    service.send(&"x".repeat(1_000_000));
    service.advance(60.0);
    assert!(service.events().is_empty());
    service.written(websocket);
    service.advance(60.0);
    assert!(service.events().is_empty(), "the ping is not written yet");
    service.written(websocket);
    service.advance(9.999);
    assert!(service.events().is_empty());
    service.advance(0.001);
    assert_eq!(service.events(), ["closed: heartbeat timeout"]);
}

#[test]
fn the_time_for_a_pong_can_be_set() {
    let (mut service, _) = Service::open(config().pong_timeout(seconds(1.0)), "websocket");
    service.advance(26.0);
    assert_eq!(service.events(), ["closed: heartbeat timeout"]);
}

#[test]
fn frames_of_a_broadcast_are_shared() {
    let message = Outbound::from(Payload::from("to all"));
    let mut pointers = vec![];
    for _ in 0..2 {
        let (mut service, websocket) = Service::open(config(), "websocket");
        service.queue_as(&message, Delivery::Reliable).unwrap();
        service.end_turn();
        pointers.push(service.pieces(websocket).last().unwrap().as_ptr());
    }
    assert_eq!(pointers[0], pointers[1]);
}

#[test]
fn a_client_that_does_not_keep_up_is_cut_off() {
    for busy in [false, true] {
        let (mut service, websocket) = Service::open(config(), "websocket");
        service.auto_write = false;
        if busy {
            service.send("a");
            service.heard(websocket);
        }
        service.close(CloseReason::SlowConsumer);
        let said = service.heard(websocket);
        assert_eq!(said, if busy { vec![] } else { vec!["close 1008 Too slow"] });
        assert!(service.is_finished(websocket) && service.is_forgotten());
    }
}

#[test]
fn a_server_that_stops_says_so() {
    let (mut service, websocket) = Service::open(config(), "websocket");
    service.close(CloseReason::ServerShutdown);
    assert_eq!(service.heard(websocket), [r#"c[1001,"Server shutdown"]"#, "close 1000 Normal closure"]);
}
