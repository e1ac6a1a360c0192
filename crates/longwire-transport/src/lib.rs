//! Sessions of real-time browser protocols as state machines, without I/O, clock or randomness.

pub mod exchange;
pub mod origin;
mod outbox;
pub mod protocol;
pub mod session;
pub mod socketio_rev1;
mod timers;

pub use exchange::{Body, Chunk, ExchangeId, Gone, Input, Output, PeerInfo};
pub use protocol::{Protocol, Refusal, Rejection, Route};
pub use session::{CloseReason, Delivery, Event, SendError, Session, SessionId};
