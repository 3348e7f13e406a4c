//! Labels as files, in XML: no file breaks the reader, the verdicts agree with each other, and what the type of a lane
//! reads as a label is of the schema and the same label.

use super::SHIPPED;
use lockgate_bytes::{Budget, Duration, Time, Untrusted};
use lockgate_core::{Inspection, Inspector, LabelReader};
use lockgate_marking::{Clearance, Label, LabelFile, Policy, PolicySet, Settings};
use lockgate_schema::Reference;
use std::sync::LazyLock;

pub(crate) const WORDS: &[&str] = &[
    "<originatorConfidentialityLabel",
    "<alternativeConfidentialityLabel",
    " xmlns=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\"",
    "<PolicyIdentifier>MISSION</PolicyIdentifier>",
    "<Classification>SECRET</Classification>",
    "<Classification>UNCLASSIFIED</Classification>",
    "<PrivacyMark>CLEAR</PrivacyMark>",
    "<Category Type=\"PERMISSIVE\" TagName=\"Releasable To\">",
    "<GenericValue>AUT</GenericValue>",
    "<IntegerValue>7</IntegerValue>",
    "<SuccessionHandling>",
    "<CreationDateTime>2026-03-01T10:00:00Z</CreationDateTime>",
    " ReviewDateTime=\"2027-03-01T00:00:00Z\"",
    "<x:e xmlns:x=\"urn:x\"/>",
    " xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"",
    "<!--c-->",
    "&#x200B;",
    " Id=\"a1\"",
    " Id=\"9.a:b\"",
];

/// MISSION and NATO of this repository.
pub(super) static POLICIES: LazyLock<PolicySet> = LazyLock::new(|| {
    let mut set = PolicySet::new();
    let files: [(&str, &str, &[u8]); 2] = [
        (
            "MISSION",
            "1.3.6.1.4.1.99999.1",
            include_bytes!("../../../../rules/policies/MISSION/mission.spif.xml"),
        ),
        ("NATO", "1.3.26.1.3.1", include_bytes!("../../../../rules/policies/NATO/nato.spif.xml")),
    ];
    for (name, id, spif) in files {
        let settings = Settings {
            name: name.into(),
            id: id.into(),
            edition: "test".into(),
            absent: Vec::new(),
            everyone: Vec::new(),
            review: None,
        };
        let Ok(policy) = Policy::from_spif(spif, &settings) else {
            panic!("our own policy {name} does not load")
        };
        if set.add(policy).is_err() {
            panic!("our own policies do not go together");
        }
    }
    set
});

static READER: LazyLock<(Reference, LabelReader)> = LazyLock::new(|| {
    let described = std::sync::Arc::clone(&SHIPPED.label);
    match LabelReader::of(described.shape()) {
        Some(labels) => (Reference::new(described), labels),
        None => panic!("the type of labels names no label"),
    }
});

pub(crate) fn run(data: &[u8]) {
    let told = judge(data);
    let (reference, labels) = &*READER;
    let mut inspection = Inspection::default();
    inspection.begin(reference.shape());
    reference.inspect(Untrusted::new(data), &mut inspection, &mut Budget::new(4 << 20));
    if !inspection.reasons.is_empty() {
        return;
    }
    if !LabelFile::read(data).is_schema_valid() {
        panic!("the type of a lane reads what the published schema does not allow");
    }
    match (labels.read(&POLICIES, &inspection.record, data), told) {
        (Ok(lane), Some(file)) if lane.says_the_same_as(&file) => {}
        (Ok(_), _) => panic!("the lane reads a label that the reader of files does not, or another one"),
        // The reader of files is the more lenient one: it joins the white space of names.
        (Err(_), _) => {}
    }
}

/// The label, where nothing is in doubt about it.
pub(super) fn judge(data: &[u8]) -> Option<Label> {
    let _ = Clearance::read(data, &POLICIES);
    let file = LabelFile::read(data);
    if file.is_schema_valid() != file.findings().is_empty()
        || (file.is_schema_valid() && !file.is_well_formed())
    {
        panic!("the verdicts contradict each other");
    }
    let mut out = Vec::new();
    let told = file.label(&POLICIES, &mut out);
    if told.is_none() && file.is_schema_valid() && out.is_empty() {
        panic!("no label is told, and nothing says why");
    }
    let found = told.filter(|_| out.is_empty())?;
    let now = Time::from_unix_nanos(1_772_359_500_000_000_000);
    let _ = POLICIES.validate(&found.label, now, Duration::ZERO, &mut out);
    if let Some(succession) = found.succession {
        let enforced = succession.enforced(&found.label, &POLICIES, Time::MAX);
        if !enforced.dominates(&found.label, &POLICIES) {
            panic!("a succession lowers a label");
        }
    }
    Some(found.label)
}
