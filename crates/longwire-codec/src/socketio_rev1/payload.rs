//! Payloads: several packets in one body.

use bytestring::ByteString;

/// Why a body is not a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {}

/// Splits a body into the texts of its packets.
///
/// # Errors
///
/// When a frame is broken, or there are more than `max_packets`.
pub fn decode(_body: &ByteString, _max_packets: usize) -> Result<Vec<ByteString>, DecodeError> {
    todo!()
}
