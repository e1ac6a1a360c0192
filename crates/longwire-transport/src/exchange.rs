//! What goes in and out of a session: exchanges, and what happens on them.
//!
//! An exchange is one HTTP request with its response, or one WebSocket. It may be held by this process or by another one that
//! forwards it; a session cannot tell, and so everything here is plain data.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use longwire_codec::Payload;
use longwire_codec::websocket::handshake::Accept;
use longwire_codec::websocket::{CloseCode, ReadError};
use smallvec::SmallVec;

use crate::Event;

/// Names one exchange; the driver gives the numbers and never uses one twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub u64);

/// Who sent a request; the driver puts it into the extensions of the request it attaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerInfo {
    /// Its address; that of the nearest proxy, unless the driver trusts a header that says more.
    pub address: SocketAddr,
    /// Whether the client's own connection uses TLS.
    pub secure: bool,
}

/// Something that happened to an exchange of a session.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "an input is made, handed over and taken apart at once, never stored")]
pub enum Input {
    /// A request of this session has arrived, with its whole body (empty for a GET or an upgrade).
    Attach {
        /// Its number from now on.
        exchange: ExchangeId,
        /// What [`Route`](crate::Route) said: a name from the protocol's list of transports.
        transport: &'static str,
        /// The request.
        request: Request<Bytes>,
    },
    /// A whole message has arrived on a WebSocket. Pings and fragments are the driver's affair.
    Message {
        /// Where.
        exchange: ExchangeId,
        /// The message.
        payload: Payload,
    },
    /// Bytes have come on a WebSocket that make no message, or none so far: a pong, a ping, a part of something long. The peer
    /// is alive. There is no need to report it ahead of a message.
    Alive {
        /// Where.
        exchange: ExchangeId,
    },
    /// What was handed out last, a response head with its first bytes or a chunk, has been taken by the socket. Behind a
    /// [`Body::Whole`] it also says that the exchange is over.
    Written {
        /// Where.
        exchange: ExchangeId,
    },
    /// The exchange is gone, and not by [`Output::Finish`]. What was handed out and not reported as written may be lost.
    Detach {
        /// Which.
        exchange: ExchangeId,
        /// How it went.
        cause: Gone,
    },
}

/// How an exchange went away without the session's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gone {
    /// The peer closed its connection, or gave up the request.
    Ended,
    /// The connection failed.
    Reset,
    /// A WebSocket close frame; the driver has answered it.
    Closed(Option<CloseCode>),
    /// The peer broke the WebSocket protocol or one of its limits; the driver has told it so.
    Broken(ReadError),
    /// What was handed out was not taken within the driver's write timeout.
    TooSlow,
}

/// What a session wants done.
#[derive(Debug)]
pub enum Output {
    /// Answer a request. Once for each exchange, ahead of everything else on it.
    Respond {
        /// Which.
        exchange: ExchangeId,
        /// Status, headers and what follows.
        response: Response<Body>,
    },
    /// Write to a stream or WebSocket. At most one write is outstanding on an exchange, the response included.
    Write {
        /// Where.
        exchange: ExchangeId,
        /// What, dressed for the wire.
        chunk: Chunk,
    },
    /// End a stream or WebSocket once everything handed out is written. Nothing follows for this exchange, in either
    /// direction. The close frame of a WebSocket is the session's affair: where there is one, it stands at the end of what
    /// was handed out, and the driver adds none of its own; it waits a moment for the peer's and closes.
    Finish {
        /// Which.
        exchange: ExchangeId,
    },
    /// Something the application has to know.
    Event(Event),
    /// The last output: the session is over, drop it. Exchanges that were handed their end are still written out.
    Forget,
}

/// What follows the head of a response.
#[derive(Debug)]
pub enum Body {
    /// All of it: the exchange is over when it is written.
    Whole(Chunk),
    /// A beginning (possibly empty), to be continued by [`Output::Write`] and ended by [`Output::Finish`].
    Stream(Chunk),
    /// The connection becomes a WebSocket. The driver completes the handshake, then reports it as written.
    WebSocket(Accept),
}

/// Bytes for one write: a few shared pieces, in order.
///
/// On a stream each piece is one message or the prelude. A driver that chunks the response makes each piece a chunk of its
/// own, because some clients were only ever tested so; all chunks of one write can leave together.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    pieces: SmallVec<[Bytes; 3]>,
}

impl Chunk {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { pieces: SmallVec::new_const() }
    }

    /// Appends a piece; empty ones are left out.
    pub fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.pieces.push(piece);
        }
    }

    /// The length of all pieces together, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The pieces.
    #[must_use]
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// All pieces joined: a shared one if it is the only one, else a copy.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self.pieces.as_slice() {
            [] => Bytes::new(),
            [only] => only.clone(),
            several => several.concat().into(),
        }
    }
}

impl<B: Into<Bytes>> From<B> for Chunk {
    fn from(piece: B) -> Self {
        let mut chunk = Self::new();
        chunk.push(piece.into());
        chunk
    }
}

impl IntoIterator for Chunk {
    type Item = Bytes;
    type IntoIter = smallvec::IntoIter<[Bytes; 3]>;

    fn into_iter(self) -> Self::IntoIter {
        self.pieces.into_iter()
    }
}
