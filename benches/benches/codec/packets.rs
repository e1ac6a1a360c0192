//! Packets and payloads of revision 1, and the lengths that payloads count.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use longwire_benches::samples::{self, PAYLOAD_PACKETS, Script};
use longwire_codec::socketio_rev1::{Limits, Packet, payload};
use longwire_codec::utf16;

pub(crate) fn bench(criterion: &mut Criterion) {
    packets(criterion);
    payloads(criterion);
    lengths(criterion);
}

fn packets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode_packet");
    for (name, text) in samples::packets() {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| Packet::decode(black_box(&text), Limits::default())));
    }
    group.finish();

    let mut group = criterion.benchmark_group("encode_packet");
    for (name, text) in samples::packets() {
        let packet = Packet::decode(&text, Limits::default()).expect("samples are good");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(&packet).encode()));
    }
    group.finish();
}

fn payloads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode_payload");
    group.throughput(Throughput::Elements(PAYLOAD_PACKETS as u64));
    for script in Script::ALL {
        let body = samples::payload(script);
        group.bench_function(script.name(), |bencher| bencher.iter(|| payload::decode(black_box(&body), 100)));
    }
    group.finish();

    let mut group = criterion.benchmark_group("encode_payload");
    group.throughput(Throughput::Elements(PAYLOAD_PACKETS as u64));
    for script in Script::ALL {
        let packets = samples::payload_packets(script);
        group.bench_function(script.name(), |bencher| bencher.iter(|| payload::encode(black_box(&packets))));
    }
    group.finish();
}

fn lengths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("utf16");
    for script in Script::ALL {
        let text = samples::prose(script, 1024);
        let units = utf16::len(&text);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new("len", script.name()), |bencher| {
            bencher.iter(|| utf16::len(black_box(&text)));
        });
        group.bench_function(BenchmarkId::new("byte_index", script.name()), |bencher| {
            bencher.iter(|| utf16::byte_index(black_box(&text), units));
        });
    }
    group.finish();
}
