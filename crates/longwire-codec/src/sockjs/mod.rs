//! SockJS 0.3.3, the protocol of every sockjs-client from 0.3 to 1.6.
//!
//! What goes from server to client is a [`Frame`]: a letter, and JSON behind all but two. Each transport has its own [`Dress`]
//! around frames, and its own beginning: [`streaming`], [`eventsource`], [`htmlfile`], [`jsonp`]. What comes from a client is
//! framed by nothing: a JSON array of strings ([`decode`]). A service tells about itself in [`info`], lends its origin to
//! foreign pages by [`iframe`], and finds sessions by the [`path`] of a request.
//!
//! The source of the wire facts is the official suite, sockjs-protocol 0.3.3, and sockjs-node 0.4.0-rc.1 where the suite is
//! silent. Where both let a message break the page or get lost, the modules say what is done here instead.
//!
//! ```
//! use longwire_codec::sockjs::{Dress, Frame, decode};
//! use longwire_codec::{Outbound, Payload};
//!
//! assert_eq!(Frame::Open.encode(), "o");
//! let hello = Outbound::from(Payload::from("hello \u{1f600}"));
//! assert_eq!(hello.form(Dress::Line.form()), "a[\"hello \\ud83d\\ude00\"]\n");
//!
//! let said = decode::messages(&r#"["one", "two"]"#.into(), 100)?;
//! assert_eq!(Vec::from_iter(said), ["one", "two"]);
//! # Ok::<(), longwire_codec::sockjs::decode::DecodeError>(())
//! ```

pub mod decode;
mod dress;
mod event;
pub mod eventsource;
mod forms;
mod frame;
pub mod htmlfile;
pub mod iframe;
pub mod info;
pub mod jsonp;
pub mod path;
pub mod quote;
pub mod streaming;

pub use dress::Dress;
pub use event::event_of;
pub use forms::{is_message, text_of};
pub use frame::{Frame, FrameError};
pub use jsonp::Callback;
