extern crate std;

use super::{Communities, CommunityMember, Nation, Party};
use crate::testing::{at, community};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

#[test]
fn a_community_that_contradicts_itself_is_refused() {
    let (day, later) = (Some(at("2026-01-01T00:00:00Z")), Some(at("2026-02-01T00:00:00Z")));
    let mut known = Communities::new();
    known.add(community("R-SOCC", &[("AUT", day, later), ("AUT", later, None)])).unwrap();
    let mut refused = |name: &str, members: &[_]| known.add(community(name, members)).unwrap_err().code;
    assert_eq!(refused("R-SOCC", &[]), "P061");
    assert_eq!(refused("AUT", &[]), "P061", "a nation's code");
    assert_eq!(refused("", &[]), "P061");
    assert_eq!(refused("A", &[("AUT", later, day)]), "P061");
    assert_eq!(refused("B", &[("AUT", day, day)]), "P061");
    assert_eq!(refused("C", &[("AUT", day, None), ("HRV", day, None), ("AUT", later, None)]), "P061");
    assert_eq!(refused("D", &[("AUT", None, later), ("AUT", day, None)]), "P061");
    assert_eq!(refused("E", &[("AUT", day, None); 513]), "P061");
    assert!(known.named("R-SOCC").is_some() && known.named("r-socc").is_none() && known.iter().count() == 1);
}

#[test]
fn membership_holds_from_its_first_instant_to_its_last() {
    let stay = |from, until| CommunityMember { party: Party::Organisation("NSPA".into()), from, until };
    let (day, later) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let before = at("2025-12-31T23:59:59.999999999Z");
    let dated = stay(Some(day), Some(later));
    assert!(!dated.is_at(before) && dated.is_at(day) && !dated.is_at(later) && !dated.may_be_at(before));
    let open = stay(None, Some(later));
    assert!(!open.is_at(day) && open.may_be_at(before) && !open.may_be_at(later));
}

/// The members of the files under rules/communities: enough of a reading to compare them with the sources.
fn authored() -> BTreeMap<String, Vec<(String, String)>> {
    let folder = format!("{}/../../rules/communities", env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let quoted = |line: &str| -> Vec<String> {
            line.split('"').skip(1).step_by(2).map(ToString::to_string).collect()
        };
        let mut members = Vec::new();
        for line in text.lines().filter(|line| line.trim_start().starts_with("member ")) {
            let mut words = quoted(line);
            let from = words.pop().unwrap();
            members.extend(words.into_iter().map(|word| (word, from.clone())));
        }
        let name = quoted(text.lines().find(|line| line.starts_with("community ")).unwrap())[0].clone();
        assert_eq!(path.file_stem().unwrap().to_str(), Some(name.as_str()));
        assert!(Nation::parse(&name).is_none(), "{name} is a nation's code");
        assert!(text.contains("    source \""), "{name}");
        // What has ended is never expanded (markings.md rule 20).
        let is_over = text.contains("completed\"");
        assert!(text.contains(&format!(" decomposable=#{} {{", !is_over)), "{name}");
        found.insert(name, members);
    }
    found
}

#[test]
fn the_communities_of_the_project_are_all_there() {
    let found = authored();
    let sizes = "ABDM 16, ACGU 4, APSS 19, C-RAM 7, C-SOCC 3, CBRN-DF 4, CBRN-DI 9, CBRN-PE 10, COUNTER-MOBILITY 11, DST 18, \
        FVEY 5, GAP-CROSSING 12, INDIRECT-FIRE-CERTIFICATION 15, LBDM 24, LOWER-LEVEL-AIR-THREATS 15, M3A 8, \
        MARITIME-UNCREWED 17, MAWI 27, MBDM 8, MILITARY-ENGINEERING-VEHICLES 7, MODULAR-GBAD 11, MRTT-C 6, MSAP 4, NATO 32, \
        NFTE 13, NGRC 6, NORTHLINK 13, PASSIVE-AIR-SENSORS 16, R-SOCC 5, RPAS 13, SBAMD-C2 8, STARLIFT 14, TEYE 3";
    let counted: Vec<String> =
        found.iter().map(|(name, members)| format!("{name} {}", members.len())).collect();
    assert_eq!(counted.join(", "), sizes);
    for (name, members) in &found {
        for (member, from) in members {
            assert!(Nation::parse(member).is_some() || member == "NSPA", "{name}: {member}");
            assert!(lockgate_bytes::Time::parse_date(from.as_bytes()).is_ok(), "{name}: {from}");
        }
    }
    let since = |community: &str, member: &str| {
        found[community].iter().find(|(name, _)| name == member).map(|(_, from)| from.as_str())
    };
    assert_eq!(since("NATO", "SWE"), Some("2024-03-07"));
    assert_eq!((since("R-SOCC", "AUT"), since("NATO", "AUT")), (Some("2025-03-03"), None));
    assert_eq!(since("MAWI", "NSPA"), Some("2025-03-03"));
}

#[test]
fn every_community_is_a_release_value_of_the_mission_policy() {
    let set = crate::testing::policies();
    let mission = set.named("MISSION").unwrap();
    for name in authored().keys() {
        assert!(set.category(mission, "Releasable To", name).is_some(), "{name}");
    }
}
