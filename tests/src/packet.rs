//! The packets that tests send most, as the wire has them. All others are written out where they are used.

use serde_json::Value;

/// An event. `args` is the list of its arguments; an empty one is left out, as clients do.
#[must_use]
pub fn event(endpoint: &str, name: &str, args: &Value) -> String {
    event_with_id("", endpoint, name, args)
}

/// An event that wants an answer: `id` is the whole field, with its plus sign where there is one.
#[must_use]
pub fn event_with_id(id: &str, endpoint: &str, name: &str, args: &Value) -> String {
    let args = if args.as_array().is_some_and(Vec::is_empty) { String::new() } else { format!(r#","args":{args}"#) };
    format!(r#"5:{id}:{endpoint}:{{"name":"{name}"{args}}}"#)
}
