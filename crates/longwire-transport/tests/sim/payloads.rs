//! The bodies of POSTs, and what shares the body of a poll.

use longwire_codec::{Bytes, Payload};
use longwire_transport::Input;

use crate::harness::{Sim, config};

#[test]
fn a_payload_is_delivered_in_order_and_answered_with_1() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.say_by_post("xhr-polling", "\u{fffd}5\u{fffd}3:::a\u{fffd}6\u{fffd}3:::😀");
    assert_eq!(sim.events(), ["3:::a", "3:::😀"]);
}

#[test]
fn a_body_without_a_frame_is_one_packet() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.say_by_post("xhr-polling", "3:::a\u{fffd}5\u{fffd}3:::b");
    assert_eq!(sim.events(), ["3:::a\u{fffd}5\u{fffd}3:::b"]);
}

#[test]
fn a_broken_payload_delivers_nothing() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    for body in [
        "\u{fffd}5\u{fffd}3:::a\u{fffd}9\u{fffd}3:::b",
        "\u{fffd}5\u{fffd}3:::a3:::b",
        "\u{fffd}0x5\u{fffd}3:::a",
        "\u{fffd}x",
    ] {
        let post = sim.post("xhr-polling", body);
        assert_eq!(sim.answer(post).0, 400, "{body}");
    }
    let post = sim.post("xhr-polling", &b"3:::\xff"[..]);
    assert_eq!(sim.answer(post).0, 400);
    assert!(sim.events().is_empty());
    sim.say_by_post("xhr-polling", "3:::the session goes on");
    assert_eq!(sim.events(), ["3:::the session goes on"]);
}

#[test]
fn a_bad_packet_in_a_good_payload_is_dropped_alone() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.say_by_post("xhr-polling", "\u{fffd}5\u{fffd}3:::a\u{fffd}5\u{fffd}4:::{\u{fffd}5\u{fffd}3:::b");
    assert_eq!(sim.events(), ["3:::a", "3:::b"]);
    sim.say_by_post("xhr-polling", "no packet");
    assert!(sim.events().is_empty());
}

#[test]
fn an_empty_body_means_nothing() {
    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.say_by_post("xhr-polling", "");
    sim.say_by_post("jsonp-polling", "");
    assert!(sim.events().is_empty());
}

#[test]
fn a_payload_has_a_limit_of_packets() {
    let (mut sim, _) = Sim::open(config().payload_packets(2), "xhr-polling");
    let frame = "\u{fffd}3\u{fffd}2::";
    sim.say_by_post("xhr-polling", &frame.repeat(2));
    let post = sim.post("xhr-polling", frame.repeat(3));
    assert_eq!(sim.answer(post).0, 400);
}

#[test]
fn json_has_a_limit_of_depth() {
    let (mut sim, _) = Sim::open(config().json_depth(3), "xhr-polling");
    sim.say_by_post("xhr-polling", "4:::[[[]]]");
    sim.say_by_post("xhr-polling", "4:::[[[[]]]]");
    assert_eq!(sim.events(), ["4:::[[[]]]"]);
}

#[test]
fn a_post_is_read_in_the_way_of_the_transport_in_its_path() {
    let (mut sim, stream) = Sim::open(config(), "htmlfile");
    sim.say_by_post("jsonp-polling", "d=%223%3A%3A%3Aa%22");
    sim.say_by_post("xhr-polling", "3:::b");
    sim.say_by_post("htmlfile", "3:::c");
    sim.say_by_post("xhr-multipart", "3:::d");
    assert_eq!(sim.events(), ["3:::a", "3:::b", "3:::c", "3:::d"]);
    sim.send("3:::x");
    assert_eq!(sim.heard(stream), ["3:::x"], "the stream stays open");
}

#[test]
fn a_form_holds_a_json_string_or_the_packet_itself() {
    let (mut sim, _) = Sim::open(config(), "jsonp-polling");
    sim.say_by_post("jsonp-polling", "d=%223%3A%3A%3Aa%5Cnb%22");
    sim.say_by_post("jsonp-polling", "d=3%3A%3A%3Aa%0D%0Ab");
    assert_eq!(sim.events(), ["3:::a\nb", "3:::a\nb"]);
    for body in ["d=5", "d=%7B%7D", "d=%22", "x=3:::a", "d=3:::a&d=3:::b"] {
        let post = sim.post("jsonp-polling", body);
        assert_eq!(sim.answer(post).0, 400, "{body}");
    }
    assert!(sim.events().is_empty());
}

#[test]
fn packets_with_a_replacement_character_travel_alone() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    for message in ["3:::a", "3:::b", "3:::\u{fffd}", "3:::c", "3:::d"] {
        sim.queue(message).unwrap();
    }
    sim.drain();
    assert_eq!(sim.heard(poll), ["3:::a", "3:::b"]);
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.answer(poll).1, "3:::\u{fffd}");
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["3:::c", "3:::d"]);
}

#[test]
fn a_replacement_character_does_not_share_the_first_answer() {
    let mut sim = Sim::new(config());
    sim.send("3:::\u{fffd}");
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.answer(poll).1, "1::");
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.answer(poll).1, "3:::\u{fffd}");
}

#[test]
fn a_message_of_a_websocket_is_one_packet() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.say(websocket, "3:::a");
    sim.say(websocket, "\u{fffd}5\u{fffd}3:::b");
    sim.say(websocket, "nonsense");
    assert_eq!(sim.events(), ["3:::a"]);
}

#[test]
fn a_binary_message_ends_the_session() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.input(Input::Message { exchange: websocket, payload: Payload::Binary(Bytes::from_static(b"3:::a")) });
    assert_eq!(sim.heard(websocket), ["close 1003"]);
    assert_eq!(sim.events(), ["closed: parse error"]);
}
