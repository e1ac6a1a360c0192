//! The reference app over the wire: every row of its table, on the default endpoint and on `/chat` (section 7.1).

use super::super::check::{Check, Difference, Outcome};
use super::super::context::Context;
use super::session::{FENCE, Polling, Socket};
use super::stream::{Kind, Stream};
use super::why::NO_MULTIPART;

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for (suffix, endpoint) in ENDPOINTS {
        checks.extend(TALKS.iter().map(|(name, about, sent, answers)| {
            Check::new(format!("{name}{suffix}"), "7.1", format!("{about}{}", on(endpoint)), move |cx| {
                talk(cx, endpoint, sent, answers)
            })
        }));
        let of_endpoint = |name: &str, about: &str, run: fn(&Context, &str) -> Outcome| {
            Check::new(format!("{name}{suffix}"), "7.1", format!("{about}{}", on(endpoint)), move |cx| {
                run(cx, endpoint)
            })
        };
        checks.extend([
            of_endpoint("ask", "an acknowledged question is told", ask),
            of_endpoint("broadcast", "broadcast reaches all others and not the sender", broadcast).on_own_server(),
            of_endpoint("all", "all reaches everybody", all).on_own_server(),
            of_endpoint("to-room", "to-room reaches the others in the room only", to_room),
            of_endpoint("leave", "who has left a room hears nothing of it", leave),
            of_endpoint("to-room-from-outside", "a sender need not be in the room", from_outside),
            of_endpoint("id", "id is the session id", id),
            of_endpoint("after", "after is told later, and what comes meanwhile before it", after),
        ]);
    }
    checks.extend(TRANSPORTS.iter().map(|transport| {
        let about = format!("echo, ack, text, JSON and a burst work over {transport}");
        Check::new(format!("tour-over-{transport}"), "7.1", about, move |cx| tour(cx, transport))
    }));
    checks.push(Check::new("room-across-transports", "7.1", "a room reaches members on every transport", across));
    checks
}

/// The ends of the names of checks, and endpoints.
const ENDPOINTS: [(&str, &str); 2] = [("", ""), ("-on-chat", "/chat")];

fn on(endpoint: &str) -> String {
    if endpoint.is_empty() { String::new() } else { format!(", on {endpoint}") }
}

/// Talks: name, about, sent, answers. `@` stands for the endpoint.
type Talk = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const TALKS: &[Talk] = &[
    (
        "echo",
        "echo comes back with its arguments",
        &[r#"5::@:{"name":"echo","args":[1,"zwei",{"drei":[3]},null]}"#],
        &[r#"5::@:{"name":"echo","args":[1,"zwei",{"drei":[3]},null]}"#],
    ),
    (
        "echo-of-nothing",
        "echo without arguments comes back without",
        &[r#"5::@:{"name":"echo"}"#],
        &[r#"5::@:{"name":"echo"}"#],
    ),
    (
        "echo-of-unicode",
        "characters stay as they are",
        &["5::@:{\"name\":\"echo\",\"args\":[\"ä€😀\u{fffd}\"]}"],
        &["5::@:{\"name\":\"echo\",\"args\":[\"ä€😀\u{fffd}\"]}"],
    ),
    (
        "ack",
        "ack acknowledges with its arguments",
        &[r#"5:1+:@:{"name":"ack","args":["A",2]}"#],
        &[r#"6::@:1+["A",2]"#],
    ),
    ("ack-of-nothing", "an ack without arguments is 6:::ID", &[r#"5:2+:@:{"name":"ack"}"#], &["6::@:2"]),
    ("ack-not-asked-for", "nothing is acknowledged that has no id", &[r#"5::@:{"name":"ack","args":[1]}"#], &[]),
    (
        "join-and-leave",
        "join and leave acknowledge with the room",
        &[r#"5:1+:@:{"name":"join","args":["a room"]}"#, r#"5:2+:@:{"name":"leave","args":["a room"]}"#],
        &[r#"6::@:1+["a room"]"#, r#"6::@:2+["a room"]"#],
    ),
    (
        "burst",
        "burst 3 is seq 0, 1, 2",
        &[r#"5::@:{"name":"burst","args":[3]}"#],
        &[
            r#"5::@:{"name":"seq","args":[0]}"#,
            r#"5::@:{"name":"seq","args":[1]}"#,
            r#"5::@:{"name":"seq","args":[2]}"#,
        ],
    ),
    ("burst-of-none", "burst 0 is nothing", &[r#"5::@:{"name":"burst","args":[0]}"#], &[]),
    ("text", "a text comes back", &["3::@:hello: a b"], &["3::@:hello: a b"]),
    ("text-empty", "an empty text comes back", &["3::@:"], &["3::@"]),
    ("json", "JSON comes back", &[r#"4::@:{"a":[1,true,null,"x"]}"#], &[r#"4::@:{"a":[1,true,null,"x"]}"#]),
    ("json-number", "so does a number", &["4::@:-1.5"], &["4::@:-1.5"]),
    ("unknown-event", "an event without a handler is nothing", &[r#"5::@:{"name":"nobody","args":[1]}"#], &[]),
];

/// A session on an endpoint.
fn open(cx: &Context, endpoint: &str) -> Outcome<Socket> {
    if endpoint.is_empty() { Socket::open(cx) } else { Socket::open_on(cx, endpoint) }
}

fn talk(cx: &Context, endpoint: &str, sent: &[&str], answers: &[&str]) -> Outcome {
    let mut socket = open(cx, endpoint)?;
    for packet in sent {
        socket.send(&packet.replacen('@', endpoint, 1))?;
    }
    let answers: Vec<_> = answers.iter().map(|packet| packet.replacen('@', endpoint, 1)).collect();
    let seen: Vec<_> = socket.answers()?.into_iter().map(|packet| bare(&packet)).collect();
    cx.same("packets", answers.iter().map(|packet| bare(packet)).collect::<Vec<_>>(), seen)
}

/// Without a colon that nothing follows: an empty text may be written with it or without.
fn bare(packet: &str) -> String {
    let text = packet.starts_with("3:").then(|| packet.strip_suffix(':')).flatten();
    text.filter(|text| text.matches(':').count() >= 2).unwrap_or(packet).to_owned()
}

fn event(endpoint: &str, id: &str, name: &str, args: &str) -> String {
    format!(r#"5:{id}:{endpoint}:{{"name":"{name}","args":[{args}]}}"#)
}

fn ask(cx: &Context, endpoint: &str) -> Outcome {
    let mut socket = open(cx, endpoint)?;
    socket.send(&event(endpoint, "", "ask", "\"how much?\""))?;
    let question = socket.packet()?;
    let id = question.strip_prefix("5:").and_then(|rest| rest.split_once("+:")).map(|(id, _)| id.to_owned());
    let id = id.unwrap_or_default();
    cx.same("question", event(endpoint, &format!("{id}+"), "question", "\"how much?\""), question)?;
    socket.send(&format!("6::{endpoint}:{id}+[5,\"EUR\"]"))?;
    socket.expect(cx, &event(endpoint, "", "answered", "5,\"EUR\""))
}

/// Demands that nothing came.
fn hears_nothing(cx: &Context, socket: &mut Socket) -> Outcome {
    socket.expect_answers(cx, &[])
}

fn broadcast(cx: &Context, endpoint: &str) -> Outcome {
    let (mut sender, mut one, mut two) = (open(cx, endpoint)?, open(cx, endpoint)?, open(cx, endpoint)?);
    sender.send(&event(endpoint, "", "broadcast", "1,\"x\""))?;
    for socket in [&mut one, &mut two] {
        socket.expect(cx, &event(endpoint, "", "broadcast", "1,\"x\""))?;
    }
    hears_nothing(cx, &mut sender)
}

fn all(cx: &Context, endpoint: &str) -> Outcome {
    let (mut sender, mut other) = (open(cx, endpoint)?, open(cx, endpoint)?);
    sender.send(&event(endpoint, "", "all", "1,\"x\""))?;
    for socket in [&mut other, &mut sender] {
        socket.expect(cx, &event(endpoint, "", "all", "1,\"x\""))?;
    }
    Ok(())
}

/// Joins a room of the check's own, named after a session.
fn join(cx: &Context, socket: &mut Socket, endpoint: &str, room: &str) -> Outcome {
    socket.send(&event(endpoint, "1+", "join", room))?;
    socket.expect(cx, &format!("6::{endpoint}:1+[{room}]"))
}

fn to_room(cx: &Context, endpoint: &str) -> Outcome {
    let (mut sender, mut member, mut stranger) = (open(cx, endpoint)?, open(cx, endpoint)?, open(cx, endpoint)?);
    let room = format!("\"{}\"", sender.handshake.sid);
    join(cx, &mut sender, endpoint, &room)?;
    join(cx, &mut member, endpoint, &room)?;
    sender.send(&event(endpoint, "", "to-room", &format!("{room},1")))?;
    member.expect(cx, &event(endpoint, "", "room", &format!("{room},1")))?;
    hears_nothing(cx, &mut sender)?;
    hears_nothing(cx, &mut stranger)
}

fn leave(cx: &Context, endpoint: &str) -> Outcome {
    let (mut sender, mut member) = (open(cx, endpoint)?, open(cx, endpoint)?);
    let room = format!("\"{}\"", sender.handshake.sid);
    join(cx, &mut member, endpoint, &room)?;
    member.send(&event(endpoint, "2+", "leave", &room))?;
    member.expect(cx, &format!("6::{endpoint}:2+[{room}]"))?;
    sender.send(&event(endpoint, "", "to-room", &format!("{room},1")))?;
    hears_nothing(cx, &mut sender)?;
    hears_nothing(cx, &mut member)
}

fn from_outside(cx: &Context, endpoint: &str) -> Outcome {
    let (mut sender, mut member) = (open(cx, endpoint)?, open(cx, endpoint)?);
    let room = format!("\"{}\"", sender.handshake.sid);
    join(cx, &mut member, endpoint, &room)?;
    sender.send(&event(endpoint, "", "to-room", &format!("{room},1")))?;
    member.expect(cx, &event(endpoint, "", "room", &format!("{room},1")))
}

fn id(cx: &Context, endpoint: &str) -> Outcome {
    let mut socket = open(cx, endpoint)?;
    socket.send(&format!(r#"5:1+:{endpoint}:{{"name":"id"}}"#))?;
    let expected = format!("6::{endpoint}:1+[\"{}\"]", socket.handshake.sid);
    socket.expect(cx, &expected)
}

fn after(cx: &Context, endpoint: &str) -> Outcome {
    let mut socket = open(cx, endpoint)?;
    socket.send(&event(endpoint, "", "after", "200,\"x\""))?;
    socket.expect_answers(cx, &[])?;
    socket.expect(cx, &event(endpoint, "", "after", "\"x\""))
}

const TRANSPORTS: [&str; 4] = ["websocket", "htmlfile", "xhr-polling", "xhr-multipart"];

/// The answers of one session to what every application does.
fn tour(cx: &Context, transport: &str) -> Outcome {
    let sent = [
        r#"5:::{"name":"echo","args":["x"]}"#,
        r#"5:1+::{"name":"ack","args":["y"]}"#,
        "3:2::z",
        r#"4:::{"a":1}"#,
        r#"5:::{"name":"burst","args":[2]}"#,
        FENCE,
    ];
    let expected = [
        r#"5:::{"name":"echo","args":["x"]}"#,
        r#"6:::1+["y"]"#,
        "6:::2",
        "3:::z",
        r#"4:::{"a":1}"#,
        r#"5:::{"name":"seq","args":[0]}"#,
        r#"5:::{"name":"seq","args":[1]}"#,
        FENCE,
    ];
    match transport {
        "htmlfile" | "xhr-multipart" => {
            let kind = if transport == "htmlfile" { Kind::HtmlFile } else { Kind::Multipart };
            let mut stream = Stream::open(cx, kind)?;
            stream.send(&sent)?;
            stream.expect(&expected)
        }
        "xhr-polling" => {
            let mut session = Polling::open(cx)?;
            session.send(&sent)?;
            cx.same("packets", expected.to_vec(), session.packets_until(FENCE)?)
        }
        _ => {
            let mut socket = Socket::open(cx)?;
            sent.iter().try_for_each(|packet| socket.send(packet))?;
            cx.same("packets", expected.to_vec(), socket.packets_until(FENCE)?)
        }
    }
}

fn across(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    let mut page = Stream::open(cx, Kind::HtmlFile)?;
    let mut polling = Polling::open(cx)?;
    let room = format!("\"{}\"", socket.handshake.sid);
    let (join_packet, joined) = (event("", "1+", "join", &room), format!("6:::1+[{room}]"));
    join(cx, &mut socket, "", &room)?;
    page.send(&[&join_packet])?;
    page.expect(&[&joined])?;
    polling.send(&[&join_packet])?;
    cx.same("packets", vec![joined.clone()], polling.packets_until(&joined)?)?;
    let mut sender = Socket::open(cx)?;
    sender.send(&event("", "", "to-room", &format!("{room},\"</€>\"")))?;
    let told = event("", "", "room", &format!("{room},\"</€>\""));
    socket.expect(cx, &told)?;
    page.expect(&[&told])?;
    cx.same("packets", vec![told.clone()], polling.packets_until(&told)?)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("tour-over-xhr-multipart", "the end of the connection", NO_MULTIPART),
];
