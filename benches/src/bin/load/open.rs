//! Opening sessions, one behind the other and by blocking calls: it is not what is measured.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail};
use longwire_benches::client::{HttpConnection, Response};
use longwire_benches::messages::unmasked;
use longwire_benches::requests::Draft;

/// Opens sessions by one connection.
#[derive(Debug)]
pub(crate) struct Opener {
    address: SocketAddr,
    http: HttpConnection,
}

impl Opener {
    pub(crate) fn new(address: SocketAddr) -> Result<Self> {
        let http = HttpConnection::open(address).with_context(|| format!("cannot connect to {address}"))?;
        Ok(Self { address, http })
    }

    /// Makes a handshake and returns the session id.
    pub(crate) fn handshake(&mut self) -> Result<String> {
        let response = exchange(&mut self.http, &Draft::handshake())?;
        Ok(session_id(&response.body())?.to_owned())
    }

    /// A session on a WebSocket of its own that has been told `1::`.
    pub(crate) fn websocket(&mut self) -> Result<TcpStream> {
        let id = self.handshake()?;
        let mut connection = HttpConnection::open(self.address)?;
        connection.send(&Draft::upgrade(&id).to_bytes())?;
        connection.receive_response(101)?;
        let (mut stream, received) = connection.into_parts();
        expect(&mut stream, received, &unmasked("1::"))?;
        Ok(stream)
    }

    /// Makes a handshake and the first poll, which is told `1::`, and returns the session id.
    pub(crate) fn polling(&mut self) -> Result<String> {
        open_polling(&mut self.http)
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn into_http(self) -> HttpConnection {
        self.http
    }
}

/// Opens a polling session by one connection.
pub(crate) fn open_polling(http: &mut HttpConnection) -> Result<String> {
    let response = exchange(http, &Draft::handshake())?;
    let id = session_id(&response.body())?.to_owned();
    let body = exchange(http, &Draft::poll(&id))?.body();
    if body != "1::" {
        bail!("the first poll was answered {body:?} instead of 1::");
    }
    Ok(id)
}

/// Sends a request and waits for its answer.
pub(crate) fn exchange(http: &mut HttpConnection, request: &Draft) -> io::Result<Response> {
    http.send(&request.to_bytes())?;
    http.receive_response(200)
}

/// What stands in front of the first colon of a handshake.
pub(crate) fn session_id(body: &str) -> Result<&str> {
    let (id, _) = body.split_once(':').with_context(|| format!("not a handshake: {body:?}"))?;
    Ok(id)
}

/// Reads until as much has arrived as is expected, and compares.
pub(crate) fn expect(stream: &mut TcpStream, mut arrived: Vec<u8>, expected: &[u8]) -> Result<()> {
    while arrived.len() < expected.len() {
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer)? {
            0 => bail!("the server closed the connection"),
            count => arrived.extend_from_slice(&buffer[..count]),
        }
    }
    if arrived != expected {
        bail!("wrong answer: {:?} instead of {:?}", show(&arrived), show(expected));
    }
    Ok(())
}

/// Bytes for an error.
pub(crate) fn show(bytes: &[u8]) -> String {
    const MOST: usize = 400;
    bytes.iter().take(MOST).flat_map(|byte| std::ascii::escape_default(*byte)).map(char::from).collect()
}
