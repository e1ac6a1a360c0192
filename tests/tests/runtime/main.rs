//! The runtime over real sockets, in this process: one file a behaviour.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod acks;
mod authorization;
mod broadcasts;
mod connecting;
mod disconnecting;
mod extraction;
mod handlers;
mod handshakes;
mod namespaces;
mod origins;
mod request_bodies;
mod rooms;
mod shutdown;
mod socket_data;
mod unknown_sessions;
mod upgrades;
mod volatile;
