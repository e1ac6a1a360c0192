//! WebSocket, in every dialect that a browser ever shipped: RFC 6455, the hybi drafts 7 and 8, hixie-76 and hixie-75.
//!
//! Nothing here owns a socket. [`Handshake`] answers a request head, [`Reader`] turns received bytes into messages, and
//! [`Framing`] makes the bytes of a message to send. No extension is negotiated, so a frame with a reserved bit is an
//! error.
//!
//! What a server does with one connection, in order:
//!
//! 1. [`Handshake::parse`] the request head; a [`HandshakeError`] knows its own refusal.
//! 2. Check [`Handshake::origin`] and whether the [`Dialect`] is wanted: hixie-75 should be off by default.
//! 3. Send the response of [`Handshake::accept`]; for hixie-76 read eight bytes and send [`Challenge::digest`].
//! 4. Feed received bytes to a [`Reader`], answer pings and the close frame by [`Framing::pong`] and [`Framing::close`].
//!
//! ```
//! use longwire_codec::websocket::{Framing, Incoming, Limits, Mask, Reader, client};
//!
//! let mut reader = Reader::new(Framing::Rfc6455, Limits::default());
//! let received = client::text("2::", Mask::new([1, 2, 3, 4]));
//! let mut input = &received[..];
//! while let Some(incoming) = reader.read(&mut input)? {
//!     assert_eq!(incoming, Incoming::Text("2::".into()));
//! }
//! assert_eq!(&Framing::Rfc6455.text("2::")[..], b"\x81\x032::");
//! assert_eq!(&Framing::Hixie.text("2::")[..], b"\x002::\xff");
//! # Ok::<(), longwire_codec::websocket::ReadError>(())
//! ```

pub mod client;
pub mod close;
pub mod frame;
pub mod handshake;
pub mod hixie76;
pub mod mask;
pub mod reader;

use bytes::Bytes;

pub use close::CloseCode;
pub use handshake::{Accept, Challenge, Dialect, Handshake, HandshakeError};
pub use mask::Mask;
pub use reader::{Incoming, Limits, ReadError, Reader};

/// How a connection frames its messages.
///
/// Its methods make what a server sends. A client of a hixie dialect sends the same bytes; a client of the others masks
/// its frames, see [`client`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// RFC 6455 and the hybi drafts 7 and 8, which frame alike.
    Rfc6455,
    /// hixie-75 and hixie-76: `00 … FF`.
    Hixie,
}

impl Framing {
    /// A text message.
    #[must_use]
    pub fn text(self, text: &str) -> Bytes {
        match self {
            Self::Rfc6455 => frame::text(text),
            Self::Hixie => hixie76::text(text),
        }
    }

    /// A text message of `len` bytes that `write` appends, in one allocation.
    pub(crate) fn text_of(self, len: usize, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
        match self {
            Self::Rfc6455 => frame::text_of(len, write),
            Self::Hixie => hixie76::text_of(len, write),
        }
    }

    /// A binary message, or nothing where the framing has none.
    #[must_use]
    pub fn binary(self, payload: &[u8]) -> Option<Bytes> {
        match self {
            Self::Rfc6455 => Some(frame::binary(payload)),
            Self::Hixie => None,
        }
    }

    /// A ping with the first 125 bytes of `payload`, or nothing where the framing has none.
    #[must_use]
    pub fn ping(self, payload: &[u8]) -> Option<Bytes> {
        match self {
            Self::Rfc6455 => Some(frame::ping(payload)),
            Self::Hixie => None,
        }
    }

    /// The answer to a ping with this payload, or nothing where the framing has none.
    #[must_use]
    pub fn pong(self, payload: &[u8]) -> Option<Bytes> {
        match self {
            Self::Rfc6455 => Some(frame::pong(payload)),
            Self::Hixie => None,
        }
    }

    /// The close frame, both to begin a close and to answer one. hixie has no room for a code or a reason.
    ///
    /// See [`frame::close`] for codes that cannot be sent and reasons that are too long.
    #[must_use]
    pub fn close(self, code: Option<CloseCode>, reason: &str) -> Bytes {
        match self {
            Self::Rfc6455 => frame::close(code, reason),
            Self::Hixie => hixie76::CLOSE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hixie_has_text_and_close_only() {
        assert_eq!(&Framing::Hixie.text("héé")[..], b"\x00h\xc3\xa9\xc3\xa9\xff");
        assert_eq!(&Framing::Hixie.close(Some(CloseCode::NORMAL), "bye")[..], b"\xff\x00");
        assert_eq!(Framing::Hixie.binary(b"x"), None);
        assert_eq!(Framing::Hixie.ping(b"x"), None);
        assert_eq!(Framing::Hixie.pong(b"x"), None);
    }

    #[test]
    fn rfc6455_frames_are_unmasked() {
        assert_eq!(&Framing::Rfc6455.text("héé")[..], b"\x81\x05h\xc3\xa9\xc3\xa9");
        assert_eq!(Framing::Rfc6455.binary(b"\xff").as_deref(), Some(&b"\x82\x01\xff"[..]));
        assert_eq!(Framing::Rfc6455.ping(b"a").as_deref(), Some(&b"\x89\x01a"[..]));
        assert_eq!(Framing::Rfc6455.pong(b"a").as_deref(), Some(&b"\x8a\x01a"[..]));
        assert_eq!(&Framing::Rfc6455.close(Some(CloseCode::NORMAL), "bye")[..], b"\x88\x05\x03\xe8bye");
        assert_eq!(&Framing::Rfc6455.close(None, "")[..], b"\x88\x00");
    }
}
