//! Sessions that nobody comes back to, and streams that end.

use longwire_codec::websocket::{CloseCode, ReadError};
use longwire_transport::Gone;

use crate::harness::{Sim, config, seconds};

#[test]
fn a_session_ends_one_close_timeout_after_its_last_poll() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.send("3:::x");
    assert!(sim.is_answered(poll));
    sim.advance(59.9);
    assert!(sim.events().is_empty());
    sim.advance(0.1);
    assert_eq!(sim.events(), ["closed: close timeout"]);
    assert!(sim.is_forgotten());
}

#[test]
fn nothing_else_is_due_while_away() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.send("3:::x");
    sim.jump();
    assert!((sim.clock() - 60.0).abs() < 0.01);
    assert!(sim.is_forgotten());
}

#[test]
fn posts_do_not_put_it_off() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.send("3:::x");
    sim.advance(30.0);
    sim.say_by_post("xhr-polling", "2::");
    sim.advance(30.0);
    assert_eq!(sim.events(), ["closed: close timeout"]);
}

#[test]
fn the_time_counts_from_the_end_of_a_slow_answer() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.send("3:::x");
    sim.advance(40.0);
    sim.written(poll);
    sim.advance(59.9);
    assert!(sim.events().is_empty());
    sim.advance(0.1);
    assert_eq!(sim.events(), ["closed: close timeout"]);
}

#[test]
fn a_poll_in_time_goes_on() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.send("3:::x");
    sim.advance(59.0);
    let poll = sim.connect("xhr-polling");
    sim.advance(10.0);
    sim.send("3:::y");
    assert_eq!(sim.heard(poll), ["3:::y"]);
}

#[test]
fn an_unopened_session_is_forgotten_without_a_word() {
    let mut sim = Sim::new(config());
    sim.advance(29.9);
    assert!(!sim.is_forgotten());
    sim.advance(0.1);
    assert!(sim.is_forgotten());
    assert!(sim.events().is_empty());
}

#[test]
fn a_stream_that_ends_ends_the_session_at_once() {
    for transport in ["websocket", "htmlfile", "xhr-multipart"] {
        for (cause, reason) in [
            (Gone::Ended, "closed: socket end"),
            (Gone::Reset, "closed: socket end"),
            (Gone::Closed(Some(CloseCode::GOING_AWAY)), "closed: socket end"),
            (Gone::TooSlow, "closed: slow consumer"),
            (Gone::Broken(ReadError::Unmasked), "closed: parse error"),
            (Gone::Broken(ReadError::MessageTooLong { limit: 5 }), "closed: payload limit"),
            (Gone::Broken(ReadError::TooManyFragments { limit: 5 }), "closed: payload limit"),
        ] {
            let (mut sim, stream) = Sim::open(config(), transport);
            sim.detach(stream, cause);
            assert_eq!(sim.events(), [reason]);
            assert!(sim.is_forgotten());
        }
    }
}

#[test]
fn a_session_with_grace_outlives_its_stream() {
    let config = config().grace(seconds(10.0));
    let (mut sim, first) = Sim::open(config.clone(), "websocket");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.detach(first, Gone::Reset);
    sim.send("3:::b");
    sim.advance(9.9);
    let second = sim.connect("websocket");
    sim.written(second);
    assert_eq!(sim.heard(second), ["3:::a", "3:::b"], "what was not written, and no second 1::");
    assert!(sim.events().is_empty());

    let (mut sim, stream) = Sim::open(config, "htmlfile");
    sim.detach(stream, Gone::Ended);
    sim.advance(10.0);
    assert_eq!(sim.events(), ["closed: close timeout"]);
}

#[test]
fn a_websocket_that_breaks_the_rules_has_no_grace() {
    let (mut sim, websocket) = Sim::open(config().grace(seconds(10.0)), "websocket");
    sim.detach(websocket, Gone::Broken(ReadError::Unmasked));
    assert_eq!(sim.events(), ["closed: parse error"]);
}
