//! Socket.IO protocol revision 1, the protocol of Socket.IO 0.7 to 0.9.
//!
//! A packet is a line of text, `TYPE:ID:ENDPOINT:DATA` ([`packet`]). Where a transport has no message boundaries of its own,
//! several packets are joined into a payload ([`payload`]). Each transport dresses either in its own way: plainly
//! (xhr-polling, websocket), in a call of a function ([`jsonp`]), in script elements ([`htmlfile`]), in parts
//! ([`multipart`]). A session begins with a plain request ([`handshake`]); all its requests tell by their paths what they
//! want ([`path`]).
//!
//! Where the servers of the time broke, and where their clients differ, the modules say what is done here instead.

mod decode;
mod forms;
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
