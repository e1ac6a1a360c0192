//! Requests with an id that nobody knows.

use longwire_codec::Bytes;
use longwire_transport::{Gone, Refusal, SendError};

use crate::harness::{Sim, config, get, upgrade_76};

const UNKNOWN: Refusal = Refusal::UnknownSession { again: false };
const AGAIN: Refusal = Refusal::UnknownSession { again: true };

#[test]
fn polls_are_told_to_reconnect() {
    for transport in ["xhr-polling", "jsonp-polling"] {
        for why in [UNKNOWN, Refusal::Unavailable] {
            let mut sim = Sim::refused(config(), why);
            let poll = sim.connect(transport);
            assert_eq!(sim.heard(poll), ["7:::1+0"]);
            assert!(sim.is_forgotten() && sim.events().is_empty());
        }
    }
}

#[test]
fn a_spinning_client_is_held_for_one_to_three_seconds() {
    let mut times = vec![];
    for attempt in 0..50 {
        let mut sim = Sim::refused(config(), AGAIN);
        for _ in 0..attempt {
            // The pause depends on the number of the exchange.
            sim.skip_exchange();
        }
        let poll = sim.connect("xhr-polling");
        assert!(!sim.is_answered(poll));
        sim.jump();
        assert_eq!(sim.heard(poll), ["7:::1+0"]);
        assert!(sim.is_forgotten());
        times.push(sim.clock());
    }
    assert!(times.iter().all(|time| (1.0..=3.0).contains(time)), "{times:?}");
    assert!(times.iter().any(|time| *time < 1.5) && times.iter().any(|time| *time > 2.5), "{times:?}");
}

#[test]
fn a_held_poll_may_go_away() {
    let mut sim = Sim::refused(config(), AGAIN);
    let poll = sim.connect("xhr-polling");
    sim.detach(poll, Gone::Ended);
    assert!(sim.is_forgotten());
}

#[test]
fn streams_are_opened_told_and_ended() {
    for transport in ["htmlfile", "xhr-multipart"] {
        let mut sim = Sim::refused(config(), UNKNOWN);
        let stream = sim.connect(transport);
        assert_eq!(sim.heard(stream), ["7:::1+0"]);
        assert_eq!(sim.pieces(stream).len(), 2, "prelude and packet");
        assert!(sim.is_finished(stream) && sim.is_forgotten());
    }
}

#[test]
fn websockets_are_opened_told_and_closed() {
    for transport in ["websocket", "flashsocket"] {
        let mut sim = Sim::refused(config(), UNKNOWN);
        sim.auto_write = false;
        let websocket = sim.connect(transport);
        assert_eq!(sim.head(websocket).status, 101);
        assert!(!sim.is_forgotten(), "nothing can be said ahead of the handshake");
        sim.written(websocket);
        assert_eq!(sim.heard(websocket), ["7:::1+0", "close 1000"]);
        assert!(sim.is_finished(websocket) && sim.is_forgotten());
    }
    let mut sim = Sim::refused(config(), UNKNOWN);
    let websocket = sim.request(upgrade_76("websocket").body(Bytes::new()).unwrap());
    assert_eq!(sim.pieces(websocket).concat(), b"\x007:::1+0\xff\xff\x00");
}

#[test]
fn a_websocket_that_does_not_open_is_not_waited_for() {
    let mut sim = Sim::refused(config(), UNKNOWN);
    sim.auto_write = false;
    let websocket = sim.connect("websocket");
    sim.jump();
    assert!(sim.is_finished(websocket) && sim.is_forgotten());

    let mut sim = Sim::refused(config(), UNKNOWN);
    sim.auto_write = false;
    let websocket = sim.connect("websocket");
    sim.detach(websocket, Gone::Reset);
    assert!(sim.is_forgotten());
}

#[test]
fn posts_are_refused_but_goodbyes_are_taken() {
    for (transport, body, status) in [
        ("xhr-polling", "3:::x", 400),
        ("xhr-polling", "", 400),
        ("xhr-polling", "0::/chat", 400),
        ("xhr-polling", "\u{fffd}", 400),
        ("xhr-polling", "0::", 200),
        ("xhr-polling", "0", 200),
        ("htmlfile", "0::", 200),
        ("jsonp-polling", "d=%220%3A%3A%22", 200),
        ("xhr-polling", "\u{fffd}5\u{fffd}3:::x\u{fffd}3\u{fffd}0::", 200),
    ] {
        let mut sim = Sim::refused(config(), UNKNOWN);
        let post = sim.post(transport, body);
        assert_eq!(sim.answer(post).0, status, "{body}");
        if status == 200 {
            assert_eq!(sim.answer(post).1, "1");
        }
        assert!(sim.is_forgotten());
    }
    let mut sim = Sim::refused(config(), Refusal::Unavailable);
    let post = sim.post("xhr-polling", "3:::x");
    assert_eq!(sim.answer(post).0, 503);
    assert_eq!(sim.head(post).headers["retry-after"], "5");
}

#[test]
fn a_disconnect_request_is_answered_as_if_all_were_well() {
    for why in [UNKNOWN, AGAIN] {
        let mut sim = Sim::refused(config(), why);
        let request = sim.disconnect_request();
        assert_eq!(sim.answer(request), (200, String::new()));
        assert!(sim.is_forgotten());
    }
}

#[test]
fn an_exchange_that_never_comes_is_not_waited_for() {
    let mut sim = Sim::refused(config(), UNKNOWN);
    assert_eq!(sim.queue("3:::x"), Err(SendError::Closed));
    sim.jump();
    assert!(sim.is_forgotten());
}

#[test]
fn a_second_exchange_is_turned_away() {
    let mut sim = Sim::refused(config(), AGAIN);
    let poll = sim.connect("xhr-polling");
    let second = sim.connect("xhr-polling");
    assert_eq!(sim.answer(second).0, 503);
    sim.jump();
    assert_eq!(sim.heard(poll), ["7:::1+0"]);
}

#[test]
fn the_refusal_wears_the_index_of_the_request() {
    let mut sim = Sim::refused(config(), UNKNOWN);
    let (head, ()) = get("jsonp-polling").body(()).unwrap().into_parts();
    let uri = head.uri.to_string().replace("i=0", "i=4");
    let request = http::Request::get(uri).body(Bytes::new()).unwrap();
    let poll = sim.request(request);
    assert_eq!(sim.answer(poll).1, "io.j[4](\"7:::1+0\");");
}
