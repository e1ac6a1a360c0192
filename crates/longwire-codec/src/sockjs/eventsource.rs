//! eventsource: an endless response of server-sent events, one a frame.
//!
//! The client undoes percent escapes in what it hears, with `decodeURI` (1.x) or `unescape` (0.3.x). Servers that do not
//! escape lose `%41`, and throw the client with `100%"` (sockjs-client#490, #595).

use bytes::Bytes;
use memchr::memchr;

/// The value of the response's `Content-Type`, without a charset: the official suite compares it as a whole.
pub const CONTENT_TYPE: &str = "text/event-stream";

/// The beginning of the response, which an old Opera wants. It does not count towards the limit of a response.
pub const PRELUDE: Bytes = Bytes::from_static(b"\r\n");

/// Appends a frame with its percent signs escaped. Line ends and NUL, which end a line of an event, are in no frame: there
/// they are escapes of JSON already.
pub(super) fn push_escaped(out: &mut String, frame: &str) {
    debug_assert!(!frame.contains(['\r', '\n', '\0']), "a frame is one line");
    let mut rest = frame;
    while let Some(percent) = memchr(b'%', rest.as_bytes()) {
        out.push_str(&rest[..percent]);
        out.push_str("%25");
        rest = &rest[percent + 1..];
    }
    out.push_str(rest);
}
