//! JSONP: responses that call a function of the page.
//!
//! A response is `/**/CALLBACK("FRAME");` with a line end. It is made of [`opening`] and a frame in
//! [`Dress::Call`](super::Dress::Call). The comment guards against Flash files that are passed off as the answer.

use bytes::Bytes;
use bytestring::ByteString;

use crate::query::Query;

/// The name of the function to call: letters, digits, `-`, `_` and `.`, so that nothing else gets into a script.
///
/// ```
/// use longwire_codec::query::Query;
/// use longwire_codec::sockjs::jsonp::{Callback, CallbackError, opening};
///
/// let callback = Callback::parse(Query::new("c=_jp.a1b2c3&t=1"))?;
/// assert_eq!(opening(&callback), "/**/_jp.a1b2c3");
/// assert_eq!(Callback::parse(Query::new("c=alert(1)")), Err(CallbackError::Invalid));
/// # Ok::<(), CallbackError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Callback(ByteString);

/// Why a request names no function. `Display` is what sockjs-node answers (`lib/transport/jsonp.js`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// Neither `c` nor `callback`, or an empty one.
    #[error("\"callback\" parameter required")]
    Missing,
    /// Other characters than those of a name, or two names.
    #[error("invalid \"callback\" parameter")]
    Invalid,
}

impl Callback {
    /// Reads it from a query: `c` or, failing that, `callback`.
    ///
    /// # Errors
    ///
    /// When there is none, or more than one, or it has characters that a name has not.
    pub fn parse(query: Query<'_>) -> Result<Self, CallbackError> {
        let name = only(query, "c").or_else(|error| match error {
            CallbackError::Missing => only(query, "callback"),
            CallbackError::Invalid => Err(error),
        })?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if is_name { Ok(Self(name)) } else { Err(CallbackError::Invalid) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands ahead of the frame.
#[must_use]
pub fn opening(callback: &Callback) -> Bytes {
    ["/**/", callback.as_str()].concat().into()
}

/// The value of a key that is there once.
fn only(query: Query<'_>, key: &str) -> Result<ByteString, CallbackError> {
    let mut values = query.iter().filter(|(name, _)| name == key).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(CallbackError::Invalid),
        (Some(value), None) if !value.is_empty() => Ok(value.into_owned().into()),
        (Some(_) | None, _) => Err(CallbackError::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_a_name_that_is_given_once() {
        let parse = |query| Callback::parse(Query::new(query)).map(|callback| callback.as_str().to_owned());
        for (query, name) in [
            ("c=%63allback", "callback"),
            ("callback=x", "x"),
            ("t=1&c=a-b_c.9&callback=(", "a-b_c.9"),
            ("c=&callback=x", "x"),
        ] {
            assert_eq!(parse(query), Ok(name.to_owned()), "{query}");
        }
        for query in ["", "c", "c=", "C=x", "c=&callback="] {
            assert_eq!(parse(query), Err(CallbackError::Missing), "{query}");
        }
        for query in
            ["c=%20", "c=*", "c=abc(", "c=abc%28", "c=a+b", "c=é", "c=a&c=b", "c=a&c=a", "c=%3Cscript%3E", "c=a;b"]
        {
            assert_eq!(parse(query), Err(CallbackError::Invalid), "{query}");
        }
    }
}
