//! Polls and posts of xhr-polling (section 4.2), and what all posts have in common (4.1).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Framing, Request};
use super::super::context::Context;
use super::super::target::Timer;
use super::session::{Polling, handshake, packets_in};

pub(crate) fn checks() -> Vec<Check> {
    vec![
        Check::new("first-poll", "3.1", "the first poll is answered 1:: at once", first_poll),
        Check::new(
            "poll-headers",
            "4.2",
            "polls are text/plain; charset=UTF-8 with a length and no-store",
            poll_headers,
        ),
        Check::new("noop", "3.1", "an empty poll is answered 8:: after the polling duration", noop).waits(),
        Check::new("held-poll", "3.4", "a held poll is answered with the first packet", held_poll),
        Check::new("post-answer", "4.1", "a POST is answered 200 1 as text/plain; charset=UTF-8", post_answer),
    ]
}

fn first_poll(cx: &Context) -> Outcome {
    let mut session = Polling::issued(cx, "xhr-polling")?;
    cx.same("the first poll", "1::", session.poll()?.as_str())
}

fn poll_headers(cx: &Context) -> Outcome {
    let path = handshake(cx)?.path("xhr-polling");
    let response = Connection::open(cx)?.get(cx, &path)?;
    response.expect(cx, 200, "1::")?;
    response.expect_header(cx, "Content-Type", Some("text/plain; charset=UTF-8"))?;
    cx.same("length", Framing::Length(3), response.framing)?;
    response.expect_header(cx, "Cache-Control", Some("no-store"))
}

fn noop(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.polls.expect_silence(duration * 6 / 10)?;
    session.polls.set_patience(duration + super::super::context::PATIENCE);
    cx.same("the poll", "8::", session.end_poll()?.as_str())
}

fn held_poll(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.send(&["3:::hello"])?;
    let body = session.end_poll()?;
    cx.same("packets", vec!["3:::hello"], packets_in(&body)?)
}

fn post_answer(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let response = session.post("3:::x")?;
    response.expect(cx, 200, "1")?;
    response.expect_header(cx, "Content-Type", Some("text/plain; charset=UTF-8"))?;
    let request = Request::post(cx, &session.path, "3:::y").header("Content-Type", "text/plain;charset=UTF-8");
    session.posts.request(&request)?.expect(cx, 200, "1")
}

pub(crate) const DIFFERENCES: &[Difference] = &[];
