//! A client of revision 1 on any of its transports: packets in, packets out.
//!
//! It does what the protocol asks of a client and nothing by itself: it answers no heartbeat, and it polls when it is asked
//! for a packet, not before. So between two calls nothing happens that a test has not asked for.

mod polling;
mod stream;

use std::net::SocketAddr;

use longwire_codec::socketio_rev1::payload;
use longwire_codec::websocket::Incoming;

use self::polling::Polling;
use self::stream::Stream;
use crate::{Connection, Dialect, Request, Response, WebSocket};

/// The callback index of everything that is asked for by JSONP.
const INDEX: u32 = 7;

/// A transport of revision 1, with the dialect where there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// websocket.
    WebSocket(Dialect),
    /// flashsocket, which speaks hixie-76.
    FlashSocket,
    /// htmlfile.
    HtmlFile,
    /// xhr-multipart.
    XhrMultipart,
    /// xhr-polling.
    XhrPolling,
    /// jsonp-polling.
    JsonpPolling,
}

impl Transport {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::WEBSOCKET,
        Self::WebSocket(Dialect::Hybi8),
        Self::WebSocket(Dialect::Hybi7),
        Self::WebSocket(Dialect::Hixie76),
        Self::FlashSocket,
        Self::HtmlFile,
        Self::XhrMultipart,
        Self::XhrPolling,
        Self::JsonpPolling,
    ];
    /// One of each way to hear: a WebSocket, a stream, polls.
    pub const KINDS: [Self; 3] = [Self::WEBSOCKET, Self::HtmlFile, Self::XhrPolling];
    /// The websocket of today's browsers.
    pub const WEBSOCKET: Self = Self::WebSocket(Dialect::Rfc6455);

    /// As paths spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket(_) => "websocket",
            Self::FlashSocket => "flashsocket",
            Self::HtmlFile => "htmlfile",
            Self::XhrMultipart => "xhr-multipart",
            Self::XhrPolling => "xhr-polling",
            Self::JsonpPolling => "jsonp-polling",
        }
    }

    /// Whether it hears by polls.
    #[must_use]
    pub const fn polls(self) -> bool {
        matches!(self, Self::XhrPolling | Self::JsonpPolling)
    }

    /// The target of its requests.
    #[must_use]
    pub fn target(self, id: &str) -> String {
        let query = if self == Self::JsonpPolling { format!("?i={INDEX}") } else { String::new() };
        format!("/socket.io/1/{}/{id}{query}", self.name())
    }
}

/// A client with a session.
#[derive(Debug)]
pub struct Client {
    /// The id of its session.
    pub id: String,
    /// How it talks.
    pub transport: Transport,
    address: SocketAddr,
    down: Down,
    /// For POSTs; opened when the first is due.
    up: Option<Connection>,
}

/// How it hears.
#[derive(Debug)]
enum Down {
    WebSocket(WebSocket),
    Stream(Stream),
    Polling(Polling),
}

/// A request of the page that all clients belong to, `http://a.example`; their WebSockets say so in `Origin`.
fn of_page(request: Request) -> Request {
    request.header("Referer", "http://a.example/")
}

/// Makes a handshake and gives back the id.
///
/// # Panics
///
/// When the server wants none.
pub async fn handshake(address: SocketAddr, query: &str) -> String {
    let mut connection = Connection::open(address).await;
    let response = connection.request(&of_page(Request::get(&format!("/socket.io/1/?{query}")))).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.text().split(':').next().expect("an id").to_owned()
}

impl Client {
    /// Makes a handshake, opens the transport and hears `1::`.
    pub async fn open(address: SocketAddr, transport: Transport) -> Self {
        let id = handshake(address, "t=1").await;
        let mut client = Self::join(address, transport, &id).await;
        assert_eq!(client.packet().await, "1::", "{transport:?}");
        client
    }

    /// Opens a transport of a session.
    pub async fn join(address: SocketAddr, transport: Transport, id: &str) -> Self {
        let (connection, target) = (Connection::open(address).await, transport.target(id));
        let down = match transport {
            Transport::WebSocket(dialect) => Down::WebSocket(WebSocket::open(connection, &target, dialect).await),
            Transport::FlashSocket => Down::WebSocket(WebSocket::open(connection, &target, Dialect::Hixie76).await),
            Transport::HtmlFile | Transport::XhrMultipart => {
                Down::Stream(Stream::open(connection, &target, transport).await)
            }
            Transport::XhrPolling | Transport::JsonpPolling => Down::Polling(Polling::new(connection, target)),
        };
        Self { id: id.to_owned(), transport, address, down, up: None }
    }

    /// Sends one packet.
    pub async fn send(&mut self, packet: &str) {
        self.send_all(&[packet]).await;
    }

    /// Sends packets together: in one POST, or in one write.
    ///
    /// # Panics
    ///
    /// When the server does not accept them.
    pub async fn send_all(&mut self, packets: &[&str]) {
        if let Down::WebSocket(socket) = &mut self.down {
            let frames: Vec<_> = packets.iter().map(|packet| socket.frame(packet)).collect();
            return socket.connection.send(frames.concat()).await;
        }
        let response = self.post(&payload::encode(packets)).await;
        response.assert(200, "1");
    }

    /// Posts a body in the way of the transport. WebSockets post as xhr-polling does.
    pub async fn post(&mut self, payload: &str) -> Response {
        let posting = if let Down::WebSocket(_) = self.down { Transport::XhrPolling } else { self.transport };
        let body = if posting == Transport::JsonpPolling { polling::form(payload) } else { payload.to_owned() };
        let target = posting.target(&self.id);
        self.up().await.request(&of_page(Request::post(&target, body))).await
    }

    /// The connection for everything but hearing.
    async fn up(&mut self) -> &mut Connection {
        if self.up.is_none() {
            self.up = Some(Connection::open(self.address).await);
        }
        self.up.as_mut().expect("a connection")
    }

    /// The next packet.
    ///
    /// # Panics
    ///
    /// When the server has ended the transport.
    pub async fn packet(&mut self) -> String {
        let packet = self.next().await;
        packet.unwrap_or_else(|| panic!("{:?} was ended", self.transport))
    }

    /// The next packet; nothing when the server has ended the stream or WebSocket.
    ///
    /// # Panics
    ///
    /// When something comes that is no packet.
    pub async fn next(&mut self) -> Option<String> {
        match &mut self.down {
            Down::WebSocket(socket) => match socket.next().await {
                Some(Incoming::Text(text)) => Some(text.to_string()),
                Some(Incoming::Close { .. }) | None => None,
                Some(other) => panic!("{other:?} in place of a packet"),
            },
            Down::Stream(stream) => stream.next().await,
            Down::Polling(polling) => Some(polling.next().await),
        }
    }

    /// Checks that these packets are the next ones.
    ///
    /// # Panics
    ///
    /// When there are others.
    pub async fn expect(&mut self, packets: &[&str]) {
        for packet in packets {
            assert_eq!(self.packet().await, *packet, "{:?}", self.transport);
        }
    }

    /// Checks that the transport was ended by the server. Polls have no end but that of their sessions.
    ///
    /// # Panics
    ///
    /// When something else comes.
    pub async fn assert_end(&mut self) {
        if self.transport.polls() {
            return self.expect(&["7:::1+0"]).await;
        }
        assert_eq!(self.next().await, None, "{:?}", self.transport);
        if let Down::WebSocket(socket) = &mut self.down {
            socket.connection.assert_end().await;
        }
    }

    /// Asks for packets without waiting for them: from now on a poll is held. A server on one thread has seen it when this
    /// returns, because it has answered something that was sent behind it.
    pub async fn listen(&mut self) {
        if let Down::Polling(polling) = &mut self.down {
            polling.ask().await;
            let behind = self.up().await.get("/socket.io/").await;
            assert_eq!(behind.status, 200);
        }
    }

    /// The connection that it hears on.
    pub fn connection(&mut self) -> &mut Connection {
        match &mut self.down {
            Down::WebSocket(socket) => &mut socket.connection,
            Down::Stream(stream) => &mut stream.connection,
            Down::Polling(polling) => &mut polling.connection,
        }
    }

    /// Ends the connection that it hears on as a crash does.
    pub fn reset(self) {
        match self.down {
            Down::WebSocket(socket) => socket.connection.reset(),
            Down::Stream(stream) => stream.connection.reset(),
            Down::Polling(polling) => polling.connection.reset(),
        }
    }

    /// Its WebSocket.
    ///
    /// # Panics
    ///
    /// When it has none.
    pub fn socket(&mut self) -> &mut WebSocket {
        let Down::WebSocket(socket) = &mut self.down else { panic!("{:?} is no WebSocket", self.transport) };
        socket
    }
}
