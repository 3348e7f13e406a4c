//! ISM attributes as claims of a lane: of the resource, of its portions, and what these make together. Sources: ODNI ISM
//! v2022-DEC; CAPCO 2016 D.2; rules 26 and 31 of the reference on markings. All objects are made up here, but for the
//! scenarios of ODNI.

use crate::event::now;
use crate::gate::{Edit, Gate, Seen, build};
use lockgate_core::{CarrierKind, VerdictKind, Workspace};
use std::io::Write as _;
use std::path::Path;
use std::sync::LazyLock;

static US: LazyLock<Gate> = LazyLock::new(|| Gate::new("us-reports-down", &[]));

/// The report of a fixture.
fn fixture(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/us-report-demo");
    std::fs::read_to_string(root.join(name).join("input.xml")).unwrap()
}

fn judge(object: &str) -> Seen {
    US.judge(object.as_bytes(), now())
}

/// The report that is released, with one piece written otherwise.
fn with(piece: &str, other: &str) -> Seen {
    let report = fixture("release-rel-to");
    assert!(report.contains(piece), "{piece}");
    judge(&report.replacen(piece, other, 1))
}

#[test]
fn elements_claim_and_portions_make_one_claim_together() {
    let seen = judge(&fixture("release-rel-to"));
    assert_eq!((seen.verdict, seen.codes), (VerdictKind::Release, Vec::new()), "{}", seen.line);
    let kinds: Vec<&str> = seen.claims.iter().map(|(kind, _)| kind.name()).collect();
    let attributes = CarrierKind::MarkingAttributes.name();
    let expected = [
        attributes,
        attributes,
        attributes,
        attributes,
        "visible-marking",
        "portion-mark",
        "portion-mark",
        "roll-up",
    ];
    assert_eq!(kinds, expected);
    let text = "MISSION CONFIDENTIAL Releasable To AUT, HRV, HUN, SVK, SVN, USA";
    assert_eq!(
        seen.label.as_deref(),
        Some(text),
        "an unclassified portion without a list does not take it away"
    );
}

#[test]
fn a_prefix_is_what_the_object_declares() {
    let report = fixture("release-rel-to");
    let other = judge(&report.replace("xmlns:ism", "xmlns:m").replace(" ism:", " m:"));
    assert_eq!((other.verdict, other.rewritten), (VerdictKind::Release, true), "{}", other.line);
    assert_eq!(other.released.as_deref(), Some(report.as_bytes()), "written with the prefix of the type");
    // The prefix of the type for another namespace, none at all, and none declared.
    for (object, code) in [
        (report.replace("xmlns:ism=\"urn:us:gov:ic:ism\"", "xmlns:ism=\"urn:other\""), "LG-S018"),
        (report.replace(" xmlns:ism=\"urn:us:gov:ic:ism\"", ""), "LG-S018"),
        (report.replacen(" ism:classification", " classification", 1), "LG-S004"),
        (report.replacen(" ism:classification", " ism:cuiBasic", 1), "LG-S018"),
    ] {
        let seen = judge(&object);
        assert_eq!((seen.verdict, seen.codes), (VerdictKind::Refuse, Vec::from([code])));
    }
    // Twice, under two prefixes of the namespace.
    let twice = report.replacen(" xmlns:ism", " xmlns:m=\"urn:us:gov:ic:ism\" xmlns:ism", 1).replacen(
        " ism:classification=\"C\"",
        " ism:classification=\"C\" m:classification=\"U\"",
        1,
    );
    assert_eq!(judge(&twice).codes, ["LG-S005"]);
}

#[test]
fn what_does_not_agree_names_both_places() {
    for (seen, code, places) in [
        (
            with("<banner>CONFIDENTIAL", "<banner>UNCLASSIFIED"),
            "LG-M021",
            ["marking-attributes at report.classification", "visible-marking at report.banner"],
        ),
        (
            with("<banner>CONFIDENTIAL//REL TO USA, AUT, HRV", "<banner>CONFIDENTIAL//REL TO USA, AUT"),
            "LG-M021",
            ["marking-attributes at report.classification", "visible-marking at report.banner"],
        ),
        (
            with("<text>(U)", "<text>(C//REL TO USA, AUT, HRV, HUN, SVK, SVN)"),
            "LG-M066",
            [
                "marking-attributes at report.paragraph[1].classification",
                "portion-mark at report.paragraph[1].text",
            ],
        ),
        (
            with("<text>(C//REL", "<text>(U//REL"),
            "LG-M021",
            [
                "marking-attributes at report.paragraph[0].classification",
                "portion-mark at report.paragraph[0].text",
            ],
        ),
        (
            with("number=\"2\" ism:classification=\"U\"", "number=\"2\" ism:classification=\"S\""),
            "LG-M066",
            [
                "marking-attributes at report.classification",
                "marking-attributes at report.paragraph[1].classification",
            ],
        ),
    ] {
        assert!(
            seen.verdict != VerdictKind::Release && seen.codes.contains(&code),
            "{code} {:?}",
            seen.codes
        );
        let says = seen.says.iter().any(|says| places.iter().all(|place| says.contains(place)));
        assert!(says, "{places:?} {:?}", seen.says);
    }
}

#[test]
fn a_report_without_the_mark_of_its_resource_stays() {
    let seen = with(" ism:resourceElement=\"true\"", "");
    // The banner line marks the whole still; the attributes beside it are those of one more portion.
    assert_eq!(seen.verdict, VerdictKind::Release, "{:?}", seen.codes);
    let report = fixture("release-rel-to").replacen(" ism:resourceElement=\"true\"", "", 1);
    let (head, rest) = report.split_once("<banner>").unwrap();
    let (_, rest) = rest.split_once("</banner>").unwrap();
    let seen = judge(&[head, rest].concat());
    assert_eq!((seen.verdict, seen.codes), (VerdictKind::Hold, Vec::from(["LG-M068"])));
    for value in ["false", "0"] {
        let report = report.replacen(
            " ism:createDate",
            &format!(" ism:resourceElement=\"{value}\" ism:createDate"),
            1,
        );
        let (head, rest) = report.split_once("<banner>").unwrap();
        let (_, rest) = rest.split_once("</banner>").unwrap();
        assert_eq!(judge(&[head, rest].concat()).codes, ["LG-M068"], "{value}");
    }
    assert_eq!(
        with("ism:resourceElement=\"true\"", "ism:resourceElement=\"yes\"").verdict,
        VerdictKind::Refuse
    );
}

/// What was read before makes no difference, in whatever order objects come.
#[test]
fn memory_of_markings_makes_no_difference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/us-report-demo");
    let mut names: Vec<String> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() > 20, "{names:?}");
    let mut order = names.clone();
    order.extend(names.iter().rev().cloned());
    order.extend(names.iter().flat_map(|name| [name.clone(), "release-rel-to".into()]));
    let mut workspace = Box::new(Workspace::new());
    for name in order {
        let object = fixture(&name);
        let (seen, again) = US.judge_in(object.as_bytes(), now(), workspace);
        workspace = again;
        assert_eq!(seen.line, judge(&object).line, "{name}");
    }
}

#[test]
fn a_lane_carries_no_attribute_that_ism_does_not_have() {
    let known = "        attribute classification text as=\"ism:classification\"";
    let more = format!(
        "        attribute cuibasic text as=\"ism:cuiBasic\" max=9 optional=#true role=marking.ism\n{known}"
    );
    let Err(report) = build(&[("types/us-report-demo/type.kdl", known, &more)]) else {
        panic!("it builds");
    };
    assert!(report.to_string().contains("B030"), "{report}");
}

#[test]
fn attributes_that_no_profile_reads_are_no_release() {
    let gate = Gate::new(
        "us-reports-down",
        &[("lanes/us-reports-down.kdl", "marking \"us-ism\"", "marking \"us-report\"")],
    );
    let seen = gate.judge(fixture("release-rel-to").as_bytes(), now());
    assert!(seen.verdict == VerdictKind::Refuse && seen.codes.contains(&"LG-M002"), "{:?}", seen.codes);
}

/// `REL` in a portion is the list of its banner, and no label says that.
#[test]
fn a_portion_with_the_list_of_its_banner_is_held() {
    let seen = with("<text>(C//REL TO USA, AUT, HRV, HUN, SVK, SVN)", "<text>(C//REL)");
    assert_eq!((seen.verdict, seen.codes), (VerdictKind::Hold, Vec::from(["LG-M020"])), "{:?}", seen.says);
}

/// A notice that is no word of the marking: of a register, of none, written otherwise than in its list.
#[test]
fn a_notice_that_limits_readers_is_no_release() {
    for (notice, verdict, code) in [
        ("noticeType=\"RC_Dissemination_Control_Required\"", VerdictKind::Hold, "LG-M020"),
        ("noticeType=\"ITAR-EAR\"", VerdictKind::Hold, "LG-M020"),
        ("noticeType=\"POC pre13526ORCON\"", VerdictKind::Hold, "LG-M020"),
        ("noticeType=\"DoD-Dist-A\"", VerdictKind::Hold, "LG-M020"),
        ("noticeType=\"IMC\"", VerdictKind::Hold, "LG-M020"),
        ("unregisteredNoticeType=\"Own\"", VerdictKind::Hold, "LG-M020"),
        ("noticeType=\"DOD-DIST-F\"", VerdictKind::Refuse, "LG-M002"),
        ("noticeType=\"DoD-DistF\"", VerdictKind::Refuse, "LG-M002"),
    ] {
        let seen = with(" ism:derivatively", &format!(" ism:{notice} ism:derivatively"));
        assert_eq!((seen.verdict, seen.codes), (verdict, Vec::from([code])), "{notice}");
    }
    let harmless = with(" ism:derivatively", " ism:noticeType=\"POC\" ism:derivatively");
    assert_eq!(harmless.verdict, VerdictKind::Release, "{:?}", harmless.codes);
}

/// The banner of a classified whole does not show FOUO of its portions (CAPCO 2016 D.2); whoever reads them has to hold it.
#[test]
fn controls_that_no_banner_shows_are_enforced() {
    let list = "USA AUT HRV HUN SVK SVN";
    let marked = |level: &str, controls: &str| {
        serde_json::json!({
            "classification": level, "ownerProducer": "USA", "disseminationControls": controls, "releasableTo": list,
        })
    };
    let (whole, portion) = (marked("C", "REL"), marked("C", "REL"));
    let object = report(&whole, &[portion.clone(), marked("U", "FOUO REL")]);
    let plain = report(&whole, &[portion.clone(), portion]);
    let gate = rich();
    // The readers of the destination do not hold FOUO.
    for (object, control, verdict, codes) in
        [(&object, true, VerdictKind::Refuse, &["LG-A012"][..]), (&plain, false, VerdictKind::Release, &[])]
    {
        let seen = gate.judge(object.as_bytes(), now());
        let label = seen.label.unwrap();
        assert_eq!((seen.verdict, seen.codes.as_slice()), (verdict, codes), "{label} {:?}", seen.says);
        assert_eq!(label.contains("Control FOUO"), control, "{label}");
    }
}

/// The words of the scenarios as values, in a lane whose policy is that of the United States.
fn rich() -> Gate {
    const WORDS: [&str; 13] = [
        "RSEN",
        "PROPIN",
        "DEA SENSITIVE",
        "FISA",
        "SI",
        "TK",
        "RD",
        "RD-SIGMA 14",
        "RD-SIGMA 15",
        "RD-SIGMA 18",
        "RD-SIGMA 20",
        "FRD",
        "SSI",
    ];
    let numbered = WORDS.iter().zip(11..);
    let values: String = numbered
        .map(|(word, number)| format!("<tagCategory name=\"{word}\" lacv=\"{number}\"/>\n"))
        .collect();
    let imcon = "<tagCategory name=\"IMCON\" lacv=\"2\"/>";
    let carriers: String = WORDS
        .iter()
        .map(|word| {
            format!("        value \"{word}\" {{\n            category \"Control\" \"{word}\"\n        }}\n")
        })
        .collect();
    // All carriers of one profile mean the same.
    let heads = ["ism", "banner", "portion"].map(|role| {
        format!("    carrier marking.{role} us=ism-2022 tag=\"Releasable To\" codes=iso3166-alpha3 {{\n")
    });
    let [ism, banner, portion] = &heads;
    let more = heads.clone().map(|head| [head, carriers.clone()].concat());
    let spif = [imcon, &values].concat();
    let edits: [Edit<'_>; 15] = [
        ("policies/USA/usa.spif.xml", imcon, &spif),
        ("profiles/us-ism.kdl", ism, &more[0]),
        ("profiles/us-ism.kdl", banner, &more[1]),
        ("profiles/us-ism.kdl", portion, &more[2]),
        ("types/us-report-demo/type.kdl", "repeat=64 repeat-min=1", "repeat=64"),
        (
            "types/us-report-demo/type.kdl",
            "max=4000 charset=multiline",
            "max=4000 charset=multiline optional=#true",
        ),
        ("types/us-report-demo/type.kdl", "element title {", "element title optional=#true {"),
        ("lanes/us-reports-down.kdl", "policy \"MISSION\"", "policy \"USA\""),
        ("lanes/us-reports-down.kdl", "ceiling=\"SECRET\"", "ceiling=\"TOP SECRET\""),
        ("lanes/us-reports-down.kdl", "level('CONFIDENTIAL')", "level('TOP SECRET')"),
        (
            "domains/usa-national.kdl",
            "policy \"MISSION\" ceiling=\"SECRET\"",
            "policy \"USA\" ceiling=\"TOP SECRET\"",
        ),
        (
            "domains/partner-net.kdl",
            "policy \"MISSION\" ceiling=\"CONFIDENTIAL\"",
            "policy \"USA\" ceiling=\"TOP SECRET\"",
        ),
        (
            "agreements/us-reports.kdl",
            "ceiling policy=\"MISSION\" level=\"CONFIDENTIAL\"",
            "ceiling policy=\"USA\" level=\"TOP SECRET\"",
        ),
        (
            "agreements/us-reports.kdl",
            "    forbids tag=\"Special Handling\" \"NATIONAL EYES\" \"CRYPTO\"\n",
            "",
        ),
        ("lanes/us-reports-down.kdl", "direction down", "direction level"),
    ];
    Gate::new("us-reports-down", &edits)
}

/// A report with these attributes and a paragraph for each portion.
fn report(resource: &serde_json::Value, portions: &[serde_json::Value]) -> String {
    let attributes = |of: &serde_json::Value, left_out: &[&str]| -> String {
        let all = of.as_object().unwrap().iter().filter(|(name, _)| !left_out.contains(&name.as_str()));
        all.map(|(name, value)| format!(" ism:{name}=\"{}\"", value.as_str().unwrap())).collect()
    };
    let own = ["_el", "resourceElement", "compliesWith", "createDate", "DESVersion", "ISMCATCESVersion"];
    let paragraphs: String = (1..)
        .zip(portions)
        .map(|(number, portion)| format!("<paragraph number=\"{number}\"{}/>", attributes(portion, &own)))
        .collect();
    let namespaces = "xmlns=\"urn:lockgate:demonstration:us-report\" xmlns:ism=\"urn:us:gov:ic:ism\"";
    let resource = attributes(resource, &["_el", "resourceElement"]);
    format!(
        "<usReport {namespaces} id=\"R-1\" at=\"2026-03-01T09:30:00Z\" ism:resourceElement=\"true\"{resource}>{paragraphs}</usReport>"
    )
}

/// The scenarios whose whole does not show FOUO of a portion: it is enforced all the same (docs/US-MARKINGS.md).
const WITHOUT_FOUO: [&str; 3] = [
    "Ensure FOUO mark drop in classified doc.",
    "Ensure DSEN overrides FOUO mark in Unclassified doc.",
    "Ensure DSEN overrides FOUO mark in Classified doc.",
];

/// The scenarios that are no label, or whose whole is not what is enforced, and by what: rules of the register that a part of
/// them breaks, a portion above the whole, a whole above its portions.
const DIFFERENT: [(&str, &str); 16] = [
    ("CountryRollup invalid REL missing USA intersection resulting in NF", "U106"),
    ("DisplayOnlyRollup use REL to add country to banenr intersection.", "U109"),
    ("DisplayOnlyRollup displayOnly breaks REL list.", "U109"),
    ("FISA Rolls up in Classified doc.", "U112"),
    ("SimpleUTest with S that is exclude from Rollup", "LG-M066"),
    ("SimpleUTest with S in starting resourceElement and S as excludeFromRollup portion", "LG-M066"),
    ("Drop REL  due to portion without REL/EYES classified doc.", "U109"),
    ("Drop EYES  due to portion without REL/EYES classified doc.", "U109 U110"),
    ("Keep EYES  classified doc.", "U110"),
    ("NonICRollup Drop SBU-NF classified doc.", "U120"),
    (
        "NonICRollup Keep SBU-NF and don't add NF dissem use DISPLAYONLY with excludeFromRollup true in Unclass doc.",
        "LG-M066",
    ),
    ("SimpleUTest with S that is exclude from Rollup", "LG-M066"),
    ("Drop REL and Display due to explicit NF classified doc.", "U109"),
    ("Drop EYES  due to portion without REL/EYES classified doc.", "U109 U110"),
    ("Keep REL and drop eyes due to portions with either REL/EYES classified doc.", "U109 U110"),
    ("Multiple SCI sort", "U130 U131"),
];

/// The rules of the register that are told, each once, and what does not agree.
fn rules_of(seen: &Seen) -> String {
    let of_register = seen.says.iter().filter_map(|says| Some(says.split_once(": ")?.0));
    let mut all: Vec<&str> = of_register.filter(|code| code.len() == 4 && code.starts_with("U1")).collect();
    all.extend(seen.codes.iter().filter(|code| matches!(**code, "LG-M066" | "LG-M071")));
    all.sort_unstable();
    all.dedup();
    all.join(" ")
}

/// Each published scenario as an object: the lane enforces the label of the whole that the scenario publishes.
#[test]
fn odni_scenarios_are_enforced_as_their_roll_up_says() {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: LOCKGATE_CORPUS is not set, the ODNI scenarios were not tried as objects"
        );
        return;
    };
    let text =
        std::fs::read_to_string(Path::new(&root).join("markings/vectors/odni_rollup_2022.jsonl")).unwrap();
    let gate = rich();
    let label = |seen: &Seen| seen.label.clone();
    let (mut labels, mut none, mut differ, mut stricter) = (0, 0, Vec::new(), Vec::new());
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let scenario = case["scenario"].as_str().unwrap().trim();
        let portions = case["portions"].as_array().unwrap();
        let whole = gate.judge(report(&case["reference_banner"], &[]).as_bytes(), now());
        let seen = gate.judge(report(&case["reference_banner"], portions).as_bytes(), now());
        assert!(
            !seen.codes.iter().any(|code| code.starts_with("LG-S")),
            "{scenario} {:?} {:?}",
            seen.codes,
            seen.says
        );
        let agrees = !seen.codes.iter().any(|code| matches!(*code, "LG-M066" | "LG-M071" | "LG-M002"));
        match (label(&whole), label(&seen)) {
            (Some(whole), Some(enforced)) if agrees => {
                if enforced != whole {
                    let shown = enforced.replace("FOUO, ", "").replace(" Control FOUO", "");
                    assert_eq!(shown, whole, "{scenario}");
                    stricter.push(scenario.to_owned());
                }
                labels += 1;
            }
            // What the whole says is no label, and neither is what its portions say.
            (None, _) if agrees => {
                assert!(
                    seen.codes.contains(&"LG-M020") && seen.verdict != VerdictKind::Release,
                    "{scenario} {:?}",
                    seen.codes
                );
                none += 1;
            }
            // A portion is against the rules, excluded from the roll-up and above the whole, or the scenario's whole is not
            // what its own rules ask for (docs/US-MARKINGS.md).
            _ => {
                assert!(seen.verdict != VerdictKind::Release, "{scenario}");
                differ.push((scenario.to_owned(), rules_of(&seen)));
            }
        }
    }
    let different = differ.len();
    let differ: Vec<(&str, &str)> =
        differ.iter().map(|(name, rules)| (name.as_str(), rules.as_str())).collect();
    eprintln!(
        "ODNI scenarios as objects: {labels} labels are their wholes', {none} wholes are none, {different} differ"
    );
    assert_eq!(stricter, WITHOUT_FOUO);
    assert_eq!(differ, DIFFERENT);
    assert_eq!((labels, none, different), (26, 18, 16));
}
