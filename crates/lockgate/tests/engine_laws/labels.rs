//! Laws about labels: what is missing, unreadable, doubtful or too high never helps an object across.

use crate::event::{EVENT, MARKING, READERS, bound, event, label, marked, now, with_part};
use crate::gate::{DEFAULTED, DOWN, Gate, build};
use lockgate_core::VerdictKind;
use proptest::prelude::*;

const LEVELS: [&str; 4] =
    ["MISSION UNCLASSIFIED", "MISSION RESTRICTED", "MISSION CONFIDENTIAL", "MISSION SECRET"];
const CAVEATS: [&str; 4] = ["NATIONAL EYES", "MEDICAL", "INTELLIGENCE", "CRYPTO"];

/// Rule 39: no label is a value of its own.
#[test]
fn unlabelled_is_never_released() {
    for marking in ["", " access=\"\"", " access=\"Undefined\"", " access=\"\" caveat=\"\" releasableTo=\"\""]
    {
        let object = event(&[(MARKING, marking)]);
        let seen = DOWN.judge(object.as_bytes(), now());
        assert_eq!((seen.verdict, seen.codes), (VerdictKind::Hold, vec!["LG-M001"]), "{marking}");
        assert_eq!(seen.label, None);
    }
    // Empty is one thing, and everything that merely looks empty another: also where the lane has a default.
    for access in ["UNDEFINED", "undefined", "Undefined ", " ", "-", "none", "NULL", "Undefined,", "\u{2800}"]
    {
        for gate in [&*DOWN, &*DEFAULTED] {
            let seen = gate.judge(marked(access, "", "").as_bytes(), now());
            assert_eq!(seen.verdict, VerdictKind::Refuse, "{access:?}: {:?}", seen.codes);
        }
    }
}

#[test]
fn a_level_that_is_undefined_and_readers_that_are_not_is_no_label_and_not_unlabelled() {
    for gate in [&*DOWN, &*DEFAULTED] {
        for access in ["", "Undefined"] {
            let seen = gate.judge(marked(access, "AUT,HRV,HUN,SVK,SVN", "").as_bytes(), now());
            assert_eq!((seen.verdict, seen.codes), (VerdictKind::Refuse, vec!["LG-M011"]), "{access:?}");
        }
    }
}

#[test]
fn a_disguised_marking_is_never_read_as_the_plain_one() {
    for access in [
        "MISSION RESTRICTE\u{200b}D",
        "\u{202a}MISSION RESTRICTED",
        "MISSION R\u{0415}STRICTED",
        "MISSION R\u{ff25}STRICTED",
        "MISSION\u{a0}RESTRICTED",
        "MISSION  RESTRICTED",
        " MISSION RESTRICTED",
        "MISSION RESTRICTED ",
        "mission restricted",
        "MISSION RESTRICTED,MISSION UNCLASSIFIED",
        "MISSION &#82;ESTRICTED",
        "MISSION RESTRICTED&#0;",
        "MISSION\tRESTRICTED",
        "MISSION\nRESTRICTED",
    ] {
        for gate in [&*DOWN, &*DEFAULTED] {
            let seen = gate.judge(marked(access, "AUT,HRV,HUN,SVK,SVN", "").as_bytes(), now());
            assert_eq!(seen.verdict, VerdictKind::Refuse, "{access:?}: {:?}", seen.codes);
        }
    }
    for readers in [
        "AUT,HRV,HUN,SVK,SVN,",
        "AUT,,HRV,HUN,SVK,SVN",
        "AUT, HRV,HUN,SVK,SVN",
        "AUT;HRV",
        "AUT,AUT,HRV,HUN,SVK,SVN",
        "\u{0410}UT,HRV,HUN,SVK,SVN",
        "ALL",
        "*",
    ] {
        let seen = DOWN.judge(marked("MISSION RESTRICTED", readers, "").as_bytes(), now());
        assert_eq!(seen.verdict, VerdictKind::Refuse, "{readers:?}: {:?}", seen.codes);
    }
}

#[test]
fn a_marking_that_the_lane_does_not_read_must_be_empty() {
    let caveats = "    carrier marking.caveat-text separator=\",\" {";
    let other = "    carrier marking.policy separator=\",\" {";
    let gate = Gate::new("cot-down", &[("profiles/cot-mission.kdl", caveats, other)]);
    assert!(gate.releases(EVENT.as_bytes(), now()));
    let empty = event(&[(MARKING, &format!("{MARKING} caveat=\"\""))]);
    assert!(gate.releases(empty.as_bytes(), now()));
    for caveat in ["NATIONAL EYES", "MEDICAL", "x", " "] {
        let object = marked("MISSION RESTRICTED", "AUT,HRV,HUN,SVK,SVN", caveat);
        let seen = gate.judge(object.as_bytes(), now());
        assert_eq!((seen.verdict, seen.codes), (VerdictKind::Refuse, vec!["LG-M002"]), "{caveat:?}");
        assert_eq!(seen.label, None, "half a claim is no label");
    }
}

#[test]
fn two_claims_that_disagree_are_held_and_the_stricter_counts() {
    let with = |level: &str| {
        let label = label(level, &READERS, now());
        DOWN.judge(event(&[("<detail>", &format!("<detail>{label}"))]).as_bytes(), now())
    };
    assert_eq!(with("RESTRICTED").verdict, VerdictKind::Release);
    let lower = with("UNCLASSIFIED");
    assert_eq!((lower.verdict, lower.codes), (VerdictKind::Hold, vec!["LG-M021"]));
    assert!(lower.label.unwrap().contains("RESTRICTED"), "the stricter one is enforced");
    let higher = with("SECRET");
    assert_eq!(higher.verdict, VerdictKind::Refuse);
    assert!(higher.codes.contains(&"LG-M021") && higher.codes.contains(&"LG-A010"), "{:?}", higher.codes);
    assert!(higher.label.unwrap().contains("SECRET"));
}

#[test]
fn a_second_label_is_never_overlooked() {
    let one = label("RESTRICTED", &READERS, now());
    let two = label("SECRET", &["SVN"], now());
    for order in [format!("{one}{two}"), format!("{two}{one}")] {
        let seen =
            DOWN.judge(event(&[(MARKING, ""), ("<detail>", &format!("<detail>{order}"))]).as_bytes(), now());
        assert_ne!(seen.verdict, VerdictKind::Release, "{:?}", seen.codes);
    }
    // Nor one that stands in a part that the lane drops.
    let drop = Gate::new("cot-down", &[("lanes/cot-down.kdl", "undeclared slow", "undeclared drop")]);
    let seen = drop.judge(with_part(&format!("<other>{two}</other>")).as_bytes(), now());
    assert_eq!((seen.verdict, seen.codes), (VerdictKind::Hold, vec!["LG-S022"]));
}

#[test]
fn a_claim_above_its_source_is_a_spill() {
    let edit = ("lanes/cot-down.kdl", "ceiling=\"SECRET\" precedence", "ceiling=\"RESTRICTED\" precedence");
    let gate = Gate::new("cot-down", &[edit]);
    for (level, spills) in LEVELS.iter().zip([false, false, true, true]) {
        for object in [marked(level, "SVN", ""), bound(level.trim_start_matches("MISSION "), &["SVN"], now())]
        {
            let seen = gate.judge(object.as_bytes(), now());
            assert_eq!(seen.codes.contains(&"LG-M022"), spills, "{level}: {:?}", seen.codes);
            assert!(!spills || seen.verdict == VerdictKind::Refuse);
        }
    }
}

#[test]
fn a_default_that_does_not_dominate_does_not_build() {
    let assign = |level: &str, readers: &str| {
        let text = format!(
            "    unlabelled assign authority=\"invented\" until=\"2035-12-31\" {{\n        label level=\"{level}\" {{\n            category \"Releasable To\" {readers}\n        }}\n    }}\n"
        );
        build(&[("lanes/cot-down.kdl", "    unlabelled hold\n", &text)])
    };
    let five = r#""AUT" "HRV" "HUN" "SVK" "SVN""#;
    assert!(assign("RESTRICTED", five).is_ok() && assign("SECRET", r#""SVN""#).is_ok());
    for (level, readers) in [
        ("UNCLASSIFIED", five),
        ("RESTRICTED", r#""AUT" "HRV" "HUN" "SVK" "SVN" "BEL""#),
        ("UNCLASSIFIED", r#""SVN""#),
    ] {
        let report = assign(level, readers).expect_err("a weak default");
        assert!(report.contains("B013"), "{report}");
    }
}

/// An object with one claim, in marking fields or bound, and something else that may be wrong with it.
#[derive(Clone, Debug)]
struct Claimed {
    level: usize,
    readers: Vec<bool>,
    caveats: Vec<bool>,
    bound: bool,
    flaw: usize,
}

const FLAWS: [(&str, &str); 6] = [
    ("KRIM 1", "KRIM 1"),
    ("KRIM 1", "BLUE HERON"),
    ("a-f-G-U-C", "a-f-A-M-F"),
    ("10:09:50Z", "10:04:55Z"),
    ("how=\"m-g\"", "how=\"m-s\""),
    ("a-f-G-U-C\"", "a-h-G\" opex=\"e\""),
];

fn claimed() -> impl Strategy<Value = Claimed> {
    let often = |likely: f64, count: usize| prop::collection::vec(prop::bool::weighted(likely), count);
    (0..4_usize, often(0.9, 5), often(0.1, 4), any::<bool>(), 0..12_usize).prop_map(
        |(level, readers, caveats, bound, flaw)| Claimed {
            level,
            readers,
            caveats,
            bound,
            flaw: flaw.saturating_sub(6),
        },
    )
}

impl Claimed {
    fn list(&self) -> Vec<&'static str> {
        READERS.iter().zip(&self.readers).filter(|(_, held)| **held).map(|(reader, _)| *reader).collect()
    }

    fn caveats(&self) -> String {
        let held = CAVEATS.iter().zip(&self.caveats).filter(|(_, held)| **held);
        held.map(|(caveat, _)| *caveat).collect::<Vec<_>>().join(",")
    }

    fn flawed(&self, text: &str) -> String {
        let (old, new) = FLAWS[self.flaw];
        text.replacen(old, new, 1)
    }

    fn write(&self) -> String {
        let level = LEVELS[self.level];
        let caveats = self.caveats();
        // A label needs a value in its category, and caveats have one place only.
        if self.bound && caveats.is_empty() && !self.list().is_empty() {
            return self.flawed(&bound(level.trim_start_matches("MISSION "), &self.list(), now()));
        }
        self.flawed(&marked(level, &self.list().join(","), &caveats))
    }

    fn unlabelled(&self) -> String {
        self.flawed(&event(&[(MARKING, "")]))
    }

    /// By hand: the default is RESTRICTED, for the five readers, without a caveat.
    fn is_dominated_by_the_default(&self) -> bool {
        self.level <= 1 && self.list().len() == READERS.len() && self.caveats().is_empty()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn raising_a_label_never_helps(object in claimed(), how in 0..3_usize, which in 0..4_usize) {
        let mut raised = object.clone();
        match how {
            0 => raised.level = (object.level + 1).min(3),
            1 => raised.readers[which] = false,
            _ => raised.caveats[which] = true,
        }
        for gate in [&*DOWN, &*DEFAULTED] {
            let helps = gate.releases(raised.write().as_bytes(), now()) && !gate.releases(object.write().as_bytes(), now());
            prop_assert!(!helps, "{object:?} is not released, {raised:?} is");
        }
    }

    #[test]
    fn removing_the_only_claim_never_helps(object in claimed()) {
        let (with, without) = (object.write(), object.unlabelled());
        prop_assert!(!DOWN.releases(without.as_bytes(), now()));
        if object.is_dominated_by_the_default() {
            let helps = DEFAULTED.releases(without.as_bytes(), now()) && !DEFAULTED.releases(with.as_bytes(), now());
            prop_assert!(!helps, "{object:?} is not released, and without its claim it is");
        }
    }

    #[test]
    fn making_a_claim_unreadable_never_helps(object in claimed(), at in any::<prop::sample::Index>(), with in 0..6_usize) {
        let text = object.write();
        let fields: Vec<(&str, &str)> = [("access=\"", "\""), ("releasableTo=\"", "\""), ("<Classification>", "<"), ("<GenericValue>", "<"), ("<PolicyIdentifier URI=\"urn:oid:1.3.6.1.4.1.99999.1\">", "<")]
            .into_iter().filter(|(start, _)| text.contains(start)).collect();
        let (start, end) = fields[at.index(fields.len())];
        let begin = text.find(start).unwrap() + start.len();
        let end = begin + text[begin..].find(end).unwrap();
        let old = &text[begin..end];
        let new = match with {
            0 => format!("X{old}"),
            1 => format!("{old}?"),
            2 => format!("{old}\u{200d}"),
            3 => old.to_lowercase(),
            4 => format!("{old},{old}"),
            _ => format!("{old} "),
        };
        let damaged = format!("{}{new}{}", &text[..begin], &text[end..]);
        for gate in [&*DOWN, &*DEFAULTED] {
            prop_assert!(!gate.releases(damaged.as_bytes(), now()), "{damaged}");
        }
    }
}

#[test]
fn the_laws_are_tried_on_releases_too() {
    let object = Claimed { level: 1, readers: vec![true; 5], caveats: vec![false; 4], bound: false, flaw: 0 };
    assert_eq!(object.write(), EVENT);
    for bound in [false, true] {
        let object = Claimed { bound, ..object.clone() };
        assert!(DOWN.releases(object.write().as_bytes(), now()));
        assert!(DEFAULTED.releases(object.unlabelled().as_bytes(), now()));
        for (flaw, changes) in FLAWS.iter().enumerate().skip(1) {
            let object = Claimed { flaw, ..object.clone() };
            assert!(!DOWN.releases(object.write().as_bytes(), now()), "{changes:?}");
            assert!(!DEFAULTED.releases(object.unlabelled().as_bytes(), now()), "{changes:?}");
        }
    }
}
