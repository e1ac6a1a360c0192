//! htmlfile: an endless page whose script elements carry one packet each.
//!
//! Internet Explorer shows nothing of a page before 256 bytes of it have come, hence the spaces. Each packet should be one
//! write, flushed at once. The source of the bytes is socket.io 0.9.19 `lib/transports/htmlfile.js`.

use bytes::Bytes;
use memchr::memmem;

/// What a packet stands behind in [`WireFormat::SOCKETIO_REV1_SCRIPT`](crate::WireFormat::SOCKETIO_REV1_SCRIPT).
pub(super) const SCRIPT_OPEN: &str = "<script>_(\"";
/// What a packet stands ahead of.
pub(super) const SCRIPT_CLOSE: &str = "\");</script>";

const PAGE: &str = "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>";

/// The beginning of the page: 256 bytes, 173 of them spaces.
///
/// ```
/// let start = longwire_codec::socketio_rev1::htmlfile::first_chunk();
/// assert_eq!(start.len(), 256);
/// assert!(start.starts_with(b"<html><body><script>var _ = function (msg)"));
/// ```
#[must_use]
pub const fn first_chunk() -> Bytes {
    Bytes::from_static(&FIRST_CHUNK)
}

static FIRST_CHUNK: [u8; 256] = {
    let page = PAGE.as_bytes();
    let mut chunk = [b' '; 256];
    let mut index = 0;
    while index < page.len() {
        chunk[index] = page[index];
        index += 1;
    }
    chunk
};

/// Rewrites JSON so that it survives the client, or nothing when it would anyway.
///
/// Client 0.9.15 and later replaces every `\/` in the text of a packet by `/` once more, after JavaScript has read the
/// string literal. An escaped backslash with a slash behind it (`\\/`) would lose the backslash, so such a slash is written
/// as `\u002f`. A slash that is itself escaped (`\/`) means the same before and after.
pub(super) fn protect_backslashes(json: &str) -> Option<String> {
    let mut protected = String::new();
    let mut copied = 0;
    for backslash in memmem::find_iter(json.as_bytes(), b"\\/") {
        let slash = backslash + 1;
        let backslashes = json.as_bytes()[..slash].iter().rev().take_while(|&&byte| byte == b'\\').count();
        if backslashes % 2 == 0 {
            protected.push_str(&json[copied..slash]);
            protected.push_str("\\u002f");
            copied = slash + 1;
        }
    }
    protected.push_str(&json[copied..]);
    (copied > 0).then_some(protected)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_page_is_followed_by_spaces() {
        assert_eq!(PAGE.len(), 83);
        assert_eq!(first_chunk(), format!("{PAGE}{}", " ".repeat(173)));
    }

    #[test]
    fn only_slashes_behind_whole_escapes_change() {
        for (json, protected) in [
            (r#"["a/b"]"#, None),
            (r#"["a\/b"]"#, None),
            (r#"["a\\/b"]"#, Some(r#"["a\\\u002fb"]"#)),
            (r#"["a\\\/b"]"#, None),
            (r#"["\\/\\\\/\\"]"#, Some(r#"["\\\u002f\\\\\u002f\\"]"#)),
        ] {
            assert_eq!(protect_backslashes(json).as_deref(), protected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn the_client_reads_what_was_meant(text in r#"[\\/"a]{0,20}"#, escape_slashes: bool) {
            let mut json = serde_json::to_string(&text).unwrap();
            if escape_slashes {
                json = json.replace('/', "\\/");
            }
            let sent = protect_backslashes(&json).unwrap_or(json);
            let received = sent.replace("\\/", "/");
            prop_assert_eq!(serde_json::from_str::<String>(&received).unwrap(), text);
        }
    }
}
