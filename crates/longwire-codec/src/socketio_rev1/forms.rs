//! The wire forms of revision 1.

use bytes::Bytes;

use crate::Message;

pub(crate) fn text(_message: &Message) -> Bytes {
    todo!()
}
pub(crate) fn framed(_message: &Message) -> Bytes {
    todo!()
}
pub(crate) fn framed_escaped(_message: &Message) -> Bytes {
    todo!()
}
pub(crate) fn script(_message: &Message) -> Bytes {
    todo!()
}
pub(crate) fn websocket(_message: &Message) -> Bytes {
    todo!()
}
pub(crate) fn hixie(_message: &Message) -> Bytes {
    todo!()
}
