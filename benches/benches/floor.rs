//! The floor: exact values read from bytes.

use criterion::{Criterion, criterion_group, criterion_main};
use lockgate_bytes::{Decimal, Time};
use std::hint::black_box;

fn floor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("floor");
    group.bench_function("decimal", |bench| bench.iter(|| Decimal::parse(black_box(b"-123.1126778"))));
    group.bench_function("time", |bench| bench.iter(|| Time::parse(black_box(b"2026-03-01T10:05:00.250Z"))));
    group.finish();
}

criterion_group!(benches, floor);
criterion_main!(benches);
