//! Laws about the carriers of a label: whatever says something of an object's label is a claim of its own kind, the
//! strictest of all is enforced, and disagreement never helps an object across (rules 26, 31 and 32 of the reference on
//! markings).

use crate::event::{MARKING, READERS, event, label as bound_label, now};
use crate::gate::{DEFAULTED, DOWN, Gate, Seen};
use lockgate_bytes::Span;
use lockgate_bytes::Time;
use lockgate_core::{Beside, CarrierKind, Company, VerdictKind, Workspace};
use lockgate_marking::{Label, LabelBuilder, Place, TagClaim};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

/// The lane, with a type that has every carrier, and a profile that reads them.
pub(crate) static ALL: LazyLock<Gate> = LazyLock::new(|| {
    let banner = "        attribute banner text max=512 optional=#true role=marking.banner\n";
    let native = "        attribute native integer min=0 max=9 optional=#true role=marking.native\n";
    let qos = "        attribute qos text form=";
    let portions = "            element portion repeat=8 {\n                content text text min=1 max=512 charset=multiline role=marking.portion\n            }\n            element usericon";
    let codes = "    carrier marking.banner\n    carrier marking.portion\n    carrier marking.native format=stanag-4607 {\n        value \"UNCLASSIFIED\" level=\"UNCLASSIFIED\"\n        value \"RESTRICTED\" level=\"RESTRICTED\"\n        value \"CONFIDENTIAL\" level=\"CONFIDENTIAL\"\n        value \"SECRET\" level=\"SECRET\"\n        unlabelled \"9\"\n    }\n    carrier marking.caveat-text";
    Gate::new(
        "cot-down",
        &[
            ("types/cot-event/type.kdl", qos, &format!("{banner}{native}{qos}")),
            ("types/cot-event/type.kdl", "            element usericon", portions),
            ("profiles/cot-mission.kdl", "    carrier marking.caveat-text", codes),
        ],
    )
});

pub(crate) const LEVELS: [&str; 4] = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"];

/// A label of the mission policy: level, and how many of the readers it leaves out.
pub(crate) type Said = (usize, usize);

pub(crate) fn readers(less: usize) -> &'static [&'static str] {
    READERS.get(less.min(4)..).unwrap()
}

pub(crate) fn label((level, less): Said) -> Label {
    let policies = ALL.policy.policies();
    let mut builder = LabelBuilder::new();
    builder.begin(policies, "MISSION", None).unwrap();
    builder.created(Time::parse(b"2026-01-01T00:00:00Z").unwrap()).unwrap();
    builder.level(policies, LEVELS[level]).unwrap();
    builder.tag(policies, TagClaim { name: "Releasable To", kind: "PERMISSIVE", id: None }).unwrap();
    readers(less).iter().for_each(|reader| builder.value(policies, reader).unwrap());
    builder.finish().unwrap()
}

pub(crate) fn shown(said: Said, place: Place) -> String {
    let policies = ALL.policy.policies();
    let label = label(said);
    let text = policies.policy(label.policy()).unwrap().marking_form(place, None).render(&label);
    text.expect("the policy has words for it")
}

/// One carrier of an object, with what it says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum One {
    Fields(Said),
    Bound(Said),
    Banner(Said),
    Portion(Said),
    Native(usize),
    Sidecar(Said, bool),
    Envelope(Said),
    /// A sidecar whose label could not be read.
    Unread,
}

impl One {
    fn kind(self) -> CarrierKind {
        match self {
            Self::Fields(_) => CarrierKind::MarkingFields,
            Self::Bound(_) => CarrierKind::BoundLabel,
            Self::Banner(_) => CarrierKind::VisibleMarking,
            Self::Portion(_) => CarrierKind::PortionMark,
            Self::Native(_) => CarrierKind::NativeCode,
            Self::Sidecar(..) | Self::Unread => CarrierKind::Sidecar,
            Self::Envelope(_) => CarrierKind::Envelope,
        }
    }

    fn is_part(self) -> bool {
        matches!(self, Self::Portion(_) | Self::Sidecar(_, true))
    }
}

fn judge(carriers: &[One]) -> Seen {
    let (mut attributes, mut parts, mut portions) = (String::new(), String::new(), String::new());
    let mut company = Company::new();
    let path: Arc<str> = "sidecar.label[0]".into();
    for one in carriers {
        match *one {
            One::Fields((level, less)) => {
                let list = readers(less).join(",");
                attributes += &format!(" access=\"MISSION {}\" releasableTo=\"{list}\"", LEVELS[level]);
            }
            One::Bound((level, less)) => parts += &bound_label(LEVELS[level], readers(less), now()),
            One::Banner(said) => attributes += &format!(" banner=\"{}\"", shown(said, Place::PageTop)),
            One::Portion(said) => {
                portions += &format!("<portion>({}) words</portion>", shown(said, Place::Portion));
            }
            One::Native(level) => attributes += &format!(" native=\"{}\"", 5 - level),
            One::Sidecar(said, part) => {
                company.claim(Beside::Sidecar, &path, Span::new(1, 2), Some(label(said).into()), part);
            }
            One::Envelope(said) => {
                company.claim(Beside::Envelope, &path, Span::new(3, 4), Some(label(said).into()), false);
            }
            One::Unread => {
                company.claim(Beside::Sidecar, &path, Span::new(1, 2), None, false);
                let finding = lockgate_reason::Finding::new(lockgate_reason::marking::UNREADABLE_CLAIM);
                company.finding(finding, &path);
            }
        }
    }
    let object = event(&[
        (MARKING, &attributes),
        ("<detail>", &format!("<detail>{parts}")),
        ("</detail>", &format!("{portions}</detail>")),
    ]);
    ALL.judge_with(object.as_bytes(), &company, now(), Box::new(Workspace::new())).0
}

const OPEN: Said = (1, 0);

#[test]
fn every_carrier_makes_a_claim_of_its_own_kind() {
    let all = [
        One::Fields(OPEN),
        One::Bound(OPEN),
        One::Banner(OPEN),
        One::Portion(OPEN),
        One::Native(1),
        One::Sidecar(OPEN, false),
        One::Sidecar(OPEN, true),
        One::Envelope(OPEN),
    ];
    let seen = judge(&all);
    assert_eq!((seen.verdict, seen.codes), (VerdictKind::Release, Vec::new()), "{}", seen.line);
    for one in all {
        assert!(seen.claims.iter().any(|(kind, label)| *kind == one.kind() && label.is_some()), "{one:?}");
    }
    let line: serde_json::Value = serde_json::from_str(&seen.line).unwrap();
    let known: Vec<&str> = CarrierKind::ALL.iter().map(|kind| kind.name()).collect();
    for claim in line["claims"].as_array().unwrap() {
        assert!(known.contains(&claim["carrier"].as_str().unwrap()), "{claim}");
        assert!(!claim["field"].as_str().unwrap().is_empty() && claim["span"][0].is_u64(), "{claim}");
    }
    let default = DEFAULTED.judge(event(&[(MARKING, "")]).as_bytes(), now());
    assert_eq!(default.claims.iter().map(|(kind, _)| kind.name()).collect::<Vec<_>>(), ["lane-default"]);
    let line: serde_json::Value = serde_json::from_str(&default.line).unwrap();
    assert!(line["claims"][0]["field"].is_null() && line["claims"][0]["span"].is_null(), "{line}");
    assert!(DOWN.judge(event(&[(MARKING, "")]).as_bytes(), now()).claims.is_empty());
}

#[test]
fn each_carrier_alone_is_enough_or_says_why_not() {
    for (one, codes) in [
        (One::Fields(OPEN), &[][..]),
        (One::Bound(OPEN), &[]),
        (One::Banner(OPEN), &[]),
        (One::Sidecar(OPEN, false), &[]),
        (One::Envelope(OPEN), &[]),
        (One::Portion(OPEN), &["LG-M068"]),
        (One::Sidecar(OPEN, true), &["LG-M068"]),
        (One::Unread, &["LG-M002"]),
        // A level without readers is undecided in this policy.
        (One::Native(1), &["LG-A013"]),
    ] {
        let seen = judge(&[one]);
        assert_eq!(seen.codes, codes, "{one:?}");
    }
}

#[test]
fn a_disagreement_names_both_places_rule_31() {
    let fields = One::Fields(OPEN);
    for (other, code, verdict) in [
        (One::Bound((1, 1)), "LG-M021", VerdictKind::Refuse),
        (One::Banner((0, 0)), "LG-M021", VerdictKind::Hold),
        (One::Sidecar((0, 0), false), "LG-M021", VerdictKind::Hold),
        (One::Envelope((0, 0)), "LG-M021", VerdictKind::Hold),
        (One::Native(0), "LG-M067", VerdictKind::Refuse),
        (One::Native(2), "LG-M021", VerdictKind::Refuse),
        (One::Portion((2, 0)), "LG-M066", VerdictKind::Refuse),
        (One::Sidecar((1, 4), true), "LG-M066", VerdictKind::Refuse),
    ] {
        let seen = judge(&[fields, other]);
        assert_eq!(seen.verdict, verdict, "{other:?} {:?}", seen.codes);
        let at = seen.codes.iter().position(|found| *found == code);
        let says = &seen.says[at.unwrap_or_else(|| panic!("{other:?}: {:?}", seen.codes))];
        assert!(says.contains(other.kind().name()) && says.contains(" at event"), "{says}");
        let (places, fields) = (says.matches(" at ").count(), says.contains("marking-fields"));
        let bound_first = other.kind() == CarrierKind::BoundLabel;
        assert!(places == 2 && (fields || bound_first), "{says}");
        assert_eq!(says.matches("..").count(), 2, "a span each: {says}");
    }
}

#[test]
fn a_visible_marking_is_exactly_one_or_the_object_stays() {
    for banner in
        ["MISSION RESTRICTE", "RESTRICTED", "MISSION RESTRICTED Releasable To XYZ", "SECRET//NOFORN", "x"]
    {
        let object = event(&[(MARKING, &format!("{MARKING} banner=\"{banner}\""))]);
        let seen = ALL.judge(object.as_bytes(), now());
        assert!(
            seen.verdict == VerdictKind::Refuse && seen.codes.contains(&"LG-M002"),
            "{banner} {:?}",
            seen.codes
        );
    }
    let disguised = event(&[(MARKING, &format!("{MARKING} banner=\"MISSION R\u{415}STRICTED\""))]);
    assert_ne!(ALL.judge(disguised.as_bytes(), now()).verdict, VerdictKind::Release);
    let mark = shown(OPEN, Place::Portion);
    let portion = |text: &str| {
        let part = format!("<portion>{text}</portion></detail>");
        ALL.judge(event(&[("</detail>", &part)]).as_bytes(), now()).codes.join(" ")
    };
    assert_eq!(portion(&format!("({mark}) one\n\n({mark}) two")), "");
    for text in [
        format!("({mark}) one\ntwo"),
        format!("{mark} one"),
        format!("one ({mark})"),
        format!("({mark} one"),
        "()".into(),
    ] {
        // The type's own rule about portions stands beside it.
        assert_eq!(portion(&text), "LG-M002 LG-R001", "{text}");
    }
    // Where no profile reads it, it must be empty.
    let unread = Gate::new(
        "cot-down",
        &[("types/cot-event/type.kdl", "role=marking.caveat-text", "role=marking.banner")],
    );
    let seen = unread
        .judge(event(&[(MARKING, &format!("{MARKING} caveat=\"MISSION RESTRICTED\""))]).as_bytes(), now());
    assert_eq!(seen.codes, ["LG-M002"]);
    let empty = event(&[(MARKING, &format!("{MARKING} caveat=\"\""))]);
    assert!(unread.releases(empty.as_bytes(), now()));
}

fn said() -> impl Strategy<Value = Said> {
    (prop_oneof![3 => Just(1_usize), 1 => 0..4_usize], prop_oneof![3 => Just(0_usize), 1 => 0..5_usize])
}

fn one() -> impl Strategy<Value = One> {
    prop_oneof![
        said().prop_map(One::Banner),
        said().prop_map(One::Portion),
        (0..4_usize).prop_map(One::Native),
        (said(), any::<bool>()).prop_map(|(said, part)| One::Sidecar(said, part)),
        said().prop_map(One::Envelope),
        Just(One::Unread),
    ]
}

/// At most one of each of those that an object has one of; the first is a claim about the whole.
fn carriers() -> impl Strategy<Value = Vec<One>> {
    let first = prop_oneof![said().prop_map(One::Fields), said().prop_map(One::Bound)];
    (first, prop::collection::vec(one(), 0..4)).prop_map(|(first, rest)| {
        let mut all = vec![first];
        for one in rest {
            let single = matches!(one, One::Banner(_) | One::Native(_));
            if !single || !all.iter().any(|known| known.kind() == one.kind()) {
                all.push(one);
            }
        }
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn another_carrier_never_helps(mut all in carriers(), more in one()) {
        let single = matches!(more, One::Banner(_) | One::Native(_));
        prop_assume!(!single || !all.iter().any(|known| known.kind() == more.kind()));
        let before = judge(&all);
        all.push(more);
        let after = judge(&all);
        let helps = after.verdict == VerdictKind::Release && before.verdict != VerdictKind::Release;
        prop_assert!(!helps, "{all:?}: {:?}", before.codes);
        // Nor does it lower what is enforced.
        if let (Some(before), Some(after)) = (before.enforced, after.enforced) {
            let policies = ALL.policy.policies();
            prop_assert!(after.level_rank(policies) >= before.level_rank(policies));
        }
    }

    #[test]
    fn the_order_of_carriers_makes_no_difference(all in carriers(), by in any::<prop::sample::Index>()) {
        let mut turned = all.clone();
        turned.rotate_left(by.index(all.len()));
        let (one, other) = (judge(&all), judge(&turned));
        prop_assert_eq!(one.verdict, other.verdict);
        prop_assert_eq!(&one.label, &other.label);
        let distinct = |seen: &Seen| seen.codes.iter().copied().collect::<std::collections::BTreeSet<_>>();
        prop_assert_eq!(distinct(&one), distinct(&other));
    }

    #[test]
    fn what_is_enforced_dominates_every_claim(all in carriers()) {
        let policies = ALL.policy.policies();
        let seen = judge(&all);
        let enforced = seen.enforced.expect("the first claim can be read");
        for (kind, label) in seen.claims.iter().filter_map(|(kind, label)| Some((*kind, (*label)?))) {
            // A code speaks of its level only; what it is silent about is not held against the label.
            let fine = match kind {
                CarrierKind::NativeCode => enforced.level_rank(policies) >= label.level_rank(policies),
                _ => enforced.dominates(&label, policies),
            };
            prop_assert!(fine, "{kind:?} {all:?}");
        }
    }

    #[test]
    fn only_carriers_that_agree_are_released(all in carriers()) {
        // By hand: everything says the one label that may cross, or less of a part, or nothing else of its level.
        let agrees = |one: &One| match *one {
            One::Fields(said) | One::Bound(said) | One::Banner(said) | One::Envelope(said) => said == all_said(&all),
            One::Sidecar(said, false) => said == all_said(&all),
            One::Sidecar(said, true) | One::Portion(said) => said.0 <= all_said(&all).0 && said.1 <= all_said(&all).1,
            One::Native(level) => level == all_said(&all).0,
            One::Unread => false,
        };
        let crosses = all_said(&all).0 <= 1 && all_said(&all).1 == 0;
        let expected = crosses && all.iter().all(agrees);
        let seen = judge(&all);
        prop_assert_eq!(seen.verdict == VerdictKind::Release, expected, "{:?} {:?}", all, seen.codes);
        let parts = all.iter().filter(|one| one.is_part()).count();
        prop_assert_eq!(seen.claims.len(), all.len(), "{} parts", parts);
    }
}

/// What the first carrier says.
fn all_said(all: &[One]) -> Said {
    match all[0] {
        One::Fields(said) | One::Bound(said) => said,
        _ => panic!("carriers() begins with one of these"),
    }
}
