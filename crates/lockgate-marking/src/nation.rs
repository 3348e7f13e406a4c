//! Nations, organisations, and the dated groups they form.

use crate::Fault;
use crate::country::is_alpha3;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use lockgate_bytes::Time;

const MAX_COMMUNITIES: usize = 1024;
const MAX_MEMBERS: usize = 512;

/// A nation by its ISO 3166-1 alpha-3 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nation([u8; 3]);

impl Nation {
    /// The nation with this code, in capitals; `None` where ISO 3166-1 has no such code.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        is_alpha3(&bytes).then_some(Self(bytes))
    }

    pub(crate) fn of_alpha3(code: [u8; 3]) -> Self {
        Self(code)
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl fmt::Display for Nation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl fmt::Debug for Nation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

/// Who can read a domain or take part in an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A nation.
    Nation(Nation),
    /// An organisation by its own name, such as `NSPA`.
    Organisation(String),
}

impl Party {
    /// The code or name.
    pub fn name(&self) -> &str {
        match self {
            Self::Nation(nation) => nation.code(),
            Self::Organisation(name) => name,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// One member of a community, for one stretch of time. A party that left and came back stands twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityMember {
    /// Who.
    pub party: Party,
    /// First instant of membership. `None` = the start is not known: such a member never expands (it holds nothing
    /// through the community), and it is counted as a reader nevertheless.
    pub from: Option<Time>,
    /// First instant after membership; `None` while it lasts.
    pub until: Option<Time>,
}

impl CommunityMember {
    /// True where the membership is known to hold at `at`.
    pub fn is_at(&self, at: Time) -> bool {
        self.from.is_some_and(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// True where the party may be a member at `at`: an unknown start counts as always.
    pub fn may_be_at(&self, at: Time) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// A dated group of nations and organisations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Community {
    /// Its name, as it stands in labels and files.
    pub name: String,
    /// False where the group as a whole may read, but no member by itself: it never expands.
    pub decomposable: bool,
    /// Its members.
    pub members: Vec<CommunityMember>,
    /// Where the membership was taken from.
    pub source: String,
}

/// The communities of a bundle, by name.
#[derive(Clone, Debug, Default)]
pub struct Communities(Vec<Community>);

impl Communities {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a community.
    ///
    /// # Errors
    /// `P061` where its name is a nation's code or already taken, where a membership ends before it begins, where one
    /// party's memberships overlap, or where there are too many.
    pub fn add(&mut self, community: Community) -> Result<(), Fault> {
        let name = community.name.clone();
        let fault = |says: &str| Err(Fault::new("P061", name.as_str(), format!("community {name}: {says}")));
        if self.named(&community.name).is_some() {
            return fault("the name stands twice");
        }
        if community.name.is_empty() || Nation::parse(&community.name).is_some() {
            return fault("the name is empty or a nation's code");
        }
        if self.0.len() >= MAX_COMMUNITIES || community.members.len() > MAX_MEMBERS {
            return fault("too many communities, or too many members");
        }
        for (index, member) in community.members.iter().enumerate() {
            if member.from.zip(member.until).is_some_and(|(from, until)| from >= until) {
                return fault("a membership ends before it begins");
            }
            let overlaps = |other: &CommunityMember| {
                let starts = |a: &CommunityMember| a.from.unwrap_or(Time::MIN);
                let ends = |a: &CommunityMember| a.until.unwrap_or(Time::MAX);
                other.party == member.party && starts(other) < ends(member) && starts(member) < ends(other)
            };
            if community.members.iter().skip(index.saturating_add(1)).any(overlaps) {
                return fault("two memberships of one party overlap");
            }
        }
        self.0.push(community);
        Ok(())
    }

    /// The community with this name, spelled exactly.
    pub fn named(&self, name: &str) -> Option<&Community> {
        self.0.iter().find(|community| community.name == name)
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Community> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests;
