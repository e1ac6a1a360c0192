//! eventsource: an endless response of server-sent events.
//!
//! Browsers ask without credentials here, so pages of other origins come without cookies.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use longwire_codec::sockjs::{Dress, eventsource};

use super::transport::{Dressing, Lifetime, Transport, Wire};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct EventSource;

impl Transport for EventSource {
    fn name(&self) -> &'static str {
        "eventsource"
    }

    fn path(&self) -> &'static str {
        "eventsource"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::Stream
    }

    fn wire(&self) -> Wire {
        Wire::Http(Dress::Event)
    }

    fn has_cors(&self) -> bool {
        true
    }

    fn dress(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(eventsource::CONTENT_TYPE));
    }

    fn prelude(&self, _dressing: &Dressing) -> Bytes {
        eventsource::PRELUDE
    }
}
