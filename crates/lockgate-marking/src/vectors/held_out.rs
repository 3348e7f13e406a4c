//! Cases of our own from the text of the rules, and from no published set.

use super::*;
use crate::testing::{nations, policies};
use crate::{
    Communities, Domain, LabelBuilder, Mapping, NoAgreement, Readers, ReleaseCheck, ReleaseTerms, TagClaim,
};

const POLICY: &str = "1.3.26.1.3.1";
const CONTEXT: &str = "1.3.26.1.4.4";
const ONLY: &str = "1.3.26.1.4.5";

/// Rule 4: name and identifier of a policy agree, and so do name, type and identifier of a tag. The identifier alone finds
/// nothing that the name does not, and the other way round.
#[test]
fn names_types_and_identifiers_agree() {
    let set = policies();
    let policy = |name: &str, id: Option<&str>| {
        LabelBuilder::new().begin(&set, name, id).map_err(|finding| finding.code.id())
    };
    for (name, id, outcome) in [
        ("NATO", None, Ok(())),
        ("NATO", Some(POLICY), Ok(())),
        ("NATO", Some("urn:oid:1.3.26.1.3.1"), Ok(())),
        ("nato", Some(POLICY), Ok(())),
        ("NATO", Some("1.3.26.1.3"), Err("LG-M004")),
        ("NATO", Some("1.3.26.1.3.10"), Err("LG-M004")),
        ("NATO", Some("1.3.6.1.4.1.99999.1"), Err("LG-M004")),
        ("MISSION", Some(POLICY), Err("LG-M004")),
        ("EAPC", Some(POLICY), Err("LG-M004")),
        ("EAPC", Some("1.2.3"), Err("LG-M003")),
        ("", Some(POLICY), Err("LG-M004")),
    ] {
        assert_eq!(policy(name, id), outcome, "{name} {id:?}");
    }
    let tag = |name: &str, kind: &str, id: Option<&str>| {
        let mut builder = LabelBuilder::new();
        builder.begin(&set, "NATO", Some(POLICY)).unwrap();
        builder.tag(&set, TagClaim { name, kind, id }).map_err(|finding| finding.code.id())
    };
    for (name, kind, id, outcome) in [
        ("Context", "PERMISSIVE", None, Ok(())),
        ("Context", "PERMISSIVE", Some(CONTEXT), Ok(())),
        ("context", "PERMISSIVE", Some("urn:oid:1.3.26.1.4.4"), Ok(())),
        ("Context", "PERMISSIVE", Some(ONLY), Err("LG-M008")),
        ("Only", "PERMISSIVE", Some(CONTEXT), Err("LG-M008")),
        ("Context", "RESTRICTIVE", Some(CONTEXT), Err("LG-M008")),
        ("Context", "INFORMATIVE", None, Err("LG-M008")),
        ("Context", "PERMISIVE", Some(CONTEXT), Err("LG-M008")),
        ("Contexts", "PERMISSIVE", Some(CONTEXT), Err("LG-M008")),
        ("Context", "PERMISSIVE", Some("1.3.26.1.4.44"), Err("LG-M008")),
        ("Contexts", "PERMISSIVE", None, Err("LG-M006")),
    ] {
        assert_eq!(tag(name, kind, id), outcome, "{name} {kind} {id:?}");
    }
}

/// Rule 19: a destination is all that read it. Every set of named nations, to every set of readers: released where each reader
/// is named, and nowhere else; the reason says who is not.
#[test]
fn every_reader_of_a_destination_has_to_pass() {
    const ALL: [&str; 4] = ["AUT", "HRV", "HUN", "SVN"];
    let set = policies();
    let mission = set.named("MISSION").unwrap();
    let some = |bits: usize| -> Vec<&str> {
        ALL.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, name)| *name).collect()
    };
    let domain = |readers: &[&str]| Domain {
        name: "to".into(),
        owner: None,
        policy: "MISSION".into(),
        ceiling: "SECRET".into(),
        readers: Readers::Parties(nations(&readers.join(" "))),
        holds: Vec::new(),
    };
    let (communities, from) = (Communities::new(), domain(&["SVN"]));
    for readers in 1..16 {
        let check = ReleaseCheck::compile(&ReleaseTerms {
            policies: &set,
            communities: &communities,
            policy: mission,
            mapping: &Mapping::compile(&set, mission, &[]).unwrap(),
            from: &from,
            to: &domain(&some(readers)),
            agreements: &[],
            no_agreement: Some(&NoAgreement { authority: "test".into() }),
            categories: &[],
        })
        .unwrap();
        for named in 1..16_usize {
            let values: Vec<_> = some(named).into_iter().map(|name| ("Releasable To", name)).collect();
            let label = crate::testing::label(&set, "MISSION", "RESTRICTED", &values);
            let mut found = Vec::new();
            let released = check.judge(&label, None, at("2026-03-01T10:00:00Z"), &mut found).releasable;
            let without = some(readers & !named);
            assert_eq!(released, without.is_empty(), "{:?} to {:?}", some(named), some(readers));
            let told: Vec<_> = found.iter().flat_map(|found| found.readers.clone()).collect();
            assert_eq!(told, nations(&without.join(" ")), "{:?} to {:?}", some(named), some(readers));
        }
    }
}
