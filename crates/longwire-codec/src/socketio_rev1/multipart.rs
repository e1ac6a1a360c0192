//! xhr-multipart: an endless response whose parts carry one packet each.
//!
//! No server of 0.7 to 0.9 has this transport, although the specification names it. The bytes are those of socket.io 0.6.18
//! `lib/socket.io/transports/xhr-multipart.js`, which the multipart requests of Gecko read: line feeds without carriage
//! returns, a boundary ahead of the first part and behind every part. A part is [`PART_OPENING`], a packet in
//! [`WireFormat::SOCKETIO_REV1_TEXT`](crate::WireFormat::SOCKETIO_REV1_TEXT), and [`PART_CLOSING`].
//!
//! ```
//! use longwire_codec::socketio_rev1::multipart::{PART_CLOSING, PART_OPENING, START};
//!
//! let stream = [START, PART_OPENING, "1::".into(), PART_CLOSING].concat();
//! assert_eq!(stream, b"--socketio\nContent-Type: text/plain\n\n1::\n--socketio\n");
//! ```

use bytes::Bytes;

/// The value of the response's `Content-Type`.
pub const CONTENT_TYPE: &str = "multipart/x-mixed-replace;boundary=\"socketio\"";

/// The beginning of the response: the first boundary.
pub const START: Bytes = Bytes::from_static(b"--socketio\n");

/// What stands ahead of the packet in each part.
pub const PART_OPENING: Bytes = Bytes::from_static(b"Content-Type: text/plain\n\n");

/// What stands behind it, with the boundary that makes the client read the part at once.
pub const PART_CLOSING: Bytes = Bytes::from_static(b"\n--socketio\n");
