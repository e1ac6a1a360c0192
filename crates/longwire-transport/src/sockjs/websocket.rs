//! websocket: one text message a frame, in every dialect that a browser ever shipped.
//!
//! Two sessions may have the same id in their paths: it means nothing here.

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use longwire_codec::websocket::HandshakeError;

use super::headers;
use super::transport::{Lifetime, Transport, Wire};
use crate::Chunk;
use crate::http_parts::whole;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct WebSocket;

impl Transport for WebSocket {
    fn name(&self) -> &'static str {
        "websocket"
    }

    fn path(&self) -> &'static str {
        "websocket"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::WebSocket
    }

    fn wire(&self) -> Wire {
        Wire::WebSocket
    }

    fn sends_by(&self) -> Option<&'static str> {
        None
    }
}

/// What a request for a WebSocket is told that is none, or a bad one. The texts are those of sockjs-node 0.3, which the
/// official suites of all years pass; the connection ends, because nobody knows what the peer takes it for.
pub(super) fn refusal(error: &HandshakeError, head: &Parts) -> Response<Chunk> {
    let words: Chunk = if *error != HandshakeError::NotAnUpgrade {
        error.to_string().into()
    } else if asks_for_websocket(&head.headers) {
        "\"Connection\" must be \"Upgrade\".".into()
    } else {
        "Can \"Upgrade\" only to \"WebSocket\".".into()
    };
    let mut response = error.refusal();
    let connection = if response.status() == StatusCode::UPGRADE_REQUIRED { "Upgrade, close" } else { "close" };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, headers::TEXT);
    headers.insert(header::CONNECTION, HeaderValue::from_static(connection));
    whole(response, words)
}

fn asks_for_websocket(headers: &HeaderMap) -> bool {
    let offers =
        headers.get_all(header::UPGRADE).iter().flat_map(|offers| offers.as_bytes().split(|byte| *byte == b','));
    offers.map(<[u8]>::trim_ascii).any(|offer| offer.eq_ignore_ascii_case(b"websocket"))
}
