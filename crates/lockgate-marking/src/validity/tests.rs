use crate::builder::{LabelBuilder, TagClaim};
use crate::label::Created;
use crate::spif::check;
use crate::testing::{at, corpus, label, policies, settings, small};
use crate::{Kind, Label, Policy, PolicySet, Settings};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};

const NOW: &str = "2026-03-01T10:05:00Z";
const LEVELS: &str = r#"<securityClassification name="LOW" lacv="1" hierarchy="1"/>
    <securityClassification name="HIGH" lacv="2" hierarchy="2"/>
    <securityClassification name="OLD" lacv="3" hierarchy="3" obsolete="true"/>
    <securityClassification name="TOP" lacv="4" hierarchy="4"><requiredCategory operation="oneOrMore">
        <categoryGroup tagSetRef="S" tagType="restrictive" lacv="1"/><categoryGroup tagSetRef="S" tagType="restrictive" lacv="2"/>
    </requiredCategory></securityClassification>"#;
const SETS: &str = r#"<securityCategoryTagSet name="S" id="1.2.3">
    <securityCategoryTag name="R" tagType="restrictive">
        <tagCategory name="A" lacv="1"/>
        <tagCategory name="B" lacv="2"><excludedClass>LOW</excludedClass></tagCategory>
        <tagCategory name="C" lacv="3" requiredClass="HIGH"/>
        <tagCategory name="D" lacv="4" obsolete="true"/>
        <tagCategory name="E" lacv="5" notBefore="2026-01-01T00:00:00Z" notAfter="2026-12-31T23:59:59Z"/>
        <tagCategory name="F" lacv="6"><requiredCategory operation="all"><categoryGroup tagSetRef="S" tagType="restrictive" lacv="1"/>
            <categoryGroup tagSetRef="S" tagType="restrictive" lacv="2"/></requiredCategory></tagCategory>
        <tagCategory name="G" lacv="7"><requiredCategory operation="onlyOne"><categoryGroup tagSetRef="S" tagType="tagType7" all="true"/>
            </requiredCategory></tagCategory>
        <tagCategory name="H" lacv="8"><excludedCategory tagSetRef="S" tagType="restrictive" lacv="1"/></tagCategory>
        <tagCategory name="I" lacv="9"><excludedCategory tagSetRef="S" tagType="restrictive" all="true"/></tagCategory>
    </securityCategoryTag>
    <securityCategoryTag name="N" tagType="tagType7" tag7Encoding="bitSetAttributes" maxSelection="2">
        <tagCategory name="X" lacv="1"/><tagCategory name="Y" lacv="2"/><tagCategory name="Z" lacv="3"/>
    </securityCategoryTag></securityCategoryTagSet>"#;

fn findings(set: &PolicySet, label: &Label, now: Time) -> Vec<&'static str> {
    let mut out = Vec::new();
    let valid = set.validate(label, now, Duration::from_secs(5), &mut out);
    assert_eq!(valid, out.is_empty());
    out.into_iter().map(|finding| finding.code.id()).collect()
}

#[test]
fn each_rule_of_a_policy_is_enforced_both_ways() {
    let set = small(LEVELS, SETS, |_| {});
    let codes =
        |level: &str, values: &[(&str, &str)]| findings(&set, &label(&set, "TEST", level, values), at(NOW));
    let none: [&str; 0] = [];
    for (level, values, expected) in [
        ("LOW", &[("R", "A")][..], &none[..]),
        ("LOW", &[("R", "B")], &["LG-M012"]),
        ("HIGH", &[("R", "B"), ("R", "C")], &[]),
        ("LOW", &[("R", "C")], &["LG-M012"]),
        ("OLD", &[], &["LG-M016"]),
        ("LOW", &[("R", "D")], &["LG-M016"]),
        ("TOP", &[], &["LG-M013"]),
        ("TOP", &[("R", "A")], &[]),
        ("TOP", &[("R", "A"), ("R", "B")], &[]),
        ("HIGH", &[("R", "F"), ("R", "A")], &["LG-M013"]),
        ("HIGH", &[("R", "F"), ("R", "A"), ("R", "B")], &[]),
        ("LOW", &[("R", "G")], &["LG-M013"]),
        ("LOW", &[("R", "G"), ("N", "X")], &[]),
        ("LOW", &[("R", "G"), ("N", "X"), ("N", "Y")], &["LG-M013"]),
        ("LOW", &[("R", "H"), ("R", "A")], &["LG-M014"]),
        ("HIGH", &[("R", "H"), ("R", "B")], &[]),
        ("LOW", &[("R", "I")], &[]),
        ("LOW", &[("R", "I"), ("R", "A")], &["LG-M014"]),
        ("LOW", &[("N", "X"), ("N", "Y"), ("N", "Z")], &["LG-M015"]),
        ("LOW", &[("R", "B"), ("R", "C"), ("R", "D")], &["LG-M012", "LG-M012", "LG-M016"]),
    ] {
        assert_eq!(codes(level, values), expected, "{level} {values:?}");
    }
}

#[test]
fn a_least_number_of_selections_is_enforced() {
    let sets = SETS.replace(r#"maxSelection="2""#, r#"minSelection="1" singleSelection="true""#);
    let set = small(LEVELS, &sets, |_| {});
    let codes = |values: &[(&str, &str)]| findings(&set, &label(&set, "TEST", "LOW", values), at(NOW));
    assert_eq!(codes(&[]), ["LG-M015"]);
    assert_eq!(codes(&[("N", "X")]), [""; 0]);
    assert_eq!(codes(&[("N", "X"), ("N", "Y")]), ["LG-M015"]);
}

#[test]
fn dates_count_to_the_nanosecond() {
    let set = small(LEVELS, SETS, |_| {});
    let tick = Duration::from_nanos(1);
    let dated = |values: &[(&str, &str)], created: Time| {
        let created = Some(Created { first: created, last: created });
        Label { created, ..label(&set, "TEST", "LOW", values) }
    };
    // Creation: at most now + skew (5 s).
    let limit = at("2026-03-01T10:05:05Z");
    for (created, fine) in [(limit.minus(tick), true), (limit, true), (limit.plus(tick), false)] {
        assert_eq!(findings(&set, &dated(&[], created), at(NOW)).is_empty(), fine, "{created}");
    }
    // Validity of a value, at creation and now. `notAfter` is the last valid instant.
    let (first, last) = (at("2026-01-01T00:00:00Z"), at("2026-12-31T23:59:59Z"));
    for (time, fine) in [
        (first.minus(tick), false),
        (first, true),
        (first.plus(tick), true),
        (last.minus(tick), true),
        (last, true),
        (last.plus(tick), false),
    ] {
        let undated = label(&set, "TEST", "LOW", &[("R", "E")]);
        assert_eq!(findings(&set, &undated, time).is_empty(), fine, "judged at {time}");
        let made = dated(&[("R", "E")], time);
        let expected = fine || time > last;
        let inside = at("2026-12-31T00:00:00Z").max(time.min(last));
        assert_eq!(findings(&set, &made, inside).is_empty(), fine, "made at {time} ({expected})");
    }
    // Obsolete: only where the label is older than the edition (2026-01-01T00:00:00Z).
    for (time, fine) in [(first.minus(tick), true), (first, false), (first.plus(tick), false)] {
        assert_eq!(findings(&set, &dated(&[("R", "D")], time), at(NOW)).is_empty(), fine, "{time}");
    }
}

#[test]
fn an_edition_has_its_period() {
    let text = crate::testing::spif(LEVELS, SETS)
        .replace("<SPIF ", r#"<SPIF notBefore="2026-01-01T00:00:00Z" notAfter="2026-12-31T00:00:00Z" "#);
    assert_eq!(check(text.as_bytes()), []);
    let mut set = PolicySet::new();
    let policy = set
        .add(Policy::from_spif(text.as_bytes(), &settings("TEST", "1.3.6.1.4.1.99999.7")).unwrap())
        .unwrap();
    let end = at("2026-12-31T00:00:00Z").plus(Duration::from_nanos(1));
    assert_eq!(set.in_force(policy, at("2026-01-01T00:00:00Z")), Ok(end));
    assert_eq!(set.in_force(policy, at("2026-12-31T00:00:00Z")), Ok(end));
    for time in [end, at("2025-12-31T23:59:59.999999999Z")] {
        assert_eq!(set.in_force(policy, time).unwrap_err().code.id(), "LG-M024");
    }
}

#[test]
fn the_prose_of_nato_is_enforced() {
    let set = policies();
    let broken = |level: &str, values: &[(&str, &str)]| {
        findings(&set, &label(&set, "NATO", level, values), at(NOW)).len()
    };
    let (nato, open) = (("Context", "NATO"), ("Context", "Releasable"));
    let (to_nato, to_aut) = (("Releasable To", "NATO"), ("Releasable To", "AUT"));
    let sensitive = |value| ("Additional Sensitivity", value);
    for (level, values, rules) in [
        ("RESTRICTED", &[nato][..], 0),
        ("RESTRICTED", &[], 1),
        ("RESTRICTED", &[nato, ("Context", "EAPC")], 1),
        ("RESTRICTED", &[nato, open], 1),
        ("RESTRICTED", &[nato, to_nato, to_aut], 1),
        ("RESTRICTED", &[nato, open, to_nato, to_aut], 0),
        ("RESTRICTED", &[nato, open, to_nato], 1),
        ("RESTRICTED", &[nato, open, to_aut], 2),
        ("RESTRICTED", &[nato, open, to_aut, ("Releasable To", "CHE")], 1),
        ("UNCLASSIFIED", &[nato, ("Administrative", "STAFF")], 0),
        ("RESTRICTED", &[nato, ("Administrative", "STAFF")], 1),
        ("CONFIDENTIAL", &[nato, sensitive("ATOMAL")], 0),
        ("RESTRICTED", &[nato, sensitive("ATOMAL")], 1),
        ("TOP SECRET", &[nato, sensitive("BOHEMIA")], 0),
        ("SECRET", &[nato, sensitive("BOHEMIA")], 1),
        ("RESTRICTED", &[nato, sensitive("CRYPTO")], 1),
    ] {
        assert_eq!(broken(level, values), rules, "{level} {values:?}");
    }
}

/// The labels of ADatP-4774 table 17, as text, with what surevine/spiffing expects of them.
#[test]
fn the_published_nato_labels_are_judged_as_published() {
    let Some(spif) = corpus("surevine-spiffing/nato-4774-policy.xml") else { return };
    let plain = Settings { review: Some(crate::Review::Optional), ..settings("NATO", "1.3.26.1.3.1") };
    let mut set = PolicySet::new();
    set.add(Policy::from_spif(&spif, &plain).unwrap()).unwrap();
    for (name, valid, text) in [
        ("17-1", true, "NATO UNCLASSIFIED Releasable To ISAF, KFOR, RESOLUTE SUPPORT"),
        ("17-2", true, "NATO UNCLASSIFIED"),
        ("17-3", true, "NATO UNCLASSIFIED Administrative STAFF"),
        ("17-4", true, "NATO RESTRICTED Releasable To JPN, CHE, UKR"),
        ("17-5", false, ""),
        ("17-6", true, "NATO/KFOR CONFIDENTIAL Only IRL, SWE, UKR, NATO"),
    ] {
        let file = corpus(&alloc::format!("surevine-spiffing/nato-4774-{name}.nato")).unwrap();
        let label = bound(&set, core::str::from_utf8(&file).unwrap());
        assert_eq!(findings(&set, &label, at(NOW)).is_empty(), valid, "{name}");
        if valid {
            assert_eq!(label.text(&set).to_string(), text, "{name}");
        }
    }
}

/// A label element, without the checks of its type.
fn bound(set: &PolicySet, text: &str) -> Label {
    let document = roxmltree::Document::parse(text).unwrap();
    let find = |name: &str| document.descendants().find(|node| node.tag_name().name() == name).unwrap();
    let mut builder = LabelBuilder::new();
    builder.begin(set, find("PolicyIdentifier").text().unwrap(), None).unwrap();
    builder.level(set, find("Classification").text().unwrap()).unwrap();
    for category in document.descendants().filter(|node| node.tag_name().name() == "Category") {
        let attribute = |name: &str| category.attribute(name).unwrap();
        assert!(Kind::named(attribute("Type")).is_some());
        builder.tag(set, TagClaim { name: attribute("TagName"), kind: attribute("Type"), id: None }).unwrap();
        let values: Vec<String> =
            category.children().filter_map(|node| node.text().map(|text| text.trim().to_string())).collect();
        for value in values.iter().filter(|value| !value.is_empty()) {
            builder.value(set, value).unwrap();
        }
    }
    builder.created(at("2026-01-01T00:00:00Z")).unwrap();
    builder.finish().unwrap()
}

/// Rule 3: a label says no edition; one that was made outside of the period of this one is held.
#[test]
fn a_label_of_another_edition_is_held() {
    let spif = crate::testing::spif(r#"<securityClassification name="LOW" lacv="1" hierarchy="1"/>"#, "")
        .replace("<SPIF ", r#"<SPIF notBefore="2026-01-01T00:00:00Z" notAfter="2026-12-31T23:59:59Z" "#);
    let mut set = PolicySet::new();
    set.add(Policy::from_spif(spif.as_bytes(), &settings("TEST", "1.3.6.1.4.1.99999.7")).unwrap()).unwrap();
    let made = |created: &str| {
        let made = Created { first: at(created), last: at(created) };
        Label { created: Some(made), ..label(&set, "TEST", "LOW", &[]) }
    };
    for (created, held) in [
        ("2025-12-31T23:59:59.999999999Z", true),
        ("2026-01-01T00:00:00Z", false),
        ("2026-12-31T23:59:59Z", false),
        ("2027-01-01T00:00:00Z", true),
    ] {
        let found = findings(&set, &made(created), at("2027-06-01T00:00:00Z"));
        assert_eq!(found == ["LG-M024"], held, "{created}: {found:?}");
    }
}

/// Rule 5: names compare byte for byte, so an accent that is written as a character of its own makes another word.
#[test]
fn another_composition_of_a_letter_is_another_word() {
    let spif = crate::testing::spif("<securityClassification name=\"TRÈS\" lacv=\"1\" hierarchy=\"1\"/>", "");
    let mut set = PolicySet::new();
    set.add(Policy::from_spif(spif.as_bytes(), &settings("TEST", "1.3.6.1.4.1.99999.7")).unwrap()).unwrap();
    let level = |name: &str| {
        let mut builder = LabelBuilder::new();
        builder.begin(&set, "TEST", None).unwrap();
        builder.level(&set, name).map_err(|finding| finding.code.id())
    };
    assert_eq!(level("TR\u{C8}S"), Ok(()));
    assert_eq!(level("TRE\u{300}S"), Err("LG-M005"));
}
