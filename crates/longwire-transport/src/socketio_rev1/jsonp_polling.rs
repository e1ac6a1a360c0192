//! jsonp-polling: polls that are answered by a script, for browsers that cannot ask another origin otherwise.
//!
//! The callback's index is the request's, not the session's: the page numbers them across all of its transports. What the page
//! says comes as a form, whose answer it cannot read.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{self, HeaderValue};
use longwire_codec::socketio_rev1::jsonp;
use longwire_codec::{ByteString, Outbound, WireFormat};

use super::transport::{self, BodyError, Dressing, Lifetime, Transport, wrap_payload};
use crate::Chunk;
use crate::origin::Cors;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct JsonpPolling;

impl Transport for JsonpPolling {
    fn name(&self) -> &'static str {
        "jsonp-polling"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::Poll
    }

    fn answers_scripts(&self) -> bool {
        true
    }

    fn dress(&self, _dressing: &Dressing, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=UTF-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(&transport::X_XSS_PROTECTION, HeaderValue::from_static("0"));
    }

    fn wrap(&self, dressing: &Dressing, messages: &[&Outbound], chunk: &mut Chunk) {
        chunk.push(jsonp::opening(dressing.index));
        wrap_payload(messages, WireFormat::SOCKETIO_REV1_FRAMED_ESCAPED, chunk);
        chunk.push(jsonp::CLOSING);
    }

    fn read_body(&self, body: Bytes) -> Result<ByteString, BodyError> {
        // A form without a word is as good as an empty body of another transport.
        if body.is_empty() { Ok(ByteString::new()) } else { jsonp::decode_body(&body).map_err(|_| BodyError) }
    }

    fn dress_post(&self, cors: &Cors, headers: &mut HeaderMap) {
        transport::dress_post(cors, true, headers);
    }
}
