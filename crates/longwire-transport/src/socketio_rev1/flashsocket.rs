//! flashsocket: a WebSocket under another name, for the Flash client that 0.7 to 0.9 carry along.
//!
//! `WebSocketMain.swf` speaks hixie-76 and nothing else, but the dialect is read from the request as for any WebSocket. Flash
//! asks for a socket policy before it connects, so this transport is of no use without one; it is off by default.

use super::websocket::WebSocket;

/// See the [module](self).
pub(super) static FLASHSOCKET: WebSocket = WebSocket::named("flashsocket");
