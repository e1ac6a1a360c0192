//! JSON strings as SockJS writes them: more is escaped than JSON asks for.
//!
//! Some browsers and proxies of 2011 lost or changed characters that are invisible, that end a line in JavaScript, or that
//! stand beyond U+FFFF. The official suite wants those escaped, with lower-case digits, and everything else as it is.
//!
//! | range | what |
//! | --- | --- |
//! | below U+0020, `"`, `\` | as in any JSON string; `\b \t \n \f \r` by these names |
//! | U+200C to U+200F | joiners and direction marks |
//! | U+2028 to U+202F | line and paragraph separators, embeddings, narrow space |
//! | U+2060 to U+206F | invisible operators, isolates |
//! | U+FFF0 to U+FFFF | specials and non-characters |
//! | from U+10000 on | two escapes, one for each half of the pair |

/// `text` as a JSON string, quotes included.
///
/// ```
/// use longwire_codec::sockjs::quote::quote;
///
/// assert_eq!(quote("\"</b>\" \u{2028}\u{1f600}"), r#""\"</b>\" \u2028\ud83d\ude00""#);
/// ```
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = Vec::with_capacity(quoted_len(text));
    push_quoted(&mut quoted, text);
    String::from_utf8(quoted).expect("text and ASCII are UTF-8")
}

/// The length that `text` has in quotes, in bytes.
#[must_use]
pub fn quoted_len(text: &str) -> usize {
    let mut length = text.len() + 2;
    for_each_escape(text, |escape| length += escape.written_len() - escape.length);
    length
}

/// Appends `text` in quotes.
pub(super) fn push_quoted(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut copied = 0;
    out.push(b'"');
    for_each_escape(text, |escape| {
        out.extend_from_slice(&bytes[copied..escape.index]);
        escape.push_to(out);
        copied = escape.index + escape.length;
    });
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

/// A character that has to be written in another way.
struct Escape {
    index: usize,
    length: usize,
    written: Written,
}

enum Written {
    /// A backslash and this.
    Short(u8),
    /// `\uxxxx`.
    Unit(u16),
    /// Two of those.
    Pair([u16; 2]),
}

impl Escape {
    const fn written_len(&self) -> usize {
        match self.written {
            Written::Short(_) => 2,
            Written::Unit(_) => 6,
            Written::Pair(_) => 12,
        }
    }

    fn push_to(&self, out: &mut Vec<u8>) {
        match self.written {
            Written::Short(letter) => out.extend_from_slice(&[b'\\', letter]),
            Written::Unit(unit) => push_unit(out, unit),
            Written::Pair(units) => units.into_iter().for_each(|unit| push_unit(out, unit)),
        }
    }
}

fn push_unit(out: &mut Vec<u8>, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u16| DIGITS[usize::from(unit >> shift & 0xF)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// How many bytes are looked at together, to pass over them when none of them needs anything.
const BLOCK: usize = 32;

/// Finds the characters of `text` that have to be escaped, in order.
#[inline]
fn for_each_escape(text: &str, mut found: impl FnMut(Escape)) {
    let mut index = 0;
    for block in text.as_bytes().chunks(BLOCK) {
        let end = index + block.len();
        if any_suspect(block) {
            for (at, &byte) in (index..).zip(block) {
                if let Some(escape) = escape_at(text, at, byte) {
                    found(escape);
                }
            }
        }
        index = end;
    }
}

/// Whether a character that is escaped may begin in a block. Without a branch, so that it is compiled to vector instructions.
fn any_suspect(block: &[u8]) -> bool {
    block.iter().fold(false, |any, &byte| {
        any | (byte < b' ') | (byte == b'"') | (byte == b'\\') | (byte == 0xE2) | (byte == 0xEF) | (byte >= 0xF0)
    })
}

/// The escape of the character that begins with `byte` at `index`, if it has one.
fn escape_at(text: &str, index: usize, byte: u8) -> Option<Escape> {
    let short = |letter| Some(Escape { index, length: 1, written: Written::Short(letter) });
    match byte {
        b'"' | b'\\' => short(byte),
        b'\x08' => short(b'b'),
        b'\t' => short(b't'),
        b'\n' => short(b'n'),
        b'\x0c' => short(b'f'),
        b'\r' => short(b'r'),
        0..=0x1F => Some(Escape { index, length: 1, written: Written::Unit(u16::from(byte)) }),
        0xE2 | 0xEF | 0xF0.. => {
            let character = text[index..].chars().next()?;
            let mut units = [0; 2];
            let written = match character.encode_utf16(&mut units) {
                [unit @ (0x200C..=0x200F | 0x2028..=0x202F | 0x2060..=0x206F | 0xFFF0..=0xFFFF)] => {
                    Written::Unit(*unit)
                }
                [_] => return None,
                _ => Written::Pair(units),
            };
            Some(Escape { index, length: character.len_utf8(), written })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether the reference has this character escaped.
    fn is_escaped(character: char) -> bool {
        matches!(character, '\0'..='\u{1f}' | '"' | '\\' | '\u{200c}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{ffff}' | '\u{10000}'..)
    }

    #[test]
    fn every_character_is_written_as_the_table_says() {
        for character in ('\0'..'\u{10400}').chain(['\u{1fffe}', char::MAX]) {
            let text = character.to_string();
            let quoted = quote(&text);
            assert_eq!(quoted.len(), quoted_len(&text));
            if is_escaped(character) {
                assert!(quoted.is_ascii() && quoted.starts_with("\"\\"), "{quoted}");
                assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
                assert_eq!(quoted, quoted.to_ascii_lowercase(), "digits are lower-case");
            } else {
                assert_eq!(quoted, format!("\"{text}\""));
            }
        }
    }

    #[test]
    fn control_characters_are_written_as_json_stringify_does() {
        for control in '\0'..' ' {
            assert_eq!(quote(&control.to_string()), serde_json::to_string(&control).unwrap());
        }
    }

    #[test]
    fn an_escape_is_found_at_every_index() {
        for index in 0..100 {
            for (character, written) in [("\"", "\\\""), ("\u{2028}", "\\u2028"), ("\u{10000}", "\\ud800\\udc00")] {
                let text = format!("{}{character}{}", "x".repeat(index), "y".repeat(100 - index));
                assert_eq!(quote(&text), format!("\"{}\"", text.replace(character, written)));
            }
        }
    }

    proptest! {
        #[test]
        fn a_quoted_text_is_a_json_string_of_the_same_text(text in "(?s)([\u{2000}-\u{2070}\u{ffe0}-\u{ffff}\"\\\\\n\u{0}a-c]|.){0,90}") {
            let quoted = quote(&text);
            prop_assert_eq!(quoted.len(), quoted_len(&text));
            prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
        }
    }
}
