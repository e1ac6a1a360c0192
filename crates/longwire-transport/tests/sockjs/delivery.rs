//! Which messages share a frame, and what happens when there are too many.

use longwire_codec::packet::Content;
use longwire_codec::{Args, Outbound, Packet, Payload};
use longwire_transport::{Delivery, SendError};

use crate::harness::{RECEIVERS, STREAMS, Service, config};

#[test]
fn what_waits_when_a_receiver_comes_is_one_frame() {
    for path in RECEIVERS {
        let mut service = Service::away(config());
        for message in ["a", "</script>\"%", ""] {
            service.send(message);
        }
        let receiver = service.connect(path);
        assert_eq!(service.heard(receiver), [r#"a["a","</script>\"%",""]"#], "{path}");
    }
}

#[test]
fn what_is_sent_to_a_receiver_goes_at_once() {
    for path in RECEIVERS {
        let (mut service, receiver) = Service::open(config(), path);
        service.send("a");
        assert_eq!(service.heard(receiver), [r#"a["a"]"#], "{path}");
    }
}

#[test]
fn a_poll_takes_everything_of_one_turn() {
    let (mut service, poll) = Service::open(config(), "xhr");
    service.queue("a").unwrap();
    service.queue("b").unwrap();
    service.end_turn();
    assert_eq!(service.heard(poll), [r#"a["a","b"]"#]);
}

#[test]
fn streams_share_the_bytes_of_a_broadcast() {
    for (path, other) in [("xhr_streaming", "xhr"), ("eventsource", "eventsource"), ("htmlfile", "htmlfile")] {
        let message = Outbound::from(Payload::from("to all"));
        let mut pointers = vec![];
        for path in [path, other] {
            let (mut service, receiver) = Service::open(config(), path);
            service.queue_as(&message, Delivery::Reliable).unwrap();
            service.end_turn();
            pointers.push(service.pieces(receiver).last().unwrap().as_ptr());
        }
        assert_eq!(pointers[0], pointers[1], "{path} and {other}");
    }
}

#[test]
fn every_message_is_a_frame_of_its_own_on_a_stream_that_is_there() {
    for path in STREAMS {
        let (mut service, stream) = Service::open(config(), path);
        service.auto_write = false;
        for message in ["a", "b", "c"] {
            service.send(message);
        }
        assert_eq!(service.heard(stream), [r#"a["a"]"#]);
        service.written(stream);
        assert_eq!(service.heard(stream), [r#"a["b"]"#, r#"a["c"]"#], "{path}: one write, two pieces");
    }
}

#[test]
fn one_write_is_not_the_whole_backlog() {
    for path in ["xhr_streaming", "websocket"] {
        let (mut service, receiver) = Service::open(config().response_limit(1 << 30), path);
        service.auto_write = false;
        for _ in 0..10 {
            service.queue("x".repeat(20_000)).unwrap();
        }
        service.end_turn();
        let mut writes = vec![];
        loop {
            writes.push(service.heard(receiver).len());
            if !service.is_outstanding(receiver) {
                break;
            }
            service.written(receiver);
        }
        assert_eq!(writes, [4, 4, 2, 0], "{path}: 64 KiB and no more");
    }
}

#[test]
fn an_event_of_the_other_family_is_a_message() {
    let event = Packet::event("", "all", Args::from_serialize(&("hi", 1)).unwrap());
    for path in RECEIVERS {
        let (mut service, receiver) = Service::open(config(), path);
        service.queue_as(&event.clone().into(), Delivery::Reliable).unwrap();
        service.end_turn();
        assert_eq!(service.heard(receiver), [r#"a["{\"name\":\"all\",\"args\":[\"hi\",1]}"]"#], "{path}");
    }
}

#[test]
fn what_only_the_other_family_understands_is_said_to_nobody() {
    let (mut service, poll) = Service::open(config(), "xhr");
    let packet = Outbound::from(Packet::new("/chat", Content::Disconnect));
    service.queue_as(&packet, Delivery::Reliable).unwrap();
    service.end_turn();
    assert!(!service.is_answered(poll));
    service.advance(25.0);
    assert_eq!(service.heard(poll), ["h"], "nor does it stand in the way");
}

#[test]
fn a_full_queue_says_so_until_half_of_it_is_free() {
    let mut service = Service::away(config().backlog_bytes(100));
    for _ in 0..4 {
        service.send(&"x".repeat(25));
    }
    assert_eq!(service.queue("x"), Err(SendError::Full { queued: 100, limit: 100 }));
    assert!(service.events().is_empty());
    service.connect("xhr");
    assert_eq!(service.events(), ["writable"]);
    service.send("x");
}

#[test]
fn the_number_of_messages_is_bounded_too() {
    let mut service = Service::away(config().backlog_messages(3));
    for _ in 0..3 {
        service.send("");
    }
    assert!(matches!(service.queue(""), Err(SendError::Full { .. })));
}

#[test]
fn volatile_messages_are_for_now_or_never() {
    let message = Outbound::from(Payload::from("v"));
    let mut service = Service::away(config());
    assert_eq!(service.queue_as(&message, Delivery::Volatile), Err(SendError::Dropped));
    let poll = service.connect("xhr");
    service.queue_as(&message, Delivery::Volatile).unwrap();
    service.end_turn();
    assert_eq!(service.heard(poll), [r#"a["v"]"#]);

    let (mut service, _) = Service::open(config(), "xhr_streaming");
    service.auto_write = false;
    service.send("a");
    assert_eq!(service.queue_as(&message, Delivery::Volatile), Err(SendError::Dropped));

    let (mut service, _) = Service::open(config(), "xhr");
    service.auto_write = false;
    service.send("a");
    service.connect("xhr");
    assert_eq!(service.queue_as(&message, Delivery::Volatile), Err(SendError::Dropped), "the answer is under way");
}
