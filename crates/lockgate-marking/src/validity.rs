//! Whether a label is valid under its policy.

use crate::bits::Bits;
use crate::policy::{CLEAR, Operation, Requirement, Value, nato};
use crate::{Label, Policy, PolicyIx, PolicySet};
use alloc::format;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};
use lockgate_reason::{Code, Finding, marking};

impl PolicySet {
    /// Checks `label` against its policy at `now`: required and excluded levels and categories, numbers of selections,
    /// obsolete values, validity windows, the prose rules of NATO, and creation not later than `now` + `skew`. Each
    /// fault is one finding in `out`. Returns true where there is none. Allocates only where something is wrong.
    ///
    /// Whether the edition itself is in force is not asked here: [`crate::ReleaseCheck::judge`] asks it of the lane's
    /// policy, [`crate::Mapping::map`] of any other, [`Self::in_force`] of either.
    pub fn validate(&self, label: &Label, now: Time, skew: Duration, out: &mut Vec<Finding>) -> bool {
        let before = out.len();
        match self.policy(label.policy) {
            Some(policy) => Validation { policy, label, now, out }.run(skew),
            None => out.push(Finding::new(marking::UNKNOWN_POLICY)),
        }
        out.len() == before
    }

    /// Until when the present edition of a policy is in force.
    ///
    /// # Errors
    /// LG-M024 where `now` is outside the period that its SPIF gives.
    pub fn in_force(&self, policy: PolicyIx, now: Time) -> Result<Time, Finding> {
        self.policy(self.present(policy)).ok_or_else(|| Finding::new(marking::UNKNOWN_POLICY))?.in_force(now)
    }
}

impl Policy {
    /// True where level, values and their numbers go together, by the file and in words, whatever the dates say.
    pub(crate) fn allows(&self, label: &Label) -> bool {
        let mut out = Vec::new();
        if self.is_nato() {
            Validation { policy: self, label, now: Time::MIN, out: &mut out }.prose();
        }
        out.is_empty() && self.meets_its_file(label)
    }

    /// True where the label is as the file requires; neither dates nor rules in words are asked.
    pub(crate) fn meets_its_file(&self, label: &Label) -> bool {
        let mut out = Vec::new();
        Validation { policy: self, label, now: Time::MIN, out: &mut out }.rules(false);
        out.is_empty()
    }

    /// True where a label that is made by this program now, from one of another policy, is one that may stand: all that
    /// is asked of a label, and nothing in it withdrawn, whenever its source was made.
    pub(crate) fn allows_anew(&self, label: &Label, now: Time) -> bool {
        let mut out = Vec::new();
        let anew = Label { created: None, ..*label };
        let mut validation = Validation { policy: self, label: &anew, now, out: &mut out };
        validation.dated_file();
        // A label of another policy has no context here unless the equivalence names one; then what is said of it holds.
        if self.is_nato() && !validation.of_set(nato::CONTEXT).is_empty() {
            validation.prose();
        }
        out.is_empty()
    }

    /// True where a label that was made under an earlier edition may stand by this one: nothing but the edition's own period
    /// is asked otherwise than of one that was made under it.
    pub(crate) fn still_allows(&self, label: &Label, now: Time) -> bool {
        let mut out = Vec::new();
        let mut validation = Validation { policy: self, label, now, out: &mut out };
        validation.dated_file();
        if self.is_nato() {
            validation.prose();
        }
        out.is_empty()
    }

    /// Makes this edition govern the labels of this period only; false where its file gives one that does not cover it.
    pub(crate) fn limit_to(&mut self, from: Time, until: Time) -> bool {
        let covered =
            self.from.is_none_or(|begun| begun <= from) && self.until.is_none_or(|end| until <= end);
        (self.from, self.until) = (Some(from), Some(until));
        covered
    }

    pub(crate) fn in_force(&self, now: Time) -> Result<Time, Finding> {
        if self.from.is_some_and(|from| now < from) || self.until.is_some_and(|until| now >= until) {
            return Err(Finding::new(marking::EDITION_NOT_IN_FORCE));
        }
        Ok(self.until.unwrap_or(Time::MAX))
    }

    /// The first instant at which a value of the label is no longer valid.
    pub(crate) fn values_until(&self, values: &Bits) -> Time {
        let ends = values.iter().filter_map(|value| self.value(value)?.until);
        ends.min().unwrap_or(Time::MAX)
    }
}

struct Validation<'a> {
    policy: &'a Policy,
    label: &'a Label,
    now: Time,
    out: &'a mut Vec<Finding>,
}

impl Validation<'_> {
    fn run(mut self, skew: Duration) {
        let last = self.label.created.map(|created| created.last);
        if last.is_some_and(|last| last > self.now.plus(skew)) {
            self.out.push(Finding::new(marking::FROM_THE_FUTURE));
        }
        // A label says no edition, only when it was made: this edition is not known to be the one it was made under.
        let first = self.label.created.map(|created| created.first);
        let early = first.zip(self.policy.from).is_some_and(|(first, from)| first < from);
        if early || last.zip(self.policy.until).is_some_and(|(last, until)| last >= until) {
            let says = "the label was made outside the period of this edition of its policy";
            self.out.push(Finding::new(marking::EDITION_NOT_IN_FORCE).saying(says));
        }
        self.dated_file();
        if self.policy.is_nato() {
            self.prose();
        }
    }

    /// What the file says, its dates and what it has withdrawn.
    fn dated_file(&mut self) {
        if let Some(level) = self.policy.levels.get(usize::from(self.label.level))
            && level.obsolete
            && !self.is_older_than_edition()
        {
            self.add(marking::OBSOLETE, &level.name);
        }
        if let Some(mark) = self.policy.privacy.obsolete(self.label.privacy)
            && !self.is_older_than_edition()
        {
            self.add(marking::OBSOLETE, mark);
        }
        let (privacy, marks) = (&self.policy.privacy, self.label.privacy.count_ones());
        if marks < privacy.least || privacy.most.is_some_and(|most| marks > most) {
            let few = "fewer privacy marks than the policy asks for";
            let says = if marks < privacy.least { few } else { "more privacy marks than the policy allows" };
            self.out.push(Finding::new(marking::PRIVACY_MARK).saying(says));
        }
        self.rules(true);
    }

    /// What the file requires and excludes, and its dates where they are asked.
    fn rules(&mut self, dated: bool) {
        let policy = self.policy;
        if let Some(level) = policy.levels.get(usize::from(self.label.level)) {
            self.needs(&level.needs, &level.name);
        }
        for value in self.label.values.iter().filter_map(|index| policy.value(index)) {
            if dated {
                self.value(value);
            }
            let excluded = value.forbids_levels & (1 << (self.label.level & 63)) != 0;
            if excluded || value.needs_level.is_some_and(|level| level != self.label.level) {
                self.add(marking::LEVEL_NOT_ALLOWED, &value.name);
            }
            if self.label.values.meets(&value.forbids) {
                self.add(marking::CATEGORY_EXCLUDED, &value.name);
            }
            self.needs(&value.needs, &value.name);
        }
        self.selections();
    }

    fn add(&mut self, code: Code, name: &str) {
        self.out.push(Finding::new(code).saying(format!("{}: {name}", code.says())));
    }

    fn is_older_than_edition(&self) -> bool {
        let created = self.label.created.map(|created| created.last);
        created.zip(self.policy.issued).is_some_and(|(created, issued)| created < issued)
    }

    fn value(&mut self, value: &Value) {
        if value.unusable {
            let says = format!(
                "{}: two values of the policy share its name, or it cannot be read",
                value.name.trim()
            );
            self.out.push(Finding::new(marking::VALUE_NOT_VALID).saying(says));
        }
        if value.obsolete && !self.is_older_than_edition() {
            self.add(marking::OBSOLETE, &value.name);
        }
        let outside = |at: Time| {
            value.from.is_some_and(|from| at < from) || value.until.is_some_and(|until| at >= until)
        };
        let created = self.label.created;
        if outside(self.now) || created.is_some_and(|created| outside(created.first) || outside(created.last))
        {
            self.add(marking::VALUE_NOT_VALID, &value.name);
        }
    }

    fn needs(&mut self, needs: &[Requirement], name: &str) {
        let met = |need: &Requirement| {
            let found = self.label.values.and(&need.values);
            match need.operation {
                Operation::OnlyOne => found.len() == 1,
                Operation::OneOrMore => !found.is_empty(),
                Operation::All => found == need.values,
            }
        };
        if !needs.iter().all(met) {
            self.add(marking::CATEGORY_REQUIRED, name);
        }
    }

    fn selections(&mut self) {
        let policy = self.policy;
        for tag in &policy.tags {
            let selected = self.label.values.and(&tag.values).len();
            if selected < tag.least || selected > tag.most {
                self.add(marking::SELECTION, &tag.name);
            }
        }
    }

    /// What ADatP-4774 (appendices 1 and 2) says in words of labels of the NATO policy, whatever its file encodes.
    fn prose(&mut self) {
        let contexts = self.policy.contexts(self.label);
        let context = self.of_set(nato::CONTEXT);
        let releasable_to = self.of_set(nato::RELEASABLE_TO);
        let addition = context != contexts;
        let names = |values: &Bits, name: &str| {
            values.iter().any(|value| self.policy.compare.equal(self.policy.value_name(value), name))
        };
        let context_is_listed =
            contexts.iter().any(|value| names(&releasable_to, self.policy.value_name(value)));
        let sensitivity = self.of_set(nato::ADDITIONAL_SENSITIVITY);
        let level = self.policy.level_name(self.label.level).unwrap_or("");
        let above_restricted = matches!(level, "CONFIDENTIAL" | "SECRET" | "TOP SECRET");
        let rules = [
            (contexts.len() != 1, "a NATO label has exactly one context"),
            (addition && releasable_to.is_empty(), "Releasable stands only with Releasable To"),
            (
                !addition && !releasable_to.is_empty(),
                "Releasable To stands only with Releasable in the context",
            ),
            (releasable_to.len() == 1, "Releasable To names the context and at least one more"),
            (!releasable_to.is_empty() && !context_is_listed, "Releasable To names the context too"),
            (
                !self.of_set(nato::ADMINISTRATIVE).is_empty() && level != "UNCLASSIFIED",
                "Administrative stands only with UNCLASSIFIED",
            ),
            (names(&sensitivity, "ATOMAL") && !above_restricted, "ATOMAL needs CONFIDENTIAL or higher"),
            (
                (names(&sensitivity, "BOHEMIA") || names(&sensitivity, "BALK")) && level != "TOP SECRET",
                "BOHEMIA and BALK stand only with COSMIC TOP SECRET",
            ),
            (
                self.policy.privacy.names(self.label.privacy).any(|mark| mark != CLEAR),
                "CLEAR is the only privacy mark of NATO",
            ),
            (
                !self.of_set(nato::ONLY).is_empty() && !releasable_to.is_empty(),
                "Only and Releasable To exclude each other",
            ),
            (
                self.policy.memberships.are_left(self.label),
                "Only names a partner that does not belong to the context, by the policy's file",
            ),
        ];
        let broken = rules.into_iter().filter(|(broken, _)| *broken);
        self.out.extend(broken.map(|(_, says)| Finding::new(marking::PROSE_RULE).saying(says)));
    }

    fn of_set(&self, set: &str) -> Bits {
        let tags = self.policy.tags.iter().filter(|tag| tag.set_id == set);
        tags.fold(Bits::EMPTY, |all, tag| all.or(&self.label.values.and(&tag.values)))
    }
}

#[cfg(test)]
mod tests;
