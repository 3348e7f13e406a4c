//! Which value is a nation, and which a community: by letters, by number, and where both could be meant.

use super::{Lane, lane};
use crate::testing::{at, communities, community, nations, settings, small, spif};
use crate::{Label, Policy, Readers};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const LEVEL: &str = r#"<securityClassification name="LOW" lacv="1" hierarchy="1"/>"#;

fn tag(values: &str) -> String {
    let tag =
        format!(r#"<securityCategoryTag name="REL" tagType="permissive">{values}</securityCategoryTag>"#);
    format!(r#"<securityCategoryTagSet name="REL" id="1.2.3">{tag}</securityCategoryTagSet>"#)
}

/// A lane of a policy whose one value of REL is `name` with the code `code`; `name` is a community of FRA besides.
fn world(name: &str, code: &str, readers: &str) -> (Lane, Label) {
    let set = small(LEVEL, &tag(&format!(r#"<tagCategory name="{name}" lacv="{code}"/>"#)), |_| {});
    let member = [("FRA", Some(at("2020-01-01T00:00:00Z")), None)];
    let mut lane = Lane { set, policy: "TEST", ..lane() };
    lane.communities = communities(Vec::from([community(name, &member)]));
    lane.to.readers = Readers::Parties(nations(readers));
    for domain in [&mut lane.from, &mut lane.to] {
        (domain.policy, domain.ceiling) = ("TEST".into(), "LOW".into());
    }
    let agreement = &mut lane.agreements[0];
    (agreement.ceiling_policy, agreement.ceiling_level) = ("TEST".into(), "LOW".into());
    (agreement.parties, agreement.forbids) = (nations("FRA AUT SVN"), Vec::new());
    let label = crate::testing::label(&lane.set, "TEST", "LOW", &[("REL", name)]);
    (lane, label)
}

/// 40 is a number that a file gives to anything; 040 is that of Austria.
#[test]
fn a_small_number_makes_no_nation_of_other_letters() {
    for code in ["40", "4", "0040", "00040"] {
        let (lane, label) = world("DST", code, "AUT");
        assert_eq!(lane.codes(&label), ["LG-A011"], "{code}: AUT is no member of DST");
        let (lane, label) = world("DST", code, "FRA");
        assert_eq!(lane.codes(&label), [""; 0], "{code}: members read it");
        let organisation = crate::Party::Organisation("DST".to_string());
        let (mut lane, label) = world("DST", code, "AUT");
        (lane.communities, lane.to.readers) =
            (communities(Vec::new()), Readers::Parties(Vec::from([organisation.clone()])));
        lane.agreements[0].parties.push(organisation);
        assert_eq!(lane.codes(&label), [""; 0], "{code}: the organisation of that name");
        let text = spif(LEVEL, &tag(&format!(r#"<tagCategory name="DST" lacv="{code}"/>"#)));
        let policy = Policy::from_spif(text.as_bytes(), &settings("TEST", "1.3.6.1.4.1.99999.7")).unwrap();
        assert_eq!(policy.warnings(), [], "{code}: it is read as no nation");
    }
}

/// Three digits as ISO 3166-1 writes them are a nation by its number; a community of that name would lose its value to it.
#[test]
fn what_is_a_nation_by_its_number_is_no_community() {
    let (lane, _) = world("NOM", "807", "FRA");
    let known = lane.communities.named("NOM").unwrap();
    assert_eq!(lane.set.allows(known).unwrap_err().code, "P068");
    let of_organisation = |name: &str| {
        let party = crate::Party::Organisation(name.into());
        let mut group = community("AGENCIES", &[]);
        group.members.push(crate::CommunityMember { party, from: None, until: None });
        lane.set.allows(&group)
    };
    assert_eq!(of_organisation("NOM").unwrap_err().code, "P068");
    assert_eq!(of_organisation("nom"), Ok(()), "this policy tells letters apart");
    for (name, code) in [("DST", "40"), ("DST", "1009"), ("TRIO", "040")] {
        let (lane, _) = world(name, code, "FRA");
        assert_eq!(lane.set.allows(lane.communities.named(name).unwrap()), Ok(()), "{name} {code}");
    }
}
