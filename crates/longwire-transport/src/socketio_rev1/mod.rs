//! Sessions of Socket.IO protocol revision 1, the protocol of Socket.IO 0.7 to 0.9.
//!
//! [`Rev1`] is the protocol with its [`Config`]. A client makes a handshake, which gives it an id, and then opens one of six
//! transports under that id; each transport is one file here.
//!
//! | transport | the client hears by | and speaks by |
//! | --- | --- | --- |
//! | `websocket`, `flashsocket` | WebSocket | WebSocket |
//! | `htmlfile` | an endless page | POST |
//! | `xhr-multipart` | an endless multipart response | POST |
//! | `xhr-polling` | held GETs | POST |
//! | `jsonp-polling` | held scripts | POST of a form |
//!
//! A disconnect request is routed like an exchange of a transport of its own, named [`DISCONNECT`].

mod answers;
mod config;
mod farewell;
mod flashsocket;
mod heartbeat;
mod htmlfile;
mod incoming;
mod jsonp_polling;
mod receiver;
mod refusal;
mod retired;
mod routes;
mod session;
mod transport;
mod websocket;
mod writing;
mod xhr_multipart;
mod xhr_polling;

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Response;
use http::request::Parts;
use longwire_codec::socketio_rev1::path::Resource;

pub use self::config::{Config, ConfigError};
use self::refusal::RefusedSession;
use self::session::Rev1Session;
use crate::{Chunk, Protocol, Refusal, Rejection, Route, Session, SessionId};

/// The name under which a disconnect request is routed: the request that a page sends when it goes, with `disconnect` in its
/// query, whatever transport its path names.
pub const DISCONNECT: &str = "disconnect";

/// The protocol, ready to route requests and open sessions.
#[derive(Clone, Debug)]
pub struct Rev1 {
    config: Arc<Config>,
    resource: Resource,
}

impl Rev1 {
    /// Takes a configuration.
    ///
    /// # Errors
    ///
    /// When clients could not live with it: see [`Config::check`].
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { resource: Resource::new(&config.resource), config: Arc::new(config) })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}

impl Default for Rev1 {
    fn default() -> Self {
        Self::new(Config::default()).expect("the default configuration passes its own check")
    }
}

impl Protocol for Rev1 {
    fn name(&self) -> &'static str {
        "socketio_rev1"
    }

    fn route(&self, head: &Parts) -> Route {
        routes::route(&self.config, &self.resource, head)
    }

    fn accept(&self, id: &SessionId, head: &Parts) -> Response<Chunk> {
        answers::handshake(&self.config, id, head)
    }

    fn reject(&self, head: &Parts, why: Rejection) -> Response<Chunk> {
        answers::reject(&self.config, head, why, routes::asks_for_session(&self.resource, head))
    }

    fn open(&self, now: Instant, _id: &SessionId) -> Box<dyn Session> {
        Box::new(Rev1Session::new(now, Arc::clone(&self.config)))
    }

    fn refuse(&self, now: Instant, why: Refusal) -> Box<dyn Session> {
        Box::new(RefusedSession::new(now, Arc::clone(&self.config), why))
    }

    fn open_limit(&self) -> Duration {
        self.config.open_limit
    }
}
