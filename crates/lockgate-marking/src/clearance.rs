//! Clearances, and the access decision.

use crate::bits::Bits;
use crate::builder::{LabelBuilder, TagClaim};
use crate::spif::{Findings, parse_bounded, text_bounded};
use crate::xml::text_of;
use crate::{Absent, Fault, Kind, Label, Policy, PolicyIx, PolicySet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use roxmltree::Node;

const CLEARANCE: &str = "urn:nato:stanag:4774:confidentialityclearance:1:0";
const LABEL: &str = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What a reader holds: an explicit set of levels, and category values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance {
    policy: PolicyIx,
    levels: u64,
    values: Bits,
}

/// The answer of the access decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The reader may read it.
    Granted,
    /// The reader may not.
    Denied,
    /// A permissive tag is absent, and the policy leaves open what that means; nothing else denies.
    Undecided,
}

impl Clearance {
    /// A clearance that holds exactly these levels and (tag, value) pairs.
    ///
    /// # Errors
    /// `P081` where the policy or one of them is unknown.
    pub fn new(
        policies: &PolicySet,
        policy: &str,
        levels: &[&str],
        held: &[(&str, &str)],
    ) -> Result<Self, Fault> {
        let unknown =
            |name: &str| Fault::new("P081", name, format!("the clearance names {name}, which is unknown"));
        let index = policies.named(policy).ok_or_else(|| unknown(policy))?;
        let of = policies.policy(index).ok_or_else(|| unknown(policy))?;
        let mut clearance = Self { policy: index, levels: 0, values: Bits::EMPTY };
        for level in levels {
            clearance.levels |= 1 << (of.find_level(level).ok_or_else(|| unknown(level))? & 63);
        }
        for (tag, value) in held {
            clearance.values.insert(of.find_value_of(tag, value).ok_or_else(|| unknown(value))?);
        }
        Ok(clearance)
    }

    /// Reads a `ConfidentialityClearance` (ADatP-4774, appendix 2): policy, list of levels, categories.
    ///
    /// # Errors
    /// `P080` no readable XML or no clearance, `P081` an unknown policy, level, tag or value, `P082` what a clearance
    /// does not have.
    pub fn from_xml(bytes: &[u8], policies: &PolicySet) -> Result<Self, Vec<Fault>> {
        let mut findings = Findings::default();
        let document = text_bounded(bytes, &mut findings).and_then(|text| parse_bounded(text, &mut findings));
        let Some(document) = document else {
            let fault = |says: String| Fault::new("P080", "", says);
            return Err(findings.list.into_iter().map(|finding| fault(finding.says)).collect());
        };
        let mut read = Reading { policies, builder: LabelBuilder::new(), levels: 0, faults: Vec::new() };
        let clearance = read.root(document.root_element());
        match clearance {
            Some(clearance) if read.faults.is_empty() => Ok(clearance),
            _ => Err(read.faults),
        }
    }

    /// Reads the clearance attribute of X.501 in BER: with the plain tags of RFC 5755 or those of X.841, its categories
    /// by ACP 145 (A) or as privileges of the MISSI profile.
    ///
    /// # Errors
    /// `P080` no clearance in BER, `P081` an unknown policy, level, tag or value.
    pub fn from_ber(bytes: &[u8], policies: &PolicySet) -> Result<Self, Vec<Fault>> {
        crate::ess::clearance(bytes, policies)
    }

    /// Reads a clearance in the form that its structure shows: BER or XML.
    ///
    /// # Errors
    /// As [`Self::from_ber`] and [`Self::from_xml`].
    pub fn read(bytes: &[u8], policies: &PolicySet) -> Result<Self, Vec<Fault>> {
        if crate::ess::is_clearance(bytes) {
            Self::from_ber(bytes, policies)
        } else {
            Self::from_xml(bytes, policies)
        }
    }

    /// The policy it is of.
    pub fn policy(&self) -> PolicyIx {
        self.policy
    }

    pub(crate) fn from_parts(policy: PolicyIx, levels: u64, values: Bits) -> Self {
        Self { policy, levels, values }
    }

    /// Its levels, one bit each, and its values.
    pub(crate) fn held(&self) -> (u64, &Bits) {
        (self.levels, &self.values)
    }

    /// The access decision function (ADatP-4774.1, with absence as the policy types it): level in the explicit set,
    /// every restrictive value held, one value held of each permissive tag set, informative values ignored. Tag sets
    /// are told apart by identifier, never by name. Another policy: denied.
    pub fn access(&self, label: &Label, policies: &PolicySet) -> Access {
        match policies.policy(self.policy) {
            Some(policy) if label.policy == self.policy => self.access_in(label, policy),
            _ => Access::Denied,
        }
    }

    fn access_in(&self, label: &Label, policy: &Policy) -> Access {
        let level = self.levels & (1 << (label.level & 63)) != 0;
        let restrictive = self.values.holds_all_of(&label.values.and(policy.restrictive()));
        if !level || !restrictive {
            return Access::Denied;
        }
        let mut access = Access::Granted;
        for (index, group) in (0_u8..64).zip(&policy.groups) {
            let values = label.values.and(&group.values);
            let everyone = |value: u16| policy.value(value).is_some_and(|value| value.everyone);
            let held = self.values.meets(&values) || values.iter().any(everyone);
            let is_nobody = label.nobody & (1 << index) != 0;
            match (values.is_empty(), group.absent) {
                _ if is_nobody => return Access::Denied,
                (false, _) if !held => return Access::Denied,
                (false, _) | (true, Absent::Universe) => {}
                (true, Absent::Empty) => return Access::Denied,
                (true, Absent::Undecided) => access = Access::Undecided,
            }
        }
        access
    }
}

struct Reading<'p> {
    policies: &'p PolicySet,
    builder: LabelBuilder,
    levels: u64,
    faults: Vec<Fault>,
}

impl Reading<'_> {
    fn fault(&mut self, code: &'static str, node: Node<'_, '_>, says: &str) {
        let (name, line) = (node.tag_name().name(), node.document().text_pos_at(node.range().start).row);
        self.faults.push(Fault::new(code, name, format!("line {line}, {name}: {says}")));
    }

    /// The attributes and the text of `node`: what is not known here would change what is meant, and nobody would read it.
    fn frame(&mut self, node: Node<'_, '_>, known: &[&str], has_text: bool) {
        let is_known = |space: Option<&str>, name: &str| match space {
            None => known.contains(&name),
            Some(XML) => true,
            Some(INSTANCE) => matches!(name, "schemaLocation" | "noNamespaceSchemaLocation"),
            Some(_) => false,
        };
        if node.attributes().any(|attribute| !is_known(attribute.namespace(), attribute.name())) {
            self.fault("P082", node, "a clearance does not have one of these attributes here");
        }
        if has_text && node.children().any(|child| child.is_element()) {
            self.fault("P082", node, "an element where only text may stand");
        }
        if !has_text && !text_of(node).trim().is_empty() {
            self.fault("P082", node, "text where only elements may stand");
        }
    }

    /// The elements of `node`, all of which belong to the clearance or the label namespace; others are faults.
    fn elements<'d>(&mut self, node: Node<'d, 'd>, known: &[&str]) -> Vec<Node<'d, 'd>> {
        let elements: Vec<_> = node.children().filter(Node::is_element).collect();
        for child in &elements {
            let ours = matches!(child.tag_name().namespace(), Some(CLEARANCE | LABEL));
            if !ours || !known.contains(&child.tag_name().name()) {
                self.fault("P082", *child, "a clearance does not have this element here");
            }
        }
        elements
    }

    fn root(&mut self, root: Node<'_, '_>) -> Option<Clearance> {
        if !root.has_tag_name((CLEARANCE, "ConfidentialityClearance")) {
            self.fault("P080", root, "the root element is no ConfidentialityClearance");
            return None;
        }
        self.frame(root, &[], false);
        let parts = self.elements(root, &["PolicyIdentifier", "ClassificationList", "Category"]);
        let named =
            |name: &'static str| parts.iter().copied().filter(move |part| part.tag_name().name() == name);
        let (mut policies, mut lists) = (named("PolicyIdentifier"), named("ClassificationList"));
        let (Some(policy), Some(list), None, None) =
            (policies.next(), lists.next(), policies.next(), lists.next())
        else {
            self.fault("P080", root, "exactly one PolicyIdentifier and one ClassificationList are needed");
            return None;
        };
        self.frame(policy, &["URI"], true);
        self.frame(list, &[], false);
        let name = text_of(policy);
        if self.builder.begin(self.policies, &name, policy.attribute("URI")).is_err() {
            self.fault("P081", policy, "no policy of the bundle has this name and identifier");
            return None;
        }
        let index = self.policies.named(&name)?;
        let of = self.policies.policy(index)?;
        for level in self.elements(list, &["Classification"]) {
            self.frame(level, &[], true);
            let bit = of.find_level(&text_of(level)).map(|found| 1_u64 << (found & 63));
            match bit.filter(|bit| self.levels & bit == 0) {
                Some(bit) => self.levels |= bit,
                None => self.fault("P081", level, "the policy has no such level, or it stands twice"),
            }
        }
        named("Category").for_each(|category| self.category(category));
        let values = self.builder.gathered()?;
        Some(Clearance { policy: index, levels: self.levels, values })
    }

    fn category(&mut self, node: Node<'_, '_>) {
        self.frame(node, &["Type", "TagName", "URI"], false);
        let attribute = |name: &str| node.attribute(name).unwrap_or("");
        let claim =
            TagClaim { name: attribute("TagName"), kind: attribute("Type"), id: node.attribute("URI") };
        if Kind::named(claim.kind).is_none() || self.builder.tag(self.policies, claim).is_err() {
            self.fault(
                "P081",
                node,
                "no tag of the policy has this name, type and identifier, or it stands twice",
            );
            return;
        }
        for value in self.elements(node, &["GenericValue"]) {
            self.frame(value, &[], true);
            if self.builder.value(self.policies, &text_of(value)).is_err() {
                self.fault("P081", value, "the tag has no such value, or it stands twice");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
