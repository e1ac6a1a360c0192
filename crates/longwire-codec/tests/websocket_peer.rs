//! Against another implementation: tungstenite's whole stack, over a wire in memory.

use std::io::{self, ErrorKind, Read, Write};

use http::Request;
use longwire_codec::websocket::frame::Opcode;
use longwire_codec::websocket::{CloseCode, Framing, Handshake, Incoming, Limits, Mask, ReadError, Reader, client};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::client::{ClientHandshake, generate_key};
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

/// One end of a connection: what arrived and was not read, what was written.
#[derive(Debug, Default)]
struct Wire {
    arrived: Vec<u8>,
    written: Vec<u8>,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.arrived.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let len = buffer.len().min(self.arrived.len());
        buffer[..len].copy_from_slice(&self.arrived[..len]);
        self.arrived.drain(..len);
        Ok(len)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Their end of a connection on which `arrived` is all that came.
fn peer(role: Role, arrived: Vec<u8>) -> WebSocket<Wire> {
    WebSocket::from_raw_socket(Wire { arrived, written: Vec::new() }, role, Some(WebSocketConfig::default()))
}

/// What a message of theirs is called here.
fn ours(message: Message) -> Incoming {
    match message {
        Message::Text(text) => Incoming::Text(text.as_str().into()),
        Message::Binary(bytes) => Incoming::Binary(bytes),
        Message::Ping(bytes) => Incoming::Ping(bytes),
        Message::Pong(bytes) => Incoming::Pong(bytes),
        Message::Close(None) => Incoming::Close { code: None, reason: "".into() },
        Message::Close(Some(CloseFrame { code, reason })) => {
            Incoming::Close { code: Some(CloseCode(code.into())), reason: reason.as_str().into() }
        }
        Message::Frame(_) => unreachable!("reading gives messages"),
    }
}

/// Everything that the peer reads, and whether it stopped at an error rather than for want of bytes.
fn read_theirs(peer: &mut WebSocket<Wire>) -> (Vec<Incoming>, bool) {
    let mut said = Vec::new();
    loop {
        match peer.read() {
            Ok(message) => said.push(ours(message)),
            Err(tungstenite::Error::Io(error)) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                return (said, false);
            }
            Err(tungstenite::Error::ConnectionClosed) => return (said, false),
            Err(_) => return (said, true),
        }
    }
}

fn read_ours(mut reader: Reader, mut stream: &[u8]) -> (Vec<Incoming>, Option<ReadError>) {
    let mut said = Vec::new();
    loop {
        match reader.read(&mut stream) {
            Ok(Some(incoming)) => said.push(incoming),
            Ok(None) => return (said, None),
            Err(error) => return (said, Some(error)),
        }
    }
}

fn message() -> impl Strategy<Value = Message> {
    let long = 65_530..65_545_usize;
    prop_oneof![
        4 => vec(any::<char>(), 0..200).prop_map(|chars| Message::text(String::from_iter(chars))),
        2 => vec(any::<u8>(), 0..300).prop_map(Message::binary),
        1 => long.prop_map(|len| Message::text("x".repeat(len))),
        1 => vec(any::<u8>(), 0..126).prop_map(|bytes| Message::Ping(bytes.into())),
        1 => vec(any::<u8>(), 0..126).prop_map(|bytes| Message::Pong(bytes.into())),
    ]
}

/// The same message in our frames, of a server or of a client.
fn frame(incoming: &Incoming, mask: Option<Mask>) -> Vec<u8> {
    let server = Framing::Rfc6455;
    let frame = match (incoming, mask) {
        (Incoming::Text(text), None) => Some(server.text(text)),
        (Incoming::Text(text), Some(mask)) => Some(client::text(text, mask)),
        (Incoming::Binary(bytes), None) => server.binary(bytes),
        (Incoming::Binary(bytes), Some(mask)) => Some(client::binary(bytes, mask)),
        (Incoming::Ping(bytes), None) => server.ping(bytes),
        (Incoming::Ping(bytes), Some(mask)) => Some(client::ping(bytes, mask)),
        (Incoming::Pong(bytes), None) => server.pong(bytes),
        (Incoming::Pong(bytes), Some(mask)) => Some(client::pong(bytes, mask)),
        (Incoming::Close { code, reason }, None) => Some(server.close(*code, reason)),
        (Incoming::Close { code, reason }, Some(mask)) => Some(client::close(*code, reason, mask)),
    };
    frame.expect("RFC 6455 frames everything").to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn we_read_what_they_write(messages in vec(message(), 0..6), server in any::<bool>()) {
        let (role, reader): (_, fn(Framing, Limits) -> Reader) =
            if server { (Role::Server, Reader::client) } else { (Role::Client, Reader::new) };
        let mut peer = peer(role, Vec::new());
        for message in &messages {
            peer.send(message.clone()).expect("the wire takes everything");
        }
        peer.close(Some(CloseFrame { code: 4000.into(), reason: "bye".into() })).expect("the wire takes everything");

        let mut expected: Vec<_> = messages.into_iter().map(ours).collect();
        expected.push(Incoming::Close { code: Some(CloseCode(4000)), reason: "bye".into() });
        let said = read_ours(reader(Framing::Rfc6455, Limits::default()), &peer.get_ref().written);
        prop_assert_eq!(said, (expected, None));
    }

    #[test]
    fn they_read_what_we_write(messages in vec(message(), 0..6), mask in proptest::option::of(any::<[u8; 4]>())) {
        let mask = mask.map(Mask::new);
        let mut said: Vec<_> = messages.into_iter().map(ours).collect();
        said.push(Incoming::Close { code: Some(CloseCode::GOING_AWAY), reason: "bye".into() });
        let stream = said.iter().flat_map(|incoming| frame(incoming, mask)).collect();
        let role = if mask.is_some() { Role::Server } else { Role::Client };
        prop_assert_eq!(read_theirs(&mut peer(role, stream)), (said, false));
    }
}

/// A client's stream of small frames, hardly any of them in the right place, with some bytes changed.
fn doubtful_stream() -> impl Strategy<Value = Vec<u8>> {
    use Opcode::{Binary, Continuation, Ping, Text};
    let opcode = prop::sample::select(vec![Continuation, Continuation, Text, Text, Binary, Ping]);
    let payload = prop_oneof![vec(any::<u8>(), 0..6), Just("é€".as_bytes().to_vec()), Just(b"a\xe2\x82".to_vec())];
    let frames = vec((any::<bool>(), opcode, payload), 0..8);
    let damage = vec((any::<Index>(), any::<u8>()), 0..2);
    (frames, damage).prop_map(|(frames, damage)| {
        let mask = Mask::new([1, 2, 3, 4]);
        let frame = |(fin, opcode, payload): (bool, Opcode, Vec<u8>)| client::frame(fin, opcode, &payload, mask);
        let mut stream: Vec<u8> = frames.into_iter().flat_map(frame).collect();
        for (at, byte) in damage {
            if !stream.is_empty() {
                let at = at.index(stream.len());
                stream[at] = byte;
            }
        }
        stream
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn we_refuse_what_they_refuse(stream in doubtful_stream()) {
        let (ours, error) = read_ours(Reader::new(Framing::Rfc6455, Limits::default()), &stream);
        let (theirs, refused) = read_theirs(&mut peer(Role::Server, stream));
        if matches!(theirs.last(), Some(Incoming::Close { .. })) {
            // They hand out a close frame with a forbidden code as one that says so.
            prop_assert!(theirs.starts_with(&ours[..ours.len().min(theirs.len() - 1)]));
        } else {
            prop_assert_eq!(ours, theirs);
            // Not the other way round: we refuse at the header or the byte that is wrong, they when the frame is complete.
            prop_assert!(error.is_some() || !refused);
        }
    }
}

#[test]
fn their_client_accepts_our_handshake() {
    let key = generate_key();
    let request = Request::get("ws://example.com/socket.io/1/websocket/abc")
        .header("Host", "example.com")
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", key)
        .body(())
        .unwrap();
    let (mut head, ()) = request.clone().into_parts();
    // On the wire the target is a path.
    head.uri = "/socket.io/1/websocket/abc".parse().unwrap();
    let (response, accept) = Handshake::parse(&head).unwrap().accept(false, None);
    assert_eq!(accept.framing, Framing::Rfc6455);

    let waiting = ClientHandshake::start(Wire::default(), request, None).unwrap().handshake();
    let Err(HandshakeError::Interrupted(mut waiting)) = waiting else { panic!("nothing was answered yet") };
    let wire = waiting.get_mut().get_mut();
    assert!(wire.written.starts_with(b"GET /socket.io/1/websocket/abc HTTP/1.1\r\n"));
    wire.arrived.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\n");
    for (name, value) in response.headers() {
        wire.arrived.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    wire.arrived.extend_from_slice(b"\r\n");
    wire.arrived.extend_from_slice(&accept.framing.text("1::"));

    let (mut client, _) = waiting.handshake().unwrap();
    assert_eq!(client.read().unwrap(), Message::text("1::"));
}
