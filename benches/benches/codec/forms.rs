//! Every wire form of a message: made once, then shared.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use longwire_benches::samples;
use longwire_codec::Outbound;

const RECEIVERS: usize = 1000;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("make_form");
    group.throughput(Throughput::Elements(1));
    for (name, format) in samples::WIRE_FORMATS {
        group.bench_function(name, |bencher| {
            bencher.iter_batched_ref(
                samples::broadcast,
                |outbound| outbound.form(format).clone(),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("share_form");
    group.throughput(Throughput::Elements(RECEIVERS as u64));
    for (name, format) in samples::WIRE_FORMATS {
        let outbound: Outbound = samples::broadcast();
        let mut forms = Vec::with_capacity(RECEIVERS);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                forms.extend((0..RECEIVERS).map(|_| black_box(&outbound).form(format).clone()));
                forms.clear();
            });
        });
    }
    group.finish();
}
