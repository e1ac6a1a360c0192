//! Who is in a namespace, and in which of its rooms.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use longwire_codec::ByteString;

use super::Socket;
use super::socket::SocketKey;

/// The sockets of one namespace. Rooms are tables of their own: a room never meets a namespace of the same name.
#[derive(Debug, Default)]
pub(super) struct Members {
    sockets: HashMap<SocketKey, Socket>,
    rooms: HashMap<ByteString, HashMap<SocketKey, Socket>>,
}

impl Members {
    pub(super) fn add(&mut self, socket: Socket) {
        self.sockets.insert(socket.key(), socket);
    }

    /// Takes a socket out of the namespace; its rooms are left one by one.
    pub(super) fn remove(&mut self, key: SocketKey) {
        self.sockets.remove(&key);
    }

    /// Puts a socket into a room, unless it has left the namespace.
    pub(super) fn join(&mut self, room: ByteString, socket: &Socket) -> bool {
        if !self.sockets.contains_key(&socket.key()) {
            return false;
        }
        self.rooms.entry(room).or_default().insert(socket.key(), socket.clone());
        true
    }

    /// A room without members is forgotten.
    pub(super) fn leave(&mut self, room: &ByteString, key: SocketKey) {
        if let Entry::Occupied(mut members) = self.rooms.entry(room.clone()) {
            members.get_mut().remove(&key);
            if members.get().is_empty() {
                members.remove();
            }
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Socket> {
        self.sockets.values()
    }

    pub(super) fn room(&self, room: &str) -> impl Iterator<Item = &Socket> {
        self.rooms.get(room).into_iter().flat_map(HashMap::values)
    }

    pub(super) fn len(&self) -> usize {
        self.sockets.len()
    }

    #[cfg(test)]
    pub(super) fn rooms(&self) -> usize {
        self.rooms.len()
    }
}
