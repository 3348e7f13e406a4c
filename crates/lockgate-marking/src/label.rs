//! A label: policy, level, category values. Small, fixed in size, copied without allocation.

use crate::bits::Bits;
use crate::{CategoryRef, Kind, LevelRef, Policy, PolicyIx, PolicySet};
use core::fmt;
use lockgate_bytes::Time;

/// When the label, or the labels it was combined from, were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Created {
    pub(crate) first: Time,
    pub(crate) last: Time,
}

/// A label of one policy. Made by [`crate::LabelBuilder`], a [`crate::Claim`], a mapping or a combination only.
///
/// Permissive values stand in groups, one for each tag set of the policy. A group has values, or none (what that
/// means is the policy's typed absence), or is readable by nobody, which only a combination can make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    pub(crate) policy: PolicyIx,
    pub(crate) level: u16,
    pub(crate) values: Bits,
    /// One bit for each permissive group that has values in no common.
    pub(crate) nobody: u64,
    /// One bit for each privacy mark of the policy. Access decisions ignore them.
    pub(crate) privacy: u64,
    /// What users typed for its typed values, as a number: equal texts give equal numbers, and several are joined by
    /// OR, so that a combination does not depend on order or repetition.
    pub(crate) typed: u64,
    pub(crate) created: Option<Created>,
}

impl Label {
    pub(crate) fn new(policy: PolicyIx, level: u16, values: Bits) -> Self {
        Self { policy, level, values, nobody: 0, privacy: 0, typed: 0, created: None }
    }

    /// The policy it belongs to.
    pub fn policy(&self) -> PolicyIx {
        self.policy
    }

    /// Its level.
    pub fn level(&self) -> LevelRef {
        LevelRef::new(self.policy, self.level)
    }

    /// Place of its level in the order of its policy; 0 is the lowest.
    pub fn level_rank(&self, policies: &PolicySet) -> Option<u16> {
        policies.rank(self.level())
    }

    /// When it was made, if it says so; of a combination the first.
    pub fn created(&self) -> Option<Time> {
        self.created.map(|created| created.first)
    }

    /// The same label, made at some time from `first` to `last` where it does not say when: a community in it is then held
    /// by those alone who belonged to it all that time (docs/decisions/0044).
    #[must_use]
    pub fn made_within(self, first: Time, last: Time) -> Self {
        Self { created: self.created.or(Some(Created { first: first.min(last), last })), ..self }
    }

    /// True where it carries this value.
    pub fn has(&self, category: CategoryRef) -> bool {
        category.policy == self.policy && self.values.contains(category.value)
    }

    /// True where it carries `value` of the tag named `tag`; false also where the policy has no such value.
    pub fn holds(&self, policies: &PolicySet, tag: &str, value: &str) -> bool {
        policies.category(self.policy, tag, value).is_some_and(|category| self.has(category))
    }

    /// True where level and categories are the same, whatever the dates.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        Self { created: None, ..*self } == Self { created: None, ..*other }
    }

    /// True where everyone who may read this label may read `other`: same policy, level at least as high, every
    /// restrictive value of the other, and no permissive reader that the other does not have.
    pub fn dominates(&self, other: &Self, policies: &PolicySet) -> bool {
        match policies.policy(self.policy) {
            Some(policy) if self.policy == other.policy => policy.dominates(self, other),
            _ => false,
        }
    }

    /// True where this label names readers in a permissive group, and `other` names some there that this one does not: then
    /// there are those who may read `other` and not this one, whatever else both say.
    pub fn names_fewer_readers(&self, other: &Self, policies: &PolicySet) -> bool {
        match policies.policy(self.policy) {
            Some(policy) if self.policy == other.policy => policy.names_fewer(self, other),
            _ => false,
        }
    }

    /// The label as text: policy word, level, tags with values.
    pub fn text<'a>(&'a self, policies: &'a PolicySet) -> LabelText<'a> {
        LabelText { label: self, policy: policies.policy(self.policy) }
    }

    /// The tags that have values (or are readable by nobody), in the policy's order.
    pub fn tags<'a>(&'a self, policies: &'a PolicySet) -> impl Iterator<Item = TagView<'a>> {
        let policy = policies.policy(self.policy);
        policy.into_iter().flat_map(move |policy| policy.tag_views(self))
    }
}

/// One tag of a label, for the JSON view.
#[derive(Clone, Copy)]
pub struct TagView<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) tag: u16,
    pub(crate) values: Bits,
    pub(crate) nobody: bool,
}

impl<'a> TagView<'a> {
    /// Name of the tag.
    pub fn name(&self) -> &'a str {
        self.policy.tag_name(self.tag)
    }

    /// Its type.
    pub fn kind(&self) -> Kind {
        self.policy.tag_kind(self.tag)
    }

    /// The values, in the policy's order.
    pub fn values(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let policy = self.policy;
        self.values.iter().map(move |value| policy.value_name(value))
    }

    /// True where a combination left nobody who may read it.
    pub fn is_nobody(&self) -> bool {
        self.nobody
    }
}

/// A label shown as text; deterministic.
pub struct LabelText<'a> {
    label: &'a Label,
    policy: Option<&'a Policy>,
}

impl fmt::Display for LabelText<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.policy {
            Some(policy) => policy.render(self.label, out),
            None => out.write_str("?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{label, policies};
    use crate::{Kind, PolicySet};
    use alloc::string::ToString;
    use alloc::vec::Vec;

    fn text(set: &PolicySet, policy: &str, level: &str, values: &[(&str, &str)]) -> alloc::string::String {
        label(set, policy, level, values).text(set).to_string()
    }

    #[test]
    fn labels_are_written_in_one_way() {
        let set = policies();
        let (nato, open) = (("Context", "NATO"), ("Context", "Releasable"));
        let (to_nato, to_aut) = (("Releasable To", "NATO"), ("Releasable To", "AUT"));
        assert_eq!(
            text(&set, "NATO", "RESTRICTED", &[nato, open, to_nato, to_aut]),
            "NATO RESTRICTED Releasable To AUT"
        );
        assert_eq!(text(&set, "NATO", "CONFIDENTIAL", &[("Context", "KFOR")]), "NATO/KFOR CONFIDENTIAL");
        assert_eq!(
            text(&set, "NATO", "TOP SECRET", &[nato, ("Additional Sensitivity", "BOHEMIA")]),
            "COSMIC TOP SECRET Additional Sensitivity BOHEMIA"
        );
        assert_eq!(
            text(
                &set,
                "MISSION",
                "SECRET",
                &[("Releasable To", "SVN"), ("Special Handling", "NATIONAL EYES")]
            ),
            "MISSION SECRET Special Handling NATIONAL EYES Releasable To SVN"
        );
    }

    #[test]
    fn the_json_view_lists_tags_with_values() {
        let set = policies();
        let values = [("Context", "Releasable"), ("Context", "NATO"), ("Additional Sensitivity", "CRYPTO")];
        let label = label(&set, "NATO", "SECRET", &values);
        let tags: Vec<_> =
            label.tags(&set).map(|tag| (tag.name(), tag.kind(), tag.values().collect::<Vec<_>>())).collect();
        let sensitivity = ("Additional Sensitivity", Kind::Restrictive, Vec::from(["CRYPTO"]));
        let context = ("Context", Kind::Permissive, Vec::from(["NATO", "Releasable"]));
        assert_eq!(tags, [sensitivity, context]);
        assert_eq!(label.level_rank(&set), Some(3));
    }

    #[test]
    fn levels_of_two_policies_do_not_compare() {
        let set = policies();
        let level = |policy: &str, name: &str| set.level(policy, name).unwrap();
        let order = |a, b| set.compare(a, b);
        assert_eq!(
            order(level("NATO", "SECRET"), level("NATO", "restricted")),
            Some(core::cmp::Ordering::Greater)
        );
        assert_eq!(order(level("NATO", "SECRET"), level("MISSION", "RESTRICTED")), None);
        let (a, b) = (label(&set, "NATO", "SECRET", &[]), label(&set, "MISSION", "RESTRICTED", &[]));
        assert!(!a.dominates(&b, &set) && !b.dominates(&a, &set));
        assert_eq!(set.level("MISSION", "TOP SECRET"), None);
        assert_eq!(PolicySet::new().add(set.policy(a.policy()).unwrap().clone()).unwrap().0, 0);
        assert_eq!(set.clone().add(set.policy(a.policy()).unwrap().clone()).unwrap_err().code, "P060");
    }
}
