//! Heartbeats: the server asks on every stream, the client answers, and silence ends the session (section 3.3).

use std::time::{Duration, Instant};

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Dialect, Frame, Opcode, describe};
use super::super::context::{Context, PATIENCE};
use super::super::launch::Timers;
use super::super::target::Timer;
use super::session::{Polling, Socket, handshake};
use super::stream::{Kind, Stream, expect_forgotten};
use super::why::{NO_MULTIPART, ONLY_HEARTBEATS, PONG};

pub(crate) fn checks() -> Vec<Check> {
    let check = |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| {
        Check::new(name, "3.3", about, run).waits()
    };
    let mut checks: Vec<_> = ["websocket", "flashsocket", "htmlfile", "xhr-multipart"]
        .into_iter()
        .map(|transport| {
            let about = format!("2:: comes again and again on {transport}");
            Check::new(format!("sent-on-{transport}"), "3.3", about, move |cx| sent_on(cx, transport)).waits()
        })
        .collect();
    checks.extend([
        check("first", "the first comes one interval after the stream opened, not before", first),
        check("none-on-polls", "polls get none: they are the sign of life", none_on_polls),
        check("sent-though-busy", "they come whatever else is sent", though_busy),
        check("unanswered", "a session that answers none ends, with nothing more than a close", unanswered)
            .with_timers(Timers::HASTY),
        check("unanswered-on-htmlfile", "the same on htmlfile", unanswered_page).with_timers(Timers::HASTY),
        check("answered", "one that answers outlives its heartbeat timeout", |cx| {
            lives_by(cx, |socket| socket.send("2::"))
        })
        .with_timers(Timers::HASTY),
        check("any-packet-is-life", "any other packet is a sign of life, too", |cx| {
            lives_by(cx, |socket| socket.send("8::"))
        })
        .with_timers(Timers::HASTY),
        check("a-post-is-life", "so is a POST", post_is_life).with_timers(Timers::HASTY),
        Check::new("unasked", "3.3", "2:: may come at any time, and is not answered", unasked),
        Check::new("with-an-id", "3.3", "a 2:: with an id or data is one as well", |cx| {
            super::stream::talk(cx, &["2:1::", "2:::x", "3:::y"], &["3:::y"])
        }),
        check("ping-of-websocket", "a ping of WebSocket is answered, whatever the heartbeats do", pings)
            .with_timers(Timers::HASTY),
    ]);
    checks
}

fn interval(cx: &Context) -> Outcome<Duration> {
    cx.timer(Timer::HeartbeatInterval)
}

fn sent_on(cx: &Context, transport: &str) -> Outcome {
    let patience = interval(cx)? * 2 + PATIENCE;
    let kind = match transport {
        "htmlfile" => Kind::HtmlFile,
        "xhr-multipart" => Kind::Multipart,
        _ => {
            let mut socket = Socket::attach(cx, transport, Dialect::Hixie76, handshake(cx)?)?;
            socket.expect(cx, "1::")?;
            socket.websocket.connection.set_patience(patience);
            for _ in 0..3 {
                cx.same("packet", "2::", socket.websocket.text()?.as_str())?;
                socket.send("2::")?;
            }
            return Ok(());
        }
    };
    let mut stream = Stream::open(cx, kind)?;
    stream.stream.set_patience(patience);
    for _ in 0..3 {
        cx.same("packet", "2::", stream.any_packet()?.as_str())?;
        stream.send(&["2::"])?;
    }
    Ok(())
}

fn first(cx: &Context) -> Outcome {
    let interval = interval(cx)?;
    let mut socket = Socket::open(cx)?;
    socket.websocket.connection.expect_silence(interval * 7 / 10)?;
    socket.websocket.connection.set_patience(interval + PATIENCE);
    cx.same("packet", "2::", socket.websocket.text()?.as_str())
}

fn none_on_polls(cx: &Context) -> Outcome {
    let (interval, duration) = (interval(cx)?, cx.timer(Timer::PollingDuration)?);
    let mut session = Polling::open(cx)?;
    session.polls.set_patience(duration + PATIENCE);
    let start = Instant::now();
    while start.elapsed() < interval * 2 + duration {
        cx.same("poll", "8::", session.poll()?.as_str())?;
    }
    Ok(())
}

fn though_busy(cx: &Context) -> Outcome {
    let interval = interval(cx)?;
    let mut socket = Socket::open(cx)?;
    let start = Instant::now();
    while start.elapsed() < interval * 3 + PATIENCE {
        socket.send("3:::busy")?;
        match socket.websocket.text()?.as_str() {
            "3:::busy" => {}
            other => return cx.same("packet", "2::", other),
        }
        // As often as a chat may, not as often as the machine can.
        std::thread::sleep(interval / 50);
    }
    Err(Failure::differs("2:: between the answers", "answers only"))
}

fn life(cx: &Context) -> Outcome<Duration> {
    Ok(interval(cx)? + cx.timer(Timer::HeartbeatTimeout)?)
}

fn unanswered(cx: &Context) -> Outcome {
    let life = life(cx)?;
    let mut socket = Socket::open(cx)?;
    socket.websocket.connection.set_patience(life * 2 + PATIENCE);
    let rest = socket.websocket.connection.rest()?;
    // Further heartbeats, and perhaps a close frame.
    let mut rest = rest.as_slice();
    while let Some(behind) = rest.strip_prefix(Frame::text("2::").unmasked().as_slice()) {
        rest = behind;
    }
    let good = rest.is_empty() || rest[0] == 0x88;
    cx.that("heartbeats and the end", good, if good { "heartbeats and the end" } else { "other packets" })?;
    expect_forgotten(cx, &socket.handshake.sid)
}

fn unanswered_page(cx: &Context) -> Outcome {
    let life = life(cx)?;
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.stream.set_patience(life * 2 + PATIENCE);
    while let Some(chunk) = stream.stream.chunk()? {
        cx.same("packet", "2::", super::stream::packet_in_script(&chunk)?.as_str())?;
    }
    expect_forgotten(cx, &stream.handshake.sid)
}

/// A session that does something again and again lives on.
fn lives_by(cx: &Context, sign: fn(&mut Socket) -> Outcome) -> Outcome {
    let (interval, life) = (interval(cx)?, life(cx)?);
    let mut socket = Socket::open(cx)?;
    let start = Instant::now();
    while start.elapsed() < life * 2 {
        sign(&mut socket)?;
        std::thread::sleep(interval / 2);
    }
    socket.expect_answers(cx, &[])
}

fn post_is_life(cx: &Context) -> Outcome {
    let (interval, life) = (interval(cx)?, life(cx)?);
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    let start = Instant::now();
    while start.elapsed() < life * 2 {
        stream.send(&["8::"])?;
        std::thread::sleep(interval / 2);
    }
    stream.send(&["3:::alive"])?;
    stream.expect(&["3:::alive"])
}

fn unasked(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    for _ in 0..20 {
        socket.send("2::")?;
    }
    socket.expect_answers(cx, &[])
}

fn pings(cx: &Context) -> Outcome {
    let (interval, life) = (interval(cx)?, life(cx)?);
    let mut socket = Socket::open(cx)?;
    let start = Instant::now();
    while start.elapsed() < life {
        socket.websocket.send_frame(&Frame::new(Opcode::Ping, "x"))?;
        loop {
            let Ok(frame) = socket.websocket.frame() else {
                return Err(Failure::differs("a pong", "something that is no frame"));
            };
            if frame == Frame::new(Opcode::Pong, "x") {
                break;
            }
            cx.that("2:: or a pong", frame == Frame::text("2::"), describe(&frame))?;
            socket.send("2::")?;
        }
        std::thread::sleep(interval / 2);
    }
    Ok(())
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("sent-on-xhr-multipart", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("any-packet-is-life", "the end of the connection", ONLY_HEARTBEATS),
    Difference::of_socketio_09("a-post-is-life", "the end of the page", ONLY_HEARTBEATS),
    Difference::of_socketio_09("ping-of-websocket", "something that is no frame", PONG),
];
