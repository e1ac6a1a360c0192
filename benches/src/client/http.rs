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
        self.receive_response(status).map(|response| response.body())
    }

    /// Waits for the response and returns it as it came.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub fn receive_response(&mut self, status: u16) -> io::Result<Response> {
        let head_end = self.receive_head()?;
        let head = String::from_utf8_lossy(&self.received[..head_end]).into_owned();
        let is_status = head.get(9..12).is_some_and(|digits| digits.parse() == Ok(status));
        if !is_status {
            return Err(unexpected(&format!("status {status}"), &head));
        }
        let end = match header(&head, "transfer-encoding") {
            Some("chunked") => self.receive_chunks(head_end)?,
            _ => head_end + header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0),
        };
        while self.received.len() < end {
            self.receive_more()?;
        }
        Ok(Response { bytes: self.received.drain(..end).collect(), head: head_end })
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

    /// Waits for the last chunk of a body that begins at `at`, and tells where it ends.
    fn receive_chunks(&mut self, mut at: usize) -> io::Result<usize> {
        loop {
            let Some(line) = self.received[at..].windows(2).position(|bytes| bytes == b"\r\n") else {
                self.receive_more()?;
                continue;
            };
            let length = chunk_length(&self.received[at..at + line])?;
            at += line + 2 + length + 2;
            while self.received.len() < at {
                self.receive_more()?;
            }
            if length == 0 {
                return Ok(at);
            }
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

/// A response as it came.
#[derive(Clone, Debug)]
pub struct Response {
    /// All of it.
    pub bytes: Vec<u8>,
    /// How long its head is, the empty line included.
    pub head: usize,
}

impl Response {
    /// The body, without the chunks that it came in.
    #[must_use]
    pub fn body(&self) -> String {
        let (head, mut rest) = self.bytes.split_at(self.head);
        if header(&String::from_utf8_lossy(head), "transfer-encoding") != Some("chunked") {
            return String::from_utf8_lossy(rest).into_owned();
        }
        let mut body = Vec::new();
        while let Some(line) = rest.windows(2).position(|bytes| bytes == b"\r\n") {
            let length = chunk_length(&rest[..line]).unwrap_or(0);
            body.extend_from_slice(&rest[line + 2..line + 2 + length]);
            rest = &rest[line + 2 + length + 2..];
        }
        String::from_utf8_lossy(&body).into_owned()
    }
}

/// The value of a header.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn chunk_length(line: &[u8]) -> io::Result<usize> {
    let line = String::from_utf8_lossy(line);
    usize::from_str_radix(&line, 16).map_err(|_| unexpected("the length of a chunk", &line))
}
