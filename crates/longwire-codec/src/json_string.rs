//! Escaping of text for the inside of JSON and JavaScript string literals.
//!
//! JSON is not quite a part of the JavaScript that old browsers read: U+2028 and U+2029 end a line there, and so a string
//! literal. Inside a `script` element `</script>` ends the element wherever it stands.

use std::borrow::Cow;

/// Where the string literal stands, which decides what has to be escaped.
///
/// All of them escape quotes, backslashes and control characters as `JSON.stringify` does, and leave everything else that is
/// not named here as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// In a JSON text.
    Json,
    /// In JavaScript: U+2028, U+2029 and `<` are escaped as well. The result is a JSON string too.
    JavaScript,
    /// In JavaScript inside HTML: `/` becomes `\/` on top of that, as socket.io 0.9.19 `lib/transports/htmlfile.js` writes
    /// it since 0.9.15. The result is a JSON string too.
    HtmlScript,
}

/// `text` escaped for the inside of a string literal, without the quotes around it. Not copied when nothing needs it.
///
/// ```
/// use longwire_codec::json_string::{Context, escape};
///
/// assert_eq!(escape("say \"</b>\"", Context::Json), r#"say \"</b>\""#);
/// assert_eq!(escape("say \"</b>\"", Context::JavaScript), r#"say \"\u003c/b>\""#);
/// assert_eq!(escape("say \"</b>\"", Context::HtmlScript), r#"say \"\u003c\/b>\""#);
/// ```
#[must_use]
pub fn escape(text: &str, context: Context) -> Cow<'_, str> {
    let length = escaped_len(text, context);
    if length == text.len() {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(length);
    push_escaped(&mut escaped, text, context);
    Cow::Owned(escaped)
}

/// The length in bytes that `text` has once it is escaped.
#[must_use]
pub fn escaped_len(text: &str, context: Context) -> usize {
    let mut length = text.len();
    for_each_escape(text, context, |escape| length += escape.written.len() - escape.length);
    length
}

/// Appends `text`, escaped.
pub fn push_escaped(out: &mut String, text: &str, context: Context) {
    let mut copied = 0;
    for_each_escape(text, context, |escape| {
        out.push_str(&text[copied..escape.index]);
        out.push_str(escape.written);
        copied = escape.index + escape.length;
    });
    out.push_str(&text[copied..]);
}

/// A character that has to be written in another way.
struct Escape {
    index: usize,
    length: usize,
    written: &'static str,
}

/// How many bytes are looked at together, to pass over them when none of them needs anything.
const BLOCK: usize = 32;

/// The first byte of U+2028 and U+2029, and of four thousand characters that need no escape.
const SEPARATOR_LEAD: u8 = 0xE2;

/// Finds the characters of `text` that have to be escaped, in order.
#[inline]
fn for_each_escape(text: &str, context: Context, mut found: impl FnMut(Escape)) {
    let suspects = Suspects::of(context);
    let escapes = escapes_of(context);
    let mut index = 0;
    for block in text.as_bytes().chunks(BLOCK) {
        let end = index + block.len();
        if suspects.any_in(block) {
            for (at, &byte) in (index..).zip(block) {
                let written = escapes[usize::from(byte)];
                if !written.is_empty() {
                    found(Escape { index: at, length: 1, written });
                } else if byte == SEPARATOR_LEAD && context != Context::Json {
                    if let Some(written) = separator_escape(&text.as_bytes()[at..]) {
                        found(Escape { index: at, length: 3, written });
                    }
                }
            }
        }
        index = end;
    }
}

/// The bytes at which an escape may be needed: quotes, backslashes, control characters and these.
struct Suspects([u8; 3]);

impl Suspects {
    fn of(context: Context) -> Self {
        match context {
            Context::Json => Self([b'"'; 3]),
            Context::JavaScript => Self([b'<', SEPARATOR_LEAD, b'"']),
            Context::HtmlScript => Self([b'<', SEPARATOR_LEAD, b'/']),
        }
    }

    /// Without a branch, so that it is compiled to vector instructions.
    fn any_in(&self, block: &[u8]) -> bool {
        let Self([a, b, c]) = *self;
        block.iter().fold(false, |any, &byte| {
            any | (byte < b' ') | (byte == b'"') | (byte == b'\\') | (byte == a) | (byte == b) | (byte == c)
        })
    }
}

/// The escape of the character that `text` begins with, if it is U+2028 or U+2029.
fn separator_escape(text: &[u8]) -> Option<&'static str> {
    match text {
        [SEPARATOR_LEAD, 0x80, 0xA8, ..] => Some("\\u2028"),
        [SEPARATOR_LEAD, 0x80, 0xA9, ..] => Some("\\u2029"),
        _ => None,
    }
}

/// How each byte is written; empty for as it is.
fn escapes_of(context: Context) -> &'static [&'static str; 256] {
    static JSON: [&str; 256] = escapes(false, false);
    static JAVASCRIPT: [&str; 256] = escapes(true, false);
    static HTML_SCRIPT: [&str; 256] = escapes(true, true);
    match context {
        Context::Json => &JSON,
        Context::JavaScript => &JAVASCRIPT,
        Context::HtmlScript => &HTML_SCRIPT,
    }
}

const fn escapes(angle: bool, slash: bool) -> [&'static str; 256] {
    const CONTROLS: [&str; 32] = [
        "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007", "\\b", "\\t", "\\n",
        "\\u000b", "\\f", "\\r", "\\u000e", "\\u000f", "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014",
        "\\u0015", "\\u0016", "\\u0017", "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e",
        "\\u001f",
    ];
    let mut escapes = [""; 256];
    let mut control = 0;
    while control < CONTROLS.len() {
        escapes[control] = CONTROLS[control];
        control += 1;
    }
    escapes[b'"' as usize] = "\\\"";
    escapes[b'\\' as usize] = "\\\\";
    if angle {
        escapes[b'<' as usize] = "\\u003c";
    }
    if slash {
        escapes[b'/' as usize] = "\\/";
    }
    escapes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Context; 3] = [Context::Json, Context::JavaScript, Context::HtmlScript];

    #[test]
    fn control_characters_are_written_as_json_stringify_does() {
        for control in 0..b' ' {
            let text = char::from(control).to_string();
            let expected = serde_json::to_string(&text).unwrap();
            for context in ALL {
                assert_eq!(format!("\"{}\"", escape(&text, context)), expected);
            }
        }
        assert_eq!(escape("\u{7f}é\u{fffd}😀", Context::HtmlScript), "\u{7f}é\u{fffd}😀", "the rest stays as it is");
    }

    #[test]
    fn line_separators_are_escaped_in_scripts_only() {
        let text = "\"\u{2027}\u{2028}\u{2029}\u{202a}€";
        assert_eq!(escape(text, Context::Json), "\\\"\u{2027}\u{2028}\u{2029}\u{202a}€");
        assert_eq!(escape(text, Context::JavaScript), "\\\"\u{2027}\\u2028\\u2029\u{202a}€");
        assert_eq!(escape(text, Context::HtmlScript), "\\\"\u{2027}\\u2028\\u2029\u{202a}€");
    }

    #[test]
    fn text_without_escapes_is_not_copied() {
        let text = "plain / <b> text, long enough for the fast path to be taken twice over".replace(['/', '<'], "-");
        for context in ALL {
            assert!(matches!(escape(&text, context), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn an_escape_is_found_at_every_index() {
        for index in 0..100 {
            let text = format!("{}\"{}", "x".repeat(index), "y".repeat(100 - index));
            assert_eq!(escape(&text, Context::Json), text.replace('"', "\\\""));
        }
    }

    proptest! {
        #[test]
        fn every_form_is_a_json_string_of_the_same_text(text in "(?s)[\u{2020}-\u{2030}\"\\\\/<\n\u{0}a-c]{0,80}.{0,80}") {
            for context in ALL {
                let escaped = escape(&text, context);
                prop_assert_eq!(escaped.len(), escaped_len(&text, context));
                let back: String = serde_json::from_str(&format!("\"{escaped}\"")).unwrap();
                prop_assert_eq!(&back, &text);
                let dangerous = ['<', '\u{2028}', '\u{2029}'];
                prop_assert!(context == Context::Json || !escaped.contains(dangerous));
                prop_assert!(context != Context::HtmlScript || !escaped.replace("\\\\", "").replace("\\/", "").contains('/'));
            }
        }
    }
}
