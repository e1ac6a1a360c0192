//! The wire forms of SockJS: that a client reads from each what was said, and that clients of both families can share them.

use longwire_codec::packet::{AckRequest, Content};
use longwire_codec::sockjs::{Dress, Frame, is_message, text_of};
use longwire_codec::websocket::{Framing, Incoming, Limits, Reader};
use longwire_codec::{Args, ByteString, Bytes, Outbound, Packet, Payload, WireFormat};
use proptest::prelude::*;

const FORMS: [WireFormat; 8] = [
    WireFormat::SOCKJS_LINE,
    WireFormat::SOCKJS_EVENT,
    WireFormat::SOCKJS_SCRIPT,
    WireFormat::SOCKJS_CALL,
    WireFormat::SOCKJS_WEBSOCKET,
    WireFormat::SOCKJS_HIXIE,
    WireFormat::SOCKJS_RAW_WEBSOCKET,
    WireFormat::SOCKJS_RAW_HIXIE,
];

const DRESSES: [Dress; 4] = [Dress::Line, Dress::Event, Dress::Script, Dress::Call];

/// What a client makes of a frame in its dress.
fn undress(dress: Dress, wrapped: &[u8]) -> String {
    let text = std::str::from_utf8(wrapped).expect("UTF-8");
    let literal = |literal: &str| serde_json::from_str(literal).expect("a string literal");
    let inside = |opening: &str, closing: &str| text.strip_prefix(opening)?.strip_suffix(closing);
    match dress {
        Dress::Line => inside("", "\n").expect(text).to_owned(),
        Dress::Event => {
            let escaped = inside("data: ", "\r\n\r\n").expect(text);
            assert!(!escaped.contains(['\r', '\n']));
            percent_encoding::percent_decode_str(escaped).decode_utf8().expect("UTF-8").into_owned()
        }
        Dress::Script => {
            let script = inside("<script>\np(", ");\n</script>\r\n").expect(text);
            assert!(!script.contains('<'), "{script}");
            literal(script)
        }
        Dress::Call => literal(inside("(", ");\r\n").expect(text)),
    }
}

fn texts(frame: &str) -> Vec<String> {
    let Ok(Frame::Messages(messages)) = Frame::decode(&frame.into(), 100) else { panic!("{frame}") };
    messages.iter().map(ToString::to_string).collect()
}

fn websocket_message(framing: Framing, mut frame: &[u8]) -> Incoming {
    let mut reader = Reader::client(framing, Limits::default());
    reader.read(&mut frame).expect("a frame").expect("a whole frame")
}

#[test]
fn an_event_is_one_message_for_both_families() {
    let event = Outbound::from(Packet::event("", "a\"ll", Args::from_serialize(&("\u{2028}", [1])).unwrap()));
    let json = "{\"name\":\"a\\\"ll\",\"args\":[\"\u{2028}\",[1]]}";
    assert_eq!(text_of(event.message()).unwrap(), json);
    assert!(is_message(event.message()));
    assert_eq!(texts(&undress(Dress::Line, event.form(WireFormat::SOCKJS_LINE))), [json]);
    assert_eq!(event.form(WireFormat::SOCKETIO_REV1_TEXT), &format!("5:::{json}"));
    for form in FORMS {
        assert_eq!(event.form(form).as_ptr(), event.clone().form(form).as_ptr(), "{form:?} is made once");
    }
}

#[test]
fn what_has_no_meaning_in_sockjs_has_no_bytes() {
    let text = |content| text_of(&Packet::new("/chat", content).into()).map(|text| text.into_owned());
    let json = ByteString::from_static("[1]");
    assert_eq!(text(Content::Text { text: "hi".into(), ack: AckRequest::None }).as_deref(), Some("hi"));
    assert_eq!(text(Content::Json { json, ack: AckRequest::Answer(1) }).as_deref(), Some("[1]"));
    for content in
        [Content::Connect { query: "".into() }, Content::Disconnect, Content::Ack { id: 1, args: Args::EMPTY }]
    {
        let packet = Outbound::from(Packet::new("", content));
        assert_eq!(text_of(packet.message()), None);
        assert!(!is_message(packet.message()));
        for form in FORMS {
            assert!(packet.form(form).is_empty());
        }
        for dress in DRESSES {
            assert_eq!(dress.join([&packet, &packet]), "");
            let said = Outbound::from(Payload::from("x"));
            assert_eq!(dress.join([&packet, &said]).as_ptr(), said.form(dress.form()).as_ptr());
        }
    }
}

#[test]
fn bytes_stay_bytes_where_that_is_possible() {
    let bytes = Outbound::from(Payload::Binary(Bytes::from_static(&[0, 1, 2, 255])));
    assert_eq!(texts(&undress(Dress::Line, bytes.form(WireFormat::SOCKJS_LINE))), ["AAEC/w=="]);
    let raw = websocket_message(Framing::Rfc6455, bytes.form(WireFormat::SOCKJS_RAW_WEBSOCKET));
    assert_eq!(raw, Incoming::Binary(Bytes::from_static(&[0, 1, 2, 255])));
    let raw = websocket_message(Framing::Hixie, bytes.form(WireFormat::SOCKJS_RAW_HIXIE));
    assert_eq!(raw, Incoming::Text("AAEC/w==".into()));
}

#[test]
fn joining_copies_what_was_made_already() {
    let messages = ["a", "", "</script>%"].map(|text| Outbound::from(Payload::from(text)));
    for dress in DRESSES {
        assert_eq!(texts(&undress(dress, &dress.join(&messages))), ["a", "", "</script>%"]);
        assert_eq!(dress.join(&messages[..1]).as_ptr(), messages[0].form(dress.form()).as_ptr(), "one is not copied");
        assert_eq!(dress.join([]), "");
    }
}

proptest! {
    #[test]
    fn every_form_says_the_same(said in prop::collection::vec("(?s)([\"\\\\%<\n\u{2028}\u{fffd}😀x]|.){0,30}", 1..4)) {
        let messages: Vec<Outbound> = said.iter().map(|text| Payload::from(text.as_str()).into()).collect();
        for dress in DRESSES {
            prop_assert_eq!(&texts(&undress(dress, &dress.join(&messages))), &said);
            let own = undress(dress, messages[0].form(dress.form()));
            prop_assert_eq!(&texts(&own), &said[..1]);
            prop_assert_eq!(&dress.wrap(&own), messages[0].form(dress.form()), "wrapping the frame is the same");
        }
        for (framing, framed, raw) in [
            (Framing::Rfc6455, WireFormat::SOCKJS_WEBSOCKET, WireFormat::SOCKJS_RAW_WEBSOCKET),
            (Framing::Hixie, WireFormat::SOCKJS_HIXIE, WireFormat::SOCKJS_RAW_HIXIE),
        ] {
            let Incoming::Text(frame) = websocket_message(framing, messages[0].form(framed)) else { panic!("no text") };
            prop_assert_eq!(&texts(&frame), &said[..1]);
            let raw = websocket_message(framing, messages[0].form(raw));
            prop_assert_eq!(raw, Incoming::Text(said[0].as_str().into()));
        }
    }

    #[test]
    fn forms_take_no_more_memory_than_they_need(text in "(?s)([\"\\\\%<😀x]|.){0,40}") {
        let message = Outbound::from(Payload::from(text));
        for format in FORMS {
            let bytes = format.encode(message.message());
            let length = bytes.len();
            prop_assert_eq!(bytes.try_into_mut().map(|bytes| bytes.capacity()), Ok(length));
        }
    }
}
