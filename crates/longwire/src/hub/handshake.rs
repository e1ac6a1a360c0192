//! What is known of a client from its first request on.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::SystemTime;

use bytes::BytesMut;
use http::{Extensions, HeaderMap, HeaderValue, Uri};
use longwire_transport::PeerInfo;
use percent_encoding::percent_decode_str;

/// The request that opened a session: headers, query, address. Kept as long as the session lives.
///
/// The hook of [`ServerBuilder::authorize`](crate::ServerBuilder::authorize) gets it by value and returns it, perhaps with
/// something of its own in [`extensions`](Self::extensions) that handlers find there later. They have it as
/// [`Socket::handshake`](crate::Socket::handshake) or as an argument, `Arc<Handshake>`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Handshake {
    /// The headers of the request.
    pub headers: HeaderMap,
    /// Its target: path and query.
    pub uri: Uri,
    /// The client's address, or that of the nearest proxy unless [`Config::trust_forwarded`](crate::Config::trust_forwarded)
    /// is set.
    pub address: SocketAddr,
    /// Whether the client's connection uses TLS, as far as the server in front or its headers tell.
    pub secure: bool,
    /// When the request arrived.
    pub time: SystemTime,
    /// What the application wants to remember of it.
    pub extensions: Extensions,
}

impl Handshake {
    pub(crate) fn new(head: &http::request::Parts, peer: PeerInfo, time: SystemTime) -> Self {
        Self {
            headers: compact(&head.headers),
            uri: Uri::try_from(head.uri.to_string()).unwrap_or_default(),
            address: peer.address,
            secure: peer.secure,
            time,
            extensions: Extensions::new(),
        }
    }

    /// The value of the first `key` in the query, decoded; bytes that are no UTF-8 become U+FFFD.
    ///
    /// Protocol keys (`t`, `jsonp`) are among them. Empty when the key stands there without a value.
    #[must_use]
    pub fn query(&self, key: &str) -> Option<String> {
        self.uri.query()?.split('&').find_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name) == key).then(|| decode(value))
        })
    }

    /// Whether the request came from a page of another origin, as far as its `Origin` header tells.
    #[must_use]
    pub fn cross_domain(&self) -> bool {
        self.headers.contains_key(http::header::ORIGIN)
    }
}

/// A copy of headers that shares nothing with the buffer they were read into, which is far larger and would live as long.
fn compact(headers: &HeaderMap) -> HeaderMap {
    let mut values = BytesMut::with_capacity(headers.values().map(HeaderValue::len).sum());
    let copies = headers.iter().map(|(name, value)| {
        values.extend_from_slice(value.as_bytes());
        let copy = HeaderValue::from_maybe_shared(values.split().freeze());
        (name.clone(), copy.unwrap_or_else(|_| value.clone()))
    });
    let mut compact = HeaderMap::with_capacity(headers.keys_len());
    compact.extend(copies);
    compact
}

fn decode(text: &str) -> String {
    let spaced: Cow<'_, str> = if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// An authorization hook's no.
///
/// What stands here about statuses is of handshakes. A namespace is refused by a packet: `7::/name:2` for
/// [`Unauthorized`](Self::Unauthorized), `7::/name` for the others; the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// This client must not come in. Revision 1 answers 403, and its clients do not try again.
    #[error("unauthorized")]
    Unauthorized,
    /// It could not be found out. Revision 1 answers 500.
    #[error("the authorization failed")]
    Failed,
    /// Come again later. Revision 1 answers 503.
    #[error("unavailable")]
    Unavailable,
}
