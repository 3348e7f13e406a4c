use super::{Delegation, Regrade};
use crate::testing::{at, label, policies};
use crate::{Carrier, CarrierValue, PolicyIx, Profile, ProfileText};
use alloc::string::ToString;
use alloc::vec::Vec;
use lockgate_bytes::Duration;
use proptest::prelude::*;

fn delegation() -> Delegation {
    Delegation {
        name: "field-reports".into(),
        authority: "test".into(),
        policy: "MISSION".into(),
        from: "RESTRICTED".into(),
        to: "UNCLASSIFIED".into(),
        types: Vec::from(["spot".to_string()]),
        valid_from: at("2026-01-01T00:00:00Z"),
        valid_until: at("2027-01-01T00:00:00Z"),
    }
}

fn profile() -> Profile {
    let value = |text: &str, level: &str, categories: Vec<(&str, &str)>| CarrierValue {
        texts: Vec::from([text.to_string()]),
        level: Some(level.to_string()),
        categories: categories.into_iter().map(|(tag, value)| (tag.into(), value.into())).collect(),
    };
    let values = Vec::from([
        value("R", "RESTRICTED", Vec::new()),
        value("U MED", "UNCLASSIFIED", Vec::from([("Special Handling", "MEDICAL")])),
        value("U", "UNCLASSIFIED", Vec::new()),
        value("UNCLAS", "UNCLASSIFIED", Vec::new()),
        value("C MED", "CONFIDENTIAL", Vec::from([("Special Handling", "MEDICAL")])),
    ]);
    let carrier = Carrier { role: "marking.level".into(), values, ..Carrier::default() };
    let text = ProfileText { name: "p".into(), policy: "MISSION".into(), carriers: Vec::from([carrier]) };
    Profile::compile(&text, &policies()).unwrap()
}

fn mission() -> PolicyIx {
    policies().named("MISSION").unwrap()
}

fn compile(text: &Delegation) -> Result<Regrade, &'static str> {
    Regrade::compile(text, &policies(), mission(), Some(&profile())).map_err(|faults| faults[0].code)
}

#[test]
fn a_delegation_lowers_one_level_for_a_time_and_nothing_else() {
    let (set, regrade) = (policies(), compile(&delegation()).unwrap());
    let values = [("Releasable To", "AUT"), ("Special Handling", "MEDICAL")];
    let restricted = label(&set, "MISSION", "RESTRICTED", &values);
    assert!(regrade.is_about(&restricted));
    for other in ["UNCLASSIFIED", "CONFIDENTIAL", "SECRET"] {
        assert!(!regrade.is_about(&label(&set, "MISSION", other, &values)), "{other}");
    }
    assert!(!regrade.is_about(&label(&set, "NATO", "RESTRICTED", &[])), "another policy");
    let tick = Duration::from_nanos(1);
    let (first, end) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    for (now, in_force) in [(first.minus(tick), false), (first, true), (end.minus(tick), true), (end, false)]
    {
        let done = regrade.apply(&restricted, &set, now, Duration::ZERO);
        match done {
            Ok((lowered, until)) => {
                assert!(in_force, "{now}");
                assert_eq!(lowered, label(&set, "MISSION", "UNCLASSIFIED", &values));
                assert_eq!(until, end);
            }
            Err(finding) => assert_eq!((finding.code.id(), in_force), ("LG-A020", false), "{now}"),
        }
    }
    let (_, word) = regrade.word();
    assert_eq!(word, "U", "the first word for the level alone, as the author listed them");
}

#[test]
fn wrong_delegations_do_not_compile() {
    let code = |change: &dyn Fn(&mut Delegation)| {
        let mut text = delegation();
        change(&mut text);
        compile(&text).map(|_| ()).unwrap_err()
    };
    assert_eq!(code(&|d| d.policy = "SVN".into()), "P062");
    assert_eq!(code(&|d| d.policy = "NATO".into()), "P076", "only levels of the lane's policy");
    assert_eq!(code(&|d| d.from = "TOP".into()), "P063");
    assert_eq!(code(&|d| d.to = "RESTRICTED".into()), "P076", "the same level");
    assert_eq!(code(&|d| d.to = "SECRET".into()), "P076", "a higher level");
    assert_eq!(code(&|d| (d.from, d.to) = ("SECRET".into(), "CONFIDENTIAL".into())), "P077");
    assert_eq!(code(&|d| d.valid_until = d.valid_from), "P075");
    let none = Regrade::compile(&delegation(), &policies(), mission(), None).unwrap_err();
    assert_eq!(none[0].code, "P077", "a type without marking fields");
}

#[test]
fn a_label_that_the_policy_does_not_allow_is_none() {
    let set = policies();
    let nato = set.named("NATO").unwrap();
    let text = Delegation {
        policy: "NATO".into(),
        from: "CONFIDENTIAL".into(),
        to: "RESTRICTED".into(),
        ..delegation()
    };
    let value = CarrierValue {
        texts: Vec::from(["NR".to_string()]),
        level: Some("RESTRICTED".into()),
        categories: Vec::new(),
    };
    let carrier = Carrier { role: "marking.level".into(), values: Vec::from([value]), ..Carrier::default() };
    let words = ProfileText { name: "p".into(), policy: "NATO".into(), carriers: Vec::from([carrier]) };
    let words = Profile::compile(&words, &set).unwrap();
    let regrade = Regrade::compile(&text, &set, nato, Some(&words)).unwrap();
    let now = at("2026-03-01T00:00:00Z");
    let atomal = [("Context", "NATO"), ("Additional Sensitivity", "ATOMAL")];
    let atomal = label(&set, "NATO", "CONFIDENTIAL", &atomal);
    let found = regrade.apply(&atomal, &set, now, Duration::ZERO).unwrap_err();
    assert_eq!(found.code.id(), "LG-A022", "ATOMAL needs CONFIDENTIAL or higher");
}

proptest! {
    /// Whatever a delegation says: what it does not lower stays as it is, and what it lowers keeps every category.
    #[test]
    fn only_the_level_is_ever_lowered(from in 1..4_usize, to in 0..4_usize, given in 0..4_usize, medical: bool, day in -2..3_i64) {
        let names = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"];
        let set = policies();
        let text = Delegation { from: names[from].into(), to: names[to].into(), ..delegation() };
        let Ok(regrade) = compile(&text) else { return Ok(()) };
        prop_assert!(to < from);
        let values: &[(&str, &str)] = if medical { &[("Special Handling", "MEDICAL")] } else { &[] };
        let given_label = label(&set, "MISSION", names[given], values);
        let now = at("2027-01-01T00:00:00Z").plus(Duration::from_secs(day));
        prop_assert_eq!(regrade.is_about(&given_label), given == from);
        if let (true, Ok((lowered, _))) = (given == from, regrade.apply(&given_label, &set, now, Duration::ZERO)) {
            prop_assert!(day < 0);
            prop_assert_eq!(lowered, label(&set, "MISSION", names[to], values));
        }
    }
}
