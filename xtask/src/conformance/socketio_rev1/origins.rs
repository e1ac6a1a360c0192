//! Which pages may talk to the server, and the headers by which a browser lets them (section 2.6).

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Connection, Dialect, Request, Response, WebSocket};
use super::super::context::Context;
use super::session::{Handshake, path, script};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for (name, section, what) in EXCHANGES {
        let echoed = format!("{name} with an Origin: echoed, with credentials");
        checks.push(Check::new(format!("echo-{name}"), section, echoed, move |cx| echoed_on(cx, *what)));
        let any = format!("{name} without an Origin: *, without credentials");
        checks.push(Check::new(format!("none-{name}"), section, any, move |cx| none_on(cx, *what)));
    }
    checks.push(Check::new("null", "2.6", "Origin null is echoed when any origin is allowed", null));
    checks.push(Check::new("vary", "2.2", "an answer with an echoed origin says Vary: Origin", vary));
    checks.push(Check::new("preflight", "2.2", "a preflight tells origin, credentials and methods", preflight));
    checks.extend(ORIGINS.iter().map(|origin| {
        let name = format!("echo-{}", origin.replace(|character: char| !character.is_ascii_alphanumeric(), "-"));
        Check::new(name, "2.6", format!("Origin {origin} is echoed"), move |cx| origin_is_echoed(cx, origin))
    }));
    checks.extend(NO_ORIGINS.iter().map(|(name, origin)| {
        let about = format!("Origin {origin:?} is none, and never echoed");
        Check::new(*name, "10", about, move |cx| never_echoed(cx, origin))
    }));
    checks.extend(JUDGED.iter().map(|(name, headers, allowed)| {
        let verdict = if *allowed { "a session" } else { "403 handshake bad origin" };
        let about = format!("with {LIST} a handshake with {headers:?} gets {verdict}");
        Check::new(*name, "2.6", about, move |cx| judged(cx, headers, *allowed)).with_flags(RESTRICTED)
    }));
    checks.extend(TRANSPORTS_JUDGED.iter().map(|(name, what)| {
        let about = format!("a refused origin gets 403 on {name}, and the session goes on");
        Check::new(format!("refused-{name}"), "2.6", about, move |cx| transport_judged(cx, *what))
            .with_flags(RESTRICTED)
    }));
    checks.extend([
        Check::new(
            "refused-script",
            "2.4",
            "a refused script is io.j[N](new Error(…)); with status 200",
            refused_script,
        )
        .with_flags(RESTRICTED),
        Check::new("script-by-referer", "2.6", "a script is allowed by its Referer", script_by_referer)
            .with_flags(RESTRICTED),
        Check::new("script-without-referer", "2.6", "a script without a Referer is refused", script_without_referer)
            .with_flags(RESTRICTED),
    ]);
    checks
}

const LIST: &str = "a.example:80,b.example:*";
const RESTRICTED: &[&str] = &["--origins", LIST];

/// An exchange with the server, up to the head of its answer, with an `Origin` or without.
type Exchange = fn(&Context, Option<&str>) -> Outcome<Response>;

/// Every kind of answer that a script may read.
const EXCHANGES: &[(&str, &str, Exchange)] = &[
    ("handshake", "2.6", |cx, origin| get(cx, "/socket.io/1/", origin)),
    ("poll", "2.6", |cx, origin| get(cx, &session(cx, origin)?.path("xhr-polling"), origin)),
    ("post", "2.6", |cx, origin| {
        let opened = opened(cx, origin)?;
        send(cx, Request::post(cx, &opened.path("xhr-polling"), "2::"), origin)
    }),
    ("unknown-session", "2.6", |cx, origin| get(cx, &path("xhr-polling", "nosuchsession-0000000"), origin)),
    ("unknown-post", "2.6", |cx, origin| {
        send(cx, Request::post(cx, &path("xhr-polling", "nosuchsession-00001"), "3:::x"), origin)
    }),
    ("wrong-revision", "2.4", |cx, origin| get(cx, "/socket.io/2/", origin)),
    ("broken-payload", "4.1", |cx, origin| {
        let opened = opened(cx, origin)?;
        send(cx, Request::post(cx, &opened.path("xhr-polling"), "\u{fffd}x\u{fffd}3:::x"), origin)
    }),
    ("unknown-transport", "2.6", |cx, origin| get(cx, &session(cx, origin)?.path("nosuch"), origin)),
    ("wrong-method", "2.6", |cx, origin| send(cx, Request::new(cx, "PUT", "/socket.io/1/"), origin)),
];

/// Origins that pages have.
const ORIGINS: &[&str] = &[
    "https://a.example",
    "http://a.example:8080",
    "http://[::1]:3000",
    "http://127.0.0.1:3000",
    "http://xn--bcher-kva.example",
];

/// Texts that no browser sends as an origin.
const NO_ORIGINS: &[(&str, &str)] = &[
    ("invalid-word", "nonsense"),
    ("invalid-path", "http://a.example/path"),
    ("invalid-quote", "http://a.example\"x"),
    ("invalid-markup", "http://<b>"),
    ("invalid-space", "http://a.example http://b.example"),
];

/// Handshakes while the list is restricted: name, headers, verdict.
type Judged = (&'static str, &'static [(&'static str, &'static str)], bool);
const JUDGED: &[Judged] = &[
    ("listed", &[("Origin", "http://a.example")], true),
    ("listed-with-port", &[("Origin", "http://a.example:80")], true),
    ("listed-any-port", &[("Origin", "http://b.example:8080")], true),
    ("listed-any-port-https", &[("Origin", "https://b.example")], true),
    ("other-port", &[("Origin", "http://a.example:8080")], false),
    ("https-is-443", &[("Origin", "https://a.example")], false),
    ("other-host", &[("Origin", "http://c.example")], false),
    ("longer-host", &[("Origin", "http://xa.example")], false),
    ("shorter-host", &[("Origin", "http://example")], false),
    ("suffix", &[("Origin", "http://a.example.evil.example")], false),
    ("part-of-a-host", &[("Origin", "http://ple")], false),
    ("null-restricted", &[("Origin", "null")], false),
    ("nothing", &[], false),
    ("referer", &[("Referer", "http://a.example/page?x=1")], true),
    ("referer-other-host", &[("Referer", "http://c.example/a.example:80")], false),
    ("origin-before-referer", &[("Origin", "http://c.example"), ("Referer", "http://a.example/")], false),
];

/// Requests of a session that an allowed page made, by a page that is not allowed.
type OfSession = fn(&Context, &Handshake) -> Outcome<Response>;
const TRANSPORTS_JUDGED: &[(&str, OfSession)] = &[
    ("poll", |cx, session| get(cx, &session.path("xhr-polling"), Some(EVIL))),
    ("post", |cx, session| send(cx, Request::post(cx, &session.path("xhr-polling"), "3:::x"), Some(EVIL))),
    ("htmlfile", |cx, session| get(cx, &session.path("htmlfile"), Some(EVIL))),
    ("jsonp-poll", |cx, session| {
        let request = Request::get(cx, &session.path("jsonp-polling")).header("Referer", "http://evil.example/");
        send(cx, request, None)
    }),
    ("jsonp-post", |cx, session| {
        send(cx, Request::post(cx, &session.path("jsonp-polling"), "d=%222%3A%3A%22"), Some(EVIL))
    }),
    ("disconnect", |cx, session| get(cx, &format!("{}?disconnect=1", session.path("xhr-polling")), Some(EVIL))),
    ("websocket-rfc6455", |cx, session| upgrade(cx, session, Dialect::Rfc6455)),
    ("websocket-hybi-8", |cx, session| upgrade(cx, session, Dialect::Hybi8)),
    ("websocket-hixie-76", |cx, session| upgrade(cx, session, Dialect::Hixie76)),
];

const GOOD: &str = "http://a.example";
const EVIL: &str = "http://evil.example";

fn send(cx: &Context, request: Request, origin: Option<&str>) -> Outcome<Response> {
    let request = match origin {
        Some(origin) => request.header("Origin", origin),
        None => request,
    };
    let mut connection = Connection::open(cx)?;
    connection.send(request.to_bytes())?;
    connection.head()
}

fn get(cx: &Context, target: &str, origin: Option<&str>) -> Outcome<Response> {
    send(cx, Request::get(cx, target), origin)
}

/// A session without a transport.
fn session(cx: &Context, origin: Option<&str>) -> Outcome<Handshake> {
    let request = Request::get(cx, "/socket.io/1/");
    let request = if let Some(origin) = origin { request.header("Origin", origin) } else { request };
    let response = Connection::open(cx)?.request(&request)?;
    super::session::handshake_in(cx, &response)
}

/// A session that has got its `1::`.
fn opened(cx: &Context, origin: Option<&str>) -> Outcome<Handshake> {
    let session = session(cx, origin)?;
    get(cx, &session.path("xhr-polling"), origin)?;
    Ok(session)
}

fn upgrade(cx: &Context, session: &Handshake, dialect: Dialect) -> Outcome<Response> {
    let request = dialect.request(cx, &session.path("websocket")).header(dialect.origin_header(), EVIL);
    WebSocket::ask(cx, &request, dialect).map(|(_, response)| response)
}

const ALLOW: &str = "Access-Control-Allow-Origin";
const CREDENTIALS: &str = "Access-Control-Allow-Credentials";

fn echoed_on(cx: &Context, exchange: Exchange) -> Outcome {
    let response = exchange(cx, Some(GOOD))?;
    response.expect_header(cx, ALLOW, Some(GOOD))?;
    response.expect_header(cx, CREDENTIALS, Some("true"))
}

fn none_on(cx: &Context, exchange: Exchange) -> Outcome {
    let response = exchange(cx, None)?;
    response.expect_header(cx, ALLOW, Some("*"))?;
    response.expect_header(cx, CREDENTIALS, None)
}

fn null(cx: &Context) -> Outcome {
    let response = get(cx, "/socket.io/1/", Some("null"))?;
    response.expect_header(cx, ALLOW, Some("null"))?;
    response.expect_header(cx, CREDENTIALS, Some("true"))
}

fn vary(cx: &Context) -> Outcome {
    let response = get(cx, "/socket.io/1/", Some(GOOD))?;
    let vary = response.header("Vary").unwrap_or_default();
    let named = vary.split(',').any(|name| name.trim().eq_ignore_ascii_case("origin"));
    cx.that("Vary: Origin", named, format!("Vary: {vary:?}"))
}

fn preflight(cx: &Context) -> Outcome {
    let request = Request::new(cx, "OPTIONS", &session(cx, None)?.path("xhr-polling"))
        .header("Origin", GOOD)
        .header("Access-Control-Request-Method", "POST");
    let mut connection = Connection::open(cx)?;
    let response = connection.request(&request)?;
    response.expect_status(cx, 204)?;
    response.expect_header(cx, ALLOW, Some(GOOD))?;
    response.expect_header(cx, CREDENTIALS, Some("true"))?;
    let methods = response.header("Access-Control-Allow-Methods").unwrap_or_default();
    cx.that("GET and POST allowed", methods.contains("GET") && methods.contains("POST"), methods)
}

fn origin_is_echoed(cx: &Context, origin: &str) -> Outcome {
    let response = get(cx, "/socket.io/1/", Some(origin))?;
    response.expect_header(cx, ALLOW, Some(origin))
}

fn never_echoed(cx: &Context, origin: &str) -> Outcome {
    let response = get(cx, "/socket.io/1/", Some(origin))?;
    if response.status != 403 {
        super::session::handshake(cx)?;
    }
    let allowed = response.header(ALLOW);
    cx.that("no echo", allowed.as_deref() != Some(origin), format!("{} and {allowed:?}", response.status))
}

fn judged(cx: &Context, headers: &[(&str, &str)], allowed: bool) -> Outcome {
    let request =
        headers.iter().fold(Request::get(cx, "/socket.io/1/"), |request, (name, value)| request.header(name, value));
    let response = Connection::open(cx)?.request(&request)?;
    if allowed {
        super::session::handshake_in(cx, &response)?;
        cx.saw("a session");
        let origin = headers.iter().find(|(name, _)| *name == "Origin").map(|(_, origin)| *origin);
        return response.expect_header(cx, ALLOW, origin);
    }
    refused(cx, &response)
}

fn refused(cx: &Context, response: &Response) -> Outcome {
    if response.status == 200 {
        // Named alike in every run, whatever the session.
        super::session::handshake_in(cx, response)?;
        return Err(Failure::differs("403 handshake bad origin", "a session"));
    }
    response.expect(cx, 403, "handshake bad origin")?;
    response.expect_header(cx, ALLOW, None)?;
    response.expect_header(cx, CREDENTIALS, None)
}

fn transport_judged(cx: &Context, exchange: OfSession) -> Outcome {
    let session = session(cx, Some(GOOD))?;
    let response = exchange(cx, &session)?;
    cx.same("status", 403, response.status)?;
    response.expect_header(cx, ALLOW, None)?;
    let request = Request::get(cx, &session.path("xhr-polling")).header("Origin", GOOD);
    Connection::open(cx)?.request(&request)?.expect(cx, 200, "1::")
}

fn refused_script(cx: &Context) -> Outcome {
    let request = Request::get(cx, "/socket.io/1/?jsonp=7").header("Referer", "http://evil.example/");
    let response = Connection::open(cx)?.request(&request)?;
    response.expect(cx, 200, "io.j[7](new Error(\"handshake bad origin\"));")?;
    response.expect_header(cx, ALLOW, None)
}

fn script_by_referer(cx: &Context) -> Outcome {
    let request = Request::get(cx, "/socket.io/1/?jsonp=7").header("Referer", "http://a.example/page");
    let response = Connection::open(cx)?.request(&request)?;
    let (index, text) = script(&response.text())?;
    Handshake::parse(cx, &text)?;
    cx.same("index", "7", index.as_str())
}

fn script_without_referer(cx: &Context) -> Outcome {
    let response = Connection::open(cx)?.get(cx, "/socket.io/1/?jsonp=7")?;
    response.expect(cx, 200, "io.j[7](new Error(\"handshake bad origin\"));")
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("none-handshake", "Access-Control-Allow-Origin: None", NO_STAR),
    Difference::of_socketio_09("none-poll", "Access-Control-Allow-Origin: None", NO_STAR),
    Difference::of_socketio_09("none-post", "Access-Control-Allow-Origin: None", NO_STAR),
    Difference::of_socketio_09("none-unknown-session", "Access-Control-Allow-Origin: None", NO_STAR),
    Difference::of_socketio_09("none-unknown-post", "Access-Control-Allow-Origin: None", NO_STAR),
    Difference::of_socketio_09("echo-wrong-revision", "Access-Control-Allow-Origin: None", "its error answers carry no such header, and a page cannot read them"),
    Difference::of_socketio_09("none-wrong-revision", "Access-Control-Allow-Origin: None", NO_STAR),
    Difference::of_socketio_09("none-broken-payload", "Access-Control-Allow-Origin: None", NO_STAR),
    Difference::of_socketio_09("echo-unknown-transport", "the end of the connection", "it closes the connection without an answer"),
    Difference::of_socketio_09("none-unknown-transport", "the end of the connection", "it closes the connection without an answer"),
    Difference::of_socketio_09("none-wrong-method", "Access-Control-Allow-Origin: None", NO_STAR),
    Difference::of_socketio_09("vary", r#"Vary: """#, "a cache could hand the answer to a page of another origin"),
    Difference::of_socketio_09("preflight", "silence", "it never answers a method that it does not know on a transport"),
    Difference::of_socketio_09("invalid-word", r#"200 and Some("nonsense")"#, ECHOES),
    Difference::of_socketio_09("invalid-path", r#"200 and Some("http://a.example/path")"#, ECHOES),
    Difference::of_socketio_09("invalid-quote", r#"200 and Some("http://a.example\"x")"#, ECHOES),
    Difference::of_socketio_09("invalid-markup", r#"200 and Some("http://<b>")"#, ECHOES),
    Difference::of_socketio_09("invalid-space", r#"200 and Some("http://a.example http://b.example")"#, ECHOES),
    Difference::of_socketio_09("https-is-443", "a session", "it takes a port that is not written for 80, whatever the scheme"),
    Difference::of_socketio_09("refused-poll", "status: 200", CHECKED_ONCE),
    Difference::of_socketio_09("refused-post", "status: 200", CHECKED_ONCE),
    Difference::of_socketio_09("refused-htmlfile", "status: 200", CHECKED_ONCE),
    Difference::of_socketio_09("refused-jsonp-poll", "status: 200", CHECKED_ONCE),
    Difference::of_socketio_09("refused-jsonp-post", "status: 200", CHECKED_ONCE),
    Difference::of_socketio_09("refused-disconnect", "status: 200", CHECKED_ONCE),
    Difference::of_socketio_09("refused-websocket-rfc6455", "the end of the connection", "it closes the connection without an answer"),
    Difference::of_socketio_09("refused-websocket-hybi-8", "the end of the connection", "it closes the connection without an answer"),
    Difference::of_socketio_09("refused-websocket-hixie-76", "status: 101", CHECKED_ONCE),
];

// Why, in several rows.
const NO_STAR: &str = "it sends no such header unasked; the protocol's announcement prints * on every answer";
// Why, in several rows.
const ECHOES: &str = "it echoes any text";
// Why, in several rows.
const CHECKED_ONCE: &str = "it checks the origin at the handshake, and on WebSockets of RFC 6455 and hybi, only";
