//! Payloads: several packets in one body.
//!
//! A body whose first character is U+FFFD is framed: `�LENGTH�PACKET`, again and again, with lengths in UTF-16 units. Any
//! other body is one packet, even if U+FFFD occurs later in it. Senders frame two packets or more, never one.

use bytes::Bytes;
use bytestring::ByteString;
use memchr::memmem;

use super::spelling::Decimal;
use crate::utf16;

/// What stands on both sides of a length.
const DELIMITER: &str = "\u{fffd}";

/// Why a body is not a payload. Offsets are bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A frame does not begin with U+FFFD: something is left over behind the one before.
    #[error("no U+FFFD at byte {offset}, where a frame has to begin")]
    MissingDelimiter {
        /// Where the frame has to begin.
        offset: usize,
    },
    /// What stands between the delimiters is not a number in digits, or there is no second one.
    #[error("no length at byte {offset}")]
    InvalidLength {
        /// Where the length has to stand.
        offset: usize,
    },
    /// A frame has the length 0.
    #[error("empty packet at byte {offset}")]
    EmptyPacket {
        /// Where the length stands.
        offset: usize,
    },
    /// A packet is longer than what is left of the body, or would end in the middle of a surrogate pair.
    #[error("wrong length at byte {offset}")]
    WrongLength {
        /// Where the packet begins.
        offset: usize,
    },
    /// There are more packets than allowed.
    #[error("more than {limit} packets")]
    TooManyPackets {
        /// How many are allowed.
        limit: usize,
    },
}

/// Splits a body into the texts of its packets, which share its memory.
///
/// An empty body has no packets. Lengths may have leading zeros, and one line break may follow the last frame.
///
/// ```
/// use longwire_codec::ByteString;
/// use longwire_codec::socketio_rev1::payload;
///
/// let body = ByteString::from_static("\u{fffd}6\u{fffd}3:::😀\u{fffd}5\u{fffd}3:::x");
/// assert_eq!(payload::decode(&body, 100)?, ["3:::😀", "3:::x"]);
/// # Ok::<(), payload::DecodeError>(())
/// ```
///
/// # Errors
///
/// When a frame is broken, or there are more than `max_packets`. Nothing of the body counts then.
pub fn decode(body: &ByteString, max_packets: usize) -> Result<Vec<ByteString>, DecodeError> {
    if !body.starts_with(DELIMITER) {
        let packets = if body.is_empty() { vec![] } else { vec![body.clone()] };
        return if packets.len() > max_packets { Err(too_many(max_packets)) } else { Ok(packets) };
    }
    let mut packets = Vec::new();
    let mut rest = &**body;
    while !matches!(rest, "" | "\n" | "\r\n") {
        if packets.len() >= max_packets {
            return Err(too_many(max_packets));
        }
        let (packet, behind) = frame(rest, body.len() - rest.len())?;
        packets.push(body.slice_ref(packet));
        rest = behind;
    }
    Ok(packets)
}

fn too_many(limit: usize) -> DecodeError {
    DecodeError::TooManyPackets { limit }
}

/// Splits the first frame off `text`, which begins at byte `start` of the body, and returns its packet and what follows.
fn frame(text: &str, start: usize) -> Result<(&str, &str), DecodeError> {
    let offset = start + DELIMITER.len();
    let behind_first = text.strip_prefix(DELIMITER).ok_or(DecodeError::MissingDelimiter { offset: start })?;
    let digits = behind_first.bytes().take_while(u8::is_ascii_digit).count();
    let (length, behind_length) = behind_first.split_at(digits);
    let behind_second = behind_length.strip_prefix(DELIMITER).filter(|_| digits > 0);
    let rest = behind_second.ok_or(DecodeError::InvalidLength { offset })?;
    // A number that is too large for our integers is too large for the body as well.
    let units = length.parse().unwrap_or(usize::MAX);
    if units == 0 {
        return Err(DecodeError::EmptyPacket { offset });
    }
    let end = utf16::byte_index(rest, units);
    end.map(|end| rest.split_at(end)).ok_or(DecodeError::WrongLength { offset: start + text.len() - rest.len() })
}

/// Joins packets into one body: framed from two packets on, a single one as it is.
///
/// ```
/// use longwire_codec::socketio_rev1::payload;
///
/// assert_eq!(payload::encode(&["8::"]), "8::");
/// assert_eq!(payload::encode(&["6:::7", "3:::hello"]), "\u{fffd}5\u{fffd}6:::7\u{fffd}9\u{fffd}3:::hello");
/// ```
#[must_use]
pub fn encode<P: AsRef<str>>(packets: &[P]) -> ByteString {
    if let [only] = packets {
        return only.as_ref().into();
    }
    let framed_len = |packet: &P| prefix_len(utf16::len(packet.as_ref())) + packet.as_ref().len();
    let mut body = String::with_capacity(packets.iter().map(framed_len).sum());
    for packet in packets {
        push_prefix(&mut body, utf16::len(packet.as_ref()));
        body.push_str(packet.as_ref());
    }
    body.into()
}

/// Takes the payload frame off a packet in [`WireFormat::SOCKETIO_REV1_FRAMED`](crate::WireFormat::SOCKETIO_REV1_FRAMED) or
/// [`WireFormat::SOCKETIO_REV1_FRAMED_ESCAPED`](crate::WireFormat::SOCKETIO_REV1_FRAMED_ESCAPED), for a body that holds
/// nothing else. Shares its memory.
///
/// ```
/// use longwire_codec::{Outbound, Payload, WireFormat};
/// use longwire_codec::socketio_rev1::payload;
///
/// let outbound = Outbound::from(Payload::from("3:::hello"));
/// let framed = outbound.form(WireFormat::SOCKETIO_REV1_FRAMED);
/// assert_eq!(framed, "\u{fffd}9\u{fffd}3:::hello");
/// assert_eq!(payload::unframe(framed), "3:::hello");
/// ```
#[must_use]
pub fn unframe(framed: &Bytes) -> Bytes {
    framed.slice(frame_start(framed)..)
}

/// Whether the packet in such a form has U+FFFD in it.
///
/// That is legal in a frame and skipped by its length, but two native clients split bodies at every U+FFFD: a server that
/// wants to be kind sends such a packet as the only one of its body.
#[must_use]
pub fn has_delimiter(framed: &[u8]) -> bool {
    memmem::find(&framed[frame_start(framed)..], DELIMITER.as_bytes()).is_some()
}

/// Where the packet begins in a framed form; 0 if there is no frame.
fn frame_start(framed: &[u8]) -> usize {
    let behind_length = || {
        let length = framed.strip_prefix(DELIMITER.as_bytes())?;
        let digits = length.iter().take_while(|byte| byte.is_ascii_digit()).count();
        length[digits..].starts_with(DELIMITER.as_bytes()).then_some(digits + 2 * DELIMITER.len())
    };
    behind_length().unwrap_or(0)
}

/// How many bytes a frame adds to a packet of `units` UTF-16 units.
pub(super) fn prefix_len(units: usize) -> usize {
    2 * DELIMITER.len() + units.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Appends what stands in front of a packet of `units` UTF-16 units.
pub(super) fn push_prefix(out: &mut String, units: usize) {
    out.push_str(DELIMITER);
    out.push_str(Decimal::new(units as u64).as_str());
    out.push_str(DELIMITER);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sin(body: &'static str) -> DecodeError {
        decode(&ByteString::from_static(body), 3).unwrap_err()
    }

    #[test]
    fn sins_have_names_and_places() {
        assert_eq!(sin("�"), DecodeError::InvalidLength { offset: 3 });
        assert_eq!(sin("�5"), DecodeError::InvalidLength { offset: 3 });
        assert_eq!(sin("��2::"), DecodeError::InvalidLength { offset: 3 });
        assert_eq!(sin("�x�2::"), DecodeError::InvalidLength { offset: 3 });
        assert_eq!(sin("�3�2::�00�"), DecodeError::EmptyPacket { offset: 13 });
        assert_eq!(sin("�4�2::"), DecodeError::WrongLength { offset: 7 });
        assert_eq!(sin("�5�3:::😀"), DecodeError::WrongLength { offset: 7 });
        assert_eq!(sin("�99999999999999999999999�2::"), DecodeError::WrongLength { offset: 29 });
        assert_eq!(sin("�2�2::"), DecodeError::MissingDelimiter { offset: 9 });
        assert_eq!(sin("�3�2::\n\n"), DecodeError::MissingDelimiter { offset: 10 });
    }

    #[test]
    fn packets_are_counted() {
        let three = ByteString::from_static("�3�2::�3�2::�3�2::\r\n");
        assert_eq!(decode(&three, 3).unwrap().len(), 3);
        assert_eq!(decode(&three, 2), Err(DecodeError::TooManyPackets { limit: 2 }));
        assert_eq!(decode(&"2::".into(), 0), Err(DecodeError::TooManyPackets { limit: 0 }));
        assert_eq!(decode(&"".into(), 0), Ok(vec![]));
    }

    #[test]
    fn a_line_break_alone_is_a_packet() {
        assert_eq!(decode(&"\n".into(), 1).unwrap(), ["\n"]);
    }

    #[test]
    fn a_frame_is_taken_off_whatever_the_packet_looks_like() {
        for packet in ["3:::�5�x", "�", "", "3:::x"] {
            let mut framed = String::new();
            push_prefix(&mut framed, utf16::len(packet));
            assert_eq!(framed.len(), prefix_len(utf16::len(packet)));
            framed.push_str(packet);
            assert_eq!(has_delimiter(framed.as_bytes()), packet.contains('�'));
            assert_eq!(unframe(&Bytes::from(framed)), packet);
        }
        assert_eq!(unframe(&Bytes::from_static(b"3:::x")), "3:::x");
    }
}
