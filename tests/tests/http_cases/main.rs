//! Exchanges that were captured from socket.io 0.9.19, replayed against this server.
//!
//! `vectors/socketio-1-http.json` has what that server did, good or bad. Where this one does otherwise on purpose, the table
//! in `deviations.rs` says what it does, and by which section of the wire reference of revision 1; so every difference is
//! checked as well, and one that is no longer a difference is an error.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod deviations;
mod format;
mod replay;
mod servers;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};

use format::{Case, File};

/// All at once: most of them only wait for timers.
#[tokio::test]
async fn captured_exchanges_go_as_they_did_or_as_they_should_have() {
    let file = File::read();
    let cases: Vec<Case> = file.cases.into_iter().map(deviations::apply).collect();
    assert_eq!(cases.len(), 151);
    let contained = async |case: &Case| {
        let outcome = AssertUnwindSafe(replay::replay(case)).catch_unwind().await;
        outcome.unwrap_or_else(|_| Err(format!("{}: there is a panic further up", case.name)))
    };
    let mut replays: FuturesUnordered<_> = cases.iter().map(contained).collect();
    let mut failures = Vec::new();
    while let Some(outcome) = replays.next().await {
        failures.extend(outcome.err());
    }
    assert!(failures.is_empty(), "{} cases differ:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_deviation_is_of_a_case_and_makes_a_difference() {
    let file = File::read();
    deviations::check(&file.cases);
}
