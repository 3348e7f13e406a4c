use super::*;
use lockgate_bytes::Duration;

const TO_2_1: &[(&str, &str)] =
    &[(r#"schemaVersion="2.0""#, r#"schemaVersion="2.1""#), ("2015-09-24 09:23:00", "20150924092300Z")];

pub(super) fn food(set: &mut PolicySet) -> Option<PolicyIx> {
    let replace = [
        (
            "<SPIF>",
            r#"<SPIF xmlns="http://www.xmlspif.org/spif" schemaVersion="2.1" creationDate="20150101000000Z" originatorDN="CN=Food" keyIdentifier="00" privilegeId="1.2.826.0.1" rbacId="1.2.826.0.1">"#,
        ),
        ("securityCategiryTagSet", "securityCategoryTagSet"),
        ("<markingQualifier code=", "<markingQualifier markingCode="),
    ];
    add(set, "surevine-spiffing/food-policy.xml", "Food", "1.2.826.0.1.6726289.0.0", &replace)
}

/// TLPX, TLP and UK. In TLPX a group of categories without a code means all of them; in 2.1 that is said.
pub(super) fn tlp(set: &mut PolicySet) -> Option<[PolicyIx; 3]> {
    let all = [
        (
            r#"tagSetRef="Dissemination" tagType="permissive"/>"#,
            r#"tagSetRef="Dissemination" tagType="permissive" all="true"/>"#,
        ),
        (
            r#"tagSetRef="Dissemination" tagType="tagType7"/>"#,
            r#"tagSetRef="Dissemination" tagType="tagType7" all="true"/>"#,
        ),
    ];
    let plus = [TO_2_1, &all].concat();
    let uk = [TO_2_1[0], ("2015-11-11 09:23:00", "20151111092300Z")];
    Some([
        add(set, "surevine-spiffing/tlp-plus.xml", "TLPX", "1.2.826.0.1.6726289.0.1", &plus)?,
        add(set, "surevine-spiffing/tlp.xml", "TLP", "1.2.826.0.1.6726289.0.2", TO_2_1)?,
        add(set, "surevine-spiffing/uk-demo.xml", "UK", "1.2.826.0.1.6726289.0.4", &uk)?,
    ])
}

/// A label or clearance in spiffing's own format, which carries codes: (policy, levels, values).
pub(super) fn coded(set: &PolicySet, file: &str) -> (PolicyIx, Vec<u16>, crate::bits::Bits) {
    let bytes = corpus(&format!("surevine-spiffing/{file}")).unwrap();
    let document = roxmltree::Document::parse(core::str::from_utf8(&bytes).unwrap()).unwrap();
    let named =
        document.descendants().find(|node| node.has_tag_name(("http://surevine.com/xmlns/spiffy", "policy")));
    let policy = set.with_id(named.unwrap().attribute("id").unwrap()).unwrap();
    let (mut levels, mut values) = (Vec::new(), crate::bits::Bits::EMPTY);
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let code = node.attribute("lacv").unwrap_or("");
        match node.tag_name().name() {
            "classification" => levels.push(set.level_coded(policy, code.parse().unwrap()).unwrap().level),
            "tag" => {
                let kind = match node.attribute("type").unwrap() {
                    "permissive" | "enumeratedPermissive" => Kind::Permissive,
                    "restrictive" | "enumeratedRestrictive" => Kind::Restrictive,
                    _ => Kind::Informative,
                };
                let value = set.category_coded(policy, node.attribute("id").unwrap(), kind, code);
                values.insert(value.unwrap_or_else(|| panic!("{file} {code}")).value);
            }
            _ => {}
        }
    }
    (policy, levels, values)
}

/// A label in the 4774 form of spiffing, which is not schema-valid; only its names are read here.
fn named(set: &PolicySet, file: &str) -> Label {
    let bytes = corpus(&format!("surevine-spiffing/{file}")).unwrap();
    let document = roxmltree::Document::parse(core::str::from_utf8(&bytes).unwrap()).unwrap();
    let text = |name: &str| {
        document.descendants().find(|node| node.tag_name().name() == name).unwrap().text().unwrap()
    };
    let level = set.level(text("PolicyIdentifier"), text("Classification")).unwrap();
    let mut values = crate::bits::Bits::EMPTY;
    for node in document.descendants().filter(|node| node.tag_name().name() == "GenericValue") {
        let tag = node.parent_element().unwrap().attribute("TagName").unwrap();
        values.insert(set.category(level.policy(), tag, node.text().unwrap()).unwrap().value);
    }
    Label::new(level.policy(), level.level, values)
}

pub(super) fn label(set: &PolicySet, file: &str) -> Label {
    if file.ends_with(".nato") {
        return named(set, file);
    }
    let (policy, levels, values) = coded(set, file);
    Label::new(policy, levels[0], values)
}

pub(super) fn clearance(set: &PolicySet, file: &str) -> Clearance {
    let (policy, levels, values) = coded(set, file);
    Clearance::from_parts(policy, levels.iter().fold(0, |mask, level| mask | 1 << level), values)
}

fn show(set: &PolicySet, label: &Label, language: Option<&str>) -> String {
    let form = set.policy(label.policy()).unwrap().marking_form(Place::PageBottom, language);
    let text = form.render(label).unwrap();
    if let Ok(back) = form.parse(&text, label.policy()) {
        assert_eq!(back, *label, "rule 7: {text} is read as the label it was written from");
    }
    text
}

/// `valid` of tests.xml: the constraints of the file, without dates and without the prose of ADatP-4774.
fn valid(set: &PolicySet, label: &Label) -> bool {
    set.policy(label.policy()).unwrap().meets_its_file(label)
}

/// Rules 11 and 17: every active case of the first sequence.
#[test]
fn the_food_cases_are_met() {
    let mut set = PolicySet::new();
    if food(&mut set).is_none() {
        return;
    }
    let milk = label(&set, "food-label-milk-chocolate.xml");
    let intolerant = clearance(&set, "food-clearance-lactose-intolerant.xml");
    let okay = clearance(&set, "food-clearance-all-okay.xml");
    let form = set.iter().next().unwrap().1.marking_form(Place::PageBottom, None);
    assert_eq!(
        show(&set, &milk, None),
        "[ Food Sweet/Yummy Chocolate Brown Contains Lactose Not Vegan Animal Rights ]"
    );
    assert_eq!(
        form.render_clearance(&intolerant),
        "[ {Commodity|Luxury} Sweet Contains Peanut+Nut+Gluten Not Vegan ]"
    );
    assert_eq!(intolerant.access(&milk, &set), Access::Denied);
    assert_eq!(okay.access(&milk, &set), Access::Granted);
    for (file, expected) in [
        ("food-label-milk-chocolate.xml", true),
        ("food-label-cheap-milk-chocolate.xml", false),
        ("food-label-meaty-milk-chocolate.xml", false),
        ("food-label-bacon.xml", true),
        ("food-label-water.xml", true),
    ] {
        assert_eq!(valid(&set, &label(&set, file)), expected, "{file}");
    }
    assert_eq!(show(&set, &label(&set, "food-label-water.xml"), None), "[ Food FREE British Flag ]");
    // "Unknown policy id: 1.1" of stupid-label.ber: the bundle has no such policy.
    assert_eq!(set.with_id("1.1"), None);
}

/// The broken food policy is refused for the reason that tests.xml gives, among others.
#[test]
fn the_broken_food_policy_is_refused() {
    let Some(bytes) = corpus("surevine-spiffing/food-policy-borked.xml") else { return };
    let text = String::from_utf8(bytes).unwrap().replace(
        "<SPIF>",
        r#"<SPIF xmlns="http://www.xmlspif.org/spif" schemaVersion="2.1" creationDate="20150101000000Z">"#,
    );
    let found = crate::spif::check(text.as_bytes());
    assert!(found.iter().any(|f| f.code == "P042" && f.names == ["Ambrosia"]), "{found:?}");
    assert!(Policy::from_spif(text.as_bytes(), &settings("Food", "1.2.826.0.1.6726289.0.0")).is_err());
}

/// The second sequence: markings, declared equivalence, access in another policy.
#[test]
fn the_tlp_cases_are_met() {
    let mut set = PolicySet::new();
    let Some([_, tlp, uk]) = tlp(&mut set) else { return };
    let amber = label(&set, "tlpx-amber-eu.xml");
    assert!(valid(&set, &amber));
    assert_eq!(show(&set, &amber, None), "TLPX:AMBER J:EU");
    let in_tlp = set.declared(&amber, tlp).unwrap();
    assert_eq!(
        show(&set, &in_tlp, None),
        "TLP:AMBER [REGION=EU] [Additional Handling May Apply]/[Imported Data]"
    );
    let green = label(&set, "tlpx-green-sh-na.xml");
    assert!(valid(&set, &green));
    assert_eq!(show(&set, &green, None), "TLPX:GREEN J:SafeHarbour Do not action");
    assert_eq!(
        show(&set, &set.declared(&green, tlp).unwrap(), None),
        "TLP:GREEN [REGION=EU/US] [Imported Data]"
    );
    let in_uk = set.declared(&amber, uk).unwrap();
    // The policy of the file is called UK, and its markings begin with DEMO-.
    assert_eq!(show(&set, &in_uk, None), "DEMO-UK SECRET - UK / EU EYES ONLY");
    let holder = clearance(&set, "uk-demo-secret-uk.xml");
    let form = set.policy(uk).unwrap().marking_form(Place::PageBottom, None);
    assert_eq!(
        form.render_clearance(&holder),
        "DEMO-{OFFICIAL|SECRET|TOP SECRET} OFFICIAL-SENSITIVE LOCSEN - UK / NATO / EU EYES ONLY"
    );
    assert_eq!(holder.access(&in_uk, &set), Access::Granted);
    // Nothing says what TLP is in UK, and nothing is made up.
    assert_eq!(set.declared(&in_tlp, uk).unwrap_err().code.id(), "LG-M020");
}

/// The third sequence: table 17 of ADatP-4774, from codes and from names, in English and French. Rule 15: COSMIC.
#[test]
fn the_nato_cases_are_met() {
    let mut set = PolicySet::new();
    if nato_2015(&mut set).is_none() {
        return;
    }
    let to_three = "NATO UNCLASSIFIED Releasable to ISAF, KFOR, RESOLUTE SUPPORT";
    let french = "NATO SANS CLASSIFICATION Communicable a ISAF, KFOR, RESOLUTE SUPPORT";
    let restricted = "NATO RESTRICTED Releasable to Japan, Switzerland, Ukraine";
    let kfor = "NATO/KFOR CONFIDENTIAL Ireland, Sweden, Ukraine, NATO ONLY";
    for (file, language, marking) in [
        ("nato-4774-17-1.xml", None, to_three),
        ("nato-4774-17-1.nato", None, to_three),
        ("nato-4774-17-1.xml", Some("fr-CA"), french),
        ("nato-4774-17-1.xml", Some("fr"), french),
        ("nato-4774-17-2.xml", None, "NATO UNCLASSIFIED"),
        ("nato-4774-17-2.nato", None, "NATO UNCLASSIFIED"),
        ("nato-4774-17-3.xml", None, "NATO UNCLASSIFIED - STAFF"),
        ("nato-4774-17-3.nato", None, "NATO UNCLASSIFIED - STAFF"),
        ("nato-4774-17-4.xml", Some("en-GB"), restricted),
        ("nato-4774-17-4.xml", Some("en"), restricted),
        ("nato-4774-17-4.xml", None, restricted),
        ("nato-4774-17-6.xml", None, kfor),
        ("nato-4774-17-6.nato", None, kfor),
    ] {
        let label = label(&set, file);
        assert!(valid(&set, &label), "{file}");
        assert_eq!(show(&set, &label, language), marking, "{file}");
        let form = set.policy(label.policy()).unwrap().marking_form(Place::PageBottom, language);
        assert_eq!(form.parse(marking, label.policy()), Ok(label), "rule 7: {marking}");
    }
    let (policy, levels, values) = coded(&set, "nato-4774-extra-1.xml");
    let cosmic = Label::new(policy, levels[0], values);
    let form = set.policy(policy).unwrap().marking_form(Place::PageBottom, None);
    assert!(valid(&set, &cosmic));
    assert_eq!(form.render(&cosmic).unwrap(), "COSMIC TOP SECRET");
    // The label has no context; read back, the marking says the context that COSMIC implies.
    let read = form.parse("Cosmic  Top Secret", policy).unwrap();
    assert!(
        read.holds(&set, "Context", "NATO")
            && set.validate(&read, at("2026-01-01T00:00:00Z"), Duration::ZERO, &mut Vec::new())
    );
}

/// Every active case, from the published list itself: all that it says of a case holds, and none is left out.
#[test]
fn every_active_case_of_the_list_is_met() {
    let Some(bytes) = corpus("surevine-spiffing/tests.xml") else { return };
    let text = String::from_utf8(bytes).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let mut cases = 0;
    for sequence in document.root_element().children().filter(|node| node.has_tag_name("sequence")) {
        let mut set = PolicySet::new();
        match sequence.children().find_map(|node| node.attribute("spif")).unwrap() {
            "food-policy.xml" => assert!(food(&mut set).is_some()),
            "tlp-plus.xml" => assert!(tlp(&mut set).is_some()),
            "nato-4774-policy.xml" => assert!(nato_2015(&mut set).is_some()),
            // It has no cases, and a test of its own.
            other => assert_eq!(other, "food-policy-borked.xml"),
        }
        for case in sequence.children().filter(|node| node.has_tag_name("test")) {
            cases += 1;
            is_met(&set, case);
        }
    }
    assert_eq!(cases, 25);
}

fn is_met(set: &PolicySet, case: roxmltree::Node<'_, '_>) {
    let file = case.attribute("label").unwrap();
    if case.has_attribute("exception") {
        // A file that is not there has no bytes.
        let is_there = file != "this-file-does-not-exist.ber";
        let bytes = if is_there { corpus(&format!("surevine-spiffing/{file}")).unwrap() } else { Vec::new() };
        let read = crate::LabelFile::read(&bytes);
        assert_eq!(read.is_well_formed(), is_there, "{file}");
        assert!(read.label(set, &mut Vec::new()).is_none(), "{file}");
        return;
    }
    let language = case.attribute(("http://www.w3.org/XML/1998/namespace", "lang"));
    let form = |policy| set.policy(policy).unwrap().marking_form(Place::PageBottom, language);
    let marking = |label: &Label| form(label.policy()).render(label).unwrap();
    let label = label(set, file);
    if let Some(expected) = case.attribute("valid") {
        assert_eq!(valid(set, &label), expected == "true", "{file}");
    }
    if let Some(expected) = case.attribute("label-marking") {
        assert_eq!(marking(&label), expected, "{file}");
    }
    let there = case.attribute("encrypt").map(|id| set.declared(&label, set.with_id(id).unwrap()).unwrap());
    assert_eq!(there.as_ref().map(marking).as_deref(), case.attribute("encrypt-marking"), "{file}");
    let Some(holder) = case.attribute("clearance").map(|file| clearance(set, file)) else { return };
    if let Some(expected) = case.attribute("clearance-marking") {
        assert_eq!(form(holder.policy()).render_clearance(&holder), expected, "{file}");
    }
    let access = holder.access(there.as_ref().unwrap_or(&label), set);
    assert_eq!(access == Access::Granted, case.attribute("acdf-result") == Some("1"), "{file}");
    assert_ne!(access, Access::Undecided, "{file}");
}
