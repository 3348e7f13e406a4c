//! What ISM attributes claim, and that it is what the banner line of the same marking claims.

extern crate std;

use super::UsMarking;
use crate::testing::{policies, settings};
use crate::{Carrier, CarrierIx, CarrierValue, Label, Policy, PolicySet, Profile, ProfileText};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lockgate_us::{Aea, Code, Dissem, Edition, Form, Level, Marking, NonIc, Owner};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::LazyLock;

const USA: &str = include_str!("../../../../../../rules/policies/USA/usa.spif.xml");
const CONTROLS: [&str; 22] = [
    "FOUO",
    "IMCON",
    "RSEN",
    "PROPIN",
    "DEA SENSITIVE",
    "FISA",
    "SI",
    "SI-G",
    "SI-G-ABCD",
    "TK",
    "SAR-BP",
    "SAR-GB",
    "RD",
    "RD-SIGMA 14",
    "FRD",
    "TFNI",
    "FGI DEU",
    "FGI GBR",
    "LIMDIS",
    "SBU",
    "LES",
    "SSI",
];

fn ism() -> &'static Edition {
    Edition::named("ism-2022").unwrap()
}

/// A policy USA with a value for nearly every control that is tried, and a profile that says which.
struct World {
    profile: Profile,
    attributes: CarrierIx,
    banner: CarrierIx,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let new = CONTROLS.iter().zip(11..).filter(|(word, _)| !matches!(**word, "FOUO" | "IMCON"));
    let more: String =
        new.map(|(word, number)| std::format!("<tagCategory name=\"{word}\" lacv=\"{number}\"/>")).collect();
    let known = "<tagCategory name=\"IMCON\" lacv=\"2\"/>";
    let spif = USA.replace(known, &[known, &more].concat());
    let mut set: PolicySet = policies();
    set.add(Policy::from_spif(spif.as_bytes(), &settings("USA", "1.3.6.1.4.1.99999.840")).unwrap()).unwrap();
    let value = |word: &str, level: Option<&str>, category: Option<(&str, &str)>| CarrierValue {
        texts: Vec::from([word.to_string()]),
        level: level.map(String::from),
        categories: category.into_iter().map(|(tag, value)| (tag.into(), value.into())).collect(),
    };
    let carrier = |role: &str| {
        let levels = ["UNCLASSIFIED", "CONFIDENTIAL", "SECRET", "TOP SECRET"];
        let mut values: Vec<_> = levels.iter().map(|level| value(level, Some(level), None)).collect();
        values.extend(CONTROLS.map(|word| value(word, None, Some(("Control", word)))));
        values.push(value("FVEY", None, Some(("Releasable To", "FVEY"))));
        let nations_of = Some("Releasable To".into());
        Carrier { role: role.into(), values, nations_of, us: Some(ism()), ..Carrier::default() }
    };
    let carriers = Vec::from([carrier("marking.ism"), carrier("marking.banner")]);
    let text = ProfileText { name: "us".into(), policy: "USA".into(), carriers };
    let profile = Profile::compile(&text, &set).unwrap();
    let [attributes, banner] = ["marking.ism", "marking.banner"].map(|role| profile.carrier(role).unwrap());
    World { profile, attributes, banner }
});

/// What is wrong: its code, the attribute that it is about, and its sentence.
type Told = (&'static str, Option<usize>, String);

/// The label, the marking, and all that is wrong.
type Read = (Option<Label>, Option<UsMarking>, Vec<Told>);

fn attributes(pairs: &[(&str, &str)]) -> Read {
    let mut found = Vec::new();
    let read = WORLD.profile.us_attributes(WORLD.attributes, pairs, &mut found);
    let told = found.into_iter().map(|(at, one)| (one.code.id(), at, one.says.to_string()));
    (read.label, read.marking, told.collect())
}

fn banner(text: &str) -> Read {
    let mut found = Vec::new();
    let read = WORLD.profile.us_text(WORLD.banner, text, &mut found);
    let told = found.into_iter().map(|one| (one.code.id(), None, one.says.to_string()));
    (read.label, read.marking, told.collect())
}

const S: (&str, &str) = ("classification", "S");
const US: (&str, &str) = ("ownerProducer", "USA");
const JOINT: &[(&str, &str)] = &[
    S,
    ("ownerProducer", "GBR USA"),
    ("joint", "true"),
    ("disseminationControls", "REL"),
    ("releasableTo", "USA DEU GBR"),
];

#[test]
fn what_is_wrong_is_told_at_its_attribute() {
    for (pairs, code, at, says) in [
        (&[S][..], "LG-M002", None, "U023"),
        (&[US], "LG-M002", None, "U023"),
        (&[("classification", "X"), US], "LG-M002", Some(0), "U021"),
        (&[S, US, ("disseminationControls", "NOFRN")], "LG-M002", Some(2), "U021"),
        (&[S, US, ("made_up", "1")], "LG-M002", Some(2), "U020"),
        (&[S, US, ("cuiBasic", "SP")], "LG-M002", Some(2), "U020"),
        (&[S, US, ("compliesWith", "USGov USA-CUI")], "LG-M002", Some(2), "U021"),
        (&[S, US, ("createDate", "1 March")], "LG-M002", Some(2), "U024"),
        (&[S, US, ("declassDate", "2051-02-30")], "LG-M002", Some(2), "U024"),
        (&[S, US, ("resourceElement", "yes")], "LG-M002", Some(2), "U021"),
        (&[S, US, ("exemptFrom", "EVERYTHING")], "LG-M002", Some(2), "U021"),
        (&[S, US, ("releasableTo", "USA GBR")], "LG-M002", None, "U107"),
        (&[S, US, ("disseminationControls", "NF REL"), ("releasableTo", "USA GBR")], "LG-M002", None, "U102"),
        (&[("classification", "R"), US], "LG-M002", None, "U101"),
        (&[S, US, ("SCIcontrols", "SI-G")], "LG-M002", None, "U021"),
        (&[S, US, ("disseminationControls", "N\u{415}")], "LG-M010", Some(2), ""),
        (&[S, US, ("disseminationControls", "NF")], "LG-M020", Some(2), "no release to anybody foreign"),
        (&[S, ("ownerProducer", "GBR")], "LG-M020", Some(1), "another owner"),
        (JOINT, "LG-M020", Some(1), "several owners"),
        (&[S, US, ("FGIsourceProtected", "FGI")], "LG-M020", Some(2), "may not be named"),
        (&[S, US, ("FGIsourceOpen", "FRA")], "LG-M020", Some(2), "carrier marking.ism of profile us"),
        (&[S, US, ("excludeFromRollup", "true")], "LG-M020", Some(1), "not counted"),
        (&[S, US, ("hasApproximateMarkings", "true")], "LG-M020", Some(1), "estimated"),
        (&[S, US, ("noticeType", "IMC DoD-Dist-F")], "LG-M020", Some(2), "which no label"),
        (&[S, US, ("unregisteredNoticeType", "X")], "LG-M020", Some(2), "in no register"),
        (&[S, US, ("noticeType", "RC_Dissemination_Control_Required")], "LG-M020", Some(2), "limits who may"),
        (&[S, US, ("noticeType", "ITAR-EAR")], "LG-M020", Some(2), "limits who may have it"),
        (&[S, US, ("noticeType", "POC pre13526ORCON")], "LG-M020", Some(2), "limits who may have it"),
        (&[S, US, ("noticeType", "DoD-Dist-A")], "LG-M020", Some(2), "limits who may have it"),
        (&[S, US, ("noticeType", "FISA")], "LG-M020", Some(2), "the marking beside it does not have"),
        (&[S, US, ("noticeType", "DOD-DIST-F")], "LG-M002", Some(2), "U021"),
        (&[S, US, ("noticeType", "DoD-DistF")], "LG-M002", Some(2), "U021"),
        (&[S, US, ("noticeProseID", "ITAR-EAR_00001")], "LG-M020", Some(2), "limits who may have it"),
        (&[S, US, ("noticeProseID", "ITAR-EAR_00002")], "LG-M002", Some(2), "U021"),
        (&[S, US, ("noticeReason", "Export")], "LG-M020", Some(2), "the reason of a limited distribution"),
        (&[S, US, ("pocType", "ICD-710 DoD-Dist-D")], "LG-M020", Some(2), "limits who may have it"),
        (&[S, US, ("declassException", "NATO")], "LG-M020", Some(2), "NATO's information"),
        (&[S, US, ("compliesWith", "OtherAuthority")], "LG-M020", Some(2), "another authority"),
        (&[S, US, ("DESVersion", "202405")], "LG-M020", Some(2), "another version of ISM"),
        (&[S, US, ("DESVersion", "2021112")], "LG-M020", Some(2), "another version of ISM"),
    ] {
        let (label, _, found) = attributes(pairs);
        assert!(label.is_none(), "{pairs:?}");
        let hit = found.iter().any(|(id, place, text)| *id == code && *place == at && text.contains(says));
        assert!(hit, "{pairs:?}: {found:?}");
    }
    for pairs in [
        &[S, US][..],
        &[("noticeType", "DoD-Dist-A"), ("classification", "U"), US],
        &[S, US, ("disseminationControls", "IMC"), ("noticeType", "IMC POC"), ("pocType", "ICD-710")],
        &[
            S,
            US,
            ("DESVersion", "202111-OWN"),
            ("exemptFrom", "DOD_DISTRO_STATEMENT"),
            ("noticeDate", "2026-03-01"),
        ],
        &[("noticeType", "POC"), S, US, ("createDate", "2026-03-01"), ("compliesWith", "USGov USIC")],
        &[US, S, ("resourceElement", "true"), ("declassDate", "2051-03-01"), ("classifiedBy", "anybody")],
    ] {
        let (label, marking, found) = attributes(pairs);
        assert!(label.is_some() && marking.is_some() && found.is_empty(), "{pairs:?} {found:?}");
    }
}

fn codes(names: &[&str]) -> BTreeSet<Code> {
    names.iter().map(|name| Code::of(name).unwrap()).collect()
}

const NATIONS: [&str; 8] = ["AUS", "AUT", "CAN", "DEU", "GBR", "SVN", "FVEY", "NATO"];

prop_compose! {
    /// Markings, many of which break a rule.
    fn markings()(
        level in prop::sample::select(Vec::from([Level::U, Level::C, Level::S, Level::TS])),
        owner in prop::sample::select(Vec::from([0, 0, 0, 0, 0, 0, 0, 1, 2, 3])),
        sci in prop::sample::subsequence(Vec::from(["SI", "SI-G", "SI-G-ABCD", "TK", "HCS"]), 0..2),
        sar in prop::sample::subsequence(Vec::from(["BP", "GB", "XYZ"]), 0..2),
        aea in prop::sample::subsequence(Vec::from([Aea::Rd, Aea::RdSigma(14), Aea::Frd, Aea::Tfni]), 0..2),
        fgi in prop::sample::subsequence(Vec::from(["DEU", "FRA", "GBR"]), 0..2),
        has in prop::array::uniform6(prop::bool::weighted(0.2)),
        dissem in prop::sample::subsequence(Vec::from([
            Dissem::Rs, Dissem::Fouo, Dissem::Imc, Dissem::Pr, Dissem::Dsen, Dissem::Fisa, Dissem::Oc, Dissem::Relido,
        ]), 1..3),
        release in prop::sample::select(Vec::from([None, None, Some(Dissem::Nf), Some(Dissem::Rel), Some(Dissem::Rel)])),
        list in prop::sample::subsequence(NATIONS.to_vec(), 1..5),
        non_ic in prop::sample::subsequence(Vec::from([NonIc::Ds, NonIc::Sbu, NonIc::Les, NonIc::LesNf, NonIc::Ssi]), 0..2),
    ) -> Marking {
        let mut marking = Marking::new(level);
        marking.owner = match owner {
            1 => Owner::Joint(codes(&["GBR", "USA"])),
            2 => Owner::Foreign(Code::of("DEU").unwrap()),
            3 => Owner::Foreign(Code::of("NATO").unwrap()),
            _ => Owner::Us,
        };
        for one in sci.into_iter().filter(|_| has[0]) {
            let ends = one.match_indices('-').map(|(at, _)| at).chain([one.len()]);
            marking.sci.extend(ends.map(|end| one.get(..end).unwrap().to_string()));
        }
        marking.sar = sar.into_iter().filter(|_| has[1]).map(String::from).collect();
        marking.aea = aea.into_iter().filter(|_| has[2]).collect();
        marking.fgi = codes(&fgi).into_iter().filter(|_| has[3]).collect();
        marking.non_ic = non_ic.into_iter().filter(|_| has[4]).collect();
        marking.dissem = dissem.into_iter().filter(|_| has[5]).chain(release).collect();
        if release == Some(Dissem::Rel) {
            marking.rel = codes(&list);
            marking.rel.extend(codes(&["USA"]));
        }
        marking
    }
}

/// What is wrong, without the carrier that the sentences name.
fn plain(found: &[Told]) -> BTreeSet<(&'static str, String)> {
    let says = |says: &String| says.replace("marking.ism", "").replace("marking.banner", "");
    found.iter().map(|(code, _, text)| (*code, says(text))).collect()
}

/// Attributes and the banner line of one marking claim the same: label, marking and what keeps them from a label; and both
/// are refused where the marking is against the rules.
#[test]
fn attributes_claim_what_their_banner_line_claims() {
    use proptest::test_runner::{Config, TestRunner};
    let mut runner = TestRunner::new(Config { cases: 6000, ..Config::default() });
    let counts = core::cell::RefCell::new([0_u32; 3]);
    let run = runner.run(&markings(), |marking| {
        let pairs = marking.attributes(ism());
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let of_attributes = attributes(&pairs);
        let text = lockgate_us::render(&marking, Form::Banner, ism()).unwrap_or_default();
        let of_text = banner(&text);
        prop_assert_eq!(of_attributes.0, of_text.0, "{}", &text);
        let mut counts = counts.borrow_mut();
        match (&of_attributes.1, &of_text.1) {
            (Some(one), Some(other)) => {
                prop_assert!(one.shows_the_same_as(other), "{}", &text);
                prop_assert_eq!(plain(&of_attributes.2), plain(&of_text.2), "{}", &text);
                counts[usize::from(of_attributes.0.is_some())] += 1;
            }
            (None, None) => counts[2] += 1,
            (one, other) => {
                prop_assert!(false, "{text} {one:?} {other:?} {:?} {:?}", of_attributes.2, of_text.2);
            }
        }
        Ok(())
    });
    run.unwrap();
    let [unmapped, labelled, unlawful] = counts.into_inner();
    std::eprintln!("attributes and banners: {labelled} labels, {unmapped} without one, {unlawful} unlawful");
    let enough = labelled + unmapped >= 2000 && labelled >= 500 && unlawful >= 300;
    assert!(enough, "{labelled} {unmapped} {unlawful}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_attributes_are_a_label_or_say_why_not(
        pairs in prop::collection::vec((
            prop::sample::select(Vec::from([
                "classification", "ownerProducer", "disseminationControls", "releasableTo", "SCIcontrols",
                "SARIdentifier", "FGIsourceOpen", "joint", "nonICmarkings", "noticeType", "x",
            ])),
            prop::sample::select(Vec::from([
                "U", "S", "USA", "USA GBR", "REL", "NF", "SI", "true", "", " ", "DEU USA", "\u{202e}",
            ])),
        ), 0..6),
    ) {
        let (label, marking, found) = attributes(&pairs);
        prop_assert_eq!(label.is_none(), !found.is_empty(), "{:?}", found);
        prop_assert!(label.is_none() || marking.is_some());
        prop_assert!(found.iter().all(|(_, at, _)| at.is_none_or(|at| at < pairs.len())));
    }

    /// A whole covers what its parts make together exactly where it covers each of them.
    #[test]
    fn a_whole_covers_its_parts_together_where_it_covers_each(
        whole in markings(),
        parts in prop::collection::vec((markings(), prop::bool::weighted(0.2)), 1..4),
    ) {
        // The list of a part that is marked REL alone is that of the whole.
        let bare = |(mut part, bare): (Marking, bool)| {
            part.rel.retain(|_| !bare);
            part
        };
        let parts: Vec<Marking> = parts.into_iter().map(bare).collect();
        let mark = |said: &Marking| UsMarking { said: said.clone(), edition: ism() };
        let (whole, parts) = (mark(&whole), parts.iter().map(mark).collect::<Vec<_>>());
        let together = UsMarking::roll_up(Some(&whole), parts.iter()).unwrap();
        prop_assert_eq!(whole.covers(&together), parts.iter().all(|part| whole.covers(part)));
        let alone = UsMarking::roll_up(None, parts.iter()).unwrap();
        prop_assert!(parts.iter().all(|part| alone.covers(part)), "{:?}", alone);
    }
}

/// The published scenarios: attributes of portions, and the whole that they make.
#[test]
fn odni_roll_ups_are_labels_of_their_wholes() {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: LOCKGATE_CORPUS is not set, the ODNI roll-ups were not tried as labels"
        );
        return;
    };
    let path = std::path::Path::new(&root).join("markings/vectors/odni_rollup_2022.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let read = |value: &serde_json::Value| {
        let all = value.as_object().unwrap().iter().filter(|(name, _)| *name != "_el");
        let pairs: Vec<(&str, &str)> =
            all.map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        attributes(&pairs)
    };
    let (mut labels, mut same, mut all) = (0, 0, 0);
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let portions: Vec<Read> = case["portions"].as_array().unwrap().iter().map(read).collect();
        let marks: Option<Vec<&UsMarking>> = portions.iter().map(|(_, mark, _)| mark.as_ref()).collect();
        let reference = read(&case["reference_banner"]);
        all += 1;
        let (Some(marks), Some(whole)) = (marks, &reference.1) else { continue };
        let Some(together) = UsMarking::roll_up(None, marks.into_iter()) else { continue };
        if !together.shows_the_same_as(whole) {
            continue;
        }
        same += 1;
        let label = WORLD.profile.us_label(WORLD.attributes, &together, &mut Vec::new());
        if let Some(expected) = reference.0 {
            labels += 1;
            let says_it = label.is_some_and(|label| label.says_the_same_as(&expected));
            assert!(says_it, "{}", case["scenario"]);
        }
    }
    std::eprintln!("ODNI roll-ups as labels: {same} of {all} wholes are the reference's, {labels} a label");
    assert!(same >= 30 && labels >= 10, "{same} {labels} of {all}");
}
