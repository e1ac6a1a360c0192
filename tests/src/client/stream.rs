//! htmlfile and xhr-multipart: one response that does not end, of which every packet is a chunk.

use super::{Transport, of_page};
use crate::{Connection, Request};

/// The markup that an htmlfile response begins with; spaces fill it up to 256 bytes.
const PAGE: &str = "<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>";

/// A client that listens to one response.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) connection: Connection,
    transport: Transport,
}

impl Stream {
    /// Asks for the response and reads its beginning.
    pub(super) async fn open(mut connection: Connection, target: &str, transport: Transport) -> Self {
        connection.send(of_page(Request::get(target)).to_bytes()).await;
        let head = connection.head().await;
        assert_eq!(head.status, 200, "{head:?}");
        let beginning = connection.chunk().await.expect("a stream that does not end at once");
        if transport == Transport::HtmlFile {
            assert_eq!(String::from_utf8_lossy(&beginning), format!("{PAGE:<256}"));
        } else {
            assert_eq!(String::from_utf8_lossy(&beginning), "--socketio\n");
        }
        Self { connection, transport }
    }

    pub(super) async fn next(&mut self) -> Option<String> {
        let chunk = self.connection.chunk().await?;
        let chunk = String::from_utf8(chunk).expect("a chunk of text");
        let packet = if self.transport == Transport::HtmlFile {
            let argument = chunk.strip_prefix("<script>_(").and_then(|rest| rest.strip_suffix(");</script>"));
            argument.and_then(|argument| serde_json::from_str(argument).ok())
        } else {
            let part = chunk.strip_prefix("Content-Type: text/plain\n\n");
            part.and_then(|part| part.strip_suffix("\n--socketio\n")).map(str::to_owned)
        };
        Some(packet.unwrap_or_else(|| panic!("{chunk:?} is no packet of {:?}", self.transport)))
    }
}
