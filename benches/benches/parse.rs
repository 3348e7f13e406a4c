//! The two readers of Cursor-on-Target events, and the emitter.

#![expect(clippy::panic, reason = "a bench of something else than was meant must not run")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lockgate_bench::event::{Carrier, Fault, Form, event};
use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::{Compiled, Reference, Type};
use std::hint::black_box;
use std::sync::Arc;

const COT: &[u8] = include_bytes!("../../rules/types/cot-event/type.kdl");
const LABEL: &[u8] = include_bytes!("../../rules/types/stanag-4774/type.kdl");
const STEPS: u64 = 1_000_000;

fn load(name: &str, text: &[u8], embedded: Option<&Arc<Type>>) -> Arc<Type> {
    match Type::parse(name, text, &|_| embedded.map(Arc::clone)) {
        Ok((found, _)) => Arc::new(found),
        Err(diagnostics) => panic!("{}", diagnostics.render()),
    }
}

fn parse(criterion: &mut Criterion) {
    let label = load("stanag-4774", LABEL, None);
    let cot = load("cot-event", COT, Some(&label));
    let (compiled, reference) = (Compiled::new(Arc::clone(&cot)), Reference::new(cot));
    let mut group = criterion.benchmark_group("parse");
    for (carrier, carried) in [("attributes", Carrier::Attributes), ("label", Carrier::Label)] {
        let object = event(7, Form::Usual, carried, Fault::None);
        group.throughput(Throughput::Bytes(object.len().try_into().unwrap_or(u64::MAX)));
        let readers: [(&str, &dyn Inspector); 2] = [("compiled", &compiled), ("reference", &reference)];
        for (name, reader) in readers {
            let mut inspection = Inspection::default();
            let mut read = || {
                reader.inspect(Untrusted::new(black_box(&object)), &mut inspection, &mut Budget::new(STEPS));
                inspection.reasons.len()
            };
            assert_eq!(read(), 0, "the event is not accepted");
            group.bench_function(format!("{name}/{carrier}"), |bench| bench.iter(&mut read));
        }
        let mut inspection = Inspection::default();
        compiled.inspect(Untrusted::new(&object), &mut inspection, &mut Budget::new(STEPS));
        let mut out = Vec::with_capacity(16_384);
        group.bench_function(format!("emit/{carrier}"), |bench| {
            bench.iter(|| {
                out.clear();
                compiled.emit(&inspection.record, Untrusted::new(&object), &[], &mut out)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
