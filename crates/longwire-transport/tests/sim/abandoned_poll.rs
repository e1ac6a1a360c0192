//! The client of a poll is gone before it has read the answer.

use longwire_transport::Gone;

use crate::harness::{Sim, config};

#[test]
fn a_message_does_not_go_into_a_poll_that_was_given_up() {
    for transport in ["xhr-polling", "jsonp-polling"] {
        let (mut sim, poll) = Sim::open(config(), transport);
        sim.detach(poll, Gone::Ended);
        sim.send("3:::x");
        let next = sim.connect(transport);
        assert_eq!(sim.heard(next), ["3:::x"]);
        assert!(sim.events().is_empty());
    }
}

#[test]
fn a_half_written_answer_is_given_again_in_order() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.queue("3:::a").unwrap();
    sim.queue("3:::b").unwrap();
    sim.drain();
    sim.send("3:::c");
    assert_eq!(sim.heard(poll), ["3:::a", "3:::b"]);
    sim.detach(poll, Gone::Reset);
    sim.send("3:::d");
    let next = sim.connect("xhr-polling");
    assert_eq!(sim.heard(next), ["3:::a", "3:::b", "3:::c", "3:::d"]);
}

#[test]
fn an_answer_whose_client_is_gone_goes_to_the_poll_that_waits() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.send("3:::a");
    let next = sim.connect("xhr-polling");
    sim.detach(poll, Gone::Ended);
    assert_eq!(sim.heard(next), ["3:::a"]);
}

#[test]
fn the_first_packet_is_said_again_if_nobody_read_it() {
    let mut sim = Sim::new(config());
    sim.auto_write = false;
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::"]);
    sim.detach(poll, Gone::Ended);
    let next = sim.connect("xhr-polling");
    assert_eq!(sim.heard(next), ["1::"]);
    assert_eq!(sim.events(), ["open"]);
}

#[test]
fn a_written_answer_is_not_given_again() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.send("3:::a");
    assert_eq!(sim.heard(poll), ["3:::a"]);
    let next = sim.connect("xhr-polling");
    assert_eq!(sim.heard(next), [""; 0]);
    assert!(!sim.is_answered(next));
}

#[test]
fn a_noop_that_is_lost_is_no_loss() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.advance(20.0);
    assert_eq!(sim.heard(poll), ["8::"]);
    sim.detach(poll, Gone::Ended);
    let next = sim.connect("xhr-polling");
    sim.send("3:::a");
    assert_eq!(sim.heard(next), ["3:::a"]);
}

#[test]
fn a_client_that_stays_away_is_closed() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.advance(3.0);
    sim.detach(poll, Gone::Ended);
    sim.advance(59.9);
    assert!(sim.events().is_empty());
    sim.advance(0.1);
    assert_eq!(sim.events(), ["closed: close timeout"]);
    assert!(sim.is_forgotten());
}
