//! What a transport of revision 1 is: a way to dress packets for one kind of exchange.
//!
//! A transport holds no state. What it has to know of a request beyond its own rules is read once, when the request arrives,
//! into a [`Dressing`]. A new transport is one file with one such value, and one line in [`LIST`].

use std::fmt;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Response, StatusCode};
use longwire_codec::socketio_rev1::{jsonp, payload};
use longwire_codec::websocket::Framing;
use longwire_codec::{ByteString, Outbound, WireFormat};

use super::config::Config;
use super::{flashsocket, htmlfile, jsonp_polling, websocket, xhr_multipart, xhr_polling};
use crate::http_parts::{query_of, whole};
use crate::origin::Cors;
use crate::{Body, Chunk};

/// Every transport, in the order of preference of revision 1.
pub(super) static LIST: [&dyn Transport; 6] = [
    &websocket::WEBSOCKET,
    &flashsocket::FLASHSOCKET,
    &htmlfile::HtmlFile,
    &xhr_multipart::XhrMultipart,
    &xhr_polling::XhrPolling,
    &jsonp_polling::JsonpPolling,
];

/// The transport of that name.
pub(super) fn find(name: &str) -> Option<&'static dyn Transport> {
    LIST.iter().find(|transport| transport.name() == name).copied()
}

/// See the [module](self).
pub(super) trait Transport: Sync + fmt::Debug {
    /// As handshakes and paths spell it.
    fn name(&self) -> &'static str;

    /// How long one exchange serves.
    fn lifetime(&self) -> Lifetime;

    /// Whether a handshake names it.
    fn is_announced(&self) -> bool {
        true
    }

    /// Whether its answers are scripts, which any page can have run without a word about where it comes from.
    fn answers_scripts(&self) -> bool {
        false
    }

    /// Puts the headers into the answer of a GET.
    fn dress(&self, dressing: &Dressing, headers: &mut HeaderMap);

    /// What a stream begins with.
    fn prelude(&self) -> Bytes {
        Bytes::new()
    }

    /// Appends messages to a chunk: all of a poll's body, or the next part of a stream, where each message is one piece.
    fn wrap(&self, dressing: &Dressing, messages: &[&Outbound], chunk: &mut Chunk);

    /// The payload in the body of a POST.
    fn read_body(&self, body: Bytes) -> Result<ByteString, BodyError> {
        ByteString::try_from(body).map_err(|_| BodyError)
    }

    /// Puts the headers into the answer of a POST.
    fn dress_post(&self, cors: &Cors, headers: &mut HeaderMap) {
        dress_post(cors, matches!(cors, Cors::Page(_)), headers);
    }
}

/// How long an exchange of a transport serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// A request that is held until there is something to tell.
    Poll,
    /// A response that does not end.
    Stream,
    /// A WebSocket, which also takes what the client says.
    WebSocket,
}

/// What a transport has to remember of a request.
#[derive(Clone, Debug)]
pub(super) struct Dressing {
    /// Who may read the answer.
    pub(super) cors: Cors,
    /// Callback index of a script.
    pub(super) index: jsonp::Index,
    /// How a WebSocket frames.
    pub(super) framing: Framing,
}

/// The body of a POST is not what its transport sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BodyError;

impl Dressing {
    /// Reads it from a request of that transport.
    pub(super) fn new(transport: &dyn Transport, head: &Parts, config: &Config) -> Self {
        let written = if transport.answers_scripts() { query_of(head).get("i") } else { None };
        Self {
            cors: config.origins.cors(&head.headers),
            index: written.and_then(|index| jsonp::Index::parse(&index)).unwrap_or_default(),
            framing: Framing::Rfc6455,
        }
    }
}

/// The answer to a poll.
pub(super) fn poll_answer(transport: &dyn Transport, dressing: &Dressing, messages: &[&Outbound]) -> Response<Body> {
    let mut chunk = Chunk::new();
    transport.wrap(dressing, messages, &mut chunk);
    let mut response = roomy_response();
    transport.dress(dressing, response.headers_mut());
    whole(response, chunk).map(Body::Whole)
}

/// The beginning of a stream.
pub(super) fn stream_answer(transport: &dyn Transport, dressing: &Dressing, messages: &[&Outbound]) -> Response<Body> {
    let mut chunk = Chunk::from(transport.prelude());
    transport.wrap(dressing, messages, &mut chunk);
    let mut response = Response::new(());
    transport.dress(dressing, response.headers_mut());
    response.map(|()| Body::Stream(chunk))
}

/// The answer to a POST: `1` when all went well (one native client compares it), else a word about what did not.
pub(super) fn post_answer(transport: &dyn Transport, cors: &Cors, status: StatusCode) -> Response<Chunk> {
    let text = if status == StatusCode::OK { "1" } else { status.canonical_reason().unwrap_or_default() };
    let mut response = roomy_response();
    *response.status_mut() = status;
    transport.dress_post(cors, response.headers_mut());
    whole(response, Bytes::from_static(text.as_bytes()).into())
}

/// A response with room for all the headers that a transport puts into one and for what an HTTP library adds: a table that
/// grows is made three times.
fn roomy_response() -> Response<()> {
    let mut response = Response::new(());
    *response.headers_mut() = HeaderMap::with_capacity(12);
    response
}

/// Internet Explorer alters answers that it takes for a cross-site attack, unless told not to.
pub(super) static X_XSS_PROTECTION: HeaderName = HeaderName::from_static("x-xss-protection");

/// The headers on the answer of every POST. The filter for cross-site attacks is switched off as in socket.io 0.9.19: when
/// there is an origin, and always for forms.
pub(super) fn dress_post(cors: &Cors, unfiltered: bool, headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    cors.apply(headers);
    if unfiltered {
        headers.insert(&X_XSS_PROTECTION, HeaderValue::from_static("0"));
    }
}

/// Appends the packets of a poll: framed from two on, a single one as it is.
pub(super) fn wrap_payload(messages: &[&Outbound], framed: WireFormat, chunk: &mut Chunk) {
    if let [only] = messages {
        chunk.push(payload::unframe(only.form(framed)));
        return;
    }
    for message in messages {
        chunk.push(message.form(framed).clone());
    }
}
