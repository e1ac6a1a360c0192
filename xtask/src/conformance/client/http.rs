//! HTTP/1.1 as a client writes and reads it: nothing is added, nothing is hidden.

use std::fmt::{self, Write as _};

use super::super::check::{Failure, Outcome};
use super::super::context::{Context, show};
use super::tcp::Connection;

/// A request, header by header.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    /// A request with its `Host` header.
    pub(crate) fn new(cx: &Context, method: &str, target: &str) -> Self {
        Self::bare(method, target, "HTTP/1.1").header("Host", &cx.target.authority)
    }

    /// A request without any header.
    pub(crate) fn bare(method: &str, target: &str, version: &str) -> Self {
        Self { head: format!("{method} {target} {version}\r\n"), body: Vec::new() }
    }

    pub(crate) fn get(cx: &Context, target: &str) -> Self {
        Self::new(cx, "GET", target)
    }

    /// A POST with a body and its length.
    pub(crate) fn post(cx: &Context, target: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::new(cx, "POST", target).header("Content-Length", body.len()).body(body)
    }

    pub(crate) fn header(mut self, name: &str, value: impl fmt::Display) -> Self {
        let _ = write!(self.head, "{name}: {value}\r\n");
        self
    }

    /// Writes a header that is there in another way, or adds it.
    pub(crate) fn replace(self, name: &str, value: impl fmt::Display) -> Self {
        self.without(name).header(name, value)
    }

    /// Leaves a header out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        let is_it = |line: &str| line.split_once(':').is_some_and(|(other, _)| other.eq_ignore_ascii_case(name));
        self.head = self.head.split_inclusive("\r\n").filter(|line| !is_it(line)).collect();
        self
    }

    /// Sets what follows the head, and adds no header for it.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// A response with its headers as they stood on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// `HTTP/1.1`
    pub(crate) version: String,
    pub(crate) status: u16,
    /// The words behind it.
    pub(crate) reason: String,
    /// Names and values in the order and case of the wire.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) framing: Framing,
    /// The chunks of a chunked body that was read to its end.
    pub(crate) chunks: Vec<Vec<u8>>,
    /// The body; of a head that was read alone, nothing.
    pub(crate) body: Vec<u8>,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is no body: 101, 204, 304, or an answer to HEAD.
    None,
    /// `Content-Length`.
    Length(usize),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// The end of the connection.
    Close,
}

impl Response {
    fn parse(head: &[u8]) -> Result<Self, String> {
        let head = std::str::from_utf8(head).map_err(|error| format!("no text: {error}"))?;
        let mut lines = head.split("\r\n");
        let mut line = lines.next().unwrap_or_default().splitn(3, ' ');
        let version = line.next().unwrap_or_default().to_owned();
        if !version.starts_with("HTTP/1.") {
            return Err("no HTTP version".to_owned());
        }
        let status = line.next().unwrap_or_default();
        if status.len() != 3 || !status.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(format!("{status:?} is no status"));
        }
        let status = status.parse().map_err(|_| format!("{status:?} is no status"))?;
        let reason = line.next().unwrap_or_default().to_owned();
        let headers = lines.take_while(|line| !line.is_empty()).map(header).collect::<Result<Vec<_>, _>>()?;
        let mut response =
            Self { version, status, reason, headers, framing: Framing::None, chunks: Vec::new(), body: Vec::new() };
        response.framing = response.find_framing()?;
        Ok(response)
    }

    fn find_framing(&self) -> Result<Framing, String> {
        if matches!(self.status, 100..=199 | 204 | 304) {
            return Ok(Framing::None);
        }
        let coding = self.all("Transfer-Encoding");
        let length = self.all("Content-Length");
        match (coding.as_slice(), length.as_slice()) {
            ([coding], []) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
            ([], [length]) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
                length.parse().map(Framing::Length).map_err(|_| format!("{length:?} is no length"))
            }
            ([], []) => Ok(Framing::Close),
            _ => Err(format!("the length of the body is told by {coding:?} and {length:?}")),
        }
    }

    fn all(&self, name: &str) -> Vec<&str> {
        let values = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a header; of one that is there several times, all of them behind commas.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let all = self.all(name);
        if all.is_empty() { None } else { Some(all.join(", ")) }
    }

    /// The body as text; what is no UTF-8 shows as U+FFFD.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Demands a status and a body at once, which is what one wants to see when it goes wrong.
    pub(crate) fn expect(&self, cx: &Context, status: u16, body: &str) -> Outcome {
        let expected = format!("{status} {}", show(body.as_bytes()));
        let holds = self.status == status && self.body == body.as_bytes();
        cx.that(&expected, holds, self)
    }

    /// Demands a status.
    pub(crate) fn expect_status(&self, cx: &Context, status: u16) -> Outcome {
        cx.that(&status.to_string(), self.status == status, self)
    }

    /// Demands the value of a header, or that it is not there.
    pub(crate) fn expect_header(&self, cx: &Context, name: &str, value: Option<&str>) -> Outcome {
        cx.same(name, value, self.header(name).as_deref())
    }
}

/// Status and body, short.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, show(&self.body))
    }
}

fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(':').ok_or_else(|| format!("{line:?} is no header"))?;
    if name.is_empty() || name.contains(|character: char| character.is_whitespace()) {
        return Err(format!("{name:?} is no name of a header"));
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

impl Connection {
    /// Sends a request and reads its response.
    pub(crate) fn request(&mut self, request: &Request) -> Outcome<Response> {
        self.send(request.to_bytes())?;
        self.response()
    }

    pub(crate) fn get(&mut self, cx: &Context, target: &str) -> Outcome<Response> {
        self.request(&Request::get(cx, target))
    }

    pub(crate) fn post(&mut self, cx: &Context, target: &str, body: impl Into<Vec<u8>>) -> Outcome<Response> {
        self.request(&Request::post(cx, target, body))
    }

    /// Reads a response.
    pub(crate) fn response(&mut self) -> Outcome<Response> {
        let mut response = self.head()?;
        match response.framing {
            Framing::None => {}
            Framing::Length(length) => response.body = self.exactly(length)?,
            Framing::Close => response.body = self.rest()?,
            Framing::Chunked => {
                while let Some(chunk) = self.chunk()? {
                    response.body.extend_from_slice(&chunk);
                    response.chunks.push(chunk);
                }
            }
        }
        Ok(response)
    }

    /// Reads the head of a response whose body does not end, or needs a closer look.
    pub(crate) fn head(&mut self) -> Outcome<Response> {
        let head = self.up_to(b"\r\n\r\n", "a response")?;
        Response::parse(&head).map_err(|why| {
            let seen = format!("{}, {why}", show(&head));
            Failure::differs("the head of a response", seen)
        })
    }

    /// The next chunk of a chunked body; nothing at its end.
    pub(crate) fn chunk(&mut self) -> Outcome<Option<Vec<u8>>> {
        let line = self.up_to(b"\r\n", "a chunk")?;
        let size = std::str::from_utf8(&line).ok().map(|line| line.trim_end_matches("\r\n"));
        let size = size.filter(|size| size.len() < 16 && size.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.ok_or_else(|| Failure::differs("the size of a chunk", show(&line)))?;
        let mut chunk = self.exactly(size)?;
        let end = self.exactly(2)?;
        if end != b"\r\n" {
            chunk.extend(end);
            return Err(Failure::differs(format!("a line end behind a chunk of {size} bytes"), show(&chunk)));
        }
        Ok((size > 0).then_some(chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(head: &str) -> Result<Response, String> {
        Response::parse(head.as_bytes())
    }

    #[test]
    fn headers_of_a_request_are_replaced_and_left_out() {
        let request = Request::bare("GET", "/a:b", "HTTP/1.1").header("Upgrade", "a").header("X", 1);
        let bytes = request.replace("upgrade", "b").without("x").to_bytes();
        assert_eq!(bytes, b"GET /a:b HTTP/1.1\r\nupgrade: b\r\n\r\n");
    }

    #[test]
    fn a_head_is_read_as_it_stands() {
        let response = parse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A:b\r\nx-a: c \r\n\r\n").expect("it is one");
        assert_eq!((response.version.as_str(), response.status, response.reason.as_str()), ("HTTP/1.1", 200, "OK"));
        assert_eq!(response.framing, Framing::Length(3));
        assert_eq!(response.header("X-A").as_deref(), Some("b, c"));
        assert_eq!(response.header("X-B"), None);
    }

    #[test]
    fn the_end_of_a_body_is_told_in_one_way() {
        let framing = |headers: &str| parse(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n")).map(|head| head.framing);
        assert_eq!(framing("Transfer-Encoding: Chunked\r\n"), Ok(Framing::Chunked));
        assert_eq!(framing(""), Ok(Framing::Close));
        assert!(framing("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n").is_err());
        assert!(framing("Content-Length: 1\r\nContent-Length: 1\r\n").is_err());
        assert!(framing("Content-Length: +1\r\n").is_err());
        assert_eq!(parse("HTTP/1.1 204 No Content\r\n\r\n").map(|head| head.framing), Ok(Framing::None));
    }

    #[test]
    fn what_is_no_head_is_refused() {
        for head in ["SSH-2.0\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 +20 OK\r\n\r\n"] {
            assert!(parse(head).is_err(), "{head:?}");
        }
        assert!(parse("HTTP/1.1 200 OK\r\nno header\r\n\r\n").is_err());
        assert!(parse("HTTP/1.1 200 OK\r\na b: c\r\n\r\n").is_err());
    }
}
