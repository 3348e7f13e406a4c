//! The policies of a bundle, and references into them.

use crate::edition::Earlier;
use crate::spif::same_code;
use crate::{Community, CommunityMember, Fault, Kind, Label, Party, Policy};
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// How many policies one bundle may have.
const MAX_POLICIES: usize = 256;

/// A policy of a [`PolicySet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicyIx(pub(crate) u16);

/// A level of one policy. Levels of different policies do not compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LevelRef {
    pub(crate) policy: PolicyIx,
    pub(crate) level: u16,
}

impl LevelRef {
    /// The policy it belongs to.
    pub fn policy(self) -> PolicyIx {
        self.policy
    }

    /// Its index in the policy, by falling or rising order of nothing: use [`PolicySet::compare`] for order.
    pub(crate) fn new(policy: PolicyIx, level: u16) -> Self {
        Self { policy, level }
    }
}

/// A category value of one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CategoryRef {
    pub(crate) policy: PolicyIx,
    pub(crate) value: u16,
}

impl CategoryRef {
    /// The policy it belongs to.
    pub fn policy(self) -> PolicyIx {
        self.policy
    }
}

/// The policies of a bundle. A name and an object identifier each name at most one of them, in its present edition.
#[derive(Debug, Default, Clone)]
pub struct PolicySet {
    /// Each policy before its earlier editions.
    policies: Vec<Arc<Policy>>,
    earlier: Vec<Earlier>,
}

fn too_many(policy: &Policy) -> Fault {
    let name = policy.name();
    let says =
        format!("policy {name} stands twice by name or identifier, or there are more than {MAX_POLICIES}");
    Fault::new("P060", name, says)
}

impl PolicySet {
    /// No policies yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a policy.
    ///
    /// # Errors
    /// `P060` where another policy has its name or identifier, or there are too many.
    pub fn add(&mut self, policy: Policy) -> Result<PolicyIx, Fault> {
        let clash =
            self.policies.iter().any(|other| other.same_name(policy.name()) || other.id() == policy.id());
        if clash { Err(too_many(&policy)) } else { self.push(&Arc::new(policy)) }
    }

    pub(crate) fn push(&mut self, policy: &Arc<Policy>) -> Result<PolicyIx, Fault> {
        match u16::try_from(self.policies.len()) {
            Ok(index) if self.policies.len() < MAX_POLICIES => {
                self.policies.push(Arc::clone(policy));
                Ok(PolicyIx(index))
            }
            _ => Err(too_many(policy)),
        }
    }

    /// The earlier editions of all policies.
    pub(crate) fn earlier(&self) -> &[Earlier] {
        &self.earlier
    }

    pub(crate) fn keep(&mut self, earlier: Earlier) {
        self.earlier.push(earlier);
    }

    #[cfg(test)]
    pub(crate) fn policies_mut_for_test(&mut self) -> &mut Policy {
        Arc::get_mut(self.policies.first_mut().unwrap()).unwrap()
    }

    /// The policy at `index`.
    pub fn policy(&self, index: PolicyIx) -> Option<&Policy> {
        self.shared(index).map(AsRef::as_ref)
    }

    pub(crate) fn shared(&self, index: PolicyIx) -> Option<&Arc<Policy>> {
        self.policies.get(usize::from(index.0))
    }

    /// All policies with their references, each before its earlier editions.
    pub fn iter(&self) -> impl Iterator<Item = (PolicyIx, &Policy)> {
        (0_u16..).map(PolicyIx).zip(self.policies.iter().map(AsRef::as_ref))
    }

    /// The policy with this name, as the policy itself compares names.
    pub fn named(&self, name: &str) -> Option<PolicyIx> {
        self.iter().find(|(_, policy)| policy.same_name(name)).map(|(index, _)| index)
    }

    /// What is wrong with `community` beside these policies: a value of one, in any edition, has its name or that of an
    /// organisation in it, and is a nation by its number alone. The value would release to that nation, which is no member.
    ///
    /// # Errors
    /// `P068`.
    pub fn allows(&self, community: &Community) -> Result<(), Fault> {
        let organisation = |member: &CommunityMember| matches!(member.party, Party::Organisation(_));
        let members = community.members.iter().filter(|member| organisation(member));
        let names =
            core::iter::once(community.name.as_str()).chain(members.map(|member| member.party.name()));
        for name in names {
            for policy in &self.policies {
                if let Some(nation) = policy.nation_by_number(name) {
                    let of = policy.name();
                    let says = format!(
                        "policy {of} has a value {name} with the number of {nation}, which is read as {nation}; give \
                         the value another number, or the community another name"
                    );
                    return Err(Fault::new("P068", name, says));
                }
            }
        }
        Ok(())
    }

    /// The policy with this object identifier, such as `1.3.26.1.3.1`.
    pub fn with_id(&self, id: &str) -> Option<PolicyIx> {
        self.iter().find(|(_, policy)| policy.id() == id).map(|(index, _)| index)
    }

    /// The level `name` of the policy named `policy`.
    pub fn level(&self, policy: &str, name: &str) -> Option<LevelRef> {
        self.level_in(self.named(policy)?, name)
    }

    /// The level `name` of `policy`.
    pub fn level_in(&self, policy: PolicyIx, name: &str) -> Option<LevelRef> {
        let level = self.policy(policy)?.find_level(name)?;
        Some(LevelRef::new(policy, level))
    }

    /// The name of a level.
    pub fn level_name(&self, level: LevelRef) -> Option<&str> {
        self.policy(level.policy)?.level_name(level.level)
    }

    /// The category value `value` of the tag named `tag`, in `policy`.
    pub fn category(&self, policy: PolicyIx, tag: &str, value: &str) -> Option<CategoryRef> {
        let value = self.policy(policy)?.find_value_of(tag, value)?;
        Some(CategoryRef { policy, value })
    }

    /// Place of a level in its policy's order, 0 is the lowest. Only ranks of one policy compare.
    pub fn rank(&self, level: LevelRef) -> Option<u16> {
        self.policy(level.policy)?.rank(level.level)
    }

    /// Order of two levels; `None` where they are of different policies.
    pub fn compare(&self, a: LevelRef, b: LevelRef) -> Option<Ordering> {
        if a.policy != b.policy {
            return None;
        }
        Some(self.rank(a)?.cmp(&self.rank(b)?))
    }

    /// `label` with the restrictive values of these too, as far as they are labels of its policy: whoever may read it holds
    /// those of all of them. Nothing else of it changes.
    pub fn with_controls_of(&self, label: &Label, others: impl Iterator<Item = Label>) -> Label {
        let Some(policy) = self.policy(label.policy) else { return *label };
        let own = others.filter(|other| other.policy == label.policy);
        let values = own.fold(label.values, |all, other| all.or(&other.values.and(policy.restrictive())));
        Label { values, ..*label }
    }

    /// The level of `policy` with this code (lacv), as binary labels carry it. Codes are no order.
    pub fn level_coded(&self, policy: PolicyIx, code: i64) -> Option<LevelRef> {
        let level = self.policy(policy)?.levels.iter().position(|level| level.lacv == code)?;
        Some(LevelRef::new(policy, u16::try_from(level).ok()?))
    }

    /// The category value with this code (lacv) in the tag set with this identifier, as binary labels carry it.
    /// `None` also where two values of the kind share the code, one in a bit set and one in an enumeration.
    pub fn category_coded(
        &self,
        policy: PolicyIx,
        set_id: &str,
        kind: Kind,
        code: &str,
    ) -> Option<CategoryRef> {
        let of = self.policy(policy)?;
        let tags = of.tags.iter().filter(|tag| tag.set_id == set_id && tag.kind == kind);
        let mut values = tags
            .flat_map(|tag| tag.values.iter())
            .filter(|value| of.value(*value).is_some_and(|value| same_code(&value.lacv, code)));
        let value = values.next()?;
        let usable = of.value(value).is_some_and(|value| value.coded && !value.typed);
        (usable && values.next().is_none()).then_some(CategoryRef { policy, value })
    }
}
