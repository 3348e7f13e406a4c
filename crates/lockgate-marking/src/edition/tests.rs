use crate::testing::{at, label, settings, spif};
use crate::{Equivalence, LabelBuilder, LabelFile, LevelTerm, Mapping, Policy, PolicySet, TagClaim};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};
use lockgate_reason::Finding;

const OLD: &str = r#"<securityClassification name="LOW" lacv="1" hierarchy="1"/>
    <securityClassification name="MIDDLE" lacv="2" hierarchy="2"/><securityClassification name="HIGH" lacv="3" hierarchy="3"/>"#;
/// MIDDLE is no more, and HIGH has the code that it had.
const NEW: &str = r#"<securityClassification name="LOW" lacv="1" hierarchy="1"/>
    <securityClassification name="HIGH" lacv="2" hierarchy="2"/>"#;
const OLD_SETS: &str = r#"<securityCategoryTagSet name="Release" id="1.2.3"><securityCategoryTag name="Release" tagType="permissive">
    <tagCategory name="HRV" lacv="1"/><tagCategory name="AUT" lacv="2"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="Caveat" id="1.2.5"><securityCategoryTag name="Caveat" tagType="restrictive">
    <tagCategory name="MED" lacv="1"/><tagCategory name="OWN" lacv="2"/></securityCategoryTag></securityCategoryTagSet>"#;
/// The set is called otherwise, the codes have changed places, OWN became a remark, and MED is withdrawn.
const NEW_SETS: &str = r#"<securityCategoryTagSet name="Releasable" id="1.2.3"><securityCategoryTag name="Releasable" tagType="permissive">
    <tagCategory name="HRV" lacv="2"/><tagCategory name="AUT" lacv="1"/></securityCategoryTag></securityCategoryTagSet>
    <securityCategoryTagSet name="Caveat" id="1.2.5"><securityCategoryTag name="Caveat" tagType="restrictive">
    <tagCategory name="MED" lacv="1" obsolete="true"/></securityCategoryTag>
    <securityCategoryTag name="Remark" tagType="tagType7" tag7Encoding="bitSetAttributes"><tagCategory name="OWN" lacv="2"/></securityCategoryTag></securityCategoryTagSet>"#;
const BEGUN: &str = "2020-01-01T00:00:00Z";
const CHANGED: &str = "2026-01-01T00:00:00Z";
const NOW: &str = "2026-03-01T00:00:00Z";

fn edition(name: &str, levels: &str, sets: &str) -> Policy {
    let mut of = settings("TEST", "1.3.6.1.4.1.99999.7");
    of.edition = name.to_string();
    Policy::from_spif(spif(levels, sets).as_bytes(), &of).unwrap()
}

/// The present edition, and one before it.
fn both() -> PolicySet {
    let mut set = PolicySet::new();
    let present = set.add(edition("new", NEW, NEW_SETS)).unwrap();
    set.add_earlier(present, edition("old", OLD, OLD_SETS), at(BEGUN), at(CHANGED)).unwrap();
    set
}

fn read(
    set: &PolicySet,
    level: &str,
    tag: &str,
    value: &str,
    made: Option<&str>,
) -> Result<String, &'static str> {
    let mut builder = LabelBuilder::new();
    let mut label = || {
        builder.begin_made(set, "TEST", None, made.map(at))?;
        builder.level(set, level)?;
        let kind = if tag == "Caveat" { "RESTRICTIVE" } else { "PERMISSIVE" };
        builder.tag(set, TagClaim { name: tag, kind, id: None })?;
        builder.value(set, value)?;
        if let Some(made) = made {
            builder.created(at(made))?;
        }
        builder.finish()
    };
    let label = label().map_err(|finding: Finding| finding.code.id())?;
    let policy = set.policy(label.policy()).unwrap();
    Ok(format!("{}: {}", policy.edition(), label.text(set)))
}

/// markings.md rule 3: the edition is that of the label's own time; none is no label.
#[test]
fn the_edition_in_force_when_a_label_was_made_governs_it() {
    let set = both();
    let tick = Duration::from_nanos(1);
    let before = at(CHANGED).minus(tick).to_string();
    for (made, expected) in [
        (Some(BEGUN), Ok("old: TEST MIDDLE Release AUT")),
        (Some(&*before), Ok("old: TEST MIDDLE Release AUT")),
        (Some(CHANGED), Err("LG-M005")),
        (Some("2019-12-31T23:59:59Z"), Err("LG-M024")),
        (None, Err("LG-M024")),
    ] {
        assert_eq!(read(&set, "MIDDLE", "Release", "AUT", made), expected.map(String::from), "{made:?}");
    }
    assert_eq!(
        read(&set, "HIGH", "Releasable", "AUT", Some(CHANGED)),
        Ok("new: TEST HIGH Releasable AUT".into())
    );
    assert_eq!(
        read(&set, "HIGH", "Releasable", "AUT", Some(BEGUN)),
        Err("LG-M006"),
        "a name of its own time"
    );
    let mut one = PolicySet::new();
    one.add(edition("new", NEW, NEW_SETS)).unwrap();
    let made = Some(CHANGED);
    assert_eq!(read(&one, "HIGH", "Releasable", "AUT", made), Ok("new: TEST HIGH Releasable AUT".into()));
    assert_eq!(read(&one, "HIGH", "Releasable", "AUT", None), Err("LG-M011"), "a bound label has a date");
    // A binary label does not say when it was made; its code 2 is another level in each edition.
    let ess = LabelFile::read(&[0x31, 14, 6, 9, 0x2B, 6, 1, 4, 1, 0x86, 0x8D, 0x1F, 7, 2, 1, 2]);
    let (mut out, mut found) = (Vec::new(), Vec::new());
    assert!(ess.label(&set, &mut out).is_none() && out[0].code.id() == "LG-M024", "{out:?}");
    let high = ess.label(&one, &mut found).unwrap().label;
    assert_eq!((high.text(&one).to_string(), found.len()), ("TEST HIGH".into(), 0));
    let lookups = [set.named("TEST"), set.with_id("1.3.6.1.4.1.99999.7")];
    assert!(lookups.iter().all(|found| set.policy(found.unwrap()).unwrap().edition() == "new"));
}

/// In the present edition a label says the same words or nothing; it is not lowered, and nobody more reads it.
#[test]
fn a_label_of_an_earlier_edition_keeps_its_words_or_is_held() {
    let set = both();
    let present = set.named("TEST").unwrap();
    let old = set.governing(present, Some(at(BEGUN))).unwrap();
    assert_eq!((set.present(old), set.present(present)), (present, present));
    let made = crate::label::Created { first: at(BEGUN), last: at(BEGUN) };
    let of = |level: &str, values: &[(&str, &str)]| {
        let level = set.level_in(old, level).unwrap().level;
        let values = values.iter().map(|(tag, value)| set.category(old, tag, value).unwrap().value);
        crate::Label { created: Some(made), ..crate::Label::new(old, level, values.collect()) }
    };
    let mapping = Mapping::compile(&set, present, &[]).unwrap();
    for (level, values, expected) in [
        ("HIGH", &[("Release", "AUT"), ("Release", "HRV")][..], Ok("TEST HIGH Releasable HRV, AUT")),
        ("LOW", &[("Caveat", "MED")], Ok("TEST LOW Caveat MED")),
        ("MIDDLE", &[], Err("LG-M020")),
        ("LOW", &[("Caveat", "OWN")], Err("LG-M020")),
    ] {
        let label = of(level, values);
        let told = |found: Result<crate::Label, Finding>| {
            found.map(|label| label.text(&set).to_string()).map_err(|finding| finding.code.id())
        };
        let expected = expected.map(String::from);
        assert_eq!(told(set.in_present_edition(&label, at(NOW))), expected, "{level} {values:?}");
        assert_eq!(told(mapping.map(&label, at(NOW)).map(|mapped| mapped.label)), expected);
        let mut out = Vec::new();
        assert!(set.validate(&label, at(NOW), Duration::ZERO, &mut out), "{out:?}: valid where it was made");
        assert!(set.in_force(old, at(NOW)).is_ok());
    }
    // A release value that nobody needs to hold any more would let more people read.
    let mut opened = settings("TEST", "1.3.6.1.4.1.99999.7");
    opened.edition = "open".into();
    opened.everyone = Vec::from([("Releasable".to_string(), "AUT".to_string())]);
    let mut set = PolicySet::new();
    let present = set.add(Policy::from_spif(spif(NEW, NEW_SETS).as_bytes(), &opened).unwrap()).unwrap();
    let old = set.add_earlier(present, edition("old", OLD, OLD_SETS), at(BEGUN), at(CHANGED)).unwrap();
    let aut = set.category(old, "Release", "AUT").unwrap().value;
    let label = crate::Label::new(old, 0, [aut].into_iter().collect());
    assert_eq!(set.in_present_edition(&label, at(NOW)).unwrap_err().code.id(), "LG-M020");
}

/// By way of the present edition an earlier label goes on into another policy.
#[test]
fn an_equivalence_takes_labels_of_earlier_editions_too() {
    let mut set = both();
    for (_, policy) in crate::testing::policies().iter() {
        set.add(policy.clone()).unwrap();
    }
    let level = |term: &str, is: &str| LevelTerm { term: term.into(), language: None, is: is.into() };
    let equivalence = Equivalence {
        name: "test-mission".into(),
        from: "TEST".into(),
        to: "MISSION".into(),
        levels: Vec::from([level("LOW", "RESTRICTED"), level("HIGH", "SECRET")]),
        categories: Vec::from([(
            ("Releasable".into(), "AUT".into()),
            ("Releasable To".into(), "AUT".into()),
        )]),
        valid_from: Time::MIN,
        valid_until: Time::MAX,
        authority: "test".into(),
    };
    let mission = set.named("MISSION").unwrap();
    let mapping = Mapping::compile(&set, mission, &[equivalence]).unwrap();
    let old = set.governing(set.named("TEST").unwrap(), Some(at(BEGUN))).unwrap();
    let aut = set.category(old, "Release", "AUT").unwrap().value;
    let high = set.level_in(old, "HIGH").unwrap().level;
    let mapped = mapping.map(&crate::Label::new(old, high, [aut].into_iter().collect()), at(NOW)).unwrap();
    assert_eq!(mapped.label, label(&set, "MISSION", "SECRET", &[("Releasable To", "AUT")]));
}

/// The edition of 2015 before that of 2021: one set has another name, one code another meaning, some names are gone.
#[test]
fn published_editions_of_nato_stand_beside_each_other() {
    let load = |path: &str, edition: &str| {
        let mut of = settings("NATO", "1.3.26.1.3.1");
        of.edition = edition.into();
        Some(Policy::from_spif(&crate::testing::corpus(path)?, &of).unwrap())
    };
    let Some(v88) = load("nmbs/20210506_PU_NATO_Security_Policy-v88.spif", "88") else { return };
    let v79 = load("sparrow/nato.xml", "79").unwrap();
    let mut set = PolicySet::new();
    let present = set.add(v88).unwrap();
    let old = set.add_earlier(present, v79, at("2015-11-06T14:30:20Z"), at("2021-05-06T10:00:00Z")).unwrap();
    let told = |values: &[(&str, &str)]| {
        let level = set.level_in(old, "SECRET").unwrap().level;
        let values = values.iter().map(|(tag, value)| set.category(old, tag, value).unwrap().value);
        let made = at("2018-01-01T00:00:00Z");
        let created = Some(crate::label::Created { first: made, last: made });
        let label = crate::Label { created, ..crate::Label::new(old, level, values.collect()) };
        let found = set.in_present_edition(&label, at(NOW));
        found.map(|label| label.text(&set).to_string()).map_err(|finding| finding.code.id())
    };
    let nato = ("Context", "NATO");
    assert_eq!(told(&[nato]), Ok("NATO SECRET".into()));
    assert_eq!(
        told(&[nato, ("Additional Sensitivity", "ATOMAL")]),
        Ok("NATO SECRET Special Category Designators ATOMAL".into())
    );
    let open = [nato, ("Context", "Releasable"), ("Releasable To", "NATO"), ("Releasable To", "CHE")];
    assert_eq!(told(&open), Ok("NATO SECRET Releasable To CHE".into()));
    for gone in [("Additional Sensitivity", "INTELLIGENCE"), ("Context", "ISAF"), ("Releasable To", "PARP")] {
        assert_eq!(told(&[nato, gone]), Err("LG-M020"), "{gone:?}");
    }
}

#[test]
fn editions_that_leave_open_which_one_governs_do_not_compile() {
    let add = |policy: Policy, from: &str, until: &str| {
        let mut set = both();
        let present = set.named("TEST").unwrap();
        set.add_earlier(present, policy, at(from), at(until)).map_err(|fault| (fault.code, fault.says))
    };
    assert!(add(edition("older", OLD, OLD_SETS), "2010-01-01T00:00:00Z", BEGUN).is_ok());
    let turned = OLD.replace("hierarchy=\"3\"", "hierarchy=\"0\"");
    let limited =
        spif(OLD, OLD_SETS).replace("version=\"1\"", "version=\"1\" notBefore=\"2015-01-01T00:00:00Z\"");
    let mut of = settings("TEST", "1.3.6.1.4.1.99999.7");
    of.edition = "older".into();
    let limited = Policy::from_spif(limited.as_bytes(), &of).unwrap();
    let nato = crate::testing::policies().iter().last().unwrap().1.clone();
    for (policy, from, until, says) in [
        (edition("older", OLD, OLD_SETS), "2010-01-01T00:00:00Z", "2020-01-01T00:00:01Z", "meets that"),
        (edition("older", OLD, OLD_SETS), BEGUN, BEGUN, "empty"),
        (edition("old", OLD, OLD_SETS), "2010-01-01T00:00:00Z", BEGUN, "twice"),
        (edition("new", OLD, OLD_SETS), "2010-01-01T00:00:00Z", BEGUN, "twice"),
        (edition("older", &turned, OLD_SETS), "2010-01-01T00:00:00Z", BEGUN, "lower level"),
        (limited, "2010-01-01T00:00:00Z", BEGUN, "its SPIF"),
        (nato, "2010-01-01T00:00:00Z", BEGUN, "another policy"),
    ] {
        let (code, found) = add(policy, from, until).unwrap_err();
        assert!(code == "P067" && found.contains(says), "{found}");
    }
    // The present edition begins where its file says so, and no earlier one reaches into it.
    let mut set = PolicySet::new();
    let begun =
        spif(NEW, NEW_SETS).replace("version=\"1\"", "version=\"1\" notBefore=\"2025-01-01T00:00:00Z\"");
    let present = set
        .add(Policy::from_spif(begun.as_bytes(), &settings("TEST", "1.3.6.1.4.1.99999.7")).unwrap())
        .unwrap();
    let found = set.add_earlier(present, edition("old", OLD, OLD_SETS), at(BEGUN), at(CHANGED)).unwrap_err();
    assert_eq!(found.code, "P067");
}
