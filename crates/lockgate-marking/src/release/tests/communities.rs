//! Communities across policies: an equivalent lets in nobody who does not belong to what the label names.

use super::{Lane, lane};
use crate::testing::{at, communities, community, policies, small};
use crate::{Community, Equivalence, LevelTerm, Party};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::Time;

const LEVEL: &str = r#"<securityClassification name="LOW" lacv="1" hierarchy="1"/>"#;

/// A lane into which the value `GROUP` of a policy TEST comes as FVEY.
fn world(list: Vec<Community>) -> Lane {
    let tag = r#"<securityCategoryTagSet name="REL" id="1.2.3"><securityCategoryTag name="REL" tagType="permissive">
        <tagCategory name="GROUP" lacv="1"/></securityCategoryTag></securityCategoryTagSet>"#;
    let mut set = small(LEVEL, tag, |_| {});
    for (_, policy) in policies().iter() {
        set.add(policy.clone()).unwrap();
    }
    let pair = |tag: &str, value: &str| (tag.to_string(), value.to_string());
    let equivalence = Equivalence {
        name: "test-mission".into(),
        from: "TEST".into(),
        to: "MISSION".into(),
        levels: Vec::from([LevelTerm { term: "LOW".into(), language: None, is: "RESTRICTED".into() }]),
        categories: Vec::from([(pair("REL", "GROUP"), pair("Releasable To", "FVEY"))]),
        valid_from: at("2026-01-01T00:00:00Z"),
        valid_until: at("2027-01-01T00:00:00Z"),
        authority: "test".into(),
    };
    let mut lane = Lane { set, equivalences: Vec::from([equivalence]), ..lane() };
    let rsocc = lane.communities.iter().cloned().collect::<Vec<_>>();
    lane.communities = communities(rsocc.into_iter().chain(list).collect());
    lane
}

type Members<'a> = &'a [(&'static str, Option<Time>, Option<Time>)];

/// Rules 40 and 41: at every instant at which somebody belongs to the one, it belongs to the other.
#[test]
fn a_community_becomes_none_with_other_members() {
    let day = |day: &str| Some(at(&format!("{day}T00:00:00Z")));
    let (first, later, last) = (day("2020-01-01"), day("2024-01-01"), day("2026-01-01"));
    let both: Members<'_> = &[("GBR", first, None), ("USA", first, None)];
    let cases: &[(&str, Members<'_>, Members<'_>, bool)] = &[
        ("the same", both, both, true),
        ("fewer", both, &[("USA", first, None)], true),
        ("one more", both, &[("USA", first, None), ("AUS", first, None)], false),
        ("one more, who has left", both, &[("USA", first, None), ("AUS", first, later)], false),
        ("sooner", &[("USA", later, None)], &[("USA", first, None)], false),
        ("a moment longer", &[("USA", first, later)], &[("USA", first, later.map(next))], false),
        ("for ever, not until", &[("USA", first, last)], &[("USA", first, None)], false),
        ("in two parts", &[("USA", first, later), ("USA", later, None)], &[("USA", first, last)], true),
        (
            "with a gap",
            &[("USA", first, later), ("USA", later.map(next), None)],
            &[("USA", first, last)],
            false,
        ),
        ("a start that nobody knows never reads", both, &[("AUS", None, None)], true),
        ("and lets in nobody", &[("USA", None, None)], &[("USA", first, None)], false),
    ];
    for (says, group, fvey, builds) in cases {
        let lane = world(Vec::from([community("GROUP", group), community("FVEY", fvey)]));
        let found = lane.compile().map(|_| ()).map_err(|faults| (faults[0].code, faults[0].name.clone()));
        let expected = if *builds { Ok(()) } else { Err(("P072", String::from("GROUP"))) };
        assert_eq!(found, expected, "{says}");
    }
}

/// A group that never expands is read by the organisation of its name alone.
#[test]
fn a_closed_group_is_what_has_its_name() {
    let first = Some(at("2020-01-01T00:00:00Z"));
    let closed = |name: &str| Community { decomposable: false, ..community(name, &[("USA", first, None)]) };
    let code = |list: Vec<Community>| world(list).compile().map(|_| ()).map_err(|faults| faults[0].code);
    assert_eq!(code(Vec::from([closed("GROUP"), community("FVEY", &[("USA", first, None)])])), Err("P072"));
    assert_eq!(code(Vec::from([community("GROUP", &[("USA", first, None)]), closed("FVEY")])), Err("P072"));
    let mut with = community("GROUP", &[]);
    let party = Party::Organisation("FVEY".into());
    with.members.push(crate::CommunityMember { party, from: Some(Time::MIN), until: None });
    assert_eq!(code(Vec::from([with, closed("FVEY")])), Ok(()), "the organisation belongs to it");
    assert_eq!(
        code(Vec::from([community("FVEY", &[("USA", first, None)])])),
        Ok(()),
        "GROUP is no community here"
    );
}

fn next(at: Time) -> Time {
    at.plus(lockgate_bytes::Duration::from_nanos(1))
}
