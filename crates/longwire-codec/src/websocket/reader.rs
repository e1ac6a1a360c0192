//! From bytes to messages: one reader for each connection.
//!
//! A reader takes what arrived, cut anywhere. It buffers only what has no end yet: at most 256 bytes of a message or twice
//! what has arrived, whatever length was declared, and 125 bytes of a control frame in between; so an idle connection
//! holds nothing. A text that breaks UTF-8 is refused at the byte that breaks it, not at the end of the message.

mod hixie;
mod rfc6455;
mod text;

use bytes::Bytes;
use bytestring::ByteString;

use self::hixie::HixieReader;
use self::rfc6455::Rfc6455Reader;
use super::{CloseCode, Framing};

/// What a reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest message, in bytes, all its fragments together. A frame that would go beyond is refused by its header,
    /// before its payload arrives. The default is 1 MiB.
    pub message: usize,
    /// Most fragments of one message. It bounds the work on a message that never ends for fragments that are empty. The
    /// default is 4096.
    pub fragments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: 1 << 20, fragments: 4096 }
    }
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
    /// The peer closes; answer the close frame, then close. Nothing comes behind it.
    Close {
        /// Its code, when it gave one. hixie has none.
        code: Option<CloseCode>,
        /// Its reason.
        reason: ByteString,
    },
}

/// Why the connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A reserved bit is set, though no extension was negotiated.
    #[error("a reserved bit is set in a frame header")]
    ReservedBits,
    /// An opcode that RFC 6455 reserves.
    #[error("unknown opcode {0}")]
    UnknownOpcode(u8),
    /// A client did not mask a frame.
    #[error("a client sent a frame without a mask")]
    Unmasked,
    /// A server masked a frame.
    #[error("a server sent a frame with a mask")]
    Masked,
    /// A ping, pong or close frame says that more of it follows.
    #[error("a control frame is fragmented")]
    FragmentedControl,
    /// A ping, pong or close frame declares more than 125 bytes.
    #[error("a control frame has {len} bytes, more than 125")]
    ControlTooLong {
        /// The declared length, in bytes.
        len: u64,
    },
    /// A continuation, and nothing to continue.
    #[error("a fragment continues no message")]
    UnexpectedContinuation,
    /// A message begins ahead of the last fragment of another.
    #[error("a message begins inside of another")]
    UnfinishedMessage,
    /// A close frame of one byte, which is half a code.
    #[error("a close frame has one byte")]
    CutCloseCode,
    /// A close code that may not be sent.
    #[error("close code {0} may not be sent")]
    ForbiddenCloseCode(CloseCode),
    /// A text message or a close reason is not UTF-8.
    #[error("text is not utf-8 from byte {at} on")]
    InvalidUtf8 {
        /// How many bytes of the text were good.
        at: usize,
    },
    /// A message is longer than [`Limits::message`].
    #[error("a message is longer than {limit} bytes")]
    MessageTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A message has more fragments than [`Limits::fragments`].
    #[error("a message has more than {limit} fragments")]
    TooManyFragments {
        /// The limit.
        limit: usize,
    },
    /// A hixie frame begins with a byte that begins no text and no close frame.
    #[error("unknown hixie frame type {0:#04x}")]
    UnknownFrameType(u8),
}

impl ReadError {
    /// The code to close with: 1007 for text that is not UTF-8, 1009 for what is too big, else 1002.
    #[must_use]
    pub fn close_code(&self) -> CloseCode {
        match self {
            Self::ReservedBits
            | Self::UnknownOpcode(_)
            | Self::Unmasked
            | Self::Masked
            | Self::FragmentedControl
            | Self::ControlTooLong { .. }
            | Self::UnexpectedContinuation
            | Self::UnfinishedMessage
            | Self::CutCloseCode
            | Self::ForbiddenCloseCode(_)
            | Self::UnknownFrameType(_) => CloseCode::PROTOCOL,
            Self::InvalidUtf8 { .. } => CloseCode::INVALID_DATA,
            Self::MessageTooLong { .. } | Self::TooManyFragments { .. } => CloseCode::TOO_BIG,
        }
    }
}

/// Reads one connection.
///
/// ```
/// use longwire_codec::websocket::{Framing, Incoming, Limits, Mask, Reader, client};
///
/// let mut reader = Reader::new(Framing::Rfc6455, Limits::default());
/// let stream = client::text("3:::hello", Mask::new([9, 8, 7, 6]));
/// let (mut first, mut second) = stream.split_at(8);
///
/// assert_eq!(reader.read(&mut first)?, None);
/// assert_eq!(reader.read(&mut second)?, Some(Incoming::Text("3:::hello".into())));
/// assert_eq!(reader.buffered(), 0);
/// # Ok::<(), longwire_codec::websocket::ReadError>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    state: State,
}

#[derive(Debug)]
enum State {
    Rfc6455(Rfc6455Reader),
    Hixie(HixieReader),
    Closed,
    Failed(ReadError),
}

/// Which end of the connection reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Reads masked frames of a client.
    Server,
    /// Reads unmasked frames of a server.
    Client,
}

impl Reader {
    /// A server's reader at the start of a connection, behind its handshake.
    #[must_use]
    pub fn new(framing: Framing, limits: Limits) -> Self {
        Self::with_role(framing, limits, Role::Server)
    }

    /// A client's reader: frames of a server are not masked, and must not be.
    #[must_use]
    pub fn client(framing: Framing, limits: Limits) -> Self {
        Self::with_role(framing, limits, Role::Client)
    }

    fn with_role(framing: Framing, limits: Limits, role: Role) -> Self {
        let state = match framing {
            Framing::Rfc6455 => State::Rfc6455(Rfc6455Reader::new(role)),
            Framing::Hixie => State::Hixie(HixieReader::default()),
        };
        Self { limits, state }
    }

    /// Takes bytes from the front of `input` and returns the next thing the peer said, or nothing when more bytes are
    /// needed (then all of `input` was taken).
    ///
    /// A message that lies in `input` as one frame costs a single allocation, that of the message. What comes behind a
    /// close frame is taken and ignored.
    ///
    /// # Errors
    ///
    /// When the peer broke the protocol or a limit. The reader is finished then: it says the same again and takes nothing.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Incoming>, ReadError> {
        let result = match &mut self.state {
            State::Rfc6455(reader) => reader.read(input, self.limits),
            State::Hixie(reader) => reader.read(input, self.limits),
            State::Closed => {
                *input = &[];
                return Ok(None);
            }
            State::Failed(error) => return Err(*error),
        };
        match &result {
            Ok(Some(Incoming::Close { .. })) => self.state = State::Closed,
            Err(error) => self.state = State::Failed(*error),
            Ok(_) => {}
        }
        result
    }

    /// How many bytes of memory it holds for what has not ended yet. Between messages it is none.
    #[must_use]
    pub fn buffered(&self) -> usize {
        match &self.state {
            State::Rfc6455(reader) => reader.buffered(),
            State::Hixie(reader) => reader.buffered(),
            State::Closed | State::Failed(_) => 0,
        }
    }
}

/// How much room to make in a buffer of `len` bytes ahead of `arrived` more, of which `expected` (those included) may come.
///
/// It doubles, so that the work stays linear, but goes by what is expected only as far as bytes have really arrived. A
/// message of one frame ends in a buffer of exactly its length.
fn room(len: usize, arrived: usize, expected: usize) -> usize {
    const LEAST: usize = 256;
    expected.min(len.max(LEAST)).max(arrived)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_small() {
        assert!(size_of::<Reader>() <= 128, "{}", size_of::<Reader>());
    }

    #[test]
    fn a_finished_reader_stays_finished() {
        let mut reader = Reader::new(Framing::Rfc6455, Limits::default());
        let mut input = &b"\x81\x01a\x81\x01b"[..];
        assert_eq!(reader.read(&mut input), Err(ReadError::Unmasked));
        assert_eq!(reader.read(&mut input), Err(ReadError::Unmasked));

        for (framing, stream) in
            [(Framing::Rfc6455, &b"\x88\x80\0\0\0\0\x81\x01unmasked"[..]), (Framing::Hixie, b"\xff\x00\x99")]
        {
            let mut reader = Reader::new(framing, Limits::default());
            let mut input = stream;
            let close = Incoming::Close { code: None, reason: ByteString::new() };
            assert_eq!(reader.read(&mut input), Ok(Some(close)));
            assert_eq!(reader.read(&mut input), Ok(None));
            assert!(input.is_empty());
        }
    }

    #[test]
    fn room_grows_with_what_arrived() {
        assert_eq!(room(0, 1, 100), 100);
        assert_eq!(room(0, 1, 1_000_000), 256);
        assert_eq!(room(1000, 1, 1_000_000), 1000);
        assert_eq!(room(1000, 5000, 1_000_000), 5000);
        assert_eq!(room(1000, 10, 20), 20);
    }
}
