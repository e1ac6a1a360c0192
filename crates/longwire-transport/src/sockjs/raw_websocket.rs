//! raw-websocket: a WebSocket for clients that are no sockjs-client. Messages pass as they are, text and binary, and an
//! application closes it with a code and a reason of its own.

use super::transport::{Lifetime, Transport, Wire};

/// See the [module](self).
#[derive(Debug)]
pub(super) struct RawWebSocket;

impl Transport for RawWebSocket {
    fn name(&self) -> &'static str {
        "raw-websocket"
    }

    /// It stands right behind the prefix; below a session no path leads here.
    fn path(&self) -> &'static str {
        ""
    }

    fn switch(&self) -> &'static str {
        "websocket"
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime::WebSocket
    }

    fn wire(&self) -> Wire {
        Wire::Raw
    }

    fn sends_by(&self) -> Option<&'static str> {
        None
    }
}
