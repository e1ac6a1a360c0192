//! JSONP: responses that call a function of the page, and requests that a form sends.
//!
//! A response is `io.j[INDEX]("TEXT");`. It is made of [`opening`], forms in
//! [`WireFormat::SOCKETIO_REV1_FRAMED_ESCAPED`](crate::WireFormat::SOCKETIO_REV1_FRAMED_ESCAPED) and [`CLOSING`], or as a whole by
//! [`call`]. The index is the client's: its list of callbacks grows with every handshake and transport.

use bytes::Bytes;
use bytestring::ByteString;

use crate::json_string::{self, Context};

/// What stands behind the text.
pub const CLOSING: Bytes = Bytes::from_static(b"\");");

/// Which callback of the page is meant: a number of one to nine digits, so that nothing else gets into the script.
///
/// ```
/// use longwire_codec::socketio_rev1::jsonp::{Index, call};
///
/// let index = Index::parse("12").unwrap_or_default();
/// assert_eq!(call(index, "3:::\"hi\""), r#"io.j[12]("3:::\"hi\"");"#);
/// assert_eq!(Index::parse("0;alert(1)"), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index(u32);

impl Index {
    /// Reads the value of the query keys `jsonp` (handshake) and `i` (transport).
    ///
    /// Without one, a handshake is answered in its plain form and a transport with index 0, the default.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let is_number = (1..=9).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
        value.parse().ok().filter(|_| is_number).map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// What stands ahead of the text: `io.j[INDEX]("`.
#[must_use]
pub fn opening(index: Index) -> Bytes {
    match index.0 {
        // A transport has 0 behind a plain handshake and 1 behind one by JSONP.
        0 => Bytes::from_static(b"io.j[0](\""),
        1 => Bytes::from_static(b"io.j[1](\""),
        index => format!("io.j[{index}](\"").into(),
    }
}

/// A whole response that hands `text`, not yet escaped, to the callback.
#[must_use]
pub fn call(index: Index, text: &str) -> Bytes {
    format!("io.j[{}](\"{}\");", index.0, json_string::escape(text, Context::JavaScript)).into()
}

/// A whole response that hands an error to the callback: how a handshake is refused, with status 200.
///
/// ```
/// use longwire_codec::socketio_rev1::jsonp::{Index, call_with_error};
///
/// let body = call_with_error(Index::default(), "handshake unauthorized");
/// assert_eq!(body, r#"io.j[0](new Error("handshake unauthorized"));"#);
/// ```
#[must_use]
pub fn call_with_error(index: Index, text: &str) -> Bytes {
    format!("io.j[{}](new Error(\"{}\"));", index.0, json_string::escape(text, Context::JavaScript)).into()
}

/// Why a request body holds no payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// No field is named `d`.
    #[error("no field d")]
    MissingField,
    /// More than one field is named `d`.
    #[error("a second field d at byte {offset}")]
    RepeatedField {
        /// Where it begins, in bytes from the beginning of the body.
        offset: usize,
    },
    /// The field has no value.
    #[error("empty field d")]
    EmptyField,
    /// A percent sign without two hexadecimal digits behind it.
    #[error("broken percent escape at byte {offset}")]
    InvalidEscape {
        /// Where it stands, in bytes from the beginning of the body.
        offset: usize,
    },
    /// The value is not UTF-8.
    #[error("no UTF-8 at byte {offset} of the value")]
    InvalidUtf8 {
        /// Where it stops to be, in bytes from the beginning of the decoded value.
        offset: usize,
    },
    /// The value begins with a quote, and is not a JSON string.
    #[error("a quote ahead of something else than a JSON string")]
    InvalidString,
    /// The value is neither a JSON string nor anything that a packet or payload can begin with.
    #[error("neither a JSON string nor a packet")]
    NotPacket,
}

/// Reads a request body: a form whose field `d` holds a packet or payload, as a JSON string (client 0.8.6 and later) or
/// as it is (before). Other fields are ignored.
///
/// In a value without quotes CR LF stands for what was a line feed: browsers turn all line ends in form fields into it.
///
/// ```
/// use longwire_codec::socketio_rev1::jsonp::decode_body;
///
/// assert_eq!(decode_body(b"d=%223%3A%3A%3Aa%5Cnb%22")?, "3:::a\nb");
/// assert_eq!(decode_body(b"d=3%3A%3A%3Aa%0D%0Ab")?, "3:::a\nb");
/// # Ok::<(), longwire_codec::socketio_rev1::jsonp::BodyError>(())
/// ```
///
/// # Errors
///
/// When there is no such field or more than one, or its value is neither form. Nothing of the body counts then.
pub fn decode_body(body: &[u8]) -> Result<ByteString, BodyError> {
    let (value, offset) = field(body)?;
    let value = String::from_utf8(form_decode(value, offset)?)
        .map_err(|error| BodyError::InvalidUtf8 { offset: error.utf8_error().valid_up_to() })?;
    if value.starts_with('"') {
        let text = serde_json::from_str::<String>(&value).map_err(|_| BodyError::InvalidString)?;
        return Ok(text.into());
    }
    match value.as_bytes() {
        [] => Err(BodyError::EmptyField),
        b"0" | [b'0'..=b'8', b':', ..] | [0xEF, 0xBF, 0xBD, ..] => Ok(with_line_feeds(value).into()),
        _ => Err(BodyError::NotPacket),
    }
}

/// The value of the only field named `d`, not decoded, and where it begins.
fn field(body: &[u8]) -> Result<(&[u8], usize), BodyError> {
    let mut found = None;
    let mut start = 0;
    for field in body.split(|&byte| byte == b'&') {
        let value = match field {
            b"d" => Some(start + 1),
            [b'd', b'=', ..] => Some(start + 2),
            _ => None,
        };
        if let Some(value) = value {
            if found.replace((&body[value..start + field.len()], value)).is_some() {
                return Err(BodyError::RepeatedField { offset: start });
            }
        }
        start += field.len() + 1;
    }
    found.ok_or(BodyError::MissingField)
}

/// Decodes the value of a form field, which begins at byte `start` of the body.
fn form_decode(value: &[u8], start: usize) -> Result<Vec<u8>, BodyError> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, behind)) = rest.split_first() {
        let offset = start + value.len() - rest.len();
        rest = behind;
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (escape, behind) = behind.split_first_chunk().ok_or(BodyError::InvalidEscape { offset })?;
                rest = behind;
                escaped_byte(*escape).ok_or(BodyError::InvalidEscape { offset })?
            }
            plain => plain,
        });
    }
    Ok(decoded)
}

fn escaped_byte([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

fn with_line_feeds(text: String) -> String {
    if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_index_is_nothing_but_digits() {
        assert_eq!(Index::parse("0"), Some(Index(0)));
        assert_eq!(Index::parse("007"), Some(Index(7)));
        assert_eq!(Index::parse("999999999").map(Index::get), Some(999_999_999));
        for value in ["", "1000000000", "+1", "-1", " 1", "1;", "１", "x"] {
            assert_eq!(Index::parse(value), None, "{value}");
        }
    }

    #[test]
    fn a_call_is_the_same_in_pieces_and_as_a_whole() {
        for index in [0, 1, 2, 999_999_999].map(Index) {
            let pieces = [opening(index), Bytes::from_static(b"8::"), CLOSING].concat();
            assert_eq!(call(index, "8::"), pieces);
        }
        assert_eq!(call(Index(3), "</script>\u{2028}"), "io.j[3](\"\\u003c/script>\\u2028\");");
        assert_eq!(call_with_error(Index(3), "a\"b"), "io.j[3](new Error(\"a\\\"b\"));");
    }

    #[test]
    fn sins_have_names_and_places() {
        for (body, sin) in [
            ("x=1&dd=2", BodyError::MissingField),
            ("d", BodyError::EmptyField),
            ("x=1&d=2%3A%3A&d", BodyError::RepeatedField { offset: 14 }),
            ("x&d=2%3", BodyError::InvalidEscape { offset: 5 }),
            ("d=2::%+1", BodyError::InvalidEscape { offset: 5 }),
            ("d=2::%FFx", BodyError::InvalidUtf8 { offset: 3 }),
            ("d=\"2::", BodyError::InvalidString),
            ("d=\"2::\"x", BodyError::InvalidString),
            ("d=%22%5Cud800%22", BodyError::InvalidString),
            ("d=9::", BodyError::NotPacket),
        ] {
            assert_eq!(decode_body(body.as_bytes()), Err(sin), "{body}");
        }
    }

    #[test]
    fn a_value_without_quotes_gets_its_line_feeds_back() {
        assert_eq!(decode_body("d=3:::a%0D%0A\r\nb%0Ac%0Dd&t=1".as_bytes()).unwrap(), "3:::a\n\nb\nc\rd");
        assert_eq!(decode_body(br#"d="3:::a\r\nb""#).unwrap(), "3:::a\r\nb");
        assert_eq!(decode_body(b"d=0").unwrap(), "0");
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_to_the_same(text in "(?s)[\r\n\u{fffd}+%&\"]{0,5}.{0,30}", spaces: bool) {
            let json = serde_json::to_string(&text).unwrap();
            let mut value = percent_encode(json.as_bytes(), NON_ALPHANUMERIC).to_string();
            if spaces {
                value = value.replace("%20", "+");
            }
            prop_assert_eq!(decode_body(format!("x=y&d={value}").as_bytes()).unwrap(), text);
            for end in 2..value.len() {
                let cut = decode_body(format!("d={}", &value[..end]).as_bytes());
                prop_assert!(cut.is_err());
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'%'), Just(b'"'), Just(b'&')], 0..30)) {
            let _ = decode_body(&[b"d=".as_slice(), &bytes].concat());
            let _ = decode_body(&bytes);
        }
    }
}
