//! The runtime over real sockets, in this process: one file a behaviour.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod acks;
mod authorization;
mod backpressure;
mod broadcasts;
mod capacity;
mod connecting;
mod disconnecting;
mod extraction;
mod flash_policy;
mod foreign_websocket;
mod handlers;
mod handshakes;
mod lines;
mod lost_answers;
mod namespaces;
mod origins;
mod own_protocol;
mod places;
mod plain_requests;
mod request_bodies;
mod request_heads;
mod rooms;
mod shutdown;
mod slow_websocket;
mod socket_data;
mod tower;
mod unknown_sessions;
mod upgrades;
mod volatile;
mod wire_details;
