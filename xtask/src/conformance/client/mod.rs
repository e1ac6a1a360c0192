//! A client that sees every byte, judges nothing and never panics: what goes wrong is a
//! [`Failure`](super::check::Failure) that says what was expected and what was seen.
//!
//! It shares no code with the server of this project, so that a mistake there cannot hide here.

mod http;
mod tcp;
mod websocket;

pub(crate) use self::http::{Framing, Request, Response};
pub(crate) use self::tcp::{Connection, End};
pub(crate) use self::websocket::{Dialect, Frame, Opcode, WebSocket, describe};
