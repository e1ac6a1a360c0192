//! How often reading and writing frames asks for memory: once for each message, not at all for what is empty.
//!
//! It matters because every message of every session goes this way.

use longwire_codec::websocket::frame::Opcode;
use longwire_codec::websocket::{CloseCode, Framing, Incoming, Limits, Mask, Reader, client};

const MASK: Mask = Mask::new([0x0f, 0xe1, 0x82, 0x73]);

/// A message in fragments of `size` bytes.
fn fragments(opcode: Opcode, payload: &[u8], size: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    for (index, part) in payload.chunks(size).enumerate() {
        let opcode = if index == 0 { opcode } else { Opcode::Continuation };
        stream.extend_from_slice(&client::frame((index + 1) * size >= payload.len(), opcode, part, MASK));
    }
    stream
}

/// Reads `stream` in pieces of `size` bytes and counts what was allocated meanwhile.
fn allocations(framing: Framing, stream: &[u8], size: usize, expected: &Incoming) -> u64 {
    let mut reader = Reader::new(framing, Limits::default());
    let mut said = None;
    let counted = allocation_counter::measure(|| {
        for mut piece in stream.chunks(size) {
            said = reader.read(&mut piece).expect("the stream is good");
        }
    });
    assert_eq!(said.as_ref(), Some(expected));
    counted.count_total
}

#[test]
fn a_whole_text_is_one_allocation() {
    for text in ["2::", "5:::{\"name\":\"é\",\"args\":[]}", &"x".repeat(50_000)] {
        let expected = Incoming::Text(text.into());
        let masked = client::text(text, MASK);
        assert_eq!(allocations(Framing::Rfc6455, &masked, masked.len(), &expected), 1);
        let hixie = Framing::Hixie.text(text);
        assert_eq!(allocations(Framing::Hixie, &hixie, hixie.len(), &expected), 1);
    }
}

#[test]
fn other_whole_frames_are_one_allocation_too() {
    for (frame, expected) in [
        (client::binary(b"abc", MASK), Incoming::Binary("abc".into())),
        (client::ping(b"abc", MASK), Incoming::Ping("abc".into())),
        (client::pong(b"abc", MASK), Incoming::Pong("abc".into())),
    ] {
        assert_eq!(allocations(Framing::Rfc6455, &frame, frame.len(), &expected), 1);
    }
}

#[test]
fn what_is_empty_costs_nothing() {
    for (frame, expected) in [
        (client::text("", MASK), Incoming::Text("".into())),
        (client::ping(b"", MASK), Incoming::Ping("".into())),
        (client::close(None, "", MASK), Incoming::Close { code: None, reason: "".into() }),
    ] {
        assert_eq!(allocations(Framing::Rfc6455, &frame, frame.len(), &expected), 0);
    }
    assert_eq!(allocations(Framing::Hixie, b"\x00\xff", 2, &Incoming::Text("".into())), 0);
}

#[test]
fn a_short_text_in_pieces_is_one_allocation() {
    let text = "3:::".to_owned() + &"x".repeat(200);
    let frame = client::text(&text, MASK);
    assert_eq!(allocations(Framing::Rfc6455, &frame, 1, &Incoming::Text(text.as_str().into())), 1);
}

#[test]
fn a_long_text_in_pieces_is_few_allocations() {
    let text = "x".repeat(1 << 20);
    let frame = client::text(&text, MASK);
    let counted = allocations(Framing::Rfc6455, &frame, 4096, &Incoming::Text(text.as_str().into()));
    assert!(counted <= 12, "{counted}");
}

#[test]
fn a_message_in_many_fragments_is_few_allocations() {
    let text = "x".repeat(1 << 20);
    for (opcode, expected) in
        [(Opcode::Text, Incoming::Text(text.as_str().into())), (Opcode::Binary, Incoming::Binary(text.clone().into()))]
    {
        let stream = fragments(opcode, text.as_bytes(), 256);
        let counted = allocations(Framing::Rfc6455, &stream, stream.len(), &expected);
        assert!(counted <= 16, "{counted}");
    }
}

#[test]
fn a_joined_message_keeps_no_more_than_its_length() {
    let payload = "x".repeat(710);
    for opcode in [Opcode::Text, Opcode::Binary] {
        let stream = fragments(opcode, payload.as_bytes(), 350);
        let mut reader = Reader::new(Framing::Rfc6455, Limits::default());
        let mut said = None;
        let counted = allocation_counter::measure(|| {
            for mut piece in stream.chunks(100) {
                said = reader.read(&mut piece).expect("the stream is good");
            }
        });
        assert!(matches!(said, Some(Incoming::Text(_) | Incoming::Binary(_))));
        assert_eq!(counted.bytes_current, 710);
    }
}

#[test]
fn a_frame_is_one_allocation() {
    for framing in [Framing::Rfc6455, Framing::Hixie] {
        let counted = allocation_counter::measure(|| drop(framing.text("5:::{\"name\":\"a\"}")));
        assert_eq!(counted.count_total, 1);
    }
    let counted = allocation_counter::measure(|| drop(Framing::Rfc6455.close(Some(CloseCode::NORMAL), "bye")));
    assert_eq!(counted.count_total, 1);
    let counted = allocation_counter::measure(|| drop(Framing::Hixie.close(None, "")));
    assert_eq!(counted.count_total, 0);
}
