//! jsonp-polling: polls that are answered by a script, for browsers that cannot ask another origin otherwise.
//!
//! The client cannot give up such a poll: when the page goes, the connection breaks, or nothing is seen at all. Any page can
//! have the script run without a word about where it comes from, so a list of origins switches this off.

use http::{HeaderMap, HeaderValue, header};
use longwire_codec::sockjs::Dress;

use super::headers;
use super::transport::{Lifetime, Transport, Wire};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct JsonpPolling;

impl Transport for JsonpPolling {
    fn name(&self) -> &'static str {
        "jsonp-polling"
    }

    fn path(&self) -> &'static str {
        "jsonp"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::Poll
    }

    fn wire(&self) -> Wire {
        Wire::Http(Dress::Call)
    }

    fn tells_origin(&self) -> bool {
        false
    }

    fn sends_by(&self) -> Option<&'static str> {
        Some("jsonp_send")
    }

    /// As in sockjs-node `lib/transport/jsonp.js`.
    fn longest_callback(&self) -> Option<usize> {
        Some(32)
    }

    fn dress(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, headers::SCRIPT);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
}
