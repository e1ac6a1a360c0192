//! A WebSocket client in every dialect that browsers shipped, written frame by frame.
//!
//! Keys and masks are always the same, so that answers can be compared with known ones: the key is that of RFC 6455, section
//! 1.3, the hixie-76 keys are those of a request whose answer is well known.

use super::super::check::{Failure, Outcome};
use super::super::context::{Context, show};
use super::http::{Request, Response};
use super::tcp::Connection;

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// The answer to our key.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const MASK: [u8; 4] = [1, 2, 3, 4];
const HIXIE_KEYS: [&str; 2] = ["4 @1  46546xW%0l 1 5", "12998 5 Y3 1  .P00"];
/// The eight bytes behind our hixie-76 request.
pub(crate) const NONCE: &[u8; 8] = b"^n:ds[4U";
/// The answer to our hixie-76 keys.
pub(crate) const DIGEST: &[u8; 16] = b"8jKS'y:G*Co,Wxa-";
/// Longer frames are not read: no answer of the checks is as long.
const LONGEST: u64 = 16 << 20;

/// What a WebSocket client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// RFC 6455, `Sec-WebSocket-Version: 13`.
    Rfc6455,
    /// hybi-08 to hybi-12.
    Hybi8,
    /// hybi-07.
    Hybi7,
    /// hixie-76.
    Hixie76,
}

impl Dialect {
    pub(crate) const ALL: [Self; 4] = [Self::Rfc6455, Self::Hybi8, Self::Hybi7, Self::Hixie76];

    /// For the names of checks.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rfc6455 => "rfc6455",
            Self::Hybi8 => "hybi-8",
            Self::Hybi7 => "hybi-7",
            Self::Hixie76 => "hixie-76",
        }
    }

    /// The request that asks for a WebSocket, without an origin and without the eight bytes that hixie-76 sends behind it.
    pub(crate) fn request(self, cx: &Context, target: &str) -> Request {
        let request = Request::get(cx, target);
        let version = match self {
            Self::Rfc6455 => "13",
            Self::Hybi8 => "8",
            Self::Hybi7 => "7",
            Self::Hixie76 => {
                return request
                    .header("Upgrade", "WebSocket")
                    .header("Connection", "Upgrade")
                    .header("Sec-WebSocket-Key1", HIXIE_KEYS[0])
                    .header("Sec-WebSocket-Key2", HIXIE_KEYS[1]);
            }
        };
        request
            .header("Upgrade", "websocket")
            .header("Connection", "Upgrade")
            .header("Sec-WebSocket-Key", KEY)
            .header("Sec-WebSocket-Version", version)
    }

    /// The name of the header in which this dialect tells the origin.
    pub(crate) const fn origin_header(self) -> &'static str {
        match self {
            Self::Rfc6455 | Self::Hixie76 => "Origin",
            Self::Hybi8 | Self::Hybi7 => "Sec-WebSocket-Origin",
        }
    }

    /// Whether messages stand between the bytes 00 and FF, instead of in frames with a length.
    const fn is_hixie(self) -> bool {
        matches!(self, Self::Hixie76)
    }
}

/// What a frame is; the numbers are those of RFC 6455. A hixie-76 text is a text here, its close a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
    Other(u8),
}

impl Opcode {
    const fn of(number: u8) -> Self {
        match number {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            other => Self::Other(other),
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
            Self::Other(number) => number,
        }
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) fin: bool,
    /// The three reserved bits, as a number from 0 to 7.
    pub(crate) reserved: u8,
    pub(crate) opcode: Opcode,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// A whole message or a control frame.
    pub(crate) fn new(opcode: Opcode, payload: impl Into<Vec<u8>>) -> Self {
        Self { fin: true, reserved: 0, opcode, payload: payload.into() }
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::new(Opcode::Text, text)
    }

    /// A close frame with a code.
    pub(crate) fn close(code: u16) -> Self {
        Self::new(Opcode::Close, code.to_be_bytes())
    }

    /// More of the message follows.
    pub(crate) fn unfinished(mut self) -> Self {
        self.fin = false;
        self
    }

    /// The code of a close frame.
    pub(crate) fn close_code(&self) -> Option<u16> {
        let code: [u8; 2] = self.payload.get(..2)?.try_into().ok()?;
        (self.opcode == Opcode::Close).then(|| u16::from_be_bytes(code))
    }

    /// The frame as a client of RFC 6455 and its drafts sends it.
    pub(crate) fn masked(&self) -> Vec<u8> {
        let mut bytes = self.head(0x80);
        bytes.extend(MASK);
        bytes.extend(self.payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }

    /// The frame as no client may send it.
    pub(crate) fn unmasked(&self) -> Vec<u8> {
        [self.head(0), self.payload.clone()].concat()
    }

    fn head(&self, mask_bit: u8) -> Vec<u8> {
        let first = (u8::from(self.fin) << 7) | ((self.reserved & 7) << 4) | self.opcode.number();
        let length = self.payload.len();
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short), _) if short < 126 => vec![first, mask_bit | short],
            (_, Ok(medium)) => [&[first, mask_bit | 126], medium.to_be_bytes().as_slice()].concat(),
            _ => [&[first, mask_bit | 127], (length as u64).to_be_bytes().as_slice()].concat(),
        }
    }

    /// A frame of a server at the front of `bytes`, and its length there; nothing when it is not all there.
    fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, String> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        if second & 0x80 != 0 {
            return Err("a masked frame".to_owned());
        }
        let (length, head) = match second {
            126 => match rest.first_chunk() {
                Some(length) => (u64::from(u16::from_be_bytes(*length)), 4),
                None => return Ok(None),
            },
            127 => match rest.first_chunk() {
                Some(length) => (u64::from_be_bytes(*length), 10),
                None => return Ok(None),
            },
            short => (u64::from(*short), 2),
        };
        if length > LONGEST {
            return Err(format!("a frame of {length} bytes"));
        }
        let end = head + usize::try_from(length).map_err(|error| error.to_string())?;
        let Some(payload) = bytes.get(head..end) else { return Ok(None) };
        let (fin, reserved, opcode) = (first & 0x80 != 0, (first >> 4) & 7, Opcode::of(first & 15));
        Ok(Some((Self { fin, reserved, opcode, payload: payload.to_vec() }, end)))
    }

    /// The same for the frames of hixie-76.
    fn parse_hixie(bytes: &[u8]) -> Result<Option<(Self, usize)>, String> {
        match bytes {
            [] | [0xff] => Ok(None),
            [0, text @ ..] => Ok(text.iter().position(|byte| *byte == 0xff).map(|end| {
                let frame = Self::new(Opcode::Text, &text[..end]);
                (frame, end + 2)
            })),
            [0xff, 0, ..] => Ok(Some((Self::new(Opcode::Close, []), 2))),
            [other, ..] => Err(format!("a frame of type {other:#x}")),
        }
    }
}

/// An open WebSocket.
pub(crate) struct WebSocket {
    /// The connection below, for bytes that are no frames.
    pub(crate) connection: Connection,
    pub(crate) dialect: Dialect,
}

impl WebSocket {
    /// Opens a WebSocket and checks the answer's proof.
    pub(crate) fn open(cx: &Context, target: &str, dialect: Dialect) -> Outcome<Self> {
        Self::open_by(cx, &dialect.request(cx, target), dialect)
    }

    /// The same, by a request with further headers.
    pub(crate) fn open_by(cx: &Context, request: &Request, dialect: Dialect) -> Outcome<Self> {
        let (socket, response) = Self::ask(cx, request, dialect)?;
        if response.status != 101 {
            return Err(Failure::differs("101 and a WebSocket", &response));
        }
        if !dialect.is_hixie() && response.header("Sec-WebSocket-Accept").as_deref() != Some(ACCEPT) {
            let seen = format!("{:?}", response.header("Sec-WebSocket-Accept"));
            return Err(Failure::differs(format!("Sec-WebSocket-Accept: {ACCEPT}"), seen));
        }
        Ok(socket)
    }

    /// Asks for a WebSocket; it is one if the response has the status 101. In hixie-76 the digest is read and checked.
    pub(crate) fn ask(cx: &Context, request: &Request, dialect: Dialect) -> Outcome<(Self, Response)> {
        let mut connection = Connection::open(cx)?;
        let mut bytes = request.to_bytes();
        if dialect.is_hixie() {
            bytes.extend(NONCE);
        }
        connection.send(bytes)?;
        let response = connection.response()?;
        if response.status == 101 && dialect.is_hixie() {
            let digest = connection.exactly(DIGEST.len())?;
            if digest != DIGEST {
                return Err(Failure::differs(format!("the digest {}", show(DIGEST)), show(&digest)));
            }
        }
        Ok((Self { connection, dialect }, response))
    }

    /// Sends a text message.
    pub(crate) fn send(&mut self, text: &str) -> Outcome {
        let frame = self.text_frame(text);
        self.connection.send(frame)
    }

    /// A text message as this client sends it.
    pub(crate) fn text_frame(&self, text: &str) -> Vec<u8> {
        if self.dialect.is_hixie() { [b"\0", text.as_bytes(), b"\xff"].concat() } else { Frame::text(text).masked() }
    }

    /// Sends a frame, masked.
    pub(crate) fn send_frame(&mut self, frame: &Frame) -> Outcome {
        self.connection.send(frame.masked())
    }

    /// Sends the close frame of the dialect.
    pub(crate) fn send_close(&mut self) -> Outcome {
        let frame = if self.dialect.is_hixie() { vec![0xff, 0] } else { Frame::close(1000).masked() };
        self.connection.send(frame)
    }

    /// The next frame.
    pub(crate) fn frame(&mut self) -> Outcome<Frame> {
        loop {
            let received = self.connection.received();
            let parsed = if self.dialect.is_hixie() { Frame::parse_hixie(received) } else { Frame::parse(received) };
            match parsed {
                Ok(Some((frame, length))) => {
                    self.connection.take(length);
                    return Ok(frame);
                }
                Ok(None) => self.connection.more("a frame")?,
                Err(what) => return Err(Failure::differs("a frame", format!("{what}: {}", show(received)))),
            }
        }
    }

    /// The next frame, which is a whole text.
    pub(crate) fn text(&mut self) -> Outcome<String> {
        let frame = self.frame()?;
        if frame.opcode != Opcode::Text || !frame.fin || frame.reserved != 0 {
            let seen = format!("{:?} of {}", frame.opcode, show(&frame.payload));
            return Err(Failure::differs("a text message", seen));
        }
        String::from_utf8(frame.payload).map_err(|error| Failure::differs("a text", show(error.as_bytes())))
    }

    /// Demands a close frame with a code, where the dialect has codes, and then the end of the connection.
    pub(crate) fn expect_close(&mut self, cx: &Context, code: Option<u16>) -> Outcome {
        let frame = self.frame()?;
        cx.that("a close frame", frame.opcode == Opcode::Close, describe(&frame))?;
        if !self.dialect.is_hixie() {
            cx.same("close code", code, frame.close_code())?;
        }
        // Servers wait for the other side's close frame before they end the connection; they may have done so already.
        if !self.dialect.is_hixie() {
            self.connection.try_send(Frame::new(Opcode::Close, frame.payload).masked());
        }
        self.connection.expect_end()
    }
}

/// A frame in words.
pub(crate) fn describe(frame: &Frame) -> String {
    match frame.close_code() {
        Some(code) => format!("a close frame with {code}"),
        None => format!("a frame {:?} of {}", frame.opcode, show(&frame.payload)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_masked_and_have_the_shortest_length() {
        assert_eq!(Frame::text("Hi").masked(), b"\x81\x82\x01\x02\x03\x04Ik");
        assert_eq!(Frame::text("Hi").unmasked(), b"\x81\x02Hi");
        let head = |length| Frame::new(Opcode::Binary, vec![0; length]).head(0);
        assert_eq!(head(125), [0x82, 125]);
        assert_eq!(head(126), [0x82, 126, 0, 126]);
        assert_eq!(head(65535), [0x82, 126, 255, 255]);
        assert_eq!(head(65536), [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn frames_are_read_back_and_wait_for_their_end() {
        for length in [0, 1, 125, 126, 65535, 65536] {
            let frame = Frame { fin: false, reserved: 5, ..Frame::new(Opcode::Pong, vec![7; length]) };
            let bytes = frame.unmasked();
            assert_eq!(Frame::parse(&bytes), Ok(Some((frame, bytes.len()))));
            for cut in [0, 1, bytes.len() - 1] {
                assert_eq!(Frame::parse(&bytes[..cut]), Ok(None), "{length} cut at {cut}");
            }
        }
    }

    #[test]
    fn frames_that_no_server_sends_are_refused() {
        assert!(Frame::parse(&Frame::text("x").masked()).is_err());
        assert!(Frame::parse(&[0x81, 127, 0xff, 0, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(Frame::parse_hixie(b"\x01").is_err());
    }

    #[test]
    fn hixie_frames_end_with_a_byte() {
        let text = Frame::text("1::");
        assert_eq!(Frame::parse_hixie(b"\x001::\xff\x00"), Ok(Some((text, 5))));
        assert_eq!(Frame::parse_hixie(b"\x001::"), Ok(None));
        assert_eq!(Frame::parse_hixie(b"\xff"), Ok(None));
        assert_eq!(Frame::parse_hixie(b"\xff\x00"), Ok(Some((Frame::new(Opcode::Close, []), 2))));
    }

    #[test]
    fn the_code_of_a_close_is_read() {
        assert_eq!(Frame::close(1002).close_code(), Some(1002));
        assert_eq!(Frame::new(Opcode::Close, []).close_code(), None);
        assert_eq!(Frame::text("ab").close_code(), None);
    }
}
