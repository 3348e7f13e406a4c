//! What makes an undeclared part a marked one: the namespaces of labels and the names of marking attributes.
//!
//! This is the one place that lists them. A marked part is never dropped (reason LG-S022).

/// Namespaces that carry labels, clearances, bindings and markings.
pub const NAMESPACES: [&str; 6] = [
    // ADatP-4774 confidentiality label and clearance, ADatP-4778 metadata binding.
    "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0",
    "urn:nato:stanag:4774:confidentialityclearance:1:0",
    "urn:nato:stanag:4778:bindinginformation:1:0",
    // IC-ISM.V13 and later: information security marking, notices, access rights and handling.
    ISM,
    "urn:us:gov:ic:ntk",
    "urn:us:gov:ic:arh",
];

/// The namespace of ISM attributes (ODNI ISM v2022-DEC, CVE and schema: `urn:us:gov:ic:ism`).
pub const ISM: &str = "urn:us:gov:ic:ism";

/// Local names of elements and attributes that carry markings, compared without case.
pub const NAMES: [&str; 34] = [
    // Cursor on Target and the TAK protocol; both spellings are in use.
    "access",
    "caveat",
    "caveats",
    "releasableTo",
    "releaseableTo",
    "releasability",
    // IC-ISM.
    "classification",
    "ownerProducer",
    "disseminationControls",
    "nonICmarkings",
    "SCIcontrols",
    "SARIdentifier",
    "FGIsourceOpen",
    "FGIsourceProtected",
    "atomicEnergyMarkings",
    "displayOnlyTo",
    "nonUSControls",
    "classificationReason",
    "derivedFrom",
    "declassDate",
    "resourceElement",
    // NFFI sections, and formats that write the level in a word.
    "secPolicyName",
    "secClassification",
    "secCategory",
    "classificationLevel",
    "securityClassification",
    "securityLabel",
    "securityMarking",
    "marking",
    "protectiveMarking",
    // ADatP-4774 and 4778 by local name, should the namespace be missing or wrong.
    "originatorConfidentialityLabel",
    "alternativeConfidentialityLabel",
    "metadataConfidentialityLabel",
    "BindingInformation",
];

/// Namespaces that no object may bind: they belong to XML itself or change how it is read.
pub(crate) const RESERVED: [&str; 3] = [
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/2000/xmlns/",
];

/// The namespace of XInclude 1.0.
pub(crate) const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";

/// True where `local` is the name of a marking, whatever its case.
pub fn is_marking_name(local: &[u8]) -> bool {
    NAMES.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(local))
}

/// True where `namespace` carries labels or markings. Versions of a namespace count too.
pub fn is_marking_namespace(namespace: &[u8]) -> bool {
    NAMESPACES.iter().any(|known| {
        let known = known.as_bytes();
        let family = known.strip_suffix(b":1:0").unwrap_or(known);
        namespace.get(..family.len()).is_some_and(|head| head.eq_ignore_ascii_case(family))
    })
}

#[cfg(test)]
mod tests {
    use super::{is_marking_name, is_marking_namespace};

    #[test]
    fn case_and_version_do_not_hide_a_marking() {
        assert!(is_marking_name(b"Classification") && is_marking_name(b"RELEASABLETO"));
        assert!(!is_marking_name(b"classifications") && !is_marking_name(b""));
        assert!(is_marking_namespace(b"urn:nato:stanag:4774:confidentialitymetadatalabel:2:0"));
        assert!(is_marking_namespace(b"URN:US:GOV:IC:ISM:v2"));
        assert!(!is_marking_namespace(b"urn:nato") && !is_marking_namespace(b""));
    }
}
