//! The body of a handshake response: `SID:HEARTBEAT:CLOSE:TRANSPORTS`.
//!
//! The specification lets an empty heartbeat timeout mean "no heartbeats". Client 0.9.1 and later makes a timer of 0 ms of
//! it and gives up at once without a word, and an empty close timeout does that to all versions; so both are always written,
//! as whole seconds that fit a browser's timer. Asked for by JSONP, the body becomes the argument of
//! [`jsonp::call`](super::jsonp::call), and a refusal that of [`jsonp::call_with_error`](super::jsonp::call_with_error).

use std::time::Duration;

/// The longest timeout in seconds: the longest that browsers can wait for, in milliseconds, has 31 bits.
pub const MAX_TIMEOUT: u64 = 2_147_483;

/// What a server tells a client that may come in.
///
/// ```
/// use std::time::Duration;
///
/// use longwire_codec::socketio_rev1::handshake::Handshake;
///
/// let handshake = Handshake {
///     id: "Yqx-8sOUK_gb5IZcXpHU",
///     heartbeat_timeout: Duration::from_secs(60),
///     close_timeout: Duration::from_secs(60),
///     transports: vec!["websocket", "xhr-polling"],
/// };
/// let body = handshake.encode();
/// assert_eq!(body, "Yqx-8sOUK_gb5IZcXpHU:60:60:websocket,xhr-polling");
/// assert_eq!(Handshake::decode(&body)?, handshake);
/// # Ok::<(), longwire_codec::socketio_rev1::handshake::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake<'a> {
    /// The session id, without a colon.
    pub id: &'a str,
    /// How long the client of a stream waits for a sign of life. Written in whole seconds, rounded up, from 1 to
    /// [`MAX_TIMEOUT`].
    pub heartbeat_timeout: Duration,
    /// How long a client of any transport waits for a packet before it gives up. Written in the same way.
    pub close_timeout: Duration,
    /// The names of the transports, best first.
    pub transports: Vec<&'a str>,
}

/// Why a text is not the body of a handshake response. Offsets are bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Fewer than four fields.
    #[error("a field is missing at byte {offset}")]
    MissingField {
        /// Where the text ends.
        offset: usize,
    },
    /// The session id is empty.
    #[error("empty session id")]
    EmptyId,
    /// A timeout is not a whole number of seconds from 1 to [`MAX_TIMEOUT`].
    #[error("no timeout at byte {offset}")]
    InvalidTimeout {
        /// Where it has to stand.
        offset: usize,
    },
    /// The name of a transport is empty.
    #[error("empty transport name at byte {offset}")]
    EmptyTransport {
        /// Where it has to stand.
        offset: usize,
    },
}

impl<'a> Handshake<'a> {
    /// Writes it.
    #[must_use]
    pub fn encode(&self) -> String {
        let Self { id, heartbeat_timeout, close_timeout, transports } = self;
        format!("{id}:{}:{}:{}", seconds(*heartbeat_timeout), seconds(*close_timeout), transports.join(","))
    }

    /// Reads it, for clients and tests. Stricter than old clients are: what would break one of them is an error.
    ///
    /// # Errors
    ///
    /// When a field is missing, empty or, for a timeout, no number of seconds that all clients understand.
    pub fn decode(body: &'a str) -> Result<Self, DecodeError> {
        let offset_of = |part: &str| part.as_ptr().addr() - body.as_ptr().addr();
        let mut fields = body.splitn(4, ':');
        let mut field = || fields.next().ok_or(DecodeError::MissingField { offset: body.len() });
        let (id, heartbeat_timeout, close_timeout, transports) = (field()?, field()?, field()?, field()?);
        if id.is_empty() {
            return Err(DecodeError::EmptyId);
        }
        let timeout = |text| timeout(text).ok_or_else(|| DecodeError::InvalidTimeout { offset: offset_of(text) });
        let transports: Vec<_> = transports.split(',').collect();
        if let Some(empty) = transports.iter().find(|name| name.is_empty()) {
            return Err(DecodeError::EmptyTransport { offset: offset_of(empty) });
        }
        Ok(Self {
            id,
            heartbeat_timeout: timeout(heartbeat_timeout)?,
            close_timeout: timeout(close_timeout)?,
            transports,
        })
    }
}

/// A timeout in seconds as the wire has it.
fn seconds(timeout: Duration) -> u64 {
    let started = u64::from(timeout.subsec_nanos() > 0);
    timeout.as_secs().saturating_add(started).clamp(1, MAX_TIMEOUT)
}

fn timeout(text: &str) -> Option<Duration> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|seconds| is_number && (1..=MAX_TIMEOUT).contains(seconds))?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn timeouts_are_whole_seconds_that_no_client_breaks_on() {
        assert_eq!(seconds(Duration::ZERO), 1);
        assert_eq!(seconds(Duration::from_millis(15_000)), 15);
        assert_eq!(seconds(Duration::from_millis(15_001)), 16);
        assert_eq!(seconds(Duration::MAX), MAX_TIMEOUT);
    }

    #[test]
    fn sins_have_names_and_places() {
        for (body, sin) in [
            ("", DecodeError::MissingField { offset: 0 }),
            ("id:60:60", DecodeError::MissingField { offset: 8 }),
            (":60:60:x", DecodeError::EmptyId),
            ("id::60:x", DecodeError::InvalidTimeout { offset: 3 }),
            ("id:60:0.5:x", DecodeError::InvalidTimeout { offset: 6 }),
            ("id:60:0:x", DecodeError::InvalidTimeout { offset: 6 }),
            ("id:60:+1:x", DecodeError::InvalidTimeout { offset: 6 }),
            ("id:2147484:60:x", DecodeError::InvalidTimeout { offset: 3 }),
            ("id:60:60:", DecodeError::EmptyTransport { offset: 9 }),
            ("id:60:60:x,,y", DecodeError::EmptyTransport { offset: 11 }),
        ] {
            assert_eq!(Handshake::decode(body), Err(sin), "{body}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_to_the_same(
            id in "[A-Za-z0-9_-]{1,30}", heartbeat in 1..=MAX_TIMEOUT, close in 1..=MAX_TIMEOUT,
            transports in prop::collection::vec("[a-z-]{1,9}", 1..5),
        ) {
            let handshake = Handshake {
                id: &id,
                heartbeat_timeout: Duration::from_secs(heartbeat),
                close_timeout: Duration::from_secs(close),
                transports: transports.iter().map(String::as_str).collect(),
            };
            let body = handshake.encode();
            prop_assert_eq!(Handshake::decode(&body), Ok(handshake));
            for end in 0..=body.rfind(':').unwrap_or(0) {
                prop_assert!(Handshake::decode(&body[..end]).is_err());
            }
        }

        #[test]
        fn no_text_panics(body in "(?s)([:,0-9]|.){0,30}") {
            let _ = Handshake::decode(&body);
        }
    }
}
