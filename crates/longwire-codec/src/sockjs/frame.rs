//! The frames that go from server to client, without the dress of a transport.

use std::borrow::Cow;

use bytestring::ByteString;

use super::decode::{self, DecodeError, Messages};
use super::quote::{push_quoted, quoted_len};

/// What a server says to a client.
///
/// ```
/// use longwire_codec::sockjs::Frame;
///
/// let frame = Frame::Close { code: 3000, reason: "Go away!".into() };
/// assert_eq!(frame.encode(), r#"c[3000,"Go away!"]"#);
/// assert_eq!(Frame::decode(&r#"c[3000,"Go away!"]"#.into(), 1)?, frame);
/// # Ok::<(), longwire_codec::sockjs::FrameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// `o`: the session is open. The first frame of every session.
    Open,
    /// `h`: the server is still there.
    Heartbeat,
    /// `a["m1","m2"]`: messages, in order.
    Messages(Messages),
    /// `c[3000,"Go away!"]`: the session is closed.
    Close {
        /// Why, as a number. Applications use 1000 and 3000 to 4999.
        code: u16,
        /// Why, in words.
        reason: ByteString,
    },
}

/// Why a text is no frame. Offsets are bytes from the beginning of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// There is nothing.
    #[error("an empty frame")]
    Empty,
    /// The first character begins no frame.
    #[error("no frame begins like this")]
    UnknownType,
    /// Something stands behind a frame that is only one letter.
    #[error("text behind a frame of one letter")]
    TrailingText,
    /// An `a` or `m` frame without its messages; counted behind the letter.
    #[error("no messages: {0}")]
    Messages(#[source] DecodeError),
    /// A `c` frame without a code and a reason.
    #[error("a close frame without code and reason")]
    Close,
}

impl Frame {
    /// The frame as text. Messages that are shared by many clients have wire forms instead; see [`Dress`](super::Dress).
    #[must_use]
    pub fn encode(&self) -> Cow<'static, str> {
        match self {
            Self::Open => "o".into(),
            Self::Heartbeat => "h".into(),
            Self::Messages(messages) => messages_frame(messages.iter().map(|message| &**message)).into(),
            Self::Close { code, reason } => {
                let mut frame = format!("c[{code},").into_bytes();
                frame.reserve_exact(quoted_len(reason) + 1);
                push_quoted(&mut frame, reason);
                frame.push(b']');
                into_text(frame).into()
            }
        }
    }

    /// Reads a frame of at most `max_messages` messages, for clients and tests. `m"m1"`, which no server sends any more, is
    /// one message.
    ///
    /// # Errors
    ///
    /// When the text is no frame, or one with too many messages.
    pub fn decode(text: &ByteString, max_messages: usize) -> Result<Self, FrameError> {
        let letter = text.chars().next().ok_or(FrameError::Empty)?;
        let content = text.slice_ref(&text[letter.len_utf8()..]);
        match letter {
            'o' | 'h' if !content.is_empty() => Err(FrameError::TrailingText),
            'o' => Ok(Self::Open),
            'h' => Ok(Self::Heartbeat),
            'a' => decode::messages(&content, max_messages).map(Self::Messages).map_err(FrameError::Messages),
            'm' => decode::message(&content).map(Self::Messages).map_err(FrameError::Messages),
            'c' => {
                let close = serde_json::from_str::<(u16, String)>(&content);
                close.map(|(code, reason)| Self::Close { code, reason: reason.into() }).map_err(|_| FrameError::Close)
            }
            _ => Err(FrameError::UnknownType),
        }
    }
}

/// An `a` frame.
pub(super) fn messages_frame<'a>(messages: impl Iterator<Item = &'a str> + Clone) -> String {
    let length = messages.clone().map(|message| quoted_len(message) + 1).sum::<usize>();
    let mut frame = Vec::with_capacity(length + 3);
    frame.extend_from_slice(b"a[");
    for (index, message) in messages.enumerate() {
        if index > 0 {
            frame.push(b',');
        }
        push_quoted(&mut frame, message);
    }
    frame.push(b']');
    into_text(frame)
}

fn into_text(frame: Vec<u8>) -> String {
    String::from_utf8(frame).expect("text and ASCII are UTF-8")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sins_have_names() {
        for (text, sin) in [
            ("", FrameError::Empty),
            ("x", FrameError::UnknownType),
            ("é", FrameError::UnknownType),
            ("o ", FrameError::TrailingText),
            ("hh", FrameError::TrailingText),
            ("a", FrameError::Messages(DecodeError::Empty)),
            ("a[1]", FrameError::Messages(DecodeError::NotString { offset: 1 })),
            ("m[]", FrameError::Messages(DecodeError::NotString { offset: 0 })),
            ("c", FrameError::Close),
            ("c[70000,\"\"]", FrameError::Close),
            ("c[3000]", FrameError::Close),
        ] {
            assert_eq!(Frame::decode(&text.into(), 10), Err(sin), "{text}");
        }
    }

    #[test]
    fn a_single_message_is_still_understood() {
        assert_eq!(Frame::decode(&"m\"x\"".into(), 1), Frame::decode(&"a[\"x\"]".into(), 1));
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_to_the_same(
            messages in prop::collection::vec("(?s).{0,12}", 0..5), code: u16, reason in "(?s).{0,12}",
        ) {
            let messages = Messages::from_iter(messages.into_iter().map(ByteString::from));
            for frame in [Frame::Messages(messages), Frame::Close { code, reason: reason.into() }] {
                let text = ByteString::from(frame.encode().into_owned());
                prop_assert_eq!(Frame::decode(&text, 5), Ok(frame));
                for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                    prop_assert!(Frame::decode(&text[..end].into(), 5).is_err());
                }
            }
        }

        #[test]
        fn no_text_panics(text in "(?s)[aohmc]?([\\[\\]\",0-9\\\\]|.){0,20}") {
            let _ = Frame::decode(&text.into(), 5);
        }
    }
}
