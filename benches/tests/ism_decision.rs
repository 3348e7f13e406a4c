//! A decision on a label that ISM attributes carry takes no memory; alone in its file, since the whole process is counted.

use lockgate_bench::allocations::allocations_during;
use lockgate_bench::ism::IsmDecision;

/// Rule 45 of the reference on markings.
#[test]
fn a_decision_on_ism_attributes_allocates_nothing() {
    let mut ism = IsmDecision::new().unwrap_or_else(|says| panic!("{says}"));
    assert!(ism.decide(), "the typical report is released");
    assert_eq!(allocations_during(|| (0..100).for_each(|_| assert!(ism.decide()))), 0);
}
