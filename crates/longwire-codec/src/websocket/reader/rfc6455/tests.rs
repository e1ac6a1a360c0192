//! Streams of frames, good and bad, in pieces of every size.

use super::*;
use crate::websocket::{Framing, Reader, client, frame};

const MASK: Mask = Mask::new([0x11, 0x22, 0x83, 0x44]);
const LIMITS: Limits = Limits { message: 300, fragments: 4 };

fn fragment(fin: bool, opcode: Opcode, payload: impl AsRef<[u8]>) -> Bytes {
    client::frame(fin, opcode, payload.as_ref(), MASK)
}

fn message(text: &str) -> Incoming {
    Incoming::Text(text.into())
}

/// What a server makes of a stream that arrives in pieces of `size` bytes, up to the first error.
fn read_in_pieces(stream: &[u8], size: usize) -> (Vec<Incoming>, Option<ReadError>) {
    let mut reader = Reader::new(Framing::Rfc6455, LIMITS);
    let mut said = Vec::new();
    for mut piece in stream.chunks(size) {
        loop {
            match reader.read(&mut piece) {
                Ok(Some(incoming)) => said.push(incoming),
                Ok(None) => break,
                Err(error) => return (said, Some(error)),
            }
        }
        assert!(piece.is_empty(), "with nothing to say, all was taken");
        assert!(reader.buffered() <= LIMITS.message + 125);
    }
    (said, None)
}

/// The same for every size of pieces, which must make no difference.
fn read(stream: &[Bytes]) -> (Vec<Incoming>, Option<ReadError>) {
    let stream = stream.concat();
    let whole = read_in_pieces(&stream, stream.len());
    for size in 1..stream.len() {
        assert_eq!(read_in_pieces(&stream, size), whole, "in pieces of {size}");
    }
    whole
}

fn fails(stream: &[Bytes], expected: ReadError, code: CloseCode) {
    let (said, error) = read(stream);
    assert_eq!((said, error), (Vec::new(), Some(expected)));
    assert_eq!(expected.close_code(), code);
}

#[test]
fn messages_of_every_length_field() {
    for len in [0, 1, 125, 126, 300] {
        let text = "x".repeat(len);
        assert_eq!(read(&[client::text(&text, MASK)]), (vec![message(&text)], None));
        assert_eq!(read(&[client::binary(text.as_bytes(), MASK)]), (vec![Incoming::Binary(text.into())], None));
    }
}

#[test]
fn control_frames_come_through_between_fragments() {
    let stream = [
        fragment(false, Opcode::Text, &"a\u{20ac}".as_bytes()[..2]),
        client::ping(b"1", MASK),
        client::ping(b"", MASK),
        fragment(false, Opcode::Continuation, ""),
        client::pong(b"2", MASK),
        fragment(true, Opcode::Continuation, &"a\u{20ac}".as_bytes()[2..]),
        client::text("b", MASK),
    ];
    let expected = vec![
        Incoming::Ping(Bytes::from_static(b"1")),
        Incoming::Ping(Bytes::new()),
        Incoming::Pong(Bytes::from_static(b"2")),
        message("a\u{20ac}"),
        message("b"),
    ];
    assert_eq!(read(&stream), (expected, None));
}

#[test]
fn close_frames() {
    let close = |code: u16, reason: &str| Incoming::Close { code: Some(CloseCode(code)), reason: reason.into() };
    let long = "x".repeat(123);
    for (frame, expected) in [
        (client::close(None, "", MASK), Incoming::Close { code: None, reason: "".into() }),
        (client::close(Some(CloseCode::NORMAL), "", MASK), close(1000, "")),
        (client::close(Some(CloseCode(4999)), "bye é", MASK), close(4999, "bye é")),
        (client::close(Some(CloseCode(3000)), &long, MASK), close(3000, &long)),
    ] {
        // Whatever comes behind a close frame is ignored, also what would be an error.
        assert_eq!(read(&[frame, Bytes::from_static(b"\xff\xff")]), (vec![expected], None));
    }
}

#[test]
fn bad_close_frames() {
    let close = |payload: &[u8]| [fragment(true, Opcode::Close, payload)];
    fails(&close(b"\x03"), ReadError::CutCloseCode, CloseCode::PROTOCOL);
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535_u16] {
        let error = ReadError::ForbiddenCloseCode(CloseCode(code));
        fails(&close(&code.to_be_bytes()), error, CloseCode::PROTOCOL);
    }
    fails(&close(b"\x03\xe8ok\xc3("), ReadError::InvalidUtf8 { at: 2 }, CloseCode::INVALID_DATA);
    fails(&close(b"\x03\xe8ok\xc3"), ReadError::InvalidUtf8 { at: 2 }, CloseCode::INVALID_DATA);
}

#[test]
fn bad_headers() {
    let protocol = CloseCode::PROTOCOL;
    fails(&[frame::text("a")], ReadError::Unmasked, protocol);
    fails(&[frame::ping(b"")], ReadError::Unmasked, protocol);
    for opcode in [Opcode::Ping, Opcode::Pong, Opcode::Close] {
        fails(&[fragment(false, opcode, "a")], ReadError::FragmentedControl, protocol);
        fails(&[fragment(true, opcode, [0; 126])], ReadError::ControlTooLong { len: 126 }, protocol);
    }
    fails(&[Bytes::from_static(b"\xc1\x80\0\0\0\0")], ReadError::ReservedBits, protocol);
    fails(&[Bytes::from_static(b"\x83\x80\0\0\0\0")], ReadError::UnknownOpcode(3), protocol);
    fails(&[Bytes::from_static(b"\x8b\x80\0\0\0\0")], ReadError::UnknownOpcode(11), protocol);
}

#[test]
fn fragments_out_of_order() {
    for fin in [false, true] {
        let lone = fragment(fin, Opcode::Continuation, "a");
        fails(&[lone], ReadError::UnexpectedContinuation, CloseCode::PROTOCOL);
        for opcode in [Opcode::Text, Opcode::Binary] {
            let stream = [fragment(false, Opcode::Text, "a"), fragment(fin, opcode, "b")];
            fails(&stream, ReadError::UnfinishedMessage, CloseCode::PROTOCOL);
        }
    }
    let stream = [client::text("a", MASK), fragment(true, Opcode::Continuation, "b")];
    assert_eq!(read(&stream), (vec![message("a")], Some(ReadError::UnexpectedContinuation)));
}

#[test]
fn text_must_be_utf8() {
    let bad = ReadError::InvalidUtf8 { at: 3 };
    fails(&[fragment(true, Opcode::Text, b"abc\xffdef")], bad, CloseCode::INVALID_DATA);
    fails(&[fragment(true, Opcode::Text, b"abc\xe2\x82")], bad, CloseCode::INVALID_DATA);
    fails(
        &[fragment(false, Opcode::Text, b"abc\xe2"), fragment(true, Opcode::Continuation, b"\x82")],
        bad,
        CloseCode::INVALID_DATA,
    );
    // Binary messages may be anything.
    let (said, error) = read(&[client::binary(b"abc\xff", MASK)]);
    assert_eq!((said.len(), error), (1, None));
}

#[test]
fn bad_text_is_refused_before_its_frame_ends() {
    let stream = fragment(true, Opcode::Text, b"abc\xf4\x90 and a lot more that never arrives");
    let mut reader = Reader::new(Framing::Rfc6455, LIMITS);
    let header = 6;
    assert_eq!(reader.read(&mut &stream[..header + 4]), Ok(None));
    assert_eq!(reader.read(&mut &stream[header + 4..header + 5]), Err(ReadError::InvalidUtf8 { at: 3 }));
}

#[test]
fn lengths_are_refused_by_the_header() {
    let too_long = ReadError::MessageTooLong { limit: 300 };
    // Frames that declare 301, 2^32, 2^63 and 2^64 - 1 bytes, and bring none.
    for header in [
        &b"\x81\xfe\x01\x2d\0\0\0\0"[..],
        b"\x82\xff\0\0\0\x01\0\0\0\0\0\0\0\0",
        b"\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0",
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
    ] {
        fails(&[Bytes::copy_from_slice(header)], too_long, CloseCode::TOO_BIG);
    }
    fails(
        &[fragment(false, Opcode::Binary, [0; 200]), Bytes::from_static(b"\x80\xe5\0\0\0\0")],
        too_long,
        CloseCode::TOO_BIG,
    );
    let exact = [
        fragment(false, Opcode::Binary, [0; 200]),
        fragment(false, Opcode::Continuation, [0; 100]),
        fragment(true, Opcode::Continuation, ""),
    ];
    assert_eq!(read(&exact), (vec![Incoming::Binary(vec![0; 300].into())], None));
}

#[test]
fn fragments_are_counted() {
    let mut stream = vec![fragment(false, Opcode::Text, "")];
    stream.resize(4, fragment(false, Opcode::Continuation, ""));
    assert_eq!(read(&stream), (Vec::new(), None));
    stream.push(fragment(true, Opcode::Continuation, ""));
    fails(&stream, ReadError::TooManyFragments { limit: 4 }, CloseCode::TOO_BIG);
}

#[test]
fn a_client_reads_frames_without_masks() {
    let mut reader = Reader::client(Framing::Rfc6455, LIMITS);
    let stream = [frame::text("a"), frame::binary(b"b"), frame::close(Some(CloseCode::NORMAL), "c")].concat();
    let mut said = Vec::new();
    for mut piece in stream.chunks(2) {
        while let Some(incoming) = reader.read(&mut piece).unwrap() {
            said.push(incoming);
        }
    }
    let close = Incoming::Close { code: Some(CloseCode::NORMAL), reason: "c".into() };
    assert_eq!(said, [message("a"), Incoming::Binary(Bytes::from_static(b"b")), close]);

    let mut reader = Reader::client(Framing::Rfc6455, LIMITS);
    assert_eq!(reader.read(&mut &client::text("a", MASK)[..]), Err(ReadError::Masked));
}

#[test]
fn memory_follows_what_arrived_not_what_was_declared() {
    let limits = Limits { message: 1 << 20, fragments: 4 };
    let payload = "0123456789abc".repeat(80_000);
    for (opcode, expected) in
        [(Opcode::Text, message(&payload)), (Opcode::Binary, Incoming::Binary(payload.clone().into()))]
    {
        let mut reader = Reader::new(Framing::Rfc6455, limits);
        let mut arrived = 0;
        let mut said = None;
        for mut piece in fragment(true, opcode, &payload).chunks(5003) {
            assert_eq!(said, None);
            arrived += piece.len();
            said = reader.read(&mut piece).unwrap();
            assert!(reader.buffered() <= (2 * arrived).max(256), "{} of {arrived}", reader.buffered());
        }
        assert_eq!(said, Some(expected));
        assert_eq!(reader.buffered(), 0, "an idle reader holds nothing");
    }
}
