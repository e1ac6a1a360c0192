//! Attackers that send and read as slowly as they can while others chat: the four modes of the tool slowhttptest.
//!
//! `cargo xtask soak` does it with ten times as many, for longer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use longwire_tests::bystander::echo;
use longwire_tests::memory::MIB;
use longwire_tests::{Attacked, Bounds, Client, Connection, Transport};
use tokio::task::JoinSet;

const ATTACKERS: usize = 400;
const CLIENTS: usize = 50;
/// How often each client says something, and how often an attacker does.
const PAUSE: Duration = Duration::from_millis(50);
const STEP: Duration = Duration::from_millis(200);
/// How many echoes each client asks for while it is measured.
const ECHOES: usize = 40;
/// What the 99th percentile may grow by even if that is more than double: it is a millisecond or two without attackers, and
/// a machine that builds something meanwhile makes more of it all by itself.
const FLOOR: Duration = Duration::from_millis(100);
/// How often it is measured before it counts as too long, because that machine may have been busy for a moment. The attack
/// goes on all the while.
const ROUNDS: usize = 4;

/// Lets the clients chat and gives back the 99th percentile of their echo times.
async fn chat(clients: &mut Vec<Client>) -> Duration {
    let mut chatting = JoinSet::new();
    for mut client in clients.drain(..) {
        chatting.spawn(async move {
            let mut times = Vec::new();
            for number in 0..ECHOES {
                let asked = Instant::now();
                echo(&mut client, &number.to_string()).await;
                times.push(asked.elapsed());
                tokio::time::sleep(PAUSE).await;
            }
            (client, times)
        });
    }
    let mut times = Vec::new();
    while let Some(chatted) = chatting.join_next().await {
        let (client, its) = chatted.unwrap();
        clients.push(client);
        times.extend(its);
    }
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// Sends the beginning, and from then on a piece at each step, until the server ends the connection.
async fn send_slowly(server: SocketAddr, beginning: Vec<u8>, piece: &'static [u8]) {
    let mut connection = Connection::open(server).await;
    connection.send(beginning).await;
    while connection.try_send(piece).await.is_ok() {
        tokio::time::sleep(STEP).await;
    }
}

/// Lays siege to a server and checks that nobody notices.
async fn besiege(beginning: impl Fn(usize) -> Vec<u8>, piece: &'static [u8], bounds: Bounds) {
    let server = Attacked::start(&[]).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let transport = if number % 5 == 0 { Transport::XhrPolling } else { Transport::WEBSOCKET };
        clients.push(server.client(transport).await);
    }
    let quiet = chat(&mut clients).await;
    let mut attacking = JoinSet::new();
    for number in 0..ATTACKERS {
        attacking.spawn(send_slowly(server.address, beginning(number), piece));
    }
    // The first round is for the coming of the attackers, which is not what is measured.
    chat(&mut clients).await;
    let allowed = (2 * quiet).max(quiet + FLOOR);
    let mut besieged = Vec::new();
    while besieged.iter().all(|time| *time > allowed) {
        assert!(besieged.len() < ROUNDS, "{quiet:?} has become {besieged:?}");
        besieged.push(chat(&mut clients).await);
    }
    attacking.shutdown().await;
    drop(clients);
    server.assert_unharmed(bounds).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_heads_keep_nobody_waiting() {
    let beginning = |_| b"GET /socket.io/1/ HTTP/1.1\r\nHost: a.example\r\n".to_vec();
    besiege(beginning, b"X-Slow: head\r\n", Bounds { peak: 32 * MIB, left: 32 * MIB, ..Bounds::SMALL }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bodies_keep_nobody_waiting() {
    let head = "POST /socket.io/1/xhr-polling/x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 8192\r\n\r\n";
    let bounds = Bounds { peak: 32 * MIB, left: 32 * MIB, ..Bounds::SMALL };
    besiege(|_| head.as_bytes().to_vec(), b"0123456789", bounds).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers_keep_nobody_waiting() {
    // Answers are small, so that it takes many to fill what lies between server and reader; not all ask for so many, because
    // that would be another attack.
    let request = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    let beginning = |number: usize| request.repeat(if number.is_multiple_of(10) { 2000 } else { 50 });
    besiege(beginning, b"", Bounds { peak: 64 * MIB, left: 64 * MIB, ..Bounds::SMALL }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ranges_keep_nobody_waiting() {
    let ranges: String = (0..1300).map(|end| format!(",5-{end}")).collect();
    let request = format!("GET / HTTP/1.1\r\nHost: a.example\r\nRange: bytes=0-{ranges}\r\n\r\n");
    let bounds = Bounds { peak: 32 * MIB, left: 32 * MIB, ..Bounds::SMALL };
    besiege(|_| request.repeat(2).into_bytes(), b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", bounds).await;
}
