//! The WebSocket readers: what they say does not depend on how a stream is cut.
//!
//! The first byte of an input says who reads and how much, the second how the rest is cut.

use longwire_codec::websocket::{Framing, Incoming, Limits, Mask, ReadError, Reader, client};

/// RFC 6455, hybi-07 and hybi-08, which frame alike.
pub(crate) fn rfc6455(data: &[u8]) {
    run(Framing::Rfc6455, data);
}

/// hixie-75 and hixie-76.
pub(crate) fn hixie(data: &[u8]) {
    run(Framing::Hixie, data);
}

/// Everything a stream says, and the error that ends it.
type Reading = (Vec<Incoming>, Option<ReadError>);

fn run(framing: Framing, data: &[u8]) {
    let &[flags, cut, ref stream @ ..] = data else { return };
    let limits = match flags & 6 {
        0 => Limits::default(),
        2 => Limits { message: 16, fragments: 3 },
        4 => Limits { message: 1000, fragments: 10 },
        _ => Limits { message: 0, fragments: 1 },
    };
    let reader = || match flags & 1 {
        0 => Reader::new(framing, limits),
        _ => Reader::client(framing, limits),
    };
    let whole = read(reader(), [stream]);
    assert_eq!(read(reader(), stream.chunks(1)), whole, "byte by byte");
    assert_eq!(
        read(reader(), stream.chunks(usize::from(cut) + 1)),
        whole,
        "in pieces of {} bytes",
        usize::from(cut) + 1
    );
    let (first, second) = stream.split_at(usize::from(cut).min(stream.len()));
    assert_eq!(read(reader(), [first, second]), whole, "cut at {cut}");

    for incoming in &whole.0 {
        if let Incoming::Text(_) | Incoming::Binary(_) = incoming {
            assert!(length(incoming) <= limits.message, "a message beyond the limit");
        }
    }
    let (said, _) = whole;
    let written: Vec<u8> = said.iter().flat_map(|incoming| write(framing, incoming)).collect();
    let reader_of_client = Reader::new(framing, Limits::default());
    assert_eq!(read(reader_of_client, [&written[..]]), (said, None), "written again");
}

fn read<'a>(mut reader: Reader, pieces: impl IntoIterator<Item = &'a [u8]>) -> Reading {
    let mut said = Vec::new();
    let mut arrived = 0;
    for mut piece in pieces {
        arrived += piece.len();
        loop {
            match reader.read(&mut piece) {
                Ok(Some(incoming)) => said.push(incoming),
                Ok(None) => {
                    assert!(piece.is_empty(), "bytes are left");
                    break;
                }
                Err(error) => {
                    assert_eq!(reader.read(&mut piece), Err(error), "it stays finished");
                    assert_eq!(reader.buffered(), 0);
                    return (said, Some(error));
                }
            }
        }
        // The message, and a control frame between its fragments.
        let most = 256.max(2 * arrived) + 125;
        assert!(reader.buffered() <= most, "{} bytes for {arrived}", reader.buffered());
    }
    (said, None)
}

fn length(incoming: &Incoming) -> usize {
    match incoming {
        Incoming::Text(text) => text.len(),
        Incoming::Binary(bytes) | Incoming::Ping(bytes) | Incoming::Pong(bytes) => bytes.len(),
        Incoming::Close { reason, .. } => reason.len(),
    }
}

/// The same, as a client sends it.
fn write(framing: Framing, incoming: &Incoming) -> Vec<u8> {
    let mask = Mask::new([9, 8, 7, 6]);
    let bytes = match (framing, incoming) {
        (Framing::Hixie, Incoming::Text(text)) => framing.text(text),
        (Framing::Hixie, _) => framing.close(None, ""),
        (Framing::Rfc6455, Incoming::Text(text)) => client::text(text, mask),
        (Framing::Rfc6455, Incoming::Binary(bytes)) => client::binary(bytes, mask),
        (Framing::Rfc6455, Incoming::Ping(bytes)) => client::ping(bytes, mask),
        (Framing::Rfc6455, Incoming::Pong(bytes)) => client::pong(bytes, mask),
        (Framing::Rfc6455, Incoming::Close { code, reason }) => client::close(*code, reason, mask),
    };
    bytes.to_vec()
}
