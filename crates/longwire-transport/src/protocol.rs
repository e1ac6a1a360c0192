//! What a driver knows of a protocol: where requests belong, how sessions are made, how refusals are spelt.

use std::time::{Duration, Instant, SystemTime};

use http::Response;
use http::request::Parts;

use crate::{Chunk, Session, SessionId};

/// A protocol with its configuration. Pure: the same request always gets the same answer.
pub trait Protocol: Send + Sync + std::fmt::Debug {
    /// The protocol and its revision, for logs and metrics: `socketio_rev1`.
    fn name(&self) -> &'static str;

    /// Says where a request belongs, by method, target and headers alone.
    fn route(&self, head: &Parts) -> Route;

    /// The answer to a request that was routed as [`Route::Now`]. A protocol without such requests never hears of one.
    fn answer(&self, head: &Parts, moment: Moment) -> Response<Chunk> {
        let _ = (head, moment);
        Response::new(Chunk::new())
    }

    /// The answer to a request that was routed as [`Route::Handshake`] and authorized: it tells the client its id.
    fn accept(&self, id: &SessionId, head: &Parts) -> Response<Chunk>;

    /// Turns a request away that has no session, or whose body cannot be had.
    fn reject(&self, head: &Parts, why: Rejection) -> Response<Chunk>;

    /// A session for the first exchange of `id`.
    fn open(&self, now: Instant, id: &SessionId) -> Box<dyn Session>;

    /// A session for one exchange only that tells the client, in the words of its transport, that there is no session.
    fn refuse(&self, now: Instant, why: Refusal) -> Box<dyn Session>;

    /// How long an answered handshake may wait for its first transport.
    fn open_limit(&self) -> Duration;
}

/// What a driver knows at the moment of a request, and a protocol cannot know by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What the clock on the wall says.
    pub date: SystemTime,
    /// Random bits, fresh for each request, of a source that nobody can guess.
    pub entropy: u32,
}

/// Where a request belongs.
#[derive(Debug)]
pub enum Route {
    /// Not a request of this protocol.
    NotMine,
    /// Needs no session: here is the answer.
    Answer(Response<Chunk>),
    /// Needs no session either, but the moment: [`Protocol::answer`] has the answer.
    Now,
    /// Wants an id now and a transport later: authorize, then [`Protocol::accept`].
    Handshake,
    /// Opens a session with its first exchange, under an id that the driver makes: authorize, then [`Protocol::open`].
    Open {
        /// A name from the protocol's list of transports.
        transport: &'static str,
    },
    /// An exchange of a session.
    Join {
        /// Which session; what the client wrote, not checked further.
        id: SessionId,
        /// A name from the protocol's list of transports.
        transport: &'static str,
        /// Whether the client chooses ids: an unknown one then opens a session.
        create: bool,
    },
}

/// Why a request gets no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The application's authorization said no.
    Unauthorized,
    /// The application's authorization failed, or took too long.
    AuthorizationFailed,
    /// The server is at one of its limits, or about to stop.
    Unavailable,
    /// The body is longer than allowed.
    TooLarge,
    /// The body did not come in time.
    TooSlow,
    /// The body could not be read as HTTP.
    BadBody,
}

/// Why an exchange finds no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody knows that id.
    UnknownSession {
        /// The same id was refused a moment ago: the client may be spinning.
        again: bool,
    },
    /// Its session ended a moment ago: [`Session::remember_for`].
    Ended,
    /// The server is at one of its limits, or about to stop.
    Unavailable,
}
