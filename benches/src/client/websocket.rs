//! A client on a WebSocket of RFC 6455.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use longwire_codec::websocket::{Framing, Incoming, Limits, Mask, Reader, client};

use super::{HttpConnection, handshake, unexpected};
use crate::requests::Draft;

const MASK: Mask = Mask::new([0x37, 0xfa, 0x21, 0x3d]);
const HEARTBEAT: &str = "2::";

/// A client whose session is open.
#[derive(Debug)]
pub struct WebSocketClient {
    stream: TcpStream,
    reader: Reader,
    buffer: Box<[u8]>,
}

impl WebSocketClient {
    /// Connects and waits for `1::`.
    ///
    /// # Errors
    ///
    /// When the server does not answer as revision 1 wants it.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let mut connection = HttpConnection::open(address)?;
        let id = handshake(&mut connection)?;
        connection.send(&Draft::upgrade(&id).to_bytes())?;
        connection.receive(101)?;
        let (stream, received) = connection.into_parts();
        let reader = Reader::client(Framing::Rfc6455, Limits::default());
        let mut client = Self { stream, reader, buffer: vec![0; 16 << 10].into() };
        if client.count(&received, "1::")? == 0 {
            client.expect("1::")?;
        }
        Ok(client)
    }

    /// Says a packet `count` times, at most `outstanding` of which are unanswered at any moment, and waits until the server
    /// has said the same as often.
    ///
    /// # Errors
    ///
    /// When the server says something else, or nothing.
    pub fn echo(&mut self, packet: &str, count: u64, outstanding: u64) -> io::Result<()> {
        let frame = client::text(packet, MASK);
        let mut unsent = count;
        let mut unanswered = 0;
        while unsent + unanswered > 0 {
            let sending = unsent.min(outstanding - unanswered);
            if sending > 0 {
                self.stream.write_all(&frame.repeat(sending as usize))?;
            }
            unsent -= sending;
            unanswered += sending;
            let answers = self.receive(packet)?;
            unanswered = unanswered.checked_sub(answers).ok_or_else(|| unexpected("silence", packet))?;
        }
        Ok(())
    }

    /// Says a packet.
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub fn send(&mut self, packet: &str) -> io::Result<()> {
        self.stream.write_all(&client::text(packet, MASK))
    }

    /// Waits until the server has said `packet`, once and nothing else.
    ///
    /// # Errors
    ///
    /// When it says something else, or nothing.
    pub fn expect(&mut self, packet: &str) -> io::Result<()> {
        loop {
            match self.receive(packet)? {
                0 => {}
                1 => return Ok(()),
                _ => return Err(unexpected("silence", packet)),
            }
        }
    }

    /// Reads once, and tells how often the server has said `packet`.
    fn receive(&mut self, packet: &str) -> io::Result<u64> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let count = self.stream.read(&mut buffer)?;
        let said =
            if count == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { self.count(&buffer[..count], packet) };
        self.buffer = buffer;
        said
    }

    /// How often `packet` is said in what arrived; heartbeats do not matter, anything else is an error.
    fn count(&mut self, mut arrived: &[u8], packet: &str) -> io::Result<u64> {
        let mut count = 0;
        while let Some(incoming) = self.reader.read(&mut arrived).map_err(io::Error::other)? {
            let Incoming::Text(text) = &incoming else {
                return Err(unexpected(packet, &format!("{incoming:?}")));
            };
            if text == packet {
                count += 1;
            } else if text != HEARTBEAT {
                return Err(unexpected(packet, text));
            }
        }
        Ok(count)
    }
}
