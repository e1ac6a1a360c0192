//! Clients of revision 1 on blocking sockets: as little as a client can do, so that the server is what is measured.
//!
//! They check every answer. They know nothing of the server but its address.

mod http;
mod polling;
mod websocket;

use std::io;

pub use self::http::{HttpConnection, Response};
pub use self::polling::PollingClient;
pub use self::websocket::WebSocketClient;
use crate::requests::Draft;

/// Makes a handshake and returns the session id.
fn handshake(connection: &mut HttpConnection) -> io::Result<String> {
    connection.send(&Draft::handshake().to_bytes())?;
    let body = connection.receive(200)?;
    let (id, _) = body.split_once(':').ok_or_else(|| unexpected("a handshake", &body))?;
    Ok(id.to_owned())
}

/// The server said something else than it had to.
fn unexpected(wanted: &str, got: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("wanted {wanted}, got {got:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use crate::server::RunningServer;

    #[test]
    fn clients_hear_what_they_say() -> io::Result<()> {
        let server = RunningServer::start(1)?;
        WebSocketClient::open(server.address())?.echo(samples::EVENT, 100, 16)?;
        WebSocketClient::open(server.address())?.echo(&samples::event_1k(), 3, 1)?;
        PollingClient::open(server.address())?.echo(samples::EVENT, 10)
    }

    #[test]
    fn a_wrong_answer_is_an_error() -> io::Result<()> {
        let server = RunningServer::start(1)?;
        let mut client = WebSocketClient::open(server.address())?;
        client.send(samples::EVENT)?;
        let error = client.expect("3:::something else").expect_err("the echo says another thing");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        Ok(())
    }
}
