//! Text that arrives in pieces, cut anywhere, checked as it comes.

use bytestring::ByteString;

use super::{ReadError, room};

/// The good text so far, and the beginning of a character that is not all there.
///
/// The text is a `String` all the time, so its end costs no second look at its bytes.
#[derive(Debug, Default)]
pub(super) struct TextBuffer {
    text: String,
    cut: [u8; 4],
    cut_len: u8,
}

impl TextBuffer {
    /// Its length so far, in bytes.
    pub(super) fn len(&self) -> usize {
        self.text.len() + usize::from(self.cut_len)
    }

    pub(super) fn capacity(&self) -> usize {
        self.text.capacity()
    }

    /// Makes room for `arrived` bytes, of `expected` that may come.
    pub(super) fn reserve(&mut self, arrived: usize, expected: usize) {
        let arrived = arrived + usize::from(self.cut_len);
        let expected = expected.saturating_add(usize::from(self.cut_len));
        if self.text.capacity() - self.text.len() < arrived {
            self.text.reserve_exact(room(self.text.len(), arrived, expected));
        }
    }

    /// Appends a piece.
    pub(super) fn push(&mut self, mut piece: &[u8]) -> Result<(), ReadError> {
        while self.cut_len > 0 {
            let Some((&byte, rest)) = piece.split_first() else { return Ok(()) };
            piece = rest;
            self.push_to_cut(byte)?;
        }
        let (whole, cut) = piece.split_at(piece.len() - cut_character(piece));
        match std::str::from_utf8(whole) {
            Ok(text) => self.text.push_str(text),
            Err(error) => return Err(ReadError::InvalidUtf8 { at: self.text.len() + error.valid_up_to() }),
        }
        cut.iter().try_for_each(|&byte| self.push_to_cut(byte))
    }

    fn push_to_cut(&mut self, byte: u8) -> Result<(), ReadError> {
        let len = usize::from(self.cut_len);
        self.cut[len] = byte;
        match std::str::from_utf8(&self.cut[..=len]) {
            Ok(character) => {
                self.text.push_str(character);
                self.cut_len = 0;
            }
            // Four bytes are a character or an error, so there is always room for the next one.
            Err(error) if error.error_len().is_none() => self.cut_len += 1,
            Err(_) => return Err(ReadError::InvalidUtf8 { at: self.text.len() }),
        }
        Ok(())
    }

    /// The text, if no character is cut at its end. The buffer is given away, without what it has too much.
    pub(super) fn finish(mut self) -> Result<ByteString, ReadError> {
        if self.cut_len > 0 {
            return Err(ReadError::InvalidUtf8 { at: self.text.len() });
        }
        self.text.shrink_to_fit();
        Ok(self.text.into())
    }
}

/// How many bytes at the end of a piece begin a character that needs more.
fn cut_character(piece: &[u8]) -> usize {
    for (behind, &byte) in piece.iter().rev().take(3).enumerate() {
        let len = match byte {
            0x80..=0xbf => continue,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
            0x00..=0x7f => 1,
        };
        return if behind + 1 < len { behind + 1 } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the buffer makes of a text that arrives in two pieces.
    fn joined(bytes: &[u8], at: usize) -> Result<ByteString, ReadError> {
        let mut buffer = TextBuffer::default();
        buffer.push(&bytes[..at])?;
        buffer.push(&bytes[at..])?;
        buffer.finish()
    }

    #[test]
    fn characters_are_cut_anywhere() {
        let text = "aé€😀\u{10ffff}\u{fffd}z";
        for at in 0..=text.len() {
            assert_eq!(joined(text.as_bytes(), at).unwrap(), text);
        }
        let mut buffer = TextBuffer::default();
        text.bytes().for_each(|byte| buffer.push(&[byte]).unwrap());
        assert_eq!(buffer.len(), text.len());
        assert_eq!(buffer.finish().unwrap(), text);
    }

    #[test]
    fn an_error_is_found_at_the_same_place_however_the_text_is_cut() {
        for bad in [
            &b"ab\xff"[..],
            b"ab\x80cd",
            b"ab\xc3",
            b"ab\xc3(",
            b"ab\xc0\xaf",
            b"ab\xe2\x82",
            b"ab\xe2\x28\xa1",
            b"ab\xed\xa0\x80",
            b"ab\xf0\x9f\x98",
            b"ab\xf0\x80\x80\x80",
            b"ab\xf4\x90\x80\x80",
            b"ab\xf8\x88\x80\x80\x80",
            b"ab\xe2\x82\xff",
        ] {
            for at in 0..=bad.len() {
                assert_eq!(joined(bad, at), Err(ReadError::InvalidUtf8 { at: 2 }), "{bad:x?} at {at}");
            }
        }
    }

    #[test]
    fn an_error_is_found_at_the_byte_that_makes_it() {
        for (good, bad) in [(&b"\xf4"[..], 0x90), (b"\xed", 0xa0), (b"\xe0", 0x80), (b"\xf0\x9f", b'a'), (b"", 0xf5)] {
            let mut buffer = TextBuffer::default();
            assert_eq!(buffer.push(good), Ok(()));
            assert_eq!(buffer.push(&[bad]), Err(ReadError::InvalidUtf8 { at: 0 }));
        }
    }
}
