//! Handshakes in numbers, of which nothing becomes. `cargo xtask soak` sees them expire.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use longwire_tests::memory::MIB;
use longwire_tests::{Attacked, Bounds, Client, Connection, Request, Transport};
use tokio::task::JoinSet;

/// What the reference application has room for.
const ROOM: u64 = 60_000;
/// Connections that ask, and how many handshakes each asks for at once.
const CONNECTIONS: usize = 8;
const AT_ONCE: usize = 100;
/// When the first of them are forgotten, with some time to spare.
const OPEN_LIMIT: Duration = Duration::from_secs(25);

const PENDING: &str = r#"longwire_handshakes_pending{family="socketio_rev1"}"#;

/// Asks for handshakes, many at once; returns an id, how many were answered and how many refused.
async fn ask(server: SocketAddr, rounds: usize) -> (String, u64, u64) {
    let mut connection = Connection::open(server).await;
    let requests = Request::get("/socket.io/1/?t=1").to_bytes().repeat(AT_ONCE);
    let (mut id, mut answered, mut refused) = (String::new(), 0, 0);
    for _ in 0..rounds {
        connection.send(&requests).await;
        for _ in 0..AT_ONCE {
            let response = connection.response().await;
            if response.status == 503 {
                assert_eq!((response.text(), response.header("Retry-After")), ("service unavailable", Some("5")));
                refused += 1;
            } else {
                assert_eq!(response.status, 200);
                response.text().split(':').next().expect("an id").clone_into(&mut id);
                answered += 1;
            }
        }
    }
    (id, answered, refused)
}

/// The same on several connections.
async fn flood(server: &Attacked, handshakes: usize) -> (Vec<String>, u64, u64) {
    let rounds = handshakes / AT_ONCE / CONNECTIONS;
    let mut asking = JoinSet::new();
    (0..CONNECTIONS).for_each(|_| drop(asking.spawn(ask(server.address, rounds))));
    let all = asking.join_all().await;
    let sum = |part: fn(&(String, u64, u64)) -> u64| all.iter().map(part).sum();
    (
        all.iter().map(|(id, ..)| id.clone()).collect(),
        sum(|(_, answered, _)| *answered),
        sum(|(_, _, refused)| *refused),
    )
}

#[tokio::test]
async fn ten_thousand_handshakes_that_nobody_opens_are_small() {
    let server = Attacked::start(&[]).await;
    let (ids, answered, refused) = flood(&server, 10_400).await;
    assert_eq!((answered, refused), (10_400, 0));
    assert_eq!(server.metric(PENDING).await, 10_400);
    // Each of them is good until it expires.
    let mut client = Client::join(server.address, Transport::WEBSOCKET, &ids[0]).await;
    client.expect(&["1::"]).await;
    drop(client);
    server.assert_unharmed(Bounds { peak: 24 * MIB, left: 24 * MIB, ..Bounds::SMALL }).await;
}

#[tokio::test]
async fn handshakes_as_fast_as_they_come_stop_at_the_limit() {
    let server = Attacked::start(&[]).await;
    let began = Instant::now();
    let (ids, answered, refused) = flood(&server, 64_000).await;
    println!("{:.0} handshakes in a second", 64_000.0 / began.elapsed().as_secs_f64());
    assert_eq!(answered + refused, 64_000);
    assert!(server.metric(PENDING).await <= ROOM);
    // On a machine that is so slow the first ones have expired meanwhile.
    if began.elapsed() < OPEN_LIMIT {
        assert_eq!(answered, ROOM);
        Connection::open(server.address).await.get("/socket.io/1/").await.assert(503, "service unavailable");
    }
    // One that is opened makes room for another, and so for the newcomers that come at the end.
    for id in &ids[..2] {
        let mut client = Client::join(server.address, Transport::XhrPolling, id).await;
        client.expect(&["1::"]).await;
    }
    server.assert_unharmed(Bounds { peak: 128 * MIB, left: 128 * MIB, ..Bounds::SMALL }).await;
}
