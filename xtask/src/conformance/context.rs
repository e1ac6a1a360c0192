//! What a running check has at hand: the server, the time that is left, and a record of what passed on the wire.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::check::{Failure, Outcome};
use super::target::{Target, Timer};

/// How long one answer may take where no timer of the server is involved.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A second look at a server that should stay silent: long enough for an answer on a busy machine to show.
pub(crate) const MOMENT: Duration = Duration::from_millis(150);

/// For one run of one check.
pub(crate) struct Context {
    pub(crate) target: Arc<Target>,
    /// When the check has to be over, whatever the server does.
    pub(crate) deadline: Instant,
    pub(crate) log: Log,
}

impl Context {
    pub(crate) fn new(target: Arc<Target>, limit: Duration) -> Self {
        Self { target, deadline: Instant::now() + limit, log: Log::default() }
    }

    /// A timer of the server; the check cannot run if nobody knows it, or if it takes longer than the user cares to wait.
    pub(crate) fn timer(&self, timer: Timer) -> Outcome<Duration> {
        self.target.timer(timer).map_err(Failure::NotRun)
    }

    /// Notes something that was seen, for the report of a passing check.
    pub(crate) fn saw(&self, what: impl Into<String>) {
        self.log.lock().seen.push(what.into());
    }

    /// Notes an id that the server made up; reports write `{sid}` in its place, so that runs can be compared.
    pub(crate) fn learn_id(&self, id: &str) {
        self.log.lock().ids.push(id.to_owned());
    }

    /// Asks the server that was started for this check to end.
    pub(crate) fn terminate_server(&self) -> Outcome {
        self.target.terminate().map_err(Failure::NotRun)
    }
}

/// What a check and its connections note, from any thread.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Notes>>);

/// See [`Log`].
#[derive(Default)]
pub(crate) struct Notes {
    /// What passing comparisons saw.
    pub(crate) seen: Vec<String>,
    /// Ids that the server made up.
    ids: Vec<String>,
    /// Lines such as `2 > GET /…`: the number of the connection, the direction, and what was sent.
    pub(crate) wire: Vec<String>,
    connections: usize,
}

/// So much of one piece of wire is kept.
const SHOWN_BYTES: usize = 600;
/// So many pieces are kept from the beginning, which tells how it came to a failure, and from the end, which tells it.
const KEPT_LINES: usize = 25;

impl Log {
    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a new connection.
    pub(crate) fn connection(&self) -> usize {
        let mut notes = self.lock();
        notes.connections += 1;
        notes.connections
    }

    /// Notes bytes on a connection; `direction` is `>` towards the server and `<` from it.
    pub(crate) fn wire(&self, connection: usize, direction: char, bytes: &[u8]) {
        self.lock().keep(format!("{connection} {direction} {}", show(bytes)));
    }

    /// Notes what happened to a connection.
    pub(crate) fn event(&self, connection: usize, what: &str) {
        self.lock().keep(format!("{connection} {what}"));
    }
}

impl Notes {
    fn keep(&mut self, line: String) {
        if self.wire.len() == 2 * KEPT_LINES {
            self.wire.remove(KEPT_LINES + 1);
            "…".clone_into(&mut self.wire[KEPT_LINES]);
        }
        self.wire.push(line);
    }

    /// Puts placeholders in the place of what differs from run to run.
    pub(crate) fn neutral(&self, text: &str, authority: &str) -> String {
        let text = self.ids.iter().fold(text.to_owned(), |text, id| text.replace(id.as_str(), "{sid}"));
        text.replace(authority, "{host}")
    }
}

/// Bytes as a line of text: escaped, and cut when there are many.
pub(crate) fn show(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(SHOWN_BYTES)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => format!("{text:?}"),
        // Not the end of a cut character, but bytes that are no text.
        Err(error) if error.error_len().is_some() || head.len() == bytes.len() => {
            format!("b\"{}\"", head.escape_ascii())
        }
        Err(_) => format!("{:?}", String::from_utf8_lossy(head)),
    };
    match bytes.len() - head.len() {
        0 => text,
        more => format!("{text} and {more} bytes more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_on_one_line() {
        assert_eq!(show(b"GET /\r\n"), r#""GET /\r\n""#);
        assert_eq!(show("3:::€".as_bytes()), "\"3:::€\"");
        assert_eq!(show(b"\x81\x00\xff"), r#"b"\x81\x00\xff""#);
        assert!(show(&[b'x'; 1000]).ends_with("x\" and 400 bytes more"));
        assert!(show("€".repeat(300).as_bytes()).ends_with("300 bytes more"));
    }

    #[test]
    fn the_beginning_and_the_end_are_kept() {
        let log = Log::default();
        (0..1000).for_each(|number| log.event(number, "x"));
        let wire = &log.lock().wire;
        assert_eq!((wire.len(), wire[0].as_str(), wire[KEPT_LINES].as_str()), (2 * KEPT_LINES, "0 x", "…"));
        assert_eq!(wire.last().map(String::as_str), Some("999 x"));
    }

    #[test]
    fn ids_and_addresses_are_made_neutral() {
        let log = Log::default();
        log.lock().ids.push("abc".to_owned());
        let text = log.lock().neutral("io.j[0](\"abc:5:5\") from 127.0.0.1:99", "127.0.0.1:99");
        assert_eq!(text, "io.j[0](\"{sid}:5:5\") from {host}");
    }
}
