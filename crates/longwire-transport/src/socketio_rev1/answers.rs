//! Answers that need no session: handshakes, refusals, and the odd requests.
//!
//! The texts are those of socket.io 0.9.19 (`lib/manager.js`), because the browser client hands them to the page. What it does
//! next depends on the status: behind a 403 it never comes back, behind any other it may.

use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use longwire_codec::socketio_rev1::{handshake, jsonp};
use longwire_codec::websocket::HandshakeError;

use super::config::{Config, told_seconds};
use super::routes::jsonp_index;
use crate::http_parts::whole;
use crate::origin::Cors;
use crate::{Chunk, Rejection, SessionId};

/// The methods of everything that answers cross-origin requests.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, OPTIONS");

/// Tells a client its id.
pub(super) fn handshake(config: &Config, id: &SessionId, head: &Parts) -> Response<Chunk> {
    let body = handshake::Handshake {
        id: id.as_str(),
        heartbeat_timeout: config.heartbeat_timeout,
        close_timeout: config.close_timeout,
        transports: config.announced_transports(),
    }
    .encode();
    match jsonp_index(head) {
        Some(index) => script(jsonp::call(index, &body).into()),
        None => text(config, head, StatusCode::OK, body.into()),
    }
}

/// Turns a request away. A handshake by JSONP can only be told by a script with status 200.
pub(super) fn reject(config: &Config, head: &Parts, why: Rejection, is_handshake: bool) -> Response<Chunk> {
    let (status, words) = match why {
        Rejection::Unauthorized => (StatusCode::FORBIDDEN, "handshake unauthorized"),
        Rejection::AuthorizationFailed => (StatusCode::INTERNAL_SERVER_ERROR, "handshake error"),
        Rejection::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "service unavailable"),
        Rejection::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body too large"),
        Rejection::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body too slow"),
        Rejection::BadBody => (StatusCode::BAD_REQUEST, "bad body"),
    };
    let mut response = refuse(config, head, status, words, is_handshake);
    let headers = response.headers_mut();
    match why {
        Rejection::Unavailable => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(told_seconds(config.retry_after)));
        }
        // The rest of the body may still be on its way, and is not read.
        Rejection::TooLarge | Rejection::TooSlow | Rejection::BadBody => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Rejection::Unauthorized | Rejection::AuthorizationFailed => {}
    }
    response
}

/// A page from an origin that is not on the list. It gets no CORS headers.
pub(super) fn bad_origin(config: &Config, head: &Parts, is_handshake: bool) -> Response<Chunk> {
    refuse(config, head, StatusCode::FORBIDDEN, "handshake bad origin", is_handshake)
}

/// What stands at the root of the resource.
pub(super) fn welcome(config: &Config, head: &Parts) -> Response<Chunk> {
    text(config, head, StatusCode::OK, Chunk::from("Welcome to socket.io."))
}

/// A revision that nobody speaks.
pub(super) fn unsupported_revision(config: &Config, head: &Parts) -> Response<Chunk> {
    text(config, head, StatusCode::INTERNAL_SERVER_ERROR, "Protocol version not supported.".into())
}

/// A request that makes no sense on its path. Whatever session it names is left alone.
pub(super) fn bad_request(config: &Config, head: &Parts, words: &'static str) -> Response<Chunk> {
    text(config, head, StatusCode::BAD_REQUEST, words.into())
}

/// Come back later.
pub(super) fn unavailable(config: &Config, head: &Parts) -> Response<Chunk> {
    reject(config, head, Rejection::Unavailable, false)
}

/// A method that has no meaning.
pub(super) fn bad_method(config: &Config, head: &Parts) -> Response<Chunk> {
    let mut response = text(config, head, StatusCode::METHOD_NOT_ALLOWED, Chunk::new());
    response.headers_mut().insert(header::ALLOW, METHODS);
    response
}

/// What browsers ask ahead of a cross-origin request that is not a simple one.
pub(super) fn preflight(config: &Config, head: &Parts) -> Response<Chunk> {
    let mut response = Response::new(Chunk::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let cors = config.origins.cors(&head.headers);
    let headers = response.headers_mut();
    cors.apply(headers);
    headers.insert(header::ALLOW, METHODS);
    if cors != Cors::Nobody {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
        if let Some(asked) = head.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
    }
    response
}

/// A WebSocket handshake that cannot be accepted.
pub(super) fn bad_upgrade(error: &HandshakeError) -> Response<Chunk> {
    whole(error.refusal(), Chunk::new())
}

/// A disconnect request was taken; nobody reads this.
pub(super) fn disconnected(cors: &Cors) -> Response<Chunk> {
    let mut response = Response::new(());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    cors.apply(response.headers_mut());
    whole(response, Chunk::new())
}

fn refuse(
    config: &Config,
    head: &Parts,
    status: StatusCode,
    words: &'static str,
    is_handshake: bool,
) -> Response<Chunk> {
    match jsonp_index(head).filter(|_| is_handshake) {
        Some(index) => script(jsonp::call_with_error(index, words).into()),
        None => text(config, head, status, words.into()),
    }
}

fn text(config: &Config, head: &Parts, status: StatusCode, body: Chunk) -> Response<Chunk> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    config.origins.cors(&head.headers).apply(headers);
    whole(response, body)
}

fn script(body: Chunk) -> Response<Chunk> {
    let mut response = Response::new(());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/javascript"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    whole(response, body)
}
