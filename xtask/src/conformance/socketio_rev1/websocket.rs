//! WebSocket: how each dialect opens, what is refused, and what a refusal leaves behind (section 4.6).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Dialect, Frame, Request, WebSocket};
use super::super::context::Context;
use super::super::launch::Timers;
use super::session::{Handshake, Socket, handshake, path};
use super::why::{CASE_OF_UPGRADE, CLOSED_UNANSWERED, FFFD, NO_CLOSE_FRAME, UPGRADE_ENDS_IT};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for dialect in Dialect::ALL {
        checks.extend(DIALECT.iter().map(|(name, about, run)| {
            Check::new(format!("{name}-{}", dialect.name()), "4.6", format!("{}: {about}", dialect.name()), move |cx| {
                run(cx, dialect)
            })
        }));
    }
    checks.extend(DRAFTS.into_iter().map(|dialect| {
        let about = format!("{}: no subprotocol and no extension is agreed to", dialect.name());
        Check::new(format!("nothing-negotiated-{}", dialect.name()), "4.6", about, move |cx| negotiates(cx, dialect))
    }));
    checks.extend(REFUSED.iter().map(|(name, about, status, request)| {
        let about = format!("{about} is answered {status}, and leaves the session usable");
        Check::new(*name, "4.6", about, move |cx| refused(cx, *status, *request))
    }));
    checks.push(Check::new(
        "unknown-version-lists-ours",
        "4.6",
        "426 names the versions 13, 8, 7, in Sec-WebSocket-Version",
        versions_are_listed,
    ));
    checks.push(Check::new("connection-list", "4.6", "Connection: keep-alive, Upgrade opens one", |cx| {
        opens_with(cx, &Dialect::Rfc6455, "Connection", "keep-alive, Upgrade")
    }));
    checks.push(Check::new("big-echo-of-events", "4.6", "100 events in one go come back in order", events_in_order));
    // A heartbeat would be taken for an answer, or put an end off.
    checks.into_iter().map(|check| check.with_timers(Timers::LONG)).collect()
}

/// A check that is made of each dialect: name, about, function.
type OfDialect = (&'static str, &'static str, fn(&Context, Dialect) -> Outcome);

const DIALECT: &[OfDialect] = &[
    ("opens", "101, Upgrade and Connection, the proof, and 1:: right behind", opens),
    ("echo", "a text is sent back", echo),
    ("upgrade-in-capitals", "Upgrade: WEBSOCKET is the same", |cx, dialect| {
        opens_with(cx, &dialect, "Upgrade", "WEBSOCKET")
    }),
    ("upgrade-in-small", "Upgrade: websocket is the same", |cx, dialect| {
        opens_with(cx, &dialect, "Upgrade", "websocket")
    }),
    ("query", "a query behind the id is the application's", |cx, dialect| opens_at(cx, dialect, "?token=a%20b&x")),
    ("slash-behind-the-id", "a slash may follow the id", |cx, dialect| opens_at(cx, dialect, "/?t=1")),
    ("head-in-single-bytes", "the request may come byte by byte", in_single_bytes),
    ("message-in-single-bytes", "a message may come byte by byte", message_in_single_bytes),
    ("messages-in-one-segment", "several messages may share a segment", messages_in_one_segment),
    ("disconnect", "0:: is answered by 0::, a close frame and the end", disconnect),
    ("client-closes", "a close frame is answered by one, and by the end", client_closes),
    ("unicode", "every plane of Unicode passes both ways", unicode),
];

/// The dialects with frames that have a length.
const DRAFTS: [Dialect; 3] = [Dialect::Rfc6455, Dialect::Hybi8, Dialect::Hybi7];

/// Makes a request for the WebSocket of a session.
type Asking = fn(&Context, &str) -> Request;

/// Requests that open nothing: name, about, status, request.
const REFUSED: &[(&str, &str, u16, Asking)] = &[
    ("unknown-version-14", "version 14", 426, |cx, target| versioned(cx, target, "14")),
    ("unknown-version-0", "version 0", 426, |cx, target| versioned(cx, target, "0")),
    ("unknown-version-word", "a version that is no number", 426, |cx, target| versioned(cx, target, "x")),
    ("no-key", "a request without a key", 400, |cx, target| {
        Dialect::Rfc6455.request(cx, target).without("Sec-WebSocket-Key")
    }),
    ("no-upgrade-header", "a GET without Upgrade, as a proxy makes it,", 400, Request::get),
    ("no-upgrade-but-a-key", "a GET whose Upgrade a proxy took away", 400, |cx, target| {
        Dialect::Rfc6455.request(cx, target).without("Upgrade").without("Connection")
    }),
    ("other-upgrade", "an Upgrade to something else", 400, |cx, target| {
        Dialect::Rfc6455.request(cx, target).replace("Upgrade", "h2c")
    }),
    ("post", "a POST without Upgrade", 400, |cx, target| Request::post(cx, target, "3:::x")),
    ("hixie-75", "hixie-75, which has no keys,", 400, |cx, target| {
        Dialect::Hixie76.request(cx, target).without("Sec-WebSocket-Key1").without("Sec-WebSocket-Key2")
    }),
    ("upgrade-on-xhr-polling", "an Upgrade on xhr-polling", 400, |cx, target| {
        Dialect::Rfc6455.request(cx, &target.replace("websocket", "xhr-polling"))
    }),
    ("upgrade-on-jsonp-polling", "an Upgrade on jsonp-polling", 400, |cx, target| {
        Dialect::Rfc6455.request(cx, &target.replace("websocket", "jsonp-polling"))
    }),
    ("upgrade-on-htmlfile", "an Upgrade on htmlfile", 400, |cx, target| {
        Dialect::Rfc6455.request(cx, &target.replace("websocket", "htmlfile"))
    }),
];

fn versioned(cx: &Context, target: &str, version: &str) -> Request {
    Dialect::Rfc6455.request(cx, target).replace("Sec-WebSocket-Version", version)
}

fn opens(cx: &Context, dialect: Dialect) -> Outcome {
    let path = handshake(cx)?.path("websocket");
    let (mut socket, response) = WebSocket::ask(cx, &dialect.request(cx, &path), dialect)?;
    response.expect_status(cx, 101)?;
    let lower = |name: &str| response.header(name).map(|value| value.to_lowercase());
    cx.same("Upgrade", Some("websocket"), lower("Upgrade").as_deref())?;
    cx.same("Connection", Some("upgrade"), lower("Connection").as_deref())?;
    if dialect != Dialect::Hixie76 {
        // Base64 of SHA-1 of the key in RFC 6455, section 1.3.
        response.expect_header(cx, "Sec-WebSocket-Accept", Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))?;
    }
    cx.same("the first message", "1::", socket.text()?.as_str())
}

fn echo(cx: &Context, dialect: Dialect) -> Outcome {
    let mut socket = Socket::open_in(cx, dialect)?;
    socket.send("3:::hello")?;
    socket.expect(cx, "3:::hello")
}

fn opens_with(cx: &Context, dialect: &Dialect, header: &str, value: &str) -> Outcome {
    let told = handshake(cx)?;
    let request = dialect.request(cx, &told.path("websocket")).replace(header, value);
    expect_open(cx, &request, *dialect, told)
}

fn opens_at(cx: &Context, dialect: Dialect, behind: &str) -> Outcome {
    let told = handshake(cx)?;
    let request = dialect.request(cx, &format!("{}{behind}", told.path("websocket")));
    expect_open(cx, &request, dialect, told)
}

/// Demands a WebSocket that speaks.
fn expect_open(cx: &Context, request: &Request, dialect: Dialect, handshake: Handshake) -> Outcome {
    let websocket = WebSocket::open_by(cx, request, dialect)?;
    let mut socket = Socket { handshake, websocket };
    socket.expect(cx, "1::")?;
    socket.expect_answers(cx, &[])
}

fn in_single_bytes(cx: &Context, dialect: Dialect) -> Outcome {
    let told = handshake(cx)?;
    let mut connection = Connection::open(cx)?;
    let mut bytes = dialect.request(cx, &told.path("websocket")).to_bytes();
    if dialect == Dialect::Hixie76 {
        bytes.extend(b"^n:ds[4U");
    }
    for byte in bytes {
        connection.send([byte])?;
    }
    connection.response()?.expect_status(cx, 101)?;
    if dialect == Dialect::Hixie76 {
        cx.same("digest", b"8jKS'y:G*Co,Wxa-".to_vec(), connection.exactly(16)?)?;
    }
    let mut socket = Socket { handshake: told, websocket: WebSocket { connection, dialect } };
    socket.expect(cx, "1::")
}

fn message_in_single_bytes(cx: &Context, dialect: Dialect) -> Outcome {
    let mut socket = Socket::open_in(cx, dialect)?;
    for byte in socket.websocket.text_frame("3:::a € in pieces 😀") {
        socket.websocket.connection.send([byte])?;
    }
    socket.expect(cx, "3:::a € in pieces 😀")
}

fn messages_in_one_segment(cx: &Context, dialect: Dialect) -> Outcome {
    let mut socket = Socket::open_in(cx, dialect)?;
    let texts = ["3:::a", "3:::b", "3:::c"];
    let frames: Vec<u8> = texts.iter().flat_map(|text| socket.websocket.text_frame(text)).collect();
    socket.websocket.connection.send(frames)?;
    socket.expect_answers(cx, &texts)
}

fn disconnect(cx: &Context, dialect: Dialect) -> Outcome {
    let mut socket = Socket::open_in(cx, dialect)?;
    socket.send("0::")?;
    socket.expect(cx, "0::")?;
    socket.websocket.expect_close(cx, Some(1000))
}

fn client_closes(cx: &Context, dialect: Dialect) -> Outcome {
    let mut socket = Socket::open_in(cx, dialect)?;
    socket.websocket.send_close()?;
    socket.websocket.expect_close(cx, Some(1000))
}

fn unicode(cx: &Context, dialect: Dialect) -> Outcome {
    let mut socket = Socket::open_in(cx, dialect)?;
    let text = "3:::\u{1}\u{7f}ä\u{7ff}\u{800}\u{2028}\u{fffd}\u{ffff}\u{10000}😀\u{10ffff}";
    socket.send(text)?;
    socket.expect(cx, text)
}

fn negotiates(cx: &Context, dialect: Dialect) -> Outcome {
    let path = handshake(cx)?.path("websocket");
    let request = dialect.request(cx, &path).header("Sec-WebSocket-Protocol", "chat, superchat");
    let request = request.header("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
    let (mut socket, response) = WebSocket::ask(cx, &request, dialect)?;
    response.expect_status(cx, 101)?;
    response.expect_header(cx, "Sec-WebSocket-Protocol", None)?;
    response.expect_header(cx, "Sec-WebSocket-Extensions", None)?;
    cx.same("the first message", "1::", socket.text()?.as_str())
}

fn refused(cx: &Context, status: u16, request: Asking) -> Outcome {
    let told = handshake(cx)?;
    let answer = Connection::open(cx)?.request(&request(cx, &told.path("websocket")));
    // What is said first is what matters most, but a server that says nothing may still leave the session alone.
    answer?.expect_status(cx, status)?;
    let mut socket = Socket::attach(cx, "websocket", Dialect::Rfc6455, told)?;
    socket.expect(cx, "1::")
}

fn versions_are_listed(cx: &Context) -> Outcome {
    let request = versioned(cx, &path("websocket", &handshake(cx)?.sid), "99");
    let response = Connection::open(cx)?.request(&request)?;
    response.expect_header(cx, "Sec-WebSocket-Version", Some("13, 8, 7"))
}

fn events_in_order(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    let events: Vec<_> = (0..100).map(|number| format!(r#"5:::{{"name":"echo","args":[{number}]}}"#)).collect();
    let frames: Vec<u8> = events.iter().flat_map(|event| Frame::text(event).masked()).collect();
    socket.websocket.connection.send(frames)?;
    let answers = socket.answers()?;
    cx.that("100 events in order", answers == events, format!("{} events", answers.len()))
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("disconnect-rfc6455", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("client-closes-rfc6455", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("disconnect-hybi-8", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("client-closes-hybi-8", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("disconnect-hybi-7", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("client-closes-hybi-7", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("upgrade-in-capitals-hixie-76", "the end of the connection", CASE_OF_UPGRADE),
    Difference::of_socketio_09("upgrade-in-small-hixie-76", "the end of the connection", CASE_OF_UPGRADE),
    Difference::of_socketio_09("disconnect-hixie-76", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("client-closes-hixie-76", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("unicode-hixie-76", r#"packet: "3:::\u{1}\u{7f}ä߿ࠀ\u{2028}""#, FFFD),
    Difference::of_socketio_09("unknown-version-14", "the end of the connection", CLOSED_UNANSWERED),
    Difference::of_socketio_09("unknown-version-0", "the end of the connection", CLOSED_UNANSWERED),
    Difference::of_socketio_09("unknown-version-word", "the end of the connection", CLOSED_UNANSWERED),
    Difference::of_socketio_09("no-key", "the end of the connection", CLOSED_UNANSWERED),
    Difference::of_socketio_09("no-upgrade-header", "the end of the connection", CLOSED_UNANSWERED),
    Difference::of_socketio_09("no-upgrade-but-a-key", "the end of the connection", CLOSED_UNANSWERED),
    Difference::of_socketio_09("other-upgrade", "the end of the connection", CLOSED_UNANSWERED),
    Difference::of_socketio_09("post", "silence", "it leaves a POST on the path of a WebSocket unanswered"),
    Difference::of_socketio_09("hixie-75", r#"101 """#, "it opens hixie-75, which proves nothing: any script could have sent it"),
    Difference::of_socketio_09("upgrade-on-xhr-polling", "the end of the connection", UPGRADE_ENDS_IT).deadly(),
    Difference::of_socketio_09("upgrade-on-jsonp-polling", "the end of the connection", UPGRADE_ENDS_IT).deadly(),
    Difference::of_socketio_09("upgrade-on-htmlfile", "the end of the connection", UPGRADE_ENDS_IT).deadly(),
    Difference::of_socketio_09("unknown-version-lists-ours", "the end of the connection", CLOSED_UNANSWERED),
];
