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
            "reports-down",
            "tak-down",
            "track-json-down"
        ]
    );
    assert_eq!(bundle.demonstrations().collect::<Vec<_>>(), ["air-picture", "isr", "reports", "rsocc"]);
    assert_eq!(bundle.slow_path("cot-down").map(|slow| slow.people), Some(2));
    assert!(bundle.slow_path("cot-up").is_none());
    let down = bundle.lane("cot-down").unwrap();
    assert_eq!(down.bundle(), bundle.digest());
    assert_eq!(down.types().len(), 1);
}
