//! The page that lends the origin of the server to a page of another origin.
//!
//! A client that cannot ask across origins loads it into a hidden frame and talks with it. The script in it has to be of the
//! same version as that of the page outside. The official suite compares the body as a whole.

use bytes::Bytes;
use md5::{Digest, Md5};

const AHEAD: &str = r#"<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src=""#;
const BEHIND: &str = r#""></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>"#;

/// The page for one client script, with the tag that browsers compare.
///
/// ```
/// use longwire_codec::sockjs::iframe::Page;
///
/// let page = Page::new("/sockjs.min.js?a&b");
/// let text = std::str::from_utf8(page.body())?;
/// assert!(text.contains(r#"<script src="/sockjs.min.js?a&amp;b"></script>"#));
/// assert!(page.is_known(page.etag()) && !page.is_known("\"other\""));
/// # Ok::<(), std::str::Utf8Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    body: Bytes,
    etag: String,
}

impl Page {
    /// The page that loads the client's script from `client_url`.
    #[must_use]
    pub fn new(client_url: &str) -> Self {
        let mut body = String::from(AHEAD);
        for character in client_url.chars() {
            match character {
                '&' => body.push_str("&amp;"),
                '<' => body.push_str("&lt;"),
                '>' => body.push_str("&gt;"),
                '"' => body.push_str("&quot;"),
                other => body.push(other),
            }
        }
        body.push_str(BEHIND);
        let digest: [u8; 16] = Md5::digest(body.as_bytes()).into();
        let etag = format!("\"{:032x}\"", u128::from_be_bytes(digest));
        Self { body: body.into(), etag }
    }

    /// All of it. The same bytes for every address under which it is asked for.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The value of `ETag`, in its quotes.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// Whether the value of an `If-None-Match` header names this page: RFC 9110's weak comparison, of lists and `*` as well.
    #[must_use]
    pub fn is_known(&self, if_none_match: &str) -> bool {
        let mut tags = if_none_match.split(',').map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_tag() {
        let page = Page::new("http://cdn.example/sockjs.js");
        let etag = page.etag();
        assert!(etag.len() == 34 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
        assert_ne!(etag, Page::new("http://cdn.example/other.js").etag());
        for known in [etag.to_owned(), format!("W/{etag}"), format!("\"a\", {etag} ,\"b\""), "*".to_owned()] {
            assert!(page.is_known(&known), "{known}");
        }
        for unknown in ["", "\"a\"", "W/\"a\"", &etag[1..33], &etag.to_uppercase()] {
            assert!(!page.is_known(unknown), "{unknown}");
        }
    }

    #[test]
    fn the_url_cannot_leave_its_attribute() {
        let page = Page::new("/a\"><b>");
        assert!(std::str::from_utf8(page.body()).unwrap().contains("src=\"/a&quot;&gt;&lt;b&gt;\"></script>"));
        assert!(page.body().ends_with(b"</html>"), "no line feed at the end");
    }
}
