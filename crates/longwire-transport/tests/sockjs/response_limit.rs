//! How much a response carries before it ends in good order.

use crate::harness::{STREAMS, Service, config};

#[test]
fn the_stream_of_the_official_suite_ends_behind_the_31st_frame() {
    let (mut service, stream) = Service::open(config().response_limit(4096), "xhr_streaming");
    for sent in 1..=31 {
        assert!(!service.is_finished(stream), "after {sent} frames");
        service.send(&"x".repeat(128));
        assert_eq!(service.heard(stream).len(), 1);
    }
    assert!(service.is_finished(stream));
    let bytes = service.pieces(stream).iter().skip(1).map(bytes::Bytes::len).sum::<usize>();
    assert_eq!(bytes, 4156, "the prelude does not count");
}

#[test]
fn one_large_message_ends_any_stream() {
    for path in STREAMS {
        let (mut service, stream) = Service::open(config().response_limit(4096), path);
        service.send(&"x".repeat(4096));
        assert_eq!(service.heard(stream), [format!("a[\"{}\"]", "x".repeat(4096))], "{path}");
        assert!(service.is_finished(stream));
    }
}

#[test]
fn the_dress_of_a_frame_counts() {
    for (path, frames) in [("xhr_streaming", 13), ("eventsource", 6), ("htmlfile", 2)] {
        let (mut service, stream) = Service::open(config().response_limit(100), path);
        let mut sent = 0;
        while !service.is_finished(stream) {
            service.send("ab");
            sent += 1;
        }
        assert_eq!(sent, frames, "{path}");
    }
}

#[test]
fn what_goes_beyond_waits_for_the_next_receiver() {
    let (mut service, stream) = Service::open(config().response_limit(30), "xhr_streaming");
    for message in ["0123456789", "0123456789", "c", "d"] {
        service.queue(message).unwrap();
    }
    service.end_turn();
    assert_eq!(service.heard(stream), [r#"a["0123456789"]"#; 2]);
    assert!(service.is_finished(stream));
    let next = service.connect("xhr_streaming");
    assert_eq!(service.heard(next), [r#"a["c","d"]"#]);
}

#[test]
fn a_stream_waits_for_its_last_write_before_it_ends() {
    let (mut service, stream) = Service::open(config().response_limit(10), "xhr_streaming");
    service.auto_write = false;
    service.send("0123456789");
    assert!(!service.is_finished(stream));
    service.written(stream);
    assert!(service.is_finished(stream));
}

#[test]
fn heartbeats_count() {
    let (mut service, stream) = Service::open(config().response_limit(6), "xhr_streaming");
    service.advance(25.0);
    assert!(!service.is_finished(stream));
    service.advance(25.0);
    assert_eq!(service.heard(stream), ["h", "h"]);
    assert!(service.is_finished(stream));
}

#[test]
fn what_leaves_together_counts_together() {
    let (mut service, stream) = Service::open(config().response_limit(10), "xhr_streaming");
    service.auto_write = false;
    service.send("");
    service.advance(25.0);
    for message in ["a", "b"] {
        service.send(message);
    }
    assert_eq!(service.heard(stream), [r#"a[""]"#]);
    service.written(stream);
    assert_eq!(service.heard(stream), ["h"], "8 bytes, and 2 more");
    service.written(stream);
    assert!(service.is_finished(stream));
}

#[test]
fn a_limit_of_one_byte_makes_a_poll_of_every_stream() {
    for path in STREAMS {
        let mut service = Service::new(config().response_limit(1));
        let first = service.connect(path);
        assert_eq!(service.heard(first), ["o"]);
        assert!(service.is_finished(first), "{path}");
    }
}
