//! xhr_send: a POST with an array of messages, for every transport that hears by a response and is no script.
//!
//! The type of the body is not looked at. An answer without a type would be taken for XML by Firefox.

use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode, header};
use longwire_codec::ByteString;
use longwire_codec::sockjs::decode::{self, DecodeError, Messages};

use super::headers;
use super::sender::Sender;
use crate::Chunk;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct XhrSend;

impl Sender for XhrSend {
    fn name(&self) -> &'static str {
        "xhr-send"
    }

    fn path(&self) -> &'static str {
        "xhr_send"
    }

    fn has_cors(&self) -> bool {
        true
    }

    fn read(&self, _head: &Parts, body: Bytes, max: usize) -> Result<Messages, DecodeError> {
        read(body, max)
    }

    fn taken(&self) -> Response<Chunk> {
        let mut response = Response::new(Chunk::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().insert(header::CONTENT_TYPE, headers::TEXT);
        response
    }
}

/// The messages in a body that is an array.
pub(super) fn read(body: Bytes, max: usize) -> Result<Messages, DecodeError> {
    let invalid = |body: &Bytes| std::str::from_utf8(body).err().map_or(0, |error| error.valid_up_to());
    let text = ByteString::try_from(body.clone()).map_err(|_| DecodeError::InvalidUtf8 { offset: invalid(&body) })?;
    decode::messages(&text, max)
}
