//! What has brought servers of this family down, or was tried: each attack a test, against the server as it is released.
//!
//! Each test says what the attacker is answered. That nobody else notices is what [`longwire_tests::Attacked`] checks, which
//! reads memory and descriptors where Linux tells them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use longwire_tests::{Attacked, Bounds};

#[tokio::test]
async fn nothing_at_all_leaves_no_trace() {
    let server = Attacked::start(&[]).await;
    server.assert_unharmed(Bounds::SMALL).await;
}
