//! What SPIF 2.1 asks of each element by itself: what has to stand in it, what stands once, and in which order.

use super::{Findings, NAMESPACE, place};
use alloc::format;
use roxmltree::Node;

/// One element that holds others.
struct Content {
    of: &'static str,
    /// Its elements in their order.
    order: &'static [&'static str],
    /// Those of which there is one at least.
    least: &'static [&'static str],
    /// Those of which there is one at most.
    once: &'static [&'static str],
    /// Attributes that are there, whatever they say; those that have a form are read elsewhere.
    required: &'static [&'static str],
}

const MARKED: &[&str] = &["markingData", "markingQualifier"];
const CONTENT: &[Content] = &[
    Content {
        of: "SPIF",
        order: &[
            "defaultSecurityPolicyId",
            "securityPolicyId",
            "updateInfo",
            "securityClassifications",
            "securityCategoryTagSets",
            "privacyMarks",
            "equivalentPolicies",
            "markingData",
            "markingQualifier",
            "extensions",
        ],
        least: &["securityPolicyId", "securityClassifications"],
        once: &[
            "defaultSecurityPolicyId",
            "securityPolicyId",
            "updateInfo",
            "securityClassifications",
            "securityCategoryTagSets",
            "privacyMarks",
            "equivalentPolicies",
            "extensions",
        ],
        required: &["originatorDN", "keyIdentifier"],
    },
    content("defaultSecurityPolicyId", MARKED, &[]),
    content("securityPolicyId", MARKED, &[]),
    content("securityClassifications", &["securityClassification", "markingData", "markingQualifier"], &[]),
    content(
        "securityClassification",
        &["equivalentClassification", "markingData", "markingQualifier", "requiredCategory"],
        &[],
    ),
    content("securityCategoryTagSets", &[], &["securityCategoryTagSet"]),
    content(
        "securityCategoryTagSet",
        &["securityCategoryTag", "equivalentSecurityCategoryTagSet"],
        &["securityCategoryTag"],
    ),
    content("securityCategoryTag", &["tagCategory", "markingQualifier"], &[]),
    content(
        "tagCategory",
        &[
            "equivalentSecCategoryTag",
            "markingData",
            "markingQualifier",
            "excludedClass",
            "requiredCategory",
            "excludedCategory",
        ],
        &[],
    ),
    content("privacyMarks", &["privacyMark", "markingData", "markingQualifier"], &["privacyMark"]),
    content("privacyMark", MARKED, &[]),
    content("equivalentPolicies", &[], &["equivalentPolicy"]),
    content("markingData", &[], &["code"]),
    content("markingQualifier", &[], &["qualifier"]),
    Content {
        of: "qualifier",
        order: &[],
        least: &[],
        once: &[],
        required: &["markingQualifier", "qualifierCode"],
    },
];

const fn content(
    of: &'static str,
    order: &'static [&'static str],
    least: &'static [&'static str],
) -> Content {
    Content { of, order, least, once: &[], required: &[] }
}

/// Checks one element that the vocabulary knows.
pub(super) fn structure(node: Node<'_, '_>, findings: &mut Findings) {
    let Some(content) = CONTENT.iter().find(|content| node.has_tag_name((NAMESPACE, content.of))) else {
        return;
    };
    for attribute in content.required.iter().filter(|attribute| !node.has_attribute(**attribute)) {
        let says = format!("the attribute {attribute} is missing");
        findings.add("P005", place(node), says, &[attribute], &[]);
    }
    let named =
        |name: &'static str| node.children().filter(move |child| child.has_tag_name((NAMESPACE, name)));
    for name in content.least.iter().filter(|name| named(name).next().is_none()) {
        findings.add("P005", place(node), format!("at least one {name} is needed"), &[], &[]);
    }
    for name in content.once {
        if let Some(second) = named(name).nth(1) {
            findings.add("P005", place(second), format!("{name} stands a second time"), &[], &[]);
        }
    }
    let mut last = 0_usize;
    for child in node.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        // What does not belong here at all is another finding.
        let Some(at) = content.order.iter().position(|known| *known == name) else { continue };
        if at < last {
            let says = "out of the order of SPIF 2.1; it is read all the same";
            findings.add("P009", place(child), says, &[name], &[]);
            return;
        }
        last = at;
    }
}
