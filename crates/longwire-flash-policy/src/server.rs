//! A listener of its own for the policy.
//!
//! The same answer goes to everybody, so nobody can do harm by not asking: whoever holds a place for long is answered
//! and sent away when the place is needed.

mod connection;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream, ToSocketAddrs, lookup_host};
use tokio::sync::{Notify, Semaphore, watch};

use crate::{Policy, REQUEST_TIMEOUT};

/// Fits into the usual limit of 1024 descriptors a process, with some to spare.
const MAX_CONNECTIONS: u32 = 1000;

/// How many connections may wait to be accepted; the system cuts it down to its own limit. With the usual 128, a burst
/// overflows the queue, and whoever is turned away tries again a second later, out of the three that Flash waits.
const BACKLOG: u32 = 4096;

/// How long to leave the listener alone when the system has no descriptor or memory for another connection. Accepting
/// would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A TCP server that answers every connection with a policy.
///
/// - A client that sends the request is answered at once, whether the request comes in one piece or many, with its NUL
///   or with the end of input instead.
/// - So is one that sends anything else: on a port that has nothing but a policy to give, an operator's `nc` may see it.
/// - A client that sends nothing, or not all of the request, is answered when [`Server::timeout`] is nearly over.
///
/// Behind the answer the server closes its side, and takes in what the client may still send (up to 16 KiB, for up to a
/// second), so that no reset overtakes the answer. No connection lasts longer than the timeout, whatever its client does.
///
/// Each connection is a task of the tokio runtime. Errors of single connections end these and nothing else.
///
/// ```
/// use longwire_flash_policy::{Policy, REQUEST, Server};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use tokio::net::TcpStream;
/// use tokio::sync::oneshot;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let policy = Policy::builder().allow("a.example:80".parse()?).build();
/// let server = Server::bind("127.0.0.1:0", policy.clone()).await?;
/// let address = server.local_addr()?;
/// let (stop, stopped) = oneshot::channel();
/// let serving = tokio::spawn(server.serve(async { stopped.await.unwrap_or_default() }));
///
/// let mut client = TcpStream::connect(address).await?;
/// client.write_all(REQUEST).await?;
/// let mut answer = Vec::new();
/// client.read_to_end(&mut answer).await?;
/// assert_eq!(answer, policy.as_bytes());
///
/// drop(client);
/// stop.send(()).unwrap();
/// serving.await?;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    listener: TcpListener,
    policy: Policy,
    timeout: Duration,
    max_connections: u32,
    on_accept_error: Option<AcceptErrorHook>,
}

type AcceptErrorHook = Box<dyn Fn(&io::Error) + Send + Sync>;

impl Server {
    /// Listens on `address`, on the first that works if it is a name with several. Flash looks on port 843 by itself; port 0 takes a free one ([`Server::local_addr`]).
    ///
    /// # Errors
    ///
    /// Those of the system: most often that the port is taken, or that the process has no right to a port below 1024.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O enabled.
    pub async fn bind(address: impl ToSocketAddrs, policy: Policy) -> io::Result<Self> {
        let mut failure = io::ErrorKind::AddrNotAvailable.into();
        for address in lookup_host(address).await? {
            match listen(address) {
                Ok(listener) => return Ok(Self::from_listener(listener, policy)),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Serves on a listener that is there already, such as one with options of its own or one that was inherited.
    #[must_use]
    pub fn from_listener(listener: TcpListener, policy: Policy) -> Self {
        Self { listener, policy, timeout: REQUEST_TIMEOUT, max_connections: MAX_CONNECTIONS, on_accept_error: None }
    }

    /// How long a connection lasts at most, from accept to close. Three seconds by default, an hour at most.
    ///
    /// The request is waited for during the first eleven twelfths (2.75 s of 3 s); the rest is for the answer to a
    /// client that was silent. Too small a value answers clients before their request has arrived, and closing then
    /// may cost them the answer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(Duration::from_secs(3600));
        self
    }

    /// How many connections are served at a time, 1000 by default, one at least.
    ///
    /// When one more comes, the one that has been open longest is answered, if it has not been yet, and closed. So the
    /// newcomer need not wait, and clients that hold connections open for nothing keep nobody out.
    #[must_use]
    pub fn max_connections(mut self, max: u32) -> Self {
        self.max_connections = max.max(1);
        self
    }

    /// What to call when the system cannot hand over a connection, for lack of descriptors most often.
    ///
    /// The server then closes its oldest connection as if there were too many, and pauses for 50 ms. Connections wait in
    /// the system's queue meanwhile. Errors that concern one connection alone, such as a client that is gone again, are
    /// not told.
    #[must_use]
    pub fn on_accept_error(mut self, hook: impl Fn(&io::Error) + Send + Sync + 'static) -> Self {
        self.on_accept_error = Some(Box::new(hook));
        self
    }

    /// The address it listens on, with the port that was chosen for port 0.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` completes, and then until the last connection is over.
    ///
    /// At shutdown the listener closes, and who has not sent a request yet is answered at once, so that the rest takes a
    /// second at most.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future is a shutdown too, except that open connections come to their end in their own tasks.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let Self { listener, policy, timeout, max_connections, on_accept_error } = self;
        let (stop, stopping) = watch::channel(());
        let table = Table {
            places: Arc::new(Semaphore::new(max_connections as usize)),
            size: max_connections,
            oldest: Arc::new(Notify::new()),
            policy,
            timeout,
            stopping,
        };
        tokio::select! {
            biased;
            () = pin!(shutdown) => {}
            () = table.accept_all(&listener, on_accept_error.as_deref()) => {}
        }
        drop(listener);
        drop(stop);
        let _ = table.places.acquire_many(table.size).await;
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("listener", &self.listener)
            .field("policy", &self.policy)
            .field("timeout", &self.timeout)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

/// The open connections, and what each of them needs.
struct Table {
    /// A permit a connection.
    places: Arc<Semaphore>,
    size: u32,
    /// Wakes one connection at a time, the one that began to wait first.
    oldest: Arc<Notify>,
    policy: Policy,
    timeout: Duration,
    /// Closed at shutdown.
    stopping: watch::Receiver<()>,
}

impl Table {
    async fn accept_all(&self, listener: &TcpListener, on_error: Option<&(dyn Fn(&io::Error) + Send + Sync)>) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.open(stream).await,
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    if let Some(on_error) = on_error {
                        on_error(&error);
                    }
                    self.evict_oldest();
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn open(&self, stream: TcpStream) {
        let free = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => Some(place),
            Err(_) => {
                self.evict_oldest();
                Arc::clone(&self.places).acquire_owned().await.ok()
            }
        };
        // The semaphore is never closed, so that there is a place.
        let Some(place) = free else { return };
        let (policy, timeout) = (self.policy.clone(), self.timeout);
        let (oldest, mut stopping) = (Arc::clone(&self.oldest), self.stopping.clone());
        tokio::spawn(async move {
            let stopped = async { while stopping.changed().await.is_ok() {} };
            connection::answer(stream, &policy, timeout, oldest.notified(), stopped).await;
            drop(place);
        });
    }

    /// Ends the connection that has been open longest, if there is one.
    fn evict_oldest(&self) {
        if self.places.available_permits() < self.size as usize {
            self.oldest.notify_one();
        }
    }
}

/// As `TcpListener::bind` does, with a longer queue.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Windows this would let other programs take the port as well.
    if cfg!(not(windows)) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Whether an error of `accept` is about the connection that would have been accepted. Linux reports network errors
/// that are pending on it there (`accept(2)`, "Error handling").
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkDown,
        NetworkUnreachable,
    };
    [
        ConnectionAborted,
        ConnectionRefused,
        ConnectionReset,
        HostUnreachable,
        Interrupted,
        NetworkDown,
        NetworkUnreachable,
    ]
    .contains(&error.kind())
}
