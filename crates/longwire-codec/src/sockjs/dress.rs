//! What stands around a frame, for each kind of HTTP transport.

use bytes::Bytes;

use super::forms;
use super::{eventsource, htmlfile};
use crate::json_string::{Context, push_escaped};
use crate::{Outbound, WireFormat};

/// How a transport dresses frames. A frame in its dress is one chunk of a chunked response: the official suite reads so.
///
/// ```
/// use longwire_codec::sockjs::{Dress, Frame};
///
/// assert_eq!(Dress::Line.wrap(&Frame::Open.encode()), "o\n");
/// assert_eq!(Dress::Event.wrap("a[\"100%\"]"), "data: a[\"100%25\"]\r\n\r\n");
/// assert_eq!(Dress::Script.wrap("a[\"</b>\"]"), "<script>\np(\"a[\\\"\\u003c/b>\\\"]\");\n</script>\r\n");
/// assert_eq!(Dress::Call.wrap("o"), "(\"o\");\r\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dress {
    /// A line of its own: xhr-streaming and xhr-polling.
    Line,
    /// An event: [`eventsource`].
    Event,
    /// A script element: [`htmlfile`].
    Script,
    /// The argument of a call: [`jsonp`](super::jsonp), behind [`opening`](super::jsonp::opening).
    Call,
}

impl Dress {
    /// The form of a message that is a frame of its own.
    #[must_use]
    pub const fn form(self) -> WireFormat {
        match self {
            Self::Line => WireFormat::SOCKJS_LINE,
            Self::Event => WireFormat::SOCKJS_EVENT,
            Self::Script => WireFormat::SOCKJS_SCRIPT,
            Self::Call => WireFormat::SOCKJS_CALL,
        }
    }

    /// A frame in its dress.
    #[must_use]
    pub fn wrap(self, frame: &str) -> Bytes {
        let (opening, closing) = self.around();
        let mut wrapped = String::with_capacity(opening.len() + frame.len() * 5 / 4 + closing.len());
        wrapped.push_str(opening);
        match self {
            Self::Line => wrapped.push_str(frame),
            Self::Event => eventsource::push_escaped(&mut wrapped, frame),
            Self::Script => push_escaped(&mut wrapped, frame, Context::JavaScript),
            Self::Call => push_escaped(&mut wrapped, frame, Context::Json),
        }
        wrapped.push_str(closing);
        // A form may be kept for long.
        wrapped.shrink_to_fit();
        wrapped.into()
    }

    /// One frame of several messages: that of each is made once and shared, only the joining is done here. Messages that say
    /// nothing in SockJS are left out; nothing but such messages is an empty frame.
    ///
    /// ```
    /// use longwire_codec::sockjs::Dress;
    /// use longwire_codec::{Outbound, Payload};
    ///
    /// let messages = ["a", "b"].map(|text| Outbound::from(Payload::from(text)));
    /// assert_eq!(Dress::Line.join(&messages), "a[\"a\",\"b\"]\n");
    /// assert_eq!(Dress::Script.join(&messages), "<script>\np(\"a[\\\"a\\\",\\\"b\\\"]\");\n</script>\r\n");
    /// ```
    #[must_use]
    pub fn join<'a, I>(self, messages: I) -> Bytes
    where
        I: IntoIterator<Item = &'a Outbound, IntoIter: Clone>,
    {
        let mut forms = messages.into_iter().map(|message| message.form(self.form())).filter(|form| !form.is_empty());
        let all = forms.clone();
        match (forms.next(), forms.next()) {
            (None, _) => Bytes::new(),
            (Some(only), None) => only.clone(),
            (Some(_), Some(_)) => self.join_forms(all),
        }
    }

    fn join_forms<'a>(self, forms: impl Iterator<Item = &'a Bytes> + Clone) -> Bytes {
        let (opening, closing) = self.around();
        // `a[` and `]` mean the same in every dress.
        let (opening, closing) = (opening.len() + 2, 1 + closing.len());
        let mut joined = Vec::with_capacity(forms.clone().map(Bytes::len).sum());
        for form in forms {
            let content = &form[opening..form.len() - closing];
            if joined.is_empty() {
                joined.extend_from_slice(&form[..opening]);
            } else {
                joined.push(b',');
            }
            joined.extend_from_slice(content);
        }
        joined.push(b']');
        joined.extend_from_slice(self.around().1.as_bytes());
        joined.into()
    }

    /// What stands ahead of a frame and behind it.
    pub(super) const fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::Line => ("", "\n"),
            Self::Event => ("data: ", "\r\n\r\n"),
            Self::Script => (htmlfile::SCRIPT_OPEN, htmlfile::SCRIPT_CLOSE),
            Self::Call => ("(\"", "\");\r\n"),
        }
    }

    /// A message as a frame of its own.
    pub(super) fn wrap_message(self, text: &str) -> Bytes {
        match self {
            Self::Line => forms::message_frame("", text, "\n"),
            Self::Event | Self::Script | Self::Call => self.wrap(&forms::frame_of(text)),
        }
    }
}
