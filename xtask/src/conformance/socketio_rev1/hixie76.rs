//! hixie-76, as Safari 5, iOS 4 and 5, Opera 11 and Flash speak it (section 4.6).

use super::super::check::{Check, Difference, Outcome};
use super::super::client::{Connection, Dialect, Request, Response, WebSocket};
use super::super::context::Context;
use super::super::launch::Timers;
use super::session::{Handshake, Socket, handshake};
use super::why::{FFFD, NO_BAD_KEYS, NO_CLOSE_FRAME};

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "4.6", about, run);
    let mut checks = vec![
        check("status-line", "the status line is HTTP/1.1 101 WebSocket Protocol Handshake", status_line),
        check("digest-of-the-draft", "the digest of the draft's own example is right", draft_example),
        check("head-before-the-nonce", "the head comes before the eight bytes do: HAProxy waits for it", head_first),
        check("nonce-in-pieces", "the eight bytes may come one by one", nonce_in_pieces),
        check("nonce-with-a-frame", "a frame may come right behind the eight bytes", nonce_with_a_frame),
        check("location", "Location is ws:// with Host and target as sent", location),
        check("location-of-another-host", "a Host without a port stays without one", location_of_a_host),
        check("origin", "the origin is repeated as sent", origin),
        check("no-origin", "without an origin it says null", no_origin),
        check("subprotocol", "a subprotocol is repeated", subprotocol),
        check("byte-ff", "a text with U+FFFD is not cut there", byte_ff),
        check("empty-text", "an empty text is ignored", empty_text),
        check("text-above-the-limit", "a text above the limit ends the connection", above_the_limit)
            .with_timers(Timers::LONG)
            .on_own_server(),
        check("invalid-utf-8", "a text that is no UTF-8 ends the connection", invalid_utf8),
        check("garbage-behind-close", "nothing behind FF 00 is looked at", behind_the_close),
    ];
    checks.extend(KEYS.iter().map(|(name, about, key)| {
        Check::new(*name, "4.6", format!("{about} is refused, and leaves the session usable"), move |cx| {
            bad_key(cx, key)
        })
    }));
    checks.extend([0x01, 0x7f, 0x80, 0xfe].map(|first: u8| {
        let about = format!("a frame that begins with {first:02X} ends the connection");
        Check::new(format!("frame-type-{first:02x}"), "4.6", about, move |cx| other_frame(cx, first))
    }));
    checks
}

/// Keys that have no number: name, about, key.
const KEYS: &[(&str, &str, &str)] = &[
    ("key-without-spaces", "a key without a space", "12345"),
    ("key-without-digits", "a key without a digit", "a b c"),
    ("key-not-divisible", "a key whose number its spaces do not divide", "1 2 3"),
    ("key-empty", "an empty key", ""),
    ("key-too-large", "a number above 32 bits", "99999999999999999999 "),
];

/// A request for the WebSocket of a new session.
fn request(cx: &Context) -> Outcome<(Handshake, Request)> {
    let told = handshake(cx)?;
    let request = Dialect::Hixie76.request(cx, &told.path("websocket"));
    Ok((told, request))
}

fn ask(cx: &Context, change: impl Fn(Request) -> Request) -> Outcome<(Handshake, Response)> {
    let (told, request) = request(cx)?;
    let (_, response) = WebSocket::ask(cx, &change(request), Dialect::Hixie76)?;
    response.expect_status(cx, 101)?;
    Ok((told, response))
}

fn status_line(cx: &Context) -> Outcome {
    let (_, response) = ask(cx, |request| request.header("Origin", "http://a.example"))?;
    cx.same("status line", "HTTP/1.1 101 WebSocket Protocol Handshake", line(&response).as_str())
}

fn line(response: &Response) -> String {
    format!("{} {} {}", response.version, response.status, response.reason)
}

/// The example of draft-hixie-thewebsocketprotocol-76, section 1.3.
fn draft_example(cx: &Context) -> Outcome {
    let (_, request) = request(cx)?;
    let request = request
        .replace("Sec-WebSocket-Key1", "18x 6]8vM;54 *(5:  {   U1]8  z [  8")
        .replace("Sec-WebSocket-Key2", "1_ tx7X d  <  nw  334J702) 7]o}` 0");
    let mut connection = Connection::open(cx)?;
    connection.send([request.to_bytes().as_slice(), b"Tm[K T2u"].concat())?;
    connection.head()?.expect_status(cx, 101)?;
    let digest = connection.exactly(16)?;
    cx.same("digest", "fQJ,fN/4F4!~K~MH", String::from_utf8_lossy(&digest))
}

/// A connection that has sent all but the eight bytes, and got the head.
fn without_nonce(cx: &Context) -> Outcome<(Handshake, Connection)> {
    let (told, request) = request(cx)?;
    let mut connection = Connection::open(cx)?;
    connection.send(request.to_bytes())?;
    connection.head()?.expect_status(cx, 101)?;
    Ok((told, connection))
}

/// Demands the digest and a session behind it.
fn expect_digest(cx: &Context, handshake: Handshake, mut connection: Connection) -> Outcome<Socket> {
    let good = connection.exactly(16)? == b"8jKS'y:G*Co,Wxa-";
    cx.that("the digest 8jKS'y:G*Co,Wxa-", good, if good { "the digest" } else { "another digest" })?;
    let mut socket = Socket { handshake, websocket: WebSocket { connection, dialect: Dialect::Hixie76 } };
    socket.expect(cx, "1::")?;
    Ok(socket)
}

pub(super) fn head_first(cx: &Context) -> Outcome {
    let (told, mut connection) = without_nonce(cx)?;
    connection.expect_quiet()?;
    connection.send(b"^n:ds[4U")?;
    expect_digest(cx, told, connection).map(drop)
}

fn nonce_in_pieces(cx: &Context) -> Outcome {
    let (told, mut connection) = without_nonce(cx)?;
    for byte in b"^n:ds[4U" {
        connection.send([*byte])?;
    }
    expect_digest(cx, told, connection).map(drop)
}

fn nonce_with_a_frame(cx: &Context) -> Outcome {
    let (told, request) = request(cx)?;
    let mut connection = Connection::open(cx)?;
    connection.send([request.to_bytes().as_slice(), b"^n:ds[4U\x003:::early\xff"].concat())?;
    connection.head()?.expect_status(cx, 101)?;
    expect_digest(cx, told, connection)?.expect_answers(cx, &["3:::early"])
}

pub(super) fn location(cx: &Context) -> Outcome {
    let told = handshake(cx)?;
    let target = format!("{}?a=%20b&c", told.path("websocket"));
    let request = Dialect::Hixie76.request(cx, &target).header("Origin", "http://a.example");
    let (_, response) = WebSocket::ask(cx, &request, Dialect::Hixie76)?;
    let expected = format!("ws://{}{target}", cx.target.authority);
    response.expect_header(cx, "Sec-WebSocket-Location", Some(&expected))
}

fn location_of_a_host(cx: &Context) -> Outcome {
    let change = |request: Request| request.replace("Host", "Chat.example").header("Origin", "http://a.example");
    let (told, response) = ask(cx, change)?;
    let expected = format!("ws://Chat.example{}", told.path("websocket"));
    response.expect_header(cx, "Sec-WebSocket-Location", Some(&expected))
}

fn origin(cx: &Context) -> Outcome {
    let (_, response) = ask(cx, |request| request.header("Origin", "http://A.example:81"))?;
    response.expect_header(cx, "Sec-WebSocket-Origin", Some("http://A.example:81"))
}

fn no_origin(cx: &Context) -> Outcome {
    let (_, response) = ask(cx, |request| request)?;
    response.expect_header(cx, "Sec-WebSocket-Origin", Some("null"))
}

fn subprotocol(cx: &Context) -> Outcome {
    let (_, response) = ask(cx, |request| request.header("Sec-WebSocket-Protocol", "sample"))?;
    response.expect_header(cx, "Sec-WebSocket-Protocol", Some("sample"))
}

fn open(cx: &Context) -> Outcome<Socket> {
    Socket::open_in(cx, Dialect::Hixie76)
}

fn byte_ff(cx: &Context) -> Outcome {
    let mut socket = open(cx)?;
    socket.send("3:::a\u{fffd}b")?;
    socket.expect_answers(cx, &["3:::a\u{fffd}b"])
}

fn empty_text(cx: &Context) -> Outcome {
    let mut socket = open(cx)?;
    socket.websocket.connection.send(b"\x00\xff")?;
    socket.expect_answers(cx, &[])
}

fn above_the_limit(cx: &Context) -> Outcome {
    let mut socket = open(cx)?;
    socket.websocket.connection.try_send([b"\x003:::".to_vec(), vec![b'x'; 1_100_000]].concat());
    ends(cx, &mut socket)
}

fn invalid_utf8(cx: &Context) -> Outcome {
    let mut socket = open(cx)?;
    socket.websocket.connection.send(b"\x003:::a\xc3(\xff")?;
    ends(cx, &mut socket)
}

fn other_frame(cx: &Context, first: u8) -> Outcome {
    let mut socket = open(cx)?;
    // Long enough for whatever length the second byte may mean.
    socket.websocket.connection.send([&[first, 4], b"3:::x\xff".as_slice()].concat())?;
    ends(cx, &mut socket)
}

/// Demands the end of the connection, ahead of which there may be a close frame and nothing else.
fn ends(cx: &Context, socket: &mut Socket) -> Outcome {
    let rest = socket.websocket.connection.rest()?;
    let heartbeat = b"\x002::\xff";
    let rest = rest.strip_prefix(heartbeat).unwrap_or(&rest);
    let good = matches!(rest, [] | [0xff, 0]);
    cx.that("the end, or FF 00 and the end", good, format!("{} and the end", super::super::context::show(rest)))
}

fn behind_the_close(cx: &Context) -> Outcome {
    let mut socket = open(cx)?;
    socket.websocket.connection.send(b"\xff\x00\x003:::late\xff")?;
    socket.websocket.expect_close(cx, None)
}

fn bad_key(cx: &Context, key: &str) -> Outcome {
    let (told, request) = request(cx)?;
    let request = request.replace("Sec-WebSocket-Key1", key);
    let mut connection = Connection::open(cx)?;
    connection.send([request.to_bytes().as_slice(), b"^n:ds[4U"].concat())?;
    connection.head()?.expect_status(cx, 400)?;
    let mut socket = Socket::attach(cx, "websocket", Dialect::Rfc6455, told)?;
    socket.expect(cx, "1::")
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("nonce-with-a-frame", "another digest", "it takes a frame behind the eight bytes for a part of them, and its digest is wrong"),
    Difference::of_socketio_09("no-origin", r#"Sec-WebSocket-Origin: Some("undefined")"#, "it writes undefined for an origin that is not there"),
    Difference::of_socketio_09("byte-ff", r#"the end of the connection behind ["3:::a"]"#, FFFD),
    Difference::of_socketio_09("text-above-the-limit", "an open connection", "it has no limit for a message of hixie-76"),
    Difference::of_socketio_09("invalid-utf-8", r#"b"\x003:::a\xff" and the end"#, "it cuts a text at the first byte that is no UTF-8"),
    Difference::of_socketio_09("garbage-behind-close", "the end of the connection", NO_CLOSE_FRAME),
    Difference::of_socketio_09("key-without-spaces", r#"101 """#, NO_BAD_KEYS).deadly(),
    Difference::of_socketio_09("key-without-digits", r#"101 """#, NO_BAD_KEYS).deadly(),
    Difference::of_socketio_09("key-not-divisible", r#"101 """#, NO_BAD_KEYS).deadly(),
    Difference::of_socketio_09("key-empty", r#"101 """#, NO_BAD_KEYS).deadly(),
    Difference::of_socketio_09("key-too-large", r#"101 """#, NO_BAD_KEYS).deadly(),
];
