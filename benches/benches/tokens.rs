//! The yardstick: quick-xml's bare tokens of the generated events.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lockgate_bench::baseline::tokens;
use lockgate_bench::event::{Carrier, Fault, Form, event};
use std::hint::black_box;

fn bare_tokens(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tokens");
    for (name, form) in [("canonical", Form::Canonical), ("usual", Form::Usual)] {
        let object = event(7, form, Carrier::Attributes, Fault::None);
        group.throughput(Throughput::Bytes(object.len().try_into().unwrap_or(u64::MAX)));
        group.bench_function(name, |bench| bench.iter(|| tokens(black_box(&object))));
    }
    group.finish();
}

criterion_group!(benches, bare_tokens);
criterion_main!(benches);
