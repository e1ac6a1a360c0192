//! The server as a tower service, for applications that listen already.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Extensions, Request, Response};
use http_body_util::Either;
use longwire_transport::PeerInfo;

use crate::net::http::{Outcome, ResponseBody};
use crate::server::not_found;
use crate::{Bytes, Server};

/// Answers the requests of longwire's protocols; all others get 404, unless [`Layer`] passes them on.
///
/// WebSockets need a server whose connections can be taken over, as hyper's and axum's can. The client's address is read from
/// a [`PeerInfo`] or [`SocketAddr`] among the request's extensions, or as [`peer`](Self::peer) says; a server that puts
/// nothing there has clients from `0.0.0.0`.
///
/// Flash policy requests are no HTTP and never come here. Some old clients compare the names of headers in the case of the
/// specifications (`Upgrade`, not `upgrade`): hixie-75 needs a server in front that writes them so, as [`Server::serve`] does.
#[derive(Clone, Debug)]
pub struct Service {
    server: Server,
    peer: FindPeer,
}

/// Puts longwire in front of another service, which gets the requests that belong to none of the protocols.
///
/// All that is said of [`Service`] holds. An example that runs is `examples/axum.rs`.
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::extract::ConnectInfo;
/// use longwire::{Config, Layer, PeerInfo, Server};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder(Config::default()).build()?;
/// // axum keeps the client's address in a type of its own.
/// let layer = Layer::new(&server).peer(|extensions| {
///     let ConnectInfo(address) = *extensions.get::<ConnectInfo<SocketAddr>>()?;
///     Some(PeerInfo { address, secure: false })
/// });
/// let app: axum::Router = axum::Router::new().layer(layer);
/// let app = app.into_make_service_with_connect_info::<SocketAddr>();
/// # drop(app);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Layer {
    server: Server,
    peer: FindPeer,
}

/// longwire in front of `S`; from [`Layer`].
#[derive(Clone, Debug)]
pub struct Layered<S> {
    server: Server,
    peer: FindPeer,
    inner: S,
}

type FindPeer = fn(&Extensions) -> Option<PeerInfo>;

type Answer<T, E> = Pin<Box<dyn Future<Output = Result<Response<T>, E>> + Send>>;

impl Service {
    pub(crate) const fn new(server: Server) -> Self {
        Self { server, peer: usual_peer }
    }

    /// Where the server in front of it leaves the client's address, when that is neither a [`PeerInfo`] nor a [`SocketAddr`].
    /// `secure` says whether the client uses TLS. With [`Config::trust_forwarded`](crate::Config::trust_forwarded) the headers
    /// of a proxy count more.
    #[must_use]
    pub fn peer(mut self, find: fn(&Extensions) -> Option<PeerInfo>) -> Self {
        self.peer = find;
        self
    }
}

impl Layer {
    /// A layer in front of whatever it is put around.
    #[must_use]
    pub fn new(server: &Server) -> Self {
        Self { server: server.clone(), peer: usual_peer }
    }

    /// As [`Service::peer`].
    #[must_use]
    pub fn peer(mut self, find: fn(&Extensions) -> Option<PeerInfo>) -> Self {
        self.peer = find;
        self
    }
}

impl<S> tower_layer::Layer<S> for Layer {
    type Service = Layered<S>;

    fn layer(&self, inner: S) -> Layered<S> {
        Layered { server: self.server.clone(), peer: self.peer, inner }
    }
}

impl<B> tower_service::Service<Request<B>> for Service
where
    B: http_body::Body<Data: Send> + Send + 'static,
{
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Answer<ResponseBody, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (router, peer) = (Arc::clone(self.server.router()), peer_of(self.peer, &request));
        Box::pin(async move {
            Ok(match router.route(request, peer, None) {
                Outcome::Ours(request) => request.answer().await,
                Outcome::Answered(response) => response,
                Outcome::NotOurs(_) => not_found(),
            })
        })
    }
}

impl<S, B, T> tower_service::Service<Request<B>> for Layered<S>
where
    S: tower_service::Service<Request<B>, Response = Response<T>, Future: Send> + Clone + Send + 'static,
    B: http_body::Body<Data: Send> + Send + 'static,
    T: http_body::Body<Data = Bytes>,
{
    type Response = Response<Either<ResponseBody, T>>;
    type Error = S::Error;
    type Future = Answer<Either<ResponseBody, T>, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (router, peer) = (Arc::clone(self.server.router()), peer_of(self.peer, &request));
        // The one that is ready is used up; its clone has to become ready for the next request.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        Box::pin(async move {
            Ok(match router.route(request, peer, None) {
                Outcome::Ours(request) => request.answer().await.map(Either::Left),
                Outcome::Answered(response) => response.map(Either::Left),
                Outcome::NotOurs(request) => inner.call(request).await?.map(Either::Right),
            })
        })
    }
}

fn usual_peer(extensions: &Extensions) -> Option<PeerInfo> {
    let address = || Some(PeerInfo { address: *extensions.get::<SocketAddr>()?, secure: false });
    extensions.get::<PeerInfo>().copied().or_else(address)
}

fn peer_of<B>(find: FindPeer, request: &Request<B>) -> PeerInfo {
    let unknown = PeerInfo { address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), secure: false };
    find(request.extensions()).unwrap_or(unknown)
}
