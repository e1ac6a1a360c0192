//! What only the hixie dialects have: the challenge of hixie-76, and frames of `00 … FF`.
//!
//! Source: draft-hixie-thewebsocketprotocol-75 and -76. Their binary frames (a first byte of `80` and above, then a
//! length) were never sent by anyone and are not supported.

use bytes::Bytes;
use md5::{Digest, Md5};

/// The first byte of a text frame.
pub(super) const TEXT_START: u8 = 0x00;
/// The last byte of a text frame, which is in no UTF-8 text; also the first byte of a close frame.
pub(super) const TEXT_END: u8 = 0xff;
/// The last byte of a close frame.
pub(super) const CLOSE_END: u8 = 0x00;

/// The close frame, in both directions.
pub const CLOSE: Bytes = Bytes::from_static(&[TEXT_END, CLOSE_END]);

/// A text message, in both directions.
#[must_use]
pub fn text(text: &str) -> Bytes {
    text_of(text.len(), |frame| frame.extend_from_slice(text.as_bytes()))
}

/// A text message of `len` bytes that `write` appends.
pub(super) fn text_of(len: usize, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut frame = Vec::with_capacity(len + 2);
    frame.push(TEXT_START);
    write(&mut frame);
    frame.push(TEXT_END);
    frame.into()
}

/// The two numbers of a hixie-76 handshake.
///
/// The 101 goes out at once; the digest follows when the eight bytes behind the request head have arrived, which a proxy
/// may hold back until it has seen the 101. Whatever comes behind the eight bytes is already frames.
///
/// ```
/// use longwire_codec::websocket::Challenge;
///
/// let challenge = Challenge::from_keys(b"18x 6]8vM;54 *(5:  {   U1]8  z [  8", b"1_ tx7X d  <  nw  334J702) 7]o}` 0")?;
/// assert_eq!(challenge, Challenge { number1: 155_712_099, number2: 173_347_027 });
/// assert_eq!(&challenge.digest(*b"Tm[K T2u"), b"fQJ,fN/4F4!~K~MH");
/// # Ok::<(), longwire_codec::websocket::hixie76::KeyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// From `Sec-WebSocket-Key1`.
    pub number1: u32,
    /// From `Sec-WebSocket-Key2`.
    pub number2: u32,
}

impl Challenge {
    /// Reads the numbers out of the two keys.
    ///
    /// # Errors
    ///
    /// When one of them hides no number.
    pub fn from_keys(key1: &[u8], key2: &[u8]) -> Result<Self, KeyError> {
        Ok(Self { number1: key_number(key1)?, number2: key_number(key2)? })
    }

    /// The sixteen bytes that prove the handshake, from the eight bytes behind the request head.
    #[must_use]
    pub fn digest(&self, nonce: [u8; 8]) -> [u8; 16] {
        let mut hash = Md5::new();
        hash.update(self.number1.to_be_bytes());
        hash.update(self.number2.to_be_bytes());
        hash.update(nonce);
        hash.finalize().into()
    }
}

/// Why a hixie-76 key hides no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no digit in it.
    #[error("the key has no digits")]
    NoDigits,
    /// There is no space in it.
    #[error("the key has no spaces")]
    NoSpaces,
    /// Its digits make a number above 2^32 - 1, which no client may choose.
    #[error("the number in the key is above 2^32 - 1")]
    TooLarge,
    /// Its number is not a multiple of its count of spaces.
    #[error("the number in the key is no multiple of its count of spaces")]
    NotDivisible,
}

/// The digits of a key, read as one number and divided by its count of spaces.
pub(super) fn key_number(key: &[u8]) -> Result<u32, KeyError> {
    let mut digits = None;
    for byte in key.iter().filter(|byte| byte.is_ascii_digit()) {
        let next = digits.unwrap_or(0_u32).checked_mul(10).and_then(|n| n.checked_add(u32::from(byte - b'0')));
        digits = Some(next.ok_or(KeyError::TooLarge)?);
    }
    let number = digits.ok_or(KeyError::NoDigits)?;
    let spaces = key.iter().filter(|&&byte| byte == b' ').count();
    // More spaces than a number can be divided by: only zero is still a multiple of them.
    let spaces = u32::try_from(spaces).unwrap_or(u32::MAX);
    if spaces == 0 {
        return Err(KeyError::NoSpaces);
    }
    if number % spaces != 0 {
        return Err(KeyError::NotDivisible);
    }
    Ok(number / spaces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_draft() {
        for (key1, key2, nonce, numbers, digest) in [
            (
                &b"4 @1  46546xW%0l 1 5"[..],
                &b"12998 5 Y3 1  .P00"[..],
                *b"^n:ds[4U",
                (829_309_203, 259_970_620),
                b"8jKS'y:G*Co,Wxa-",
            ),
            (
                b"3e6b263  4 17 80",
                b"17  9 G`ZD9   2 2b 7X 3 /r90",
                *b"WjN}|M(6",
                (906_585_445, 179_922_739),
                b"\x6e\x60\x39\x65\x42\x6b\x39\x7a\x24\x52\x38\x70\x4f\x74\x56\x62",
            ),
        ] {
            let challenge = Challenge::from_keys(key1, key2).unwrap();
            assert_eq!((challenge.number1, challenge.number2), numbers);
            assert_eq!(&challenge.digest(nonce), digest);
        }
    }

    #[test]
    fn keys_without_a_number() {
        assert_eq!(key_number(b""), Err(KeyError::NoDigits));
        assert_eq!(key_number(b"ab cd"), Err(KeyError::NoDigits));
        assert_eq!(key_number(b"12ab"), Err(KeyError::NoSpaces));
        assert_eq!(key_number(b"1 3 "), Err(KeyError::NotDivisible));
        assert_eq!(key_number(b"42949 67296"), Err(KeyError::TooLarge));
        assert_eq!(key_number(b" 99999999999999999999999999"), Err(KeyError::TooLarge));
    }

    #[test]
    fn keys_at_the_edge() {
        assert_eq!(key_number(b"42949 67295"), Ok(u32::MAX));
        assert_eq!(key_number(b"0 "), Ok(0));
        assert_eq!(key_number(b" 000000000000000000000042"), Ok(42));
        // Tabs are no spaces, digits beyond ASCII are no digits.
        assert_eq!(key_number(b"1\t2"), Err(KeyError::NoSpaces));
        assert_eq!(key_number("٣ ".as_bytes()), Err(KeyError::NoDigits));
    }
}
