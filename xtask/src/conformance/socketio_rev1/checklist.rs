//! The twenty things that are easily missed, in the order of the list (section 11). Some are seen to in detail elsewhere;
//! here each stands by itself, so that a server's author can read the list from top to bottom.

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Connection, Dialect, Request};
use super::super::context::{Context, PATIENCE};
use super::super::launch::Timers;
use super::super::target::Timer;
use super::session::{FENCE, Polling, Socket, frame, handshake, packets_in, path};
use super::stream::{expect_forgotten, packet_in_script, talk};
use super::why::{
    AWAY_UNHEARD, BY_ENDPOINT, FFFD, GLUED, NEVER_ANSWERED, NO_RAW_FORM, NO_SECOND_CONNECT, NOT_HELD, SAME_LIST,
    SEPARATORS, ZERO,
};

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "11", about, run);
    vec![
        check("01-utf16-lengths", "lengths count UTF-16 units, and one packet alone is not framed", utf16),
        check("02-timeouts", "no timeout in the handshake is empty or a fraction", timeouts),
        check("03-heartbeat-in-time", "a heartbeat comes before the client's limits are over", heartbeat_in_time)
            .waits(),
        check("03-noop-in-time", "so does the end of an empty poll", noop_in_time).waits(),
        check("04-connect-once", "1:: comes first, once, unasked", |cx| {
            let mut socket = Socket::open(cx)?;
            socket.expect_answers(cx, &[])
        }),
        check("04-connect-again", "and again only when the transport's name changes", connect_again),
        check("05-one-session-many-transports", "one id may be tried over several transports", many_transports),
        check("06-post-answer", "a POST is answered by exactly 1, with a content type", post_answer),
        check("07-jsonp-index", "the index of a jsonp poll is the request's", |cx| {
            let target = format!("{}?t=1&i=7", handshake(cx)?.path("jsonp-polling"));
            Connection::open(cx)?.get(cx, &target)?.expect(cx, 200, "io.j[7](\"1::\");")
        }),
        check("07-jsonp-bodies", "both forms of a jsonp body are taken", jsonp_bodies),
        check("07-jsonp-separators", "U+2028 is escaped in a jsonp answer", jsonp_separators),
        check("08-htmlfile", "256 bytes, a chunk for each packet, and / as \\/", htmlfile),
        check("09-do-not-come-back", "0:: is answered by 0::", |cx| talk_until_end(cx, "0::", "0::")),
        check("09-goodbye-to-nobody", "a posted 0:: is answered 200 even for an unknown session", |cx| {
            Connection::open(cx)?.post(cx, &path("xhr-polling", "nobody-knows-me"), "0::")?.expect(cx, 200, "1")
        }),
        check("10-never-again", "403 is for those who must not come back: a refused origin", never_again)
            .with_flags(&["--origins", "a.example:80"]),
        check("11-plus", "an event that wants an answer has a plus", super::acks::plus),
        check("12-disconnect-request", "the request with an empty segment ends a session that is away", |cx| {
            let session = Polling::open(cx)?;
            let target = format!("/socket.io/1//{}/?disconnect=1", session.handshake.sid);
            Connection::open(cx)?.get(cx, &target)?.expect(cx, 200, "")?;
            expect_forgotten(cx, &session.handshake.sid)
        }),
        check(
            "13-superseded-poll",
            "a poll behind which another came is answered later, not at once, not never",
            superseded,
        )
        .waits(),
        check("14-packets-ahead-of-connect", "packets ahead of an endpoint's connect are held", |cx| {
            talk(cx, &["3::/chat:a", "1::/chat", "3::/chat:b"], &["1::/chat", "3::/chat:a", "3::/chat:b"])
        }),
        check("15-automatic-ack", "the automatic ack comes ahead of the handler's packets, with the endpoint", |cx| {
            talk(
                cx,
                &["1::/chat", "3:1:/chat:x", "3:2::y"],
                &["1::/chat", "6::/chat:1", "3::/chat:x", "6:::2", "3:::y"],
            )
        }),
        check("16-origin-echo", "an origin is echoed with credentials, also on errors", origin_echo),
        check("17-hixie-head-first", "hixie-76: the head comes before the nonce does", hixie),
        check("17-hixie-byte-ff", "hixie-76: only the byte FF ends a message", |cx| {
            let mut socket = Socket::open_in(cx, Dialect::Hixie76)?;
            socket.send("3:::\u{fffd}\u{ff}")?;
            socket.expect_answers(cx, &["3:::\u{fffd}\u{ff}"])
        }),
        check("17-flashsocket-speaks-it", "flashsocket speaks hixie-76", |cx| {
            let mut socket = Socket::attach(cx, "flashsocket", Dialect::Hixie76, handshake(cx)?)?;
            socket.expect(cx, "1::")
        }),
        check("18-policy", "a policy request in pieces is answered, with NUL at the end", policy),
        check("19-zero-alone", "0 alone is 0::", |cx| talk_until_end(cx, "0", "0::")).with_timers(Timers::LONG),
        check("19-glued-query", "1::/chat?q opens /chat", |cx| talk(cx, &["1::/chat?q"], &["1::/chat"])),
        check("19-string-args", "args may be one value", |cx| {
            talk(cx, &[r#"5:::{"name":"echo","args":"x"}"#], &[r#"5:::{"name":"echo","args":["x"]}"#])
        }),
        check("19-ack-without-endpoint", "an ack may come without its endpoint", ack_without_endpoint)
            .with_timers(Timers::LONG),
        check("19-heartbeat-unasked", "2:: may come unasked", |cx| talk(cx, &["2::", "2::", "3:::x"], &["3:::x"])),
        check("19-bare-time", "?t123 is a query", |cx| {
            let told = handshake(cx)?;
            let target = format!("{}?t1312200250539", told.path("xhr-polling"));
            Connection::open(cx)?.get(cx, &target)?.expect(cx, 200, "1::")
        }),
        check(
            "20-room-is-no-endpoint",
            "room chat and endpoint /chat are different",
            super::endpoints::room_is_no_endpoint,
        )
        .on_own_server(),
    ]
}

fn utf16(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.send(&["3:::😀"])?;
    cx.same("one packet", "3:::😀", session.poll()?.as_str())?;
    session.begin_poll()?;
    let room = format!("\"{}😀\"", session.handshake.sid);
    // Two packets in one turn.
    session.send(&[&format!(r#"5:1+::{{"name":"join","args":[{room}]}}"#), FENCE])?;
    let mut body = session.end_poll()?;
    let joined = format!("6:::1+[{room}]");
    if body == joined {
        body = format!("{}{}", frame(&joined), frame(&session.poll()?));
    }
    cx.same("two packets", vec![joined.as_str(), FENCE], packets_in(&body)?)
}

fn timeouts(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    for field in [told.heartbeat_timeout, told.close_timeout] {
        let whole = field.parse::<u32>().is_ok_and(|seconds| (1..=2_147_483).contains(&seconds));
        cx.that("whole seconds from 1 to 2147483", whole, field)?;
    }
    Ok(())
}

/// The shorter one of the limits that a client is told.
fn limit(cx: &Context) -> Outcome<std::time::Duration> {
    let (heartbeat, close) = (cx.timer(Timer::HeartbeatTimeout)?, cx.timer(Timer::CloseTimeout)?);
    Ok(heartbeat.min(close))
}

fn heartbeat_in_time(cx: &Context) -> Outcome {
    let limit = limit(cx)?;
    let mut socket = Socket::open(cx)?;
    socket.websocket.connection.set_patience(limit);
    cx.same("packet", "2::", socket.websocket.text()?.as_str())
}

fn noop_in_time(cx: &Context) -> Outcome {
    let limit = limit(cx)?;
    let mut session = Polling::open(cx)?;
    session.polls.set_patience(limit);
    cx.same("poll", "8::", session.poll()?.as_str())
}

fn connect_again(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    let mut first = Socket::attach(cx, "websocket", Dialect::Rfc6455, told.clone())?;
    first.expect(cx, "1::")?;
    let mut polls = Connection::open(cx)?;
    polls.get(cx, &told.path("xhr-polling"))?.expect(cx, 200, "1::")?;
    polls.post(cx, &told.path("xhr-polling"), "3:::x")?.expect(cx, 200, "1")?;
    polls.get(cx, &told.path("xhr-polling"))?.expect(cx, 200, "3:::x")
}

fn many_transports(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    // A WebSocket whose Upgrade a proxy has taken away; what it is told does not matter here.
    let _ = Connection::open(cx)?.get(cx, &told.path("websocket"));
    let mut socket = Socket::attach(cx, "flashsocket", Dialect::Hixie76, told.clone())?;
    socket.expect(cx, "1::")?;
    Connection::open(cx)?.get(cx, &told.path("xhr-polling"))?.expect(cx, 200, "1::")
}

fn post_answer(cx: &Context) -> Outcome {
    let response = Polling::open(cx)?.post("3:::x")?;
    response.expect(cx, 200, "1")?;
    response.expect_header(cx, "Content-Type", Some("text/plain; charset=UTF-8"))
}

fn post_form(cx: &Context, session: &mut Polling<'_>, body: &str) -> Outcome {
    let target = format!("{}?t=1&i=0", session.handshake.path("jsonp-polling"));
    let request = Request::post(cx, &target, body).header("Content-Type", "application/x-www-form-urlencoded");
    session.posts.request(&request)?.expect(cx, 200, "1")
}

fn jsonp_bodies(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    for body in ["d=3%3A%3A%3Ax", "d=%223%3A%3A%3Ax%22"] {
        post_form(cx, &mut session, body)?;
        cx.same("packets", vec!["3:::x"], session.packets()?)?;
    }
    Ok(())
}

fn jsonp_separators(cx: &Context) -> Outcome {
    let mut session = Polling::issued(cx, "jsonp-polling")?;
    session.poll()?;
    post_form(cx, &mut session, "d=%223%3A%3A%3A%E2%80%A8%22")?;
    session.begin_poll()?;
    session.polls.response()?.expect(cx, 200, r#"io.j[0]("3:::\u2028");"#)
}

fn htmlfile(cx: &Context) -> Outcome {
    let mut page = Polling::issued(cx, "htmlfile")?;
    page.begin_poll()?;
    page.polls.head()?.expect_status(cx, 200)?;
    let mut chunk = || page.polls.chunk()?.ok_or_else(|| Failure::differs("a chunk", "the end of the page"));
    cx.same("bytes of the first chunk", 256, chunk()?.len())?;
    cx.same("the second chunk", "1::", packet_in_script(&chunk()?)?.as_str())?;
    page.post("3:::/")?.expect(cx, 200, "1")?;
    let chunk = page.polls.chunk()?.unwrap_or_default();
    cx.same("the third chunk", r#"<script>_("3:::\/");</script>"#, String::from_utf8_lossy(&chunk))
}

fn talk_until_end(cx: &Context, packet: &str, answer: &str) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.send(packet)?;
    socket.expect(cx, answer)?;
    socket.websocket.connection.rest().map(drop)
}

fn never_again(cx: &Context) -> Outcome {
    let request = Request::get(cx, "/socket.io/1/").header("Origin", "http://b.example");
    Connection::open(cx)?.request(&request)?.expect(cx, 403, "handshake bad origin")
}

fn superseded(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.polls.expect_quiet()?;
    let mut second = Connection::open(cx)?;
    second.send(Request::get(cx, &session.path).to_bytes())?;
    session.polls.expect_quiet()?;
    session.polls.set_patience(duration + PATIENCE);
    cx.same("the first poll", "8::", session.end_poll()?.as_str())
}

fn origin_echo(cx: &Context) -> Outcome {
    let unknown = path("xhr-polling", "nobody");
    for request in [Request::get(cx, "/socket.io/1/"), Request::post(cx, &unknown, "3:::x")] {
        let response = Connection::open(cx)?.request(&request.header("Origin", "https://a.example"))?;
        response.expect_header(cx, "Access-Control-Allow-Origin", Some("https://a.example"))?;
        response.expect_header(cx, "Access-Control-Allow-Credentials", Some("true"))?;
    }
    Ok(())
}

fn hixie(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    let target = told.path("websocket");
    let mut connection = Connection::open(cx)?;
    connection.send(Dialect::Hixie76.request(cx, &target).header("Origin", "http://a.example").to_bytes())?;
    let head = connection.head()?;
    head.expect_status(cx, 101)?;
    let location = format!("ws://{}{target}", cx.target.authority);
    head.expect_header(cx, "Sec-WebSocket-Location", Some(&location))?;
    connection.send(b"^n:ds[4U")?;
    cx.same("digest", b"8jKS'y:G*Co,Wxa-".to_vec(), connection.exactly(16)?)
}

fn policy(cx: &Context) -> Outcome {
    let mut connection = Connection::open(cx)?;
    for piece in [b"<policy-file".as_slice(), b"-request/>\0"] {
        connection.expect_quiet()?;
        connection.send(piece)?;
    }
    let answer = connection.rest()?;
    let good = answer.starts_with(b"<?xml") && answer.ends_with(b"</cross-domain-policy>\0");
    cx.that("a policy and NUL", good, if good { "a policy and NUL" } else { "something else" })
}

fn ack_without_endpoint(cx: &Context) -> Outcome {
    let mut socket = Socket::open_on(cx, "/chat")?;
    socket.send(r#"5::/chat:{"name":"ask","args":[1]}"#)?;
    let question = socket.packet()?;
    let id = question.strip_prefix("5:").and_then(|rest| rest.split_once("+:")).map(|(id, _)| id.to_owned());
    let id = id.ok_or_else(|| Failure::differs("a question with an id", &question))?;
    socket.send(&format!("6:::{id}+[2]"))?;
    socket.expect(cx, r#"5::/chat:{"name":"answered","args":[2]}"#)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("04-connect-again", r#"200 "8::""#, NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("05-one-session-many-transports", r#"200 "8::""#, NO_SECOND_CONNECT).deadly(),
    Difference::of_socketio_09("07-jsonp-bodies", "the end of the connection", NO_RAW_FORM).deadly(),
    Difference::of_socketio_09("07-jsonp-separators", r#"200 "io.j[0](\"3:::\u{2028}\");""#, SEPARATORS),
    Difference::of_socketio_09("12-disconnect-request", r#"200 "8::""#, AWAY_UNHEARD).sometimes(),
    Difference::of_socketio_09("13-superseded-poll", "silence", NEVER_ANSWERED).sometimes(),
    Difference::of_socketio_09("14-packets-ahead-of-connect", r#"packets: ["1::/chat", "3::/chat:b"]"#, NOT_HELD),
    Difference::of_socketio_09("17-hixie-byte-ff", r#"the end of the connection behind ["3::"]"#, FFFD),
    Difference::of_socketio_09("18-policy", "the end of the connection", "its host answers a policy request only when it comes whole: Node.js has taken this over since 0.10").sometimes(),
    Difference::of_socketio_09("19-zero-alone", "silence", ZERO),
    Difference::of_socketio_09("19-glued-query", "packets: []", GLUED),
    Difference::of_socketio_09("19-ack-without-endpoint", "silence", BY_ENDPOINT),
    Difference::of_socketio_09("20-room-is-no-endpoint", r#"packets: ["5::/chat:{\"name\":\"broadcast\",\"args\":[1]}"]"#, SAME_LIST),
];
