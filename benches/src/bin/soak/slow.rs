//! Slow attackers while others chat: they must not notice.
//!
//! The 99th percentile of their echoes is measured without attackers and then in each [mode](Mode). It may double. Where it
//! was a few milliseconds to begin with, doubling is nothing that anybody notices and much that a busy machine does by itself, so
//! that [`FLOOR`] more is always allowed.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::client::{Client, Posts, Transport};
use crate::flood::hold;
use crate::score::Score;
use crate::siege::{Mode, Siege};
use crate::watch::{Watch, mebibytes};

/// The arguments of the slow attacks.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the server listens.
    #[arg(long, value_name = "ADDR")]
    address: SocketAddr,
    /// The server's process.
    #[arg(long, value_name = "PID")]
    pid: u32,
    /// Clients that chat.
    #[arg(long, default_value_t = 500)]
    clients: usize,
    /// Attackers.
    #[arg(long, default_value_t = 4_000)]
    attackers: usize,
    /// How long each mode is measured when all attackers are there.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

/// What is always allowed above the time without attackers, in milliseconds.
const FLOOR: f64 = 50.0;
/// From one choice of who asks for an echo to the next; each client asks once in a second.
const ECHO_STEP: Duration = Duration::from_millis(20);
const STEPS_IN_A_SECOND: usize = 50;
/// How long nothing is measured behind the coming of clients or attackers.
const SETTLING: Duration = Duration::from_secs(3);
/// How long attackers may take to come, and connections to be gone.
const PATIENCE: Duration = Duration::from_secs(60);

struct Chat {
    clients: Vec<Rc<Client>>,
    posts: Posts,
    score: Rc<Score>,
}

/// Lays siege to the server in every mode; an error if anybody noticed.
pub(crate) async fn run(args: &Args) -> io::Result<()> {
    let watch = Watch { server: args.address, pid: args.pid };
    let score = Rc::new(Score::default());
    let posts = Posts::new(args.address, 8, &score);
    let mut clients = Vec::new();
    for number in 0..args.clients {
        let transport = if number % 5 == 0 { Transport::XhrPolling } else { Transport::WebSocket };
        clients.push(hold(args.address, number, transport, &score).await?);
    }
    let chat = Chat { clients, posts, score };
    let time = Duration::from_secs(args.seconds);
    chat.go_on(SETTLING).await;
    chat.score.echo_times.borrow_mut().clear();
    let before = watch.usage()?.cpu;
    chat.go_on(time).await;
    let (quiet, connections) = (chat.score.echo_percentile(99), watch.usage()?.descriptors);
    println!(
        "{:14}{:>8}{:>8}{:>9}{:>10}{:>10}{:>12}{:>8}",
        "", "came", "ended", "echoes", "p50", "p99", "memory", "CPU s"
    );
    show("nobody", (0, 0), &chat, watch, watch.usage()?.cpu - before)?;
    let allowed = (2.0 * quiet).max(quiet + FLOOR);

    let mut noticed = Vec::new();
    for mode in Mode::ALL {
        let siege = Siege::lay(mode, args.address, args.attackers);
        let patience = Instant::now() + PATIENCE;
        while siege.open() < args.attackers as u64 * 9 / 10 && Instant::now() < patience {
            chat.go_on(Duration::from_secs(1)).await;
        }
        // What they ask for at their coming is a flood, and not what is measured.
        chat.go_on(SETTLING).await;
        chat.score.echo_times.borrow_mut().clear();
        let before = watch.usage()?.cpu;
        chat.go_on(time).await;
        show(mode.name(), siege.lift(), &chat, watch, watch.usage()?.cpu - before)?;
        let p99 = chat.score.echo_percentile(99);
        if p99 > allowed {
            noticed.push(format!("{}: p99 {p99:.1} ms, and {allowed:.1} ms are allowed", mode.name()));
        }
        let patience = Instant::now() + PATIENCE;
        while watch.usage()?.descriptors > connections {
            if Instant::now() > patience {
                return Err(io::Error::other("connections of attackers who have gone are still there"));
            }
            sleep(ECHO_STEP).await;
        }
    }
    chat.score.ending.set(true);
    chat.score.complaints.borrow().iter().for_each(|complaint| println!("fault: {complaint}"));
    if !chat.score.is_clean() {
        noticed.push("not everything was heard, once and in order".to_owned());
    }
    if noticed.is_empty() { Ok(()) } else { Err(io::Error::other(noticed.join("; "))) }
}

impl Chat {
    /// Everybody asks for an echo in each second.
    async fn go_on(&self, time: Duration) {
        let end = Instant::now() + time;
        let mut ticks = interval(ECHO_STEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut step = 0;
        while Instant::now() < end {
            ticks.tick().await;
            let asking = self.clients.iter().skip(step % STEPS_IN_A_SECOND).step_by(STEPS_IN_A_SECOND);
            asking.for_each(|client| client.ask_for_echo(&self.posts));
            step += 1;
        }
    }
}

fn show(name: &str, (came, ended): (u64, u64), chat: &Chat, watch: Watch, cpu: f64) -> io::Result<()> {
    let (half, most) = (chat.score.echo_percentile(50), chat.score.echo_percentile(99));
    let (echoes, memory) = (chat.score.echo_times.borrow().len(), mebibytes(watch.usage()?.rss));
    println!("{name:14}{came:>8}{ended:>8}{echoes:>9}{half:>7.1} ms{most:>7.1} ms{memory:>12}{cpu:>8.1}");
    Ok(())
}
