//! Bad input of revision 1: what the golden vectors say about packets, payloads and JSONP bodies.
//!
//! `ignore` drops the packet, `accept` treats it as another wire, `reject` refuses the whole body (for a packet: the session
//! answers it).

use longwire_codec::packet::Content;
use longwire_codec::socketio_rev1::{Limits, Packet, jsonp, payload};
use serde::Deserialize;

const VECTORS: &str = include_str!("vectors/socketio-1-malformed.json");

/// Packets that are spelt well and ignored for what they mean: types that no client sends, and endpoints that nobody
/// declared or entered. They are the session's affair.
const WELL_SPELT: [&str; 8] = [
    "7:::x+y",
    "7:::1+0",
    "7:::constructor",
    "8::",
    "1::/chat\n",
    "3::/nosuch:x",
    "3::/chat:before connect",
    "3::__proto__:x",
];

#[derive(Deserialize)]
struct Vector {
    layer: String,
    input: Option<String>,
    why: String,
    strict: Strict,
}

#[derive(Deserialize)]
struct Strict {
    action: Option<String>,
    #[serde(rename = "as")]
    wire: Option<String>,
}

/// The cases of one layer: input, action, the wire to treat it as, and why.
fn cases(layer: &str) -> Vec<(String, String, String, String)> {
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).expect("vectors are JSON");
    let cases: Vec<_> = vectors
        .into_iter()
        .filter(|vector| vector.layer == layer)
        .map(|Vector { input, why, strict, .. }| {
            let (action, wire) = (strict.action.expect("action"), strict.wire.unwrap_or_default());
            (input.expect("input"), action, wire, why)
        })
        .collect();
    assert!(cases.len() > 20);
    cases
}

/// What a packet says, or nothing when it is none.
fn decode(text: &str) -> Option<longwire_codec::Packet> {
    Packet::decode(&text.into(), Limits::default()).ok()?.into_neutral()
}

/// What the packets of a body say, without those that are none; nothing when the body is broken.
fn decode_body(body: &str) -> Option<Vec<longwire_codec::Packet>> {
    let packets = payload::decode(&body.into(), 100).ok()?;
    Some(packets.iter().filter_map(|packet| decode(packet)).collect())
}

#[test]
fn malformed_packets() {
    for (input, action, wire, why) in cases("packet") {
        let spelt = Packet::decode(&input.as_str().into(), Limits::default());
        match action.as_str() {
            "ignore" => assert_eq!(spelt.is_ok(), WELL_SPELT.contains(&&*input), "{input}: {spelt:?} ({why})"),
            "accept" => assert_eq!(decode(&input), Some(decode(&wire).expect("a packet")), "{input} ({why})"),
            "reject" => {
                let packet = decode(&input).unwrap_or_else(|| panic!("{input} ({why})"));
                assert!(matches!(packet.content, Content::Connect { .. }), "{input} ({why})");
            }
            other => panic!("action {other}"),
        }
    }
}

#[test]
fn malformed_payloads() {
    for (input, action, wire, why) in cases("payload") {
        let expected = match action.as_str() {
            "ignore" => Some(vec![]),
            "accept" => Some(decode_body(&wire).expect("a payload")),
            "reject" => None,
            other => panic!("action {other}"),
        };
        assert_eq!(decode_body(&input), expected, "{input} ({why})");
    }
}

#[test]
fn malformed_jsonp_bodies() {
    for (input, action, wire, why) in cases("jsonp-body") {
        let decoded = jsonp::decode_body(input.as_bytes());
        match action.as_str() {
            "ignore" => assert_eq!(decode_body(&decoded.unwrap()), Some(vec![]), "{input} ({why})"),
            "accept" => assert_eq!(decoded.as_deref(), Ok(&*wire), "{input} ({why})"),
            "reject" => assert!(decoded.is_err(), "{input}: {decoded:?} ({why})"),
            other => panic!("action {other}"),
        }
    }
}
