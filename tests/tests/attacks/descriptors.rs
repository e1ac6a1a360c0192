//! More connections than the server has descriptors for. `cargo xtask soak` does the same for longer.

use std::time::{Duration, Instant};

use longwire_tests::memory::MIB;
use longwire_tests::{Attacked, Bounds, Connection, Request, Transport};

/// What the server has, and how many want one.
const DESCRIPTORS: u32 = 128;
const FLOOD: usize = 600;
/// How long the server is watched while it can accept nobody.
const WATCHED: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_server_without_descriptors_waits_and_comes_back() {
    let server = Attacked::start_with_descriptors(DESCRIPTORS, &[]).await;
    let mut flood = Vec::new();
    for number in 0..FLOOD {
        let mut connection = Connection::open(server.address).await;
        // Some say something at once, some never.
        if number % 2 == 0 {
            connection.send(Request::get("/socket.io/1/").to_bytes()).await;
        }
        flood.push(connection);
    }
    let (before, began) = (server.usage(), Instant::now());
    tokio::time::sleep(WATCHED).await;
    let (after, time) = (server.usage(), began.elapsed());
    assert!(after.descriptors >= DESCRIPTORS as usize, "{after:?}");
    let used = after.processor - before.processor;
    // Two bystanders are served meanwhile; a loop around `accept` takes all of a processor.
    assert!(used < time / 2, "{used:?} of {time:?}");

    drop(flood);
    let mut client = server.client(Transport::XhrPolling).await;
    client.send("1:5:").await;
    client.expect(&["6:::5", "1::"]).await;
    drop(client);
    let errors = server.metric("longwire_accept_errors_total").await;
    assert!((1..=200).contains(&errors), "{errors} errors, which is not one in fifty milliseconds");
    server.assert_unharmed(Bounds { lines: 200, left: 16 * MIB, ..Bounds::SMALL }).await;
}
