//! What handlers take as arguments, and how each is made from what happened.

use std::any::TypeId;
use std::ops::Deref;
use std::sync::Arc;

use longwire_codec::{Args, ByteString, Bytes, Payload};
use serde::de::DeserializeOwned;

use super::{Ack, DisconnectReason, Handshake, Io, Socket};

/// An argument of a handler.
///
/// Implemented here for [`Socket`], [`Io`], [`Data`], [`Args`], [`Ack`], [`State`], [`EventName`], [`Text`], [`Json`],
/// [`DisconnectReason`], [`Payload`], [`Session`](crate::sockjs::Session), `Arc<Handshake>`, and for `Result` of any of them, which lets a handler see what it could not get.
/// When an argument cannot be made the handler does not run: the event is counted (`longwire_packets_rejected_total`) and
/// dropped.
///
/// An application may have arguments of its own:
///
/// ```
/// use longwire::{EventContext, ExtractError, FromEvent, Namespace};
///
/// /// Put into the handshake's extensions when it was authorized.
/// #[derive(Clone)]
/// struct User(String);
///
/// impl FromEvent for User {
///     fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
///         context.socket().handshake().extensions.get().cloned().ok_or(ExtractError::Kind("users"))
///     }
/// }
///
/// let namespace = Namespace::default().on("order", async |User(name)| println!("{name} orders"));
/// # drop(namespace);
/// ```
pub trait FromEvent: Sized {
    /// Makes the argument.
    ///
    /// # Errors
    ///
    /// When what happened has no such thing, or not of that type.
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError>;

    /// The application state it needs, so that a server that lacks it fails when it is built and not when a client comes.
    #[must_use]
    fn needs() -> Option<(TypeId, &'static str)> {
        None
    }
}

/// What happened, and to whom: what [`FromEvent`] makes arguments from.
#[derive(Debug)]
pub struct EventContext {
    pub(super) socket: Socket,
    pub(super) happening: Happening,
    pub(super) ack: Ack,
    /// Up to where [`Data`] has taken arguments.
    pub(super) position: Option<usize>,
}

/// The kinds of things that handlers are called for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Happening {
    /// A socket has connected.
    Connect,
    /// An event has arrived.
    Event {
        /// Its name.
        name: ByteString,
        /// Its arguments.
        args: Args,
    },
    /// A text message has arrived.
    Text(ByteString),
    /// A JSON message has arrived, one JSON value.
    Json(ByteString),
    /// A binary message has arrived, from a family that has them.
    Binary(Bytes),
    /// A socket has disconnected.
    Disconnect(DisconnectReason),
}

impl EventContext {
    /// The socket it happened to.
    #[must_use]
    pub const fn socket(&self) -> &Socket {
        &self.socket
    }

    /// What happened.
    #[must_use]
    pub const fn happening(&self) -> &Happening {
        &self.happening
    }

    /// The arguments of an event; a message counts as an event with one.
    fn args(&self) -> Result<Args, ExtractError> {
        match &self.happening {
            Happening::Event { args, .. } => Ok(args.clone()),
            Happening::Json(json) => Ok(Args::from_checked_json(format!("[{json}]").into())),
            Happening::Text(text) => Args::from_serialize(&[text.as_ref() as &str]).map_err(ExtractError::Type),
            Happening::Connect | Happening::Binary(_) | Happening::Disconnect(_) => {
                Err(ExtractError::Kind("arguments"))
            }
        }
    }
}

/// Why a handler could not be called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// This kind of happening has no such thing. Holds its name, in the plural.
    #[error("there are no {0} here")]
    Kind(&'static str),
    /// The event has fewer arguments.
    #[error("an argument is missing")]
    Missing,
    /// An argument is of another type.
    #[error("an argument is of another type")]
    Type(#[source] serde_json::Error),
    /// The server was built without that state.
    #[error("the server has no state {0}")]
    State(&'static str),
}

/// The next argument of an event, as a type.
///
/// The first `Data` of a handler takes the first argument, the second the second, and [`Args`] behind them what is left, so
/// that the signature reads like the call on the other side. A text or JSON message has one argument.
///
/// ```
/// use longwire::{Args, Data, Socket};
///
/// // socket.emit('to-room', 'kitchen', …)
/// async fn to_room(socket: Socket, Data(room): Data<String>, rest: Args) {
///     socket.to(room).emit_args("room", rest);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data<T>(pub T);

/// Application state that was given to [`ServerBuilder::state`](crate::ServerBuilder::state), as a clone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State<S>(pub S);

/// The name of the event, for handlers of several: [`Namespace::on_other`](crate::Namespace::on_other).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventName(pub ByteString);

/// The text of a text message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(pub ByteString);

/// The value of a JSON message as it was written, to be relayed or read later. For a type take [`Data`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(pub ByteString);

impl<T: DeserializeOwned> FromEvent for Data<T> {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        let args = context.args()?;
        let mut iter = match context.position {
            None => args.iter(),
            Some(position) => args.iter_from(position),
        };
        let element = iter.next().ok_or(ExtractError::Missing)?;
        context.position = Some(iter.position());
        serde_json::from_str(element).map(Self).map_err(ExtractError::Type)
    }
}

impl FromEvent for Args {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        let args = context.args()?;
        Ok(match context.position {
            None => args,
            Some(position) => args.iter_from(position).rest(),
        })
    }
}

impl FromEvent for Ack {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        Ok(std::mem::replace(&mut context.ack, Self::unwanted()))
    }
}

impl FromEvent for Socket {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        Ok(context.socket.clone())
    }
}

impl FromEvent for Io {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        Ok(context.socket.io())
    }
}

impl FromEvent for Arc<Handshake> {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        Ok(Self::clone(context.socket.handshake()))
    }
}

impl FromEvent for EventName {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        match &context.happening {
            Happening::Event { name, .. } => Ok(Self(name.clone())),
            Happening::Connect
            | Happening::Text(_)
            | Happening::Json(_)
            | Happening::Binary(_)
            | Happening::Disconnect(_) => Err(ExtractError::Kind("event names")),
        }
    }
}

impl FromEvent for Text {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        match &context.happening {
            Happening::Text(text) => Ok(Self(text.clone())),
            Happening::Connect
            | Happening::Event { .. }
            | Happening::Json(_)
            | Happening::Binary(_)
            | Happening::Disconnect(_) => Err(ExtractError::Kind("texts")),
        }
    }
}

impl FromEvent for Json {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        match &context.happening {
            Happening::Json(json) => Ok(Self(json.clone())),
            Happening::Connect
            | Happening::Event { .. }
            | Happening::Text(_)
            | Happening::Binary(_)
            | Happening::Disconnect(_) => Err(ExtractError::Kind("JSON values")),
        }
    }
}

/// A message as it came, text or binary.
impl FromEvent for Payload {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        match &context.happening {
            Happening::Text(text) => Ok(Self::Text(text.clone())),
            Happening::Binary(bytes) => Ok(Self::Binary(bytes.clone())),
            Happening::Connect | Happening::Event { .. } | Happening::Json(_) | Happening::Disconnect(_) => {
                Err(ExtractError::Kind("messages"))
            }
        }
    }
}

impl FromEvent for DisconnectReason {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        match &context.happening {
            Happening::Disconnect(reason) => Ok(reason.clone()),
            Happening::Connect
            | Happening::Event { .. }
            | Happening::Text(_)
            | Happening::Json(_)
            | Happening::Binary(_) => Err(ExtractError::Kind("disconnect reasons")),
        }
    }
}

impl<S: Clone + Send + Sync + 'static> FromEvent for State<S> {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        context
            .socket
            .hub()
            .states()
            .get::<S>()
            .cloned()
            .map(Self)
            .ok_or(ExtractError::State(std::any::type_name::<S>()))
    }

    fn needs() -> Option<(TypeId, &'static str)> {
        Some((TypeId::of::<S>(), std::any::type_name::<S>()))
    }
}

impl<T: FromEvent> FromEvent for Result<T, ExtractError> {
    fn from_event(context: &mut EventContext) -> Result<Self, ExtractError> {
        Ok(T::from_event(context))
    }

    fn needs() -> Option<(TypeId, &'static str)> {
        T::needs()
    }
}

impl<T> Deref for Data<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<S> Deref for State<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl AsRef<str> for EventName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
