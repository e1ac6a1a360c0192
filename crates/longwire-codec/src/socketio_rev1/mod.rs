//! Socket.IO protocol revision 1, the protocol of Socket.IO 0.7 to 0.9.

mod decode;
pub(crate) mod forms;
pub mod handshake;
mod header;
pub mod htmlfile;
pub mod jsonp;
pub mod multipart;
pub mod packet;
pub mod path;
pub mod payload;
mod spelling;

pub use packet::{AckId, Advice, Body, DecodeError, Header, Limits, MAX_ID, Packet, PacketType, Reason};
