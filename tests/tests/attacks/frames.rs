//! WebSocket frames that break the protocol, lie about their length or come in multitudes.

use longwire_codec::websocket::frame::Opcode;
use longwire_codec::websocket::{CloseCode, client};
use longwire_tests::memory::MIB;
use longwire_tests::websocket::MASK;
use longwire_tests::{Attacked, Bounds, Client, Dialect, Transport};

const HYBI: [Transport; 3] =
    [Transport::WEBSOCKET, Transport::WebSocket(Dialect::Hybi8), Transport::WebSocket(Dialect::Hybi7)];
const HIXIE: [Transport; 2] = [Transport::WebSocket(Dialect::Hixie76), Transport::FlashSocket];

/// Sends bytes on a WebSocket of its own and checks that it is closed with this code, and the session with it.
async fn assert_refused(server: &Attacked, transport: Transport, bytes: &[u8], code: CloseCode) {
    let mut client = server.client(transport).await;
    // The server may close, and stop reading a while later, before all of it is sent.
    let _ = client.connection().try_send(bytes).await;
    client.socket().assert_close(code).await;
    assert_forgotten(server, &client).await;
}

async fn assert_forgotten(server: &Attacked, client: &Client) {
    let response = server.connect().await.get(&Transport::XhrPolling.target(&client.id)).await;
    response.assert(200, "7:::1+0");
}

/// A frame header by hand: the first byte, and the mask bit with a length of eight bytes.
fn header(first: u8, length: u64) -> Vec<u8> {
    [&[first, 0xff][..], &length.to_be_bytes(), &[1, 2, 3, 4]].concat()
}

#[tokio::test]
async fn a_million_fragments_of_a_byte_or_of_none_are_too_many() {
    let server = Attacked::start(&[]).await;
    for piece in [&b"x"[..], b""] {
        let mut bytes = client::frame(false, Opcode::Text, b"3:::", MASK).to_vec();
        bytes.extend(client::frame(false, Opcode::Continuation, piece, MASK).repeat(1_000_000));
        for transport in HYBI {
            assert_refused(&server, transport, &bytes, CloseCode::TOO_BIG).await;
        }
    }
    // What it takes of them, it takes.
    let mut client = server.client(Transport::WEBSOCKET).await;
    let mut bytes = client::frame(false, Opcode::Text, b"3:::", MASK).to_vec();
    bytes.extend(client::frame(false, Opcode::Continuation, b"x", MASK).repeat(9_998));
    bytes.extend(client::frame(true, Opcode::Continuation, b"", MASK));
    client.connection().send(bytes).await;
    assert_eq!(client.packet().await, format!("3:::{}", "x".repeat(9_998)));
    drop(client);
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn declared_lengths_that_nobody_has_reserve_nothing() {
    let server = Attacked::start(&[]).await;
    for length in [1_000_001, 1 << 32, (1 << 63) - 1] {
        for first in [0x81, 0x82, 0x01] {
            for transport in HYBI {
                assert_refused(&server, transport, &header(first, length), CloseCode::TOO_BIG).await;
            }
        }
    }
    // The highest bit has to be zero (RFC 6455, section 5.2); whether it breaks that or the limit is one to the client.
    for length in [1 << 63, u64::MAX] {
        assert_refused(&server, Transport::WEBSOCKET, &header(0x81, length), CloseCode::TOO_BIG).await;
    }
    // A message that would be too long with this fragment.
    let mut bytes = client::frame(false, Opcode::Text, b"3:::", MASK).to_vec();
    bytes.extend(header(0x80, u64::MAX >> 1));
    assert_refused(&server, Transport::WEBSOCKET, &bytes, CloseCode::TOO_BIG).await;
    // Declared and never sent: a thousand that wait for a million bytes each cost what has come.
    let mut waiting = Vec::new();
    for _ in 0..500 {
        let mut client = server.client(Transport::WEBSOCKET).await;
        client.connection().send([&header(0x81, 1_000_000)[..], b"3:::"].concat()).await;
        waiting.push(client);
    }
    drop(waiting);
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn control_frames_are_short_and_whole() {
    let server = Attacked::start(&[]).await;
    for first in [0x88, 0x89, 0x8a] {
        for length in [126, 65_536, u64::MAX >> 1] {
            for transport in HYBI {
                assert_refused(&server, transport, &header(first, length), CloseCode::PROTOCOL).await;
            }
        }
        // Two bytes of length would do for 126; so it comes, too.
        let frame = [&[first, 0xfe, 0, 126, 0, 0, 0, 0][..], &[b'x'; 126]].concat();
        assert_refused(&server, Transport::WEBSOCKET, &frame, CloseCode::PROTOCOL).await;
    }
    for opcode in [Opcode::Ping, Opcode::Pong, Opcode::Close] {
        for transport in HYBI {
            let fragment = client::frame(false, opcode, b"", MASK);
            assert_refused(&server, transport, &fragment, CloseCode::PROTOCOL).await;
        }
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn reserved_bits_opcodes_and_orders_are_refused() {
    let server = Attacked::start(&[]).await;
    let whole = client::text("3:::x", MASK);
    let reserved_bits = [0x40, 0x20, 0x10, 0x70].map(|bits| 0x81 | bits);
    let reserved_opcodes = (3..=7).chain(0xb..=0xf).map(|opcode| 0x80 | opcode);
    for first in reserved_bits.into_iter().chain(reserved_opcodes) {
        let bytes = [&[first], &whole[1..]].concat();
        for transport in HYBI {
            assert_refused(&server, transport, &bytes, CloseCode::PROTOCOL).await;
        }
    }
    let unmasked = b"\x81\x05".iter().chain(b"3:::x").copied().collect();
    let continuation = client::frame(true, Opcode::Continuation, b"3:::x", MASK).to_vec();
    let begun = client::frame(false, Opcode::Text, b"3:", MASK);
    let twice_begun = begun.repeat(2);
    let half_a_code = client::frame(true, Opcode::Close, b"\x03", MASK).to_vec();
    for bytes in [unmasked, continuation, twice_begun, half_a_code] {
        assert_refused(&server, Transport::WEBSOCKET, &bytes, CloseCode::PROTOCOL).await;
    }
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 2999, 5000, u16::MAX] {
        let close = client::frame(true, Opcode::Close, &code.to_be_bytes(), MASK);
        assert_refused(&server, Transport::WEBSOCKET, &close, CloseCode::PROTOCOL).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn text_that_is_no_utf8_is_refused_wherever_it_is_cut() {
    let server = Attacked::start(&[]).await;
    let bad: [&[u8]; 8] = [
        b"3:::\xff",
        b"3:::\x80",
        // Cut, overlong, a surrogate, beyond Unicode.
        b"3:::\xe2\x82",
        b"3:::\xc0\x80",
        b"3:::\xe0\x80\xaf",
        b"3:::\xed\xa0\x80",
        b"3:::\xf4\x90\x80\x80",
        b"\xfe\xfe\xff\xff",
    ];
    for text in bad {
        let whole = client::frame(true, Opcode::Text, text, MASK);
        for transport in HYBI {
            assert_refused(&server, transport, &whole, CloseCode::INVALID_DATA).await;
        }
        for cut in 1..text.len() {
            let mut bytes = client::frame(false, Opcode::Text, &text[..cut], MASK).to_vec();
            bytes.extend(client::frame(true, Opcode::Continuation, &text[cut..], MASK));
            assert_refused(&server, Transport::WEBSOCKET, &bytes, CloseCode::INVALID_DATA).await;
        }
        // There the byte FF is the end of a text.
        for transport in HIXIE.into_iter().filter(|_| !text.contains(&0xff)) {
            assert_refused(&server, transport, &[b"\x00", text, b"\xff"].concat(), CloseCode::INVALID_DATA).await;
        }
    }
    let close = client::frame(true, Opcode::Close, b"\x03\xe8\xff", MASK);
    assert_refused(&server, Transport::WEBSOCKET, &close, CloseCode::INVALID_DATA).await;
    server.assert_unharmed(Bounds::SMALL).await;
}

#[tokio::test]
async fn hixie_garbage_is_refused() {
    let server = Attacked::start(&[]).await;
    for transport in HIXIE {
        for first in [0x01, 0x7f, 0x80, 0x81, 0xfe] {
            assert_refused(&server, transport, &[first, 0x80, 0x80, 0x80], CloseCode::PROTOCOL).await;
        }
        for bytes in [&b"\xff\x01"[..], b"\xff\xff", b"\xffx"] {
            assert_refused(&server, transport, bytes, CloseCode::PROTOCOL).await;
        }
        // A text that has no end.
        let endless = [b"\x003:::", &[b'x'; 2 * MIB][..]].concat();
        assert_refused(&server, transport, &endless, CloseCode::TOO_BIG).await;
    }
    server.assert_unharmed(Bounds::SMALL).await;
}
