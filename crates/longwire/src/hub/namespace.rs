//! Namespaces: what happens on them, and who is there.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use longwire_codec::ByteString;
use parking_lot::RwLock;

use super::handler::{Erased, Handler};
use super::room::Members;
use super::{Denied, Handshake, Happening};

type Authorize = Box<dyn Fn(NamespaceRequest) -> BoxFuture<'static, Result<(), Denied>> + Send + Sync>;

/// What an application does on one namespace; revision 1 calls it endpoint.
///
/// ```
/// use longwire::{Args, Data, Namespace, Socket};
///
/// let chat = Namespace::new("/chat")
///     .on_connect(async |socket: Socket| {
///         let _ = socket.emit("welcome", &socket.id());
///     })
///     .on("say", |socket: Socket, Data(text): Data<String>| async move {
///         socket.broadcast().emit("said", &(socket.id(), text));
///     });
/// # drop(chat);
/// ```
#[derive(Default)]
pub struct Namespace {
    name: ByteString,
    authorize: Option<Authorize>,
    connect: Option<Erased>,
    events: HashMap<ByteString, Erased>,
    other_events: Option<Erased>,
    text: Option<Erased>,
    json: Option<Erased>,
    disconnect: Option<Erased>,
}

/// Somebody asks to enter a namespace.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamespaceRequest {
    /// The request that opened the session.
    pub handshake: Arc<Handshake>,
    /// The query that the client gave with the namespace, without its question mark.
    pub query: ByteString,
}

/// Why a namespace cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NamespaceError {
    /// A handler takes a [`State`](super::State) that the server was not given.
    #[error("a handler takes State<{type_name}>, but the server was built without it: add `.state(…)`")]
    MissingState {
        /// The type, as the compiler spells it.
        type_name: &'static str,
    },
    /// A handler is registered for an event that only the library raises, and that is dropped when a client sends it.
    #[error("{event:?} is an event of the library: use `on_connect` or `on_disconnect`, or another name")]
    ReservedEvent {
        /// The name.
        event: ByteString,
    },
    /// A service shares a namespace that was not declared, so that nobody could be there.
    #[error("a service is on the namespace {name:?}, which the server was built without: add `.namespace(…)`")]
    Undeclared {
        /// Its name.
        name: ByteString,
    },
}

impl Namespace {
    /// A namespace on which nothing happens yet. `/` and the empty name are the default namespace, on which every session is.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: normalize(name).into(), ..Self::default() }
    }

    /// Asks before a session may enter. What else the session has to say waits until the answer is there, for
    /// [`Config::authorization_timeout`](crate::Config::authorization_timeout) at most. On the default namespace a no ends the
    /// session.
    #[must_use]
    pub fn authorize<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(NamespaceRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Denied>> + Send + 'static,
    {
        let hook = Arc::new(hook);
        self.authorize = Some(Box::new(move |request| {
            let hook = Arc::clone(&hook);
            // Called within the future, so that a panic of the hook is one of the future.
            Box::pin(async move { hook(request).await })
        }));
        self
    }

    /// Runs when a socket has connected, ahead of everything it says.
    #[must_use]
    pub fn on_connect<M>(mut self, handler: impl Handler<M>) -> Self {
        self.connect = Some(Erased::new(handler));
        self
    }

    /// Runs for every event of this name; of two handlers the later counts. The handlers of one session run one after the
    /// other, on all namespaces, in the order of its packets.
    ///
    /// Seven names are never heard, because the clients' libraries raise them themselves: `connect`, `disconnect`, `open`,
    /// `close`, `error`, `retry` and `reconnect`.
    #[must_use]
    pub fn on<M>(mut self, event: &str, handler: impl Handler<M>) -> Self {
        self.events.insert(event.into(), Erased::new(handler));
        self
    }

    /// Runs for the events that have no handler of their own; [`EventName`](crate::EventName) tells which.
    #[must_use]
    pub fn on_other<M>(mut self, handler: impl Handler<M>) -> Self {
        self.other_events = Some(Erased::new(handler));
        self
    }

    /// Runs for text messages, which are no events: `socket.send('…')` in clients of revision 1.
    #[must_use]
    pub fn on_text<M>(mut self, handler: impl Handler<M>) -> Self {
        self.text = Some(Erased::new(handler));
        self
    }

    /// Runs for JSON messages, which are no events: `socket.json.send(…)` in clients of revision 1.
    #[must_use]
    pub fn on_json<M>(mut self, handler: impl Handler<M>) -> Self {
        self.json = Some(Erased::new(handler));
        self
    }

    /// Runs once for every socket that had connected, when it is gone. It is still in its rooms then, so that the others there
    /// can be told; [`DisconnectReason`](crate::DisconnectReason) tells why it went.
    #[must_use]
    pub fn on_disconnect<M>(mut self, handler: impl Handler<M>) -> Self {
        self.disconnect = Some(Erased::new(handler));
        self
    }

    fn handlers(&self) -> impl Iterator<Item = &Erased> {
        let single = [&self.connect, &self.other_events, &self.text, &self.json, &self.disconnect];
        single.into_iter().flatten().chain(self.events.values())
    }

    /// Whether every handler can be called: the states it takes are there, and its event comes from clients.
    pub(crate) fn check(&self, states: &super::io::States) -> Result<(), NamespaceError> {
        let reserved = |event: &&ByteString| super::client::RESERVED_EVENTS.contains(&&***event);
        if let Some(event) = self.events.keys().find(reserved) {
            return Err(NamespaceError::ReservedEvent { event: event.clone() });
        }
        let needs = self.handlers().flat_map(Erased::needs);
        match needs.copied().find(|(id, _)| !states.has(*id)) {
            Some((_, type_name)) => Err(NamespaceError::MissingState { type_name }),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for Namespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Namespace")
            .field("name", &self.name)
            .field("events", &self.events.keys())
            .finish_non_exhaustive()
    }
}

/// A namespace in service.
#[derive(Debug)]
pub(crate) struct Active {
    definition: Namespace,
    pub(super) members: RwLock<Members>,
}

impl Active {
    pub(super) fn new(definition: Namespace) -> Self {
        Self { definition, members: RwLock::default() }
    }

    pub(super) fn name(&self) -> &ByteString {
        &self.definition.name
    }

    pub(super) fn authorize(&self, request: NamespaceRequest) -> Option<BoxFuture<'static, Result<(), Denied>>> {
        self.definition.authorize.as_ref().map(|hook| hook(request))
    }

    /// The handler for what happened, if there is one.
    pub(super) fn handler(&self, happening: &Happening) -> Option<&Erased> {
        let definition = &self.definition;
        match happening {
            Happening::Connect => definition.connect.as_ref(),
            Happening::Event { name, .. } => definition.events.get(name).or(definition.other_events.as_ref()),
            Happening::Text(_) => definition.text.as_ref(),
            Happening::Json(_) => definition.json.as_ref(),
            Happening::Binary(_) => None,
            Happening::Disconnect(_) => definition.disconnect.as_ref(),
        }
    }
}

/// The name under which a namespace stands in tables and packets.
pub(super) fn normalize(name: &str) -> &str {
    if name == "/" { "" } else { name }
}
