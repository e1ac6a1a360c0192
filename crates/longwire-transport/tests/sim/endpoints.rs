//! What the session answers itself, and what it hands up.

use crate::harness::{Sim, config};

#[test]
fn the_default_endpoint_is_echoed_and_not_handed_up() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.say(websocket, "1::");
    assert_eq!(sim.heard(websocket), ["1::"]);
    sim.say(websocket, "1::?a=b");
    assert_eq!(sim.heard(websocket), ["1::"]);
    sim.say(websocket, "1:4:?a=b");
    assert_eq!(sim.heard(websocket), ["6:::4", "1::"]);
    assert!(sim.events().is_empty());
}

#[test]
fn other_endpoints_are_handed_up_and_ids_acknowledged_ahead() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.say(websocket, "1:5:/chat?x=1");
    assert_eq!(sim.heard(websocket), ["6::/chat:5"]);
    assert_eq!(sim.events(), ["1::/chat:?x=1"]);
    sim.say(websocket, "0:6:/chat");
    assert_eq!(sim.heard(websocket), [""; 0]);
    assert_eq!(sim.events(), ["0::/chat"], "only the endpoint ends");
}

#[test]
fn what_only_servers_say_is_ignored() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    for packet in ["2::", "7:::1+0", "7::/chat:2", "8::", "2::/chat"] {
        sim.say(websocket, packet);
    }
    assert_eq!(sim.heard(websocket), [""; 0]);
    assert!(sim.events().is_empty());
}

#[test]
fn messages_events_and_acks_are_handed_up_as_they_are() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    let packets = [
        "3:::hello",
        "3:1::hello",
        "3:2+:/chat:hello",
        "4:::{\"a\":1}",
        "5:3+::{\"name\":\"x\",\"args\":[1,\"two\"]}",
        "6:::7+[\"A\",\"B\"]",
    ];
    for packet in packets {
        sim.say(websocket, packet);
    }
    assert_eq!(sim.events(), packets);
}

#[test]
fn a_post_ahead_of_the_first_poll_opens_the_session_and_not_the_transport() {
    let mut sim = Sim::new(config());
    sim.say_by_post("xhr-polling", "2::");
    assert!(sim.events().is_empty(), "a heartbeat opens nothing");
    sim.say_by_post("xhr-polling", "3:::early");
    assert_eq!(sim.events(), ["open", "3:::early"]);
    assert_eq!(sim.session.transport(), None);
    sim.advance(59.0);
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::"]);
    assert!(sim.events().is_empty());

    let mut sim = Sim::new(config());
    sim.say_by_post("xhr-polling", "3:::early");
    sim.advance(60.0);
    assert_eq!(sim.events(), ["open", "3:::early", "closed: close timeout"]);
}

#[test]
fn a_connect_ahead_of_the_first_poll_is_answered_once() {
    let mut sim = Sim::new(config());
    sim.say_by_post("xhr-polling", "1:9:");
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::", "6:::9"]);
}

#[test]
fn a_client_that_wants_more_echoes_than_it_takes_is_dropped() {
    let (mut sim, websocket) = Sim::open(config().backlog_packets(10), "websocket");
    sim.auto_write = false;
    for _ in 0..11 {
        sim.say(websocket, "1::");
    }
    assert_eq!(sim.events(), ["closed: backlog"]);
    assert!(sim.is_finished(websocket) && sim.is_forgotten());
}
