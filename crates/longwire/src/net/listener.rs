//! Accepting connections. Plain requests of our protocols are read by `http1/`; what else begins there is a Flash policy
//! request or for hyper.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1 as hyper_http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use longwire_flash_policy::{Policy, REQUEST_TIMEOUT, RequestMatcher, Verdict};
use longwire_transport::PeerInfo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tracing::{debug, warn};

use super::connection::{ConnectionInfo, Guarded, InFlight, InFlightGuard, Place, Times, Unflushed};
use super::http::{Outcome, ResponseBody, RoutedRequest, Router, unclear_length};
use super::http1::{self, End};
use super::tally::Tally;

/// How long to wait after the system refused to accept, for example because there are no descriptors left. Trying again at
/// once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Answers the requests that belong to none of the protocols.
pub(crate) type Fallback = Arc<dyn Fn(Request<Incoming>) -> BoxFuture<'static, Response<ResponseBody>> + Send + Sync>;

/// What all connections of a listener have in common.
pub(crate) struct Listener {
    pub(crate) router: Arc<Router>,
    pub(crate) fallback: Fallback,
    pub(crate) policy: Option<Policy>,
    pub(crate) times: Times,
    pub(crate) header_bytes: usize,
    pub(crate) header_count: usize,
    pub(crate) connections: Arc<Semaphore>,
    pub(crate) open: Arc<Tally>,
    /// Turns true when the server stops.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Listener {
    /// Accepts connections until the server stops.
    pub(crate) async fn run(self: Arc<Self>, socket: TcpListener) {
        let mut stopped = pin!(self.stopped());
        let connections = metrics::gauge!("longwire_connections_open");
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&socket) => accepted,
                () = &mut stopped => return,
            };
            let Some((stream, address, permit)) = accepted else { continue };
            let (listener, counted) = (Arc::clone(&self), self.open.count());
            let place = Arc::new(Place::new(permit, connections.clone()));
            tokio::spawn(async move {
                listener.connection(stream, address, place).await;
                drop(counted);
            });
        }
    }

    /// Resolves when the server stops.
    pub(super) async fn stopped(&self) {
        // An error says that nobody is left who could stop it, which comes to the same.
        drop(self.stop.clone().wait_for(|stop| *stop).await);
    }

    async fn accept(&self, socket: &TcpListener) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.connections).acquire_owned().await.ok()?;
        match socket.accept().await {
            Ok((stream, address)) => Some((stream, address, permit)),
            Err(error) => {
                // The peer of a connection in the queue may have gone; anything else is ours, and lasts a while.
                if error.kind() != io::ErrorKind::ConnectionAborted {
                    warn!(%error, "no connection can be accepted");
                    metrics::counter!("longwire_accept_errors_total").increment(1);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
                None
            }
        }
    }

    async fn connection(&self, stream: TcpStream, address: SocketAddr, place: Arc<Place>) {
        // Small writes that wait for more are the opposite of real time. A socket that cannot do it still works.
        let _ = stream.set_nodelay(true);
        // What follows on what most connections are would make every one of them larger.
        match http1::serve(self, stream, address, &place).await {
            End::Over => {}
            End::Policy(stream, bytes) => {
                if let Some(policy) = &self.policy {
                    Box::pin(answer_policy(stream, &bytes, policy)).await;
                }
            }
            End::Hyper(stream, bytes) => Box::pin(self.hyper(stream, bytes, address, place)).await,
        }
    }

    fn answer(&self, request: Request<Incoming>, peer: PeerInfo, connection: ConnectionInfo) -> Answer {
        match self.router.route(request, peer, Some(connection)) {
            Outcome::Ours(request) => Answer::Ours(request),
            Outcome::Answered(response) => Answer::now(response),
            Outcome::NotOurs(request) => Answer::Other((self.fallback)(request)),
        }
    }

    /// Serves a connection that begins with `unread` by hyper.
    async fn hyper(&self, stream: TcpStream, unread: Bytes, address: SocketAddr, place: Arc<Place>) {
        let (in_flight, unflushed) = (InFlight::new(), Unflushed::default());
        let io = TokioIo::new(Guarded::new(stream, unread, self.times, in_flight.clone(), unflushed.clone()));
        let peer = PeerInfo { address, secure: false };
        let info = ConnectionInfo { unflushed, place };
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let info = info.clone();
            let (guard, has_two_lengths) = (in_flight.begin(), in_flight.has_two_lengths());
            let answer = if has_two_lengths { Answer::now(unclear_length()) } else { self.answer(request, peer, info) };
            async move {
                let response = match answer {
                    Answer::Ours(request) => request.answer().await,
                    Answer::Other(answer) => answer.await,
                };
                Ok::<_, Infallible>(response.map(|body| GuardedBody { body, _guard: guard }))
            }
        });
        let connection = hyper_http1::Builder::new()
            .timer(TokioTimer::new())
            // Ours keep idle connections and slow heads apart.
            .header_read_timeout(None)
            .max_headers(self.header_count)
            .max_header_size(self.header_bytes)
            .max_buf_size(self.header_bytes.max(64 << 10))
            // Some clients of the time compare header names as they stand in the specifications.
            .title_case_headers(true)
            .serve_connection(io, service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let result = tokio::select! {
            result = &mut connection => result,
            () = self.stopped() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = result {
            debug!(%address, %error, "an HTTP connection failed");
        }
    }
}

/// How a request is answered, without the request: a poll that is held is this and little more.
enum Answer {
    Ours(Box<RoutedRequest<Incoming>>),
    Other(BoxFuture<'static, Response<ResponseBody>>),
}

impl Answer {
    fn now(response: Response<ResponseBody>) -> Self {
        Self::Other(Box::pin(std::future::ready(response)))
    }
}

/// Answers a Flash policy request; anything else that begins with `<` is closed.
async fn answer_policy(mut stream: TcpStream, begin: &[u8], policy: &Policy) {
    let exchange = async {
        if !is_policy_request(&mut stream, begin).await? {
            return Ok(());
        }
        stream.write_all(policy.as_bytes()).await?;
        stream.shutdown().await?;
        // Without reading to the end, what the peer sends meanwhile would make the system drop the answer.
        let mut rest = [0; 64];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    if timeout(REQUEST_TIMEOUT, exchange).await.is_err() {
        debug!("a Flash policy request took too long");
    }
}

async fn is_policy_request(stream: &mut TcpStream, begin: &[u8]) -> io::Result<bool> {
    let mut matcher = RequestMatcher::new();
    let mut verdict = matcher.push(begin);
    let mut bytes = [0; longwire_flash_policy::REQUEST.len()];
    loop {
        match verdict {
            Verdict::NeedMore => {}
            Verdict::Matched => return Ok(true),
            Verdict::NotAPolicyRequest => return Ok(false),
        }
        let count = stream.read(&mut bytes).await?;
        if count == 0 {
            return Ok(matcher.finish());
        }
        verdict = matcher.push(&bytes[..count]);
    }
}

/// A body during which its connection counts as busy.
struct GuardedBody {
    body: ResponseBody,
    _guard: InFlightGuard,
}

impl Body for GuardedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
