//! xhr-polling: a GET that is held until there is something to tell, and POSTs in the other direction.
//!
//! The server closes nothing behind an answer: the client polls again on the same connection if it can, and through some
//! proxies it cannot, so a session is never bound to one.

use http::HeaderMap;
use http::header::{self, HeaderValue};
use longwire_codec::{Outbound, WireFormat};

use super::transport::{Dressing, Lifetime, Transport, wrap_payload};
use crate::Chunk;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct XhrPolling;

impl Transport for XhrPolling {
    fn name(&self) -> &'static str {
        "xhr-polling"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::Poll
    }

    fn dress(&self, dressing: &Dressing, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
        // One native client polls through the cache of its system.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        dressing.cors.apply(headers);
    }

    fn wrap(&self, _dressing: &Dressing, messages: &[&Outbound], chunk: &mut Chunk) {
        wrap_payload(messages, WireFormat::SOCKETIO_REV1_FRAMED, chunk);
    }
}
