//! Services: what happens in the sessions of families that know messages and no events, as SockJS does.

use std::sync::Arc;

use longwire_codec::{ByteString, sockjs};

use super::handler::{Erased, Handler};
use super::io::States;
use super::namespace::{Active, normalize};
use super::{Happening, NamespaceError};

/// What an application does with the sessions of one SockJS prefix; for
/// [`ServerBuilder::sockjs`](crate::ServerBuilder::sockjs).
///
/// Its handlers are like those of a [`Namespace`](crate::Namespace): async functions of up to eight arguments. Those of use
/// here are [`Session`](crate::sockjs::Session), [`Text`](crate::Text) for a message, [`Payload`](crate::Payload) for one that
/// may be binary (the raw WebSocket only), [`Data`](crate::Data) for a text that is to be taken as a type,
/// [`State`](crate::State), [`Io`](crate::Io), `Arc<Handshake>` and, at the end,
/// [`DisconnectReason`](crate::DisconnectReason). The handlers of one session run one after the other; nothing more is read
/// from a client that is faster than they are.
///
/// ```
/// use longwire::sockjs::{Service, Session};
/// use longwire::{DisconnectReason, Text};
///
/// let chat = Service::new()
///     .on_open(async |session: Session| {
///         let _ = session.join("lobby");
///     })
///     .on_message(async |session: Session, Text(text): Text| session.to("lobby").send(text))
///     .on_close(async |reason: DisconnectReason| println!("gone: {reason}"));
/// # drop(chat);
/// ```
#[derive(Debug, Default)]
pub struct Service {
    namespace: Option<ByteString>,
    open: Option<Erased>,
    message: Option<Erased>,
    close: Option<Erased>,
}

impl Service {
    /// A service in which nothing happens yet. Its sessions are among themselves: they have rooms of their own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the sessions on a namespace, next to the clients of Socket.IO. They share its rooms, and what is broadcast there
    /// reaches both: a session hears an event as the JSON text `{"name":"said","args":["hi"]}`, a text message as its text, a
    /// JSON message as its JSON. A message encoded for many is encoded once for each form it has on the wires.
    ///
    /// A session that sends such a text, an object with a string `name` and an array `args`, causes that event: the handlers of
    /// the namespace run, whose [`Socket`](crate::Socket) is the session. So do its connect and disconnect handlers, ahead of
    /// those of the service, and its authorization, whose no ends the session. Every other text is heard by
    /// [`on_message`](Self::on_message) or, without it, by the namespace's text handler.
    ///
    /// ```
    /// use longwire::sockjs::{Config as SockJs, Service};
    /// use longwire::{Args, Config, Namespace, Server, Socket};
    ///
    /// let chat = Namespace::new("/chat")
    ///     .on("say", async |socket: Socket, args: Args| socket.broadcast().emit_args("said", args));
    /// let builder = Server::builder(Config::default())
    ///     .namespace(chat)
    ///     .sockjs("/chat", SockJs::default(), Service::in_namespace("/chat"));
    /// # drop(builder);
    /// ```
    #[must_use]
    pub fn in_namespace(name: &str) -> Self {
        Self { namespace: Some(normalize(name).into()), ..Self::default() }
    }

    /// Runs when a session has opened, ahead of everything it says.
    #[must_use]
    pub fn on_open<M>(mut self, handler: impl Handler<M>) -> Self {
        self.open = Some(Erased::new(handler));
        self
    }

    /// Runs for every message.
    #[must_use]
    pub fn on_message<M>(mut self, handler: impl Handler<M>) -> Self {
        self.message = Some(Erased::new(handler));
        self
    }

    /// Runs once for every session that had opened, when it is over. It is still in its rooms then, so that the others there
    /// can be told.
    #[must_use]
    pub fn on_close<M>(mut self, handler: impl Handler<M>) -> Self {
        self.close = Some(Erased::new(handler));
        self
    }

    /// Whether every handler has the states it takes.
    pub(super) fn check(&self, states: &States) -> Result<(), NamespaceError> {
        let handlers = [&self.open, &self.message, &self.close];
        let needs = handlers.into_iter().flatten().flat_map(Erased::needs);
        match needs.copied().find(|(id, _)| !states.has(*id)) {
            Some((_, type_name)) => Err(NamespaceError::MissingState { type_name }),
            None => Ok(()),
        }
    }

    /// The namespace that its sessions share with others, if they do.
    pub(super) const fn shares(&self) -> Option<&ByteString> {
        self.namespace.as_ref()
    }
}

/// A service in service.
#[derive(Debug)]
pub(crate) struct ActiveService {
    definition: Service,
    namespace: Arc<Active>,
}

impl ActiveService {
    pub(super) const fn new(definition: Service, namespace: Arc<Active>) -> Self {
        Self { definition, namespace }
    }

    /// The namespace that its sessions are on: one that they share, or one of their own that no packet can name.
    pub(super) const fn namespace(&self) -> &Arc<Active> {
        &self.namespace
    }

    /// What a text from a client says.
    pub(super) fn meaning_of(&self, text: ByteString) -> Happening {
        let event = self.definition.shares().and_then(|_| sockjs::event_of(&text));
        event.map_or(Happening::Text(text), |event| Happening::Event { name: event.name, args: event.args })
    }

    /// The service's own handler for what happened.
    pub(super) const fn handler(&self, happening: &Happening) -> Option<&Erased> {
        match happening {
            Happening::Connect => self.definition.open.as_ref(),
            Happening::Text(_) | Happening::Binary(_) => self.definition.message.as_ref(),
            Happening::Disconnect(_) => self.definition.close.as_ref(),
            Happening::Event { .. } | Happening::Json(_) => None,
        }
    }
}
