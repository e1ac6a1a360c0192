//! xhr-multipart: an endless response whose parts replace each other, for Gecko up to version 21.
//!
//! It stands in the specification, but no client of 0.7 to 0.9 knows it: handshakes never name it, and it is off by default.

use bytes::{BufMut, Bytes, BytesMut};
use http::HeaderMap;
use http::header::{self, HeaderValue};
use longwire_codec::socketio_rev1::multipart;
use longwire_codec::{Outbound, WireFormat};

use super::transport::{Dressing, Lifetime, Transport};
use crate::Chunk;
use crate::http_parts::X_ACCEL_BUFFERING;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct XhrMultipart;

impl Transport for XhrMultipart {
    fn name(&self) -> &'static str {
        "xhr-multipart"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::Stream
    }

    fn is_announced(&self) -> bool {
        false
    }

    fn dress(&self, dressing: &Dressing, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(multipart::CONTENT_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
        headers.insert(&X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
        dressing.cors.apply(headers);
    }

    fn prelude(&self) -> Bytes {
        multipart::START
    }

    fn wrap(&self, _dressing: &Dressing, messages: &[&Outbound], chunk: &mut Chunk) {
        for message in messages {
            let packet = message.form(WireFormat::SOCKETIO_REV1_TEXT);
            let around = multipart::PART_OPENING.len() + multipart::PART_CLOSING.len();
            let mut part = BytesMut::with_capacity(around + packet.len());
            part.put(multipart::PART_OPENING);
            part.put_slice(packet);
            part.put(multipart::PART_CLOSING);
            chunk.push(part.freeze());
        }
    }
}
