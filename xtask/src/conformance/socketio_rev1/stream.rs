//! Sessions over transports that stay open: the endless responses of htmlfile and xhr-multipart, and WebSockets under any
//! transport's name.

use super::super::check::{Failure, Outcome};
use super::super::client::{Connection, Dialect, Framing, Request, Response, WebSocket};
use super::super::context::{Context, show};
use super::session::{Handshake, Socket, handshake, payload};

/// Transports whose packets come in one endless response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    HtmlFile,
    Multipart,
}

impl Kind {
    pub(crate) const fn transport(self) -> &'static str {
        match self {
            Self::HtmlFile => "htmlfile",
            Self::Multipart => "xhr-multipart",
        }
    }
}

/// A session over an endless response, with a connection of its own for POSTs.
pub(crate) struct Stream<'a> {
    cx: &'a Context,
    kind: Kind,
    pub(crate) handshake: Handshake,
    pub(crate) path: String,
    /// The head of the endless response.
    pub(crate) head: Response,
    /// The connection of the endless response.
    pub(crate) stream: Connection,
    pub(crate) posts: Connection,
    /// What of a multipart body was received and not taken.
    body: Vec<u8>,
}

impl<'a> Stream<'a> {
    /// A session that has got its `1::`.
    pub(crate) fn open(cx: &'a Context, kind: Kind) -> Outcome<Self> {
        let mut stream = Self::attach(cx, kind, handshake(cx)?)?;
        match stream.packet()?.as_str() {
            "1::" => Ok(stream),
            other => Err(Failure::differs("1:: ahead of everything", show(other.as_bytes()))),
        }
    }

    /// The transport of a session that exists; the first packet has not been read.
    pub(crate) fn attach(cx: &'a Context, kind: Kind, handshake: Handshake) -> Outcome<Self> {
        let path = handshake.path(kind.transport());
        let mut stream = Connection::open(cx)?;
        stream.send(Request::get(cx, &path).to_bytes())?;
        let head = stream.head()?;
        if head.status != 200 {
            return Err(Failure::differs(format!("200 and a stream of {}", kind.transport()), &head));
        }
        let posts = Connection::open(cx)?;
        let mut stream = Self { cx, kind, handshake, path, head, stream, posts, body: Vec::new() };
        match kind {
            Kind::HtmlFile => drop(stream.chunk()?),
            Kind::Multipart => drop(stream.up_to_boundary()?),
        }
        Ok(stream)
    }

    /// The next chunk of an htmlfile page, which has to come.
    pub(crate) fn chunk(&mut self) -> Outcome<Vec<u8>> {
        self.stream.chunk()?.ok_or_else(|| Failure::differs("a chunk", "the end of the page"))
    }

    /// What stands ahead of the next boundary.
    pub(crate) fn up_to_boundary(&mut self) -> Outcome<Vec<u8>> {
        const BOUNDARY: &[u8] = b"--socketio\n";
        loop {
            let found = self.body.windows(BOUNDARY.len()).position(|window| window == BOUNDARY);
            if let Some(at) = found {
                let part = self.body.drain(..at).collect();
                self.body.drain(..BOUNDARY.len());
                return Ok(part);
            }
            if self.head.framing == Framing::Chunked {
                let chunk = self.chunk()?;
                self.body.extend(chunk);
            } else {
                if self.stream.received().is_empty() {
                    self.stream.more("a part")?;
                }
                let bytes = self.stream.take(usize::MAX);
                self.body.extend(bytes);
            }
        }
    }

    /// The next packet, whatever it is.
    pub(crate) fn any_packet(&mut self) -> Outcome<String> {
        match self.kind {
            Kind::HtmlFile => {
                let chunk = self.chunk()?;
                packet_in_script(&chunk)
            }
            Kind::Multipart => {
                let part = self.up_to_boundary()?;
                packet_in_part(&part)
            }
        }
    }

    /// The next packet that is no heartbeat; heartbeats are answered.
    pub(crate) fn packet(&mut self) -> Outcome<String> {
        loop {
            let packet = self.any_packet()?;
            if packet != "2::" {
                return Ok(packet);
            }
            self.send(&["2::"])?;
        }
    }

    /// Demands the next packets, heartbeats apart.
    pub(crate) fn expect(&mut self, packets: &[&str]) -> Outcome {
        let mut seen = Vec::new();
        for _ in packets {
            seen.push(self.packet()?);
        }
        self.cx.same("packets", packets.to_vec(), seen)
    }

    /// Posts a body.
    pub(crate) fn post(&mut self, body: impl Into<Vec<u8>>) -> Outcome<Response> {
        self.posts.post(self.cx, &self.path, body)
    }

    /// Posts packets, as one packet or as a payload, and demands that they are taken.
    pub(crate) fn send(&mut self, packets: &[&str]) -> Outcome {
        let response = self.post(payload(packets))?;
        if response.status == 200 && response.body == b"1" {
            return Ok(());
        }
        Err(Failure::differs("200 \"1\" in answer to a POST", &response))
    }
}

/// The packet in a script element of an htmlfile page.
pub(crate) fn packet_in_script(chunk: &[u8]) -> Outcome<String> {
    let literal = std::str::from_utf8(chunk)
        .ok()
        .and_then(|text| text.strip_prefix("<script>_(")?.strip_suffix(");</script>"))
        .and_then(|literal| serde_json::from_str(literal).ok());
    literal.ok_or_else(|| Failure::differs("<script>_(STRING);</script>", show(chunk)))
}

/// The packet in a part of a multipart response.
fn packet_in_part(part: &[u8]) -> Outcome<String> {
    let packet = std::str::from_utf8(part)
        .ok()
        .and_then(|text| text.strip_prefix("Content-Type: text/plain\n\n")?.strip_suffix('\n'));
    packet.map(str::to_owned).ok_or_else(|| Failure::differs("a part of text/plain with a packet", show(part)))
}

impl Socket {
    /// A session that exists, over a WebSocket under a transport's name; nothing has been read from it.
    pub(crate) fn attach(cx: &Context, transport: &str, dialect: Dialect, handshake: Handshake) -> Outcome<Self> {
        let websocket = WebSocket::open(cx, &handshake.path(transport), dialect)?;
        Ok(Self { handshake, websocket })
    }

    /// Demands the next packet.
    pub(crate) fn expect(&mut self, cx: &Context, packet: &str) -> Outcome {
        let seen = self.packet()?;
        cx.same("packet", packet, seen.as_str())
    }

    /// Demands the answers to everything sent so far.
    pub(crate) fn expect_answers(&mut self, cx: &Context, answers: &[&str]) -> Outcome {
        let seen = self.answers()?;
        cx.same("packets", answers.to_vec(), seen)
    }
}

/// Demands that a session is unknown, for which a server gets a moment if nothing told us that it has seen the end: that POSTs
/// are refused, or else that a poll is told so.
pub(crate) fn expect_forgotten(cx: &Context, sid: &str) -> Outcome {
    let path = super::session::path("xhr-polling", sid);
    for _ in 0..6 {
        let mut connection = Connection::open(cx)?;
        if connection.post(cx, &path, "8::")?.status == 400 {
            cx.saw("400 in answer to a later POST");
            return Ok(());
        }
        connection.expect_quiet()?;
    }
    Connection::open(cx)?.get(cx, &path)?.expect(cx, 200, "7:::1+0")
}

/// Opens a session over a WebSocket, sends packets, and demands the answers, in order and nothing else.
pub(crate) fn talk(cx: &Context, sent: &[&str], answers: &[&str]) -> Outcome {
    let mut socket = Socket::open(cx)?;
    for packet in sent {
        socket.send(packet)?;
    }
    socket.expect_answers(cx, answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_out_of_scripts() {
        let packet = packet_in_script(br#"<script>_("3:::\u003c\/b>");</script>"#).expect("it is one");
        assert_eq!(packet, "3:::</b>");
        for chunk in ["", "<script>_(5);</script>", "<script>_(\"1::\")</script>", "<script>_(\"\n\");</script>"] {
            assert!(packet_in_script(chunk.as_bytes()).is_err(), "{chunk}");
        }
    }

    #[test]
    fn packets_are_read_out_of_parts() {
        assert_eq!(packet_in_part(b"Content-Type: text/plain\n\n3:::a\nb\n").expect("it is one"), "3:::a\nb");
        assert!(packet_in_part(b"3:::a\n").is_err());
    }
}
