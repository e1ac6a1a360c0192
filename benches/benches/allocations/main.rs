//! How often things ask for memory, and how much of it sessions keep.
//!
//! Counts do not depend on how busy the machine is, so these are the figures to compare from one day to the next. A buffer
//! that is grown or shrunk in place counts as a new one.

mod codec;
mod counted_server;
mod server;
mod sessions;
mod table;

use std::io;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    codec::count(&mut out)?;
    sessions::count(&mut out)?;
    server::count(&mut out)
}
