//! What SPIF 2.1 knows: elements, where they stand, their attributes, and the closed lists of words.

use super::structure::structure;
use super::{Findings, NAMESPACE, place};
use alloc::format;
use roxmltree::Node;

struct Element {
    name: &'static str,
    parents: &'static [&'static str],
    attributes: &'static [&'static str],
    text: bool,
}

const fn element(
    name: &'static str,
    parents: &'static [&'static str],
    attributes: &'static [&'static str],
    text: bool,
) -> Element {
    Element { name, parents, attributes, text }
}

const MARKED: &[&str] = &[
    "SPIF",
    "defaultSecurityPolicyId",
    "securityPolicyId",
    "securityClassifications",
    "securityClassification",
    "securityCategoryTag",
    "tagCategory",
    "privacyMarks",
    "privacyMark",
];
const ELEMENTS: &[Element] = &[
    element(
        "SPIF",
        &[],
        &[
            "schemaVersion",
            "version",
            "creationDate",
            "originatorDN",
            "keyIdentifier",
            "privilegeId",
            "rbacId",
            "userRefURI",
            "docRefURI",
            "notBefore",
            "notAfter",
        ],
        false,
    ),
    element("defaultSecurityPolicyId", &["SPIF"], &["name", "id"], false),
    element("securityPolicyId", &["SPIF"], &["name", "id"], false),
    element("updateInfo", &["SPIF"], &[], false),
    element("securityClassifications", &["SPIF"], &["name"], false),
    element(
        "securityClassification",
        &["securityClassifications"],
        &["name", "color", "lacv", "hierarchy", "obsolete"],
        false,
    ),
    element(
        "equivalentClassification",
        &["securityClassification"],
        &["policyRef", "lacv", "applied"],
        false,
    ),
    element("markingData", MARKED, &["phrase"], false),
    element("code", &["markingData"], &[], true),
    element("markingQualifier", MARKED, &["markingCode"], false),
    element("qualifier", &["markingQualifier"], &["markingQualifier", "qualifierCode"], false),
    element(
        "requiredCategory",
        &[
            "securityClassification",
            "tagCategory",
            "equivalentClassification",
            "equivalentPolicy",
            "equivalentSecurityCategoryTagSet",
        ],
        &["operation"],
        false,
    ),
    element(
        "categoryGroup",
        &["requiredCategory"],
        &["tagSetRef", "tagType", "enumType", "lacv", "all"],
        false,
    ),
    element("securityCategoryTagSets", &["SPIF"], &[], false),
    element("securityCategoryTagSet", &["securityCategoryTagSets"], &["name", "id"], false),
    element(
        "equivalentSecurityCategoryTagSet",
        &["securityCategoryTagSet"],
        &["policyRef", "name", "id"],
        false,
    ),
    element(
        "securityCategoryTag",
        &["securityCategoryTagSet"],
        &["name", "tagType", "enumType", "tag7Encoding", "singleSelection", "maxSelection", "minSelection"],
        false,
    ),
    element(
        "tagCategory",
        &["securityCategoryTag"],
        &["name", "lacv", "userInput", "requiredClass", "obsolete", "dateFormat", "notBefore", "notAfter"],
        false,
    ),
    element(
        "equivalentSecCategoryTag",
        &["tagCategory"],
        &["policyRef", "tagSetId", "tagType", "enumType", "lacv", "applied", "action"],
        false,
    ),
    element("excludedClass", &["tagCategory"], &[], true),
    element(
        "excludedCategory",
        &["tagCategory"],
        &["tagSetRef", "tagType", "enumType", "lacv", "all"],
        false,
    ),
    element("privacyMarks", &["SPIF"], &["maxSelection", "minSelection"], false),
    element("privacyMark", &["privacyMarks"], &["name", "obsolete"], false),
    element("equivalentPolicies", &["SPIF"], &[], false),
    element("equivalentPolicy", &["equivalentPolicies"], &["name", "id", "docRefURI", "userRefURI"], false),
    element("extensions", &["SPIF"], &[], false),
];

/// The closed lists: attribute or element, its words, the code of the finding.
const WORDS: &[(&str, &[&str], &str)] = &[
    ("tagType", &["notApplicable", "restrictive", "enumerated", "permissive", "tagType7"], "P030"),
    ("enumType", &["restrictive", "permissive"], "P031"),
    ("tag7Encoding", &["bitSetAttributes", "securityAttributes"], "P031"),
    ("operation", &["onlyOne", "oneOrMore", "all"], "P031"),
    ("applied", &["encrypt", "decrypt", "both"], "P031"),
    ("action", &["discard"], "P031"),
    ("userInput", &["string", "integer", "date"], "P031"),
    ("qualifierCode", &["prefix", "suffix", "separator"], "P031"),
    ("obsolete", BOOLEAN, "P031"),
    ("singleSelection", BOOLEAN, "P031"),
    ("all", BOOLEAN, "P031"),
    ("markingCode", MARKING_CODES, "P031"),
    ("code", MARKING_CODES, "P031"),
];
const BOOLEAN: &[&str] = &["true", "false", "1", "0"];
const MARKING_CODES: &[&str] = &[
    "pageTop",
    "pageBottom",
    "pageTopBottom",
    "documentStart",
    "documentEnd",
    "noNameDisplay",
    "noMarkingDisplay",
    "suppressClassName",
    "firstLineOfText",
    "lastLineOfText",
    "subject",
    "xHeader",
    "portionMarking",
    "inputTitle",
    "waterMark",
    "replacePolicy",
];

/// Checks every element outside `extensions` against the vocabulary.
pub(crate) fn vocabulary(root: Node<'_, '_>, findings: &mut Findings) {
    for node in root.descendants() {
        if node.ancestors().skip(1).any(|above| above.has_tag_name((NAMESPACE, "extensions"))) {
            continue;
        }
        if node.is_element() {
            of_element(node, findings);
        } else if node.is_text() && !node.text().unwrap_or("").trim().is_empty() {
            let parent = node.parent_element().map_or("", |parent| parent.tag_name().name());
            if !ELEMENTS.iter().any(|known| known.name == parent && known.text) {
                // Beside tag sets no constraint is ever written as text; anywhere else one might be.
                let frame = ["SPIF", "securityCategoryTagSets"].contains(&parent);
                findings.add(
                    if frame { "P008" } else { "P006" },
                    place(node.parent().unwrap_or(node)),
                    "text where only elements may stand",
                    &[],
                    &[],
                );
            }
        }
    }
}

fn of_element(node: Node<'_, '_>, findings: &mut Findings) {
    let name = node.tag_name().name();
    let parent = node.parent_element().map_or("", |parent| parent.tag_name().name());
    let known = ELEMENTS.iter().find(|known| {
        known.name == name
            && (known.parents.contains(&parent) || (known.parents.is_empty() && parent.is_empty()))
    });
    let Some(known) = known.filter(|_| node.tag_name().namespace() == Some(NAMESPACE)) else {
        let says = "an element that SPIF 2.1 does not know here; a constraint in it would be lost";
        findings.add("P006", place(node), says, &[name], &[]);
        return;
    };
    for attribute in node.attributes() {
        let (space, attribute, value) = (attribute.namespace(), attribute.name(), attribute.value());
        match space {
            None if known.attributes.contains(&attribute) => words(node, attribute, value, findings),
            None => findings.add(
                "P006",
                place(node),
                "an attribute that SPIF 2.1 does not know here",
                &[attribute],
                &[],
            ),
            Some("http://www.w3.org/XML/1998/namespace" | "http://www.w3.org/2001/XMLSchema-instance") => {}
            Some(_) => {
                findings.add("P007", place(node), "a foreign attribute that is not read", &[attribute], &[])
            }
        }
    }
    structure(node, findings);
    if known.name == "code" {
        words(node, "code", node.text().unwrap_or(""), findings);
    }
}

fn words(node: Node<'_, '_>, list: &str, value: &str, findings: &mut Findings) {
    if let Some((_, words, code)) = WORDS.iter().find(|(name, ..)| *name == list)
        && !words.contains(&value)
    {
        let says = format!("{list} is none of: {}", words.join(", "));
        findings.add(code, place(node), says, &[value], &[]);
    }
}
