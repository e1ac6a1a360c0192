#![doc = include_str!("../README.md")]
//!
//! ## Where things are
//!
//! [`Config`] has all settings, [`socketio_rev1::Config`] those of one protocol. [`Namespace`], [`Handler`] and [`FromEvent`]
//! are what applications are made of, [`sockjs::Service`] and [`sockjs::Session`] what they are made of in SockJS, [`Socket`], [`Broadcast`] and [`Io`] what they talk through. [`Server`] runs them, alone
//! ([`Serve`]) or in another application ([`Layer`], [`Service`]). [`longwire_transport`] and [`longwire_codec`] are what a
//! protocol of your own is made of ([`ServerBuilder::protocol`]).

pub mod config;
mod hub;
mod net;
mod server;
mod service;
pub mod sockjs;

pub use config::Config;
pub use http;
pub use hub::{
    Ack, AckError, Broadcast, Data, Denied, DisconnectReason, EmitError, EventContext, EventName, ExtractError,
    FromEvent, Handler, Handshake, Happening, Io, Json, Namespace, NamespaceError, NamespaceRequest, Socket, State,
    Text,
};
pub use hyper::body::Incoming;
pub use longwire_codec;
pub use longwire_codec::{Args, ByteString, Bytes, Payload};
pub use longwire_transport;
pub use longwire_transport::origin::{OriginError, Origins};
pub use longwire_transport::{CloseReason, PeerInfo, SendError, socketio_rev1};
pub use net::http::ResponseBody;
pub use server::{BuildError, Serve, Server, ServerBuilder, listen};
pub use service::{Layer, Layered, Service};
