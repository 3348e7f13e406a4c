//! What the tests of this crate share: the two policies of the project, and small ones made on the spot.

extern crate std;

use crate::{
    Absent, Communities, Community, CommunityMember, Label, Nation, Party, Policy, PolicySet, Settings,
};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::Time;
use std::io::Write as _;

pub(crate) const MISSION: &[u8] = include_bytes!("../../../rules/policies/MISSION/mission.spif.xml");
pub(crate) const NATO: &[u8] = include_bytes!("../../../rules/policies/NATO/nato.spif.xml");

pub(crate) fn settings(name: &str, id: &str) -> Settings {
    Settings {
        name: name.into(),
        id: id.into(),
        edition: "test".into(),
        absent: Vec::new(),
        everyone: Vec::new(),
        review: (id != "1.3.26.1.3.1").then_some(crate::Review::Optional),
    }
}

/// MISSION and NATO, with the settings of their policy.kdl.
pub(crate) fn policies() -> PolicySet {
    static SET: std::sync::OnceLock<PolicySet> = std::sync::OnceLock::new();
    SET.get_or_init(load).clone()
}

fn load() -> PolicySet {
    let mut set = PolicySet::new();
    set.add(Policy::from_spif(MISSION, &settings("MISSION", "1.3.6.1.4.1.99999.1")).unwrap()).unwrap();
    let nato = Settings {
        absent: Vec::from([("Releasable To".to_string(), Absent::Universe)]),
        everyone: Vec::from([("Context".to_string(), "Releasable".to_string())]),
        ..settings("NATO", "1.3.26.1.3.1")
    };
    set.add(Policy::from_spif(NATO, &nato).unwrap()).unwrap();
    set
}

/// A label of `policy`, without the checks of the builder.
pub(crate) fn label(set: &PolicySet, policy: &str, level: &str, values: &[(&str, &str)]) -> Label {
    let level = set.level(policy, level).unwrap();
    let values = values.iter().map(|(tag, value)| set.category(level.policy(), tag, value).unwrap().value);
    Label::new(level.policy(), level.level, values.collect())
}

pub(crate) fn at(text: &str) -> Time {
    Time::parse(text.as_bytes()).unwrap()
}

pub(crate) fn nation(code: &str) -> Nation {
    Nation::parse(code).unwrap()
}

pub(crate) fn nations(codes: &str) -> Vec<Party> {
    codes.split_whitespace().map(|code| Party::Nation(nation(code))).collect()
}

pub(crate) fn community(name: &str, members: &[(&str, Option<Time>, Option<Time>)]) -> Community {
    let member = |(code, from, until): &(&str, Option<Time>, Option<Time>)| CommunityMember {
        party: Party::Nation(nation(code)),
        from: *from,
        until: *until,
    };
    let members = members.iter().map(member).collect();
    Community { name: name.into(), decomposable: true, members, source: "test".into() }
}

pub(crate) fn communities(list: Vec<Community>) -> Communities {
    let mut communities = Communities::new();
    list.into_iter().for_each(|community| communities.add(community).unwrap());
    communities
}

/// A SPIF around `levels` and `sets`, whose findings are those of what is put in.
pub(crate) fn spif(levels: &str, sets: &str) -> String {
    let sets = if sets.is_empty() {
        String::new()
    } else {
        format!("<securityCategoryTagSets>{sets}</securityCategoryTagSets>")
    };
    format!(
        r#"<SPIF xmlns="http://www.xmlspif.org/spif" schemaVersion="2.1" version="1" creationDate="20260101000000Z"
        originatorDN="CN=Test" keyIdentifier="00" privilegeId="1.3.6.1" rbacId="1.3.6.1">
        <securityPolicyId name="TEST" id="1.3.6.1.4.1.99999.7"/>
        <securityClassifications>{levels}</securityClassifications>{sets}</SPIF>"#
    )
}

/// The policy of a small SPIF.
pub(crate) fn small(levels: &str, sets: &str, change: impl FnOnce(&mut Settings)) -> PolicySet {
    let mut settings = settings("TEST", "1.3.6.1.4.1.99999.7");
    change(&mut settings);
    let mut set = PolicySet::new();
    set.add(Policy::from_spif(spif(levels, sets).as_bytes(), &settings).unwrap()).unwrap();
    set
}

/// A file of the corpus; `None`, said loudly, where there is no corpus.
pub(crate) fn corpus(path: &str) -> Option<Vec<u8>> {
    let Ok(root) = std::env::var("LOCKGATE_CORPUS") else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: LOCKGATE_CORPUS is not set, nothing was checked against {path}"
        );
        return None;
    };
    Some(std::fs::read(format!("{root}/markings/{path}")).unwrap())
}
