//! Polls and posts of xhr-polling (section 4.2), and what all posts have in common (4.1).

use std::time::{Duration, Instant};

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Connection, Framing, Request};
use super::super::context::{Context, PATIENCE, show};
use super::super::target::Timer;
use super::session::{FENCE, Polling, handshake, packets_in};

pub(crate) fn checks() -> Vec<Check> {
    vec![
        Check::new("first-poll", "3.1", "the first poll is answered 1:: at once", first_poll),
        Check::new("trailing-slash", "2.1", "a slash may stand ahead of the query", trailing_slash),
        Check::new("bare-time", "2.1", "clients 0.7.0 to 0.7.4 write ?t123 without =", bare_time),
        Check::new(
            "poll-headers",
            "4.2",
            "polls are text/plain; charset=UTF-8 with a length and no-store",
            poll_headers,
        ),
        Check::new(
            "poll-keeps-connection",
            "4.2",
            "a connection serves one poll after the other",
            poll_keeps_connection,
        ),
        Check::new("poll-anywhere", "4.2", "each poll may come on a connection of its own", poll_anywhere),
        Check::new("poll-http-1.0", "4.2", "HTTP/1.0 is answered without keep-alive, and closed", poll_http_10),
        Check::new("noop", "3.1", "an empty poll is answered 8:: after the polling duration", noop).waits(),
        Check::new(
            "noop-in-time",
            "3.2",
            "an empty poll is held for the polling duration, no fifth less and no second more",
            noop_in_time,
        )
        .apart(),
        Check::new("held-poll", "3.4", "a held poll is answered with the first packet", held_poll),
        Check::new("held-poll-collects", "3.4", "what is sent in one turn leaves together", held_poll_collects),
        Check::new("backlog", "3.4", "what waited is one payload, in order", backlog),
        Check::new("ack-first", "3.4", "the automatic ack goes ahead of the echo", ack_first),
        Check::new("aborted-poll", "3.4", "a poll whose connection has gone takes no packet with it", aborted_poll),
        Check::new("post-answer", "4.1", "a POST is answered 200 1 as text/plain; charset=UTF-8", post_answer),
        Check::new("post-empty", "4.1", "an empty POST means nothing", post_empty),
        Check::new("post-content-types", "4.1", "any Content-Type, or none, will do", post_content_types),
        Check::new("post-chunked", "4.1", "a chunked body is read", post_chunked),
        Check::new("post-in-single-bytes", "4.1", "a POST that comes byte by byte is read", post_in_single_bytes),
        Check::new("post-cut-characters", "4.1", "characters may be cut by chunks and segments", post_cut_characters),
        Check::new("post-invalid-utf8", "4.1", "a body that is no UTF-8 is answered 400", post_invalid_utf8),
        Check::new(
            "post-before-first-poll",
            "3.1",
            "a POST ahead of the first poll is kept or refused, not lost",
            post_first,
        ),
        Check::new("post-while-held", "4.1", "posts go on while a poll is held", post_while_held),
        Check::new("posts-at-once", "3.4", "posts on two connections at once are both taken", posts_at_once),
        Check::new("post-pipelined", "4.1", "posts sent at once are taken in order", post_pipelined),
        Check::new(
            "post-and-poll-on-one-connection",
            "4.2",
            "a post may follow a poll on its connection",
            one_connection,
        ),
    ]
}

fn first_poll(cx: &Context) -> Outcome {
    let mut session = Polling::issued(cx, "xhr-polling")?;
    cx.same("the first poll", "1::", session.poll()?.as_str())
}

fn trailing_slash(cx: &Context) -> Outcome {
    let mut session = Polling::issued(cx, "xhr-polling")?;
    session.path += "/?t=1";
    cx.same("the first poll", "1::", session.poll()?.as_str())?;
    session.send(&["3:::x"])?;
    cx.same("the second poll", vec!["3:::x"], session.packets()?)
}

fn bare_time(cx: &Context) -> Outcome {
    let mut session = Polling::issued(cx, "xhr-polling")?;
    session.path += "?t1312200250539";
    cx.same("the first poll", "1::", session.poll()?.as_str())?;
    session.send(&["3:::x"])?;
    cx.same("the second poll", vec!["3:::x"], session.packets()?)
}

fn poll_headers(cx: &Context) -> Outcome {
    let path = handshake(cx)?.path("xhr-polling");
    let response = Connection::open(cx)?.get(cx, &path)?;
    response.expect(cx, 200, "1::")?;
    response.expect_header(cx, "Content-Type", Some("text/plain; charset=UTF-8"))?;
    cx.same("length", Framing::Length(3), response.framing)?;
    response.expect_header(cx, "Cache-Control", Some("no-store"))
}

fn poll_keeps_connection(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    for text in ["3:::a", "3:::b", "3:::c"] {
        session.send(&[text])?;
        cx.same("a poll", vec![text], session.packets()?)?;
    }
    Ok(())
}

fn poll_anywhere(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    for text in ["3:::a", "3:::b", "3:::c"] {
        session.polls = Connection::open(cx)?;
        session.posts = Connection::open(cx)?;
        session.send(&[text])?;
        cx.same("a poll", vec![text], session.packets()?)?;
    }
    Ok(())
}

fn poll_http_10(cx: &Context) -> Outcome {
    let path = handshake(cx)?.path("xhr-polling");
    let mut connection = Connection::open(cx)?;
    let response = connection.request(&Request::bare("GET", &path, "HTTP/1.0"))?;
    response.expect(cx, 200, "1::")?;
    connection.expect_end()
}

fn noop(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.polls.expect_silence(duration * 6 / 10)?;
    session.polls.set_patience(duration + PATIENCE);
    cx.same("the poll", "8::", session.end_poll()?.as_str())
}

fn noop_in_time(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = Polling::open(cx)?;
    session.polls.set_patience(duration + PATIENCE);
    let start = Instant::now();
    cx.same("the poll", "8::", session.poll()?.as_str())?;
    let held = start.elapsed();
    let (least, most) = (duration * 4 / 5, duration + Duration::from_secs(1));
    let expected = format!("{:.1} to {:.1} s", least.as_secs_f64(), most.as_secs_f64());
    cx.that(&expected, (least..=most).contains(&held), format!("held for {:.3} s", held.as_secs_f64()))
}

fn held_poll(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.send(&["3:::hello"])?;
    let body = session.end_poll()?;
    cx.same("packets", vec!["3:::hello"], packets_in(&body)?)
}

fn held_poll_collects(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.send(&[r#"5:::{"name":"burst","args":[4]}"#])?;
    let expected: Vec<_> = (0..4).map(|number| format!(r#"5:::{{"name":"seq","args":[{number}]}}"#)).collect();
    cx.same("packets", expected, packets_in(&session.end_poll()?)?)
}

fn backlog(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let texts: Vec<_> = (0..20).map(|number| format!("3:::{number}")).collect();
    for text in &texts {
        session.send(&[text])?;
    }
    // The answer to a post may come ahead of its packet's echo.
    let seen = session.packets_until("3:::19")?;
    cx.same("packets", texts, seen)
}

fn ack_first(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.send(&["3:1::a", "3:2::b"])?;
    cx.same("packets", vec!["6:::1", "3:::a", "6:::2", "3:::b"], session.packets_until("3:::b")?)
}

fn aborted_poll(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    // Another request proves that the poll has been taken up; then its connection goes.
    session.send(&["2::"])?;
    std::mem::replace(&mut session.polls, Connection::open(cx)?).close();
    session.send(&["2::"])?;
    session.polls.expect_quiet()?;
    session.send(&["3:::kept"])?;
    session.send(&[FENCE])?;
    cx.same("packets", vec!["3:::kept", FENCE], session.packets_until(FENCE)?)
}

fn post_answer(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let response = session.post("3:::x")?;
    response.expect(cx, 200, "1")?;
    response.expect_header(cx, "Content-Type", Some("text/plain; charset=UTF-8"))?;
    cx.same("length", Framing::Length(1), response.framing)
}

fn post_empty(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.post("")?.expect(cx, 200, "1")?;
    session.send(&[FENCE])?;
    cx.same("packets", vec![FENCE], session.packets_until(FENCE)?)
}

fn post_content_types(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let types = [
        "text/plain;charset=UTF-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "x",
    ];
    for kind in types {
        let request = Request::post(cx, &session.path, format!("3:::{kind}")).header("Content-Type", kind);
        session.posts.request(&request)?.expect(cx, 200, "1")?;
    }
    let expected: Vec<_> = types.iter().map(|kind| format!("3:::{kind}")).collect();
    cx.same("packets", expected, session.packets_until("3:::x")?)
}

fn post_chunked(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let request = Request::new(cx, "POST", &session.path).header("Transfer-Encoding", "chunked");
    session.posts.request(&request.body("3\r\n3::\r\n3\r\n:ab\r\n0\r\n\r\n"))?.expect(cx, 200, "1")?;
    cx.same("packets", vec!["3:::ab"], session.packets()?)
}

fn post_in_single_bytes(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    for byte in Request::post(cx, &session.path, "3:::slow").to_bytes() {
        session.posts.send([byte])?;
    }
    session.posts.response()?.expect(cx, 200, "1")?;
    cx.same("packets", vec!["3:::slow"], session.packets()?)
}

/// Chunks, unlike segments, are not put together on the way.
fn post_cut_characters(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let mut body = Vec::new();
    for byte in "3:::€😀".bytes() {
        body.extend([b"1\r\n".as_slice(), &[byte], b"\r\n"].concat());
    }
    body.extend(b"0\r\n\r\n");
    let request = Request::new(cx, "POST", &session.path).header("Transfer-Encoding", "chunked");
    session.posts.request(&request.body(body))?.expect(cx, 200, "1")?;
    cx.same("packets", vec!["3:::€😀"], session.packets()?)
}

fn post_invalid_utf8(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.post(b"3:::\xff\xfe".as_slice())?.expect_status(cx, 400)?;
    session.send(&[FENCE])?;
    cx.same("packets", vec![FENCE], session.packets_until(FENCE)?)
}

fn post_first(cx: &Context) -> Outcome {
    let mut session = Polling::issued(cx, "xhr-polling")?;
    let response = session.post("3:::early")?;
    let mut packets = packets_in(&session.poll()?)?;
    match response.status {
        400 => cx.same("packets", vec!["1::"], packets),
        200 => {
            while packets.len() < 2 {
                packets.extend(session.packets()?);
            }
            cx.same("packets", vec!["1::", "3:::early"], packets)
        }
        _ => Err(Failure::differs("400, or 200 and the packet later", &response)),
    }
}

fn post_while_held(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    for _ in 0..3 {
        session.send(&["2::"])?;
    }
    session.send(&["3:::x"])?;
    cx.same("packets", vec!["3:::x"], packets_in(&session.end_poll()?)?)
}

fn posts_at_once(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let mut other = Connection::open(cx)?;
    session.posts.send(Request::post(cx, &session.path, "3:::a").to_bytes())?;
    other.send(Request::post(cx, &session.path, "3:::b").to_bytes())?;
    session.posts.response()?.expect(cx, 200, "1")?;
    other.response()?.expect(cx, 200, "1")?;
    let mut packets = session.packets()?;
    while packets.len() < 2 {
        packets.extend(session.packets()?);
    }
    packets.sort();
    cx.same("packets", vec!["3:::a", "3:::b"], packets)
}

fn post_pipelined(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let requests: Vec<_> =
        ["3:::a", "3:::b", "3:::c"].iter().map(|text| Request::post(cx, &session.path, *text)).collect();
    session.posts.send(requests.iter().flat_map(Request::to_bytes).collect::<Vec<_>>())?;
    for _ in &requests {
        session.posts.response()?.expect(cx, 200, "1")?;
    }
    cx.same("packets", vec!["3:::a", "3:::b", "3:::c"], session.packets_until("3:::c")?)
}

fn one_connection(cx: &Context) -> Outcome {
    let path = handshake(cx)?.path("xhr-polling");
    let mut connection = Connection::open(cx)?;
    connection.get(cx, &path)?.expect(cx, 200, "1::")?;
    connection.post(cx, &path, "3:::x")?.expect(cx, 200, "1")?;
    let body = connection.get(cx, &path)?.body;
    cx.that("3:::x", body == b"3:::x", show(&body))
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("poll-headers", "Cache-Control: None", NO_STORE),
    Difference::of_socketio_09("poll-http-1.0", "an open connection", "it answers HTTP/1.0 with Connection: Keep-Alive, unasked"),
    Difference::of_socketio_09("held-poll-collects", r#"packets: ["5:::{\"name\":\"seq\",\"args\":[0]}"]"#, "it answers a held poll with the first packet, and the others wait for the next"),
    Difference::of_socketio_09("aborted-poll", r#"packets: ["3:::the fence"]"#, "it does not watch the connection of a poll, and the packet goes into a dead answer"),
    Difference::of_socketio_09("post-cut-characters", r#"packets: ["3:::�������"]"#, "it decodes each piece by itself (socket.io issue 816)"),
    Difference::of_socketio_09("post-invalid-utf8", r#"200 "1""#, "it decodes what is no UTF-8 to U+FFFD, and answers before it has looked"),
    Difference::of_socketio_09("post-before-first-poll", "nothing but noops", "it takes the POST for the first request of the transport, and packet and 1:: are lost"),
];

// Why, in several rows.
const NO_STORE: &str = "it leaves caching to the client, and one native client polls with the system's cache on";
