//! A client on a namespace: what handlers talk to.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Extensions;
use longwire_codec::{AckRequest, Args, ByteString, Content, Event, Outbound, Packet};
use longwire_transport::{CloseReason, Delivery, SendError};
use parking_lot::Mutex;
use serde::Serialize;

use super::broadcast::Target;
use super::client::Question;
use super::namespace::Active;
use super::{AckError, Broadcast, Client, Handshake, Hub, Io};

/// Tells the sockets of one process apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SocketKey(pub(super) u64);

/// One client on one namespace. Cheap to clone; all clones are the same socket, and any task may use them.
///
/// What is sent from one task to one socket arrives in that order. Nothing here waits, unless it says so: messages go to a
/// queue with a budget ([`Config::backlog_bytes`](crate::Config::backlog_bytes)). What a handler sends leaves when it returns
/// or waits for something.
///
/// ```
/// use longwire::{AckError, Data, EmitError, Socket};
///
/// async fn enter(socket: Socket, Data(room): Data<String>) {
///     if let Err(EmitError::TooManyRooms { limit }) = socket.join(room.as_str()) {
///         let _ = socket.emit("full", &limit);
///         return;
///     }
///     socket.to(room).emit("entered", &socket.transport());
///     match socket.emit_with_ack("rules", &"Be kind.").await {
///         Ok(answer) => println!("agreed: {}", answer.as_json()),
///         Err(AckError::Timeout) => socket.disconnect(),
///         Err(_) => {}
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Socket(Arc<Inner>);

/// What a broadcast looks at stands first.
#[repr(C)]
struct Inner {
    key: SocketKey,
    client: Arc<Client>,
    connected: AtomicBool,
    namespace: Arc<Active>,
    rooms: Mutex<Vec<ByteString>>,
    data: Mutex<Extensions>,
}

/// Why something could not be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The arguments cannot be written as JSON.
    #[error("the arguments cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The session did not take it.
    #[error(transparent)]
    Send(#[from] SendError),
    /// Too many questions to this client wait for their answers.
    #[error("{limit} questions to this client wait for an answer already")]
    TooManyAcks {
        /// The limit of [`Config::pending_acks`](crate::Config::pending_acks).
        limit: usize,
    },
    /// The socket has left its namespace.
    #[error("the socket is disconnected")]
    Disconnected,
    /// The client's family knows no acknowledgements, as SockJS: it could not answer the question, which was not sent.
    #[error("clients of this family answer no questions")]
    NoAnswers,
    /// The socket is in as many rooms as it may be.
    #[error("the socket is in {limit} rooms already")]
    TooManyRooms {
        /// The limit of [`Config::rooms_per_socket`](crate::Config::rooms_per_socket).
        limit: usize,
    },
}

/// Why a socket left its namespace. `Display` is the reason string that applications of the time compared with.
///
/// An argument of [`Namespace::on_disconnect`](crate::Namespace::on_disconnect) handlers, and of
/// [`Socket::disconnect_with`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// Its session ended.
    Session(CloseReason),
    /// The client left this namespace only.
    Packet,
    /// The server put it out of this namespace only.
    Booted,
    /// The server put it out, and said why; the client does not hear that.
    Other(ByteString),
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(reason) => reason.fmt(f),
            Self::Packet => f.write_str("packet"),
            Self::Booted => f.write_str("booted"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl Socket {
    pub(super) fn new(key: SocketKey, client: Arc<Client>, namespace: Arc<Active>) -> Self {
        Self(Arc::new(Inner {
            key,
            client,
            namespace,
            connected: AtomicBool::new(true),
            rooms: Mutex::default(),
            data: Mutex::default(),
        }))
    }

    /// The id that the client knows itself by. A secret between it and the server: whoever has it can speak for the client.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.client.id().as_str()
    }

    /// The namespace; empty for the default one. A SockJS session whose service shares no namespace has the prefix of that
    /// service here.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.0.namespace.name()
    }

    /// The request that opened the session.
    #[must_use]
    pub fn handshake(&self) -> &Arc<Handshake> {
        self.0.client.handshake()
    }

    /// The transport in use, by the name that the protocol gives it: `xhr-polling`. May change as long as the client has not
    /// settled on one.
    #[must_use]
    pub fn transport(&self) -> &'static str {
        self.0.client.transport()
    }

    /// Whether the socket is still on its namespace. A session that ends takes its turn behind the handler that runs: until
    /// then this stays true, while sending fails with [`SendError::Closed`].
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.0.connected.load(Ordering::Acquire)
    }

    /// Everything else: other namespaces, other sockets.
    #[must_use]
    pub fn io(&self) -> Io {
        Io::new(Arc::clone(self.0.client.hub()))
    }

    /// Emits an event. `args` is a list of arguments if it is a tuple or array, otherwise one argument.
    ///
    /// # Errors
    ///
    /// When `args` cannot be written as JSON or the socket is gone. A client whose queue is full is disconnected (`backlog`),
    /// so that it never misses a message without noticing; [`try_emit`](Self::try_emit) and
    /// [`emit_when_writable`](Self::emit_when_writable) are the other choices.
    pub fn emit<T: Serialize + ?Sized>(&self, event: &str, args: &T) -> Result<(), EmitError> {
        self.emit_args(event, Args::from_serialize(args)?)
    }

    /// Emits an event with arguments that are written already, for example those of another event.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub fn emit_args(&self, event: &str, args: Args) -> Result<(), EmitError> {
        self.deliver(&self.event(event, args, AckRequest::None))
    }

    /// Emits an event unless the queue is full; the client stays connected then.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit), and with [`SendError::Full`].
    pub fn try_emit<T: Serialize + ?Sized>(&self, event: &str, args: &T) -> Result<(), EmitError> {
        let outbound = self.event(event, Args::from_serialize(args)?, AckRequest::None);
        self.send_outbound(&outbound, Delivery::Reliable)
    }

    /// Emits an event that may be lost: it is dropped unless the client's connection can take it at once.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit); [`SendError::Dropped`] when it was dropped.
    pub fn emit_volatile<T: Serialize + ?Sized>(&self, event: &str, args: &T) -> Result<(), EmitError> {
        let outbound = self.event(event, Args::from_serialize(args)?, AckRequest::None);
        self.send_outbound(&outbound, Delivery::Volatile)
    }

    /// Emits an event as soon as the queue has room.
    ///
    /// Cancel safe: either the whole event was accepted or nothing.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit), but a full queue is waited for.
    pub async fn emit_when_writable<T: Serialize + ?Sized + Sync>(
        &self,
        event: &str,
        args: &T,
    ) -> Result<(), EmitError> {
        let outbound = self.event(event, Args::from_serialize(args)?, AckRequest::None);
        self.deliver_when_writable(&outbound).await
    }

    /// Emits an event and waits for the client's acknowledgement, for [`Config::ack_timeout`](crate::Config::ack_timeout)
    /// at most. The event is sent at once, whether or not the future is awaited; dropping it forgets the question. A handler may
    /// wait for the answer, although it comes from its own client.
    ///
    /// # Errors
    ///
    /// When it could not be sent, or no answer came.
    pub fn emit_with_ack<T: Serialize + ?Sized>(
        &self,
        event: &str,
        args: &T,
    ) -> impl Future<Output = Result<Args, AckError>> + Send + use<T> {
        let timeout = self.hub().limits().ack_timeout;
        self.emit_with_ack_within(event, args, timeout)
    }

    /// The same with arguments that are written already.
    ///
    /// # Errors
    ///
    /// As [`emit_with_ack`](Self::emit_with_ack).
    pub fn emit_args_with_ack(
        &self,
        event: &str,
        args: Args,
    ) -> impl Future<Output = Result<Args, AckError>> + Send + use<> {
        let asked = self.ask(event, args, self.hub().limits().ack_timeout);
        async move { asked?.answer().await }
    }

    /// The same with a time limit of its own.
    ///
    /// # Errors
    ///
    /// As [`emit_with_ack`](Self::emit_with_ack).
    pub fn emit_with_ack_within<T: Serialize + ?Sized>(
        &self,
        event: &str,
        args: &T,
        timeout: Duration,
    ) -> impl Future<Output = Result<Args, AckError>> + Send + use<T> {
        let args = Args::from_serialize(args).map_err(EmitError::from);
        let asked = args.and_then(|args| self.ask(event, args, timeout));
        async move { asked?.answer().await }
    }

    fn ask(&self, event: &str, args: Args, timeout: Duration) -> Result<Question, EmitError> {
        let client = &self.0.client;
        client
            .ask(self.0.namespace.name(), timeout, |id| self.deliver(&self.event(event, args, AckRequest::Answer(id))))
    }

    /// Sends a text message. Families without text messages hear it as an event named `message`.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub fn send(&self, text: impl Into<ByteString>) -> Result<(), EmitError> {
        self.deliver(&self.packet(Content::Text { text: text.into(), ack: AckRequest::None }))
    }

    /// Sends a text message and waits until the client's library has received it.
    ///
    /// # Errors
    ///
    /// As [`emit_with_ack`](Self::emit_with_ack).
    pub fn send_with_ack<T: Into<ByteString>>(
        &self,
        text: T,
    ) -> impl Future<Output = Result<Args, AckError>> + Send + use<T> {
        let (text, client) = (text.into(), &self.0.client);
        let asked = client.ask(self.0.namespace.name(), self.hub().limits().ack_timeout, |id| {
            self.deliver(&self.packet(Content::Text { text, ack: AckRequest::Receipt(id) }))
        });
        async move { asked?.answer().await }
    }

    /// Sends a JSON message: one value.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub fn send_json<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), EmitError> {
        let json = serde_json::to_string(value)?;
        self.deliver(&self.packet(Content::Json { json: json.into(), ack: AckRequest::None }))
    }

    /// Sends a JSON message that is written already.
    ///
    /// # Errors
    ///
    /// As [`emit`](Self::emit).
    pub fn relay_json(&self, json: ByteString) -> Result<(), EmitError> {
        self.deliver(&self.packet(Content::Json { json, ack: AckRequest::None }))
    }

    /// Everybody on this namespace but this socket.
    pub fn broadcast(&self) -> Broadcast {
        Broadcast::new(Arc::clone(&self.0.namespace), Target::Namespace).except(self)
    }

    /// Everybody in a room of this namespace but this socket, which need not be in it.
    pub fn to(&self, room: impl Into<ByteString>) -> Broadcast {
        self.broadcast().to(room)
    }

    /// Joins a room. Rooms come into being when somebody joins and go when the last one leaves.
    ///
    /// # Errors
    ///
    /// When the socket is gone, or in too many rooms.
    pub fn join(&self, room: impl Into<ByteString>) -> Result<(), EmitError> {
        let (room, limit) = (room.into(), self.hub().limits().rooms);
        let mut rooms = self.0.rooms.lock();
        if rooms.contains(&room) {
            return Ok(());
        }
        if rooms.len() >= limit {
            return Err(EmitError::TooManyRooms { limit });
        }
        if !self.0.namespace.members.write().join(room.clone(), self) {
            return Err(EmitError::Disconnected);
        }
        rooms.push(room);
        Ok(())
    }

    /// Leaves a room; one it is not in is no error.
    pub fn leave(&self, room: &str) {
        let mut rooms = self.0.rooms.lock();
        if let Some(at) = rooms.iter().position(|joined| joined == room) {
            let room = rooms.swap_remove(at);
            self.0.namespace.members.write().leave(&room, self.0.key);
        }
    }

    /// The rooms it is in.
    #[must_use]
    pub fn rooms(&self) -> Vec<ByteString> {
        self.0.rooms.lock().clone()
    }

    /// What the application keeps for this socket, by type.
    ///
    /// ```
    /// # fn example(socket: &longwire::Socket) {
    /// #[derive(Clone)]
    /// struct Nickname(String);
    ///
    /// socket.data(|data| data.insert(Nickname("anna".into())));
    /// let nickname = socket.data(|data| data.get::<Nickname>().cloned());
    /// # }
    /// ```
    pub fn data<R>(&self, with: impl FnOnce(&mut Extensions) -> R) -> R {
        with(&mut self.0.data.lock())
    }

    /// Puts the client out of this namespace. On the default namespace, and always for a SockJS session, that ends the session,
    /// and its client will not come back by itself.
    pub fn disconnect(&self) {
        self.disconnect_with(DisconnectReason::Booted);
    }

    /// The same, with a reason for the disconnect handlers of this namespace; the client does not hear it.
    pub fn disconnect_with(&self, reason: DisconnectReason) {
        if self.namespace().is_empty() || self.0.client.is_plain() {
            self.0.client.close(reason);
        } else {
            self.0.client.put_out(self, reason);
        }
    }

    /// Ends the whole session, on all namespaces.
    pub fn disconnect_session(&self) {
        self.0.client.close(DisconnectReason::Booted);
    }

    fn packet(&self, content: Content) -> Outbound {
        Packet { namespace: self.0.namespace.name().clone(), content }.into()
    }

    fn event(&self, name: &str, args: Args, ack: AckRequest) -> Outbound {
        self.packet(Content::Event(Event { name: name.into(), args, ack }))
    }

    /// Sends, and disconnects a client whose queue is full.
    pub(super) fn deliver(&self, outbound: &Outbound) -> Result<(), EmitError> {
        let result = self.send_outbound(outbound, Delivery::Reliable);
        if matches!(result, Err(EmitError::Send(SendError::Full { .. }))) {
            self.0.client.close(DisconnectReason::Session(CloseReason::Backlog));
        }
        result
    }

    /// Sends as soon as the queue has room.
    pub(super) async fn deliver_when_writable(&self, outbound: &Outbound) -> Result<(), EmitError> {
        while self.is_connected() {
            match self.0.client.send_or_wait(outbound)? {
                // The end of the session wakes as well, and is seen by the next attempt.
                Some(room) => drop(room.await),
                None => return Ok(()),
            }
        }
        Err(EmitError::Disconnected)
    }

    pub(super) fn send_outbound(&self, outbound: &Outbound, delivery: Delivery) -> Result<(), EmitError> {
        if !self.is_connected() {
            return Err(EmitError::Disconnected);
        }
        self.0.client.send(outbound, delivery)
    }

    pub(super) fn key(&self) -> SocketKey {
        self.0.key
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(super) fn hub(&self) -> &Arc<Hub> {
        self.0.client.hub()
    }

    pub(super) fn active(&self) -> &Arc<Active> {
        &self.0.namespace
    }

    /// From now on nothing can be sent. Says whether it was connected until now.
    pub(super) fn mark_disconnected(&self) -> bool {
        self.0.connected.swap(false, Ordering::AcqRel)
    }

    /// Out of the namespace and of all its rooms.
    pub(super) fn depart(&self) {
        let rooms = std::mem::take(&mut *self.0.rooms.lock());
        let mut members = self.0.namespace.members.write();
        members.remove(self.0.key);
        for room in &rooms {
            members.leave(room, self.0.key);
        }
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        self.0.key == other.0.key
    }
}

impl Eq for Socket {}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("session", self.0.client.id()).field("namespace", &self.namespace()).finish()
    }
}
