//! JSON that is checked and stays text.
//!
//! serde_json skips a value without recursion and without building it, but does not look at three things then that make the
//! value unreadable later: how deep it nests, halves of surrogate pairs, and numbers beyond the range of a double. A second
//! walk over the text, which is known to be JSON by then, finds those.

use memchr::memchr2;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::json_plain;

/// What is wrong with a JSON text, and at which byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) kind: FaultKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// Not JSON.
    Syntax,
    /// JSON, but of another shape than the caller asked for.
    Shape,
    /// Nested deeper than allowed.
    TooDeep,
    /// An escaped half of a surrogate pair, which UTF-8 cannot hold.
    LoneSurrogate,
    /// A number that no double can hold.
    NumberTooLarge,
}

/// Checks that `text` is one JSON value, nested at most `max_depth` levels; `[]` is one level.
pub(crate) fn check(text: &str, max_depth: usize) -> Result<(), Fault> {
    if json_plain::value_end(text.as_bytes(), max_depth) == Some(text.len()) {
        return Ok(());
    }
    check_slowly(text, max_depth)
}

/// The same without the quick look first.
pub(crate) fn check_slowly(text: &str, max_depth: usize) -> Result<(), Fault> {
    parse::<IgnoredAny>(text, max_depth).map(drop)
}

/// The same, reading the value as `T` on the way.
///
/// `T` has to be made of `RawValue` and `IgnoredAny`: other types make serde_json recurse.
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str, max_depth: usize) -> Result<T, Fault> {
    let value = serde_json::from_str(text).map_err(|error| Fault {
        offset: offset_of(&error, text),
        kind: if error.is_data() { FaultKind::Shape } else { FaultKind::Syntax },
    })?;
    Walk { json: text.as_bytes(), max_depth }.run()?;
    Ok(value)
}

/// The byte at which serde_json stopped, from the line and column it tells: the faulty one, or that ahead of it.
fn offset_of(error: &serde_json::Error, text: &str) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    (line_start + error.column().saturating_sub(1)).min(text.len())
}

/// The walk over a text that is JSON.
struct Walk<'a> {
    json: &'a [u8],
    max_depth: usize,
}

impl Walk<'_> {
    fn run(&self) -> Result<(), Fault> {
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(&byte) = self.json.get(at) {
            at = match byte {
                b'"' => self.string(at + 1)?,
                b'-' | b'0'..=b'9' => self.number(at)?,
                b'[' | b'{' => {
                    depth += 1;
                    if depth > self.max_depth {
                        return Err(Fault { offset: at, kind: FaultKind::TooDeep });
                    }
                    at + 1
                }
                b']' | b'}' => {
                    depth = depth.saturating_sub(1);
                    at + 1
                }
                _ => at + 1,
            };
        }
        Ok(())
    }

    /// The index behind the string whose content starts at `at`.
    fn string(&self, mut at: usize) -> Result<usize, Fault> {
        while let Some(found) = self.json.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            at += found;
            if self.json[at] == b'"' {
                return Ok(at + 1);
            }
            at += match self.escaped_unit(at) {
                None => 2,
                Some(0xD800..=0xDBFF) if matches!(self.escaped_unit(at + 6), Some(0xDC00..=0xDFFF)) => 12,
                Some(0xD800..=0xDFFF) => return Err(Fault { offset: at, kind: FaultKind::LoneSurrogate }),
                Some(_) => 6,
            };
        }
        Ok(self.json.len())
    }

    /// The code unit that `\uXXXX` at `at` stands for.
    fn escaped_unit(&self, at: usize) -> Option<u16> {
        let digits = self.json.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | u16::try_from(char::from(digit).to_digit(16)?).ok()?))
    }

    /// The index behind the number at `at`.
    fn number(&self, at: usize) -> Result<usize, Fault> {
        let rest = &self.json[at..];
        let length = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let number = &rest[..length.unwrap_or(rest.len())];
        // Doubles go up to 309 digits.
        let may_be_large = number.len() > 300 || number.iter().any(|byte| matches!(byte, b'e' | b'E'));
        let is_large = || std::str::from_utf8(number).ok()?.parse().ok().map(f64::is_infinite);
        if may_be_large && is_large() != Some(false) {
            return Err(Fault { offset: at, kind: FaultKind::NumberTooLarge });
        }
        Ok(at + number.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(text: &str) -> Option<(FaultKind, usize)> {
        check(text, 4).err().map(|fault| (fault.kind, fault.offset))
    }

    #[test]
    fn sins_have_names_and_places() {
        for good in [
            "1",
            " [[[[]]]] ",
            "[[],{},[],[],[]]",
            r#"{"a":[{"b":"]]]["}]}"#,
            r#""\ud83d\ude00\\ud83d""#,
            "1e308",
            "-1E-999",
            "1e5",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for (text, kind, offset) in [
            ("", FaultKind::Syntax, 0),
            ("[1,", FaultKind::Syntax, 2),
            ("[1\n,\n x]", FaultKind::Syntax, 6),
            ("\"a\nb\"", FaultKind::Syntax, 1),
            ("1 2", FaultKind::Syntax, 2),
            ("[[[[[]]]]]", FaultKind::TooDeep, 4),
            (r#"["x\ud83d"]"#, FaultKind::LoneSurrogate, 3),
            (r#""\ud83d\u0041""#, FaultKind::LoneSurrogate, 1),
            (r#""\uDE00""#, FaultKind::LoneSurrogate, 1),
            ("[0,-1e309]", FaultKind::NumberTooLarge, 3),
        ] {
            assert_eq!(fault(text), Some((kind, offset)), "{text}");
        }
        let digits = "9".repeat(400);
        assert_eq!(fault(&digits), Some((FaultKind::NumberTooLarge, 0)));
        assert_eq!(fault(&format!("0.{digits}")), None);
    }

    #[test]
    fn a_million_levels_are_refused_without_recursion() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(check(&deep, 128), Err(Fault { offset: 128, kind: FaultKind::TooDeep }));
        assert_eq!(check(&deep, usize::MAX), Ok(()));
        assert!(check(&"[{\"a\":".repeat(500_000), 128).is_err());
    }

    proptest! {
        #[test]
        fn agrees_with_a_parser_that_builds_the_value(text in r#"([\[\]{}",:0-9eE+.-]|\\u[dD][89cC]3d|\\|null|"a":|"[a-c]*",?){0,12}"#) {
            prop_assert_eq!(check(&text, 100).is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
        }
    }
}
