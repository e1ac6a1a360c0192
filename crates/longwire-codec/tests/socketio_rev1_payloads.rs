//! Payloads of revision 1 against the golden vectors, and against themselves.

use bytestring::ByteString;
use longwire_codec::socketio_rev1::payload::{self, DecodeError};
use longwire_codec::utf16;
use proptest::prelude::*;
use serde::Deserialize;

const VECTORS: &str = include_str!("vectors/socketio-1-payloads.json");

#[derive(Deserialize)]
struct Vector {
    wire: String,
    packets: Vec<String>,
    lengths: Vec<usize>,
    bytes: usize,
    note: String,
    direction: String,
}

#[test]
fn golden_payloads() {
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).unwrap();
    assert!(vectors.len() > 20);
    for Vector { wire, packets, lengths, bytes, note, direction } in vectors {
        assert_eq!(wire.len(), bytes, "{note}");
        assert_eq!(packets.iter().map(|packet| utf16::len(packet)).collect::<Vec<_>>(), lengths, "{note}");
        let decoded = payload::decode(&wire.as_str().into(), 100).unwrap_or_else(|error| panic!("{error} ({note})"));
        assert_eq!(decoded, packets, "{note}");
        match direction.as_str() {
            "both" => assert_eq!(payload::encode(&packets), wire, "{note}"),
            "decode-only" => {}
            other => panic!("direction {other}"),
        }
    }
}

#[test]
fn an_empty_list_is_an_empty_body() {
    assert_eq!(payload::encode::<&str>(&[]), "");
    assert_eq!(payload::decode(&ByteString::new(), 0), Ok(vec![]));
}

#[test]
fn packets_share_the_body() {
    let body = payload::encode(&["3:::one", "3:::two"]);
    for packet in payload::decode(&body, 2).unwrap() {
        assert!(body.as_bytes().as_ptr_range().contains(&packet.as_ptr()));
    }
}

#[test]
fn a_broken_frame_costs_the_whole_body() {
    let body = format!("{}\u{fffd}5\u{fffd}3::", payload::encode(&["3:::one", "3:::two"]));
    assert_eq!(payload::decode(&body.into(), 100), Err(DecodeError::WrongLength { offset: 35 }));
}

fn packets() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[0-8]::(?s)[\u{fffd}0-9😀:]{0,4}.{0,90}", 0..8)
}

proptest! {
    #[test]
    fn what_was_encoded_decodes_to_the_same(packets in packets()) {
        prop_assert_eq!(payload::decode(&payload::encode(&packets), 8).unwrap(), packets);
    }

    #[test]
    fn a_framed_body_cut_off_anywhere_is_a_beginning_or_broken(packets in packets()) {
        prop_assume!(packets.len() > 1);
        let body = payload::encode(&packets);
        for end in (1..body.len()).filter(|&end| body.is_char_boundary(end)) {
            if let Ok(fewer) = payload::decode(&body[..end].into(), 8) {
                prop_assert!(fewer.len() < packets.len());
                prop_assert_eq!(&fewer[..], &packets[..fewer.len()]);
            }
        }
    }

    #[test]
    fn no_text_panics(body in "(?s)(\u{fffd}[0-9]{0,3}\u{fffd}|[0-8]::|.){0,20}") {
        if let Ok(packets) = payload::decode(&body.as_str().into(), 20) {
            prop_assert!(packets.iter().all(|packet| !packet.is_empty()));
        }
    }
}
