//! The server on a thread of its own that counts what it asks for.
//!
//! Memory is counted for each thread, so all of the server runs on one, and its clients on another.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc as blocking;
use std::thread::{self, JoinHandle};

use allocation_counter::{AllocationInfo, measure};
use longwire_benches::server;
use tokio::runtime::Builder;
use tokio::sync::mpsc;

/// See the [module](self).
pub(crate) struct CountedServer {
    address: SocketAddr,
    end_of_phase: mpsc::Sender<()>,
    counted: blocking::Receiver<AllocationInfo>,
    thread: JoinHandle<io::Result<()>>,
}

impl CountedServer {
    pub(crate) fn start() -> io::Result<Self> {
        let (end_of_phase, ended) = mpsc::channel(1);
        let (counts, counted) = blocking::channel();
        let (addresses, address) = blocking::channel();
        let thread = thread::spawn(move || run(&addresses, ended, &counts));
        let Ok(address) = address.recv() else {
            join(thread)?;
            return Err(io::Error::other("the server ended before it listened"));
        };
        Ok(Self { address, end_of_phase, counted, thread })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the server asks for while its clients do something.
    pub(crate) fn during<T>(&self, clients: impl FnOnce() -> io::Result<T>) -> io::Result<(T, AllocationInfo)> {
        let done = clients()?;
        self.end_of_phase.blocking_send(()).map_err(io::Error::other)?;
        Ok((done, self.counted.recv().map_err(io::Error::other)?))
    }

    pub(crate) fn stop(self) -> io::Result<()> {
        drop(self.end_of_phase);
        join(self.thread)
    }
}

fn join(thread: JoinHandle<io::Result<()>>) -> io::Result<()> {
    thread.join().map_err(|_| io::Error::other("the server panicked"))?
}

fn run(
    addresses: &blocking::Sender<SocketAddr>,
    mut ended: mpsc::Receiver<()>,
    counts: &blocking::Sender<AllocationInfo>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (_server, address) = runtime.block_on(server::start())?;
    addresses.send(address).map_err(io::Error::other)?;
    loop {
        let mut phase = None;
        // The server makes progress in here and nowhere else.
        let counted = measure(|| phase = runtime.block_on(ended.recv()));
        if phase.is_none() {
            return Ok(());
        }
        counts.send(counted).map_err(io::Error::other)?;
    }
}
