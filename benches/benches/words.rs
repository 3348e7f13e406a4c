//! The word scan: 2,000 terms over a sentence without and with a hit.

#![expect(clippy::panic, reason = "a bench of something else than was meant must not run")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lockgate_bench::event::word;
use lockgate_bytes::{Budget, Span};
use lockgate_words::{ListSource, Mode, Scratch, WordLists};
use std::hint::black_box;

fn words(criterion: &mut Criterion) {
    let terms = (0..2_000).map(|number| word(number).as_str().into()).collect();
    let list = ListSource { name: "codewords".into(), mode: Mode::Whole, terms };
    let lists = WordLists::compile(&[list]).unwrap_or_else(|faults| panic!("{faults:?}"));
    let clean =
        "moving along the ridge, two vehicles and a trailer, radio check done at the bridge; ".repeat(5);
    let hit = format!("{clean} {}", word(77));
    let mut group = criterion.benchmark_group("words");
    for (name, text, expected) in [("clean", &clean, 0), ("hit", &hit, 1)] {
        let (mut scratch, mut hits) = (Scratch::new(), Vec::new());
        let mut scan = || {
            scratch.begin();
            scratch.push(black_box(text).as_bytes(), 0, Span::new(0, text.len()), true);
            lists.scan(&mut scratch, &mut Budget::new(1_000_000), &mut hits).map(|()| hits.len())
        };
        assert_eq!(scan(), Ok(expected), "the scan finds something else than was meant");
        group.throughput(Throughput::Bytes(text.len().try_into().unwrap_or(u64::MAX)));
        group.bench_function(name, |bench| bench.iter(&mut scan));
    }
    group.finish();
}

criterion_group!(benches, words);
criterion_main!(benches);
