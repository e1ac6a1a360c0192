//! A crowd: everybody comes, everybody talks and hears, everybody goes, and then nothing may be left.
//!
//! What is heard is checked by [`Ear`](crate::score::Ear). The memory of the server is compared between the end of the
//! warm-up, when every timer has run once and every table has grown, and the end of the talk.

mod report;

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use self::report::{Moments, Report};
use crate::client::{Client, Posts, Transport};
use crate::score::{Score, broadcast};
use crate::watch::{Gauges, Watch, mebibytes};

/// The arguments of the crowd.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the server listens.
    #[arg(long, value_name = "ADDR")]
    address: SocketAddr,
    /// The server's process.
    #[arg(long, value_name = "PID")]
    pid: u32,
    /// Clients on WebSockets.
    #[arg(long, default_value_t = 15_000)]
    websockets: usize,
    /// Clients on xhr-polling.
    #[arg(long, default_value_t = 3_000)]
    polls: usize,
    /// How long they talk.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Echoes that all of them together ask for in a second.
    #[arg(long, default_value_t = 500)]
    echoes: usize,
    /// Milliseconds from one broadcast to the next.
    #[arg(long, default_value_t = 1000)]
    every: u64,
    /// Memory that the server may gain between the end of the warm-up and the end of the talk, in KiB.
    #[arg(long, default_value_t = 8192)]
    allowance: u64,
}

/// Connections for the POSTs of all polls.
const POSTS: usize = 16;
/// From one line of progress to the next.
const PROGRESS: Duration = Duration::from_secs(5);
/// From one choice of who asks for an echo to the next.
const ECHO_STEP: Duration = Duration::from_millis(50);
/// The longest warm-up. The timers of a session run out within a minute.
const LONGEST_WARM_UP: u64 = 60;
/// How long words may be on their way when nothing more is said.
const SILENCE: Duration = Duration::from_secs(60);
/// How long the server may take to forget everybody: the close timeout of clients that vanished, and some time for its work.
const FORGETTING: Duration = Duration::from_secs(120);

/// Everybody, with the tasks that listen for them.
struct Crowd {
    args: Args,
    watch: Watch,
    score: Rc<Score>,
    posts: Posts,
    clients: Vec<(Rc<Client>, JoinHandle<()>)>,
    start: Instant,
}

/// Soaks the server; an error if anything is not as it should be.
pub(crate) async fn run(args: Args) -> io::Result<()> {
    let watch = Watch { server: args.address, pid: args.pid };
    let score = Rc::new(Score::default());
    let posts = Posts::new(args.address, POSTS, &score);
    let mut crowd = Crowd { args, watch, score, posts, clients: Vec::new(), start: Instant::now() };
    let mut moments = Moments { start: watch.usage()?, ..Moments::default() };

    crowd.come().await?;
    moments.connected = watch.usage()?;
    let whole = Duration::from_secs(crowd.args.seconds);
    let warm_up = Duration::from_secs(LONGEST_WARM_UP.min(crowd.args.seconds / 3));
    crowd.talk(warm_up).await?;
    moments.warm = watch.usage()?;
    crowd.talk(whole - warm_up).await?;
    moments.end = watch.usage()?;
    moments.gauges = crowd.fall_silent().await?;
    let (score, allowance) = (Rc::clone(&crowd.score), crowd.args.allowance * 1024);
    let (came, start) = (crowd.clients.len(), crowd.start);
    moments.left = crowd.go().await?;
    let empty = forgotten(watch, moments.start.descriptors).await?;
    moments.after = watch.usage()?;
    let report = Report { score: &score, moments, came, empty, allowance, time: start.elapsed() };
    print!("{report}");
    report.verdict()
}

impl Crowd {
    /// Lets everybody in. They come one behind the other, which is as fast as the server answers; each opens its transport
    /// while the next ones come.
    async fn come(&mut self) -> io::Result<()> {
        let count = self.args.websockets + self.args.polls;
        let mut shown = Instant::now();
        for number in 0..count {
            // Both kinds mixed, in whatever proportion they are.
            let is_poll = (number + 1) * self.args.polls / count > number * self.args.polls / count;
            let transport = if is_poll { Transport::XhrPolling } else { Transport::WebSocket };
            let client = Client::open(self.args.address, number, transport, Rc::clone(&self.score)).await;
            let client =
                client.map_err(|error| io::Error::other(format!("client {number} could not come: {error}")))?;
            self.seat(Rc::new(client));
            if shown.elapsed() >= PROGRESS {
                shown = Instant::now();
                self.show_progress()?;
            }
        }
        let patience = Instant::now() + SILENCE;
        while self.score.open.get() < count {
            if Instant::now() > patience {
                return Err(io::Error::other(format!("only {} of {count} clients are open", self.score.open.get())));
            }
            sleep(ECHO_STEP).await;
        }
        self.show_progress()
    }

    fn seat(&mut self, client: Rc<Client>) {
        let (listening, score) = (Rc::clone(&client), Rc::clone(&self.score));
        let task = tokio::task::spawn_local(async move {
            let outcome = listening.listen().await;
            if !score.ending.get() {
                score.complain(|| format!("a client was left alone: {outcome:?}"));
            }
        });
        self.clients.push((client, task));
    }

    /// Lets them talk for a while.
    async fn talk(&self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        let mut broadcasts = interval(Duration::from_millis(self.args.every.max(1)));
        let mut echoes = interval(ECHO_STEP);
        let mut progress = interval(PROGRESS);
        for ticks in [&mut broadcasts, &mut echoes, &mut progress] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            ticks.tick().await;
        }
        while Instant::now() < end {
            tokio::select! {
                _ = broadcasts.tick() => self.tell_everybody(),
                _ = echoes.tick() => self.ask_for_echoes(),
                _ = progress.tick() => self.show_progress()?,
            }
        }
        Ok(())
    }

    /// Somebody, each time somebody else, tells everybody. Whoever did so last has to have heard it: then it is on its way to
    /// all others too, and the order is known in which they hear it.
    fn tell_everybody(&self) {
        let last = self.score.broadcasts_said.get();
        if last > 0 && !self.speaker(last).ear.has_heard(last) {
            return;
        }
        self.score.broadcasts_said.set(last + 1);
        if let Err(error) = self.speaker(last + 1).say(&broadcast(last + 1), &self.posts) {
            self.score.complain(|| format!("a client could not speak: {error}"));
        }
    }

    fn speaker(&self, number: u32) -> &Client {
        // A prime, so that neighbours in the list do not speak one behind the other.
        &self.clients[number as usize * 7919 % self.clients.len()].0
    }

    fn ask_for_echoes(&self) {
        let asked = usize::try_from(self.score.echoes_said.get()).unwrap_or_default();
        let step = self.args.echoes * ECHO_STEP.as_millis() as usize / 1000;
        for number in asked..asked + step.max(1) {
            self.clients[number % self.clients.len()].0.ask_for_echo(&self.posts);
        }
    }

    /// Waits until everything has been heard, and looks at what the server has then.
    async fn fall_silent(&self) -> io::Result<Gauges> {
        let patience = Instant::now() + SILENCE;
        while Instant::now() < patience && !self.clients.iter().all(|(client, _)| client.ear.is_quiet(&self.score)) {
            sleep(ECHO_STEP).await;
        }
        self.clients.iter().for_each(|(client, _)| client.ear.count_lost(&self.score));
        self.watch.gauges().await
    }

    /// Lets everybody go: a third says goodbye, a third closes its connection, a third vanishes with a reset. By fives, because
    /// every sixth client polls, and there are to be some of each kind.
    async fn go(self) -> io::Result<Duration> {
        let start = Instant::now();
        self.score.ending.set(true);
        let mut polite = Vec::new();
        for (number, (client, task)) in self.clients.into_iter().enumerate() {
            match number / 5 % 3 {
                0 => {
                    client.say_goodbye(&self.posts)?;
                    polite.push(task);
                    continue;
                }
                1 => {}
                _ => client.will_reset()?,
            }
            task.abort();
        }
        for task in polite {
            if tokio::time::timeout(SILENCE, task).await.is_err() {
                return Err(io::Error::other("a client said goodbye, and its connection did not end"));
            }
        }
        Ok(start.elapsed())
    }

    fn show_progress(&self) -> io::Result<()> {
        let (score, usage) = (&self.score, self.watch.usage()?);
        println!(
            "{:4} s  {:5} open  {:9} broadcasts heard  {:6} echoes  {} lost  {} twice  {} faults  {}  {} descriptors  {:.1} CPU s",
            self.start.elapsed().as_secs(),
            score.open.get(),
            score.broadcasts_heard.get(),
            score.echo_times.borrow().len(),
            score.lost.get(),
            score.twice.get(),
            score.faults.get(),
            mebibytes(usage.rss),
            usage.descriptors,
            usage.cpu,
        );
        Ok(())
    }
}

/// Waits until the server has forgotten everybody and says how long that took; none when it does not.
async fn forgotten(watch: Watch, descriptors: usize) -> io::Result<Option<Duration>> {
    let start = Instant::now();
    loop {
        let gauges = watch.gauges().await?;
        let left = watch.usage()?.descriptors.saturating_sub(descriptors);
        if gauges.are_zero() && left == 0 {
            return Ok(Some(start.elapsed()));
        }
        if start.elapsed() > FORGETTING {
            println!("left behind: {gauges:?}, {left} descriptors");
            return Ok(None);
        }
        println!(
            "{:4} s since they went: {} sessions, {} connections, {} deadlines, {left} descriptors are left",
            start.elapsed().as_secs(),
            gauges.sessions,
            gauges.connections,
            gauges.deadlines,
        );
        sleep(PROGRESS).await;
    }
}
