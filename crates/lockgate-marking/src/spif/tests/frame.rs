//! What stands around levels and tag sets: the file's own attributes, its lists, privacy marks, equivalent policies.

use super::{LEVEL, value};
use crate::spif::check;
use crate::testing::{settings, spif};
use crate::{Policy, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A good file with every list in it.
fn good() -> String {
    let lists = r#"<privacyMarks maxSelection="2"><privacyMark name="ONE"/><privacyMark name="TWO" obsolete="true"/></privacyMarks>
        <equivalentPolicies><equivalentPolicy name="OTHER" id="1.5"/></equivalentPolicies></SPIF>"#;
    spif(LEVEL, &value("")).replace("</SPIF>", lists)
}

/// Each change of the good file with what it earns; nothing else is found.
fn is_told(changes: &[(&str, &str, &[&str])]) {
    let (good, settings) = (good(), settings("TEST", "1.3.6.1.4.1.99999.7"));
    assert_eq!(check(good.as_bytes()), []);
    for (from, to, expected) in changes {
        assert!(good.contains(from), "{from}");
        let text = good.replace(from, to);
        let found = check(text.as_bytes());
        let codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, *expected, "{from} -> {to}: {found:?}");
        let has_error = found.iter().any(|finding| finding.severity == Severity::Error);
        assert_eq!(Policy::from_spif(text.as_bytes(), &settings).is_err(), has_error, "{to}");
    }
}

#[test]
fn privacy_marks_are_checked_as_values_are() {
    let two = r#"<privacyMark name="TWO""#;
    let many: String = (0..63).map(|at| format!(r#"<privacyMark name="M{at}"/>"#)).collect();
    let many = many + two;
    is_told(&[
        (r#"maxSelection="2""#, r#"minSelection="1""#, &[]),
        (r#"maxSelection="2""#, r#"minSelection="unbounded""#, &[]),
        (r#"maxSelection="2""#, r#"minSelection="x""#, &["P005"]),
        (r#"maxSelection="2""#, r#"minSelection="-1""#, &["P005"]),
        (r#"maxSelection="2""#, r#"maxSelection="""#, &["P005"]),
        (r#"maxSelection="2""#, r#"maxSelection="0""#, &["P034"]),
        (r#"maxSelection="2""#, r#"maxSelection="2" minSelection="3""#, &["P034"]),
        (r#"obsolete="true""#, r#"obsolete="yes""#, &["P031"]),
        (r#"obsolete="true""#, r#"color="red""#, &["P006"]),
        (two, r#"<privacyMark name="ONE""#, &["P024"]),
        (two, "<privacyMark name=\"TW\u{200B}O\"", &["P027"]),
        (two, r#"<privacyMark name="TWO ""#, &["P026"]),
        (two, "<privacyMark", &["P005"]),
        (two, &many, &["P004"]),
        (two, &many.replace(r#"<privacyMark name="M0"/>"#, ""), &[]),
    ]);
}

#[test]
fn attributes_of_the_file_are_there_and_of_their_type() {
    let default = |id: &str| format!(r#"<defaultSecurityPolicyId name="D"{id}/><securityPolicyId"#);
    is_told(&[
        (r#"originatorDN="CN=Test""#, "", &["P005"]),
        (r#"keyIdentifier="00""#, "", &["P005"]),
        (r#"keyIdentifier="00""#, r#"keyIdentifier="""#, &[]),
        (r#"privilegeId="1.3.6.1""#, "", &["P005"]),
        (r#"privilegeId="1.3.6.1""#, r#"privilegeId="""#, &["P005"]),
        (r#"privilegeId="1.3.6.1""#, r#"privilegeId="SDN.801""#, &["P005"]),
        (r#"rbacId="1.3.6.1""#, "", &["P005"]),
        (r#"rbacId="1.3.6.1""#, r#"rbacId="1""#, &["P005"]),
        (r#" version="1""#, "", &[]),
        (r#" version="1""#, r#" version="-1""#, &[]),
        (r#" version="1""#, r#" version="1.2""#, &["P005"]),
        (r#" version="1""#, r#" version="""#, &["P005"]),
        (r#" version="1""#, r#" version="99999999999999999999""#, &[]),
        ("<securityPolicyId", &default(r#" id="1.9""#), &[]),
        ("<securityPolicyId", &default(r#" id="urn:oid:1.9""#), &["P005"]),
        ("<securityPolicyId", &default(""), &["P005"]),
        (r#"name="OTHER" id="1.5""#, r#"name="OTHER""#, &["P005"]),
        (r#"name="OTHER" id="1.5""#, r#"id="1.5""#, &["P005"]),
    ]);
}

/// A version that is refused is named, and what to do about it.
#[test]
fn another_version_is_named() {
    for (version, named) in
        [("1.0", "SPIF 1.0"), ("2.0", "SPIF 2.0"), ("3.0", "SPIF 3.0"), ("4", "schemaVersion")]
    {
        let text = good().replace(r#"schemaVersion="2.1""#, &format!(r#"schemaVersion="{version}""#));
        let found = check(text.as_bytes());
        assert_eq!((found.len(), found[0].code), (1, "P003"), "{version}");
        assert!(found[0].says.contains(named) && found[0].says.contains("exported as SPIF 2.1"), "{version}");
    }
}

/// Of two lists nobody says whether they are one; of elements out of order it is plain what they say.
#[test]
fn what_stands_once_stands_once_and_what_is_needed_is_there() {
    let end = "</SPIF>";
    let marking = |inner: &str| format!(r#"<markingData phrase="X">{inner}</markingData>{end}"#);
    let (marks, policies) = (
        r#"<privacyMarks><privacyMark name="THREE"/></privacyMarks></SPIF>"#,
        r#"<equivalentPolicies><equivalentPolicy name="MORE" id="1.6"/></equivalentPolicies></SPIF>"#,
    );
    let sets = r#"<securityCategoryTagSets><securityCategoryTagSet name="S2" id="1.2.4"><securityCategoryTag name="T" tagType="permissive"/>
        </securityCategoryTagSet></securityCategoryTagSets></SPIF>"#;
    let default = r#"<defaultSecurityPolicyId name="D" id="1.9"/>"#;
    let two = [default, &default.replace('D', "E"), "<securityPolicyId"].concat();
    let after = r#"<securityCategoryTagSet name="S2" id="1.2.4"/></securityCategoryTagSets>"#;
    let qualified =
        |inner: &str| format!(r#"<markingQualifier markingCode="pageTop">{inner}</markingQualifier>{end}"#);
    is_told(&[
        (end, marks, &["P005", "P009"]),
        (end, policies, &["P005"]),
        (end, sets, &["P005", "P009"]),
        ("<securityPolicyId", &two, &["P005"]),
        (end, "<extensions/></SPIF>", &[]),
        (end, "<extensions/><extensions/></SPIF>", &["P005"]),
        (end, "<updateInfo/></SPIF>", &["P009"]),
        (end, &marking("<code>pageTop</code>"), &[]),
        (end, &marking(""), &["P005"]),
        (end, &qualified(r#"<qualifier markingQualifier="" qualifierCode="prefix"/>"#), &[]),
        (end, &qualified(r#"<qualifier qualifierCode="prefix"/>"#), &["P005"]),
        (end, &qualified(r#"<qualifier markingQualifier="-"/>"#), &["P005"]),
        (end, &qualified(""), &["P005"]),
        ("</securityCategoryTagSets>", after, &["P005"]),
        (r#"<equivalentPolicy name="OTHER" id="1.5"/>"#, "", &["P005"]),
    ]);
}

/// An equivalence of a value names the tag set there, unless it discards the value.
#[test]
fn an_equivalent_value_has_its_tag_set() {
    let to = |rest: &str| {
        format!(
            r#"lacv="1"><equivalentSecCategoryTag policyRef="OTHER" tagType="permissive" lacv="1" applied="both" {rest}/></tagCategory>"#
        )
    };
    let own = r#"lacv="1" />"#;
    is_told(&[
        (own, &to(r#"tagSetId="1.2""#), &[]),
        (own, &to(r#"tagSetId="T-1""#), &["P005"]),
        (own, &to(""), &["P005"]),
        (own, &to(r#"action="discard""#), &["P045"]),
    ]);
}

/// Words that are told apart by language, place, or by standing for the policy are those of different values.
#[test]
fn words_tell_values_apart_in_one_language_and_place() {
    let one =
        |name: &str, data: &str| format!(r#"<tagCategory name="{name}" lacv="{name}">{data}</tagCategory>"#);
    let data = |words: &str, language: &str, code: &str| {
        format!(r#"<markingData phrase="{words}"{language}><code>{code}</code></markingData>"#)
    };
    let (french, english) = (r#" xml:lang="fr""#, r#" xml:lang="en""#);
    for (first, second, told) in [
        (data("X", "", "pageTop"), data("X", "", "pageTopBottom"), true),
        (data("X", "", "pageTop"), data("X", "", "pageBottom"), false),
        (data("X", french, "pageTop"), data("X", english, "pageTop"), false),
        (data("X", french, "pageTop"), data("X", french, "pageTop"), true),
        (data("X", "", "suppressClassName"), data("X", "", "waterMark"), true),
        (data("X", "", "replacePolicy"), data("X", "", "replacePolicy"), false),
        (data("X", "", "noNameDisplay"), data("X", "", "noNameDisplay"), false),
        (data("", "", "pageTop"), data("", "", "pageTop"), false),
        (data("2", "", "pageTop"), String::new(), true),
        (data("2", "", "pageTop"), data("Y", "", "pageTop"), false),
    ] {
        let values = one("1", &first) + &one("2", &second);
        let found = check(spif(LEVEL, &super::tag(&values)).as_bytes());
        let found: Vec<&str> = found.iter().map(|finding| finding.code).collect();
        let words: Vec<&str> = found.iter().copied().filter(|code| *code == "P029").collect();
        assert_eq!(words.len(), usize::from(told), "{first} {second}");
        assert_eq!(words, found);
    }
}
