//! A bound label, word by word, as a 4774 label element carries it.

use crate::label::Created;
use crate::policy::Review;
use crate::text::{is_disguise, is_suspect, looks_like};
use crate::{Kind, Label, Policy, PolicyIx, PolicySet};
use alloc::format;
use lockgate_bytes::Time;
use lockgate_reason::{Code, Finding, marking};

/// How a label names a tag.
#[derive(Clone, Copy)]
pub struct TagClaim<'a> {
    /// `TagName`.
    pub name: &'a str,
    /// `Type`: `RESTRICTIVE`, `PERMISSIVE` or `INFORMATIVE`.
    pub kind: &'a str,
    /// `URI`, with or without `urn:oid:`; absent in most labels.
    pub id: Option<&'a str>,
}

/// Reads one label, in the order policy, level, categories. Reused from label to label; never allocates unless
/// something is wrong. After the first fault the label is lost: `finish` refuses it.
#[derive(Debug, Default)]
pub struct LabelBuilder {
    label: Option<Label>,
    has_level: bool,
    /// Tags that values may be of: one bit each. Several where a label names a tag set with several tags.
    open: u64,
    open_is_empty: bool,
    seen: u64,
    created: Option<Time>,
    review: Option<Time>,
    succession: Option<Time>,
    review_required: bool,
    fault: Option<Code>,
}

impl LabelBuilder {
    /// Ready for a first label.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a label of the policy `name`, in the edition that governs labels made at `made`. What else there is to say:
    /// [`Self::begin`].
    ///
    /// # Errors
    /// As [`Self::begin`], and LG-M024 where no edition does.
    pub fn begin_made(
        &mut self,
        policies: &PolicySet,
        name: &str,
        id: Option<&str>,
        made: Option<Time>,
    ) -> Result<(), Finding> {
        self.begin(policies, name, id)?;
        let present = self.label.as_ref().map(|label| label.policy);
        let governing = present.map(|present| policies.governing(present, made)).transpose();
        let governing = governing.map_err(|finding| self.lose(finding))?;
        if let Some((label, edition)) = self.label.as_mut().zip(governing) {
            label.policy = edition;
        }
        Ok(())
    }

    /// Begins a label of the policy `name`, in its present edition; `id` is its identifier where the label gives one, with
    /// or without `urn:oid:`. Whatever was begun before is forgotten.
    ///
    /// # Errors
    /// LG-M003 unknown, LG-M004 name and identifier disagree, LG-M010 disguised.
    pub fn begin(&mut self, policies: &PolicySet, name: &str, id: Option<&str>) -> Result<(), Finding> {
        *self = Self::default();
        let by_name = policies.named(name);
        let by_id = id.map(|id| policies.with_id(plain_id(id)));
        let found = match (by_name, by_id) {
            (Some(policy), None) => Ok(policy),
            (Some(policy), Some(Some(other))) if policy == other => Ok(policy),
            (None, None | Some(None)) => {
                let names = policies.iter().map(|(_, policy)| policy.name());
                Err(unknown(marking::UNKNOWN_POLICY, name, names))
            }
            _ => Err(Finding::new(marking::POLICY_MISMATCH)),
        };
        let policy = found.map_err(|finding| self.lose(finding))?;
        self.review_required =
            policies.policy(policy).is_some_and(|policy| policy.review == Review::Required);
        self.label = Some(Label::new(policy, 0, crate::bits::Bits::EMPTY));
        Ok(())
    }

    /// Its level.
    ///
    /// # Errors
    /// LG-M005 unknown, LG-M009 a second one, LG-M010 disguised, LG-M011 before the policy.
    pub fn level(&mut self, policies: &PolicySet, name: &str) -> Result<(), Finding> {
        let (_, policy) = self.policy(policies)?;
        if self.has_level {
            return Err(self.lose(Finding::new(marking::REPEATED).saying("the label has two levels")));
        }
        let Some(level) = policy.find_level(name) else {
            return Err(self.lose(unknown(marking::UNKNOWN_LEVEL, name, policy.levels())));
        };
        self.has_level = true;
        if let Some(label) = &mut self.label {
            label.level = level;
        }
        Ok(())
    }

    /// Opens a category; its values follow.
    ///
    /// # Errors
    /// LG-M006 unknown, LG-M008 name, type and identifier disagree, LG-M009 a second time, LG-M010 disguised,
    /// LG-M011 before the policy, or after a category without a value.
    pub fn tag(&mut self, policies: &PolicySet, tag: TagClaim<'_>) -> Result<(), Finding> {
        let (_, policy) = self.policy(policies)?;
        let found = find_tags(policy, tag).map_err(|finding| self.lose(finding))?;
        self.close()?;
        if self.seen & found != 0 {
            let says = format!("two categories of the tag {}", first_name(policy, found));
            return Err(self.lose(Finding::new(marking::REPEATED).saying(says)));
        }
        self.seen |= found;
        self.open = found;
        self.open_is_empty = true;
        Ok(())
    }

    /// A value of the category opened last.
    ///
    /// # Errors
    /// LG-M007 unknown, LG-M009 a second time, LG-M010 disguised, LG-M011 without a category.
    pub fn value(&mut self, policies: &PolicySet, value: &str) -> Result<(), Finding> {
        let (_, policy) = self.policy(policies)?;
        if self.open == 0 {
            return Err(self.lose(Finding::new(marking::INCOMPLETE).saying("a value outside any category")));
        }
        let mut found = tags_of(policy, self.open).filter_map(|tag| policy.find_value(tag, value));
        let (first, second) = (found.next(), found.next());
        let Some(found) = first.filter(|_| second.is_none()) else {
            let is_typed = |value: u16| is_typed(policy)(&value);
            if first.is_none() && tags_of(policy, self.open).any(|tag| tag.values.iter().any(is_typed)) {
                return self.typed_value(policy, value);
            }
            let same = |name: &str| policy.compare.equal(name, value);
            let doubtful = |value: u16| policy.value(value).is_some_and(|v| v.unusable && same(&v.name));
            if first.is_none() && tags_of(policy, self.open).any(|tag| tag.values.iter().any(doubtful)) {
                let says = "two values of the policy share the name of this one, or it cannot be read";
                return Err(self.lose(Finding::new(marking::VALUE_NOT_VALID).saying(says)));
            }
            let names =
                tags_of(policy, self.open).flat_map(|tag| tag.values.iter()).map(|v| policy.value_name(v));
            return Err(self.lose(unknown(marking::UNKNOWN_VALUE, value, names)));
        };
        self.open_is_empty = false;
        let repeated = self.label.as_ref().is_some_and(|label| label.values.contains(found));
        if repeated {
            let says = format!("the value {} stands twice", policy.value_name(found));
            return Err(self.lose(Finding::new(marking::REPEATED).saying(says)));
        }
        if let Some(label) = &mut self.label {
            label.values.insert(found);
        }
        Ok(())
    }

    /// A text, number or date that the user typed, where the open tag takes one.
    fn typed_value(&mut self, policy: &Policy, text: &str) -> Result<(), Finding> {
        let takes = |value: &u16| {
            policy.value(*value).and_then(|value| value.input).is_some_and(|input| input.takes(text))
        };
        let limits = tags_of(policy, self.open).any(|tag| tag.kind != Kind::Informative);
        let values = tags_of(policy, self.open).flat_map(|tag| tag.values.iter());
        let mut found = values.filter(is_typed(policy)).filter(takes);
        let (Some(value), None, false) = (found.next(), found.next(), limits) else {
            return Err(self.lose(Finding::new(marking::TYPED_VALUE)));
        };
        self.open_is_empty = false;
        let Some(label) = &mut self.label else { return Ok(()) };
        if label.values.contains(value) {
            let says = format!("two texts are typed for the value {}", policy.value_name(value));
            return Err(self.lose(Finding::new(marking::REPEATED).saying(says)));
        }
        label.values.insert(value);
        label.typed |= crate::policy::digest(value, text);
        Ok(())
    }

    /// Its privacy mark.
    ///
    /// # Errors
    /// LG-M009 a second one, LG-M010 disguised, LG-M011 before the policy, LG-M034 not one of the policy's.
    pub fn privacy_mark(&mut self, policies: &PolicySet, mark: &str) -> Result<(), Finding> {
        let (_, policy) = self.policy(policies)?;
        let Some(bit) = policy.privacy.find(mark, policy.compare) else {
            return Err(self.lose(unknown(marking::PRIVACY_MARK, mark, policy.privacy.names(u64::MAX))));
        };
        match &mut self.label {
            Some(label) if label.privacy == 0 => label.privacy = bit,
            _ => {
                return Err(
                    self.lose(Finding::new(marking::REPEATED).saying("the label has two privacy marks"))
                );
            }
        }
        Ok(())
    }

    /// `tag` and `value` in one step, for callers that meet them together; a tag that is already open goes on.
    ///
    /// # Errors
    /// As [`Self::tag`] and [`Self::value`].
    pub fn category(&mut self, policies: &PolicySet, tag: TagClaim<'_>, value: &str) -> Result<(), Finding> {
        let (_, policy) = self.policy(policies)?;
        let found = find_tags(policy, tag).map_err(|finding| self.lose(finding))?;
        if self.open != found {
            self.tag(policies, tag)?;
        }
        self.value(policies, value)
    }

    /// When it was made.
    ///
    /// # Errors
    /// LG-M009 where it was said before.
    pub fn created(&mut self, at: Time) -> Result<(), Finding> {
        let before = self.created.replace(at);
        self.once(before)
    }

    /// When it is to be reviewed. A review date in the past changes nothing, and never lowers the label.
    ///
    /// # Errors
    /// LG-M009 where it was said before.
    pub fn review(&mut self, at: Time) -> Result<(), Finding> {
        let before = self.review.replace(at);
        self.once(before)
    }

    /// When a successor takes its place. The label itself is enforced, before and after.
    ///
    /// # Errors
    /// LG-M009 where it was said before.
    pub fn succession(&mut self, at: Time) -> Result<(), Finding> {
        let before = self.succession.replace(at);
        self.once(before)
    }

    /// The label, whole. It is not yet known to be valid: see [`PolicySet::validate`].
    ///
    /// # Errors
    /// LG-M011 where a part is missing, LG-M018 where a successor comes before it, LG-M026 where the policy asks for a
    /// review date; the code of the first fault again where there was one.
    pub fn finish(&mut self) -> Result<Label, Finding> {
        let undated = self.review_required && self.review.is_none() && self.succession.is_none();
        let label = self.finish_successor()?;
        if undated {
            return Err(self.lose(Finding::new(marking::NO_REVIEW_DATE)));
        }
        Ok(label)
    }

    /// The label that is to succeed another one, whole: it has no review date of its own.
    ///
    /// # Errors
    /// As [`Self::finish`], without LG-M026.
    pub fn finish_successor(&mut self) -> Result<Label, Finding> {
        self.close()?;
        let (Some(label), true) = (self.label, self.has_level) else {
            return Err(
                self.lose(Finding::new(marking::INCOMPLETE).saying("the label has no policy or no level"))
            );
        };
        if self.created.is_none() {
            return Err(self
                .lose(Finding::new(marking::INCOMPLETE).saying("the label does not say when it was made")));
        }
        if self.succession.zip(self.created).is_some_and(|(succession, created)| succession <= created) {
            let says = "the successor of the label takes over before the label was made";
            return Err(self.lose(Finding::new(marking::FROM_THE_FUTURE).saying(says)));
        }
        self.label = None;
        let created = self.created.map(|at| Created { first: at, last: at });
        Ok(Label { created, ..label })
    }

    /// The values so far; `None` after a fault.
    pub(crate) fn gathered(&self) -> Option<crate::bits::Bits> {
        self.label.map(|label| label.values).filter(|_| self.fault.is_none())
    }

    fn policy<'p>(&mut self, policies: &'p PolicySet) -> Result<(PolicyIx, &'p Policy), Finding> {
        let policy = self.label.as_ref().map(|label| label.policy);
        let policy = policy.and_then(|index| Some((index, policies.policy(index)?)));
        match (self.fault, policy) {
            (Some(code), _) => Err(Finding::new(code)),
            (None, Some(found)) => Ok(found),
            (None, None) => {
                Err(self.lose(Finding::new(marking::INCOMPLETE).saying("the label has no policy")))
            }
        }
    }

    fn close(&mut self) -> Result<(), Finding> {
        if let Some(code) = self.fault {
            return Err(Finding::new(code));
        }
        if self.open != 0 && self.open_is_empty {
            return Err(self.lose(Finding::new(marking::INCOMPLETE).saying("a category without a value")));
        }
        self.open = 0;
        Ok(())
    }

    fn once(&mut self, before: Option<Time>) -> Result<(), Finding> {
        if before.is_some() {
            return Err(
                self.lose(Finding::new(marking::REPEATED).saying("the label says one of its dates twice"))
            );
        }
        Ok(())
    }

    fn lose(&mut self, finding: Finding) -> Finding {
        self.fault.get_or_insert(finding.code);
        finding
    }
}

fn is_typed(policy: &Policy) -> impl Fn(&u16) -> bool {
    |value| policy.value(*value).is_some_and(|value| value.typed)
}

fn plain_id(id: &str) -> &str {
    id.strip_prefix("urn:oid:").unwrap_or(id)
}

fn tags_of(policy: &Policy, mask: u64) -> impl Iterator<Item = &crate::policy::Tag> {
    (0_u32..64).zip(&policy.tags).filter(move |(at, _)| mask & (1 << at) != 0).map(|(_, tag)| tag)
}

fn first_name(policy: &Policy, mask: u64) -> &str {
    tags_of(policy, mask).next().map_or("?", |tag| tag.name.as_str())
}

/// The tags that a claim names, by name, identifier and type, which must agree.
fn find_tags(policy: &Policy, claim: TagClaim<'_>) -> Result<u64, Finding> {
    let kind = Kind::named(claim.kind);
    let (mut named, mut found) = (false, 0_u64);
    for (at, tag) in (0_u32..64).zip(&policy.tags) {
        let by_name =
            policy.compare.equal(&tag.name, claim.name) || policy.compare.equal(&tag.set_name, claim.name);
        let by_id = claim.id.is_some_and(|id| plain_id(id) == tag.set_id);
        named |= by_name || by_id;
        if by_name && (by_id || claim.id.is_none()) && kind == Some(tag.kind) {
            found |= 1 << at;
        }
    }
    match (found, named) {
        (0, true) => Err(unknown(marking::TAG_MISMATCH, claim.name, policy.tags())),
        (0, false) => Err(unknown(marking::UNKNOWN_TAG, claim.name, policy.tags())),
        _ => Ok(found),
    }
}

/// The finding for a word that the policy does not have: disguised where it pretends to be one.
pub(crate) fn unknown<'n>(code: Code, word: &str, mut names: impl Iterator<Item = &'n str>) -> Finding {
    let disguised =
        is_suspect(word) && (word.chars().any(is_disguise) || names.any(|name| looks_like(word, name)));
    Finding::new(if disguised { marking::DISGUISED } else { code })
}

#[cfg(test)]
mod tests;
