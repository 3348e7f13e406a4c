//! Laws about labels beside each other across carriers: alternative and metadata labels in an object that has a banner,
//! marked portions and a sidecar, too; and what is to succeed the label of a sidecar.

use crate::carriers::{ALL, LEVELS, Said, label, readers, shown};
use crate::event::{MARKING, at, event, label as bound_label, later, now};
use crate::gate::Seen;
use lockgate_bytes::{Span, Time};
use lockgate_core::{Beside, CarrierKind, Company, VerdictKind, Workspace};
use lockgate_marking::{Place, Succession, WholeLabel};
use proptest::prelude::*;
use std::sync::Arc;

/// What stands beside the originator's label of an object, each where it says something.
#[derive(Clone, Copy, Debug, Default)]
struct Others {
    alternative: Option<Said>,
    metadata: Option<Said>,
    banner: Option<Said>,
    portion: Option<Said>,
    sidecar: Option<Said>,
}

fn judge(own: Option<Said>, others: &Others) -> Seen {
    let element = |kind: &str, (level, less): Said| {
        bound_label(LEVELS[level], readers(less), now()).replace("originatorConf", kind)
    };
    let mut parts = own.map(|said| element("originatorConf", said)).unwrap_or_default();
    parts += &others.alternative.map(|said| element("alternativeConf", said)).unwrap_or_default();
    parts += &others.metadata.map(|said| element("metadataConf", said)).unwrap_or_default();
    let banner = others.banner.map(|said| format!(" banner=\"{}\"", shown(said, Place::PageTop)));
    let mark = |said| format!("<portion>({}) words</portion>", shown(said, Place::Portion));
    let portion = others.portion.map(mark).unwrap_or_default();
    let mut company = Company::new();
    if let Some(said) = others.sidecar {
        company.claim(Beside::Sidecar, &path(), Span::new(1, 2), Some(label(said).into()), false);
    }
    let object = event(&[
        (MARKING, &banner.unwrap_or_default()),
        ("<detail>", &format!("<detail>{parts}")),
        ("</detail>", &format!("{portion}</detail>")),
    ]);
    ALL.judge_with(object.as_bytes(), &company, now(), Box::new(Workspace::new())).0
}

fn path() -> Arc<str> {
    "sidecar.label[0]".into()
}

const OPEN: Said = (1, 0);
const LOW: Said = (0, 0);
const FEW: Said = (1, 1);

#[test]
fn an_alternative_label_counts_beside_every_other_carrier() {
    let all = Others { banner: Some(OPEN), portion: Some(OPEN), sidecar: Some(OPEN), ..Others::default() };
    for (alternative, verdict, codes) in [
        (OPEN, VerdictKind::Release, &[][..]),
        // Narrower: used, and the object does not go to all readers any more.
        (FEW, VerdictKind::Refuse, &["LG-A011"]),
        // Looser than what every other carrier says.
        (LOW, VerdictKind::Refuse, &["LG-M031"]),
    ] {
        let seen = judge(Some(OPEN), &Others { alternative: Some(alternative), ..all });
        assert_eq!((seen.verdict, &seen.codes[..]), (verdict, codes), "{alternative:?}");
        assert!(seen.claims.iter().any(|(kind, _)| *kind == CarrierKind::AlternativeLabel));
    }
    // It is held against what all carriers say, not against the originator's label alone.
    let stricter = Others { sidecar: Some((2, 0)), alternative: Some(OPEN), ..Others::default() };
    let seen = judge(Some(OPEN), &stricter);
    assert!(seen.codes.contains(&"LG-M021") && seen.codes.contains(&"LG-M031"), "{:?}", seen.codes);
}

/// A banner, a marked portion or a sidecar is not the originator's label: an alternative beside it stands alone.
#[test]
fn no_other_carrier_takes_the_place_of_the_originators_label() {
    for beside in [
        Others { banner: Some(OPEN), ..Others::default() },
        Others { portion: Some(OPEN), ..Others::default() },
        Others { sidecar: Some(OPEN), ..Others::default() },
    ] {
        for other in [Others { alternative: Some(OPEN), ..beside }, Others { metadata: Some(OPEN), ..beside }]
        {
            let seen = judge(None, &other);
            assert!(
                seen.verdict != VerdictKind::Release && seen.codes.contains(&"LG-M030"),
                "{other:?} {seen:?}"
            );
        }
    }
}

/// The event, whose sidecar says `now_said` and from `on` on `then_said`, judged at `time`.
fn succeeded(own: Option<Said>, now_said: Said, on: Time, then_said: Said, time: Time) -> Seen {
    let mut company = Company::new();
    let succession = Some(Succession { on, label: label(then_said) });
    let whole = WholeLabel { label: label(now_said), succession };
    company.claim(Beside::Sidecar, &path(), Span::new(1, 2), Some(whole), false);
    let parts = own.map(|(level, less)| bound_label(LEVELS[level], readers(less), now())).unwrap_or_default();
    let object = event(&[(MARKING, ""), ("<detail>", &format!("<detail>{parts}"))]);
    ALL.judge_with(object.as_bytes(), &company, time, Box::new(Workspace::new())).0
}

#[test]
fn a_successor_in_a_sidecar_restricts_from_its_instant_on() {
    let on = at("2026-03-01T10:05:00Z");
    for own in [None, Some(OPEN)] {
        let before = succeeded(own, OPEN, on, FEW, later(on, -1));
        assert_eq!((before.verdict, before.codes), (VerdictKind::Release, vec![]), "{own:?}");
        assert!(before.not_after.is_some_and(|until| until <= on), "the release ends with the label");
        for nanos in [0, 1] {
            let seen = succeeded(own, OPEN, on, FEW, later(on, nanos));
            assert_eq!((seen.verdict, seen.codes), (VerdictKind::Refuse, vec!["LG-A011"]), "{own:?} {nanos}");
        }
        // It never lowers: SECRET that would become UNCLASSIFIED stays SECRET, before and after.
        for nanos in [-1, 0, 1] {
            let seen = succeeded(None, (3, 0), on, LOW, later(on, nanos));
            assert!(seen.codes.contains(&"LG-A010") && seen.label.unwrap().contains("SECRET"), "{nanos}");
        }
    }
}

fn said() -> impl Strategy<Value = Said> {
    (0..4_usize, 0..5_usize)
}

fn others() -> impl Strategy<Value = Others> {
    let maybe = || prop::option::of(said());
    (maybe(), maybe(), maybe(), maybe(), maybe()).prop_map(
        |(alternative, metadata, banner, portion, sidecar)| Others {
            alternative,
            metadata,
            banner,
            portion,
            sidecar,
        },
    )
}

/// Everything that is said of the object.
fn all_of(own: Said, others: &Others) -> Vec<Said> {
    let Others { alternative, metadata, banner, portion, sidecar } = *others;
    [Some(own), alternative, metadata, banner, portion, sidecar].into_iter().flatten().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// By hand: an object crosses where no carrier says more than RESTRICTED or leaves out a reader, whole claims are
    /// equal, the alternative is at least as strict as they are, and the portion is below them.
    #[test]
    fn a_release_satisfies_every_label_beside_the_originators(own in said(), others in others()) {
        let seen = judge(Some(own), &others);
        let fits = all_of(own, &others).iter().all(|(level, less)| *level <= 1 && *less == 0);
        let equal = [others.banner, others.sidecar].into_iter().flatten().all(|said| said == own);
        let strict = others.alternative.is_none_or(|(level, less)| level >= own.0 && less >= own.1);
        let below = others.portion.is_none_or(|(level, less)| level <= own.0 && less <= own.1);
        let expected = fits && equal && strict && below;
        prop_assert_eq!(seen.verdict == VerdictKind::Release, expected, "{:?} {:?} {:?}", own, others, seen.codes);
        let policies = ALL.policy.policies();
        let enforced = seen.enforced.expect("the originator's label can be read");
        for said in all_of(own, &others) {
            prop_assert!(enforced.dominates(&label(said), policies), "{:?}", said);
        }
    }

    /// The same with a succession in the sidecar: what is enforced dominates both from the instant on.
    #[test]
    fn a_succession_in_a_sidecar_never_lowers(first in said(), then in said(), nanos in -1..2_i64) {
        let on = at("2026-03-01T10:05:00Z");
        let seen = succeeded(None, first, on, then, later(on, nanos));
        let policies = ALL.policy.policies();
        let enforced = seen.enforced.expect("the label of the sidecar can be read");
        prop_assert!(enforced.dominates(&label(first), policies));
        prop_assert!(nanos < 0 || enforced.dominates(&label(then), policies));
        let strictest = if nanos < 0 { first } else { (first.0.max(then.0), first.1.max(then.1)) };
        let crosses = strictest.0 <= 1 && strictest.1 == 0;
        prop_assert_eq!(seen.verdict == VerdictKind::Release, crosses, "{:?} {:?} {:?}", first, then, seen.codes);
    }
}
