//! The headers and bytes of each transport.

use http::HeaderMap;
use longwire_codec::Bytes;

use crate::harness::{Sim, config, get, upgrade};

/// The headers of an answer, sorted, without its length.
fn headers(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<_> = headers
        .iter()
        .filter(|(name, _)| *name != "content-length")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

const CORS: [&str; 3] =
    ["access-control-allow-credentials: true", "access-control-allow-origin: http://a.example", "vary: Origin"];

fn with<'a>(ours: &[&'a str], others: &[&'a str]) -> Vec<&'a str> {
    let mut lines = [ours, others].concat();
    lines.sort_unstable();
    lines
}

fn first_answer(request: http::request::Builder) -> (Sim, longwire_transport::ExchangeId) {
    let mut sim = Sim::new(config());
    let exchange = sim.request(request.body(Bytes::new()).unwrap());
    (sim, exchange)
}

#[test]
fn xhr_polling() {
    let plain = ["cache-control: no-store", "content-type: text/plain; charset=UTF-8"];
    let (sim, poll) = first_answer(get("xhr-polling").header("origin", "http://a.example"));
    assert_eq!(sim.answer(poll), (200, "1::".to_owned()));
    assert_eq!(headers(&sim.head(poll).headers), with(&plain, &CORS));

    let (mut sim, poll) = first_answer(get("xhr-polling"));
    assert_eq!(headers(&sim.head(poll).headers), with(&plain, &["access-control-allow-origin: *"]));

    let post = http::Request::post(get("xhr-polling").uri_ref().unwrap()).header("origin", "http://a.example");
    let post = sim.request(post.body("3:::x".into()).unwrap());
    assert_eq!(sim.answer(post), (200, "1".to_owned()));
    assert_eq!(headers(&sim.head(post).headers), with(&with(&plain, &CORS), &["x-xss-protection: 0"]));

    let post = sim.post("xhr-polling", "\u{fffd}");
    assert_eq!(sim.answer(post).0, 400);
    assert_eq!(headers(&sim.head(post).headers), with(&plain, &["access-control-allow-origin: *"]));
}

#[test]
fn jsonp_polling() {
    let script = [
        "cache-control: no-store",
        "content-type: text/javascript; charset=UTF-8",
        "x-content-type-options: nosniff",
        "x-xss-protection: 0",
    ];
    let (mut sim, poll) = first_answer(get("jsonp-polling").header("origin", "http://a.example"));
    assert_eq!(sim.answer(poll), (200, "io.j[0](\"1::\");".to_owned()));
    assert_eq!(headers(&sim.head(poll).headers), script);

    let post = sim.post("jsonp-polling", "d=%222%3A%3A%22");
    assert_eq!(sim.answer(post), (200, "1".to_owned()));
    let plain = ["cache-control: no-store", "content-type: text/plain; charset=UTF-8", "x-xss-protection: 0"];
    assert_eq!(headers(&sim.head(post).headers), with(&plain, &["access-control-allow-origin: *"]));

    for (index, called) in [("7", "7"), ("alert(1)", "0"), ("1234567890", "0"), ("", "0")] {
        let uri = get("jsonp-polling").uri_ref().unwrap().to_string().replace("i=0", &format!("i={index}"));
        let poll = sim.request(http::Request::get(uri).body(Bytes::new()).unwrap());
        sim.send("3:::x");
        assert_eq!(sim.answer(poll).1, format!("io.j[{called}](\"3:::x\");"));
    }
}

#[test]
fn jsonp_polling_escapes_what_would_end_a_script() {
    let (mut sim, poll) = Sim::open(config(), "jsonp-polling");
    sim.queue("3:::\"q\" \\ \n \u{1} / </script> \u{2028} \u{2029} € 😀").unwrap();
    sim.queue("3:::a").unwrap();
    sim.drain();
    let first = "3:::\\\"q\\\" \\\\ \\n \\u0001 / \\u003c/script> \\u2028 \\u2029 € 😀";
    // The length counts what JavaScript reads, not the escapes.
    assert_eq!(sim.answer(poll).1, format!("io.j[0](\"\u{fffd}34\u{fffd}{first}\u{fffd}5\u{fffd}3:::a\");"));
}

#[test]
fn htmlfile() {
    let (mut sim, stream) = first_answer(get("htmlfile").header("origin", "http://a.example"));
    let html =
        ["cache-control: no-store, no-transform", "content-type: text/html; charset=UTF-8", "x-accel-buffering: no"];
    assert_eq!(headers(&sim.head(stream).headers), html);
    sim.queue("3:::\"q\" \\ / </script> \u{2028} €").unwrap();
    sim.queue("3:::b").unwrap();
    sim.drain();
    let pieces = sim.pieces(stream);
    assert_eq!(pieces[0].len(), 256);
    let page = "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>";
    assert_eq!(pieces[0], format!("{page:256}"));
    assert_eq!(pieces[1], "<script>_(\"1::\");</script>");
    assert_eq!(pieces[2], "<script>_(\"3:::\\\"q\\\" \\\\ \\/ \\u003c\\/script> \\u2028 €\");</script>");
    assert_eq!(pieces[3], "<script>_(\"3:::b\");</script>");
    assert_eq!(pieces.len(), 4, "one piece a packet");
}

#[test]
fn xhr_multipart() {
    let (mut sim, stream) = first_answer(get("xhr-multipart").header("origin", "http://a.example"));
    let multipart = [
        "cache-control: no-store, no-transform",
        "content-type: multipart/x-mixed-replace;boundary=\"socketio\"",
        "x-accel-buffering: no",
    ];
    assert_eq!(headers(&sim.head(stream).headers), with(&multipart, &CORS));
    sim.send("3:::a");
    let expected =
        "--socketio\nContent-Type: text/plain\n\n1::\n--socketio\nContent-Type: text/plain\n\n3:::a\n--socketio\n";
    assert_eq!(sim.pieces(stream).concat(), expected.as_bytes());
}

#[test]
fn websocket() {
    for version in ["13", "8", "7"] {
        let mut request = upgrade("websocket");
        request.headers_mut().unwrap().insert("sec-websocket-version", version.parse().unwrap());
        let (mut sim, websocket) = first_answer(request.header("sec-websocket-protocol", "chat"));
        let head = sim.head(websocket);
        assert_eq!(head.status, 101);
        let expected =
            ["connection: Upgrade", "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "upgrade: websocket"];
        assert_eq!(headers(&head.headers), expected, "no subprotocol, no extension");
        sim.queue("3:::a").unwrap();
        sim.queue("3:::b").unwrap();
        sim.drain();
        assert_eq!(sim.pieces(websocket).concat(), b"\x81\x031::\x81\x053:::a\x81\x053:::b");
    }
}

#[test]
fn a_shared_message_is_encoded_once_for_all() {
    let message = crate::harness::text("3:::to everybody");
    let pieces: Vec<_> = (0..3)
        .map(|_| {
            let (mut sim, websocket) = Sim::open(config(), "websocket");
            sim.session.send(sim.now, &message, longwire_transport::Delivery::Reliable).unwrap();
            sim.drain();
            sim.pieces(websocket).last().unwrap().clone()
        })
        .collect();
    assert!(pieces.windows(2).all(|pair| pair[0].as_ptr() == pair[1].as_ptr()), "the frame is copied");
}
