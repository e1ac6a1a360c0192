//! Sessions driven by a scripted client with a clock of its own: one file a behaviour.
//!
//! Nothing waits here. Time jumps from deadline to deadline, and the harness checks after every step that the session keeps
//! the promises of its interface.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "what a test does not expect fails it")]

mod harness;
mod requests;
mod wire;

mod abandoned_poll;
mod buffered_between_polls;
mod close_timeout;
mod endpoints;
mod forced_disconnect;
mod garbage;
mod golden;
mod handshake;
mod heartbeat;
mod hixie;
mod model;
mod origins;
mod overlapping_polls;
mod payloads;
mod polling_duration;
mod slow_reader;
mod transport_bytes;
mod transport_switch;
mod unknown_session;
