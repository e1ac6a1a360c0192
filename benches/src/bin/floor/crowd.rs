//! The sockets that hear what is for all.

use std::io;
use std::sync::{Mutex, PoisonError};

use tokio::net::tcp::OwnedWriteHalf;

/// Every open WebSocket's way out.
#[derive(Debug, Default)]
pub(crate) struct Crowd(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    sockets: Vec<Option<OwnedWriteHalf>>,
    free: Vec<usize>,
}

impl Crowd {
    /// Takes a socket in and tells its place.
    pub(crate) fn enter(&self, socket: OwnedWriteHalf) -> usize {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match places.free.pop() {
            Some(place) => {
                places.sockets[place] = Some(socket);
                place
            }
            None => {
                places.sockets.push(Some(socket));
                places.sockets.len() - 1
            }
        }
    }

    /// Gives a socket back.
    pub(crate) fn leave(&self, place: usize) -> Option<OwnedWriteHalf> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.free.push(place);
        places.sockets[place].take()
    }

    /// Writes these bytes to all.
    pub(crate) fn tell(&self, bytes: &[u8]) -> io::Result<()> {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for socket in places.sockets.iter().flatten() {
            if socket.try_write(bytes)? < bytes.len() {
                return Err(io::Error::other("a client does not read"));
            }
        }
        Ok(())
    }
}
