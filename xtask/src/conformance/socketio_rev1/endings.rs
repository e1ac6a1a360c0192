//! How sessions end, and what is told to whom (section 3.6).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Dialect, End, Request, describe};
use super::super::context::Context;
use super::super::launch::Timers;
use super::session::{Polling, Socket, handshake};
use super::stream::{Kind, Stream, expect_forgotten};
use super::why::{AWAY_UNHEARD, NO_CLOSE_FRAME, NO_SHUTDOWN, ZERO};

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "3.6", about, run);
    let mut checks: Vec<_> = ["0::", "0", "0:5:", "0:5+:", "0:::"]
        .into_iter()
        .map(|packet| {
            let about = format!("{packet} is answered by 0::, and ends the session");
            Check::new(format!("goodbye-{}", packet.replace(':', "_")), "3.6", about, move |cx| goodbye(cx, packet))
                .with_timers(Timers::LONG)
        })
        .collect();
    checks.extend(REQUESTS.iter().map(|(name, about, method, behind)| {
        Check::new(*name, "2.1", *about, move |cx| disconnect_request(cx, method, behind))
    }));
    checks.extend([
        check("goodbye-on-a-held-poll", "a posted 0:: answers the held poll by 0::", goodbye_held),
        check("goodbye-while-away", "a posted 0:: ends a session that has no poll", goodbye_away),
        check("goodbye-then-forgotten", "behind 0:: the id is unknown", goodbye_forgotten),
        check("request-held-poll", "a disconnect request answers the held poll by 0::", request_held),
        check("request-while-away", "a disconnect request ends a session that has no poll, at once", request_away),
        check("request-before-the-first", "and one that has had no transport yet", request_issued),
        check("request-on-a-websocket", "on a WebSocket it brings 0:: and a close frame", request_socket),
        check("kicked-on-a-held-poll", "a kick answers the held poll by 0::", kicked_held),
        check("kicked-while-away", "a kick ends a session that has no poll", kicked_away),
        check("kicked-on-a-websocket", "a kick brings 0:: and a close frame", kicked_socket),
        check("closed-by-tcp", "a WebSocket whose TCP connection ends is over at once", closed_by_tcp),
        check("closed-by-frame", "so is one that is closed by a frame", closed_by_frame),
        check("closed-page", "so is a page whose connection ends", closed_page),
        check("others-go-on", "other sessions do not notice", others_go_on),
        check("shutdown-poll", "a server that ends answers a held poll by 7:::1+0, not by 0::", shutdown_poll)
            .with_timers(Timers::LONG)
            .on_own_server(),
        check("shutdown-websocket", "it closes WebSockets behind 7:::1+0, not behind 0::", shutdown_socket)
            .with_timers(Timers::LONG)
            .on_own_server(),
        check("shutdown-htmlfile", "and pages", shutdown_page).with_timers(Timers::LONG).on_own_server(),
    ]);
    checks
}

/// Disconnect requests: name, about, method, what stands behind the id.
const REQUESTS: &[(&str, &str, &str, &str)] = &[
    (
        "request-of-0.9.9",
        "GET /1//SID/?disconnect=1, as 0.9.9 and later send it, is answered 200 and nothing",
        "GET",
        "/?disconnect=1",
    ),
    ("request-without-slash", "it may come without the last slash", "GET", "?disconnect=1"),
    ("request-without-value", "and without a value", "GET", "/?disconnect"),
    ("request-with-time", "and behind other keys", "GET", "/?t=1&disconnect=1"),
    ("request-by-post", "and by POST", "POST", "/?disconnect=1"),
];

fn goodbye(cx: &Context, packet: &str) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.send(packet)?;
    socket.expect(cx, "0::")?;
    ends(cx, &mut socket)
}

/// Demands the end of a WebSocket, ahead of which there may be a close frame.
fn ends(cx: &Context, socket: &mut Socket) -> Outcome {
    let rest = socket.websocket.connection.rest()?;
    let good = matches!(rest.as_slice(), [] | [0x88, ..]);
    cx.that("the end", good, if good { "the end" } else { "further packets" })
}

fn disconnect_request(cx: &Context, method: &str, behind: &str) -> Outcome {
    let session = Polling::open(cx)?;
    let target = format!("/socket.io/1//{}{behind}", session.handshake.sid);
    let request = if method == "POST" { Request::post(cx, &target, "") } else { Request::new(cx, method, &target) };
    Connection::open(cx)?.request(&request)?.expect(cx, 200, "")?;
    expect_forgotten(cx, &session.handshake.sid)
}

fn request(cx: &Context, sid: &str) -> Outcome {
    Connection::open(cx)?.get(cx, &format!("/socket.io/1//{sid}/?disconnect=1"))?.expect(cx, 200, "")
}

fn held(cx: &Context) -> Outcome<Polling<'_>> {
    let mut session = Polling::open(cx)?;
    session.begin_poll()?;
    session.polls.expect_quiet()?;
    Ok(session)
}

fn goodbye_held(cx: &Context) -> Outcome {
    let mut session = held(cx)?;
    session.send(&["0::"])?;
    cx.same("poll", "0::", session.end_poll()?.as_str())
}

fn goodbye_away(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.send(&["0::"])?;
    expect_forgotten(cx, &session.handshake.sid)
}

fn goodbye_forgotten(cx: &Context) -> Outcome {
    let mut session = held(cx)?;
    session.send(&["0::"])?;
    session.end_poll()?;
    expect_forgotten(cx, &session.handshake.sid)?;
    cx.same("poll", "7:::1+0", session.poll()?.as_str())
}

fn request_held(cx: &Context) -> Outcome {
    let mut session = held(cx)?;
    request(cx, &session.handshake.sid)?;
    cx.same("poll", "0::", session.end_poll()?.as_str())
}

fn request_away(cx: &Context) -> Outcome {
    let session = Polling::open(cx)?;
    request(cx, &session.handshake.sid)?;
    expect_forgotten(cx, &session.handshake.sid)
}

fn request_issued(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    request(cx, &told.sid)?;
    Connection::open(cx)?.get(cx, &told.path("xhr-polling"))?.expect(cx, 200, "7:::1+0")
}

fn request_socket(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    request(cx, &socket.handshake.sid)?;
    socket.expect(cx, "0::")?;
    socket.websocket.expect_close(cx, Some(1000))
}

const KICK: &str = r#"5:::{"name":"kick-session"}"#;

fn kicked_held(cx: &Context) -> Outcome {
    let mut session = held(cx)?;
    session.send(&[KICK])?;
    cx.same("poll", "0::", session.end_poll()?.as_str())
}

fn kicked_away(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.send(&[KICK])?;
    expect_forgotten(cx, &session.handshake.sid)
}

fn kicked_socket(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.send(KICK)?;
    socket.expect(cx, "0::")?;
    socket.websocket.expect_close(cx, Some(1000))
}

fn closed_by_tcp(cx: &Context) -> Outcome {
    let Socket { handshake, websocket } = Socket::open(cx)?;
    websocket.connection.close();
    expect_forgotten(cx, &handshake.sid)
}

fn closed_by_frame(cx: &Context) -> Outcome {
    for dialect in Dialect::ALL {
        let mut socket = Socket::open_in(cx, dialect)?;
        socket.websocket.send_close()?;
        expect_forgotten(cx, &socket.handshake.sid)?;
    }
    Ok(())
}

fn closed_page(cx: &Context) -> Outcome {
    let Stream { handshake, stream, .. } = Stream::open(cx, Kind::HtmlFile)?;
    stream.close();
    expect_forgotten(cx, &handshake.sid)
}

fn others_go_on(cx: &Context) -> Outcome {
    let mut other = Socket::open(cx)?;
    goodbye(cx, "0::")?;
    closed_by_tcp(cx)?;
    other.expect_answers(cx, &[])
}

fn shutdown_poll(cx: &Context) -> Outcome {
    let mut session = held(cx)?;
    cx.terminate_server()?;
    cx.same("poll", "7:::1+0", session.end_poll()?.as_str())
}

fn shutdown_socket(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    cx.terminate_server()?;
    socket.expect(cx, "7:::1+0")?;
    let frame = socket.websocket.frame()?;
    cx.that("a close frame", frame.close_code().is_some(), describe(&frame))?;
    socket.websocket.connection.try_send(frame.masked());
    let (_, end) = socket.websocket.connection.rest_and_end()?;
    cx.same("the end", End::Finished, end)
}

fn shutdown_page(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    cx.terminate_server()?;
    stream.expect(&["7:::1+0"])?;
    let more = stream.stream.chunk()?;
    cx.that("the last chunk", more.is_none(), if more.is_none() { "the last chunk" } else { "a further chunk" })
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("goodbye-0", "silence", ZERO),
    Difference::of_socketio_09("request-of-0.9.9", r#"200 "8::""#, AWAY_UNHEARD).sometimes(),
    Difference::of_socketio_09("request-without-slash", r#"200 "8::""#, AWAY_UNHEARD).sometimes(),
    Difference::of_socketio_09("request-without-value", r#"200 "8::""#, AWAY_UNHEARD).sometimes(),
    Difference::of_socketio_09("request-with-time", r#"200 "8::""#, AWAY_UNHEARD).sometimes(),
    Difference::of_socketio_09("request-by-post", r#"200 "8::""#, AWAY_UNHEARD).sometimes(),
    Difference::of_socketio_09("request-while-away", r#"200 "8::""#, AWAY_UNHEARD).sometimes(),
    Difference::of_socketio_09("request-before-the-first", r#"200 "1::""#, AWAY_UNHEARD).sometimes(),
    Difference::of_socketio_09("request-on-a-websocket", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("kicked-on-a-websocket", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("shutdown-poll", "the end of the connection", NO_SHUTDOWN).deadly(),
    Difference::of_socketio_09("shutdown-websocket", "the end of the connection", NO_SHUTDOWN).deadly(),
    Difference::of_socketio_09("shutdown-htmlfile", "the end of the connection", NO_SHUTDOWN).deadly(),
];
