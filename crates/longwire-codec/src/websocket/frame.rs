//! Frames of RFC 6455 and the hybi drafts 7 and 8: headers read, whole frames written.
//!
//! Header parsing and formatting are tungstenite's. The functions here make frames of a server, which are not masked, so
//! one frame can be shared by all who get the same message; [`client`](super::client) has the masked ones. Each frame is
//! one allocation of exactly its length.

use std::io::Cursor;

use bytes::Bytes;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::{CloseCode, Mask, ReadError};

/// The longest payload of a ping, pong or close frame, in bytes.
pub const MAX_CONTROL_PAYLOAD: usize = 125;

/// The longest frame header, in bytes: two, a 64-bit length, a mask.
pub(super) const MAX_HEADER: usize = 14;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opcode {
    /// A further fragment of the message that began with [`Text`](Self::Text) or [`Binary`](Self::Binary).
    Continuation,
    /// A text message, or its first fragment.
    Text,
    /// A binary message, or its first fragment.
    Binary,
    /// The close frame.
    Close,
    /// A ping.
    Ping,
    /// A pong.
    Pong,
}

impl Opcode {
    /// Whether it is a close, ping or pong: such frames are short, whole, and may stand between fragments.
    #[must_use]
    pub const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }

    const fn to_coding(self) -> OpCode {
        match self {
            Self::Continuation => OpCode::Data(Data::Continue),
            Self::Text => OpCode::Data(Data::Text),
            Self::Binary => OpCode::Data(Data::Binary),
            Self::Close => OpCode::Control(Control::Close),
            Self::Ping => OpCode::Control(Control::Ping),
            Self::Pong => OpCode::Control(Control::Pong),
        }
    }

    const fn from_coding(code: OpCode) -> Result<Self, ReadError> {
        match code {
            OpCode::Data(Data::Continue) => Ok(Self::Continuation),
            OpCode::Data(Data::Text) => Ok(Self::Text),
            OpCode::Data(Data::Binary) => Ok(Self::Binary),
            OpCode::Control(Control::Close) => Ok(Self::Close),
            OpCode::Control(Control::Ping) => Ok(Self::Ping),
            OpCode::Control(Control::Pong) => Ok(Self::Pong),
            OpCode::Data(Data::Reserved(code)) | OpCode::Control(Control::Reserved(code)) => {
                Err(ReadError::UnknownOpcode(code))
            }
        }
    }
}

/// A text message.
#[must_use]
pub fn text(text: &str) -> Bytes {
    encode(true, Opcode::Text, None, [text.as_bytes(), &[]])
}

/// A binary message.
#[must_use]
pub fn binary(payload: &[u8]) -> Bytes {
    encode(true, Opcode::Binary, None, [payload, &[]])
}

/// A ping with the first [`MAX_CONTROL_PAYLOAD`] bytes of `payload`.
#[must_use]
pub fn ping(payload: &[u8]) -> Bytes {
    encode(true, Opcode::Ping, None, [control_payload(payload), &[]])
}

/// The answer to a ping: its payload, which a [`Reader`](super::Reader) never lets be longer than
/// [`MAX_CONTROL_PAYLOAD`] bytes; what goes beyond is cut off.
#[must_use]
pub fn pong(payload: &[u8]) -> Bytes {
    encode(true, Opcode::Pong, None, [control_payload(payload), &[]])
}

/// The close frame.
///
/// Without a code, or with one that [may not be sent](CloseCode::is_sendable), it has no payload; such a frame is read as
/// code 1005 at the other end. The reason, 123 bytes at most, is cut in front of the character that does not fit.
#[must_use]
pub fn close(code: Option<CloseCode>, reason: &str) -> Bytes {
    encode_close(code, reason, None)
}

pub(super) fn encode_close(code: Option<CloseCode>, reason: &str, mask: Option<Mask>) -> Bytes {
    match code.filter(|code| code.is_sendable()) {
        Some(CloseCode(code)) => {
            let code = code.to_be_bytes();
            let mut end = reason.len().min(MAX_CONTROL_PAYLOAD - code.len());
            while !reason.is_char_boundary(end) {
                end -= 1;
            }
            encode(true, Opcode::Close, mask, [&code, &reason.as_bytes()[..end]])
        }
        None => encode(true, Opcode::Close, mask, [&[], &[]]),
    }
}

pub(super) fn control_payload(payload: &[u8]) -> &[u8] {
    &payload[..payload.len().min(MAX_CONTROL_PAYLOAD)]
}

/// A text message of `len` bytes that `write` appends.
pub(super) fn text_of(len: usize, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut frame = begin(true, Opcode::Text, None, len);
    write(&mut frame);
    frame.into()
}

/// Writes a frame whose payload comes in two parts.
pub(super) fn encode(fin: bool, opcode: Opcode, mask: Option<Mask>, payload: [&[u8]; 2]) -> Bytes {
    let [first, second] = payload;
    let mut frame = begin(fin, opcode, mask, first.len() + second.len());
    let header_len = frame.len();
    frame.extend_from_slice(first);
    frame.extend_from_slice(second);
    if let Some(mask) = mask {
        mask.apply(&mut frame[header_len..], 0);
    }
    frame.into()
}

/// The header of a frame, with room for its payload behind it.
fn begin(fin: bool, opcode: Opcode, mask: Option<Mask>, len: usize) -> Vec<u8> {
    let header = FrameHeader {
        is_final: fin,
        opcode: opcode.to_coding(),
        mask: mask.map(Mask::key),
        rsv1: false,
        rsv2: false,
        rsv3: false,
    };
    let mut frame = Vec::with_capacity(header.len(len as u64) + len);
    header.format(len as u64, &mut frame).expect("writing to a Vec cannot fail");
    frame
}

/// A frame header that was received. A reserved bit never gets here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    pub(super) mask: Option<Mask>,
    /// Bytes of payload, as declared.
    pub(super) len: u64,
}

impl Header {
    /// Reads a header from the front of `bytes` and tells how long it is, or nothing when it is not all there.
    ///
    /// A length in more bytes than it needs is accepted, as most servers do: it is the sender's waste.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, ReadError> {
        let mut cursor = Cursor::new(bytes);
        // Reading from memory cannot fail, so the only error there is an opcode that is reserved.
        let parsed = FrameHeader::parse(&mut cursor)
            .map_err(|_| ReadError::UnknownOpcode(bytes.first().map_or(0, |byte| byte & 0x0f)))?;
        let Some((header, len)) = parsed else { return Ok(None) };
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(ReadError::ReservedBits);
        }
        let opcode = Opcode::from_coding(header.opcode)?;
        let mask = header.mask.map(Mask::new);
        // A header is at most 14 bytes long.
        Ok(Some((Self { fin: header.is_final, opcode, mask, len }, cursor.position() as usize)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: Mask = Mask::new([1, 2, 3, 4]);

    #[test]
    fn length_fields() {
        for (len, header) in [
            (0, &[0x82, 0][..]),
            (125, &[0x82, 125]),
            (126, &[0x82, 126, 0, 126]),
            (65_535, &[0x82, 126, 0xff, 0xff]),
            (65_536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let frame = binary(&vec![7; len]);
            assert_eq!(&frame[..header.len()], header, "{len}");
            assert_eq!(frame.len(), header.len() + len);
            let read = Header { fin: true, opcode: Opcode::Binary, mask: None, len: len as u64 };
            assert_eq!(Header::parse(&frame), Ok(Some((read, header.len()))));
        }
    }

    #[test]
    fn every_header_is_read_as_it_was_written() {
        use Opcode::{Binary, Close, Continuation, Ping, Pong, Text};
        for opcode in [Continuation, Text, Binary, Close, Ping, Pong] {
            for mask in [None, Some(MASK)] {
                for fin in [false, true] {
                    let frame = encode(fin, opcode, mask, [b"ab", b"c"]);
                    let (header, len) = Header::parse(&frame).unwrap().unwrap();
                    assert_eq!(header, Header { fin, opcode, mask, len: 3 });
                    assert_eq!(frame.len(), len + 3);
                }
            }
        }
    }

    #[test]
    fn a_cut_header_is_incomplete() {
        let frame = encode(true, Opcode::Binary, Some(MASK), [&[0; 65_536], &[]]);
        for len in 0..MAX_HEADER {
            assert_eq!(Header::parse(&frame[..len]), Ok(None), "{len}");
        }
        assert!(Header::parse(&frame[..MAX_HEADER]).unwrap().is_some());
    }

    #[test]
    fn reserved_bits_and_opcodes() {
        for bit in [0x40, 0x20, 0x10] {
            assert_eq!(Header::parse(&[0x81 | bit, 0]), Err(ReadError::ReservedBits));
        }
        for code in (3..8).chain(11..16) {
            assert_eq!(Header::parse(&[0x80 | code, 0]), Err(ReadError::UnknownOpcode(code)));
        }
    }

    #[test]
    fn lengths_may_waste_bytes() {
        let (header, len) = Header::parse(&[0x81, 126, 0, 3]).unwrap().unwrap();
        assert_eq!((header.len, len), (3, 4));
    }

    #[test]
    fn control_frames_are_never_too_long() {
        assert_eq!(ping(&[b'x'; 200]).len(), 2 + MAX_CONTROL_PAYLOAD);
        assert_eq!(pong(&[b'x'; 125]).len(), 2 + MAX_CONTROL_PAYLOAD);
        let frame = close(Some(CloseCode::NORMAL), &"é".repeat(80));
        assert_eq!(frame.len(), 2 + 2 + 122);
        assert!(std::str::from_utf8(&frame[4..]).is_ok());
    }

    #[test]
    fn codes_that_may_not_be_sent_are_left_out() {
        for code in [0, 999, 1004, 1005, 1006, 1015, 5000] {
            assert_eq!(&close(Some(CloseCode(code)), "why")[..], b"\x88\x00", "{code}");
        }
    }
}
