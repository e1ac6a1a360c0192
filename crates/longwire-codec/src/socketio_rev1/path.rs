//! Which request is meant by a path: `{resource}/{revision}/{transport}/{session id}`.
//!
//! A trailing slash never matters, and one empty segment may stand ahead of the session id: client 0.9.9 and later writes a
//! disconnect request as `/socket.io/1//SID/?disconnect=1`. Segments are not decoded.

use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{all_consuming, opt};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use crate::query::Query;

/// The only revision there is.
pub const REVISION: &str = "1";

/// The path under which a server answers, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource(String);

/// Where a request belongs, by path and query alone.
///
/// Names and ids stand there as the client wrote them, not checked any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Route<'a> {
    /// Outside of the resource, or a request of Engine.IO, which shares it and always has `EIO` in its query.
    NotMine,
    /// Wants a session.
    Handshake {
        /// The transport segment, if there is one; it has no meaning.
        transport: Option<&'a str>,
    },
    /// An exchange of a session.
    Transport {
        /// The transport; empty when the segment is.
        name: &'a str,
        /// The session.
        id: &'a str,
    },
    /// Ends a session.
    Disconnect {
        /// The session.
        id: &'a str,
    },
    /// A revision other than 1. The old server answers 500.
    UnsupportedRevision,
    /// Nothing of the above. The old server answers with a line of welcome.
    Welcome,
    /// A path under which the old server has its client files. They are the application's affair.
    Static {
        /// Behind the resource and its slash: `socket.io.js`, `static/flashsocket/WebSocketMain.swf`.
        path: &'a str,
    },
}

impl Resource {
    /// Takes a path, with or without slashes around it: servers write `/socket.io`, clients `socket.io`.
    ///
    /// ```
    /// use longwire_codec::socketio_rev1::path::Resource;
    ///
    /// assert_eq!(Resource::new("socket.io/").as_str(), "/socket.io");
    /// assert_eq!(Resource::new("/app/12/socket.io").as_str(), "/app/12/socket.io");
    /// ```
    #[must_use]
    pub fn new(path: &str) -> Self {
        match path.trim_matches('/') {
            "" => Self(String::new()),
            path => Self(format!("/{path}")),
        }
    }

    /// The path, with a slash at its beginning and none at its end; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says where a request belongs.
    ///
    /// ```
    /// use longwire_codec::query::Query;
    /// use longwire_codec::socketio_rev1::path::{Resource, Route};
    ///
    /// let resource = Resource::default();
    /// let route = |path, query| resource.route(path, Query::new(query));
    /// assert_eq!(route("/socket.io/1/", "t=1"), Route::Handshake { transport: None });
    /// assert_eq!(route("/socket.io/1/xhr-polling/a-Z", ""), Route::Transport { name: "xhr-polling", id: "a-Z" });
    /// assert_eq!(route("/socket.io/1//a-Z/", "disconnect=1"), Route::Disconnect { id: "a-Z" });
    /// assert_eq!(route("/socket.io/", "EIO=4&transport=polling"), Route::NotMine);
    /// ```
    #[must_use]
    pub fn route<'a>(&self, path: &'a str, query: Query<'_>) -> Route<'a> {
        let Some(path) = path.strip_prefix(&self.0).filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
            return Route::NotMine;
        };
        if query.has("EIO") {
            return Route::NotMine;
        }
        if let Some(path) = static_path(path) {
            return Route::Static { path };
        }
        let Ok((_, (revision, transport, id))) = segments(path) else { return Route::Welcome };
        if revision != REVISION {
            let is_number = revision.bytes().all(|byte| byte.is_ascii_digit());
            return if is_number { Route::UnsupportedRevision } else { Route::Welcome };
        }
        match (transport.unwrap_or_default(), id.unwrap_or_default()) {
            ("", "") => Route::Handshake { transport: None },
            (transport, "") => Route::Handshake { transport: Some(transport) },
            (_, id) if query.has("disconnect") => Route::Disconnect { id },
            (name, id) => Route::Transport { name, id },
        }
    }
}

impl Default for Resource {
    /// `/socket.io`, the default of every server.
    fn default() -> Self {
        Self::new("/socket.io")
    }
}

/// A path that is reserved for client files.
fn static_path(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    ["socket.io.", "socket.io+", "static/"].iter().any(|reserved| path.starts_with(reserved)).then_some(path)
}

/// Revision, transport and session id, as far as they are there.
fn segments(path: &str) -> IResult<&str, (&str, Option<&str>, Option<&str>), ()> {
    let revision = preceded(char('/'), take_while1(|character| character != '/'));
    let segment = || opt(preceded(char('/'), take_while(|character| character != '/')));
    let slash = opt(char('/'));
    all_consuming((revision, segment(), segment(), slash))
        .map(|(revision, transport, id, _)| (revision, transport, id))
        .parse(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn route(target: &str) -> Route<'_> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Resource::default().route(path, Query::new(query))
    }

    #[test]
    fn requests_of_old_clients_are_told_apart() {
        let handshake = |transport| Route::Handshake { transport };
        for (target, expected) in [
            ("/", Route::NotMine),
            ("/chat", Route::NotMine),
            ("/socket.ioXYZ/1/", Route::NotMine),
            ("/socket.io?EIO=3", Route::NotMine),
            ("/socket.io/1/?EIO=3&transport=polling", Route::NotMine),
            ("/socket.io", Route::Welcome),
            ("/socket.io/", Route::Welcome),
            ("/socket.io//", Route::Welcome),
            ("/socket.io/abc/", Route::Welcome),
            ("/socket.io/1/a/b/c", Route::Welcome),
            ("/socket.io/1/a//b", Route::Welcome),
            ("/socket.io/1", handshake(None)),
            ("/socket.io/1/?t=1&EIOx", handshake(None)),
            ("/socket.io/1//", handshake(None)),
            ("/socket.io/1/websocket", handshake(Some("websocket"))),
            ("/socket.io/1/websocket/", handshake(Some("websocket"))),
            ("/socket.io/1/?disconnect=1", handshake(None)),
            ("/socket.io/1/htmlfile/x?t1312200250539", Route::Transport { name: "htmlfile", id: "x" }),
            ("/socket.io/1/htmlfile/x/?t=1", Route::Transport { name: "htmlfile", id: "x" }),
            ("/socket.io/1//x", Route::Transport { name: "", id: "x" }),
            ("/socket.io/1//x/?disconnect=1", Route::Disconnect { id: "x" }),
            ("/socket.io/1/xhr-polling/x?disconnect", Route::Disconnect { id: "x" }),
            ("/socket.io/2/", Route::UnsupportedRevision),
            ("/socket.io/01/websocket/x", Route::UnsupportedRevision),
            ("/socket.io/2/a/b/c", Route::Welcome),
            ("/socket.io/socket.io.js", Route::Static { path: "socket.io.js" }),
            ("/socket.io/socket.io.v0.9.19.js", Route::Static { path: "socket.io.v0.9.19.js" }),
            ("/socket.io/socket.io+websocket.js", Route::Static { path: "socket.io+websocket.js" }),
            (
                "/socket.io/static/flashsocket/WebSocketMain.swf",
                Route::Static { path: "static/flashsocket/WebSocketMain.swf" },
            ),
        ] {
            assert_eq!(route(target), expected, "{target}");
        }
    }

    #[test]
    fn a_resource_may_have_any_depth() {
        let deep = Resource::new("app/12/socket.io");
        assert_eq!(deep.route("/app/12/socket.io/1/", Query::default()), Route::Handshake { transport: None });
        assert_eq!(deep.route("/socket.io/1/", Query::default()), Route::NotMine);
        let root = Resource::new("/");
        assert_eq!(root.route("/1/websocket/x", Query::default()), Route::Transport { name: "websocket", id: "x" });
    }

    proptest! {
        #[test]
        fn no_target_panics(target in "(?s)(/socket.io)?(/|1|\\?|socket.io|.){0,12}") {
            if let Route::Transport { id, .. } | Route::Disconnect { id } = route(&target) {
                prop_assert!(!id.is_empty() && !id.contains('/'));
            }
        }
    }
}
