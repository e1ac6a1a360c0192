//! A session of revision 1, its driver, its application and its client, all driven by the bytes of the input.
//!
//! The first byte chooses the settings. Then every step is one byte that says what happens, and a few that say how. Bit 4
//! of a step leaves the outputs where they are, as a driver does that takes several inputs in one turn. `world` checks what
//! comes out; what is checked is what `longwire_transport::Session` and `Output` promise, not what the packets say.

mod script;
mod world;

use std::time::Duration;

use longwire_codec::websocket::{CloseCode, ReadError};
use longwire_transport::socketio_rev1::{Config, DISCONNECT};
use longwire_transport::{CloseReason, Gone, Refusal};

use script::Script;
use world::World;

/// What an exchange can be attached as. A driver hands in only what was routed, a session should stand all of it.
const TRANSPORTS: [&str; 8] = [
    "xhr-polling",
    "websocket",
    "htmlfile",
    "jsonp-polling",
    "xhr-multipart",
    "flashsocket",
    DISCONNECT,
    "no-such-transport",
];

/// Runs one session to its end.
pub(crate) fn rev1_session(data: &[u8]) {
    let mut script = Script::new(data);
    let Some(settings) = script.byte() else { return };
    let mut world = match refusal(settings) {
        Some(why) => World::refused(config(settings), why),
        None => World::open(config(settings)),
    };
    while let Some(step) = script.byte() {
        if world.is_forgotten() {
            break;
        }
        perform(&mut world, &mut script, step);
        if step & 0x10 == 0 {
            world.drain();
        }
    }
    world.settle();
}

/// Budgets are small enough to be reached in a few steps.
fn config(settings: u8) -> Config {
    let config = Config::default()
        .transports(TRANSPORTS[..6].iter().copied())
        .grace(Duration::from_secs(u64::from(settings & 1) * 20))
        .hixie_75(settings & 2 != 0)
        .payload_packets(20);
    if settings & 4 == 0 { config } else { config.backlog_bytes(600).backlog_packets(12).resend_bytes(200) }
}

fn refusal(settings: u8) -> Option<Refusal> {
    match settings >> 3 & 7 {
        5 => Some(Refusal::UnknownSession { again: false }),
        6 => Some(Refusal::UnknownSession { again: true }),
        7 => Some(Refusal::Unavailable),
        _ => None,
    }
}

fn perform(world: &mut World, script: &mut Script<'_>, step: u8) {
    match step & 0x0f {
        // Most clients do nothing but connect, hear and say, so these have several numbers.
        0..=2 => attach(world, script),
        3 => world.post(TRANSPORTS[usize::from(script.next() % 8)], script.bytes()),
        4 => world.say(script.next(), script.bytes()),
        5..=7 => world.written(script.next()),
        8 => {
            let which = script.next();
            world.detach(which, gone(script.next()));
        }
        9 | 10 => world.send(&script.text(), false),
        11 => world.send(&script.text(), true),
        12 => world.advance(time(script), script.next() & 1 != 0),
        13 => world.jump(),
        14 => world.timeout(),
        _ => world.finish(script.next(), reason),
    }
}

fn attach(world: &mut World, script: &mut Script<'_>) {
    let transport = TRANSPORTS[usize::from(script.next() % 8)];
    world.get(transport, script.next());
}

/// From milliseconds to days.
fn time(script: &mut Script<'_>) -> Duration {
    let (unit, count) = (script.next(), script.next());
    let unit = [1, 100, 1000, 10_000, 60_000, 3_600_000, 86_400_000][usize::from(unit % 7)];
    Duration::from_millis(unit) * u32::from(count)
}

fn gone(number: u8) -> Gone {
    match number % 7 {
        0 => Gone::Ended,
        1 => Gone::Reset,
        2 => Gone::Closed(Some(CloseCode::NORMAL)),
        3 => Gone::Closed(None),
        4 => Gone::Broken(ReadError::Unmasked),
        5 => Gone::Broken(ReadError::MessageTooLong { limit: 1 }),
        _ => Gone::TooSlow,
    }
}

fn reason(number: u8) -> CloseReason {
    match number % 4 {
        0 => CloseReason::Booted,
        1 => CloseReason::ServerShutdown,
        2 => CloseReason::Backlog,
        _ => CloseReason::SlowConsumer,
    }
}
