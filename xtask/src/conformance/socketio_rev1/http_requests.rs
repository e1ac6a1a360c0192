//! Requests that no browser sends: wrong methods, upgrades in the wrong place, lengths that lie, heads without end (sections
//! 1.8, 4.1 and 10). Whatever the answer, the session goes on.

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Connection, Request};
use super::super::context::{Context, show};
use super::session::{Handshake, handshake};
use super::vectors::{self, Malformed};

pub(crate) fn checks() -> Vec<Check> {
    let rows = vectors::malformed("http-request").filter_map(|(number, row)| {
        let (name, input) = (row.name.as_deref()?, row.input.as_deref()?);
        // Some rows say in words what cannot be written down: there is a function for each of them elsewhere.
        let plain = input.ends_with("\r\n\r\n") || input.ends_with("3:::x") || input.ends_with("3:::early");
        let unknown = input.contains("xhr-polling/{sid}") || !input.contains("xhr-polling/");
        (plain && unknown && name != "POST ahead of the first GET").then_some((number, row, name, input))
    });
    let mut checks: Vec<Check> = rows
        .map(|(number, row, name, input)| {
            let about = format!("{name}: {}, {}", row.why, row.strict.action);
            Check::new(vectors::name(number, name), "1.8", about, move |cx| vector(cx, row, input))
        })
        .collect();
    checks.extend(
        LENGTHS
            .iter()
            .map(|(name, about, headers, body)| Check::new(*name, "10", *about, move |cx| length(cx, headers, body))),
    );
    checks.extend(METHODS.iter().map(|(method, status)| {
        let name = format!("method-{}-on-a-transport", method.to_lowercase());
        let about = format!("{method} on xhr-polling is answered {status}");
        Check::new(name, "1.8", about, move |cx| method_on_a_transport(cx, method, *status))
    }));
    checks.extend([
        Check::new("too-large-announced", "4.1", "a body of 1,000,000,000 bytes is answered 413 unread", too_large),
        Check::new("too-large-chunked", "4.1", "a chunked body beyond the limit is answered 413", too_large_chunked),
        Check::new("largest-body", "4.1", "a body of 1,000,000 bytes is taken", largest_body),
        Check::new("long-header-line", "10", "a header line of 90,000 bytes is answered 431", long_header_line),
        Check::new("many-headers", "10", "10,000 headers are answered 431", many_headers),
        Check::new("no-request", "10", "a line that is no request is answered 400, or nothing", no_request),
    ]);
    checks
}

/// Bodies whose length is told twice, or not in digits: all answered 400.
type Lengths = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);
const LENGTHS: &[Lengths] = &[
    (
        "length-and-chunks",
        "Content-Length with Transfer-Encoding is answered 400",
        &[("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        "5\r\n3:::x\r\n0\r\n\r\n",
    ),
    ("length-twice", "two lengths are answered 400", &[("Content-Length", "5"), ("Content-Length", "6")], "3:::x"),
    ("length-signed", "a signed length is answered 400", &[("Content-Length", "+5")], "3:::x"),
    ("length-negative", "a negative length is answered 400", &[("Content-Length", "-5")], "3:::x"),
    ("length-word", "a length that is no number is answered 400", &[("Content-Length", "five")], "3:::x"),
    (
        "chunk-size-word",
        "a chunk size that is no number is answered 400",
        &[("Transfer-Encoding", "chunked")],
        "x\r\n3:::x\r\n",
    ),
];

const METHODS: &[(&str, u16)] = &[("DELETE", 405), ("PATCH", 405), ("FOO", 405)];

/// Sends a request of the vectors and demands what is asked of a server.
fn vector(cx: &Context, row: &Malformed, input: &str) -> Outcome {
    let session = handshake(cx)?;
    let mut connection = Connection::open(cx)?;
    connection.send(input.replace("{sid}", &session.sid))?;
    let response = connection.head()?;
    match row.strict.action.split_once(' ') {
        Some(("reply", "plain")) => cx.same("a plain handshake", 200, response.status)?,
        Some(("reply", status)) => cx.same("status", status, response.status.to_string().as_str())?,
        Some(("use", "index 0")) => {
            let length = response.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
            let body = connection.exactly(length)?;
            return cx.same("body", "io.j[0](\"1::\");", String::from_utf8_lossy(&body).as_ref());
        }
        Some(_) | None => return Err(Failure::NotRun(format!("`{}` is new to this suite", row.strict.action))),
    }
    still_opens(cx, &session)
}

/// The session can be used as if nothing had happened.
fn still_opens(cx: &Context, session: &Handshake) -> Outcome {
    Connection::open(cx)?.get(cx, &session.path("xhr-polling"))?.expect(cx, 200, "1::")
}

fn method_on_a_transport(cx: &Context, method: &str, status: u16) -> Outcome {
    let session = handshake(cx)?;
    let mut connection = Connection::open(cx)?;
    connection.send(Request::new(cx, method, &session.path("xhr-polling")).to_bytes())?;
    cx.same("status", status, connection.head()?.status)?;
    still_opens(cx, &session)
}

/// A POST with these headers, to a session that is open.
fn length(cx: &Context, headers: &[(&str, &str)], body: &str) -> Outcome {
    let session = handshake(cx)?;
    still_opens(cx, &session)?;
    let request = Request::new(cx, "POST", &session.path("xhr-polling"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value)).body(body);
    let mut connection = Connection::open(cx)?;
    cx.same("status", 400, connection.request(&request)?.status)?;
    connection.expect_end()
}

fn too_large(cx: &Context) -> Outcome {
    let session = handshake(cx)?;
    still_opens(cx, &session)?;
    let request = Request::new(cx, "POST", &session.path("xhr-polling")).header("Content-Length", 1_000_000_000);
    let mut connection = Connection::open(cx)?;
    connection.send(request.to_bytes())?;
    cx.same("status", 413, connection.head()?.status)
}

fn too_large_chunked(cx: &Context) -> Outcome {
    let session = handshake(cx)?;
    still_opens(cx, &session)?;
    let request = Request::new(cx, "POST", &session.path("xhr-polling")).header("Transfer-Encoding", "chunked");
    let mut connection = Connection::open(cx)?;
    connection.send(request.to_bytes())?;
    let chunk = format!("186a0\r\n{}\r\n", "x".repeat(100_000));
    // The server may answer, and close, before it has seen it all.
    for _ in 0..11 {
        if !connection.try_send(&chunk) {
            break;
        }
    }
    cx.same("status", 413, connection.head()?.status)
}

fn largest_body(cx: &Context) -> Outcome {
    let session = handshake(cx)?;
    let path = session.path("xhr-polling");
    still_opens(cx, &session)?;
    let packet = format!("3:::{}", "x".repeat(1_000_000 - 4));
    let mut connection = Connection::open(cx)?;
    connection.post(cx, &path, packet.as_str())?.expect(cx, 200, "1")?;
    let echo = connection.get(cx, &path)?;
    let same = echo.body == packet.as_bytes();
    cx.that("the echo of 1,000,000 bytes", same, if same { "its echo".to_owned() } else { echo.to_string() })
}

fn long_header_line(cx: &Context) -> Outcome {
    head_too_large(cx, &format!("X-A: {}\r\n", "a".repeat(90_000)))
}

fn many_headers(cx: &Context) -> Outcome {
    head_too_large(cx, &"X-A: a\r\n".repeat(10_000))
}

/// Further headers make the head of a request too large.
fn head_too_large(cx: &Context, headers: &str) -> Outcome {
    handshake(cx)?;
    let mut connection = Connection::open(cx)?;
    let mut bytes = b"GET /socket.io/1/ HTTP/1.1\r\nHost: x\r\n".to_vec();
    bytes.extend(headers.as_bytes());
    bytes.extend(b"\r\n");
    // The server may answer, and close, before it has seen it all.
    connection.try_send(&bytes);
    cx.same("status", 431, connection.head()?.status)?;
    connection.rest_and_end().map(|_| ())
}

fn no_request(cx: &Context) -> Outcome {
    handshake(cx)?;
    let mut connection = Connection::open(cx)?;
    connection.send("this is no request\r\n\r\n")?;
    let rest = connection.rest()?;
    cx.that("400 or nothing, and the end", rest.is_empty() || rest.starts_with(b"HTTP/1.1 400 "), show(&rest))
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("001-options-on-a-transport", "silence", HANGS),
    Difference::of_socketio_09("002-put-on-a-transport", "silence", HANGS),
    Difference::of_socketio_09("003-head-on-a-transport", "silence", HANGS),
    Difference::of_socketio_09("004-unknown-transport", "the end of the connection", CLOSES),
    Difference::of_socketio_09("005-websocket-url-without-upgrade", "the end of the connection", CLOSES),
    Difference::of_socketio_09("006-post-on-a-websocket-url", "silence", HANGS),
    Difference::of_socketio_09("007-upgrade-on-a-polling-url", "the end of the connection", DIES_UPGRADE).deadly(),
    Difference::of_socketio_09("008-upgrade-on-the-handshake-url", "the end of the connection", CLOSES),
    Difference::of_socketio_09("009-upgrade-with-a-disconnect-query", "the end of the connection", DIES_UPGRADE).deadly(),
    Difference::of_socketio_09("015-post-larger-than-the-limit", "silence", "its limit is 100,000,000 bytes, and it reads them first"),
    Difference::of_socketio_09("length-and-chunks", "the end of the connection", NODE_CLOSES),
    Difference::of_socketio_09("length-twice", "the end of the connection", NODE_CLOSES),
    Difference::of_socketio_09("length-signed", "the end of the connection", NODE_CLOSES),
    Difference::of_socketio_09("length-negative", "the end of the connection", NODE_CLOSES),
    Difference::of_socketio_09("length-word", "the end of the connection", NODE_CLOSES),
    Difference::of_socketio_09("chunk-size-word", "the end of the connection", NODE_CLOSES),
    Difference::of_socketio_09("method-delete-on-a-transport", "silence", HANGS),
    Difference::of_socketio_09("method-patch-on-a-transport", "silence", HANGS),
    Difference::of_socketio_09("method-foo-on-a-transport", "the end of the connection", NODE_CLOSES),
    Difference::of_socketio_09("too-large-announced", "silence", "its limit is 100,000,000 bytes, and it reads them first"),
    Difference::of_socketio_09("too-large-chunked", "silence", "its limit is 100,000,000 bytes, and it reads them first"),
    Difference::of_socketio_09("long-header-line", "the end of the connection", NODE_CLOSES),
    Difference::of_socketio_09("many-headers", "the end of the connection", NODE_CLOSES),
];

// Why, in several rows.
const HANGS: &str = "it never answers such a method there";
// Why, in several rows.
const DIES_UPGRADE: &str = "the transport does not know upgrades, and the process ends";
// Why, in several rows.
const CLOSES: &str = "it closes the connection without an answer";
// Why, in several rows.
const NODE_CLOSES: &str = "the request never reaches it: Node.js refuses it, and the host closes";
