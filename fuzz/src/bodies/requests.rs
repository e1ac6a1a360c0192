//! What stands in front of a session: paths, request heads, handshakes, policy requests.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use http::Request;
use http::request::Parts;
use longwire_codec::query::Query;
use longwire_codec::socketio_rev1::handshake::Handshake;
use longwire_codec::socketio_rev1::path::{Resource, Route as PathRoute};
use longwire_codec::websocket;
use longwire_flash_policy::{REQUEST, RequestMatcher, Verdict};
use longwire_transport::socketio_rev1::{Config, Rev1};
use longwire_transport::{Bytes, ExchangeId, Input, Output, Protocol, Rejection, Route, SessionId};

/// Serves everything there is.
static PROTOCOL: LazyLock<Rev1> = LazyLock::new(|| {
    let all = ["websocket", "flashsocket", "htmlfile", "xhr-multipart", "xhr-polling", "jsonp-polling"];
    Rev1::new(Config::default().transports(all).hixie_75(true)).expect("it passes its own check")
});

/// `PATH?QUERY`, routed under the usual resource and under the root.
pub(crate) fn rev1_path(data: &[u8]) {
    let Ok(target) = std::str::from_utf8(data) else { return };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = Query::new(query);
    let pairs = query.iter().count();
    assert!(pairs <= query.as_str().len());
    for (key, _) in query {
        assert!(query.has(&key) && query.get(&key).is_some());
    }
    for resource in [Resource::default(), Resource::new("/"), Resource::new(path)] {
        match resource.route(path, query) {
            PathRoute::Transport { name, id } => assert!(!id.is_empty() && !id.contains('/') && !name.contains('/')),
            PathRoute::Disconnect { id } => assert!(!id.is_empty() && !id.contains('/')),
            PathRoute::Handshake { transport } => assert!(transport.is_none_or(|name| !name.is_empty())),
            PathRoute::Static { path: file } => assert!(path.ends_with(file)),
            PathRoute::NotMine | PathRoute::UnsupportedRevision | PathRoute::Welcome | _ => {}
        }
    }
}

/// The body of a handshake response, read and written again.
pub(crate) fn rev1_handshake(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else { return };
    let Ok(handshake) = Handshake::decode(body) else { return };
    for time in [handshake.heartbeat_timeout, handshake.close_timeout] {
        assert!(time >= Duration::from_secs(1));
    }
    assert_eq!(Handshake::decode(&handshake.encode()).as_ref(), Ok(&handshake));
}

/// A request head (`METHOD TARGET`, then `NAME: VALUE` lines): the answer to an upgrade, and what revision 1 does with it.
pub(crate) fn request_head(data: &[u8]) {
    let Some(head) = parse_head(data) else { return };
    match websocket::Handshake::parse(&head) {
        Ok(handshake) => {
            for secure in [false, true] {
                let (response, accept) = handshake.accept(secure, handshake.protocol());
                assert_eq!(response.status(), 101);
                assert_eq!(accept.framing, handshake.dialect().framing());
                if let Some(challenge) = accept.challenge {
                    let _ = challenge.digest([7; 8]);
                }
            }
        }
        Err(error) => assert_eq!(error.refusal().status(), error.status()),
    }
    match PROTOCOL.route(&head) {
        Route::Handshake => {
            assert_eq!(PROTOCOL.accept(&SessionId::new("an-id"), &head).status(), 200);
            reject(&head);
        }
        Route::Join { id, transport, .. } => {
            assert!(!id.as_str().is_empty());
            attach(transport, head);
        }
        Route::Answer(response) => assert!(!response.status().is_informational()),
        Route::NotMine | Route::Now | Route::Open { .. } => {}
    }
}

/// The first byte says how long the pieces are in which the rest arrives.
pub(crate) fn flash_policy_request(data: &[u8]) {
    let Some((&length, sent)) = data.split_first() else { return };
    let mut matcher = RequestMatcher::new();
    let mut arrived = 0;
    for piece in sent.chunks(usize::from(length % 32) + 1) {
        arrived += piece.len();
        let looked_at = &sent[..arrived.min(REQUEST.len())];
        let expected = match REQUEST.strip_prefix(looked_at) {
            Some([]) => Verdict::Matched,
            Some(_) => Verdict::NeedMore,
            None => Verdict::NotAPolicyRequest,
        };
        assert_eq!(matcher.push(piece), expected);
    }
    let looked_at = &sent[..sent.len().min(REQUEST.len())];
    assert_eq!(matcher.finish(), looked_at.len() >= 22 && REQUEST.starts_with(looked_at));
}

fn parse_head(data: &[u8]) -> Option<Parts> {
    let mut lines = data.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next()?;
    let space = first.iter().position(|&byte| byte == b' ')?;
    let mut request = Request::builder().method(&first[..space]).uri(&first[space + 1..]);
    for line in lines.take_while(|line| !line.is_empty()) {
        let colon = line.iter().position(|&byte| byte == b':')?;
        request = request.header(&line[..colon], line[colon + 1..].trim_ascii());
    }
    let (head, ()) = request.body(()).ok()?.into_parts();
    Some(head)
}

fn reject(head: &Parts) {
    for why in [
        Rejection::Unauthorized,
        Rejection::AuthorizationFailed,
        Rejection::Unavailable,
        Rejection::TooLarge,
        Rejection::TooSlow,
        Rejection::BadBody,
    ] {
        let status = PROTOCOL.reject(head, why).status();
        assert!(!status.is_informational(), "{why:?}: {status}");
    }
}

/// A new session gets the request, as its first.
fn attach(transport: &'static str, head: Parts) {
    let now = Instant::now();
    let mut session = PROTOCOL.open(now, &SessionId::new("an-id"));
    let exchange = ExchangeId(1);
    session.handle_input(now, Input::Attach { exchange, transport, request: Request::from_parts(head, Bytes::new()) });
    let mut responses = 0;
    while let Some(output) = session.poll_output(now) {
        responses += usize::from(matches!(output, Output::Respond { .. }));
    }
    assert!(responses <= 1);
}
