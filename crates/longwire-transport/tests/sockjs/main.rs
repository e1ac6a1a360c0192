//! A SockJS service driven by scripted clients with a clock of its own: one file a behaviour.
//!
//! Nothing waits here. Time jumps from deadline to deadline, and the harness checks after every step that the sessions keep
//! the promises of their interface. It also keeps the table of sessions as a driver has to: by id, with notes of those that
//! ended a moment ago.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "what a test does not expect fails it")]

mod harness;
mod wire;

mod caching;
mod callbacks;
mod closing;
mod configuration;
mod cookies;
mod delivery;
mod detaching;
mod dialects;
mod garbage;
mod handshakes;
mod heartbeat;
mod lost_receivers;
mod model;
mod opening;
mod origins;
mod raw_websocket;
mod response_limit;
mod routes;
mod second_receiver;
mod sending;
mod transport_bytes;
mod websocket;
