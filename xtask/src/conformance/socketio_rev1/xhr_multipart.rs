//! xhr-multipart: an endless response whose parts replace each other, which no client of 0.7 to 0.9 knows and the
//! specification names (section 4.5).

use super::super::check::{Check, Difference, Outcome};
use super::super::context::{Context, PATIENCE};
use super::super::target::Timer;
use super::session::{TRANSPORTS, handshake};
use super::stream::{Kind, Stream};
use super::why::NO_MULTIPART;

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "4.5", about, run);
    vec![
        check("not-announced", "no handshake names it: no client of the time knows it", not_announced),
        check("head", "it is multipart/x-mixed-replace with the boundary socketio, and not cached", head),
        check("opens", "a boundary comes ahead of the first part, which is 1::", opens),
        check("echo", "a text posted comes back as a part", echo),
        check("part-per-packet", "each packet is a part of its own, without payload framing", part_per_packet),
        check("raw-text", "nothing is escaped: line breaks and U+FFFD stay", raw_text),
        check("post-answer", "a POST is answered 200 1", |cx| open(cx)?.post("3:::x")?.expect(cx, 200, "1")),
        check("posted-payload", "a POST may hold several packets", posted_payload),
        check("heartbeat", "heartbeats come as parts, and a POST answers them", heartbeat).waits(),
        check("disconnect", "a posted 0:: gets 0:: and the end of the response", disconnect),
        check("unknown-session", "an unknown session is told 7:::1+0 in a part, and the response ends", unknown),
        check("origin", "an allowed origin is echoed with credentials", origin),
    ]
}

fn open(cx: &Context) -> Outcome<Stream<'_>> {
    Stream::open(cx, Kind::Multipart)
}

fn not_announced(cx: &Context) -> Outcome {
    let told = handshake(cx)?.transports;
    cx.that(TRANSPORTS, !told.contains("multipart"), told)
}

fn head(cx: &Context) -> Outcome {
    let stream = open(cx)?;
    let kind = stream.head.header("Content-Type").unwrap_or_default().replace("; ", ";");
    cx.same("Content-Type", r#"multipart/x-mixed-replace;boundary="socketio""#, kind.as_str())?;
    let caches = stream.head.header("Cache-Control").unwrap_or_default();
    cx.that("no-store", caches.contains("no-store"), format!("Cache-Control: {caches}"))
}

fn opens(cx: &Context) -> Outcome {
    let mut stream = Stream::attach(cx, Kind::Multipart, handshake(cx)?)?;
    let part = stream.up_to_boundary()?;
    cx.same("part", "Content-Type: text/plain\n\n1::\n", String::from_utf8_lossy(&part))
}

fn echo(cx: &Context) -> Outcome {
    let mut stream = open(cx)?;
    stream.send(&["3:::hello"])?;
    stream.expect(&["3:::hello"])
}

fn part_per_packet(cx: &Context) -> Outcome {
    let mut stream = open(cx)?;
    stream.send(&[r#"5:::{"name":"burst","args":[3]}"#])?;
    let event = |number| format!(r#"5:::{{"name":"seq","args":[{number}]}}"#);
    stream.expect(&[&event(0), &event(1), &event(2)])
}

fn raw_text(cx: &Context) -> Outcome {
    let mut stream = open(cx)?;
    let text = "3:::a\nb\r\n\"</script>\u{2028}\u{fffd}😀";
    stream.send(&[text])?;
    stream.expect(&[text])
}

fn posted_payload(cx: &Context) -> Outcome {
    let mut stream = open(cx)?;
    stream.send(&["3:::a", "3:::b"])?;
    stream.expect(&["3:::a", "3:::b"])
}

fn heartbeat(cx: &Context) -> Outcome {
    let interval = cx.timer(Timer::HeartbeatInterval)?;
    let mut stream = open(cx)?;
    stream.stream.set_patience(interval * 2 + PATIENCE);
    for _ in 0..2 {
        cx.same("packet", "2::", stream.any_packet()?.as_str())?;
        stream.send(&["2::"])?;
    }
    Ok(())
}

/// Demands the end of the response, however its framing tells it.
fn expect_end(cx: &Context, stream: &mut Stream<'_>) -> Outcome {
    use super::super::client::Framing;
    if stream.head.framing != Framing::Chunked {
        return stream.stream.expect_end();
    }
    let more = stream.stream.chunk()?;
    cx.that("the last chunk", more.is_none(), if more.is_none() { "the last chunk" } else { "a further chunk" })
}

fn disconnect(cx: &Context) -> Outcome {
    let mut stream = open(cx)?;
    stream.send(&["0::"])?;
    stream.expect(&["0::"])?;
    expect_end(cx, &mut stream)
}

fn unknown(cx: &Context) -> Outcome {
    let mut told = handshake(cx)?;
    told.sid = "0123456789abcdefghij".to_owned();
    let mut stream = Stream::attach(cx, Kind::Multipart, told)?;
    stream.expect(&["7:::1+0"])?;
    expect_end(cx, &mut stream)
}

fn origin(cx: &Context) -> Outcome {
    use super::super::client::{Connection, Request};
    let path = handshake(cx)?.path("xhr-multipart");
    let mut connection = Connection::open(cx)?;
    connection.send(Request::get(cx, &path).header("Origin", "http://a.example").to_bytes())?;
    let head = connection.head()?;
    head.expect_header(cx, "Access-Control-Allow-Origin", Some("http://a.example"))?;
    head.expect_header(cx, "Access-Control-Allow-Credentials", Some("true"))
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("head", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("opens", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("echo", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("part-per-packet", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("raw-text", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("post-answer", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("posted-payload", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("heartbeat", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("disconnect", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("unknown-session", "the end of the connection", NO_MULTIPART),
    Difference::of_socketio_09("origin", "the end of the connection", NO_MULTIPART),
];
