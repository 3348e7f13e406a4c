//! Each condition by itself, every date edge, and the whole against an independent model.

mod communities;
mod laws;
mod nations;
mod portions;
mod who;

use super::{NoAgreement, ReleaseCheck, ReleaseOutcome, ReleaseTerms};
use crate::label::Created;
use crate::testing::{at, communities, community, label, nation, nations, policies};
use crate::{
    Agreement, Communities, CommunityMember, Domain, Equivalence, Forbidden, Held, Label, LevelTerm, Mapping,
    Party, PolicySet, Readers,
};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};

const NOW: &str = "2026-03-01T10:05:00Z";
const FIVE: &str = "HRV HUN SVK SVN AUT";

/// The terms of a lane from svn-national to rsocc-net, as owned values that a test may change.
struct Lane {
    set: PolicySet,
    communities: Communities,
    equivalences: Vec<Equivalence>,
    policy: &'static str,
    from: Domain,
    to: Domain,
    agreements: Vec<Agreement>,
    none: Option<NoAgreement>,
    categories: Vec<String>,
}

fn domain(name: &str, owner: &str, ceiling: &str, readers: Readers) -> Domain {
    Domain {
        name: name.into(),
        owner: crate::Nation::parse(owner),
        policy: "MISSION".into(),
        ceiling: ceiling.into(),
        readers,
        holds: Vec::new(),
    }
}

fn lane() -> Lane {
    let since = Some(at("2025-03-03T00:00:00Z"));
    let members: Vec<_> = FIVE.split(' ').map(|code| (code, since, None)).collect();
    Lane {
        set: policies(),
        communities: communities(Vec::from([community("R-SOCC", &members)])),
        equivalences: Vec::new(),
        policy: "MISSION",
        from: domain("svn-national", "SVN", "SECRET", Readers::Parties(nations("SVN"))),
        to: domain("rsocc-net", "HRV", "CONFIDENTIAL", Readers::Community("R-SOCC".into())),
        agreements: Vec::from([Agreement {
            name: "rsocc".into(),
            demonstration: true,
            giver: Some(nation("SVN")),
            parties: nations(FIVE),
            covers: Vec::from(["ground-track".to_string()]),
            ceiling_policy: "MISSION".into(),
            ceiling_level: "RESTRICTED".into(),
            forbids: Vec::from([Forbidden {
                tag: "Special Handling".into(),
                values: Vec::from(["MEDICAL".to_string()]),
            }]),
            allows: Vec::new(),
            from: at("2026-01-01T00:00:00Z"),
            until: at("2036-01-01T00:00:00Z"),
            authority: "test".into(),
        }]),
        none: None,
        categories: Vec::from(["ground-track".to_string(), "air-track".to_string()]),
    }
}

impl Lane {
    fn compile(&self) -> Result<ReleaseCheck, Vec<crate::Fault>> {
        let policy = self.set.named(self.policy).unwrap();
        ReleaseCheck::compile(&ReleaseTerms {
            policies: &self.set,
            communities: &self.communities,
            policy,
            mapping: &Mapping::compile(&self.set, policy, &self.equivalences)?,
            from: &self.from,
            to: &self.to,
            agreements: &self.agreements,
            no_agreement: self.none.as_ref(),
            categories: &self.categories,
        })
    }

    fn label(&self, level: &str, values: &[(&str, &str)]) -> Label {
        label(&self.set, "MISSION", level, values)
    }

    /// RESTRICTED, released to all five.
    fn friendly(&self) -> Label {
        let five: Vec<_> = FIVE.split(' ').map(|code| ("Releasable To", code)).collect();
        self.label("RESTRICTED", &five)
    }

    /// The codes for `label`, a ground track, at `now`.
    fn judge(&self, label: &Label, now: Time) -> (Vec<&'static str>, ReleaseOutcome) {
        let mut out = Vec::new();
        let outcome = self.compile().unwrap().judge(label, Some(0), now, &mut out);
        assert_eq!(outcome.releasable, out.is_empty());
        (out.into_iter().map(|found| found.finding.code.id()).collect(), outcome)
    }

    fn codes(&self, label: &Label) -> Vec<&'static str> {
        self.judge(label, at(NOW)).0
    }
}

/// The friendly lane, changed; and the codes of its friendly label.
fn changed(change: impl FnOnce(&mut Lane)) -> Vec<&'static str> {
    let mut lane = lane();
    change(&mut lane);
    lane.codes(&lane.friendly())
}

#[test]
fn the_friendly_case_is_released_until_the_agreement_ends() {
    let lane = lane();
    let (codes, outcome) = lane.judge(&lane.friendly(), at(NOW));
    assert_eq!(codes, [""; 0]);
    assert_eq!((outcome.agreement, outcome.not_after), (Some(0), at("2036-01-01T00:00:00Z")));
    let check = lane.compile().unwrap();
    assert_eq!(check.agreement_name(0).map(AsRef::as_ref), Some("rsocc"));
    assert_eq!(check.category("air-track"), Some(1));
    assert_eq!(check.readers(at(NOW)), nations("AUT HRV HUN SVK SVN"));
    assert_eq!(lane.set.level_name(check.source_ceiling()), Some("SECRET"));
    assert_eq!(lane.set.level_name(check.destination_ceiling()), Some("CONFIDENTIAL"));
    let rsocc = lane.label("RESTRICTED", &[("Releasable To", "R-SOCC")]);
    assert_eq!(lane.codes(&rsocc), [""; 0], "the community stands for its members");
}

#[test]
fn each_failing_condition_has_its_code() {
    assert_eq!(changed(|l| l.agreements[0].covers = Vec::from(["air-track".to_string()])), ["LG-A001"]);
    assert_eq!(changed(|l| l.agreements[0].from = at(NOW).plus(Duration::from_secs(1))), ["LG-A004"]);
    assert_eq!(changed(|l| l.agreements[0].until = at(NOW)), ["LG-A005"]);
    assert_eq!(changed(|l| l.agreements[0].parties = nations("HRV HUN SVK SVN")), ["LG-A006"]);
    assert_eq!(changed(|l| l.agreements[0].giver = Some(nation("HRV"))), ["LG-A007"]);
    assert_eq!(changed(|l| l.from.owner = Some(nation("CZE"))), ["LG-A007"]);
    assert_eq!(changed(|l| l.agreements[0].ceiling_level = "UNCLASSIFIED".into()), ["LG-A008"]);
    assert_eq!(changed(|l| l.to.ceiling = "UNCLASSIFIED".into()), ["LG-A010"]);
    let ended =
        community("R-SOCC", &[("AUT", Some(at("2020-01-01T00:00:00Z")), Some(at("2021-01-01T00:00:00Z")))]);
    assert_eq!(changed(|l| l.communities = communities(Vec::from([ended]))), ["LG-A015"]);
    let lane = lane();
    let with = |values: &[(&str, &str)]| lane.codes(&lane.label("RESTRICTED", values));
    assert_eq!(with(&[("Releasable To", "HRV")]), ["LG-A011"]);
    assert_eq!(with(&[]), ["LG-A013"]);
    assert_eq!(with(&[("Releasable To", "R-SOCC"), ("Special Handling", "NATIONAL EYES")]), ["LG-A012"]);
    assert_eq!(with(&[("Releasable To", "R-SOCC"), ("Special Handling", "MEDICAL")]), ["LG-A012", "LG-A009"]);
    assert_eq!(
        with(&[("Releasable To", "R-SOCC"), ("Purpose", "TRAINING")]),
        [""; 0],
        "informative values are ignored"
    );
    assert_eq!(
        lane.codes(&Label { nobody: 1, values: crate::bits::Bits::EMPTY, ..lane.friendly() }),
        ["LG-A014"]
    );
    assert_eq!(lane.codes(&label(&lane.set, "NATO", "RESTRICTED", &[])), ["LG-M020", "LG-A008"]);
    let mut out = Vec::new();
    lane.compile().unwrap().judge(&lane.friendly(), None, at(NOW), &mut out);
    assert_eq!(out[0].finding.code.id(), "LG-A003");
    let mut none = super::tests::lane();
    (none.agreements, none.none) = (Vec::new(), Some(NoAgreement { authority: "test".into() }));
    let mut check = none.compile().unwrap();
    out.clear();
    assert_eq!(check.judge(&none.friendly(), None, at(NOW), &mut out).agreement, None);
    assert_eq!(out, [], "a lane that needs no agreement needs no category");
    check.none_needed = false;
    check.judge(&none.friendly(), Some(1), at(NOW), &mut out);
    assert_eq!(out[0].finding.code.id(), "LG-A002");
    assert!(out[0].finding.says.contains("an agreement that covers air-track for AUT, HRV, HUN, SVK, SVN"));
}

#[test]
fn all_that_fails_is_listed_with_what_would_let_it_flow() {
    let mut lane = lane();
    lane.agreements[0].until = at("2026-02-01T00:00:00Z");
    lane.agreements[0].parties = nations("HRV HUN SVK SVN");
    let mut out = Vec::new();
    let label = lane.label("SECRET", &[("Releasable To", "HRV"), ("Special Handling", "MEDICAL")]);
    let outcome = lane.compile().unwrap().judge(&label, Some(1), at(NOW), &mut out);
    let codes: Vec<_> = out.iter().map(|found| found.finding.code.id()).collect();
    let all = ["LG-A010", "LG-A012", "LG-A011", "LG-A001", "LG-A005", "LG-A006", "LG-A008", "LG-A009"];
    assert_eq!(codes, all);
    assert_eq!((outcome.releasable, outcome.agreement, outcome.not_after), (false, None, Time::MIN));
    let found = |code: &str| out.iter().find(|found| found.finding.code.id() == code).unwrap();
    assert_eq!(found("LG-A011").readers, nations("AUT HUN SVK SVN"));
    assert_eq!(found("LG-A006").readers, nations("AUT"));
    assert_eq!(found("LG-A006").agreement.as_deref(), Some("rsocc"));
    assert_eq!(
        found("LG-A001").finding.says,
        "rsocc does not cover air-track; an agreement that covers air-track for AUT, HRV, HUN, SVK, SVN would let it flow"
    );
}

#[test]
fn one_agreement_of_several_is_enough_and_named() {
    let mut lane = lane();
    let good = lane.agreements[0].clone();
    lane.agreements[0].until = at(NOW);
    lane.agreements.push(Agreement { name: "second".into(), until: at("2026-06-01T00:00:00Z"), ..good });
    let (codes, outcome) = lane.judge(&lane.friendly(), at(NOW));
    assert_eq!(
        (codes, outcome.agreement, outcome.not_after),
        (Vec::new(), Some(1), at("2026-06-01T00:00:00Z"))
    );
}

/// A ceiling in another policy means something for as long as an equivalence says what.
#[test]
fn terms_in_another_policy_end_with_their_equivalence() {
    let (begins, ends) = (at("2026-01-01T00:00:00Z"), at("2026-06-01T00:00:00Z"));
    let level = |name: &str| LevelTerm { term: name.into(), language: None, is: name.into() };
    let equivalence = Equivalence {
        name: "nato-mission".into(),
        from: "NATO".into(),
        to: "MISSION".into(),
        levels: Vec::from([level("RESTRICTED"), level("SECRET")]),
        categories: Vec::new(),
        valid_from: begins,
        valid_until: ends,
        authority: "test".into(),
    };
    let tick = Duration::from_nanos(1);
    for in_another in [
        |lane: &mut Lane| (lane.to.policy, lane.to.ceiling) = ("NATO".into(), "SECRET".into()),
        |lane: &mut Lane| (lane.from.policy, lane.from.ceiling) = ("NATO".into(), "SECRET".into()),
        |lane: &mut Lane| lane.agreements[0].ceiling_policy = "NATO".into(),
    ] {
        let mut lane = lane();
        in_another(&mut lane);
        lane.agreements[0].from = Time::MIN;
        lane.agreements[0].forbids.clear();
        lane.equivalences = Vec::from([equivalence.clone()]);
        let friendly = lane.friendly();
        for (now, codes) in [
            (begins.minus(tick), &["LG-M023"][..]),
            (begins, &[]),
            (ends.minus(tick), &[]),
            (ends, &["LG-M023"]),
        ] {
            let (found, outcome) = lane.judge(&friendly, now);
            assert_eq!(found, codes, "{now}");
            assert!(outcome.not_after <= ends, "{now}");
        }
        let answers = lane.compile().unwrap();
        let readers = answers.each_reader(&friendly, ends);
        let agreement = answers.each_agreement(&friendly, ends).remove(0);
        assert_eq!(readers.iter().any(|reader| !reader.findings.is_empty()), agreement.findings.is_empty());
    }
}

#[test]
fn held_caveats_pass() {
    let mut lane = lane();
    lane.to.holds = Vec::from([Held {
        tag: "Special Handling".into(),
        values: Vec::from(["NATIONAL EYES".to_string()]),
    }]);
    let label =
        lane.label("RESTRICTED", &[("Releasable To", "R-SOCC"), ("Special Handling", "NATIONAL EYES")]);
    assert_eq!(lane.codes(&label), [""; 0]);
    lane.agreements[0].forbids[0].values.clear();
    assert_eq!(lane.codes(&label), ["LG-A009"], "no values = any value of the tag");
}

#[test]
fn nato_context_and_releasable_to_work_together() {
    let mut lane = lane();
    lane.policy = "NATO";
    for domain in [&mut lane.from, &mut lane.to] {
        (domain.policy, domain.ceiling) = ("NATO".into(), "SECRET".into());
    }
    (lane.agreements[0].ceiling_policy, lane.agreements[0].forbids) = ("NATO".into(), Vec::new());
    let since = Some(at("2009-04-01T00:00:00Z"));
    let allies: Vec<_> = ["HRV", "HUN", "SVK", "SVN"].into_iter().map(|code| (code, since, None)).collect();
    lane.communities.add(community("NATO", &allies)).unwrap();
    let codes = |values: &[(&str, &str)]| lane.codes(&label(&lane.set, "NATO", "RESTRICTED", values));
    let (nato, open) = (("Context", "NATO"), ("Context", "Releasable"));
    let (to_nato, to_aut) = (("Releasable To", "NATO"), ("Releasable To", "AUT"));
    assert_eq!(codes(&[nato]), ["LG-A011"], "AUT is no member");
    assert_eq!(codes(&[nato, open, to_nato, to_aut]), [""; 0]);
    assert_eq!(codes(&[nato, open, to_nato, ("Releasable To", "CHE")]), ["LG-A011"]);
    assert_eq!(codes(&[]), ["LG-A013"], "no context is not decided");
}

#[test]
fn membership_counts_at_creation_and_now() {
    let mut lane = lane();
    let (joined, left) = (at("2025-06-01T00:00:00Z"), at("2027-06-01T00:00:00Z"));
    let dated = community("FVEY", &[("AUT", Some(joined), Some(left))]);
    lane.communities.add(dated).unwrap();
    lane.to.readers = Readers::Parties(nations("AUT"));
    let undated = lane.label("RESTRICTED", &[("Releasable To", "FVEY")]);
    let tick = Duration::from_nanos(1);
    let edges = |edge: Time| [edge.minus(tick), edge, edge.plus(tick)];
    for (now, holds) in edges(joined)
        .into_iter()
        .zip([false, true, true])
        .chain(edges(left).into_iter().zip([true, false, false]))
    {
        let mut open = self::lane();
        (open.communities, open.to) = (lane.communities.clone(), lane.to.clone());
        open.agreements[0].from = Time::MIN;
        let (codes, outcome) = open.judge(&undated, now);
        assert_eq!(codes.is_empty(), holds, "now {now}");
        if holds {
            assert_eq!(outcome.not_after, left, "the membership ends before the agreement");
        }
    }
    for (made, holds) in edges(joined).into_iter().zip([false, true, true]) {
        let made = Label { created: Some(Created { first: made, last: made }), ..undated };
        assert_eq!(lane.codes(&made).is_empty(), holds);
    }
    let gap = [
        ("AUT", Some(at("2020-01-01T00:00:00Z")), Some(at("2021-01-01T00:00:00Z"))),
        ("AUT", Some(joined), None),
    ];
    lane.communities = communities(Vec::from([community("FVEY", &gap)]));
    let across = Created { first: at("2020-06-01T00:00:00Z"), last: joined };
    assert_eq!(
        lane.codes(&Label { created: Some(across), ..undated }),
        ["LG-A011"],
        "not a member in between"
    );
}

#[test]
fn unknown_starts_never_expand_and_always_read() {
    let mut lane = lane();
    lane.communities = communities(Vec::from([community("R-SOCC", &[("AUT", None, None)])]));
    let check = lane.compile().unwrap();
    assert_eq!(check.readers(at("1900-01-01T00:00:00Z")), nations("AUT"));
    assert_eq!(lane.codes(&lane.label("RESTRICTED", &[("Releasable To", "R-SOCC")])), ["LG-A011"]);
    assert_eq!(lane.codes(&lane.friendly()), [""; 0]);
    let mut folded = super::tests::lane();
    folded.policy = "NATO";
    for domain in [&mut folded.from, &mut folded.to] {
        (domain.policy, domain.ceiling) = ("NATO".into(), "SECRET".into());
    }
    (folded.agreements[0].ceiling_policy, folded.agreements[0].forbids) = ("NATO".into(), Vec::new());
    folded.to.readers = Readers::Parties(nations("HRV"));
    let ally = [("HRV", Some(at("2009-04-01T00:00:00Z")), None)];
    folded.communities.add(community("NATO", &ally)).unwrap();
    let of_nato = label(&folded.set, "NATO", "RESTRICTED", &[("Context", "NATO")]);
    assert_eq!(folded.codes(&of_nato), [""; 0]);
    folded.communities.add(community("Nato", &[])).unwrap();
    assert_eq!(folded.codes(&of_nato), ["LG-A011"], "one name for two communities expands to nobody");
    let mut closed = community("FVEY", &[("AUT", Some(at("2020-01-01T00:00:00Z")), None)]);
    closed.decomposable = false;
    lane.communities.add(closed).unwrap();
    assert_eq!(lane.codes(&lane.label("RESTRICTED", &[("Releasable To", "FVEY")])), ["LG-A011"]);
}

#[test]
fn organisations_read_too() {
    let mut lane = lane();
    let mut mawi = community("MAWI", &[("AUT", Some(at("2025-03-03T00:00:00Z")), None)]);
    let nspa = CommunityMember {
        party: Party::Organisation("NSPA".into()),
        from: Some(at("2021-07-01T00:00:00Z")),
        until: None,
    };
    mawi.members.push(nspa);
    lane.communities = communities(Vec::from([mawi]));
    lane.to.readers = Readers::Community("MAWI".into());
    let aut = lane.label("RESTRICTED", &[("Releasable To", "AUT")]);
    assert_eq!(lane.codes(&aut), ["LG-A011", "LG-A006"], "NSPA reads it, and is released nothing");
    lane.agreements[0].parties.push(Party::Organisation("NSPA".into()));
    assert_eq!(lane.codes(&lane.label("RESTRICTED", &[("Releasable To", "MAWI")])), [""; 0]);
}

#[test]
fn agreement_dates_count_to_the_nanosecond() {
    let lane = lane();
    let tick = Duration::from_nanos(1);
    for (edge, expected) in
        [("2026-01-01T00:00:00Z", [false, true, true]), ("2036-01-01T00:00:00Z", [true, false, false])]
    {
        for (now, holds) in [at(edge).minus(tick), at(edge), at(edge).plus(tick)].into_iter().zip(expected) {
            assert_eq!(lane.judge(&lane.friendly(), now).0.is_empty(), holds, "{now}");
        }
    }
}

/// Rule 22: with `allows`, an agreement is a closed list of the values of a tag.
#[test]
fn what_an_agreement_does_not_allow_is_outside_of_it() {
    let mut lane = lane();
    let special = |values: &[&str]| Forbidden {
        tag: "Special Handling".into(),
        values: values.iter().map(|value| (*value).into()).collect(),
    };
    let held = ["INTELLIGENCE", "CRYPTO"].map(String::from);
    lane.to.holds = Vec::from([Held { tag: "Special Handling".into(), values: held.into() }]);
    let five: Vec<_> = FIVE.split(' ').map(|code| ("Releasable To", code)).collect();
    let with = |lane: &Lane, value| {
        lane.label("RESTRICTED", &[five.clone(), Vec::from([("Special Handling", value)])].concat())
    };
    let (intelligence, crypto) = (with(&lane, "INTELLIGENCE"), with(&lane, "CRYPTO"));
    assert_eq!(lane.codes(&crypto), [""; 0], "nothing is said of it");
    lane.agreements[0].allows = Vec::from([special(&["INTELLIGENCE"])]);
    assert_eq!(lane.codes(&intelligence), [""; 0]);
    assert_eq!(lane.codes(&crypto), ["LG-A009"]);
    assert_eq!(lane.codes(&lane.friendly()), [""; 0], "a label without any value of the tag");
    lane.agreements[0].allows = Vec::from([special(&[])]);
    assert_eq!(lane.codes(&intelligence), ["LG-A009"], "no value at all");
    let code = |lane: &Lane| lane.compile().unwrap_err()[0].code;
    lane.agreements[0].allows = Vec::from([special(&["X"])]);
    assert_eq!(code(&lane), "P064");
    lane.agreements[0].allows = Vec::from([Forbidden { tag: "X".into(), values: Vec::new() }]);
    assert_eq!(code(&lane), "P064");
}

/// As `allows` is: what no equivalence names of the tag is forbidden too.
#[test]
fn a_tag_that_is_forbidden_whole_is_so_whatever_is_mapped_of_it() {
    const LEVEL: &str = r#"<securityClassification name="ONE" lacv="1" hierarchy="1"/>"#;
    const CAVEAT: &str = r#"<securityCategoryTagSet name="Caveat" id="1.2.5">
        <securityCategoryTag name="Caveat" tagType="restrictive"><tagCategory name="MED" lacv="1"/></securityCategoryTag>
        </securityCategoryTagSet>"#;
    let mut lane = lane();
    let mut set = crate::testing::small(LEVEL, CAVEAT, |_| {});
    lane.set.iter().for_each(|(_, policy)| drop(set.add(policy.clone())));
    lane.set = set;
    let pair = |tag: &str, value: &str| (tag.to_string(), value.to_string());
    lane.equivalences = Vec::from([Equivalence {
        name: "test-mission".into(),
        from: "TEST".into(),
        to: "MISSION".into(),
        levels: Vec::from([LevelTerm { term: "ONE".into(), language: None, is: "CONFIDENTIAL".into() }]),
        categories: Vec::from([(pair("Caveat", "MED"), pair("Special Handling", "MEDICAL"))]),
        valid_from: at("2026-01-01T00:00:00Z"),
        valid_until: at("2027-01-01T00:00:00Z"),
        authority: "test".into(),
    }]);
    let held = ["MEDICAL", "CRYPTO"].map(String::from).into();
    lane.to.holds = Vec::from([Held { tag: "Special Handling".into(), values: held }]);
    let agreement = &mut lane.agreements[0];
    (agreement.ceiling_policy, agreement.ceiling_level) = ("TEST".into(), "ONE".into());
    agreement.forbids = Vec::from([Forbidden { tag: "Caveat".into(), values: Vec::new() }]);
    let five: Vec<_> = FIVE.split(' ').map(|code| ("Releasable To", code)).collect();
    let with = |value| lane.label("RESTRICTED", &[&five[..], &[("Special Handling", value)]].concat());
    let (medical, crypto) = (with("MEDICAL"), with("CRYPTO"));
    for label in [&medical, &crypto] {
        assert_eq!(lane.codes(label), ["LG-A009"]);
    }
    assert_eq!(lane.codes(&lane.friendly()), [""; 0]);
    lane.agreements[0].forbids[0].values.push("MED".into());
    assert_eq!(lane.codes(&crypto), [""; 0], "a value by its name is that value");
}

#[test]
fn wrong_terms_do_not_compile() {
    let code = |change: &dyn Fn(&mut Lane)| {
        let mut lane = lane();
        change(&mut lane);
        lane.compile().unwrap_err()[0].code
    };
    assert_eq!(code(&|l| l.to.policy = "SVN".into()), "P062");
    assert_eq!(code(&|l| l.from.ceiling = "TOP SECRET".into()), "P063");
    assert_eq!(code(&|l| l.agreements[0].ceiling_level = "TOP".into()), "P063");
    assert_eq!(code(&|l| l.agreements[0].forbids[0].values.push("X".into())), "P064");
    assert_eq!(
        code(&|l| l.agreements[0].forbids[0] = Forbidden { tag: "X".into(), values: Vec::new() }),
        "P064"
    );
    let held = |tag: &str, value: &str| {
        Vec::from([Held { tag: tag.into(), values: Vec::from([value.to_string()]) }])
    };
    assert_eq!(code(&|l| l.to.holds = held("Special Handling", "X")), "P064");
    assert_eq!(
        code(&|l| l.to.holds = held("Releasable To", "AUT")),
        "P064",
        "only restrictive values are held"
    );
    assert_eq!(code(&|l| (l.to.policy, l.to.ceiling) = ("NATO".into(), "SECRET".into())), "P090");
    let nato_held = |l: &mut Lane| {
        (l.to.policy, l.to.ceiling, l.to.holds) =
            ("NATO".into(), "SECRET".into(), held("Additional Sensitivity", "CRYPTO"));
        l.equivalences = Vec::from([Equivalence {
            name: "x".into(),
            from: "NATO".into(),
            to: "MISSION".into(),
            levels: Vec::from([crate::LevelTerm {
                term: "SECRET".into(),
                language: None,
                is: "SECRET".into(),
            }]),
            categories: Vec::new(),
            valid_from: Time::MIN,
            valid_until: Time::MAX,
            authority: "test".into(),
        }]);
    };
    assert_eq!(code(&nato_held), "P095");
    assert_eq!(code(&|l| l.to.readers = Readers::Community("X".into())), "P091");
    assert_eq!(code(&|l| l.to.readers = Readers::Parties(Vec::new())), "P091");
    assert_eq!(code(&|l| l.agreements.clear()), "P092");
    assert_eq!(code(&|l| l.agreements[0].parties.clear()), "P093");
    assert_eq!(code(&|l| l.agreements[0].authority = " ".into()), "P093");
    assert_eq!(code(&|l| l.agreements[0].until = l.agreements[0].from), "P093");
    assert_eq!(code(&|l| l.agreements[0].covers.push("sea-track".into())), "P094");
    assert_eq!(code(&|l| l.from.owner = None), "P096");
    let mut closed = community("R-SOCC", &[("AUT", Some(Time::MIN), None)]);
    closed.decomposable = false;
    let closed = communities(Vec::from([closed]));
    assert_eq!(code(&|l| l.communities = closed.clone()), "P091");
}
