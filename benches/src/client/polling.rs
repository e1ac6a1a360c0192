//! A client on xhr-polling, with two connections as browsers have them: one polls, the other posts.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;

use super::{HttpConnection, handshake, unexpected};
use crate::requests::Draft;

/// A client whose session is open.
#[derive(Debug)]
pub struct PollingClient {
    polls: HttpConnection,
    posts: HttpConnection,
    id: String,
    poll: Bytes,
}

impl PollingClient {
    /// Connects and waits for `1::`.
    ///
    /// # Errors
    ///
    /// When the server does not answer as revision 1 wants it.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let mut polls = HttpConnection::open(address)?;
        let id = handshake(&mut polls)?;
        let poll = Draft::poll(&id).to_bytes();
        let mut client = Self { polls, posts: HttpConnection::open(address)?, id, poll };
        client.polls.send(&client.poll)?;
        client.expect("1::")?;
        Ok(client)
    }

    /// Says a packet `count` times, one behind the other, and waits each time until the server has said the same: two
    /// requests a time.
    ///
    /// # Errors
    ///
    /// When the server says something else, or nothing.
    pub fn echo(&mut self, packet: &str, count: u64) -> io::Result<()> {
        let post = Draft::post(&self.id, packet.to_owned()).to_bytes();
        for _ in 0..count {
            self.polls.send(&self.poll)?;
            self.posts.send(&post)?;
            self.posts.receive(200)?;
            self.expect(packet)?;
        }
        Ok(())
    }

    /// Waits for the answer of the poll.
    fn expect(&mut self, packet: &str) -> io::Result<()> {
        let body = self.polls.receive(200)?;
        if body == packet { Ok(()) } else { Err(unexpected(packet, &body)) }
    }
}
