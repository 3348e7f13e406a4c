//! Equivalence: what the levels and categories of one policy are called in another, dated and one way.

mod communities;
mod map;
mod ring;

pub(crate) use self::map::Map;
pub use self::ring::check_rings;

use crate::edition::Earlier;
use crate::{CategoryRef, Fault, Label, LevelRef, Policy, PolicyIx, PolicySet};
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
    /// The earlier editions of all policies.
    editions: Vec<Earlier>,
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
    /// the order of levels turned round, `P072` a category mapped to one of another type or to other readers, `P073` permissive tags mixed
    /// or split, `P074` two equivalences of one pair overlapping in time, `P075` an empty validity, `P078` a way there and
    /// back that ends lower or elsewhere, `P079` a national level below what it is.
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
        if faults.is_empty() {
            Ok(Self { to, target: Arc::clone(own), maps, editions: policies.earlier().to_vec() })
        } else {
            Err(faults)
        }
    }

    /// The policy that it leads into.
    pub fn to(&self) -> PolicyIx {
        self.to
    }

    /// `label` in the lane's policy. One of an earlier edition is brought into the present one of its policy first.
    ///
    /// # Errors
    /// LG-M020 unmappable, LG-M023 the equivalence is not in force at `now`, LG-M024 the present edition of the label's
    /// own policy is not.
    pub fn map(&self, label: &Label, now: Time) -> Result<Mapped, Finding> {
        let Some(edition) = self.editions.iter().find(|edition| edition.is_of(label)) else {
            return self.map_present(label, now);
        };
        let until = edition.values_until(label);
        let mapped = self.map_present(&edition.modernised(label, now)?, now)?;
        Ok(Mapped { not_after: mapped.not_after.min(until), ..mapped })
    }

    fn map_present(&self, label: &Label, now: Time) -> Result<Mapped, Finding> {
        if label.policy == self.to {
            return Ok(Mapped { label: *label, not_after: Time::MAX });
        }
        let mut known = self.maps.iter().filter(|map| map.from_ix == label.policy).peekable();
        if known.peek().is_none() {
            let says =
                format!("no equivalence leads from the policy of the label into {}", self.target.name());
            return Err(Finding::new(marking::UNMAPPABLE).saying(says));
        }
        let map = known.find(|map| map.valid_from <= now && now < map.valid_until);
        let map = map.ok_or_else(|| Finding::new(marking::EQUIVALENCE_NOT_IN_FORCE))?;
        let edition = map.from.in_force(now)?;
        let until = map.valid_until.min(edition).min(map.from.values_until(&label.values));
        let label = map
            .apply(label, self.to)
            .ok_or_else(|| Finding::new(marking::UNMAPPABLE).saying(map.what_is_lost(label, &self.target)))?;
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

    /// A ceiling, such as a domain's, in the lane's policy: the lowest level that any of its equivalences gives, whatever
    /// the date. `None` where one of them gives none.
    pub fn map_level(&self, level: LevelRef, policies: &PolicySet) -> Option<LevelRef> {
        self.all_of(level)?.into_iter().min_by_key(|level| policies.rank(*level))
    }

    /// A level that something claims to have, in the lane's policy: the highest that any of its equivalences gives, whatever
    /// the date. `None` where one of them gives none: then it is above everything.
    pub fn map_level_strictest(&self, level: LevelRef, policies: &PolicySet) -> Option<LevelRef> {
        self.all_of(level)?.into_iter().max_by_key(|level| policies.rank(*level))
    }

    /// What every equivalence makes of a level; `None` where one makes nothing of it.
    fn all_of(&self, level: LevelRef) -> Option<Vec<LevelRef>> {
        if level.policy == self.to {
            return Some(Vec::from([level]));
        }
        let maps = self.maps.iter().filter(|map| map.from_ix == level.policy);
        let level = |map: &Map| map.levels.get(usize::from(level.level)).copied().flatten();
        maps.map(|map| Some(LevelRef::new(self.to, level(map)?))).collect()
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

#[cfg(test)]
mod tests;
