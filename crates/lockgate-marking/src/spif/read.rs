//! Reads the tree of a SPIF into plain values. What is missing or malformed is a finding; the rest is read on.

use super::raw::{
    Raw, RawEquivalent, RawGroup, RawLevel, RawMark, RawMarks, RawRequirement, RawTag, RawValue, codes,
};
use super::{Findings, NAMESPACE, place, time::generalized, vocabulary::vocabulary};
use crate::policy::{Kind, Operation};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};
use roxmltree::{Document, Node};

/// Reads the document; `None` where it is no SPIF 2.1 at all.
pub(crate) fn read<'d>(document: &'d Document<'d>, findings: &mut Findings) -> Option<Raw<'d>> {
    let root = document.root_element();
    if !root.has_tag_name((NAMESPACE, "SPIF")) {
        findings.add(
            "P002",
            place(root),
            "the root element is no SPIF of the SPIF namespace",
            &[root.tag_name().name()],
            &[],
        );
        return None;
    }
    let version = root.attribute("schemaVersion").unwrap_or("");
    if version != "2.1" {
        let is = ["1.0", "2.0", "3.0"].into_iter().find(|known| *known == version);
        let is = is.map_or_else(
            || String::from("schemaVersion is not 2.1"),
            |is| format!("this is SPIF {is}, not 2.1"),
        );
        let says = format!(
            "{is}; other versions mean other things: have the policy exported as SPIF 2.1 by who issues it"
        );
        findings.add("P003", place(root), says, &[], &[version]);
    }
    vocabulary(root, findings);
    let mut read = Reading { findings };
    let policy = children(root, "securityPolicyId").next()?;
    let issued = generalized(root.attribute("creationDate").unwrap_or(""));
    if issued.is_none() {
        let says = "creationDate has no zone or is no time; obsolete values are refused in every label";
        read.findings.add("P052", place(root), says, &[], &[root.attribute("creationDate").unwrap_or("")]);
    }
    for name in ["privilegeId", "rbacId"] {
        read.required(root, name);
        read.object_identifier(root, name);
    }
    read.whole_number(root, "version");
    let (from, until) = read.validity(root);
    let levels = children(root, "securityClassifications").next()?;
    let levels: Vec<_> = children(levels, "securityClassification").map(|node| read.level(node)).collect();
    let sets: Vec<_> = children(root, "securityCategoryTagSets")
        .flat_map(|sets| children(sets, "securityCategoryTagSet"))
        .collect();
    let mut tags = Vec::new();
    for set in &sets {
        read.object_identifier(*set, "id");
        tags.extend(children(*set, "securityCategoryTag").map(|node| read.tag(*set, node)));
    }
    let lists: Vec<_> = children(root, "privacyMarks").collect();
    let marks = read.marks(&lists);
    let others: Vec<_> =
        children(root, "equivalentPolicies").flat_map(|all| children(all, "equivalentPolicy")).collect();
    for other in children(root, "defaultSecurityPolicyId").chain(others.iter().copied()) {
        read.name(other);
        read.identifier(other);
    }
    let others_need = others.iter().map(|node| read.requirements(*node)).collect();
    let (name, id) = (read.name(policy), read.identifier(policy));
    let codes = codes(&tags);
    Some(Raw { root, name, id, issued, from, until, levels, tags, codes, marks, sets, others, others_need })
}

fn children<'d>(node: Node<'d, 'd>, name: &'static str) -> impl Iterator<Item = Node<'d, 'd>> {
    node.children().filter(move |child| child.has_tag_name((NAMESPACE, name)))
}

fn is_true(node: Node<'_, '_>, attribute: &str) -> bool {
    matches!(node.attribute(attribute), Some("true" | "1"))
}

struct Reading<'f> {
    findings: &'f mut Findings,
}

impl Reading<'_> {
    fn required<'d>(&mut self, node: Node<'d, 'd>, attribute: &str) -> &'d str {
        let value = node.attribute(attribute);
        if value.is_none_or(|value| value.is_empty() || value.len() > 256) {
            let says = format!("the attribute {attribute} is missing, empty or longer than 256 bytes");
            self.findings.add("P005", place(node), says, &[attribute], &[]);
        }
        value.unwrap_or("")
    }

    fn name<'d>(&mut self, node: Node<'d, 'd>) -> &'d str {
        self.required(node, "name")
    }

    pub(crate) fn identifier<'d>(&mut self, node: Node<'d, 'd>) -> &'d str {
        let id = self.required(node, "id");
        self.object_identifier(node, "id");
        id
    }

    /// A finding where the attribute is there and is no object identifier: nobody else has a name for what it means.
    fn object_identifier(&mut self, node: Node<'_, '_>, attribute: &str) {
        let id = node.attribute(attribute).unwrap_or("");
        let arc = |arc: &str| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
        let first = matches!(id.split('.').next(), Some("0" | "1" | "2"));
        let is_identifier = first && id.split('.').count() > 1 && id.split('.').all(arc);
        if !id.is_empty() && !is_identifier {
            let says = format!("{attribute} is no object identifier such as 1.3.26.1.3.1");
            self.findings.add("P005", place(node), says, &[attribute], &[id]);
        }
    }

    fn number(&mut self, node: Node<'_, '_>, attribute: &str) -> Option<i64> {
        let text = self.required(node, attribute);
        let number = text.parse::<i64>().ok();
        if number.is_none() && !text.is_empty() {
            self.no_whole_number(node, attribute, text);
        }
        number
    }

    /// A finding where the attribute is there and is no whole number, of whatever size.
    fn whole_number(&mut self, node: Node<'_, '_>, attribute: &str) {
        let Some(text) = node.attribute(attribute) else { return };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.no_whole_number(node, attribute, text);
        }
    }

    fn no_whole_number(&mut self, node: Node<'_, '_>, attribute: &str, text: &str) {
        let says = format!("{attribute} is no whole number");
        self.findings.add("P005", place(node), says, &[attribute], &[text]);
    }

    fn validity(&mut self, node: Node<'_, '_>) -> (Option<Time>, Option<Time>) {
        let mut instant = |attribute: &str| {
            let text = node.attribute(attribute)?;
            let time = Time::parse(text.as_bytes()).ok();
            if time.is_none() {
                let says = format!("{attribute} is no time with a zone");
                self.findings.add("P051", place(node), says, &[attribute], &[text]);
            }
            time
        };
        // `notAfter` is the last valid instant; `until` is the first that is not.
        let (from, until) =
            (instant("notBefore"), instant("notAfter").map(|last| last.plus(Duration::from_nanos(1))));
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            self.findings.add("P050", place(node), "notAfter is earlier than notBefore", &[], &[]);
        }
        (from, until)
    }

    fn level<'d>(&mut self, node: Node<'d, 'd>) -> RawLevel<'d> {
        RawLevel {
            node,
            name: self.name(node),
            lacv: self.number(node, "lacv"),
            hierarchy: self.number(node, "hierarchy"),
            obsolete: is_true(node, "obsolete"),
            needs: self.requirements(node),
            equivalents: self.equivalents(node, "equivalentClassification"),
        }
    }

    fn equivalents<'d>(&mut self, node: Node<'d, 'd>, name: &'static str) -> Vec<RawEquivalent<'d>> {
        let mut equivalents = Vec::new();
        for to in children(node, name) {
            let attribute = |name: &str| to.attribute(name).unwrap_or("");
            let of_value = name == "equivalentSecCategoryTag";
            let discard = to.attribute("action").is_some();
            let applied = self.required(to, "applied");
            self.object_identifier(to, "tagSetId");
            if !discard {
                self.required(to, "lacv");
            }
            if of_value && !discard {
                self.required(to, "tagSetId");
            }
            equivalents.push(RawEquivalent {
                policy: self.required(to, "policyRef"),
                lacv: attribute("lacv"),
                set_id: attribute("tagSetId"),
                kind: if of_value { self.kind(to).0 } else { None },
                outward: matches!(applied, "encrypt" | "both"),
                inward: matches!(applied, "decrypt" | "both"),
                discard,
                needs: self.requirements(to),
            });
        }
        equivalents
    }

    fn kind(&mut self, node: Node<'_, '_>) -> (Option<Kind>, bool) {
        let enumerated = node.attribute("tagType") == Some("enumerated");
        let kind = match (self.required(node, "tagType"), node.attribute("enumType")) {
            ("restrictive" | "notApplicable", _) | ("enumerated", Some("restrictive")) => {
                Some(Kind::Restrictive)
            }
            ("permissive", _) | ("enumerated", Some("permissive")) => Some(Kind::Permissive),
            ("tagType7", _) => Some(Kind::Informative),
            ("enumerated", None) => {
                let says = "an enumerated tag must say enumType restrictive or permissive";
                self.findings.add("P032", place(node), says, &[], &[]);
                None
            }
            _ => None,
        };
        (kind, enumerated)
    }

    fn tag<'d>(&mut self, set: Node<'d, 'd>, node: Node<'d, 'd>) -> RawTag<'d> {
        let (kind, enumerated) = self.kind(node);
        let (least, most) = self.selections(node);
        let most = most.unwrap_or(u32::MAX);
        if node.attribute("tagType") == Some("notApplicable") {
            self.findings.add(
                "P035",
                place(node),
                "a tag that applies to nothing; its values are read as restrictive",
                &[],
                &[],
            );
        }
        let set_name = set.attribute("name").unwrap_or("");
        RawTag {
            node,
            set_name,
            set_id: set.attribute("id").unwrap_or(""),
            // The name of a tag is optional in the schema; it is then that of its set.
            name: node.attribute("name").unwrap_or(set_name),
            kind,
            enumerated,
            least,
            most,
            values: children(node, "tagCategory").map(|value| self.value(value)).collect(),
        }
    }

    fn marks<'d>(&mut self, lists: &[Node<'d, 'd>]) -> RawMarks<'d> {
        let mut marks = RawMarks::default();
        for list in lists {
            let (least, most) = self.selections(*list);
            marks.least = marks.least.max(least);
            marks.most = marks.most.into_iter().chain(most).min();
            marks.list.extend(children(*list, "privacyMark").map(|node| RawMark {
                node,
                name: self.name(node),
                obsolete: is_true(node, "obsolete"),
            }));
        }
        marks
    }

    /// How many of what stands in `node` a label carries: at least, and at most where that is bounded.
    fn selections(&mut self, node: Node<'_, '_>) -> (u32, Option<u32>) {
        let mut bound = |attribute: &str| {
            let text = node.attribute(attribute).filter(|text| *text != "unbounded")?;
            let number = text.parse::<u32>().ok();
            if number.is_none() {
                let says = format!("{attribute} is no number");
                self.findings.add("P005", place(node), says, &[attribute], &[text]);
            }
            number
        };
        let (least, given) = (bound("minSelection").unwrap_or(0), bound("maxSelection"));
        let single = is_true(node, "singleSelection").then_some(1);
        let most = given.into_iter().chain(single).min();
        let two = single.is_some() && given.is_some_and(|given| given != 1);
        if two || most.is_some_and(|most| least > most || most == 0) {
            let says = "minSelection, maxSelection and singleSelection contradict each other";
            self.findings.add("P034", place(node), says, &[], &[]);
        }
        (least, most)
    }

    fn value<'d>(&mut self, node: Node<'d, 'd>) -> RawValue<'d> {
        let (from, until) = self.validity(node);
        if node.attribute("userInput").is_some() {
            let says = "a value to be typed by the user; labels carry it only where it limits nobody";
            self.findings.add("P055", place(node), says, &[node.attribute("name").unwrap_or("")], &[]);
        }
        RawValue {
            node,
            name: self.name(node),
            lacv: self.required(node, "lacv"),
            obsolete: is_true(node, "obsolete"),
            typed: node.attribute("userInput").is_some(),
            from,
            until,
            needs_level: node.attribute("requiredClass"),
            forbids_levels: children(node, "excludedClass")
                .map(|class| (class, class.text().unwrap_or("").trim()))
                .collect(),
            needs: self.requirements(node),
            forbids: children(node, "excludedCategory").map(|group| self.group(group)).collect(),
            equivalents: self.equivalents(node, "equivalentSecCategoryTag"),
        }
    }

    fn requirements<'d>(&mut self, node: Node<'d, 'd>) -> Vec<RawRequirement<'d>> {
        let mut requirements = Vec::new();
        for required in children(node, "requiredCategory") {
            let operation = match self.required(required, "operation") {
                "onlyOne" => Operation::OnlyOne,
                "oneOrMore" => Operation::OneOrMore,
                _ => Operation::All,
            };
            let groups: Vec<_> = children(required, "categoryGroup").map(|group| self.group(group)).collect();
            if groups.is_empty() {
                self.findings.add(
                    "P005",
                    place(required),
                    "a required category without categoryGroup",
                    &[],
                    &[],
                );
            }
            requirements.push(RawRequirement { operation, groups });
        }
        requirements
    }

    fn group<'d>(&mut self, node: Node<'d, 'd>) -> RawGroup<'d> {
        let (kind, enumerated) = self.kind(node);
        let (lacv, all) = (node.attribute("lacv"), is_true(node, "all"));
        if lacv.is_some() == all {
            self.findings.add(
                "P041",
                place(node),
                "exactly one of lacv and all=\"true\" is needed",
                &[],
                &[],
            );
        }
        RawGroup { node, set: self.required(node, "tagSetRef"), kind, enumerated, lacv, all }
    }
}
