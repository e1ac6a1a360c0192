//! Packets that are none, on a WebSocket: dropped, or taken for what they mean, and the session goes on (section 1.8).

use super::super::check::{Check, Difference, Outcome};
use super::super::context::Context;
use super::session::{Socket, await_missing};
use super::vectors::{self, Malformed};

pub(crate) fn checks() -> Vec<Check> {
    let rows = vectors::malformed("packet").filter_map(|(number, row)| Some((number, row, row.input.as_deref()?)));
    rows.map(|(number, row, input)| {
        let verdict = match (row.strict.action.as_str(), row.strict.like.as_deref()) {
            ("accept", Some(like)) => format!("means {like}"),
            ("reject", _) => "is refused".to_owned(),
            (_, _) => "is dropped".to_owned(),
        };
        let about = format!("{input:?} {verdict}: {}", row.why);
        Check::new(vectors::name(number, &row.why), "1.8", about, move |cx| taken(cx, row, input))
    })
    .collect()
}

const ASK: &str = r#"5:::{"name":"ask","args":["q"]}"#;
const QUESTION: &str = r#"5:1+::{"name":"question","args":["q"]}"#;

fn taken(cx: &Context, row: &Malformed, input: &str) -> Outcome {
    if row.strict.like.as_deref() == Some("0::") {
        return ends_session(cx, input);
    }
    let mut socket = Socket::open(cx)?;
    if input.starts_with("6:") {
        // An answer can only be wrong when there is a question.
        socket.send(ASK)?;
        cx.same("the question", [QUESTION].as_slice(), socket.answers()?.as_slice())?;
    }
    socket.send(&visible(input))?;
    let expected = expected(row, input);
    let mut answers = socket.answers()?;
    await_missing(&mut socket, &mut answers, expected.len())?;
    answers.extend(socket.answers()?);
    cx.same("answers", expected, answers)
}

fn ends_session(cx: &Context, input: &str) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.send(input)?;
    cx.same("answer", "0::", socket.packet()?.as_str())?;
    socket.websocket.expect_close(cx, Some(1000))
}

/// The events of the vectors are called `x`, and the reference app handles `echo`.
fn visible(wire: &str) -> String {
    wire.replace(r#""name":"x""#, r#""name":"echo""#)
}

/// All that comes back.
fn expected(row: &Malformed, input: &str) -> Vec<String> {
    let one = |packet: &str| vec![packet.to_owned()];
    match (row.strict.action.as_str(), row.strict.like.as_deref()) {
        ("accept", Some("6:::1")) => one(r#"5:::{"name":"answered"}"#),
        ("accept", Some("1::/chat:?a=1")) => one("1::/chat"),
        ("accept", Some(like)) => one(&visible(like)),
        // Every refused packet of the vectors is a connect packet, and one of those they want ignored names an endpoint too:
        // section 6 wants all of them answered.
        ("reject", _) | (_, None) if input.starts_with("1::") => {
            vec![format!("7::{}:2", input.trim_start_matches("1::"))]
        }
        (_, _) => Vec::new(),
    }
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("005-the-specification-prints-this-form", "silence", "the specification prints the short form, and one Perl library sends it"),
    Difference::of_socketio_09("022-leading-separator-the-unanchored", r#"answers: ["3:::x"]"#, UNANCHORED),
    Difference::of_socketio_09("023-two-leading-separators-the-same", r#"answers: ["3:::hello"]"#, UNANCHORED),
    Difference::of_socketio_09("024-the-same-with-an-event", r#"answers: ["5:::{\"name\":\"echo\"}"]"#, UNANCHORED),
    Difference::of_socketio_09("025-word-before-the-packet", r#"answers: ["6:::3"]"#, UNANCHORED),
    Difference::of_socketio_09("043-leading-zeros-the-reference-server", r#"answers: ["6:::007", "3:::lead"]"#, IDS),
    Difference::of_socketio_09("044-id-above-2-53-1-the-reference-server", r#"answers: ["6:::99999999999999999999", "3:::big"]"#, IDS),
    Difference::of_socketio_09("046-json-packet-without-json-the", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("047-the-same-without-separator", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("048-not-json-the-same", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("049-single-quotes", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("050-unquoted-member", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("051-trailing-comma", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("052-nan", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("053-undefined", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("054-unfinished", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("055-two-values", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("056-number-out-of-range-javascript-reads", r#"answers: ["4:::null"]"#, JSON),
    Difference::of_socketio_09("057-escaped-lone-surrogate-javascript", r#"answers: ["3:::�"]"#, JSON),
    Difference::of_socketio_09("058-raw-newline-in-a-json-string", r#"answers: ["4:::false"]"#, JSON),
    Difference::of_socketio_09("059-with-an-id-the-reference-server-acks", r#"answers: ["6:::1", "4:::false"]"#, JSON),
    Difference::of_socketio_09("082-with-an-id-the-reference-server-acks", r#"answers: ["6:::1"]"#, IDS_EVENT),
    Difference::of_socketio_09("089-fraction-the-pattern-reads-id-1-and", r#"answers: ["5:::{\"name\":\"answered\"}"]"#, "the pattern takes what follows the digits for arguments"),
    Difference::of_socketio_09("090-space-before-the-plus", r#"answers: ["5:::{\"name\":\"answered\"}"]"#, "the pattern takes what follows the digits for arguments"),
    Difference::of_socketio_09("095-arguments-are-an-object-javascript", r#"answers: ["5:::{\"name\":\"answered\"}"]"#, "an object is no list of arguments"),
    Difference::of_socketio_09("096-arguments-are-a-string-when-id-1-is", "the end of the connection", DIES_ACK).deadly(),
    Difference::of_socketio_09("097-arguments-are-a-number-the-same", "the end of the connection", DIES_ACK).deadly(),
    Difference::of_socketio_09("102-one-field-too-many", r#"answers: ["6:::3"]"#, "it answers whatever has an id"),
    Difference::of_socketio_09("107-newline-in-the-endpoint-parses-as", "answers: []", NOSUCH),
    Difference::of_socketio_09("108-query-glued-to-the-endpoint-as-the", "answers: []", GLUED),
    Difference::of_socketio_09("109-endpoint-nobody-declared-0-9-19-stays", "answers: []", NOSUCH),
    Difference::of_socketio_09("112-name-of-an-object-property-as", "the end of the connection", DIES_NAME).deadly(),
    Difference::of_socketio_09("113-the-same-with-a-message", "the end of the connection", DIES_NAME).deadly(),
];

// Why, in several rows.
const GLUED: &str = "it looks for an endpoint of that very name";
// Why, in several rows.
const NOSUCH: &str = "it stays silent about an endpoint that nobody declared, and the client waits for ever";
// Why, in several rows.
const UNANCHORED: &str = "its pattern is not anchored, and skips what stands ahead of a packet";
// Why, in several rows.
const IDS: &str = "it keeps ids as text, whatever their value";
// Why, in several rows.
const JSON: &str = "it delivers false, or what is left, where JSON cannot be read";
// Why, in several rows.
const IDS_EVENT: &str = "it answers the id of an event that it cannot read";
// Why, in several rows.
const DIES_ACK: &str = "it calls back with something that is no list, and the process ends";
// Why, in several rows.
const DIES_NAME: &str = "it finds the name on a plain object, and the process ends";
