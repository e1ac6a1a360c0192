//! What a client says: a JSON array of strings, and over WebSocket a single string as well.
//!
//! Only strings get through. sockjs-node hands `[1]` and `[{}]` to the application, which dies of them when it writes one
//! back; here one such element refuses the whole array, and nothing of a refused array is delivered. Half of a surrogate
//! pair, which a JavaScript string can hold and UTF-8 cannot, becomes U+FFFD: an error would end the session of an innocent
//! client.
//!
//! A message without escapes is not copied: it points into the body it came in.

use bytestring::ByteString;
use memchr::memchr2;

use crate::json::{self, FaultKind};
use crate::query::Query;

/// The messages of one body, in order.
///
/// ```
/// use longwire_codec::sockjs::decode::messages;
///
/// let said = messages(&r#" [ "a" , "\ud83d\ude00" ] "#.into(), 100)?;
/// assert_eq!(said.len(), 2);
/// assert_eq!(Vec::from_iter(said), ["a", "\u{1f600}"]);
/// # Ok::<(), longwire_codec::sockjs::decode::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    /// Most bodies have one message, and need no list.
    first: Option<ByteString>,
    others: Vec<ByteString>,
}

/// Why a body has no messages. Offsets are bytes from its beginning, for a form from that of its decoded field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// There is nothing, or only white space; a form without its field.
    #[error("nothing to read")]
    Empty,
    /// JSON, but no array.
    #[error("JSON that is no array")]
    NotArray,
    /// An array with something else than a string in it.
    #[error("no string at byte {offset}")]
    NotString {
        /// Where the element begins.
        offset: usize,
    },
    /// Not JSON.
    #[error("not JSON at byte {offset}")]
    InvalidJson {
        /// The faulty byte, or that ahead of it.
        offset: usize,
    },
    /// Not UTF-8.
    #[error("not UTF-8 at byte {offset}")]
    InvalidUtf8 {
        /// Where it stops to be.
        offset: usize,
    },
    /// More messages than the limit.
    #[error("more than {limit} messages")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

impl DecodeError {
    /// What the answer to an `xhr_send` or `jsonp_send` says, as in sockjs-node `lib/transport/xhr.js`; nothing for a limit,
    /// which that server does not have.
    #[must_use]
    pub const fn answer(&self) -> Option<&'static str> {
        match self {
            Self::Empty | Self::NotArray => Some("Payload expected."),
            Self::NotString { .. } | Self::InvalidJson { .. } | Self::InvalidUtf8 { .. } => {
                Some("Broken JSON encoding.")
            }
            Self::TooMany { .. } => None,
        }
    }
}

/// Reads the body of an `xhr_send`, or of a `jsonp_send` that is no form: an array of at most `max` strings.
///
/// # Errors
///
/// When it is anything else. Nothing of it counts then.
pub fn messages(body: &ByteString, max: usize) -> Result<Messages, DecodeError> {
    let mut parser = Parser { text: body, at: 0 };
    parser.skip_space();
    if parser.at == body.len() {
        return Err(DecodeError::Empty);
    }
    match parser.array(max) {
        Ok(messages) if parser.is_at_end() => Ok(messages),
        Ok(_) | Err(Stop::Here) => Err(parser.sin()),
        Err(Stop::TooMany) => Err(DecodeError::TooMany { limit: max }),
    }
}

/// Reads the body of a `jsonp_send` that is a form: its field `d` has the array.
///
/// ```
/// use longwire_codec::sockjs::decode::form;
///
/// assert_eq!(Vec::from_iter(form(b"d=%5B%22a+b%22%5D", 100)?), ["a b"]);
/// # Ok::<(), longwire_codec::sockjs::decode::DecodeError>(())
/// ```
///
/// # Errors
///
/// When there is no such field, or it is no array of at most `max` strings.
pub fn form(body: &[u8], max: usize) -> Result<Messages, DecodeError> {
    let field = Query::new(utf8(body)?).get("d").ok_or(DecodeError::Empty)?;
    messages(&ByteString::from(field.into_owned()), max)
}

/// Reads a message of a WebSocket: an array, a single string, or nothing at all, which says nothing.
///
/// # Errors
///
/// When it is anything else, or an array of more than `max` strings.
pub fn websocket(text: &ByteString, max: usize) -> Result<Messages, DecodeError> {
    match messages(text, max) {
        Err(DecodeError::Empty) if text.is_empty() => Ok(Messages::default()),
        Err(DecodeError::NotArray) => message(text).map_err(|_| DecodeError::NotArray),
        read => read,
    }
}

/// Reads a single JSON string.
pub(super) fn message(text: &ByteString) -> Result<Messages, DecodeError> {
    let mut parser = Parser { text, at: 0 };
    parser.skip_space();
    let start = parser.at;
    match parser.string() {
        Ok(message) if parser.is_at_end() => Ok(Messages { first: Some(message), others: Vec::new() }),
        Ok(_) | Err(_) => Err(DecodeError::NotString { offset: start }),
    }
}

fn utf8(body: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(body).map_err(|error| DecodeError::InvalidUtf8 { offset: error.valid_up_to() })
}

/// Reads arrays of strings and nothing else; whoever wants to know what was wrong asks serde_json.
struct Parser<'a> {
    text: &'a ByteString,
    at: usize,
}

/// Why the parser does not go on.
enum Stop {
    /// What stands here is not wanted.
    Here,
    TooMany,
}

impl<'a> Parser<'a> {
    fn array(&mut self, max: usize) -> Result<Messages, Stop> {
        let mut messages = Messages::default();
        self.expect(b'[')?;
        self.skip_space();
        if self.expect(b']').is_ok() {
            return Ok(messages);
        }
        loop {
            if messages.len() == max {
                return Err(Stop::TooMany);
            }
            messages.push(self.string()?);
            self.skip_space();
            if self.expect(b']').is_ok() {
                return Ok(messages);
            }
            self.expect(b',')?;
            self.skip_space();
        }
    }

    /// A JSON string. When it is none, the place does not change.
    fn string(&mut self) -> Result<ByteString, Stop> {
        let start = self.at;
        let read = self.try_string();
        if read.is_none() {
            self.at = start;
        }
        read.ok_or(Stop::Here)
    }

    fn try_string(&mut self) -> Option<ByteString> {
        self.expect(b'"').ok()?;
        let piece = self.plain()?;
        if self.expect(b'"').is_ok() {
            return Some(self.text.slice_ref(piece));
        }
        let mut message = String::with_capacity(piece.len() + 16);
        message.push_str(piece);
        while self.expect(b'"').is_err() {
            self.expect(b'\\').ok()?;
            message.push(self.escape()?);
            message.push_str(self.plain()?);
        }
        Some(message.into())
    }

    /// What stands ahead of the next quote or backslash, if there is one and nothing in between that has to be escaped.
    fn plain(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let plain = &rest[..memchr2(b'"', b'\\', rest.as_bytes())?];
        // Without a branch, so that it is compiled to vector instructions.
        let is_broken = plain.bytes().fold(false, |any, byte| any | (byte < b' '));
        self.at += plain.len();
        (!is_broken).then_some(plain)
    }

    /// The character behind a backslash.
    fn escape(&mut self) -> Option<char> {
        let letter = *self.text.as_bytes().get(self.at)?;
        self.at += 1;
        Some(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.code_unit().map(|unit| self.character(unit))?,
            _ => return None,
        })
    }

    /// Four digits.
    fn code_unit(&mut self) -> Option<u16> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | u16::try_from(char::from(digit).to_digit(16)?).ok()?))
    }

    /// The character of a code unit and, if it is the first half of a pair, of the escape behind it.
    fn character(&mut self, unit: u16) -> char {
        if !(0xD800..=0xDBFF).contains(&unit) {
            return char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        let behind = self.at;
        if self.text.as_bytes()[behind..].starts_with(b"\\u") {
            self.at += 2;
            let pair = self.code_unit().and_then(|second| char::decode_utf16([unit, second]).next()?.ok());
            if let Some(character) = pair {
                return character;
            }
            self.at = behind;
        }
        char::REPLACEMENT_CHARACTER
    }

    fn skip_space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let space = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.at += space.unwrap_or(rest.len());
    }

    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.text.as_bytes().get(self.at) != Some(&byte) {
            return Err(Stop::Here);
        }
        self.at += 1;
        Ok(())
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.at == self.text.len()
    }

    /// Why this is no array of strings: the parser stopped at what is none.
    fn sin(&self) -> DecodeError {
        match json::check(self.text, usize::MAX) {
            Err(fault) if fault.kind == FaultKind::Syntax => DecodeError::InvalidJson { offset: fault.offset },
            // Halves of pairs and large numbers are JSON all the same.
            Ok(()) | Err(_) if self.text.trim_ascii_start().starts_with('[') => {
                DecodeError::NotString { offset: self.at }
            }
            Ok(()) | Err(_) => DecodeError::NotArray,
        }
    }
}

impl Messages {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// The messages, in order.
    pub fn iter(&self) -> impl Iterator<Item = &ByteString> + Clone {
        self.first.iter().chain(&self.others)
    }

    fn push(&mut self, message: ByteString) {
        match self.first {
            None => self.first = Some(message),
            Some(_) => self.others.push(message),
        }
    }
}

impl FromIterator<ByteString> for Messages {
    fn from_iter<I: IntoIterator<Item = ByteString>>(messages: I) -> Self {
        let mut messages = messages.into_iter();
        Self { first: messages.next(), others: messages.collect() }
    }
}

impl IntoIterator for Messages {
    type Item = ByteString;
    type IntoIter = std::iter::Chain<std::option::IntoIter<ByteString>, std::vec::IntoIter<ByteString>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.others)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str) -> Result<Vec<String>, DecodeError> {
        Ok(messages(&body.into(), 4)?.into_iter().map(|message| message.to_string()).collect())
    }

    #[test]
    fn sins_have_names_and_places() {
        for (body, sin) in [
            ("", DecodeError::Empty),
            (" \n", DecodeError::Empty),
            ("{}", DecodeError::NotArray),
            (" \"a\"", DecodeError::NotArray),
            ("1e999", DecodeError::NotArray),
            ("[1]", DecodeError::NotString { offset: 1 }),
            (r#"["a", {"b":[1e999,"\ud800"]}]"#, DecodeError::NotString { offset: 6 }),
            (r#"[["x"]]"#, DecodeError::NotString { offset: 1 }),
            (r#"["a",]"#, DecodeError::InvalidJson { offset: 5 }),
            (r#"["a" "b"]"#, DecodeError::InvalidJson { offset: 5 }),
            (r#"["a"] x"#, DecodeError::InvalidJson { offset: 6 }),
            ("[\"a\tb\"]", DecodeError::InvalidJson { offset: 2 }),
            (r#"["\x"]"#, DecodeError::InvalidJson { offset: 3 }),
            ("\u{feff}[]", DecodeError::InvalidJson { offset: 0 }),
            (r#"["a","b","c","d","e"]"#, DecodeError::TooMany { limit: 4 }),
        ] {
            assert_eq!(read(body), Err(sin), "{body}");
        }
        assert_eq!(form(b"d=%5B%22x&d=[]", 4), Err(DecodeError::InvalidJson { offset: 2 }));
        assert_eq!(form(b"d=[\"\xff\"]", 4), Err(DecodeError::InvalidUtf8 { offset: 4 }));
        assert_eq!(form(b"p=p", 4), Err(DecodeError::Empty));
    }

    #[test]
    fn halves_of_pairs_are_replaced() {
        for (body, text) in [
            (r#"["\ud800"]"#, "\u{fffd}"),
            (r#"["\udc00x"]"#, "\u{fffd}x"),
            (r#"["\ude00\ud83d"]"#, "\u{fffd}\u{fffd}"),
            (r#"["\ud83d\ud83d\ude00"]"#, "\u{fffd}\u{1f600}"),
            (r#"["\ud83d\n"]"#, "\u{fffd}\n"),
            (r#"["\uD83D\uDE00\udfff"]"#, "\u{1f600}\u{fffd}"),
        ] {
            assert_eq!(read(body), Ok(vec![text.to_owned()]), "{body}");
        }
    }

    #[test]
    fn a_websocket_may_say_a_string_or_nothing() {
        let read = |text: &str| websocket(&text.into(), 4).map(Vec::from_iter);
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read(" \"a\" "), Ok(vec!["a".into()]));
        assert_eq!(read(" [\"a\"]"), Ok(vec!["a".into()]));
        assert_eq!(read("{}"), Err(DecodeError::NotArray));
        assert_eq!(read("x"), Err(DecodeError::InvalidJson { offset: 0 }));
        assert_eq!(read("\"a\" x"), Err(DecodeError::InvalidJson { offset: 4 }));
    }

    #[test]
    fn a_message_without_escapes_is_not_copied() {
        let body = ByteString::from_static(r#"["plain","new\nline"]"#);
        let read = Vec::from_iter(messages(&body, 4).unwrap());
        assert_eq!(read[0].as_ptr(), body[2..].as_ptr());
        assert_eq!(read[1], "new\nline");
    }

    #[test]
    fn a_million_levels_are_refused_without_recursion() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(read(&deep), Err(DecodeError::NotString { offset: 1 }));
        assert!(read(&"[{\"a\":".repeat(500_000)).is_err());
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_to_the_same(texts in prop::collection::vec("(?s)([\"\\\\\n/]|.){0,20}", 0..4), escape: bool) {
            let mut body = serde_json::to_string(&texts).unwrap();
            if escape {
                let units = body.encode_utf16().map(|unit| match unit {
                    0x80.. => format!("\\u{unit:04X}"),
                    ascii => char::from(ascii as u8).to_string(),
                });
                body = units.collect();
            }
            prop_assert_eq!(read(&body), Ok(texts.clone()));
            let as_form = percent_encoding::percent_encode(body.as_bytes(), percent_encoding::NON_ALPHANUMERIC);
            let as_form = form(format!("x=&d={as_form}").as_bytes(), 4).unwrap();
            prop_assert_eq!(Vec::from_iter(as_form), texts);
            for end in (0..body.len()).filter(|end| body.is_char_boundary(*end)) {
                prop_assert!(read(&body[..end]).is_err());
            }
        }

        #[test]
        fn agrees_with_serde_json(body in r#" ?\[?("([a-z\t]|\\[ntu"]|\\u00e9|\\ud83d\\ude00)*" ?,? ?|1|\{\}|\[\]|,|"){0,4}\]? ?"#) {
            let theirs = serde_json::from_str::<Vec<String>>(&body).ok();
            prop_assert_eq!(read(&body).ok(), theirs, "{}", body);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b'u'), Just(b',')], 0..30)) {
            let _ = form(&[b"d=[\"".as_slice(), &bytes].concat(), 4);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let _ = websocket(&format!("[\"{text}").into(), 4);
            let _ = websocket(&text.into(), 4);
        }
    }
}
