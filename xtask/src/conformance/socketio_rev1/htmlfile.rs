//! htmlfile: an endless page of script elements, for Internet Explorer 6 to 9 (section 4.4).

use super::super::check::{Check, Difference, Failure, Outcome};
use super::super::client::{Framing, Request};
use super::super::context::{Context, PATIENCE, show};
use super::super::target::Timer;
use super::session::{Polling, frame};
use super::stream::{Kind, Stream, expect_forgotten, packet_in_script};
use super::why::SEPARATORS;

pub(crate) fn checks() -> Vec<Check> {
    let check =
        |name: &'static str, about: &'static str, run: fn(&Context) -> Outcome| Check::new(name, "4.4", about, run);
    let mut checks = vec![
        check("head", "the page is 200, text/html; charset=UTF-8, chunked, and its connection kept", head),
        check("no-caches", "no cache and no proxy may hold the page back", no_caches),
        check("first-chunk", "the first chunk has 256 bytes: the page's head and 173 spaces", first_chunk),
        check("second-chunk", "1:: is the second chunk, at once", second_chunk),
        check("chunk-per-packet", "each packet is a chunk and a script element of its own", chunk_per_packet),
        check("posted-payload", "a POST may hold several packets", posted_payload),
        check("post-answer", "a POST is answered 200 1", |cx| {
            Stream::open(cx, Kind::HtmlFile)?.post("3:::x")?.expect(cx, 200, "1")
        }),
        check("post-under-another-name", "a POST of xhr-polling is read, and the page stays", post_elsewhere),
        check("post-with-query", "requests may have a time in their query", with_query),
        check("heartbeat", "heartbeats come as chunks, and a POST answers them", heartbeat).waits(),
        check("disconnect", "a posted 0:: gets 0:: and the last chunk; the connection is usable", disconnect),
        check("disconnect-request", "a disconnect request gets 0:: on the page, and its end", disconnect_request),
        check("client-leaves", "a session whose page is closed is over at once", client_leaves),
        check("connection-of-the-page", "what the page's connection still says is not looked at", pipelined),
        check("broken-payload", "a broken payload is answered 400, and the session goes on", broken),
    ];
    checks.extend(ESCAPED.iter().map(|(name, section, about, text, escaped)| {
        Check::new(*name, section, *about, move |cx| is_escaped(cx, text, escaped))
    }));
    checks
}

/// Texts, and how they have to stand in the script: name, section, about, text, escaped.
const ESCAPED: &[(&str, &str, &str, &str, &str)] = &[
    ("escape-quotes", "4.4", "quotes and backslashes are escaped", r#""a"\"#, r#"\"a\"\\"#),
    ("escape-slash", "4.4", "/ is written \\/", "a/b", r"a\/b"),
    ("escape-script-end", "9", "</script> cannot end the script", "</script><b>", r"\u003c\/script>\u003cb>"),
    ("escape-comment", "9", "<!-- cannot begin a comment", "<!--", r"\u003c!--"),
    ("escape-line-separators", "4.4", "U+2028 and U+2029 are escaped", "a\u{2028}b\u{2029}c", r"a\u2028b\u2029c"),
    ("escape-line-breaks", "4.4", "line breaks and tabs are escaped", "a\r\n\tb", r"a\r\n\tb"),
    ("escape-controls", "4.4", "control characters are escaped", "\u{1}\u{8}\u{c}\u{1f}", r"\u0001\b\f\u001f"),
    ("escape-nul", "4.4", "so is NUL", "a\0b", r"a\u0000b"),
    ("raw-unicode", "4.4", "all other characters stay as they are", "ä€😀\u{fffd}\u{7f}", "ä€😀\u{fffd}\u{7f}"),
];

const PRELUDE: &str = "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>";

fn head(cx: &Context) -> Outcome {
    let stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.head.expect_header(cx, "Content-Type", Some("text/html; charset=UTF-8"))?;
    cx.same("framing", Framing::Chunked, stream.head.framing)?;
    let connection = stream.head.header("Connection").unwrap_or_default().to_lowercase();
    cx.that("a kept connection", matches!(connection.as_str(), "" | "keep-alive"), format!("Connection {connection:?}"))
}

fn no_caches(cx: &Context) -> Outcome {
    let stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.head.expect_header(cx, "Cache-Control", Some("no-store, no-transform"))?;
    stream.head.expect_header(cx, "X-Accel-Buffering", Some("no"))
}

/// A page whose first chunk has not been read.
fn page<'a>(cx: &'a Context) -> Outcome<Polling<'a>> {
    let mut session = Polling::issued(cx, "htmlfile")?;
    session.begin_poll()?;
    session.polls.head()?.expect_status(cx, 200)?;
    Ok(session)
}

fn next_chunk(session: &mut Polling<'_>) -> Outcome<Vec<u8>> {
    session.polls.chunk()?.ok_or_else(|| Failure::differs("a chunk", "the end of the page"))
}

fn first_chunk(cx: &Context) -> Outcome {
    let mut session = page(cx)?;
    let chunk = next_chunk(&mut session)?;
    cx.same("bytes", 256, chunk.len())?;
    cx.same("chunk", format!("{PRELUDE}{}", " ".repeat(173)), String::from_utf8_lossy(&chunk))
}

fn second_chunk(cx: &Context) -> Outcome {
    let mut session = page(cx)?;
    next_chunk(&mut session)?;
    let chunk = next_chunk(&mut session)?;
    cx.same("chunk", r#"<script>_("1::");</script>"#, String::from_utf8_lossy(&chunk))
}

fn chunk_per_packet(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.send(&[r#"5:::{"name":"burst","args":[5]}"#])?;
    for number in 0..5 {
        let packet = loop {
            let chunk = stream.chunk()?;
            let packet = packet_in_script(&chunk)?;
            if packet != "2::" {
                break packet;
            }
        };
        cx.same("packet", format!(r#"5:::{{"name":"seq","args":[{number}]}}"#), packet)?;
    }
    Ok(())
}

fn posted_payload(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    let packets = ["3:::first", "4:::{\"second\":2}", "3:::third €😀"];
    stream.send(&packets)?;
    stream.expect(&packets)
}

fn post_elsewhere(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.path = stream.handshake.path("xhr-polling");
    stream.send(&["3:::elsewhere"])?;
    stream.expect(&["3:::elsewhere"])
}

fn with_query(cx: &Context) -> Outcome {
    let mut session = Polling::issued(cx, "htmlfile")?;
    session.path.push_str("?t=1312200210467");
    session.begin_poll()?;
    session.polls.head()?.expect_status(cx, 200)?;
    session.post("3:::x")?.expect(cx, 200, "1")?;
    next_chunk(&mut session)?;
    for packet in ["1::", "3:::x"] {
        cx.same("packet", packet, packet_in_script(&next_chunk(&mut session)?)?.as_str())?;
    }
    Ok(())
}

fn heartbeat(cx: &Context) -> Outcome {
    let interval = cx.timer(Timer::HeartbeatInterval)?;
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.stream.set_patience(interval * 2 + PATIENCE);
    for _ in 0..2 {
        let chunk = stream.chunk()?;
        cx.same("chunk", r#"<script>_("2::");</script>"#, String::from_utf8_lossy(&chunk))?;
        stream.send(&["2::"])?;
    }
    Ok(())
}

/// Demands `0::`, the last chunk, and an answer to a further request over the same connection.
fn expect_goodbye(cx: &Context, stream: &mut Stream<'_>) -> Outcome {
    stream.expect(&["0::"])?;
    let last = stream.stream.chunk()?;
    cx.that("the last chunk", last.is_none(), last.map_or("the last chunk".to_owned(), |chunk| show(&chunk)))?;
    stream.stream.get(cx, "/socket.io/1/")?.expect_status(cx, 200).map_err(|failure| match failure {
        Failure::Differs { expected, .. } => Failure::differs(expected, "no handshake"),
        other @ Failure::NotRun(_) => other,
    })
}

fn disconnect(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.send(&["0::"])?;
    expect_goodbye(cx, &mut stream)
}

fn disconnect_request(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    let target = format!("/socket.io/1//{}/?disconnect=1", stream.handshake.sid);
    stream.posts.get(cx, &target)?.expect(cx, 200, "")?;
    expect_goodbye(cx, &mut stream)
}

fn client_leaves(cx: &Context) -> Outcome {
    let stream = Stream::open(cx, Kind::HtmlFile)?;
    let Stream { handshake, stream: page, .. } = stream;
    page.close();
    expect_forgotten(cx, &handshake.sid)
}

fn pipelined(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.stream.send(Request::get(cx, "/socket.io/1/").to_bytes())?;
    stream.send(&["3:::still here"])?;
    stream.expect(&["3:::still here"])
}

fn broken(cx: &Context) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.post(format!("{}\u{fffd}9\u{fffd}3:::b", frame("3:::a")))?.expect_status(cx, 400)?;
    stream.send(&["3:::c"])?;
    stream.expect(&["3:::c"])
}

fn is_escaped(cx: &Context, text: &str, escaped: &str) -> Outcome {
    let mut stream = Stream::open(cx, Kind::HtmlFile)?;
    stream.send(&[&format!("3:::{text}")])?;
    let chunk = loop {
        let chunk = stream.chunk()?;
        if chunk != br#"<script>_("2::");</script>"# {
            break chunk;
        }
    };
    cx.same("chunk", format!(r#"<script>_("3:::{escaped}");</script>"#), String::from_utf8_lossy(&chunk))?;
    cx.same("text", format!("3:::{text}"), packet_in_script(&chunk)?)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("no-caches", "Cache-Control: None", "it sets neither header, and a proxy that collects the answer makes the transport useless"),
    Difference::of_socketio_09("broken-payload", r#"200 "1""#, "it delivers what is there of a broken payload, and answers before it has looked"),
    Difference::of_socketio_09("escape-script-end", r#"chunk: "<script>_(\"3:::<\\/script><b>\");</script>""#, "it leaves < as it is; escaped it cannot begin anything, whatever the page's parser makes of the rest"),
    Difference::of_socketio_09("escape-comment", r#"chunk: "<script>_(\"3:::<!--\");</script>""#, "it leaves < as it is; escaped it cannot begin anything, whatever the page's parser makes of the rest"),
    Difference::of_socketio_09("escape-line-separators", r#"chunk: "<script>_(\"3:::a\u{2028}b\u{2029}c\");</script>""#, SEPARATORS),
];
