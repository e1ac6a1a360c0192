//! The hub itself, and the application's handle to it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use longwire_codec::{Args, ByteString};
use metrics::Counter;
use serde::Serialize;

use super::broadcast::Target;
use super::namespace::{Active, normalize};
use super::socket::SocketKey;
use super::{ActiveService, Broadcast, Limits, Namespace, NamespaceError, Service, Socket};

/// Resolves after a while; made by whoever has a runtime.
pub(crate) type Timer = Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// All namespaces of a server.
pub(crate) struct Hub {
    namespaces: HashMap<ByteString, Arc<Active>>,
    /// By their prefixes.
    services: HashMap<ByteString, Arc<ActiveService>>,
    states: States,
    limits: Limits,
    counters: Counters,
    timer: Timer,
    last_key: AtomicU64,
}

/// Application state by type.
#[derive(Default)]
pub(crate) struct States(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl States {
    pub(crate) fn insert<S: Send + Sync + 'static>(&mut self, state: S) {
        self.0.insert(TypeId::of::<S>(), Box::new(state));
    }

    pub(super) fn get<S: 'static>(&self) -> Option<&S> {
        self.0.get(&TypeId::of::<S>())?.downcast_ref()
    }

    pub(super) fn has(&self, id: TypeId) -> bool {
        self.0.contains_key(&id)
    }
}

/// What the hub counts, by the names that `docs` and dashboards know.
pub(crate) struct Counters {
    /// Events and messages that reached a handler.
    pub(super) handled: Counter,
    /// Events and messages that were dropped because a handler's arguments could not be made from them.
    pub(super) rejected: Counter,
    /// Packets dropped because their namespace was not open, was left, or had too many waiting.
    pub(super) unclaimed: Counter,
    /// Volatile messages that could not be written at once.
    pub(super) volatile_dropped: Counter,
}

impl Counters {
    fn new() -> Self {
        Self {
            handled: metrics::counter!("longwire_packets_handled_total"),
            rejected: metrics::counter!("longwire_packets_rejected_total"),
            unclaimed: metrics::counter!("longwire_packets_unclaimed_total"),
            volatile_dropped: metrics::counter!("longwire_volatile_dropped_total"),
        }
    }
}

impl Hub {
    /// # Errors
    ///
    /// When a handler takes a state that is not among `states`, or a service is on a namespace that is not among `namespaces`.
    pub(crate) fn new(
        namespaces: Vec<Namespace>,
        services: Vec<(ByteString, Service)>,
        states: States,
        limits: Limits,
        timer: Timer,
    ) -> Result<Arc<Self>, NamespaceError> {
        for namespace in &namespaces {
            namespace.check(&states)?;
        }
        // Every session is on the default namespace, so there always is one.
        let namespaces = std::iter::once(Namespace::new("/")).chain(namespaces);
        let active = namespaces.map(|definition| {
            let active = Active::new(definition);
            (active.name().clone(), Arc::new(active))
        });
        let namespaces: HashMap<ByteString, Arc<Active>> = active.collect();
        let services = services.into_iter().map(|(prefix, service)| {
            service.check(&states)?;
            let namespace = match service.shares() {
                Some(name) => namespaces.get(name).cloned(),
                None => Some(Arc::new(Active::new(Namespace::new(&prefix)))),
            };
            let undeclared = || NamespaceError::Undeclared { name: service.shares().cloned().unwrap_or_default() };
            let namespace = namespace.ok_or_else(undeclared)?;
            Ok((prefix, Arc::new(ActiveService::new(service, namespace))))
        });
        Ok(Arc::new(Self {
            services: services.collect::<Result<_, NamespaceError>>()?,
            namespaces,
            states,
            limits,
            counters: Counters::new(),
            timer,
            last_key: AtomicU64::new(0),
        }))
    }

    /// The namespace of that name, as packets spell it.
    pub(super) fn namespace(&self, name: &str) -> Option<&Arc<Active>> {
        self.namespaces.get(name)
    }

    /// The service of that prefix.
    pub(crate) fn service(&self, prefix: &str) -> Option<&Arc<ActiveService>> {
        self.services.get(prefix)
    }

    pub(super) fn states(&self) -> &States {
        &self.states
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(super) fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        (self.timer)(time)
    }

    pub(super) fn next_key(&self) -> SocketKey {
        SocketKey(self.last_key.fetch_add(1, Ordering::Relaxed))
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("namespaces", &self.namespaces.keys()).finish_non_exhaustive()
    }
}

/// A handle to all clients of a server, for handlers and for the rest of the application. Cheap to clone.
///
/// ```
/// # use longwire::Io;
/// # fn example(io: &Io) {
/// // From Server::io, Socket::io, or as an argument of a handler.
/// io.emit("news", &"The server is one hour old.");
/// io.to("kitchen").send("Dinner is ready.");
/// if let Some(chat) = io.of("/chat") {
///     chat.volatile().emit("online", &io.count("/chat"));
/// }
/// # }
/// ```
///
/// It does not keep a server running.
#[derive(Clone, Debug)]
pub struct Io(Arc<Hub>);

impl Io {
    pub(crate) const fn new(hub: Arc<Hub>) -> Self {
        Self(hub)
    }

    /// Everybody on a namespace; nothing if the server was built without it. `/` is the default one.
    pub fn of(&self, namespace: &str) -> Option<Broadcast> {
        let active = self.0.namespace(normalize(namespace))?;
        Some(Broadcast::new(Arc::clone(active), Target::Namespace))
    }

    /// Every session of the SockJS service below a prefix or, if the service shares a namespace, everybody there; nothing if the
    /// server was built without it.
    pub fn sockjs(&self, prefix: &str) -> Option<Broadcast> {
        let service = self.0.service(prefix)?;
        Some(Broadcast::new(Arc::clone(service.namespace()), Target::Namespace))
    }

    /// Everybody on the default namespace.
    pub fn everybody(&self) -> Broadcast {
        self.of("/").expect("the default namespace is always there")
    }

    /// Everybody in a room of the default namespace.
    pub fn to(&self, room: impl Into<ByteString>) -> Broadcast {
        self.everybody().to(room)
    }

    /// Emits an event to everybody on the default namespace.
    ///
    /// # Panics
    ///
    /// When `args` cannot be written as JSON.
    pub fn emit<T: Serialize + ?Sized>(&self, event: &str, args: &T) {
        self.everybody().emit(event, args);
    }

    /// Emits an event with arguments that are written already to everybody on the default namespace.
    pub fn emit_args(&self, event: &str, args: Args) {
        self.everybody().emit_args(event, args);
    }

    /// How many sockets are on a namespace.
    #[must_use]
    pub fn count(&self, namespace: &str) -> usize {
        self.0.namespace(normalize(namespace)).map_or(0, |active| active.members.read().len())
    }

    /// The sockets on the default namespace.
    #[must_use]
    pub fn sockets(&self) -> Vec<Socket> {
        self.everybody().sockets()
    }
}
