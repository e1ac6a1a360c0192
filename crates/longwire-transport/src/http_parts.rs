//! Parts of requests and responses that every protocol has.

use http::Response;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use longwire_codec::query::Query;

use crate::Chunk;

/// nginx holds a response back until its buffer is full, unless this says `no`.
pub(crate) static X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The query of a request.
pub(crate) fn query_of(head: &Parts) -> Query<'_> {
    Query::new(head.uri.query().unwrap_or_default())
}

/// Gives a response its body, with the length.
pub(crate) fn whole(mut response: Response<()>, body: Chunk) -> Response<Chunk> {
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    response.map(|()| body)
}
