//! A label is read by the edition of its policy that was in force when it was made, and judged in the present one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

mod common;

use common::{Files, codes, cot_rules, judge};
use lockgate_bundle::{Bundle, Strictness};

const NOW: &str = "2026-03-01T10:05:00Z";
const SPIF: &str = "policies/MISSION/mission.spif.xml";
const EARLIER: &str = r#"    earlier "2025-01" file="mission-2025.spif.xml" {
        valid from="2025-01-01" until="2025-12-31"
        absent tag="Rel To" is=undecided
    }
}
"#;

/// The rules with an earlier edition, in which two names were others.
fn files() -> Files {
    let mut files = cot_rules();
    let spif = String::from_utf8(files[SPIF].clone()).unwrap();
    let earlier = spif.replace("\"Releasable To\"", "\"Rel To\"").replace("\"MEDICAL\"", "\"SANITARY\"");
    assert_ne!(spif, earlier);
    files.insert("policies/MISSION/mission-2025.spif.xml".to_owned(), earlier.into_bytes());
    let path = "policies/MISSION/policy.kdl";
    let text = String::from_utf8(files[path].clone()).unwrap();
    let text = text.trim_end().strip_suffix('}').unwrap().to_owned() + EARLIER;
    files.insert(path.to_owned(), text.into_bytes());
    files
}

/// The track with a bound label, made at this time, whose words for release and one caveat are these.
fn track(made: &str, release: &str, caveat: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/cot-event/release-bound-label/input.xml");
    let text = std::fs::read_to_string(root).unwrap();
    let start = text.find("CreationDateTime>").unwrap() + "CreationDateTime>".len();
    let end = start + text[start..].find('<').unwrap();
    let mut text = text[..start].to_owned() + made + &text[end..];
    text = text.replace("TagName=\"Releasable To\"", &format!("TagName=\"{release}\""));
    if !caveat.is_empty() {
        let at = text.find("<Category").unwrap();
        let category = format!(
            "<Category TagName=\"Special Handling\" Type=\"RESTRICTIVE\"><GenericValue>{caveat}</GenericValue></Category>"
        );
        text.insert_str(at, &category);
    }
    text
}

#[test]
fn a_label_is_read_by_the_edition_of_its_time_and_judged_in_the_present_one() {
    let bundle =
        Bundle::build_as(&files(), Strictness::Trial).unwrap_or_else(|found| panic!("{}", found.render()));
    let told = |made: &str, release: &str, caveat: &str| judge(&bundle, &track(made, release, caveat), NOW).0;
    let present = told("2026-03-01T10:00:00Z", "Releasable To", "");
    assert_eq!(present["verdict"], "release", "{present}");
    let earlier = told("2025-06-01T10:00:00Z", "Rel To", "");
    assert_eq!(earlier["verdict"], "release", "{earlier}");
    assert_eq!(earlier["label"], present["label"], "what is enforced is of the present edition");
    assert_eq!(earlier["label"]["edition"], "2026-01");
    for (made, release, caveat, code) in [
        // A name of another time than the label's own.
        ("2025-06-01T10:00:00Z", "Releasable To", "", "LG-M008"),
        ("2026-03-01T10:00:00Z", "Rel To", "", "LG-M008"),
        // Before any edition.
        ("2024-06-01T10:00:00Z", "Rel To", "", "LG-M024"),
        // What the present edition does not have is never left out.
        ("2025-06-01T10:00:00Z", "Rel To", "SANITARY", "LG-M020"),
    ] {
        let account = told(made, release, caveat);
        assert_ne!(account["verdict"], "release", "{account}");
        assert!(codes(&account).contains(&code), "{code}: {account}");
    }
}
