//! flashsocket: WebSocket as the Flash client speaks it, which is hixie-76 and nothing else, and which checks more of the
//! answer than browsers do (section 4.7).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Dialect, Request, WebSocket};
use super::super::context::{Context, show};
use super::session::{Handshake, Socket, handshake};
use super::why::NO_CLOSE_FRAME;

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "4.7", about, run);
    vec![
        check("opens", "the client's own request, with its empty Cookie, opens a session", opens),
        check("status-line", "the answer starts with \"HTTP/1.1 101 \"", |cx| {
            let head = head(cx)?;
            cx.that("\"HTTP/1.1 101 \"", head.starts_with("HTTP/1.1 101 "), head.lines().next().unwrap_or_default())
        }),
        check("header-lines", "every line of the head is NAME: VALUE, with a space behind the colon", header_lines),
        check("upgrade", "Upgrade is WebSocket and nothing else", |cx| {
            let value = value(cx, "upgrade")?;
            cx.same("Upgrade", "websocket", value.to_lowercase().as_str())
        }),
        check("connection", "Connection is Upgrade and nothing else", |cx| {
            let value = value(cx, "connection")?;
            cx.same("Connection", "upgrade", value.to_lowercase().as_str())
        }),
        check("origin", "Sec-WebSocket-Origin is the origin that was sent", |cx| {
            let value = value(cx, "sec-websocket-origin")?;
            cx.same("Sec-WebSocket-Origin", ORIGIN, value.as_str())
        }),
        check("location", "Sec-WebSocket-Location names the transport", |cx| {
            let value = value(cx, "sec-websocket-location")?;
            let prefix = format!("ws://{}/socket.io/1/flashsocket/", cx.target.authority);
            cx.that(&prefix, value.starts_with(&prefix), value)
        }),
        check("digest", "the digest is right", digest),
        check("echo", "a text is sent back", |cx| {
            let mut socket = open(cx)?;
            socket.send("3:::€ from Flash")?;
            socket.expect(cx, "3:::€ from Flash")
        }),
        check("close", "FF 00 is answered by the same and the end", |cx| {
            let mut socket = open(cx)?;
            socket.websocket.send_close()?;
            socket.websocket.expect_close(cx, None)
        }),
        check("disconnect", "0:: is answered by 0::, FF 00 and the end", |cx| {
            let mut socket = open(cx)?;
            socket.send("0::")?;
            socket.expect(cx, "0::")?;
            socket.websocket.expect_close(cx, None)
        }),
        check("heartbeat", "heartbeats are sent as on websocket", heartbeat).waits(),
        check("rfc6455", "other dialects open it as well", |cx| {
            let mut socket = Socket::attach(cx, "flashsocket", Dialect::Rfc6455, handshake(cx)?)?;
            socket.expect(cx, "1::")
        }),
        check("unknown-session", "an unknown session is told 7:::1+0, FF 00 and the end", unknown),
        check("post", "a POST is answered 400 and leaves the session usable", post),
    ]
}

const ORIGIN: &str = "http://page.example";

/// What `WebSocketMain.swf` sends: its headers in its order.
fn request(cx: &Context, told: &Handshake) -> Request {
    Request::bare("GET", &told.path("flashsocket"), "HTTP/1.1")
        .header("Upgrade", "WebSocket")
        .header("Connection", "Upgrade")
        .header("Host", &cx.target.authority)
        .header("Origin", ORIGIN)
        .header("Cookie", "")
        .header("Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5")
        .header("Sec-WebSocket-Key2", "12998 5 Y3 1  .P00")
}

fn open(cx: &Context) -> Outcome<Socket> {
    let handshake = handshake(cx)?;
    let websocket = WebSocket::open_by(cx, &request(cx, &handshake), Dialect::Hixie76)?;
    let mut socket = Socket { handshake, websocket };
    socket.expect(cx, "1::")?;
    Ok(socket)
}

fn opens(cx: &Context) -> Outcome {
    open(cx)?.expect_answers(cx, &[])
}

/// A connection that has sent everything, and not read the answer.
fn asked(cx: &Context) -> Outcome<Connection> {
    let told = handshake(cx)?;
    let mut connection = Connection::open(cx)?;
    connection.send([request(cx, &told).to_bytes().as_slice(), b"^n:ds[4U"].concat())?;
    Ok(connection)
}

/// The head of the answer as it stands.
fn head(cx: &Context) -> Outcome<String> {
    let head = asked(cx)?.up_to(b"\r\n\r\n", "a response")?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// The value of a header, as Flash would see it; the name in small letters.
fn value(cx: &Context, name: &str) -> Outcome<String> {
    let head = head(cx)?;
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let value = headers.find(|(other, _)| other.to_lowercase() == name).map(|(_, value)| value.to_owned());
    cx.that(name, value.is_some(), show(head.as_bytes()))?;
    Ok(value.unwrap_or_default())
}

fn header_lines(cx: &Context) -> Outcome {
    let head = head(cx)?;
    let mut lines = head.trim_end().lines().skip(1);
    let odd = lines.find(|line| line.split_once(": ").is_none_or(|(name, _)| name.contains([' ', ':'])));
    cx.that("NAME: VALUE", odd.is_none(), odd.unwrap_or("NAME: VALUE on every line"))
}

fn digest(cx: &Context) -> Outcome {
    let mut connection = asked(cx)?;
    connection.head()?;
    let digest = connection.exactly(16)?;
    cx.same("digest", "8jKS'y:G*Co,Wxa-", String::from_utf8_lossy(&digest))
}

fn heartbeat(cx: &Context) -> Outcome {
    let interval = cx.timer(super::super::target::Timer::HeartbeatInterval)?;
    let mut socket = open(cx)?;
    socket.websocket.connection.set_patience(interval * 2 + super::super::context::PATIENCE);
    cx.same("packet", "2::", socket.websocket.text()?.as_str())
}

fn unknown(cx: &Context) -> Outcome {
    let path = super::session::path("flashsocket", "0123456789abcdefghij");
    let mut socket = WebSocket::open(cx, &path, Dialect::Hixie76)?;
    cx.same("packet", "7:::1+0", socket.text()?.as_str())?;
    socket.expect_close(cx, None)
}

fn post(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    Connection::open(cx)?.post(cx, &told.path("flashsocket"), "3:::x")?.expect_status(cx, 400)?;
    let mut socket = Socket::attach(cx, "flashsocket", Dialect::Hixie76, told)?;
    socket.expect(cx, "1::")
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("close", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("disconnect", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("unknown-session", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("post", "silence", "it leaves a POST on the path of a WebSocket unanswered"),
];
