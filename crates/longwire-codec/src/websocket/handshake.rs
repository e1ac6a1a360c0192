//! Opening handshakes: which dialect a request speaks, and the answer to it.
//!
//! Old clients read the answer more strictly than HTTP asks for. hixie-75 compares everything up to `Connection: Upgrade`
//! byte for byte, so the reason phrase, the order of the first two headers and the spelling of their *names* count: write
//! header names in title case for it, and map [`ReasonPhrase`] to whatever the HTTP library calls it.

mod error;
mod response;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose};
use http::header::{
    CONNECTION, HOST, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use sha1::{Digest, Sha1};

use super::Framing;
pub use super::hixie76::Challenge;
use super::hixie76::key_number;

pub use error::HandshakeError;
pub use response::ReasonPhrase;

/// The dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `Sec-WebSocket-Version: 13`: every browser since 2012.
    Rfc6455,
    /// Version 8: hybi-08 to hybi-12. Chrome 14 and 15, Firefox 7 to 10.
    Hybi8,
    /// Version 7: hybi-07. Firefox 6.
    Hybi7,
    /// No version, two keys, eight bytes behind the head. Safari 5, iOS 4 and 5, Opera 11, and Flash.
    Hixie76,
    /// No version, no keys. Chrome 4, Safari 5.0.0. It proves nothing: a page can make a browser talk to a server that
    /// knows no WebSocket. Refuse it, with [`HandshakeError::Hixie75`], unless it was switched on.
    Hixie75,
}

impl Dialect {
    /// How its messages are framed.
    #[must_use]
    pub const fn framing(self) -> Framing {
        match self {
            Self::Rfc6455 | Self::Hybi8 | Self::Hybi7 => Framing::Rfc6455,
            Self::Hixie76 | Self::Hixie75 => Framing::Hixie,
        }
    }
}

/// A request that asks for a WebSocket, and can be given one.
///
/// ```
/// use http::Request;
/// use longwire_codec::websocket::{Dialect, Framing, Handshake};
///
/// let (head, ()) = Request::get("/socket.io/1/websocket/abc")
///     .header("Upgrade", "websocket")
///     .header("Connection", "keep-alive, Upgrade")
///     .header("Sec-WebSocket-Version", "13")
///     .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
///     .body(())?
///     .into_parts();
/// let handshake = Handshake::parse(&head)?;
/// assert_eq!(handshake.dialect(), Dialect::Rfc6455);
///
/// let (response, accept) = handshake.accept(false, None);
/// assert_eq!(response.status(), 101);
/// assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// assert_eq!(accept.framing, Framing::Rfc6455);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Handshake {
    dialect: Dialect,
    proof: Proof,
    origin: Option<HeaderValue>,
    protocol: Option<HeaderValue>,
}

/// What the answer has to show.
#[derive(Clone, Debug)]
enum Proof {
    /// The value of `Sec-WebSocket-Accept`.
    Accept(HeaderValue),
    /// The client's own URL without its scheme, which the answer repeats, and the challenge of hixie-76.
    Location { place: HeaderValue, challenge: Option<Challenge> },
}

/// What is left to do behind the 101 and how the connection goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// How messages are framed.
    pub framing: Framing,
    /// hixie-76: read eight bytes, then write [`Challenge::digest`] ahead of anything else.
    pub challenge: Option<Challenge>,
}

const KEY1: HeaderName = HeaderName::from_static("sec-websocket-key1");
const KEY2: HeaderName = HeaderName::from_static("sec-websocket-key2");
const HYBI_ORIGIN: HeaderName = HeaderName::from_static("sec-websocket-origin");
const HIXIE75_PROTOCOL: HeaderName = HeaderName::from_static("websocket-protocol");

/// Whether a request asks for a WebSocket at all, by its `Upgrade` and `Connection` headers alone.
///
/// It is meant for routing, ahead of [`Handshake::parse`]; the request may still turn out to be a bad one. One in
/// HTTP/1.0 never asks, as RFC 9110 (section 7.8) has it.
#[must_use]
pub fn is_upgrade(head: &Parts) -> bool {
    head.version == Version::HTTP_11
        && has_token(&head.headers, &UPGRADE, b"websocket")
        && has_token(&head.headers, &CONNECTION, b"upgrade")
}

/// The value of `Sec-WebSocket-Accept` for a key as the client sent it.
///
/// ```
/// use longwire_codec::websocket::handshake::accept_key;
///
/// assert_eq!(accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
#[must_use]
pub fn accept_key(key: &[u8]) -> String {
    let hash = Sha1::new().chain_update(key).chain_update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").finalize();
    general_purpose::STANDARD.encode(hash)
}

impl Handshake {
    /// Reads the head of a request.
    ///
    /// # Errors
    ///
    /// When it asks for no WebSocket, or in a way that cannot be answered. [`HandshakeError::refusal`] is what to answer.
    pub fn parse(head: &Parts) -> Result<Self, HandshakeError> {
        if !is_upgrade(head) {
            return Err(HandshakeError::NotAnUpgrade);
        }
        if head.method != Method::GET {
            return Err(HandshakeError::Method);
        }
        let (dialect, proof) = match single(&head.headers, SEC_WEBSOCKET_VERSION)?.map(HeaderValue::as_bytes) {
            Some(b"13") => (Dialect::Rfc6455, accept_proof(&head.headers)?),
            Some(b"8") => (Dialect::Hybi8, accept_proof(&head.headers)?),
            Some(b"7") => (Dialect::Hybi7, accept_proof(&head.headers)?),
            Some(_) => return Err(HandshakeError::UnknownVersion),
            None => hixie_proof(head)?,
        };
        let (origin, protocol) = match dialect {
            Dialect::Rfc6455 | Dialect::Hixie76 => (ORIGIN, SEC_WEBSOCKET_PROTOCOL),
            Dialect::Hybi8 | Dialect::Hybi7 => (HYBI_ORIGIN, SEC_WEBSOCKET_PROTOCOL),
            Dialect::Hixie75 => (ORIGIN, HIXIE75_PROTOCOL),
        };
        Ok(Self {
            dialect,
            proof,
            origin: single(&head.headers, origin)?.cloned(),
            protocol: head.headers.get(protocol).cloned(),
        })
    }

    /// The dialect that the client speaks.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Where the page came from: `Sec-WebSocket-Origin` in the hybi drafts, `Origin` in the others. Programs that are no
    /// browser may send none.
    #[must_use]
    pub const fn origin(&self) -> Option<&HeaderValue> {
        self.origin.as_ref()
    }

    /// The subprotocols that the client asks for, as it sent them: a list since hybi-07, a single name in the hixie
    /// dialects. Of several such headers this is the first.
    #[must_use]
    pub const fn protocol(&self) -> Option<&HeaderValue> {
        self.protocol.as_ref()
    }
}

/// The key of a hybi or RFC 6455 request, turned into its answer.
fn accept_proof(headers: &HeaderMap) -> Result<Proof, HandshakeError> {
    // The example key of RFC 6455 itself, AQIDBAUGBwgJCgsMDQ4PEC==, has stray bits behind its sixteenth byte.
    const KEY: GeneralPurpose =
        GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

    let key = single(headers, SEC_WEBSOCKET_KEY)?.ok_or(HandshakeError::MissingKey)?.as_bytes();
    // Sixteen bytes are 24 characters, and for those the decoder wants room for 18.
    let mut bytes = [0; 18];
    if KEY.decode_slice(key, &mut bytes) != Ok(16) {
        return Err(HandshakeError::BadKey);
    }
    let accept = HeaderValue::try_from(accept_key(key)).expect("base64 is a header value");
    Ok(Proof::Accept(accept))
}

/// Tells hixie-76 from hixie-75.
fn hixie_proof(head: &Parts) -> Result<(Dialect, Proof), HandshakeError> {
    let challenge = match (single(&head.headers, KEY1)?, single(&head.headers, KEY2)?) {
        (Some(key1), Some(key2)) => {
            let number = |key: &HeaderValue| key_number(key.as_bytes());
            let number1 = number(key1).map_err(|source| HandshakeError::BadHixieKey { key: 1, source })?;
            let number2 = number(key2).map_err(|source| HandshakeError::BadHixieKey { key: 2, source })?;
            Some(Challenge { number1, number2 })
        }
        (None, None) if head.headers.contains_key(SEC_WEBSOCKET_KEY) => return Err(HandshakeError::MissingVersion),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(HandshakeError::MissingKey),
    };
    let dialect = if challenge.is_some() { Dialect::Hixie76 } else { Dialect::Hixie75 };
    Ok((dialect, Proof::Location { place: place(head)?, challenge }))
}

/// `HOST/TARGET`, as the client wrote them: it compares them byte for byte with its own URL.
fn place(head: &Parts) -> Result<HeaderValue, HandshakeError> {
    let host = single(&head.headers, HOST)?.ok_or(HandshakeError::MissingHost)?;
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    HeaderValue::from_bytes(&[host.as_bytes(), target.as_bytes()].concat()).map_err(|_| HandshakeError::BadTarget)
}

/// The only header of that name. Of two, client and proxy might each mean another one.
fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&HeaderValue>, HandshakeError> {
    let mut values = headers.get_all(&name).iter();
    let value = values.next();
    if values.next().is_some() { Err(HandshakeError::Repeated(name)) } else { Ok(value) }
}

/// Whether a comma-separated list has a word, in whatever case.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &[u8]) -> bool {
    let lists = headers.get_all(name).iter();
    lists.flat_map(|list| list.as_bytes().split(|&byte| byte == b',')).any(|word| {
        let word = word.trim_ascii();
        word.eq_ignore_ascii_case(token)
    })
}

#[cfg(test)]
mod tests;
