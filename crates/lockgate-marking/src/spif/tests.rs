mod frame;

use super::{CODES, check};
use crate::testing::{MISSION, NATO, corpus, settings, spif};
use crate::{Policy, Settings, Severity};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

const LEVEL: &str = r#"<securityClassification name="LOW" lacv="1" hierarchy="1"/>"#;

fn set(body: &str) -> String {
    format!(r#"<securityCategoryTagSet name="S" id="1.2.3">{body}</securityCategoryTagSet>"#)
}

fn tag(body: &str) -> String {
    set(&format!(r#"<securityCategoryTag name="T" tagType="permissive">{body}</securityCategoryTag>"#))
}

fn value(rest: &str) -> String {
    tag(&format!(r#"<tagCategory name="A" lacv="1" {rest}/>"#))
}

fn codes(text: &str) -> Vec<&'static str> {
    check(text.as_bytes()).into_iter().map(|finding| finding.code).collect()
}

#[test]
fn our_own_policies_are_clean() {
    assert_eq!(check(MISSION), []);
    assert_eq!(check(NATO), []);
    assert_eq!(codes(&spif(LEVEL, &value(""))), [""; 0]);
}

/// One wrong file for each code that a SPIF can earn. (code, levels, tag sets)
fn wrong_files() -> Vec<(&'static str, String, String)> {
    let level =
        |rest: &str| format!(r#"{LEVEL}<securityClassification name="HIGH" lacv="2" hierarchy="2" {rest}/>"#);
    let low = || LEVEL.to_string();
    let two = |b: &str| tag(&format!(r#"<tagCategory name="A" lacv="1"/>{b}"#));
    let with = |inner: &str| tag(&format!(r#"<tagCategory name="A" lacv="1">{inner}</tagCategory>"#));
    let typed = |attributes: &str| {
        set(&format!(
            r#"<securityCategoryTag name="T" {attributes}><tagCategory name="A" lacv="1"/></securityCategoryTag>"#
        ))
    };
    Vec::from([
        ("P005", r#"<securityClassification name="LOW" hierarchy="1"/>"#.to_string(), String::new()),
        ("P005", r#"<securityClassification name="LOW" lacv="x" hierarchy="1"/>"#.to_string(), String::new()),
        ("P005", String::new(), String::new()),
        ("P006", level(r#"colour="red""#), String::new()),
        ("P006", low() + "<securityLevel/>", String::new()),
        ("P006", low() + "loose text", String::new()),
        ("P006", low(), with(r#"<x:excludedClass xmlns:x="urn:other">LOW</x:excludedClass>"#)),
        ("P007", level(r#"xmlns:x="urn:other" x:y="1""#), String::new()),
        ("P011", low() + r#"<securityClassification name="HIGH" lacv="1" hierarchy="2"/>"#, String::new()),
        ("P012", low() + r#"<securityClassification name="LOW" lacv="2" hierarchy="2"/>"#, String::new()),
        ("P013", low() + r#"<securityClassification name="HIGH" lacv="2" hierarchy="1"/>"#, String::new()),
        ("P014", r#"<securityClassification name="A" lacv="1" hierarchy="1" color="red"/><securityClassification name="B" lacv="2" hierarchy="2" color="red"/>"#.to_string(), String::new()),
        ("P015", level(r#"color="reddish""#), String::new()),
        ("P016", level("").replace("lacv=\"2\"", "lacv=\"-1\""), String::new()),
        ("P016", level("").replace("lacv=\"2\"", "lacv=\"257\""), String::new()),
        ("P020", low(), value("") + r#"<securityCategoryTagSet name="S" id="1.2.4"/>"#),
        ("P021", low(), value("") + r#"<securityCategoryTagSet name="S2" id="1.2.3"/>"#),
        ("P022", low(), set(r#"<securityCategoryTag name="T" tagType="permissive"/><securityCategoryTag name="T" tagType="permissive"/>"#)),
        ("P023", low(), two(r#"<tagCategory name="B" lacv="1"/>"#)),
        ("P023", low(), two(r#"<tagCategory name="B" lacv="001"/>"#)),
        ("P024", low(), two(r#"<tagCategory name="A" lacv="2"/>"#)),
        ("P025", low(), two(r#"<tagCategory name="B&#10;" lacv="2"/>"#)),
        ("P025", low(), two("<tagCategory name=\"B\u{200B}\" lacv=\"2\"/>")),
        ("P026", low(), two(r#"<tagCategory name="B " lacv="2"/>"#)),
        ("P028", low(), two(r#"<tagCategory name="B" lacv="x1"/>"#)),
        ("P028", low(), two(r#"<tagCategory name="B" lacv="-1"/>"#)),
        ("P005", low(), value("").replace("1.2.3", "S-1")),
        ("P005", low(), value("").replace("1.2.3", "3.1")),
        ("P008", low(), value("") + "loose text"),
        ("P027", "<securityClassification name=\"LO\u{200B}W\" lacv=\"1\" hierarchy=\"1\"/>".to_string(), String::new()),
        ("P044", low(), tag(r#"<tagCategory name="A" lacv="1"/><tagCategory name="B" lacv="1"/><tagCategory name="C" lacv="2"><excludedCategory tagSetRef="S" tagType="permissive" lacv="1"/></tagCategory>"#)),
        ("P045", low(), with(r#"<equivalentSecCategoryTag policyRef="P" tagSetId="1.2" tagType="permissive" lacv="1" applied="both" action="discard"/>"#)),
        ("P029", low(), two(r#"<tagCategory name="A" lacv="1"><markingData phrase="B"><code>pageTop</code></markingData></tagCategory>"#)),
        ("P029", low(), two(r#"<tagCategory name="A" lacv="01"><markingQualifier><qualifier markingQualifier="-" qualifierCode="prefix"/></markingQualifier></tagCategory>"#)),
        ("P029", low(), two(r#"<tagCategory name="B" lacv="2"><markingData phrase="A"><code>pageTop</code></markingData></tagCategory>"#)),
        ("P029", low(), two(&["B", "C"].map(|name| format!(r#"<tagCategory name="{name}" lacv="{name}"><markingData phrase="Z" xml:lang="fr"><code>pageTopBottom</code></markingData></tagCategory>"#)).concat())),
        ("P038", low(), value("").replace("</securityCategoryTagSet>", r#"<equivalentSecurityCategoryTagSet policyRef="P" id="1.2"/></securityCategoryTagSet>"#)),
        ("P030", low(), typed(r#"tagType="tagType1""#)),
        ("P031", low(), with(r#"<markingData phrase="x"><code>pageMiddle</code></markingData>"#)),
        ("P031", level(r#"obsolete="yes""#), String::new()),
        ("P032", low(), typed(r#"tagType="enumerated""#)),
        ("P033", low(), typed(r#"tagType="tagType7""#)),
        ("P034", low(), typed(r#"tagType="permissive" minSelection="2" maxSelection="1""#)),
        ("P034", low(), typed(r#"tagType="permissive" minSelection="2""#)),
        ("P034", low(), typed(r#"tagType="permissive" singleSelection="true" maxSelection="3""#)),
        ("P017", low() + r#"<securityClassification name="LО&#x57;" lacv="2" hierarchy="2"/>"#, String::new()),
        ("P017", low(), two(r#"<tagCategory name="А" lacv="2"/>"#)),
        ("P018", low() + r#"<securityClassification name="Low" lacv="2" hierarchy="2"/>"#, String::new()),
        ("P018", low(), two(r#"<tagCategory name="a" lacv="2"/>"#)),
        ("P046", low(), with("<excludedClass>LOW</excludedClass>")),
        ("P046", low(), tag(r#"<tagCategory name="A" lacv="1"><requiredCategory operation="all"><categoryGroup tagSetRef="S" tagType="permissive" lacv="2"/></requiredCategory></tagCategory><tagCategory name="B" lacv="2"><excludedCategory tagSetRef="S" tagType="permissive" lacv="01"/></tagCategory>"#)),
        ("P035", low(), typed(r#"tagType="notApplicable""#)),
        ("P040", low(), with("<excludedClass>MIDDLE</excludedClass>")),
        ("P040", low(), value(r#"requiredClass="MIDDLE""#)),
        ("P040", low(), with(r#"<excludedCategory tagSetRef="S" tagType="restrictive" lacv="1"/>"#)),
        ("P040", low(), with(r#"<requiredCategory operation="all"><categoryGroup tagSetRef="X" tagType="permissive" lacv="1"/></requiredCategory>"#)),
        ("P040", low(), with(r#"<equivalentSecCategoryTag policyRef="P" tagSetId="1.2" tagType="permissive" lacv="1" applied="both"/>"#)),
        ("P041", low(), with(r#"<excludedCategory tagSetRef="S" tagType="permissive" lacv="1" all="true"/>"#)),
        ("P042", low(), with("<excludedClass>LOW</excludedClass><excludedClass>LOW</excludedClass>")),
        ("P043", low(), tag(r#"<tagCategory name="A" lacv="1" requiredClass="LOW"><excludedClass>LOW</excludedClass></tagCategory>"#)),
        ("P050", low(), value(r#"notBefore="2026-01-02T00:00:00Z" notAfter="2026-01-01T00:00:00Z""#)),
        ("P051", low(), value(r#"notAfter="2026-01-01T00:00:00""#)),
        ("P053", low(), two(r#"<tagCategory name="NOM" lacv="807"/>"#)),
        ("P054", low(), two(r#"<tagCategory name="AUT" lacv="036"/>"#)),
        ("P054", low(), two(r#"<tagCategory name="AUT" lacv="36"/>"#)),
        ("P055", low(), value(r#"userInput="string""#)),
    ])
}

#[test]
fn every_wrong_file_earns_its_code_and_only_errors_stop_it() {
    let settings = settings("TEST", "1.3.6.1.4.1.99999.7");
    for (code, levels, sets) in wrong_files() {
        let text = spif(&levels, &sets);
        let found = check(text.as_bytes());
        assert!(found.iter().any(|finding| finding.code == code), "{code}: {found:?}\n{text}");
        assert!(
            found.iter().all(|finding| finding.where_.contains(':') && finding.says.len() > 8),
            "{found:?}"
        );
        let has_error = found.iter().any(|finding| finding.severity == Severity::Error);
        assert_eq!(Policy::from_spif(text.as_bytes(), &settings).is_err(), has_error, "{code}");
    }
}

#[test]
fn what_is_wrong_with_the_whole_file_is_said_at_once() {
    let good = spif(LEVEL, "");
    let nested = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let attributes: String = (0..1_000_000).map(|at| format!(" a{at}=\"\"")).take(100_000).collect();
    let elements = spif(&"<a/>".repeat(70_000), "");
    let cases: Vec<(&str, String)> = Vec::from([
        ("P001", String::new()),
        ("P001", "<SPIF".to_string()),
        ("P001", format!("<!DOCTYPE SPIF [<!ENTITY a \"x\">]>{good}")),
        ("P002", "<SPIF/>".to_string()),
        ("P003", good.replace("2.1", "3.0")),
        ("P004", nested),
        ("P004", format!("<SPIF{attributes}/>")),
        ("P004", " ".repeat((1 << 20) + 1)),
        ("P004", elements),
        ("P005", good.replace("1.3.6.1.4.1.99999.7", "urn:oid:1.3")),
        (
            "P010",
            good.replace(
                "<securityClassifications>",
                r#"<defaultSecurityPolicyId name="TEST" id="1.9"/><securityClassifications>"#,
            ),
        ),
        ("P052", good.replace("20260101000000Z", "20260101000000")),
    ]);
    for (code, text) in cases {
        assert!(codes(&text).contains(&code), "{code}: {:?}", codes(&text));
    }
    assert_eq!(check(&[0xFF, 0xFE])[0].code, "P001");
}

#[test]
fn findings_are_bounded() {
    let values: String = (0..600)
        .map(|at| {
            format!(
                r#"<tagCategory name="V{at}" lacv="1"><excludedClass>X{at}</excludedClass></tagCategory>"#
            )
        })
        .collect();
    let found = check(spif(LEVEL, &tag(&values)).as_bytes());
    assert_eq!(found.len(), super::MAX_FINDINGS + 1);
    assert_eq!(found.last().unwrap().code, "P004");
}

/// How many comparisons a file takes, and its findings.
fn counted(text: &str) -> (usize, Vec<super::SpifFinding>) {
    let mut findings = super::Findings::default();
    super::with_raw(text.as_bytes(), &mut findings, |_, _| ());
    (findings.steps, findings.list)
}

/// Twice the file is twice the work, whatever is wrong with it.
#[test]
fn the_work_grows_with_the_file_and_no_faster() {
    let untidy = |at: usize| format!(r#"<tagCategory name="V {at} " lacv="{at}"/>"#);
    let shared = |at: usize| {
        format!(
            r#"<tagCategory name="V{at}" lacv="7"><excludedCategory tagSetRef="S" tagType="permissive" lacv="7"/></tagCategory>"#
        )
    };
    let linked = |at: usize| {
        format!(
            r#"<tagCategory name="V{at}" lacv="{at}"><excludedCategory tagSetRef="S" tagType="permissive" lacv="{}"/></tagCategory>"#,
            at / 2
        )
    };
    type One<'a> = (&'a dyn Fn(usize) -> String, usize, &'a str);
    let many = |one: &dyn Fn(usize) -> String, count: usize| {
        let values: Vec<String> = (0..count).map(one).collect();
        counted(&spif(LEVEL, &tag(&values.join("\n"))))
    };
    let files: [One<'_>; 3] = [(&untidy, 20_000, "P026"), (&shared, 8_000, "P023"), (&linked, 8_000, "")];
    for (one, count, code) in files {
        let ((half, _), (whole, found)) = (many(one, count / 2), many(one, count));
        assert!(whole <= 2 * half + 100, "{count} values: {half} steps, then {whole}");
        assert!(whole <= 40 * count, "{count} values: {whole} steps");
        assert!(found.iter().all(|finding| finding.code != "P004" || found.len() == super::MAX_FINDINGS + 1));
        assert!(code.is_empty() == found.is_empty(), "{:?}", found.first());
        assert!(code.is_empty() || found.iter().any(|finding| finding.code == code));
    }
}

/// Paths and lines are those that a person counts in the file.
#[test]
fn the_place_of_a_finding_is_its_path_and_line() {
    let values = "<tagCategory name=\"A\" lacv=\"1\"/>\n<tagCategory name=\" B\" lacv=\"2\"/>\n\n<tagCategory name=\" C\" lacv=\"3\"/>";
    let text = spif(LEVEL, &tag(values));
    let places: Vec<String> = check(text.as_bytes()).into_iter().map(|finding| finding.where_).collect();
    let line = |name: &str| text.lines().position(|line| line.contains(name)).unwrap() + 1;
    let path = "SPIF/securityCategoryTagSets/securityCategoryTagSet/securityCategoryTag/tagCategory";
    assert_eq!(places, [format!("{path}[2]:{}", line("\" B\"")), format!("{path}[3]:{}", line("\" C\""))]);
}

#[test]
fn a_policy_beyond_the_bits_of_a_label_does_not_load() {
    let values = |count: u32| -> String {
        (0..count).map(|at| format!(r#"<tagCategory name="V{at}" lacv="{at}"/>"#)).collect()
    };
    let settings = settings("TEST", "1.3.6.1.4.1.99999.7");
    assert!(Policy::from_spif(spif(LEVEL, &tag(&values(512))).as_bytes(), &settings).is_ok());
    let findings = Policy::from_spif(spif(LEVEL, &tag(&values(513))).as_bytes(), &settings).unwrap_err();
    assert_eq!(findings.last().unwrap().code, "P004");
}

#[test]
fn settings_must_fit_the_file() {
    let text = spif(LEVEL, &value(""));
    let load = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings("TEST", "1.3.6.1.4.1.99999.7");
        change(&mut settings);
        Policy::from_spif(text.as_bytes(), &settings).map_err(|findings| findings[0].code)
    };
    let absent = |tag: &str| Vec::from([(tag.to_string(), crate::Absent::Universe)]);
    assert!(load(&|_| {}).is_ok() && load(&|s| s.absent = absent("T")).is_ok());
    assert_eq!(load(&|s| s.name = "OTHER".into()).unwrap_err(), "P057");
    assert_eq!(load(&|s| s.id = "1.2.3".into()).unwrap_err(), "P057");
    assert_eq!(load(&|s| s.absent = absent("X")).unwrap_err(), "P058");
    assert_eq!(
        load(&|s| s.absent = [absent("T"), absent("S")].concat()).unwrap_err(),
        "P058",
        "one group twice"
    );
    assert_eq!(load(&|s| s.everyone = Vec::from([("T".into(), "B".into())])).unwrap_err(), "P058");
}

#[test]
fn a_policy_of_nato_without_exclusions_is_reported() {
    let text = |more: &str| {
        spif(LEVEL, &value(more))
            .replace(r#"name="TEST" id="1.3.6.1.4.1.99999.7""#, r#"name="NATO" id="1.3.26.1.3.1""#)
    };
    assert_eq!(codes(&text("")), ["P056"]);
    assert_eq!(codes(&text(r#"requiredClass="LOW""#)), [""; 0]);
}

#[test]
fn every_code_is_unique_and_says_something() {
    let known: BTreeSet<&str> = CODES.iter().map(|(code, ..)| *code).collect();
    assert_eq!(known.len(), CODES.len());
    assert!(CODES.iter().all(|(code, _, says)| code.len() == 4 && says.len() > 10), "{CODES:?}");
}

/// (code, names, codes) of all findings, for comparison with what is known of a real file.
fn listed(path: &str) -> Option<Vec<(&'static str, String, String)>> {
    let found = check(&corpus(path)?);
    Some(found.into_iter().map(|f| (f.code, f.names.join("/"), f.codes.join("/"))).collect())
}

fn expect(path: &str, expected: &[(&'static str, &str, &str)]) {
    let Some(found) = listed(path) else { return };
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, names, codes)| (*code, (*names).to_string(), (*codes).to_string()))
        .collect();
    assert_eq!(found, expected, "{path}");
}

#[test]
fn the_nato_file_of_2021_is_reported_exactly() {
    for path in ["nmbs/20210506_PU_NATO_Security_Policy-v88.spif", "nmbs/NATO.spif"] {
        expect(
            path,
            &[
                ("P052", "", "20210506100000"),
                ("P055", "Instruction", ""),
                ("P033", "Administrative", ""),
                ("P033", "Limited", ""),
                ("P023", "OCCAR/NATO/NATO", "1001"),
                ("P023", "EUROCONTROL/EAPC", "1002"),
                ("P023", "EU Council/KFOR", "1005"),
                ("P023", "EEAS/PFP", "1006"),
                ("P023", "NATO/NATO", "1001"),
                ("P024", "EAPC/EAPC", "2001/1002"),
                ("P024", "PFP/PFP", "2005/1006"),
                ("P024", "RESOLUTE SUPPORT/RESOLUTE SUPPORT", "2006/1010"),
                ("P024", "KFOR/KFOR", "2007/1005"),
                ("P024", "NATO/NATO", "1001"),
                ("P024", "NATO/NATO", "1001"),
                ("P029", "NATO", "1001"),
                ("P029", "NATO", "1001"),
                ("P056", "NATO", ""),
                ("P053", "NOM/MKD", "807"),
                ("P025", "NATO Response Force\n", ""),
                ("P053", "NOM/MKD", "807"),
                ("P025", "NATO Response Force\n", ""),
                ("P037", "", ""),
                ("P036", "Partnerhsip for Peace", ""),
            ],
        );
    }
}

#[test]
fn the_nato_files_of_2015_are_reported_exactly() {
    expect(
        "surevine-spiffing/nato-4774-policy.xml",
        &[
            ("P052", "", "201511061430200Z"),
            ("P053", "BLG/BGR", "100"),
            ("P053", "FYR/MKD", "807"),
            ("P053", "BLG/BGR", "100"),
            ("P053", "FYR/MKD", "807"),
        ],
    );
    expect(
        "sparrow/nato.xml",
        &[
            ("P008", "", ""),
            ("P008", "", ""),
            ("P052", "", "201511061430200Z"),
            // EAPC of one tag set is shown as NATO.
            ("P029", "NATO/NATO/EAPC", ""),
            ("P053", "BAH/BHR", "048"),
            ("P053", "FYR/MKD", "807"),
            ("P053", "BAH/BHR", "048"),
            ("P053", "FYR/MKD", "807"),
        ],
    );
}

#[test]
fn other_files_in_the_field_are_reported_exactly() {
    expect("nmbs/PUBLIC.spif", &[("P003", "", "1.0")]);
    expect("nmbs/20140916_PU_PUBLIC_Security_Policy-v1.spif", &[("P003", "", "1.0")]);
    expect("surevine-spiffing/food-policy-missi.xml", &[("P001", "", "")]);
    expect("surevine-spiffing/food-policy-borked.xml", &[("P002", "SPIF", "")]);
    expect(
        "surevine-spiffing/tlp.xml",
        &[
            ("P003", "", "2.0"),
            ("P009", "securityClassifications", ""),
            ("P052", "", "2015-09-24 09:23:00"),
            ("P015", "AMBER", "orange"),
        ],
    );
    expect(
        "surevine-spiffing/tlp-plus.xml",
        &[
            ("P003", "", "2.0"),
            ("P009", "securityClassifications", ""),
            ("P052", "", "2015-09-24 09:23:00"),
            ("P041", "", ""),
            ("P041", "", ""),
            ("P040", "Dissemination", ""),
            ("P040", "Dissemination", ""),
        ],
    );
    expect(
        "sparrow/ACME.xml",
        &[("P006", "equivalentSecCategoryTag", ""), ("P006", "equivalentSecCategoryTag", "")],
    );
    expect(
        "surevine-spiffing/uk-demo.xml",
        &[("P003", "", "2.0"), ("P009", "securityClassifications", ""), ("P052", "", "2015-11-11 09:23:00")],
    );
    expect("surevine-spiffing/food-policy.xml", &[("P001", "", "")]);
    expect("surevine-spiffing/bsi-commercial.xml", &[("P001", "", "")]);
}

/// What is in the new file, by its kind, its set and its names.
fn changes(old: &[u8], new: &[u8]) -> Vec<(&'static str, String, String, String)> {
    let changes = super::compare(old, new).expect("both are policy files");
    let words: Vec<&str> = super::CHANGES.iter().map(|(word, ..)| *word).collect();
    assert!(changes.iter().all(|change| words.contains(&change.what)));
    changes.into_iter().map(|c| (c.what, c.of, c.names.join("/"), c.codes.join("/"))).collect()
}

/// markings.md section 2, defect d: a code that is given again, and what else makes an old label say something else.
#[test]
fn what_an_old_label_means_by_a_new_file_is_told() {
    let level = |name: &str, lacv: u8, place: u8| {
        format!(r#"<securityClassification name="{name}" lacv="{lacv}" hierarchy="{place}"/>"#)
    };
    let set = |id: &str, name: &str, kind: &str, values: &[(&str, &str)]| {
        let value = |(name, code): &(&str, &str)| format!(r#"<tagCategory name="{name}" lacv="{code}"/>"#);
        let values: String = values.iter().map(value).collect();
        format!(
            r#"<securityCategoryTagSet name="{name}" id="{id}"><securityCategoryTag name="{name}" tagType="{kind}">{values}</securityCategoryTag></securityCategoryTagSet>"#
        )
    };
    let old_levels = [level("A", 1, 1), level("B", 2, 2)].concat();
    let old_sets = set("1.2.3", "To", "permissive", &[("PFP", "1801"), ("KFOR", "1005"), ("EAPC", "7")]);
    let old = spif(&old_levels, &old_sets);
    assert_eq!(changes(old.as_bytes(), old.as_bytes()), []);
    let compare = |levels: &str, sets: &str| {
        let found = changes(old.as_bytes(), spif(levels, sets).as_bytes());
        found.iter().map(|(a, b, c, d)| format!("{a} {b} {c} {d}")).collect::<Vec<_>>()
    };
    let values = |values: &[(&str, &str)]| compare(&old_levels, &set("1.2.3", "To", "permissive", values));
    assert_eq!(
        values(&[("PFP", "2005"), ("EU", "1005"), ("EAPC", "007")]),
        ["code-means To KFOR/EU 1005", "name-code To PFP 1801/2005", "gone To KFOR ", "new To EU "]
    );
    // One more name for a code makes it say something else; one fewer does not.
    let more = [("PFP", "1801"), ("KFOR", "1005"), ("EAPC", "7"), ("EU", "1005")];
    assert_eq!(values(&more), ["code-means To KFOR/EU 1005", "new To EU "]);
    let doubled = spif(&old_levels, &set("1.2.3", "To", "permissive", &more));
    let single = changes(doubled.as_bytes(), old.as_bytes());
    assert_eq!(single.len(), 1, "{single:?}");
    assert_eq!((single[0].0, single[0].2.as_str()), ("gone", "EU"));
    assert_eq!(compare(&[level("A", 1, 2), level("B", 2, 1)].concat(), &old_sets), ["levels-turned  A/B "]);
    assert_eq!(
        compare(&[level("A", 2, 1), level("B", 3, 2)].concat(), &old_sets),
        ["code-means  B/A 2", "name-code  A 1/2", "name-code  B 2/3"]
    );
    let own = [("PFP", "1801"), ("KFOR", "1005"), ("EAPC", "7")];
    assert_eq!(
        compare(&old_levels, &set("1.2.3", "Rel To", "restrictive", &own)),
        ["type Rel To EAPC/KFOR/PFP ", "set-name Rel To To/Rel To 1.2.3"]
    );
    assert_eq!(compare(&old_levels, &set("1.2.4", "To", "permissive", &own)), ["set-id To To 1.2.3/1.2.4"]);
    assert_eq!(compare(&old_levels, ""), ["gone  To "]);
    let limited = old_sets.replace(r#"lacv="7"/>"#, r#"lacv="7" requiredClass="B"/>"#);
    assert_eq!(compare(&old_levels, &limited), ["limits To EAPC "]);
    let other = old.replace("1.3.6.1.4.1.99999.7", "1.3.6.1.4.1.99999.8");
    assert_eq!(changes(old.as_bytes(), other.as_bytes())[0].0, "policy");
    assert_eq!(super::compare(old.as_bytes(), b"<SPIF/>"), None);
}

/// Every pair is told that stands otherwise, as looking at each pair finds them.
#[test]
fn levels_that_turned_are_told_whatever_their_order_was() {
    let file = |places: &[u8]| {
        let level = |(at, place): (usize, &u8)| {
            format!(r#"<securityClassification name="L{at}" lacv="{at}" hierarchy="{place}"/>"#)
        };
        spif(&places.iter().enumerate().map(level).collect::<String>(), "")
    };
    let all = |count: u32| {
        (0..3_u32.pow(count))
            .map(move |of| (0..count).map(|at| (of / 3_u32.pow(at) % 3) as u8).collect::<Vec<_>>())
    };
    for (old, new) in all(4).flat_map(|old| all(4).step_by(7).map(move |new| (old.clone(), new))) {
        let mut wanted = Vec::new();
        for (one, other) in (0..4).flat_map(|one| (one + 1..4).map(move |other| (one, other))) {
            if old[one].cmp(&old[other]) != new[one].cmp(&new[other]) {
                wanted.push(format!("L{one}/L{other}"));
            }
        }
        let found = changes(file(&old).as_bytes(), file(&new).as_bytes());
        let found: Vec<String> = found.into_iter().map(|(_, _, names, _)| names).collect();
        assert_eq!(found, wanted, "{old:?} {new:?}");
    }
}

/// A file that a stranger sent takes no longer than it is long, and fills no memory.
#[test]
fn the_work_of_a_comparison_is_bounded_by_the_files() {
    let count = 5_000_usize;
    let file = |place: &dyn Fn(usize) -> usize| {
        let level =
            |at| format!(r#"<securityClassification name="a{at}" lacv="{at}" hierarchy="{}"/>"#, place(at));
        spif(&(0..count).map(level).collect::<String>(), "")
    };
    let files = [file(&|at| at), file(&|at| count - at), file(&|_| 1)];
    for (old, new) in [(0, 0), (0, 1), (1, 0), (0, 2), (2, 0), (2, 2)] {
        let (mut ours, mut theirs) = (super::Findings::default(), super::Findings::default());
        let found = super::with_raw(files[old].as_bytes(), &mut ours, |old, _| {
            super::with_raw(files[new].as_bytes(), &mut theirs, |new, _| super::compare::changes(old, new))
        });
        let found = found.flatten().unwrap();
        assert!(found.steps <= count, "{} steps", found.steps);
        let (told, wanted) = (found.list.len(), if old == new { 0 } else { 501 });
        assert_eq!(told, wanted);
        let last = found.list.last().map(|change| (change.what, change.says.contains("more levels")));
        assert!(last.is_none_or(|last| last == ("levels-turned", true)), "{last:?}");
    }
}

/// The same of the policy of NATO of 2015 and that of 2021.
#[test]
fn what_has_changed_between_the_editions_of_nato_is_told() {
    let file = |name: &str| crate::testing::corpus(name);
    let old = file("surevine-spiffing/nato-4774-policy.xml");
    let Some((old, new)) = old.zip(file("nmbs/20210506_PU_NATO_Security_Policy-v88.spif")) else { return };
    let found = changes(&old, &new);
    let codes = |name: &str| {
        let of =
            |(what, _, names, _): &&(&str, String, String, String)| *what == "name-code" && names == name;
        found.iter().filter(of).map(|(_, set, _, codes)| format!("{set}: {codes}")).collect::<Vec<_>>()
    };
    let pfp = codes("PFP").join("; ");
    assert!(pfp.contains("1801") && pfp.contains("2005") && pfp.contains("1006"), "{pfp}: {found:#?}");
    let set = found.iter().find(|(what, ..)| *what == "set-name");
    assert_eq!(set.unwrap().2, "Additional Sensitivity/Special Category Designators");
    assert!(found.iter().any(|(what, ..)| *what == "limits"), "the newer file encodes no limits");
    assert!(found.iter().any(|(what, _, names, _)| *what == "new" && names == "Limited"), "{found:#?}");
    assert!(!found.iter().any(|(what, ..)| *what == "levels-turned"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Damage anywhere in a file: a finding or a policy, never a panic, and `check` and `from_spif` agree.
    #[test]
    fn damaged_files_are_findings(at in 0..4_000_usize, cut in 0..40_usize, put in "[<>/=\"a-z&!\\-\\[\u{0}\u{200B}]{0,6}") {
        let settings = settings("TEST", "1.3.6.1.4.1.99999.7");
        let mut files = wrong_files();
        let (_, levels, sets) = files.swap_remove(at % files.len());
        let mut bytes = spif(&levels, &sets).into_bytes();
        let start = at.min(bytes.len());
        let end = (start + cut).min(bytes.len());
        bytes.splice(start..end, put.bytes());
        let has_error = check(&bytes).iter().any(|finding| finding.severity == Severity::Error);
        let loaded = Policy::from_spif(&bytes, &settings);
        prop_assert!(loaded.is_err() || !has_error);
        let set = crate::testing::policies();
        let _ = crate::Clearance::from_xml(&bytes, &set);
    }
}
