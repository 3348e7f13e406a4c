use crate::testing::{label, settings, spif};
use crate::{Absent, Policy, PolicyIx, PolicySet};
use alloc::format;
use alloc::string::String;

const OTHER: &str = r#"<securityClassification name="ONE" lacv="7" hierarchy="1"/>"#;

/// TEST, whose values X (of set 1.1) and Y (of set 1.2) have these equivalents in OTHER, with A, B (permissive, 2.1),
/// R (restrictive, 2.2) and I (informative, 2.3).
fn set(x: &str, y: &str, level: &str) -> PolicySet {
    let tag = |name: &str, id: &str, kind: &str, values: &str| {
        format!(
            r#"<securityCategoryTagSet name="{name}" id="{id}"><securityCategoryTag tagType="{kind}" tag7Encoding="bitSetAttributes">{values}</securityCategoryTag></securityCategoryTagSet>"#
        )
    };
    let value = |name: &str, lacv: u32, more: &str| {
        format!(r#"<tagCategory name="{name}" lacv="{lacv}">{more}</tagCategory>"#)
    };
    let levels = format!(
        r#"<securityClassification name="LOW" lacv="1" hierarchy="1">{level}</securityClassification>"#
    );
    let own = tag("P", "1.1", "permissive", &value("X", 1, x))
        + &tag("Q", "1.2", "permissive", &value("Y", 1, y))
        + &tag(
            "N",
            "1.3",
            "restrictive",
            &value(
                "Z",
                1,
                r#"<equivalentSecCategoryTag policyRef="OTHER" tagSetId="2.2" tagType="restrictive" lacv="1" applied="encrypt" action="discard"/>"#,
            ),
        );
    let own = spif(&levels, &own).replace(
        "</SPIF>",
        r#"<equivalentPolicies><equivalentPolicy name="OTHER" id="1.5"/></equivalentPolicies></SPIF>"#,
    );
    let other = tag("P", "2.1", "permissive", &(value("A", 1, "") + &value("B", 2, "")))
        + &tag("R", "2.2", "restrictive", &value("R", 1, ""))
        + &tag("I", "2.3", "tagType7", &value("I", 1, ""));
    let other =
        spif(OTHER, &other).replace(r#"name="TEST" id="1.3.6.1.4.1.99999.7""#, r#"name="OTHER" id="1.5""#);
    let mut set = PolicySet::new();
    let load = |text: &str, name: &str, id: &str, absent: &[&str]| {
        let mut settings = settings(name, id);
        settings.absent = absent.iter().map(|tag| (String::from(*tag), Absent::Universe)).collect();
        Policy::from_spif(text.as_bytes(), &settings).unwrap()
    };
    set.add(load(&own, "TEST", "1.3.6.1.4.1.99999.7", &["P", "Q"])).unwrap();
    set.add(load(&other, "OTHER", "1.5", &["P"])).unwrap();
    set
}

fn to(set_id: &str, kind: &str, lacv: u32) -> String {
    format!(
        r#"<equivalentSecCategoryTag policyRef="OTHER" tagSetId="{set_id}" tagType="{kind}" lacv="{lacv}" applied="encrypt"/>"#
    )
}

fn level(more: &str) -> String {
    format!(
        r#"<equivalentClassification policyRef="OTHER" lacv="7" applied="encrypt">{more}</equivalentClassification>"#
    )
}

fn declared(set: &PolicySet, values: &[(&str, &str)]) -> Result<String, &'static str> {
    let found = set.declared(&label(set, "TEST", "LOW", values), PolicyIx(1));
    found.map(|label| format!("{}", label.text(set))).map_err(|finding| finding.code.id())
}

/// Rules 40 and 41: only what is listed is mapped, and nothing is widened on the way.
#[test]
fn only_what_is_declared_is_mapped() {
    let good = set(&to("2.1", "permissive", 1), &to("2.1", "permissive", 2), &level(""));
    assert_eq!(declared(&good, &[]).as_deref(), Ok("OTHER ONE"));
    assert_eq!(declared(&good, &[("P", "X")]).as_deref(), Ok("OTHER ONE P A"));
    assert_eq!(declared(&good, &[("Q", "Y")]).as_deref(), Ok("OTHER ONE P B"));
    assert_eq!(
        declared(&good, &[("P", "X"), ("Q", "Y")]),
        Err("LG-M020"),
        "two limits would become a choice"
    );
    assert_eq!(declared(&good, &[("N", "Z")]), Err("LG-M020"), "a restriction is never discarded");
    for (x, why) in [
        (String::new(), "nothing is said of it"),
        (to("2.2", "restrictive", 1), "another type"),
        (to("2.3", "tagType7", 1), "it would stop limiting"),
        (to("2.1", "permissive", 9), "no such code"),
    ] {
        assert_eq!(declared(&set(&x, "", &level("")), &[("P", "X")]), Err("LG-M020"), "{why}");
    }
    assert_eq!(declared(&set("", "", ""), &[]), Err("LG-M020"), "no level is declared");
    let inward = level("").replace("encrypt", "decrypt");
    assert_eq!(declared(&set("", "", &inward), &[]), Err("LG-M020"), "one direction is not the other");
}

#[test]
fn what_nobody_reads_yet_does_not_become_open() {
    let mut closed = set(&to("2.1", "permissive", 1), "", &level(""));
    let own = closed.policies_mut_for_test();
    own.groups[0].absent = Absent::Undecided;
    assert_eq!(declared(&closed, &[]), Err("LG-M020"));
    assert_eq!(declared(&closed, &[("P", "X")]).as_deref(), Ok("OTHER ONE P A"));
}

#[test]
fn what_is_required_there_is_added_or_refused() {
    let need = |operation: &str, what: &str| {
        let group = format!(
            r#"<requiredCategory operation="{operation}"><categoryGroup {what}/></requiredCategory>"#
        );
        set(&to("2.1", "permissive", 1), "", &level(&group))
    };
    let restrictive = r#"tagSetRef="R" tagType="restrictive" lacv="1""#;
    let other_reader = r#"tagSetRef="P" tagType="permissive" lacv="2""#;
    assert_eq!(declared(&need("all", restrictive), &[("P", "X")]).as_deref(), Ok("OTHER ONE P A R R"));
    assert_eq!(declared(&need("oneOrMore", restrictive), &[("P", "X")]), Err("LG-M020"));
    assert_eq!(declared(&need("onlyOne", restrictive), &[("P", "X")]), Err("LG-M020"));
    assert_eq!(declared(&need("all", other_reader), &[("P", "X")]), Err("LG-M020"), "one more reader");
    assert_eq!(declared(&need("all", other_reader), &[]).as_deref(), Ok("OTHER ONE P B"));
}
