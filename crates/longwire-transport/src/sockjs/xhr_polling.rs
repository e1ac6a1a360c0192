//! xhr-polling: a POST that is held until there is a frame to tell.
//!
//! A POST, because caches of the time answered a GET by themselves. The client polls again at once behind every answer.

use http::{HeaderMap, Method, header};
use longwire_codec::sockjs::Dress;

use super::headers;
use super::transport::{Lifetime, Transport, Wire};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct XhrPolling;

impl Transport for XhrPolling {
    fn name(&self) -> &'static str {
        "xhr-polling"
    }

    fn path(&self) -> &'static str {
        "xhr"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::Poll
    }

    fn wire(&self) -> Wire {
        Wire::Http(Dress::Line)
    }

    fn method(&self) -> Method {
        Method::POST
    }

    fn has_cors(&self) -> bool {
        true
    }

    fn dress(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, headers::SCRIPT);
    }
}
