//! HTTP requests: which protocol they belong to, their bodies, and their responses as a session gives them.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Instant, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use hyper::ext::ReasonPhrase;
use longwire_codec::websocket::handshake;
use longwire_transport::{Body, Chunk, Moment, PeerInfo, Rejection, Route, SessionId};
use tokio::net::TcpStream;
use tracing::{Instrument, debug, debug_span, error, warn};

use super::connection::{ConnectionInfo, Place, Unflushed};
use super::driver::{Exchange, SessionHandle};
use super::registry::Registry;
use super::slot::Next;
use super::tally::Counted;
use super::websocket::WebSocket;
use crate::config::HttpLimits;
use crate::hub::{Denied, Handshake};

/// Asks the application about a handshake.
pub(crate) type Authorize = Box<dyn Fn(Handshake) -> BoxFuture<'static, Result<Handshake, Denied>> + Send + Sync>;

/// Everything that answers requests.
pub(crate) struct Router {
    pub(crate) registries: Vec<Arc<Registry>>,
    pub(crate) authorize: Option<Authorize>,
    pub(crate) limits: HttpLimits,
}

/// What becomes of a request.
pub(crate) enum Outcome<B> {
    /// One of the protocols answers it.
    Ours(Box<RoutedRequest<B>>),
    /// It is not looked at any further.
    Answered(Response<ResponseBody>),
    /// It belongs to nobody here.
    NotOurs(Request<B>),
}

/// A request on its way to the protocol it belongs to. Boxed, because each future that handles it would keep room for another
/// one of its own, as long as a poll is held.
pub(crate) struct RoutedRequest<B> {
    router: Arc<Router>,
    registry: Arc<Registry>,
    route: Route,
    head: Parts,
    /// Taken when it is read.
    body: Option<B>,
    upgrade: Option<Upgrade>,
    /// Where it came from, if it was accepted by us.
    connection: Option<ConnectionInfo>,
}

/// Who has the connection when it becomes a WebSocket.
enum Upgrade {
    Hyper(hyper::upgrade::OnUpgrade),
    /// Whoever writes the response ([`Inner::WebSocket`]).
    Own,
}

impl Router {
    /// Finds the protocol that a request belongs to. `connection` is where it came from, if it was accepted by us.
    pub(crate) fn route<B>(
        self: &Arc<Self>,
        mut request: Request<B>,
        peer: PeerInfo,
        connection: Option<ConnectionInfo>,
    ) -> Outcome<B> {
        if is_length_unclear(request.headers()) {
            return Outcome::Answered(unclear_length());
        }
        let upgrade = request.extensions_mut().remove::<hyper::upgrade::OnUpgrade>();
        let (mut head, body) = request.into_parts();
        if let Some((registry, route)) = self.find(&mut head, peer) {
            let (router, upgrade, body) = (Arc::clone(self), upgrade.map(Upgrade::Hyper), Some(body));
            let routed = RoutedRequest { router, registry, route, head, body, upgrade, connection };
            return Outcome::Ours(Box::new(routed));
        }
        if let Some(upgrade) = upgrade {
            head.extensions.insert(upgrade);
        }
        Outcome::NotOurs(Request::from_parts(head, body))
    }

    /// Finds out where a request belongs, and notes who sent it.
    pub(super) fn find(&self, head: &mut Parts, peer: PeerInfo) -> Option<(Arc<Registry>, Route)> {
        head.extensions.insert(self.limits.forwarded(head, peer));
        self.registries.iter().find_map(|registry| {
            let route = registry.protocol().route(head);
            if matches!(route, Route::NotMine) { None } else { Some((Arc::clone(registry), route)) }
        })
    }

    /// A request that was read without hyper and belongs there.
    pub(super) fn plain(
        self: &Arc<Self>,
        (registry, route): (Arc<Registry>, Route),
        head: Parts,
        body: Bytes,
        wants_upgrade: bool,
    ) -> Box<RoutedRequest<Full<Bytes>>> {
        let upgrade = if wants_upgrade { Some(Upgrade::Own) } else { None };
        let (router, body) = (Arc::clone(self), Some(Full::new(body)));
        Box::new(RoutedRequest { router, registry, route, head, body, upgrade, connection: None })
    }

    /// Whether this client may come in: the limits first, then the application.
    async fn authorize(&self, registry: &Registry, head: &Parts) -> Result<Handshake, Rejection> {
        registry.node().admit().map_err(|_| Rejection::Unavailable)?;
        let peer = *head.extensions.get::<PeerInfo>().ok_or(Rejection::AuthorizationFailed)?;
        let handshake = Handshake::new(head, peer, SystemTime::now());
        let Some(authorize) = &self.authorize else { return Ok(handshake) };
        let verdict = AssertUnwindSafe(authorize(handshake)).catch_unwind();
        match tokio::time::timeout(self.limits.authorization_timeout, verdict).await {
            Ok(Ok(Ok(handshake))) => Ok(handshake),
            Ok(Ok(Err(denied))) => {
                debug!(address = %peer.address, reason = %denied, "handshake denied");
                Err(match denied {
                    Denied::Unauthorized => Rejection::Unauthorized,
                    Denied::Failed => Rejection::AuthorizationFailed,
                    Denied::Unavailable => Rejection::Unavailable,
                })
            }
            Ok(Err(_)) => {
                error!(address = %peer.address, "the authorization of a handshake panicked");
                Err(Rejection::AuthorizationFailed)
            }
            Err(_) => {
                warn!(address = %peer.address, "the authorization of a handshake took too long");
                Err(Rejection::AuthorizationFailed)
            }
        }
    }
}

impl<B: http_body::Body<Data: Send> + Send + 'static> RoutedRequest<B> {
    /// Has its protocol answer it.
    pub(crate) async fn answer(mut self: Box<Self>) -> Response<ResponseBody> {
        // One place that waits for the session: the future has room for each of them.
        let (session, transport) = match std::mem::replace(&mut self.route, Route::NotMine) {
            Route::NotMine => return Response::new(ResponseBody::empty()),
            Route::Answer(response) => return ResponseBody::whole(response),
            Route::Now => return ResponseBody::whole(self.registry.protocol().answer(&self.head, moment())),
            Route::Handshake => {
                return ResponseBody::whole(match self.router.authorize(&self.registry, &self.head).await {
                    Ok(handshake) => self.accept(handshake),
                    Err(why) => self.reject(why),
                });
            }
            Route::Open { transport } => match self.router.authorize(&self.registry, &self.head).await {
                Ok(handshake) => (self.registry.open(&new_id(), Arc::new(handshake)), transport),
                Err(why) => return ResponseBody::whole(self.reject(why)),
            },
            Route::Join { id, transport, create } => match self.registry.join(&id) {
                Some(session) => (session, transport),
                None if create && !self.registry.has_ended(&id) => {
                    match self.router.authorize(&self.registry, &self.head).await {
                        Ok(handshake) => (self.registry.open(&id, Arc::new(handshake)), transport),
                        Err(why) => return ResponseBody::whole(self.reject(why)),
                    }
                }
                None => (self.registry.refuse(&id), transport),
            },
        };
        self.exchange(session, transport).await
    }

    fn accept(&self, handshake: Handshake) -> Response<Chunk> {
        let id = new_id();
        match self.registry.expect(id.clone(), handshake) {
            Ok(()) => self.registry.protocol().accept(&id, &self.head),
            Err(_) => self.reject(Rejection::Unavailable),
        }
    }

    fn reject(&self, why: Rejection) -> Response<Chunk> {
        self.registry.protocol().reject(&self.head, why)
    }

    /// Brings the request to its session and gives back what the session answers.
    async fn exchange(
        mut self: Box<Self>,
        session: Arc<SessionHandle>,
        transport: &'static str,
    ) -> Response<ResponseBody> {
        let body = match self.body.take() {
            Some(body) => self.router.limits.read_body(body).await,
            None => Ok(Bytes::new()),
        };
        let body = match body {
            Ok(body) => body,
            Err(why) => return ResponseBody::whole(self.reject(why)),
        };
        if !body.is_empty() {
            session.room().await;
        }
        let (exchange, answering) = self.attach(session, transport, body);
        std::future::poll_fn(|cx| {
            exchange.run_handlers(cx);
            Poll::Ready(())
        })
        .await;
        let Some(response) = exchange.response().await else {
            let mut response = Response::new(ResponseBody::empty());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return response;
        };
        answering.respond(exchange, response)
    }

    /// Hands the request over. What is left of it is little: a poll may be held from here on.
    fn attach(self, session: Arc<SessionHandle>, transport: &'static str, body: Bytes) -> (Exchange, Answering) {
        let Self { router, registry, head, upgrade, connection, .. } = self;
        let mut request = Request::from_parts(head, body);
        let mut session = session;
        let exchange = loop {
            match session.attach(transport, request) {
                Ok(exchange) => break exchange,
                Err(returned) => request = *returned,
            }
            // The session ended between the look-up and now.
            session = registry.refuse(session.id());
        };
        (exchange, Answering { router, registry, upgrade, connection })
    }
}

/// What a request leaves behind for its answer.
struct Answering {
    router: Arc<Router>,
    registry: Arc<Registry>,
    upgrade: Option<Upgrade>,
    connection: Option<ConnectionInfo>,
}

impl Answering {
    fn respond(self, mut exchange: Exchange, response: Response<Body>) -> Response<ResponseBody> {
        let (mut head, body) = response.into_parts();
        if let Some(phrase) = head.extensions.remove::<handshake::ReasonPhrase>() {
            head.extensions.insert(ReasonPhrase::from_static(phrase.as_str().as_bytes()));
        }
        let body = match body {
            Body::Whole(chunk) => {
                let unflushed = self.connection.map(|connection| connection.unflushed);
                ResponseBody(Inner::Whole { left: chunk.into(), exchange: Some(exchange), unflushed })
            }
            Body::Stream(chunk) => ResponseBody(Inner::Stream { left: chunk.into(), exchange }),
            Body::WebSocket(accept) => {
                let Some(upgrade) = self.upgrade else {
                    // Not HTTP/1.1, or a server in front of us that does not hand out its connections.
                    exchange.detach(longwire_transport::Gone::Ended);
                    head.status = StatusCode::BAD_REQUEST;
                    head.headers.clear();
                    return Response::from_parts(head, ResponseBody::empty());
                };
                let place = self.connection.map(|connection| connection.place);
                let limits = self.router.limits;
                let counted = self.registry.node().tasks.count();
                match upgrade {
                    Upgrade::Hyper(upgrade) => {
                        let span = debug_span!("websocket", session = %exchange.session_id());
                        let websocket = WebSocket::new(upgrade, accept, exchange, limits, (counted, place));
                        tokio::spawn(websocket.instrument(span));
                        ResponseBody::empty()
                    }
                    Upgrade::Own => {
                        let accepted = Accepted { accept, exchange, limits, counted };
                        ResponseBody(Inner::WebSocket(Box::new(accepted)))
                    }
                }
            }
        };
        Response::from_parts(head, body)
    }
}

/// Whether a proxy might see the end of the body elsewhere: there are two lengths, or other codings than chunks, or these twice.
fn is_length_unclear(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else { return false };
    headers.contains_key(CONTENT_LENGTH)
        || codings.next().is_some()
        || !coding.as_bytes().eq_ignore_ascii_case(b"chunked")
}

/// The answer to a request whose body may end in two places. That is how requests are smuggled past a proxy: nothing behind it
/// can be trusted.
pub(super) fn unclear_length() -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::empty());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn moment() -> Moment {
    let entropy = getrandom::u32().expect("the operating system has random bytes");
    Moment { date: SystemTime::now(), entropy }
}

/// 160 random bits, as URL-safe text of 27 characters.
fn new_id() -> SessionId {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).expect("the operating system has random bytes");
    SessionId::new(URL_SAFE_NO_PAD.encode(bytes))
}

impl HttpLimits {
    /// Who sent a request, as far as proxies may tell.
    fn forwarded(&self, head: &Parts, peer: PeerInfo) -> PeerInfo {
        if !self.trust_forwarded {
            return peer;
        }
        // The nearest proxy appends, to the list or as one more header; what stands before its entry is the client's own word.
        let last = |name| head.headers.get_all(name).iter().next_back();
        let header = |name| last(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let address = header("x-forwarded-for").and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        PeerInfo {
            address: address.map_or(peer.address, |ip| std::net::SocketAddr::new(ip, 0)),
            secure: header("x-forwarded-proto").map_or(peer.secure, |scheme| scheme.eq_ignore_ascii_case("https")),
        }
    }

    /// All of a body, within the limits of size, time and pace.
    async fn read_body<B>(&self, body: B) -> Result<Bytes, Rejection>
    where
        B: http_body::Body<Data: Send> + Send + 'static,
    {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        if body.size_hint().lower() > self.body_bytes as u64 {
            return Err(Rejection::TooLarge);
        }
        let started = Instant::now();
        let mut body = std::pin::pin!(body);
        let mut collected = Collected::Nothing;
        loop {
            let deadline = self.body_deadline(started, collected.len());
            let frame = match tokio::time::timeout_at(deadline.into(), body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(_))) => return Err(Rejection::BadBody),
                Ok(None) => return Ok(collected.into_bytes()),
                Err(_) => return Err(Rejection::TooSlow),
            };
            if let Ok(data) = frame.into_data() {
                collected.push(data, self.body_bytes)?;
            }
        }
    }

    /// When the next piece of a body has to be there: all of it in `body_timeout`, and behind the grace time as much as the
    /// minimum rate wants.
    fn body_deadline(&self, started: Instant, collected: usize) -> Instant {
        let by_rate = self.body_grace.as_secs_f64() + (collected as f64 + 1.0) / f64::from(self.body_rate.max(1));
        started + self.body_timeout.min(std::time::Duration::from_secs_f64(by_rate))
    }
}

/// The pieces of a body; most bodies are one piece and are not copied.
enum Collected {
    Nothing,
    One(Bytes),
    Several(BytesMut),
}

impl Collected {
    fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::One(bytes) => bytes.len(),
            Self::Several(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, mut data: impl bytes::Buf, limit: usize) -> Result<(), Rejection> {
        if self.len() + data.remaining() > limit {
            return Err(Rejection::TooLarge);
        }
        let data = data.copy_to_bytes(data.remaining());
        *self = match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => Self::One(data),
            Self::One(first) => {
                let mut joined = BytesMut::with_capacity(first.len() + data.len());
                joined.extend_from_slice(&first);
                joined.extend_from_slice(&data);
                Self::Several(joined)
            }
            Self::Several(mut joined) => {
                joined.extend_from_slice(&data);
                Self::Several(joined)
            }
        };
        Ok(())
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Several(bytes) => bytes.freeze(),
        }
    }
}

/// The body of a response: complete, or written by a session as things happen. Applications make complete ones, for
/// [`Serve::fallback`](crate::Serve::fallback).
///
/// ```
/// use http::Response;
/// use longwire::ResponseBody;
///
/// let response = Response::new(ResponseBody::full("A page.\n"));
/// # drop(response);
/// ```
#[derive(Debug)]
pub struct ResponseBody(Inner);

#[derive(Debug)]
pub(super) enum Inner {
    /// Everything is here. The exchange, if there is one, is complete when all of it was taken, and flushed if the connection
    /// can tell.
    Whole { left: Pieces, exchange: Option<Exchange>, unflushed: Option<Unflushed> },
    /// More comes as long as the session likes.
    Stream { left: Pieces, exchange: Exchange },
    /// A WebSocket begins. Only for those who said that they do that themselves.
    WebSocket(Box<Accepted>),
}

/// A WebSocket whose 101 is on its way.
#[derive(Debug)]
pub(super) struct Accepted {
    accept: handshake::Accept,
    exchange: Exchange,
    limits: HttpLimits,
    counted: Counted,
}

impl Accepted {
    /// Goes on with the connection as a WebSocket; `unread` came behind the request.
    pub(super) fn open(self, io: TcpStream, unread: Bytes, place: Arc<Place>) {
        let Self { accept, exchange, limits, counted } = self;
        let span = debug_span!("websocket", session = %exchange.session_id());
        let websocket = WebSocket::own(io, unread, accept, exchange, limits, (counted, Some(place)));
        tokio::spawn(websocket.instrument(span));
    }
}

/// The pieces of a chunk that were not taken yet.
#[derive(Debug)]
pub(super) struct Pieces(pub(super) smallvec::IntoIter<[Bytes; 3]>);

impl From<Chunk> for Pieces {
    fn from(chunk: Chunk) -> Self {
        Self(chunk.into_iter())
    }
}

impl Pieces {
    pub(super) fn len(&self) -> usize {
        self.0.as_slice().iter().map(Bytes::len).sum()
    }
}

impl ResponseBody {
    /// Nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(Chunk::new())
    }

    /// A body of known bytes.
    #[must_use]
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self::of(Chunk::from(bytes))
    }

    pub(super) fn into_inner(self) -> Inner {
        self.0
    }

    fn whole(response: Response<Chunk>) -> Response<Self> {
        response.map(Self::of)
    }

    fn of(chunk: Chunk) -> Self {
        Self(Inner::Whole { left: chunk.into(), exchange: None, unflushed: None })
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Inner::Whole { left, exchange, unflushed } => {
                let piece = left.0.next();
                if left.0.len() == 0
                    && let Some(mut exchange) = exchange.take()
                {
                    match unflushed {
                        Some(unflushed) => unflushed.push(exchange),
                        None => exchange.complete(cx),
                    }
                }
                Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
            }
            Inner::Stream { left, exchange } => loop {
                if let Some(piece) = left.0.next() {
                    return Poll::Ready(Some(Ok(Frame::data(piece))));
                }
                // Whoever asks for more has taken what there was.
                exchange.taken(cx);
                match std::task::ready!(exchange.poll_next(cx)) {
                    Next::Write(chunk) => *left = chunk.into(),
                    Next::Finish => {
                        exchange.finished();
                        return Poll::Ready(None);
                    }
                }
            },
            Inner::WebSocket(_) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Inner::Whole { left, .. } if left.0.len() == 0)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Whole { left, .. } => SizeHint::with_exact(left.len() as u64),
            Inner::Stream { .. } | Inner::WebSocket(_) => SizeHint::default(),
        }
    }
}

impl Default for ResponseBody {
    fn default() -> Self {
        Self::empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn seen(headers: &[(&'static str, &str)], config: Config) -> PeerInfo {
        let mut request = Request::get("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        config.http.forwarded(&head, PeerInfo { address: ([10, 0, 0, 1], 9).into(), secure: false })
    }

    #[test]
    fn only_the_nearest_proxy_is_believed() {
        let lists: [&[(&str, &str)]; 3] = [
            &[("x-forwarded-for", "6.6.6.6, 192.0.2.1")],
            &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.0.2.1")],
            &[("x-forwarded-for", "192.0.2.1")],
        ];
        for list in lists {
            assert_eq!(seen(list, Config::default().trust_forwarded(true)).address.ip().to_string(), "192.0.2.1");
            assert_eq!(seen(list, Config::default()).address.ip().to_string(), "10.0.0.1");
        }
        let secure = [("x-forwarded-proto", "http"), ("x-forwarded-proto", "HTTPS")];
        assert!(seen(&secure, Config::default().trust_forwarded(true)).secure);
        assert!(!seen(&secure, Config::default()).secure);
    }
}
