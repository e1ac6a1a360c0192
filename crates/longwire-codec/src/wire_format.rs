//! Wire forms: every way in which a message can stand on the wire.
//!
//! Each protocol adds its own beside the functions that write them, as constants of [`WireFormat`]; there is no list of all.

use std::fmt;

use bytes::Bytes;

use crate::outbound::Message;

/// How a message is spelt for one kind of transport.
///
/// A broadcast makes each form at most once, however many receivers share it. A new transport needs a new form only if its
/// bytes differ from all of these.
#[derive(Clone, Copy)]
pub struct WireFormat(&'static Spelling);

/// What a [`WireFormat`] names. It has to be a `static`: two forms are the same when they are at the same place.
pub(crate) struct Spelling {
    name: &'static str,
    encode: fn(&Message) -> Bytes,
}

impl Spelling {
    pub(crate) const fn new(name: &'static str, encode: fn(&Message) -> Bytes) -> Self {
        Self { name, encode }
    }
}

impl WireFormat {
    pub(crate) const fn new(spelling: &'static Spelling) -> Self {
        Self(spelling)
    }

    /// Writes `message` in this form.
    #[must_use]
    pub fn encode(self, message: &Message) -> Bytes {
        (self.0.encode)(message)
    }
}

impl PartialEq for WireFormat {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for WireFormat {}

impl fmt::Debug for WireFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}
