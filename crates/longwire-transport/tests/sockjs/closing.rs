//! The application closes: with code and words, behind everything that waits, as often as somebody asks.

use longwire_transport::{CloseReason, Gone, SendError};

use crate::harness::{RECEIVERS, STREAMS, Service, config};

const GO_AWAY: &str = r#"c[3000,"Go away!"]"#;

#[test]
fn a_receiver_gets_the_close_frame_and_an_end() {
    for path in RECEIVERS {
        let (mut service, receiver) = Service::open(config(), path);
        service.close_with(3000, "Go away!");
        assert_eq!(service.heard(receiver), [GO_AWAY], "{path}");
        assert!(service.is_finished(receiver));
        assert_eq!(service.events(), ["closed: booted"], "the application hears of it at once");
        assert_eq!(service.queue("x"), Err(SendError::Closed));
    }
}

#[test]
fn a_service_that_closes_at_once_says_two_frames() {
    for path in RECEIVERS {
        let mut service = Service::new(config());
        service.auto_write = false;
        let first = service.connect(path);
        service.close_with(3000, "Go away!");
        assert_eq!(service.heard(first), ["o"]);
        service.written(first);
        if STREAMS.contains(&path) {
            assert_eq!(service.heard(first), [GO_AWAY]);
            service.written(first);
            assert!(service.is_finished(first));
        } else {
            let second = service.connect(path);
            assert_eq!(service.heard(second), [GO_AWAY]);
        }
    }
}

#[test]
fn what_waits_is_delivered_first() {
    for path in RECEIVERS {
        let mut service = Service::away(config());
        service.send("a");
        service.send("b");
        service.close_with(3001, "");
        let first = service.connect(path);
        if STREAMS.contains(&path) {
            assert_eq!(service.heard(first), [r#"a["a","b"]"#, r#"c[3001,""]"#], "{path}");
        } else {
            assert_eq!(service.heard(first), [r#"a["a","b"]"#]);
            let second = service.connect(path);
            assert_eq!(service.heard(second), [r#"c[3001,""]"#]);
        }
    }
}

#[test]
fn what_is_under_way_is_waited_for() {
    let (mut service, stream) = Service::open(config(), "xhr_streaming");
    service.auto_write = false;
    service.send("a");
    service.send("b");
    service.close_with(3000, "Go away!");
    assert_eq!(service.heard(stream), [r#"a["a"]"#]);
    service.written(stream);
    assert_eq!(service.heard(stream), [r#"a["b"]"#, GO_AWAY]);
    assert!(!service.is_finished(stream), "until it is written");
    service.written(stream);
    assert!(service.is_finished(stream));
}

#[test]
fn every_receiver_is_told_again_until_the_delay_has_passed_without_one() {
    let mut service = Service::away(config());
    service.close_with(3000, "Go away!");
    for path in RECEIVERS {
        service.advance(4.9);
        let receiver = service.connect(path);
        assert_eq!(service.heard(receiver), [GO_AWAY], "{path}");
        assert!(service.is_finished(receiver));
    }
    service.advance(4.999);
    assert!(!service.is_forgotten());
    service.advance(0.001);
    assert!(service.is_forgotten());
    assert_eq!(service.events(), ["closed: booted"]);
    let fresh = service.connect("xhr");
    assert_eq!(service.heard(fresh), ["o"], "after that nobody knows the id");
}

#[test]
fn what_clients_say_to_a_closing_session_is_taken_and_dropped() {
    let mut service = Service::away(config());
    service.close_with(3000, "Go away!");
    service.events();
    service.say("late");
    assert!(service.events().is_empty());
    let bad = service.post("xhr_send", "[");
    assert_eq!(service.status(bad), 500, "a bad body is still one");
}

#[test]
fn a_client_that_breaks_off_behind_its_close_frame_may_ask_once_more() {
    let (mut service, stream) = Service::open(config(), "xhr_streaming");
    service.auto_write = false;
    service.close_with(3000, "Go away!");
    service.detach(stream, Gone::Ended);
    let again = service.connect("xhr_streaming");
    assert_eq!(service.heard(again), [GO_AWAY]);
}

#[test]
fn a_client_that_breaks_off_ahead_of_it_has_lost_messages() {
    let (mut service, stream) = Service::open(config(), "xhr_streaming");
    service.auto_write = false;
    service.send("a");
    service.close_with(3000, "Go away!");
    service.detach(stream, Gone::Ended);
    assert!(service.is_forgotten());
    let again = service.connect("xhr_streaming");
    assert_eq!(service.heard(again), [r#"c[1002,"Connection interrupted"]"#]);
}

#[test]
fn a_close_frame_that_is_lost_together_with_messages_is_no_end_in_good_order() {
    let mut service = Service::away(config());
    service.auto_write = false;
    service.send("a");
    service.close_with(3000, "Go away!");
    let stream = service.connect("eventsource");
    assert_eq!(service.heard(stream), [r#"a["a"]"#, GO_AWAY]);
    service.detach(stream, Gone::Ended);
    let again = service.connect("xhr");
    assert_eq!(service.heard(again), [r#"c[1002,"Connection interrupted"]"#]);
}

#[test]
fn a_poll_is_back_before_the_last_answer_is_reported() {
    let (mut service, first) = Service::open(config(), "xhr");
    service.auto_write = false;
    service.send("a");
    service.close_with(3000, "Go away!");
    let second = service.connect("xhr");
    assert!(!service.is_answered(second));
    service.written(first);
    assert_eq!(service.heard(second), [GO_AWAY]);
}

#[test]
fn a_client_that_takes_nothing_is_not_waited_for_for_ever() {
    let (mut service, stream) = Service::open(config(), "xhr_streaming");
    service.auto_write = false;
    service.send("a");
    service.close_with(3000, "Go away!");
    service.advance(10.0);
    assert!(service.is_finished(stream) && service.is_forgotten());

    let mut service = Service::away(config());
    service.auto_write = false;
    service.close_with(3000, "Go away!");
    let stream = service.connect("htmlfile");
    service.advance(10.0);
    assert!(service.is_finished(stream) && service.is_forgotten(), "nor is one that comes later");
}

#[test]
fn a_second_receiver_is_one_too_many_while_the_last_words_are_written() {
    let (mut service, stream) = Service::open(config(), "xhr_streaming");
    service.auto_write = false;
    service.close_with(3000, "Go away!");
    let second = service.connect("xhr");
    assert_eq!(service.heard(second), [r#"c[2010,"Another connection still open"]"#]);
    service.written(stream);
    assert!(service.is_finished(stream));
}

#[test]
fn words_are_quoted() {
    let (mut service, poll) = Service::open(config(), "xhr");
    service.close_with(4999, "quote \" and \\ \u{2028}\n");
    assert_eq!(service.heard(poll), [r#"c[4999,"quote \" and \\ \u2028\n"]"#]);
}

#[test]
fn only_the_first_close_counts() {
    let mut service = Service::away(config());
    service.close_with(3000, "first");
    service.close_with(3001, "second");
    service.close(CloseReason::Booted);
    let poll = service.connect("xhr");
    assert_eq!(service.heard(poll), [r#"c[3000,"first"]"#]);
}

#[test]
fn a_close_without_words_is_a_normal_closure() {
    let (mut service, poll) = Service::open(config(), "xhr");
    service.close(CloseReason::Booted);
    assert_eq!(service.heard(poll), [r#"c[1000,"Normal closure"]"#]);
}

#[test]
fn a_server_that_stops_says_so_and_waits_for_nobody() {
    for path in RECEIVERS {
        let (mut service, receiver) = Service::open(config(), path);
        service.close(CloseReason::ServerShutdown);
        assert_eq!(service.heard(receiver), [r#"c[1001,"Server shutdown"]"#], "{path}");
        assert!(service.is_forgotten(), "nobody can come back");
        assert_eq!(service.events(), ["closed: server shutdown"]);
    }
    let mut service = Service::away(config());
    service.send("a");
    service.close(CloseReason::ServerShutdown);
    assert!(service.is_forgotten());

    let (mut service, poll) = Service::open(config(), "xhr");
    service.queue("a").unwrap();
    service.close(CloseReason::ServerShutdown);
    assert_eq!(service.heard(poll), [r#"a["a"]"#], "messages are worth more than words");
    assert!(service.is_forgotten());
}

#[test]
fn a_client_that_does_not_keep_up_is_cut_off() {
    for path in RECEIVERS {
        let (mut service, receiver) = Service::open(config(), path);
        service.auto_write = false;
        if STREAMS.contains(&path) {
            service.send("a");
        }
        service.close(CloseReason::SlowConsumer);
        assert!(service.is_finished(receiver) && service.is_forgotten(), "{path}");
        let next = service.connect("xhr");
        assert_eq!(service.heard(next), [r#"c[1002,"Connection interrupted"]"#]);
    }
}
