//! Endpoints, which the API calls namespaces: opening, closing, and what is sent around them (section 6).

use super::super::check::{Check, Difference, Outcome};
use super::super::context::Context;
use super::super::launch::Timers;
use super::session::{FENCE, Polling, Socket};
use super::stream::{Kind, Stream, talk};
use super::why::{ACKED_AND_LOST, AGAIN, GLUED, MEMBERS, NEVER_REFUSED, NO_LEAVING, NOT_HELD, SAME_LIST};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks: Vec<_> = TALKS
        .iter()
        .map(|(name, section, about, sent, answers)| {
            Check::new(*name, section, *about, move |cx| talk(cx, sent, answers)).with_timers(Timers::LONG)
        })
        .collect();
    checks.extend([
        Check::new("over-polls", "6", "endpoints are opened in a POST, and answered in one poll", over_polls),
        Check::new("over-htmlfile", "6", "and on htmlfile", over_htmlfile),
        Check::new("kick", "6", "the server closes an endpoint by 0::/chat, and the session lives", kick),
        Check::new("kick-session", "6", "the server closes the whole session from an endpoint by 0::", |cx| {
            ended_by(cx, r#"5::/chat:{"name":"kick-session"}"#)
        }),
        Check::new("default-endpoint-ends-all", "6", "0:: ends the session, with all its endpoints", |cx| {
            ended_by(cx, "0::")
        }),
        Check::new("kick-on-the-default-endpoint", "6", "a kick on the default endpoint ends the session", |cx| {
            ended_by(cx, r#"5:::{"name":"kick"}"#)
        }),
        Check::new("two-sessions", "6", "what one session opens is not open for another", two_sessions),
        Check::new("rooms-are-left", "6", "who leaves an endpoint leaves its rooms", rooms_are_left),
        Check::new("rooms-of-endpoints-differ", "7.1", "a room of one endpoint is not that of another", rooms_differ),
        Check::new(
            "room-and-endpoint-differ",
            "7.1",
            "room chat and endpoint /chat are different",
            room_is_no_endpoint,
        )
        .on_own_server(),
        Check::new("held-packets-are-dropped", "6", "packets ahead of a connect that never comes are dropped", held)
            .with_timers(Timers::LONG)
            .waits(),
        Check::new("many-refusals", "6", "100 endpoints that nobody declared get 100 refusals", many),
    ]);
    checks
}

/// Talks over a WebSocket: name, section, about, sent, answers.
type Talk = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const TALKS: &[Talk] = &[
    ("open", "6", "1::/chat is answered by 1::/chat", &["1::/chat"], &["1::/chat"]),
    ("open-with-query", "1.4", "the query of 1::/chat:?a=b is not echoed", &["1::/chat:?a=b"], &["1::/chat"]),
    ("open-with-glued-query", "1.4", "1::/chat?a=b opens /chat", &["1::/chat?a=b"], &["1::/chat"]),
    ("open-with-id", "1.3", "1:5:/chat is acknowledged ahead of the echo", &["1:5:/chat"], &["6::/chat:5", "1::/chat"]),
    ("unknown", "6", "an endpoint nobody declared is refused", &["1::/nosuch"], &["7::/nosuch:2"]),
    ("slash-is-not-the-default", "1.4", "/ is not the default endpoint", &["1::/"], &["7::/:2"]),
    ("case-counts", "1.4", "/Chat is not /chat", &["1::/Chat"], &["7::/Chat:2"]),
    ("nothing-is-decoded", "1.4", "/%63hat is not /chat", &["1::/%63hat"], &["7::/%63hat:2"]),
    ("no-prefix", "1.4", "/chat/x is not /chat", &["1::/chat/x"], &["7::/chat/x:2"]),
    (
        "proto",
        "1.8",
        "__proto__ and constructor are names like others",
        &["1::__proto__", "1::constructor"],
        &["7::__proto__:2", "7::constructor:2"],
    ),
    (
        "default-again",
        "6",
        "a client's own 1:: is echoed, and opens nothing anew",
        &["1::", r#"5:1+::{"name":"ack"}"#],
        &["1::", "6:::1"],
    ),
    ("twice", "6", "1::/chat again is echoed", &["1::/chat", "1::/chat"], &["1::/chat", "1::/chat"]),
    (
        "twice-attaches-once",
        "6",
        "events of an endpoint that was opened thrice are handled once",
        &["1::/chat", "1::/chat", "1::/chat", r#"5::/chat:{"name":"echo","args":[1]}"#],
        &["1::/chat", "1::/chat", "1::/chat", r#"5::/chat:{"name":"echo","args":[1]}"#],
    ),
    (
        "default-twice-attaches-once",
        "6",
        "events of a default endpoint that was opened thrice are handled once",
        &["1::", "1::", r#"5:::{"name":"echo","args":[1]}"#],
        &["1::", "1::", r#"5:::{"name":"echo","args":[1]}"#],
    ),
    ("text", "6", "a text goes to its endpoint and back", &["1::/chat", "3::/chat:x"], &["1::/chat", "3::/chat:x"]),
    ("json", "6", "so does JSON", &["1::/chat", "4::/chat:{\"a\":1}"], &["1::/chat", "4::/chat:{\"a\":1}"]),
    (
        "ack",
        "1.3",
        "an ack carries the endpoint",
        &["1::/chat", r#"5:2+:/chat:{"name":"ack","args":["x"]}"#],
        &["1::/chat", r#"6::/chat:2+["x"]"#],
    ),
    (
        "automatic-ack",
        "1.3",
        "so does an automatic one, ahead of all else",
        &["1::/chat", "3:3:/chat:x"],
        &["1::/chat", "6::/chat:3", "3::/chat:x"],
    ),
    (
        "packets-before-connect",
        "6",
        "packets that come ahead of the connect are delivered behind it, in order",
        &["3::/chat:a", r#"5::/chat:{"name":"echo","args":["b"]}"#, "3::/chat:c", "1::/chat"],
        &["1::/chat", "3::/chat:a", r#"5::/chat:{"name":"echo","args":["b"]}"#, "3::/chat:c"],
    ),
    (
        "packets-before-connect-are-acked",
        "6",
        "and acknowledged behind it, not before",
        &["3:7:/chat:a", "1::/chat"],
        &["1::/chat", "6::/chat:7", "3::/chat:a"],
    ),
    (
        "packets-before-connect-pass-others",
        "6",
        "other endpoints do not wait for them",
        &["3::/chat:held", "3:::free", "1::/chat"],
        &["3:::free", "1::/chat", "3::/chat:held"],
    ),
    (
        "packets-with-connect",
        "6",
        "packets in the same breath as the connect are delivered",
        &["1::/chat", "3::/chat:x"],
        &["1::/chat", "3::/chat:x"],
    ),
    (
        "packets-for-unknown",
        "6",
        "packets for a refused endpoint are dropped",
        &["1::/nosuch", "3:1:/nosuch:x"],
        &["7::/nosuch:2"],
    ),
    ("close", "6", "0::/chat is answered by nothing", &["1::/chat", "0::/chat"], &["1::/chat"]),
    (
        "close-is-the-end",
        "6",
        "what comes for /chat behind 0::/chat is dropped, not held and not acknowledged",
        &["1::/chat", "0::/chat", "3::/chat:x", r#"5:1+:/chat:{"name":"ack"}"#],
        &["1::/chat"],
    ),
    (
        "close-leaves-the-session",
        "6",
        "the session goes on behind 0::/chat",
        &["1::/chat", "0::/chat", "3:::x"],
        &["1::/chat", "3:::x"],
    ),
    (
        "reopen",
        "6",
        "a closed endpoint can be opened again, and nothing of before is delivered",
        &["1::/chat", "0::/chat", "3::/chat:lost", "1::/chat", "3::/chat:x"],
        &["1::/chat", "1::/chat", "3::/chat:x"],
    ),
    (
        "close-of-nothing",
        "6",
        "closing what was never open does nothing",
        &["0::/chat", "0::/nosuch", "3:::x"],
        &["3:::x"],
    ),
    (
        "close-with-id",
        "1.3",
        "the id of a disconnect does not matter",
        &["1::/chat", "0:4:/chat", "3::/chat:x"],
        &["1::/chat"],
    ),
];

fn over_polls(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let sent = ["1::/chat", "1::/nosuch", "3::/chat:x", "3:::y", FENCE];
    session.send(&sent)?;
    cx.same(
        "packets",
        ["1::/chat", "7::/nosuch:2", "3::/chat:x", "3:::y", FENCE].to_vec(),
        session.packets_until(FENCE)?,
    )
}

fn over_htmlfile(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.send(&["1::/chat", "3::/chat:x"])?;
    stream.expect(&["1::/chat", "3::/chat:x"])
}

fn kick(cx: &Context) -> Outcome {
    let mut socket = Socket::open_on(cx, "/chat")?;
    socket.send(r#"5::/chat:{"name":"kick"}"#)?;
    socket.expect(cx, "0::/chat")?;
    socket.send("3::/chat:x")?;
    socket.expect_answers(cx, &[])
}

/// Sends a packet that ends a session with two endpoints.
fn ended_by(cx: &Context, packet: &str) -> Outcome {
    let mut socket = Socket::open_on(cx, "/chat")?;
    socket.send(packet)?;
    socket.expect(cx, "0::")?;
    let rest = socket.websocket.connection.rest()?;
    // At most a close frame.
    let quiet = rest.is_empty() || rest[0] == 0x88;
    cx.that("the end", quiet, if quiet { "the end" } else { "further packets" })
}

fn two_sessions(cx: &Context) -> Outcome {
    let _one = Socket::open_on(cx, "/chat")?;
    let mut other = Socket::open(cx)?;
    other.send("3:1:/chat:x")?;
    other.expect_answers(cx, &[])
}

/// An event for a room, acknowledged or not.
fn event(endpoint: &str, id: &str, name: &str, args: &str) -> String {
    format!(r#"5:{id}:{endpoint}:{{"name":"{name}","args":[{args}]}}"#)
}

/// Joins a room, named after the session so that no other check is in it.
fn join(cx: &Context, socket: &mut Socket, endpoint: &str, room: &str) -> Outcome {
    socket.send(&event(endpoint, "1+", "join", room))?;
    socket.expect(cx, &format!("6::{endpoint}:1+[{room}]"))
}

fn rooms_are_left(cx: &Context) -> Outcome {
    let (mut member, mut sender) = (Socket::open_on(cx, "/chat")?, Socket::open_on(cx, "/chat")?);
    let room = format!("\"{}\"", member.handshake.sid);
    join(cx, &mut member, "/chat", &room)?;
    member.send("0::/chat")?;
    member.connect("/chat")?;
    sender.send(&event("/chat", "", "to-room", &format!("{room},1")))?;
    sender.expect_answers(cx, &[])?;
    member.expect_answers(cx, &[])
}

fn rooms_differ(cx: &Context) -> Outcome {
    let (mut member, mut sender) = (Socket::open_on(cx, "/chat")?, Socket::open_on(cx, "/chat")?);
    let room = format!("\"{}\"", member.handshake.sid);
    join(cx, &mut member, "/chat", &room)?;
    sender.send(&event("", "", "to-room", &format!("{room},1")))?;
    sender.expect_answers(cx, &[])?;
    member.expect_answers(cx, &[])?;
    sender.send(&event("/chat", "", "to-room", &format!("{room},2")))?;
    member.expect(cx, &event("/chat", "", "room", &format!("{room},2")))
}

pub(super) fn room_is_no_endpoint(cx: &Context) -> Outcome {
    let (mut member, mut sender) = (Socket::open(cx)?, Socket::open_on(cx, "/chat")?);
    join(cx, &mut member, "", "\"chat\"")?;
    sender.send(&event("/chat", "", "broadcast", "1"))?;
    sender.expect_answers(cx, &[])?;
    member.expect_answers(cx, &[])?;
    // And the room is one.
    sender.send(&event("", "", "to-room", "\"chat\",2"))?;
    member.expect(cx, &event("", "", "room", "\"chat\",2"))
}

fn held(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.send("3:1:/chat:held")?;
    socket.expect_answers(cx, &[])?;
    socket.websocket.connection.expect_silence(std::time::Duration::from_millis(5500))?;
    socket.connect("/chat")?;
    socket.expect_answers(cx, &[])
}

fn many(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    for number in 0..100 {
        socket.send(&format!("1::/nosuch{number}"))?;
    }
    let answers = socket.answers()?;
    let refused = answers.iter().filter(|answer| answer.starts_with("7::/nosuch")).count();
    cx.same("refused", 100, refused)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("open-with-glued-query", "packets: []", GLUED),
    Difference::of_socketio_09("unknown", "packets: []", NEVER_REFUSED),
    Difference::of_socketio_09("slash-is-not-the-default", "packets: []", NEVER_REFUSED),
    Difference::of_socketio_09("case-counts", "packets: []", NEVER_REFUSED),
    Difference::of_socketio_09("nothing-is-decoded", "packets: []", NEVER_REFUSED),
    Difference::of_socketio_09("no-prefix", "packets: []", NEVER_REFUSED),
    Difference::of_socketio_09("proto", "the end of the connection", MEMBERS).deadly(),
    Difference::of_socketio_09("default-again", r#"packets: ["1::", "6:::1", "6:::1"]"#, AGAIN),
    Difference::of_socketio_09("twice-attaches-once", r#"packets: ["1::/chat", "1::/chat", "1::/chat", "5::/chat:{\"name\":\"echo\",\"args\":[1]}", "5::/chat:{\"name\":\"echo\",\"args\":[1]}", "5::/chat:{\"name\":\"echo\",\"args\":[1]}"]"#, AGAIN),
    Difference::of_socketio_09("default-twice-attaches-once", r#"packets: ["1::", "1::", "5:::{\"name\":\"echo\",\"args\":[1]}", "5:::{\"name\":\"echo\",\"args\":[1]}", "5:::{\"name\":\"echo\",\"args\":[1]}"]"#, AGAIN),
    Difference::of_socketio_09("packets-before-connect", r#"packets: ["1::/chat"]"#, NOT_HELD),
    Difference::of_socketio_09("packets-before-connect-are-acked", r#"packets: ["6::/chat:7", "1::/chat"]"#, ACKED_AND_LOST),
    Difference::of_socketio_09("packets-before-connect-pass-others", r#"packets: ["3:::free", "1::/chat"]"#, NOT_HELD),
    Difference::of_socketio_09("packets-for-unknown", r#"packets: ["6::/nosuch:1"]"#, ACKED_AND_LOST),
    Difference::of_socketio_09("close-is-the-end", r#"packets: ["1::/chat", "3::/chat:x", "6::/chat:1"]"#, NO_LEAVING),
    Difference::of_socketio_09("reopen", r#"packets: ["1::/chat", "3::/chat:lost", "1::/chat", "3::/chat:x", "3::/chat:x"]"#, NOT_HELD),
    Difference::of_socketio_09("close-with-id", r#"packets: ["1::/chat", "6::/chat:4", "3::/chat:x"]"#, "it acknowledges the id of a disconnect, and goes on serving the endpoint"),
    Difference::of_socketio_09("over-polls", r#"packets: ["1::/chat", "3::/chat:x", "3:::y", "3:::the fence"]"#, NEVER_REFUSED),
    Difference::of_socketio_09("kick", r#"packets: ["3::/chat:x"]"#, NO_LEAVING),
    Difference::of_socketio_09("two-sessions", r#"packets: ["6::/chat:1"]"#, ACKED_AND_LOST),
    Difference::of_socketio_09("rooms-are-left", r#"packets: ["5::/chat:{\"name\":\"room\",\"args\":[\"{sid}\",1]}"]"#, "who leaves an endpoint stays in its rooms there"),
    Difference::of_socketio_09("room-and-endpoint-differ", r#"packets: ["5::/chat:{\"name\":\"broadcast\",\"args\":[1]}"]"#, SAME_LIST),
    Difference::of_socketio_09("held-packets-are-dropped", r#"packets: ["6::/chat:1"]"#, ACKED_AND_LOST),
    Difference::of_socketio_09("many-refusals", "refused: 0", NEVER_REFUSED),
];
