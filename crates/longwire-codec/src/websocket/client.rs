//! Masked frames of RFC 6455 and the hybi drafts, as clients send them: for tests, load generators and conformance
//! clients.
//!
//! The mask is handed in, so a run can be repeated. A hixie client sends what [`Framing::Hixie`](super::Framing::Hixie)
//! makes. To read what a server sends, there is [`Reader::client`](super::Reader::client).
//!
//! ```
//! use longwire_codec::websocket::frame::Opcode;
//! use longwire_codec::websocket::{Mask, client};
//!
//! let mask = Mask::new([0x37, 0xfa, 0x21, 0x3d]);
//! // The example of RFC 6455, section 5.7.
//! assert_eq!(&client::text("Hello", mask)[..], b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
//!
//! let mut stream = client::frame(false, Opcode::Text, b"Hel", mask).to_vec();
//! stream.extend_from_slice(&client::frame(true, Opcode::Continuation, b"lo", mask));
//! ```

use bytes::Bytes;

use super::frame::{Opcode, control_payload, encode, encode_close};
use super::{CloseCode, Mask};

/// A text message.
#[must_use]
pub fn text(text: &str, mask: Mask) -> Bytes {
    frame(true, Opcode::Text, text.as_bytes(), mask)
}

/// A binary message.
#[must_use]
pub fn binary(payload: &[u8], mask: Mask) -> Bytes {
    frame(true, Opcode::Binary, payload, mask)
}

/// A ping with the first 125 bytes of `payload`.
#[must_use]
pub fn ping(payload: &[u8], mask: Mask) -> Bytes {
    frame(true, Opcode::Ping, control_payload(payload), mask)
}

/// A pong with the first 125 bytes of `payload`.
#[must_use]
pub fn pong(payload: &[u8], mask: Mask) -> Bytes {
    frame(true, Opcode::Pong, control_payload(payload), mask)
}

/// The close frame; codes and reasons as for [`frame::close`](super::frame::close).
#[must_use]
pub fn close(code: Option<CloseCode>, reason: &str, mask: Mask) -> Bytes {
    encode_close(code, reason, Some(mask))
}

/// Any frame, also one that breaks the protocol: fragments, control frames that are too long, text that is not UTF-8.
#[must_use]
pub fn frame(fin: bool, opcode: Opcode, payload: &[u8], mask: Mask) -> Bytes {
    encode(fin, opcode, Some(mask), [payload, &[]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_frames() {
        let mask = Mask::new([0; 4]);
        assert_eq!(&ping(b"a", mask)[..], b"\x89\x81\0\0\0\0a");
        assert_eq!(&pong(b"", mask)[..], b"\x8a\x80\0\0\0\0");
        assert_eq!(&close(Some(CloseCode(4000)), "x", mask)[..], b"\x88\x83\0\0\0\0\x0f\xa0x");
        assert_eq!(&binary(b"b", Mask::new([1; 4]))[..], b"\x82\x81\x01\x01\x01\x01c");
    }
}
