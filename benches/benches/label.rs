//! From claims to the enforced label: the words of the fields, the words of a label element, validation, combination.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a bench of something else than was meant must not run"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use lockgate_bench::engine::{Engine, Setup};
use lockgate_bench::event::reference_time;
use lockgate_bytes::Duration;
use lockgate_marking::{
    Carrier, CarrierValue, Claim, Claimed, Combined, Label, LabelBuilder, Mapping, PolicySet, Profile,
    ProfileText, TagClaim,
};
use std::hint::black_box;

const READERS: [&str; 5] = ["HRV", "HUN", "SVK", "SVN", "AUT"];

/// How the words of an event claim a label: a level and a list of nations.
fn profile(policies: &PolicySet) -> Profile {
    let value = |text: &str, level: &str| CarrierValue {
        texts: vec![text.to_owned()],
        level: Some(level.to_owned()),
        categories: Vec::new(),
    };
    let level = Carrier {
        role: "marking.level".to_owned(),
        values: vec![value("MISSION RESTRICTED", "RESTRICTED"), value("MISSION SECRET", "SECRET")],
        unlabelled: vec!["Undefined".to_owned()],
        ..Carrier::default()
    };
    let readers = Carrier {
        role: "marking.releasable-to".to_owned(),
        separator: Some(",".to_owned()),
        nations_of: Some("Releasable To".to_owned()),
        ..Carrier::default()
    };
    let text = ProfileText {
        name: "bench".to_owned(),
        policy: "MISSION".to_owned(),
        carriers: vec![level, readers],
    };
    Profile::compile(&text, policies).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// The words of a label element, one by one.
fn element(builder: &mut LabelBuilder, policies: &PolicySet) -> Label {
    builder.begin(policies, black_box("MISSION"), None).unwrap();
    builder.level(policies, black_box("RESTRICTED")).unwrap();
    builder.tag(policies, TagClaim { name: "Releasable To", kind: "PERMISSIVE", id: None }).unwrap();
    for reader in READERS {
        builder.value(policies, black_box(reader)).unwrap();
    }
    builder.created(reference_time()).unwrap();
    builder.finish().unwrap()
}

fn label(criterion: &mut Criterion) {
    let engine = Engine::new(Setup { rules: 0, words: 1 }).unwrap_or_else(|says| panic!("{says}"));
    let policies = engine.policy().policies();
    let profile = profile(policies);
    let fields = [("marking.level", "MISSION RESTRICTED"), ("marking.releasable-to", "HRV,HUN,SVK,SVN,AUT")]
        .map(|(role, text)| (profile.carrier(role).unwrap(), text));
    let mut claim = Claim::default();
    let mut read = || {
        claim.begin();
        for (carrier, text) in fields {
            claim.read(&profile, carrier, black_box(text)).unwrap();
        }
        match claim.finish(&profile) {
            Ok(Claimed::Label(label)) => label,
            other => panic!("{other:?}"),
        }
    };
    let mut builder = LabelBuilder::new();
    let (by_fields, by_element) = (read(), element(&mut builder, policies));
    let mapping =
        Mapping::compile(policies, profile.policy(), &[]).unwrap_or_else(|faults| panic!("{faults:?}"));
    let (mut combined, mut findings) = (Combined::default(), Vec::new());
    let mut enforce = || {
        combined.begin();
        for label in [&by_fields, &by_element] {
            policies.validate(black_box(label), reference_time(), Duration::from_secs(5), &mut findings);
            combined.add(&mapping.map(label, reference_time()).unwrap(), policies);
        }
        (combined.enforced(), combined.disagreement().is_some() || !findings.is_empty())
    };
    let (enforced, found) = enforce();
    assert!(enforced.is_some() && !found, "two claims that agree");
    let mut group = criterion.benchmark_group("label");
    group.bench_function("fields", |bench| bench.iter(&mut read));
    group.bench_function("element", |bench| bench.iter(|| element(&mut builder, policies)));
    group.bench_function("enforce", |bench| bench.iter(&mut enforce));
    group.finish();
}

criterion_group!(benches, label);
criterion_main!(benches);
