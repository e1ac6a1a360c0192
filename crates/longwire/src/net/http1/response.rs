//! Heads of responses, byte for byte as hyper writes them with names in title case: some old clients compare them.

use std::cell::RefCell;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderName, StatusCode};
use hyper::ext::ReasonPhrase;

/// `Sun, 06 Nov 1994 08:49:37 GMT`
const DATE_LENGTH: usize = 29;

thread_local! {
    static DATE: RefCell<Date> = const { RefCell::new(Date { second: None, text: [0; DATE_LENGTH] }) };
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Known(usize),
    Chunked,
}

/// Appends a head, the empty line included.
pub(super) fn write_head(out: &mut Vec<u8>, head: &Parts, length: Length) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(head.status.as_str().as_bytes());
    out.push(b' ');
    match head.extensions.get::<ReasonPhrase>() {
        Some(phrase) => out.extend_from_slice(phrase.as_bytes()),
        None => out.extend_from_slice(head.status.canonical_reason().unwrap_or("<none>").as_bytes()),
    }
    out.extend_from_slice(b"\r\n");
    let mut wants_length = has_body(head.status);
    for (name, value) in &head.headers {
        if *name == TRANSFER_ENCODING {
            continue;
        }
        if *name == CONTENT_LENGTH {
            // A length of zero is told at the end.
            if let Length::Known(1..) = length
                && std::mem::take(&mut wants_length)
            {
                write_length(out, length);
            }
            continue;
        }
        write_name(out, name);
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if wants_length {
        write_length(out, length);
    }
    out.extend_from_slice(b"Date: ");
    DATE.with_borrow_mut(|date| out.extend_from_slice(date.at(SystemTime::now())));
    out.extend_from_slice(b"\r\n\r\n");
}

/// Appends what stands ahead of the bytes of a chunk.
pub(super) fn write_chunk_size(out: &mut Vec<u8>, size: usize) {
    let _infallible = write!(out, "{size:X}\r\n");
}

fn write_length(out: &mut Vec<u8>, length: Length) {
    match length {
        Length::Known(length) => {
            let _infallible = write!(out, "Content-Length: {length}\r\n");
        }
        Length::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
    }
}

fn write_name(out: &mut Vec<u8>, name: &HeaderName) {
    let mut before = b'-';
    for byte in name.as_str().bytes() {
        out.push(if before == b'-' { byte.to_ascii_uppercase() } else { byte });
        before = byte;
    }
    out.extend_from_slice(b": ");
}

/// Whether a response of that status has a body, or a length of zero.
fn has_body(status: StatusCode) -> bool {
    !status.is_informational() && status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED
}

/// The date as it was written last: a text serves a second.
struct Date {
    second: Option<u64>,
    text: [u8; DATE_LENGTH],
}

impl Date {
    fn at(&mut self, now: SystemTime) -> &[u8] {
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if self.second != Some(second) {
            let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
            self.text.copy_from_slice(text.as_bytes());
            self.second = Some(second);
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Response;

    fn written(response: Response<()>, length: Length) -> String {
        let mut out = Vec::new();
        write_head(&mut out, &response.into_parts().0, length);
        let head = String::from_utf8(out).unwrap();
        let (head, date) = head.split_once("Date: ").unwrap();
        assert!(date.len() == DATE_LENGTH + 4 && date.ends_with(" GMT\r\n\r\n"), "{date:?}");
        head.to_owned()
    }

    #[test]
    fn names_are_in_title_case_and_the_length_stands_where_it_was_put() {
        let response = |length: &str| {
            let builder = Response::builder().header("content-type", "a/b").header("content-length", length);
            builder.header("x-xss-protection", "0").body(()).unwrap()
        };
        assert_eq!(
            written(response("12"), Length::Known(12)),
            "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 12\r\nX-Xss-Protection: 0\r\n"
        );
        assert_eq!(
            written(response("0"), Length::Known(0)),
            "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nX-Xss-Protection: 0\r\nContent-Length: 0\r\n"
        );
        assert_eq!(
            written(response("7"), Length::Chunked),
            "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nX-Xss-Protection: 0\r\nTransfer-Encoding: chunked\r\n"
        );
    }

    #[test]
    fn an_answer_without_a_body_has_no_length() {
        for status in [101, 204, 304] {
            let response = Response::builder().status(status).header("content-length", "0").body(()).unwrap();
            assert!(!written(response, Length::Known(0)).contains("Content-Length"), "{status}");
        }
        let response = Response::builder().status(404).body(()).unwrap();
        assert_eq!(written(response, Length::Known(0)), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n");
    }

    #[test]
    fn a_reason_phrase_and_the_date_are_as_told() {
        let mut response = Response::builder().status(101).body(()).unwrap();
        response.extensions_mut().insert(ReasonPhrase::from_static(b"Web Socket Protocol Handshake"));
        assert_eq!(written(response, Length::Known(0)), "HTTP/1.1 101 Web Socket Protocol Handshake\r\n");
        let mut date = Date { second: None, text: [0; DATE_LENGTH] };
        assert_eq!(date.at(UNIX_EPOCH + Duration::from_millis(784_111_777_900)), b"Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn a_chunk_begins_with_its_size() {
        let mut out = Vec::new();
        write_chunk_size(&mut out, 0x1ab);
        assert_eq!(out, b"1AB\r\n");
    }
}
