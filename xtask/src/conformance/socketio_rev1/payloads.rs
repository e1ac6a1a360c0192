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

pub(crate) const DIFFERENCES: &[Difference] = &[];
