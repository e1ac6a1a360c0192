//! What changed between releases 0.7.0 and 0.9.19: clients of every release must find what they wait for (section 4.8).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Dialect, Request};
use super::super::context::{Context, PATIENCE};
use super::super::target::Timer;
use super::session::{Polling, Socket, handshake, handshake_in};
use super::stream::talk;
use super::why::NO_RAW_FORM;

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "4.8", about, run);
    let mut checks = vec![
        check("0.7.0-bare-time", "0.7.0 to 0.7.4 poll with ?t123, and are answered", |cx| {
            let target = format!("{}?t1312200250539", handshake(cx)?.path("xhr-polling"));
            Connection::open(cx)?.get(cx, &target)?.expect(cx, 200, "1::")
        }),
        check("0.7.0-expired-poll", "an empty poll is answered 8::, since browsers took nothing for an abort", noop)
            .waits(),
        check("0.7.0-raw-form", "0.7.0 to 0.8.5 post the packet itself in a form", |cx| {
            form(cx, "d=3%3A%3A%3Ahello", "3:::hello")
        }),
        check("0.7.0-raw-form-of-a-payload", "or a payload", |cx| {
            form(cx, "d=%EF%BF%BD5%EF%BF%BD3%3A%3A%3Aa", "3:::a")
        }),
        check("0.7.0-raw-form-line-ends", "line ends in it are CR LF, and meant to be line feeds", |cx| {
            form(cx, "d=3%3A%3A%3Aa%0D%0Ab", "3:::a\nb")
        }),
        check("0.7.2-noop", "a client's own 8:: is ignored", |cx| talk(cx, &["8::", "3:::x"], &["3:::x"])),
        check(
            "0.7.5-query-of-the-application",
            "0.7.5 and later repeat the application's query on every request",
            query,
        ),
        check("0.7.5-decoded-query", "0.7.5 to 0.8.7 send its values decoded", |cx| {
            let target = format!("{}?name=a{{b}}|c^[d]&t=1", handshake(cx)?.path("xhr-polling"));
            Connection::open(cx)?.get(cx, &target)?.expect(cx, 200, "1::")
        }),
        check(
            "0.7.8-post-is-answered-when-complete",
            "a POST is answered when its body is there, not before",
            late_body,
        ),
        check("0.8.0-handshake-by-jsonp", "up to 0.8.5 every handshake of another origin is a script", |cx| {
            let response = Connection::open(cx)?.get(cx, "/socket.io/1/?t=1&jsonp=0")?;
            let body = response.text();
            let inner = body.strip_prefix("io.j[0](\"").and_then(|rest| rest.strip_suffix("\");"));
            let sid = inner.and_then(|inner| inner.split(':').next()).unwrap_or_default();
            cx.learn_id(sid);
            cx.that("io.j[0](\"SID:…\");", inner.is_some(), &body)
        }),
        check("0.8.3-line-breaks", "line breaks are data like all else", |cx| {
            talk(
                cx,
                &["3:::a\nb\r\nc", r#"5:::{"name":"echo","args":["a\nb"]}"#],
                &["3:::a\nb\r\nc", r#"5:::{"name":"echo","args":["a\nb"]}"#],
            )
        }),
        check("0.8.5-cors-on-the-handshake", "a handshake of another origin may be read", |cx| {
            let request = Request::get(cx, "/socket.io/1/").header("Origin", "http://a.example");
            let response = Connection::open(cx)?.request(&request)?;
            handshake_in(cx, &response)?;
            response.expect_header(cx, "Access-Control-Allow-Origin", Some("http://a.example"))
        }),
        check("0.8.6-form-with-json", "0.8.6 and later post a JSON string in the form", |cx| {
            form(cx, "d=%223%3A%3A%3Aa%5Cnb%22", "3:::a\nb")
        }),
        check("0.8.6-event-blacklist", "an event called disconnect from a client is dropped", |cx| {
            talk(cx, &[r#"5:::{"name":"disconnect","args":[]}"#, "3:::x"], &["3:::x"])
        }),
        check("0.8.6-charset-of-htmlfile", "pages tell their character set", |cx| {
            let told = handshake(cx)?;
            let mut page = Connection::open(cx)?;
            page.send(Request::get(cx, &told.path("htmlfile")).to_bytes())?;
            page.head()?.expect_header(cx, "Content-Type", Some("text/html; charset=UTF-8"))
        }),
        check("0.9.0-origin-with-credentials", "the origin is echoed with credentials", |cx| {
            let request = Request::get(cx, "/socket.io/1/").header("Origin", "http://a.example");
            let response = Connection::open(cx)?.request(&request)?;
            handshake_in(cx, &response)?;
            response.expect_header(cx, "Access-Control-Allow-Credentials", Some("true"))
        }),
        check("0.9.0-post-limit", "a POST above the limit is refused", |cx| {
            let session = Polling::open(cx)?;
            let mut connection = Connection::open(cx)?;
            let head = Request::new(cx, "POST", &session.path).header("Content-Length", 2_000_000);
            connection.send(head.to_bytes())?;
            connection.head()?.expect_status(cx, 413)
        }),
        check("0.9.1-heartbeats", "a client that watches heartbeats gets one in time", heartbeat).waits(),
        check("0.9.4-endpoint-disconnect", "the server can close one endpoint", |cx| {
            let mut socket = Socket::open_on(cx, "/chat")?;
            socket.send(r#"5::/chat:{"name":"kick"}"#)?;
            socket.expect(cx, "0::/chat")
        }),
        check("0.9.5-polls-outlive-connections", "a session survives the end of its poll's connection", |cx| {
            let mut session = Polling::open(cx)?;
            for text in ["3:::a", "3:::b"] {
                session.polls = Connection::open(cx)?;
                let request = Request::get(cx, &session.path).header("Connection", "close");
                session.send(&[text])?;
                session.polls.request(&request)?.expect(cx, 200, text)?;
            }
            Ok(())
        }),
        check("0.9.6-jsonp-digits", "an index of jsonp must be digits", |cx| {
            let target = format!("{}?i=alert(1)", handshake(cx)?.path("jsonp-polling"));
            Connection::open(cx)?.get(cx, &target)?.expect(cx, 200, "io.j[0](\"1::\");")
        }),
        check("0.9.7-random-ids", "an id tells nothing of the next one", |cx| {
            let (one, two) = (handshake(cx)?.sid, handshake(cx)?.sid);
            let shared = one.chars().zip(two.chars()).take_while(|(one, two)| one == two).count();
            cx.that("at most 4 characters in common", shared <= 4, if shared <= 4 { "few" } else { "many" })
        }),
        check("0.9.9-unload-request", "0.9.9 and later tell when their page goes", |cx| {
            let session = Polling::open(cx)?;
            let target = format!("/socket.io/1//{}/?disconnect=1", session.handshake.sid);
            Connection::open(cx)?.get(cx, &target)?.expect(cx, 200, "")
        }),
        check("0.9.15-slashes-on-htmlfile", "slashes are escaped on htmlfile", |cx| {
            let mut stream = super::stream::Stream::open(cx, super::stream::Kind::HtmlFile)?;
            stream.send(&["3:::a/b"])?;
            let chunk = stream.chunk()?;
            cx.same("chunk", r#"<script>_("3:::a\/b");</script>"#, String::from_utf8_lossy(&chunk))
        }),
        check("0.9.17-websocket-limit", "a WebSocket message above the limit is refused", |cx| {
            let mut socket = Socket::open(cx)?;
            let head = [&[0x81, 0xff], 2_000_000_u64.to_be_bytes().as_slice(), &[1, 2, 3, 4]].concat();
            socket.websocket.connection.send(head)?;
            socket.websocket.expect_close(cx, Some(1009))
        }),
    ];
    checks.extend(WEBSOCKETS.iter().map(|(release, dialect)| {
        let about = format!("{release} meets browsers that speak {}", dialect.name());
        Check::new(format!("{release}-{}", dialect.name()), "4.8", about, move |cx| {
            let mut socket = Socket::open_in(cx, *dialect)?;
            socket.send("3:::x")?;
            socket.expect(cx, "3:::x")
        })
    }));
    checks
}

/// Since which release a server knows a dialect.
const WEBSOCKETS: &[(&str, Dialect)] =
    &[("0.7.0", Dialect::Hixie76), ("0.8.0", Dialect::Hybi7), ("0.8.0", Dialect::Hybi8), ("0.8.5", Dialect::Rfc6455)];

fn noop(cx: &Context) -> Outcome {
    let duration = cx.timer(Timer::PollingDuration)?;
    let mut session = Polling::open(cx)?;
    session.polls.set_patience(duration + PATIENCE);
    cx.same("poll", "8::", session.poll()?.as_str())
}

fn heartbeat(cx: &Context) -> Outcome {
    let timeout = cx.timer(Timer::HeartbeatTimeout)?;
    let mut socket = Socket::open(cx)?;
    socket.websocket.connection.set_patience(timeout);
    cx.same("packet", "2::", socket.websocket.text()?.as_str())
}

/// Posts a form of jsonp-polling, and demands the echo of the text in it.
fn form(cx: &Context, body: &str, echo: &str) -> Outcome {
    let mut session = Polling::open(cx)?;
    let target = format!("{}?t=1&i=0", session.handshake.path("jsonp-polling"));
    let request = Request::post(cx, &target, body).header("Content-Type", "application/x-www-form-urlencoded");
    session.posts.request(&request)?.expect(cx, 200, "1")?;
    cx.same("packets", vec![echo], session.packets()?)
}

fn query(cx: &Context) -> Outcome {
    let told = handshake_in(cx, &Connection::open(cx)?.get(cx, "/socket.io/1/?token=a%20b&x&t=1")?)?;
    let target = format!("{}?token=a%20b&x&t=2", told.path("xhr-polling"));
    let mut connection = Connection::open(cx)?;
    connection.get(cx, &target)?.expect(cx, 200, "1::")?;
    connection.post(cx, &target, "3:::x")?.expect(cx, 200, "1")?;
    connection.get(cx, &target)?.expect(cx, 200, "3:::x")
}

fn late_body(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    let request = Request::post(cx, &session.path, "3:::late").to_bytes();
    let (early, late) = request.split_at(request.len() - 2);
    session.posts.send(early)?;
    session.posts.expect_quiet()?;
    session.posts.send(late)?;
    session.posts.response()?.expect(cx, 200, "1")?;
    cx.same("packets", vec!["3:::late"], session.packets()?)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("0.7.0-raw-form", "the end of the connection", NO_RAW_FORM).deadly(),
    Difference::of_socketio_09("0.7.0-raw-form-of-a-payload", "the end of the connection", NO_RAW_FORM).deadly(),
    Difference::of_socketio_09("0.7.0-raw-form-line-ends", "the end of the connection", NO_RAW_FORM).deadly(),
    Difference::of_socketio_09("0.9.0-post-limit", "silence", "its limit is 100 MB"),
    Difference::of_socketio_09("0.9.17-websocket-limit", r#"a frame Text of "2::""#, "its limit is 100 MB"),
];
