//! A second request for a session that has a transport: superseded polls, second WebSockets, and the fallback of clients
//! that give a transport up (section 3.5).

use super::super::check::{Check, Difference, Outcome, Pace};
use super::super::client::{Connection, Dialect, Request};
use super::super::context::{Context, PATIENCE};
use super::super::launch::Timers;
use super::super::target::Timer;
use super::session::{Handshake, Polling, Socket, handshake, packets_in};
use super::stream::{Kind, Stream};
use super::why::{NEVER_ANSWERED, NO_SECOND_CONNECT};

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "3.5", about, run);
    let mut checks = vec![
        check("second-poll-counts", "of two polls the second one gets the packets", second_poll_counts),
        check("first-poll-waits", "the first one is not answered at once: the client would spin", first_poll_waits),
        check("first-poll-ends", "it is answered 8:: when its own polling duration is over", first_poll_ends).waits(),
        check("many-polls", "of ten polls the last one counts, and all are answered in the end", many_polls).waits(),
        check(
            "second-websocket-counts",
            "of two WebSockets the second one gets the packets, without 1::",
            second_websocket,
        ),
        check("first-websocket-ends", "the first one is closed, and the session is not", first_websocket_ends),
        check("first-websocket-is-deaf", "what comes over the first one is dropped", first_websocket_is_deaf),
        check("second-htmlfile-counts", "of two pages the second one counts", second_page),
        check("post-changes-nothing", "a POST under another name leaves the transport as it is", post_elsewhere),
        check("post-is-read-by-its-name", "its body is read as its own transport writes it", post_is_read_by_name),
        check(
            "plain-get-on-websocket",
            "a GET on websocket, whose Upgrade was lost, leaves the fallback usable",
            |cx| {
                after_failure(cx, |cx, told| {
                    Connection::open(cx)?.get(cx, &told.path("websocket")).map(drop).or(Ok(()))
                })
            },
        ),
        check("upgrade-that-is-cut", "so does one whose connection ends within the request", |cx| {
            after_failure(cx, |cx, told| {
                let mut connection = Connection::open(cx)?;
                let request = Dialect::Rfc6455.request(cx, &told.path("websocket")).to_bytes();
                connection.send(&request[..request.len() / 2])?;
                connection.close();
                Ok(())
            })
        }),
        check("upgrade-to-hixie-76-without-nonce", "and a hixie-76 request whose eight bytes never come", |cx| {
            after_failure(cx, |cx, told| {
                let mut connection = Connection::open(cx)?;
                connection.send(Dialect::Hixie76.request(cx, &told.path("websocket")).to_bytes())?;
                connection.head().map(drop)
            })
        }),
        check("resent-after-fallback", "what went to a transport without a sign of life is sent again", resent),
        check("alive-transport-is-not-resent", "what a client has shown to have is not", not_resent),
        check("same-name-no-connect", "a poll behind a poll brings no second 1::", |cx| {
            let mut session = Polling::open(cx)?;
            session.send(&["3:::x"])?;
            cx.same("poll", "3:::x", session.poll()?.as_str())
        }),
    ];
    for (from, to) in FALLBACKS {
        let about = format!("1:: is sent again when {to} follows {from}");
        checks.push(Check::new(format!("{from}-then-{to}"), "3.5", about, move |cx| fallback(cx, from, to)));
    }
    // Those that do not wait for a timer must not be disturbed by one.
    let quick = |check: Check| if check.pace == Pace::Quick { check.with_timers(Timers::LONG) } else { check };
    checks.into_iter().map(quick).collect()
}

/// A client's ways from a transport that it gives up to the next one.
const FALLBACKS: [(&str, &str); 6] = [
    ("websocket", "xhr-polling"),
    ("websocket", "htmlfile"),
    ("websocket", "flashsocket"),
    ("flashsocket", "jsonp-polling"),
    ("htmlfile", "xhr-polling"),
    ("xhr-polling", "jsonp-polling"),
];

/// Opens a transport of a session, reads the `1::`, and returns its connection, which keeps it open.
fn open(cx: &Context, transport: &str, told: &Handshake) -> Outcome<Connection> {
    match transport {
        "websocket" | "flashsocket" => {
            let mut socket = Socket::attach(cx, transport, Dialect::Rfc6455, told.clone())?;
            socket.expect(cx, "1::")?;
            Ok(socket.websocket.connection)
        }
        "htmlfile" => {
            let mut stream = Stream::attach(cx, Kind::HtmlFile, told.clone())?;
            stream.expect(&["1::"])?;
            Ok(stream.stream)
        }
        _ => {
            let mut connection = Connection::open(cx)?;
            let expected = if transport == "jsonp-polling" { "io.j[0](\"1::\");" } else { "1::" };
            connection.get(cx, &told.path(transport))?.expect(cx, 200, expected)?;
            Ok(connection)
        }
    }
}

fn fallback(cx: &Context, from: &str, to: &str) -> Outcome {
    let told = handshake(cx)?;
    let _given_up = open(cx, from, &told)?;
    open(cx, to, &told).map(drop)
}

/// A session with a poll that is held, and one behind it that is held as well.
fn two_polls<'a>(cx: &'a Context) -> Outcome<(Polling<'a>, Connection)> {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.polls.expect_quiet()?;
    let mut second = Connection::open(cx)?;
    second.send(Request::get(cx, &session.path).to_bytes())?;
    second.expect_quiet()?;
    Ok((session, second))
}

fn second_poll_counts(cx: &Context) -> Outcome {
    let (mut session, mut second) = two_polls(cx)?;
    session.send(&["3:::x"])?;
    second.response()?.expect(cx, 200, "3:::x")
}

fn first_poll_waits(cx: &Context) -> Outcome {
    let (mut session, mut second) = two_polls(cx)?;
    session.send(&["3:::x"])?;
    second.response()?.expect(cx, 200, "3:::x")?;
    session.polls.expect_quiet()
}

fn first_poll_ends(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let (mut session, _second) = two_polls(cx)?;
    session.polls.set_patience(duration + PATIENCE);
    cx.same("the first poll", "8::", session.end_poll()?.as_str())
}

fn many_polls(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = Polling::open(cx)?;
    let mut polls = Vec::new();
    for _ in 0..10 {
        let mut poll = Connection::open(cx)?;
        poll.send(Request::get(cx, &session.path).to_bytes())?;
        poll.set_patience(duration + PATIENCE);
        polls.push(poll);
    }
    // Requests of different connections are not ordered; the last one is, behind a pause.
    session.polls.expect_quiet()?;
    session.begin_poll()?;
    session.polls.expect_quiet()?;
    session.send(&["3:::x"])?;
    cx.same("the last poll", "3:::x", session.end_poll()?.as_str())?;
    polls.iter_mut().try_for_each(|poll| poll.response()?.expect(cx, 200, "8::"))
}

fn second_of(cx: &Context, first: &Socket) -> Outcome<Socket> {
    Socket::attach(cx, "websocket", Dialect::Rfc6455, first.handshake.clone())
}

fn second_websocket(cx: &Context) -> Outcome {
    let first = Socket::open(cx)?;
    let mut second = second_of(cx, &first)?;
    second.send("3:::x")?;
    second.expect(cx, "3:::x")
}

fn first_websocket_ends(cx: &Context) -> Outcome {
    let mut first = Socket::open(cx)?;
    let mut second = second_of(cx, &first)?;
    second.expect_answers(cx, &[])?;
    let frame = first.websocket.frame()?;
    cx.that(
        "a close frame",
        frame.close_code().is_some() || frame.payload.is_empty(),
        super::super::client::describe(&frame),
    )?;
    first.websocket.connection.try_send(frame.masked());
    first.websocket.connection.expect_end()?;
    second.expect_answers(cx, &[])
}

fn first_websocket_is_deaf(cx: &Context) -> Outcome {
    let mut first = Socket::open(cx)?;
    let mut second = second_of(cx, &first)?;
    second.expect_answers(cx, &[])?;
    first.websocket.connection.try_send(super::super::client::Frame::text("3:::of the first").masked());
    first.websocket.connection.has_ended();
    second.expect_answers(cx, &[])
}

fn second_page(cx: &Context) -> Outcome {
    let first = Stream::open(cx, Kind::HtmlFile)?;
    let mut second = Stream::attach(cx, Kind::HtmlFile, first.handshake.clone())?;
    second.send(&["3:::x"])?;
    second.expect(&["3:::x"])
}

fn post_elsewhere(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    for transport in ["xhr-polling", "htmlfile"] {
        let text = format!("3:::by {transport}");
        Connection::open(cx)?.post(cx, &socket.handshake.path(transport), text.as_str())?.expect(cx, 200, "1")?;
        socket.expect(cx, &text)?;
    }
    Ok(())
}

fn post_is_read_by_name(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    let target = format!("{}?i=0", socket.handshake.path("jsonp-polling"));
    let request = Request::post(cx, &target, "d=%223%3A%3A%3Aby+a+form%22")
        .header("Content-Type", "application/x-www-form-urlencoded");
    Connection::open(cx)?.request(&request)?.expect(cx, 200, "1")?;
    socket.expect(cx, "3:::by a form")
}

/// The first transport fails in its setup, and the next one opens the session.
fn after_failure(cx: &Context, fail: fn(&Context, &Handshake) -> Outcome) -> Outcome {
    let told = handshake(cx)?;
    fail(cx, &told)?;
    open(cx, "xhr-polling", &told).map(drop)
}

/// Packets that a proxy swallowed: the client never says a word on its WebSocket.
fn resent(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.send(&[r#"5:::{"name":"after","args":[300,"resent"]}"#])?;
    let mut mute = Socket::attach(cx, "websocket", Dialect::Rfc6455, session.handshake.clone())?;
    let after = r#"5:::{"name":"after","args":["resent"]}"#;
    for packet in ["1::", after] {
        cx.same("packet", packet, mute.websocket.text()?.as_str())?;
    }
    cx.same("packets", ["1::", after].to_vec(), packets_in(&session.poll()?)?)
}

fn not_resent(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.send("3:::a")?;
    socket.expect(cx, "3:::a")?;
    socket.send("3:::b")?;
    socket.expect(cx, "3:::b")?;
    socket.send("8::")?;
    // The last packet and the echo of the next text are behind a sign of life, or are the answer to one.
    let mut poll = Connection::open(cx)?;
    let body = poll.get(cx, &socket.handshake.path("xhr-polling"))?.text();
    let packets = packets_in(&body)?;
    cx.that("1:: and not all of it again", packets[0] == "1::" && !packets.contains(&"3:::a".to_owned()), body)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("first-poll-ends", "silence", NEVER_ANSWERED),
    Difference::of_socketio_09("many-polls", "silence", NEVER_ANSWERED),
    Difference::of_socketio_09("first-websocket-ends", "silence", "it leaves the first WebSocket open"),
    Difference::of_socketio_09("first-websocket-is-deaf", r#"packets: ["3:::of the first"]"#, "it goes on taking packets from the first WebSocket"),
    Difference::of_socketio_09("upgrade-to-hixie-76-without-nonce", r#"200 "7:::1+0""#, "a hixie-76 request that is given up ends the session"),
    Difference::of_socketio_09("resent-after-fallback", r#"packet: "5:::{\"name\":\"after\",\"args\":[\"resent\"]}""#, NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("alive-transport-is-not-resent", "silence", NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("websocket-then-xhr-polling", "silence", NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("websocket-then-htmlfile", "silence", NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("websocket-then-flashsocket", "silence", NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("flashsocket-then-jsonp-polling", "silence", NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("htmlfile-then-xhr-polling", "silence", NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("xhr-polling-then-jsonp-polling", "silence", NO_SECOND_CONNECT).deadly(),
];
