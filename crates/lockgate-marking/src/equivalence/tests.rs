use super::{Equivalence, Mapping};
use crate::testing::{at, label, policies, small};
use crate::{Absent, LevelRef, PolicySet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};

const LEVELS: &str = r#"<securityClassification name="INTERNO" lacv="1" hierarchy="1"/>
    <securityClassification name="ZAUPNO" lacv="2" hierarchy="2"/>"#;
const SETS: &str = r#"<securityCategoryTagSet name="Release" id="1.2.3"><securityCategoryTag name="Release" tagType="permissive">
    <tagCategory name="HRV" lacv="191"/><tagCategory name="AUT" lacv="040"/><tagCategory name="OTHER" lacv="9"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="More" id="1.2.4"><securityCategoryTag name="More" tagType="permissive">
    <tagCategory name="SVN" lacv="705"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="Caveat" id="1.2.5"><securityCategoryTag name="Caveat" tagType="restrictive">
    <tagCategory name="MED" lacv="1"/><tagCategory name="OWN" lacv="2"/></securityCategoryTag></securityCategoryTagSet>"#;

fn pair(a: (&str, &str), b: (&str, &str)) -> ((String, String), (String, String)) {
    ((a.0.to_string(), a.1.to_string()), (b.0.to_string(), b.1.to_string()))
}

fn text() -> Equivalence {
    Equivalence {
        name: "test-mission".into(),
        from: "TEST".into(),
        to: "MISSION".into(),
        levels: Vec::from([
            ("INTERNO".into(), "RESTRICTED".into()),
            ("ZAUPNO".into(), "CONFIDENTIAL".into()),
        ]),
        categories: Vec::from([
            pair(("Release", "HRV"), ("Releasable To", "HRV")),
            pair(("Release", "AUT"), ("Releasable To", "AUT")),
            pair(("Caveat", "MED"), ("Special Handling", "MEDICAL")),
        ]),
        valid_from: at("2026-01-01T00:00:00Z"),
        valid_until: at("2027-01-01T00:00:00Z"),
        authority: "test".into(),
    }
}

/// TEST (with `More` open to everyone when absent), MISSION and NATO.
fn set(release: Absent) -> PolicySet {
    let mut set = small(LEVELS, SETS, |settings| {
        settings.absent = Vec::from([("Release".into(), release), ("More".into(), Absent::Universe)]);
    });
    for (_, policy) in policies().iter() {
        set.add(policy.clone()).unwrap();
    }
    set
}

#[test]
fn labels_are_mapped_or_held() {
    let set = set(Absent::Undecided);
    let mission = set.named("MISSION").unwrap();
    let mapping = Mapping::compile(&set, mission, &[text()]).unwrap();
    let now = at("2026-03-01T00:00:00Z");
    let map = |policy: &str, level: &str, values: &[(&str, &str)]| {
        mapping.map(&label(&set, policy, level, values), now).map_err(|finding| finding.code.id())
    };
    let mapped = map("TEST", "ZAUPNO", &[("Release", "HRV"), ("Caveat", "MED")]).unwrap();
    let expected =
        label(&set, "MISSION", "CONFIDENTIAL", &[("Releasable To", "HRV"), ("Special Handling", "MEDICAL")]);
    assert_eq!((mapped.label, mapped.not_after), (expected, at("2027-01-01T00:00:00Z")));
    let own = map("MISSION", "SECRET", &[]).unwrap();
    assert_eq!((own.label, own.not_after), (label(&set, "MISSION", "SECRET", &[]), Time::MAX));
    assert_eq!(map("TEST", "INTERNO", &[("Release", "OTHER")]), Err("LG-M020"));
    assert_eq!(map("TEST", "INTERNO", &[("Caveat", "OWN")]), Err("LG-M020"), "a caveat is never dropped");
    assert_eq!(map("TEST", "INTERNO", &[("More", "SVN")]), Err("LG-M020"));
    assert_eq!(map("NATO", "RESTRICTED", &[]), Err("LG-M020"));
}

#[test]
fn an_equivalence_holds_from_its_first_instant_to_its_last() {
    let set = set(Absent::Undecided);
    let mapping = Mapping::compile(&set, set.named("MISSION").unwrap(), &[text()]).unwrap();
    let claim = label(&set, "TEST", "INTERNO", &[]);
    let tick = Duration::from_nanos(1);
    let (first, end) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    for (now, holds) in [
        (first.minus(tick), false),
        (first, true),
        (first.plus(tick), true),
        (end.minus(tick), true),
        (end, false),
        (end.plus(tick), false),
    ] {
        let code = mapping.map(&claim, now).map(|_| ()).map_err(|finding| finding.code.id());
        assert_eq!(code, if holds { Ok(()) } else { Err("LG-M023") }, "{now}");
    }
}

#[test]
fn what_nobody_may_read_yet_stays_so() {
    let now = at("2026-03-01T00:00:00Z");
    let to_nato = Equivalence {
        to: "NATO".into(),
        levels: Vec::from([("INTERNO".into(), "RESTRICTED".into())]),
        categories: Vec::from([pair(("Release", "HRV"), ("Releasable To", "HRV"))]),
        ..text()
    };
    // Absent in TEST = undecided; absent in NATO's Releasable To = open to everyone.
    let set = set(Absent::Undecided);
    let mapping =
        Mapping::compile(&set, set.named("NATO").unwrap(), core::slice::from_ref(&to_nato)).unwrap();
    let mapped = mapping.map(&label(&set, "TEST", "INTERNO", &[]), now).unwrap().label;
    assert_ne!(mapped.nobody, 0, "absence did not become release to everyone");
    // A tag that is not mapped at all, and closed when absent: the label has no equivalent.
    let bare = Equivalence { categories: Vec::new(), ..to_nato };
    let mapping = Mapping::compile(&set, set.named("NATO").unwrap(), &[bare]).unwrap();
    let found = mapping.map(&label(&set, "TEST", "INTERNO", &[]), now);
    assert_eq!(found.unwrap_err().code.id(), "LG-M020");
}

#[test]
fn ceilings_are_mapped_too() {
    let set = set(Absent::Undecided);
    let mission = set.named("MISSION").unwrap();
    let mapping = Mapping::compile(&set, mission, &[text()]).unwrap();
    let level = |policy: &str, name: &str| set.level(policy, name).unwrap();
    let mapped = |level: LevelRef| mapping.map_level(level, &set).and_then(|level| set.level_name(level));
    assert_eq!(mapped(level("TEST", "ZAUPNO")), Some("CONFIDENTIAL"));
    assert_eq!(mapped(level("MISSION", "SECRET")), Some("SECRET"));
    assert_eq!(mapped(level("NATO", "SECRET")), None);
    let own = set.category(set.named("TEST").unwrap(), "Caveat", "OWN").unwrap();
    assert_eq!(mapping.map_category(own), None);
}

#[test]
fn a_wrong_equivalence_does_not_compile() {
    let set = set(Absent::Undecided);
    let mission = set.named("MISSION").unwrap();
    let code = |change: &dyn Fn(&mut Equivalence)| {
        let mut changed = text();
        change(&mut changed);
        Mapping::compile(&set, mission, &[changed]).unwrap_err()[0].code
    };
    assert_eq!(code(&|e| e.from = "SVN".into()), "P062");
    assert_eq!(code(&|e| e.to = "SVN".into()), "P062");
    assert_eq!(code(&|e| e.levels[0].0 = "TAJNO".into()), "P063");
    assert_eq!(code(&|e| e.levels[0].1 = "TOP SECRET".into()), "P063");
    assert_eq!(code(&|e| e.categories[0].0.1 = "SVK".into()), "P064");
    assert_eq!(code(&|e| e.categories[0].1.1 = "XKS".into()), "P064");
    assert_eq!(code(&|e| e.levels.push(e.levels[0].clone())), "P070");
    assert_eq!(code(&|e| e.categories.push(e.categories[0].clone())), "P070");
    assert_eq!(code(&|e| e.levels[0].1 = "SECRET".into()), "P071");
    assert_eq!(code(&|e| e.categories[2].1 = ("Releasable To".into(), "HUN".into())), "P072");
    assert_eq!(code(&|e| e.categories.push(pair(("More", "SVN"), ("Releasable To", "SVN")))), "P073");
    assert_eq!(code(&|e| e.valid_until = e.valid_from), "P075");
    let twice = Mapping::compile(&set, mission, &[text(), text()]).unwrap_err();
    assert_eq!(twice[0].code, "P074");
    let next = Equivalence { valid_from: text().valid_until, valid_until: Time::MAX, ..text() };
    assert!(Mapping::compile(&set, mission, &[text(), next]).is_ok(), "one after the other");
}
