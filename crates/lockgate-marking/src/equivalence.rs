//! Equivalence: what the levels and categories of one policy are called in another, dated and one way.

use crate::bits::Bits;
use crate::policy::PrivacyMap;
use crate::{Absent, CategoryRef, Fault, Label, LevelRef, Policy, PolicyIx, PolicySet, term};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};

/// An equivalence as authored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivalence {
    /// Its name.
    pub name: String,
    /// Policy of the claims.
    pub from: String,
    /// Policy they are mapped into.
    pub to: String,
    /// What each level is called in the other policy.
    pub levels: Vec<LevelTerm>,
    /// Pairs of category values: (tag, value) from, (tag, value) to.
    pub categories: Vec<((String, String), (String, String))>,
    /// First instant of its validity.
    pub valid_from: Time,
    /// First instant after its validity.
    pub valid_until: Time,
    /// Who says so.
    pub authority: String,
}

/// A level of one policy, in the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelTerm {
    /// The term: the level's name, or its words in `language`.
    pub term: String,
    /// The language of the term, such as `sl`; then it is looked up among the words that the policy's file gives in it.
    pub language: Option<String>,
    /// Name of the level in the other policy.
    pub is: String,
}

/// All equivalences into one policy, compiled for a lane.
#[derive(Debug, Clone)]
pub struct Mapping {
    to: PolicyIx,
    target: Arc<Policy>,
    maps: Vec<Map>,
}

/// One equivalence, compiled.
#[derive(Debug, Clone)]
struct Map {
    from: Arc<Policy>,
    from_ix: PolicyIx,
    levels: Vec<Option<u16>>,
    values: Vec<Option<u16>>,
    /// Where the values of each permissive group of `from` go, and whether a source group that is absent, and so not
    /// open to everyone, must be kept from becoming open.
    groups: Vec<GroupMap>,
    privacy: PrivacyMap,
    valid_from: Time,
    valid_until: Time,
}

#[derive(Debug, Clone, Copy)]
struct GroupMap {
    to: Option<u8>,
    open_means_everyone: bool,
}

/// A label in the lane's policy, and until when the equivalence that made it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The label.
    pub label: Label,
    /// First instant at which it no longer holds; [`Time::MAX`] where nothing was mapped.
    pub not_after: Time,
}

/// When the words of one policy mean something in another: the periods of the equivalences that lead there.
#[derive(Clone, Debug)]
pub(crate) struct Periods(Vec<(Time, Time)>);

impl Periods {
    /// The first instant at which the period that `now` is in has ended; `None` where it is in none.
    pub(crate) fn until(&self, now: Time) -> Option<Time> {
        self.0.iter().find(|(from, until)| *from <= now && now < *until).map(|(_, until)| *until)
    }
}

impl Equivalence {
    /// True where `back` leads the other way at some time at which this one holds.
    fn is_undone_by(&self, back: &Self, policies: &PolicySet) -> bool {
        let ends = |a: &str, b: &str| policies.named(a).is_some() && policies.named(a) == policies.named(b);
        let meet = back.valid_from < self.valid_until && self.valid_from < back.valid_until;
        meet && ends(&self.from, &back.to) && ends(&self.to, &back.from)
    }
}

impl Mapping {
    /// Compiles those of `equivalences` that lead into `to`.
    ///
    /// # Errors
    /// `P062` unknown policy, `P063` unknown level, `P064` unknown tag or value, `P070` one thing mapped twice, `P071`
    /// the order of levels turned round, `P072` a category mapped to one of another type, `P073` permissive tags mixed
    /// or split, `P074` two equivalences of one pair overlapping in time, `P075` an empty validity, `P078` a way there and
    /// back that ends lower, `P079` a national level below what it is.
    pub fn compile(
        policies: &PolicySet,
        to: PolicyIx,
        equivalences: &[Equivalence],
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let Some(own) = policies.shared(to) else {
            return Err(Vec::from([Fault::new("P062", "", "the bundle has no such policy")]));
        };
        let mut maps: Vec<Map> = Vec::new();
        for equivalence in equivalences {
            let fault = |code, name: &str, says: &str| {
                Fault::new(code, name, format!("equivalence {}: {says}", equivalence.name))
            };
            let (from, into) = (policies.named(&equivalence.from), policies.named(&equivalence.to));
            let (Some(from), Some(into)) = (from, into) else {
                let name = if from.is_none() { &equivalence.from } else { &equivalence.to };
                faults.push(fault("P062", name, &format!("the bundle has no policy {name}")));
                continue;
            };
            if into != to {
                continue;
            }
            let (Some(source), Some(target)) = (policies.shared(from), policies.policy(to)) else { continue };
            let map = Map::compile(equivalence, (source, from), target, &mut |code, name, says| {
                faults.push(fault(code, name, says));
            });
            let overlaps = |other: &Map| {
                other.from_ix == from
                    && other.valid_from < map.valid_until
                    && map.valid_from < other.valid_until
            };
            if maps.iter().any(overlaps) {
                faults.push(fault(
                    "P074",
                    "",
                    "another one of the same policies is in force at the same time",
                ));
            }
            map.check_terms(equivalence, target, &mut |code, name, says| {
                faults.push(fault(code, name, says));
            });
            for back in equivalences.iter().filter(|back| equivalence.is_undone_by(back, policies)) {
                let back = Map::compile(back, (own, to), source, &mut |_, _, _| {});
                map.check_way_back(&back, &mut |code, name, says| faults.push(fault(code, name, says)));
            }
            maps.push(map);
        }
        if faults.is_empty() { Ok(Self { to, target: Arc::clone(own), maps }) } else { Err(faults) }
    }

    /// The policy that it leads into.
    pub fn to(&self) -> PolicyIx {
        self.to
    }

    /// `label` in the lane's policy.
    ///
    /// # Errors
    /// LG-M020 unmappable, LG-M023 the equivalence is not in force at `now`, LG-M024 the edition of the label's own
    /// policy is not.
    pub fn map(&self, label: &Label, now: Time) -> Result<Mapped, Finding> {
        if label.policy == self.to {
            return Ok(Mapped { label: *label, not_after: Time::MAX });
        }
        let mut known = self.maps.iter().filter(|map| map.from_ix == label.policy).peekable();
        if known.peek().is_none() {
            return Err(Finding::new(marking::UNMAPPABLE));
        }
        let map = known.find(|map| map.valid_from <= now && now < map.valid_until);
        let map = map.ok_or_else(|| Finding::new(marking::EQUIVALENCE_NOT_IN_FORCE))?;
        let edition = map.from.in_force(now)?;
        let until = map.valid_until.min(edition).min(map.from.values_until(&label.values));
        let label = map.apply(label, self.to).ok_or_else(|| Finding::new(marking::UNMAPPABLE))?;
        if !self.target.allows_anew(&label, now) {
            let says = "the equivalent of the label is no valid label of the lane's policy";
            return Err(Finding::new(marking::UNMAPPABLE).saying(says));
        }
        Ok(Mapped { label, not_after: until.min(self.target.values_until(&label.values)) })
    }

    /// When what [`Self::map_level`] and [`Self::map_category`] say of `policy` holds: while one of its equivalences and
    /// its own edition are in force.
    pub(crate) fn periods(&self, policy: PolicyIx) -> Periods {
        if policy == self.to {
            return Periods(Vec::from([(Time::MIN, Time::MAX)]));
        }
        let of = self.maps.iter().filter(|map| map.from_ix == policy);
        let period = |map: &Map| {
            let (from, until) = (map.from.from.unwrap_or(Time::MIN), map.from.until.unwrap_or(Time::MAX));
            (map.valid_from.max(from), map.valid_until.min(until))
        };
        Periods(of.map(period).collect())
    }

    /// A level, such as a domain's ceiling, in the lane's policy: the lowest that any of its equivalences gives,
    /// whatever the date.
    pub fn map_level(&self, level: LevelRef, policies: &PolicySet) -> Option<LevelRef> {
        if level.policy == self.to {
            return Some(level);
        }
        let mut found: Option<LevelRef> = None;
        for map in self.maps.iter().filter(|map| map.from_ix == level.policy) {
            let mapped = LevelRef::new(self.to, map.levels.get(usize::from(level.level)).copied().flatten()?);
            if found.is_none_or(|found| policies.rank(mapped) < policies.rank(found)) {
                found = Some(mapped);
            }
        }
        found
    }

    /// A category value in the lane's policy, where all equivalences of its policy agree.
    pub fn map_category(&self, category: CategoryRef) -> Option<CategoryRef> {
        if category.policy == self.to {
            return Some(category);
        }
        let maps = self.maps.iter().filter(|map| map.from_ix == category.policy);
        let mut mapped = maps.map(|map| map.values.get(usize::from(category.value)).copied().flatten());
        let first = mapped.next()??;
        mapped.all(|other| other == Some(first)).then_some(CategoryRef { policy: self.to, value: first })
    }
}

impl Map {
    fn compile(
        text: &Equivalence,
        (source, from_ix): (&Arc<Policy>, PolicyIx),
        target: &Policy,
        fault: &mut dyn FnMut(&'static str, &str, &str),
    ) -> Self {
        let mut map = Self {
            from: Arc::clone(source),
            from_ix,
            levels: source.levels.iter().map(|_| None).collect(),
            values: source.values.iter().map(|_| None).collect(),
            groups: Vec::new(),
            privacy: PrivacyMap::new(&source.privacy, &target.privacy),
            valid_from: text.valid_from,
            valid_until: text.valid_until,
        };
        if text.valid_from >= text.valid_until {
            fault("P075", "", "its validity ends before it begins");
        }
        for LevelTerm { term, language, is } in &text.levels {
            let level = match language {
                Some(language) => source.level_called(term, language),
                None => source.find_level(term),
            };
            match (level, target.find_level(is)) {
                (Some(level), Some(mapped)) => match map.levels.get_mut(usize::from(level)) {
                    Some(place @ None) => *place = Some(mapped),
                    // Two languages have two words for one level.
                    Some(Some(known)) if *known == mapped && language.is_some() => {}
                    _ => fault("P070", term, "a level is mapped twice"),
                },
                (None, _) if language.is_some() => {
                    fault("P063", term, "the policy's file has no level of this name in this language");
                }
                (None, _) => fault("P063", term, "an unknown level"),
                (_, None) => fault("P063", is, "an unknown level"),
            }
        }
        for ((tag, value), (to_tag, to_value)) in &text.categories {
            match (source.find_value_of(tag, value), target.find_value_of(to_tag, to_value)) {
                (Some(from), Some(mapped)) => {
                    let kind = |policy: &Policy, value: u16| {
                        policy.value(value).map(|value| policy.tag_kind(value.tag))
                    };
                    if kind(source, from) != kind(target, mapped) {
                        fault("P072", value, "a category is mapped to one of another type");
                    }
                    match map.values.get_mut(usize::from(from)) {
                        Some(place @ None) => *place = Some(mapped),
                        _ => fault("P070", value, "a category is mapped twice"),
                    }
                }
                (None, _) => fault("P064", value, "an unknown tag or value"),
                (_, None) => fault("P064", to_value, "an unknown tag or value"),
            }
        }
        map.check_order(target, fault);
        map.map_groups(target, fault);
        map
    }

    /// A higher level never becomes a lower one.
    fn check_order(&self, target: &Policy, fault: &mut dyn FnMut(&'static str, &str, &str)) {
        let mapped = || (0_u16..).zip(&self.levels).filter_map(|(from, to)| Some((from, (*to)?)));
        for (a, to_a) in mapped() {
            for (b, to_b) in mapped() {
                if self.from.rank(a) < self.from.rank(b) && target.rank(to_a) > target.rank(to_b) {
                    let name = self.from.level_name(a).unwrap_or("");
                    fault("P071", name, "a lower level becomes a higher one than a higher level does");
                }
            }
        }
    }

    /// There and back is never lower than the start (markings.md rule 41).
    fn check_way_back(&self, back: &Self, fault: &mut dyn FnMut(&'static str, &str, &str)) {
        for (from, there) in (0_u16..).zip(&self.levels) {
            let again = there.and_then(|there| back.levels.get(usize::from(there)).copied().flatten());
            if again.is_some_and(|again| self.from.rank(again) < self.from.rank(from)) {
                let name = self.from.level_name(from).unwrap_or("");
                fault("P078", name, "the way back by another equivalence gives a lower level");
            }
        }
    }

    /// A level of a nation is never mapped below what that nation means by it (markings.md section 5).
    fn check_terms(
        &self,
        text: &Equivalence,
        target: &Policy,
        fault: &mut dyn FnMut(&'static str, &str, &str),
    ) {
        for (from, to) in (0_u16..).zip(&self.levels) {
            let Some(to) = *to else { continue };
            let (name, other) =
                (self.from.level_name(from).unwrap_or(""), target.level_name(to).unwrap_or(""));
            let in_force = [text.valid_from, text.valid_until.minus(lockgate_bytes::Duration::from_nanos(1))];
            for at in in_force {
                let (own, there) =
                    (term::meaning(self.from.name(), name, at), term::meaning(target.name(), other, at));
                if own.zip(there).is_some_and(|(own, there)| there < own) {
                    fault("P079", name, "it means a higher level where it comes from");
                }
            }
        }
    }

    /// One permissive group goes into one, and no two into the same: their union would widen both.
    fn map_groups(&mut self, target: &Policy, fault: &mut dyn FnMut(&'static str, &str, &str)) {
        let mut taken: Vec<u8> = Vec::new();
        for group in &self.from.groups {
            let to_group = |value: u16| {
                let mapped = self.values.get(usize::from(value)).copied().flatten()?;
                target.tag(target.value(mapped)?.tag)?.group
            };
            let mut goals: Vec<u8> = group.values.iter().filter_map(to_group).collect();
            goals.sort_unstable();
            goals.dedup();
            if goals.len() > 1 || goals.iter().any(|goal| taken.contains(goal)) {
                fault("P073", &group.name, "permissive tags must be mapped one to one");
            }
            taken.extend(&goals);
            let to = goals.first().copied();
            let absent = to.and_then(|to| target.groups.get(usize::from(to))).map(|group| group.absent);
            self.groups.push(GroupMap { to, open_means_everyone: absent == Some(Absent::Universe) });
        }
    }

    /// The label in the target policy; `None` where a part of it has no equivalent.
    fn apply(&self, label: &Label, to: PolicyIx) -> Option<Label> {
        let level = self.levels.get(usize::from(label.level)).copied().flatten()?;
        let mut values = Bits::EMPTY;
        for value in label.values.iter() {
            values.insert(self.values.get(usize::from(value)).copied().flatten()?);
        }
        let privacy = self.privacy.translate(label.privacy)?;
        let mut mapped = Label { privacy, created: label.created, ..Label::new(to, level, values) };
        for ((index, group), map) in (0_u8..64).zip(&self.from.groups).zip(&self.groups) {
            let nobody = label.nobody & (1 << index) != 0;
            let closed = nobody || (!label.values.meets(&group.values) && group.absent != Absent::Universe);
            // What nobody may read yet stays so: an absent group must not become one that is open to everyone.
            if closed && (nobody || map.to.is_none() || map.open_means_everyone) {
                mapped.nobody |= 1 << (map.to? & 63);
            }
        }
        Some(mapped)
    }
}

#[cfg(test)]
mod tests;
