//! One message to many sockets: encoded once, shared by all.

use std::sync::Arc;

use longwire_codec::{AckRequest, Args, ByteString, Content, Outbound, Packet};
use longwire_transport::{Delivery, SendError};
use serde::Serialize;

use super::namespace::Active;
use super::socket::SocketKey;
use super::{EmitError, Socket};

/// Whom a broadcast reaches: a namespace, or rooms of it, less those left out. From [`Socket::broadcast`], [`Socket::to`] and
/// [`Io`](crate::Io).
///
/// ```
/// # fn example(socket: &longwire::Socket) {
/// socket.to("kitchen").to("garden").emit("dinner", &"now");
/// socket.broadcast().volatile().emit("position", &[1, 2]);
/// # }
/// ```
///
/// Messages to one socket keep the order in which one task sent them. A socket whose queue is full is disconnected
/// (`backlog`): it would miss a message otherwise.
#[derive(Clone, Debug)]
#[must_use = "a broadcast does nothing until something is emitted"]
pub struct Broadcast {
    namespace: Arc<Active>,
    target: Target,
    except: Vec<SocketKey>,
    delivery: Delivery,
}

#[derive(Clone, Debug)]
pub(super) enum Target {
    Namespace,
    Rooms(Vec<ByteString>),
}

impl Broadcast {
    pub(super) fn new(namespace: Arc<Active>, target: Target) -> Self {
        Self { namespace, target, except: Vec::new(), delivery: Delivery::Reliable }
    }

    /// Only to a room. Named several times, to everybody who is in one of them, once.
    pub fn to(mut self, room: impl Into<ByteString>) -> Self {
        match &mut self.target {
            Target::Rooms(rooms) => rooms.push(room.into()),
            Target::Namespace => self.target = Target::Rooms(vec![room.into()]),
        }
        self
    }

    /// Leaves one socket out; named several times, all of them.
    pub fn except(mut self, socket: &Socket) -> Self {
        self.except.push(socket.key());
        self
    }

    /// Drops what a client's connection cannot take at once, for that client (`longwire_volatile_dropped_total`), and
    /// disconnects nobody.
    pub fn volatile(mut self) -> Self {
        self.delivery = Delivery::Volatile;
        self
    }

    /// Emits an event to all of them.
    ///
    /// # Panics
    ///
    /// When `args` cannot be written as JSON; [`emit_args`](Self::emit_args) takes what was written before.
    pub fn emit<T: Serialize + ?Sized>(&self, event: &str, args: &T) {
        let args = Args::from_serialize(args).expect("arguments that JSON can hold");
        self.emit_args(event, args);
    }

    /// Emits an event with arguments that are written already, for example those of another event.
    pub fn emit_args(&self, event: &str, args: Args) {
        self.deliver(&Packet::event(self.namespace.name().clone(), event, args).into());
    }

    /// Sends a text message to all of them.
    pub fn send(&self, text: impl Into<ByteString>) {
        self.deliver(&self.packet(Content::Text { text: text.into(), ack: AckRequest::None }));
    }

    /// Sends a JSON message to all of them.
    ///
    /// # Panics
    ///
    /// When `value` cannot be written as JSON.
    pub fn send_json<T: Serialize + ?Sized>(&self, value: &T) {
        let json = serde_json::to_string(value).expect("a value that JSON can hold");
        self.deliver(&self.packet(Content::Json { json: json.into(), ack: AckRequest::None }));
    }

    /// The sockets it would reach at this moment.
    #[must_use]
    pub fn sockets(&self) -> Vec<Socket> {
        let members = self.namespace.members.read();
        let wanted = |socket: &&Socket| !self.except.contains(&socket.key());
        match &self.target {
            Target::Namespace => members.all().filter(wanted).cloned().collect(),
            Target::Rooms(rooms) => {
                let mut sockets: Vec<Socket> =
                    rooms.iter().flat_map(|room| members.room(room)).filter(wanted).cloned().collect();
                if rooms.len() > 1 {
                    sockets.sort_unstable_by_key(Socket::key);
                    sockets.dedup();
                }
                sockets
            }
        }
    }

    /// Puts all of them into a room; those that are gone or in too many rooms are passed over.
    pub fn join(&self, room: impl Into<ByteString>) {
        let room = room.into();
        for socket in self.sockets() {
            // The caller has no use for the reasons of single sockets.
            let _ = socket.join(room.clone());
        }
    }

    /// Takes all of them out of a room.
    pub fn leave(&self, room: &str) {
        for socket in self.sockets() {
            socket.leave(room);
        }
    }

    /// Puts all of them out of the namespace; see [`Socket::disconnect`].
    pub fn disconnect(&self) {
        for socket in self.sockets() {
            socket.disconnect();
        }
    }

    fn packet(&self, content: Content) -> Outbound {
        Packet { namespace: self.namespace.name().clone(), content }.into()
    }

    fn deliver(&self, outbound: &Outbound) {
        for socket in self.sockets() {
            let result = match self.delivery {
                Delivery::Reliable => socket.deliver(outbound),
                Delivery::Volatile => socket.send_outbound(outbound, Delivery::Volatile),
            };
            // Other errors are of sockets that have gone, or are just being disconnected for their backlog.
            if let Err(EmitError::Send(SendError::Dropped)) = result {
                socket.hub().counters().volatile_dropped.increment(1);
            }
        }
    }
}
