//! jsonp_send: a form that is sent into a hidden frame, whose answer nobody can read.

use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode, header};
use longwire_codec::sockjs::decode::{self, DecodeError, Messages};

use super::sender::Sender;
use super::{answers, headers, xhr_send};
use crate::Chunk;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct JsonpSend;

impl Sender for JsonpSend {
    fn name(&self) -> &'static str {
        "jsonp-send"
    }

    fn path(&self) -> &'static str {
        "jsonp_send"
    }

    fn has_cors(&self) -> bool {
        false
    }

    /// A form where the request says so; anything else is the array itself.
    fn read(&self, head: &Parts, body: Bytes, max: usize) -> Result<Messages, DecodeError> {
        let kind = headers::text_of(&head.headers, &header::CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            decode::form(&body, max)
        } else {
            xhr_send::read(body, max)
        }
    }

    /// Not 204, which confused Konqueror.
    fn taken(&self) -> Response<Chunk> {
        answers::text(StatusCode::OK, "ok")
    }
}
