//! Requests for sessions that nobody knows, on every transport (section 3.7).

use std::time::{Duration, Instant};

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Connection, Dialect, Request, WebSocket};
use super::super::context::{Context, show};
use super::session::{handshake, path};
use super::stream::packet_in_script;
use super::why::{ALWAYS_1, NO_CLOSE_FRAME, PROTO};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for (kind, about, sid) in IDS {
        checks.extend(REQUESTS.iter().map(|(name, answer, run)| {
            let about = format!("{about}: {answer}");
            let check = Check::new(format!("{name}-{kind}"), "3.7", about, move |cx| run(cx, &id(sid, name)));
            // 0.9.19 does not always end at once.
            if kind == "proto" { check.on_own_server() } else { check }
        }));
    }
    for dialect in Dialect::ALL {
        let about = format!("{}: the upgrade is done, then 7:::1+0, a close frame and the end", dialect.name());
        let run = move |cx: &Context| websocket(cx, &id("", dialect.name()), dialect);
        checks.push(Check::new(format!("websocket-{}", dialect.name()), "3.7", about, run));
    }
    checks.extend([
        Check::new("poll-again", "3.7", "the same unknown id again is answered within 1 to 3 s, not at once", again)
            .waits(),
        Check::new("polls-of-others", "3.7", "while one unknown id is held back, another is answered at once", |cx| {
            poll(cx, &id("", "other-1"))?;
            poll(cx, &id("", "other-2"))
        }),
        Check::new("post-goodbye-in-a-payload", "3.7", "0:: may stand in a payload", |cx| {
            post_goodbye(cx, &id("", "payload"))?;
            let body = super::session::payload(&["0::", "0::"]);
            let response = Connection::open(cx)?.post(cx, &path("xhr-polling", &id("", "payload")), body)?;
            cx.that("200 or 400", matches!(response.status, 200 | 400), response.status)
        }),
        Check::new("after-disconnect", "3.7", "an id whose session has ended is as unknown as any", after_disconnect),
        Check::new("headers", "2.6", "these answers echo the origin with credentials, too", headers),
    ]);
    checks
}

/// Ids that no session has: name, in words, id.
const IDS: [(&str, &str, &str); 5] = [
    ("plausible", "an id that could be one", ""),
    ("short", "an id of one character", "x"),
    ("long", "an id of 200 characters", "LONG"),
    ("odd", "an id with odd characters", "a%00b.c;d~e"),
    ("proto", "an id that is a member of every object", "__proto__"),
];

/// Every check takes an id of its own where the kind allows it: those that were asked for before are answered later.
fn id(kind: &str, name: &str) -> String {
    match kind {
        "" => format!("{:0<27}", name.replace('.', "_")),
        "LONG" => format!("{name}{}", "x".repeat(200 - name.len())),
        "__proto__" => "__proto__".to_owned(),
        other => format!("{other}{}", &name[..1]),
    }
}

/// What is asked for: name, the answer in words, function.
type Asked = (&'static str, &'static str, fn(&Context, &str) -> Outcome);

const REQUESTS: &[Asked] = &[
    ("poll", "a poll is answered 200 7:::1+0", poll),
    ("jsonp-poll", "a jsonp poll is answered io.j[3](\"7:::1+0\");", jsonp_poll),
    ("htmlfile", "htmlfile is a page with 7:::1+0, and its end", htmlfile),
    ("post", "a POST is answered 400", post),
    ("jsonp-post", "a jsonp POST is answered 400", jsonp_post),
    ("post-goodbye", "a POST of 0:: is answered 200 1", post_goodbye),
    ("jsonp-post-goodbye", "a jsonp POST of 0:: is answered 200 1", jsonp_post_goodbye),
    ("disconnect-request", "a disconnect request is answered 200 and nothing", disconnect_request),
];

/// A connection patient enough for an answer that is held back.
fn connection(cx: &Context) -> Outcome<Connection> {
    Connection::open(cx)
}

fn poll(cx: &Context, sid: &str) -> Outcome {
    connection(cx)?.get(cx, &path("xhr-polling", sid))?.expect(cx, 200, "7:::1+0")
}

fn jsonp_poll(cx: &Context, sid: &str) -> Outcome {
    let target = format!("{}?t=1&i=3", path("jsonp-polling", sid));
    connection(cx)?.get(cx, &target)?.expect(cx, 200, "io.j[3](\"7:::1+0\");")
}

fn htmlfile(cx: &Context, sid: &str) -> Outcome {
    let response = connection(cx)?.get(cx, &path("htmlfile", sid))?;
    response.expect_status(cx, 200)?;
    let Some(last) = response.chunks.last() else {
        return Err(Failure::differs("a page of chunks", &response));
    };
    cx.same("bytes ahead of it", 256, response.body.len() - last.len())?;
    cx.same("the last chunk", "7:::1+0", packet_in_script(last)?.as_str())
}

fn websocket(cx: &Context, sid: &str, dialect: Dialect) -> Outcome {
    let mut socket = WebSocket::open(cx, &path("websocket", sid), dialect)?;
    cx.same("packet", "7:::1+0", socket.text()?.as_str())?;
    let frame = socket.frame()?;
    cx.that("a close frame", frame.opcode == super::super::client::Opcode::Close, "a close frame")?;
    let answer = if dialect == Dialect::Hixie76 { vec![0xff, 0] } else { frame.masked() };
    socket.connection.try_send(answer);
    socket.connection.expect_end()
}

fn post(cx: &Context, sid: &str) -> Outcome {
    connection(cx)?.post(cx, &path("xhr-polling", sid), "3:::x")?.expect_status(cx, 400)
}

/// Posts what a form of jsonp-polling does.
fn form(cx: &Context, sid: &str, body: &str) -> Outcome<super::super::client::Response> {
    let target = format!("{}?t=1&i=0", path("jsonp-polling", sid));
    let request = Request::post(cx, &target, body).header("Content-Type", "application/x-www-form-urlencoded");
    connection(cx)?.request(&request)
}

fn jsonp_post(cx: &Context, sid: &str) -> Outcome {
    form(cx, sid, "d=%223%3A%3A%3Ax%22")?.expect_status(cx, 400)
}

fn post_goodbye(cx: &Context, sid: &str) -> Outcome {
    connection(cx)?.post(cx, &path("xhr-polling", sid), "0::")?.expect(cx, 200, "1")
}

fn jsonp_post_goodbye(cx: &Context, sid: &str) -> Outcome {
    form(cx, sid, "d=%220%3A%3A%22")?.expect(cx, 200, "1")
}

fn disconnect_request(cx: &Context, sid: &str) -> Outcome {
    connection(cx)?.get(cx, &format!("/socket.io/1//{sid}/?disconnect=1"))?.expect(cx, 200, "")?;
    connection(cx)?.get(cx, &format!("/socket.io/1/xhr-polling/{sid}?disconnect"))?.expect(cx, 200, "")
}

fn again(cx: &Context) -> Outcome {
    let target = path("xhr-polling", &id("", "again"));
    connection(cx)?.get(cx, &target)?.expect(cx, 200, "7:::1+0")?;
    let start = Instant::now();
    connection(cx)?.get(cx, &target)?.expect(cx, 200, "7:::1+0")?;
    let took = start.elapsed();
    // A busy machine may add to it.
    let held = (Duration::from_millis(950)..Duration::from_millis(4500)).contains(&took);
    cx.that("1 to 3 s later", held, if held { "1 to 3 s later" } else { "at once, or much later" })
}

fn after_disconnect(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    let mut connection = Connection::open(cx)?;
    connection.get(cx, &told.path("xhr-polling"))?.expect(cx, 200, "1::")?;
    connection.post(cx, &told.path("xhr-polling"), "0::")?.expect(cx, 200, "1")?;
    let answer = connection.get(cx, &told.path("xhr-polling"))?;
    let good = answer.status == 200 && matches!(answer.body.as_slice(), b"7:::1+0" | b"0::");
    cx.that("7:::1+0 or 0::", good, show(&answer.body))?;
    connection.post(cx, &told.path("xhr-polling"), "0::")?.expect(cx, 200, "1")
}

fn headers(cx: &Context) -> Outcome {
    let target = path("xhr-polling", &id("", "headers"));
    for request in [Request::get(cx, &target), Request::post(cx, &target, "3:::x"), Request::post(cx, &target, "0::")] {
        let response = Connection::open(cx)?.request(&request.header("Origin", "http://a.example"))?;
        response.expect_header(cx, "Access-Control-Allow-Origin", Some("http://a.example"))?;
        response.expect_header(cx, "Access-Control-Allow-Credentials", Some("true"))?;
    }
    Ok(())
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("post-plausible", r#"200 "1""#, ALWAYS_1),
    Difference::of_socketio_09("jsonp-post-plausible", r#"200 "1""#, ALWAYS_1),
    Difference::of_socketio_09("post-short", r#"200 "1""#, ALWAYS_1),
    Difference::of_socketio_09("jsonp-post-short", r#"200 "1""#, ALWAYS_1),
    Difference::of_socketio_09("post-long", r#"200 "1""#, ALWAYS_1),
    Difference::of_socketio_09("jsonp-post-long", r#"200 "1""#, ALWAYS_1),
    Difference::of_socketio_09("post-odd", r#"200 "1""#, ALWAYS_1),
    Difference::of_socketio_09("jsonp-post-odd", r#"200 "1""#, ALWAYS_1),
    Difference::of_socketio_09("poll-proto", "the end of the connection", PROTO).deadly(),
    Difference::of_socketio_09("jsonp-poll-proto", "the end of the connection", PROTO).deadly(),
    Difference::of_socketio_09("htmlfile-proto", "the end of the connection", PROTO).deadly(),
    Difference::of_socketio_09("post-proto", r#"200 "1""#, ALWAYS_1),
    Difference::of_socketio_09("jsonp-post-proto", r#"200 "1""#, PROTO).deadly(),
    Difference::of_socketio_09("websocket-rfc6455", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("websocket-hybi-8", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("websocket-hybi-7", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("websocket-hixie-76", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("poll-again", "at once, or much later", "it answers at once, and clients up to 0.9.3 spin on it (socket.io issue 438)"),
];
