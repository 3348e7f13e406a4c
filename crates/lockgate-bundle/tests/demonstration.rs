//! The rules of this repository.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

mod common;

use common::rules;
use lockgate_bundle::{Bundle, Strictness};

/// What stands in a type is measured with it: a changed label takes the tier of all that carry one.
#[test]
fn a_change_of_a_type_in_others_takes_their_tier() {
    let tiers = |files: &common::Files| {
        let bundle =
            Bundle::build_as(files, Strictness::Trial).unwrap_or_else(|found| panic!("{}", found.render()));
        // The label itself stands in no lane, and has no evidence of its own.
        let carried = |name: &str| ["cot-event", "tak-v1", "track-json"].contains(&name);
        let lacking =
            bundle.types().filter(|(kind, _, lacks)| carried(&kind.model().name) && !lacks.is_empty());
        let says = lacking.map(|(kind, tier, lacks)| format!("{} {tier}: {}", kind.model().name, lacks[0]));
        says.collect::<Vec<_>>()
    };
    let mut files = rules();
    assert_eq!(tiers(&files), Vec::<String>::new());
    let described = files.get_mut("types/stanag-4774/type.kdl").unwrap();
    described.extend_from_slice(b"// one more line\n");
    assert_eq!(
        tiers(&files),
        [
            "cot-event 2: the evidence is not of the present stanag-4774/type.kdl",
            "tak-v1 2: the evidence is not of the present stanag-4774/type.kdl"
        ]
    );
}

#[test]
fn the_demonstration_compiles() {
    let bundle =
        Bundle::build_as(&rules(), Strictness::Trial).unwrap_or_else(|found| panic!("{}", found.render()));
    assert!(bundle.warnings().is_empty(), "{}", bundle.warnings().render());
    assert_eq!(
        bundle.lanes().map(|lane| lane.lane().to_string()).collect::<Vec<_>>(),
        [
            "asterix-down",
            "cot-down",
            "cot-up",
            "gmti-down",
            "klv-down",
            "relay-down",
            "reports-down",
            "tak-down",
            "track-json-down",
            "us-reports-down"
        ]
    );
    assert_eq!(
        bundle.demonstrations().collect::<Vec<_>>(),
        ["air-picture", "isr", "reports", "rsocc", "us-reports"]
    );
    assert_eq!(bundle.slow_path("cot-down").map(|slow| slow.people), Some(2));
    assert!(bundle.slow_path("cot-up").is_none());
    let down = bundle.lane("cot-down").unwrap();
    assert_eq!(down.bundle(), bundle.digest());
    assert_eq!(down.types().len(), 1);
}
