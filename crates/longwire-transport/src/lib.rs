#![doc = include_str!("../README.md")]
//!
//! ## Where things are
//!
//! [`session`] is the interface of a session, [`exchange`] what goes in and out, [`protocol`] what a driver knows of a
//! protocol. [`socketio_rev1`] and [`sockjs`] are protocols; each of their transports is a file. [`origin`] decides which pages may come in.

pub mod exchange;
mod http_parts;
pub mod origin;
mod outbox;
pub mod protocol;
mod queue;
pub mod session;
pub mod socketio_rev1;
pub mod sockjs;
mod timers;
mod upgrade;

pub use bytes::Bytes;
pub use exchange::{Body, Chunk, ExchangeId, Gone, Input, Output, PeerInfo};
pub use protocol::{Moment, Protocol, Refusal, Rejection, Route};
pub use session::{CloseReason, Delivery, Event, SendError, Session, SessionId};
