//! Where a request belongs, by method, target and headers alone.
//!
//! What is wrong with a request by its head is answered here, ahead of its session: a bad callback or a broken upgrade opens
//! none, and does none any harm. The origin is checked on every request, whatever its transport.

use http::request::Parts;
use http::{Method, Response, header};
use longwire_codec::sockjs::Callback;
use longwire_codec::sockjs::jsonp::CallbackError;
use longwire_codec::sockjs::path::{self, Prefix};

use super::config::Config;
use super::sender::{self, Sender};
use super::transport::{self, Lifetime, Transport};
use super::{SockJs, answers, headers, raw_websocket, websocket};
use crate::http_parts::query_of;
use crate::{Chunk, Moment, Route, SessionId};

/// Something that can stand behind a session id.
#[derive(Clone, Copy, Debug)]
enum Endpoint {
    Receives(&'static dyn Transport),
    Sends(&'static dyn Sender),
}

impl Endpoint {
    /// The one that `path` names, if it is served.
    fn find(config: &Config, path: &str) -> Option<Self> {
        let named = |transport: &&&'static dyn Transport| transport.path() == path && config.serves(**transport);
        if let Some(transport) = transport::LIST.iter().find(named).filter(|_| !path.is_empty()) {
            return Some(Self::Receives(*transport));
        }
        let sender = sender::LIST.iter().find(|sender| sender.path() == path)?;
        config.serves_any(|transport| transport.sends_by() == Some(path)).then_some(Self::Sends(*sender))
    }

    fn has_cors(self) -> bool {
        match self {
            Self::Receives(transport) => transport.has_cors(),
            Self::Sends(sender) => sender.has_cors(),
        }
    }

    fn method(self) -> Method {
        match self {
            Self::Receives(transport) => transport.method(),
            Self::Sends(_) => Method::POST,
        }
    }

    /// For a request by another method.
    fn allowed(self) -> &'static str {
        match (self.method() == Method::POST, self.has_preflight()) {
            (true, true) => "OPTIONS, POST",
            (true, false) => "POST",
            (false, _) => "GET",
        }
    }

    /// Whether a browser may ask ahead. A GET of ours never makes it ask.
    fn has_preflight(self) -> bool {
        self.has_cors() && self.method() == Method::POST
    }
}

/// Says where a request belongs.
pub(super) fn route(config: &Config, prefix: &Prefix, head: &Parts) -> Route {
    let is_reading = head.method == Method::GET || head.method == Method::HEAD;
    match prefix.route(head.uri.path()) {
        path::Route::NotMine => Route::NotMine,
        path::Route::Unknown => Route::Answer(answers::not_found()),
        path::Route::Greeting if is_reading => Route::Answer(answers::greeting(head)),
        path::Route::Info if !is_reading && head.method != Method::OPTIONS => {
            Route::Answer(answers::bad_method("OPTIONS, GET, HEAD"))
        }
        path::Route::Info if !config.origins.allow(&head.headers) => Route::Answer(answers::bad_origin()),
        path::Route::Info => Route::Now,
        path::Route::Iframe if !config.origins.is_any() => Route::Answer(answers::not_found()),
        path::Route::Iframe if is_reading => Route::Now,
        path::Route::Greeting | path::Route::Iframe => Route::Answer(answers::bad_method("GET, HEAD")),
        path::Route::RawWebSocket if config.serves(&raw_websocket::RawWebSocket) => {
            receive(config, &raw_websocket::RawWebSocket, "", head)
        }
        path::Route::RawWebSocket => Route::Answer(answers::not_found()),
        path::Route::Session { id, transport } => match Endpoint::find(config, transport) {
            Some(endpoint) => route_session(config, endpoint, id, head),
            None => Route::Answer(answers::not_found()),
        },
    }
}

/// The answer to a request that was routed as [`Route::Now`].
pub(super) fn answer(service: &SockJs, head: &Parts, moment: Moment) -> Response<Chunk> {
    let config = &service.config;
    let is_asking = head.method == Method::OPTIONS;
    match service.prefix.route(head.uri.path()) {
        path::Route::Info if is_asking => answers::preflight(config, head, moment, &Method::GET),
        path::Route::Info => answers::info(config, head, moment),
        path::Route::Iframe => answers::iframe(&service.page, head, moment),
        path::Route::Session { .. } if is_asking => {
            let mut response = answers::preflight(config, head, moment, &Method::POST);
            if let Some(cookie) = headers::cookie(config, head) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        path::Route::NotMine
        | path::Route::Greeting
        | path::Route::RawWebSocket
        | path::Route::Session { .. }
        | path::Route::Unknown => answers::not_found(),
    }
}

/// Whether the answers to a request have CORS headers, by its target.
pub(super) fn has_cors(prefix: &Prefix, head: &Parts) -> bool {
    match prefix.route(head.uri.path()) {
        path::Route::Info => true,
        path::Route::Session { transport: path, .. } => {
            let receives = transport::LIST.iter().any(|transport| transport.path() == path && transport.has_cors());
            receives || sender::LIST.iter().any(|sender| sender.path() == path && sender.has_cors())
        }
        path::Route::NotMine
        | path::Route::Greeting
        | path::Route::Iframe
        | path::Route::RawWebSocket
        | path::Route::Unknown => false,
    }
}

fn route_session(config: &Config, endpoint: Endpoint, id: &str, head: &Parts) -> Route {
    let is_asking = endpoint.has_preflight() && head.method == Method::OPTIONS;
    if !is_asking && head.method != endpoint.method() {
        return Route::Answer(answers::bad_method(endpoint.allowed()));
    }
    match endpoint {
        Endpoint::Receives(transport) if !is_asking => receive(config, transport, id, head),
        Endpoint::Sends(_) | Endpoint::Receives(_) if !config.origins.allow(&head.headers) => {
            Route::Answer(answers::bad_origin())
        }
        Endpoint::Receives(_) => Route::Now,
        Endpoint::Sends(_) if is_asking => Route::Now,
        Endpoint::Sends(sender) => Route::Join { id: SessionId::new(id), transport: sender.name(), create: false },
    }
}

/// A request that hears what the session says.
fn receive(config: &Config, transport: &'static dyn Transport, id: &str, head: &Parts) -> Route {
    if head.method != transport.method() {
        return Route::Answer(answers::bad_method("GET"));
    }
    if !config.origins.allow(&head.headers) {
        return Route::Answer(answers::bad_origin());
    }
    if let Some(longest) = transport.longest_callback() {
        if let Err(error) = check_callback(head, longest) {
            return Route::Answer(answers::bad_request(error.to_string()));
        }
    }
    if transport.lifetime() == Lifetime::WebSocket {
        return match config.upgrades().handshake(head) {
            Ok(_) => Route::Open { transport: transport.name() },
            Err(error) => Route::Answer(websocket::refusal(&error, head)),
        };
    }
    Route::Join { id: SessionId::new(id), transport: transport.name(), create: true }
}

fn check_callback(head: &Parts, longest: usize) -> Result<(), CallbackError> {
    let callback = Callback::parse(query_of(head))?;
    if callback.as_str().len() > longest { Err(CallbackError::Invalid) } else { Ok(()) }
}
