//! Sockets that never block, and the loop that waits for them.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use mio::{Events, Interest, Poll, Registry, Token};

use crate::meter::Meter;

/// How much is read at once. Less than that means that nothing more is there.
const READ_SIZE: usize = 64 << 10;
/// How long nothing may be heard of a server.
const SILENCE: Duration = Duration::from_secs(20);

/// One connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: mio::net::TcpStream,
}

/// What reading came to.
pub(crate) enum Arrival {
    /// So many bytes, and there may be more.
    Bytes(usize),
    /// So many bytes, and nothing more for the moment; perhaps none at all.
    Last(usize),
    End,
}

impl Wire {
    /// Takes over a connection that was opened by blocking calls.
    pub(crate) fn from_open(stream: TcpStream, registry: &Registry, token: usize) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::register(mio::net::TcpStream::from_std(stream), registry, token)
    }

    /// Connects. Over loopback it is connected at once, so the first write need not be waited for.
    pub(crate) fn connect(address: SocketAddr, registry: &Registry, token: usize) -> io::Result<Self> {
        Self::register(mio::net::TcpStream::connect(address)?, registry, token)
    }

    fn register(mut stream: mio::net::TcpStream, registry: &Registry, token: usize) -> io::Result<Self> {
        registry.register(&mut stream, Token(token), Interest::READABLE)?;
        Ok(Self { stream })
    }

    /// Sends all of this, which is little enough for the system to take it.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let sent = self.stream.write(bytes)?;
        if sent < bytes.len() {
            bail!("the system took {sent} of {} bytes: the server does not read", bytes.len());
        }
        Ok(())
    }

    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Arrival> {
        match self.stream.read(buffer) {
            Ok(0) => Ok(Arrival::End),
            Ok(count) if count < buffer.len() => Ok(Arrival::Last(count)),
            Ok(count) => Ok(Arrival::Bytes(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Arrival::Last(0)),
            Err(error) => Err(error),
        }
    }
}

/// A buffer for everything that is read.
pub(crate) fn buffer() -> Vec<u8> {
    vec![0; READ_SIZE]
}

/// What is done with connections while it is measured.
pub(crate) trait Load {
    /// Sends what comes first.
    fn begin(&mut self) -> Result<()>;

    /// There is something to be read on the connection that was registered with this number.
    fn readable(&mut self, token: usize, meter: &mut Meter) -> Result<()>;

    /// Whether nothing is outstanding.
    fn is_settled(&self) -> bool;
}

/// Runs a load until its time is over and everything is answered.
pub(crate) fn drive(poll: &mut Poll, load: &mut impl Load, mut meter: Meter) -> Result<Meter> {
    let mut events = Events::with_capacity(1024);
    let mut heard = Instant::now();
    load.begin()?;
    while !(meter.is_over() && load.is_settled()) {
        poll.poll(&mut events, Some(Duration::from_millis(50)))?;
        meter.tick()?;
        if !events.is_empty() {
            heard = Instant::now();
        } else if heard.elapsed() > SILENCE {
            bail!("the server has said nothing for {} s", SILENCE.as_secs());
        }
        for event in &events {
            load.readable(event.token().0, &mut meter)?;
        }
    }
    Ok(meter)
}
