//! The file of a built bundle, and hostile rules.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

mod common;

use common::base;
use lockgate_bundle::{Bundle, ReadFault, SourceBy, Strictness};
use proptest::prelude::*;

#[test]
fn a_built_bundle_reads_back_as_itself() {
    let bundle = Bundle::build(&base()).unwrap_or_else(|found| panic!("{}", found.render()));
    let file = bundle.write();
    assert_eq!(file, Bundle::build(&base()).unwrap().write(), "the same rules give the same file");
    let again = Bundle::read(&file).unwrap();
    assert_eq!((again.name(), again.revision(), again.digest()), ("small", 3, bundle.digest()));
    assert_eq!(again.files(), bundle.files());
    let lanes = |bundle: &Bundle| bundle.lanes().map(|lane| lane.lane().to_string()).collect::<Vec<_>>();
    assert_eq!(lanes(&again), ["down", "up"]);
    let terms = again.source_terms("down");
    assert_eq!((terms[0].by, terms[0].rate), (SourceBy::Interface, Some(2_000_000)));
    assert_eq!((terms[1].by, terms[1].rate), (SourceBy::Tls, None));
    assert_eq!(again.goals()[0].lane(), "down");
    assert_eq!(again.reviewers()[0].clearance(), ("MISSION", "SECRET"));
    let (_, tier, missing) = again.types().next().unwrap();
    assert!(tier == 1 && missing.is_empty());
}

/// The fuzz target begins with this bundle; `LOCKGATE_BLESS=1` writes it anew.
#[test]
fn the_seed_of_the_fuzz_target_is_the_small_bundle() {
    let seed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/bundle/small");
    let file = Bundle::build(&base()).unwrap().write();
    if std::env::var_os("LOCKGATE_BLESS").is_some() {
        std::fs::write(&seed, &file).unwrap();
    }
    assert!(std::fs::read(&seed).unwrap() == file, "the seed is of other rules; run with LOCKGATE_BLESS=1");
}

#[test]
fn a_bundle_that_was_touched_is_refused() {
    let file = Bundle::build(&base()).unwrap().write();
    for end in [0, 1, 15, 16, 20, 24, file.len() / 2, file.len() - 33, file.len() - 1] {
        assert!(Bundle::read(&file[..end]).is_err(), "cut at {end}");
    }
    for at in (0..file.len()).step_by(97) {
        let mut touched = file.clone();
        touched[at] ^= 0x10;
        assert!(Bundle::read(&touched).is_err(), "byte {at}");
    }
}

#[test]
fn a_trial_does_not_read_back_for_operation() {
    let mut files = base();
    files.remove("types/spot/evidence.kdl");
    let trial = Bundle::build_as(&files, Strictness::Trial).unwrap();
    let (_, tier, missing) = trial.types().next().unwrap();
    assert!(tier == 2 && !missing.is_empty());
    assert!(matches!(Bundle::read(&trial.write()), Err(ReadFault::DoesNotBuild(_))));
}

#[test]
fn a_reviewers_key_that_is_none_is_warned_about_and_nobody_signs_with_it() {
    let mut files = base();
    let good = Bundle::build(&files).unwrap();
    assert_eq!(good.reviewers()[0].public_keys().count(), 1);
    let people = good.lane("down").unwrap().review().unwrap().people();
    assert_eq!((people.len(), people[0].keys.len()), (1, 1));
    let reviewer = files.get_mut("reviewers/m-novak.kdl").unwrap();
    *reviewer = String::from_utf8(reviewer.clone()).unwrap().replace("Aiojj3X", "...").into_bytes();
    let bundle = Bundle::build(&files).unwrap();
    assert!(bundle.warnings().render().contains("warning[B023]"), "{}", bundle.warnings().render());
    assert!(bundle.lane("down").unwrap().review().unwrap().people()[0].keys.is_empty());
}

#[test]
fn one_mistake_in_shared_rules_is_reported_once() {
    let mut files = base();
    let rules = files.get_mut("types/spot/rules.kdl").unwrap();
    *rules = String::from_utf8(rules.clone()).unwrap().replace("spot.seen", "spot.sen").into_bytes();
    let found = Bundle::build_as(&files, Strictness::Trial).unwrap_err();
    assert_eq!(found.len(), 1, "{}", found.render());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn rules_of_any_bytes_do_no_harm(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut files = base();
        let path = file.get(&files.keys().cloned().collect::<Vec<_>>()).clone();
        let bytes = files.get_mut(&path).unwrap();
        let place = at.index(bytes.len());
        bytes[place] = to;
        // Whatever comes of it: no panic, and no bundle without its diagnostics.
        if let Err(found) = Bundle::build(&files) {
            prop_assert!(found.has_errors());
        }
    }
}
