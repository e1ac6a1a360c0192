//! The server as a service and as a layer, in servers that others wrote.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::routing::{any, get};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use longwire::{Bytes, Handshake, Layer, Namespace, Server, Service, Socket, State, Text};
use longwire_tests::server::config;
use longwire_tests::{Client, Connection, Request, Tell, Told, Transport, told, within};
use tokio::net::TcpListener;
use tower_layer::Layer as _;

type Seen = Arc<Handshake>;

/// A server that echoes texts and tells of its handshakes.
fn server() -> (Server, Told<Seen>) {
    let (tell, told) = told::<Seen>();
    let namespace = Namespace::new("/")
        .on_connect(async |handshake: Seen, State(tell): State<Tell<Seen>>| tell.tell(handshake))
        .on_text(async |socket: Socket, Text(text): Text| socket.send(text).unwrap());
    (Server::builder(config()).state(tell).namespace(namespace).build().unwrap(), told)
}

async fn listen() -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Serves hyper's way: a connection, a service.
async fn with_hyper<S, B>(service: S) -> SocketAddr
where
    S: tower_service::Service<hyper::Request<Incoming>, Response = hyper::Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: hyper::body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let (socket, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let service = TowerToHyperService::new(service.clone());
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection.with_upgrades());
        }
    });
    address
}

async fn with_axum(app: axum::Router) -> SocketAddr {
    let (socket, address) = listen().await;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(socket, app).await });
    address
}

async fn assert_serves_every_transport(address: SocketAddr) {
    for transport in Transport::ALL {
        let mut client = Client::open(address, transport).await;
        for text in ["3:::one", "3:::two"] {
            client.send(text).await;
            client.expect(&[text]).await;
        }
    }
}

#[tokio::test]
async fn a_service_of_its_own_under_hyper() {
    let (server, mut told) = server();
    let address = with_hyper(server.service()).await;
    assert_serves_every_transport(address).await;
    // Nobody said where the clients are.
    assert_eq!(told.hear().await.address.to_string(), "0.0.0.0:0");
    Connection::open(address).await.get("/elsewhere").await.assert(404, "Not found.\n");
}

#[tokio::test]
async fn a_layer_around_a_service_that_gets_the_rest() {
    let (server, _told) = server();
    let inner = tower_service_fn(async |request: hyper::Request<Incoming>| {
        let path = request.uri().path().to_owned();
        let is_upgrade = request.extensions().get::<hyper::upgrade::OnUpgrade>().is_some();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let text = format!("{path} {is_upgrade} {}", String::from_utf8_lossy(&body));
        Ok::<_, std::convert::Infallible>(hyper::Response::new(Full::new(Bytes::from(text))))
    });
    let address = with_hyper(Layer::new(&server).layer(inner)).await;
    assert_serves_every_transport(address).await;
    let mut connection = Connection::open(address).await;
    connection.post("/elsewhere", "a body").await.assert(200, "/elsewhere false a body");
    // The old server's files, and what only looks like ours.
    for target in ["/socket.io/socket.io.js", "/socket.io/static/flashsocket/WebSocketMain.swf", "/socket.ioXYZ/1/"] {
        connection.get(target).await.assert(200, &format!("{target} false "));
    }
    let request = Request::get("/its/own/websocket").header("Connection", "Upgrade").header("Upgrade", "websocket");
    connection.request(&request).await.assert(200, "/its/own/websocket true ");
}

#[tokio::test]
async fn a_layer_around_an_axum_application() {
    let (server, mut told) = server();
    let find = |extensions: &http::Extensions| {
        let ConnectInfo(address) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(longwire::PeerInfo { address: *address, secure: false })
    };
    let app = axum::Router::new().route("/", get(async || "the page")).layer(Layer::new(&server).peer(find));
    let address = with_axum(app).await;
    assert_serves_every_transport(address).await;
    let seen = told.hear().await;
    assert!(seen.address.ip().is_loopback() && seen.address.port() != 0, "{seen:?}");

    let mut connection = Connection::open(address).await;
    connection.get("/").await.assert(200, "the page");
    assert_eq!(connection.get("/elsewhere").await.status, 404);
    connection.get("/socket.io/").await.assert(200, "Welcome to socket.io.");
}

#[tokio::test]
async fn a_service_on_a_route_of_axum() {
    let (server, mut told) = server();
    let find = |extensions: &http::Extensions| {
        extensions.get::<ConnectInfo<SocketAddr>>().map(|info| longwire::PeerInfo { address: info.0, secure: false })
    };
    let service: Service = server.service().peer(find);
    let app = axum::Router::new().route_service("/socket.io/{*rest}", service).route("/other", any(async || "other"));
    let address = with_axum(app).await;
    assert_serves_every_transport(address).await;
    assert!(told.hear().await.address.ip().is_loopback());
    Connection::open(address).await.get("/other").await.assert(200, "other");
}

#[tokio::test]
async fn an_address_among_the_extensions_is_found() {
    let (server, mut told) = server();
    let address = with_hyper(Addressed(server.service())).await;
    let _client = Client::open(address, Transport::XhrPolling).await;
    let seen = told.hear().await;
    assert_eq!((seen.address.to_string().as_str(), seen.secure), ("192.0.2.1:5", false));

    // Whoever says where to look is not overruled.
    let find = |_: &http::Extensions| Some(longwire::PeerInfo { address: ([192, 0, 2, 9], 7).into(), secure: true });
    let address = with_hyper(Addressed(server.service().peer(find))).await;
    let _client = Client::open(address, Transport::XhrPolling).await;
    let seen = told.hear().await;
    assert_eq!((seen.address.to_string().as_str(), seen.secure), ("192.0.2.9:7", true));
}

#[tokio::test]
async fn a_server_in_another_server_stops_as_well() {
    let (server, _told) = server();
    let address = with_hyper(server.service()).await;
    let mut clients = Vec::new();
    for transport in Transport::KINDS {
        let mut client = Client::open(address, transport).await;
        client.listen().await;
        clients.push(client);
    }
    let stopping = tokio::spawn(async move { server.shutdown(std::time::Duration::from_secs(60)).await });
    for client in &mut clients {
        client.expect(&["7:::1+0"]).await;
        client.assert_end().await;
    }
    Connection::open(address).await.get("/socket.io/1/").await.assert(503, "service unavailable");
    drop(clients);
    within("the end", stopping).await.unwrap();
}

/// When the last handle goes, and with it the chance to stop in order, sessions are ended all the same.
#[tokio::test]
async fn a_server_that_nobody_has_any_more_ends_its_sessions() {
    let (server, _told) = server();
    let (socket, address) = listen().await;
    let service = TowerToHyperService::new(server.service());
    let serving = tokio::spawn(async move {
        for _ in 0..2 {
            let (stream, _) = socket.accept().await.unwrap();
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
            tokio::spawn(connection.with_upgrades());
        }
    });
    let mut client = Client::open(address, Transport::WEBSOCKET).await;
    serving.await.unwrap();
    drop(server);
    client.expect(&["7:::1+0"]).await;
    client.assert_end().await;
}

/// An async function as a tower service.
#[derive(Clone)]
struct ServiceFn<F>(F);

fn tower_service_fn<F>(function: F) -> ServiceFn<F> {
    ServiceFn(function)
}

impl<F, Fut, R, T, E> tower_service::Service<R> for ServiceFn<F>
where
    F: FnMut(R) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Response = T;
    type Error = E;
    type Future = Fut;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), E>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Fut {
        (self.0)(request)
    }
}

/// Puts an address where some servers put it.
#[derive(Clone)]
struct Addressed(Service);

impl<B> tower_service::Service<hyper::Request<B>> for Addressed
where
    Service: tower_service::Service<hyper::Request<B>>,
{
    type Response = <Service as tower_service::Service<hyper::Request<B>>>::Response;
    type Error = <Service as tower_service::Service<hyper::Request<B>>>::Error;
    type Future = <Service as tower_service::Service<hyper::Request<B>>>::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: hyper::Request<B>) -> Self::Future {
        request.extensions_mut().insert(SocketAddr::from(([192, 0, 2, 1], 5)));
        self.0.call(request)
    }
}
