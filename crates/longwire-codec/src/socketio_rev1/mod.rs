//! Socket.IO protocol revision 1, the protocol of Socket.IO 0.7 to 0.9.

pub(crate) mod forms;
pub mod handshake;
pub mod packet;
pub mod path;
pub mod payload;

pub use packet::{AckId, Advice, Body, DecodeError, Limits, Packet, Reason};
