//! WebSocket handshakes as every protocol answers them: in every dialect, and only those that are switched on.

use http::request::Parts;
use http::{Response, header};
use longwire_codec::websocket::handshake::Accept;
use longwire_codec::websocket::{Dialect, Handshake, HandshakeError};

use crate::PeerInfo;

/// Which handshakes are answered, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Upgrades {
    /// Whether hixie-75 is served, a handshake without any proof.
    pub(crate) hixie_75: bool,
    /// Whether the scheme of `Sec-WebSocket-Location` follows the request's `Origin` in place of the connection.
    pub(crate) match_origin_protocol: bool,
}

impl Upgrades {
    /// Reads the handshake of a request and refuses what is switched off.
    pub(crate) fn handshake(self, head: &Parts) -> Result<Handshake, HandshakeError> {
        let handshake = Handshake::parse(head)?;
        if handshake.dialect() == Dialect::Hixie75 && !self.hixie_75 {
            return Err(HandshakeError::Hixie75);
        }
        Ok(handshake)
    }

    /// The 101 for a request, and what is left to do behind it.
    pub(crate) fn accept(self, head: &Parts) -> Result<(Response<()>, Accept), HandshakeError> {
        let handshake = self.handshake(head)?;
        let secure = if self.match_origin_protocol { origin_is_secure(head) } else { None };
        let secure = secure.unwrap_or_else(|| head.extensions.get::<PeerInfo>().is_some_and(|peer| peer.secure));
        Ok(handshake.accept(secure, None))
    }
}

/// Whether the page of a request came over TLS, if it says where it came from.
fn origin_is_secure(head: &Parts) -> Option<bool> {
    let origin = head.headers.get(header::ORIGIN)?.to_str().ok()?;
    let (scheme, _) = origin.split_once("://")?;
    Some(scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("wss"))
}
