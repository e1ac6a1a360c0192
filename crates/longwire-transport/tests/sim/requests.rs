//! Requests and settings that the tests begin with.

use std::time::Duration;

use http::{Request, Response};
use longwire_codec::{Outbound, Payload};
use longwire_transport::Chunk;
use longwire_transport::socketio_rev1::Config;

/// The id of the session in every test.
pub(crate) const SID: &str = "Yqx-8sOUK_gb5IZcXpHU";

/// Times that are easy to count with: polls 20 s, heartbeats every 25 s, both timeouts 60 s.
pub(crate) fn config() -> Config {
    Config::default().transports([
        "websocket",
        "flashsocket",
        "htmlfile",
        "xhr-multipart",
        "xhr-polling",
        "jsonp-polling",
    ])
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A GET on a transport of the session.
pub(crate) fn get(transport: &str) -> http::request::Builder {
    Request::get(format!("/socket.io/1/{transport}/{SID}?t=1&i=0")).header("host", "example.com")
}

/// A GET that asks for a WebSocket.
pub(crate) fn upgrade(transport: &str) -> http::request::Builder {
    get(transport)
        .header("upgrade", "websocket")
        .header("connection", "Upgrade")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

/// A GET that asks for a WebSocket of draft 76.
pub(crate) fn upgrade_76(transport: &str) -> http::request::Builder {
    get(transport)
        .header("upgrade", "WebSocket")
        .header("connection", "Upgrade")
        .header("origin", "http://a.example")
        .header("sec-websocket-key1", "4 @1  46546xW%0l 1 5")
        .header("sec-websocket-key2", "12998 5 Y3 1  .P00")
}

pub(crate) fn head(request: http::request::Builder) -> http::request::Parts {
    request.body(()).expect("a request").into_parts().0
}

pub(crate) fn text(message: &str) -> Outbound {
    Payload::from(message).into()
}

/// The body of an answer as text.
pub(crate) fn body(response: &Response<Chunk>) -> String {
    String::from_utf8(response.body().to_bytes().to_vec()).expect("text")
}
