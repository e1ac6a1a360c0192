//! Where tokio and hyper are: listening, HTTP, WebSockets, and the driving of session state machines.

pub(crate) mod connection;
pub(crate) mod deadlines;
pub(crate) mod driver;
pub(crate) mod head;
pub(crate) mod http;
pub(crate) mod http1;
pub(crate) mod inbox;
pub(crate) mod listener;
pub(crate) mod registry;
pub(crate) mod slot;
pub(crate) mod stream;
pub(crate) mod tally;
pub(crate) mod turn;
pub(crate) mod websocket;
