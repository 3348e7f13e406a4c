//! A decision on a label after compile takes no memory; alone in its file, since the whole process is counted.

use lockgate_bench::allocations::allocations_during;
use lockgate_bench::engine::{Engine, Setup};
use lockgate_bench::event::reference_time;
use lockgate_bytes::Duration;
use lockgate_marking::{Combined, LabelBuilder, Mapping, TagClaim};

/// Rule 45 of the reference on markings.
#[test]
fn a_label_decision_allocates_nothing() {
    let engine = Engine::new(Setup { rules: 0, words: 1 }).unwrap_or_else(|says| panic!("{says}"));
    let policies = engine.policy().policies();
    let (now, mission) = (reference_time(), policies.named("MISSION").unwrap());
    let mapping = Mapping::compile(policies, mission, &[]).unwrap_or_else(|faults| panic!("{faults:?}"));
    let release = engine.policy().release();
    let ground = release.category("ground-track");
    let (mut builder, mut findings, mut found) = (LabelBuilder::new(), Vec::new(), Vec::new());
    let mut decide = || {
        builder.begin(policies, "MISSION", None).unwrap();
        builder.level(policies, "RESTRICTED").unwrap();
        builder.tag(policies, TagClaim { name: "Releasable To", kind: "PERMISSIVE", id: None }).unwrap();
        for reader in ["HRV", "HUN", "SVK", "SVN", "AUT"] {
            builder.value(policies, reader).unwrap();
        }
        builder.created(now).unwrap();
        let label = builder.finish().unwrap();
        assert!(policies.validate(&label, now, Duration::ZERO, &mut findings));
        let mut combined = Combined::default();
        combined.add(&mapping.map(&label, now).unwrap(), policies);
        let enforced = combined.enforced().unwrap();
        assert!(release.judge(&enforced, ground, now, &mut found).releasable);
    };
    decide();
    assert_eq!(allocations_during(|| (0..100).for_each(|_| decide())), 0);
}
