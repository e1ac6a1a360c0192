//! What a client says on a namespace that it has not opened yet: one that reconnects sends what it collected first.

use std::collections::VecDeque;
use std::time::Instant;

use longwire_codec::Packet;

use super::Limits;

/// Packets for namespaces that the client has not opened yet.
#[derive(Debug, Default)]
pub(super) struct Held {
    packets: VecDeque<(Instant, Packet)>,
    bytes: usize,
}

impl Held {
    /// The most that may wait for one session, in bytes: a few messages of the usual size limit.
    const BYTES: usize = 4 << 20;

    pub(super) fn hold(&mut self, packet: Packet, now: Instant, limits: &Limits) -> bool {
        let size = packet.size_hint();
        if self.packets.len() >= limits.held_packets || self.bytes + size > Self::BYTES {
            return false;
        }
        self.bytes += size;
        self.packets.push_back((now + limits.hold_time, packet));
        true
    }

    /// Takes out what waits for `namespace`, in order.
    pub(super) fn release(&mut self, namespace: &str) -> Vec<Packet> {
        let all = std::mem::take(&mut self.packets);
        let (released, kept): (VecDeque<_>, _) = all.into_iter().partition(|(_, packet)| packet.namespace == namespace);
        self.packets = kept;
        self.bytes = self.packets.iter().map(|(_, packet)| packet.size_hint()).sum();
        released.into_iter().map(|(_, packet)| packet).collect()
    }

    /// Drops what has waited too long and says how much that was.
    pub(super) fn expire(&mut self, now: Instant) -> usize {
        let mut dropped = 0;
        while self.packets.front().is_some_and(|(deadline, _)| *deadline <= now) {
            self.bytes -= self.packets.pop_front().map_or(0, |(_, packet)| packet.size_hint());
            dropped += 1;
        }
        dropped
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.packets.front().map(|(deadline, _)| *deadline)
    }
}
