//! Steps of the codec and of sessions, to be counted in instructions: `cargo xtask costs` runs this in callgrind.
//!
//! It prints the name of each step. In front of each one and behind the last one it calls [`between_steps`], where callgrind
//! is told to write down what it has counted since. Each step is done [`TIMES`] times, after once that does not count.

use std::hint::black_box;

use longwire_benches::machine::{ID, Machine};
use longwire_benches::requests::Draft;
use longwire_benches::samples::{self, Script};
use longwire_codec::json_string::{Context, escape};
use longwire_codec::socketio_rev1::{Limits, Packet, jsonp, payload};
use longwire_codec::websocket::{self, Framing, Mask, Reader, client};
use longwire_codec::{Outbound, Payload, utf16};
use longwire_transport::Protocol;
use longwire_transport::socketio_rev1::Rev1;

/// How often each step is done.
const TIMES: u32 = 200;
const MASK: Mask = Mask::new([0x37, 0xfa, 0x21, 0x3d]);

fn main() {
    println!("times {TIMES}");
    packets();
    payloads();
    forms();
    texts();
    frames();
    sessions();
    between_steps();
}

/// Where callgrind begins anew. Its name is what it is known by, so it must stay a function of its own.
#[inline(never)]
fn between_steps() {
    black_box(());
}

/// Does one thing many times.
fn step<T>(name: &str, mut once: impl FnMut() -> T) {
    black_box(once());
    println!("{name}");
    between_steps();
    for _ in 0..TIMES {
        black_box(once());
    }
    between_steps();
}

fn packets() {
    for (name, text) in samples::packets() {
        step(&format!("decode_packet/{name}"), || Packet::decode(black_box(&text), Limits::default()));
        let packet = Packet::decode(&text, Limits::default()).expect("samples are good");
        step(&format!("encode_packet/{name}"), || black_box(&packet).encode());
    }
}

fn payloads() {
    for script in Script::ALL {
        let name = script.name();
        let body = samples::payload(script);
        step(&format!("decode_payload/{name}"), || payload::decode(black_box(&body), 100));
        let packets = samples::payload_packets(script);
        step(&format!("encode_payload/{name}"), || payload::encode(black_box(&packets)));
        let text = samples::prose(script, 1024);
        step(&format!("utf16_len/{name}"), || utf16::len(black_box(&text)));
    }
}

/// A message is made, and then one of its forms; and the form that another receiver has made already is shared.
fn forms() {
    let packet = samples::broadcast().message().clone();
    for (name, format) in samples::WIRE_FORMATS {
        step(&format!("make_form/{name}"), || Outbound::new(black_box(&packet).clone()).form(format).clone());
    }
    let outbound = samples::broadcast();
    step("share_form/websocket", || {
        black_box(&outbound).form(longwire_codec::WireFormat::SOCKETIO_REV1_WEBSOCKET).clone()
    });
}

fn texts() {
    let event = samples::event_1k();
    step("escape/jsonp", || escape(black_box(&event), Context::JavaScript).into_owned());
    step("escape/htmlfile", || escape(black_box(&event), Context::HtmlScript).into_owned());
    let form = samples::form(&event);
    step("decode_form", || jsonp::decode_body(black_box(form.as_bytes())));
}

fn frames() {
    for (name, text) in samples::packets() {
        let frame = client::text(&text, MASK);
        let mut reader = Reader::new(Framing::Rfc6455, websocket::Limits::default());
        step(&format!("read_frame/{name}"), || reader.read(&mut black_box(&frame[..])));
        step(&format!("write_frame/{name}"), || Framing::Rfc6455.text(black_box(&text)));
    }
    let hixie = Framing::Hixie.text(samples::EVENT);
    let mut reader = Reader::new(Framing::Hixie, websocket::Limits::default());
    step("read_frame/hixie", || reader.read(&mut black_box(&hixie[..])));
}

fn sessions() {
    let protocol = Rev1::default();
    let (head, _) = Draft::poll(ID).to_request().into_parts();
    step("route/poll", || protocol.route(black_box(&head)));
    let mut machine = Machine::websocket(&protocol);
    let said = Payload::from(samples::EVENT);
    step("session_echo/websocket", || machine.echo_on_websocket(said.clone()));
    let broadcast = samples::broadcast();
    step("session_write/websocket", || machine.write(black_box(&broadcast)));
    let mut machine = Machine::polling(&protocol);
    let (post, poll) = (Draft::post(ID, samples::EVENT).to_request(), Draft::poll(ID).to_request());
    step("session_echo/xhr_polling", || machine.echo_on_polling(post.clone(), poll.clone()));
}
