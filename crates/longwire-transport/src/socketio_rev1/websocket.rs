//! websocket: one text message a packet, in every dialect that a browser ever shipped.
//!
//! The dialect is read from each request. Frames of a server are not masked, so a broadcast's frame is shared.

use http::request::Parts;
use http::{HeaderMap, Response, header};
use longwire_codec::websocket::handshake::Accept;
use longwire_codec::websocket::{Dialect, Framing, Handshake, HandshakeError};
use longwire_codec::{Outbound, WireFormat};

use super::config::Config;
use super::transport::{Dressing, Lifetime, Transport};
use crate::{Chunk, PeerInfo};

/// The transport under its own name.
pub(super) static WEBSOCKET: WebSocket = WebSocket::named("websocket");

/// See the [module](self).
#[derive(Debug)]
pub(super) struct WebSocket {
    name: &'static str,
}

impl WebSocket {
    pub(super) const fn named(name: &'static str) -> Self {
        Self { name }
    }
}

impl Transport for WebSocket {
    fn name(&self) -> &'static str {
        self.name
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::WebSocket
    }

    fn dress(&self, _dressing: &Dressing, _headers: &mut HeaderMap) {}

    fn wrap(&self, dressing: &Dressing, messages: &[&Outbound], chunk: &mut Chunk) {
        let format = match dressing.framing {
            Framing::Rfc6455 => WireFormat::SOCKETIO_REV1_WEBSOCKET,
            Framing::Hixie => WireFormat::SOCKETIO_REV1_HIXIE,
        };
        for message in messages {
            chunk.push(message.form(format).clone());
        }
    }
}

/// Reads the handshake of a request and refuses what is switched off.
pub(super) fn handshake(head: &Parts, config: &Config) -> Result<Handshake, HandshakeError> {
    let handshake = Handshake::parse(head)?;
    if handshake.dialect() == Dialect::Hixie75 && !config.hixie_75 {
        return Err(HandshakeError::Hixie75);
    }
    Ok(handshake)
}

/// The 101 for a request, and what is left to do behind it.
pub(super) fn accept(head: &Parts, config: &Config) -> Result<(Response<()>, Accept), HandshakeError> {
    let handshake = handshake(head, config)?;
    let secure = if config.match_origin_protocol { origin_is_secure(head) } else { None };
    let secure = secure.unwrap_or_else(|| head.extensions.get::<PeerInfo>().is_some_and(|peer| peer.secure));
    Ok(handshake.accept(secure, None))
}

/// Whether the page of a request came over TLS, if it says where it came from.
fn origin_is_secure(head: &Parts) -> Option<bool> {
    let origin = head.headers.get(header::ORIGIN)?.to_str().ok()?;
    let (scheme, _) = origin.split_once("://")?;
    Some(scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss"))
}
