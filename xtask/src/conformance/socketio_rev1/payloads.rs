//! Several packets in one body, on xhr-polling: lengths, framing, and bodies that are broken (section 1.9).

use super::super::check::{Check, Difference, Outcome};
use super::super::context::Context;
use super::session::{FENCE, Polling, frame, packets_in, payload};
use super::vectors::{self, Malformed, PAYLOADS, Payload};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for (number, row) in PAYLOADS.iter().enumerate() {
        let name = vectors::name(number, &row.note);
        checks.push(Check::new(format!("read-{name}"), "1.9", format!("a body is read: {}", row.note), |cx| {
            read(cx, row)
        }));
        if row.direction == "both" && row.packets.iter().all(|packet| is_echoed(packet)) {
            let about = format!("what waits leaves as one body: {}", row.note);
            checks.push(Check::new(format!("written-{name}"), "1.9", about, |cx| written(cx, row)));
        }
    }
    for (number, row) in vectors::malformed("payload") {
        let Some(input) = row.input.as_deref() else { continue };
        let verdict =
            if row.strict.action == "reject" { "is answered 400, and nothing of it counts" } else { "is read" };
        let about = format!("{input:?} {verdict}: {}", row.why);
        let name = format!("malformed-{}", vectors::name(number, &row.why));
        checks.push(Check::new(name, "1.9", about, move |cx| malformed(cx, row, input)));
    }
    checks.push(Check::new("ten-thousand-packets", "10", "10,000 packets in one body are read", ten_thousand));
    checks.push(Check::new("more-than-ten-thousand", "10", "10,001 packets in one body are answered 400", too_many));
    checks
}

/// Whether the reference app sends the packet back just as it is.
fn is_echoed(packet: &str) -> bool {
    packet.starts_with("3:::") || packet.starts_with("4:::") || packet == "3::"
}

fn read(cx: &Context, row: &Payload) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.post(row.wire.as_str())?.expect(cx, 200, "1")?;
    session.send(&[FENCE])?;
    let mut seen = session.packets_until(FENCE)?;
    seen.retain(|packet| is_echoed(packet));
    let mut expected: Vec<&str> = row.packets.iter().map(String::as_str).filter(|packet| is_echoed(packet)).collect();
    expected.push(FENCE);
    cx.same("echoes", expected, seen)
}

/// Posts the packets one by one, while there is no poll, and demands the body of the next poll.
fn written(cx: &Context, row: &Payload) -> Outcome {
    let mut session = Polling::open(cx)?;
    for packet in &row.packets {
        session.send(&[packet])?;
    }
    // The answer to a post may come ahead of its packet's echo.
    let mut seen = session.poll()?;
    while packets_in(&seen)?.len() < row.packets.len() {
        let more = packets_in(&session.poll()?)?;
        let all = [packets_in(&seen)?, more.into_iter().filter(|packet| packet != "8::").collect()].concat();
        seen = payload(&all.iter().map(String::as_str).collect::<Vec<_>>());
    }
    cx.same("the body", row.wire.as_str(), seen.as_str())
}

fn malformed(cx: &Context, row: &Malformed, input: &str) -> Outcome {
    let mut session = Polling::open(cx)?;
    let response = session.post(input)?;
    let expected = match (row.strict.action.as_str(), &row.strict.like) {
        ("reject", _) => {
            response.expect_status(cx, 400)?;
            Vec::new()
        }
        ("accept", Some(like)) => {
            response.expect(cx, 200, "1")?;
            packets_in(like)?
        }
        (_, _) => {
            response.expect(cx, 200, "1")?;
            Vec::new()
        }
    };
    session.send(&[FENCE])?;
    let mut seen = session.packets_until(FENCE)?;
    seen.pop();
    cx.same("packets", expected, seen)
}

fn heartbeats(count: usize) -> String {
    frame("2::").repeat(count)
}

fn ten_thousand(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.post(heartbeats(9_999) + &frame(FENCE))?.expect(cx, 200, "1")?;
    cx.same("packets", vec![FENCE], session.packets_until(FENCE)?)
}

fn too_many(cx: &Context) -> Outcome {
    let mut session = Polling::open(cx)?;
    session.post(heartbeats(10_001))?.expect_status(cx, 400)?;
    session.send(&[FENCE])?;
    cx.same("packets", vec![FENCE], session.packets_until(FENCE)?)
}

#[rustfmt::skip] // A table reads best with a line for each row.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference::of_socketio_09("read-005-three-types-in-one-payload", r#"echoes: ["3:::the fence", "3:::the fence"]"#, "a second connect packet attaches every handler once more (socket.io issues 430, 474, 758)"),
    Difference::of_socketio_09("read-012-first-and-last-astral-code-point-a", r#"echoes: ["3:::𐀀\u{10ffff}", "3:::🇩🇪", "3:::the fence"]"#, HOST),
    Difference::of_socketio_09("malformed-001-a-delimiter-alone", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-002-no-length", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-003-no-length", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-004-no-second-delimiter", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-005-no-packet", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-006-empty-packet", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-007-empty-packet-ahead-of-a-good-one", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-008-length-is-not-a-number", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-009-negative-length", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-010-spaces-in-the-length", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-011-fraction", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-012-hexadecimal-javascript-takes-it", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-013-exponent-javascript-takes-it", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-014-plus-sign-javascript-takes-it", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-015-length-beyond-the-end-the-reference", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-016-huge-length", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-017-length-too-short-the-rest-is-left", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-018-length-too-short-another-packet", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-019-text-between-two-packets", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-020-a-second-packet-without-framing", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-023-length-counted-in-code-points-the", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-024-length-counted-in-bytes-the-packet", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("malformed-025-length-counted-in-bytes", r#"200 "1""#, BROKEN),
    Difference::of_socketio_09("ten-thousand-packets", "nothing but noops", "it decodes each segment by itself, and a delimiter cut in two is none (socket.io issue 816)").sometimes(),
    Difference::of_socketio_09("more-than-ten-thousand", r#"200 "1""#, "it knows no limit"),
];

// Why, in several rows.
const HOST: &str = "its handler gets texts and JSON strings alike, and the reference app there cannot tell them apart";
// Why, in several rows.
const BROKEN: &str = "it answers before it has read the body, and delivers what its decoder makes of it";
