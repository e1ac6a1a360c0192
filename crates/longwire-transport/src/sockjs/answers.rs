//! Answers that need no session: what a service tells about itself, and refusals.

use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};
use longwire_codec::sockjs::iframe::Page;
use longwire_codec::sockjs::info::Info;

use super::config::Config;
use super::headers::{self, HTML, Readers, TEXT, cache, no_cache};
use crate::http_parts::whole;
use crate::{Chunk, Moment, Rejection};

/// What stands at the prefix itself.
pub(super) fn greeting(head: &Parts) -> Response<Chunk> {
    without_body_for_head(head, text(StatusCode::OK, "Welcome to SockJS!\n"))
}

/// What the service can do.
pub(super) fn info(config: &Config, head: &Parts, moment: Moment) -> Response<Chunk> {
    let info = Info {
        websocket: config.serves_any(|transport| transport.name() == "websocket"),
        cookie_needed: config.cookie,
        entropy: moment.entropy,
        base_url: config.base_url.as_deref(),
    };
    let mut response = whole(Response::new(()), info.encode().into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    no_cache(headers);
    Readers::of(&config.origins, &head.headers).apply(headers);
    without_body_for_head(head, response)
}

/// The page for hidden frames.
pub(super) fn iframe(page: &Page, head: &Parts, moment: Moment) -> Response<Chunk> {
    let known = headers::text_of(&head.headers, &header::IF_NONE_MATCH).is_some_and(|tags| page.is_known(tags));
    let mut response = if known {
        let mut response = Response::new(Chunk::new());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let mut response = whole(Response::new(()), page.body().clone().into());
        response.headers_mut().insert(header::CONTENT_TYPE, HTML);
        response
    };
    let headers = response.headers_mut();
    cache(moment.date, headers);
    headers.insert(header::ETAG, HeaderValue::try_from(page.etag()).expect("quoted digits are a header value"));
    without_body_for_head(head, response)
}

/// What browsers ask ahead of a cross-origin request that is not a simple one.
pub(super) fn preflight(config: &Config, head: &Parts, moment: Moment, method: &Method) -> Response<Chunk> {
    let mut response = Response::new(Chunk::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    cache(moment.date, headers);
    Readers::of(&config.origins, &head.headers).apply(headers);
    let methods = if *method == Method::POST { "OPTIONS, POST" } else { "OPTIONS, GET" };
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("31536000"));
    response
}

/// Nothing is here.
pub(super) fn not_found() -> Response<Chunk> {
    text(StatusCode::NOT_FOUND, "404 Error: Page not found\n")
}

/// A method that has no meaning here. The official suite wants no type and no body.
pub(super) fn bad_method(allowed: &'static str) -> Response<Chunk> {
    let mut response = whole(Response::new(()), Chunk::new());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// A page from an origin that is not on the list.
pub(super) fn bad_origin() -> Response<Chunk> {
    let mut response = text(StatusCode::FORBIDDEN, "403 Error: Origin not allowed\n");
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    no_cache(headers);
    response
}

/// A request that is wrong by itself.
pub(super) fn bad_request(words: String) -> Response<Chunk> {
    let mut response = text(StatusCode::INTERNAL_SERVER_ERROR, words);
    no_cache(response.headers_mut());
    response
}

/// Turns a request away that has no session, or whose body cannot be had.
pub(super) fn reject(config: &Config, head: &Parts, why: Rejection, has_cors: bool) -> Response<Chunk> {
    let (status, words) = match why {
        Rejection::Unauthorized => (StatusCode::FORBIDDEN, "Unauthorized.\n"),
        Rejection::AuthorizationFailed => (StatusCode::INTERNAL_SERVER_ERROR, "Authorization failed.\n"),
        Rejection::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service unavailable.\n"),
        Rejection::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Body too large.\n"),
        Rejection::TooSlow => (StatusCode::REQUEST_TIMEOUT, "Body too slow.\n"),
        Rejection::BadBody => (StatusCode::BAD_REQUEST, "Bad body.\n"),
    };
    let mut response = text(status, words);
    let headers = response.headers_mut();
    no_cache(headers);
    if has_cors {
        Readers::of(&config.origins, &head.headers).apply(headers);
    }
    match why {
        Rejection::Unavailable => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(config.retry_after.as_secs().max(1)));
        }
        // The rest of the body may still be on its way, and is not read.
        Rejection::TooLarge | Rejection::TooSlow | Rejection::BadBody => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Rejection::Unauthorized | Rejection::AuthorizationFailed => {}
    }
    response
}

/// An answer of plain text.
pub(super) fn text(status: StatusCode, words: impl Into<bytes::Bytes>) -> Response<Chunk> {
    let mut response = whole(Response::new(()), Chunk::from(words));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, TEXT);
    response
}

fn without_body_for_head(head: &Parts, response: Response<Chunk>) -> Response<Chunk> {
    response.map(|body| if head.method == Method::HEAD { Chunk::new() } else { body })
}
