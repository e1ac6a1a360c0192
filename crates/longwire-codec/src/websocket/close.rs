//! Close codes.

/// A close code of RFC 6455.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);
