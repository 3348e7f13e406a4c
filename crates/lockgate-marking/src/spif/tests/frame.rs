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
