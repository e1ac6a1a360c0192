//! A TCP connection of which every byte is seen.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::within;

/// How long bytes that were sent may be on their way within one machine.
const MOMENT: Duration = Duration::from_millis(20);

/// A client's end of a connection, with what was received and not yet taken.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    ended: bool,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Self {
        Self::try_open(address).await.expect("a server that accepts connections")
    }

    /// Connects, if somebody listens there.
    ///
    /// # Errors
    ///
    /// When nobody does.
    pub async fn try_open(address: SocketAddr) -> io::Result<Self> {
        let stream = within("a connection", TcpStream::connect(address)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new(), ended: false })
    }

    /// Sends bytes.
    ///
    /// # Panics
    ///
    /// When the peer does not take them.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).await.expect("a peer that takes what is sent");
    }

    /// Sends bytes to a peer that may close meanwhile.
    ///
    /// # Errors
    ///
    /// When it did.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        within("the peer to take bytes", self.stream.write_all(bytes.as_ref())).await
    }

    /// Sends as much as the sockets in between take, and says how much that was.
    pub fn send_what_fits(&mut self, bytes: &[u8]) -> usize {
        self.stream.try_write(bytes).unwrap_or(0)
    }

    /// Receives something. False says that the peer has closed, by the book or by a reset.
    pub async fn receive(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        if !self.ended {
            let count = within("bytes", self.stream.read(&mut buffer)).await.unwrap_or(0);
            self.received.extend_from_slice(&buffer[..count]);
            self.ended = count == 0;
        }
        !self.ended
    }

    /// What was received and not taken.
    #[must_use]
    pub fn received(&self) -> &[u8] {
        &self.received
    }

    /// Takes bytes from the front of what was received.
    pub fn take(&mut self, count: usize) -> Vec<u8> {
        self.received.drain(..count).collect()
    }

    /// The next bytes.
    ///
    /// # Panics
    ///
    /// When the connection ends before they are there.
    pub async fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.received.len() < count {
            assert!(self.receive().await, "the connection ended behind {:?}", self.lossy());
        }
        self.take(count)
    }

    /// Everything up to and including `end`, or nothing if the connection ends before its first byte.
    ///
    /// # Panics
    ///
    /// When the connection ends in between.
    pub async fn up_to(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            let found = self.received.windows(end.len()).position(|window| window == end);
            if let Some(at) = found {
                return Some(self.take(at + end.len()));
            }
            if !self.receive().await {
                assert!(self.received.is_empty(), "the connection ended behind {:?}", self.lossy());
                return None;
            }
        }
    }

    /// Everything up to the end of the connection.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.receive().await {}
        std::mem::take(&mut self.received)
    }

    /// Checks that the peer closes and says nothing more.
    ///
    /// # Panics
    ///
    /// When it says something.
    pub async fn assert_end(&mut self) {
        let rest = self.rest().await;
        assert!(rest.is_empty(), "more came before the end: {:?}", String::from_utf8_lossy(&rest));
    }

    /// Checks that nothing was received up to now, not even an end. Something else has to have proved that all is done which
    /// could have been sent; the moment that this waits is for the kernel.
    ///
    /// # Panics
    ///
    /// When there is something.
    pub async fn assert_quiet(&mut self) {
        assert!(self.received.is_empty(), "{:?} was received", self.lossy());
        let mut buffer = [0; 4096];
        if let Ok(outcome) = tokio::time::timeout(MOMENT, self.stream.read(&mut buffer)).await {
            panic!(
                "{:?} was received: {outcome:?}",
                String::from_utf8_lossy(&buffer[..outcome.as_ref().map_or(0, |n| *n)])
            );
        }
    }

    /// Ends our side; the peer's may go on.
    pub async fn finish(&mut self) {
        self.stream.shutdown().await.expect("a connection that can be shut down");
    }

    /// Ends the connection as a crash does: the peer gets a reset.
    pub fn reset(self) {
        self.stream.set_zero_linger().expect("a socket that can be told to reset");
    }

    /// Our address, as the server sees it.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.stream.local_addr().expect("a connected socket")
    }

    fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }
}
