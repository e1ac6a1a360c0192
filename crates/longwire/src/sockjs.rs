//! SockJS: services below prefixes of their own, for every sockjs-client from 0.3 to 1.6.
//!
//! A [`Service`] has the handlers, a [`Config`] the settings, and [`ServerBuilder::sockjs`](crate::ServerBuilder::sockjs) puts
//! both below a prefix. A [`Session`] is one client. [`Service::in_namespace`] puts sessions into the rooms of Socket.IO
//! clients.
//!
//! ```
//! use longwire::sockjs::{Config, Service, Session};
//! use longwire::{Server, Text};
//!
//! let chat = Service::new()
//!     .on_open(async |session: Session| drop(session.send("Welcome!")))
//!     .on_message(async |session: Session, Text(text): Text| session.everybody().send(text));
//! let builder = Server::builder(longwire::Config::default()).sockjs("/chat", Config::default(), chat);
//! # drop(builder);
//! ```

pub use longwire_transport::sockjs::{Config, ConfigError};

pub use crate::hub::{Service, Session};
