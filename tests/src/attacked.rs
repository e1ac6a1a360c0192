//! The released server under attack: with bystanders, and with a watch on its memory, its descriptors and its log.
//!
//! A test starts an [`Attacked`] server of its own, does its worst, drops every connection that it made, and ends with
//! [`Attacked::assert_unharmed`]. Only one server is attacked at a time, because tests that run beside each other would take
//! processor and memory from each other's bystanders.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{ChildStderr, Command};
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinHandle;

use crate::bystander::{Bystander, Service, echo};
use crate::memory::{MIB, Usage, forget_peak};
use crate::{Client, Connection, PATIENCE, Program, Transport, within};

/// Timers so long that no test meets them by chance.
const FLAGS: [&str; 5] = [
    "--listen=127.0.0.1:0",
    "--heartbeat-interval=300",
    "--heartbeat-timeout=600",
    "--close-timeout=600",
    "--polling-duration=300",
];

/// Lets the allocator of glibc give back what is free at once, however much was free before: memory is then what the server
/// holds, and not what its allocator keeps for later.
const ALLOCATOR: [(&str, &str); 2] = [("MALLOC_TRIM_THRESHOLD_", "131072"), ("MALLOC_MMAP_THRESHOLD_", "131072")];

/// Lines of the log that are kept.
const KEPT_LINES: usize = 20;

static TURN: Mutex<()> = Mutex::const_new(());

/// What an attack may cost, above what the server held before it.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Memory at the height of the attack, in bytes.
    pub peak: usize,
    /// Memory once it is over, in bytes.
    pub left: usize,
    /// Lines in the log, with `RUST_LOG=info`, but for the one about its end.
    pub lines: usize,
    /// The slowest echo of a bystander.
    pub slowest: Duration,
}

impl Bounds {
    /// For an attack that costs the server nothing to speak of: what a few hundred ordinary connections cost, which an
    /// allocator keeps in part, scattered between what is still in use.
    pub const SMALL: Self = Self { peak: 24 * MIB, left: 16 * MIB, lines: 0, slowest: PATIENCE };
}

/// A server under attack.
#[derive(Debug)]
pub struct Attacked {
    /// Where it listens.
    pub address: SocketAddr,
    app: Program,
    before: Usage,
    bystanders: Vec<Bystander>,
    log: JoinHandle<Log>,
    _turn: MutexGuard<'static, ()>,
}

/// What the server said on standard error.
#[derive(Debug, Default)]
struct Log {
    lines: usize,
    /// The first of them, and those about a panic.
    kept: Vec<String>,
    last: String,
}

impl Attacked {
    /// Starts the reference application, with timers that run out in minutes unless `arguments` say otherwise, and lets in
    /// a bystander by WebSocket and one by xhr-polling.
    pub async fn start(arguments: &[&str]) -> Self {
        Self::run(Program::released_reference_app_command(arguments), arguments).await
    }

    /// The same with at most so many descriptors.
    pub async fn start_with_descriptors(descriptors: u32, arguments: &[&str]) -> Self {
        let command = Program::released_reference_app_command(arguments);
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"ulimit -n "$0" && exec "$@""#]).arg(descriptors.to_string()).kill_on_drop(true);
        shell.arg(command.as_std().get_program()).args(arguments);
        Self::run(shell, arguments).await
    }

    async fn run(mut command: Command, arguments: &[&str]) -> Self {
        let turn = TURN.lock().await;
        let is_given = |flag: &str| {
            let name = flag.split('=').next().unwrap_or_default();
            arguments.iter().any(|argument| argument.split('=').next() == Some(name))
        };
        command
            .args(FLAGS.into_iter().filter(|flag| !is_given(flag)))
            .envs([("RUST_LOG", "info"), ("NO_COLOR", "1"), ("LONGWIRE_METRICS", "true")])
            .envs(ALLOCATOR);
        let mut app = Program::start(&mut command).await;
        let log = tokio::spawn(listen(app.take_errors()));
        let address = app.address;
        let bystanders = vec![
            Bystander::start(address, Transport::WEBSOCKET).await,
            Bystander::start(address, Transport::XhrPolling).await,
        ];
        forget_peak(app.process_id());
        let before = Usage::of(app.process_id());
        Self { address, app, before, bystanders, log, _turn: turn }
    }

    /// A fresh connection.
    pub async fn connect(&self) -> Connection {
        self.app.connect().await
    }

    /// A client with a session of its own.
    pub async fn client(&self, transport: Transport) -> Client {
        self.app.client(transport).await
    }

    /// What the server holds now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage::of(self.app.process_id())
    }

    /// See [`Program::metric`].
    pub async fn metric(&self, name: &str) -> u64 {
        self.app.metric(name).await
    }

    /// See [`Program::wait_for_metric`].
    pub async fn wait_for_metric(&self, name: &str, is_right: impl Fn(u64) -> bool) {
        self.app.wait_for_metric(name, is_right).await;
    }

    /// Waits until the server has no connections but those of the bystanders.
    pub async fn assert_descriptors_return(&self) {
        self.assert_descriptors(self.before.descriptors).await;
    }

    /// Waits until the server has no more descriptors than that.
    pub async fn assert_descriptors(&self, count: usize) {
        self.settle("descriptors", |now| now.descriptors <= count).await;
    }

    /// Checks that the attack has left no trace: bystanders were served all along, newcomers are, connections are gone,
    /// memory has come back, the log is short, and the server ends in order when it is asked to.
    ///
    /// Connections of the test have to be dropped by now.
    ///
    /// # Panics
    ///
    /// When it has.
    pub async fn assert_unharmed(mut self, bounds: Bounds) {
        let mut clients = Vec::new();
        for bystander in std::mem::take(&mut self.bystanders) {
            let (client, service) = bystander.stop().await;
            assert_served(&client, service, bounds);
            clients.push(client);
        }
        for transport in [Transport::WEBSOCKET, Transport::XhrPolling] {
            let mut newcomer = self.client(transport).await;
            echo(&mut newcomer, "new here").await;
            newcomer.send("0::").await;
        }
        self.assert_descriptors_return().await;
        let most = self.before.memory + bounds.left;
        self.settle("memory", |now| now.memory <= most).await;
        let peak = self.usage().peak;
        let grown = peak.saturating_sub(self.before.memory);
        assert!(grown <= bounds.peak, "a peak of {} KiB above {:?}", grown >> 10, self.before);
        drop(clients);
        self.end(bounds).await;
    }

    /// Waits until the server holds as little as it should.
    async fn settle(&self, what: &str, is_settled: impl Fn(Usage) -> bool) {
        let began = Instant::now();
        loop {
            let now = self.usage();
            if is_settled(now) {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{what} did not come back: {now:?}, before the attack {:?}",
                self.before
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn end(self, bounds: Bounds) {
        self.app.signal("TERM");
        let (status, output) = self.app.end().await;
        let log = within("the end of the log", self.log).await.expect("a reader that does not panic");
        assert!(log.last.contains("the server has stopped"), "{log:#?}");
        assert!(log.lines - 1 <= bounds.lines, "{log:#?}");
        assert!(!log.kept.iter().any(|line| line.contains("panicked")), "{log:#?}");
        assert_eq!((status, output.as_str()), (Some(0), ""));
    }
}

fn assert_served(client: &Client, service: Service, bounds: Bounds) {
    assert!(service.slowest <= bounds.slowest, "a bystander on {:?} was kept waiting: {service:?}", client.transport);
}

/// Reads the log as it is written, so that the server never waits for a full pipe.
async fn listen(errors: ChildStderr) -> Log {
    let (mut log, mut lines) = (Log::default(), BufReader::new(errors).lines());
    while let Ok(Some(line)) = lines.next_line().await {
        log.lines += 1;
        if log.kept.len() < KEPT_LINES || (line.contains("panicked") && log.kept.len() < 2 * KEPT_LINES) {
            log.kept.push(line.clone());
        }
        log.last = line;
    }
    log
}
