//! Packets, payloads, and the bodies that carry them.

use longwire_codec::socketio_rev1::{Header, Limits, Packet, jsonp, payload};
use longwire_codec::websocket::{self, Framing, Incoming, Reader};
use longwire_codec::{ByteString, Outbound, Payload, WireFormat};

/// A text: read as a packet, written again; and put into every wire form as it is.
pub(crate) fn rev1_packet(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let text = ByteString::from(text);
    let header = Header::parse(&text);
    match Packet::decode(&text, Limits::default()) {
        Ok(packet) => {
            assert!(header.is_ok(), "a packet without a header");
            assert_same_when_written(&packet);
            if let Some(neutral) = packet.into_neutral() {
                let again = Packet::from_neutral(&neutral);
                assert_same_when_written(&again);
                assert_eq!(again.into_neutral(), Some(neutral.clone()));
                let written = Outbound::from(neutral).form(WireFormat::SOCKETIO_REV1_TEXT).clone();
                assert_forms(std::str::from_utf8(&written).expect("a packet is UTF-8"));
            }
        }
        Err(error) => assert!(error.offset() <= text.len(), "{error}"),
    }
    assert_forms(&text);
}

/// A body: split into packets that lie in it, and joined again.
pub(crate) fn rev1_payload(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else { return };
    let body = ByteString::from(body);
    let Ok(packets) = payload::decode(&body, 100) else { return };
    assert!(packets.len() <= 100);
    let place = body.as_bytes().as_ptr_range();
    for packet in &packets {
        assert!(!packet.is_empty());
        let own = packet.as_bytes().as_ptr_range();
        assert!(place.start <= own.start && own.end <= place.end, "a packet was copied");
    }
    if let Some(fewer) = packets.len().checked_sub(1) {
        assert_eq!(payload::decode(&body, fewer), Err(payload::DecodeError::TooManyPackets { limit: fewer }));
    }
    if packets.len() != 1 {
        assert_eq!(payload::decode(&payload::encode(&packets), 100).as_ref(), Ok(&packets));
    }
}

/// The body of a POST on jsonp-polling; its text, written as the last clients did, reads the same.
pub(crate) fn rev1_jsonp_body(data: &[u8]) {
    if let Some(index) = std::str::from_utf8(data).ok().and_then(jsonp::Index::parse) {
        assert!(index.get() <= 999_999_999);
    }
    let Ok(text) = jsonp::decode_body(data) else { return };
    let json = serde_json::to_string(&*text).expect("a string is JSON");
    let body: String = json.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert_eq!(jsonp::decode_body(format!("d={body}").as_bytes()).as_ref(), Ok(&text));
    let _ = payload::decode(&text, 100);
}

/// What was read is read again when it is written, and written the same way.
fn assert_same_when_written(packet: &Packet) {
    let wire = packet.encode();
    let again = Packet::decode(&wire, Limits::default()).unwrap_or_else(|error| panic!("{wire:?}: {error}"));
    let mut expected = packet.clone();
    // An id of 0 means none. It is left out, and its plus alone, as old servers wrote it, says nothing.
    let has_zero = expected.id.take_if(|id| id.number == 0).is_some();
    assert_eq!(again, expected, "{wire:?}");
    assert!(has_zero || again.encode() == wire, "{wire:?} is written in another way");
}

/// Every wire form of a text says that text.
fn assert_forms(text: &str) {
    let outbound = Outbound::from(Payload::from(text));
    let form = |format| &outbound.form(format)[..];
    assert_eq!(form(WireFormat::SOCKETIO_REV1_TEXT), text.as_bytes());

    let framed = std::str::from_utf8(form(WireFormat::SOCKETIO_REV1_FRAMED)).expect("a frame is UTF-8");
    if !text.is_empty() {
        let packets = payload::decode(&framed.into(), 2);
        assert_eq!(packets.as_deref(), Ok(&[ByteString::from(text)][..]));
    }
    let escaped = std::str::from_utf8(form(WireFormat::SOCKETIO_REV1_FRAMED_ESCAPED)).expect("escapes are UTF-8");
    let unescaped: String = serde_json::from_str(&format!("\"{escaped}\"")).expect("the inside of a JSON string");
    assert_eq!(unescaped, framed);

    let script = std::str::from_utf8(form(WireFormat::SOCKETIO_REV1_SCRIPT)).expect("a script is UTF-8");
    let inside = script.strip_prefix("<script").and_then(|rest| rest.strip_suffix("</script>"));
    assert!(inside.is_some_and(|inside| !inside.contains('<')), "{script:?}");

    assert_frame(Framing::Rfc6455, form(WireFormat::SOCKETIO_REV1_WEBSOCKET), text);
    assert_frame(Framing::Hixie, form(WireFormat::SOCKETIO_REV1_HIXIE), text);
}

fn assert_frame(framing: Framing, mut frame: &[u8], text: &str) {
    let mut reader = Reader::client(framing, websocket::Limits::default());
    assert_eq!(reader.read(&mut frame), Ok(Some(Incoming::Text(text.into()))));
    assert!(frame.is_empty() && reader.buffered() == 0);
}
