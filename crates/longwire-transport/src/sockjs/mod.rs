//! Sessions of SockJS 0.3.3, the protocol of sockjs-client 0.3 to 1.6.
//!
//! [`SockJs`] is one service with its [`Config`]: everything below one prefix. Services share nothing, so a session id means
//! something below its own prefix only. A client asks `PREFIX/info`, chooses a transport and an id, and goes on under
//! `PREFIX/SERVER/ID/TRANSPORT`; each transport is one file here.
//!
//! | transport | path | the client hears by | and speaks by |
//! | --- | --- | --- | --- |
//! | `websocket` | `websocket` | WebSocket | WebSocket |
//! | `raw-websocket` | `PREFIX/websocket` | WebSocket without frames of SockJS | WebSocket |
//! | `xhr-streaming` | `xhr_streaming` | an endless response | `xhr_send` |
//! | `eventsource` | `eventsource` | an endless response | `xhr_send` |
//! | `htmlfile` | `htmlfile` | an endless page | `xhr_send` |
//! | `xhr-polling` | `xhr` | held POSTs | `xhr_send` |
//! | `jsonp-polling` | `jsonp` | held scripts | `jsonp_send` |
//!
//! The sending requests are routed like exchanges of transports of their own, `xhr-send` and `jsonp-send`. Those that hear
//! open a session when nobody has its id, those that send never do. The id of a WebSocket's session is the driver's: what
//! stands in its path means nothing.

mod answers;
mod closing;
mod config;
mod eventsource;
mod headers;
mod heartbeat;
mod htmlfile;
mod incoming;
mod jsonp_polling;
mod jsonp_send;
mod raw_websocket;
mod receiver;
mod refusal;
mod routes;
mod sender;
mod session;
mod transport;
mod websocket;
mod writing;
mod xhr_polling;
mod xhr_send;
mod xhr_streaming;

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Response;
use http::request::Parts;
use longwire_codec::sockjs::iframe::Page;
use longwire_codec::sockjs::path::Prefix;

pub use self::config::{Config, ConfigError};
use self::refusal::RefusedSession;
use self::session::SockJsSession;
use crate::{Chunk, Moment, Protocol, Refusal, Rejection, Route, Session, SessionId};

/// One service, ready to route requests and open sessions.
///
/// ```
/// use http::Request;
/// use longwire_transport::sockjs::{Config, SockJs};
/// use longwire_transport::{Protocol, Route};
///
/// let echo = SockJs::new(Config::default().prefix("/echo").response_limit(4096))?;
/// let (head, ()) = Request::post("/echo/000/abc/xhr").body(())?.into_parts();
/// assert!(matches!(echo.route(&head), Route::Join { transport: "xhr-polling", create: true, .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SockJs {
    config: Arc<Config>,
    prefix: Prefix,
    page: Page,
}

impl SockJs {
    /// Takes a configuration.
    ///
    /// # Errors
    ///
    /// When clients could not live with it: see [`Config::check`].
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let (prefix, page) = (Prefix::new(&config.prefix), Page::new(&config.client_url));
        Ok(Self { config: Arc::new(config), prefix, page })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}

impl Default for SockJs {
    fn default() -> Self {
        Self::new(Config::default()).expect("the default configuration passes its own check")
    }
}

impl Protocol for SockJs {
    fn name(&self) -> &'static str {
        "sockjs"
    }

    fn route(&self, head: &Parts) -> Route {
        routes::route(&self.config, &self.prefix, head)
    }

    fn answer(&self, head: &Parts, moment: Moment) -> Response<Chunk> {
        routes::answer(self, head, moment)
    }

    /// No request of SockJS is a handshake.
    fn accept(&self, _id: &SessionId, _head: &Parts) -> Response<Chunk> {
        answers::not_found()
    }

    fn reject(&self, head: &Parts, why: Rejection) -> Response<Chunk> {
        answers::reject(&self.config, head, why, routes::has_cors(&self.prefix, head))
    }

    fn open(&self, now: Instant, _id: &SessionId) -> Box<dyn Session> {
        Box::new(SockJsSession::new(now, Arc::clone(&self.config)))
    }

    fn refuse(&self, now: Instant, why: Refusal) -> Box<dyn Session> {
        Box::new(RefusedSession::new(now, Arc::clone(&self.config), why))
    }

    fn open_limit(&self) -> Duration {
        self.config.disconnect_delay
    }
}
