//! What a transport of SockJS is: a way to dress frames for one kind of exchange.
//!
//! A transport holds no state. What it has to know of a request beyond its own rules is read once, when the request arrives,
//! into a [`Dressing`]. A new transport is one file with one such value, and one line in [`LIST`].

use std::fmt;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, header};
use longwire_codec::sockjs::{Callback, Dress, Frame, jsonp};
use longwire_codec::websocket::Framing;
use longwire_codec::{Outbound, WireFormat};

use super::config::Config;
use super::headers::{self, Readers};
use super::{eventsource, htmlfile, jsonp_polling, raw_websocket, websocket, xhr_polling, xhr_streaming};
use crate::http_parts::{X_ACCEL_BUFFERING, query_of, whole};
use crate::{Body, Chunk};

/// Every transport, in the order in which sockjs-client tries them.
pub(super) static LIST: [&dyn Transport; 7] = [
    &websocket::WebSocket,
    &raw_websocket::RawWebSocket,
    &xhr_streaming::XhrStreaming,
    &eventsource::EventSource,
    &htmlfile::HtmlFile,
    &xhr_polling::XhrPolling,
    &jsonp_polling::JsonpPolling,
];

/// The transport of that name.
pub(super) fn find(name: &str) -> Option<&'static dyn Transport> {
    LIST.iter().find(|transport| transport.name() == name).copied()
}

/// See the [module](self).
pub(super) trait Transport: Sync + fmt::Debug {
    /// As sockjs-client calls it.
    fn name(&self) -> &'static str;

    /// The last part of its path.
    fn path(&self) -> &'static str;

    /// The name under which it is switched on and off.
    fn switch(&self) -> &'static str {
        self.name()
    }

    /// How long one exchange serves.
    fn lifetime(&self) -> Lifetime;

    /// What frames look like on it.
    fn wire(&self) -> Wire;

    /// The method of its requests.
    fn method(&self) -> Method {
        Method::GET
    }

    /// Whether pages of other origins read its answers, so that they have CORS headers.
    fn has_cors(&self) -> bool {
        false
    }

    /// Whether a request tells by a header which page it comes from. Requests for scripts and pages do not.
    fn tells_origin(&self) -> bool {
        true
    }

    /// Which path takes what clients on this transport say; none where they say it on the same exchange.
    fn sends_by(&self) -> Option<&'static str> {
        Some("xhr_send")
    }

    /// How long the name of a callback may be; none where there is no callback.
    fn longest_callback(&self) -> Option<usize> {
        None
    }

    /// Puts the headers of its own into an answer.
    fn dress(&self, _headers: &mut HeaderMap) {}

    /// What a stream begins with.
    fn prelude(&self, _dressing: &Dressing) -> Bytes {
        Bytes::new()
    }
}

/// How long an exchange of a transport serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// A request that is held until there is one frame to tell.
    Poll,
    /// A response that ends when it has carried enough.
    Stream,
    /// A WebSocket, which also takes what the client says.
    WebSocket,
}

/// What frames look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// In a response, dressed so.
    Http(Dress),
    /// Each a message of a WebSocket.
    WebSocket,
    /// There are none: a message is a message, and the session says nothing by itself.
    Raw,
}

impl Wire {
    /// What the session itself says.
    pub(super) fn frame(self, framing: Framing, frame: &Frame) -> Bytes {
        match self {
            Self::Http(dress) => dress.wrap(&frame.encode()),
            Self::WebSocket => framing.text(&frame.encode()),
            Self::Raw => Bytes::new(),
        }
    }

    /// A message as a frame of its own, shared by all who get it.
    pub(super) fn message(self, framing: Framing, message: &Outbound) -> Bytes {
        let format = match (self, framing) {
            (Self::Http(dress), _) => dress.form(),
            (Self::WebSocket, Framing::Rfc6455) => WireFormat::SOCKJS_WEBSOCKET,
            (Self::WebSocket, Framing::Hixie) => WireFormat::SOCKJS_HIXIE,
            (Self::Raw, Framing::Rfc6455) => WireFormat::SOCKJS_RAW_WEBSOCKET,
            (Self::Raw, Framing::Hixie) => WireFormat::SOCKJS_RAW_HIXIE,
        };
        message.form(format).clone()
    }
}

/// What a transport has to remember of a request until it is answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Dressing {
    /// Who may read the answer.
    readers: Readers,
    /// The cookie it is answered with.
    cookie: Option<HeaderValue>,
    /// The callback of a script or page.
    pub(super) callback: Option<Callback>,
}

impl Dressing {
    /// Reads it from a request that sends, or from one without a callback.
    pub(super) fn new(head: &Parts, config: &Config) -> Self {
        Self {
            readers: Readers::of(&config.origins, &head.headers),
            cookie: headers::cookie(config, head),
            callback: None,
        }
    }

    /// Reads it from a request on a transport.
    pub(super) fn of(transport: &dyn Transport, head: &Parts, config: &Config) -> Self {
        let callback = transport.longest_callback().and_then(|_| Callback::parse(query_of(head)).ok());
        Self { callback, ..Self::new(head, config) }
    }

    /// Puts the headers that all answers of a session have into one.
    pub(super) fn apply(&self, has_cors: bool, headers: &mut HeaderMap) {
        headers::no_cache(headers);
        if has_cors {
            self.readers.apply(headers);
        }
        if let Some(cookie) = &self.cookie {
            headers.insert(header::SET_COOKIE, cookie.clone());
        }
    }
}

/// The answer to a poll: one frame.
pub(super) fn poll_answer(transport: &dyn Transport, dressing: &Dressing, frame: Bytes) -> Response<Body> {
    let mut chunk = Chunk::new();
    chunk.push(dressing.callback.as_ref().map(jsonp::opening).unwrap_or_default());
    chunk.push(frame);
    whole(answer_head(transport, dressing), chunk).map(Body::Whole)
}

/// The beginning of a stream. Each frame is a piece of its own.
pub(super) fn stream_answer(transport: &dyn Transport, dressing: &Dressing, frames: Chunk) -> Response<Body> {
    let mut chunk = Chunk::from(transport.prelude(dressing));
    for frame in frames {
        chunk.push(frame);
    }
    let mut response = answer_head(transport, dressing);
    response.headers_mut().insert(&X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response.map(|()| Body::Stream(chunk))
}

fn answer_head(transport: &dyn Transport, dressing: &Dressing) -> Response<()> {
    let mut response = Response::new(());
    dressing.apply(transport.has_cors(), response.headers_mut());
    transport.dress(response.headers_mut());
    response
}
