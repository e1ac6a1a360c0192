//! Heads of requests as they are read: whether one tells the length of its body twice.
//!
//! hyper takes `Content-Length` out of a request that has `Transfer-Encoding` too, so that nobody behind it can refuse what is
//! mostly an attempt to smuggle a request past a proxy. This looks at the bytes themselves.

use memchr::memchr;
use smallvec::SmallVec;

/// The longest name that is looked for.
const LONGEST: usize = b"transfer-encoding".len();

/// Reads one head, in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadScan {
    /// How the line that is being read begins, up to one byte more than matters.
    line: SmallVec<[u8; LONGEST + 1]>,
    has_length: bool,
    has_coding: bool,
    /// A line was there; empty ones ahead of it do not count.
    has_begun: bool,
    is_over: bool,
}

impl HeadScan {
    /// Takes the next bytes. What lies behind the head is not looked at. Says whether the head is over and has two lengths.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> bool {
        while !self.is_over && !bytes.is_empty() {
            let end = memchr(b'\n', bytes);
            let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
            if end.is_some() && self.line.is_empty() {
                // Nearly always: a whole line needs no copy.
                self.look_at(line);
            } else {
                let room = (LONGEST + 1).saturating_sub(self.line.len());
                self.line.extend_from_slice(&line[..line.len().min(room)]);
                if end.is_some() {
                    let line = std::mem::take(&mut self.line);
                    self.look_at(&line);
                }
            }
            bytes = rest;
        }
        self.is_over && self.has_length && self.has_coding
    }

    /// Looks at a line, of which only the beginning may be there.
    fn look_at(&mut self, line: &[u8]) {
        let is_empty = matches!(line, b"\n" | b"\r\n");
        match memchr(b':', &line[..line.len().min(LONGEST + 1)]) {
            Some(end) => {
                self.has_length |= line[..end].eq_ignore_ascii_case(b"content-length");
                self.has_coding |= line[..end].eq_ignore_ascii_case(b"transfer-encoding");
            }
            None => self.is_over = self.has_begun && is_empty,
        }
        self.has_begun |= !is_empty;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(head: &str, piece: usize) -> bool {
        let mut scan = HeadScan::default();
        head.as_bytes().chunks(piece).fold(false, |_, piece| scan.push(piece))
    }

    #[test]
    fn two_lengths_are_seen_in_any_order_spelling_and_pieces() {
        for head in [
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTRANSFER-ENCODING:chunked\r\nX: y\r\ncontent-length:1\r\n\r\nbody",
            "\r\n\r\nPOST / HTTP/1.1\nContent-length: 1\nTransfer-encoding: x\n\n",
        ] {
            for piece in 1..=head.len() {
                assert!(scan(head, piece), "{head:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn one_length_is_as_it_should_be() {
        for head in [
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX-Content-Length: 1\r\nContent-Length-X: 1\r\n\r\n",
            "POST /content-length: HTTP/1.1\r\nX: transfer-encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        ] {
            for piece in 1..=head.len() {
                assert!(!scan(head, piece), "{head:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn little_is_kept_of_a_long_line() {
        let mut scan = HeadScan::default();
        scan.push(&[b'x'; 100_000]);
        assert!(scan.line.len() <= LONGEST + 1);
    }
}
