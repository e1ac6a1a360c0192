//! Text on its way into scripts and out of forms.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use longwire_benches::samples::{self, Script};
use longwire_codec::json_string::{Context, escape};
use longwire_codec::socketio_rev1::jsonp;

pub(crate) fn bench(criterion: &mut Criterion) {
    let texts = [
        ("clean", samples::prose(Script::Ascii, 1024)),
        ("clean_mixed", samples::prose(Script::Mixed, 1024)),
        // The usual case: all of its quotes have to be escaped.
        ("event", samples::event_1k()),
        ("dirty", samples::markup(1024)),
    ];
    let mut group = criterion.benchmark_group("escape");
    for (name, text) in &texts {
        group.throughput(Throughput::Bytes(text.len() as u64));
        for (transport, context) in [("jsonp", Context::JavaScript), ("htmlfile", Context::HtmlScript)] {
            group.bench_function(BenchmarkId::new(transport, name), |bencher| {
                bencher.iter(|| escape(black_box(text), context));
            });
        }
    }
    group.finish();

    let body = samples::form(&samples::event_1k());
    let mut group = criterion.benchmark_group("decode_form");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("event_1k", |bencher| bencher.iter(|| jsonp::decode_body(black_box(body.as_bytes()))));
    group.finish();
}
