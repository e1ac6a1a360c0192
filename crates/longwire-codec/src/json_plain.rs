//! A quick look at JSON: one pass over what `JSON.stringify` writes, without white space and rare notations.
//!
//! It says yes or nothing. What it accepts is JSON as [`json::check`](crate::json::check) has it; whatever else there is, right
//! or wrong, is looked at there again, so that only one place has to know the names of sins. Most packets never get there: this
//! takes a third of the instructions.

use memchr::memchr2;

/// How deep it follows, in levels.
const MOST_LEVELS: usize = 128;

/// The index behind the value that `json` begins with, if that is plain and nested at most `max_depth` levels.
pub(crate) fn value_end(json: &[u8], max_depth: usize) -> Option<usize> {
    let mut levels = Levels { max: max_depth.min(MOST_LEVELS), depth: 0, objects: 0 };
    let mut at = 0;
    loop {
        at = match (json.get(at)?, json.get(at + 1)) {
            (b'"', _) => string_end(json, at + 1)?,
            (b'-' | b'0'..=b'9', _) => number_end(json, at)?,
            (b'[', Some(b']')) | (b'{', Some(b'}')) => {
                levels.enter(false)?;
                levels.leave();
                at + 2
            }
            (b'[', _) => {
                levels.enter(false)?;
                at += 1;
                continue;
            }
            (b'{', _) => {
                levels.enter(true)?;
                at = key_end(json, at + 1)?;
                continue;
            }
            _ => at + word_len(&json[at..])?,
        };
        while levels.depth > 0 {
            match (json.get(at)?, levels.is_in_object()) {
                (b']', false) | (b'}', true) => levels.leave(),
                (b',', false) => break,
                (b',', true) => {
                    at = key_end(json, at + 1)? - 1;
                    break;
                }
                _ => return None,
            }
            at += 1;
        }
        if levels.depth == 0 {
            return Some(at);
        }
        at += 1;
    }
}

/// The content of the string that `json` begins with, if it has no escapes, and what stands behind it.
pub(crate) fn string(json: &str) -> Option<(&str, &str)> {
    let inner = json.strip_prefix('"')?;
    let end = memchr2(b'"', b'\\', inner.as_bytes())?;
    let (content, rest) = inner.split_at(end);
    Some((content, rest.strip_prefix('"')?)).filter(|_| has_no_controls(content.as_bytes()))
}

/// The arrays and objects that are open: one bit for each, set for objects.
struct Levels {
    max: usize,
    depth: usize,
    objects: u128,
}

impl Levels {
    fn enter(&mut self, object: bool) -> Option<()> {
        self.objects = self.objects << 1 | u128::from(object);
        self.depth += 1;
        (self.depth <= self.max).then_some(())
    }

    fn leave(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }

    fn is_in_object(&self) -> bool {
        self.objects & 1 == 1
    }
}

/// The index behind a key and its colon.
fn key_end(json: &[u8], at: usize) -> Option<usize> {
    let (b'"', end) = (json.get(at)?, string_end(json, at + 1)?) else { return None };
    (json.get(end) == Some(&b':')).then_some(end + 1)
}

/// The index behind the string whose content starts at `at`.
fn string_end(json: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let rest = &json[at..];
        let found = memchr2(b'"', b'\\', rest)?;
        if !has_no_controls(&rest[..found]) {
            return None;
        }
        at += found;
        match (json[at], json.get(at + 1)) {
            (b'"', _) => return Some(at + 1),
            (_, Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => at += 2,
            // `\u` may be half a character.
            _ => return None,
        }
    }
}

/// Without a branch, so that it is compiled to vector instructions.
fn has_no_controls(bytes: &[u8]) -> bool {
    !bytes.iter().fold(false, |any, &byte| any | (byte < b' '))
}

/// The index behind the number at `at`, which has no exponent and is not too long for a double.
fn number_end(json: &[u8], at: usize) -> Option<usize> {
    let digits = |at: usize| {
        let count = json[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then_some(at + count)
    };
    let start = at + usize::from(json[at] == b'-');
    let mut end = digits(start)?;
    if json[start] == b'0' && end > start + 1 {
        return None;
    }
    if json.get(end) == Some(&b'.') {
        end = digits(end + 1)?;
    }
    let is_plain = end - at <= 300 && !matches!(json.get(end), Some(b'e' | b'E'));
    is_plain.then_some(end)
}

fn word_len(json: &[u8]) -> Option<usize> {
    let words: [&[u8]; 3] = [b"null", b"true", b"false"];
    words.into_iter().find(|word| json.starts_with(word)).map(<[u8]>::len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json;

    fn is_plain(text: &str, max_depth: usize) -> bool {
        value_end(text.as_bytes(), max_depth) == Some(text.len())
    }

    #[test]
    fn what_clients_write_is_plain() {
        for text in [
            "[]",
            "{}",
            "0",
            "-1.50",
            r#""""#,
            r#"["anna","how are you?",{"id":1,"tags":["a","b",[]],"at":[1.25,-17],"online":true,"x":null}]"#,
            r#"[{},{"a":{}},"\"\\\/\b\f\n\r\t","é😀"]"#,
        ] {
            assert!(is_plain(text, 5), "{text}");
        }
    }

    #[test]
    fn depth_is_that_of_the_slow_way() {
        for depth in 1..140 {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(is_plain(&deep, depth), depth <= MOST_LEVELS, "{depth}");
            assert!(!is_plain(&deep, depth - 1), "{depth}");
        }
    }

    #[test]
    fn it_stops_behind_the_value() {
        assert_eq!(value_end(b"[1]]", 9), Some(3));
        assert_eq!(value_end(b"{\"a\":1},", 9), Some(7));
        assert_eq!(string(r#""name","args""#), Some(("name", r#","args""#)));
        for other in [r#""a\n""#, "\"a\nb\"", "\"a", "a\""] {
            assert_eq!(string(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_it_accepts_is_json(text in r#"([\[\]{}",:0-9eE+.-]|\\u[dD][89cC]3d|\\[n"x]|null|tru|"a":|"[a-c\n]*",?| ){0,12}"#) {
            if is_plain(&text, 3) {
                prop_assert_eq!(json::check_slowly(&text, 3), Ok(()), "{}", text);
            }
        }

        #[test]
        fn what_is_written_without_exponents_is_accepted(value in json_value()) {
            let text = value.to_string();
            prop_assert!(is_plain(&text, 9), "{}", text);
        }
    }

    fn json_value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[a-z\"\\\\\n/é😀]{0,5}".prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(6, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
                prop::collection::btree_map("[a-z]{0,3}", inner, 0..5).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }
}
