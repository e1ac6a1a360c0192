//! What waits for a client: kept, in order, once, and all of it in the next poll (section 3.4).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Dialect, Request};
use super::super::context::Context;
use super::super::launch::Timers;
use super::session::{FENCE, Polling, Socket, packets_in};
use super::stream::{Kind, Stream};
use super::why::DEAD_POLL;

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "3.4", about, run);
    vec![
        check("one-payload", "the next poll takes all that waits, as one payload", one_payload),
        check("same-turn", "what a handler sends at once answers a held poll together", same_turn),
        check("automatic-ack-first", "the automatic ack comes ahead of what the handler sends", ack_first),
        check("order-on-polls", "1,000 packets arrive in order, over many polls", order_on_polls),
        check("order-on-websocket", "and on a WebSocket", order_on_websocket),
        check("order-on-htmlfile", "and on htmlfile", order_on_htmlfile),
        check("order-of-posts", "the packets of 50 POSTs are handled in order", order_of_posts),
        check("aborted-poll", "what is sent when a held poll has been dropped waits for the next one", aborted_poll)
            .with_timers(Timers::LONG),
        check("aborted-polls", "20 held polls are dropped, and nothing is lost", aborted_polls)
            .with_timers(Timers::LONG),
        check("half-closed-poll", "a poll whose client sends no more may still be answered", half_closed)
            .with_timers(Timers::LONG),
        check("waits-for-a-stream", "what waits goes to a WebSocket that opens later", waits_for_a_stream),
        check("10,000-wait", "10,000 packets may wait", many_wait),
        check("200-large-ones", "so may 3 MB", large_wait),
        check("above-the-limit", "a backlog of 12 MB ends the session, and not the server", above_the_limit),
    ]
}

fn event(number: usize) -> String {
    format!(r#"5:::{{"name":"seq","args":[{number}]}}"#)
}

fn events(count: usize) -> Vec<String> {
    (0..count).map(event).collect()
}

fn burst(count: usize) -> String {
    format!(r#"5:::{{"name":"burst","args":[{count}]}}"#)
}

/// Demands exactly so many events in order, ahead of the fence's echo.
fn expect_burst(cx: &Context, mut packets: Vec<String>, count: usize) -> Outcome {
    packets.pop();
    cx.that(&format!("{count} events in order"), packets == events(count), format!("{} packets", packets.len()))
}

fn same_turn(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.send(&[&burst(5)])?;
    cx.same("packets of one poll", events(5), packets_in(&session.end_poll()?)?)
}

fn ack_first(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.send(&["3:1::x"])?;
    cx.same("packets", ["6:::1", "3:::x"].to_vec(), session.packets_until("3:::x")?)
}

fn order_on_polls(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.send(&[&burst(500)])?;
    let mut packets = packets_in(&session.end_poll()?)?;
    session.send(&[FENCE])?;
    packets.extend(session.packets_until(FENCE)?);
    expect_burst(cx, packets, 500)
}

fn order_on_websocket(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.send(&burst(1000))?;
    socket.send(FENCE)?;
    let packets = socket.packets_until(FENCE)?;
    expect_burst(cx, packets, 1000)
}

fn order_on_htmlfile(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.send(&[&burst(1000), FENCE])?;
    let mut packets = Vec::new();
    while packets.last().is_none_or(|packet| packet != FENCE) {
        packets.push(stream.packet()?);
    }
    expect_burst(cx, packets, 1000)
}

fn order_of_posts(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let texts: Vec<_> = (0..50).map(|number| format!("3:::{number}")).collect();
    for text in &texts {
        session.send(&[text])?;
    }
    cx.same("texts", texts, session.packets_until("3:::49")?)
}

/// Drops a held poll.
fn abort(cx: &Context, session: &mut Polling<'_>) -> Outcome {
    session.begin_poll()?;
    // It has to be held before it can be dropped: an answer over the same connection would tell, but there is none.
    session.polls.expect_quiet()?;
    std::mem::replace(&mut session.polls, Connection::open(cx)?).close();
    // A request behind it gives the server time to see the end.
    Connection::open(cx)?.get(cx, "/socket.io/1/")?;
    session.polls.expect_quiet()
}

fn aborted_poll(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    abort(cx, &mut session)?;
    session.send(&["3:::kept"])?;
    cx.same("packets", ["3:::kept"].to_vec(), session.packets_until("3:::kept")?)
}

fn aborted_polls(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    for _ in 0..20 {
        session.begin_poll()?;
        std::mem::replace(&mut session.polls, Connection::open(cx)?).close();
    }
    session.polls.expect_quiet()?;
    session.send(&["3:::a", "3:::b"])?;
    let complete = session.packets_until("3:::b").is_ok_and(|packets| packets == ["3:::a", "3:::b"]);
    cx.that("both packets", complete, if complete { "both packets" } else { "one or none of them" })
}

fn half_closed(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.polls.send(Request::get(cx, &session.path).header("Connection", "close").to_bytes())?;
    session.polls.finish();
    session.polls.has_ended();
    session.send(&["3:::x"])?;
    let first = session.end_poll().ok();
    // A server may take the half for the whole; then the packet has to wait.
    let packets = match first {
        Some(body) => packets_in(&body)?,
        None => {
            session.polls = Connection::open(cx)?;
            session.packets_until("3:::x")?
        }
    };
    cx.same("packets", ["3:::x"].to_vec(), packets)
}

fn waits_for_a_stream(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.send(&["3:::a", "3:::b"])?;
    let mut socket = Socket::attach(cx, "websocket", Dialect::Rfc6455, session.handshake.clone())?;
    let seen = socket.packets_until("3:::b")?;
    let texts: Vec<_> = seen.iter().filter(|packet| *packet != "1::").collect();
    cx.same("packets", ["3:::a", "3:::b"].to_vec(), texts)
}

/// The packets come from another session, whose own answers tell that they wait.
fn one_payload(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let room = format!("\"{}\"", session.handshake.sid);
    session.send(&[&format!(r#"5:1+::{{"name":"join","args":[{room}]}}"#)])?;
    let joined = format!("6:::1+[{room}]");
    cx.same("packets", vec![joined.clone()], session.packets_until(&joined)?)?;
    let mut other = Socket::open(cx)?;
    let mut expected = Vec::new();
    for number in 0..5 {
        other.send(&format!(r#"5:::{{"name":"to-room","args":[{room},{number}]}}"#))?;
        expected.push(format!(r#"5:::{{"name":"room","args":[{room},{number}]}}"#));
    }
    other.expect_answers(cx, &[])?;
    cx.same("packets of one poll", expected, packets_in(&session.poll()?)?)
}

fn many_wait(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.send(&[&burst(9_990), FENCE])?;
    let packets = session.packets_until(FENCE)?;
    expect_burst(cx, packets, 9_990)
}

fn large_wait(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let texts: Vec<_> = (0..200).map(|number| format!("3:::{number} {}", "x".repeat(15_000))).collect();
    for texts in texts.chunks(50) {
        session.send(&texts.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    let last = texts.last().map(String::as_str).unwrap_or_default();
    let seen = session.packets_until(last)?;
    cx.that("200 texts in order", seen == texts, format!("{} texts", seen.len()))
}

pub(super) fn above_the_limit(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let text = format!("3:::{}", "x".repeat(900_000));
    let mut refused = false;
    for _ in 0..14 {
        refused |= session.post(text.as_str())?.status != 200;
    }
    cx.that("a POST is refused at last", refused, if refused { "a POST is refused" } else { "all are taken" })?;
    let mut other = Socket::open(cx)?;
    other.expect_answers(cx, &[])
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("same-turn", r#"packets of one poll: ["5:::{\"name\":\"seq\",\"args\":[0]}"]"#, "it answers a held poll with the first packet, and the others wait for the next"),
    Difference::of_socketio_09("aborted-poll", "silence", DEAD_POLL),
    Difference::of_socketio_09("aborted-polls", "one or none of them", DEAD_POLL),
    Difference::of_socketio_09("half-closed-poll", "silence", DEAD_POLL),
    Difference::of_socketio_09("above-the-limit", "all are taken", "its backlog has no limit"),
];
