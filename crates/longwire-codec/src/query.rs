//! Query strings, read piece by piece and as leniently as old servers read them.
//!
//! Clients of every age write things here that no standard allows: keys without `=` (`?t1312200250539`), raw spaces and
//! quotes, broken percent escapes, bytes that are no UTF-8. Nothing is an error.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr, memchr2};
use percent_encoding::percent_decode_str;

/// The query of a request target, without its question mark. Nothing is decoded before it is asked for.
///
/// ```
/// use longwire_codec::query::Query;
///
/// let query = Query::new("t1312&name=J%C3%BCrgen+M%&disconnect");
/// assert_eq!(query.get("name").as_deref(), Some("Jürgen M%"));
/// assert!(query.has("disconnect") && query.has("t1312"));
/// assert_eq!(query.get("i"), None);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// Takes what stands behind the question mark; empty for none.
    #[must_use]
    pub const fn new(query: &'a str) -> Self {
        Self(query)
    }

    /// The text it was made from.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The value of the first pair with this key, decoded; empty when the key has none.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Cow<'a, str>> {
        self.pieces().find(|(name, _)| is_key(name, key)).map(|(_, value)| decode(value))
    }

    /// Whether a pair has this key, with or without a value.
    #[must_use]
    pub fn has(self, key: &str) -> bool {
        self.pieces().any(|(name, _)| is_key(name, key))
    }

    fn pieces(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut pairs = self.iter();
        std::iter::from_fn(move || pairs.next_piece())
    }

    /// All pairs in order, decoded. A piece without `=` is a key with an empty value; empty pieces are left out.
    #[must_use]
    pub fn iter(self) -> Pairs<'a> {
        Pairs { rest: self.0 }
    }
}

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl<'a> IntoIterator for Query<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);
    type IntoIter = Pairs<'a>;

    fn into_iter(self) -> Pairs<'a> {
        self.iter()
    }
}

/// The pairs of a [`Query`].
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    /// The next pair as it stands there.
    fn next_piece(&mut self) -> Option<(&'a str, &'a str)> {
        while !self.rest.is_empty() {
            let (pair, rest) = split_at_byte(self.rest, b'&');
            self.rest = rest;
            if !pair.is_empty() {
                return Some(split_at_byte(pair, b'='));
            }
        }
        None
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        self.next_piece().map(|(key, value)| (decode(key), decode(value)))
    }
}

/// What stands ahead of the first such byte, which is ASCII, and what stands behind it.
fn split_at_byte(text: &str, byte: u8) -> (&str, &str) {
    memchr(byte, text.as_bytes()).map_or((text, ""), |at| (&text[..at], &text[at + 1..]))
}

/// Whether a key as it stands there means `key`.
fn is_key(written: &str, key: &str) -> bool {
    match memchr2(b'%', b'+', written.as_bytes()) {
        None => written == key,
        Some(_) => decode(written) == key,
    }
}

/// Decodes percent escapes and plus signs. A broken escape stands for itself; what is not UTF-8 becomes U+FFFD.
fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(query: &str) -> Vec<(String, String)> {
        Query::new(query).iter().map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
    }

    #[test]
    fn everything_is_read_somehow() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(pairs(""), []);
        assert_eq!(pairs("&&"), []);
        assert_eq!(pairs("a=1&a=2"), [pair("a", "1"), pair("a", "2")]);
        assert_eq!(pairs("=x&y="), [pair("", "x"), pair("y", "")]);
        assert_eq!(pairs("a=b=c&%61=%2B"), [pair("a", "b=c"), pair("a", "+")]);
        assert_eq!(pairs("a=%ff%2&b=\" <"), [pair("a", "\u{fffd}%2"), pair("b", "\" <")]);
        assert_eq!(Query::new("a=1&a=2").get("a").as_deref(), Some("1"));
        assert_eq!(Query::new("b&%61+=%31").get("a ").as_deref(), Some("1"));
    }

    #[test]
    fn plain_values_are_borrowed() {
        assert!(
            Query::new("a=b").iter().all(|(key, value)| matches!((key, value), (Cow::Borrowed(_), Cow::Borrowed(_))))
        );
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_to_the_same(key in "(?s).{1,8}", value in "(?s).{0,8}") {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode as encode};
            let query = format!("x&{}={}&y=z", encode(&key, NON_ALPHANUMERIC), encode(&value, NON_ALPHANUMERIC));
            prop_assert!(pairs(&query).contains(&(key, value)));
        }

        #[test]
        fn no_text_panics(query in "(?s)([&=%+]|%[0-9a-f]{2}|.){0,30}") {
            prop_assert!(pairs(&query).len() <= query.len());
        }
    }
}
