#![doc = include_str!("../README.md")]

pub mod args;
mod json;
mod json_plain;
pub mod json_string;
pub mod outbound;
pub mod packet;
pub mod payload;
pub mod query;
pub mod socketio_rev1;
pub mod sockjs;
pub mod utf16;
pub mod websocket;
pub mod wire_format;

pub use args::Args;
pub use bytes::Bytes;
pub use bytestring::ByteString;
pub use outbound::{Message, Outbound};
pub use packet::{AckRequest, Content, Event, Packet};
pub use payload::Payload;
pub use wire_format::WireFormat;
