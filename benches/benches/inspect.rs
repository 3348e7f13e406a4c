//! The whole way of an object: bytes to verdict and its line of JSON, for each verdict.

#![expect(clippy::panic, reason = "a bench of something else than was meant must not run")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lockgate_bench::engine::{Engine, Outcome, Setup};
use lockgate_bench::event::{Carrier, Fault, Form, event};
use std::hint::black_box;

const SETUP: Setup = Setup { rules: 20, words: 2_000 };

fn inspect(criterion: &mut Criterion) {
    let mut engine = Engine::new(SETUP).unwrap_or_else(|says| panic!("{says}"));
    let mut group = criterion.benchmark_group("inspect");
    for carrier in [Carrier::Attributes, Carrier::Label] {
        for (name, form, fault, outcome) in [
            ("verbatim", Form::Canonical, Fault::None, Outcome::Verbatim),
            ("rewritten", Form::Usual, Fault::None, Outcome::Reemitted),
            ("held", Form::Usual, Fault::Word, Outcome::Held),
            ("refused", Form::Usual, Fault::Window, Outcome::Refused),
        ] {
            let mut object = event(7, form, carrier, fault);
            let (mut line, mut released) = (String::new(), Vec::new());
            if outcome == Outcome::Verbatim {
                // What the engine writes is what it releases as received.
                engine.inspect(&object, &mut line, &mut released);
                std::mem::swap(&mut object, &mut released);
            }
            let mut judge = || {
                line.clear();
                engine.inspect(black_box(&object), &mut line, &mut released)
            };
            assert_eq!(judge(), outcome, "the event goes another way");
            group.throughput(Throughput::Bytes(object.len().try_into().unwrap_or(u64::MAX)));
            group.bench_function(format!("{name}/{carrier:?}"), |bench| bench.iter(&mut judge));
        }
    }
    group.finish();
}

criterion_group!(benches, inspect);
criterion_main!(benches);
