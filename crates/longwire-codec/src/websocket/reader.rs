//! From bytes to messages: one reader for each connection.

use bytes::Bytes;
use bytestring::ByteString;

use super::{CloseCode, Framing};

/// What a reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest message, in bytes, all its fragments together.
    pub message: usize,
    /// Most fragments of one message.
    pub fragments: usize,
}

/// Something that a peer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A text message, joined and checked.
    Text(ByteString),
    /// A binary message, joined.
    Binary(Bytes),
    /// A ping; answer it with the same bytes.
    Ping(Bytes),
    /// A pong; nothing to do.
    Pong(Bytes),
    /// The peer closes; answer the close frame, then close.
    Close {
        /// Its code, when it gave one.
        code: Option<CloseCode>,
        /// Its reason.
        reason: ByteString,
    },
}

/// Why the connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {}

impl ReadError {
    /// The code to close with.
    #[must_use]
    pub fn close_code(&self) -> CloseCode {
        todo!()
    }
}

/// Reads one connection.
#[derive(Debug)]
pub struct Reader {
    _framing: Framing,
    _limits: Limits,
}

impl Reader {
    /// A reader at the start of a connection, behind its handshake.
    #[must_use]
    pub fn new(framing: Framing, limits: Limits) -> Self {
        Self { _framing: framing, _limits: limits }
    }

    /// Takes bytes from the front of `input` and returns the next thing the peer said, or nothing when more bytes are
    /// needed (then all of `input` was taken).
    ///
    /// # Errors
    ///
    /// When the peer broke the protocol or a limit. The reader is finished then.
    pub fn read(&mut self, _input: &mut &[u8]) -> Result<Option<Incoming>, ReadError> {
        todo!()
    }
}
