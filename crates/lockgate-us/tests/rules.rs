//! Codes of texts and attributes, and the rules for combination one by one. Each rule of the register is broken in each of its
//! editions by `standard.rs`.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use lockgate_us::{CODES, Edition, Form, Marking, RULES, RollUp, document, parse, render};
use std::collections::BTreeSet;

fn edition(name: &str) -> &'static Edition {
    Edition::named(name).unwrap()
}

/// Edition, text, code: the first fault of each.
const REFUSED: &[(&str, &str, &str)] = &[
    ("capco-2016", "secret", "U002"),
    ("capco-2016", "SECRET//N\u{200b}OFORN", "U002"),
    ("capco-2016", "SECRET////NOFORN", "U003"),
    ("capco-2016", "SECRET// NOFORN", "U004"),
    ("capco-2016", "MOST SECRET//NOFORN", "U005"),
    ("capco-2016", "//NATO TOP SECRET", "U012"),
    ("capco-2016", "SECRET//NF", "U006"),
    ("capco-2016", "(S//NOFORN)", "U006"),
    ("capco-2016", "SECRET//COMINT//NOFORN", "U006"),
    ("capco-2016", "SECRET//NOFORN//SI", "U007"),
    ("capco-2016", "SECRET//SI//TK", "U008"),
    ("capco-2016", "SECRET//SI/NOFORN", "U009"),
    ("capco-2016", "SECRET//NOFORN/NOFORN", "U010"),
    ("capco-2016", "SECRET//TK/SI//NOFORN", "U011"),
    ("capco-2016", "SECRET//NOFORN/ORCON", "U011"),
    ("capco-2016", "SECRET//REL TO USA GBR", "U012"),
    ("capco-2016", "SECRET//REL TO USA, XXX", "U012"),
    ("capco-2016", "SECRET//REL TO GBR, USA", "U013"),
    ("capco-2016", "SECRET//REL TO USA, NATO, AUS", "U013"),
    ("capco-2016", "(S//NF", "U014"),
    ("capco-2016", "(SECRET//NOFORN)", "U014"),
    ("capco-2016", "SECRET//REL TO", "U015"),
    ("capco-2016", "RESTRICTED", "U101"),
    ("capco-2016", "SECRET//REL TO USA", "U106"),
    ("capco-2016", "SECRET//NOFORN/RELIDO", "U104"),
    ("capco-2016", "UNCLASSIFIED//ORCON", "U110"),
    ("capco-2016", "SECRET//FOUO", "U111"),
    ("capco-2016", "SECRET//HCS//NOFORN", "U138"),
    ("capco-2016", "//NATO SECRET//BALK", "U160"),
    ("capco-2016", "//JOINT SECRET CAN GBR", "U162"),
    ("dod-2012", "SECRET//EXDIS/NODIS", "U119"),
    ("dod-2012", "SECRET//SAR-A/B/C/D/E", "U150"),
];

#[test]
fn refusals_have_their_code_and_place() {
    for (name, text, code) in REFUSED {
        let fault = parse(text, edition(name)).unwrap_err();
        assert_eq!(fault.code, *code, "{text}: {fault}");
        assert!(text.get(fault.at).is_some());
    }
    assert_eq!(parse(&"A".repeat(5000), edition("capco-2016")).unwrap_err().code, "U001");
}

#[test]
fn codes_are_unique_and_documented() {
    let codes: Vec<&str> = CODES.iter().map(|one| one.0).chain(RULES.iter().map(|rule| rule.code)).collect();
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    let page = include_str!("../../../docs/US-MARKINGS.md");
    assert!(
        codes.iter().all(|code| page.contains(&format!("| {code} |"))),
        "print the tables of the page again"
    );
}

#[test]
fn attributes_have_their_code() {
    let read = |pairs: &[(&str, &str)]| {
        Marking::read(pairs.iter().copied(), edition("ism-2022"))
            .map_err(|faults| faults.first().unwrap().code)
    };
    let (level, owner) = (("classification", "S"), ("ownerProducer", "USA"));
    assert!(read(&[level, owner]).is_ok());
    for (more, code) in [
        (("madeUp", "S"), "U020"),
        (("disseminationControls", "NOFORN"), "U021"),
        (("releasableTo", "USA USA"), "U022"),
        (("atomicEnergyMarkings", "RD-SG-+14"), "U021"),
        (("declassDate", "2026-02-30"), "U024"),
        (("SCIcontrols", "SI-G"), "U021"),
        (("SCIcontrols", "SI SI-G-ABCD"), "U021"),
        (("FGIsourceProtected", "DEU FGI"), "U021"),
        (("nonUSControls", "ATOMAL"), "U021"),
        (("joint", "true"), "U021"),
        (("SARIdentifier", "SAR-BP"), "U021"),
    ] {
        assert_eq!(read(&[level, owner, more]), Err(code), "{more:?}");
    }
    assert!(read(&[level, owner, ("SCIcontrols", "SI SI-G SI-G-ABCD")]).is_ok());
    assert!(read(&[level, owner, ("nonUSControls", "NATO-ATOMAL")]).is_ok());
    assert_eq!(read(&[level, ("ownerProducer", "USA FGI")]), Err("U021"), "FGI owns alone: ISM-ID-00099");
    assert_eq!(read(&[owner]), Err("U023"));
    assert_eq!(read(&[level, level, owner]), Err("U022"));
}

fn whole(name: &str, portions: &[&str]) -> String {
    let mut rollup = RollUp::new(edition(name));
    for text in portions {
        rollup.add(&parse(text, edition(name)).unwrap().marking);
    }
    render(&rollup.strictest(), Form::Banner, edition(name)).unwrap()
}

/// CAPCO 2016, Table 3, by rule number; markings.md rules 25, 28 and 29.
#[test]
fn table_3_of_the_manual() {
    for (rule, portions, banner) in [
        (1, &["(S//NF)", "(S)"][..], "SECRET//NOFORN"),
        (2, &["(S//NF)", "(S//REL TO USA, GBR)"], "SECRET//NOFORN"),
        (3, &["(S//NF)", "(U//SBU-NF)"], "SECRET//NOFORN"),
        (4, &["(S)", "(U//SBU-NF)"], "SECRET//NOFORN"),
        (6, &["(S//NF)", "(U//LES-NF)"], "SECRET//NOFORN//LES"),
        (9, &["(S//REL TO USA, GBR)", "(S//REL TO USA, DEU)"], "SECRET//NOFORN"),
        (10, &["(S//REL TO USA, GBR)", "(S//RELIDO)"], "SECRET//NOFORN"),
        (11, &["(S//REL TO USA, GBR)", "(S//DISPLAY ONLY DEU)"], "SECRET//NOFORN"),
        (16, &["(S//REL TO USA, GBR)", "(S)"], "SECRET//NOFORN"),
        (17, &["(S//RELIDO)", "(S)"], "SECRET//NOFORN"),
        (18, &["(S//RELIDO)", "(S//DISPLAY ONLY DEU)"], "SECRET//NOFORN"),
        (19, &["(S//DISPLAY ONLY DEU)", "(S)"], "SECRET//NOFORN"),
        (20, &["(S//DISPLAY ONLY DEU)", "(S//DISPLAY ONLY FRA)"], "SECRET//NOFORN"),
        (21, &["(S//REL TO USA, AUS, GBR)", "(S//REL TO USA, GBR)", "(U)"], "SECRET//REL TO USA, GBR"),
        (22, &["(S//REL TO USA, AUS, GBR)", "(S//USA/GBR EYES ONLY)"], "SECRET//REL TO USA, GBR"),
        (23, &["(S//REL TO USA, FVEY)", "(S//REL TO USA, DEU, GBR)"], "SECRET//REL TO USA, GBR"),
        (24, &["(S//RELIDO)", "(TS//RELIDO)"], "TOP SECRET//RELIDO"),
        (25, &["(S//DISPLAY ONLY DEU, FRA)", "(S//DISPLAY ONLY FRA)"], "SECRET//DISPLAY ONLY FRA"),
        (26, &["(S//DISPLAY ONLY DEU, FRA)", "(S//REL TO USA, FRA)"], "SECRET//DISPLAY ONLY FRA"),
        (
            27,
            &["(S//REL TO USA, GBR/DISPLAY ONLY FRA)", "(S//REL TO USA, AUS, GBR/DISPLAY ONLY FRA)"],
            "SECRET//REL TO USA, GBR/DISPLAY ONLY FRA",
        ),
    ] {
        assert_eq!(whole("capco-2016", portions), banner, "rule {rule}");
    }
}

/// The authorities disagree, and the editions with them.
#[test]
fn editions_differ_as_data() {
    let nato = ["(S//REL TO USA, NATO)", "(S//REL TO USA, DEU)"];
    assert_eq!(whole("capco-2016", &nato), "SECRET//NOFORN");
    assert_eq!(whole("ism-2022", &nato), "SECRET//REL TO USA, DEU");
    assert!(parse("SECRET//REL TO USA, GBR, AUS", edition("capco-2016")).is_err());
    assert!(parse("SECRET//REL TO USA, GBR, AUS", edition("ism-2022")).is_ok());
}

/// markings.md rules 29 and 30: foreign sources.
#[test]
fn foreign_portions_become_sources() {
    assert_eq!(
        whole("capco-2016", &["(//DEU S)", "(//NS//ATOMAL)", "(S//NF)"]),
        "SECRET//ATOMAL//FGI DEU NATO//NOFORN"
    );
    assert_eq!(whole("capco-2016", &["(//DEU S)", "(//FGI C)", "(U)"]), "SECRET//FGI");
    assert_eq!(whole("capco-2016", &["(//GBR R)", "(U)"]), "CONFIDENTIAL//FGI GBR");
}

/// Compounds of older papers are one level and one control.
#[test]
fn legacy_compounds_become_two_categories() {
    for (old, new) in [
        ("(//CTSA)", "(//CTS//ATOMAL)"),
        ("(//NSAT)", "(//NS//ATOMAL)"),
        ("(//CTS-BALK)", "(//CTS//BALK)"),
        ("(//NCA)", "(//NC//ATOMAL)"),
    ] {
        let parsed = parse(old, edition("capco-2016")).unwrap();
        assert_eq!(render(&parsed.marking, Form::Portion, edition("capco-2016")).unwrap(), new);
    }
}

/// markings.md rules 26, 27, 31 for one text.
#[test]
fn a_text_is_checked_against_its_banner() {
    let check = |text: &str| -> Vec<&str> {
        document::check(text, edition("capco-2016")).faults.iter().map(|fault| fault.code).collect()
    };
    assert_eq!(check("SECRET//NOFORN\n(U) A title\n1. (S//NF) Text (see note).\nSECRET//NOFORN\n"), [""; 0]);
    assert_eq!(check("SECRET//REL TO USA, GBR\n(S//REL) Text\n"), [""; 0]);
    assert_eq!(check("CONFIDENTIAL\n(S) Text\n"), ["U032"]);
    assert_eq!(check("SECRET//REL TO USA, GBR\n(S//NF) Text\n"), ["U032"]);
    assert_eq!(check("SECRET//NOFORN\n(U) Text\n"), ["U033"]);
    assert_eq!(check("SECRET\n(S) Text\nTOP SECRET\n"), ["U031"]);
    let joint = "(//JOINT S GBR USA//REL TO USA, GBR) Text\n";
    assert_eq!(check(&format!("//JOINT SECRET GBR USA//REL TO USA, GBR\n{joint}")), [""; 0]);
    assert_eq!(check(&format!("SECRET//FGI GBR//REL TO USA, GBR\n{joint}")), [""; 0]);
    assert_eq!(check(&format!("//JOINT SECRET GBR USA//REL TO USA, GBR\n{joint}(U) Text\n")), ["U032"]);
    assert_eq!(check("SECRET\n(S//NFO) Text\n"), ["U006"]);
    assert_eq!(check("Text without any marking (none at all).\n"), ["U034"]);
    assert_eq!(check("(S//NF) Text\n"), ["U036"]);
}

/// What begins like a marking and is none is told, wherever it ends; and a page hides no banner in the middle of a line.
#[test]
fn what_begins_like_a_marking_is_never_passed_over() {
    let check = |text: &str| -> Vec<&str> {
        document::check(text, edition("capco-2016")).faults.iter().map(|fault| fault.code).collect()
    };
    let with = |mark: &str| check(&format!("UNCLASSIFIED\n(U) One. {mark}"));
    for open in [
        "(S//NF",
        "(S//NF Two.\n",
        "(S\n",
        "(S//NF (see below)",
        "(//NS\n",
        "(SECRET//NOFORN)",
        "(TOP SECRET)",
    ] {
        assert_eq!(with(open), ["U014"], "{open}");
    }
    for none in ["(s/he", "(see below", "S//NF", "(SA) (USA) (", "(S(1)) f(S(2))"] {
        assert_eq!(with(none), [""; 0], "{none}");
    }
    for (hidden, code) in
        [("(S\u{200B}//NF)", "U002"), ("\nSE\u{200B}CRET//NOFORN\n", "U002"), ("(\u{2060}S", "U014")]
    {
        assert_eq!(with(hidden), [code], "{hidden:?}");
    }
    for (broken, code) in [
        ("\nSECRET NOFORN\n", "U005"),
        ("\nTop Secret//Si//Noforn\n", "U002"),
        ("\nSecret Noforn\n", "U002"),
        ("\nSECRET, REL TO USA, GBR\n", "U005"),
        ("\nSECERT//NOFORN\n", "U005"),
        ("(s//nf)", "U002"),
        ("(S NF)", "U005"),
        ("(S-NF)", "U005"),
    ] {
        assert_eq!(with(broken), [code], "{broken:?}");
    }
    let (nothing, few) = ("\u{200B}".repeat(5_000), "\u{200B}".repeat(700));
    for masked in [
        "\nSЕCRET//NOFORN\n".to_owned(),
        "\nTOP\u{A0}SECRET//SI//NOFORN\n".to_owned(),
        "\nTOP\tSECRET//SI//NOFORN\n".to_owned(),
        "\nTOP  SECRET//SI//NOFORN\n".to_owned(),
        format!("\n{nothing}SECRET//NOFORN\n"),
        format!("({nothing}S//NF)"),
        format!("({few}S)"),
        "( S//NF)".to_owned(),
        "(S )".to_owned(),
        "(S //NF)".to_owned(),
    ] {
        assert_eq!(with(&masked).len(), 1, "{:?}", masked.replace('\u{200B}', ""));
    }
    let long = format!("(S//REL TO USA{})", ", GBR".repeat(2_000));
    assert_eq!(with(&long), ["U001"]);
    assert_eq!(check(&format!("UNCLASSIFIED\nSECRET//REL TO USA{}\n", ", GBR".repeat(2_000))), ["U001"]);
    for end in ["\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}", "\r\n"] {
        assert_eq!(check(&format!("UNCLASSIFIED{end}(U) One.{end}SECRET//NOFORN{end}")), ["U031"], "{end:?}");
    }
}

/// Texts that are nothing but openings; what they and others cost is measured by `benches/src/bin/marking.rs`.
#[test]
fn long_texts_are_linear() {
    let hostile = document::check(&"(S//".repeat(200_000), edition("ism-2022"));
    assert!(hostile.found.is_empty() && hostile.faults.iter().any(|fault| fault.code == "U035"));
    assert!(hostile.faults.len() <= document::MARKINGS_MAX + 2, "{}", hostile.faults.len());
    let open = "(".repeat(200_000);
    assert!(document::check(&open, edition("ism-2022")).found.is_empty());
}
