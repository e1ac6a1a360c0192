//! Sessions that somebody ends on purpose.

use longwire_transport::{CloseReason, Gone, SendError};

use crate::harness::{Sim, config};

#[test]
fn a_disconnect_packet_is_echoed_where_a_transport_is_open() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.say(websocket, "0::");
    assert_eq!(sim.heard(websocket), ["0::", "close 1000"]);
    assert_eq!(sim.events(), ["closed: booted"]);
    assert!(sim.is_finished(websocket) && sim.is_forgotten());

    for transport in ["htmlfile", "xhr-multipart", "xhr-polling", "jsonp-polling"] {
        let (mut sim, exchange) = Sim::open(config(), transport);
        sim.say_by_post("xhr-polling", "0:7:");
        assert_eq!(sim.heard(exchange), ["0::"], "{transport}");
        assert_eq!(sim.events(), ["closed: booted"]);
        assert!(sim.is_finished(exchange) && sim.is_forgotten());
    }
}

#[test]
fn nothing_is_delivered_behind_a_disconnect_packet() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.say_by_post("xhr-polling", "\u{fffd}5\u{fffd}3:::a\u{fffd}3\u{fffd}0::\u{fffd}5\u{fffd}3:::b");
    assert_eq!(sim.events(), ["3:::a", "closed: booted"]);
}

#[test]
fn a_disconnect_packet_between_polls_ends_the_session() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.send("3:::x");
    sim.say_by_post("xhr-polling", "0::");
    assert_eq!(sim.events(), ["closed: booted"]);
    assert!(sim.is_forgotten());
}

#[test]
fn a_disconnect_request_ends_the_session_on_every_transport() {
    for transport in ["websocket", "htmlfile", "xhr-multipart", "xhr-polling", "jsonp-polling"] {
        let (mut sim, exchange) = Sim::open(config(), transport);
        let request = sim.disconnect_request();
        assert_eq!(sim.answer(request), (200, String::new()));
        assert_eq!(sim.heard(exchange)[0], "0::", "{transport}");
        assert_eq!(sim.events(), ["closed: booted"]);
        assert!(sim.is_forgotten());
    }
}

#[test]
fn a_disconnect_request_works_while_the_session_is_away() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.send("3:::x");
    let request = sim.disconnect_request();
    assert_eq!(sim.answer(request), (200, String::new()));
    assert_eq!(sim.events(), ["closed: booted"]);
    assert!(sim.is_forgotten());
}

#[test]
fn a_session_that_was_never_opened_goes_without_a_word() {
    let mut sim = Sim::new(config());
    sim.disconnect_request();
    assert!(sim.is_forgotten() && sim.events().is_empty());

    let mut sim = Sim::new(config());
    sim.say_by_post("xhr-polling", "0::");
    assert!(sim.is_forgotten() && sim.events().is_empty());
}

#[test]
fn a_kick_says_goodbye_behind_what_was_sent() {
    for transport in ["websocket", "htmlfile", "xhr-multipart", "xhr-polling", "jsonp-polling"] {
        let (mut sim, exchange) = Sim::open(config(), transport);
        sim.queue("3:::last words").unwrap();
        sim.close(CloseReason::Booted);
        let heard = sim.heard(exchange);
        assert_eq!(heard[..2], ["3:::last words", "0::"], "{transport}");
        assert_eq!(sim.events(), ["closed: booted"]);
        assert!(sim.is_finished(exchange) && sim.is_forgotten());
    }
}

#[test]
fn a_kick_while_away_is_over_at_once() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.send("3:::x");
    sim.close(CloseReason::Booted);
    assert_eq!(sim.events(), ["closed: booted"]);
    assert!(sim.is_forgotten());
}

#[test]
fn the_end_is_told_once() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::busy");
    sim.close(CloseReason::Booted);
    sim.close(CloseReason::ServerShutdown);
    sim.disconnect_request();
    sim.detach(websocket, Gone::Ended);
    assert_eq!(sim.events(), ["closed: booted"]);
    assert!(sim.is_forgotten());
    assert_eq!(sim.queue("3:::x"), Err(SendError::Closed));
    assert_eq!(sim.queue_volatile("3:::x"), Err(SendError::Closed));
    sim.close(CloseReason::Booted);
}

#[test]
fn a_busy_websocket_is_waited_for() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.send("3:::b");
    sim.close(CloseReason::Booted);
    assert_eq!(sim.events(), ["closed: booted"], "the application need not wait");
    sim.advance(9.0);
    sim.say(websocket, "3:::too late");
    sim.written(websocket);
    assert_eq!(sim.heard(websocket), ["3:::a", "3:::b", "0::", "close 1000"]);
    assert!(sim.is_forgotten() && sim.events().is_empty());
}

#[test]
fn a_websocket_that_stays_busy_ends_without_the_goodbye() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.close(CloseReason::Booted);
    sim.advance(10.0);
    assert!(sim.is_finished(websocket) && sim.is_forgotten());
}

#[test]
fn a_client_that_comes_while_the_session_leaves_is_told_so() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.close(CloseReason::Booted);
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["0::"]);
    let stream = sim.connect("htmlfile");
    assert_eq!(sim.heard(stream), ["0::"]);
    let second = sim.connect("websocket");
    assert_eq!(sim.answer(second).0, 503);
    let post = sim.post("xhr-polling", "3:::x");
    assert_eq!(sim.answer(post), (200, "1".to_owned()));
    let bad = sim.post("xhr-polling", "\u{fffd}");
    assert_eq!(sim.answer(bad).0, 400);
    sim.written(websocket);
    assert_eq!(sim.events(), ["closed: booted"]);
}

#[test]
fn a_server_that_stops_tells_clients_to_come_back() {
    for transport in ["websocket", "htmlfile", "xhr-multipart", "xhr-polling", "jsonp-polling"] {
        let (mut sim, exchange) = Sim::open(config(), transport);
        sim.close(CloseReason::ServerShutdown);
        let heard = sim.heard(exchange);
        assert_eq!(heard[0], "7:::1+0", "{transport}");
        assert!(heard.get(1).is_none_or(|last| last == "close 1001"), "{heard:?}");
        assert_eq!(sim.events(), ["closed: server shutdown"]);
        assert!(sim.is_forgotten());
    }
}

#[test]
fn superseded_polls_hear_the_same_goodbye() {
    let (mut sim, first) = Sim::open(config(), "xhr-polling");
    let second = sim.connect("xhr-polling");
    sim.close(CloseReason::Booted);
    assert_eq!(sim.heard(first), ["0::"]);
    assert_eq!(sim.heard(second), ["0::"]);

    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    let websocket = sim.connect("websocket");
    sim.detach(websocket, Gone::Ended);
    assert_eq!(sim.heard(poll), ["7:::1+0"]);
    assert_eq!(sim.events(), ["closed: socket end"]);
}

#[test]
fn a_poll_that_waits_for_an_unsettled_answer_hears_the_rest_and_the_goodbye() {
    let (mut sim, first) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.send("3:::b");
    let second = sim.connect("xhr-polling");
    sim.close(CloseReason::Booted);
    assert!(!sim.is_answered(second));
    sim.detach(first, Gone::Reset);
    assert_eq!(sim.heard(second), ["3:::a", "3:::b", "0::"]);
    assert!(sim.is_forgotten());
}

#[test]
fn a_poll_that_goes_while_the_session_leaves_is_the_end() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.send("3:::a");
    let second = sim.connect("xhr-polling");
    sim.close(CloseReason::Booted);
    sim.detach(second, Gone::Ended);
    assert!(sim.is_forgotten());
}

#[test]
fn the_goodbye_waits_for_what_a_replaced_websocket_carries() {
    let (mut sim, first) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.send("3:::b");
    let second = sim.connect("websocket");
    sim.written(second);
    sim.close(CloseReason::Booted);
    assert!(!sim.is_finished(first), "nobody knows whether `a` arrived");
    sim.written(first);
    assert_eq!(sim.heard(first), ["3:::a", "close 1000"]);
    assert_eq!(sim.heard(second), ["3:::b", "0::", "close 1000"]);
    assert!(sim.is_forgotten());
}
