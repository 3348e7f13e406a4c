//! Events to try: one that is released verbatim, and ways to change it.

use lockgate_bytes::{Duration, Time};

/// Released verbatim by `cot-down` at [`now`].
pub(crate) const EVENT: &str = r#"<event version="2" uid="LG-0001" type="a-f-G-U-C" time="2026-03-01T10:04:50Z" start="2026-03-01T10:04:50Z" stale="2026-03-01T10:09:50Z" how="m-g" access="MISSION RESTRICTED" releasableTo="AUT,HRV,HUN,SVK,SVN"><point lat="46.0511" lon="14.5051" hae="298.5" ce="12" le="9999999"/><detail><contact callsign="KRIM 1"/><track course="87.5" speed="11.2"/></detail></event>"#;

/// The marking fields of [`EVENT`].
pub(crate) const MARKING: &str = r#" access="MISSION RESTRICTED" releasableTo="AUT,HRV,HUN,SVK,SVN""#;

/// The five readers of the destination.
pub(crate) const READERS: [&str; 5] = ["AUT", "HRV", "HUN", "SVK", "SVN"];

const LABEL: &str = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";

/// Ten seconds after [`EVENT`] was observed.
pub(crate) fn now() -> Time {
    at("2026-03-01T10:05:00Z")
}

pub(crate) fn at(text: &str) -> Time {
    Time::parse(text.as_bytes()).unwrap()
}

/// `nanos` later.
pub(crate) fn later(time: Time, nanos: i64) -> Time {
    time.plus(Duration::from_nanos(nanos))
}

/// [`EVENT`] with each of `changes` made once; what is changed must stand there.
pub(crate) fn event(changes: &[(&str, &str)]) -> String {
    let mut text = EVENT.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "the event does not say {old}");
        text = text.replacen(old, new, 1);
    }
    text
}

/// [`EVENT`] with other marking fields; an empty value leaves the field out.
pub(crate) fn marked(access: &str, releasable_to: &str, caveat: &str) -> String {
    let mut fields = String::new();
    for (name, value) in [("access", access), ("caveat", caveat), ("releasableTo", releasable_to)] {
        if !value.is_empty() {
            fields += &format!(" {name}=\"{value}\"");
        }
    }
    event(&[(MARKING, &fields)])
}

/// [`EVENT`] with `part` at the beginning of its detail.
pub(crate) fn with_part(part: &str) -> String {
    event(&[("<detail>", &format!("<detail>{part}"))])
}

/// [`EVENT`] without marking fields and with a bound label.
pub(crate) fn bound(level: &str, readers: &[&str], created: Time) -> String {
    let label = label(level, readers, created);
    event(&[(MARKING, ""), ("<detail>", &format!("<detail>{label}"))])
}

/// A bound label of the mission policy.
pub(crate) fn label(level: &str, readers: &[&str], created: Time) -> String {
    let values: String =
        readers.iter().map(|reader| format!("<GenericValue>{reader}</GenericValue>")).collect();
    format!(
        "<originatorConfidentialityLabel xmlns=\"{LABEL}\"><ConfidentialityInformation>\
         <PolicyIdentifier URI=\"urn:oid:1.3.6.1.4.1.99999.1\">MISSION</PolicyIdentifier>\
         <Classification>{level}</Classification>\
         <Category Type=\"PERMISSIVE\" URI=\"urn:oid:1.3.6.1.4.1.99999.1.1\" TagName=\"Releasable To\">{values}</Category>\
         </ConfidentialityInformation><CreationDateTime>{created}</CreationDateTime></originatorConfidentialityLabel>"
    )
}
