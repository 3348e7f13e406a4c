//! Labels and clearances in ASN.1: the security label of RFC 2634 (Enhanced Security Services) and X.841, and the
//! clearance attribute of X.501, RFC 5755 and X.841, with categories by ACP 145 (A) and by the MISSI profile.
//!
//! The numbers of the classification are those of the policy's file (`lacv`). RFC 2634 names 0 to 5, but their order
//! there is no order of sensitivity: the policy's hierarchy alone is.

mod ber;
mod coded;

use crate::bits::Bits;
use crate::{Clearance, Fault, Label, PolicyIx, PolicySet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use ber::{Value, Values, tag};
use coded::Categories;
use lockgate_reason::{Finding, marking, schema};

/// Most characters of a privacy mark in the letters of `PrintableString` (ub-privacy-mark-length of X.411).
const MAX_PRIVACY: usize = 128;
/// The class of a clearance that names none (`DEFAULT {unclassified}`).
const UNCLASSIFIED: u64 = 1;

/// A security label as its bytes say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EssLabel {
    policy: Option<String>,
    class: Option<u64>,
    privacy: Option<String>,
    categories: Option<Categories>,
}

/// True where the structure is that of a binary label: a SET.
pub(crate) fn is_label(bytes: &[u8]) -> bool {
    bytes.first() == Some(&tag::SET)
}

/// True where the structure is that of a binary clearance: a SEQUENCE.
pub(crate) fn is_clearance(bytes: &[u8]) -> bool {
    bytes.first() == Some(&tag::SEQUENCE)
}

/// Reads a label: whether it is well-formed, and what it says or why it does not follow its type.
pub(crate) fn read(bytes: &[u8]) -> (bool, Result<EssLabel, Finding>) {
    let finding = |fault| match fault {
        ber::Fault::Encoding(says) => Finding::new(schema::NOT_WELL_FORMED).saying(says),
        ber::Fault::Type(says) => Finding::new(schema::BAD_VALUE).saying(says),
    };
    match ber::check(bytes) {
        Ok(()) => (true, EssLabel::read(bytes).map_err(finding)),
        Err(fault) => (false, Err(finding(fault))),
    }
}

impl EssLabel {
    /// `ESSSecurityLabel ::= SET { policy OPTIONAL, classification OPTIONAL, privacy mark OPTIONAL, categories OPTIONAL }`
    /// in any order, each once, at least one of them.
    fn read(bytes: &[u8]) -> Result<Self, ber::Fault> {
        let twice =
            |there: bool| if there { Err(ber::Fault::Type("a part that stands twice")) } else { Ok(()) };
        let mut parts = Values::of(bytes).expect(tag::SET, "no security label")?.values();
        let mut label = Self::default();
        while let Some(part) = parts.next()? {
            match part.tag {
                tag::OID => {
                    twice(label.policy.is_some())?;
                    label.policy = Some(part.identifier()?);
                }
                tag::INTEGER => {
                    twice(label.class.is_some())?;
                    label.class = Some(part.number()?);
                }
                tag::SET => {
                    twice(label.categories.is_some())?;
                    label.categories = Some(Categories::read(part)?);
                }
                _ if part.is_string(tag::UTF8) || part.is_string(tag::PRINTABLE) => {
                    twice(label.privacy.is_some())?;
                    label.privacy = Some(privacy(part)?);
                }
                _ => return Err(ber::Fault::Type("a part that a security label does not have")),
            }
        }
        if label == Self::default() {
            Err(ber::Fault::Type("a security label without parts"))
        } else {
            Ok(label)
        }
    }

    /// Which label of `policies` it is; see [`crate::LabelFile::label`].
    pub(crate) fn label(&self, policies: &PolicySet, out: &mut Vec<Finding>) -> Option<Label> {
        let Some(id) = &self.policy else {
            out.push(Finding::new(marking::INCOMPLETE).saying("the label names no policy"));
            return None;
        };
        let Some((index, policy)) = policies.with_id(id).and_then(|ix| Some((ix, policies.policy(ix)?)))
        else {
            out.push(Finding::new(marking::UNKNOWN_POLICY));
            return None;
        };
        // It does not say when it was made, and a code may mean another thing in each edition.
        if let Err(finding) = policies.governing(index, None) {
            out.push(finding);
            return None;
        }
        let Some(class) = self.class else {
            out.push(Finding::new(marking::INCOMPLETE).saying("the label has no classification"));
            return None;
        };
        let code = i64::try_from(class).ok();
        let Some(level) = code.and_then(|code| policies.level_coded(index, code)) else {
            out.push(Finding::new(marking::UNKNOWN_LEVEL));
            return None;
        };
        let before = out.len();
        let values =
            self.categories.as_ref().map_or(Bits::EMPTY, |categories| categories.values(policy, out));
        let mut label = Label::new(index, level.level, values);
        if let Some(mark) = &self.privacy {
            match policy.privacy.find(mark, policy.compare) {
                Some(bit) => label.privacy = bit,
                None => out.push(Finding::new(marking::PRIVACY_MARK)),
            }
        }
        (out.len() == before).then_some(label)
    }
}

fn privacy(part: Value<'_>) -> Result<String, ber::Fault> {
    let text = part.text()?;
    let too_long = part.is_string(tag::PRINTABLE) && text.len() > MAX_PRIVACY;
    if text.is_empty() || too_long {
        return Err(ber::Fault::Type("a privacy mark that is empty or longer than 128 letters"));
    }
    Ok(text)
}

/// Reads a clearance.
///
/// # Errors
/// As [`Clearance::from_ber`].
pub(crate) fn clearance(bytes: &[u8], policies: &PolicySet) -> Result<Clearance, Vec<Fault>> {
    let broken = |fault| {
        let (ber::Fault::Encoding(says) | ber::Fault::Type(says)) = fault;
        Vec::from([Fault::new("P080", "", says)])
    };
    ber::check(bytes).map_err(broken)?;
    let said = Held::read(bytes).map_err(broken)?;
    said.clearance(policies)
}

/// A clearance as its bytes say it.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    policy: String,
    classes: Vec<u64>,
    categories: Option<Categories>,
}

impl Held {
    /// `Clearance ::= SEQUENCE { policyId, classList DEFAULT {unclassified}, securityCategories OPTIONAL }`, with plain tags
    /// (RFC 5755) or those of the context (X.841, RFC 3281): 0, 1 and 2.
    fn read(bytes: &[u8]) -> Result<Self, ber::Fault> {
        const SETS: u8 = tag::CONTEXT | tag::CONSTRUCTED | 2;
        let mut parts = Values::of(bytes).expect(tag::SEQUENCE, "no clearance")?.values();
        let first = parts.next()?.ok_or(ber::Fault::Type("a clearance without its policy"))?;
        let (classes, categories) = match first.tag {
            tag::OID => (tag::BITS, tag::SET),
            tag::CONTEXT => (tag::CONTEXT | 1, SETS),
            _ => return Err(ber::Fault::Type("a clearance without its policy")),
        };
        let mut held =
            Self { policy: first.identifier()?, classes: Vec::from([UNCLASSIFIED]), categories: None };
        let mut next = parts.next()?;
        if let Some(part) = next.filter(|part| part.is_string(classes)) {
            held.classes = part.bits()?;
            next = parts.next()?;
        }
        if let Some(part) = next.filter(|part| part.tag == categories) {
            held.categories = Some(Categories::read(part)?);
            next = parts.next()?;
        }
        match next {
            None => Ok(held),
            Some(_) => Err(ber::Fault::Type("a part that a clearance does not have")),
        }
    }

    fn clearance(&self, policies: &PolicySet) -> Result<Clearance, Vec<Fault>> {
        let unknown = |what: &str| Vec::from([Fault::new("P081", "", format!("the clearance names {what}"))]);
        let index: PolicyIx =
            policies.with_id(&self.policy).ok_or_else(|| unknown("a policy that is unknown"))?;
        let policy = policies.policy(index).ok_or_else(|| unknown("a policy that is unknown"))?;
        let mut levels = 0_u64;
        for class in &self.classes {
            let code = i64::try_from(*class).ok();
            let level = code.and_then(|code| policies.level_coded(index, code));
            levels |=
                1 << (level.ok_or_else(|| unknown("a level that its policy does not have"))?.level & 63);
        }
        let mut out = Vec::new();
        let values = self.categories.as_ref().map_or(Bits::EMPTY, |all| all.values(policy, &mut out));
        match out.first() {
            None => Ok(Clearance::from_parts(index, levels, values)),
            Some(finding) => Err(unknown(&format!("a category that cannot be told: {}", finding.says))),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
