//! What every packet means, on a WebSocket: one message is one packet there (sections 1.1 to 1.6).

use serde_json::Value;
use serde_json::value::RawValue;

use super::super::check::{Check, Difference, Outcome};
use super::super::context::Context;
use super::session::{Socket, await_missing};
use super::vectors::{self, PACKETS, Packet};

/// A name, a section, what the packets are about, the packets, and all that comes back.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

pub(crate) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = ROWS
        .iter()
        .map(|(name, section, about, sent, answers)| {
            Check::new(*name, section, *about, move |cx| exchange(cx, sent, answers))
        })
        .collect();
    let echoes = PACKETS.iter().enumerate().filter(|(_, row)| echo(row).is_some());
    checks.extend(echoes.map(|(number, row)| {
        let about = format!("{} is sent back: {}", vectors_wire(&row.wire), row.note);
        Check::new(format!("echo-{}", vectors::name(number, &row.note)), "1.2", about, |cx| echoed(cx, row))
    }));
    checks.push(Check::new("question-ids", "1.3", "questions of the server have ids from 1 upward", question_ids));
    checks.push(Check::new("question-id-is-forgotten", "1.3", "an id is answered once", question_id_is_forgotten));
    checks.push(Check::new("deep-json", "10", "JSON of 100,000 levels is dropped, and the session goes on", deep_json));
    checks
}

#[rustfmt::skip] // A table reads best with a line for each row.
const ROWS: &[Row] = &[
    // Events.
    ("event", "1.2", "an event is handled", &[r#"5:::{"name":"echo","args":["x"]}"#], &[r#"5:::{"name":"echo","args":["x"]}"#]),
    ("event-without-arguments", "1.5", "args is left out when empty", &[r#"5:::{"name":"echo"}"#], &[r#"5:::{"name":"echo"}"#]),
    ("event-empty-arguments", "1.5", "an empty args is no args", &[r#"5:::{"name":"echo","args":[]}"#], &[r#"5:::{"name":"echo"}"#]),
    ("event-null-arguments", "1.5", "args null is no args", &[r#"5:::{"name":"echo","args":null}"#], &[r#"5:::{"name":"echo"}"#]),
    ("event-values", "1.5", "arguments of every kind come back", &[r#"5:::{"name":"echo","args":[null,true,false,0,-1.5,"","a\"b\\c",[],{},[1,[2,{"a":null}]]]}"#], &[r#"5:::{"name":"echo","args":[null,true,false,0,-1.5,"","a\"b\\c",[],{},[1,[2,{"a":null}]]]}"#]),
    ("event-non-ascii", "1.5", "non-ASCII characters stay raw", &["5:::{\"name\":\"echo\",\"args\":[\"€ привет 😀\"]}"], &["5:::{\"name\":\"echo\",\"args\":[\"€ привет 😀\"]}"]),
    ("event-line-separators", "1.5", "U+2028 and U+2029 stay raw", &["5:::{\"name\":\"echo\",\"args\":[\"\u{2028}\u{2029}\"]}"], &["5:::{\"name\":\"echo\",\"args\":[\"\u{2028}\u{2029}\"]}"]),
    ("event-arguments-first", "1.5", "members are read in any order", &[r#"5:::{"args":[1],"name":"echo"}"#], &[r#"5:::{"name":"echo","args":[1]}"#]),
    ("event-other-members", "1.5", "other members are ignored", &[r#"5:::{"x":1,"name":"echo","y":[],"args":[1]}"#], &[r#"5:::{"name":"echo","args":[1]}"#]),
    ("event-white-space", "1.5", "white space is read", &["5::: { \"name\" : \"echo\" ,\n \"args\" : [ 1 ] } "], &[r#"5:::{"name":"echo","args":[1]}"#]),
    ("event-escaped-name", "1.5", "a name may be escaped", &[r#"5:::{"name":"\u0065cho","args":[1]}"#], &[r#"5:::{"name":"echo","args":[1]}"#]),
    ("event-unknown", "1.2", "an event without a handler is nothing", &[r#"5:::{"name":"nosuch","args":[1]}"#], &[]),
    ("event-empty-name", "1.5", "an empty name is a name", &[r#"5:::{"name":""}"#], &[]),
    ("event-prototype-names", "10", "names of object members are plain names", &[r#"5:::{"name":"__proto__"}"#, r#"5:::{"name":"constructor"}"#, r#"5:::{"name":"toString"}"#, r#"5:::{"name":"hasOwnProperty"}"#], &[]),
    ("event-on-endpoint", "1.4", "an event is handled on its endpoint", &["1::/chat", r#"5::/chat:{"name":"echo","args":["a:b"]}"#], &["1::/chat", r#"5::/chat:{"name":"echo","args":["a:b"]}"#]),
    // Reserved names.
    ("reserved-message", "1.5", "an event called message is no message", &[r#"5:::{"name":"message","args":["hi"]}"#], &[]),
    ("reserved-disconnect", "1.5", "an event called disconnect ends nothing", &[r#"5:::{"name":"disconnect"}"#], &[]),
    ("reserved-connect", "1.5", "an event called connect is dropped", &[r#"5:::{"name":"connect"}"#, r#"5:::{"name":"connection"}"#], &[]),
    ("reserved-error", "1.5", "an event called error is dropped", &[r#"5:::{"name":"error","args":["x"]}"#], &[]),
    ("reserved-reconnect", "1.5", "events called open, close, retry and reconnect are dropped", &[r#"5:::{"name":"open"}"#, r#"5:::{"name":"close"}"#, r#"5:::{"name":"retry"}"#, r#"5:::{"name":"reconnect"}"#], &[]),
    ("reserved-new-listener", "1.5", "a client raises nothing inside the server", &[r#"5:::{"name":"newListener","args":["x"]}"#], &[]),
    // Who answers an id.
    ("message-id", "1.3", "an id without plus is answered at once, ahead of the handler", &["3:7::x"], &["6:::7", "3:::x"]),
    ("message-id-plus", "1.3", "an id with plus is for the application, which does not answer", &["3:7+::x"], &["3:::x"]),
    ("json-id", "1.3", "the same for JSON", &["4:7::[1]"], &["6:::7", "4:::[1]"]),
    ("json-id-plus", "1.3", "the same for JSON with plus", &["4:7+::[1]"], &["4:::[1]"]),
    ("event-id", "1.3", "the same for events", &[r#"5:7::{"name":"echo","args":[1]}"#], &["6:::7", r#"5:::{"name":"echo","args":[1]}"#]),
    ("event-id-plus", "1.3", "an event with plus is answered by the application", &[r#"5:8+::{"name":"ack","args":["a",{"b":1},null]}"#], &[r#"6:::8+["a",{"b":1},null]"#]),
    ("event-id-plus-no-arguments", "1.3", "an answer without arguments is written 6:::ID", &[r#"5:8+::{"name":"ack"}"#], &["6:::8"]),
    ("event-id-plus-unanswered", "1.3", "a handler that does not answer leaves it at that", &[r#"5:8+::{"name":"echo"}"#], &[r#"5:::{"name":"echo"}"#]),
    ("event-id-unknown-name", "1.3", "an event without a handler is answered by the library", &[r#"5:9::{"name":"nosuch"}"#], &["6:::9"]),
    ("id-zero", "1.3", "id 0 is an id", &["3:0::x"], &["6:::0", "3:::x"]),
    ("id-largest", "1.1", "ids go up to 2^53-1", &["3:9007199254740991::x"], &["6:::9007199254740991", "3:::x"]),
    ("id-plus-alone", "1.7", "a plus alone is no id", &["3:+::x"], &["3:::x"]),
    ("ack-on-endpoint", "1.3", "an answer carries the endpoint", &["1::/chat", "3:4:/chat:x", r#"5:5+:/chat:{"name":"ack","args":[1]}"#], &["1::/chat", "6::/chat:4", "3::/chat:x", "6::/chat:5+[1]"]),
    ("connect-id", "1.3", "a connect packet with an id is answered ahead of its echo", &["1:5:/chat"], &["6::/chat:5", "1::/chat"]),
    // What a client answers.
    ("answer", "1.3", "an answer with arguments reaches the one who asked", &[ASK, r#"6:::1+["a",2]"#], &[QUESTION, r#"5:::{"name":"answered","args":["a",2]}"#]),
    ("answer-without-arguments", "1.3", "6:::ID is an answer", &[ASK, "6:::1"], &[QUESTION, ANSWERED]),
    ("answer-empty-arguments", "1.3", "6:::ID+[] is an answer", &[ASK, "6:::1+[]"], &[QUESTION, ANSWERED]),
    ("answer-plus-alone", "1.3", "6:::ID+ is an answer", &[ASK, "6:::1+"], &[QUESTION, ANSWERED]),
    ("answer-colons", "1.2", "colons and pluses in arguments are data", &[ASK, r#"6:::1+["a+b:c"]"#], &[QUESTION, r#"5:::{"name":"answered","args":["a+b:c"]}"#]),
    ("answer-to-nothing", "1.3", "an answer nobody asked for is ignored", &["6:::1", r#"6:::5+["x"]"#, "6:::0"], &[]),
    ("answer-on-endpoint", "1.3", "a question on an endpoint is answered there", &["1::/chat", ASK_CHAT, r#"6::/chat:1+["y"]"#], &["1::/chat", QUESTION_CHAT, r#"5::/chat:{"name":"answered","args":["y"]}"#]),
    ("answer-without-endpoint", "1.3", "native clients leave the endpoint out", &["1::/chat", ASK_CHAT, r#"6:::1+["y"]"#], &["1::/chat", QUESTION_CHAT, r#"5::/chat:{"name":"answered","args":["y"]}"#]),
    // Heartbeats, noops, errors.
    ("heartbeat", "3.3", "a heartbeat is taken at any time, and not answered", &["2::", "2::", "2:::", "2:::anything", "2::/chat"], &[]),
    ("noop-of-a-client", "1.2", "a noop of a client is ignored", &["8::", "8:::x"], &[]),
    ("error-of-a-client", "1.2", "an error of a client is ignored", &["7::", "7:::1+0", "7::/chat:2"], &[]),
    // Endpoints.
    ("connect", "1.2", "a connect packet is echoed", &["1::/chat"], &["1::/chat"]),
    ("connect-query", "1.4", "a query in the data is accepted, and not echoed", &["1::/chat:?a=b&c=d:e"], &["1::/chat"]),
    ("connect-query-glued", "1.4", "a query glued to the endpoint as well", &["1::/chat?my=param"], &["1::/chat"]),
    ("connect-default", "6", "a connect packet of the default endpoint is echoed", &["1::"], &["1::"]),
    ("endpoint-slash", "1.4", "/ is not the default endpoint", &["1::/"], &["7::/:2"]),
    ("endpoint-case", "1.4", "case counts in endpoints", &["1::/Chat"], &["7::/Chat:2"]),
    ("endpoint-escaped", "1.4", "nothing in an endpoint is decoded", &["1::/%63hat"], &["7::/%63hat:2"]),
    ("endpoint-trailing-slash", "1.4", "endpoints are compared byte for byte", &["1::/chat/"], &["7::/chat/:2"]),
    ("disconnect-endpoint-data", "1.2", "data behind a disconnect is ignored", &["1::/chat", "0::/chat:extra", "3::/chat:x"], &["1::/chat"]),
];

const ASK: &str = r#"5:::{"name":"ask","args":["q"]}"#;
const QUESTION: &str = r#"5:1+::{"name":"question","args":["q"]}"#;
const ANSWERED: &str = r#"5:::{"name":"answered"}"#;
const ASK_CHAT: &str = r#"5::/chat:{"name":"ask","args":["q"]}"#;
const QUESTION_CHAT: &str = r#"5:1+:/chat:{"name":"question","args":["q"]}"#;

/// Sends packets, and demands all that comes back.
pub(crate) fn exchange(cx: &Context, sent: &[&str], answers: &[&str]) -> Outcome {
    let mut socket = Socket::open(cx)?;
    let mut seen = Vec::new();
    for packet in sent {
        socket.send(packet)?;
        // What a client answers has to wait for the question.
        seen.extend(socket.answers()?);
    }
    await_missing(&mut socket, &mut seen, answers.len())?;
    seen.extend(socket.answers()?);
    let seen: Vec<_> = seen.iter().map(|packet| plain_json(packet)).collect();
    cx.same("answers", answers, seen.as_slice())
}

/// The part of a text that names a check by its wire.
fn vectors_wire(wire: &str) -> String {
    let mut shown: String = wire.escape_debug().take(60).collect();
    if shown.len() < wire.len() {
        shown.push('…');
    }
    shown
}

/// What a message packet of the vectors is answered: the endpoint it is on, then the packets.
fn echo(row: &Packet) -> Option<(&str, Vec<String>)> {
    let member = |name| row.packet.get(name);
    let kind = match member("type")?.as_str()? {
        "message" => '3',
        "json" => '4',
        _ => return None,
    };
    let endpoint = member("endpoint")?.as_str()?;
    if row.direction == "encode-only" || !matches!(endpoint, "" | "/chat") {
        return None;
    }
    let data = match member("data") {
        Some(Value::String(text)) if kind == '3' => text.clone(),
        Some(json) if row.direction == "both" && kind == '4' => {
            let data = row.wire.splitn(4, ':').nth(3)?;
            (!json.is_null() || data == "null").then(|| data.to_owned())?
        }
        Some(json) => json.to_string(),
        None => String::new(),
    };
    let id = member("id").filter(|_| member("ack").is_some_and(|ack| ack == true));
    let mut packets: Vec<String> = id.map(|id| format!("6::{endpoint}:{id}")).into_iter().collect();
    packets.push(if data.is_empty() { format!("{kind}::{endpoint}") } else { format!("{kind}::{endpoint}:{data}") });
    Some((endpoint, packets))
}

fn echoed(cx: &Context, row: &Packet) -> Outcome {
    let Some((endpoint, mut expected)) = echo(row) else { return Ok(()) };
    let mut socket = if endpoint.is_empty() { Socket::open(cx)? } else { Socket::open_on(cx, endpoint)? };
    socket.send(&row.wire)?;
    let mut seen = socket.answers()?;
    if row.direction == "decode-only" {
        // The same value may be written in more than one way.
        expected.iter_mut().chain(&mut seen).for_each(|packet| *packet = plain_value(packet));
    }
    cx.same("answers", expected, seen)
}

/// A packet with its JSON written the plain way: white space does not count.
fn plain_json(packet: &str) -> String {
    let fields: Vec<_> = packet.splitn(4, ':').collect();
    match fields.as_slice() {
        [kind @ ("4" | "5"), id, endpoint, json] => match serde_json::from_str::<&RawValue>(json) {
            Ok(value) => format!("{kind}:{id}:{endpoint}:{}", without_white_space(value.get())),
            Err(_) => packet.to_owned(),
        },
        _ => packet.to_owned(),
    }
}

/// A JSON packet with its value written the plain way: escapes and spellings of numbers do not count.
fn plain_value(packet: &str) -> String {
    fn plain(value: Value) -> Value {
        match value {
            Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
            Value::Array(values) => values.into_iter().map(plain).collect(),
            Value::Object(members) => members.into_iter().map(|(name, value)| (name, plain(value))).collect(),
            other @ (Value::Null | Value::Bool(_) | Value::String(_)) => other,
        }
    }
    match packet.strip_prefix("4:::").and_then(|json| serde_json::from_str(json).ok()) {
        Some(value) => format!("4:::{}", plain(value)),
        None => packet.to_owned(),
    }
}

/// JSON without the white space between its tokens; the order of members stays.
fn without_white_space(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let keep = |character: &char| {
        match character {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ => {}
        }
        in_string || !character.is_ascii_whitespace()
    };
    json.chars().filter(keep).collect()
}

fn question_ids(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    let mut ids = Vec::new();
    for _ in 0..3 {
        socket.send(ASK)?;
        ids.extend(socket.answers()?.iter().filter_map(|packet| packet.split(':').nth(1)).map(str::to_owned));
    }
    cx.same("ids", vec!["1+", "2+", "3+"], ids)
}

fn question_id_is_forgotten(cx: &Context) -> Outcome {
    exchange(
        cx,
        &[ASK, r#"6:::1+["first"]"#, r#"6:::1+["second"]"#],
        &[QUESTION, r#"5:::{"name":"answered","args":["first"]}"#],
    )
}

fn deep_json(cx: &Context) -> Outcome {
    const LEVELS: usize = 100_000;
    let packet = format!("4:::{}{}", "[".repeat(LEVELS), "]".repeat(LEVELS));
    let mut socket = Socket::open(cx)?;
    socket.send(&packet)?;
    let answers = socket.answers()?;
    cx.that("no answer", answers.is_empty(), format!("{} packets", answers.len()))
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("reserved-message", r#"answers: ["3:::hi"]"#, "0.9.19 raises whatever a client names, unless it is on a blacklist of one name"),
    Difference::of_socketio_09("answer-without-endpoint", r#"answers: ["1::/chat", "5:1+:/chat:{\"name\":\"question\",\"args\":[\"q\"]}"]"#, "0.9.19 counts ids per endpoint, and native clients answer without it"),
    Difference::of_socketio_09("connect-query-glued", "answers: []", GLUED),
    Difference::of_socketio_09("endpoint-slash", "answers: []", NOSUCH),
    Difference::of_socketio_09("endpoint-case", "answers: []", NOSUCH),
    Difference::of_socketio_09("endpoint-escaped", "answers: []", NOSUCH),
    Difference::of_socketio_09("endpoint-trailing-slash", "answers: []", NOSUCH),
    Difference::of_socketio_09("disconnect-endpoint-data", r#"answers: ["1::/chat", "3::/chat:x"]"#, "0.9.19 still dispatches what comes for an endpoint that was left (socket.io issues 890, 1168)"),
    Difference::of_socketio_09("echo-067-json-string", r#"answers: ["3:::2"]"#, HOST),
    Difference::of_socketio_09("echo-075-empty-string", r#"answers: ["3::"]"#, HOST),
    Difference::of_socketio_09("echo-081-escaped-newline", r#"answers: ["3:::a\nb"]"#, HOST),
    Difference::of_socketio_09("echo-082-the-javascript-encoders-leave-non", r#"answers: ["3:::€😀"]"#, HOST),
    Difference::of_socketio_09("echo-083-escaped-form-of-the-same-string", r#"answers: ["3:::€😀"]"#, HOST),
    Difference::of_socketio_09("echo-088-closing-script-tag-in-json", r#"answers: ["3:::</script>"]"#, HOST),
    Difference::of_socketio_09("question-id-is-forgotten", r#"answers: ["5:1+::{\"name\":\"question\",\"args\":[\"q\"]}", "5:::{\"name\":\"answered\",\"args\":[\"first\"]}", "5:::{\"name\":\"answered\",\"args\":[\"second\"]}"]"#, "0.9.19 keeps an answered id for ever (socket.io issue 1310)"),
    Difference::of_socketio_09("deep-json", "the end of the connection", "its recursion overflows the stack, and the process ends").deadly(),
];

// Why, in several rows.
const GLUED: &str = "it looks for an endpoint of that very name";
// Why, in several rows.
const NOSUCH: &str = "it stays silent about an endpoint that nobody declared, and the client waits for ever";
// Why, in several rows.
const HOST: &str = "its handler gets texts and JSON strings alike, and the reference app there cannot tell them apart";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_between_tokens_does_not_count() {
        let spaced = r#" { "a b" : [ 1 , "\" \\" ] , "c" : " " } "#;
        assert_eq!(without_white_space(spaced), r#"{"a b":[1,"\" \\"],"c":" "}"#);
        assert_eq!(plain_value(r#"4:::[1.5e3, "\u20ac"]"#), plain_value(r#"4:::[1500,"€"]"#));
        assert_eq!(plain_json("3::: x "), "3::: x ");
    }
}
