//! One session's dealings with the hub: the namespaces it is on, what waits for them, the answers it owes.
//!
//! Whoever drives the session calls [`Client::handle`] with one [`Item`] at a time, in order, and waits for it to finish:
//! that is what keeps the handlers of a session in order. Acknowledgements are taken ahead of that by [`Client::intercept`],
//! so that a handler can wait for one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use longwire_codec::websocket::CloseCode;
use longwire_codec::{AckRequest, Args, ByteString, Content, Outbound, Packet, Payload};
use longwire_transport::{CloseReason, Delivery, Event, SendError, SessionId};
use parking_lot::Mutex;
use tracing::{debug, error};

use super::ack::PendingAcks;
use super::handler::{Erased, Running};
use super::held::Held;
use super::namespace::Active;
use super::{
    Ack, AckError, ActiveService, Denied, DisconnectReason, EmitError, EventContext, Handshake, Happening, Hub, Link,
    NamespaceRequest, Socket,
};

/// Events that libraries raise by themselves; one that comes from a client pretends to be the library and is dropped.
/// `message` is not among them: handlers for messages are registered apart from those for events.
pub(super) const RESERVED_EVENTS: [&str; 7] = ["connect", "disconnect", "open", "close", "error", "retry", "reconnect"];

/// One client, on however many namespaces. The link stands first, next to the reference count, because a broadcast looks at
/// these two for each receiver.
#[repr(C)]
pub(crate) struct Client {
    link: Weak<dyn Link>,
    hub: Arc<Hub>,
    id: SessionId,
    handshake: Arc<Handshake>,
    state: Mutex<State>,
    /// Of a family that knows messages and no packets: what is done with them.
    service: Option<Arc<ActiveService>>,
}

struct State {
    acks: PendingAcks,
    sockets: Vec<Socket>,
    held: Held,
    /// Declared namespaces that the client left or was refused: packets for them are dropped at once.
    closed: Vec<ByteString>,
    /// What disconnect handlers of the default namespace shall hear in place of the session's own reason.
    reason: Option<DisconnectReason>,
}

/// Something a session has to do, in its turn.
#[derive(Debug)]
pub(crate) enum Item {
    /// The session says so.
    Event(Event),
    /// A socket was put out of its namespace: tell its handlers.
    PutOut(Socket, DisconnectReason),
}

/// An item that was begun with.
#[derive(Debug)]
pub(crate) enum Begun {
    /// The client said something: the handler that hears it, if there is one.
    Said(Option<Call>),
    /// Nothing was done so far.
    Other(Item),
}

/// A handler that runs. A panic in it is logged and ends nothing but itself.
pub(crate) struct Call {
    running: Running,
    socket: Socket,
}

impl Future for Call {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = catch_unwind(AssertUnwindSafe(|| self.running.as_mut().poll(cx)));
        polled.unwrap_or_else(|_| {
            tell_panic(&self.socket);
            Poll::Ready(())
        })
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("socket", &self.socket).finish_non_exhaustive()
    }
}

/// Whether it is something for a handler of events or messages.
const fn is_said(content: &Content) -> bool {
    matches!(content, Content::Event(_) | Content::Text { .. } | Content::Json { .. })
}

fn tell_panic(socket: &Socket) {
    error!(session = %socket.client().id, namespace = socket.namespace(), "a handler panicked");
}

impl Client {
    pub(crate) fn new(
        hub: Arc<Hub>,
        link: Weak<dyn Link>,
        id: SessionId,
        handshake: Arc<Handshake>,
        service: Option<Arc<ActiveService>>,
    ) -> Self {
        let state = State {
            acks: PendingAcks::new(),
            sockets: Vec::new(),
            held: Held::default(),
            closed: Vec::new(),
            reason: None,
        };
        Self { hub, link, id, handshake, state: Mutex::new(state), service }
    }

    /// Takes an answer of the client at once, and the end of the session as the answer to all questions: a handler that waits
    /// for one keeps both from being handled in their turn. Says whether that was all there was to do.
    pub(crate) fn intercept(&self, event: &Event) -> bool {
        if let Event::Packet(Packet { namespace, content: Content::Ack { id, args } }) = event {
            self.state.lock().acks.answer(namespace, *id, args.clone());
            return true;
        }
        if let Event::Closed(_) = event {
            self.state.lock().acks.clear();
        }
        false
    }

    /// Does what one item asks for, handlers included.
    pub(crate) async fn handle(self: &Arc<Self>, item: Item) {
        self.finish(self.begin(item)).await;
    }

    /// Begins with one item. Most of them are said on a namespace that is open: their handlers are called here, and what runs
    /// then is given back, without a future around it that has room for everything else that could happen.
    pub(crate) fn begin(self: &Arc<Self>, item: Item) -> Begun {
        match item {
            Item::Event(Event::Packet(packet)) if is_said(&packet.content) => Begun::Said(self.said(packet)),
            Item::Event(Event::Message(message)) => Begun::Said(self.message(message)),
            other @ (Item::Event(_) | Item::PutOut(..)) => Begun::Other(other),
        }
    }

    /// Does the rest of what one item asks for.
    pub(crate) async fn finish(self: &Arc<Self>, begun: Begun) {
        match begun {
            Begun::Said(Some(call)) => call.await,
            Begun::Said(None) => {}
            Begun::Other(item) => self.other(item).await,
        }
    }

    async fn other(self: &Arc<Self>, item: Item) {
        match item {
            Item::Event(Event::Open) => self.open().await,
            Item::Event(Event::Packet(packet)) => self.packet(packet).await,
            Item::Event(Event::Closed(reason)) => self.closed(reason).await,
            Item::PutOut(socket, reason) => self.departed(&socket, reason).await,
            // Messages were begun with, and whoever waits for a writable session was woken when it became so.
            Item::Event(_) => {}
        }
    }

    /// Does what is due at `now`: questions without an answer, packets held too long.
    pub(crate) fn handle_timeout(&self, now: Instant) {
        let dropped = {
            let mut state = self.state.lock();
            state.acks.expire(now);
            state.held.expire(now)
        };
        self.hub.counters().unclaimed.increment(dropped as u64);
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let state = self.state.lock();
        [state.acks.next_deadline(), state.held.next_deadline()].into_iter().flatten().min()
    }

    async fn open(self: &Arc<Self>) {
        let namespace = match &self.service {
            Some(service) => Some(service.namespace()),
            None => self.hub.namespace(""),
        };
        let Some(namespace) = namespace.cloned() else { return };
        match self.authorize(&namespace, ByteString::new()).await {
            Ok(()) => drop(self.enter(&namespace).await),
            Err(_) => self.close(DisconnectReason::Booted),
        }
    }

    async fn packet(self: &Arc<Self>, packet: Packet) {
        match packet.content {
            Content::Connect { query } => self.connect(packet.namespace, query).await,
            Content::Disconnect => self.leave(&packet.namespace).await,
            // What is said was begun with, answers were intercepted, and a client refuses nothing.
            Content::Event(_)
            | Content::Text { .. }
            | Content::Json { .. }
            | Content::Ack { .. }
            | Content::Refused(_)
            | _ => {}
        }
    }

    /// The client asks for a namespace.
    async fn connect(self: &Arc<Self>, name: ByteString, query: ByteString) {
        if self.socket(&name).is_some() {
            return self.tell(name, Content::Connect { query: ByteString::new() });
        }
        let Some(namespace) = self.hub.namespace(&name).cloned() else {
            return self.refuse(name, Denied::Unauthorized);
        };
        if self.state.lock().sockets.len() >= self.hub.limits().namespaces {
            return self.refuse(name, Denied::Unauthorized);
        }
        if let Err(denied) = self.authorize(&namespace, query).await {
            return self.refuse(name, denied);
        }
        self.state.lock().closed.retain(|closed| *closed != name);
        self.tell(name.clone(), Content::Connect { query: ByteString::new() });
        let Some(socket) = self.enter(&namespace).await else { return };
        let held = self.state.lock().held.release(&name);
        for packet in held {
            if let Some(call) = self.hear(socket.clone(), packet) {
                call.await;
            }
        }
    }

    async fn authorize(&self, namespace: &Active, query: ByteString) -> Result<(), Denied> {
        let request = NamespaceRequest { handshake: Arc::clone(&self.handshake), query };
        let Some(verdict) = namespace.authorize(request) else { return Ok(()) };
        let verdict = AssertUnwindSafe(verdict).catch_unwind();
        match select(verdict, self.hub.sleep(self.hub.limits().authorization_timeout)).await {
            Either::Left((Ok(verdict), _)) => verdict,
            Either::Left((Err(_), _)) => {
                error!(session = %self.id, namespace = &**namespace.name(), "an authorization hook panicked");
                Err(Denied::Failed)
            }
            Either::Right(_) => Err(Denied::Failed),
        }
    }

    /// Puts the session on a namespace and runs its connect handler.
    async fn enter(self: &Arc<Self>, namespace: &Arc<Active>) -> Option<Socket> {
        let socket = Socket::new(self.hub.next_key(), Arc::clone(self), Arc::clone(namespace));
        namespace.members.write().add(socket.clone());
        self.state.lock().sockets.push(socket.clone());
        self.run(&socket, Happening::Connect).await;
        socket.is_connected().then_some(socket)
    }

    fn refuse(&self, name: ByteString, denied: Denied) {
        let refused = match denied {
            Denied::Unauthorized => longwire_codec::packet::Refused::Unauthorized,
            Denied::Failed | Denied::Unavailable => longwire_codec::packet::Refused::Failed,
        };
        if self.hub.namespace(&name).is_some() {
            self.give_up(&name);
        }
        self.tell(name, Content::Refused(refused));
    }

    /// Nothing more is expected for this namespace: what was held for it goes.
    fn give_up(&self, name: &ByteString) {
        let dropped = {
            let mut state = self.state.lock();
            if !state.closed.contains(name) {
                state.closed.push(name.clone());
            }
            state.held.release(name).len()
        };
        self.hub.counters().unclaimed.increment(dropped as u64);
    }

    /// The client leaves a namespace.
    async fn leave(self: &Arc<Self>, name: &ByteString) {
        if self.hub.namespace(name).is_none() {
            return;
        }
        self.give_up(name);
        if let Some(socket) = self.socket(name)
            && socket.mark_disconnected()
        {
            self.departed(&socket, DisconnectReason::Packet).await;
        }
    }

    /// The client says something on a namespace.
    fn said(self: &Arc<Self>, packet: Packet) -> Option<Call> {
        if let Some(socket) = self.socket(&packet.namespace) {
            return self.hear(socket, packet);
        }
        // A client that reconnects sends what it collected first and opens its namespaces behind that.
        let declared = self.hub.namespace(&packet.namespace).is_some();
        let now = self.link.upgrade().map(|link| link.now());
        let held = {
            let mut state = self.state.lock();
            let expected = declared && !state.closed.contains(&packet.namespace);
            now.is_some_and(|now| expected && state.held.hold(packet, now, self.hub.limits()))
        };
        match held {
            true => self.deadline_changed(),
            false => self.hub.counters().unclaimed.increment(1),
        }
        None
    }

    fn hear(self: &Arc<Self>, socket: Socket, packet: Packet) -> Option<Call> {
        let (happening, ack) = match packet.content {
            Content::Event(event) if self.is_reserved(&event.name) => return None,
            Content::Event(event) => (Happening::Event { name: event.name, args: event.args }, event.ack),
            Content::Text { text, ack } => (Happening::Text(text), ack),
            Content::Json { json, ack } => (Happening::Json(json), ack),
            Content::Connect { .. } | Content::Disconnect | Content::Refused(_) | Content::Ack { .. } | _ => {
                return None;
            }
        };
        if let AckRequest::Receipt(id) = ack {
            self.tell(packet.namespace, Content::Ack { id, args: Args::EMPTY });
        }
        self.call(socket, happening, ack)
    }

    /// A client without packets says something. Nobody hears it before it was let in, or behind its end.
    fn message(self: &Arc<Self>, message: Payload) -> Option<Call> {
        let service = self.service.as_ref()?;
        let Some(socket) = self.socket(service.namespace().name()) else {
            self.hub.counters().unclaimed.increment(1);
            return None;
        };
        let happening = match message {
            Payload::Text(text) => service.meaning_of(text),
            Payload::Binary(bytes) => Happening::Binary(bytes),
        };
        if let Happening::Event { name, .. } = &happening
            && self.is_reserved(name)
        {
            return None;
        }
        match service.handler(&happening) {
            Some(handler) => self.call_handler(handler, socket, happening, AckRequest::None),
            None => self.call(socket, happening, AckRequest::None),
        }
    }

    /// Whether only a library may raise an event of that name; a client that did is counted.
    fn is_reserved(&self, event: &str) -> bool {
        let is_reserved = RESERVED_EVENTS.contains(&event);
        if is_reserved {
            debug!(event, "a client sent a reserved event");
            self.hub.counters().rejected.increment(1);
        }
        is_reserved
    }

    /// Runs the handlers for the beginning or end of a socket: the namespace's, then the service's.
    async fn run(self: &Arc<Self>, socket: &Socket, happening: Happening) {
        if let Some(service) = &self.service
            && let Some(handler) = service.handler(&happening)
        {
            if let Some(call) = self.call(socket.clone(), happening.clone(), AckRequest::None) {
                call.await;
            }
            if let Some(call) = self.call_handler(handler, socket.clone(), happening, AckRequest::None) {
                call.await;
            }
        } else if let Some(call) = self.call(socket.clone(), happening, AckRequest::None) {
            call.await;
        }
    }

    /// Calls the namespace's handler for what happened.
    fn call(self: &Arc<Self>, socket: Socket, happening: Happening, ack: AckRequest) -> Option<Call> {
        let namespace = Arc::clone(socket.active());
        self.call_handler(namespace.handler(&happening)?, socket, happening, ack)
    }

    fn call_handler(
        self: &Arc<Self>,
        handler: &Erased,
        socket: Socket,
        happening: Happening,
        ack: AckRequest,
    ) -> Option<Call> {
        let ack = match ack {
            AckRequest::Answer(id) => Ack::new(Arc::clone(self), socket.active().name().clone(), id),
            AckRequest::None | AckRequest::Receipt(_) => Ack::unwanted(),
        };
        let mut context = EventContext { socket, happening, ack, position: None };
        // Arguments, and what a handler does ahead of the future that it returns, may panic as well as that future.
        let called = catch_unwind(AssertUnwindSafe(|| handler.call(&mut context)));
        let EventContext { socket, .. } = context;
        match called {
            Ok(Ok(running)) => {
                self.hub.counters().handled.increment(1);
                return Some(Call { running, socket });
            }
            Ok(Err(reason)) => {
                self.hub.counters().rejected.increment(1);
                debug!(session = %self.id, namespace = socket.namespace(), %reason, "no handler for these arguments");
            }
            Err(_) => tell_panic(&socket),
        }
        None
    }

    /// The session is over: every socket that was connected hears of it once.
    async fn closed(self: &Arc<Self>, reason: CloseReason) {
        let (sockets, own_reason) = {
            let mut state = self.state.lock();
            state.held = Held::default();
            (state.sockets.clone(), state.reason.take())
        };
        let reason = own_reason.unwrap_or(DisconnectReason::Session(reason));
        for socket in sockets {
            if socket.mark_disconnected() {
                self.departed(&socket, reason.clone()).await;
            }
        }
    }

    /// A socket that was marked as disconnected: its handler runs while its rooms are still there, then it leaves them.
    async fn departed(self: &Arc<Self>, socket: &Socket, reason: DisconnectReason) {
        self.run(socket, Happening::Disconnect(reason)).await;
        socket.depart();
        self.state.lock().sockets.retain(|other| other != socket);
    }

    /// Puts a socket out of its namespace, without ending the session.
    pub(super) fn put_out(&self, socket: &Socket, reason: DisconnectReason) {
        if !socket.mark_disconnected() {
            return;
        }
        let name = socket.active().name();
        self.give_up(name);
        self.tell(name.clone(), Content::Disconnect);
        if let Some(link) = self.link.upgrade() {
            link.enqueue(Item::PutOut(socket.clone(), reason));
        }
    }

    /// Ends the session.
    pub(super) fn close(&self, reason: DisconnectReason) {
        let Some(link) = self.link.upgrade() else { return };
        match reason {
            DisconnectReason::Session(reason) => link.close(reason),
            DisconnectReason::Booted | DisconnectReason::Packet => link.close(CloseReason::Booted),
            DisconnectReason::Other(_) => {
                self.state.lock().reason = Some(reason);
                link.close(CloseReason::Booted);
            }
        }
    }

    /// Ends the session with a code and words for the client.
    pub(super) fn close_with(&self, code: CloseCode, words: &str) {
        if let Some(link) = self.link.upgrade() {
            link.close_with(code, words);
        }
    }

    /// Whether it knows messages only, and neither events nor namespaces.
    pub(super) const fn is_plain(&self) -> bool {
        self.service.is_some()
    }

    /// Asks the client something: `send` sends the question with the id it is given.
    pub(super) fn ask(
        self: &Arc<Self>,
        namespace: &ByteString,
        timeout: Duration,
        send: impl FnOnce(u64) -> Result<(), EmitError>,
    ) -> Result<Question, EmitError> {
        if self.is_plain() {
            return Err(EmitError::NoAnswers);
        }
        let link = self.link.upgrade().ok_or(SendError::Closed)?;
        let limit = self.hub.limits().pending_acks;
        let (id, answer) = self.state.lock().acks.ask(namespace.clone(), link.now() + timeout, limit)?;
        let question = Question { client: Arc::clone(self), id, answer };
        link.deadline_changed();
        send(id)?;
        Ok(question)
    }

    pub(super) fn send(&self, outbound: &Outbound, delivery: Delivery) -> Result<(), EmitError> {
        let link = self.link.upgrade().ok_or(SendError::Closed)?;
        Ok(link.send(outbound, delivery)?)
    }

    /// Says something that the client can do without when its session is over.
    fn tell(&self, namespace: ByteString, content: Content) {
        let outbound = Packet { namespace, content }.into();
        if let Err(EmitError::Send(SendError::Full { .. })) = self.send(&outbound, Delivery::Reliable) {
            self.close(DisconnectReason::Session(CloseReason::Backlog));
        }
    }

    /// Sends, or says when it is worth another try.
    pub(super) fn send_or_wait(&self, outbound: &Outbound) -> Result<Option<oneshot::Receiver<()>>, EmitError> {
        let link = self.link.upgrade().ok_or(SendError::Closed)?;
        Ok(link.send_or_wait(outbound)?)
    }

    fn deadline_changed(&self) {
        if let Some(link) = self.link.upgrade() {
            link.deadline_changed();
        }
    }

    fn socket(&self, namespace: &str) -> Option<Socket> {
        let state = self.state.lock();
        let found = state.sockets.iter().find(|socket| socket.namespace() == namespace && socket.is_connected());
        found.cloned()
    }

    pub(super) fn id(&self) -> &SessionId {
        &self.id
    }

    pub(super) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    pub(super) fn handshake(&self) -> &Arc<Handshake> {
        &self.handshake
    }

    pub(super) fn transport(&self) -> &'static str {
        self.link.upgrade().and_then(|link| link.transport()).unwrap_or("none")
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A question to a client; dropping it forgets the question.
#[derive(Debug)]
pub(super) struct Question {
    client: Arc<Client>,
    id: u64,
    answer: oneshot::Receiver<Result<Args, AckError>>,
}

impl Question {
    pub(super) async fn answer(mut self) -> Result<Args, AckError> {
        (&mut self.answer).await.unwrap_or(Err(AckError::Closed))
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.client.state.lock().acks.forget(self.id);
    }
}
