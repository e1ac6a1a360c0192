//! What holds for every stream: it reads back as it was written, a part of it says a part of it, and garbage does no harm.

use bytes::Bytes;
use longwire_codec::websocket::frame::Opcode;
use longwire_codec::websocket::{CloseCode, Framing, Incoming, Limits, Mask, ReadError, Reader, client};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

const LIMITS: Limits = Limits { message: 2000, fragments: 12 };

/// A message, where it is cut into fragments, and what is said in between.
#[derive(Clone, Debug)]
struct Said {
    message: Incoming,
    cuts: Vec<(Index, Option<Incoming>)>,
    mask: Mask,
}

impl Said {
    /// The frames of a client, and what a reader should say, in order.
    fn write(mut self, stream: &mut Vec<u8>, expected: &mut Vec<Incoming>) {
        let (opcode, payload) = match &self.message {
            Incoming::Text(text) => (Opcode::Text, text.as_bytes().clone()),
            Incoming::Binary(bytes) => (Opcode::Binary, bytes.clone()),
            control @ (Incoming::Ping(_) | Incoming::Pong(_) | Incoming::Close { .. }) => {
                stream.extend_from_slice(&control_frame(control, self.mask));
                expected.push(self.message);
                return;
            }
        };
        self.cuts.sort_by_key(|(cut, _)| cut.index(payload.len() + 1));
        let mut from = 0;
        let mut opcode = opcode;
        for (cut, between) in self.cuts {
            let to = cut.index(payload.len() + 1);
            stream.extend_from_slice(&client::frame(false, opcode, &payload[from..to], self.mask));
            if let Some(control) = between {
                stream.extend_from_slice(&control_frame(&control, self.mask));
                expected.push(control);
            }
            (from, opcode) = (to, Opcode::Continuation);
        }
        stream.extend_from_slice(&client::frame(true, opcode, &payload[from..], self.mask));
        expected.push(self.message);
    }
}

fn control_frame(control: &Incoming, mask: Mask) -> Bytes {
    match control {
        Incoming::Ping(payload) => client::ping(payload, mask),
        Incoming::Pong(payload) => client::pong(payload, mask),
        Incoming::Close { code, reason } => client::close(*code, reason, mask),
        Incoming::Text(_) | Incoming::Binary(_) => panic!("no control frame"),
    }
}

fn text(chars: usize) -> impl Strategy<Value = String> {
    vec(prop_oneof![any::<char>(), proptest::char::range(' ', '~')], 0..chars).prop_map(String::from_iter)
}

fn control() -> impl Strategy<Value = Incoming> {
    vec(any::<u8>(), 0..126).prop_flat_map(|payload| {
        let payload = Bytes::from(payload);
        prop_oneof![Just(Incoming::Ping(payload.clone())), Just(Incoming::Pong(payload))]
    })
}

fn said(len: usize) -> impl Strategy<Value = Said> {
    let message = prop_oneof![
        4 => text(len).prop_map(|text| Incoming::Text(text.into())),
        2 => vec(any::<u8>(), 0..len).prop_map(|bytes| Incoming::Binary(bytes.into())),
        1 => control(),
    ];
    (message, vec((any::<Index>(), proptest::option::of(control())), 0..5), any::<[u8; 4]>())
        .prop_map(|(message, cuts, mask)| Said { message, cuts, mask: Mask::new(mask) })
}

/// A client's stream of RFC 6455, and what it says.
fn rfc6455(len: usize) -> impl Strategy<Value = (Vec<u8>, Vec<Incoming>)> {
    let close = proptest::option::of((proptest::option::of(3000..5000_u16), text(20)));
    (vec(said(len), 0..6), close).prop_map(|(said, close)| {
        let (mut stream, mut expected) = Default::default();
        said.into_iter().for_each(|said| said.write(&mut stream, &mut expected));
        if let Some((code, reason)) = close {
            let reason = if code.is_some() { reason.into() } else { "".into() };
            let close = Incoming::Close { code: code.map(CloseCode), reason };
            stream.extend_from_slice(&control_frame(&close, Mask::new([5, 6, 7, 8])));
            expected.push(close);
        }
        (stream, expected)
    })
}

/// A stream of a hixie dialect, and what it says.
fn hixie(len: usize) -> impl Strategy<Value = (Vec<u8>, Vec<Incoming>)> {
    (vec(text(len), 0..8), any::<bool>()).prop_map(|(texts, close)| {
        let mut stream: Vec<u8> = texts.iter().flat_map(|text| Framing::Hixie.text(text)).collect();
        let mut expected: Vec<_> = texts.into_iter().map(|text| Incoming::Text(text.into())).collect();
        if close {
            stream.extend_from_slice(&Framing::Hixie.close(None, ""));
            expected.push(Incoming::Close { code: None, reason: "".into() });
        }
        (stream, expected)
    })
}

fn framed(len: usize) -> impl Strategy<Value = (Framing, Vec<u8>, Vec<Incoming>)> {
    prop_oneof![
        3 => rfc6455(len).prop_map(|(stream, expected)| (Framing::Rfc6455, stream, expected)),
        1 => hixie(len).prop_map(|(stream, expected)| (Framing::Hixie, stream, expected)),
    ]
}

/// A stream with some of its bytes changed, or garbage from the start.
fn broken() -> impl Strategy<Value = (Framing, Vec<u8>)> {
    let damaged =
        (framed(40), vec((any::<Index>(), any::<u8>()), 0..4)).prop_map(|((framing, mut stream, _), damage)| {
            for (at, byte) in damage {
                if !stream.is_empty() {
                    let at = at.index(stream.len());
                    stream[at] = byte;
                }
            }
            (framing, stream)
        });
    let garbage = (prop_oneof![Just(Framing::Rfc6455), Just(Framing::Hixie)], vec(any::<u8>(), 0..300));
    prop_oneof![4 => damaged, 1 => garbage]
}

/// Everything that a stream says until it fails, read in pieces of the given sizes, over and over.
fn read(mut reader: Reader, mut stream: &[u8], sizes: &[usize]) -> (Vec<Incoming>, Option<ReadError>) {
    let mut said = Vec::new();
    for &size in sizes.iter().cycle() {
        let (mut piece, rest) = stream.split_at(size.min(stream.len()));
        stream = rest;
        loop {
            let before = piece.len();
            match reader.read(&mut piece) {
                Ok(Some(incoming)) => {
                    assert!(piece.len() < before, "each thing said takes bytes");
                    said.push(incoming);
                }
                Ok(None) => break,
                Err(error) => return (said, Some(error)),
            }
        }
        assert!(piece.is_empty(), "all is taken when nothing is left to say");
        assert!(reader.buffered() <= LIMITS.message + 125);
        if stream.is_empty() {
            break;
        }
    }
    (said, None)
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![vec(1..4_usize, 1..3), vec(1..60_usize, 1..8), vec(1..3000_usize, 1..8)]
}

proptest! {
    #[test]
    fn a_stream_says_what_was_written((framing, stream, expected) in framed(400), sizes in sizes()) {
        let (said, error) = read(Reader::new(framing, LIMITS), &stream, &sizes);
        prop_assert_eq!(error, None);
        prop_assert_eq!(said, expected);
    }

    #[test]
    fn a_part_of_a_stream_says_a_part_of_it((framing, stream, expected) in framed(12)) {
        for len in 0..=stream.len() {
            let (said, error) = read(Reader::new(framing, LIMITS), &stream[..len], &[len.max(1)]);
            prop_assert_eq!(error, None);
            prop_assert!(expected.starts_with(&said));
        }
    }

    #[test]
    fn how_a_stream_is_cut_makes_no_difference((framing, stream) in broken(), sizes in sizes()) {
        for reader in [Reader::new, Reader::client] {
            let whole = read(reader(framing, LIMITS), &stream, &[stream.len().max(1)]);
            let cut = read(reader(framing, LIMITS), &stream, &sizes);
            prop_assert_eq!(cut, whole);
        }
    }

    #[test]
    fn a_server_is_understood_by_a_client(text in text(300), bytes in vec(any::<u8>(), 0..300), sizes in sizes()) {
        let framing = Framing::Rfc6455;
        let mut stream = framing.text(&text).to_vec();
        stream.extend(framing.binary(&bytes).into_iter().flatten());
        stream.extend(framing.ping(b"a").into_iter().flatten());
        stream.extend(framing.pong(b"b").into_iter().flatten());
        stream.extend(framing.close(Some(CloseCode::GOING_AWAY), "c"));
        let expected = vec![
            Incoming::Text(text.into()),
            Incoming::Binary(bytes.into()),
            Incoming::Ping("a".into()),
            Incoming::Pong("b".into()),
            Incoming::Close { code: Some(CloseCode::GOING_AWAY), reason: "c".into() },
        ];
        prop_assert_eq!(read(Reader::client(framing, LIMITS), &stream, &sizes), (expected, None));
    }
}
