//! Handshakes by script, for pages that cannot read answers from elsewhere (section 2.3).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Request, Response};
use super::super::context::Context;
use super::session::{Handshake, TRANSPORTS, script};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = INDEXES
        .iter()
        .map(|index| {
            let about = format!("jsonp={index} is answered io.j[{index}](\"SID:…\");");
            Check::new(format!("index-{index}"), "2.3", about, move |cx| index_is_used(cx, index))
        })
        .collect();
    checks.extend([
        Check::new("content-type", "2.3", "the script is application/javascript", content_type),
        Check::new("no-store", "2.2", "the script is not cached", no_store),
        Check::new("nosniff", "10", "X-Content-Type-Options is nosniff", nosniff),
        Check::new("across-origins", "2.3", "a script needs no Access-Control headers, and has none", across_origins),
        Check::new("other-keys", "2.1", "keys of the application may stand before and behind", other_keys),
        Check::new(
            "session-works",
            "2.3",
            "the session of a script opens with index 1 on jsonp-polling",
            session_works,
        ),
    ]);
    checks
}

/// Callback indexes: the list of callbacks grows with every handshake and transport.
const INDEXES: &[&str] = &["0", "1", "12", "123456789"];

fn get(cx: &Context, target: &str) -> Outcome<Response> {
    Connection::open(cx)?.get(cx, target)
}

/// The index and the handshake of a script.
fn read(cx: &Context, response: &Response) -> Outcome<(String, Handshake)> {
    response.expect_status(cx, 200)?;
    let (index, text) = script(&response.text())?;
    Ok((index, Handshake::parse(cx, &text)?))
}

fn index_is_used(cx: &Context, index: &str) -> Outcome {
    let response = get(cx, &format!("/socket.io/1/?t=1&jsonp={index}"))?;
    let (seen, handshake) = read(cx, &response)?;
    cx.same("index", index, seen.as_str())?;
    cx.same("transports", TRANSPORTS, handshake.transports.as_str())
}

fn content_type(cx: &Context) -> Outcome {
    let response = get(cx, "/socket.io/1/?jsonp=0")?;
    read(cx, &response)?;
    let kind = response.header("Content-Type").unwrap_or_default();
    let script = kind == "application/javascript" || kind.starts_with("application/javascript;");
    cx.that("application/javascript", script, kind)
}

fn no_store(cx: &Context) -> Outcome {
    let response = get(cx, "/socket.io/1/?jsonp=0")?;
    let cache = response.header("Cache-Control").unwrap_or_default();
    cx.that("Cache-Control no-store", cache.contains("no-store"), format!("Cache-Control {cache:?}"))
}

fn nosniff(cx: &Context) -> Outcome {
    let response = get(cx, "/socket.io/1/?jsonp=0")?;
    response.expect_header(cx, "X-Content-Type-Options", Some("nosniff"))
}

fn across_origins(cx: &Context) -> Outcome {
    let request = Request::get(cx, "/socket.io/1/?jsonp=0").header("Origin", "http://a.example");
    let response = Connection::open(cx)?.request(&request)?;
    read(cx, &response)?;
    response.expect_header(cx, "Access-Control-Allow-Origin", None)?;
    response.expect_header(cx, "Access-Control-Allow-Credentials", None)
}

fn other_keys(cx: &Context) -> Outcome {
    let response = get(cx, "/socket.io/1/?token=a&jsonp=3&t=1&x=%20")?;
    let (index, _) = read(cx, &response)?;
    cx.same("index", "3", index.as_str())
}

fn session_works(cx: &Context) -> Outcome {
    let response = get(cx, "/socket.io/1/?jsonp=0")?;
    let (_, handshake) = read(cx, &response)?;
    let opened = get(cx, &format!("{}?t=1&i=1", handshake.path("jsonp-polling")))?;
    opened.expect(cx, 200, "io.j[1](\"1::\");")
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("no-store", r#"Cache-Control """#, NO_STORE),
    Difference::of_socketio_09("nosniff", "X-Content-Type-Options: None", NO_SNIFF),
];

// Why, in several rows.
const NO_STORE: &str = "it leaves caching to the client, and one native client polls with the system's cache on";
// Why, in several rows.
const NO_SNIFF: &str = "the header is younger than it";
