//! Packets, wire forms and frames.

use std::hint::black_box;
use std::io::{self, Write};

use longwire_benches::samples::{self, PAYLOAD_PACKETS, Script};
use longwire_codec::Outbound;
use longwire_codec::socketio_rev1::{Limits, Packet, payload};
use longwire_codec::websocket::{self, Framing, Incoming, Mask, Reader, client};

use crate::table::{asked, asked_for_each, heading};

const SHARED: u64 = 1000;
const MASK: Mask = Mask::new([0x37, 0xfa, 0x21, 0x3d]);

pub(crate) fn count(out: &mut impl Write) -> io::Result<()> {
    heading(out, "codec, for each packet")?;
    packets(out)?;
    forms(out)?;
    frames(out)
}

fn packets(out: &mut impl Write) -> io::Result<()> {
    for (name, text) in samples::packets() {
        asked(out, &format!("decode_packet/{name}"), || {
            black_box(Packet::decode(&text, Limits::default()).expect("samples are good"));
        })?;
        let packet = Packet::decode(&text, Limits::default()).expect("samples are good");
        asked(out, &format!("encode_packet/{name}"), || drop(black_box(packet.encode())))?;
    }
    let body = samples::payload(Script::Ascii);
    let counted = allocation_counter::measure(|| drop(black_box(payload::decode(&body, 100))));
    asked_for_each(out, "decode_payload", counted, PAYLOAD_PACKETS as u64)?;
    let packets = samples::payload_packets(Script::Ascii);
    let counted = allocation_counter::measure(|| drop(black_box(payload::encode(&packets))));
    asked_for_each(out, "encode_payload", counted, PAYLOAD_PACKETS as u64)
}

fn forms(out: &mut impl Write) -> io::Result<()> {
    let packet = samples::broadcast().message().clone();
    asked(out, "outbound", || drop(black_box(Outbound::new(packet.clone()))))?;
    for (name, format) in samples::WIRE_FORMATS {
        let outbound = samples::broadcast();
        let counted = allocation_counter::measure(|| drop(outbound.form(format).clone()));
        asked_for_each(out, &format!("make_form/{name}"), counted, 1)?;
        let shared = allocation_counter::measure(|| (0..SHARED).for_each(|_| drop(outbound.form(format).clone())));
        asked_for_each(out, &format!("share_form/{name}"), shared, SHARED)?;
    }
    Ok(())
}

/// A packet on its way from the bytes of a WebSocket to its value, and a frame on its way back.
fn frames(out: &mut impl Write) -> io::Result<()> {
    for (name, text) in samples::packets() {
        let frame = client::text(&text, MASK);
        let mut reader = Reader::new(Framing::Rfc6455, websocket::Limits::default());
        asked(out, &format!("read_and_decode_packet/{name}"), || {
            let Ok(Some(Incoming::Text(text))) = reader.read(&mut &frame[..]) else {
                unreachable!("the frame is whole")
            };
            black_box(Packet::decode(&text, Limits::default()).expect("samples are good"));
        })?;
    }
    asked(out, "write_frame", || drop(black_box(Framing::Rfc6455.text(samples::EVENT))))
}
