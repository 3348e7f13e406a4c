//! Portions with markings of the United States: a register says who is left of all of them by a table, and each is asked by the
//! communities of the bundle. Rule 20 of the reference on markings, against a model that knows nothing of registers.

use super::{Lane, NoAgreement, lane};
use crate::label::Created;
use crate::testing::{at, communities, community, nations, settings, spif};
use crate::{
    Carrier, CarrierValue, Community, CommunityMember, Label, Nation, Party, Policy, PolicySet, Profile,
    ProfileText, Readers, UsMarking,
};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};
use lockgate_us::Edition;
use proptest::prelude::*;
use proptest::sample::subsequence;

const NATIONS: [&str; 6] = ["AUS", "CAN", "DEU", "GBR", "HUN", "NZL"];
/// NATO, FVEY and TEYE are taken apart by the register, KFOR is not; the members are those of its table.
const GROUPS: [(&str, &[&str]); 4] = [
    ("FVEY", &["AUS", "CAN", "GBR", "NZL"]),
    ("KFOR", &[]),
    ("NATO", &["CAN", "DEU", "GBR", "HUN"]),
    ("TEYE", &["AUS", "GBR"]),
];

fn day(days: i64) -> Time {
    at("2026-01-01T00:00:00Z").plus(Duration::from_secs(days * 86_400))
}

/// A policy of the United States with these nations and groups, and what each word of a portion mark is in it.
struct World {
    set: PolicySet,
    profile: Profile,
}

impl World {
    fn new() -> Self {
        let level = |(at, name): (usize, &str)| {
            format!(r#"<securityClassification name="{name}" lacv="{at}" hierarchy="{at}"/>"#)
        };
        let levels: String = ["UNCLASSIFIED", "CONFIDENTIAL", "SECRET", "TOP SECRET"]
            .into_iter()
            .enumerate()
            .map(level)
            .collect();
        let names = NATIONS.into_iter().chain(["USA"]).chain(GROUPS.map(|(name, _)| name));
        let values: String = (2_001..)
            .zip(names)
            .map(|(at, name)| format!(r#"<tagCategory name="{name}" lacv="{at}"/>"#))
            .collect();
        let tag =
            format!(r#"<securityCategoryTag name="REL" tagType="permissive">{values}</securityCategoryTag>"#);
        let sets = format!(r#"<securityCategoryTagSet name="REL" id="1.2.3">{tag}</securityCategoryTagSet>"#);
        let text = spif(&levels, &sets).replace("\"TEST\"", "\"USA\"");
        let mut set = PolicySet::new();
        let settings = settings("USA", "1.3.6.1.4.1.99999.7");
        set.add(Policy::from_spif(text.as_bytes(), &settings).unwrap()).unwrap();
        let level = |name: &str| CarrierValue {
            texts: Vec::from([name.into()]),
            level: Some(name.into()),
            categories: Vec::new(),
        };
        let group = |(name, _): &(&str, _)| CarrierValue {
            texts: Vec::from([(*name).into()]),
            level: None,
            categories: Vec::from([("REL".into(), (*name).into())]),
        };
        let values = ["UNCLASSIFIED", "SECRET"].map(level).into_iter().chain(GROUPS.iter().map(group));
        let carrier = Carrier {
            role: "marking.portion".into(),
            values: values.collect(),
            nations_of: Some("REL".into()),
            us: Edition::named("ism-2022"),
            ..Carrier::default()
        };
        let text = ProfileText { name: "us".into(), policy: "USA".into(), carriers: Vec::from([carrier]) };
        let profile = Profile::compile(&text, &set).unwrap();
        Self { set, profile }
    }

    fn portion(&self, mark: &str) -> (UsMarking, Label) {
        let carrier = self.profile.carrier("marking.portion").unwrap();
        let mut found = Vec::new();
        let read = self.profile.us_text(carrier, mark, &mut found);
        assert_eq!(found, [], "{mark}");
        (read.marking.unwrap(), read.label.unwrap())
    }

    /// A lane in which nothing but the release list decides.
    fn lane(&self, readers: &[&str], groups: Vec<Community>) -> Lane {
        let mut lane = Lane { set: self.set.clone(), policy: "USA", ..lane() };
        (lane.agreements, lane.none) = (Vec::new(), Some(NoAgreement { authority: "test".into() }));
        lane.communities = communities(groups);
        for domain in [&mut lane.from, &mut lane.to] {
            (domain.policy, domain.ceiling) = ("USA".into(), "TOP SECRET".into());
        }
        lane.to.readers = Readers::Parties(nations(&readers.join(" ")));
        lane
    }

    /// Whether the lane releases what the portions make together, and whether it does so where each is asked, too.
    fn released(&self, lane: &Lane, marks: &[String], created: Option<Time>) -> (bool, bool) {
        let made =
            |label: Label| Label { created: created.map(|at| Created { first: at, last: at }), ..label };
        let portions: Vec<(UsMarking, Label)> = marks.iter().map(|mark| self.portion(mark)).collect();
        let together = UsMarking::roll_up(None, portions.iter().map(|(marking, _)| marking)).unwrap();
        let carrier = self.profile.carrier("marking.portion").unwrap();
        let Some(whole) = self.profile.us_label(carrier, &together, &mut Vec::new()) else {
            return (false, false);
        };
        let check = lane.compile().unwrap();
        let mut out = Vec::new();
        let whole = check.judge(&made(whole), None, day(9), &mut out).releasable;
        for (_, label) in &portions {
            check.judge_part(&made(*label), day(9), &mut out);
        }
        (whole, whole && out.is_empty())
    }
}

/// A nation that joined after a portion was marked had no part in the group then, whatever the register's table says.
#[test]
fn a_table_of_members_lets_in_nobody_whom_the_communities_keep_out() {
    let world = World::new();
    let marks = ["(S//REL TO USA, NATO)", "(S//REL TO USA, DEU, HUN)"].map(String::from);
    let nato = |since: i64| {
        let since = Some(day(since));
        Vec::from([community("NATO", &[("DEU", Some(Time::MIN), None), ("HUN", since, None)])])
    };
    for (since, created, released) in
        [(4, Some(3), false), (4, Some(4), true), (4, None, true), (10, None, false)]
    {
        let lane = world.lane(&["DEU", "HUN"], nato(since));
        let created = created.map(day);
        assert_eq!(world.released(&lane, &marks, created), (true, released), "{since} {created:?}");
    }
    // A group that the bundle does not have is nobody.
    let lane = world.lane(&["DEU"], Vec::new());
    assert_eq!(world.released(&lane, &marks, None), (true, false));
    // The same group in every list is asked by the communities at once.
    let marks = ["(S//REL TO USA, NATO)", "(S//REL TO USA, NATO, HUN)"].map(String::from);
    let lane = world.lane(&["HUN"], nato(10));
    assert_eq!(world.released(&lane, &marks, None), (false, false));
}

/// Each reason says who, and a portion without a list leaves it to the others.
#[test]
fn a_portion_that_keeps_somebody_out_says_whom() {
    let world = World::new();
    let lane = world.lane(&["AUS", "HUN"], Vec::new());
    let check = lane.compile().unwrap();
    let asked = |mark: &str| {
        let mut out = Vec::new();
        check.judge_part(&world.portion(mark).1, day(9), &mut out);
        out
    };
    assert_eq!(asked("(U)"), []);
    // An answer holds until a membership changes.
    let nato = [("DEU", Some(Time::MIN), Some(day(20)))];
    let dated = world.lane(&["DEU"], Vec::from([community("NATO", &nato)])).compile().unwrap();
    let until = |mark: &str| dated.judge_part(&world.portion(mark).1, day(9), &mut Vec::new());
    assert_eq!(until("(S//REL TO USA, NATO)"), day(20));
    assert_eq!(asked("(S//REL TO USA, AUS, HUN)"), []);
    let found = asked("(S//REL TO USA, AUS)");
    assert_eq!((found.len(), found[0].finding.code.id(), &found[0].readers), (1, "LG-A011", &nations("HUN")));
    let nobody = Label { nobody: 1, ..world.portion("(U)").1 };
    let mut out = Vec::new();
    check.judge_part(&nobody, day(9), &mut out);
    assert_eq!(out[0].finding.code.id(), "LG-A014");
    out.clear();
    let other = super::lane();
    check.judge_part(&crate::testing::label(&other.set, "NATO", "RESTRICTED", &[]), day(9), &mut out);
    assert_eq!(out[0].finding.code.id(), "LG-M020");
}

/// A nation of [`NATIONS`], and the days from and until which it belongs to a group.
type Stay = (usize, i64, i64);
/// Nations and groups.
type List = (Vec<&'static str>, Vec<&'static str>);

#[derive(Clone, Debug)]
struct Case {
    /// For each group its members; `None` where the bundle does not have it.
    groups: Vec<Option<Vec<Stay>>>,
    readers: Vec<&'static str>,
    /// The lists; `None` for `(U)`.
    portions: Vec<Option<List>>,
    created: Option<i64>,
}

fn case() -> impl Strategy<Value = Case> {
    let stay = (0..NATIONS.len(), 0..8_i64, 8..12_i64);
    let members = proptest::collection::vec(stay, 0..6).prop_map(|mut stays| {
        stays.sort_unstable();
        stays.dedup_by_key(|stay| stay.0);
        stays
    });
    let groups = proptest::collection::vec(proptest::option::weighted(0.9, members), 4..5);
    let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
    let list = (subsequence(NATIONS.to_vec(), 0..6), subsequence(names, 0..3))
        .prop_filter("a list names somebody", |(nations, groups)| !(nations.is_empty() && groups.is_empty()));
    let portions = proptest::collection::vec(proptest::option::weighted(0.9, list), 1..5);
    let readers = subsequence(NATIONS.to_vec(), 1..4);
    (groups, readers, portions, proptest::option::of(0..9_i64))
        .prop_map(|(groups, readers, portions, created)| Case { groups, readers, portions, created })
}

impl Case {
    fn marks(&self) -> Vec<String> {
        let mark = |list: &Option<List>| match list {
            Some((nations, groups)) => {
                let codes: Vec<&str> = nations.iter().chain(groups).copied().collect();
                format!("(S//REL TO USA, {})", codes.join(", "))
            }
            None => "(U)".to_string(),
        };
        self.portions.iter().map(mark).collect()
    }

    fn communities(&self) -> Vec<Community> {
        let member = |(nation, from, until): &Stay| CommunityMember {
            party: Party::Nation(Nation::parse(NATIONS[*nation]).unwrap()),
            from: Some(day(*from)),
            until: Some(day(*until)),
        };
        let of = |name: &str, members: &Vec<Stay>| Community {
            name: name.into(),
            decomposable: true,
            members: members.iter().map(member).collect(),
            source: "test".into(),
        };
        let groups = GROUPS.iter().zip(&self.groups);
        groups.filter_map(|((name, _), members)| Some(of(name, members.as_ref()?))).collect()
    }

    /// Every reader is in every list, by name or as one who belonged to a group of it then and belongs to it now.
    fn model(&self) -> bool {
        let belongs = |group: &str, nation: &str, at: i64| {
            let place = GROUPS.iter().position(|(name, _)| *name == group).unwrap();
            self.groups[place].as_ref().is_some_and(|members| {
                members.iter().any(|(who, from, until)| NATIONS[*who] == nation && *from <= at && at < *until)
            })
        };
        let holds = |group: &str, nation: &str| {
            belongs(group, nation, 9) && self.created.is_none_or(|at| belongs(group, nation, at))
        };
        self.readers.iter().all(|reader| {
            self.portions.iter().flatten().all(|(nations, groups)| {
                nations.contains(reader) || groups.iter().any(|group| holds(group, reader))
            })
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the communities are, nobody reads a whole who may not read one of its portions.
    #[test]
    fn nobody_reads_a_whole_who_may_not_read_a_portion(case in case()) {
        let world = World::new();
        let lane = world.lane(&case.readers, case.communities());
        let (_, released) = world.released(&lane, &case.marks(), case.created.map(day));
        prop_assert!(!released || case.model(), "{:?}", case.marks());
    }

    /// Where the communities are what the table says, to ask each portion changes nothing; and who may read all of them reads
    /// the whole.
    #[test]
    fn by_the_registers_own_table_the_portions_add_nothing(case in case()) {
        let world = World::new();
        let place = |name: &&str| NATIONS.iter().position(|nation| nation == name).unwrap();
        let groups = GROUPS.map(|(_, members)| Some(members.iter().map(|name| (place(name), 0, 99)).collect()));
        let case = Case { groups: groups.into(), created: None, ..case };
        let lane = world.lane(&case.readers, case.communities());
        let (by_table, released) = world.released(&lane, &case.marks(), None);
        prop_assert_eq!(by_table, released);
        let decided = case.portions.iter().any(Option::is_some);
        prop_assert_eq!(released, decided && case.model(), "{:?}", case.marks());
    }
}
