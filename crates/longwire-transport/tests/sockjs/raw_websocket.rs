//! The end point without frames.

use longwire_codec::{Bytes, Payload};
use longwire_transport::CloseReason;

use crate::harness::{Service, config};

fn open() -> (Service, longwire_transport::ExchangeId) {
    let mut service = Service::new(config());
    let websocket = service.connect("raw");
    assert!(service.heard(websocket).is_empty(), "no o");
    assert_eq!(service.events(), ["open"]);
    (service, websocket)
}

#[test]
fn messages_pass_as_they_are() {
    let (mut service, websocket) = open();
    for message in ["a", "", "[\"b\"]", "o"] {
        service.send(message);
        service.message(websocket, message);
    }
    service.queue(Payload::Binary(Bytes::from_static(b"\0\xff"))).unwrap();
    service.end_turn();
    service.message(websocket, Payload::Binary(Bytes::from_static(b"\xff\0")));
    assert_eq!(service.heard(websocket), ["a", "", "[\"b\"]", "o", "b\"\\0\\xff\""]);
    assert_eq!(service.events(), ["a", "", "[\"b\"]", "o", "b\"\\xff\\0\""]);
}

#[test]
fn a_close_has_the_code_and_words_of_the_application() {
    let (mut service, websocket) = open();
    service.queue("last").unwrap();
    service.close_with(3000, "Go away!");
    assert_eq!(service.heard(websocket), ["last", "close 3000 Go away!"]);
    assert!(service.is_finished(websocket) && service.is_forgotten());
}

#[test]
fn what_a_close_frame_cannot_carry_is_changed() {
    for code in [0, 999, 1005, 1006, 2010, 5000] {
        let (mut service, websocket) = open();
        service.close_with(code, "x");
        assert_eq!(service.heard(websocket), ["close 1000 x"], "{code}");
    }
    let (mut service, websocket) = open();
    service.close_with(3000, &"é".repeat(100));
    assert_eq!(service.heard(websocket), [format!("close 3000 {}", "é".repeat(61))], "123 bytes, at a character");
}

#[test]
fn liveness_is_a_ping_and_no_h() {
    let (mut service, websocket) = open();
    service.advance(25.0);
    assert_eq!(service.heard(websocket), ["ping"]);
    service.alive(websocket);
    service.advance(30.0);
    assert_eq!(service.heard(websocket), ["ping"]);
    service.advance(5.0);
    assert_eq!(service.heard(websocket), ["close 3000 No response from heartbeat"]);
    assert_eq!(service.events(), ["closed: heartbeat timeout"]);
}

#[test]
fn a_server_that_stops_says_so() {
    let (mut service, websocket) = open();
    service.close(CloseReason::ServerShutdown);
    assert_eq!(service.heard(websocket), ["close 1001 Server shutdown"]);
}

#[test]
fn it_goes_with_the_websocket_transport() {
    let mut service = Service::new(config().transports(["xhr-polling"]));
    let raw = service.connect("raw");
    assert_eq!(service.status(raw), 404);
}
