//! Polls with nothing to tell.

use crate::harness::{Sim, config, seconds};

#[test]
fn an_empty_poll_is_answered_with_a_noop() {
    for transport in ["xhr-polling", "jsonp-polling"] {
        let (mut sim, poll) = Sim::open(config(), transport);
        sim.advance(19.9);
        assert!(!sim.is_answered(poll));
        sim.advance(0.1);
        assert_eq!(sim.heard(poll), ["8::"]);
    }
}

#[test]
fn the_duration_may_be_a_fraction_of_a_second() {
    let (mut sim, poll) = Sim::open(config().polling_duration(seconds(0.25)), "xhr-polling");
    sim.advance(0.25);
    assert_eq!(sim.heard(poll), ["8::"]);
}

#[test]
fn a_message_at_the_last_moment_is_the_answer() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.queue("3:::x").unwrap();
    sim.now += seconds(20.0);
    sim.session.handle_timeout(sim.now);
    sim.drain();
    assert_eq!(sim.heard(poll), ["3:::x"]);
}

#[test]
fn an_early_timeout_is_harmless() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    for _ in 0..3 {
        sim.session.handle_timeout(sim.now);
        sim.drain();
    }
    assert!(!sim.is_answered(poll));
    sim.jump();
    assert_eq!(sim.heard(poll), ["8::"]);
    assert!((sim.clock() - 20.0).abs() < 0.01);
}
