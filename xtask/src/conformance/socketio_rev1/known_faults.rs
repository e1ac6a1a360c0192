//! What 0.9 servers were known for, and what must not happen again: one check for each row of the list of complaints
//! (section 9).

use std::time::{Duration, Instant};

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Connection, Dialect, Frame, Opcode, Request};
use super::super::context::Context;
use super::super::launch::Timers;
use super::super::target::Timer;
use super::session::{Polling, Socket, handshake, handshake_in, path};
use super::stream::{Kind, Stream, expect_forgotten, talk};
use super::why::{
    AGAIN, AWAY_UNHEARD, DEAD_POLL, NEVER_ANSWERED, NO_LEAVING, NO_LIMIT, NO_SECOND_CONNECT, NOT_HELD, PONG_ENDS_IT,
    SEPARATORS,
};

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "9", about, run);
    vec![
        check("spinning-pollers", "#438: a poll with a stale id again and again is slowed down", spinning).waits(),
        check(
            "reconnects-every-25-s",
            "#777, #1516: a quiet client hears something before its limits are over",
            |cx| {
                let quiet = |timer| cx.timer(timer);
                let shortest = quiet(Timer::HeartbeatTimeout)?.min(quiet(Timer::CloseTimeout)?);
                let told = [quiet(Timer::HeartbeatInterval)?, quiet(Timer::PollingDuration)?];
                let good = told.iter().all(|timer| *timer < shortest);
                cx.that("heartbeats and noops below the timeouts", good, format!("{told:?} below {shortest:?}"))
            },
        ),
        check(
            "unload-request-between-polls",
            "#835, c#279: the disconnect request ends a session that is away",
            |cx| {
                let session = Polling::open(cx)?;
                let target = format!("/socket.io/1//{}/?disconnect=1", session.handshake.sid);
                Connection::open(cx)?.get(cx, &target)?.expect(cx, 200, "")?;
                expect_forgotten(cx, &session.handshake.sid)
            },
        ),
        check(
            "messages-lost-around-polls",
            "#816, #848: of 15 packets that come when a held poll has been dropped, all arrive",
            lost,
        )
        .with_timers(Timers::LONG)
        .waits(),
        check("duplicate-polls-hang", "#816: both of two polls are answered", duplicate).waits(),
        check("blocked-websocket", "#490, #1277: polls after a WebSocket that went silent get their 1::", blocked),
        check("connection-raised-twice", "#430, #758: events are handled once, however often 1:: was sent", |cx| {
            talk(
                cx,
                &["1::", "1::", "1::", r#"5:::{"name":"burst","args":[1]}"#],
                &["1::", "1::", "1::", r#"5:::{"name":"seq","args":[0]}"#],
            )
        }),
        check("small-frames", "#1765: 20,000 empty frames in one go end nothing", small_frames)
            .with_timers(Timers::LONG)
            .on_own_server(),
        check("unopened-handshakes", "#516, #1122: 2,000 handshakes that nobody opens end nothing", unopened).waits(),
        check("connects-and-leaves", "#407, #1143: 200 sessions come and go, and the next one is well", come_and_go)
            .waits(),
        check("ghosts-in-rooms", "#349, #463: who has gone is in no room", ghosts),
        check("cut-after-much-data", "#1592: 20 MB of echoes over one WebSocket cut nothing", much_data).waits(),
        check("message-without-limit", "#886: a message above the limit is refused before it is there", |cx| {
            let mut socket = Socket::open(cx)?;
            let head = [&[0x81, 0xff], 50_000_000_u64.to_be_bytes().as_slice(), &[1, 2, 3, 4]].concat();
            socket.websocket.connection.send(head)?;
            socket.websocket.expect_close(cx, Some(1009))
        }),
        check("internet-explorer-10", "#1026: pongs every now and then, masked and empty, do no harm", |cx| {
            let mut socket = Socket::open(cx)?;
            for _ in 0..5 {
                socket.websocket.send_frame(&Frame::new(Opcode::Pong, ""))?;
                socket.expect_answers(cx, &[])?;
            }
            Ok(())
        }),
        check("script-in-the-jsonp-index", "an index that is no number reaches no script", jsonp_index),
        check("script-in-htmlfile", "#1251: </script> in a message cannot end the script", |cx| {
            raw_page(cx, "3:::</script><script>alert(1)</script>", |chunk| chunk.matches("</script>").count() == 1)
        }),
        check("line-separators-in-htmlfile", "U+2028 and U+2029 do not stop the page", |cx| {
            raw_page(cx, "3:::\u{2028}\u{2029}", |chunk| !chunk.contains(['\u{2028}', '\u{2029}']))
        }),
        check("line-separators-in-jsonp", "nor the script of a poll", jsonp_separators),
        check("characters-at-segment-borders", "#816: a POST in single bytes keeps its characters", segments),
        check("characters-at-fragment-borders", "so does a WebSocket message in fragments of one byte", |cx| {
            let mut socket = Socket::open(cx)?;
            let text = "3:::ä€😀";
            let mut opcode = Opcode::Text;
            for byte in text.bytes() {
                socket.websocket.send_frame(&Frame::new(opcode, [byte]).unfinished())?;
                opcode = Opcode::Continuation;
            }
            socket.websocket.send_frame(&Frame::new(Opcode::Continuation, ""))?;
            socket.expect_answers(cx, &[text])
        }),
        check("credentials-and-star", "#630, #737: an origin is echoed with credentials, never *", cors),
        check(
            "nonce-behind-haproxy",
            "hixie-76 works behind HAProxy, which waits for the head",
            super::hixie76::head_first,
        ),
        check(
            "location-in-safari",
            "#622: hixie-76 names the very address that Safari asked for",
            super::hixie76::location,
        ),
        check("parts-of-an-origin", "#553: an origin that is a part of an allowed one is refused", |cx| {
            let request = Request::get(cx, "/socket.io/1/").header("Origin", "http://ple");
            Connection::open(cx)?.request(&request)?.expect(cx, 403, "handshake bad origin")
        })
        .with_flags(&["--origins", "a.example:*"]),
        check("origin-of-transports", "#553: the origin is looked at behind the handshake, too", |cx| {
            let allowed = Request::get(cx, "/socket.io/1/").header("Origin", "http://a.example");
            let told = handshake_in(cx, &Connection::open(cx)?.request(&allowed)?)?;
            let poll = Request::get(cx, &told.path("xhr-polling")).header("Origin", "http://b.example");
            Connection::open(cx)?.request(&poll)?.expect_status(cx, 403)
        })
        .with_flags(&["--origins", "a.example:*"]),
        check("policy-on-the-http-port", "#448, #1406: the Flash policy is answered on the HTTP port", |cx| {
            let mut connection = Connection::open(cx)?;
            connection.send(b"<policy-file-request/>\0")?;
            let policy = connection.rest()?;
            cx.that("a policy", policy.starts_with(b"<?xml") && policy.ends_with(b"\0"), "a policy")
        }),
        check("callback-without-parameters", "#710, #897: an event that wants an answer says so", super::acks::plus),
        check("endpoint-disconnect", "#795, #890: 0::/chat is the end of /chat", |cx| {
            talk(cx, &["1::/chat", "0::/chat", "3:1:/chat:x"], &["1::/chat"])
        }),
        check("lost-while-offline", "packets of an endpoint ahead of its connect are delivered", |cx| {
            talk(cx, &[r#"5:1+:/chat:{"name":"ack","args":[1]}"#, "1::/chat"], &["1::/chat", "6::/chat:1+[1]"])
        }),
        check("posts-at-once", "c#388: ten POSTs at the same time are all taken", posts_at_once),
        check("reserved-events", "an event called disconnect from a client ends nothing", |cx| {
            let events = ["disconnect", "connect", "connection", "error", "newListener", "close"];
            let events = events.map(|name| format!(r#"5:::{{"name":"{name}","args":["x"]}}"#));
            talk(cx, &events.each_ref().map(String::as_str), &[])
        }),
        check("origin-is-text-of-a-client", "an origin that is none is not echoed", odd_origin),
    ]
}

/// Demands that the server serves a new session.
pub(super) fn alive(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.expect_answers(cx, &[])
}

fn spinning(cx: &Context) -> Outcome {
    let target = path("xhr-polling", "stale-id-of-a-spinning-poller");
    let mut connection = Connection::open(cx)?;
    let start = Instant::now();
    for _ in 0..3 {
        connection.get(cx, &target)?.expect(cx, 200, "7:::1+0")?;
    }
    let slow = start.elapsed() > Duration::from_millis(1900);
    cx.that("two seconds or more for three polls", slow, if slow { "two seconds or more" } else { "less" })
}

fn lost(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    for number in 0..15 {
        session.begin_poll()?;
        session.polls.expect_silence(Duration::from_millis(20))?;
        std::mem::replace(&mut session.polls, Connection::open(cx)?).close();
        // Time for the server to see the end of that poll.
        Connection::open(cx)?.get(cx, "/socket.io/")?;
        session.posts.expect_quiet()?;
        let text = format!("3:::{number}");
        session.send(&[&text])?;
        cx.same("packets", vec![text], session.packets()?)?;
    }
    Ok(())
}

fn duplicate(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    let mut second = Connection::open(cx)?;
    second.send(Request::get(cx, &session.path).to_bytes())?;
    for poll in [&mut session.polls, &mut second] {
        poll.set_patience(duration * 2 + super::super::context::PATIENCE);
        poll.response()?.expect(cx, 200, "8::")?;
    }
    Ok(())
}

fn blocked(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    let _silent = Socket::attach(cx, "websocket", Dialect::Rfc6455, told.clone())?;
    Connection::open(cx)?.get(cx, &told.path("xhr-polling"))?.expect(cx, 200, "1::")
}

fn small_frames(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.websocket.connection.send(Frame::text("").masked().repeat(20_000))?;
    let alive = socket.answers().is_ok_and(|answers| answers.is_empty());
    cx.that("an open WebSocket", alive, if alive { "an open WebSocket" } else { "no answer" })
}

fn unopened(cx: &Context) -> Outcome {
    let mut connection = Connection::open(cx)?;
    let request = Request::get(cx, "/socket.io/1/").to_bytes();
    for _ in 0..20 {
        connection.send(request.repeat(100))?;
        for _ in 0..100 {
            connection.response()?.expect_status(cx, 200).map_err(|_| Failure::differs("200", "a refusal"))?;
        }
    }
    cx.log.lock().seen.clear();
    alive(cx)
}

fn come_and_go(cx: &Context) -> Outcome {
    for _ in 0..200 {
        Socket::open(cx)?.websocket.connection.close();
    }
    alive(cx)
}

fn ghosts(cx: &Context) -> Outcome {
    let (mut sender, mut member) = (Socket::open(cx)?, Socket::open(cx)?);
    let room = format!("\"{}\"", sender.handshake.sid);
    for socket in [&mut sender, &mut member] {
        socket.send(&format!(r#"5:1+::{{"name":"join","args":[{room}]}}"#))?;
        socket.expect(cx, &format!("6:::1+[{room}]"))?;
    }
    member.send("0::")?;
    member.expect(cx, "0::")?;
    sender.send(&format!(r#"5:::{{"name":"to-room","args":[{room},1]}}"#))?;
    sender.expect_answers(cx, &[])
}

fn much_data(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    let text = format!("3:::{}", "x".repeat(500_000));
    for _ in 0..40 {
        socket.send(&text)?;
        let echo = socket.packet()?;
        if echo != text {
            return Err(Failure::differs("the same text", format!("{} bytes", echo.len())));
        }
    }
    cx.saw("40 texts of 500,000 bytes");
    Ok(())
}

fn jsonp_index(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    let target = format!("{}?t=1&i=0](alert(1)),x[", told.path("jsonp-polling"));
    Connection::open(cx)?.get(cx, &target)?.expect(cx, 200, "io.j[0](\"1::\");")?;
    let body = Connection::open(cx)?.get(cx, "/socket.io/1/?jsonp=0](alert(1)),x[")?.text();
    cx.that("no script", !body.contains("alert"), if body.contains("alert") { "a script" } else { "no script" })
}

fn raw_page(cx: &Context, packet: &str, good: fn(&str) -> bool) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.send(&[packet])?;
    let chunk = loop {
        let chunk = stream.chunk()?;
        if chunk != br#"<script>_("2::");</script>"# {
            break String::from_utf8_lossy(&chunk).into_owned();
        }
    };
    cx.that("an escaped packet", good(&chunk), chunk.escape_debug())
}

fn jsonp_separators(cx: &Context) -> Outcome {
    let mut session = Polling::issued(cx, "jsonp-polling")?;
    session.poll()?;
    let target = session.handshake.path("xhr-polling");
    session.posts.post(cx, &target, "3:::a\u{2028}b\u{2029}c")?.expect(cx, 200, "1")?;
    session.begin_poll()?;
    session.polls.response()?.expect(cx, 200, r#"io.j[0]("3:::a\u2028b\u2029c");"#)
}

fn segments(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let text = "3:::ä€😀\u{fffd}";
    for byte in Request::post(cx, &session.path, text).to_bytes() {
        session.posts.send([byte])?;
    }
    session.posts.response()?.expect(cx, 200, "1")?;
    cx.same("poll", vec![text], session.packets()?)
}

fn cors(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let requests = [
        Request::get(cx, "/socket.io/1/"),
        Request::post(cx, &session.path, "3:::x"),
        Request::get(cx, &session.path),
        Request::post(cx, &path("xhr-polling", "nobody"), "3:::x"),
    ];
    for request in requests {
        let response = session.polls.request(&request.header("Origin", "http://a.example:81"))?;
        response.expect_header(cx, "Access-Control-Allow-Origin", Some("http://a.example:81"))?;
        response.expect_header(cx, "Access-Control-Allow-Credentials", Some("true"))?;
    }
    Ok(())
}

fn posts_at_once(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let mut posts = Vec::new();
    for number in 0..10 {
        let mut post = Connection::open(cx)?;
        post.send(Request::post(cx, &session.path, format!("3:::{number}")).to_bytes())?;
        posts.push(post);
    }
    posts.iter_mut().try_for_each(|post| post.response()?.expect(cx, 200, "1"))?;
    let mut packets = Vec::new();
    while packets.len() < 10 {
        packets.extend(session.packets()?);
    }
    packets.sort();
    cx.same("packets", (0..10).map(|number| format!("3:::{number}")).collect::<Vec<_>>(), packets)
}

fn odd_origin(cx: &Context) -> Outcome {
    handshake(cx)?;
    let request = Request::get(cx, "/socket.io/1/").header("Origin", "http://a.example/<script>, x");
    let response = Connection::open(cx)?.request(&request)?;
    let echoed = response.header("Access-Control-Allow-Origin").is_some_and(|origin| origin.contains("script"));
    cx.that("no echo", !echoed, if echoed { "an echo" } else { "no echo" })
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("spinning-pollers", "less", "it answers at once, and clients up to 0.9.3 spin on it (socket.io issue 438)"),
    Difference::of_socketio_09("unload-request-between-polls", r#"200 "8::""#, AWAY_UNHEARD).sometimes(),
    Difference::of_socketio_09("messages-lost-around-polls", "silence", DEAD_POLL),
    Difference::of_socketio_09("duplicate-polls-hang", "silence", NEVER_ANSWERED),
    Difference::of_socketio_09("blocked-websocket", r#"200 "8::""#, NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("connection-raised-twice", r#"packets: ["1::", "1::", "1::", "5:::{\"name\":\"seq\",\"args\":[0]}", "5:::{\"name\":\"seq\",\"args\":[0]}", "5:::{\"name\":\"seq\",\"args\":[0]}", "5:::{\"name\":\"seq\",\"args\":[0]}"]"#, AGAIN),
    Difference::of_socketio_09("small-frames", "no answer", "it does not read the mask of an empty frame, and loses its place"),
    Difference::of_socketio_09("message-without-limit", r#"a frame Text of "2::""#, NO_LIMIT),
    Difference::of_socketio_09("internet-explorer-10", "the end of the connection", PONG_ENDS_IT),
    Difference::of_socketio_09("line-separators-in-htmlfile", r#"<script>_(\"3:::\u{2028}\u{2029}\");</script>"#, SEPARATORS),
    Difference::of_socketio_09("line-separators-in-jsonp", r#"200 "io.j[0](\"3:::a\u{2028}b\u{2029}c\");""#, SEPARATORS),
    Difference::of_socketio_09("characters-at-fragment-borders", r#"packets: ["3:::���������"]"#, "it decodes each fragment by itself, and a character at the border is lost"),
    Difference::of_socketio_09("endpoint-disconnect", r#"packets: ["1::/chat", "6::/chat:1", "3::/chat:x"]"#, NO_LEAVING),
    Difference::of_socketio_09("lost-while-offline", r#"packets: ["1::/chat"]"#, NOT_HELD),
    Difference::of_socketio_09("origin-is-text-of-a-client", "an echo", "it echoes whatever text the client sends"),
    Difference::of_socketio_09("origin-of-transports", r#"200 "1::""#, "polling, htmlfile and hixie do not look at the origin"),
];
