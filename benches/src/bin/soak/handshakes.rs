//! Handshakes as fast as they come, of which nothing becomes: refused at the limit, and forgotten when their time is over.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use longwire_benches::requests::Draft;
use tokio::time::{Instant, sleep};

use crate::client::{Posts, Transport};
use crate::connection::Connection;
use crate::flood::{echo, hold};
use crate::score::Score;
use crate::watch::{Watch, mebibytes};

/// The arguments of the handshakes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the server listens.
    #[arg(long, value_name = "ADDR")]
    address: SocketAddr,
    /// The server's process.
    #[arg(long, value_name = "PID")]
    pid: u32,
    /// Clients that are there and ask for echoes meanwhile.
    #[arg(long, default_value_t = 40)]
    held: usize,
    /// Handshakes attempted in a second.
    #[arg(long, default_value_t = 50_000)]
    rate: u32,
    /// How long they come.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Connections that ask, and how many handshakes each asks for at once.
const CONNECTIONS: u32 = 16;
const AT_ONCE: u32 = 50;
/// When the server forgets a handshake that nobody followed: `open_limit`, and a second.
const EXPIRY: Duration = Duration::from_secs(31);

/// Asks for handshakes; an error if anything is not as it should be.
pub(crate) async fn run(args: &Args) -> io::Result<()> {
    let watch = Watch { server: args.address, pid: args.pid };
    let score = Rc::new(Score::default());
    let posts = Posts::new(args.address, 2, &score);
    let mut clients = Vec::new();
    for number in 0..args.held {
        let transport = if number % 2 == 0 { Transport::WebSocket } else { Transport::XhrPolling };
        clients.push(hold(args.address, number, transport, &score).await?);
    }
    let (before, start) = (watch.usage()?, Instant::now());
    let (address, rate, end) = (args.address, args.rate / CONNECTIONS, start + Duration::from_secs(args.seconds));
    let asking = std::thread::spawn(move || -> io::Result<(u64, u64)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut asking = tokio::task::JoinSet::new();
            (0..CONNECTIONS).for_each(|_| drop(asking.spawn(ask(address, rate, end))));
            let mut sums = (0, 0);
            while let Some(asked) = asking.join_next().await {
                let (answered, refused) = asked.map_err(io::Error::other)??;
                sums = (sums.0 + answered, sums.1 + refused);
            }
            Ok(sums)
        })
    });
    while !asking.is_finished() {
        echo(&clients, &posts, &score).await?;
        sleep(Duration::from_millis(50)).await;
    }
    let time = start.elapsed().as_secs_f64();
    let (answered, refused) = asking.join().map_err(|_| io::Error::other("the thread that asks panicked"))??;
    let (during, gauges) = (watch.usage()?, watch.gauges().await?);
    let (p99, slowest) = (score.echo_percentile(99), score.echo_percentile(100));
    println!(
        "{:24}{answered:>10}, {refused} refused; {:.0} in a second",
        "answered",
        (answered + refused) as f64 / time
    );
    println!("{:24}{:>10} in {}", "pending", gauges.handshakes, mebibytes(during.rss.saturating_sub(before.rss)));
    println!("{:24}{:>10} clients; p99 {p99:.1} ms, slowest {slowest:.1} ms", "echoes meanwhile", args.held);
    sleep(EXPIRY).await;
    let newcomer = hold(args.address, 0, Transport::WebSocket, &score).await?;
    echo(&[newcomer], &posts, &score).await?;
    let (after, gauges) = (watch.usage()?, watch.gauges().await?);
    println!(
        "{:24}{:>10} in {}",
        "pending when expired",
        gauges.handshakes,
        mebibytes(after.rss.saturating_sub(before.rss))
    );
    score.ending.set(true);
    score.complaints.borrow().iter().for_each(|complaint| println!("fault: {complaint}"));
    if !score.is_clean() {
        return Err(io::Error::other("those who were there already did not hear everything"));
    }
    if gauges.handshakes > 0 {
        return Err(io::Error::other("handshakes do not expire"));
    }
    Ok(())
}

/// Asks at a bounded rate, and counts what is answered and what is refused.
async fn ask(server: SocketAddr, rate: u32, end: Instant) -> io::Result<(u64, u64)> {
    let connection = Connection::open(server, 0).await?;
    let requests = Draft::handshake().to_bytes().repeat(AT_ONCE as usize);
    let pause = Duration::from_secs(1) * AT_ONCE / rate.max(1);
    let (mut answered, mut refused, mut rest, mut next) = (0, 0, Vec::new(), Instant::now());
    while Instant::now() < end {
        connection.send(&requests)?;
        for _ in 0..AT_ONCE {
            match connection.response(&mut rest).await?.status {
                200 => answered += 1,
                503 => refused += 1,
                status => return Err(io::Error::other(format!("a handshake was answered {status}"))),
            }
        }
        next += pause;
        tokio::time::sleep_until(next).await;
    }
    Ok((answered, refused))
}
