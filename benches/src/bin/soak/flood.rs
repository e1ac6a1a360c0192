//! A flood: more connections than the server has descriptors for.
//!
//! The server cannot accept them and must not burn its processor trying. Clients that were there already are served all the
//! while, and new ones as soon as the flood has gone.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use longwire_benches::requests::Draft;
use tokio::time::{Instant, sleep, timeout};

use crate::client::{Client, Posts, Transport};
use crate::connection::Connection;
use crate::score::Score;
use crate::watch::Watch;

/// The arguments of the flood.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the server listens.
    #[arg(long, value_name = "ADDR")]
    address: SocketAddr,
    /// The server's process.
    #[arg(long, value_name = "PID")]
    pid: u32,
    /// Clients that are there before the flood comes.
    #[arg(long, default_value_t = 40)]
    held: usize,
    /// Connections of the flood.
    #[arg(long, default_value_t = 2_000)]
    connections: usize,
    /// How long the flood stays.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Between two rounds of echoes of those who are there already.
const ROUND: Duration = Duration::from_millis(200);
/// How long anything may take that should take no time.
const PATIENCE: Duration = Duration::from_secs(30);
/// The part of one processor that the server may use while it can accept nobody.
const ALLOWED_CPU: f64 = 0.25;

/// Floods the server; an error if anything is not as it should be.
pub(crate) async fn run(args: &Args) -> io::Result<()> {
    let watch = Watch { server: args.address, pid: args.pid };
    let score = Rc::new(Score::default());
    let posts = Posts::new(args.address, 2, &score);
    let mut clients = Vec::new();
    for number in 0..args.held {
        let transport = if number % 2 == 0 { Transport::WebSocket } else { Transport::XhrPolling };
        clients.push(hold(args.address, number, transport, &score).await?);
    }
    // The connections for POSTs are there as well when all have heard an echo.
    echo(&clients, &posts, &score).await?;

    let start = Instant::now();
    let mut flood = Vec::new();
    for number in 0..args.connections {
        let connection = Connection::open(args.address, number).await?;
        // Some say something, some nothing.
        if number % 2 == 0 {
            connection.send(&Draft::handshake().to_bytes())?;
        }
        flood.push(connection);
    }
    println!("{} connections wait after {:.1} s", flood.len(), start.elapsed().as_secs_f64());
    let (before, at) = (watch.usage()?, Instant::now());
    let mut rounds = 0;
    while at.elapsed() < Duration::from_secs(args.seconds) {
        echo(&clients, &posts, &score).await?;
        rounds += 1;
        sleep(ROUND).await;
    }
    let (after, time) = (watch.usage()?, at.elapsed().as_secs_f64());
    let cpu = (after.cpu - before.cpu) / time;
    drop(flood);

    let start = Instant::now();
    let newcomer = timeout(PATIENCE, hold(args.address, 0, Transport::WebSocket, &score)).await;
    let newcomer = newcomer.map_err(|_| io::Error::other("nobody is served when the flood has gone"))??;
    echo(&[newcomer], &posts, &score).await?;
    let served = start.elapsed().as_secs_f64();
    let errors = watch.gauges().await?.accept_errors;
    score.ending.set(true);

    let (p99, slowest) = (score.echo_percentile(99), score.echo_percentile(100));
    println!("\n{:24}{:>10}, and {} descriptors in use", "connections", args.connections, after.descriptors);
    println!("{:24}{errors:>10}", "accept errors");
    println!("{:24}{:>10.1} % of one, in {time:.1} s", "processor", 100.0 * cpu);
    println!("{:24}{:>10} clients, {rounds} rounds; p99 {p99:.1} ms, slowest {slowest:.1} ms", "echoes", args.held);
    println!("{:24}{served:>10.2} s behind the flood", "a newcomer was served");
    score.complaints.borrow().iter().for_each(|complaint| println!("fault: {complaint}"));
    if !score.is_clean() {
        return Err(io::Error::other("those who were there already did not hear everything"));
    }
    if errors == 0 {
        return Err(io::Error::other("the server accepted everybody: it has too many descriptors for this"));
    }
    if cpu > ALLOWED_CPU {
        return Err(io::Error::other(format!("the server used {:.0} % of a processor", 100.0 * cpu)));
    }
    Ok(())
}

/// A client that is there to stay.
pub(crate) async fn hold(
    server: SocketAddr,
    number: usize,
    transport: Transport,
    score: &Rc<Score>,
) -> io::Result<Rc<Client>> {
    let client = Rc::new(Client::open(server, number, transport, Rc::clone(score)).await?);
    let (listening, score) = (Rc::clone(&client), Rc::clone(score));
    tokio::task::spawn_local(async move {
        let outcome = listening.listen().await;
        if !score.ending.get() {
            score.complain(|| format!("a client was left alone: {outcome:?}"));
        }
    });
    wait("a client did not open", || client.ear.is_open()).await?;
    Ok(client)
}

/// Everybody says something and hears it.
pub(crate) async fn echo(clients: &[Rc<Client>], posts: &Posts, score: &Score) -> io::Result<()> {
    clients.iter().for_each(|client| client.ask_for_echo(posts));
    wait("an echo was not heard", || clients.iter().all(|client| client.ear.is_quiet(score))).await
}

async fn wait(what: &str, is_so: impl Fn() -> bool) -> io::Result<()> {
    let start = Instant::now();
    while !is_so() {
        if start.elapsed() > PATIENCE {
            return Err(io::Error::other(what.to_owned()));
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
