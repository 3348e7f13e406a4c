//! From a SPIF and its settings to a policy.

use super::declared::Declared;
use super::marking::Markings;
use super::membership::Memberships;
use super::{Absent, Group, Input, Kind, Level, Policy, Privacy, Requirement, Review, Settings, Tag, Value};
use super::{PUBLIC, nato};
use crate::Nation;
use crate::bits::{Bits, MAX_VALUES};
use crate::country::alpha3_of;
use crate::spif::{Findings, Raw, RawGroup, RawRequirement, RawValue, SpifFinding, resolve, with_raw};
use crate::text::Compare;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const MAX_LEVELS: usize = 64;
const MAX_TAGS: usize = 64;

impl Policy {
    /// Compiles a policy from its SPIF and what `policy.kdl` says about it.
    ///
    /// # Errors
    /// All findings, warnings included, where one of them is an error: the SPIF cannot be read, is not consistent, or
    /// disagrees with the settings.
    pub fn from_spif(bytes: &[u8], settings: &Settings) -> Result<Self, Vec<SpifFinding>> {
        let mut findings = Findings::default();
        let compiled = with_raw(bytes, &mut findings, |raw, findings| compile(raw, settings, findings));
        match compiled.flatten() {
            Some(mut policy) if !findings.has_error() => {
                policy.warnings = findings.list;
                Ok(policy)
            }
            _ => Err(findings.list),
        }
    }
}

/// Builds the policy even where findings are errors; the caller throws it away then. `None` where it has more than is ever
/// compiled.
fn compile(raw: &Raw<'_>, settings: &Settings, findings: &mut Findings) -> Option<Policy> {
    let index = Index::new(raw, findings)?;
    let fold = [nato::POLICY, PUBLIC].contains(&raw.id);
    let mut policy = Policy {
        name: raw.name.into(),
        id: raw.id.into(),
        edition: settings.edition.clone(),
        compare: Compare { fold },
        review: settings.review.unwrap_or(Review::Required),
        issued: raw.issued,
        from: raw.from,
        until: raw.until,
        levels: levels(raw, &index),
        tags: Vec::new(),
        values: Vec::new(),
        groups: Vec::new(),
        restrictive: Bits::EMPTY,
        privacy: Privacy::of(&raw.marks, raw.id == nato::POLICY),
        marking: Markings::read(raw.root),
        memberships: Memberships::default(),
        declared: Declared::read(raw),
        warnings: Vec::new(),
    };
    for (at, tag) in raw.tags.iter().enumerate() {
        // A tag of unknown kind is an error already; restrictive is the kind that loses nothing.
        let kind = tag.kind.unwrap_or(Kind::Restrictive);
        let values: Bits = (0..tag.values.len()).filter_map(|value| index.value(at, value)).collect();
        let group = (kind == Kind::Permissive).then(|| policy.group_of(tag.set_id, tag.set_name, &values));
        if kind == Kind::Restrictive {
            policy.restrictive = policy.restrictive.or(&values);
        }
        let own = u16::try_from(at).unwrap_or(u16::MAX);
        policy.values.extend(tag.values.iter().map(|value| compile_value(raw, &index, own, value)));
        policy.tags.push(Tag {
            name: tag.name.into(),
            set_name: tag.set_name.into(),
            set_id: tag.set_id.into(),
            kind,
            group,
            values,
            least: tag.least,
            most: tag.most,
            by_name: Vec::new(),
            enumerated: tag.enumerated,
            marking: Markings::read(tag.node),
        });
    }
    policy.set_doubtful_apart();
    policy.sort_names();
    policy.memberships = policy.memberships_in(raw.root);
    policy.apply(settings, findings);
    Some(policy)
}

/// Where each raw value stands among all values.
struct Index {
    starts: Vec<usize>,
}

impl Index {
    fn new(raw: &Raw<'_>, findings: &mut Findings) -> Option<Self> {
        let mut starts = Vec::new();
        let mut next = 0_usize;
        for tag in &raw.tags {
            starts.push(next);
            next = next.saturating_add(tag.values.len());
        }
        if next > MAX_VALUES || raw.levels.len() > MAX_LEVELS || raw.tags.len() > MAX_TAGS {
            let says = format!("more than {MAX_LEVELS} levels, {MAX_TAGS} tags or {MAX_VALUES} values");
            findings.add("P004", String::from("SPIF"), says, &[], &[]);
            return None;
        }
        Some(Self { starts })
    }

    fn value(&self, tag: usize, value: usize) -> Option<u16> {
        u16::try_from(self.starts.get(tag)?.checked_add(value)?).ok()
    }

    fn group(&self, raw: &Raw<'_>, group: &RawGroup<'_>) -> Bits {
        resolve(raw, group).filter_map(|(tag, value)| self.value(tag, value)).collect()
    }

    fn requirements(&self, raw: &Raw<'_>, needs: &[RawRequirement<'_>]) -> Vec<Requirement> {
        let values = |need: &RawRequirement<'_>| {
            need.groups.iter().fold(Bits::EMPTY, |all, group| all.or(&self.group(raw, group)))
        };
        needs.iter().map(|need| Requirement { operation: need.operation, values: values(need) }).collect()
    }
}

fn levels(raw: &Raw<'_>, index: &Index) -> Vec<Level> {
    let rank = |hierarchy: Option<i64>| {
        let lower = raw.levels.iter().filter(|other| other.hierarchy < hierarchy).count();
        u16::try_from(lower).unwrap_or(u16::MAX)
    };
    let level = raw.levels.iter().map(|level| Level {
        name: level.name.into(),
        lacv: level.lacv.unwrap_or(i64::MIN),
        rank: rank(level.hierarchy),
        obsolete: level.obsolete,
        needs: index.requirements(raw, &level.needs),
        marking: Markings::read(level.node),
    });
    level.collect()
}

fn compile_value(raw: &Raw<'_>, index: &Index, tag: u16, value: &RawValue<'_>) -> Value {
    let level = |name: &str| raw.levels.iter().position(|level| level.name == name);
    let forbids_levels = value.forbids_levels.iter().filter_map(|(_, name)| level(name));
    let forbids = value.forbids.iter().fold(Bits::EMPTY, |all, group| all.or(&index.group(raw, group)));
    Value {
        name: value.name.into(),
        lacv: value.lacv.into(),
        tag,
        obsolete: value.obsolete,
        typed: value.typed,
        input: Input::of(value.node),
        from: value.from,
        until: value.until,
        needs_level: value.needs_level.and_then(level).and_then(|at| u16::try_from(at).ok()),
        forbids_levels: forbids_levels.fold(0, |mask, at| mask | (1_u64 << (at & 63))),
        needs: index.requirements(raw, &value.needs),
        forbids,
        nation: nation(value),
        everyone: false,
        unusable: value.name.chars().any(lockgate_bytes::is_hidden),
        coded: true,
        repeats: false,
        marking: Markings::read(value.node),
    }
}

/// The nation that a value names: by its letters, or, where these are not ISO 3166-1, by its number as ISO writes it. A
/// number below 100 without its zeros is what any file gives to anything, and makes no nation of other letters.
fn nation(value: &RawValue<'_>) -> Option<Nation> {
    let letters = value.name.len() == 3 && value.name.bytes().all(|byte| byte.is_ascii_uppercase());
    let number = || alpha3_of(value.lacv.as_bytes()).map(Nation::of_alpha3).filter(|_| letters);
    Nation::parse(value.name).or_else(number)
}

impl Policy {
    fn group_of(&mut self, set_id: &str, name: &str, values: &Bits) -> u8 {
        let found = self.groups.iter().position(|group| group.set_id == set_id);
        let at = found.unwrap_or(self.groups.len());
        match self.groups.get_mut(at) {
            Some(group) => group.values = group.values.or(values),
            None => self.groups.push(Group {
                set_id: set_id.into(),
                name: name.into(),
                values: *values,
                everyone: Bits::EMPTY,
                absent: Absent::Undecided,
            }),
        }
        u8::try_from(at).unwrap_or(u8::MAX)
    }

    fn sort_names(&mut self) {
        let compare = self.compare;
        for tag in &mut self.tags {
            let typed = |value: &u16| {
                self.values.get(usize::from(*value)).is_some_and(|value| value.typed || value.unusable)
            };
            let name =
                |value: u16| self.values.get(usize::from(value)).map_or("", |value| value.name.as_str());
            let mut order: Vec<(u64, u16)> = tag
                .values
                .iter()
                .filter(|value| !typed(value))
                .map(|value| (compare.key(name(value)), value))
                .collect();
            order.sort_unstable();
            tag.by_name = order;
        }
        // A value does not exclude itself where it excludes all of its own tag set.
        for (at, value) in (0_u16..).zip(&mut self.values) {
            value.forbids.remove(at);
        }
    }

    fn apply(&mut self, settings: &Settings, findings: &mut Findings) {
        let place = || String::from("policy.kdl");
        if !self.same_name(&settings.name) || self.id != settings.id {
            let says = "name or identifier of policy.kdl is not that of the SPIF";
            findings.add("P057", place(), says, &[&settings.name, &self.name], &[&settings.id, &self.id]);
        }
        let mut set: Vec<u8> = Vec::new();
        for (tag, absent) in &settings.absent {
            let groups: Vec<u8> = self.tags_named(tag).filter_map(|tag| tag.group).collect();
            let group = groups.first().filter(|first| groups.iter().all(|group| group == *first)).copied();
            match group.and_then(|group| self.groups.get_mut(usize::from(group)).zip(Some(group))) {
                Some((found, group)) if !set.contains(&group) => {
                    found.absent = *absent;
                    set.push(group);
                }
                _ => findings.add("P058", place(), "`absent` needs one permissive tag, once", &[tag], &[]),
            }
        }
        for (tag, value) in &settings.everyone {
            let found_at = self.find_value_of(tag, value);
            let found = found_at.and_then(|at| self.values.get_mut(usize::from(at)));
            let tags = &self.tags;
            let permissive =
                |value: &&mut Value| tags.get(usize::from(value.tag)).is_some_and(|tag| tag.group.is_some());
            match found.filter(permissive) {
                Some(value) => {
                    value.everyone = true;
                    let group = tags.get(usize::from(value.tag)).and_then(|tag| tag.group);
                    if let Some((group, at)) =
                        group.and_then(|at| self.groups.get_mut(usize::from(at))).zip(found_at)
                    {
                        group.everyone.insert(at);
                    }
                }
                None => findings.add(
                    "P058",
                    place(),
                    "`everyone` needs a value of a permissive tag",
                    &[tag, value],
                    &[],
                ),
            }
        }
    }
}
