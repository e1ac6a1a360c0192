//! Events as SockJS clients write them: a message that is the JSON text `{"name":"said","args":["hi"]}`.
//!
//! SockJS has no events of its own. This text is what [`text_of`](super::text_of) makes of an event of another family, so a
//! client that shares a room with that family can say what it hears.

use bytestring::ByteString;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::packet::Event;
use crate::{AckRequest, Args, json};

/// How deep the arguments may nest: as deep as those of an event of Socket.IO revision 1.
const MAX_DEPTH: usize = 128;

/// The members of an event, unread; others do not matter.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow)]
    name: &'a RawValue,
    #[serde(borrow)]
    args: &'a RawValue,
}

/// The event that a text is, if it is one: a JSON object whose `name` is a string and whose `args` is an array. Everything else
/// is a message and nothing more, half surrogates and arguments nested deeper than 128 levels included.
///
/// The arguments share the text.
///
/// ```
/// use longwire_codec::sockjs::event_of;
///
/// let event = event_of(&r#"{"name":"said","args":["anna",1]}"#.into()).unwrap();
/// assert_eq!((&*event.name, event.args.as_json()), ("said", r#"["anna",1]"#));
/// assert_eq!(event_of(&"hello".into()), None);
/// ```
#[must_use]
pub fn event_of(text: &ByteString) -> Option<Event> {
    // Most messages are no such thing, which can be told by their first byte.
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let Members { name, args } = json::parse(text, MAX_DEPTH + 1).ok()?;
    let args = Some(args.get()).filter(|args| args.starts_with('['))?;
    let name: String = serde_json::from_str(name.get()).ok()?;
    Some(Event { name: name.into(), args: Args::from_checked_json(text.slice_ref(args)), ack: AckRequest::None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, Packet};

    #[test]
    fn what_is_made_of_an_event_is_that_event_again() {
        for (name, args) in [("said", "[]"), ("q\"\\\u{2028}€😀", r#"["\u2028", {"a":[null]}, 1e3]"#), ("", "[[1]]")]
        {
            let packet = Packet::event("/chat", name, Args::from_checked_json(args.into()));
            let text = super::super::text_of(&Message::from(packet)).unwrap().into_owned();
            let event = event_of(&text.into()).unwrap();
            assert_eq!((&*event.name, event.args.as_json()), (name, args));
        }
    }

    #[test]
    fn order_white_space_and_other_members_do_not_matter() {
        let event = event_of(&" {\n\"x\": {\"name\": 1}, \"args\": [ 1 ] ,\"name\":\"\\u0061\"} ".into()).unwrap();
        assert_eq!((&*event.name, event.args.as_json()), ("a", "[ 1 ]"));
    }

    #[test]
    fn other_texts_are_messages() {
        let deep = format!(r#"{{"name":"a","args":{}{}}}"#, "[".repeat(129), "]".repeat(129));
        for text in [
            "",
            "hello",
            "{",
            "[]",
            r#"{"name":"a"}"#,
            r#"{"args":[]}"#,
            r#"{"name":1,"args":[]}"#,
            r#"{"name":"a","args":{}}"#,
            r#"{"name":"a","args":"[]"}"#,
            r#"{"name":"a","args":null}"#,
            r#"{"name":"a","args":[]} x"#,
            r#"{"name":"a","args":[1,]}"#,
            r#"{"name":"a","args":["\ud83d"]}"#,
            r#"{"name":"a","name":"b","args":[]}"#,
            &deep,
        ] {
            assert_eq!(event_of(&text.into()), None, "{text}");
        }
        assert!(event_of(&deep.replacen('[', "", 1).replacen(']', "", 1).into()).is_some());
    }
}
