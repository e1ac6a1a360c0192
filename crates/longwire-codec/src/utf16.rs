//! Lengths that the wire counts in UTF-16 code units.

/// The length of `text` in UTF-16 code units: one for each character up to U+FFFF, two for each beyond.
///
/// Revision 1 and Engine.IO 3 count payloads so.
///
/// ```
/// assert_eq!(longwire_codec::utf16::len("3:::😀"), 6);
/// ```
#[must_use]
pub fn len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
