//! Clients that take what is written slowly, or not at all.

use longwire_transport::{CloseReason, Gone, SendError};

use crate::harness::{Sim, config};

#[test]
fn messages_wait_for_the_write_under_way_and_leave_together() {
    for transport in ["websocket", "htmlfile", "xhr-multipart"] {
        let (mut sim, stream) = Sim::open(config(), transport);
        sim.auto_write = false;
        for message in ["3:::a", "3:::b", "3:::c", "3:::d"] {
            sim.send(message);
        }
        assert_eq!(sim.heard(stream), ["3:::a"]);
        sim.written(stream);
        assert_eq!(sim.heard(stream), ["3:::b", "3:::c", "3:::d"], "{transport}");
        sim.written(stream);
        assert!(!sim.is_outstanding(stream));
    }
}

#[test]
fn one_write_is_not_the_whole_backlog() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    let kilobytes = format!("3:::{}", "x".repeat(20_000));
    for _ in 0..10 {
        sim.queue(&kilobytes).unwrap();
    }
    sim.drain();
    assert_eq!(sim.heard(websocket).len(), 4, "64 KiB and no more");
    for rest in [4, 2] {
        sim.written(websocket);
        assert_eq!(sim.heard(websocket).len(), rest);
    }
}

#[test]
fn a_full_queue_says_so_until_half_of_it_is_free() {
    let (mut sim, websocket) = Sim::open(config().backlog_bytes(100), "websocket");
    sim.auto_write = false;
    let message = format!("3:::{}", "x".repeat(21));
    for _ in 0..4 {
        sim.send(&message);
    }
    assert_eq!(sim.queue("3:::x"), Err(SendError::Full { queued: 100, limit: 100 }));
    sim.written(websocket);
    assert!(sim.events().is_empty(), "75 bytes are under way");
    sim.written(websocket);
    assert_eq!(sim.events(), ["writable"]);
    sim.send("3:::x");
    assert!(sim.events().is_empty());
}

#[test]
fn a_reader_that_takes_nothing_is_closed() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.send("3:::b");
    sim.detach(websocket, Gone::TooSlow);
    assert_eq!(sim.events(), ["closed: slow consumer"]);
    assert!(sim.is_forgotten());
}

#[test]
fn a_session_over_its_budget_can_be_ended_in_the_middle_of_a_write() {
    for reason in [CloseReason::Backlog, CloseReason::SlowConsumer] {
        let (mut sim, websocket) = Sim::open(config(), "websocket");
        sim.auto_write = false;
        sim.send("3:::a");
        sim.close(reason);
        assert!(sim.is_finished(websocket) && sim.is_forgotten());
        assert_eq!(sim.events(), [format!("closed: {reason}")]);
    }
}

#[test]
fn a_poll_that_was_taken_too_slowly_is_not_the_end() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    sim.send("3:::a");
    sim.detach(poll, Gone::TooSlow);
    assert!(sim.events().is_empty());
    let next = sim.connect("xhr-polling");
    assert_eq!(sim.heard(next), ["3:::a"]);
}
