//! The policy request, matched as its bytes arrive.
//!
//! The request is one fixed text, so the matcher keeps a number and no bytes. It never asks for more than 23 bytes, and
//! its answer is final.

use std::time::Duration;

/// What Flash sends on a fresh connection to ask for the policy: 22 characters and a NUL.
pub const REQUEST: &[u8; 23] = b"<policy-file-request/>\0";

/// How long to wait for the request: about as long as Flash waits for an answer from port 843.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

/// The request without its NUL.
const CHARACTERS: usize = REQUEST.len() - 1;

/// Tells whether what a client sends is a policy request.
///
/// On a port that serves HTTP as well, look at the first byte: no HTTP request begins with `<`, so that only
/// connections that do need a matcher and a deadline ([`REQUEST_TIMEOUT`]), and none of the bytes it was fed will be
/// missed by an HTTP parser.
///
/// ```
/// use longwire_flash_policy::{RequestMatcher, Verdict};
///
/// let mut matcher = RequestMatcher::new();
/// assert_eq!(matcher.push(b"<policy-fi"), Verdict::NeedMore);
/// assert_eq!(matcher.push(b"le-request/>"), Verdict::NeedMore);
/// assert_eq!(matcher.push(b"\0"), Verdict::Matched);
///
/// let mut matcher = RequestMatcher::new();
/// assert_eq!(matcher.push(b"<html>"), Verdict::NotAPolicyRequest);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestMatcher {
    matched: usize,
    failed: bool,
}

impl RequestMatcher {
    /// A matcher that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { matched: 0, failed: false }
    }

    /// Takes the next bytes and says what all bytes up to now are.
    ///
    /// Once the verdict is other than [`Verdict::NeedMore`] it stays: bytes behind a request are not looked at, since
    /// Flash sends none.
    pub fn push(&mut self, bytes: &[u8]) -> Verdict {
        let wanted = &REQUEST[self.matched..];
        let length = wanted.len().min(bytes.len());
        if wanted[..length] == bytes[..length] {
            self.matched += length;
        } else {
            self.failed = true;
        }
        self.verdict()
    }

    /// Whether the bytes are a request, now that no more will come: at the end of input, or when the time is up.
    ///
    /// All 22 characters are one even without the NUL, which some tools leave out.
    #[must_use]
    pub fn finish(&self) -> bool {
        !self.failed && self.matched >= CHARACTERS
    }

    fn verdict(&self) -> Verdict {
        if self.failed {
            Verdict::NotAPolicyRequest
        } else if self.matched == REQUEST.len() {
            Verdict::Matched
        } else {
            Verdict::NeedMore
        }
    }
}

/// What the bytes so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The begin of a request. Feed the next bytes, or call [`RequestMatcher::finish`] when there are none.
    NeedMore,
    /// A policy request: answer with the policy and close.
    Matched,
    /// Something else: close.
    NotAPolicyRequest,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_prefix_needs_more() {
        for length in 0..REQUEST.len() {
            let mut matcher = RequestMatcher::new();
            assert_eq!(matcher.push(&REQUEST[..length]), Verdict::NeedMore);
            assert_eq!(matcher.finish(), length == 22, "end of input after {length} bytes");
        }
    }

    #[test]
    fn any_other_byte_at_any_place_is_no_request() {
        for place in 0..REQUEST.len() {
            for byte in (0..=u8::MAX).filter(|byte| *byte != REQUEST[place]) {
                let mut bytes = *REQUEST;
                bytes[place] = byte;
                let mut matcher = RequestMatcher::new();
                assert_eq!(matcher.push(&bytes[..=place]), Verdict::NotAPolicyRequest);
                assert!(!matcher.finish());
            }
        }
    }

    #[test]
    fn the_verdict_stays() {
        let mut matcher = RequestMatcher::new();
        assert_eq!(matcher.push(b"<policy-file-request/>\0GET /"), Verdict::Matched);
        assert_eq!(matcher.push(b"more"), Verdict::Matched);
        assert!(matcher.finish());

        let mut matcher = RequestMatcher::new();
        assert_eq!(matcher.push(b"<x"), Verdict::NotAPolicyRequest);
        assert_eq!(matcher.push(REQUEST), Verdict::NotAPolicyRequest);
        assert!(!matcher.finish());
    }

    /// Feeds the pieces of `bytes` between `cuts`, and says what the last one brought.
    fn in_pieces(bytes: &[u8], mut cuts: Vec<usize>) -> (Verdict, bool) {
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut matcher = RequestMatcher::new();
        let mut verdict = Verdict::NeedMore;
        for cut in cuts.windows(2) {
            verdict = matcher.push(&bytes[cut[0]..cut[1]]);
        }
        (verdict, matcher.finish())
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(cuts in prop::collection::vec(0..=REQUEST.len(), 0..24)) {
            prop_assert_eq!(in_pieces(REQUEST, cuts), (Verdict::Matched, true));
        }

        #[test]
        fn bytes_are_a_request_exactly_when_they_begin_with_it(
            correct in 0..=REQUEST.len(),
            tail in prop::collection::vec(any::<u8>(), 0..40),
            cuts in prop::collection::vec(0..=usize::MAX, 0..8),
        ) {
            let bytes = [&REQUEST[..correct], &tail].concat();
            let expected = if bytes.starts_with(REQUEST) {
                (Verdict::Matched, true)
            } else if REQUEST.starts_with(&bytes) {
                (Verdict::NeedMore, bytes.len() == CHARACTERS)
            } else {
                (Verdict::NotAPolicyRequest, false)
            };
            let cuts = cuts.into_iter().map(|cut| cut % (bytes.len() + 1)).collect();
            prop_assert_eq!(in_pieces(&bytes, cuts), expected);
        }
    }
}
