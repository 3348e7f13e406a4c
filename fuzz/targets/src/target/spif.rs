//! XML security policies: no file breaks the reader, and a policy that loads has no error to report.

use lockgate_marking::spif::check;
use lockgate_marking::{Policy, Settings, Severity};

pub(crate) const WORDS: &[&str] = &[
    "hierarchy=\"",
    "lacv=\"",
    "tagType=\"permissive\"",
    "tagType=\"restrictive\"",
    "obsolete=\"true\"",
    "<spif:tagCategory ",
    "requiredCategory",
    "excludedCategory",
    "<!DOCTYPE x [",
    "&amp;",
    "&#0;",
    "<![CDATA[",
    "equivalentClassification",
];

pub(crate) fn run(data: &[u8]) {
    let findings = check(data);
    let settings = Settings {
        name: "MISSION".into(),
        id: "1.3.6.1.4.1.99999.1".into(),
        edition: "2026-01".into(),
        absent: Vec::new(),
        everyone: Vec::new(),
        review: None,
    };
    match Policy::from_spif(data, &settings) {
        Ok(_) if findings.iter().any(|one| one.severity == Severity::Error) => {
            panic!("a policy loads although the check reports an error");
        }
        Err(reported) if reported.is_empty() => panic!("a policy is refused and no finding says why"),
        _ => {}
    }
}
