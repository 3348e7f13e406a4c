//! Authored rules over one event: 20 and 200 of them, by the compiled program and by the reference interpreter.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a bench of something else than was meant must not run"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use lockgate_bench::engine::{Engine, Setup, authored};
use lockgate_bench::event::{Carrier, Fault, Form, event, reference_time};
use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::Inspection;
use lockgate_eval::{Facts, Portions, Scratch};
use lockgate_marking::{Label, LabelBuilder, PolicySet, TagClaim};
use lockgate_notation::{Document, Fields};
use lockgate_record::Shape;
use lockgate_rules::{Compiler, RuleSet, Scope, rules};

const STEPS: u64 = 1_000_000;

fn compile(count: usize, shape: &Shape, policies: &PolicySet) -> RuleSet {
    let document = Document::parse("rules.kdl", authored(count).as_bytes())
        .unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render()));
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let (sources, _) = rules(&mut top);
    top.finish();
    let mut compiler = Compiler::new();
    let scope = Scope::of_type(shape, policies, policies.named("MISSION"));
    compiler.add(&sources, &scope, &mut diagnostics);
    compiler.finish().unwrap_or_else(|| panic!("{}", diagnostics.render()))
}

fn label(policies: &PolicySet) -> Label {
    let mut builder = LabelBuilder::new();
    builder.begin(policies, "MISSION", None).unwrap();
    builder.created(reference_time()).unwrap();
    builder.level(policies, "RESTRICTED").unwrap();
    let tag = TagClaim { name: "Releasable To", kind: "PERMISSIVE", id: None };
    for reader in ["HRV", "HUN", "SVK", "SVN", "AUT"] {
        builder.category(policies, tag, reader).unwrap();
    }
    builder.finish().unwrap()
}

fn authored_rules(criterion: &mut Criterion) {
    let engine = Engine::new(Setup { rules: 0, words: 1 }).unwrap_or_else(|says| panic!("{says}"));
    let (policies, lane_type) = (engine.policy().policies(), engine.policy().types().first().unwrap());
    let inspector = lane_type.inspector();
    let object = event(7, Form::Usual, Carrier::Attributes, Fault::None);
    let mut inspection = Inspection::default();
    inspector.inspect(Untrusted::new(&object), &mut inspection, &mut Budget::new(STEPS));
    let label = label(policies);
    let facts = Facts {
        record: &inspection.record,
        object: &object,
        label: Some(&label),
        portions: Portions::None,
        source: "sensor-net",
        destination: "rsocc-net",
        agreement: Some("rsocc"),
        lane: "bench",
        now: reference_time(),
        observed: Some(reference_time()),
        policies,
        released: None,
    };
    let mut group = criterion.benchmark_group("rules");
    for count in [20, 200] {
        let set = compile(count, inspector.shape(), policies);
        let (mut scratch, mut failures) = (Scratch::new(), Vec::new());
        let mut compiled = || {
            failures.clear();
            set.program.evaluate(&facts, &mut scratch, &mut Budget::new(STEPS), &mut failures).unwrap();
            failures.len()
        };
        assert_eq!(compiled(), 0, "the event meets every rule");
        group.bench_function(format!("compiled/{count}"), |bench| bench.iter(&mut compiled));
        let mut found = Vec::new();
        let mut reference = || {
            found.clear();
            set.reference.evaluate(&facts, &mut Budget::new(STEPS), &mut found).unwrap();
            found.len()
        };
        assert_eq!(reference(), 0, "the event meets every rule");
        group.bench_function(format!("reference/{count}"), |bench| bench.iter(&mut reference));
    }
    group.finish();
}

criterion_group!(benches, authored_rules);
criterion_main!(benches);
