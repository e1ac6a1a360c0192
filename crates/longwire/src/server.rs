//! The server: what applications build, and the two ways to run it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use longwire_flash_policy::{Domain, Policy, Ports};
use longwire_transport::socketio_rev1::{ConfigError, Rev1};
use longwire_transport::sockjs::{self, SockJs};
use longwire_transport::{CloseReason, Protocol};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tracing::info;

use crate::hub::{self, Denied, Handshake, Hub, Io, Namespace, NamespaceError, States};
use crate::net::http::{Authorize, ResponseBody, Router};
use crate::net::listener::{Fallback, Listener};
use crate::net::registry::{Node, Registry};
use crate::service::Service;
use crate::{ByteString, Config, Origins};

/// Puts a server together; from [`Server::builder`].
///
/// ```
/// use longwire::{Config, Namespace, Server, Socket, State};
///
/// #[derive(Clone)]
/// struct Greeting(&'static str);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let greet = async |socket: Socket, State(greeting): State<Greeting>| drop(socket.send(greeting.0));
/// let server = Server::builder(Config::default())
///     .namespace(Namespace::default().on_connect(greet))
///     .state(Greeting("hello"))
///     .build()?;
/// # drop(server);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens before it is built"]
pub struct ServerBuilder {
    config: Config,
    namespaces: Vec<Namespace>,
    services: Vec<(String, sockjs::Config, hub::Service)>,
    states: States,
    authorize: Option<Authorize>,
    protocols: Vec<Box<dyn Protocol>>,
}

/// Why a server cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The settings of Socket.IO revision 1 are such that its clients could not live with them.
    #[error(transparent)]
    SocketIoRev1(#[from] ConfigError),
    /// The settings of a SockJS service are such that its clients could not live with them.
    #[error("the SockJS service below {prefix:?}: {error}")]
    SockJs {
        /// The prefix of the service.
        prefix: String,
        /// What is wrong.
        error: sockjs::ConfigError,
    },
    /// Two SockJS services have the same prefix.
    #[error("two SockJS services have the prefix {prefix:?}")]
    DuplicatePrefix {
        /// The prefix.
        prefix: String,
    },
    /// A namespace or service cannot work as it was put together.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// It was not built within a tokio runtime.
    #[error("a server has to be built within a tokio runtime: sessions need its timers")]
    NoRuntime,
}

impl ServerBuilder {
    /// Adds a namespace. The default one needs to be added only if something happens on it. Of two with the same name the
    /// later counts.
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespaces.push(namespace);
        self
    }

    /// Adds a SockJS service: everything below `prefix`, which is a path without a slash at its end and counts more than what
    /// `config` says. Prefixes may lie within each other: the longest that fits a request has it, and answers 404 where it
    /// knows nothing. What [`Config::origins`] and [`Config::backlog_bytes`] say for all protocols counts more than what
    /// `config` says.
    ///
    /// ```
    /// use std::time::Duration;
    /// use longwire::sockjs::{Config as SockJs, Service, Session};
    /// use longwire::{Config, Payload, Server};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let echo = Service::new().on_message(async |session: Session, message: Payload| drop(session.send(message)));
    /// let server = Server::builder(Config::default())
    ///     .sockjs("/echo", SockJs::default().heartbeat_delay(Duration::from_secs(20)), echo)
    ///     .build()?;
    /// # drop(server);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sockjs(mut self, prefix: &str, config: sockjs::Config, service: hub::Service) -> Self {
        self.services.push((prefix.to_owned(), config, service));
        self
    }

    /// Adds state that handlers take as [`State<S>`](crate::State). One of each type: of two the later counts. Handlers get
    /// clones, so what is large or changes goes into an `Arc`.
    pub fn state<S: Clone + Send + Sync + 'static>(mut self, state: S) -> Self {
        self.states.insert(state);
        self
    }

    /// Asks before a session may open, once for each handshake. The hook sees headers, query and address, and may keep things
    /// of its own in the handshake's extensions. Origins and limits are checked ahead of it; it has
    /// [`Config::authorization_timeout`].
    ///
    /// ```
    /// use longwire::{Config, Denied, Handshake, Server};
    ///
    /// #[derive(Clone)]
    /// struct User(String);
    ///
    /// let builder = Server::builder(Config::default()).authorize(async |mut handshake: Handshake| {
    ///     match handshake.query("token").as_deref() {
    ///         Some("secret") => {
    ///             // For handlers: socket.handshake().extensions.get::<User>()
    ///             handshake.extensions.insert(User("anna".to_owned()));
    ///             Ok(handshake)
    ///         }
    ///         _ => Err(Denied::Unauthorized),
    ///     }
    /// });
    /// # drop(builder);
    /// ```
    pub fn authorize<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(Handshake) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Handshake, Denied>> + Send + 'static,
    {
        let hook = Arc::new(hook);
        self.authorize = Some(Box::new(move |handshake| {
            let hook = Arc::clone(&hook);
            // Called within the future, so that a panic of the hook is one of the future.
            Box::pin(async move { hook(handshake).await })
        }));
        self
    }

    /// Adds a protocol of your own. Requests that none of ours wants are offered to those added, in the order they were added;
    /// what is routed as theirs has the same limits, authorization, driver and shutdown as ours, and its own checks of origins.
    ///
    /// Its sessions come to namespaces by [`Event::Packet`](longwire_transport::Event::Packet). Nobody hears an
    /// [`Event::Message`](longwire_transport::Event::Message), which only SockJS services have handlers for: a protocol of plain
    /// messages answers them in its session, as the example `websocket-echo` does.
    pub fn protocol(mut self, protocol: impl Protocol + 'static) -> Self {
        self.protocols.push(Box::new(protocol));
        self
    }

    /// Builds the server. It starts one task, which keeps the time of all sessions and ends with the server.
    ///
    /// # Errors
    ///
    /// When a setting or a handler cannot work, or there is no tokio runtime.
    pub fn build(self) -> Result<Server, BuildError> {
        let runtime = Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let (sockjs, services) = settle_services(&self.config, self.services)?;
        let config = self.config.settled();
        let Config { socketio_rev1, hub, node, http, .. } = config.clone();
        let timer = Box::new(|time| -> BoxFuture<'static, ()> { Box::pin(tokio::time::sleep(time)) });
        let hub = Hub::new(self.namespaces, services, self.states, hub, timer)?;
        let node = Arc::new(Node::new(hub, node, runtime));
        let mut registries = vec![Registry::new(Box::new(Rev1::new(socketio_rev1)?), None, Arc::clone(&node))];
        registries.extend(sockjs.into_iter().map(|protocol| {
            let service = node.hub.service(protocol.config().path()).map(Arc::clone);
            Registry::new(Box::new(protocol), service, Arc::clone(&node))
        }));
        registries.extend(self.protocols.into_iter().map(|protocol| Registry::new(protocol, None, Arc::clone(&node))));
        let router = Arc::new(Router { registries, authorize: self.authorize, limits: http });
        let clock = node.runtime.spawn(Arc::clone(&node.deadlines).run()).abort_handle();
        let (stop, _) = watch::channel(false);
        Ok(Server(Arc::new(Inner { config, node, router, stop, clock })))
    }
}

/// What is done in the sessions of services, by their prefixes.
type Handlers = Vec<(ByteString, hub::Service)>;

/// The protocols and the handlers of SockJS services. A protocol takes everything below its prefix, so those with longer ones
/// are asked first.
fn settle_services(
    config: &Config,
    mut services: Vec<(String, sockjs::Config, hub::Service)>,
) -> Result<(Vec<SockJs>, Handlers), BuildError> {
    services.sort_by(|(one, ..), (other, ..)| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    if let Some(pair) = services.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(BuildError::DuplicatePrefix { prefix: pair[0].0.clone() });
    }
    let settled = services.into_iter().map(|(prefix, own, service)| {
        let own = config.settled_sockjs(own).prefix(prefix.as_str());
        match SockJs::new(own) {
            Ok(protocol) => Ok((protocol, (prefix.into(), service))),
            Err(error) => Err(BuildError::SockJs { prefix, error }),
        }
    });
    Ok(settled.collect::<Result<Vec<_>, _>>()?.into_iter().unzip())
}

/// A real-time server. Cheap to clone; all clones are the same server.
///
/// Run it on listeners of its own with [`serve`](Self::serve), or mount [`service`](Self::service) or a
/// [`Layer`](crate::Layer) in an application that listens already. It stops when [`shutdown`](Self::shutdown) is called or the
/// last clone, services and layers included, is dropped.
///
/// ```
/// use std::time::Duration;
/// use longwire::{Config, Server};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder(Config::default()).build()?;
/// let serving = tokio::spawn(server.serve(longwire::listen("127.0.0.1:0".parse()?)?).run());
/// // … until something says that it is enough.
/// server.shutdown(Duration::from_secs(5)).await;
/// serving.await??;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    config: Config,
    node: Arc<Node>,
    router: Arc<Router>,
    stop: watch::Sender<bool>,
    clock: tokio::task::AbortHandle,
}

impl Server {
    /// Begins a server with these settings.
    pub fn builder(config: Config) -> ServerBuilder {
        ServerBuilder {
            config,
            namespaces: Vec::new(),
            services: Vec::new(),
            states: States::default(),
            authorize: None,
            protocols: Vec::new(),
        }
    }

    /// All clients of the server.
    #[must_use]
    pub fn io(&self) -> Io {
        Io::new(Arc::clone(&self.0.node.hub))
    }

    /// How many sessions there are, of all protocols. A handshake without a transport is none.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.0.node.sessions.get()
    }

    /// The server as a [`tower_service::Service`], to be mounted in an application that listens already.
    #[must_use]
    pub fn service(&self) -> Service {
        Service::new(self.clone())
    }

    /// Serves a listener of its own, best one from [`listen`]; configure the returned value, then run it.
    pub fn serve(&self, socket: TcpListener) -> Serve {
        Serve { server: self.clone(), sockets: vec![socket], fallback: None, policy_ports: Vec::new() }
    }

    /// The Flash socket policy that fits this server: the hosts of its origins may reach `ports`. For a policy server on a
    /// port of its own, which the crate `longwire-flash-policy` has; [`serve`](Self::serve) answers on its own port by itself.
    #[must_use]
    pub fn flash_policy(&self, ports: &Ports) -> Policy {
        let origins: &Origins = self.0.config.socketio_rev1.allowed_origins();
        let hosts: Vec<Domain> = origins.patterns().iter().filter_map(|pattern| pattern.host().parse().ok()).collect();
        Policy::for_hosts(if origins.is_any() { vec![Domain::any()] } else { hosts }, ports)
    }

    /// Stops: no new connections and sessions, clients are told to go elsewhere or to come again, what is being written is
    /// written. Resolves when everything has ended, handlers included, or after `drain`; what is left then ends with the
    /// runtime.
    ///
    /// Disconnect handlers hear [`CloseReason::ServerShutdown`]. Clients of revision 1 hear `7:::1+0`, and begin anew; those of
    /// SockJS hear 1001 `Server shutdown`, if they are listening.
    ///
    /// Not cancel safe: dropping the future stops waiting, the server stops all the same.
    pub async fn shutdown(&self, drain: Duration) {
        let inner = &self.0;
        inner.node.stop();
        inner.stop.send_replace(true);
        for registry in &inner.router.registries {
            registry.close_all(CloseReason::ServerShutdown);
        }
        let ended = async {
            inner.node.sessions.zero().await;
            inner.node.tasks.zero().await;
        };
        let complete = tokio::time::timeout(drain, ended).await.is_ok();
        info!(complete, sessions = self.sessions(), "the server has stopped");
    }

    pub(crate) fn router(&self) -> &Arc<Router> {
        &self.0.router
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.clock.abort();
        self.stop.send_replace(true);
        // Sessions and the hub hold each other until they are closed.
        for registry in &self.router.registries {
            registry.close_all(CloseReason::ServerShutdown);
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("sessions", &self.sessions()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("namespaces", &self.namespaces)
            .field("protocols", &self.protocols)
            .finish_non_exhaustive()
    }
}

/// A server on listeners of its own; from [`Server::serve`].
///
/// A connection that begins with `<` is a Flash policy request, every other one is HTTP/1. There is no TLS here.
///
/// ```no_run
/// use http::{Request, Response};
/// use longwire::{Config, ResponseBody, Server};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder(Config::default()).build()?;
/// server
///     .serve(longwire::listen("0.0.0.0:80".parse()?)?)
///     .also(longwire::listen("[::]:8080".parse()?)?)
///     .policy_ports([80])
///     .fallback(async |request: Request<_>| {
///         Response::new(ResponseBody::full(format!("There is no {} here.\n", request.uri().path())))
///     })
///     .run()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is served before `run`"]
pub struct Serve {
    server: Server,
    sockets: Vec<TcpListener>,
    fallback: Option<Fallback>,
    policy_ports: Vec<u16>,
}

impl Serve {
    /// Serves one more listener.
    pub fn also(mut self, socket: TcpListener) -> Self {
        self.sockets.push(socket);
        self
    }

    /// Answers the requests that belong to none of the protocols; without it they are answered 404.
    pub fn fallback<F, Fut>(mut self, answer: F) -> Self
    where
        F: Fn(Request<Incoming>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Response<ResponseBody>> + Send + 'static,
    {
        let answer = move |request| -> BoxFuture<'static, Response<ResponseBody>> { Box::pin(answer(request)) };
        self.fallback = Some(Arc::new(answer));
        self
    }

    /// Ports that the Flash policy names, when they are not those of the listeners: behind a proxy the public ones. An empty list
    /// stands for those of the listeners.
    pub fn policy_ports(mut self, ports: impl IntoIterator<Item = u16>) -> Self {
        self.policy_ports = ports.into_iter().collect();
        self
    }

    /// The addresses of the listeners.
    ///
    /// # Errors
    ///
    /// When the system does not tell.
    pub fn local_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        self.sockets.iter().map(TcpListener::local_addr).collect()
    }

    /// Serves until [`Server::shutdown`] is called; connections may still be ending then.
    ///
    /// Cancel safe: dropping the future closes the listeners and leaves open connections alone.
    ///
    /// # Errors
    ///
    /// When the system does not tell the address of a listener, or a port of the Flash policy is none. A connection that fails
    /// ends nothing but itself.
    pub async fn run(self) -> io::Result<()> {
        let config = &self.server.0.config;
        let policy = if config.flash_policy { Some(self.server.flash_policy(&self.ports()?)) } else { None };
        let listener = Arc::new(Listener {
            router: Arc::clone(&self.server.0.router),
            fallback: self.fallback.unwrap_or_else(|| Arc::new(|_| Box::pin(std::future::ready(not_found())))),
            policy,
            times: config.times,
            header_bytes: config.header_bytes,
            header_count: config.header_count,
            connections: Arc::new(Semaphore::new(config.connections.min(Semaphore::MAX_PERMITS))),
            open: Arc::clone(&self.server.0.node.tasks),
            stop: self.server.0.stop.subscribe(),
        });
        let loops = self.sockets.into_iter().map(|socket| Arc::clone(&listener).run(socket));
        futures_util::future::join_all(loops).await;
        Ok(())
    }

    fn ports(&self) -> io::Result<Ports> {
        let ports = match self.policy_ports.as_slice() {
            [] => self.local_addrs()?.iter().map(SocketAddr::port).collect(),
            given => given.to_vec(),
        };
        Ports::new(ports).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
    }
}

impl std::fmt::Debug for Serve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serve").field("sockets", &self.sockets).finish_non_exhaustive()
    }
}

/// Opens a listener with a queue that is long enough for everybody who reconnects at once: with the usual 128 places, the rest
/// of a thousand would wait a second for their next try. Port 0 picks a free one.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let socket = longwire::listen(([127, 0, 0, 1], 0).into())?;
/// assert_ne!(socket.local_addr()?.port(), 0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// When the system refuses: the port is in use, the address is not ours, rights are missing.
///
/// # Panics
///
/// When it is not called within a tokio runtime.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // On Windows this would let two servers share a port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(LISTEN_QUEUE)
}

/// Connections that may wait to be accepted; the system may have a lower limit.
const LISTEN_QUEUE: u32 = 4096;

pub(crate) fn not_found() -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::full("Not found.\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let text = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, text);
    response
}
