//! What banners and portion marks of the United States claim, and what keeps them from claiming anything.

extern crate std;

use crate::testing::{at, communities, label, nation, nations, policies, settings};
use crate::{
    Agreement, Carrier, CarrierIx, CarrierValue, Display, Domain, Equivalence, Label, LevelTerm, Mapping,
    Place, Policy, PolicySet, Profile, ProfileText, Readers, ReleaseCheck, ReleaseTerms,
};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_reason::Finding;
use lockgate_us::Edition;
use proptest::prelude::*;
use std::sync::LazyLock;

const USA: &[u8] = include_bytes!("../../../../../rules/policies/USA/usa.spif.xml");
const NOW: &str = "2026-03-01T10:05:00Z";
const NATIONS: [&str; 12] =
    ["AUS", "AUT", "CAN", "DEU", "FRA", "GBR", "HRV", "HUN", "NZL", "SVK", "SVN", "USA"];

fn set() -> PolicySet {
    let mut set = policies();
    set.add(Policy::from_spif(USA, &settings("USA", "1.3.6.1.4.1.99999.840")).unwrap()).unwrap();
    set
}

fn value(word: &str, level: Option<&str>, category: Option<(&str, &str)>) -> CarrierValue {
    CarrierValue {
        texts: Vec::from([word.into()]),
        level: level.map(String::from),
        categories: category.into_iter().map(|(tag, value)| (tag.into(), value.into())).collect(),
    }
}

fn carrier(role: &str) -> Carrier {
    let levels = ["UNCLASSIFIED", "CONFIDENTIAL", "SECRET", "TOP SECRET"];
    let mut values: Vec<_> = levels.iter().map(|level| value(level, Some(level), None)).collect();
    values.push(value("FOUO", None, Some(("Control", "FOUO"))));
    values.push(value("IMCON", None, Some(("Control", "IMCON"))));
    values.push(value("FVEY", None, Some(("Releasable To", "FVEY"))));
    Carrier {
        role: role.into(),
        values,
        nations_of: Some("Releasable To".into()),
        us: Edition::named("capco-2016"),
        ..Carrier::default()
    }
}

fn text(carriers: Vec<Carrier>) -> ProfileText {
    ProfileText { name: "us-report".into(), policy: "USA".into(), carriers }
}

/// The profile, and its carriers of banners and of portions.
fn profile(set: &PolicySet) -> (Profile, CarrierIx, CarrierIx) {
    let text = text(Vec::from([carrier("marking.banner"), carrier("marking.portion")]));
    let profile = Profile::compile(&text, set).unwrap();
    let (banner, portion) = (profile.carrier("marking.banner"), profile.carrier("marking.portion"));
    (profile, banner.unwrap(), portion.unwrap())
}

fn read(text: &str) -> Result<(Label, PolicySet), Vec<Finding>> {
    let set = set();
    let (profile, banner, portion) = profile(&set);
    let mut found = Vec::new();
    let carrier = if text.starts_with('(') { portion } else { banner };
    let label = profile.display(carrier, text, &set, &mut found);
    assert_eq!(label.is_none(), !found.is_empty(), "{text}: a label, or what keeps it from being one");
    label.map(|label| (label, set)).ok_or(found)
}

#[test]
fn every_word_of_a_banner_is_in_the_label() {
    let to = |nations: &[&'static str]| -> Vec<(&str, &str)> {
        nations.iter().map(|nation| ("Releasable To", *nation)).collect()
    };
    for (banner, level, values) in [
        ("UNCLASSIFIED", "UNCLASSIFIED", Vec::new()),
        ("SECRET//REL TO USA, AUT, GBR", "SECRET", to(&["USA", "AUT", "GBR"])),
        ("CONFIDENTIAL//REL TO USA, FVEY", "CONFIDENTIAL", to(&["USA", "FVEY"])),
        ("(TS//REL TO USA, DEU)", "TOP SECRET", to(&["USA", "DEU"])),
        ("UNCLASSIFIED//FOUO", "UNCLASSIFIED", Vec::from([("Control", "FOUO")])),
        ("(S//IMC)", "SECRET", Vec::from([("Control", "IMCON")])),
        // Whose it is adds nothing where nobody else may have it.
        ("//JOINT SECRET GBR USA//REL TO USA, GBR", "SECRET", to(&["USA", "GBR"])),
        ("(//JOINT S CAN GBR USA//REL TO USA, CAN, GBR)", "SECRET", to(&["USA", "CAN", "GBR"])),
        ("//DEU SECRET//REL TO USA, DEU", "SECRET", to(&["USA", "DEU"])),
    ] {
        let (found, set) = read(banner).unwrap_or_else(|found| panic!("{banner}: {found:?}"));
        assert!(
            found.says_the_same_as(&label(&set, "USA", level, &values)),
            "{banner}: {}",
            found.text(&set)
        );
    }
}

#[test]
fn what_is_no_value_keeps_the_object_and_says_where() {
    let noforn =
        "dissemination controls: no release to anybody foreign, which no label of another policy can say";
    let unknown = |what: &str| {
        format!("{what}: carrier marking.banner of profile us-report has no value for what stands here")
    };
    for (banner, said) in [
        ("SECRET//NOFORN", Vec::from([("NOFORN", noforn.to_owned())])),
        (
            "TOP SECRET//SI/TK//NOFORN",
            Vec::from([
                ("SI/TK", unknown("sensitive compartmented information")),
                ("NOFORN", noforn.to_owned()),
            ]),
        ),
        (
            "SECRET//SAR-BP//NOFORN",
            Vec::from([("SAR-BP", unknown("special access programs")), ("NOFORN", noforn.to_owned())]),
        ),
        (
            "SECRET//FGI DEU//REL TO USA, DEU",
            Vec::from([("FGI DEU", unknown("foreign government information"))]),
        ),
        ("SECRET//REL TO USA, NOR", Vec::from([("REL TO USA, NOR", unknown("dissemination controls"))])),
        (
            "UNCLASSIFIED//SSI",
            Vec::from([("SSI", unknown("controls from outside of the intelligence community"))]),
        ),
    ] {
        let found = read(banner).unwrap_err();
        let found: Vec<(&str, String)> = found
            .iter()
            .map(|finding| {
                assert_eq!(finding.code.id(), "LG-M020", "{banner}");
                let (span, bytes) = (finding.span.unwrap(), banner.as_bytes());
                (core::str::from_utf8(span.of(bytes)).unwrap(), finding.says.to_string())
            })
            .collect();
        assert_eq!(found, said, "{banner}");
    }
    for banner in [
        "SECRET//ORCON",
        "SECRET//RELIDO",
        "SECRET//REL TO USA, GBR/RELIDO",
        "SECRET//FGI//REL TO USA, GBR",
        "SECRET//DISPLAY ONLY AFG",
        "UNCLASSIFIED//LES NOFORN",
        "//JOINT SECRET GBR USA//REL TO USA, CAN, GBR",
        "//JOINT SECRET AUS CAN GBR NZL USA//REL TO USA, FVEY",
        "//NATO SECRET",
        "//DEU SECRET",
        "//DEU SECRET//REL TO USA, DEU, FRA",
        "(S//REL)",
        "(U//FOUO//SBU-NF)",
    ] {
        let found = read(banner).unwrap_err();
        assert!(found.iter().all(|finding| finding.code.id() == "LG-M020"), "{banner} {found:?}");
    }
}

#[test]
fn what_is_no_marking_of_the_edition_is_refused() {
    for (banner, code, says) in [
        ("SECRET//NOFRN", "LG-M002", "U006"),
        ("SECRT", "LG-M002", "U005"),
        ("secret", "LG-M002", "U002"),
        ("SECRET//REL TO USA", "LG-M002", "U106"),
        ("SECRET//NOFORN//REL TO USA, GBR", "LG-M002", "U008"),
        ("SECRET//NOFORN/REL TO USA, GBR", "LG-M002", "U102"),
        ("RESTRICTED", "LG-M002", "U101"),
        ("S", "LG-M002", "the other form"),
        ("(SECRET)", "LG-M002", "U014"),
        ("S\u{415}CRET", "LG-M010", ""),
        ("SEC\u{200B}RET", "LG-M010", ""),
    ] {
        let found = read(banner).unwrap_err();
        assert_eq!(found.len(), 1, "{banner}");
        assert_eq!(found[0].code.id(), code, "{banner}: {}", found[0].says);
        assert!(found[0].says.contains(says), "{banner}: {}", found[0].says);
        assert!(!found[0].says.contains("NOFRN") && !found[0].says.contains("SECRT"), "no payload");
    }
}

#[test]
fn a_wrong_carrier_of_us_markings_does_not_compile() {
    let set = set();
    let codes = |change: &dyn Fn(&mut ProfileText)| {
        let mut text = text(Vec::from([carrier("marking.banner")]));
        change(&mut text);
        let faults = Profile::compile(&text, &set).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    fn of(text: &mut ProfileText, word: &str, level: Option<&str>, category: Option<(&str, &str)>) {
        text.carriers[0].values.retain(|value| value.texts[0] != word);
        text.carriers[0].values.push(value(word, level, category));
    }
    assert_eq!(codes(&|_| {}), <[&str; 0]>::default());
    assert_eq!(codes(&|p| p.carriers[0].unlabelled.push(String::new())), ["P066"]);
    let display = Display { place: Place::PageTop, language: None };
    assert_eq!(codes(&|p| p.carriers[0].display = Some(display.clone())), ["P066"]);
    assert_eq!(codes(&|p| of(p, "FOUO", None, None)), ["P066"]);
    assert_eq!(codes(&|p| of(p, "SECRET", Some("RESTRICTED"), None)), ["P063"]);
    assert_eq!(codes(&|p| of(p, "FOUO", None, Some(("Control", "SI")))), ["P064"]);
    assert_eq!(codes(&|p| p.carriers[0].nations_of = Some("Control".into())), ["P064", "P085"]);
    assert_eq!(codes(&|p| p.carriers[0].nations_of = None), ["P085", "P085"]);
    let twice = value("SECRET", Some("SECRET"), None);
    assert_eq!(codes(&|p| p.carriers[0].values.push(twice.clone())), ["P065"]);
    let nation = value("GBR", None, Some(("Releasable To", "FVEY")));
    assert_eq!(codes(&|p| p.carriers[0].values.push(nation.clone())), ["P065"]);
    // The order of levels, and what they mean.
    assert_eq!(codes(&|p| of(p, "TOP SECRET", Some("SECRET"), None)), ["P071", "P079"]);
    assert_eq!(codes(&|p| of(p, "CONFIDENTIAL", Some("UNCLASSIFIED"), None)), ["P071", "P079"]);
    assert_eq!(
        codes(&|p| {
            p.carriers[0].values.retain(|value| value.texts[0] == "FOUO");
            p.carriers[0].values.push(value("SECRET", Some("CONFIDENTIAL"), None));
        }),
        ["P079"]
    );
    // Words that the register does not have, and those that no label says.
    for word in [
        "ORCN",
        "S",
        "NF",
        "FOR OFFICIAL USE ONLY",
        "NOFORN",
        "ORCON",
        "RELIDO",
        "LES NOFORN",
        "FGI",
        "JOINT",
    ] {
        assert_eq!(codes(&|p| of(p, word, None, Some(("Control", "IMCON")))), ["P084"], "{word}");
    }
    // What would let in more readers.
    for (word, level, category) in [
        ("FOUO", None, Some(("Releasable To", "GBR"))),
        ("FOUO", Some("SECRET"), None),
        ("FVEY", None, Some(("Control", "FOUO"))),
        ("FVEY", Some("SECRET"), None),
        ("SECRET", Some("SECRET"), Some(("Control", "FOUO"))),
        // Somebody else: a nation that the tag does not have, an organisation as a nation, another organisation.
        ("NOR", None, Some(("Releasable To", "FVEY"))),
        ("FVEY", None, Some(("Releasable To", "GBR"))),
        ("NATO", None, Some(("Releasable To", "FVEY"))),
    ] {
        assert_eq!(codes(&|p| of(p, word, level, category)), ["P085"], "{word}");
    }
    let mission = ProfileText {
        policy: "MISSION".into(),
        ..text(Vec::from([Carrier {
            values: Vec::from([value("SECRET", Some("SECRET"), None)]),
            ..carrier("marking.banner")
        }]))
    };
    assert_eq!(Profile::compile(&mission, &set).unwrap_err()[0].code, "P083");
    let mut open = policies();
    let universe = crate::Settings {
        absent: Vec::from([("Releasable To".into(), crate::Absent::Universe)]),
        ..settings("USA", "1.3.6.1.4.1.99999.840")
    };
    open.add(Policy::from_spif(USA, &universe).unwrap()).unwrap();
    let faults = Profile::compile(&text(Vec::from([carrier("marking.banner")])), &open).unwrap_err();
    assert_eq!(faults[0].code, "P085", "no list would be open to everyone");
}

/// Markings of one object are rolled up together, so all of its carriers mean the same.
#[test]
fn carriers_that_differ_do_not_compile() {
    let set = set();
    let codes = |change: &dyn Fn(&mut Carrier)| {
        let mut other = carrier("marking.portion");
        change(&mut other);
        let faults = Profile::compile(&text(Vec::from([carrier("marking.banner"), other])), &set).err();
        let told = faults.unwrap_or_default().into_iter().map(|fault| (fault.code, fault.name));
        told.collect::<Vec<_>>()
    };
    let differs = [("P086", String::from("marking.portion"))];
    assert!(codes(&|_| {}).is_empty());
    assert!(codes(&|other| other.values.reverse()).is_empty(), "their order says nothing");
    assert_eq!(codes(&|other| other.us = Edition::named("ism-2022")), differs);
    for word in ["SECRET", "FOUO", "FVEY"] {
        assert_eq!(codes(&|other| other.values.retain(|value| value.texts[0] != word)), differs, "{word}");
    }
    let stricter = |other: &mut Carrier| {
        other.values.retain(|value| value.texts[0] != "FOUO");
        other.values.push(value("FOUO", None, Some(("Control", "IMCON"))));
    };
    assert_eq!(codes(&stricter), differs);
}

fn equivalence() -> Equivalence {
    let level = |name: &str| LevelTerm { term: name.into(), language: Some("en".into()), is: name.into() };
    let pair = |value: &str| ("Releasable To".to_string(), value.to_string());
    Equivalence {
        name: "usa-mission".into(),
        from: "USA".into(),
        to: "MISSION".into(),
        levels: ["UNCLASSIFIED", "CONFIDENTIAL", "SECRET"].map(level).into(),
        categories: NATIONS.iter().chain(&["FVEY"]).map(|value| (pair(value), pair(value))).collect(),
        valid_from: at("2026-01-01T00:00:00Z"),
        valid_until: at("2036-01-01T00:00:00Z"),
        authority: "test".into(),
    }
}

/// Everything that decides who may read what a banner claims: the profile, the equivalence, and for each nation a domain
/// of its own under an agreement that allows all it can.
struct World {
    set: PolicySet,
    profile: Profile,
    banner: CarrierIx,
    mapping: Mapping,
    checks: Vec<(&'static str, ReleaseCheck)>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let set = set();
    let (profile, banner, _) = profile(&set);
    let policy = set.named("MISSION").unwrap();
    let mapping = Mapping::compile(&set, policy, &[equivalence()]).unwrap();
    let domain = |name: &str, reader: &str| Domain {
        name: name.into(),
        owner: Some(nation("USA")),
        policy: "MISSION".into(),
        ceiling: "SECRET".into(),
        readers: Readers::Parties(nations(reader)),
        holds: Vec::new(),
    };
    let agreement = Agreement {
        name: "all".into(),
        demonstration: true,
        giver: None,
        parties: nations(&NATIONS.join(" ")),
        covers: Vec::from(["report".to_string()]),
        ceiling_policy: "MISSION".into(),
        ceiling_level: "SECRET".into(),
        forbids: Vec::new(),
        allows: Vec::new(),
        from: at("2026-01-01T00:00:00Z"),
        until: at("2036-01-01T00:00:00Z"),
        authority: "test".into(),
    };
    let five = ["AUS", "CAN", "GBR", "NZL", "USA"].map(|code| (code, Some(at("2000-01-01T00:00:00Z")), None));
    let communities = communities(Vec::from([crate::testing::community("FVEY", &five)]));
    let check = |reader: &'static str| {
        let terms = ReleaseTerms {
            policies: &set,
            communities: &communities,
            policy,
            mapping: &mapping,
            from: &domain("usa", "USA"),
            to: &domain("there", reader),
            agreements: core::slice::from_ref(&agreement),
            no_agreement: None,
            categories: &["report".to_string()],
        };
        (reader, ReleaseCheck::compile(&terms).unwrap())
    };
    let checks = NATIONS.map(check).into();
    World { set, profile, banner, mapping, checks }
});

/// Who may read what a banner claims; `None` where it claims nothing in the policy of the mission.
fn readers(banner: &str) -> Option<Vec<&'static str>> {
    let world = &*WORLD;
    let mut found = Vec::new();
    let label = world.profile.display(world.banner, banner, &world.set, &mut found)?;
    let mapped = world.mapping.map(&label, at(NOW)).ok()?;
    let allowed = |check: &&(&'static str, ReleaseCheck)| {
        check.1.judge(&mapped.label, Some(0), at(NOW), &mut Vec::new()).releasable
    };
    Some(world.checks.iter().filter(allowed).map(|(reader, _)| *reader).collect())
}

#[test]
fn who_is_listed_reads_and_nobody_else() {
    assert_eq!(readers("SECRET//REL TO USA, AUT, GBR").unwrap(), ["AUT", "GBR", "USA"]);
    assert_eq!(readers("CONFIDENTIAL//REL TO USA, FVEY").unwrap(), ["AUS", "CAN", "GBR", "NZL", "USA"]);
    // No list: nobody has decided.
    assert_eq!(readers("SECRET").unwrap(), <[&str; 0]>::default());
    for kept in [
        "SECRET//NOFORN",
        "TOP SECRET//REL TO USA, GBR",
        "SECRET//IMCON/REL TO USA, GBR",
        "UNCLASSIFIED//FOUO",
    ] {
        assert_eq!(readers(kept), None, "{kept}");
    }
}

fn codes() -> impl Strategy<Value = Vec<&'static str>> {
    let all = ["AUS", "AUT", "DEU", "GBR", "HRV", "NOR", "SVN", "FVEY", "NATO", "TEYE"];
    prop::sample::subsequence(all.to_vec(), 0..4)
}

/// A banner, legal or not, and whether it shuts out everybody foreign, or else whom it lists.
fn banners() -> impl Strategy<Value = (String, Vec<&'static str>)> {
    let level = prop::sample::select(Vec::from([
        "UNCLASSIFIED",
        "CONFIDENTIAL",
        "SECRET",
        "TOP SECRET",
        "RESTRICTED",
    ]));
    let maybe = |all: &[&'static str]| prop::sample::subsequence(all.to_vec(), 0..3.min(all.len()));
    let before = maybe(&["SI", "TK", "SI-G ABCD", "HCS-P", "BUR"]);
    let others = maybe(&["SAR-BP", "RD", "FRD", "FGI", "FGI DEU", "ATOMAL"]);
    let controls = maybe(&["RSEN", "FOUO", "ORCON", "IMCON", "NOFORN", "PROPIN", "MADE-UP"]);
    let after = maybe(&["RELIDO", "FISA", "DISPLAY ONLY AFG"]);
    let non_ic = maybe(&["LIMDIS", "NODIS", "SBU NOFORN", "LES", "SSI"]);
    (level, before, others, controls, codes(), after, non_ic).prop_map(
        |(level, before, others, controls, codes, after, non_ic)| {
            let release = (!codes.is_empty()).then(|| format!("REL TO USA, {}", codes.join(", ")));
            let dissem: Vec<String> = controls
                .iter()
                .map(ToString::to_string)
                .chain(release)
                .chain(after.iter().map(ToString::to_string))
                .collect();
            let mut segments = Vec::from([level.to_owned(), before.join("/")]);
            segments.extend(others.iter().map(ToString::to_string));
            segments.extend([dissem.join("/"), non_ic.join("/")]);
            segments.retain(|segment| !segment.is_empty());
            let shut = before.is_empty()
                && others.is_empty()
                && controls.is_empty()
                && after.is_empty()
                && non_ic.is_empty();
            let mut listed: Vec<&str> = codes.iter().filter(|_| shut).copied().collect();
            if listed.contains(&"FVEY") {
                listed.extend(["AUS", "CAN", "GBR", "NZL"]);
            }
            listed.extend((!codes.is_empty() && shut).then_some("USA"));
            (segments.join("//"), listed)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn nobody_reads_what_the_banner_does_not_release((banner, listed) in banners()) {
        for reader in readers(&banner).unwrap_or_default() {
            prop_assert!(listed.contains(&reader), "{reader} reads {banner}");
        }
    }

    #[test]
    fn any_text_is_a_label_or_says_why_not(text in "[A-Z/ ,()-]{0,40}|\\PC{0,20}") {
        let world = &*WORLD;
        let mut found = Vec::new();
        let label = world.profile.display(world.banner, &text, &world.set, &mut found);
        prop_assert_eq!(label.is_none(), !found.is_empty());
        for finding in found {
            let span = finding.span.unwrap_or_default();
            prop_assert!(usize::try_from(span.end).unwrap() <= text.len(), "{:?} {}", span, text);
        }
    }
}
