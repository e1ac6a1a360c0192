//! Which part of a service a path means.
//!
//! A service lives under a prefix, and every path may have one slash at its end. Server number and session id are what the
//! client wrote: percent escapes are not undone. The query is no part of the match.

/// The path under which a service lives.
///
/// ```
/// use longwire_codec::sockjs::path::{Prefix, Route};
///
/// let prefix = Prefix::new("/echo");
/// assert_eq!(prefix.route("/echo/info"), Route::Info);
/// assert_eq!(prefix.route("/echo/000/abc/xhr"), Route::Session { id: "abc", transport: "xhr" });
/// assert_eq!(prefix.route("/echo/000/abc"), Route::Unknown);
/// assert_eq!(prefix.route("/echoes/info"), Route::NotMine);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Box<str>);

/// What a path means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// It is not below the prefix.
    NotMine,
    /// The service itself.
    Greeting,
    /// What it can do.
    Info,
    /// The page for hidden frames, under any of its names.
    Iframe,
    /// The end point without frames.
    RawWebSocket,
    /// Something of a session.
    Session {
        /// The id that the client chose.
        id: &'a str,
        /// The last part, whether a transport has that name or not.
        transport: &'a str,
    },
    /// Below the prefix, and nothing.
    Unknown,
}

impl Prefix {
    /// Takes a path that starts with a slash and does not end with one.
    #[must_use]
    pub fn new(path: &str) -> Self {
        debug_assert!(path.starts_with('/') && !path.ends_with('/'), "no prefix: {path}");
        Self(path.into())
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says what `path`, without its query, means.
    #[must_use]
    pub fn route<'a>(&self, path: &'a str) -> Route<'a> {
        match path.strip_prefix(&*self.0) {
            Some("" | "/") => Route::Greeting,
            Some(rest) => match rest.strip_prefix('/') {
                Some(rest) => below(rest.strip_suffix('/').unwrap_or(rest)),
                None => Route::NotMine,
            },
            None => Route::NotMine,
        }
    }
}

fn below(path: &str) -> Route<'_> {
    let mut parts = path.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("info"), None, ..) => Route::Info,
        (Some("websocket"), None, ..) => Route::RawWebSocket,
        (Some(page), None, ..) if is_iframe(page) => Route::Iframe,
        (Some(server), Some(id), Some(transport), None) if is_id(server) && is_id(id) => {
            Route::Session { id, transport }
        }
        _ => Route::Unknown,
    }
}

fn is_id(part: &str) -> bool {
    !part.is_empty() && !part.contains('.')
}

/// Clients put their version into the name of the page.
fn is_iframe(page: &str) -> bool {
    let version = page.strip_prefix("iframe").and_then(|page| page.strip_suffix(".html"));
    let is_version = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-' | b'.' | b'_');
    version.is_some_and(|version| version.bytes().all(is_version))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn route(rest: &str) -> String {
        format!("{:?}", Prefix::new("/a/echo").route(&format!("/a/echo{rest}")))
    }

    #[test]
    fn every_part_has_its_paths() {
        for (rest, meant) in [
            ("", "Greeting"),
            ("/", "Greeting"),
            ("/info", "Info"),
            ("/info/", "Info"),
            ("/websocket", "RawWebSocket"),
            ("/iframe.html", "Iframe"),
            ("/iframe-.html", "Iframe"),
            ("/iframe-a.html", "Iframe"),
            ("/iframe-0.1.2abc-dirty.2144.html/", "Iframe"),
            ("/iframe0_.html", "Iframe"),
            ("es", "NotMine"),
            (".html", "NotMine"),
        ] {
            assert_eq!(route(rest), meant, "{rest}");
        }
        assert_eq!(Prefix::new("/a/echo").route("/a"), Route::NotMine);
    }

    #[test]
    fn sessions_have_two_parts_ahead_of_the_transport() {
        let prefix = Prefix::new("/echo");
        for (path, id, transport) in [
            ("/echo/000/abc/xhr", "abc", "xhr"),
            ("/echo/a/b/xhr_streaming/", "b", "xhr_streaming"),
            ("/echo/_/abc%20d/jsonp", "abc%20d", "jsonp"),
            ("/echo/1/a%2eb/nothing", "a%2eb", "nothing"),
            ("/echo/info/websocket/websocket", "websocket", "websocket"),
        ] {
            assert_eq!(prefix.route(path), Route::Session { id, transport }, "{path}");
        }
    }

    #[test]
    fn what_the_official_suite_wants_to_be_nothing_is_nothing() {
        for rest in ["/a", "/a.html", "//", "///", "/a/a", "/a/a/", "/a/", "/a/b/xhr//", "/a/b/c/xhr"] {
            assert_eq!(route(rest), "Unknown", "{rest}");
        }
        for ids in ["//", "/a./a", "/a/a.", "/./.", "/", "///"] {
            assert_eq!(route(&format!("{ids}/xhr")), "Unknown", "{ids}");
        }
        for page in ["iframe.htm", "iframe", "IFRAME.HTML", "IFRAME", "iframe.HTML", "iframe.xml", "iframe-/.html"] {
            assert_eq!(route(&format!("/{page}")), "Unknown", "{page}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "(?s)(/a/echo)?([/.]|iframe|.html|xhr|.){0,12}") {
            let _ = Prefix::new("/a/echo").route(&path);
        }
    }
}
