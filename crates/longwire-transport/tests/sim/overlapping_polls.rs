//! A second request takes over from one that is still there.

use longwire_transport::Gone;

use crate::harness::{Sim, config};

#[test]
fn the_second_poll_gets_the_message_and_the_first_is_answered_in_its_own_time() {
    let (mut sim, first) = Sim::open(config(), "xhr-polling");
    sim.advance(5.0);
    let second = sim.connect("xhr-polling");
    sim.send("3:::x");
    assert_eq!(sim.heard(second), ["3:::x"]);
    assert!(!sim.is_answered(first));

    sim.advance(14.9);
    assert!(!sim.is_answered(first));
    sim.advance(0.1);
    assert_eq!(sim.heard(first), ["8::"]);
}

#[test]
fn each_of_many_polls_is_held_for_its_own_duration() {
    let (mut sim, first) = Sim::open(config(), "xhr-polling");
    let mut polls = vec![first];
    for _ in 0..5 {
        sim.advance(1.0);
        polls.push(sim.connect("xhr-polling"));
    }
    sim.advance(14.9);
    for poll in polls {
        assert!(!sim.is_answered(poll));
        sim.advance(0.1);
        assert_eq!(sim.heard(poll), ["8::"]);
        sim.advance(0.9);
    }
    assert!(sim.events().is_empty());
}

#[test]
fn too_many_polls_at_once_are_not_hoarded() {
    let (mut sim, first) = Sim::open(config(), "xhr-polling");
    for _ in 0..8 {
        sim.connect("xhr-polling");
        assert!(!sim.is_answered(first));
    }
    sim.connect("xhr-polling");
    assert_eq!(sim.heard(first), ["8::"]);
}

#[test]
fn of_too_many_websockets_the_one_that_carries_messages_stays() {
    let (mut sim, first) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::a");
    let mut last = first;
    for _ in 0..12 {
        last = sim.connect("websocket");
    }
    assert!(!sim.is_finished(first));
    sim.detach(first, Gone::Reset);
    sim.written(last);
    assert_eq!(sim.heard(last), ["3:::a"]);
}

#[test]
fn a_superseded_poll_that_goes_away_changes_nothing() {
    let (mut sim, first) = Sim::open(config(), "xhr-polling");
    let second = sim.connect("xhr-polling");
    sim.detach(first, Gone::Ended);
    sim.send("3:::x");
    assert_eq!(sim.heard(second), ["3:::x"]);
}

#[test]
fn a_poll_waits_until_the_answer_before_it_is_settled() {
    let (mut sim, first) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.send("3:::a");
    assert!(sim.is_answered(first));
    let second = sim.connect("xhr-polling");
    sim.send("3:::b");
    assert!(!sim.is_answered(second), "nobody knows whether `a` arrived");
    sim.written(first);
    assert_eq!(sim.heard(second), ["3:::b"]);
}

#[test]
fn a_poll_that_waits_in_vain_is_answered_all_the_same() {
    let (mut sim, first) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.send("3:::a");
    let second = sim.connect("xhr-polling");
    sim.send("3:::b");
    sim.advance(20.0);
    assert_eq!(sim.heard(second), ["8::"]);
    let third = sim.connect("xhr-polling");
    sim.detach(first, Gone::TooSlow);
    assert_eq!(sim.heard(third), ["3:::a", "3:::b"]);
}

#[test]
fn a_second_websocket_takes_over_without_ending_the_session() {
    let (mut sim, first) = Sim::open(config(), "websocket");
    let second = sim.connect("websocket");
    assert_eq!(sim.heard(first), ["close 1000"]);
    assert!(sim.is_finished(first));
    assert_eq!(sim.heard(second), [""; 0], "the page would raise connect twice");
    sim.say(first, "3:::from the old one");
    sim.say(second, "3:::from the new one");
    assert_eq!(sim.events(), ["3:::from the new one"]);
    sim.send("3:::x");
    assert_eq!(sim.heard(second), ["3:::x"]);
}

#[test]
fn a_second_websocket_waits_for_what_the_first_has_not_written() {
    let (mut sim, first) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.send("3:::b");
    let second = sim.connect("websocket");
    sim.written(second);
    assert!(!sim.is_finished(first));
    assert_eq!(sim.heard(second), [""; 0]);

    sim.written(first);
    assert_eq!(sim.heard(first), ["3:::a", "close 1000"]);
    assert!(sim.is_finished(first));
    assert_eq!(sim.heard(second), ["3:::b"]);
}

#[test]
fn what_the_first_websocket_loses_leaves_on_the_second() {
    let (mut sim, first) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.send("3:::b");
    let second = sim.connect("websocket");
    sim.written(second);
    sim.detach(first, Gone::Reset);
    assert_eq!(sim.heard(second), ["3:::a", "3:::b"]);
    assert!(sim.events().is_empty(), "the session goes on");
}

#[test]
fn a_second_stream_takes_over_too() {
    for transport in ["htmlfile", "xhr-multipart"] {
        let (mut sim, first) = Sim::open(config(), transport);
        let second = sim.connect(transport);
        assert!(sim.is_finished(first));
        assert_eq!(sim.heard(second), [""; 0]);
        assert_eq!(sim.pieces(second).len(), 1, "the prelude does not wait for a message");
        sim.send("3:::x");
        assert_eq!(sim.heard(second), ["3:::x"]);
    }
}

#[test]
fn a_stream_that_has_to_wait_begins_nevertheless() {
    let (mut sim, first) = Sim::open(config(), "htmlfile");
    sim.auto_write = false;
    sim.send("3:::a");
    let second = sim.connect("htmlfile");
    assert_eq!(sim.pieces(second).len(), 1);
    sim.written(second);
    sim.send("3:::b");
    assert_eq!(sim.heard(second), [""; 0]);
    sim.written(first);
    assert_eq!(sim.heard(second), ["3:::b"]);
}
