//! What a sending request is: a body with messages, and an answer that says they have their place in the queue.

use std::fmt;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use longwire_codec::sockjs::decode::{DecodeError, Messages};

use super::config::Config;
use super::transport::Dressing;
use super::{answers, jsonp_send, xhr_send};
use crate::Chunk;

/// Both kinds.
pub(super) static LIST: [&dyn Sender; 2] = [&xhr_send::XhrSend, &jsonp_send::JsonpSend];

/// The sender of that name.
pub(super) fn find(name: &str) -> Option<&'static dyn Sender> {
    LIST.iter().find(|sender| sender.name() == name).copied()
}

/// See the [module](self).
pub(super) trait Sender: Sync + fmt::Debug {
    /// The name under which it is routed.
    fn name(&self) -> &'static str;

    /// The last part of its path.
    fn path(&self) -> &'static str;

    /// Whether pages of other origins read its answers.
    fn has_cors(&self) -> bool;

    /// The messages in a body.
    fn read(&self, head: &Parts, body: Bytes, max: usize) -> Result<Messages, DecodeError>;

    /// The answer when all went well.
    fn taken(&self) -> Response<Chunk>;
}

/// The answer to a body that has no messages. The body counts before the session does: a bad one is answered so even where
/// there is no session.
pub(super) fn refused(sender: &dyn Sender, config: &Config, head: &Parts, error: DecodeError) -> Response<Chunk> {
    let (status, words) = match error.answer() {
        Some(words) => (StatusCode::INTERNAL_SERVER_ERROR, words),
        None => (StatusCode::PAYLOAD_TOO_LARGE, "Too many messages."),
    };
    dressed(sender, config, head, answers::text(status, words))
}

/// The answer to a request whose messages were taken.
pub(super) fn taken(sender: &dyn Sender, config: &Config, head: &Parts) -> Response<Chunk> {
    dressed(sender, config, head, sender.taken())
}

/// The answer where nobody has the id.
pub(super) fn unknown_session(sender: &dyn Sender, config: &Config, head: &Parts) -> Response<Chunk> {
    dressed(sender, config, head, answers::text(StatusCode::NOT_FOUND, "404 Error: Session not found\n"))
}

fn dressed(sender: &dyn Sender, config: &Config, head: &Parts, mut response: Response<Chunk>) -> Response<Chunk> {
    let headers: &mut HeaderMap = response.headers_mut();
    Dressing::new(head, config).apply(sender.has_cors(), headers);
    response
}
