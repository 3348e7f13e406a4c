//! The published vectors: they lie outside of the repository and are found by `LOCKGATE_CORPUS`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where something is not as it should be, and says loudly when it cannot run"
)]

use lockgate_us::{Date, Edition, Form, Marking, RULES, RollUp, document, parse, render};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

fn vectors(name: &str) -> Option<String> {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS is not set, {name} was not tried");
        return None;
    };
    let file = PathBuf::from(root).join("markings/vectors").join(name);
    Some(std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

fn pairs(attributes: &Value) -> Vec<(&str, &str)> {
    let all = attributes.as_object().unwrap().iter();
    all.filter(|(name, _)| !name.starts_with('_'))
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect()
}

fn today() -> Date {
    Date::read("2026-11-22").unwrap()
}

/// Where our text differs; docs/US-MARKINGS.md quotes the authority. ACCM bears its prefix.
const TEXT_DIFFERS: &[&str] = &["SI-G-ABCD-TK-SAP-ACCM", "SCI-SAP-AEM-ACCM-DISSEM"];

#[test]
fn ism_v13_attributes_and_text_agree() {
    let Some(text) = vectors("odni_banner_portion_v13.jsonl") else { return };
    let edition = Edition::named("ism-2014").unwrap();
    let (mut agree, mut all, mut wrong) = (0, 0, Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        all += 1;
        let (name, attrs) = (case["name"].as_str().unwrap(), pairs(&case["attrs"]));
        let marking = Marking::read(attrs, edition);
        let mut good = marking.is_ok();
        for (form, key) in [(Form::Banner, "banner"), (Form::Portion, "portion")] {
            let expected = case[key].as_str().unwrap();
            let fails = case[format!("{key}_expect_fail")] == "true";
            let ours = marking.as_ref().ok().and_then(|marking| render(marking, form, edition));
            let read = parse(expected, edition).ok().map(|parsed| parsed.marking);
            let same = read.is_some() && read == marking.as_ref().ok().map(Marking::visible);
            good &= fails || (ours.as_deref() == Some(expected) && same);
        }
        match good {
            true => agree += 1,
            false => wrong.push(name.to_owned()),
        }
    }
    eprintln!("ISM V13 banner and portion: {agree} of {all} agree");
    assert_eq!(wrong, TEXT_DIFFERS);
}

/// Accepted there and refused here; docs/US-MARKINGS.md quotes the authority.
const REFUSED: &[&str] = &[
    "SECRET//MADE-UP-SCI//REL TO USA CAN",
    "SECRET//MADE-UP-SCI//DISPLAY ONLY AFG",
    "SECRET//MADE-UP-SCI//RELIDO",
    "S//MADE-UP-SCI//REL TO USA CAN",
    "S//MADE-UP-SCI//DISPLAY ONLY AFG",
    "S//MADE-UP-SCI//RELIDO",
    "TS//SI/TK//RS//IMC/NF",
];

#[test]
fn dod_strings_agree() {
    let Some(text) = vectors("alliance_marking_strings.tsv") else { return };
    let edition = Edition::named("dod-2012").unwrap();
    let (mut agree, mut all, mut wrong) = (0, 0, Vec::new());
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let accepted = fields.get(2).is_none_or(|paragraphs| paragraphs.is_empty());
        let text = match fields[0] {
            "portion" => format!("({})", fields[1]),
            _ => fields[1].to_owned(),
        };
        all += 1;
        match parse(&text, edition) {
            Ok(_) if accepted => agree += 1,
            Err(_) if !accepted => agree += 1,
            Ok(_) => panic!("{text} is accepted; {} says no", fields[2]),
            Err(fault) => wrong.push((fields[1].to_owned(), fault)),
        }
    }
    eprintln!("DoD strings: {agree} of {all} agree");
    let unexpected: Vec<_> = wrong.iter().filter(|(text, _)| !REFUSED.contains(&text.as_str())).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    let stale: Vec<_> =
        REFUSED.iter().filter(|known| !wrong.iter().any(|(text, _)| text == *known)).collect();
    assert!(stale.is_empty(), "no difference any more: {stale:?}");
}

/// Where an attribute of our whole is not the reference's: scenario, attribute, ours, theirs. docs/US-MARKINGS.md quotes the
/// authority.
const ATTRIBUTE_DIFFERS: &[[&str; 4]] = &[
    // ISM-ID-00213: DISPLAY ONLY needs its list; the stylesheet omits it.
    ["DisplayOnlyRollup use REL to add country to banenr intersection.", "displayOnlyTo", "CAN", ""],
    ["DisplayOnlyRollup displayOnly breaks REL list.", "displayOnlyTo", "USA AUS", ""],
    // ISM-ID-00523: FGI NATO needs the high-water mark; the stylesheet omits it.
    ["FGIRollup FGI Open NATO from NATO FGI", "highWaterNATO", "NATO-U", ""],
    ["FGIRollup FGI Open NATO from NATO Portion", "highWaterNATO", "NATO-U", ""],
    // ISM-ID-00213 again: DISPLAY ONLY without a list names nobody beyond REL TO.
    [
        "Keep REL and drop eyes due to portions with either REL/EYES classified doc.",
        "disseminationControls",
        "REL",
        "REL DISPLAYONLY",
    ],
];

/// markings.md rules 28 and 46: the published roll-ups; where we differ, and in what, stands in `ATTRIBUTE_DIFFERS`.
#[test]
fn odni_roll_ups_agree() {
    let Some(text) = vectors("odni_rollup_2022.jsonl") else { return };
    let edition = Edition::named("ism-2022").unwrap();
    let compared = [
        "classification",
        "ownerProducer",
        "SCIcontrols",
        "SARIdentifier",
        "atomicEnergyMarkings",
        "FGIsourceOpen",
        "FGIsourceProtected",
        "disseminationControls",
        "releasableTo",
        "displayOnlyTo",
        "nonICmarkings",
        "nonUSControls",
        "highWaterNATO",
        "declassException",
        "hasApproximateMarkings",
    ];
    let (mut agree, mut all, mut differs) = (0, 0, Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let scenario = case["scenario"].as_str().unwrap();
        all += 1;
        let mut rollup = RollUp::new(edition);
        for portion in case["portions"].as_array().unwrap() {
            rollup.add(&Marking::read(pairs(portion), edition).expect(scenario));
        }
        let whole = rollup.end(today()).marking.expect(scenario);
        let ours = whole.attributes(edition);
        let mut same = true;
        for name in compared {
            let ours = ours.iter().find(|one| one.0 == name).map_or("", |one| one.1.as_str());
            let theirs = case["reference_banner"][name].as_str().unwrap_or("");
            if ours != theirs {
                differs.push([scenario, name, ours, theirs].map(str::to_owned));
                same = false;
            }
        }
        let date = ours.iter().find(|one| one.0 == "declassDate").map(|one| one.1.as_str());
        for expected in case["expects"].as_array().unwrap() {
            match expected["label"].as_str().unwrap().trim() {
                "@ism:declassDate is 25 years out" => assert_eq!(date, Some("2051-11-22")),
                "@ism:declassDate is 2025-08-10" => assert_eq!(date, Some("2025-08-10")),
                "@ism:displayOnlyTo is CAN" => {
                    let wanted = if scenario.contains("breaks REL") { "USA AUS" } else { "CAN" };
                    assert!(ours.contains(&("displayOnlyTo", wanted.into())), "{scenario}");
                }
                _ => {}
            }
        }
        agree += u32::from(same);
    }
    eprintln!(
        "ODNI roll-ups: {agree} of {all} have the reference's attributes, the others differ as documented"
    );
    assert_eq!(differs, ATTRIBUTE_DIFFERS);
    assert_eq!((agree, all), (55, 60));
}

/// The published table of organisations: each is known here, and taken apart into its members and nobody else.
#[test]
fn the_published_members_of_organisations_are_those_of_the_register() {
    let Some(text) = vectors("tetragraphs_2022_11.json") else { return };
    let edition = Edition::named("ism-2022").unwrap();
    let table: Value = serde_json::from_str(&text).unwrap();
    let mut known = 0;
    for (name, entry) in table.as_object().unwrap() {
        // What is withheld or retired is not taken apart, whatever is listed of it.
        let listed = entry["members"].as_array().unwrap().iter().filter(|_| entry["decomposable"] == "Yes");
        let members: Vec<&str> = listed.map(|one| one.as_str().unwrap()).collect();
        let to = |list: &str| {
            let text = format!("SECRET//REL TO USA, {list}");
            parse(&text, edition).unwrap_or_else(|fault| panic!("{name}: {fault}")).marking
        };
        let of_all = |codes: &[&str]| {
            let mut rollup = RollUp::new(edition);
            rollup.add(&to(name));
            codes.iter().for_each(|code| rollup.add(&to(code)));
            rollup.strictest().rel
        };
        // Beside a list of one nation the whole names that nation where the organisation includes it, and is NOFORN otherwise.
        for code in ["AUS", "DEU", "GBR", "KOR", "NOR", "SVN", "TUR", "ZWE"] {
            let is_member = of_all(&[code]).iter().any(|one| one.text() == code);
            assert_eq!(is_member, members.contains(&code), "{name} {code}");
        }
        for member in members.iter().filter(|one| **one != "USA") {
            assert!(of_all(&[member]).iter().any(|one| one.text() == *member), "{name} {member}");
        }
        known += 1;
    }
    assert_eq!(known, 61);
}

/// The published list of whom something may be released to: its codes are those of the register, and there is no other of three letters.
#[test]
fn the_published_codes_of_releases_are_those_of_the_register() {
    let Some(text) = vectors("../odni-ism-2022dec/ISMCAT/CVE/ISMCAT/CVEnumISMCATRelTo.csv") else { return };
    let edition = Edition::named("ism-2022").unwrap();
    let column = text.lines().skip(1).filter_map(|line| line.split('"').nth(3));
    let (codes, patterns): (BTreeSet<&str>, Vec<&str>) = (
        column.clone().filter(|code| !code.contains('[')).collect(),
        column.filter(|code| code.contains('[')).collect(),
    );
    assert_eq!((codes.len(), patterns.as_slice()), (340, &["NATO:[a-zA-Z\\-_]{1,256}"][..]));
    let read = |code: &str| parse(&format!("SECRET//REL TO USA, {code}"), edition);
    for code in codes.iter().filter(|code| **code != "USA") {
        let marking = read(code).unwrap_or_else(|fault| panic!("{code}: {fault}")).marking;
        assert!(marking.rel.iter().any(|one| one.text() == *code), "{code}");
    }
    let letters = || 'A'..='Z';
    for (a, b, c) in letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| (a, b, c)))) {
        let code = String::from_iter([a, b, c]);
        assert_eq!(read(&code).is_ok(), code != "USA" && codes.contains(code.as_str()), "{code}");
    }
    assert!(read("NATO:KFOR").is_ok() && read("NATO:").is_err() && read("EURO").is_err());
}

/// Every edition reads the codes of the latest published list. What that of V13 has otherwise is this and nothing else: three codes
/// that were withdrawn since are refused, never taken for another.
#[test]
fn the_codes_of_v13_that_are_withdrawn_are_refused() {
    let Some(text) = vectors("../ic-ism-v13/CVE/ISM/CVEnumISMRelTo.xml") else { return };
    let edition = Edition::named("ism-2014").unwrap();
    let values = text.split("<Value ").skip(1);
    let codes: Vec<&str> =
        values.filter_map(|value| value.split_once('>')?.1.split_once('<')).map(|(code, _)| code).collect();
    assert_eq!(codes.len(), 305);
    let read = |code: &str| parse(&format!("SECRET//REL TO USA, {code}"), edition).is_ok();
    let refused: Vec<&str> = codes.into_iter().filter(|code| *code != "USA" && !read(code)).collect();
    assert_eq!(refused, ["PSE", "XQP", "XXX"]);
}

/// Each rule of ODNI that a rule of the register cites exists in the published list.
#[test]
fn the_rules_that_are_cited_exist() {
    let Some(text) = vectors("odni_schematron_rules_2022.tsv") else { return };
    let known: BTreeSet<&str> = text.lines().filter_map(|line| line.split('\t').next()).collect();
    let mut cited = 0;
    for rule in RULES.iter().filter(|rule| rule.cites.contains("ISM-ID-")) {
        let (_, after) = rule.cites.split_once("ISM-ID-").unwrap();
        let (numbers, _) = after.split_once(';').unwrap_or((after, ""));
        for number in numbers.split(|one: char| !one.is_ascii_digit()).filter(|number| number.len() == 5) {
            assert!(known.contains(format!("ISM-ID-{number}").as_str()), "{} {number}", rule.code);
            cited += 1;
        }
    }
    assert!(cited > 60, "{cited}");
}

#[test]
fn sample_documents_of_the_corpus_are_checked() {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: LOCKGATE_CORPUS is not set, the sample documents were not tried"
        );
        return;
    };
    let edition = Edition::named("dod-2012").unwrap();
    let folder = PathBuf::from(root).join("markings/alliance");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let words = document::check(&read("us_codewords_dissem.txt"), edition);
    assert_eq!((words.found.len(), words.faults.len()), (1, 0), "{words:?}");
    let secret = document::check(&read("secret_us.txt"), edition);
    assert!(!secret.found.is_empty(), "{secret:?}");
    let invalid = document::check(&read("invalid.txt"), edition);
    assert!(!invalid.faults.is_empty(), "{invalid:?}");
}

/// The sample of ISM V13: a resource and a portion, U both, of an earlier version than the edition's.
#[test]
fn the_published_sample_of_v13_is_read() {
    let Some(text) = vectors("../ic-ism-v13/SuperHero-iep-sample.xml") else { return };
    let edition = Edition::named("ism-2014").unwrap();
    let elements: Vec<Vec<(&str, &str)>> = text
        .split('<')
        .map(|element| {
            let parts = element.split(" ism:").skip(1).map(|part| part.split_once("=\"").unwrap());
            parts.map(|(name, value)| (name.trim(), value.split_once('"').unwrap().0)).collect()
        })
        .filter(|attributes: &Vec<_>| !attributes.is_empty())
        .collect();
    assert_eq!(elements.len(), 2, "{elements:?}");
    let mut rollup = RollUp::new(edition);
    for attributes in &elements {
        let marking = Marking::read(attributes.clone(), edition).unwrap();
        assert_eq!(render(&marking, Form::Banner, edition).as_deref(), Some("UNCLASSIFIED"));
        rollup.add(&marking);
        let limits: Vec<&str> =
            attributes.iter().filter_map(|(name, value)| marking.limit(name, value, edition)).collect();
        let versions = attributes.iter().filter(|(name, _)| *name == "DESVersion").count();
        assert_eq!(limits.len(), versions, "version 10 is none that this edition reads: {limits:?}");
    }
    assert_eq!(render(&rollup.strictest(), Form::Portion, edition).as_deref(), Some("(U)"));
}

/// Markings of mail in Australia are no markings of the United States, whatever words stand in them.
#[test]
fn markings_of_mail_of_australia_are_no_markings_of_the_united_states() {
    let Some(text) = vectors("aus_email_marking_examples.txt") else { return };
    assert!(text.contains("[SEC=SECRET") && text.lines().count() > 20);
    for edition in
        ["dod-2012", "ism-2014", "capco-2016", "ism-2022"].map(|name| Edition::named(name).unwrap())
    {
        assert!(document::check(&text, edition).found.is_empty());
        let marks = text.split(['[', ']', '\n']).map(str::trim).filter(|mark| !mark.is_empty());
        for mark in marks {
            assert!(parse(mark, edition).is_err(), "{mark}");
        }
    }
}
