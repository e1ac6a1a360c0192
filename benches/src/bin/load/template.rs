//! Responses that are all alike but for some bytes: what a server answered once is what it has to answer always.

use std::ops::Range;

/// How many bytes a date has in a head.
const DATE: usize = "Sun, 06 Nov 1994 08:49:37 GMT".len();

/// A response, and where others may differ from it.
#[derive(Debug)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    /// In order, and apart.
    holes: Vec<Range<usize>>,
}

impl Template {
    /// All has to be the same, but the date.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        const NAME: &[u8] = b"\r\ndate: ";
        let date = bytes.windows(NAME.len()).position(|found| found.eq_ignore_ascii_case(NAME));
        let holes = date.map(|at| at + NAME.len()..at + NAME.len() + DATE).into_iter().collect();
        Self { bytes, holes }
    }

    /// These may be different as well.
    pub(crate) fn with_hole(mut self, hole: Range<usize>) -> Self {
        self.holes.push(hole);
        self.holes.sort_by_key(|hole| hole.start);
        self
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether this is such a response.
    pub(crate) fn fits(&self, response: &[u8]) -> bool {
        let mut from = 0;
        let same = |part: Range<usize>| response[part.clone()] == self.bytes[part];
        response.len() == self.bytes.len()
            && self.holes.iter().all(|hole| same(std::mem::replace(&mut from, hole.end)..hole.start))
            && same(from..response.len())
    }
}

/// What has arrived of a response.
#[derive(Debug, Default)]
pub(crate) struct Partial {
    bytes: Vec<u8>,
}

impl Partial {
    /// Takes what has arrived, and returns the response when all of it is there.
    pub(crate) fn take<'a>(&'a mut self, arrived: &'a [u8], length: usize) -> Option<&'a [u8]> {
        if self.bytes.is_empty() && arrived.len() >= length {
            return Some(arrived);
        }
        self.bytes.extend_from_slice(arrived);
        (self.bytes.len() >= length).then_some(&self.bytes)
    }

    /// The response was dealt with.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }
}

/// Where the first bytes like these begin.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|found| found == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_may_differ_in_their_holes_only() {
        let response = |date: &str, id: &str, rest: &str| {
            format!("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:{date} GMT\r\n\r\n{id}:{rest}").into_bytes()
        };
        let exemplar = response("49:37", "abc", "60");
        let id = find(&exemplar, b"abc").expect("it is there");
        let template = Template::new(exemplar).with_hole(id..id + 3);
        assert!(template.fits(&response("50:38", "xyz", "60")));
        assert!(!template.fits(&response("50:38", "xyz", "61")));
        assert!(!template.fits(&response("50:38", "xyz", "6")));
        assert!(!template.fits(&response("50:38", "xyz", "601")));
    }

    #[test]
    fn a_response_may_come_in_pieces() {
        let mut partial = Partial::default();
        assert_eq!(partial.take(b"abc", 3), Some(&b"abc"[..]));
        assert_eq!(partial.take(b"a", 3), None);
        assert_eq!(partial.take(b"bc", 3), Some(&b"abc"[..]));
        partial.clear();
        assert_eq!(partial.take(b"abcd", 3), Some(&b"abcd"[..]), "too much is for who compares");
    }
}
