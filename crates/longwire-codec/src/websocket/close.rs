//! Close codes: why one side ends a WebSocket.

use std::fmt;

use tungstenite::protocol::frame::coding;

/// A close code of RFC 6455, section 7.4.
///
/// Any number can stand here; [`is_sendable`](Self::is_sendable) tells which may stand in a close frame. A
/// [`Reader`](super::Reader) hands out no others.
///
/// ```
/// use longwire_codec::websocket::CloseCode;
///
/// assert!(CloseCode::GOING_AWAY.is_sendable());
/// assert!(CloseCode(4000).is_sendable());
/// assert!(!CloseCode(1006).is_sendable());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// Done, nothing went wrong.
    pub const NORMAL: Self = Self(1000);
    /// The server stops, or the visitor leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the protocol.
    pub const PROTOCOL: Self = Self(1002);
    /// The peer sent a kind of data that is not taken here, such as a binary message where only text has a meaning.
    pub const UNSUPPORTED: Self = Self(1003);
    /// The data of a message does not fit its kind, such as text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// The peer broke a rule that has no code of its own.
    pub const POLICY: Self = Self(1008);
    /// A message is too big.
    pub const TOO_BIG: Self = Self(1009);
    /// Something failed inside of the server.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The server restarts; come back soon.
    pub const RESTART: Self = Self(1012);
    /// The server is overloaded; come back later.
    pub const TRY_AGAIN: Self = Self(1013);
    /// A server behind this one did not answer properly. It is not in RFC 6455; IANA registered it later.
    pub const BAD_GATEWAY: Self = Self(1014);

    /// Whether it may stand in a close frame.
    ///
    /// It may not when it is out of range, unassigned (1004, 1016 to 2999) or only a name for what happened without a
    /// close frame (1005, 1006, 1015).
    #[must_use]
    pub fn is_sendable(self) -> bool {
        self == Self::BAD_GATEWAY || coding::CloseCode::from(self.0).is_allowed()
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sendable_codes() {
        let sendable: Vec<u16> = (0..=u16::MAX).filter(|&code| CloseCode(code).is_sendable()).collect();
        let expected: Vec<u16> = (1000..=1003).chain(1007..=1014).chain(3000..=4999).collect();
        assert_eq!(sendable, expected);
    }
}
