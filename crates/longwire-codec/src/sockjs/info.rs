//! What a service tells about itself: the answer to `/info`, a JSON object.
//!
//! Clients skip the WebSocket transport when `websocket` is exactly `false`, and look at nothing else but `cookie_needed` (old
//! ones) and `base_url` (from 1.0 on). The time that this answer takes is how they judge the network.

use crate::json_string::{Context, escape};

/// The answer.
///
/// ```
/// use longwire_codec::sockjs::info::Info;
///
/// let info = Info { websocket: true, cookie_needed: false, entropy: 3_735_928_559, base_url: None };
/// assert_eq!(info.encode(), r#"{"websocket":true,"origins":["*:*"],"cookie_needed":false,"entropy":3735928559}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info<'a> {
    /// Whether the WebSocket transport is on.
    pub websocket: bool,
    /// Whether the cookie `JSESSIONID` is in use.
    pub cookie_needed: bool,
    /// A random number that is different in each answer: a client without a good source of its own makes ids of it.
    pub entropy: u32,
    /// The absolute URL that takes the place of the prefix for everything that follows.
    pub base_url: Option<&'a str>,
}

impl Info<'_> {
    /// Writes it. `origins` is what sockjs-node always says; no client looks at it.
    #[must_use]
    pub fn encode(&self) -> String {
        let Self { websocket, cookie_needed, entropy, base_url } = self;
        let base_url = base_url.map(|url| format!(",\"base_url\":\"{}\"", escape(url, Context::Json)));
        format!(
            r#"{{"websocket":{websocket},"origins":["*:*"],"cookie_needed":{cookie_needed},"entropy":{entropy}{}}}"#,
            base_url.unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_json_whatever_the_url() {
        let info = Info { websocket: false, cookie_needed: true, entropy: u32::MAX, base_url: Some("http://a/\"\\") };
        let read: serde_json::Value = serde_json::from_str(&info.encode()).unwrap();
        let expected = serde_json::json!({
            "websocket": false, "origins": ["*:*"], "cookie_needed": true, "entropy": 4_294_967_295_u32,
            "base_url": "http://a/\"\\",
        });
        assert_eq!(read, expected);
    }
}
