//! websocket: one text message a packet, in every dialect that a browser ever shipped.
//!
//! The dialect is read from each request. Frames of a server are not masked, so a broadcast's frame is shared.

use http::HeaderMap;
use longwire_codec::websocket::Framing;
use longwire_codec::{Outbound, WireFormat};

use super::transport::{Dressing, Lifetime, Transport};
use crate::Chunk;

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
