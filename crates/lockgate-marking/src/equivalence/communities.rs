//! A community is never equivalent to one that somebody belongs to who is not in it: it would release to more readers.

use super::Mapping;
use crate::{Communities, Community, CommunityMember, Fault, Kind, Party, Policy};
use alloc::format;
use alloc::vec::Vec;
use lockgate_bytes::Time;

impl Mapping {
    /// Each value that is a community and becomes one with other members, at whatever time.
    pub(crate) fn wider_communities(&self, communities: &Communities) -> Vec<Fault> {
        let mut faults = Vec::new();
        for map in &self.maps {
            for (value, mapped) in map.from.values.iter().zip(&map.values) {
                let Some(there) = mapped.and_then(|mapped| self.target.value(mapped)) else { continue };
                let nations = value.nation.is_some() || there.nation.is_some();
                if nations || self.target.tag_kind(there.tag) != Kind::Permissive {
                    continue;
                }
                let own = holders(&map.from, &value.name, communities);
                let now = holders(&self.target, &there.name, communities);
                let Some((own, now)) = own.zip(now) else { continue };
                if let Some(more) = now.iter().find(|member| !covers(&own, member)) {
                    let says = format!(
                        "equivalence of {} and {}: {} is mapped to {}, which {} belongs to at a time at which it does not \
                         belong to {}; map it to a community of the same members or fewer",
                        map.from.name(),
                        self.target.name(),
                        value.name,
                        there.name,
                        more.party,
                        value.name
                    );
                    faults.push(Fault::new("P072", value.name.as_str(), says));
                }
            }
        }
        faults
    }
}

/// Who holds the community `name` of `policy`, and when; `None` where there is no such community. One that never
/// expands, or whose name two have, is held by the organisation of that name alone.
fn holders(policy: &Policy, name: &str, communities: &Communities) -> Option<Vec<CommunityMember>> {
    let mut of_name = communities.iter().filter(|community| policy.is_one_name(&community.name, name));
    let (one, other) = (of_name.next()?, of_name.next());
    let expands = |community: &&Community| community.decomposable && other.is_none();
    let known = |member: &&CommunityMember| member.from.is_some();
    Some(match Some(one).filter(expands) {
        Some(community) => community.members.iter().filter(known).cloned().collect(),
        None => {
            let party = Party::Organisation(one.name.clone());
            Vec::from([CommunityMember { party, from: Some(Time::MIN), until: None }])
        }
    })
}

/// True where `member`'s party is among `all` at every instant of its membership. The memberships of one party do not overlap.
fn covers(all: &[CommunityMember], member: &CommunityMember) -> bool {
    let own = || all.iter().filter(|other| other.party == member.party);
    let Some(mut at) = member.from else { return true };
    while member.until.is_none_or(|end| at < end) {
        match own().find(|other| other.is_at(at)) {
            None => return false,
            Some(CommunityMember { until: None, .. }) => return true,
            Some(CommunityMember { until: Some(end), .. }) => at = *end,
        }
    }
    true
}
