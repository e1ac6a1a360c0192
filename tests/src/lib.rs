//! What the tests over real sockets share: a client that sees bytes, clients of revision 1 on every transport, and servers to
//! point them at.
//!
//! Everything here panics when something is not as it should be, and nothing waits longer than [`PATIENCE`]: a test waits
//! for what happens, and this is how a test ends in which it does not happen.

#[cfg(target_os = "linux")]
pub mod attacked;
pub mod bystander;
pub mod client;
pub mod http;
#[cfg(target_os = "linux")]
pub mod memory;
pub mod packet;
pub mod program;
pub mod server;
pub mod sockjs;
pub mod tcp;
pub mod told;
pub mod websocket;

use std::time::Duration;

#[cfg(target_os = "linux")]
pub use attacked::{Attacked, Bounds};
pub use client::{Client, Transport};
pub use http::{Request, Response};
pub use program::Program;
pub use server::TestServer;
pub use tcp::Connection;
pub use told::{Tell, Told, told};
pub use websocket::{Dialect, WebSocket};

/// How long a test waits for something that should happen at once, on a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for `future`, but not for ever.
///
/// # Panics
///
/// When it takes longer than [`PATIENCE`].
#[track_caller]
pub fn within<F: Future>(what: &str, future: F) -> impl Future<Output = F::Output> {
    let place = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(PATIENCE, future).await {
            Ok(output) => output,
            Err(_) => panic!("waited in vain for {what}, at {place}"),
        }
    }
}
