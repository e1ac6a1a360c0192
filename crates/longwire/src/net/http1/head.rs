//! Requests as they are read: those that can be read in one way only, and all others.
//!
//! Strict on purpose. Every rule here sends a request to hyper, which decides what it is worth; none refuses anything.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use memchr::memchr_iter;
use memchr::memmem;

/// The largest head, in bytes. Less than any `header_bytes`.
const MOST_BYTES: usize = 4 << 10;
/// The most headers. Of `header_count` and this the lower one counts.
const MOST_HEADERS: usize = 48;
/// The most digits of a length; more than fit into the read buffer.
const MOST_DIGITS: usize = 5;

/// A whole request.
#[derive(Debug)]
pub(super) struct PlainRequest {
    pub(super) head: Parts,
    pub(super) body: Bytes,
    /// The head as it was read, for hyper.
    pub(super) head_bytes: Bytes,
    /// It has an `Upgrade` header.
    pub(super) wants_upgrade: bool,
}

impl PlainRequest {
    /// How many bytes of the connection it is.
    pub(super) fn len(&self) -> usize {
        self.head_bytes.len() + self.body.len()
    }

    /// What an answer needs of it; nothing else is kept while it waits.
    pub(super) fn into_parts(self: Box<Self>) -> (Parts, Bytes, bool) {
        (self.head, self.body, self.wants_upgrade)
    }
}

/// Takes the request that the bytes begin with; nothing if it is not there as a whole or should be looked at by hyper.
pub(super) fn parse(bytes: &[u8], header_count: usize) -> Option<PlainRequest> {
    let end = memmem::find(&bytes[..bytes.len().min(MOST_BYTES)], b"\r\n\r\n")? + 4;
    if !has_plain_lines(&bytes[..end]) {
        return None;
    }
    let head_bytes = Bytes::copy_from_slice(&bytes[..end]);
    let mut fields = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut line = httparse::Request::new(&mut fields);
    let is_whole =
        line.parse(&head_bytes).is_ok_and(|status| matches!(status, httparse::Status::Complete(at) if at == end));
    if !is_whole || line.version != Some(1) || line.headers.len() > header_count {
        return None;
    }
    let method = method(line.method?)?;
    let uri = uri(&head_bytes, line.path?)?;
    let headers = headers(&head_bytes, line.headers)?;
    let length = body_length(&method, &headers)?;
    if !is_plain(&headers) {
        return None;
    }
    let body = bytes[end..].get(..length).map(Bytes::copy_from_slice)?;
    let wants_upgrade = headers.contains_key(UPGRADE);
    let (mut head, ()) = Request::new(()).into_parts();
    (head.method, head.uri, head.headers) = (method, uri, headers);
    Some(PlainRequest { head, body, head_bytes, wants_upgrade })
}

/// Whether the first line is the request and every line ends as it should.
fn has_plain_lines(head: &[u8]) -> bool {
    head.first().is_some_and(u8::is_ascii_uppercase)
        && memchr_iter(b'\n', head).all(|at| at > 0 && head[at - 1] == b'\r')
        && memchr_iter(b'\r', head).all(|at| head.get(at + 1) == Some(&b'\n'))
}

fn method(name: &str) -> Option<Method> {
    match name {
        "GET" => Some(Method::GET),
        "POST" => Some(Method::POST),
        "OPTIONS" => Some(Method::OPTIONS),
        _ => None,
    }
}

/// A target in origin form.
fn uri(head: &Bytes, target: &str) -> Option<Uri> {
    if !target.starts_with('/') || target.contains('#') {
        return None;
    }
    Uri::from_maybe_shared(head.slice_ref(target.as_bytes())).ok()
}

fn headers(head: &Bytes, fields: &[httparse::Header<'_>]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(fields.len());
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_maybe_shared(head.slice_ref(field.value)).ok()?);
    }
    Some(headers)
}

/// The length of the body: a POST tells it once and in digits, others have no body and say nothing.
fn body_length(method: &Method, headers: &HeaderMap) -> Option<usize> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let (first, second) = (lengths.next(), lengths.next());
    match (first, second) {
        (None, None) if *method != Method::POST => Some(0),
        (Some(length), None) if *method == Method::POST => {
            let digits = length.to_str().ok()?;
            let is_plain = digits.len() <= MOST_DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit());
            if is_plain { digits.parse().ok() } else { None }
        }
        (None | Some(_), None | Some(_)) => None,
    }
}

/// Whether nothing in the headers changes how the request or the connection has to be read.
fn is_plain(headers: &HeaderMap) -> bool {
    let closes = |value: &HeaderValue| value.as_bytes().split(|byte| *byte == b',').any(is_close);
    headers.get_all(HOST).iter().count() == 1
        && !headers.contains_key(TRANSFER_ENCODING)
        && !headers.contains_key(EXPECT)
        && !headers.get_all(CONNECTION).iter().any(closes)
}

fn is_close(option: &[u8]) -> bool {
    option.trim_ascii().eq_ignore_ascii_case(b"close")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &str = "GET /socket.io/1/?t=1 HTTP/1.1\r\nHost: example.com\r\nX-Test: a, b\r\n\r\n";

    fn is_ours(request: &str) -> bool {
        parse(request.as_bytes(), 100).is_some()
    }

    #[test]
    fn a_plain_request_is_read_to_its_end() {
        let request = parse(format!("{GET}next").as_bytes(), 100).unwrap();
        assert_eq!((request.head.method, request.head.uri.to_string()), (Method::GET, "/socket.io/1/?t=1".to_owned()));
        assert_eq!((request.head.headers["x-test"].as_bytes(), request.head.headers.len()), (&b"a, b"[..], 2));
        assert_eq!((request.head_bytes.len(), request.body.len(), request.wants_upgrade), (GET.len(), 0, false));

        let head = "POST / HTTP/1.1\r\nhost:x\r\nContent-Length: 5\r\nUpgrade: h2c\r\n\r\n";
        let request = parse(format!("{head}3:::xGET").as_bytes(), 100).unwrap();
        assert_eq!((&request.body[..], request.wants_upgrade, request.len()), (&b"3:::x"[..], true, head.len() + 5));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_ours() {
        for (from, to) in [
            ("GET", "get"),
            ("GET", "HEAD"),
            ("GET", "\r\nGET"),
            ("GET /", "GET  /"),
            ("GET /", "GET http://example.com/"),
            ("?t=1", "?t=#1"),
            ("1.1", "1.0"),
            ("Host: example.com\r\n", ""),
            ("Host", "Host: example.com\r\nHost"),
            ("X-Test", "Transfer-Encoding"),
            ("X-Test: a, b", "Expect: 100-continue"),
            ("X-Test: a, b", "Connection: Upgrade , CLOSE"),
            ("X-Test: a, b", "Content-Length: 0"),
            ("X-Test: a, b", "X-Test : a"),
            ("X-Test: a, b", "X-Test: a\r\n b"),
            ("X-Test: a, b", "X-Test: a\n b"),
            ("X-Test: a, b", "X-Test: a\rb"),
            ("\r\nX-Test", "\nX-Test"),
            ("\r\n\r\n", "\r\n\n"),
            ("a, b", "a\0b"),
        ] {
            let request = GET.replacen(from, to, 1);
            assert!(request != GET && !is_ours(&request), "{request:?}");
        }
        for lengths in
            ["", "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: +5\r\n", "Content-Length: 5, 5\r\n"]
        {
            assert!(!is_ours(&format!("POST / HTTP/1.1\r\nHost: x\r\n{lengths}\r\n3:::x")), "{lengths:?}");
        }
        for length in ["", "-1", "0x5", "6", "18446744073709551621"] {
            assert!(
                !is_ours(&format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n3:::x")),
                "{length:?}"
            );
        }
    }

    #[test]
    fn what_is_large_is_not_ours() {
        let with = |more: &str| GET.replace("X-Test", &format!("{more}X-Test"));
        assert!(is_ours(&with(&format!("X-Long: {}\r\n", "x".repeat(MOST_BYTES - GET.len() - 10)))));
        assert!(!is_ours(&with(&format!("X-Long: {}\r\n", "x".repeat(MOST_BYTES - GET.len() - 9)))));
        assert!(is_ours(&with(&"X: y\r\n".repeat(MOST_HEADERS - 2))));
        assert!(!is_ours(&with(&"X: y\r\n".repeat(MOST_HEADERS - 1))));
        assert!(parse(GET.as_bytes(), 2).is_some() && parse(GET.as_bytes(), 1).is_none());
    }

    #[test]
    fn a_part_of_a_request_is_not_ours() {
        let post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n3:::x";
        for request in [GET, post] {
            assert!(is_ours(request));
            assert!((0..request.len()).all(|cut| !is_ours(&request[..cut])));
        }
    }
}
