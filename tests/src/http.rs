//! HTTP/1.1 as a client writes and reads it: nothing is added, nothing is hidden.

use std::fmt::Write as _;

use crate::Connection;

/// A request, header by header.
#[derive(Clone, Debug)]
pub struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    /// A request with its `Host` header.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self::of_version(method, target, "HTTP/1.1")
    }

    /// The same in another version.
    #[must_use]
    pub fn of_version(method: &str, target: &str, version: &str) -> Self {
        Self::bare(method, target, version).header("Host", "example.com")
    }

    /// A request without any header.
    #[must_use]
    pub fn bare(method: &str, target: &str, version: &str) -> Self {
        Self { head: format!("{method} {target} {version}\r\n"), body: Vec::new() }
    }

    /// A GET.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A POST with a body and its length.
    #[must_use]
    pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::new("POST", target).header("Content-Length", body.len()).body(body)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        let _ = write!(self.head, "{name}: {value}\r\n");
        self
    }

    /// Sets what follows the head, and adds no header for it.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// A response with its headers as they stood on the wire.
#[derive(Clone, Debug)]
pub struct Response {
    /// `HTTP/1.1`
    pub version: String,
    /// The status.
    pub status: u16,
    /// The words behind it.
    pub reason: String,
    /// Names and values in the order and case of the wire.
    pub headers: Vec<(String, String)>,
    /// How the end of the body was told.
    pub framing: Framing,
    /// The body; of a head that was read alone, nothing.
    pub body: Vec<u8>,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body: 101, 204, 304.
    None,
    /// `Content-Length`.
    Length(usize),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// The end of the connection.
    Close,
}

impl Response {
    fn parse(head: &[u8]) -> Self {
        let head = std::str::from_utf8(head).expect("a head of text");
        let mut lines = head.split("\r\n");
        let mut status_line = lines.next().unwrap_or_default().splitn(3, ' ');
        let mut field = || status_line.next().unwrap_or_else(|| panic!("no status line in {head:?}")).to_owned();
        let (version, status, reason) = (field(), field(), field());
        let headers: Vec<(String, String)> = lines
            .take_while(|line| !line.is_empty())
            .map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())))
            .map(|header| header.unwrap_or_else(|| panic!("a header without a name in {head:?}")))
            .collect();
        let status = status.parse().expect("a status of digits");
        let mut response = Self { version, status, reason, headers, framing: Framing::None, body: Vec::new() };
        response.framing = response.find_framing();
        response
    }

    fn find_framing(&self) -> Framing {
        if matches!(self.status, 101 | 204 | 304) {
            Framing::None
        } else if self.header("Transfer-Encoding").is_some_and(|coding| coding == "chunked") {
            Framing::Chunked
        } else if let Some(length) = self.header("Content-Length") {
            Framing::Length(length.parse().expect("a length of digits"))
        } else {
            Framing::Close
        }
    }

    /// The value of a header that may be there once.
    ///
    /// # Panics
    ///
    /// When it is there twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let value = values.next();
        assert!(values.next().is_none(), "{name} twice in {:?}", self.headers);
        value.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }

    /// Checks the status and the body at once, which is what most tests want to see when it goes wrong.
    ///
    /// # Panics
    ///
    /// When they are others.
    #[track_caller]
    pub fn assert(&self, status: u16, body: &str) {
        assert_eq!((self.status, self.text()), (status, body), "{:?}", self.headers);
    }
}

impl Connection {
    /// Sends a request and reads its response.
    pub async fn request(&mut self, request: &Request) -> Response {
        self.send(request.to_bytes()).await;
        self.response().await
    }

    /// A GET.
    pub async fn get(&mut self, target: &str) -> Response {
        self.request(&Request::get(target)).await
    }

    /// A POST.
    pub async fn post(&mut self, target: &str, body: impl Into<Vec<u8>>) -> Response {
        self.request(&Request::post(target, body)).await
    }

    /// Reads a response.
    ///
    /// # Panics
    ///
    /// When the connection ends without one.
    pub async fn response(&mut self) -> Response {
        self.try_response().await.expect("a response, and not the end of the connection")
    }

    /// Reads a response; nothing if the connection ends without one.
    pub async fn try_response(&mut self) -> Option<Response> {
        let mut response = self.try_head().await?;
        response.body = match response.framing {
            Framing::None => Vec::new(),
            Framing::Length(length) => self.exactly(length).await,
            Framing::Close => self.rest().await,
            Framing::Chunked => {
                let mut body = Vec::new();
                while let Some(chunk) = self.chunk().await {
                    body.extend(chunk);
                }
                body
            }
        };
        Some(response)
    }

    /// Reads the head of a response whose body does not end, or needs a closer look.
    ///
    /// # Panics
    ///
    /// When the connection ends without one.
    pub async fn head(&mut self) -> Response {
        self.try_head().await.expect("the head of a response, and not the end of the connection")
    }

    async fn try_head(&mut self) -> Option<Response> {
        Some(Response::parse(&self.up_to(b"\r\n\r\n").await?))
    }

    /// The next chunk of a chunked body; nothing at its end.
    ///
    /// # Panics
    ///
    /// When it is no chunk.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.up_to(b"\r\n").await.expect("the size of a chunk");
        let size = std::str::from_utf8(&line).ok().and_then(|line| usize::from_str_radix(line.trim_end(), 16).ok());
        let size = size.unwrap_or_else(|| panic!("{line:?} is no size of a chunk"));
        let mut chunk = self.exactly(size + 2).await;
        assert_eq!(chunk.split_off(size), b"\r\n");
        (size > 0).then_some(chunk)
    }
}
