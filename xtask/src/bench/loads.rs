//! The loads, and what our server is to reach under each.

use Target::{KibibytesEach, Nothing, TimesFloor};

/// One load of the generator in `benches/src/bin/load`.
pub(super) struct Load {
    /// As the generator calls it.
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// The same in a few words, for the chart.
    pub(super) short: &'static str,
    pub(super) target: Target,
    /// How long it is measured, if that is not for the developer to say.
    pub(super) seconds: Option<u32>,
}

/// What our server is to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    /// Processor time for a message, in multiples of the floor's.
    TimesFloor(f64),
    /// Memory for a session, in KiB.
    KibibytesEach(f64),
    /// Processor time altogether, in seconds: as little as can be told from none.
    Nothing(f64),
}

/// In the order they run.
pub(super) const LOADS: &[Load] = &[
    load("echo-1", "echo, 1 outstanding", "echo over WebSocket, 100 connections, 1 outstanding each", TimesFloor(1.25)),
    load(
        "echo-16",
        "echo, 16 outstanding",
        "echo over WebSocket, 100 connections, 16 outstanding each",
        TimesFloor(4.0),
    ),
    load("broadcast-1", "broadcast, 1 in flight", "broadcast to 1,000 WebSockets, 1 in flight", TimesFloor(1.15)),
    load("broadcast-4", "broadcast, 4 in flight", "broadcast to 1,000 WebSockets, 4 in flight", TimesFloor(1.3)),
    load("polling", "echo on xhr-polling", "echo on xhr-polling, 100 sessions", TimesFloor(1.6)),
    load("cycle", "connect and disconnect", "handshake, WebSocket, connect, disconnect, close", TimesFloor(1.25)),
    load("memory-websocket", "idle WebSocket", "memory of an idle WebSocket, of 5,000", KibibytesEach(4.0)),
    load("memory-polling", "between polls", "memory of a polling session between polls, of 5,000", KibibytesEach(2.0)),
    load("memory-held", "held poll", "memory of a held poll, of 5,000", KibibytesEach(12.0)),
    Load {
        seconds: Some(15),
        ..load("idle", "idle", "processor time of 10,000 idle WebSockets in 15 s", Nothing(0.03))
    },
];

const fn load(name: &'static str, short: &'static str, about: &'static str, target: Target) -> Load {
    Load { name, about, short, target, seconds: None }
}
