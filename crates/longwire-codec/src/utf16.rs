//! Lengths that the wire counts in UTF-16 code units.
//!
//! JavaScript measures strings so, and the payloads of revision 1 and of Engine.IO 3 show it: `😀` is one character, four
//! bytes and two units. Both functions count many bytes at once, whatever the script of the text.

/// How many bytes are counted together; their units fit one byte.
const BLOCK: usize = 64;

/// The length of `text` in UTF-16 code units: one for each character up to U+FFFF, two for each beyond.
///
/// ```
/// use longwire_codec::utf16;
///
/// assert_eq!(utf16::len("3:::x"), 5);
/// assert_eq!(utf16::len("3:::€"), 5);
/// assert_eq!(utf16::len("3:::😀"), 6);
/// ```
#[must_use]
pub fn len(text: &str) -> usize {
    text.as_bytes().chunks(BLOCK).map(units_in_block).sum()
}

/// The byte index at which the first `units` UTF-16 code units of `text` end.
///
/// Nothing when the text is shorter, or when that place is inside a surrogate pair. Reads no further than that place.
///
/// ```
/// use longwire_codec::utf16;
///
/// assert_eq!(utf16::byte_index("😀x", 2), Some(4));
/// assert_eq!(utf16::byte_index("😀x", 3), Some(5));
/// assert_eq!(utf16::byte_index("😀x", 1), None, "half a character");
/// assert_eq!(utf16::byte_index("😀x", 4), None, "too short");
/// ```
#[must_use]
pub fn byte_index(text: &str, units: usize) -> Option<usize> {
    let mut wanted = units;
    let mut index = 0;
    for block in text.as_bytes().chunks_exact(BLOCK) {
        let there = units_in_block(block);
        if there > wanted {
            break;
        }
        wanted -= there;
        index += BLOCK;
    }
    // A block may have ended inside a character, all of whose units are counted at its first byte.
    for &byte in &text.as_bytes()[index..] {
        if starts_character(byte) {
            if wanted == 0 {
                return Some(index);
            }
            wanted = wanted.checked_sub(units_at(byte))?;
        }
        index += 1;
    }
    (wanted == 0).then_some(index)
}

/// The units of the characters that start in `block`, which has at most [`BLOCK`] bytes. Without a branch, so that it is
/// compiled to vector instructions.
fn units_in_block(block: &[u8]) -> usize {
    usize::from(
        block.iter().fold(0_u8, |units, &byte| units + u8::from(starts_character(byte)) + u8::from(byte >= 0xF0)),
    )
}

/// The units of the character whose first byte is `first`.
fn units_at(first: u8) -> usize {
    if first >= 0xF0 { 2 } else { 1 }
}

/// Whether a byte of UTF-8 is the first of its character.
fn starts_character(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_texts_are_counted_like_short_ones() {
        for unit in ["x", "é", "€", "😀", "😀x", "x€😀"] {
            let text = unit.repeat(200);
            assert_eq!(len(&text), text.encode_utf16().count(), "{unit}");
            assert_eq!(byte_index(&text, len(&text)), Some(text.len()), "{unit}");
            assert_eq!(byte_index(&text, len(&text) + 1), None, "{unit}");
        }
        assert_eq!((len(""), byte_index("", 0), byte_index("", 1)), (0, Some(0), None));
        assert_eq!(byte_index("x", usize::MAX), None);
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(text in "(?s)[a-z]{0,70}[€ü😀x]{0,70}.{0,70}") {
            prop_assert_eq!(len(&text), text.encode_utf16().count());
        }

        #[test]
        fn every_character_border_is_found_and_nothing_else(text in "(?s)[a-z]{0,70}[€ü😀x]{0,70}.{0,70}") {
            let mut units = 0;
            for (index, character) in text.char_indices() {
                prop_assert_eq!(byte_index(&text, units), Some(index));
                if character.len_utf16() == 2 {
                    prop_assert_eq!(byte_index(&text, units + 1), None);
                }
                units += character.len_utf16();
            }
            prop_assert_eq!(byte_index(&text, units), Some(text.len()));
            prop_assert_eq!(byte_index(&text, units + 1), None);
        }
    }
}
