//! A connection that holds nothing while nothing happens: all of them read into one buffer.

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpSocket, TcpStream};

const READ_SIZE: usize = 64 << 10;
/// Addresses that connections to this machine come from, in turn: each has some 28,000 ports.
const SOURCES: usize = 8;

thread_local! {
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_SIZE].into());
}

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
}

/// A response without its headers.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Connection {
    /// Connects. The `number` of a client decides where from.
    pub(crate) async fn open(server: SocketAddr, number: usize) -> io::Result<Self> {
        let socket = if server.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if server.ip() == Ipv4Addr::LOCALHOST {
            let last = u8::try_from(1 + number % SOURCES).unwrap_or(1);
            socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into())?;
        }
        socket.set_nodelay(true)?;
        Ok(Self { stream: socket.connect(server).await? })
    }

    /// Sends at once. Whatever is sent here is small: a server that has no room for it has stopped reading.
    pub(crate) fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let sent = self.stream.try_write(bytes)?;
        if sent == bytes.len() { Ok(()) } else { Err(io::Error::other("the server has stopped reading")) }
    }

    /// Waits for bytes and hands them to `take`.
    pub(crate) async fn receive<T>(&self, mut take: impl FnMut(&[u8]) -> io::Result<T>) -> io::Result<T> {
        loop {
            self.stream.readable().await?;
            let taken = READ_BUFFER.with_borrow_mut(|buffer| match self.stream.try_read(buffer) {
                Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => take(&buffer[..count]).map(Some),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                Err(error) => Err(error),
            });
            if let Some(taken) = taken? {
                return Ok(taken);
            }
        }
    }

    /// Waits for a response that tells its length. `rest` has what came behind the last one, and then what came behind this.
    pub(crate) async fn response(&self, rest: &mut Vec<u8>) -> io::Result<Response> {
        loop {
            if let Some((response, length)) = parse(rest)? {
                rest.drain(..length);
                if rest.is_empty() {
                    *rest = Vec::new();
                }
                return Ok(response);
            }
            self.receive(|bytes| {
                rest.extend_from_slice(bytes);
                Ok(())
            })
            .await?;
        }
    }

    /// Sends a request and waits for its response, which has to have this status; returns its body.
    pub(crate) async fn request(&self, request: &[u8], status: u16) -> io::Result<String> {
        self.send(request)?;
        let response = self.response(&mut Vec::new()).await?;
        if response.status != status {
            return Err(io::Error::other(format!("{response:?} in place of a {status}")));
        }
        Ok(response.body)
    }

    /// Has the connection end with a reset, as it does when a machine goes down.
    pub(crate) fn will_reset(&self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }
}

/// The response at the beginning of `bytes` and its length, if all of it is there.
fn parse(bytes: &[u8]) -> io::Result<Option<(Response, usize)>> {
    let Some(head_end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&bytes[..head_end]);
    let status = head.get(9..12).and_then(|digits| digits.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no status in {head:?}")))?;
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(Some(0), |(_, value)| value.trim().parse().ok());
    let length: usize = length.ok_or_else(|| io::Error::other(format!("no length in {head:?}")))?;
    let (start, end) = (head_end + 4, head_end + 4 + length);
    let Some(body) = bytes.get(start..end) else { return Ok(None) };
    Ok(Some((Response { status, body: String::from_utf8_lossy(body).into_owned() }, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_taken_when_all_of_it_is_there() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n1::HTTP";
        for cut in 0..bytes.len() - 4 {
            assert!(parse(&bytes[..cut]).expect("a good response").is_none(), "at {cut}");
        }
        let (response, length) = parse(bytes).expect("a good response").expect("all of it");
        assert_eq!((response.status, response.body.as_str(), &bytes[length..]), (200, "1::", &b"HTTP"[..]));
        assert!(parse(b"HTTP/1.1 xyz\r\n\r\n").is_err());
    }
}
