//! WebSocket frames, read as a server reads them and written as it writes them.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use longwire_benches::samples::{self, Script};
use longwire_codec::websocket::frame::Opcode;
use longwire_codec::websocket::{Framing, Incoming, Limits, Mask, Reader, client};

const MASK: Mask = Mask::new([0x37, 0xfa, 0x21, 0x3d]);
const SIZES: [(&str, usize); 3] = [("64", 64), ("1k", 1 << 10), ("64k", 64 << 10)];
/// How much the server reads at once.
const READ_SIZE: usize = 16 << 10;

pub(crate) fn bench(criterion: &mut Criterion) {
    read_frames(criterion);
    write_frame(criterion);
    apply_mask(criterion);
}

fn read_frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read_frames");
    for stream in streams() {
        group.throughput(Throughput::Bytes(stream.bytes.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(&stream.name), |bencher| {
            let mut reader = Reader::new(stream.framing, Limits::default());
            assert_eq!(stream.read(&mut reader), stream.messages, "{}", stream.name);
            bencher.iter(|| black_box(&stream).read(&mut reader));
        });
    }
    group.finish();
}

/// Bytes from a client.
struct Stream {
    name: String,
    framing: Framing,
    bytes: Vec<u8>,
    messages: usize,
    read_size: usize,
}

impl Stream {
    fn new(name: impl Into<String>, framing: Framing, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), framing, read_size: bytes.len(), bytes, messages: 1 }
    }

    /// Reads it as it arrives and counts the messages.
    fn read(&self, reader: &mut Reader) -> usize {
        let mut messages = 0;
        for mut piece in self.bytes.chunks(self.read_size) {
            while let Some(incoming) = reader.read(&mut piece).expect("the stream is good") {
                debug_assert!(matches!(incoming, Incoming::Text(_)));
                black_box(incoming);
                messages += 1;
            }
        }
        messages
    }
}

fn streams() -> Vec<Stream> {
    let mut streams = Vec::new();
    for (size, bytes) in SIZES {
        let text = samples::prose(Script::Ascii, bytes);
        let masked = client::text(&text, MASK).to_vec();
        streams.push(Stream::new(format!("text_{size}"), Framing::Rfc6455, masked.clone()));
        streams.push(Stream::new(format!("hixie_{size}"), Framing::Hixie, Framing::Hixie.text(&text).to_vec()));
        if bytes > READ_SIZE {
            let whole = Stream::new(format!("text_{size}_in_16k_reads"), Framing::Rfc6455, masked);
            streams.push(Stream { read_size: READ_SIZE, ..whole });
        }
    }
    let mixed = client::text(&samples::prose(Script::Mixed, 1 << 10), MASK).to_vec();
    streams.push(Stream::new("mixed_1k", Framing::Rfc6455, mixed));
    let sixteen = client::text(&samples::prose(Script::Ascii, 64), MASK).repeat(16);
    streams.push(Stream { messages: 16, ..Stream::new("text_64_x16", Framing::Rfc6455, sixteen) });
    for (name, bytes, fragment) in [("fragmented_1k", 1 << 10, 256), ("fragmented_64k", 64 << 10, 4 << 10)] {
        streams.push(Stream::new(name, Framing::Rfc6455, fragments(&samples::prose(Script::Ascii, bytes), fragment)));
    }
    streams
}

/// A text message in fragments of `size` bytes.
fn fragments(text: &str, size: usize) -> Vec<u8> {
    let last = text.len().div_ceil(size) - 1;
    let frame = |(index, part)| {
        let opcode = if index == 0 { Opcode::Text } else { Opcode::Continuation };
        client::frame(index == last, opcode, part, MASK)
    };
    text.as_bytes().chunks(size).enumerate().flat_map(frame).collect()
}

fn write_frame(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write_frame");
    for (size, bytes) in SIZES {
        let text = samples::prose(Script::Ascii, bytes);
        group.throughput(Throughput::Bytes(bytes as u64));
        for (name, framing) in [("text", Framing::Rfc6455), ("hixie", Framing::Hixie)] {
            group.bench_function(format!("{name}_{size}"), |bencher| bencher.iter(|| framing.text(black_box(&text))));
        }
    }
    group.finish();
}

fn apply_mask(criterion: &mut Criterion) {
    let mut payload = vec![0; 1 << 10];
    let mut group = criterion.benchmark_group("mask");
    group.throughput(Throughput::Bytes(payload.len() as u64));
    group.bench_function("1k", |bencher| bencher.iter(|| MASK.apply(black_box(&mut payload), 1)));
    group.finish();
}
