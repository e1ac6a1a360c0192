//! Opening handshakes: which dialect a request speaks, and the answer to it.

use http::request::Parts;
use http::{HeaderValue, Response};

use super::Framing;

/// The dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `Sec-WebSocket-Version: 13`.
    Rfc6455,
    /// Version 8: hybi-08 to hybi-12.
    Hybi8,
    /// Version 7: hybi-07.
    Hybi7,
    /// No version, two keys, eight bytes behind the head.
    Hixie76,
    /// No version, no keys.
    Hixie75,
}

/// A request that asks for a WebSocket.
#[derive(Clone, Debug)]
pub struct Handshake {
    _dialect: Dialect,
}

/// What is left to do behind the 101 and how the connection goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// How messages are framed.
    pub framing: Framing,
    /// hixie-76: read eight bytes, then write [`Challenge::digest`] ahead of anything else.
    pub challenge: Option<Challenge>,
}

/// The two numbers of a hixie-76 handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// From `Sec-WebSocket-Key1`.
    pub number1: u32,
    /// From `Sec-WebSocket-Key2`.
    pub number2: u32,
}

impl Challenge {
    /// The sixteen bytes that prove the handshake, from the eight bytes behind the request head.
    #[must_use]
    pub fn digest(&self, _nonce: [u8; 8]) -> [u8; 16] {
        todo!()
    }
}

/// Why a request is no WebSocket handshake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {}

impl Handshake {
    /// Reads the head of a request.
    ///
    /// # Errors
    ///
    /// When it is none, or one that cannot be answered.
    pub fn parse(_head: &Parts) -> Result<Self, HandshakeError> {
        todo!()
    }

    /// The 101 with all its headers, and what is left to do behind it. `secure` decides between `ws` and `wss` in the
    /// hixie location header.
    #[must_use]
    pub fn accept(&self, _secure: bool, _protocol: Option<&HeaderValue>) -> (Response<()>, Accept) {
        todo!()
    }
}
