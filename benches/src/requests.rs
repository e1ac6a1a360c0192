//! Requests as the browsers of revision 1 make them, both as values and as text.

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};

/// The headers that a browser puts into every request to another origin.
const HEADERS: [(&str, &str); 8] = [
    ("host", "127.0.0.1"),
    ("user-agent", "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:10.0) Gecko/20100101 Firefox/10.0"),
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-us,en;q=0.5"),
    ("accept-encoding", "gzip, deflate"),
    ("connection", "keep-alive"),
    ("referer", "http://www.example.org/chat"),
    ("origin", "http://www.example.org"),
];

/// The headers that make a request an upgrade.
const UPGRADE: [(&str, &str); 4] = [
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// A request that is not sent yet.
#[derive(Clone, Debug)]
pub struct Draft {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Draft {
    fn new(method: Method, target: String) -> Self {
        let headers = HEADERS.map(|(name, value)| (name, value.to_owned())).into();
        Self { method, target, headers, body: Bytes::new() }
    }

    /// Asks for a session.
    #[must_use]
    pub fn handshake() -> Self {
        Self::new(Method::GET, "/socket.io/1/?t=1330000000000".to_owned())
    }

    /// Waits for packets.
    #[must_use]
    pub fn poll(id: &str) -> Self {
        Self::new(Method::GET, format!("/socket.io/1/xhr-polling/{id}?t=1330000000000"))
    }

    /// Sends packets.
    #[must_use]
    pub fn post(id: &str, body: impl Into<Bytes>) -> Self {
        let mut draft = Self::new(Method::POST, format!("/socket.io/1/xhr-polling/{id}?t=1330000000000"));
        draft.body = body.into();
        draft.headers.push(("content-type", "text/plain;charset=UTF-8".to_owned()));
        draft.headers.push(("content-length", draft.body.len().to_string()));
        draft
    }

    /// Opens a WebSocket.
    #[must_use]
    pub fn upgrade(id: &str) -> Self {
        let mut draft = Self::new(Method::GET, format!("/socket.io/1/websocket/{id}"));
        draft.headers.retain(|(name, _)| *name != "connection");
        draft.headers.extend(UPGRADE.map(|(name, value)| (name, value.to_owned())));
        draft
    }

    /// As a driver hands it to a session.
    ///
    /// # Panics
    ///
    /// When the session id cannot stand in a target.
    #[must_use]
    pub fn to_request(&self) -> Request<Bytes> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.parse().expect("a target that a browser could write");
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(value).expect("a value that a browser could write");
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
        request
    }

    /// As it stands on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").expect("writing to a String cannot fail");
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat().into()
    }
}
