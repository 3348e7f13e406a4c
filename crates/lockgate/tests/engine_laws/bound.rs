//! Laws about labels bound beside each other: the originator's, alternative ones, those of the metadata, and what is to
//! succeed them. Rules 13, 14 and 16 of the marking engine.

use crate::event::{MARKING, READERS, at, event, label, later, now};
use crate::gate::{DEFAULTED, DOWN, Gate, Seen};
use lockgate_bytes::Time;
use lockgate_core::VerdictKind;
use proptest::prelude::*;

const KINDS: [&str; 3] =
    ["originatorConfidentialityLabel", "alternativeConfidentialityLabel", "metadataConfidentialityLabel"];

/// A label of a kind.
fn of_kind(kind: usize, level: &str, readers: &[&str]) -> String {
    label(level, readers, now()).replace(KINDS[0], KINDS[kind])
}

/// The event with these labels and no marking fields.
fn with(labels: &[String]) -> String {
    event(&[(MARKING, ""), ("<detail>", &format!("<detail>{}", labels.concat()))])
}

fn judged(labels: &[String]) -> Seen {
    DOWN.judge(with(labels).as_bytes(), now())
}

#[test]
fn an_alternative_label_is_used_where_it_is_at_least_as_strict() {
    let own = of_kind(0, "RESTRICTED", &READERS);
    let open = of_kind(0, "UNCLASSIFIED", &READERS);
    assert_eq!(judged(&[own.clone(), of_kind(1, "RESTRICTED", &READERS)]).verdict, VerdictKind::Release);
    // Used: it alone says RESTRICTED, and the enforced label is its.
    let raised = judged(&[open.clone(), of_kind(1, "RESTRICTED", &READERS)]);
    assert_eq!((raised.verdict, raised.codes), (VerdictKind::Release, vec![]));
    assert!(raised.label.unwrap().contains("RESTRICTED"));
    let narrowed = judged(&[own.clone(), of_kind(1, "RESTRICTED", &READERS[..4])]);
    assert_eq!((narrowed.verdict, narrowed.codes), (VerdictKind::Refuse, vec!["LG-A011"]));
    // Looser, in level or in readers: refused, and what the originator says is enforced.
    let lower = judged(&[own.clone(), of_kind(1, "UNCLASSIFIED", &READERS)]);
    assert_eq!((lower.verdict, lower.codes), (VerdictKind::Refuse, vec!["LG-M031"]));
    assert!(lower.label.unwrap().contains("RESTRICTED"));
    let wider = judged(&[of_kind(0, "RESTRICTED", &READERS[..4]), of_kind(1, "RESTRICTED", &READERS)]);
    assert!(wider.codes.contains(&"LG-M031") && wider.codes.contains(&"LG-A011"), "{:?}", wider.codes);
}

#[test]
fn labels_of_one_kind_and_labels_alone_are_held() {
    let own = of_kind(0, "RESTRICTED", &READERS);
    for kind in [1, 2] {
        let beside = of_kind(kind, "RESTRICTED", &READERS);
        for gate in [&*DOWN, &*DEFAULTED] {
            let alone = gate.judge(with(std::slice::from_ref(&beside)).as_bytes(), now());
            assert_eq!((alone.verdict, alone.codes), (VerdictKind::Hold, vec!["LG-M030"]), "{kind}");
        }
        let twice = judged(&[own.clone(), beside.clone(), beside.clone()]);
        assert_eq!((twice.verdict, twice.codes), (VerdictKind::Hold, vec!["LG-M032"]), "{kind}");
    }
    let two = judged(&[own.clone(), own.clone()]);
    assert_eq!((two.verdict, two.codes), (VerdictKind::Hold, vec!["LG-M032"]));
    // Another policy than any of the bundle, in any of the three.
    for kind in 0..3 {
        let foreign = of_kind(kind, "RESTRICTED", &READERS).replace("99999.1\">MISSION", "99999.9\">OTHER");
        let labels = if kind == 0 { vec![foreign] } else { vec![own.clone(), foreign] };
        let seen = judged(&labels);
        assert_eq!((seen.verdict, seen.codes), (VerdictKind::Hold, vec!["LG-M003"]), "{kind}");
    }
}

#[test]
fn the_label_of_the_metadata_restricts_and_never_disagrees() {
    let own = of_kind(0, "RESTRICTED", &READERS);
    let lower = judged(&[own.clone(), of_kind(2, "UNCLASSIFIED", &READERS)]);
    assert_eq!((lower.verdict, lower.codes), (VerdictKind::Release, vec![]));
    assert!(lower.label.unwrap().contains("RESTRICTED"));
    let higher = judged(&[own, of_kind(2, "SECRET", &READERS)]);
    assert!(higher.verdict == VerdictKind::Refuse && higher.codes.contains(&"LG-A010"), "{:?}", higher.codes);
}

/// A label with a successor.
fn succeeded(level: &str, readers: &[&str], on: Time, to: &str, to_readers: &[&str]) -> String {
    let successor = label(to, to_readers, now());
    let inner = successor.split_once('>').unwrap().1.rsplit_once('<').unwrap().0;
    let handling = format!(
        "<SuccessionHandling><SuccessionDateTime>{on}</SuccessionDateTime><SuccessorConfidentialityLabel>{inner}\
         </SuccessorConfidentialityLabel></SuccessionHandling></{}>",
        KINDS[0]
    );
    label(level, readers, at("2026-03-01T10:00:00Z")).replace(&format!("</{}>", KINDS[0]), &handling)
}

#[test]
fn a_successor_restricts_from_its_instant_on_and_never_lowers() {
    let on = at("2026-03-01T10:05:00Z");
    let judged = |label: &str, time: Time| DOWN.judge(with(&[label.to_owned()]).as_bytes(), time);
    // SECRET stays SECRET, though it should have become UNCLASSIFIED.
    let secret = succeeded("SECRET", &READERS, on, "UNCLASSIFIED", &READERS);
    for nanos in [-1, 0, 1] {
        let seen = judged(&secret, later(on, nanos));
        assert!(seen.codes.contains(&"LG-A010") && seen.label.unwrap().contains("SECRET"), "{nanos}");
    }
    // A successor with fewer readers counts from its instant on; before, the release ends there.
    let narrowed = succeeded("RESTRICTED", &READERS, on, "RESTRICTED", &READERS[..4]);
    assert_eq!(judged(&narrowed, later(on, -1)).verdict, VerdictKind::Release);
    for nanos in [0, 1] {
        let seen = judged(&narrowed, later(on, nanos));
        assert_eq!((seen.verdict, seen.codes), (VerdictKind::Refuse, vec!["LG-A011"]), "{nanos}");
    }
    // Higher, or of a policy that nobody knows: it succeeds nothing.
    let higher = succeeded("RESTRICTED", &READERS, on, "SECRET", &READERS);
    assert_eq!(judged(&higher, later(on, -1)).codes, ["LG-M036"]);
    let early = succeeded("RESTRICTED", &READERS, at("2026-03-01T09:00:00Z"), "RESTRICTED", &READERS);
    assert_eq!(judged(&early, on).codes, ["LG-M018"]);
}

#[test]
fn a_successor_without_a_date_is_not_passed_over() {
    let date = "element on time as=\"SuccessionDateTime\" role=marking.succession";
    let may_miss = date.replace(" role", " optional=#true role");
    let gate = Gate::new("cot-down", &[("types/stanag-4774/type.kdl", date, &may_miss)]);
    let on = at("2026-03-01T10:05:00Z");
    let dated = succeeded("RESTRICTED", &READERS, on, "RESTRICTED", &READERS[..4]);
    let undated = dated.replace(&format!("<SuccessionDateTime>{on}</SuccessionDateTime>"), "");
    let codes = |label: String| gate.judge(with(&[label]).as_bytes(), later(on, -1)).codes;
    assert!(!codes(dated).contains(&"LG-M037"));
    assert!(codes(undated).contains(&"LG-M037"));
}

#[test]
fn an_unknown_privacy_mark_is_held() {
    let marked = of_kind(0, "RESTRICTED", &READERS)
        .replace("</Classification>", "</Classification><PrivacyMark>CLEAR</PrivacyMark>");
    let seen = judged(&[marked]);
    assert_eq!((seen.verdict, seen.codes), (VerdictKind::Hold, vec!["LG-M034"]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// What is released under an alternative or metadata label would be released under each label alone.
    #[test]
    fn a_release_satisfies_every_label(
        levels in proptest::array::uniform3(0..3_usize),
        readers in proptest::array::uniform3(3..6_usize),
        beside in 1..3_usize,
    ) {
        const LEVELS: [&str; 3] = ["UNCLASSIFIED", "RESTRICTED", "SECRET"];
        let of = |at: usize, kind: usize| of_kind(kind, LEVELS[levels[at]], &READERS[..readers[at].min(5)]);
        let both = judged(&[of(0, 0), of(1, beside)]);
        let alone = [judged(&[of(0, 0)]), judged(&[of(1, 0)])];
        if both.verdict == VerdictKind::Release {
            prop_assert!(alone.iter().all(|seen| seen.verdict == VerdictKind::Release), "{:?} {:?}", levels, readers);
        }
        if beside == 2 {
            let all = alone.iter().all(|seen| seen.verdict == VerdictKind::Release);
            prop_assert_eq!(both.verdict == VerdictKind::Release, all, "{:?} {:?}", levels, readers);
        }
    }
}
