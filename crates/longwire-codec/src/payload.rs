//! A message as a transport carries it: text or binary, spelling already done.

use bytes::Bytes;
use bytestring::ByteString;

/// One message of a session, without the framing of any transport.
///
/// What it means depends on the family: for Socket.IO revision 1 it is one packet (`3:::hello`), for SockJS the message of
/// the application, for Engine.IO the content of a message packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// UTF-8 text.
    Text(ByteString),
    /// Bytes without a meaning to us.
    Binary(Bytes),
}

impl Payload {
    /// A text that lives as long as the program.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self::Text(ByteString::from_static(text))
    }

    /// The text, or nothing if it is binary.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether it has no bytes at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<ByteString> for Payload {
    fn from(text: ByteString) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}
