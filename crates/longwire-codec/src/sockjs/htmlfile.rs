//! htmlfile: an endless page whose script elements carry one frame each.
//!
//! Every `<` of a frame is written as `\u003c`. Other servers write it as it is, so that a message with `</script>` ends the
//! element and goes on as markup in the server's own origin.

use bytes::Bytes;

use super::Callback;

/// What a frame stands behind.
pub(super) const SCRIPT_OPEN: &str = "<script>\np(\"";
/// What a frame stands ahead of.
pub(super) const SCRIPT_CLOSE: &str = "\");\n</script>\r\n";

const AHEAD: &str = r#"<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent."#;
const BEHIND: &str = r";
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>";

/// Browsers show nothing of a page before so many bytes of it have come.
const SHORTEST: usize = 1024;

/// The beginning of the page, more than 1024 bytes. It is a chunk of its own, and does not count towards the limit of a
/// response.
///
/// ```
/// use longwire_codec::query::Query;
/// use longwire_codec::sockjs::{Callback, htmlfile};
///
/// let start = htmlfile::prelude(&Callback::parse(Query::new("c=_jp.a1b2c3"))?);
/// assert!(start.len() > 1024 && start.ends_with(b" \r\n\r\n"));
/// # Ok::<(), longwire_codec::sockjs::jsonp::CallbackError>(())
/// ```
#[must_use]
pub fn prelude(callback: &Callback) -> Bytes {
    let page = [AHEAD, callback.as_str(), BEHIND].concat();
    format!("{page:<SHORTEST$}\r\n\r\n").into()
}
