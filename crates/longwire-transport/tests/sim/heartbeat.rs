//! `2::` on streams and WebSockets, and what happens without an answer.

use longwire_transport::Gone;

use crate::harness::{Sim, config};

const STREAMS: [&str; 4] = ["websocket", "flashsocket", "htmlfile", "xhr-multipart"];

#[test]
fn the_first_heartbeat_comes_after_one_interval() {
    for transport in STREAMS {
        let (mut sim, stream) = Sim::open(config(), transport);
        sim.advance(24.9);
        assert_eq!(sim.heard(stream), [""; 0], "{transport}");
        sim.advance(0.1);
        assert_eq!(sim.heard(stream), ["2::"], "{transport}");
    }
}

#[test]
fn the_interval_runs_from_one_heartbeat_to_the_next() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    for round in 0..20 {
        sim.advance(10.0);
        sim.say(websocket, "3:::late answers and other packets do not move it");
        sim.send("3:::nor does what the server says");
        sim.heard(websocket);
        sim.advance(14.9);
        sim.say(websocket, "2::");
        assert_eq!(sim.heard(websocket), [""; 0], "round {round}");
        sim.advance(0.1);
        assert_eq!(sim.heard(websocket), ["2::"], "round {round}");
    }
}

#[test]
fn a_silent_client_is_closed_one_timeout_after_the_first_unanswered_heartbeat() {
    for transport in STREAMS {
        let (mut sim, stream) = Sim::open(config(), transport);
        sim.advance(84.9);
        assert!(sim.events().is_empty(), "{transport}");
        sim.heard(stream);
        sim.advance(0.1);
        assert_eq!(sim.events(), ["closed: heartbeat timeout"], "{transport}");
        assert!(sim.is_finished(stream) && sim.is_forgotten());
        let last: &[&str] = if transport.ends_with("socket") { &["close 1000"] } else { &[] };
        assert_eq!(sim.heard(stream), last, "no packet: {transport}");
    }
}

#[test]
fn any_packet_and_any_post_is_a_sign_of_life() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    for _ in 0..10 {
        sim.advance(50.0);
        sim.say(websocket, "no packet at all");
        assert!(sim.events().is_empty());
    }
    let (mut sim, _) = Sim::open(config(), "htmlfile");
    for body in ["2::", "3:::x", "", "\u{fffd}broken"] {
        sim.advance(50.0);
        sim.post("htmlfile", body);
    }
    sim.advance(50.0);
    assert_eq!(sim.events(), ["3:::x"]);
}

#[test]
fn an_answer_stops_the_timeout_but_not_the_next_one() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.advance(25.0);
    sim.say(websocket, "2::");
    sim.advance(84.9);
    assert!(sim.events().is_empty());
    sim.advance(0.1);
    assert_eq!(sim.events(), ["closed: heartbeat timeout"]);
    assert!((sim.clock() - 110.0).abs() < 0.01);
}

#[test]
fn an_unasked_heartbeat_is_welcome() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.say(websocket, "2::");
    sim.say(websocket, "2:::x");
    assert_eq!(sim.heard(websocket), [""; 0]);
    assert!(sim.events().is_empty());
}

#[test]
fn polls_have_no_heartbeats() {
    let (mut sim, mut poll) = Sim::open(config(), "xhr-polling");
    for _ in 0..10 {
        sim.advance(20.0);
        assert_eq!(sim.heard(poll), ["8::"]);
        poll = sim.connect("xhr-polling");
    }
    assert!(sim.events().is_empty());
}

#[test]
fn a_heartbeat_behind_a_slow_write_gives_the_client_its_whole_time() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::slow");
    sim.advance(65.0);
    sim.written(websocket);
    assert_eq!(sim.heard(websocket), ["3:::slow", "2::"]);
    sim.advance(59.9);
    assert!(sim.events().is_empty());
    sim.advance(0.1);
    assert_eq!(sim.events(), ["closed: heartbeat timeout"]);
}

#[test]
fn a_write_that_never_ends_does_not_keep_the_session() {
    let (mut sim, _) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::stuck");
    sim.advance(85.0);
    assert_eq!(sim.events(), ["closed: heartbeat timeout"]);
    assert!(sim.is_forgotten());
}

#[test]
fn heartbeats_end_with_their_stream() {
    let (mut sim, websocket) = Sim::open(config().grace(crate::harness::seconds(50.0)), "websocket");
    sim.advance(26.0);
    sim.detach(websocket, Gone::Reset);
    sim.advance(30.0);
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::"]);
    sim.advance(50.0);
    assert!(sim.events().is_empty());
}

#[test]
fn a_heartbeat_that_could_not_leave_does_not_go_into_a_poll() {
    let mut sim = Sim::new(config());
    let websocket = sim.connect("websocket");
    assert_eq!(sim.heard(websocket), ["1::"]);
    sim.auto_write = false;
    sim.send("3:::slow");
    sim.advance(26.0);
    let poll = sim.connect("xhr-polling");
    sim.written(websocket);
    assert_eq!(sim.heard(poll), ["1::", "3:::slow"]);
}
