//! The laws of combination, on every label of a small policy: two levels, two restrictive values, and three permissive
//! tag sets of two values whose absence means everyone, nobody, and undecided.

use super::Combined;
use crate::bits::Bits;
use crate::testing::{at, label, policies, small};
use crate::{Absent, Access, Clearance, Label, Mapped, PolicyIx, PolicySet};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use lockgate_bytes::Time;

const LEVELS: &str = r#"<securityClassification name="LOW" lacv="2" hierarchy="1"/><securityClassification name="HIGH" lacv="1" hierarchy="2"/>"#;
const SETS: &str = r#"<securityCategoryTagSet name="R" id="1.1"><securityCategoryTag tagType="restrictive"><tagCategory name="R1" lacv="1"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="U" id="1.2"><securityCategoryTag tagType="permissive"><tagCategory name="U1" lacv="1"/><tagCategory name="U2" lacv="2"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="E" id="1.3"><securityCategoryTag tagType="permissive"><tagCategory name="E1" lacv="1"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="D" id="1.4"><securityCategoryTag tagType="permissive"><tagCategory name="D1" lacv="1"/><tagCategory name="D2" lacv="2"/></securityCategoryTag></securityCategoryTagSet>"#;

fn set() -> PolicySet {
    small(LEVELS, SETS, |settings| {
        settings.absent = Vec::from([
            ("U".into(), Absent::Universe),
            ("E".into(), Absent::Empty),
            ("D".into(), Absent::Undecided),
        ]);
    })
}

fn bits(mask: u16) -> Bits {
    (0..6).filter(|bit| mask & (1 << bit) != 0).collect()
}

/// Every label: both levels, all sets of values, and each group emptied where it has no value.
fn labels() -> Vec<Label> {
    let mut all = Vec::new();
    for level in 0..2 {
        for mask in 0..64 {
            for nobody in 0..8_u64 {
                let groups = [0b0000_0110, 0b0000_1000, 0b0011_0000];
                let clean =
                    groups.iter().enumerate().all(|(at, group)| nobody & (1 << at) == 0 || mask & group == 0);
                if clean {
                    all.push(Label { nobody, ..Label::new(PolicyIx(0), level, bits(mask)) });
                }
            }
        }
    }
    all
}

fn clearances(set: &PolicySet) -> Vec<Clearance> {
    let names = [("R", "R1"), ("U", "U1"), ("U", "U2"), ("E", "E1"), ("D", "D1"), ("D", "D2")];
    let mut all = Vec::new();
    for levels in [&["LOW"][..], &["LOW", "HIGH"]] {
        for mask in 0..64_u16 {
            let held: Vec<_> = names
                .iter()
                .enumerate()
                .filter(|(at, _)| mask & (1 << at) != 0)
                .map(|(_, pair)| *pair)
                .collect();
            all.push(Clearance::new(set, "TEST", levels, &held).unwrap());
        }
    }
    all
}

fn join(set: &PolicySet, a: &Label, b: &Label) -> Label {
    set.policy(PolicyIx(0)).unwrap().strictest(a, b)
}

/// For each label the clearances that may read it, as bits.
fn readers(set: &PolicySet, clearances: &[Clearance], label: &Label) -> u128 {
    let granted = clearances.iter().enumerate().filter(|(_, c)| c.access(label, set) == Access::Granted);
    granted.fold(0, |mask, (at, _)| mask | (1 << at))
}

#[test]
fn nobody_reads_a_combination_who_may_not_read_a_part() {
    let set = set();
    let (labels, clearances) = (labels(), clearances(&set));
    let key = |label: &Label| (label.level, label.values, label.nobody);
    let readers: BTreeMap<_, u128> =
        labels.iter().map(|label| (key(label), readers(&set, &clearances, label))).collect();
    let mut readable = 0_u32;
    for a in &labels {
        for b in &labels {
            let joined = join(&set, a, b);
            let by_both = readers[&key(a)] & readers[&key(b)];
            let by_joined = readers[&key(&joined)];
            assert_eq!(by_joined & !by_both, 0, "{a:?} {b:?} {joined:?}");
            readable += u32::from(by_joined != 0);
        }
    }
    assert!(readable > 1_000, "the model is not empty: {readable}");
}

/// Rule 23, and the other half of it: of all labels whose readers may read both parts, none has a reader that the
/// combination lacks. What is typed undecided counts as nobody.
#[test]
fn the_combination_is_the_widest_label_that_both_parts_allow() {
    for set in [set(), open_set()] {
        let (labels, clearances) = (labels(), clearances(&set));
        let mut by_readers: Vec<u128> =
            labels.iter().map(|label| readers(&set, &clearances, label)).collect();
        let of: Vec<u128> = by_readers.clone();
        let key = |label: &Label| (label.level, label.values, label.nobody);
        let known: BTreeMap<_, u128> = labels.iter().map(key).zip(of.iter().copied()).collect();
        by_readers.sort_unstable();
        by_readers.dedup();
        let mut exact = 0_u32;
        for (a, by_a) in labels.iter().zip(&of) {
            for (b, by_b) in labels.iter().zip(&of) {
                let by_joined = known[&key(&join(&set, a, b))];
                assert_eq!(by_joined & !(by_a & by_b), 0, "{a:?} {b:?}");
                for other in by_readers.iter().filter(|other| **other & !(by_a & by_b) == 0) {
                    assert_eq!(other & !by_joined, 0, "{a:?} {b:?} could be read by more");
                }
                exact += u32::from(by_joined == by_a & by_b && by_joined != 0);
            }
        }
        assert!(exact > 1_000, "{exact}");
    }
}

/// The same, where everyone holds U1 and D2: as `Releasable` in the policy of NATO.
fn open_set() -> PolicySet {
    small(LEVELS, SETS, |settings| {
        settings.absent = Vec::from([("U".into(), Absent::Universe), ("E".into(), Absent::Empty)]);
        settings.everyone = Vec::from([("U".into(), "U1".into()), ("D".into(), "D2".into())]);
    })
}

/// All pairs in both orders, and all triples: 300 labels, so 27 million, by a table of what each pair makes.
#[test]
fn combination_is_commutative_idempotent_and_associative() {
    for set in [set(), open_set()] {
        let labels = labels();
        let key = |label: &Label| (label.level, label.values, label.nobody);
        let places: BTreeMap<_, usize> =
            labels.iter().enumerate().map(|(at, label)| (key(label), at)).collect();
        let joined = |a: &Label, b: &Label| {
            let joined = join(&set, a, b);
            assert!(joined.dominates(a, &set) && joined.dominates(b, &set), "{a:?} {b:?}");
            places[&key(&joined)]
        };
        let table: Vec<Vec<usize>> =
            labels.iter().map(|a| labels.iter().map(|b| joined(a, b)).collect()).collect();
        for (a, with_a) in table.iter().enumerate() {
            assert_eq!(with_a[a], a, "{:?}", labels[a]);
            for (b, ab) in with_a.iter().enumerate() {
                assert_eq!(table[b][a], *ab, "{:?} {:?}", labels[a], labels[b]);
                let same = table[*ab].iter().zip(&table[b]).all(|(ab_c, bc)| *ab_c == with_a[*bc]);
                assert!(same, "{:?} {:?}", labels[a], labels[b]);
            }
        }
        assert_eq!(table.len(), 300);
    }
}

#[test]
fn dominance_means_that_no_reader_is_gained() {
    let set = set();
    let (labels, clearances) = (labels(), clearances(&set));
    let readers: Vec<u128> = labels.iter().map(|label| readers(&set, &clearances, label)).collect();
    let mut seen = [0_u32; 2];
    for (a, by_a) in labels.iter().zip(&readers) {
        for (b, by_b) in labels.iter().zip(&readers) {
            let dominates = a.dominates(b, &set);
            seen[usize::from(dominates)] += 1;
            if dominates {
                assert_eq!(by_a & !by_b, 0, "{a:?} dominates {b:?} and has more readers");
            } else if *by_a != 0 && *by_b != 0 && a.values.meets(&bits(0b11_0000)) {
                // Where both have readers at all, it is exact.
                assert_ne!(
                    by_a & !by_b,
                    0,
                    "{a:?} does not dominate {b:?}, though all its readers may read it"
                );
            }
        }
        assert!(a.dominates(a, &set));
    }
    assert!(seen.iter().all(|count| *count > 1_000), "{seen:?}");
}

#[test]
fn disagreement_and_spill_have_their_codes() {
    let set = policies();
    let mapped = |level: &str, values: &[(&str, &str)]| Mapped {
        label: label(&set, "MISSION", level, values),
        not_after: Time::MAX,
    };
    let mut combined = Combined::default();
    assert_eq!((combined.enforced(), combined.not_after()), (None, Time::MAX));
    combined.add(&mapped("RESTRICTED", &[("Releasable To", "AUT")]), &set);
    combined.add(&mapped("RESTRICTED", &[("Releasable To", "AUT")]), &set);
    assert_eq!(combined.disagreement(), None);
    let earlier = at("2027-01-01T00:00:00Z");
    combined.add(&Mapped { not_after: earlier, ..mapped("UNCLASSIFIED", &[("Releasable To", "HRV")]) }, &set);
    assert_eq!(combined.disagreement().unwrap().code.id(), "LG-M021");
    assert_eq!(combined.not_after(), earlier);
    let enforced = combined.enforced().unwrap();
    assert_eq!(alloc::format!("{}", enforced.text(&set)), "MISSION RESTRICTED Releasable To (nobody)");
    assert!(enforced.tags(&set).next().unwrap().is_nobody());
    let ceiling = |name: &str| set.level("MISSION", name).unwrap();
    assert_eq!(combined.spill(ceiling("RESTRICTED"), &set), None);
    assert_eq!(combined.spill(ceiling("UNCLASSIFIED"), &set).unwrap().code.id(), "LG-M022");
    assert_eq!(combined.spill(set.level("NATO", "SECRET").unwrap(), &set).unwrap().code.id(), "LG-M022");
    combined.begin();
    assert_eq!(combined.enforced(), None);
}

/// Labels of two policies are no one label. Whichever way the second one comes, and in whichever order, they disagree.
#[test]
fn labels_of_two_policies_always_disagree() {
    let set = policies();
    let of = |policy: &str| Mapped { label: label(&set, policy, "SECRET", &[]), not_after: Time::MAX };
    for (first, second) in [("MISSION", "NATO"), ("NATO", "MISSION")] {
        for added in [true, false] {
            let mut combined = Combined::default();
            combined.add(&of(first), &set);
            assert_eq!(combined.disagreement(), None);
            if added {
                combined.add(&of(second), &set);
            } else {
                combined.restrict(&of(second), &set);
            }
            assert_eq!(combined.disagreement().unwrap().code.id(), "LG-M021", "{first} {second} {added}");
        }
    }
    // One that restricts within its policy says something else, and that is its purpose.
    let mut combined = Combined::default();
    combined.add(&of("MISSION"), &set);
    combined
        .restrict(&Mapped { label: label(&set, "MISSION", "RESTRICTED", &[]), not_after: Time::MAX }, &set);
    assert_eq!(combined.disagreement(), None);
}

/// markings.md rule 27, for the policies of NATO and nations: what is left after a part was taken out is labelled anew. It
/// covers each part that is left, and is never stricter than the whole was.
#[test]
fn a_part_taken_out_never_makes_the_rest_looser() {
    let set = set();
    let labels = labels();
    let some: Vec<&Label> = labels.iter().step_by(7).collect();
    let combine = |parts: &[&Label]| {
        let mut combined = Combined::default();
        for part in parts {
            combined.add(&Mapped { label: **part, not_after: Time::MAX }, &set);
        }
        combined.enforced().unwrap()
    };
    for (at, taken_out) in some.iter().enumerate() {
        let (left, right) = (some[(at * 3 + 1) % some.len()], some[(at * 5 + 2) % some.len()]);
        let (whole, rest) = (combine(&[taken_out, left, right]), combine(&[left, right]));
        assert!(rest.dominates(left, &set) && rest.dominates(right, &set), "{left:?} {right:?}");
        assert!(whole.dominates(&rest, &set), "{taken_out:?}");
    }
}
