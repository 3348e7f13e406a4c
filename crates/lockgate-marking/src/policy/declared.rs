//! What a SPIF itself declares to be equivalent in other policies.
//!
//! A release never rests on this: what a lane maps is authored in the bundle, with dates and authority. It answers what
//! the owner of a policy says, and is as strict as the words allow: what has no equivalent has none.

use super::{Absent, Group, Kind, Operation, Policy, PrivacyMap};
use crate::bits::Bits;
use crate::spif::{Raw, RawGroup, RawRequirement, same_code};
use crate::{Label, PolicyIx, PolicySet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_reason::{Finding, marking};

/// The equivalences of one file, by level and value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared {
    policies: Vec<Other>,
    levels: Vec<Vec<LevelTo>>,
    values: Vec<Vec<ValueTo>>,
}

/// Another policy, and what a label always carries there.
#[derive(Debug, Clone)]
struct Other {
    id: String,
    needs: Vec<Need>,
}

#[derive(Debug, Clone)]
struct LevelTo {
    policy: String,
    lacv: i64,
    outward: bool,
    inward: bool,
    needs: Vec<Need>,
}

#[derive(Debug, Clone)]
struct ValueTo {
    policy: String,
    set_id: String,
    kind: Option<Kind>,
    lacv: String,
    outward: bool,
    inward: bool,
    discard: bool,
}

#[derive(Debug, Clone)]
struct Need {
    operation: Operation,
    groups: Vec<Named>,
}

/// Values of another policy, named as its own file would.
#[derive(Debug, Clone)]
struct Named {
    set: String,
    kind: Option<Kind>,
    enumerated: bool,
    lacv: Option<String>,
}

impl Declared {
    pub(crate) fn read(raw: &Raw<'_>) -> Self {
        let id_of = |name: &str| {
            let named = raw.others.iter().find(|other| other.attribute("name") == Some(name));
            String::from(named.and_then(|other| other.attribute("id")).unwrap_or(""))
        };
        let other = |(node, needs): (&roxmltree::Node<'_, '_>, &Vec<RawRequirement<'_>>)| Other {
            id: node.attribute("id").unwrap_or("").into(),
            needs: needs.iter().map(Need::of).collect(),
        };
        let levels = raw.levels.iter().map(|level| {
            let to = level.equivalents.iter().map(|to| LevelTo {
                policy: id_of(to.policy),
                lacv: to.lacv.parse().unwrap_or(i64::MIN),
                outward: to.outward,
                inward: to.inward,
                needs: to.needs.iter().map(Need::of).collect(),
            });
            to.collect()
        });
        let values = raw.tags.iter().flat_map(|tag| &tag.values).map(|value| {
            let to = value.equivalents.iter().map(|to| ValueTo {
                policy: id_of(to.policy),
                set_id: to.set_id.into(),
                kind: to.kind,
                lacv: to.lacv.into(),
                outward: to.outward,
                inward: to.inward,
                discard: to.discard,
            });
            to.collect()
        });
        Self {
            policies: raw.others.iter().zip(&raw.others_need).map(other).collect(),
            levels: levels.collect(),
            values: values.collect(),
        }
    }

    fn speaks_of(&self, policy: &str) -> bool {
        self.levels.iter().flatten().any(|to| to.outward && to.policy == policy)
    }
}

impl Need {
    fn of(raw: &RawRequirement<'_>) -> Self {
        let named = |group: &RawGroup<'_>| Named {
            set: group.set.into(),
            kind: group.kind,
            enumerated: group.enumerated,
            lacv: group.lacv.map(String::from),
        };
        Self { operation: raw.operation, groups: raw.groups.iter().map(named).collect() }
    }

    /// The values that it names in `policy`; `None` where one of them is not there.
    fn values(&self, policy: &Policy) -> Option<Bits> {
        let mut all = Bits::EMPTY;
        for named in &self.groups {
            let fits = |tag: &&super::Tag| {
                tag.set_name == named.set
                    && Some(tag.kind) == named.kind
                    && tag.enumerated == named.enumerated
            };
            let coded = |value: &u16| {
                let lacv = policy.value(*value).filter(|value| value.coded).map(|value| value.lacv.as_str());
                named.lacv.as_deref().is_none_or(|code| lacv.is_some_and(|lacv| same_code(lacv, code)))
            };
            let found: Bits =
                policy.tags.iter().filter(fits).flat_map(|tag| tag.values.iter()).filter(coded).collect();
            if found.is_empty() {
                return None;
            }
            all = all.or(&found);
        }
        Some(all)
    }
}

impl PolicySet {
    /// The label in the policy `to`, as the files declare it: that of the label's own policy where it says how its
    /// labels leave (`applied` encrypt or both), else that of `to` (decrypt or both). The result is not validated.
    ///
    /// # Errors
    /// LG-M003 where a policy is unknown, LG-M020 where level, a value, or a required value has no single equivalent,
    /// where the equivalent is of another type, or where the values of two tag sets would become alternatives.
    pub fn declared(&self, label: &Label, to: PolicyIx) -> Result<Label, Finding> {
        let (from, target) = self
            .policy(label.policy)
            .zip(self.policy(to))
            .ok_or_else(|| Finding::new(marking::UNKNOWN_POLICY))?;
        let outward = from.declared.speaks_of(target.id());
        let translation = Translation { from, target, outward };
        translation.label(label, to)
    }
}

struct Translation<'p> {
    from: &'p Policy,
    target: &'p Policy,
    outward: bool,
}

impl Translation<'_> {
    fn unmappable(what: &str) -> Finding {
        Finding::new(marking::UNMAPPABLE).saying(format!("{}: {what}", marking::UNMAPPABLE.says()))
    }

    fn label(&self, label: &Label, to: PolicyIx) -> Result<Label, Finding> {
        if label.nobody != 0 {
            return Err(Self::unmappable("nobody may read it"));
        }
        if label.typed != 0 {
            return Err(Self::unmappable("a typed value"));
        }
        let privacy = PrivacyMap::new(&self.from.privacy, &self.target.privacy).translate(label.privacy);
        let privacy = privacy.ok_or_else(|| Self::unmappable("its privacy mark"))?;
        let name = || self.from.level_name(label.level).unwrap_or("?");
        let level = self.level(label.level).ok_or_else(|| Self::unmappable(name()))?;
        let mut joined = Label { created: label.created, privacy, ..Label::new(to, level, Bits::EMPTY) };
        let mut sources: Vec<(u8, Option<u8>)> = Vec::new();
        for value in label.values.iter() {
            let name = || self.from.value_name(value);
            let found = self.value(value).ok_or_else(|| Self::unmappable(name()))?;
            let group = |policy: &Policy, value: u16| policy.tag(policy.value(value)?.tag)?.group;
            for value_to in found.iter() {
                // Values of two tag sets must not become alternatives of one.
                if let Some(to_group) = group(self.target, value_to) {
                    let of = group(self.from, value);
                    if sources.iter().any(|(other, source)| *other == to_group && *source != of) {
                        return Err(Self::unmappable(name()));
                    }
                    sources.push((to_group, of));
                }
            }
            joined.values = joined.values.or(&found);
        }
        self.add_needs(label.level, &mut joined)?;
        if self.opens(label, &joined) {
            return Err(Self::unmappable("absence that is closed here would be open there"));
        }
        Ok(joined)
    }

    /// True where nobody is known to read `label` for want of a permissive value, while its equivalent would be open.
    fn opens(&self, label: &Label, joined: &Label) -> bool {
        let is_absent = |group: &Group, label: &Label| !label.values.meets(&group.values);
        let closed = |group: &Group| is_absent(group, label) && group.absent != Absent::Universe;
        let closed_there = |group: &Group| is_absent(group, joined) && group.absent != Absent::Universe;
        self.from.groups.iter().any(closed) && !self.target.groups.iter().any(closed_there)
    }

    fn level(&self, level: u16) -> Option<u16> {
        let mut found = (0_u16..).zip(&self.target.levels).filter(|(at, target)| match self.outward {
            true => self.level_to(level).is_some_and(|to| to.lacv == target.lacv),
            false => self.target.declared.levels.get(usize::from(*at)).is_some_and(|to| {
                let own = self.from.levels.get(usize::from(level)).map(|level| level.lacv);
                to.iter().any(|to| to.inward && to.policy == self.from.id() && Some(to.lacv) == own)
            }),
        });
        let (at, _) = found.next()?;
        found.next().is_none().then_some(at)
    }

    fn level_to(&self, level: u16) -> Option<&LevelTo> {
        let all = self.from.declared.levels.get(usize::from(level))?;
        let mut fits = all.iter().filter(|to| to.outward && to.policy == self.target.id());
        fits.next().filter(|_| fits.next().is_none())
    }

    /// The values that stand for `value`; none where it may be left out; `None` where nothing is said of it.
    fn value(&self, value: u16) -> Option<Bits> {
        let (from, index) = (self.from.value(value)?, usize::from(value));
        let kind = self.from.tag_kind(from.tag);
        let mut found = Bits::EMPTY;
        if self.outward {
            let all = self.from.declared.values.get(index)?;
            let mut said = false;
            for to in all.iter().filter(|to| to.outward && to.policy == self.target.id()) {
                said = true;
                match to.discard {
                    true if kind == Kind::Informative => {}
                    true => return None,
                    false => found.insert(self.coded(to).filter(|_| to.kind == Some(kind))?),
                }
            }
            return said.then_some(found);
        }
        let set_id = &self.from.tag(from.tag)?.set_id;
        let means = |to: &ValueTo| {
            let same = to.set_id == *set_id && to.kind == Some(kind) && same_code(&to.lacv, &from.lacv);
            to.inward && !to.discard && to.policy == self.from.id() && same
        };
        for (at, to) in (0_u16..).zip(&self.target.declared.values) {
            if to.iter().any(means) {
                found.insert(at);
            }
        }
        let same_kind =
            |value: u16| self.target.value(value).is_some_and(|v| self.target.tag_kind(v.tag) == kind);
        (found.len() == 1 && found.iter().all(same_kind)).then_some(found)
    }

    fn coded(&self, to: &ValueTo) -> Option<u16> {
        let tags = self.target.tags.iter().filter(|tag| tag.set_id == to.set_id && Some(tag.kind) == to.kind);
        let values = tags.flat_map(|tag| tag.values.iter());
        let is = |value: &u16| {
            self.target.value(*value).is_some_and(|value| value.coded && same_code(&value.lacv, &to.lacv))
        };
        let mut found = values.filter(is);
        found.next().filter(|_| found.next().is_none())
    }

    /// What the declaration says a label carries there besides.
    fn add_needs(&self, level: u16, label: &mut Label) -> Result<(), Finding> {
        if !self.outward {
            return Ok(());
        }
        let others = self.from.declared.policies.iter().filter(|other| other.id == self.target.id());
        let of_policy = others.flat_map(|other| &other.needs);
        for need in of_policy.chain(self.level_to(level).into_iter().flat_map(|to| &to.needs)) {
            let refuse = || Self::unmappable("a value that is required there");
            let values = need.values(self.target).ok_or_else(refuse)?;
            let present = label.values.and(&values);
            match need.operation {
                Operation::OnlyOne if present.len() == 1 => {}
                Operation::OneOrMore if !present.is_empty() => {}
                Operation::All => {
                    let missing = values.minus(&label.values);
                    let groups = self.target.groups.iter();
                    // A permissive value added to others would let more people read.
                    if groups.into_iter().any(|g| missing.meets(&g.values) && label.values.meets(&g.values)) {
                        return Err(refuse());
                    }
                    label.values = label.values.or(&values);
                }
                _ => return Err(refuse()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
