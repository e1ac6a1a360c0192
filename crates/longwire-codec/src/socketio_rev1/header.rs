//! The fields of a packet ahead of its data: type, id and endpoint.
//!
//! The grammar is stricter than the pattern of socket.io 0.9.19 `lib/parser.js`, which is not anchored and skips leading
//! colons: `::3:::x` is no message here.

use nom::bytes::complete::take_while;
use nom::character::complete::{char, digit0};
use nom::combinator::{all_consuming, opt, rest};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::DecodeError;

/// The largest id: the largest integer that a JavaScript number counts up to without gaps.
pub const MAX_ID: u64 = (1 << 53) - 1;

/// What kind of packet it is: the first field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PacketType {
    /// 0: an endpoint is left; without endpoint, the session ends.
    Disconnect,
    /// 1: an endpoint is open, or shall be.
    Connect,
    /// 2: a sign of life.
    Heartbeat,
    /// 3: a text.
    Message,
    /// 4: a JSON value.
    Json,
    /// 5: a named event.
    Event,
    /// 6: an answer.
    Ack,
    /// 7: a refusal; servers send it.
    Error,
    /// 8: nothing, to end a poll; servers send it.
    Noop,
}

impl PacketType {
    const ALL: [Self; 9] = [
        Self::Disconnect,
        Self::Connect,
        Self::Heartbeat,
        Self::Message,
        Self::Json,
        Self::Event,
        Self::Ack,
        Self::Error,
        Self::Noop,
    ];

    /// The type that a field spells: one digit, 0 to 8.
    fn from_field(field: &str) -> Option<Self> {
        let [digit @ b'0'..=b'8'] = field.as_bytes() else { return None };
        Self::ALL.get(usize::from(digit - b'0')).copied()
    }
}

/// The id field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AckId {
    /// 1 to [`MAX_ID`]. 0 is read as well, and left out when written: JavaScript senders take it for no id.
    pub number: u64,
    /// Whether a plus sign follows: the application answers, with data.
    pub data: bool,
}

/// A packet whose data was not looked at: enough to tell where it belongs.
///
/// ```
/// use longwire_codec::socketio_rev1::{Header, PacketType};
///
/// let header = Header::parse("3:1+:/chat:a:b")?;
/// assert_eq!(header.packet_type, PacketType::Message);
/// assert_eq!((header.endpoint, header.data), ("/chat", "a:b"));
/// # Ok::<(), longwire_codec::socketio_rev1::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The first field.
    pub packet_type: PacketType,
    /// The second field.
    pub id: Option<AckId>,
    /// The third field; empty for the default endpoint.
    pub endpoint: &'a str,
    /// Everything behind the third colon, however much that is; empty without one. Always the end of the text.
    pub data: &'a str,
}

impl<'a> Header<'a> {
    /// Reads the fields of one packet.
    ///
    /// # Errors
    ///
    /// When there are no two colons, or type or id are none.
    pub fn parse(text: &'a str) -> Result<Self, DecodeError> {
        if text == "0" {
            // The specification prints this, and one Perl library sends it.
            return Ok(Self { packet_type: PacketType::Disconnect, id: None, endpoint: "", data: &text[1..] });
        }
        let (_, (packet_type, id, endpoint, data)) =
            fields(text).map_err(|_| DecodeError::MissingColon { offset: text.len() })?;
        let packet_type = PacketType::from_field(packet_type).ok_or(DecodeError::UnknownType { offset: 0 })?;
        let id = ack_id(id).map_err(|sin| sin.at("0:".len()))?;
        Ok(Self { packet_type, id, endpoint, data: data.unwrap_or(&text[text.len()..]) })
    }
}

/// Splits at the first three colons; the last one and what follows may be missing.
fn fields(text: &str) -> IResult<&str, (&str, &str, &str, Option<&str>), ()> {
    let field = || take_while(|character| character != ':');
    let data = opt(preceded(char(':'), rest));
    (terminated(field(), char(':')), terminated(field(), char(':')), field(), data).parse(text)
}

/// Reads the second field: empty, `+`, or digits with an optional plus. A plus alone asks for nothing.
fn ack_id(field: &str) -> Result<Option<AckId>, IdSin> {
    let parsed: IResult<_, _, ()> = all_consuming((digit0, opt(char('+')))).parse(field);
    let (_, (digits, plus)) = parsed.map_err(|_| IdSin::NotDigits)?;
    if digits.is_empty() {
        return Ok(None);
    }
    Ok(Some(AckId { number: id_number(digits)?, data: plus.is_some() }))
}

/// Splits the digits of an id from what follows. Also the beginning of the data of an acknowledgement.
pub(super) fn leading_id(text: &str) -> Result<(u64, &str), IdSin> {
    let parsed: IResult<_, _, ()> = digit0(text);
    let (rest, digits) = parsed.map_err(|_| IdSin::NotDigits)?;
    Ok((id_number(digits)?, rest))
}

/// The number that digits spell, without leading zeros.
fn id_number(digits: &str) -> Result<u64, IdSin> {
    if digits.is_empty() || (digits.starts_with('0') && digits != "0") {
        return Err(IdSin::NotDigits);
    }
    digits.parse().ok().filter(|&number| number <= MAX_ID).ok_or(IdSin::TooLarge)
}

/// Why a text is not an id, wherever that text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdSin {
    NotDigits,
    TooLarge,
}

impl IdSin {
    pub(super) fn at(self, offset: usize) -> DecodeError {
        match self {
            Self::NotDigits => DecodeError::InvalidId { offset },
            Self::TooLarge => DecodeError::IdTooLarge { offset },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_colon_belongs_to_the_data() {
        for (text, endpoint, data) in
            [("3::", "", ""), ("3:::", "", ""), ("3::::", "", ":"), ("3::/x", "/x", ""), ("3::/x:y:z", "/x", "y:z")]
        {
            let header = Header::parse(text).unwrap();
            assert_eq!((header.endpoint, header.data), (endpoint, data), "{text}");
        }
    }

    #[test]
    fn ids_are_numbers_that_javascript_can_count() {
        let id = |text| Header::parse(text).map(|header| header.id);
        assert_eq!(id("3:::"), Ok(None));
        assert_eq!(id("3:+::"), Ok(None));
        assert_eq!(id("3:0::"), Ok(Some(AckId { number: 0, data: false })));
        assert_eq!(id("3:9007199254740991+::"), Ok(Some(AckId { number: MAX_ID, data: true })));
        for text in ["3:9007199254740992::", "3:99999999999999999999999::"] {
            assert_eq!(id(text), Err(DecodeError::IdTooLarge { offset: 2 }), "{text}");
        }
        for text in ["3:01::", "3:1++::", "3:+1::", "3:x::", "3:１::", "3: 1::", "3:-1::"] {
            assert_eq!(id(text), Err(DecodeError::InvalidId { offset: 2 }), "{text}");
        }
    }

    #[test]
    fn what_has_no_two_colons_is_no_packet() {
        for text in ["", "3", "3:", "00", "{}"] {
            assert_eq!(Header::parse(text), Err(DecodeError::MissingColon { offset: text.len() }), "{text}");
        }
        for text in ["::", "9::", "33::", "a::", "٣::"] {
            assert_eq!(Header::parse(text), Err(DecodeError::UnknownType { offset: 0 }), "{text}");
        }
    }
}
