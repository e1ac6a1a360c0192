//! A WebSocket client in every dialect that the server speaks, with a view of single frames.
//!
//! Keys and masks are always the same, so that answers can be compared with known ones: the key is that of RFC 6455, section
//! 1.3, the hixie-76 keys are those of a request that a Flash client made.

use longwire_codec::websocket::{CloseCode, Framing, Incoming, Limits, Mask, Reader, client};

use crate::{Connection, Request, Response};

/// What every frame of ours is masked with.
pub const MASK: Mask = Mask::new([1, 2, 3, 4]);
/// The answer to our key.
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// The eight bytes behind our hixie-76 request.
pub const NONCE: &[u8; 8] = b"^n:ds[4U";
/// The answer to our hixie-76 keys.
pub const DIGEST: &[u8; 16] = b"8jKS'y:G*Co,Wxa-";

/// What a WebSocket client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 6455, `Sec-WebSocket-Version: 13`.
    Rfc6455,
    /// hybi-08 to hybi-12.
    Hybi8,
    /// hybi-07.
    Hybi7,
    /// hixie-76.
    Hixie76,
}

impl Dialect {
    /// The request that asks for a WebSocket, without the eight bytes that hixie-76 sends behind it.
    #[must_use]
    pub fn request(self, target: &str) -> Request {
        let request = Request::get(target);
        let version = match self {
            Self::Rfc6455 => 13,
            Self::Hybi8 => 8,
            Self::Hybi7 => 7,
            Self::Hixie76 => {
                return request
                    .header("Connection", "Upgrade")
                    .header("Sec-WebSocket-Key2", "12998 5 Y3 1  .P00")
                    .header("Upgrade", "WebSocket")
                    .header("Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5")
                    .header("Origin", "http://a.example");
            }
        };
        let origin = if version == 13 { "Origin" } else { "Sec-WebSocket-Origin" };
        request
            .header("Upgrade", "websocket")
            .header("Connection", "Upgrade")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header(origin, "http://a.example")
            .header("Sec-WebSocket-Version", version)
    }

    const fn framing(self) -> Framing {
        match self {
            Self::Rfc6455 | Self::Hybi8 | Self::Hybi7 => Framing::Rfc6455,
            Self::Hixie76 => Framing::Hixie,
        }
    }
}

/// An open WebSocket.
#[derive(Debug)]
pub struct WebSocket {
    /// The connection below, for bytes that are no messages.
    pub connection: Connection,
    framing: Framing,
    reader: Reader,
}

impl WebSocket {
    /// Opens a WebSocket and checks the answer.
    ///
    /// # Panics
    ///
    /// When it is refused.
    pub async fn open(connection: Connection, target: &str, dialect: Dialect) -> Self {
        let (socket, response) = Self::try_open(connection, target, dialect).await;
        assert_eq!(response.status, 101, "{response:?}");
        match dialect {
            Dialect::Hixie76 => {
                assert_eq!(response.header("Sec-WebSocket-Origin"), Some("http://a.example"));
                let location = format!("ws://example.com{target}");
                assert_eq!(response.header("Sec-WebSocket-Location"), Some(location.as_str()));
            }
            Dialect::Rfc6455 | Dialect::Hybi8 | Dialect::Hybi7 => {
                assert_eq!(response.header("Sec-WebSocket-Accept"), Some(ACCEPT));
            }
        }
        socket
    }

    /// Asks for a WebSocket. It is one if the response has the status 101.
    pub async fn try_open(mut connection: Connection, target: &str, dialect: Dialect) -> (Self, Response) {
        let framing = dialect.framing();
        connection.send(dialect.request(target).to_bytes()).await;
        let response = connection.response().await;
        if response.status == 101 && dialect == Dialect::Hixie76 {
            connection.send(NONCE).await;
            assert_eq!(connection.exactly(DIGEST.len()).await, DIGEST);
        }
        let reader = Reader::client(framing, Limits { message: 64 << 20, fragments: 1 });
        (Self { connection, framing, reader }, response)
    }

    /// Sends a text message.
    pub async fn send(&mut self, text: &str) {
        let frame = self.frame(text);
        self.connection.send(frame).await;
    }

    /// A text message as this client sends it.
    #[must_use]
    pub fn frame(&self, text: &str) -> longwire_codec::Bytes {
        match self.framing {
            Framing::Rfc6455 => client::text(text, MASK),
            Framing::Hixie => self.framing.text(text),
        }
    }

    /// Sends the close frame.
    pub async fn send_close(&mut self, code: CloseCode) {
        let frame = match self.framing {
            Framing::Rfc6455 => client::close(Some(code), "", MASK),
            Framing::Hixie => self.framing.close(None, ""),
        };
        self.connection.send(frame).await;
    }

    /// The next thing the server says; nothing when it has closed the connection.
    ///
    /// # Panics
    ///
    /// When it is no frame that a client understands.
    pub async fn next(&mut self) -> Option<Incoming> {
        loop {
            let mut input = self.connection.received();
            let before = input.len();
            let incoming = self.reader.read(&mut input).expect("frames by the book");
            let taken = before - input.len();
            self.connection.take(taken);
            if incoming.is_some() || !self.connection.receive().await {
                return incoming;
            }
        }
    }

    /// The next thing the server says, which is a text.
    ///
    /// # Panics
    ///
    /// When it is something else.
    pub async fn text(&mut self) -> String {
        match self.next().await {
            Some(Incoming::Text(text)) => text.to_string(),
            other => panic!("{other:?} in place of a text"),
        }
    }

    /// Checks that the server closes, with this code where the dialect has codes.
    ///
    /// # Panics
    ///
    /// When it says something else, or does not close the connection behind it.
    pub async fn assert_close(&mut self, code: CloseCode) {
        let code = (self.framing == Framing::Rfc6455).then_some(code);
        let close = self.next().await;
        assert!(matches!(&close, Some(Incoming::Close { code: own, .. }) if *own == code), "{close:?}, not {code:?}");
        assert_eq!(self.next().await, None);
    }
}
