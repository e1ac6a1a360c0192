//! xhr-streaming: an endless response of lines.
//!
//! Internet Explorer shows nothing of a response before two kilobytes of it have come, hence the letters.

use bytes::Bytes;

const LETTERS: usize = 2048;

static PRELUDE: [u8; LETTERS + 1] = {
    let mut prelude = [b'h'; LETTERS + 1];
    prelude[LETTERS] = b'\n';
    prelude
};

/// The beginning of the response: 2048 letters `h` and a line feed. It is a chunk of its own, and does not count towards the
/// limit of a response.
///
/// ```
/// let prelude = longwire_codec::sockjs::streaming::prelude();
/// assert_eq!(prelude, "h".repeat(2048) + "\n");
/// ```
#[must_use]
pub const fn prelude() -> Bytes {
    Bytes::from_static(&PRELUDE)
}
