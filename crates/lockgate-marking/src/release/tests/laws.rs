//! The release check against a model that knows nothing of bits, eras or compiled terms, and the laws it must keep.

use super::{Lane, lane};
use crate::label::Created;
use crate::testing::{at, communities, nation};
use crate::{Community, CommunityMember, Label, Nation, Party, Readers, ReleaseCheck};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};
use proptest::prelude::*;

const LEVELS: [&str; 4] = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"];
const NATIONS: [&str; 4] = ["AUT", "HRV", "HUN", "SVN"];
const GROUPS: [&str; 2] = ["R-SOCC", "FVEY"];
const CAVEATS: [&str; 2] = ["NATIONAL EYES", "MEDICAL"];

/// Days after 2026-01-01; few enough that edges meet.
fn day(days: i64) -> Time {
    at("2026-01-01T00:00:00Z").plus(Duration::from_secs(days * 86_400))
}

#[derive(Clone, Debug)]
struct Stay {
    nation: usize,
    from: Option<i64>,
    until: Option<i64>,
}

#[derive(Clone, Debug)]
struct World {
    groups: [Vec<Stay>; 2],
    readers: Result<usize, Vec<usize>>,
    ceiling: usize,
    held: bool,
    owner: usize,
    giver: Option<usize>,
    parties: Vec<usize>,
    covers: [bool; 2],
    agreed: usize,
    forbids: bool,
    dates: (i64, i64),
}

#[derive(Clone, Debug)]
struct Claim {
    level: usize,
    nations: [bool; 4],
    groups: [bool; 2],
    caveats: [bool; 2],
    created: Option<i64>,
}

fn stays() -> impl Strategy<Value = Vec<Stay>> {
    let stay = (0..4_usize, proptest::option::weighted(0.9, 0..4_i64), proptest::option::of(4..8_i64));
    proptest::collection::vec(stay, 1..4).prop_map(|stays| {
        let mut kept: Vec<Stay> = Vec::new();
        for (nation, from, until) in stays {
            if kept.iter().all(|stay| stay.nation != nation) {
                kept.push(Stay { nation, from, until });
            }
        }
        kept
    })
}

fn some_nations() -> impl Strategy<Value = Vec<usize>> {
    proptest::sample::subsequence((0..4).collect::<Vec<usize>>(), 1..=4)
}

fn world() -> impl Strategy<Value = World> {
    let domain = (
        [stays(), stays()],
        prop_oneof![(0..2_usize).prop_map(Ok), some_nations().prop_map(Err)],
        0..4_usize,
        any::<bool>(),
    );
    let mostly_all = prop_oneof![3 => Just(Vec::from([0, 1, 2, 3])), 1 => some_nations()];
    let agreement = (
        0..4_usize,
        proptest::option::weighted(0.3, 0..4_usize),
        mostly_all,
        any::<[bool; 2]>(),
        0..4_usize,
        any::<bool>(),
        (0..3_i64, 4..8_i64),
    );
    (domain, agreement).prop_map(
        |((groups, readers, ceiling, held), (owner, giver, parties, covers, agreed, forbids, dates))| {
            // A domain needs a category that its agreement covers.
            let covers = if covers == [false; 2] { [true, false] } else { covers };
            World { groups, readers, ceiling, held, owner, giver, parties, covers, agreed, forbids, dates }
        },
    )
}

fn claim() -> impl Strategy<Value = Claim> {
    let caveats = prop_oneof![3 => Just([false; 2]), 1 => any::<[bool; 2]>()];
    (0..4_usize, any::<[bool; 4]>(), any::<[bool; 2]>(), caveats, proptest::option::of(0..8_i64)).prop_map(
        |(level, nations, groups, caveats, created)| Claim { level, nations, groups, caveats, created },
    )
}

fn nations(indices: &[usize]) -> Vec<Party> {
    indices.iter().map(|at| Party::Nation(nation(NATIONS[*at]))).collect()
}

impl World {
    fn lane(&self) -> Lane {
        let mut lane = lane();
        let group = |(name, stays): (&str, &Vec<Stay>)| Community {
            name: name.to_string(),
            decomposable: true,
            members: stays
                .iter()
                .map(|stay| CommunityMember {
                    party: Party::Nation(nation(NATIONS[stay.nation])),
                    from: stay.from.map(day),
                    until: stay.until.map(day),
                })
                .collect(),
            source: "test".into(),
        };
        lane.communities = communities(GROUPS.into_iter().zip(&self.groups).map(group).collect());
        lane.from.owner = Nation::parse(NATIONS[self.owner]);
        lane.to.ceiling = LEVELS[self.ceiling].into();
        lane.to.readers = match &self.readers {
            Ok(group) => Readers::Community(GROUPS[*group].into()),
            Err(list) => Readers::Parties(nations(list)),
        };
        if self.held {
            lane.to.holds = Vec::from([crate::Held {
                tag: "Special Handling".into(),
                values: Vec::from(["MEDICAL".to_string()]),
            }]);
        }
        let agreement = &mut lane.agreements[0];
        agreement.giver = self.giver.map(|at| nation(NATIONS[at]));
        agreement.parties = nations(&self.parties);
        let named = ["ground-track", "air-track"].into_iter().zip(self.covers);
        agreement.covers = named.filter(|(_, covered)| *covered).map(|(name, _)| name.to_string()).collect();
        agreement.ceiling_level = LEVELS[self.agreed].into();
        if !self.forbids {
            agreement.forbids.clear();
        }
        (agreement.from, agreement.until) = (day(self.dates.0), day(self.dates.1));
        lane
    }

    fn is_member(&self, group: usize, nation: usize, on: i64) -> bool {
        let within = |stay: &Stay| {
            stay.from.is_some_and(|from| from <= on) && stay.until.is_none_or(|until| on < until)
        };
        self.groups[group].iter().any(|stay| stay.nation == nation && within(stay))
    }

    /// The model: plain words, one nation at a time.
    fn releases(&self, claim: &Claim, category: usize, now: i64) -> bool {
        let reads = |nation: usize| match &self.readers {
            Err(list) => list.contains(&nation),
            Ok(group) => self.groups[*group].iter().any(|stay| {
                stay.nation == nation
                    && stay.from.is_none_or(|from| from <= now)
                    && stay.until.is_none_or(|until| now < until)
            }),
        };
        let readers: Vec<usize> = (0..4).filter(|nation| reads(*nation)).collect();
        let released = |nation: usize| {
            let through = |group: usize| {
                let then = claim.created.is_none_or(|created| self.is_member(group, nation, created));
                claim.groups[group] && self.is_member(group, nation, now) && then
            };
            claim.nations[nation] || through(0) || through(1)
        };
        let caveat_free = !claim.caveats[0] && (!claim.caveats[1] || self.held);
        let agreed = self.parties.contains(&self.owner)
            && self.giver.is_none_or(|giver| giver == self.owner)
            && readers.iter().all(|reader| self.parties.contains(reader))
            && self.covers[category]
            && claim.level <= self.agreed
            && (self.dates.0..self.dates.1).contains(&now)
            && !(self.forbids && claim.caveats[1]);
        !readers.is_empty()
            && claim.level <= self.ceiling
            && readers.iter().all(|r| released(*r))
            && caveat_free
            && agreed
    }
}

impl Claim {
    fn label(&self, lane: &Lane) -> Label {
        let mut values: Vec<(&str, &str)> = Vec::new();
        let mut add = |tag: &'static str, names: &[&'static str], chosen: &[bool]| {
            values.extend(names.iter().zip(chosen).filter(|(_, on)| **on).map(|(name, _)| (tag, *name)));
        };
        add("Releasable To", &NATIONS, &self.nations);
        add("Releasable To", &GROUPS, &self.groups);
        add("Special Handling", &CAVEATS, &self.caveats);
        let created = self.created.map(day).map(|at| Created { first: at, last: at });
        Label { created, ..lane.label(LEVELS[self.level], &values) }
    }
}

/// A lane with its compiled check.
struct Judge(Lane, ReleaseCheck);

impl Judge {
    fn new(world: &World) -> Self {
        let lane = world.lane();
        let check = lane.compile().unwrap();
        Self(lane, check)
    }

    fn judge(&self, claim: &Claim, category: usize, now: Time) -> (bool, Time) {
        let outcome = self.1.judge(&claim.label(&self.0), Some(category), now, &mut Vec::new());
        (outcome.releasable, outcome.not_after)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Rules 19, 20 and 46: all readers, by who belongs to what then and now, against a model of other make.
    #[test]
    fn the_check_agrees_with_the_model(world in world(), claim in claim(), category in 0..2_usize, now in 0..8_i64) {
        let lane = Judge::new(&world);
        // Membership, agreement and creation change on whole days only: their edges are met at -1, 0 and +1.
        for (offset, on) in [(-1, now - 1), (0, now), (1, now)] {
            let instant = day(now).plus(Duration::from_nanos(offset));
            let (released, not_after) = lane.judge(&claim, category, instant);
            prop_assert_eq!(released, world.releases(&claim, category, on), "at {}", instant);
            if released {
                prop_assert!(not_after > instant);
                let last = not_after.minus(Duration::from_nanos(1));
                prop_assert!(lane.judge(&claim, category, last).0, "the answer holds until {}", not_after);
            }
        }
    }

    #[test]
    fn a_stricter_label_is_never_released_instead(world in world(), claim in claim(), now in 0..8_i64) {
        let lane = Judge::new(&world);
        let released = |claim: &Claim| lane.judge(claim, 0, day(now)).0;
        if released(&claim) {
            return Ok(());
        }
        for level in claim.level..4 {
            prop_assert!(!released(&Claim { level, ..claim.clone() }), "raised");
        }
        for (at, name) in NATIONS.iter().enumerate() {
            let mut fewer = claim.clone();
            fewer.nations[at] = false;
            prop_assert!(!released(&fewer), "without {}", name);
            let mut more = claim.clone();
            (more.groups[at / 2], more.caveats[at / 2]) = (more.groups[at / 2] && at % 2 == 0, more.caveats[at / 2] || at % 2 == 0);
            prop_assert!(!released(&more), "fewer groups or more caveats");
        }
    }

    /// Whatever an agreement says, what it lets flow every reader may read without it, and it adds nothing to a label.
    #[test]
    fn no_agreement_widens_a_label(world in world(), claim in claim(), now in 0..8_i64) {
        let with = Judge::new(&world);
        let mut alone = world.lane();
        alone.agreements.clear();
        alone.none = Some(crate::NoAgreement { authority: "test".into() });
        let check = alone.compile().unwrap();
        let alone = Judge(alone, check);
        if with.judge(&claim, 0, day(now)).0 {
            prop_assert!(alone.judge(&claim, 0, day(now)).0, "{:?}", claim);
        }
    }

    #[test]
    fn a_dominating_label_is_never_released_instead(world in world(), a in claim(), b in claim(), now in 0..8_i64) {
        let lane = Judge::new(&world);
        // Dates are no part of dominance.
        let (a, b) = (Claim { created: None, ..a }, Claim { created: None, ..b });
        let (upper, lower) = (a.label(&lane.0), b.label(&lane.0));
        if upper.dominates(&lower, &lane.0.set) && lane.judge(&a, 0, day(now)).0 {
            prop_assert!(lane.judge(&b, 0, day(now)).0, "{:?} {:?}", a, b);
        }
    }
}

#[test]
fn the_model_releases_and_refuses() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut counts = [0_u32; 2];
    for _ in 0..2_000 {
        let (world, claim) = (world(), claim()).new_tree(&mut runner).unwrap().current();
        counts[usize::from(world.releases(&claim, 0, 4))] += 1;
    }
    assert!(counts.iter().all(|count| *count > 20), "{}", format!("{counts:?}"));
}
