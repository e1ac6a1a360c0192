//! HTTP/1.1 with keep-alive: requests that are written already, responses that tell their length.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::unexpected;

/// How long a server may be silent before the client gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
#[derive(Debug)]
pub struct HttpConnection {
    stream: TcpStream,
    /// Read, and not taken as a response.
    received: Vec<u8>,
}

impl HttpConnection {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When nobody listens there.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Sends a request.
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    /// Waits for the response and returns its body.
    ///
    /// # Errors
    ///
    /// When the connection is gone, or the response has another status than `status`.
    pub fn receive(&mut self, status: u16) -> io::Result<String> {
        let head_end = self.receive_head()?;
        let head = String::from_utf8_lossy(&self.received[..head_end]).into_owned();
        let is_status = head.get(9..12).is_some_and(|digits| digits.parse() == Ok(status));
        if !is_status {
            return Err(unexpected(&format!("status {status}"), &head));
        }
        let end = head_end + content_length(&head);
        while self.received.len() < end {
            self.receive_more()?;
        }
        let body = String::from_utf8_lossy(&self.received[head_end..end]).into_owned();
        self.received.drain(..end);
        Ok(body)
    }

    /// The stream, and what was read from it behind the last response.
    #[must_use]
    pub fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.stream, self.received)
    }

    /// Waits for the end of a head and tells where it is.
    fn receive_head(&mut self) -> io::Result<usize> {
        loop {
            if let Some(at) = self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                return Ok(at + 4);
            }
            self.receive_more()?;
        }
    }

    fn receive_more(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.received.extend_from_slice(&buffer[..count]);
                Ok(())
            }
        }
    }
}

/// What a head says of the length of its body; none means that there is no body.
fn content_length(head: &str) -> usize {
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
}
