//! The runtime over real sockets, in this process: one file a behaviour.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod acks;
mod authorization;
mod broadcasts;
mod disconnecting;
mod extraction;
mod handshakes;
mod namespaces;
mod rooms;
mod socket_data;
mod volatile;
