//! What is sent while no poll is held, or in one turn.

use longwire_transport::SendError;

use crate::harness::{Sim, config};

#[test]
fn what_waits_leaves_with_the_next_poll_as_one_payload() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.send("3:::first");
    assert_eq!(sim.heard(poll), ["3:::first"]);
    sim.send("5:::{\"name\":\"echo\",\"args\":[\"hi\",1]}");
    sim.send("3:::€😀");
    let next = sim.connect("xhr-polling");
    let body = "\u{fffd}35\u{fffd}5:::{\"name\":\"echo\",\"args\":[\"hi\",1]}\u{fffd}7\u{fffd}3:::€😀";
    assert_eq!(sim.answer(next), (200, body.to_owned()));
    assert_eq!(body.len(), 61);
}

#[test]
fn what_is_sent_in_one_turn_travels_together() {
    for (transport, writes) in [("xhr-polling", 1), ("jsonp-polling", 1)] {
        let (mut sim, poll) = Sim::open(config(), transport);
        for message in ["3:::a", "3:::b", "3:::c"] {
            sim.queue(message).unwrap();
        }
        assert!(!sim.is_answered(poll));
        sim.drain();
        assert_eq!(sim.heard(poll), ["3:::a", "3:::b", "3:::c"], "{transport} in {writes}");
    }
}

#[test]
fn one_turn_is_one_write_on_a_stream() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    for message in ["3:::a", "3:::b", "3:::c"] {
        sim.queue(message).unwrap();
    }
    sim.drain();
    assert_eq!(sim.heard(websocket), ["3:::a", "3:::b", "3:::c"]);
}

#[test]
fn what_was_sent_before_the_first_transport_follows_the_first_packet() {
    for transport in ["websocket", "htmlfile", "xhr-multipart", "xhr-polling", "jsonp-polling"] {
        let mut sim = Sim::new(config());
        sim.send("3:::early");
        let exchange = sim.connect(transport);
        assert_eq!(sim.heard(exchange), ["1::", "3:::early"], "{transport}");
    }
}

#[test]
fn the_backlog_has_a_budget_in_packets() {
    let (mut sim, _) = Sim::open(config().backlog_packets(4), "xhr-polling");
    sim.send("3:::answers the poll");
    for _ in 0..4 {
        sim.send("3:::x");
    }
    assert!(matches!(sim.queue("3:::x"), Err(SendError::Full { .. })));

    let next = sim.connect("xhr-polling");
    assert_eq!(sim.heard(next).len(), 4);
    assert_eq!(sim.events(), ["writable"]);
    sim.send("3:::x");
}

#[test]
fn the_backlog_has_a_budget_in_bytes() {
    let (mut sim, _) = Sim::open(config().backlog_bytes(1000), "xhr-polling");
    sim.send("3:::answers the poll");
    let large = format!("3:::{}", "x".repeat(600));
    sim.send(&large);
    assert_eq!(sim.queue(&large), Err(SendError::Full { queued: 604, limit: 1000 }));
    sim.send("3:::small");
}

#[test]
fn the_largest_message_fits_an_empty_queue() {
    let (mut sim, _) = Sim::open(config().backlog_bytes(1000), "xhr-polling");
    sim.send("3:::answers the poll");
    let huge = format!("3:::{}", "x".repeat(5000));
    sim.send(&huge);
    assert!(matches!(sim.queue("3:::"), Err(SendError::Full { .. })));
    let next = sim.connect("xhr-polling");
    assert_eq!(sim.heard(next), [huge]);
}

#[test]
fn volatile_messages_need_somebody_who_takes_them_now() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.queue_volatile("3:::a").unwrap();
    sim.queue_volatile("3:::b").unwrap();
    sim.drain();
    assert_eq!(sim.heard(poll), ["3:::a", "3:::b"]);
    assert_eq!(sim.queue_volatile("3:::c"), Err(SendError::Dropped));

    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.queue_volatile("3:::a").unwrap();
    sim.drain();
    assert_eq!(sim.queue_volatile("3:::b"), Err(SendError::Dropped), "a write is under way");
    sim.written(websocket);
    sim.queue_volatile("3:::c").unwrap();
    sim.drain();
    assert_eq!(sim.heard(websocket), ["3:::a", "3:::c"]);
}

#[test]
fn a_volatile_message_does_not_wait_behind_an_unsettled_answer() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.connect("xhr-polling");
    assert_eq!(sim.queue_volatile("3:::b"), Err(SendError::Dropped));
}
