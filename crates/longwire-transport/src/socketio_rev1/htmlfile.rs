//! htmlfile: an endless page in a hidden frame of Internet Explorer 6 to 9, one script element a packet.
//!
//! A page of another origin cannot use it, so it has no CORS headers. Proxies that collect a response make it useless; they
//! are asked not to.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{self, HeaderValue};
use longwire_codec::socketio_rev1::htmlfile;
use longwire_codec::{Outbound, WireFormat};

use super::transport::{Dressing, Lifetime, Transport};
use crate::Chunk;
use crate::http_parts::X_ACCEL_BUFFERING;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct HtmlFile;

impl Transport for HtmlFile {
    fn name(&self) -> &'static str {
        "htmlfile"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::Stream
    }

    fn dress(&self, _dressing: &Dressing, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=UTF-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
        headers.insert(&X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    }

    fn prelude(&self) -> Bytes {
        htmlfile::first_chunk()
    }

    fn wrap(&self, _dressing: &Dressing, messages: &[&Outbound], chunk: &mut Chunk) {
        for message in messages {
            chunk.push(message.form(WireFormat::SOCKETIO_REV1_SCRIPT).clone());
        }
    }
}
