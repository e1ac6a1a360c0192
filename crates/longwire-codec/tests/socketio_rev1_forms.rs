//! The wire forms of revision 1: what they look like, and that a client reads from each what was said.

use longwire_codec::json_string::{Context, escape};
use longwire_codec::packet::{AckRequest, Content, Event, Refused};
use longwire_codec::socketio_rev1::{self, Limits, payload};
use longwire_codec::{Args, ByteString, Bytes, Outbound, Packet, Payload, WireFormat};
use proptest::prelude::*;

const TEXT: WireFormat = WireFormat::SOCKETIO_REV1_TEXT;
const FRAMED: WireFormat = WireFormat::SOCKETIO_REV1_FRAMED;
const FRAMED_ESCAPED: WireFormat = WireFormat::SOCKETIO_REV1_FRAMED_ESCAPED;
const SCRIPT: WireFormat = WireFormat::SOCKETIO_REV1_SCRIPT;
const WEBSOCKET: WireFormat = WireFormat::SOCKETIO_REV1_WEBSOCKET;
const HIXIE: WireFormat = WireFormat::SOCKETIO_REV1_HIXIE;

fn form(message: impl Into<Outbound>, format: WireFormat) -> String {
    String::from_utf8(message.into().form(format).to_vec()).expect("a form of text")
}

fn said(text: &str) -> Packet {
    Packet::event("/chat", "said", Args::from_serialize(text).expect("JSON"))
}

#[test]
fn an_event_in_every_form() {
    let event = Outbound::from(said("</b>\u{2028}"));
    let packet = "5::/chat:{\"name\":\"said\",\"args\":[\"</b>\u{2028}\"]}";
    let escaped = r#"5::/chat:{\"name\":\"said\",\"args\":[\"\u003c/b>\u2028\"]}"#;
    let script = r#"<script>_("5::\/chat:{\"name\":\"said\",\"args\":[\"\u003c\/b>\u2028\"]}");</script>"#;
    assert_eq!(event.form(TEXT), packet);
    assert_eq!(event.form(FRAMED), &format!("\u{fffd}41\u{fffd}{packet}"));
    assert_eq!(event.form(FRAMED_ESCAPED), &format!("\u{fffd}41\u{fffd}{escaped}"));
    assert_eq!(event.form(SCRIPT), script);
    assert_eq!(event.form(WEBSOCKET)[..2], [0x81, 43]);
    assert_eq!(event.form(WEBSOCKET)[2..], *packet.as_bytes());
    assert_eq!(event.form(HIXIE)[..], [b"\0", packet.as_bytes(), b"\xff"].concat());
}

#[test]
fn every_kind_of_packet() {
    let args = || Args::from_serialize(&("a", 1)).unwrap();
    let json = || ByteString::from_static("{\"a\":1}");
    let event = |ack| Content::Event(Event { name: "x".into(), args: args(), ack });
    for (content, wire) in [
        (Content::Connect { query: "".into() }, "1::/x"),
        (Content::Disconnect, "0::/x"),
        (Content::Refused(Refused::Unauthorized), "7::/x:2"),
        (Content::Refused(Refused::Failed), "7::/x"),
        (event(AckRequest::None), r#"5::/x:{"name":"x","args":["a",1]}"#),
        (event(AckRequest::Receipt(3)), r#"5:3:/x:{"name":"x","args":["a",1]}"#),
        (event(AckRequest::Answer(3)), r#"5:3+:/x:{"name":"x","args":["a",1]}"#),
        (Content::Text { text: "hi".into(), ack: AckRequest::None }, "3::/x:hi"),
        (Content::Json { json: json(), ack: AckRequest::Answer(7) }, r#"4:7+:/x:{"a":1}"#),
        (Content::Ack { id: 7, args: Args::EMPTY }, "6::/x:7"),
        (Content::Ack { id: 7, args: args() }, r#"6::/x:7+["a",1]"#),
    ] {
        assert_eq!(form(Packet::new("/x", content), TEXT), wire);
    }
}

#[test]
fn a_payload_that_is_spelt_already_travels_as_it_is() {
    let wire = ByteString::from("5::/chat: {\"args\":[] ,\"name\":\"x\"}".to_owned());
    let outbound = Outbound::from(Payload::Text(wire.clone()));
    assert_eq!(outbound.form(TEXT), wire.as_bytes());
    assert_eq!(outbound.form(TEXT).as_ptr(), wire.as_ptr(), "shared");
    assert_eq!(&payload::unframe(outbound.form(FRAMED)), wire.as_bytes());
}

#[test]
fn bytes_become_base64() {
    let bytes = Payload::Binary(Bytes::from_static(&[0, 1, 2, 255]));
    assert_eq!(form(bytes.clone(), TEXT), "3:::AAEC/w==");
    assert_eq!(form(bytes.clone(), FRAMED), "\u{fffd}12\u{fffd}3:::AAEC/w==");
    assert_eq!(form(bytes, SCRIPT), r#"<script>_("3:::AAEC\/w==");</script>"#);
}

#[test]
fn frames_have_the_length_field_their_size_needs() {
    for (length, head) in [
        (125, vec![0x81, 125]),
        (126, vec![0x81, 126, 0, 126]),
        (65_535, vec![0x81, 126, 255, 255]),
        (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let outbound = Outbound::from(Payload::from("x".repeat(length)));
        let frame = outbound.form(WEBSOCKET);
        assert_eq!(frame[..head.len()], head);
        assert_eq!(frame.len(), head.len() + length);
    }
}

#[test]
fn a_form_is_made_once_and_shared() {
    let first = Outbound::from(said("hi"));
    let second = first.clone();
    for format in [FRAMED, TEXT, SCRIPT, TEXT] {
        assert_eq!(first.form(format).as_ptr(), second.form(format).as_ptr());
        assert_eq!(*first.form(format), format.encode(first.message()), "whatever was asked for before");
    }
}

/// What a client of release 0.9.15 or later hands to its packet parser for a script element.
fn read_by_htmlfile(script: &str) -> String {
    let literal =
        script.strip_prefix("<script>_(").and_then(|rest| rest.strip_suffix(");</script>")).expect("a script");
    assert!(!literal.contains(['<', '\u{2028}', '\u{2029}']), "{literal}");
    serde_json::from_str::<String>(literal).expect("a string literal").replace("\\/", "/")
}

fn decode(wire: &str) -> Option<Packet> {
    socketio_rev1::Packet::decode(&wire.into(), Limits::default()).expect("a packet").into_neutral()
}

#[test]
fn a_backslash_ahead_of_a_slash_survives_htmlfile() {
    for text in [r"\/", r"C:\/x", r"\\/", r"a/b", r"\\\/\"] {
        let packet = said(text);
        let spelt = Payload::from(form(packet.clone(), TEXT));
        for message in [Outbound::from(packet.clone()), Outbound::from(spelt)] {
            assert_eq!(args_of(decode(&read_by_htmlfile(&form(message, SCRIPT)))), args_of(Some(packet.clone())));
        }
    }
}

fn args_of(packet: Option<Packet>) -> Vec<String> {
    match packet.map(|packet| packet.content) {
        Some(Content::Event(event)) => event.args.parse().expect("strings"),
        other => panic!("{other:?}"),
    }
}

fn texts() -> impl Strategy<Value = String> {
    "(?s)([\\\\/\"<\u{fffd}\u{2028}😀x]|.){0,40}"
}

proptest! {
    #[test]
    fn every_form_says_the_same(name in texts(), arg in texts(), text in texts(), number in 1..200_u64) {
        let args = Args::from_serialize(&[&arg]).unwrap();
        let event = Event { name: name.into(), args, ack: AckRequest::Answer(number) };
        let packets = [Content::Event(event), Content::Text { text: text.into(), ack: AckRequest::None }];
        for packet in packets.map(|content| Packet::new("/chat", content)) {
            let wire = form(packet.clone(), TEXT);
            prop_assert_eq!(decode(&wire), Some(packet.clone()));

            let framed = form(packet.clone(), FRAMED);
            prop_assert_eq!(&payload::decode(&framed.as_str().into(), 1).unwrap()[0], &wire);
            prop_assert_eq!(payload::has_delimiter(framed.as_bytes()), wire.contains('\u{fffd}'));

            let escaped = form(packet.clone(), FRAMED_ESCAPED);
            prop_assert_eq!(&escaped, &escape(&framed, Context::JavaScript));
            let bare = payload::unframe(&Bytes::from(escaped));
            prop_assert_eq!(bare, escape(&wire, Context::JavaScript).into_owned());

            let script = form(packet.clone(), SCRIPT);
            prop_assert!(script.ends_with(");</script>") && script.matches("</").count() == 1);
            if matches!(packet.content, Content::Event(_)) {
                let read = decode(&read_by_htmlfile(&script));
                prop_assert_eq!(args_of(read), [arg.as_str()]);
            }
        }
    }

    #[test]
    fn forms_take_no_more_memory_than_they_need(text in texts()) {
        let message = Outbound::from(said(&text));
        for format in [TEXT, FRAMED, FRAMED_ESCAPED, SCRIPT] {
            let bytes = format.encode(message.message());
            let length = bytes.len();
            prop_assert_eq!(bytes.try_into_mut().map(|bytes| bytes.capacity()), Ok(length));
        }
    }
}
