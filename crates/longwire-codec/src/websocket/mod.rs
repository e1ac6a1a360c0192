//! WebSocket, in every dialect that a browser ever shipped: RFC 6455, the hybi drafts 7 and 8, hixie-76 and hixie-75.

pub mod close;
pub mod frame;
pub mod handshake;
pub mod hixie76;
pub mod reader;

pub use close::CloseCode;
pub use reader::{Incoming, Limits, ReadError, Reader};

/// How a connection frames its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// RFC 6455 and the hybi drafts 7 and 8, which frame alike.
    Rfc6455,
    /// hixie-75 and hixie-76: `00 … FF`.
    Hixie,
}
