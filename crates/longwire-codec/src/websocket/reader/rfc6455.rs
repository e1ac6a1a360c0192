//! The reading half of RFC 6455 and the hybi drafts.
//!
//! A frame that lies in the input as a whole and is a whole message goes straight into the buffer that becomes the
//! message. Everything else takes the long way: piece by piece into the open message or control frame. A header is judged
//! before any of its payload is kept.

use std::mem;

use bytes::Bytes;
use bytestring::ByteString;

use super::text::TextBuffer;
use super::{Incoming, Limits, ReadError, Role, room};
use crate::websocket::frame::{Header, MAX_CONTROL_PAYLOAD, MAX_HEADER, Opcode};
use crate::websocket::{CloseCode, Mask};

#[derive(Debug)]
pub(super) struct Rfc6455Reader {
    role: Role,
    header: CutHeader,
    frame: Option<OpenFrame>,
    message: Option<OpenMessage>,
}

/// The beginning of a header that is not all there.
#[derive(Debug, Default)]
struct CutHeader {
    bytes: [u8; MAX_HEADER],
    len: u8,
}

/// A frame whose payload is not all there.
#[derive(Debug)]
struct OpenFrame {
    fin: bool,
    opcode: Opcode,
    mask: Option<Mask>,
    /// How many bytes of payload were taken.
    taken: usize,
    /// How many bytes of payload are to come.
    remaining: usize,
    /// The payload so far, of a control frame; that of a data frame goes to the message.
    control: Vec<u8>,
}

/// A message whose last fragment is not all there.
#[derive(Debug)]
struct OpenMessage {
    fragments: usize,
    payload: OpenPayload,
}

#[derive(Debug)]
enum OpenPayload {
    Text(TextBuffer),
    Binary(Vec<u8>),
}

impl Rfc6455Reader {
    pub(super) fn new(role: Role) -> Self {
        Self { role, header: CutHeader::default(), frame: None, message: None }
    }

    pub(super) fn read(&mut self, input: &mut &[u8], limits: Limits) -> Result<Option<Incoming>, ReadError> {
        loop {
            let mut frame = match self.frame.take() {
                Some(frame) => frame,
                None => {
                    let Some(header) = self.header.read(input)? else { return Ok(None) };
                    let len = self.check(&header, limits)?;
                    if header.fin && header.opcode != Opcode::Continuation {
                        if let Some((payload, rest)) = input.split_at_checked(len) {
                            *input = rest;
                            return incoming(header.opcode, unmasked(payload, header.mask)).map(Some);
                        }
                    }
                    self.open(&header, len)
                }
            };
            let piece = take(input, frame.remaining);
            self.append(&mut frame, piece, limits)?;
            if frame.remaining > 0 {
                self.frame = Some(frame);
                return Ok(None);
            }
            if let Some(incoming) = self.end(frame)? {
                return Ok(Some(incoming));
            }
        }
    }

    pub(super) fn buffered(&self) -> usize {
        let message = match self.message.as_ref().map(|message| &message.payload) {
            Some(OpenPayload::Text(text)) => text.capacity(),
            Some(OpenPayload::Binary(bytes)) => bytes.capacity(),
            None => 0,
        };
        message + self.frame.as_ref().map_or(0, |frame| frame.control.capacity())
    }

    /// Judges a header in the light of what came before it, and gives the length of its payload.
    fn check(&self, header: &Header, limits: Limits) -> Result<usize, ReadError> {
        match (self.role, header.mask) {
            (Role::Server, None) => return Err(ReadError::Unmasked),
            (Role::Client, Some(_)) => return Err(ReadError::Masked),
            (Role::Server, Some(_)) | (Role::Client, None) => {}
        }
        if header.opcode.is_control() {
            return check_control(header);
        }
        let (fragments, before) = match (&self.message, header.opcode == Opcode::Continuation) {
            (None, false) => (1, 0),
            (Some(message), true) => (message.fragments.saturating_add(1), message.len()),
            (None, true) => return Err(ReadError::UnexpectedContinuation),
            (Some(_), false) => return Err(ReadError::UnfinishedMessage),
        };
        if fragments > limits.fragments {
            return Err(ReadError::TooManyFragments { limit: limits.fragments });
        }
        match usize::try_from(header.len) {
            Ok(len) if len <= limits.message.saturating_sub(before) => Ok(len),
            Ok(_) | Err(_) => Err(ReadError::MessageTooLong { limit: limits.message }),
        }
    }

    /// Begins a frame that was checked, and with it a message or the next fragment of one.
    fn open(&mut self, header: &Header, len: usize) -> OpenFrame {
        let &Header { fin, opcode, mask, .. } = header;
        match (&mut self.message, opcode) {
            (message, Opcode::Text) => *message = Some(OpenMessage::new(OpenPayload::Text(TextBuffer::default()))),
            (message, Opcode::Binary) => *message = Some(OpenMessage::new(OpenPayload::Binary(Vec::new()))),
            (Some(message), Opcode::Continuation) => message.fragments += 1,
            (None, Opcode::Continuation) | (_, Opcode::Close | Opcode::Ping | Opcode::Pong) => {}
        }
        OpenFrame { fin, opcode, mask, taken: 0, remaining: len, control: Vec::new() }
    }

    /// Takes a piece of the payload of a frame to where it belongs.
    fn append(&mut self, frame: &mut OpenFrame, piece: &[u8], limits: Limits) -> Result<(), ReadError> {
        let mut piece = Piece { bytes: piece, mask: frame.mask, taken: frame.taken, expected: frame.remaining };
        frame.taken += piece.bytes.len();
        frame.remaining -= piece.bytes.len();
        if frame.opcode.is_control() {
            piece.append_to(&mut frame.control);
        } else if let Some(message) = &mut self.message {
            // There is one: `check` lets no data frame pass that neither opens nor continues a message.
            if !frame.fin {
                piece.expected = limits.message - message.len();
            }
            match &mut message.payload {
                OpenPayload::Text(text) => piece.append_to_text(text)?,
                OpenPayload::Binary(bytes) => piece.append_to(bytes),
            }
        }
        Ok(())
    }

    /// What the end of a frame brings: a control frame, a message, or nothing when more fragments follow.
    fn end(&mut self, frame: OpenFrame) -> Result<Option<Incoming>, ReadError> {
        if frame.opcode.is_control() {
            return incoming(frame.opcode, frame.control).map(Some);
        }
        if !frame.fin {
            return Ok(None);
        }
        Ok(match self.message.take().map(|message| message.payload) {
            Some(OpenPayload::Text(text)) => Some(Incoming::Text(text.finish()?)),
            Some(OpenPayload::Binary(mut bytes)) => {
                bytes.shrink_to_fit();
                Some(Incoming::Binary(bytes.into()))
            }
            None => None,
        })
    }
}

impl CutHeader {
    /// Takes a header from the front of `input`, or all of `input` when the header is not all there.
    fn read(&mut self, input: &mut &[u8]) -> Result<Option<Header>, ReadError> {
        let held = usize::from(mem::take(&mut self.len));
        if held == 0 {
            if let Some((header, len)) = Header::parse(input)? {
                *input = &input[len..];
                return Ok(Some(header));
            }
        }
        let more = input.len().min(MAX_HEADER - held);
        self.bytes[held..held + more].copy_from_slice(&input[..more]);
        match Header::parse(&self.bytes[..held + more])? {
            Some((header, len)) => {
                // What was held was no header, so the header is longer than that.
                *input = &input[len - held..];
                Ok(Some(header))
            }
            None => {
                // Fourteen bytes are always a header, so fewer are held, and all of the input was taken.
                self.len = (held + more) as u8;
                *input = &input[more..];
                Ok(None)
            }
        }
    }
}

impl OpenMessage {
    fn new(payload: OpenPayload) -> Self {
        Self { fragments: 1, payload }
    }

    fn len(&self) -> usize {
        match &self.payload {
            OpenPayload::Text(text) => text.len(),
            OpenPayload::Binary(bytes) => bytes.len(),
        }
    }
}

fn check_control(header: &Header) -> Result<usize, ReadError> {
    if !header.fin {
        return Err(ReadError::FragmentedControl);
    }
    match usize::try_from(header.len) {
        Ok(len) if len <= MAX_CONTROL_PAYLOAD => Ok(len),
        Ok(_) | Err(_) => Err(ReadError::ControlTooLong { len: header.len }),
    }
}

/// What a whole frame means, if it is no fragment.
fn incoming(opcode: Opcode, payload: Vec<u8>) -> Result<Incoming, ReadError> {
    match opcode {
        Opcode::Text => match String::from_utf8(payload) {
            Ok(text) => Ok(Incoming::Text(text.into())),
            Err(error) => Err(ReadError::InvalidUtf8 { at: error.utf8_error().valid_up_to() }),
        },
        Opcode::Binary | Opcode::Continuation => Ok(Incoming::Binary(payload.into())),
        Opcode::Ping => Ok(Incoming::Ping(payload.into())),
        Opcode::Pong => Ok(Incoming::Pong(payload.into())),
        Opcode::Close => close(payload.into()),
    }
}

fn close(payload: Bytes) -> Result<Incoming, ReadError> {
    let (code, reason) = match *payload {
        [] => (None, payload),
        [_] => return Err(ReadError::CutCloseCode),
        [high, low, ..] => (Some(CloseCode(u16::from_be_bytes([high, low]))), payload.slice(2..)),
    };
    if let Some(code) = code.filter(|code| !code.is_sendable()) {
        return Err(ReadError::ForbiddenCloseCode(code));
    }
    let reason = ByteString::try_from(reason).map_err(|error| ReadError::InvalidUtf8 { at: error.valid_up_to() })?;
    Ok(Incoming::Close { code, reason })
}

/// Takes up to `len` bytes.
fn take<'a>(input: &mut &'a [u8], len: usize) -> &'a [u8] {
    let (piece, rest) = input.split_at(len.min(input.len()));
    *input = rest;
    piece
}

fn unmasked(payload: &[u8], mask: Option<Mask>) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    if let Some(mask) = mask {
        mask.apply(&mut bytes, 0);
    }
    bytes
}

/// A piece of the payload of a frame, as it arrived.
struct Piece<'a> {
    bytes: &'a [u8],
    mask: Option<Mask>,
    /// How many bytes of the payload came before it.
    taken: usize,
    /// How many bytes of the message may come, with these: what the last frame declared, or else what the limit allows.
    expected: usize,
}

impl Piece<'_> {
    fn append_to(&self, buffer: &mut Vec<u8>) {
        let before = buffer.len();
        if buffer.capacity() - before < self.bytes.len() {
            buffer.reserve_exact(room(before, self.bytes.len(), self.expected));
        }
        buffer.extend_from_slice(self.bytes);
        if let Some(mask) = self.mask {
            mask.apply(&mut buffer[before..], self.taken);
        }
    }

    fn append_to_text(&self, text: &mut TextBuffer) -> Result<(), ReadError> {
        /// How much is unmasked in one go, in bytes.
        const PART: usize = 1024;

        text.reserve(self.bytes.len(), self.expected);
        let Some(mask) = self.mask else { return text.push(self.bytes) };
        // Only checked bytes may enter the text, so they are unmasked on their way through a small buffer.
        let mut buffer = [0; PART];
        for (index, part) in self.bytes.chunks(PART).enumerate() {
            let clear = &mut buffer[..part.len()];
            clear.copy_from_slice(part);
            mask.apply(clear, self.taken + index * PART);
            text.push(clear)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
