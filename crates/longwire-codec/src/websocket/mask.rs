//! The mask that clients of RFC 6455 and of the hybi drafts put over their payloads.

/// A masking key.
///
/// It is no secret and hides nothing; it keeps a page from choosing the bytes that a proxy sees. Where it comes from is
/// the business of whoever writes a client: nothing in this crate is random.
///
/// ```
/// use longwire_codec::websocket::Mask;
///
/// let mask = Mask::new([1, 2, 3, 4]);
/// let mut bytes = *b"hello";
/// mask.apply(&mut bytes, 0);
/// assert_eq!(&bytes, b"igohn");
/// mask.apply(&mut bytes[..2], 0);
/// mask.apply(&mut bytes[2..], 2);
/// assert_eq!(&bytes, b"hello");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mask([u8; 4]);

impl Mask {
    /// The key as it stands in the frame header.
    #[must_use]
    pub const fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    /// The key.
    #[must_use]
    pub const fn key(self) -> [u8; 4] {
        self.0
    }

    /// Masks, or unmasks, a piece of a payload that begins `offset` bytes behind the payload's start.
    pub fn apply(self, piece: &mut [u8], offset: usize) {
        let turn = 8 * (offset % 4) as u32;
        let [a, b, c, d] = u32::from_le_bytes(self.0).rotate_right(turn).to_le_bytes();
        let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
        // Eight bytes at a time, in a form that compilers turn into vector instructions.
        let mut words = piece.chunks_exact_mut(8);
        for word in &mut words {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(word);
            word.copy_from_slice(&(u64::from_ne_bytes(bytes) ^ wide).to_ne_bytes());
        }
        for (byte, key) in words.into_remainder().iter_mut().zip([a, b, c, d, a, b, c]) {
            *byte ^= key;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_bytes_agree_at_every_offset() {
        let mask = Mask::new([0x6d, 0xb6, 0xb2, 0x80]);
        for len in 0..40 {
            for offset in 0..9 {
                let plain: Vec<u8> = (0..len).map(|i: u8| i.wrapping_mul(7)).collect();
                let mut fast = plain.clone();
                mask.apply(&mut fast, offset);
                let slow: Vec<u8> =
                    plain.iter().enumerate().map(|(i, byte)| byte ^ mask.key()[(offset + i) % 4]).collect();
                assert_eq!(fast, slow, "{len} bytes at {offset}");
            }
        }
    }
}
