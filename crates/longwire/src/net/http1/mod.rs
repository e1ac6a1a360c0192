//! HTTP/1.1 of our own, for the plain requests that clients of our protocols make: polls, POSTs, handshakes, upgrades.
//!
//! It knows nothing but the one way in which browsers write such requests. Whatever is written in another way, is incomplete
//! or belongs to no protocol goes to hyper with every byte read so far, and the connection stays there. So what is refused,
//! and how, is hyper's business and `net/http.rs`'s alone; and a held poll has no buffers.

mod connection;
mod head;
mod response;

pub(super) use connection::{End, serve};
