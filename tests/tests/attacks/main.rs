//! What has brought servers of this family down, or was tried: each attack a test, against the server as it is released.
//!
//! Each test says what the attacker is answered. That nobody else notices is what [`Attacked::assert_unharmed`] checks, which
//! reads memory and descriptors where Linux tells them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod bodies;
mod deaf;
mod descriptors;
mod frames;
mod handshakes;
mod heads;
mod json;
mod jsonp;
mod lengths;
mod names;
mod numbers;
mod origins;
mod pings;
mod policies;
mod resets;
mod scripts;
mod slow;
mod upgrades;

use longwire_tests::bystander::echo;
use longwire_tests::{Attacked, Bounds, Client, Transport};

#[tokio::test]
async fn nothing_at_all_leaves_no_trace() {
    let server = Attacked::start(&[]).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

/// Lets a client of each transport send what no session takes notice of: the next thing that it hears is the echo that it asks
/// for behind it.
async fn assert_nothing_comes_of(server: &Attacked, transports: &[Transport], packets: &[String]) {
    for transport in transports {
        let mut client = server.client(*transport).await;
        for packet in packets {
            client.send(packet).await;
        }
        leave(client).await;
    }
}

/// Checks that a client was told nothing so far and is served on, and lets it go.
async fn leave(mut client: Client) {
    echo(&mut client, "and nothing came before").await;
    client.send("0::").await;
}
