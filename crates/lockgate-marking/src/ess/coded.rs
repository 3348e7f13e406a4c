//! Categories by code, as binary labels and clearances carry them, and what they are in a policy.

use super::ber::{Fault, Value, tag};
use crate::bits::Bits;
use crate::{Kind, Policy};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_reason::{Code, Finding, marking};

/// Most categories of one label (ub-security-categories of X.411).
const MAX_CATEGORIES: usize = 64;
/// Most codes of one enumeration.
const MAX_CODES: usize = 512;

/// The types of ACP 145 (A), annex on security categories.
const RESTRICTIVE: &str = "2.16.840.1.101.2.1.8.3.0";
const ENUMERATED_PERMISSIVE: &str = "2.16.840.1.101.2.1.8.3.1";
const PERMISSIVE: &str = "2.16.840.1.101.2.1.8.3.2";
const INFORMATIVE: &str = "2.16.840.1.101.2.1.8.3.3";
const ENUMERATED_RESTRICTIVE: &str = "2.16.840.1.101.2.1.8.3.4";
/// The categories of the MISSI profile (SDN.801), and the privileges of clearances in it.
const MISSI: &str = "2.16.840.1.101.2.1.8.1";
const PRIVILEGES: &str = "2.16.840.1.101.2.1.8.2";

/// Values of one tag set, by code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CodedTag {
    /// The identifier of the tag set.
    pub(super) set_id: String,
    /// `None` where the encoding leaves open whether an enumeration restricts or permits.
    pub(super) kind: Option<Kind>,
    /// An enumeration, not a bit set. Of informative values either.
    pub(super) enumerated: bool,
    pub(super) codes: Vec<u64>,
}

/// The categories of a label or clearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Categories {
    pub(super) tags: Vec<CodedTag>,
    /// Categories of types that are not known, or with parts that are not understood.
    pub(super) unknown: usize,
    /// The policies that MISSI categories name themselves.
    pub(super) policies: Vec<String>,
}

impl Categories {
    /// Reads `SET OF SecurityCategory`.
    pub(super) fn read(set: Value<'_>) -> Result<Self, Fault> {
        let mut categories = Self::default();
        let mut inside = set.values();
        let mut count = 0_usize;
        while let Some(category) = inside.next()? {
            count = count.saturating_add(1);
            if category.tag != tag::SEQUENCE || count > MAX_CATEGORIES {
                return Err(Fault::Type("no security category, or more than 64"));
            }
            let mut parts = category.values();
            let kind = parts.expect(tag::CONTEXT, "a security category without its type")?.identifier()?;
            let value =
                parts.expect(tag::CONTEXT | tag::CONSTRUCTED | 1, "a security category without its value")?;
            parts.end()?;
            categories.add(&kind, value.only()?)?;
        }
        if count == 0 { Err(Fault::Type("security categories without one")) } else { Ok(categories) }
    }

    fn add(&mut self, kind: &str, value: Value<'_>) -> Result<(), Fault> {
        let (kind, enumerated) = match kind {
            RESTRICTIVE => (Kind::Restrictive, false),
            PERMISSIVE => (Kind::Permissive, false),
            ENUMERATED_PERMISSIVE => (Kind::Permissive, true),
            ENUMERATED_RESTRICTIVE => (Kind::Restrictive, true),
            INFORMATIVE => (Kind::Informative, false),
            MISSI => return self.missi(value),
            PRIVILEGES => return self.privileges(value),
            _ => {
                self.unknown = self.unknown.saturating_add(1);
                return Ok(());
            }
        };
        let mut parts = sequence(value)?;
        let set_id = parts.expect(tag::OID, "a tag without the identifier of its set")?.identifier()?;
        let codes = parts.next()?.ok_or(Fault::Type("a tag without values"))?;
        parts.end()?;
        let codes = match (kind, enumerated) {
            (Kind::Informative, _) => free(codes)?,
            (_, true) => numbers(codes, tag::SET)?,
            (_, false) => bits(codes, tag::BITS)?,
        };
        self.tags.push(CodedTag { set_id, kind: Some(kind), enumerated, codes });
        Ok(())
    }

    /// `MissiSecurityCategories`: named tag sets, alone or with the policy they are of.
    fn missi(&mut self, value: Value<'_>) -> Result<(), Fault> {
        let mut parts = value.values();
        let sets = match value.tag {
            tag::SET => value,
            tag::SEQUENCE => {
                self.policies.push(parts.expect(tag::OID, "categories without their policy")?.identifier()?);
                let sets = parts.expect(tag::SET, "categories without tag sets")?;
                parts.end()?;
                sets
            }
            _ => return Err(Fault::Type("no categories of the MISSI profile")),
        };
        named_sets(sets, &mut |set_id, part| self.missi_tag(set_id, part))
    }

    fn missi_tag(&mut self, set_id: &str, part: Value<'_>) -> Result<(), Fault> {
        const CONSTRUCTED: u8 = tag::CONTEXT | tag::CONSTRUCTED;
        let (kind, enumerated) = match part.tag ^ CONSTRUCTED {
            1 => (Some(Kind::Restrictive), false),
            2 => (None, true),
            6 => (Some(Kind::Permissive), false),
            7 => {
                let codes = free(part.only()?)?;
                self.tags.push(CodedTag {
                    set_id: set_id.into(),
                    kind: Some(Kind::Informative),
                    enumerated: false,
                    codes,
                });
                return Ok(());
            }
            _ => return Err(Fault::Type("a security tag of no known type")),
        };
        let mut parts = part.values();
        let mut flags = parts.next()?.ok_or(Fault::Type("a tag without values"))?;
        if flags.tag == tag::INTEGER {
            // A level of its own: nothing in a policy file says what it means.
            self.unknown = self.unknown.saturating_add(1);
            flags = parts.next()?.ok_or(Fault::Type("a tag without values"))?;
        }
        parts.end()?;
        let codes = if enumerated { numbers(flags, tag::SET)? } else { bits(flags, tag::BITS)? };
        self.tags.push(CodedTag { set_id: set_id.into(), kind, enumerated, codes });
        Ok(())
    }

    /// `SSLPrivileges`: what a clearance holds, by named tag set.
    fn privileges(&mut self, value: Value<'_>) -> Result<(), Fault> {
        if value.tag != tag::SET {
            return Err(Fault::Type("no privileges"));
        }
        named_sets(value, &mut |set_id, part| {
            let plain = part.tag & !tag::CONSTRUCTED;
            let (kind, enumerated, codes) = match plain ^ tag::CONTEXT {
                1 => (Some(Kind::Restrictive), false, bits(part, plain)?),
                2 => (None, true, numbers(part, tag::CONTEXT | tag::CONSTRUCTED | 2)?),
                6 => (Some(Kind::Permissive), false, bits(part, plain)?),
                _ => return Err(Fault::Type("a privilege of no known type")),
            };
            self.tags.push(CodedTag { set_id: set_id.into(), kind, enumerated, codes });
            Ok(())
        })
    }

    /// The values in `policy`. What is wrong is in `out`.
    pub(super) fn values(&self, policy: &Policy, out: &mut Vec<Finding>) -> Bits {
        let mut values = Bits::EMPTY;
        if self.unknown > 0 {
            out.push(Finding::new(marking::UNKNOWN_SYNTAX));
        }
        if self.policies.iter().any(|id| id != policy.id()) {
            let says = "the categories name another policy than the label";
            out.push(Finding::new(marking::POLICY_MISMATCH).saying(says));
        }
        for (at, tag) in self.tags.iter().enumerate() {
            let earlier = self.tags.iter().take(at);
            let same = |other: &CodedTag| {
                (&other.set_id, other.kind, other.enumerated) == (&tag.set_id, tag.kind, tag.enumerated)
            };
            if earlier.into_iter().any(same) {
                out.push(Finding::new(marking::REPEATED).saying("two categories of one tag"));
            }
            if tag.codes.is_empty() {
                out.push(Finding::new(marking::INCOMPLETE).saying("a category without a value"));
            }
            for code in &tag.codes {
                match tag.value(policy, *code) {
                    Ok(value) if values.contains(value) => {
                        let says = format!("the value {} stands twice", policy.value_name(value));
                        out.push(Finding::new(marking::REPEATED).saying(says));
                    }
                    Ok(value) => values.insert(value),
                    Err(code) => out.push(Finding::new(code)),
                }
            }
        }
        values
    }
}

impl CodedTag {
    /// The one value with this code. Enumerations and bit sets count apart, informative values together.
    fn value(&self, policy: &Policy, code: u64) -> Result<u16, Code> {
        let of_set = || policy.tags.iter().filter(|tag| tag.set_id == self.set_id);
        if of_set().next().is_none() {
            return Err(marking::UNKNOWN_TAG);
        }
        let fits = |tag: &&crate::policy::Tag| match self.kind {
            Some(Kind::Informative) => tag.kind == Kind::Informative,
            Some(kind) => tag.kind == kind && tag.enumerated == self.enumerated,
            None => tag.kind != Kind::Informative && tag.enumerated == self.enumerated,
        };
        if !of_set().any(|tag| fits(&tag)) {
            return Err(marking::TAG_MISMATCH);
        }
        let is = |value: &u16| policy.value(*value).is_some_and(|value| value.lacv.parse() == Ok(code));
        let mut found = of_set().filter(fits).flat_map(|tag| tag.values.iter()).filter(is);
        let usable = |value: &u16| policy.value(*value).is_some_and(|value| value.coded && !value.typed);
        match (found.next().filter(usable), found.next()) {
            (Some(value), None) => Ok(value),
            _ => Err(marking::UNKNOWN_CODE),
        }
    }
}

fn sequence(value: Value<'_>) -> Result<super::ber::Values<'_>, Fault> {
    if value.tag == tag::SEQUENCE { Ok(value.values()) } else { Err(Fault::Type("no tag of ACP 145")) }
}

fn bits(value: Value<'_>, of: u8) -> Result<Vec<u64>, Fault> {
    if value.is_string(of) { value.bits() } else { Err(Fault::Type("no bit string where one is asked for")) }
}

fn numbers(value: Value<'_>, of: u8) -> Result<Vec<u64>, Fault> {
    if value.tag != of {
        return Err(Fault::Type("no set of numbers where one is asked for"));
    }
    let (mut numbers, mut inside) = (Vec::new(), value.values());
    while let Some(number) = inside.next()? {
        if number.tag != tag::INTEGER || numbers.len() >= MAX_CODES {
            return Err(Fault::Type("no number in a set of numbers, or more than 512"));
        }
        numbers.push(number.number()?);
    }
    Ok(numbers)
}

/// `FreeFormField`: bits or numbers.
fn free(value: Value<'_>) -> Result<Vec<u64>, Fault> {
    if value.tag == tag::SET { numbers(value, tag::SET) } else { bits(value, tag::BITS) }
}

/// `SET OF SEQUENCE { OBJECT IDENTIFIER, SEQUENCE OF ... }`.
fn named_sets(
    sets: Value<'_>,
    each: &mut dyn FnMut(&str, Value<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut inside = sets.values();
    let mut count = 0_usize;
    while let Some(set) = inside.next()? {
        let mut parts = sequence(set)?;
        let id = parts.expect(tag::OID, "a tag set without its identifier")?.identifier()?;
        let mut tags = parts.expect(tag::SEQUENCE, "a tag set without tags")?.values();
        parts.end()?;
        while let Some(part) = tags.next()? {
            count = count.saturating_add(1);
            if count > MAX_CATEGORIES {
                return Err(Fault::Type("more than 64 security tags"));
            }
            each(&id, part)?;
        }
    }
    Ok(())
}
