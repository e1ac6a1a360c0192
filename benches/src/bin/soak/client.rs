//! Clients of revision 1, on a WebSocket or on xhr-polling, and the connections that carry the POSTs of the latter.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use longwire_benches::requests::Draft;
use longwire_codec::ByteString;
use longwire_codec::socketio_rev1::payload;
use longwire_codec::websocket::{Framing, Incoming, Limits, Mask, Reader, client};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::connection::Connection;
use crate::score::{Ear, Score, count};

const MASK: Mask = Mask::new([0x37, 0xfa, 0x21, 0x3d]);
const HEARTBEAT: &str = "2::";
const GOODBYE: &str = "0::";
/// More than a server puts into the answer of a poll.
const MOST_PACKETS: usize = 100_000;
/// A connection that has not been used for so long is replaced: servers close such ones.
const STALE: Duration = Duration::from_secs(30);

/// How a client hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    WebSocket,
    XhrPolling,
}

/// A client with its session.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) ear: Ear,
    transport: Transport,
    connection: Connection,
    id: Box<str>,
    score: Rc<Score>,
}

impl Client {
    /// Connects and asks for a session; [`listen`](Self::listen) goes on.
    pub(crate) async fn open(
        server: SocketAddr,
        number: usize,
        transport: Transport,
        score: Rc<Score>,
    ) -> io::Result<Self> {
        let connection = Connection::open(server, number).await?;
        let body = connection.request(&Draft::handshake().to_bytes(), 200).await?;
        let (id, _) = body.split_once(':').ok_or_else(|| io::Error::other(format!("{body:?} has no id")))?;
        Ok(Self { ear: Ear::new(), transport, connection, id: id.into(), score })
    }

    /// Opens the transport and hears until the connection ends or the client is about to go.
    pub(crate) async fn listen(&self) -> io::Result<()> {
        match self.transport {
            Transport::WebSocket => self.listen_to_websocket().await,
            Transport::XhrPolling => self.poll().await,
        }
    }

    async fn listen_to_websocket(&self) -> io::Result<()> {
        let mut reader = Reader::client(Framing::Rfc6455, Limits::default());
        let mut rest = Vec::new();
        self.connection.send(&Draft::upgrade(&self.id).to_bytes())?;
        let response = self.connection.response(&mut rest).await?;
        if response.status != 101 {
            return Err(io::Error::other(format!("{response:?} in place of an upgrade")));
        }
        self.read_frames(&mut reader, &rest)?;
        drop(rest);
        loop {
            self.connection.receive(|bytes| self.read_frames(&mut reader, bytes)).await?;
        }
    }

    fn read_frames(&self, reader: &mut Reader, mut bytes: &[u8]) -> io::Result<()> {
        while let Some(incoming) = reader.read(&mut bytes).map_err(io::Error::other)? {
            let Incoming::Text(text) = incoming else {
                return Err(io::Error::other(format!("{incoming:?} on a WebSocket")));
            };
            if text == HEARTBEAT {
                count(&self.score.heartbeats);
                self.connection.send(&client::text(HEARTBEAT, MASK))?;
            } else {
                self.hear(&text);
            }
        }
        Ok(())
    }

    async fn poll(&self) -> io::Result<()> {
        let poll = Draft::poll(&self.id).to_bytes();
        while !self.score.ending.get() {
            let body = self.connection.request(&poll, 200).await?;
            count(&self.score.polls_answered);
            let packets = payload::decode(&ByteString::from(body), MOST_PACKETS).map_err(io::Error::other)?;
            packets.iter().for_each(|packet| self.hear(packet));
        }
        Ok(())
    }

    fn hear(&self, packet: &str) {
        let was_open = self.ear.is_open();
        // Last words are of many kinds.
        if !self.score.ending.get() {
            self.ear.hear(packet, &self.score);
        }
        if !was_open && self.ear.is_open() {
            self.score.open.set(self.score.open.get() + 1);
        }
    }

    /// Says a packet.
    pub(crate) fn say(&self, packet: &str, posts: &Posts) -> io::Result<()> {
        match self.transport {
            Transport::WebSocket => self.connection.send(&client::text(packet, MASK)),
            Transport::XhrPolling => {
                posts.send(Draft::post(&self.id, packet.to_owned()).to_bytes());
                Ok(())
            }
        }
    }

    /// Says something that the server has to send back, unless an echo is outstanding.
    pub(crate) fn ask_for_echo(&self, posts: &Posts) {
        let Some(word) = self.ear.word() else { return };
        count(&self.score.echoes_said);
        if let Err(error) = self.say(&word, posts) {
            self.score.complain(|| format!("a client could not speak: {error}"));
        }
    }

    /// Takes leave in the words of the protocol.
    pub(crate) fn say_goodbye(&self, posts: &Posts) -> io::Result<()> {
        self.say(GOODBYE, posts)
    }

    /// Has the connection end as when the client's machine goes down.
    pub(crate) fn will_reset(&self) -> io::Result<()> {
        self.connection.will_reset()
    }
}

/// Connections that carry the POSTs of all polling clients. A browser has one of its own for that; here they would need
/// descriptors.
#[derive(Debug)]
pub(crate) struct Posts {
    senders: Vec<UnboundedSender<Bytes>>,
    next: Cell<usize>,
}

impl Posts {
    /// So many connections, opened when they are needed.
    pub(crate) fn new(server: SocketAddr, connections: usize, score: &Rc<Score>) -> Self {
        let senders = (0..connections).map(|number| {
            let (sender, requests) = unbounded_channel();
            tokio::task::spawn_local(carry(server, number, requests, Rc::clone(score)));
            sender
        });
        Self { senders: senders.collect(), next: Cell::new(0) }
    }

    fn send(&self, request: Bytes) {
        let next = (self.next.get() + 1) % self.senders.len();
        self.next.set(next);
        // It listens for as long as this lives.
        let _ = self.senders[next].send(request);
    }
}

async fn carry(server: SocketAddr, number: usize, mut requests: UnboundedReceiver<Bytes>, score: Rc<Score>) {
    let mut connection: Option<(Connection, Instant)> = None;
    while let Some(request) = requests.recv().await {
        let carried = async {
            let open = match connection.take().filter(|(_, used)| used.elapsed() < STALE) {
                Some((open, _)) => open,
                None => Connection::open(server, number).await?,
            };
            let answer = open.request(&request, 200).await?;
            io::Result::Ok((open, answer))
        };
        match carried.await {
            Ok((open, answer)) if answer == "1" => connection = Some((open, Instant::now())),
            Ok((_, answer)) => score.complain(|| format!("a POST was answered {answer:?}")),
            Err(error) => score.complain(|| format!("a POST failed: {error}")),
        }
    }
}
