//! Clients of SockJS on every transport: frames as the server says them, messages as a page would see them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Connection, Dialect, Request, Response, WebSocket};

/// The name that scripts call.
const CALLBACK: &str = "cb";

/// How a client talks to its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket.
    WebSocket(Dialect),
    /// An endless response.
    XhrStreaming,
    /// An endless list of events.
    EventSource,
    /// An endless page.
    HtmlFile,
    /// Held POSTs.
    XhrPolling,
    /// Held scripts.
    JsonpPolling,
}

impl Transport {
    /// Every transport, and the WebSocket in each of its dialects.
    pub const ALL: [Self; 9] = [
        Self::WebSocket(Dialect::Rfc6455),
        Self::WebSocket(Dialect::Hybi8),
        Self::WebSocket(Dialect::Hybi7),
        Self::WebSocket(Dialect::Hixie76),
        Self::XhrStreaming,
        Self::EventSource,
        Self::HtmlFile,
        Self::XhrPolling,
        Self::JsonpPolling,
    ];
    /// Those whose clients choose the id of their session.
    pub const HTTP: [Self; 5] =
        [Self::XhrStreaming, Self::EventSource, Self::HtmlFile, Self::XhrPolling, Self::JsonpPolling];
    /// The WebSocket of today.
    pub const WEBSOCKET: Self = Self::WebSocket(Dialect::Rfc6455);

    /// Its name in sockjs-client.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket(_) => "websocket",
            Self::XhrStreaming => "xhr-streaming",
            Self::EventSource => "eventsource",
            Self::HtmlFile => "htmlfile",
            Self::XhrPolling => "xhr-polling",
            Self::JsonpPolling => "jsonp-polling",
        }
    }

    /// Whether every frame is a response of its own.
    #[must_use]
    pub const fn polls(self) -> bool {
        matches!(self, Self::XhrPolling | Self::JsonpPolling)
    }

    /// The request that hears what the session at `base` says.
    #[must_use]
    pub fn request(self, base: &str) -> Request {
        match self {
            Self::WebSocket(dialect) => dialect.request(&format!("{base}/websocket")),
            Self::XhrStreaming => Request::post(&format!("{base}/xhr_streaming"), ""),
            Self::EventSource => Request::get(&format!("{base}/eventsource")),
            Self::HtmlFile => Request::get(&format!("{base}/htmlfile?c={CALLBACK}")),
            Self::XhrPolling => Request::post(&format!("{base}/xhr"), ""),
            Self::JsonpPolling => Request::get(&format!("{base}/jsonp?c={CALLBACK}")),
        }
    }

    /// The frame in a response, or in a chunk of one.
    ///
    /// # Panics
    ///
    /// When it is not just one frame, as this transport dresses it.
    #[must_use]
    pub fn undress(self, piece: &[u8]) -> String {
        let text = std::str::from_utf8(piece).expect("text");
        let between = |opening: &str, closing: &str| {
            let inside = text.strip_prefix(opening).and_then(|rest| rest.strip_suffix(closing));
            inside.unwrap_or_else(|| panic!("{text:?} is no frame of {self:?}"))
        };
        let literal = |literal: &str| serde_json::from_str(literal).expect("a string of JavaScript");
        match self {
            Self::WebSocket(_) => text.to_owned(),
            Self::XhrStreaming | Self::XhrPolling => between("", "\n").to_owned(),
            Self::EventSource => between("data: ", "\r\n\r\n").replace("%25", "%"),
            Self::HtmlFile => literal(between("<script>\np(", ");\n</script>\r\n")),
            Self::JsonpPolling => literal(between(&format!("/**/{CALLBACK}("), ");\r\n")),
        }
    }

    fn assert_prelude(self, chunk: &[u8]) {
        let text = String::from_utf8_lossy(chunk);
        match self {
            Self::XhrStreaming => assert_eq!(text, "h".repeat(2048) + "\n"),
            Self::EventSource => assert_eq!(text, "\r\n"),
            Self::HtmlFile => assert!(text.len() > 1024 && text.contains(&format!("parent.{CALLBACK}")), "{text}"),
            Self::WebSocket(_) | Self::XhrPolling | Self::JsonpPolling => panic!("{self:?} is no stream"),
        }
    }
}

/// A client with a session of its own.
#[derive(Debug)]
pub struct Client {
    /// How it talks.
    pub transport: Transport,
    /// What its requests begin with: prefix, server and session.
    pub base: String,
    address: SocketAddr,
    receiver: Receiver,
}

/// What the client hears by.
#[derive(Debug)]
enum Receiver {
    WebSocket(Box<WebSocket>),
    /// Responses, one after the other, and whether one is asked for.
    Http(Connection, bool),
}

impl Client {
    /// Opens a session and reads its `o`.
    ///
    /// # Panics
    ///
    /// When it is refused.
    pub async fn open(address: SocketAddr, prefix: &str, transport: Transport) -> Self {
        let mut client = Self::join(address, &fresh_base(prefix), transport).await;
        assert_eq!(client.frame().await, "o");
        client
    }

    /// Comes to a session, or opens it. Nothing is read so far but the answer to an upgrade.
    pub async fn join(address: SocketAddr, base: &str, transport: Transport) -> Self {
        let connection = Connection::open(address).await;
        let receiver = if let Transport::WebSocket(dialect) = transport {
            let target = format!("{base}/websocket");
            Receiver::WebSocket(Box::new(WebSocket::open(connection, &target, dialect).await))
        } else {
            Receiver::Http(connection, false)
        };
        Self { transport, base: base.to_owned(), address, receiver }
    }

    /// Sends the request that hears the next frames, and reads the beginning of a stream.
    pub async fn listen(&mut self) {
        let Receiver::Http(connection, asked @ false) = &mut self.receiver else { return };
        connection.send(self.transport.request(&self.base).to_bytes()).await;
        *asked = true;
        if !self.transport.polls() {
            let head = connection.head().await;
            assert_eq!(head.status, 200, "{head:?}");
            let prelude = connection.chunk().await.expect("a stream that does not end at once");
            self.transport.assert_prelude(&prelude);
        }
    }

    /// The next frame; nothing at the end of a stream, behind which this can be called again, or of a WebSocket.
    pub async fn next(&mut self) -> Option<String> {
        self.listen().await;
        let (connection, asked) = match &mut self.receiver {
            Receiver::WebSocket(socket) => {
                return match socket.next().await {
                    Some(longwire_codec::websocket::Incoming::Text(text)) => Some(text.to_string()),
                    Some(longwire_codec::websocket::Incoming::Close { .. }) | None => None,
                    Some(other) => panic!("{other:?} in place of a frame"),
                };
            }
            Receiver::Http(connection, asked) => (connection, asked),
        };
        if self.transport.polls() {
            *asked = false;
            let response = connection.response().await;
            assert_eq!(response.status, 200, "{response:?}");
            return Some(self.transport.undress(&response.body));
        }
        let chunk = connection.chunk().await;
        *asked = chunk.is_some();
        chunk.map(|chunk| self.transport.undress(&chunk))
    }

    /// The next frame, whatever response it is in.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub async fn frame(&mut self) -> String {
        for _ in 0..2 {
            if let Some(frame) = self.next().await {
                return frame;
            }
            assert!(!matches!(self.receiver, Receiver::WebSocket(_)), "the end in place of a frame");
        }
        panic!("two responses without a frame");
    }

    /// Checks the next messages, however many come in one frame.
    ///
    /// # Panics
    ///
    /// When there are others.
    #[track_caller]
    pub fn expect(&mut self, messages: &[&str]) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let mut heard: Vec<String> = Vec::new();
            while heard.len() < messages.len() {
                let frame = self.frame().await;
                let list = frame.strip_prefix('a').unwrap_or_else(|| panic!("{frame:?} has no messages, at {place}"));
                heard.extend(serde_json::from_str::<Vec<String>>(list).expect("a list of strings"));
            }
            assert_eq!(heard, messages, "at {place}");
        }
    }

    /// Says something, and waits until the server has taken it.
    pub async fn send(&mut self, messages: &[&str]) {
        let list = serde_json::to_string(messages).expect("strings");
        match &mut self.receiver {
            Receiver::WebSocket(socket) => socket.send(&list).await,
            Receiver::Http(..) => {
                let response = Connection::open(self.address).await.request(&self.sending(&list)).await;
                assert!(matches!((response.status, response.text()), (204, "") | (200, "ok")), "{response:?}");
            }
        }
    }

    /// The request that says something.
    #[must_use]
    pub fn sending(&self, list: &str) -> Request {
        if self.transport == Transport::JsonpPolling {
            return Request::post(&format!("{}/jsonp_send", self.base), list).header("Content-Type", "text/plain");
        }
        Request::post(&format!("{}/xhr_send", self.base), list)
    }

    /// What it says by, with the answer.
    pub async fn post(&self, list: &str) -> Response {
        Connection::open(self.address).await.request(&self.sending(list)).await
    }

    /// Checks that the session says its end, and then again or no more, as its transport has it.
    ///
    /// # Panics
    ///
    /// When it says something else.
    pub async fn expect_close(&mut self, code: u16, words: &str) {
        assert_eq!(self.frame().await, format!("c[{code},\"{words}\"]"), "{:?}", self.transport);
        if !self.transport.polls() {
            assert_eq!(self.next().await, None);
        }
    }

    /// The connection it hears by.
    pub const fn connection(&mut self) -> &mut Connection {
        match &mut self.receiver {
            Receiver::WebSocket(socket) => &mut socket.connection,
            Receiver::Http(connection, _) => connection,
        }
    }

    /// Its WebSocket.
    ///
    /// # Panics
    ///
    /// When it is on another transport.
    pub fn socket(&mut self) -> &mut WebSocket {
        match &mut self.receiver {
            Receiver::WebSocket(socket) => socket,
            Receiver::Http(..) => panic!("{:?} is no WebSocket", self.transport),
        }
    }
}

/// Prefix, server and a session that nobody had before.
#[must_use]
pub fn fresh_base(prefix: &str) -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}/{:03}/client{:05}", std::process::id() % 1000, LAST.fetch_add(1, Ordering::Relaxed))
}
