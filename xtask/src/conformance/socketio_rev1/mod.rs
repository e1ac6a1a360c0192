//! Socket.IO protocol revision 1, releases 0.7 to 0.9.
//!
//! An area is a file with `checks()`, which returns its checks, and `DIFFERENCES`, where known servers do otherwise; its line
//! in [`FAMILY`] adds it to every run. To add one, write such a file:
//!
//! - A check is `Check::new(NAME, SECTION, ABOUT, function)`: a name unique in the area, the section of the wire reference,
//!   one sentence that says what is expected, and a `fn(&Context) -> Outcome`. Tables of rows become checks by `map`, with
//!   closures.
//! - A function talks by what `client` and `session` offer, passes every failure on by `?`, and demands by `cx.same`,
//!   `cx.that` and the `expect_…` methods, which also note what was seen.
//! - `.waits()` marks a check that waits a second or more, `.apart()` one beside which nothing may run. `.with_timers`,
//!   `.with_flags` and `.on_own_server()` say what server it needs; whatever reaches other clients of the default endpoint
//!   (the events `all` and `broadcast`) or ends the server needs its own. Timers are asked for by `cx.timer(…)?`.
//! - Run it against our server and against `--peer socket.io-0.9`. Where the peer does otherwise and the reference agrees that
//!   it does, add a `Difference` with exactly what the check saw, and why another thing is demanded.

mod acks;
mod application;
mod backlog;
mod checklist;
mod deadly_requests;
mod endings;
mod endpoints;
mod flash_policy;
mod flashsocket;
mod handshake;
mod heartbeats;
mod hixie76;
mod htmlfile;
mod http_requests;
mod jsonp_handshake;
mod jsonp_polling;
mod known_faults;
mod life_cycle;
mod malformed;
mod origins;
mod packets;
mod payloads;
mod second_transport;
mod session;
mod stream;
mod unknown_sessions;
mod vectors;
mod versions;
mod websocket;
mod websocket_frames;
mod why;
mod xhr_multipart;
mod xhr_polling;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::check::{Area, Failure, Family};
use super::context::{Context, PATIENCE};
use super::target::{Target, Timer};

/// All that is checked of revision 1.
pub(crate) static FAMILY: Family = Family {
    name: "socketio-rev1",
    about: "Socket.IO protocol revision 1, releases 0.7 to 0.9",
    areas: &[
        Area { name: "packets", checks: packets::checks, differences: packets::DIFFERENCES },
        Area { name: "malformed", checks: malformed::checks, differences: malformed::DIFFERENCES },
        Area { name: "payloads", checks: payloads::checks, differences: payloads::DIFFERENCES },
        Area { name: "handshake", checks: handshake::checks, differences: handshake::DIFFERENCES },
        Area { name: "jsonp-handshake", checks: jsonp_handshake::checks, differences: jsonp_handshake::DIFFERENCES },
        Area { name: "origins", checks: origins::checks, differences: origins::DIFFERENCES },
        Area { name: "http-requests", checks: http_requests::checks, differences: http_requests::DIFFERENCES },
        Area { name: "life-cycle", checks: life_cycle::checks, differences: life_cycle::DIFFERENCES },
        Area { name: "heartbeats", checks: heartbeats::checks, differences: heartbeats::DIFFERENCES },
        Area { name: "backlog", checks: backlog::checks, differences: backlog::DIFFERENCES },
        Area { name: "second-transport", checks: second_transport::checks, differences: second_transport::DIFFERENCES },
        Area { name: "endings", checks: endings::checks, differences: endings::DIFFERENCES },
        Area { name: "unknown-sessions", checks: unknown_sessions::checks, differences: unknown_sessions::DIFFERENCES },
        Area { name: "xhr-polling", checks: xhr_polling::checks, differences: xhr_polling::DIFFERENCES },
        Area { name: "jsonp-polling", checks: jsonp_polling::checks, differences: jsonp_polling::DIFFERENCES },
        Area { name: "websocket", checks: websocket::checks, differences: websocket::DIFFERENCES },
        Area { name: "websocket-frames", checks: websocket_frames::checks, differences: websocket_frames::DIFFERENCES },
        Area { name: "hixie-76", checks: hixie76::checks, differences: hixie76::DIFFERENCES },
        Area { name: "flashsocket", checks: flashsocket::checks, differences: flashsocket::DIFFERENCES },
        Area { name: "flash-policy", checks: flash_policy::checks, differences: flash_policy::DIFFERENCES },
        Area { name: "htmlfile", checks: htmlfile::checks, differences: htmlfile::DIFFERENCES },
        Area { name: "xhr-multipart", checks: xhr_multipart::checks, differences: xhr_multipart::DIFFERENCES },
        Area { name: "endpoints", checks: endpoints::checks, differences: endpoints::DIFFERENCES },
        Area { name: "application", checks: application::checks, differences: application::DIFFERENCES },
        Area { name: "acks", checks: acks::checks, differences: acks::DIFFERENCES },
        Area { name: "known-faults", checks: known_faults::checks, differences: known_faults::DIFFERENCES },
        Area { name: "checklist", checks: checklist::checks, differences: checklist::DIFFERENCES },
        Area { name: "versions", checks: versions::checks, differences: versions::DIFFERENCES },
        Area { name: "deadly-requests", checks: deadly_requests::checks, differences: deadly_requests::DIFFERENCES },
    ],
};

/// The timers that a server tells its clients, or why it tells none.
pub(crate) fn told_timers(target: &Arc<Target>) -> Result<HashMap<Timer, Duration>, String> {
    let cx = Context::new(Arc::clone(target), PATIENCE);
    let why = |failure| match failure {
        Failure::Differs { expected, seen } => format!("expected {expected}, saw {seen}"),
        Failure::NotRun(why) => why,
    };
    let told = session::handshake(&cx).map_err(why)?;
    let seconds = |text: &str| text.parse().ok().map(Duration::from_secs);
    let timers = [
        (Timer::HeartbeatTimeout, seconds(&told.heartbeat_timeout)),
        (Timer::CloseTimeout, seconds(&told.close_timeout)),
    ];
    Ok(timers.into_iter().filter_map(|(timer, duration)| Some((timer, duration?))).collect())
}
