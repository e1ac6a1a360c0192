//! The reading half of hixie-75 and hixie-76.
//!
//! A text ends at the *byte* FF, which no UTF-8 contains; there is no length, so the limit is checked on what arrives.

use bytestring::ByteString;
use memchr::memchr;

use super::text::TextBuffer;
use super::{Incoming, Limits, ReadError};
use crate::websocket::hixie76::{CLOSE_END, TEXT_END, TEXT_START};

/// Where in the stream it stands.
#[derive(Debug, Default)]
pub(super) enum HixieReader {
    #[default]
    Between,
    InText(TextBuffer),
    InClose,
}

impl HixieReader {
    pub(super) fn read(&mut self, input: &mut &[u8], limits: Limits) -> Result<Option<Incoming>, ReadError> {
        loop {
            match self {
                Self::Between => {
                    let Some((&first, rest)) = input.split_first() else { return Ok(None) };
                    *input = rest;
                    match first {
                        TEXT_START => match whole_text(input, limits)? {
                            Some(text) => return Ok(Some(Incoming::Text(text))),
                            None => *self = Self::InText(TextBuffer::default()),
                        },
                        TEXT_END => *self = Self::InClose,
                        other => return Err(ReadError::UnknownFrameType(other)),
                    }
                }
                Self::InText(text) => {
                    if !read_text(text, input, limits)? {
                        return Ok(None);
                    }
                    let text = std::mem::take(text).finish()?;
                    *self = Self::Between;
                    return Ok(Some(Incoming::Text(text)));
                }
                Self::InClose => {
                    let Some((&second, rest)) = input.split_first() else { return Ok(None) };
                    if second != CLOSE_END {
                        return Err(ReadError::UnknownFrameType(TEXT_END));
                    }
                    *input = rest;
                    return Ok(Some(Incoming::Close { code: None, reason: ByteString::new() }));
                }
            }
        }
    }

    pub(super) fn buffered(&self) -> usize {
        match self {
            Self::InText(text) => text.capacity(),
            Self::Between | Self::InClose => 0,
        }
    }
}

/// A text all of which lies in `input`: it is copied out without a detour.
fn whole_text(input: &mut &[u8], limits: Limits) -> Result<Option<ByteString>, ReadError> {
    let Some(end) = memchr(TEXT_END, input).filter(|&end| end <= limits.message) else { return Ok(None) };
    let text =
        std::str::from_utf8(&input[..end]).map_err(|error| ReadError::InvalidUtf8 { at: error.valid_up_to() })?;
    *input = &input[end + 1..];
    Ok(Some(text.into()))
}

/// Reads on in a text that came in pieces, or is too long, and tells whether its end is there.
fn read_text(text: &mut TextBuffer, input: &mut &[u8], limits: Limits) -> Result<bool, ReadError> {
    let end = memchr(TEXT_END, input);
    let piece = &input[..end.unwrap_or(input.len())];
    let allowed = limits.message - text.len();
    let taken = &piece[..piece.len().min(allowed)];
    text.reserve(taken.len(), if end.is_some() { taken.len() } else { allowed });
    text.push(taken)?;
    if piece.len() > allowed {
        return Err(ReadError::MessageTooLong { limit: limits.message });
    }
    *input = &input[end.map_or(input.len(), |end| end + 1)..];
    Ok(end.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { message: 8, fragments: 1 };

    /// Everything said in a stream that arrives in pieces of `size` bytes.
    fn read(stream: &[u8], size: usize) -> Result<Vec<Incoming>, ReadError> {
        let mut reader = HixieReader::default();
        let mut all = Vec::new();
        for mut piece in stream.chunks(size) {
            while let Some(incoming) = reader.read(&mut piece, LIMITS)? {
                all.push(incoming);
            }
            assert!(piece.is_empty());
        }
        Ok(all)
    }

    #[test]
    fn texts_and_close_in_pieces_of_any_size() {
        let stream = b"\x00a\xff\x00\xff\x00\xef\xbf\xbd\xc3\xa9\xff\xff\x00";
        let close = Incoming::Close { code: None, reason: ByteString::new() };
        let said = ["a", "", "\u{fffd}é"].map(|text| Incoming::Text(text.into()));
        for size in 1..=stream.len() {
            assert_eq!(read(stream, size).unwrap(), [&said[..], std::slice::from_ref(&close)].concat(), "{size}");
        }
    }

    #[test]
    fn other_first_bytes_are_errors() {
        for first in (1..=0xfe).filter(|&byte| byte != TEXT_START) {
            assert_eq!(read(&[first, 0], 2), Err(ReadError::UnknownFrameType(first)));
        }
        assert_eq!(read(b"\xff\x01", 1), Err(ReadError::UnknownFrameType(0xff)));
        assert_eq!(read(b"\xff\xff", 2), Err(ReadError::UnknownFrameType(0xff)));
    }

    #[test]
    fn errors_come_however_the_stream_is_cut() {
        for size in 1..=16 {
            assert_eq!(read(b"\x00ab\xc3(\xff", size), Err(ReadError::InvalidUtf8 { at: 2 }));
            assert_eq!(read(b"\x00ab\xc3\xff", size), Err(ReadError::InvalidUtf8 { at: 2 }));
            assert_eq!(read(b"\x00123456789\xff", size), Err(ReadError::MessageTooLong { limit: 8 }));
            // It does not wait for the end.
            assert_eq!(read(b"\x00123456789", size), Err(ReadError::MessageTooLong { limit: 8 }));
            assert_eq!(read(b"\x0012345678\xff", size).unwrap(), [Incoming::Text("12345678".into())]);
        }
    }
}
