//! WebSocket frames: what a server has to take, to ignore and to refuse, alike in RFC 6455 and its drafts 7 and 8
//! (section 4.6).

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Dialect, Frame, Opcode, describe};
use super::super::context::{Context, show};
use super::super::launch::Timers;
use super::session::Socket;
use super::why::{NO_CLOSE_FRAME, NO_LIMIT, NO_UTF8, PONG, PONG_ENDS_IT, RECURSION, UNMASKED};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks: Vec<_> = rows()
        .into_iter()
        .map(|Row { name, about, bytes, answer }| {
            let about = format!("{about}: {}", answer.in_words());
            let run = move |cx: &Context| in_each_draft(cx, |cx, socket| answer.expect(cx, socket, &bytes));
            Check::new(name, "4.6", about, run).with_timers(Timers::LONG)
        })
        .collect();
    checks.push(
        Check::new(
            "ping-between-fragments",
            "4.6",
            "a ping between fragments is answered, and disturbs nothing",
            |cx| in_each_draft(cx, ping_between_fragments),
        )
        .with_timers(Timers::LONG),
    );
    checks.extend(SIZES.iter().map(|size| {
        let about = format!("a message of {size} bytes passes both ways");
        Check::new(format!("size-{size}"), "4.6", about, move |cx| size_passes(cx, *size))
    }));
    checks.push(Check::new("masks", "4.6", "any mask is taken off, also an empty one", masks));
    checks.push(
        Check::new("many-frames", "4.6", "5,000 small frames in one go are all answered", many_frames)
            .with_timers(Timers::LONG),
    );
    checks.push(
        Check::new("many-fragments", "4.6", "a message may come in 1,000 fragments", many_fragments)
            .with_timers(Timers::LONG),
    );
    checks.push(
        Check::new("no-limit-in-total", "4.6", "110 MB in all, in small messages, cut nothing", much_in_total)
            .with_timers(Timers::LONG)
            .on_own_server()
            .waits(),
    );
    checks
}

/// Lengths at which the head of a frame changes, and the largest message allowed.
const SIZES: &[usize] = &[125, 126, 127, 65_535, 65_536, 1_000_000];

/// What a client sends and what has to follow.
struct Row {
    name: &'static str,
    about: &'static str,
    bytes: Vec<u8>,
    answer: Answer,
}

#[derive(Clone)]
enum Answer {
    /// Nothing; the session goes on.
    Nothing,
    /// A frame; the session goes on.
    Frame(Frame),
    /// A close frame with a code, and the end.
    Close(Option<u16>),
}

impl Answer {
    fn text(text: &str) -> Self {
        Self::Frame(Frame::text(text))
    }

    fn in_words(&self) -> String {
        match self {
            Self::Nothing => "nothing happens".to_owned(),
            Self::Frame(frame) => format!("answered by {:?} of {}", frame.opcode, show(&frame.payload)),
            Self::Close(Some(code)) => format!("closed with {code}"),
            Self::Close(None) => "closed without a code".to_owned(),
        }
    }

    fn expect(&self, cx: &Context, socket: &mut Socket, bytes: &[u8]) -> Outcome {
        socket.websocket.connection.send(bytes)?;
        match self {
            Self::Nothing => socket.expect_answers(cx, &[]),
            Self::Frame(frame) => {
                expect_frame(cx, socket, frame)?;
                socket.expect_answers(cx, &[])
            }
            Self::Close(code) => {
                let frame = next_frame(socket)?;
                cx.that("a close frame", frame.opcode == Opcode::Close, describe(&frame))?;
                cx.same("code", *code, frame.close_code())?;
                socket.websocket.connection.try_send(Frame::new(Opcode::Close, frame.payload).masked());
                socket.websocket.connection.expect_end()
            }
        }
    }
}

fn expect_frame(cx: &Context, socket: &mut Socket, frame: &Frame) -> Outcome {
    let seen = next_frame(socket)?;
    cx.that(&describe(frame), seen == *frame, describe(&seen))
}

/// The next frame that is no heartbeat.
fn next_frame(socket: &mut Socket) -> Outcome<Frame> {
    loop {
        let frame = socket.websocket.frame()?;
        if frame != Frame::text("2::") {
            return Ok(frame);
        }
        socket.send("2::")?;
    }
}

fn in_each_draft(cx: &Context, check: impl Fn(&Context, &mut Socket) -> Outcome) -> Outcome {
    for dialect in [Dialect::Rfc6455, Dialect::Hybi8, Dialect::Hybi7] {
        let mut socket = Socket::open_in(cx, dialect)?;
        check(cx, &mut socket).map_err(|failure| match failure {
            Failure::Differs { expected, seen } => Failure::differs(expected, format!("{seen} ({})", dialect.name())),
            other @ Failure::NotRun(_) => other,
        })?;
    }
    Ok(())
}

fn rows() -> Vec<Row> {
    let row = |name, about, bytes, answer| Row { name, about, bytes, answer };
    let mut rows = vec![
        row("ping-empty", "an empty masked ping", control(Opcode::Ping, b""), pong(b"")),
        row("ping-with-payload", "a ping with payload", control(Opcode::Ping, b"abc"), pong(b"abc")),
        row("ping-of-125-bytes", "the longest ping", control(Opcode::Ping, &[b'p'; 125]), pong(&[b'p'; 125])),
        row("pong-unasked", "a pong, as Internet Explorer 10 sends", control(Opcode::Pong, b""), Answer::Nothing),
        row("pong-with-payload", "a pong with payload", control(Opcode::Pong, b"x"), Answer::Nothing),
        row("empty-text", "an empty text", Frame::text("").masked(), Answer::Nothing),
        row(
            "payload-in-a-message",
            "a payload, since one message is one packet",
            Frame::text("\u{fffd}5\u{fffd}3:::a\u{fffd}5\u{fffd}3:::b").masked(),
            Answer::Nothing,
        ),
        row("fragments", "a text in three fragments", fragments(&[b"3::", b":a", b"bc"]), Answer::text("3:::abc")),
        row(
            "fragments-within-a-character",
            "a character in two fragments",
            fragments(&[b"3:::\xe2", b"\x82\xac"]),
            Answer::text("3:::€"),
        ),
        row("fragments-empty", "empty fragments", fragments(&[b"", b"3:::a", b""]), Answer::text("3:::a")),
        row("binary", "a binary message", Frame::new(Opcode::Binary, "3:::x").masked(), Answer::Close(Some(1003))),
        row("unmasked", "an unmasked text", Frame::text("3:::x").unmasked(), Answer::Close(Some(1002))),
        row("unmasked-ping", "an unmasked ping", Frame::new(Opcode::Ping, "").unmasked(), Answer::Close(Some(1002))),
        row("utf8-broken", "a byte that is no UTF-8", text(b"3:::\xff"), Answer::Close(Some(1007))),
        row("utf8-overlong", "an overlong character", text(b"3:::\xc0\xaf"), Answer::Close(Some(1007))),
        row("utf8-surrogate", "half of a surrogate pair", text(b"3:::\xed\xa0\x80"), Answer::Close(Some(1007))),
        row("utf8-cut", "a text that ends within a character", text(b"3:::\xe2\x82"), Answer::Close(Some(1007))),
        row("utf8-too-high", "a character above U+10FFFF", text(b"3:::\xf4\x90\x80\x80"), Answer::Close(Some(1007))),
        row(
            "continuation-of-nothing",
            "a continuation without a start",
            Frame::new(Opcode::Continuation, "3:::x").masked(),
            Answer::Close(Some(1002)),
        ),
        row(
            "text-within-a-message",
            "a text ahead of the end of another",
            [Frame::text("3:::").unfinished().masked(), Frame::text("3:::x").masked()].concat(),
            Answer::Close(Some(1002)),
        ),
        row(
            "ping-in-fragments",
            "a fragmented ping",
            Frame::new(Opcode::Ping, "a").unfinished().masked(),
            Answer::Close(Some(1002)),
        ),
        row(
            "ping-of-126-bytes",
            "a ping that is too long",
            control(Opcode::Ping, &[0; 126]),
            Answer::Close(Some(1002)),
        ),
        row("above-the-limit", "a head that tells 1,000,001 bytes", announced(1_000_001), Answer::Close(Some(1009))),
        row("above-31-bits", "a head that tells 2^31 bytes", announced(1 << 31), Answer::Close(Some(1009))),
        row("above-32-bits", "a head that tells more than 2^32", announced((1 << 32) + 1), Answer::Close(Some(1009))),
        row("garbage", "bytes that are no frame", b"pqrstuvwxy".to_vec(), Answer::Close(Some(1002))),
        row("close-empty", "a close frame without a code", control(Opcode::Close, b""), Answer::Close(None)),
        row(
            "close-of-one-byte",
            "a close frame of one byte",
            control(Opcode::Close, b"\x03"),
            Answer::Close(Some(1002)),
        ),
        row(
            "close-reason-utf8",
            "a close reason that is no UTF-8",
            control(Opcode::Close, b"\x03\xe8\xff"),
            Answer::Close(Some(1007)),
        ),
    ];
    rows.extend(
        [("close-1000", 1000_u16), ("close-1001", 1001), ("close-3000", 3000), ("close-4999", 4999)]
            .map(|(name, code)| row(name, "a close frame", Frame::close(code).masked(), Answer::Close(Some(code)))),
    );
    rows.extend(
        [
            ("close-999", 999_u16),
            ("close-1005", 1005),
            ("close-1006", 1006),
            ("close-2999", 2999),
            ("close-5000", 5000),
        ]
        .map(|(name, code)| {
            row(name, "a code nobody may send", Frame::close(code).masked(), Answer::Close(Some(1002)))
        }),
    );
    rows.extend([("rsv-1", 4), ("rsv-2", 2), ("rsv-3", 1)].map(|(name, reserved)| {
        let frame = Frame { reserved, ..Frame::text("3:::x") };
        row(name, "a reserved bit", frame.masked(), Answer::Close(Some(1002)))
    }));
    rows.extend([("opcode-3", 3), ("opcode-7", 7), ("opcode-11", 11), ("opcode-15", 15)].map(|(name, opcode)| {
        row(name, "an unknown opcode", control(Opcode::Other(opcode), b"x"), Answer::Close(Some(1002)))
    }));
    rows
}

fn control(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    Frame::new(opcode, payload).masked()
}

fn pong(payload: &[u8]) -> Answer {
    Answer::Frame(Frame::new(Opcode::Pong, payload))
}

fn text(payload: &[u8]) -> Vec<u8> {
    control(Opcode::Text, payload)
}

fn fragments(pieces: &[&[u8]]) -> Vec<u8> {
    let last = pieces.len().saturating_sub(1);
    let frame = |(number, piece): (usize, &&[u8])| {
        let opcode = if number == 0 { Opcode::Text } else { Opcode::Continuation };
        let frame = Frame::new(opcode, *piece);
        if number == last { frame.masked() } else { frame.unfinished().masked() }
    };
    pieces.iter().enumerate().flat_map(frame).collect()
}

/// The head of a text whose payload never comes.
fn announced(length: u64) -> Vec<u8> {
    [&[0x81, 0xff], length.to_be_bytes().as_slice(), &[1, 2, 3, 4]].concat()
}

fn ping_between_fragments(cx: &Context, socket: &mut Socket) -> Outcome {
    socket.websocket.send_frame(&Frame::text("3:::a").unfinished())?;
    socket.websocket.send_frame(&Frame::new(Opcode::Ping, "in between"))?;
    expect_frame(cx, socket, &Frame::new(Opcode::Pong, "in between"))?;
    socket.websocket.send_frame(&Frame::new(Opcode::Continuation, "b"))?;
    expect_frame(cx, socket, &Frame::text("3:::ab"))?;
    socket.expect_answers(cx, &[])
}

fn size_passes(cx: &Context, size: usize) -> Outcome {
    let packet = format!("3:::{}", "x".repeat(size - 4));
    let mut socket = Socket::open(cx)?;
    socket.send(&packet)?;
    let seen = socket.packet()?;
    cx.that("the same message", seen == packet, format!("{} bytes", seen.len()))
}

fn masks(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    for mask in [[0; 4], [0xff; 4], [0x80, 0, 0x7f, 1]] {
        let text = b"3:::masked";
        let masked = text.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        let frame: Vec<u8> = [0x81, 0x80 | 10].into_iter().chain(mask).chain(masked).collect();
        socket.websocket.connection.send(frame)?;
        socket.expect(cx, "3:::masked")?;
    }
    Ok(())
}

fn many_frames(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    socket.websocket.connection.send(Frame::text("3:::x").masked().repeat(5000))?;
    for number in 0..5000 {
        let packet =
            socket.packet().map_err(|_| Failure::differs("5000 texts", "the end ahead of the last of them"))?;
        if packet != "3:::x" {
            return Err(Failure::differs("5000 texts", format!("{packet:?} as number {number}")));
        }
    }
    cx.saw("5000 texts");
    Ok(())
}

fn many_fragments(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    let pieces: Vec<&[u8]> = std::iter::once(b"3:::".as_slice()).chain([b"x".as_slice(); 999]).collect();
    socket.websocket.connection.send(fragments(&pieces))?;
    let whole = socket.packet().is_ok_and(|seen| seen == format!("3:::{}", "x".repeat(999)));
    cx.that("a text of 1003 characters", whole, if whole { "all of it" } else { "no text of 1003 characters" })
}

fn much_in_total(cx: &Context) -> Outcome {
    let mut socket = Socket::open(cx)?;
    // Servers ignore noops, so that nothing of this comes back.
    let noop = Frame::text(&format!("8:::{}", "x".repeat(999_000))).masked();
    let taken = (0..110).take_while(|_| socket.websocket.connection.try_send(&noop)).count() == 110;
    let alive = taken && socket.answers().is_ok_and(|answers| answers.is_empty());
    cx.that("an open WebSocket", alive, if alive { "an open WebSocket" } else { "the end of it" })
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("ping-empty", r#"a masked frame: "\u{8a}\0" (rfc6455)"#, PONG),
    Difference::of_socketio_09("ping-with-payload", r#"a masked frame: "\u{8a}\0" (rfc6455)"#, PONG),
    Difference::of_socketio_09("ping-of-125-bytes", r#"a masked frame: "\u{8a}\0" (rfc6455)"#, PONG),
    Difference::of_socketio_09("pong-unasked", "the end of the connection (rfc6455)", PONG_ENDS_IT),
    Difference::of_socketio_09("pong-with-payload", "the end of the connection (rfc6455)", PONG_ENDS_IT),
    Difference::of_socketio_09("fragments-within-a-character", r#"a frame Text of "3:::���" (rfc6455)"#, "it decodes each fragment by itself, and a character at the border is lost"),
    Difference::of_socketio_09("fragments-empty", "silence (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("binary", "silence (rfc6455)", "it ignores binary messages, which revision 1 does not have; a close code tells"),
    Difference::of_socketio_09("unmasked", r#"a frame Text of "3:::x" (rfc6455)"#, UNMASKED),
    Difference::of_socketio_09("unmasked-ping", r#"a masked frame: "\u{8a}\0" (rfc6455)"#, PONG),
    Difference::of_socketio_09("utf8-broken", r#"a frame Text of "3:::�" (rfc6455)"#, NO_UTF8),
    Difference::of_socketio_09("utf8-overlong", r#"a frame Text of "3:::��" (rfc6455)"#, NO_UTF8),
    Difference::of_socketio_09("utf8-surrogate", r#"a frame Text of "3:::���" (rfc6455)"#, NO_UTF8),
    Difference::of_socketio_09("utf8-cut", r#"a frame Text of "3:::�" (rfc6455)"#, NO_UTF8),
    Difference::of_socketio_09("utf8-too-high", r#"a frame Text of "3:::����" (rfc6455)"#, NO_UTF8),
    Difference::of_socketio_09("continuation-of-nothing", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("text-within-a-message", r#"a frame Text of "3:::3:::x" (rfc6455)"#, "it joins a text to the one that has not ended"),
    Difference::of_socketio_09("ping-in-fragments", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("ping-of-126-bytes", r#"a masked frame: "\u{8a}\0" (rfc6455)"#, PONG),
    Difference::of_socketio_09("above-the-limit", "silence (rfc6455)", "it takes a message of any size up to 100 MB"),
    Difference::of_socketio_09("above-31-bits", r#"a frame Text of "0::" (rfc6455)"#, "it says 0::, which tells the client not to come back, and has no close frame"),
    Difference::of_socketio_09("above-32-bits", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("garbage", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-empty", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-of-one-byte", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-reason-utf8", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-1000", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-1001", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-3000", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-4999", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-999", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-1005", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-1006", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-2999", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("close-5000", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("rsv-1", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("rsv-2", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("rsv-3", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("opcode-3", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("opcode-7", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("opcode-11", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("opcode-15", "the end of the connection (rfc6455)", NO_CLOSE_FRAME),
    Difference::of_socketio_09("ping-between-fragments", r#"a masked frame: "\u{8a}\0" (rfc6455)"#, PONG),
    Difference::of_socketio_09("size-65536", "0 bytes", "it writes the length of a message of 65,536 bytes as 0"),
    Difference::of_socketio_09("many-fragments", "no text of 1003 characters", RECURSION).deadly().sometimes(),
    Difference::of_socketio_09("many-frames", "the end ahead of the last of them", RECURSION).deadly(),
    Difference::of_socketio_09("no-limit-in-total", "the end of it", NO_LIMIT),
];
