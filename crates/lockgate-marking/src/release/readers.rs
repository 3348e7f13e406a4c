//! Who reads the destination, and which release values they hold: expanded once, over all instants at which it changes.

use crate::{Communities, Community, Domain, Fault, Party, Policy, Readers};
use alloc::format;
use alloc::vec::Vec;
use lockgate_bytes::Time;

const MAX_READERS: usize = 256;
const MAX_CHANGES: usize = 1024;

/// A set of readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct ReaderSet([u64; MAX_READERS / 64]);

impl ReaderSet {
    pub(super) const NONE: Self = Self([0; MAX_READERS / 64]);
    pub(super) const ALL: Self = Self([u64::MAX; MAX_READERS / 64]);

    fn insert(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at >> 6) {
            *word |= 1 << (at & 63);
        }
    }

    pub(super) fn contains(&self, at: usize) -> bool {
        self.0.get(at >> 6).is_some_and(|word| word & (1 << (at & 63)) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    fn zip(&self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        let mut out = Self::NONE;
        for ((to, a), b) in out.0.iter_mut().zip(self.0).zip(other.0) {
            *to = join(a, b);
        }
        out
    }
}

/// Which readers hold a value.
#[derive(Clone, Copy, Debug)]
enum Holders {
    Nobody,
    Everyone,
    Always(ReaderSet),
    /// By era: index of the first era's set in `sets`.
    Dated(usize),
}

/// The readers of one domain, and what they hold, era by era. An era lasts from one membership change to the next.
#[derive(Clone, Debug)]
pub(super) struct ReaderTable {
    parties: Vec<Party>,
    /// The instants at which an era begins; the first era has no beginning.
    changes: Vec<Time>,
    present: Vec<ReaderSet>,
    holders: Vec<Holders>,
    sets: Vec<ReaderSet>,
}

impl ReaderTable {
    /// Expands the readers of `domain` and the permissive values of `policy`.
    pub(super) fn compile(
        domain: &Domain,
        policy: &Policy,
        communities: &Communities,
    ) -> Result<Self, Fault> {
        let fault =
            |says: &str| Fault::new("P091", domain.name.as_str(), format!("domain {}: {says}", domain.name));
        let community = match &domain.readers {
            Readers::Parties(_) => None,
            Readers::Community(name) => {
                let found =
                    communities.named(name).ok_or_else(|| fault("its readers are an unknown community"))?;
                Some(found)
                    .filter(|found| found.decomposable)
                    .ok_or_else(|| fault("its community never expands"))?
                    .into()
            }
        };
        let mut parties: Vec<Party> = match (&domain.readers, community) {
            (Readers::Parties(parties), _) => parties.clone(),
            (_, Some(community)) => community.members.iter().map(|member| member.party.clone()).collect(),
            _ => Vec::new(),
        };
        parties.sort();
        parties.dedup();
        if parties.is_empty() || parties.len() > MAX_READERS {
            return Err(fault("it has no readers, or more than 256"));
        }
        // Where the policy folds two communities into one name, nobody knows which is meant, and neither expands.
        let named = |value: &crate::policy::Value| {
            let mut of_name = communities.iter().filter(|c| policy.compare.equal(&c.name, &value.name));
            of_name.next().filter(|one| one.decomposable && of_name.next().is_none())
        };
        let groups: Vec<Option<&Community>> = policy.values.iter().map(named).collect();
        let mut changes: Vec<Time> =
            groups.iter().flatten().copied().chain(community).flat_map(instants).collect();
        changes.sort_unstable();
        changes.dedup();
        if changes.len() > MAX_CHANGES {
            return Err(fault("memberships change at more than 1024 instants"));
        }
        let mut table = Self { parties, changes, present: Vec::new(), holders: Vec::new(), sets: Vec::new() };
        table.present = table.eras(|party, at| match community {
            None => true,
            Some(community) => community.members.iter().any(|m| m.party == *party && m.may_be_at(at)),
        });
        for (value, community) in policy.values.iter().zip(groups) {
            let holders = table.holders_of(policy, value, community);
            table.holders.push(holders);
        }
        Ok(table)
    }

    fn holders_of(
        &mut self,
        policy: &Policy,
        value: &crate::policy::Value,
        community: Option<&Community>,
    ) -> Holders {
        if value.everyone {
            return Holders::Everyone;
        }
        if let Some(community) = community.filter(|_| value.nation.is_none()) {
            let start = self.sets.len();
            let holds =
                |party: &Party, at: Time| community.members.iter().any(|m| m.party == *party && m.is_at(at));
            let sets = self.eras(holds);
            self.sets.extend(sets);
            return Holders::Dated(start);
        }
        let mut set = ReaderSet::NONE;
        for (at, party) in self.parties.iter().enumerate() {
            let same = match party {
                Party::Nation(nation) => value.nation == Some(*nation),
                Party::Organisation(name) => {
                    value.nation.is_none() && policy.compare.equal(name, &value.name)
                }
            };
            if same {
                set.insert(at);
            }
        }
        if set.is_empty() { Holders::Nobody } else { Holders::Always(set) }
    }

    /// For each era the parties for which `is` holds in it.
    fn eras(&self, is: impl Fn(&Party, Time) -> bool) -> Vec<ReaderSet> {
        let within = core::iter::once(Time::MIN).chain(self.changes.iter().copied());
        let set = |at: Time| {
            let mut set = ReaderSet::NONE;
            for (index, party) in self.parties.iter().enumerate() {
                if is(party, at) {
                    set.insert(index);
                }
            }
            set
        };
        within.map(set).collect()
    }

    fn era(&self, at: Time) -> usize {
        self.changes.partition_point(|change| *change <= at)
    }

    /// First instant after `now` at which a membership changes.
    pub(super) fn next_change(&self, now: Time) -> Time {
        self.changes.get(self.era(now)).copied().unwrap_or(Time::MAX)
    }

    /// Everyone who reads the destination at `now`.
    pub(super) fn present(&self, now: Time) -> ReaderSet {
        self.present.get(self.era(now)).copied().unwrap_or(ReaderSet::ALL)
    }

    /// Who holds `value` now, and held it throughout the time in which the label was made.
    pub(super) fn holders(&self, value: u16, now: Time, created: Option<(Time, Time)>) -> ReaderSet {
        match self.holders.get(usize::from(value)) {
            None | Some(Holders::Nobody) => ReaderSet::NONE,
            Some(Holders::Everyone) => ReaderSet::ALL,
            Some(Holders::Always(set)) => *set,
            Some(Holders::Dated(start)) => {
                let at =
                    |era: usize| self.sets.get(start.saturating_add(era)).copied().unwrap_or(ReaderSet::NONE);
                let now = at(self.era(now));
                match created {
                    None => now,
                    Some((first, last)) => {
                        (self.era(first)..=self.era(last)).fold(now, |held, era| held.and(&at(era)))
                    }
                }
            }
        }
    }

    /// The readers that `is` holds for.
    pub(super) fn those(&self, is: impl Fn(&Party) -> bool) -> ReaderSet {
        let mut set = ReaderSet::NONE;
        for (at, _) in self.parties.iter().enumerate().filter(|(_, party)| is(party)) {
            set.insert(at);
        }
        set
    }

    /// The parties of a set, in order of name.
    pub(super) fn parties(&self, set: &ReaderSet) -> Vec<Party> {
        let members = self.parties.iter().enumerate().filter(|(at, _)| set.contains(*at));
        members.map(|(_, party)| party.clone()).collect()
    }
}

fn instants(community: &Community) -> impl Iterator<Item = Time> {
    community.members.iter().flat_map(|member| member.from.into_iter().chain(member.until))
}
