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

pub(crate) const DIFFERENCES: &[Difference] = &[];
