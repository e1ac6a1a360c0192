//! Handshakes: targets, methods, the answer and its headers, and what is refused (sections 2.1, 2.2 and 2.4).

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Connection, Framing, Request, Response};
use super::super::context::Context;
use super::session::{Handshake, TRANSPORTS, handshake, handshake_in};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = vec![
        Check::new("four-fields", "2.2", "the answer is SID:HEARTBEAT-TIMEOUT:CLOSE-TIMEOUT:TRANSPORTS", four_fields),
        Check::new("session-id-characters", "2.2", "the id is of A-Z a-z 0-9 _ - only", id_characters),
        Check::new("session-id-length", "10", "the id has room for 128 random bits: 22 characters or more", id_length),
        Check::new(
            "session-ids-differ",
            "10",
            "50 handshakes in a row get 50 ids that share no long beginning",
            ids_differ,
        ),
        Check::new("transports", "4.1", format!("the transports are {TRANSPORTS}"), transports),
        Check::new("timeouts-are-whole", "2.2", "both timeouts are whole seconds from 1 to 2147483", timeouts),
        Check::new("headers", "2.2", "Content-Type is text/plain, Cache-Control no-store", headers),
        Check::new("length", "2.2", "the body's length is told by Content-Length", length),
        Check::new("connection-is-kept", "2.2", "three handshakes go over one connection", connection_is_kept),
        Check::new("pipelined", "2.2", "two handshakes sent at once are answered in order", pipelined),
        Check::new("in-single-bytes", "10", "a request that comes byte by byte is answered", in_single_bytes),
        Check::new("http-1.0", "4.2", "HTTP/1.0 is answered without chunks, and the connection closed", http_10),
        Check::new("http-1.0-keep-alive", "4.2", "HTTP/1.0 with keep-alive keeps the connection", http_10_keep_alive),
        Check::new("post-with-body", "2.2", "a POST with a body is a handshake", post_with_body),
    ];
    checks.extend(TARGETS.iter().map(|(name, section, about, target)| {
        Check::new(*name, section, format!("{about}: {target} is a handshake"), move |cx| {
            is_handshake(cx, "GET", target)
        })
    }));
    checks.extend(METHODS.iter().map(|(method, status)| {
        let name = format!("method-{}", method.to_lowercase());
        Check::new(name, "2.2", format!("{method} is answered {status}"), move |cx| by_method(cx, method, *status))
    }));
    checks.extend(REFUSED.iter().map(|(name, section, target, status, body)| {
        let about = format!("{target} is answered {status}{}", body.map(|body| format!(" {body}")).unwrap_or_default());
        Check::new(*name, section, about, move |cx| refused(cx, target, *status, *body))
    }));
    checks.extend(NO_HANDSHAKE.iter().map(|(name, section, target)| {
        Check::new(*name, section, format!("{target} makes no session"), move |cx| no_handshake(cx, target))
    }));
    checks
}

/// Targets of a handshake: name, section, why, target.
const TARGETS: &[(&str, &str, &str, &str)] = &[
    ("target-with-slash", "2.1", "as clients write it", "/socket.io/1/"),
    ("target-without-slash", "2.1", "the slash may be missing", "/socket.io/1"),
    ("target-with-time", "2.1", "clients defeat caches", "/socket.io/1/?t=1312200250539"),
    ("target-with-bare-time", "2.1", "clients 0.7.0 to 0.7.4 write no =", "/socket.io/1/?t1312200250539"),
    ("target-without-slash-with-time", "2.1", "a query may follow at once", "/socket.io/1?t=1"),
    ("target-with-user-query", "2.1", "the application has keys of its own", "/socket.io/1/?token=a%20b&t=1&x"),
    ("target-with-raw-query", "2.1", "old clients decode the values", "/socket.io/1/?name=a{b}|c^[d]`'e&t=1"),
    ("target-with-broken-escape", "2.1", "queries may be broken", "/socket.io/1/?x=%zz&%=%&&=&t=1"),
    ("target-with-transport", "2.1", "a transport without an id", "/socket.io/1/websocket"),
    ("target-with-transport-and-slash", "2.1", "the same with a slash", "/socket.io/1/xhr-polling/"),
    ("jsonp-no-number", "2.3", "a jsonp that is no number gets the plain form", "/socket.io/1/?jsonp=alert(1)//&t=1"),
    ("jsonp-empty", "2.3", "the same with an empty one", "/socket.io/1/?jsonp=&t=1"),
    ("jsonp-ten-digits", "10", "an index has at most 9 digits", "/socket.io/1/?jsonp=1234567890&t=1"),
];

/// What methods other than GET get.
const METHODS: &[(&str, u16)] =
    &[("POST", 200), ("OPTIONS", 204), ("HEAD", 405), ("PUT", 405), ("DELETE", 405), ("PATCH", 405), ("FOO", 405)];

/// Refused ones: name, section, target, status and body.
const REFUSED: &[(&str, &str, &str, u16, Option<&str>)] = &[
    ("revision-2", "2.1", "/socket.io/2/", 500, Some("Protocol version not supported.")),
    ("revision-2-transport", "2.1", "/socket.io/2/xhr-polling/abc", 500, Some("Protocol version not supported.")),
    ("revision-0", "2.1", "/socket.io/0/", 500, Some("Protocol version not supported.")),
    ("revision-01", "2.1", "/socket.io/01/", 500, Some("Protocol version not supported.")),
    ("revision-11", "2.1", "/socket.io/11/", 500, Some("Protocol version not supported.")),
    ("revision-2-jsonp", "2.4", "/socket.io/2/?jsonp=0", 500, Some("Protocol version not supported.")),
    ("root", "2.1", "/socket.io/", 200, Some("Welcome to socket.io.")),
    ("root-without-slash", "2.1", "/socket.io", 200, Some("Welcome to socket.io.")),
    ("revision-word", "2.1", "/socket.io/abc/", 200, Some("Welcome to socket.io.")),
    ("path-too-deep", "2.1", "/socket.io/1/xhr-polling/abc/def", 200, Some("Welcome to socket.io.")),
];

/// Targets that are not ours.
const NO_HANDSHAKE: &[(&str, &str, &str)] = &[
    ("prefix-of-a-longer-name", "2.1", "/socket.ioXYZ/1/"),
    ("other-path", "2.1", "/other"),
    ("case-of-the-path", "2.1", "/Socket.IO/1/"),
    ("path-inside-a-path", "2.1", "/x/socket.io/1/"),
    ("client-script", "4.9", "/socket.io/socket.io.js"),
    ("flash-file", "4.9", "/socket.io/static/flashsocket/WebSocketMain.swf"),
];

fn get(cx: &Context, target: &str) -> Outcome<Response> {
    Connection::open(cx)?.get(cx, target)
}

fn four_fields(cx: &Context) -> Outcome {
    let Handshake { sid, heartbeat_timeout, close_timeout, transports } = handshake(cx)?;
    let all = [&sid, &heartbeat_timeout, &close_timeout, &transports];
    let filled = all.iter().all(|field| !field.is_empty()) && !transports.contains(':');
    cx.that("four fields, none empty", filled, format!("{sid}:{heartbeat_timeout}:{close_timeout}:{transports}"))
}

fn id_characters(cx: &Context) -> Outcome {
    let sid = handshake(cx)?.sid;
    let known = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    cx.that("A-Za-z0-9_-", sid.chars().all(known), format!("{} characters: {}", sid.len(), sid.escape_debug()))
}

fn id_length(cx: &Context) -> Outcome {
    let sid = handshake(cx)?.sid;
    cx.that("22 characters or more", sid.len() >= 22, format!("{} characters", sid.len()))
}

fn ids_differ(cx: &Context) -> Outcome {
    let mut connection = Connection::open(cx)?;
    let mut beginnings = std::collections::HashSet::new();
    for _ in 0..50 {
        let sid = handshake_in(cx, &connection.get(cx, "/socket.io/1/")?)?.sid;
        beginnings.insert(sid.chars().take(12).collect::<String>());
    }
    cx.same("different beginnings of 12 characters", 50, beginnings.len())
}

fn transports(cx: &Context) -> Outcome {
    cx.same("transports", TRANSPORTS, handshake(cx)?.transports.as_str())
}

fn timeouts(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    for (name, field) in [("heartbeat timeout", &told.heartbeat_timeout), ("close timeout", &told.close_timeout)] {
        let number = field.bytes().all(|digit| digit.is_ascii_digit()).then(|| field.parse::<u32>().ok()).flatten();
        cx.that(
            "1 to 2147483",
            number.is_some_and(|number| (1..=2_147_483).contains(&number)),
            format!("{name} {field}"),
        )?;
    }
    Ok(())
}

fn headers(cx: &Context) -> Outcome {
    let response = get(cx, "/socket.io/1/")?;
    handshake_in(cx, &response)?;
    let kind = response.header("Content-Type").unwrap_or_default();
    let plain = kind == "text/plain" || kind.to_lowercase().starts_with("text/plain;");
    cx.that("Content-Type text/plain", plain, format!("Content-Type {kind:?}"))?;
    let cache = response.header("Cache-Control").unwrap_or_default();
    cx.that("Cache-Control no-store", cache.contains("no-store"), format!("Cache-Control {cache:?}"))
}

fn length(cx: &Context) -> Outcome {
    let response = get(cx, "/socket.io/1/")?;
    handshake_in(cx, &response)?;
    cx.that("a Content-Length", matches!(response.framing, Framing::Length(_)), framing(response.framing))
}

/// Without the number, which differs from run to run.
fn framing(framing: Framing) -> &'static str {
    match framing {
        Framing::None => "no body",
        Framing::Length(_) => "a Content-Length",
        Framing::Chunked => "chunks",
        Framing::Close => "a body up to the end of the connection",
    }
}

fn connection_is_kept(cx: &Context) -> Outcome {
    let mut connection = Connection::open(cx)?;
    for _ in 0..3 {
        handshake_in(cx, &connection.get(cx, "/socket.io/1/")?)?;
    }
    cx.saw("three sessions");
    Ok(())
}

fn pipelined(cx: &Context) -> Outcome {
    let mut connection = Connection::open(cx)?;
    let request = Request::get(cx, "/socket.io/1/").to_bytes();
    connection.send([request.clone(), request].concat())?;
    let first = handshake_in(cx, &connection.response()?)?;
    let second = handshake_in(cx, &connection.response()?)?;
    cx.that("two sessions", first.sid != second.sid, "two answers")
}

fn in_single_bytes(cx: &Context) -> Outcome {
    let mut connection = Connection::open(cx)?;
    for byte in Request::get(cx, "/socket.io/1/").to_bytes() {
        connection.send([byte])?;
    }
    handshake_in(cx, &connection.response()?)?;
    cx.saw("a session");
    Ok(())
}

fn http_10(cx: &Context) -> Outcome {
    let mut connection = Connection::open(cx)?;
    let response = connection.request(&Request::bare("GET", "/socket.io/1/", "HTTP/1.0"))?;
    handshake_in(cx, &response)?;
    cx.that("no chunks", response.framing != Framing::Chunked, framing(response.framing))?;
    connection.expect_end()
}

fn http_10_keep_alive(cx: &Context) -> Outcome {
    let mut connection = Connection::open(cx)?;
    let request = Request::bare("GET", "/socket.io/1/", "HTTP/1.0").header("Connection", "keep-alive");
    for _ in 0..2 {
        let response = connection.request(&request)?;
        handshake_in(cx, &response)?;
        cx.that("a Content-Length", matches!(response.framing, Framing::Length(_)), framing(response.framing))?;
    }
    Ok(())
}

fn post_with_body(cx: &Context) -> Outcome {
    handshake_in(cx, &Connection::open(cx)?.post(cx, "/socket.io/1/", "anything")?)?;
    cx.saw("a session");
    Ok(())
}

fn is_handshake(cx: &Context, method: &str, target: &str) -> Outcome {
    let response = Connection::open(cx)?.request(&Request::new(cx, method, target))?;
    let script = response.text().starts_with("io.j");
    cx.that("the plain form", !script, if script { "a script" } else { "the plain form" })?;
    let told = handshake_in(cx, &response)?;
    cx.same("transports", TRANSPORTS, told.transports.as_str())
}

fn by_method(cx: &Context, method: &str, status: u16) -> Outcome {
    if status == 200 {
        return is_handshake(cx, method, "/socket.io/1/");
    }
    let mut connection = Connection::open(cx)?;
    connection.send(Request::new(cx, method, "/socket.io/1/").to_bytes())?;
    cx.same("status", status, connection.head()?.status)
}

fn refused(cx: &Context, target: &str, status: u16, body: Option<&str>) -> Outcome {
    let response = get(cx, target)?;
    if response.text().ends_with(TRANSPORTS) {
        // Named alike in every run, whatever the session.
        handshake_in(cx, &response)?;
        return Err(Failure::differs(format!("{status} {body:?}"), "a session"));
    }
    match body {
        Some(body) => response.expect(cx, status, body),
        None => response.expect_status(cx, status),
    }
}

/// Whatever answers there, it is not a session. A server that makes none at all proves nothing.
fn no_handshake(cx: &Context, target: &str) -> Outcome {
    handshake(cx)?;
    let response = get(cx, target)?;
    let text = response.text();
    let session = text.ends_with(TRANSPORTS) || text == "Welcome to socket.io.";
    cx.that("neither a session nor a welcome", !session, if session { text } else { response.status.to_string() })
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("session-id-length", "20 characters", "its ids have 96 random bits"),
    Difference::of_socketio_09("headers", r#"Cache-Control """#, NO_STORE),
    Difference::of_socketio_09("length", "chunks", "chunks are legal, and a trap for proxies and hand-written clients"),
    Difference::of_socketio_09("http-1.0-keep-alive", "a body up to the end of the connection", "without a length, the end of the connection is the end of the body"),
    Difference::of_socketio_09("jsonp-ten-digits", "a script", "it takes any number of digits"),
    Difference::of_socketio_09("method-options", "status: 200", ANY_METHOD),
    Difference::of_socketio_09("method-head", "status: 200", ANY_METHOD),
    Difference::of_socketio_09("method-put", "status: 200", ANY_METHOD),
    Difference::of_socketio_09("method-delete", "status: 200", ANY_METHOD),
    Difference::of_socketio_09("method-patch", "status: 200", ANY_METHOD),
    Difference::of_socketio_09("method-foo", "the end of the connection", "Node.js does not know the method, and closes"),
    Difference::of_socketio_09("revision-0", r#"200 "Welcome to socket.io.""#, "it takes 0 for no number"),
    Difference::of_socketio_09("revision-01", "a session", "it compares the revision as a number"),
    Difference::of_socketio_09("prefix-of-a-longer-name", "Welcome to socket.io.", "it compares the resource as a prefix"),
];

// Why, in several rows.
const NO_STORE: &str = "it leaves caching to the client, and one native client polls with the system's cache on";
// Why, in several rows.
const ANY_METHOD: &str = "it makes a session on any method, preflights included";
