//! Clients that try one transport behind the other with the same id.

use longwire_transport::{Gone, Input};

use crate::harness::{Sim, config, get, upgrade};

#[test]
fn a_client_behind_a_deaf_websocket_gets_everything_again() {
    let mut sim = Sim::new(config());
    let websocket = sim.connect("websocket");
    sim.send("3:::a");
    assert_eq!(sim.heard(websocket), ["1::", "3:::a"]);
    sim.send("3:::b");
    sim.advance(10.0);

    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::", "3:::a", "3:::b"]);
    assert!(sim.is_finished(websocket));
    assert_eq!(sim.events(), ["open"], "the application sees one connection");
    sim.say(websocket, "3:::from the grave");
    assert!(sim.events().is_empty());
}

#[test]
fn what_a_sign_of_life_has_proven_is_not_sent_again() {
    let (mut sim, websocket) = Sim::open(config(), "websocket");
    sim.send("3:::a");
    sim.say(websocket, "3:::hello");
    sim.send("3:::b");
    let stream = sim.connect("htmlfile");
    assert_eq!(sim.heard(stream), ["1::"]);
    sim.send("3:::c");
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::", "3:::c"], "nothing is known of htmlfile");
}

#[test]
fn a_second_poll_proves_the_first() {
    let mut sim = Sim::new(config());
    sim.queue("3:::a").unwrap();
    sim.connect("xhr-polling");
    sim.connect("xhr-polling");
    let stream = sim.connect("htmlfile");
    assert_eq!(sim.heard(stream), ["1::"]);
}

#[test]
fn a_post_proves_the_transport() {
    let mut sim = Sim::new(config());
    sim.queue("3:::a").unwrap();
    sim.connect("htmlfile");
    sim.say_by_post("htmlfile", "2::");
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::"]);
}

#[test]
fn what_is_kept_for_a_fallback_has_a_bound() {
    let mut sim = Sim::new(config().resend_bytes(20));
    let websocket = sim.connect("websocket");
    for _ in 0..3 {
        sim.send("3:::12345");
    }
    assert_eq!(sim.heard(websocket).len(), 4);
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["7:::1+0"], "a gap is worse than a new session");
    assert_eq!(sim.events(), ["open", "closed: backlog"]);
    assert!(sim.is_forgotten());
}

#[test]
fn a_held_poll_of_another_transport_is_superseded() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    let script = sim.connect("jsonp-polling");
    assert_eq!(sim.heard(script), ["1::"]);
    assert!(!sim.is_answered(poll));
    sim.advance(20.0);
    assert_eq!(sim.heard(poll), ["8::"]);
}

#[test]
fn a_websocket_that_fails_to_open_leaves_the_session_alone() {
    let mut sim = Sim::new(config());
    sim.auto_write = false;
    let websocket = sim.connect("websocket");
    sim.advance(5.0);
    sim.detach(websocket, Gone::Ended);
    assert!(sim.events().is_empty());
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::"]);
    assert_eq!(sim.events(), ["open"]);
    assert_eq!(sim.session.transport(), Some("xhr-polling"));
}

#[test]
fn a_websocket_that_never_opens_does_not_keep_the_session() {
    let mut sim = Sim::new(config());
    sim.auto_write = false;
    let websocket = sim.connect("websocket");
    sim.advance(30.0);
    assert!(sim.is_finished(websocket) && sim.is_forgotten());

    let (mut sim, _) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    let websocket = sim.connect("websocket");
    sim.advance(60.0);
    assert!(sim.is_finished(websocket) && sim.is_forgotten());
    assert_eq!(sim.events(), ["closed: close timeout"]);
}

#[test]
fn a_websocket_that_dies_ahead_of_its_first_packet_never_was() {
    let mut sim = Sim::new(config());
    sim.auto_write = false;
    let websocket = sim.connect("websocket");
    sim.written(websocket);
    assert_eq!(sim.heard(websocket), ["1::"]);
    sim.detach(websocket, Gone::Reset);
    let poll = sim.connect("xhr-polling");
    assert_eq!(sim.heard(poll), ["1::"]);
    assert_eq!(sim.events(), ["open"]);
}

#[test]
fn a_failed_attempt_does_not_make_polls_begin_anew() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    sim.auto_write = false;
    let websocket = sim.connect("websocket");
    sim.detach(websocket, Gone::Ended);
    sim.advance(20.0);
    assert_eq!(sim.heard(poll), ["8::"]);
    let poll = sim.connect("xhr-polling");
    assert!(!sim.is_answered(poll), "1:: was said on this transport");
}

#[test]
fn a_request_without_its_upgrade_is_answered_400_by_the_routes() {
    use longwire_transport::{Protocol, Route};
    let sim = Sim::new(config());
    let bare = get("websocket").body(()).unwrap().into_parts().0;
    let Route::Answer(answer) = sim.protocol.route(&bare) else { panic!("an answer without a session") };
    assert_eq!(answer.status(), 400);
}

#[test]
fn a_websocket_request_that_cannot_be_accepted_is_refused_and_forgotten() {
    // A driver that routes elsewhere may attach what the routes would have answered.
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    let request = upgrade("websocket").header("sec-websocket-version", "14").body(longwire_codec::Bytes::new());
    let exchange = sim.attach("websocket", request.unwrap());
    assert_eq!(sim.answer(exchange).0, 400);
    sim.send("3:::x");
    assert_eq!(sim.heard(poll), ["3:::x"]);
}

#[test]
fn unknown_exchanges_and_transports_do_no_harm() {
    let (mut sim, poll) = Sim::open(config(), "xhr-polling");
    let stranger = longwire_transport::ExchangeId(99);
    sim.input(Input::Written { exchange: stranger });
    sim.input(Input::Message { exchange: stranger, payload: "0::".into() });
    sim.input(Input::Detach { exchange: stranger, cause: Gone::Ended });
    let odd = sim.attach("carrier-pigeon", get("carrier-pigeon").body(longwire_codec::Bytes::new()).unwrap());
    assert_eq!(sim.answer(odd).0, 400);
    assert!(sim.events().is_empty() && !sim.is_answered(poll));
}
