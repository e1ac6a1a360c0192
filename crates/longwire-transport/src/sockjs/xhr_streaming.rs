//! xhr-streaming: a POST whose answer does not end, one frame a line.
//!
//! Old XDomainRequest clients see the text so far and no more, hence the line feeds.

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use longwire_codec::sockjs::{Dress, streaming};

use super::headers;
use super::transport::{Dressing, Lifetime, Transport, Wire};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct XhrStreaming;

impl Transport for XhrStreaming {
    fn name(&self) -> &'static str {
        "xhr-streaming"
    }

    fn path(&self) -> &'static str {
        "xhr_streaming"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::Stream
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

    fn prelude(&self, _dressing: &Dressing) -> Bytes {
        streaming::prelude()
    }
}
