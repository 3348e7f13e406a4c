//! One equivalence, compiled: which level and value each one becomes.

use super::{Equivalence, LevelTerm};
use crate::bits::Bits;
use crate::policy::{PrivacyMap, Value};
use crate::{Absent, Label, Policy, PolicyIx, term};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Time;

/// One equivalence, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    pub(super) from: Arc<Policy>,
    pub(super) from_ix: PolicyIx,
    pub(super) levels: Vec<Option<u16>>,
    pub(super) values: Vec<Option<u16>>,
    /// Where the values of each permissive group of `from` go, and whether a source group that is absent, and so not
    /// open to everyone, must be kept from becoming open.
    groups: Vec<GroupMap>,
    privacy: PrivacyMap,
    pub(super) valid_from: Time,
    pub(super) valid_until: Time,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupMap {
    to: Option<u8>,
    open_means_everyone: bool,
}

impl Map {
    /// From an earlier edition of a policy into the present one: what has the same name in the same tag set, of the same
    /// type, for the same nation. What has not, or stands for more readers now, has no equivalent.
    pub(crate) fn of_edition(
        (source, from_ix): (&Arc<Policy>, PolicyIx),
        target: &Policy,
        fault: &mut dyn FnMut(&'static str, &str, &str),
    ) -> Self {
        let level = |level: &crate::policy::Level| target.find_level(&level.name);
        let value = |value: &crate::policy::Value| {
            let own = source.tag(value.tag)?;
            let tags = target.tags.iter().filter(|tag| tag.set_id == own.set_id && tag.kind == own.kind);
            let mut found = tags.filter_map(|tag| target.find_value(tag, &value.name));
            let (found, other) = (found.next()?, found.next());
            let now = target.value(found)?;
            let alike = now.nation == value.nation && (value.everyone || !now.everyone);
            (other.is_none() && alike && !value.unusable && !value.typed).then_some(found)
        };
        let mut map = Self {
            from: Arc::clone(source),
            from_ix,
            levels: source.levels.iter().map(level).collect(),
            values: source.values.iter().map(value).collect(),
            groups: Vec::new(),
            privacy: PrivacyMap::new(&source.privacy, &target.privacy),
            valid_from: Time::MIN,
            valid_until: Time::MAX,
        };
        map.check_order(target, fault);
        map.map_groups(target, fault);
        map
    }
}

impl Map {
    pub(super) fn compile(
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
                    let (own, there) = (source.value(from), target.value(mapped));
                    // Where neither is a nation, both are none.
                    if own.zip(there).is_some_and(|(own, there)| own.nation != there.nation) {
                        fault(
                            "P072",
                            value,
                            "a nation is mapped to somebody else, or something else to a nation",
                        );
                    }
                    let opens = |(own, there): (&Value, &Value)| there.everyone && !own.everyone;
                    if own.zip(there).is_some_and(opens) {
                        fault("P072", value, "a value that some hold is mapped to one that everyone holds");
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

    /// There and back is never lower than the start, and no value becomes another one (markings.md rule 41).
    pub(super) fn check_way_back(&self, back: &Self, fault: &mut dyn FnMut(&'static str, &str, &str)) {
        for (from, there) in (0_u16..).zip(&self.levels) {
            let again = there.and_then(|there| back.levels.get(usize::from(there)).copied().flatten());
            if again.is_some_and(|again| self.from.rank(again) < self.from.rank(from)) {
                let name = self.from.level_name(from).unwrap_or("");
                fault("P078", name, "the way back by another equivalence gives a lower level");
            }
        }
        for (from, there) in (0_u16..).zip(&self.values) {
            let again = there.and_then(|there| back.values.get(usize::from(there)).copied().flatten());
            if again.is_some_and(|again| again != from) {
                let name = self.from.value_name(from);
                fault("P078", name, "the way back by another equivalence gives another value");
            }
        }
    }

    /// A level of a nation is never mapped below what that nation means by it (markings.md section 5): by its name, by each
    /// word that the policy's file gives it, and by the term that the author wrote. The highest meaning counts.
    pub(super) fn check_terms(
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
                let own = self.meaning(from, at);
                let there = term::meaning(target.name(), other, at);
                if own.zip(there).is_some_and(|(own, there)| there < own) {
                    fault("P079", name, "it means a higher level where it comes from");
                }
            }
        }
    }

    /// The highest of what the words of a level mean to its owner. A word is looked for in its language only, where it has one.
    fn meaning(&self, level: u16, at: Time) -> Option<term::Common> {
        let owner = self.from.name();
        let name = self.from.level_name(level).and_then(|name| term::meaning(owner, name, at));
        let words = self.from.level_words(level).filter_map(|(word, language)| match language {
            Some(language) => term::meaning_in(owner, word, language, at),
            None => term::meaning(owner, word, at),
        });
        words.chain(name).max()
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

    /// What of a label has no equivalent, in the words of its policy.
    pub(super) fn what_is_lost(&self, label: &Label, target: &Policy) -> String {
        let mut lost: Vec<String> = Vec::new();
        if self.levels.get(usize::from(label.level)).copied().flatten().is_none() {
            lost.push(format!("the level {}", self.from.level_name(label.level).unwrap_or("")));
        }
        for value in label.values.iter() {
            if self.values.get(usize::from(value)).copied().flatten().is_none() {
                let tag = self.from.value(value).map_or("", |value| self.from.tag_name(value.tag));
                lost.push(format!("{tag} {}", self.from.value_name(value)));
            }
        }
        if lost.is_empty() {
            lost.push("a privacy mark, or that nobody may read it yet,".into());
        }
        format!("{} of policy {} is nothing in policy {}", lost.join(", "), self.from.name(), target.name())
    }

    /// The label in the target policy; `None` where a part of it has no equivalent.
    pub(crate) fn apply(&self, label: &Label, to: PolicyIx) -> Option<Label> {
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
