//! The 101 of each dialect.

use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use super::{Accept, Dialect, HIXIE75_PROTOCOL, HYBI_ORIGIN, Handshake, Proof};

const HIXIE75_ORIGIN: HeaderName = HeaderName::from_static("websocket-origin");
const HIXIE76_LOCATION: HeaderName = HeaderName::from_static("sec-websocket-location");
const HIXIE75_LOCATION: HeaderName = HeaderName::from_static("websocket-location");

/// What to write behind the status code in place of the usual words; an extension of the response.
///
/// [`http::Response`] has no field for it. It is there in the answers to hixie-76 and hixie-75 only; a hixie-75 client
/// insists on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReasonPhrase(&'static str);

impl ReasonPhrase {
    /// The words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Handshake {
    /// The 101 with all its headers, and what is left to do behind it.
    ///
    /// `secure` says whether the client used TLS. It decides between `ws` and `wss` in the hixie location header, which
    /// Safari compares with its own URL, so behind a TLS terminator it must be known from elsewhere.
    ///
    /// `protocol` is the subprotocol that was chosen. Without one, a hixie client gets back what it asked for, because
    /// it would fail otherwise; the others get none, which means none.
    #[must_use]
    pub fn accept(&self, secure: bool, protocol: Option<&HeaderValue>) -> (Response<()>, Accept) {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let challenge = match &self.proof {
            Proof::Accept(accept) => {
                self.accept_rfc6455(&mut response, accept, protocol);
                None
            }
            Proof::Location { place, challenge } => {
                self.accept_hixie(&mut response, &location(secure, place), protocol);
                *challenge
            }
        };
        (response, Accept { framing: self.dialect.framing(), challenge })
    }

    fn accept_rfc6455(&self, response: &mut Response<()>, accept: &HeaderValue, protocol: Option<&HeaderValue>) {
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept.clone());
        if let Some(protocol) = protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol.clone());
        }
    }

    fn accept_hixie(&self, response: &mut Response<()>, location: &HeaderValue, protocol: Option<&HeaderValue>) {
        let (phrase, origin_name, location_name, protocol_name) = if self.dialect == Dialect::Hixie75 {
            ("Web Socket Protocol Handshake", HIXIE75_ORIGIN, HIXIE75_LOCATION, HIXIE75_PROTOCOL)
        } else {
            ("WebSocket Protocol Handshake", HYBI_ORIGIN, HIXIE76_LOCATION, SEC_WEBSOCKET_PROTOCOL)
        };
        response.extensions_mut().insert(ReasonPhrase(phrase));
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("WebSocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(origin_name, self.origin.clone().unwrap_or(HeaderValue::from_static("null")));
        headers.insert(location_name, location.clone());
        if let Some(protocol) = protocol.or(self.protocol.as_ref()) {
            headers.insert(protocol_name, protocol.clone());
        }
    }
}

fn location(secure: bool, place: &HeaderValue) -> HeaderValue {
    let scheme = if secure { &b"wss://"[..] } else { b"ws://" };
    HeaderValue::from_bytes(&[scheme, place.as_bytes()].concat()).expect("a scheme and a header value are one")
}
