//! Acknowledgements: who answers which id, how, and what is no answer (section 1.3).

use super::super::check::{Check, Difference, Outcome};
use super::super::context::Context;
use super::super::launch::Timers;
use super::session::Socket;
use super::stream::talk;
use super::why::{ACK_ENDS_IT, BY_ENDPOINT, KEPT};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks: Vec<_> = TALKS
        .iter()
        .map(|(name, section, about, sent, answers)| {
            Check::new(*name, section, *about, move |cx| talk(cx, sent, answers))
        })
        .collect();
    checks.extend(ANSWERS.iter().map(|(name, section, about, endpoint, answer, told)| {
        Check::new(*name, section, *about, move |cx| answered(cx, endpoint, answer, *told))
    }));
    checks.extend([
        Check::new("plus-on-questions", "1.3", "an event that wants an answer is written with a plus", plus),
        Check::new("ids-count-up", "1.3", "ids count from 1 upward", |cx| {
            let mut socket = Socket::open(cx)?;
            for id in 1..=5 {
                cx.same("id", id, ask(&mut socket, "")?)?;
            }
            Ok(())
        }),
        Check::new("one-counter", "1.3", "one counter for all endpoints of a session", one_counter),
        Check::new("answered-twice", "1.3", "a second answer to the same id is nothing", twice),
        Check::new("answers-in-any-order", "1.3", "answers may come in any order", any_order),
        Check::new("answer-to-nothing", "1.3", "answers to ids that nobody asked for are nothing", |cx| {
            talk(cx, &["6:::99", "6:::0+[]", "6:::99+[1]", "6::/chat:1", "6:::9007199254740993+[1]"], &[])
        }),
        Check::new("answer-of-another-session", "1.3", "nor does an answer count that another session gives", stranger),
    ]);
    // A heartbeat is answered, so that waiting for something else would not end.
    checks.into_iter().map(|check| check.with_timers(Timers::LONG)).collect()
}

type Talk = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// Talks over a WebSocket: name, section, about, sent, answers.
const TALKS: &[Talk] = &[
    ("text-with-id", "1.3", "3:1::x is acknowledged at once, ahead of the echo", &["3:1::x"], &["6:::1", "3:::x"]),
    ("json-with-id", "1.3", "4:1::1 is acknowledged at once, ahead of the echo", &["4:1::1"], &["6:::1", "4:::1"]),
    (
        "event-with-id",
        "1.3",
        "5:1::… is acknowledged at once, ahead of what the handler sends",
        &[r#"5:1::{"name":"echo","args":["x"]}"#],
        &["6:::1", r#"5:::{"name":"echo","args":["x"]}"#],
    ),
    (
        "event-with-plus",
        "1.3",
        "5:1+::… is answered by the application, with data",
        &[r#"5:1+::{"name":"ack","args":["A","B"]}"#],
        &[r#"6:::1+["A","B"]"#],
    ),
    (
        "event-with-plus-unhandled",
        "1.3",
        "5:1+::… that no handler answers is not acknowledged",
        &[r#"5:1+::{"name":"nobody"}"#],
        &[],
    ),
    ("connect-with-id", "1.3", "1:4:… is acknowledged ahead of its echo", &["1:4:/chat"], &["6::/chat:4", "1::/chat"]),
    (
        "largest-id",
        "1.1",
        "ids go up to 9007199254740991",
        &["3:9007199254740991::x"],
        &["6:::9007199254740991", "3:::x"],
    ),
    (
        "same-id-again",
        "1.3",
        "ids of a client may repeat",
        &["3:1::x", "3:1::y"],
        &["6:::1", "3:::x", "6:::1", "3:::y"],
    ),
    (
        "ids-need-no-order",
        "1.3",
        "and need no order",
        &[r#"5:9+::{"name":"ack"}"#, r#"5:2+::{"name":"ack"}"#],
        &["6:::9", "6:::2"],
    ),
    (
        "automatic-ack-carries-the-endpoint",
        "1.3",
        "the ack carries the endpoint of what it answers",
        &["1::/chat", "3:1:/chat:x"],
        &["1::/chat", "6::/chat:1", "3::/chat:x"],
    ),
    (
        "no-ack-of-broken-json",
        "1.8",
        "a packet that is dropped is not acknowledged",
        &["4:1::{", "5:2::[]", "5:3::x"],
        &[],
    ),
    ("plus-alone", "1.7", "+ alone is no id", &["3:+::x"], &["3:::x"]),
];

type Answer = (&'static str, &'static str, &'static str, &'static str, &'static str, Option<&'static str>);

/// Answers to a question: name, section, about, endpoint, answer (`#` stands for the id), arguments that the app is told.
const ANSWERS: &[Answer] = &[
    ("answer", "1.3", "6:::ID+[…] answers with data", "", r##"6:::#+["A",2]"##, Some(r#""A",2"#)),
    ("answer-on-chat", "1.3", "6::/chat:ID+[…] answers on /chat", "/chat", "6::/chat:#+[1]", Some("1")),
    ("answer-without-endpoint", "1.3", "native clients leave the endpoint out", "/chat", "6:::#+[1]", Some("1")),
    ("answer-of-another-endpoint", "1.3", "an answer with a wrong endpoint is none", "/chat", "6::/nosuch:#+[1]", None),
    ("answer-without-data", "1.3", "6:::ID answers without data", "", "6:::#", Some("")),
    ("answer-with-plus-alone", "1.3", "so does 6:::ID+", "", "6:::#+", Some("")),
    ("answer-with-empty-data", "1.3", "and 6:::ID+[]", "", "6:::#+[]", Some("")),
    ("answer-with-broken-json", "1.8", "and 6:::ID+notjson", "", "6:::#+notjson", Some("")),
    ("answer-with-a-string", "1.8", "6:::ID+\"text\" is dropped", "", "6:::#+\"text\"", None),
    ("answer-with-a-number", "1.8", "6:::ID+5 is dropped", "", "6:::#+5", None),
    ("answer-in-the-id-field", "1.3", "an id in the id field is no answer", "", "6:#::", None),
    ("answer-with-leading-zero", "1.1", "an id with a leading zero is none", "", "6:::0#", None),
];

/// Makes the app ask; returns the id.
fn ask(socket: &mut Socket, endpoint: &str) -> Outcome<u64> {
    socket.send(&format!(r#"5::{endpoint}:{{"name":"ask","args":["?"]}}"#))?;
    let question = socket.packet()?;
    let id = question.strip_prefix("5:").and_then(|rest| rest.split_once(':'));
    let id = id.and_then(|(id, _)| id.trim_end_matches('+').parse().ok());
    id.ok_or_else(|| super::super::check::Failure::differs("a question with an id", question))
}

fn open(cx: &Context, endpoint: &str) -> Outcome<Socket> {
    if endpoint.is_empty() { Socket::open(cx) } else { Socket::open_on(cx, endpoint) }
}

/// What the app tells of an answer.
fn told(endpoint: &str, args: &str) -> String {
    if args.is_empty() {
        format!(r#"5::{endpoint}:{{"name":"answered"}}"#)
    } else {
        format!(r#"5::{endpoint}:{{"name":"answered","args":[{args}]}}"#)
    }
}

fn answered(cx: &Context, endpoint: &str, answer: &str, args: Option<&str>) -> Outcome {
    let mut socket = open(cx, endpoint)?;
    let id = ask(&mut socket, endpoint)?;
    socket.send(&answer.replacen('#', &id.to_string(), 1))?;
    let Some(args) = args else {
        socket.expect_answers(cx, &[])?;
        // The question is still open.
        socket.send(&format!("6::{endpoint}:{id}+[\"late\"]"))?;
        return socket.expect(cx, &told(endpoint, "\"late\""));
    };
    socket.expect(cx, &told(endpoint, args))?;
    socket.expect_answers(cx, &[])
}

pub(super) fn plus(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.send(r#"5:::{"name":"ask","args":["?"]}"#)?;
    let question = socket.packet()?;
    cx.that("5:ID+::…", question.starts_with("5:1+::"), question)
}

fn one_counter(cx: &Context) -> Outcome {
    let mut socket = Socket::open_on(cx, "/chat")?;
    let ids = [ask(&mut socket, "")?, ask(&mut socket, "/chat")?, ask(&mut socket, "")?];
    cx.same("ids", [1, 2, 3], ids)
}

fn twice(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    let id = ask(&mut socket, "")?;
    for _ in 0..3 {
        socket.send(&format!("6:::{id}+[1]"))?;
    }
    socket.expect(cx, &told("", "1"))?;
    socket.expect_answers(cx, &[])?;
    socket.expect_answers(cx, &[])
}

fn any_order(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    let (first, second) = (ask(&mut socket, "")?, ask(&mut socket, "")?);
    for (id, args) in [(second, "2"), (first, "1")] {
        socket.send(&format!("6:::{id}+[{args}]"))?;
        socket.expect(cx, &told("", args))?;
    }
    Ok(())
}

fn stranger(cx: &Context) -> Outcome {
    let (mut asked, mut other) = (Socket::open(cx)?, Socket::open(cx)?);
    let id = ask(&mut asked, "")?;
    other.send(&format!("6:::{id}+[1]"))?;
    other.expect_answers(cx, &[])?;
    asked.expect_answers(cx, &[])
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("no-ack-of-broken-json", r#"packets: ["6:::1", "4:::false", "6:::2", "6:::3"]"#, "it acknowledges packets that it cannot read, and delivers false for broken JSON"),
    Difference::of_socketio_09("answer-without-endpoint", "silence", BY_ENDPOINT),
    Difference::of_socketio_09("answer-with-a-string", "the end of the connection", ACK_ENDS_IT).deadly(),
    Difference::of_socketio_09("answer-with-a-number", "the end of the connection", ACK_ENDS_IT).deadly(),
    Difference::of_socketio_09("answer-in-the-id-field", r#"packets: ["6:::1"]"#, "it acknowledges an ack that has an id of its own"),
    Difference::of_socketio_09("one-counter", "ids: [1, 1, 2]", BY_ENDPOINT),
    Difference::of_socketio_09("answered-twice", r#"packets: ["5:::{\"name\":\"answered\",\"args\":[1]}", "5:::{\"name\":\"answered\",\"args\":[1]}"]"#, KEPT),
];
