//! Rules of the engine that no published vector covers, against models written another way.

use super::*;
use crate::testing::{NATO, policies, small, spif};
use crate::{LabelBuilder, TagClaim};
use alloc::collections::BTreeSet;
use lockgate_bytes::Duration;
use proptest::prelude::*;

const LEVELS: &str = r#"<securityClassification name="LOW" lacv="2" hierarchy="1"/><securityClassification name="HIGH" lacv="1" hierarchy="2"/>"#;

/// Rule 2: a label of the policy of NATO with one word changed is never accepted.
#[test]
fn no_unknown_word_is_ever_accepted() {
    let set = policies();
    let words = [
        "NATO",
        "SECRET",
        "Context",
        "PERMISSIVE",
        "KFOR",
        "Additional Sensitivity",
        "RESTRICTIVE",
        "CRYPTO",
    ];
    let accepts = |words: &[String]| {
        let mut builder = LabelBuilder::new();
        let result = builder.begin(&set, &words[0], None).and_then(|()| {
            builder.level(&set, &words[1])?;
            for part in words[2..].chunks(3) {
                builder.tag(&set, TagClaim { name: &part[0], kind: &part[1], id: None })?;
                builder.value(&set, &part[2])?;
            }
            builder.created(at("2026-01-01T00:00:00Z"))?;
            builder.review(at("2027-01-01T00:00:00Z"))?;
            builder.finish()
        });
        result.is_ok_and(|label| {
            set.validate(&label, at("2026-02-01T00:00:00Z"), Duration::ZERO, &mut Vec::new())
        })
    };
    let good: Vec<String> = words.iter().map(|word| (*word).to_string()).collect();
    assert!(accepts(&good));
    for (at, word) in good.iter().enumerate() {
        let other = good.iter().filter(|other| *other != word).cloned();
        let changed = [
            format!("{word}X"),
            word.chars().skip(1).collect(),
            format!("X{word}"),
            word.replace('R', "P"),
            String::new(),
        ];
        // The context NATO instead of KFOR is another label, and a whole one.
        let is_another = |wrong: &String| wrong == word || (at == 4 && wrong == "NATO");
        for wrong in changed.into_iter().chain(other).filter(|wrong| !is_another(wrong)) {
            let mut words = good.clone();
            words[at] = wrong;
            assert!(!accepts(&words), "{words:?}");
        }
    }
}

/// Rule 18: two tag sets with tags of one name are two groups; two tags of one set are one.
#[test]
fn permissive_values_are_grouped_by_the_identifier_of_their_set() {
    let tag = |name: &str, value: &str, lacv: u32| {
        format!(
            r#"<securityCategoryTag name="{name}" tagType="permissive"><tagCategory name="{value}" lacv="{lacv}"/></securityCategoryTag>"#
        )
    };
    let set_of = |name: &str, id: &str, tags: String| {
        format!(r#"<securityCategoryTagSet name="{name}" id="{id}">{tags}</securityCategoryTagSet>"#)
    };
    let sets = set_of("S1", "1.1", tag("Release", "A", 1) + &tag("More", "B", 2))
        + &set_of("S2", "1.2", tag("Release", "C", 1));
    let set = small(LEVELS, &sets, |settings| {
        settings.absent = Vec::from([("S1".into(), Absent::Universe), ("S2".into(), Absent::Universe)]);
    });
    let access = |held: &[(&str, &str)], on: &[(&str, &str)]| {
        let clearance = Clearance::new(&set, "TEST", &["LOW"], held).unwrap();
        clearance.access(&crate::testing::label(&set, "TEST", "LOW", on), &set)
    };
    let (a, b, c) = (("S1", "A"), ("S1", "B"), ("S2", "C"));
    assert_eq!(access(&[a], &[a, b]), Access::Granted, "one set, two tags: one value is enough");
    assert_eq!(access(&[a], &[a, c]), Access::Denied, "two sets with a tag of one name: one value of each");
    assert_eq!(access(&[b, c], &[a, b, c]), Access::Granted);
}

/// Rule 12: what an edition withdrew stands in older labels only.
#[test]
fn withdrawn_values_stand_in_older_labels_only() {
    let sets = r#"<securityCategoryTagSet name="S" id="1.1"><securityCategoryTag tagType="restrictive"><tagCategory name="OLD" lacv="1" obsolete="true"/></securityCategoryTag></securityCategoryTagSet>"#;
    let set = small(LEVELS, sets, |_| {});
    let valid = |created: &str| {
        let at_time = at(created);
        let made = crate::label::Created { first: at_time, last: at_time };
        let label =
            Label { created: Some(made), ..crate::testing::label(&set, "TEST", "LOW", &[("S", "OLD")]) };
        set.validate(&label, at("2026-06-01T00:00:00Z"), Duration::ZERO, &mut Vec::new())
    };
    assert!(valid("2025-12-31T23:59:59Z") && !valid("2026-01-01T00:00:00Z"));
}

/// Rule 43: one input, one answer, byte for byte.
#[test]
fn a_policy_compiles_to_the_same_thing_each_time() {
    let compile = || format!("{:?}", Policy::from_spif(NATO, &settings("NATO", "1.3.26.1.3.1")).unwrap());
    assert_eq!(compile(), compile());
    assert_eq!(crate::spif::check(spif("", "").as_bytes()), crate::spif::check(spif("", "").as_bytes()));
}

/// A policy as plain data: for each tag set its kind and how many values it has.
fn text_of(sets: &[(u8, u8)]) -> String {
    let mut text = String::new();
    for (at, (kind, count)) in sets.iter().enumerate() {
        let kind = ["restrictive", "permissive", "tagType7"][usize::from(*kind)];
        let values: String =
            (0..*count).map(|v| format!(r#"<tagCategory name="V{v}" lacv="{v}"/>"#)).collect();
        text += &format!(
            r#"<securityCategoryTagSet name="S{at}" id="1.{at}"><securityCategoryTag tagType="{kind}" tag7Encoding="bitSetAttributes">{values}</securityCategoryTag></securityCategoryTagSet>"#
        );
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Rules 17 and 21: the decision on random policies is that of a model that knows only sets of words.
    #[test]
    fn access_agrees_with_a_model_of_words(
        sets in proptest::collection::vec((0..3_u8, 1..4_u8), 1..5),
        absent in 0..3_usize,
        on in proptest::collection::btree_set((0..5_usize, 0..4_u8), 0..6),
        held in proptest::collection::btree_set((0..5_usize, 0..4_u8), 0..10),
        high in any::<bool>(),
        levels in 0..4_usize,
    ) {
        let absence = [Absent::Universe, Absent::Empty, Absent::Undecided][absent];
        let set = small(LEVELS, &text_of(&sets), |settings| {
            let permissive = sets.iter().enumerate().filter(|(_, (kind, _))| *kind == 1);
            settings.absent = permissive.map(|(at, _)| (format!("S{at}"), absence)).collect();
        });
        let real = |words: &BTreeSet<(usize, u8)>| -> Vec<(String, String)> {
            let exists = |(at, value): &&(usize, u8)| sets.get(*at).is_some_and(|(_, count)| value < count);
            words.iter().filter(exists).map(|(at, value)| (format!("S{at}"), format!("V{value}"))).collect()
        };
        let (on, held) = (real(&on), real(&held));
        fn pairs(list: &[(String, String)]) -> Vec<(&str, &str)> {
            list.iter().map(|(tag, value)| (tag.as_str(), value.as_str())).collect()
        }
        let level = if high { "HIGH" } else { "LOW" };
        let levels: &[&str] = [&[][..], &["LOW"], &["HIGH"], &["LOW", "HIGH"]][levels];
        let label = crate::testing::label(&set, "TEST", level, &pairs(&on));
        let clearance = Clearance::new(&set, "TEST", levels, &pairs(&held)).unwrap();

        let mut expected = Access::Granted;
        for (at, (kind, _)) in sets.iter().enumerate() {
            let mine: Vec<_> = on.iter().filter(|(tag, _)| *tag == format!("S{at}")).collect();
            let verdict = match kind {
                0 if !mine.iter().all(|value| held.contains(value)) => Access::Denied,
                1 if mine.is_empty() => [Access::Granted, Access::Denied, Access::Undecided][absent],
                1 if !mine.iter().any(|value| held.contains(value)) => Access::Denied,
                _ => Access::Granted,
            };
            expected = match (expected, verdict) {
                (Access::Denied, _) | (_, Access::Denied) => Access::Denied,
                (Access::Undecided, _) | (_, Access::Undecided) => Access::Undecided,
                _ => Access::Granted,
            };
        }
        if !levels.contains(&level) {
            expected = Access::Denied;
        }
        prop_assert_eq!(clearance.access(&label, &set), expected);
    }
}
