//! The states of a session, from its handshake to its end, and how long each lasts (sections 3.1 and 3.2).

use std::time::Duration;

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Dialect};
use super::super::context::{Context, MOMENT, PATIENCE};
use super::super::launch::Timers;
use super::super::target::Timer;
use super::session::{Handshake, Polling, Socket, handshake};
use super::stream::{Kind, Stream, expect_forgotten};
use super::why::NO_MULTIPART;

pub(crate) fn checks() -> Vec<Check> {
    let mut checks: Vec<_> = TRANSPORTS
        .iter()
        .map(|transport| {
            let about = format!("the first request opens the session: 1:: over {transport}, once, unasked");
            Check::new(format!("opens-over-{transport}"), "3.1", about, move |cx| opens(cx, transport))
        })
        .collect();
    checks.extend([
        Check::new("connects-once", "3.1", "later polls bring no second 1::", connects_once),
        Check::new("open-with-poll-is-away", "3.1", "packets wait while no transport is there", away),
        Check::new("poll-is-held", "3.1", "a poll with nothing to tell is held", held),
        Check::new("noop", "3.1", "after the polling duration it is answered 8::, and the session lives", noop).waits(),
        Check::new("noop-again", "3.1", "three empty polls in a row are three times 8::", noops).waits(),
        Check::new(
            "polls-keep-alive",
            "3.2",
            "a session that polls lives longer than its close timeout",
            polls_keep_alive,
        )
        .with_timers(Timers::HASTY)
        .waits(),
        Check::new(
            "close-timeout",
            "3.1",
            "a session without a poll is forgotten after the close timeout",
            close_timeout,
        )
        .with_timers(Timers::HASTY)
        .waits(),
        Check::new("away-until-then", "3.1", "and not before it", away_until_then).with_timers(Timers::HASTY).waits(),
        Check::new(
            "issued-outlives-close-timeout",
            "3.1",
            "a handshake may be opened later than the close timeout",
            issued,
        )
        .with_timers(Timers::HASTY)
        .waits(),
        Check::new("posts-do-not-replace-polls", "3.1", "a session that only posts is forgotten as well", only_posts)
            .with_timers(Timers::HASTY)
            .waits(),
        Check::new("post-before-the-first-poll", "3.1", "a POST does not open a session", post_first),
        Check::new("told-timers", "3.2", "the timeouts told are those the server was started with", told_timers),
        Check::new("interval-below-timeouts", "3.2", "heartbeats come before either timeout is over", interval).waits(),
        Check::new(
            "polling-below-close-timeout",
            "3.2",
            "an empty poll ends before the close timeout is over",
            polling,
        )
        .waits(),
        Check::new(
            "connection-is-not-the-session",
            "4.2",
            "a session outlives the connections of its polls",
            reconnects,
        ),
        Check::new(
            "requests-of-different-connections",
            "4.2",
            "every request may come over a connection of its own",
            spread,
        ),
    ]);
    checks
}

const TRANSPORTS: [&str; 6] = ["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling", "xhr-multipart"];

/// Opens a session over any transport, and demands its first packet, and no second one.
fn opens(cx: &Context, transport: &str) -> Outcome {
    let told = handshake(cx)?;
    match transport {
        "websocket" | "flashsocket" => {
            let mut socket = Socket::attach(cx, transport, Dialect::Hixie76, told)?;
            socket.expect(cx, "1::")?;
            socket.expect_answers(cx, &[])
        }
        "htmlfile" | "xhr-multipart" => {
            let kind = if transport == "htmlfile" { Kind::HtmlFile } else { Kind::Multipart };
            let mut stream = Stream::attach(cx, kind, told)?;
            stream.expect(&["1::"])?;
            stream.send(&["3:::next"])?;
            stream.expect(&["3:::next"])
        }
        _ => {
            let response = Connection::open(cx)?.get(cx, &told.path(transport))?;
            let body = if transport == "jsonp-polling" { "io.j[0](\"1::\");" } else { "1::" };
            response.expect(cx, 200, body)
        }
    }
}

fn connects_once(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    for text in ["3:::a", "3:::b"] {
        session.send(&[text])?;
        cx.same("poll", text, session.poll()?.as_str())?;
    }
    Ok(())
}

fn away(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.send(&["3:::a"])?;
    session.send(&["3:::b"])?;
    cx.same("packets", ["3:::a", "3:::b"].to_vec(), session.packets_until("3:::b")?)
}

fn held(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.polls.expect_silence(MOMENT)
}

fn poll_noop(cx: &Context, session: &mut Polling<'_>, duration: Duration) -> Outcome {
    session.polls.set_patience(duration + PATIENCE);
    cx.same("poll", "8::", session.poll()?.as_str())
}

fn noop(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = Polling::open(cx)?;
    poll_noop(cx, &mut session, duration)?;
    session.send(&["3:::x"])?;
    cx.same("poll", "3:::x", session.poll()?.as_str())
}

fn noops(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = Polling::open(cx)?;
    (0..3).try_for_each(|_| poll_noop(cx, &mut session, duration))
}

fn polls_keep_alive(cx: &Context) -> Outcome {
    let (duration, close) = (cx.timer(Timer::PollingDuration)?, cx.timer(Timer::CloseTimeout)?);
    let mut session = Polling::open(cx)?;
    let start = std::time::Instant::now();
    while start.elapsed() < close * 2 {
        poll_noop(cx, &mut session, duration)?;
    }
    Ok(())
}

fn close_timeout(cx: &Context) -> Outcome {
    let close = cx.timer(Timer::CloseTimeout)?;
    let mut session = Polling::open(cx)?;
    session.polls.expect_silence(close + close / 2)?;
    expect_forgotten(cx, &session.handshake.sid)
}

fn away_until_then(cx: &Context) -> Outcome {
    let close = cx.timer(Timer::CloseTimeout)?;
    let mut session = Polling::open(cx)?;
    session.send(&["3:::x"])?;
    session.polls.expect_silence(close / 2)?;
    cx.same("poll", "3:::x", session.poll()?.as_str())
}

fn issued(cx: &Context) -> Outcome {
    let close = cx.timer(Timer::CloseTimeout)?;
    let mut session = Polling::issued(cx, "xhr-polling")?;
    session.polls.expect_silence(close + close / 2)?;
    cx.same("poll", "1::", session.poll()?.as_str())
}

fn only_posts(cx: &Context) -> Outcome {
    let close = cx.timer(Timer::CloseTimeout)?;
    let mut session = Polling::open(cx)?;
    let start = std::time::Instant::now();
    while start.elapsed() < close + close / 2 {
        session.post("8::")?;
        session.polls.expect_silence(close / 5)?;
    }
    expect_forgotten(cx, &session.handshake.sid)
}

fn post_first(cx: &Context) -> Outcome {
    let mut session = Polling::issued(cx, "xhr-polling")?;
    session.post("3:::early")?;
    let first = session.poll()?;
    cx.that("1:: first", first == "1::" || first.contains("\u{fffd}1::"), first)
}

fn told_timers(cx: &Context) -> Outcome {
    let Handshake { heartbeat_timeout, close_timeout, .. } = handshake(cx)?;
    let up = |timer: Duration| timer.as_secs_f64().ceil().to_string();
    cx.same("heartbeat timeout", up(cx.timer(Timer::HeartbeatTimeout)?), heartbeat_timeout)?;
    cx.same("close timeout", up(cx.timer(Timer::CloseTimeout)?), close_timeout)
}

/// The timeouts a client keeps to.
fn shortest(cx: &Context) -> Outcome<Duration> {
    let told = handshake(cx)?;
    let seconds = |field: &str| field.parse().map(Duration::from_secs).unwrap_or(Duration::MAX);
    Ok(seconds(&told.heartbeat_timeout).min(seconds(&told.close_timeout)))
}

fn interval(cx: &Context) -> Outcome {
    // Asked for only to skip the check where it would take too long.
    cx.timer(Timer::HeartbeatInterval)?;
    let shortest = shortest(cx)?;
    let mut socket = Socket::open(cx)?;
    socket.websocket.connection.set_patience(shortest);
    cx.same("packet in time", "2::", socket.websocket.text()?.as_str())
}

fn polling(cx: &Context) -> Outcome {
    cx.timer(Timer::PollingDuration)?;
    let shortest = shortest(cx)?;
    let mut session = Polling::open(cx)?;
    session.polls.set_patience(shortest);
    cx.same("poll in time", "8::", session.poll()?.as_str())
}

fn reconnects(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    std::mem::replace(&mut session.polls, Connection::open(cx)?).close();
    std::mem::replace(&mut session.posts, Connection::open(cx)?).close();
    session.send(&["3:::x"])?;
    cx.same("poll", "3:::x", session.poll()?.as_str())
}

fn spread(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    let path = told.path("xhr-polling");
    Connection::open(cx)?.get(cx, &path)?.expect(cx, 200, "1::")?;
    for text in ["3:::a", "3:::b", "3:::c"] {
        Connection::open(cx)?.post(cx, &path, text)?.expect(cx, 200, "1")?;
        Connection::open(cx)?.get(cx, &path)?.expect(cx, 200, text)?;
    }
    Ok(())
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("opens-over-xhr-multipart", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("post-before-the-first-poll", "8::", "it takes the POST for the first request of the transport, and packet and 1:: are lost"),
];
