use super::{Access, Clearance};
use crate::bits::Bits;
use crate::testing::{corpus, label, policies, settings};
use crate::{Absent, Kind, Label, Policy, PolicySet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const CLEARANCE: &str = r#"<ConfidentialityClearance xmlns="urn:nato:stanag:4774:confidentialityclearance:1:0"
    xmlns:l="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0">
    <l:PolicyIdentifier URI="urn:oid:1.3.6.1.4.1.99999.1">MISSION</l:PolicyIdentifier>
    <ClassificationList><l:Classification>UNCLASSIFIED</l:Classification><l:Classification>SECRET</l:Classification></ClassificationList>
    <l:Category Type="PERMISSIVE" TagName="Releasable To"><l:GenericValue>AUT</l:GenericValue></l:Category>
    <l:Category Type="RESTRICTIVE" TagName="Special Handling"><l:GenericValue>MEDICAL</l:GenericValue></l:Category>
    </ConfidentialityClearance>"#;

#[test]
fn a_clearance_is_read_and_decides() {
    let set = policies();
    let clearance = Clearance::from_xml(CLEARANCE.as_bytes(), &set).unwrap();
    let expected = Clearance::new(
        &set,
        "MISSION",
        &["UNCLASSIFIED", "SECRET"],
        &[("Releasable To", "AUT"), ("Special Handling", "MEDICAL")],
    );
    assert_eq!(clearance, expected.unwrap());
    let access = |policy: &str, level: &str, values: &[(&str, &str)]| {
        clearance.access(&label(&set, policy, level, values), &set)
    };
    let aut = ("Releasable To", "AUT");
    assert_eq!(access("MISSION", "SECRET", &[aut]), Access::Granted);
    assert_eq!(access("MISSION", "RESTRICTED", &[aut]), Access::Denied, "a set of levels is no ceiling");
    assert_eq!(access("MISSION", "SECRET", &[("Releasable To", "HRV")]), Access::Denied);
    assert_eq!(access("MISSION", "SECRET", &[aut, ("Releasable To", "HRV")]), Access::Granted);
    assert_eq!(access("MISSION", "SECRET", &[]), Access::Undecided);
    assert_eq!(
        access("MISSION", "SECRET", &[aut, ("Special Handling", "MEDICAL"), ("Purpose", "TRAINING")]),
        Access::Granted
    );
    assert_eq!(access("MISSION", "SECRET", &[("Special Handling", "NATIONAL EYES")]), Access::Denied);
    assert_eq!(access("NATO", "SECRET", &[aut]), Access::Denied);
}

#[test]
fn a_wrong_clearance_is_refused() {
    let set = policies();
    let code = |from: &str, to: &str| {
        assert!(CLEARANCE.contains(from));
        Clearance::from_xml(CLEARANCE.replace(from, to).as_bytes(), &set).unwrap_err()[0].code
    };
    assert_eq!(code("</ConfidentialityClearance>", ""), "P080");
    assert_eq!(code("ConfidentialityClearance", "Clearance"), "P080");
    assert_eq!(code("<ConfidentialityClearance", "<!DOCTYPE x><ConfidentialityClearance"), "P080");
    assert_eq!(code("ClassificationList", "l:Category"), "P080");
    assert_eq!(code("99999.1", "99999.2"), "P081");
    assert_eq!(code(">SECRET<", ">TOP SECRET<"), "P081");
    assert_eq!(code(">AUT<", ">XKS<"), "P081");
    assert_eq!(code(">AUT<", ">AUT<!-- -->X<"), "P081", "what stands behind a comment is read too");
    assert_eq!(code("RESTRICTIVE", "PERMISSIVE"), "P081");
    assert_eq!(code("l:GenericValue", "IntegerValue"), "P082");
    assert_eq!(code("l:Category", "Caveat"), "P082");
    let dated = "<ConfidentialityClearance notAfter=\"2020-01-01\"";
    assert_eq!(code("<ConfidentialityClearance", dated), "P082");
    for misspelt in ["Uri=", "URL=", "l:URI="] {
        assert_eq!(code("URI=", misspelt), "P082", "{misspelt}: the identifier is never compared");
    }
    assert_eq!(code("<l:Category Type=\"PERM", "<l:Category l:URI=\"urn:oid:1.2\" Type=\"PERM"), "P082");
    assert_eq!(code("<ClassificationList", "<ClassificationList until=\"2020-01-01\""), "P082");
    assert_eq!(code("<l:Classification>S", "<l:Classification URI=\"urn:oid:1.2\">S"), "P082");
    assert_eq!(code("<l:GenericValue>A", "<l:GenericValue lacv=\"1\">A"), "P082");
    let nil = "<l:GenericValue xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\">A";
    assert_eq!(code("<l:GenericValue>A", nil), "P082");
    assert_eq!(code("<ClassificationList>", "<ClassificationList>not "), "P082");
    assert_eq!(code("</ClassificationList>", "</ClassificationList>until 2020"), "P082");
    assert_eq!(code(">AUT</l:GenericValue>", ">AUT</l:GenericValue>no more"), "P082");
    assert_eq!(code(">AUT<", ">AUT<l:Except/><"), "P082");
    assert_eq!(code(">MISSION<", ">MISSION<l:Except/><"), "P082");
    assert_eq!(code(">SECRET<", ">SECRET<l:Except/><"), "P082");
    assert_eq!(code(">UNCLASSIFIED<", ">SECRET<"), "P081", "a level twice");
    let located = "<ConfidentialityClearance xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:schemaLocation=\"a b\" xml:lang=\"en\"";
    let text = CLEARANCE.replacen("<ConfidentialityClearance", located, 1);
    assert!(Clearance::from_xml(text.as_bytes(), &set).is_ok(), "they say nothing about who reads what");
    assert_eq!(Clearance::from_xml(b"\xFF", &set).unwrap_err()[0].code, "P080");
    assert_eq!(Clearance::new(&set, "MISSION", &["TOP"], &[]).unwrap_err().code, "P081");
}

/// surevine/spiffing's food policy, brought to SPIF 2.1: the file has no namespace, a misspelt end tag and an
/// attribute that the schema does not know. Absence is no constraint there.
fn food() -> Option<PolicySet> {
    let text = String::from_utf8(corpus("surevine-spiffing/food-policy.xml")?).unwrap();
    let text = text
        .replace("<SPIF>", r#"<SPIF xmlns="http://www.xmlspif.org/spif" schemaVersion="2.1" creationDate="20150101000000Z" originatorDN="CN=Food" keyIdentifier="00" privilegeId="1.2.826.0.1" rbacId="1.2.826.0.1">"#)
        .replace("securityCategiryTagSet", "securityCategoryTagSet")
        .replace("<markingQualifier code=", "<markingQualifier markingCode=");
    let mut settings = settings("Food", "1.2.826.0.1.6726289.0.0");
    settings.absent = ["Taste Sensations", "Ethics"].map(|tag| (tag.to_string(), Absent::Universe)).to_vec();
    let mut set = PolicySet::new();
    set.add(Policy::from_spif(text.as_bytes(), &settings).unwrap()).unwrap();
    Some(set)
}

/// Levels and values of a label or clearance in spiffing's own format, which carries codes.
fn coded(set: &PolicySet, file: &str) -> (Vec<u16>, Bits) {
    let bytes = corpus(file).unwrap();
    let document = roxmltree::Document::parse(core::str::from_utf8(&bytes).unwrap()).unwrap();
    let policy = set.iter().next().unwrap().0;
    let (mut levels, mut values) = (Vec::new(), Bits::EMPTY);
    for node in document.descendants().filter(|node| node.is_element()) {
        let code = node.attribute("lacv").unwrap_or("");
        match node.tag_name().name() {
            "classification" => levels.push(set.level_coded(policy, code.parse().unwrap()).unwrap().level),
            "tag" => {
                let kind = match node.attribute("type").unwrap() {
                    "permissive" | "enumeratedPermissive" => Kind::Permissive,
                    "restrictive" | "enumeratedRestrictive" => Kind::Restrictive,
                    "informative" => Kind::Informative,
                    other => panic!("{other}"),
                };
                values.insert(
                    set.category_coded(policy, node.attribute("id").unwrap(), kind, code).unwrap().value,
                );
            }
            _ => {}
        }
    }
    (levels, values)
}

/// The decisions and validities that surevine/spiffing's tests.xml expects of the food policy.
#[test]
fn the_vectors_of_spiffing_are_met() {
    let Some(set) = food() else { return };
    let policy = set.iter().next().unwrap().0;
    let read = |name: &str| {
        let (levels, values) = coded(&set, &alloc::format!("surevine-spiffing/{name}.xml"));
        Label::new(policy, levels[0], values)
    };
    let milk = read("food-label-milk-chocolate");
    for (clearance, expected) in
        [("food-clearance-lactose-intolerant", Access::Denied), ("food-clearance-all-okay", Access::Granted)]
    {
        let (levels, values) = coded(&set, &alloc::format!("surevine-spiffing/{clearance}.xml"));
        let levels = levels.iter().fold(0, |mask, level| mask | (1 << level));
        assert_eq!(Clearance { policy, levels, values }.access(&milk, &set), expected, "{clearance}");
    }
    for (name, valid) in [
        ("food-label-milk-chocolate", true),
        ("food-label-cheap-milk-chocolate", false),
        ("food-label-meaty-milk-chocolate", false),
        ("food-label-bacon", true),
        ("food-label-water", true),
    ] {
        let mut out = Vec::new();
        let now = crate::testing::at("2026-01-01T00:00:00Z");
        assert_eq!(
            set.validate(&read(name), now, lockgate_bytes::Duration::ZERO, &mut out),
            valid,
            "{name}: {out:?}"
        );
    }
}
