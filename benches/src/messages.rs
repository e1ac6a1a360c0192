//! The messages of the load generator, which it sends and expects; made beforehand.
//!
//! A message is an event whose argument is 64 bytes long and begins with a number, so that no two that are on their way at
//! the same time are alike. There are [`COUNT`] of them; behind the last one comes the first one again. They lie one behind
//! the other in memory, so that what is sent at once and what arrives at once are slices, however many they are.

use longwire_codec::websocket::{Framing, Mask, client};

/// How many different messages there are.
pub const COUNT: usize = 256;
/// How many bytes the argument of an event has.
const ARGUMENT: usize = 64;
/// How many digits the number of a message has.
pub const DIGITS: usize = 8;
const FILLER: &str = " The quick brown fox jumps over the lazy dog, and runs on and on.";
const MASK: Mask = Mask::new([0x37, 0xfa, 0x21, 0x3d]);

/// The packet with one of the messages.
#[must_use]
pub fn packet(event: &str, number: usize) -> String {
    let number = digits(number);
    let filler = &FILLER[..ARGUMENT - DIGITS];
    format!(r#"5:::{{"name":"{event}","args":["{number}{filler}"]}}"#)
}

/// The number of a message as it stands in it.
#[must_use]
pub fn digits(number: usize) -> String {
    format!("{:0DIGITS$}", number % COUNT)
}

/// A packet in a frame of a client.
#[must_use]
pub fn masked(packet: &str) -> Vec<u8> {
    client::text(packet, MASK).to_vec()
}

/// A packet in a frame of a server.
#[must_use]
pub fn unmasked(packet: &str) -> Vec<u8> {
    Framing::Rfc6455.text(packet).to_vec()
}

/// All messages in one spelling, twice, so that as many as there are can be sent at once from any of them on.
#[derive(Debug)]
pub struct Ring {
    bytes: Vec<u8>,
    /// How long each of them is.
    pub one: usize,
}

impl Ring {
    /// Spells all of them.
    ///
    /// # Panics
    ///
    /// When they are not all of the same length.
    #[must_use]
    pub fn new(spell: impl Fn(usize) -> Vec<u8>) -> Self {
        let one = spell(0).len();
        let bytes: Vec<u8> = (0..2 * COUNT).flat_map(spell).collect();
        assert_eq!(bytes.len(), 2 * COUNT * one, "all messages have the same length");
        Self { bytes, one }
    }

    /// Some messages in a row, [`COUNT`] at most.
    #[must_use]
    pub fn slice(&self, first: usize, count: usize) -> &[u8] {
        let at = first % COUNT * self.one;
        &self.bytes[at..at + count * self.one]
    }

    /// All of the bytes, for as far as they go.
    fn from(&self, at: usize) -> &[u8] {
        &self.bytes[at..]
    }

    fn period(&self) -> usize {
        COUNT * self.one
    }
}

/// How far one connection has come in what it is to hear.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The bytes of the ring in front of the next one to hear.
    at: usize,
}

impl Place {
    /// In front of a message.
    #[must_use]
    pub fn before(ring: &Ring, message: usize) -> Self {
        Self { at: message % COUNT * ring.one }
    }

    /// Takes what has arrived, and tells how many messages it has completed; `None` when it is not what was to be heard.
    #[must_use]
    pub fn hear(&mut self, ring: &Ring, mut arrived: &[u8]) -> Option<usize> {
        let mut completed = 0;
        while !arrived.is_empty() {
            let expected = ring.from(self.at);
            let now = arrived.len().min(expected.len());
            if arrived[..now] != expected[..now] {
                return None;
            }
            arrived = &arrived[now..];
            let end = self.at + now;
            completed += end / ring.one - self.at / ring.one;
            self.at = end % ring.period();
        }
        Some(completed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_64_bytes_for_the_application() {
        let packet = packet("echo", 7);
        let argument = packet.split('"').nth(7).expect("it has an argument");
        assert_eq!(argument.len(), 64);
        assert!(argument.starts_with("00000007 The"));
    }

    #[test]
    fn what_arrives_is_compared_wherever_it_is_cut() {
        let ring = Ring::new(|number| unmasked(&packet("echo", number)));
        let stream = ring.slice(COUNT - 3, 10).to_vec();
        for size in [1, 2, ring.one - 1, ring.one, ring.one + 1, 3 * ring.one + 7, stream.len()] {
            let mut place = Place::before(&ring, COUNT - 3);
            let heard: usize = stream.chunks(size).map(|piece| place.hear(&ring, piece).expect("it is right")).sum();
            assert_eq!(heard, 10, "in pieces of {size}");
        }
    }

    #[test]
    fn a_wrong_byte_a_lost_message_and_a_changed_order_are_seen() {
        let ring = Ring::new(|number| unmasked(&packet("echo", number)));
        let hear = |bytes: &[u8]| Place::before(&ring, 5).hear(&ring, bytes);
        assert_eq!(hear(ring.slice(5, 2)), Some(2));
        assert_eq!(hear(ring.slice(6, 1)), None);
        assert_eq!(hear(&[ring.slice(5, 1), ring.slice(7, 1)].concat()), None);
        let mut wrong = ring.slice(5, 1).to_vec();
        wrong[20] ^= 1;
        assert_eq!(hear(&wrong), None);
    }
}
