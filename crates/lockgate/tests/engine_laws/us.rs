//! Banner lines and portion marks of the United States as claims of a lane: what of them is in the label, who reads it, and
//! what keeps an object. Sources: CAPCO 2016 C.1, D.1, G.1, H.8; rules 31, 32 and 40 of the reference on markings. All
//! objects are made up here.

use crate::event::{MARKING, bound, event, now};
use crate::gate::{Gate, Seen};
use lockgate_core::{CarrierKind, VerdictKind, Workspace};
use std::sync::LazyLock;

const FIVE: &str = "REL TO USA, AUT, HRV, HUN, SVK, SVN";
const READERS: [&str; 6] = ["AUT", "HRV", "HUN", "SVK", "SVN", "USA"];

/// Fields for a banner and for portions, read by the profile that ships.
pub(crate) fn gate(more: &[crate::gate::Edit<'_>]) -> Gate {
    let banner = "        attribute banner text max=512 optional=#true role=marking.banner\n";
    let qos = "        attribute qos text form=";
    let portions = "            element portion repeat=8 {\n                content text text min=1 max=512 charset=multiline role=marking.portion\n            }\n            element usericon";
    let mut edits = vec![
        ("types/cot-event/type.kdl", qos, banner),
        ("types/cot-event/type.kdl", "            element usericon", portions),
        ("lanes/cot-down.kdl", "marking \"cot-mission\"", "marking \"us-report\""),
    ];
    let with_qos = format!("{banner}{qos}");
    edits[0].2 = &with_qos;
    edits.extend(more);
    Gate::new("cot-down", &edits)
}

static US: LazyLock<Gate> = LazyLock::new(|| gate(&[]));

fn marked(banner: &str) -> String {
    event(&[(MARKING, &format!(" banner=\"{banner}\""))])
}

fn judge(banner: &str) -> Seen {
    US.judge(marked(banner).as_bytes(), now())
}

#[test]
fn a_banner_is_released_to_those_it_lists() {
    let seen = judge(&format!("UNCLASSIFIED//{FIVE}"));
    assert_eq!((seen.verdict, seen.codes), (VerdictKind::Release, Vec::new()), "{}", seen.line);
    assert_eq!(
        seen.label.as_deref(),
        Some("MISSION UNCLASSIFIED Releasable To AUT, HRV, HUN, SVK, SVN, USA"),
        "in the policy of the lane"
    );
    assert_eq!(seen.claims.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [CarrierKind::VisibleMarking]);
    // Rule 20: an organisation is read with its members at that time, and these are none of the destination.
    for (banner, code) in [
        ("UNCLASSIFIED//REL TO USA, AUT, HRV", "LG-A011"),
        ("UNCLASSIFIED//REL TO USA, FVEY", "LG-A011"),
        ("UNCLASSIFIED", "LG-A013"),
        (&format!("CONFIDENTIAL//{FIVE}"), "LG-A010"),
        (&format!("SECRET//{FIVE}"), "LG-A010"),
    ] {
        let seen = judge(banner);
        assert!(
            seen.verdict != VerdictKind::Release && seen.codes.contains(&code),
            "{banner} {:?}",
            seen.codes
        );
    }
}

#[test]
fn what_has_no_equivalent_keeps_the_object_with_both_places() {
    for (banner, part, says) in [
        ("SECRET//NOFORN", "NOFORN", "no label of another policy can say"),
        ("SECRET//ORCON/REL TO USA, AUT", "ORCON/REL TO USA, AUT", "the consent of its originator"),
        ("SECRET//RELIDO", "RELIDO", "an official has yet to decide"),
        ("SECRET//SI//REL TO USA, AUT", "SI", "carrier marking.banner of profile us-report"),
        ("SECRET//SAR-BP//REL TO USA, AUT", "SAR-BP", "special access programs"),
        ("SECRET//FGI DEU//REL TO USA, AUT", "FGI DEU", "foreign government information"),
        ("UNCLASSIFIED//REL TO USA, NOR", "REL TO USA, NOR", "profile us-report"),
        ("UNCLASSIFIED//SSI", "SSI", "controls from outside"),
        (
            "//JOINT UNCLASSIFIED AUT USA//REL TO USA, AUT, HRV",
            "JOINT UNCLASSIFIED AUT USA",
            "several owners",
        ),
        (
            "UNCLASSIFIED//FOUO",
            "UNCLASSIFIED//FOUO",
            "Control FOUO of policy USA is nothing in policy MISSION",
        ),
        ("TOP SECRET//REL TO USA, AUT", "TOP SECRET//REL TO USA, AUT", "the level TOP SECRET of policy USA"),
    ] {
        let object = marked(banner);
        let seen = US.judge(object.as_bytes(), now());
        assert_eq!(seen.verdict, VerdictKind::Hold, "{banner} {:?}", seen.codes);
        assert!(seen.enforced.is_none() && seen.codes.contains(&"LG-M020"), "{banner} {:?}", seen.codes);
        let line: serde_json::Value = serde_json::from_str(&seen.line).unwrap();
        let reasons = line["reasons"].as_array().unwrap();
        let reason = reasons.iter().find(|reason| reason["code"] == "LG-M020").unwrap();
        assert!(reason["says"].as_str().unwrap().contains(says), "{banner} {reason}");
        assert_eq!(reason["field"], "event.banner", "{banner}");
        let at = |end: usize| usize::try_from(reason["span"][end].as_u64().unwrap()).unwrap();
        assert_eq!(&object[at(0)..at(1)], part, "{banner}");
    }
    let both = judge("SECRET//SAR-BP//FGI DEU//NOFORN");
    let of_label: Vec<_> = both.codes.iter().filter(|code| code.starts_with("LG-M")).collect();
    assert_eq!(of_label, [&"LG-M020"; 3], "each with its reason");
}

#[test]
fn what_is_no_marking_is_refused() {
    for banner in
        ["CONFIDENTAL", "UNCLASSIFIED//NOFRN", "confidential", "(C)", "UNCLASSIFIED//REL TO USA", "C"]
    {
        let seen = judge(banner);
        assert!(
            seen.verdict == VerdictKind::Refuse && seen.codes == ["LG-M002"],
            "{banner} {:?}",
            seen.codes
        );
        assert!(!seen.line.contains("NOFRN\\") && !seen.says[0].contains("NOFRN"), "{banner}");
    }
    assert_eq!(judge("CONFID\u{415}NTIAL").codes, ["LG-M010"]);
}

#[test]
fn a_banner_and_a_bound_label_agree_or_keep_the_object() {
    let with = |level: &str, banner: &str| {
        let object = bound(level, &READERS, now());
        let object = object.replacen("<event ", &format!("<event banner=\"{banner}\" "), 1);
        US.judge(object.as_bytes(), now())
    };
    let agreed = with("UNCLASSIFIED", &format!("UNCLASSIFIED//{FIVE}"));
    assert_eq!((agreed.verdict, agreed.codes), (VerdictKind::Release, Vec::new()), "{}", agreed.line);
    for (level, banner, code) in [
        ("RESTRICTED", &*format!("UNCLASSIFIED//{FIVE}"), "LG-M021"),
        ("UNCLASSIFIED", &*format!("CONFIDENTIAL//{FIVE}"), "LG-M021"),
        ("UNCLASSIFIED", "UNCLASSIFIED//REL TO USA, AUT, HRV", "LG-M021"),
        ("UNCLASSIFIED", "UNCLASSIFIED//FOUO", "LG-M020"),
    ] {
        let seen = with(level, banner);
        assert!(
            seen.verdict != VerdictKind::Release && seen.codes.contains(&code),
            "{banner} {:?}",
            seen.codes
        );
        if code == "LG-M021" {
            let says =
                seen.says.iter().find(|says| says.contains("visible-marking at event.banner")).unwrap();
            assert!(says.contains("bound-label at event.detail.label"), "{says}");
        }
    }
}

#[test]
fn marks_of_portions_stand_below_their_banner() {
    let with = |banner: &str, portions: &[&str]| {
        let parts: String = portions.iter().map(|text| format!("<portion>{text}</portion>")).collect();
        let object = marked(banner).replacen("</detail>", &format!("{parts}</detail>"), 1);
        US.judge(object.as_bytes(), now())
    };
    let mark = format!("(C//{FIVE}) moving north");
    let open = format!("(U//{FIVE}) fog");
    let banner = format!("UNCLASSIFIED//{FIVE}");
    assert_eq!(with(&banner, &[&open, &open]).codes, <[&str; 0]>::default());
    // What the portions make together is asked, so a word that the whole does not repeat is not above it.
    let rules = |seen: &Seen| seen.says.iter().any(|says| says == "a part is marked above the whole");
    assert!(rules(&with(&banner, &["(U) one", "C//NF one"])), "a mark that is none");
    for portions in [["(U) one", &open], [&*open, &mark]] {
        let seen = with(&banner, &portions);
        assert!(!rules(&seen), "{portions:?} {:?}", seen.codes);
    }
    for (banner, portion, code) in [
        (&*format!("UNCLASSIFIED//{FIVE}"), &*mark, "LG-M066"),
        (&*banner, "(U//REL TO USA, AUT) one", "LG-M066"),
        (&*banner, "(C//NF) one", "LG-M020"),
        (&*banner, "(CONFIDENTIAL) one", "LG-M002"),
        (&*banner, "C//NF one", "LG-M002"),
        ("", &*mark, "LG-M068"),
    ] {
        let seen = with(banner, &[&open, portion]);
        assert!(
            seen.verdict != VerdictKind::Release && seen.codes.contains(&code),
            "{portion} {:?}",
            seen.codes
        );
    }
}

#[test]
fn the_equivalence_has_its_dates_and_its_direction() {
    let banner = marked(&format!("UNCLASSIFIED//{FIVE}"));
    let over = gate(&[("equivalences/usa-mission.kdl", "until=\"2035-12-31\"", "until=\"2026-02-28\"")]);
    assert_eq!(over.judge(banner.as_bytes(), now()).codes, ["LG-M023"]);
    let seen = US.judge(banner.as_bytes(), now());
    assert!(seen.not_after.is_some_and(|end| end <= crate::event::at("2036-01-01T00:00:00Z")));
}

/// More banners than are remembered, some of them twice, each in two fields: what was read before is read alike.
#[test]
fn what_a_banner_said_before_makes_no_difference() {
    let lists = ["AUT", "DEU", "FRA", "GBR", "HRV", "HUN", "SVK", "SVN"];
    let levels = ["UNCLASSIFIED", "CONFIDENTIAL", "SECRET"];
    let banners =
        levels.iter().flat_map(|level| lists.iter().map(move |one| format!("{level}//REL TO USA, {one}")));
    let mut all: Vec<String> = banners.collect();
    all.extend([format!("UNCLASSIFIED//{FIVE}"), "SECRET//NOFORN".into(), format!("UNCLASSIFIED//{FIVE}")]);
    all.extend(all.clone());
    let mut workspace = Box::new(Workspace::new());
    for banner in &all {
        let object = marked(banner);
        let (seen, again) = US.judge_in(object.as_bytes(), now(), workspace);
        workspace = again;
        assert_eq!(seen.line, judge(banner).line, "{banner}");
    }
}

#[test]
fn a_banner_is_a_text_or_the_type_does_not_build() {
    let listed = "        attribute banner enum optional=#true role=marking.banner {\n            value \"SECRET\"\n        }\n";
    let qos = "        attribute qos text form=";
    let edit = format!("{listed}{qos}");
    assert!(crate::gate::build(&[("types/cot-event/type.kdl", qos, &edit)]).is_err());
}

/// Rule 20, of a claim without a date: it was made when the object was observed, or later; who joined a community in
/// between did not belong to it all that time.
#[test]
fn an_undated_claim_is_for_members_since_the_observation() {
    let said = event(&[(MARKING, " access=\"MISSION RESTRICTED\" releasableTo=\"R-SOCC\"")]);
    let member = "member \"AUT\" \"HRV\" \"HUN\" \"SVK\" \"SVN\" from=\"2025-03-03\"";
    let joined = |at: &str| {
        let members = format!(
            "member \"AUT\" from=\"{at}\"\n    member \"HRV\" \"HUN\" \"SVK\" \"SVN\" from=\"2025-03-03\""
        );
        // Default labels of the lanes there name everyone: they begin when all have joined.
        let begins = ("only\" until=", "only\" from=\"2026-03-02\" until=");
        let radars = ["lanes/asterix-down.kdl"; 4];
        let lanes = ["lanes/cot-down.kdl", "lanes/tak-down.kdl", "lanes/track-json-down.kdl"];
        let mut edits = vec![("communities/R-SOCC.kdl", member, &*members)];
        edits.extend(radars.into_iter().chain(lanes).map(|lane| (lane, begins.0, begins.1)));
        Gate::new("cot-down", &edits).judge(said.as_bytes(), now()).codes
    };
    // The event was observed at 10:04:50 and is judged at 10:05:00.
    assert_eq!(joined("2026-03-01T10:04:50Z"), <[&str; 0]>::default());
    assert_eq!(joined("2026-03-01T10:04:50.000000001Z"), ["LG-A011"]);
    assert_eq!(joined("2026-03-01T10:05:00Z"), ["LG-A011"]);
}
