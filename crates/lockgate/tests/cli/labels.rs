//! `spif check` and `label check`.

use crate::common::{NOW, Project, path, run};
use serde_json::Value;

/// A label of the demonstration policy.
fn label(level: &str, readers: &[&str]) -> String {
    let values: String =
        readers.iter().map(|reader| format!("<GenericValue>{reader}</GenericValue>")).collect();
    let readers = match readers {
        [] => String::new(),
        _ => format!("<Category Type=\"PERMISSIVE\" TagName=\"Releasable To\">{values}</Category>"),
    };
    format!(
        "<originatorConfidentialityLabel xmlns=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\">\
         <ConfidentialityInformation><PolicyIdentifier URI=\"urn:oid:1.3.6.1.4.1.99999.1\">MISSION</PolicyIdentifier>\
         <Classification>{level}</Classification>{readers}</ConfidentialityInformation>\
         <CreationDateTime>2026-03-01T10:00:00Z</CreationDateTime></originatorConfidentialityLabel>"
    )
}

fn clearance(level: &str, reader: &str) -> String {
    format!(
        "<ConfidentialityClearance xmlns=\"urn:nato:stanag:4774:confidentialityclearance:1:0\">\
         <PolicyIdentifier>MISSION</PolicyIdentifier>\
         <ClassificationList><Classification>UNCLASSIFIED</Classification><Classification>{level}</Classification>\
         </ClassificationList>\
         <Category Type=\"PERMISSIVE\" TagName=\"Releasable To\"><GenericValue>{reader}</GenericValue></Category>\
         </ConfidentialityClearance>"
    )
}

const ALL: [&str; 5] = ["AUT", "HRV", "HUN", "SVK", "SVN"];

/// Runs `label check --json`, with the exit code.
fn check(text: &str, more: &[&str]) -> (i32, Value) {
    check_at(NOW, text, more)
}

/// The same at another time.
fn check_at(now: &str, text: &str, more: &[&str]) -> (i32, Value) {
    let project = Project::new();
    project.write("label.xml", text);
    let (file, policy) = (project.text("label.xml"), path("rules/policies/MISSION"));
    let ran = run(&[&["label", "check", &file, "--policy", &policy, "--json", "--now", now], more].concat());
    (ran.code, ran.line())
}

fn facts(line: &Value) -> [&Value; 4] {
    [&line["well_formed"], &line["schema_valid"], &line["policy_valid"], &line["releasable"]]
}

const YES: Value = Value::Bool(true);
const NO: Value = Value::Bool(false);

#[test]
fn a_valid_label_has_its_marking() {
    let (code, line) = check(&label("RESTRICTED", &ALL), &[]);
    assert_eq!((code, facts(&line)), (0, [&YES, &YES, &YES, &Value::Null]));
    let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["marking", "policy_valid", "portion", "reasons", "releasable", "schema_valid", "well_formed"]
    );
    assert_eq!(line["marking"], "MISSION RESTRICTED Releasable To AUT, HRV, HUN, SVK, SVN");
}

#[test]
fn each_stage_can_fail() {
    let (code, line) = check("<originatorConfidentialityLabel", &[]);
    assert_eq!((code, facts(&line)), (1, [&NO, &NO, &NO, &Value::Null]));
    let (code, line) = check("<other/>", &[]);
    assert_eq!((code, facts(&line)), (1, [&YES, &NO, &NO, &Value::Null]));
    let (code, line) = check(&label("HIGHLY SECRET", &ALL), &[]);
    assert_eq!((code, facts(&line)), (1, [&YES, &YES, &NO, &Value::Null]));
    assert_eq!(line["reasons"][0]["code"], "LG-M005");
    let (_, line) = check(&label("SECRET", &["AUT", "XYZ"]), &[]);
    assert_eq!(line["reasons"][0]["code"], "LG-M007");
    let deep = "<a>".repeat(100_000);
    let (code, line) = check(&deep, &[]);
    assert_eq!((code, facts(&line)), (1, [&NO, &NO, &NO, &Value::Null]));
    let laughs = format!("<!DOCTYPE a [<!ENTITY a \"a\">]>{}", label("SECRET", &ALL));
    assert_eq!(facts(&check(&laughs, &[]).1), [&NO, &NO, &NO, &Value::Null]);
}

#[test]
fn a_destination_takes_what_all_its_readers_may_read() {
    let domain = path("rules/domains/rsocc-net.kdl");
    let asked = |text: &str| {
        let (code, line) = check(text, &["--destination", &domain]);
        let codes: Vec<String> = line["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["code"].as_str().unwrap().to_owned())
            .collect();
        (code, line["releasable"].as_bool(), codes.join(" "))
    };
    assert_eq!(asked(&label("RESTRICTED", &ALL)), (0, Some(true), String::new()));
    assert_eq!(asked(&label("RESTRICTED", &ALL[..4])), (1, Some(false), "LG-A011".to_owned()));
    assert_eq!(asked(&label("SECRET", &ALL)), (1, Some(false), "LG-A010".to_owned()));
    assert_eq!(asked(&label("RESTRICTED", &[])), (1, Some(false), "LG-A013".to_owned()));
    let wrong = path("rules/domains/rsoc-net.kdl");
    let project = Project::new();
    project.write("l.xml", label("SECRET", &ALL));
    let args = ["label", "check", &project.text("l.xml"), "--policy", &path("rules/policies/MISSION")];
    let ran = run(&[&args[..], &["--destination", &wrong]].concat());
    assert!(ran.code == 2 && ran.err.contains("rsocc-net.kdl"), "{ran:?}");
}

/// A label is told by the edition that governed when it was made; a clearance is of the present one.
#[test]
fn a_label_of_an_earlier_edition_is_told_by_that_edition() {
    let project = Project::new();
    let folder = "rules/policies/MISSION";
    let spif = std::fs::read_to_string(project.path(&format!("{folder}/mission.spif.xml"))).unwrap();
    project.write(&format!("{folder}/old.spif.xml"), spif.replace("\"Releasable To\"", "\"Rel To\""));
    let earlier = "edition=\"2026-01\" {\n    earlier \"2025-01\" file=\"old.spif.xml\" {\n        \
                   valid from=\"2025-01-01\" until=\"2025-12-31\"\n    }";
    project.change(&format!("{folder}/policy.kdl"), "edition=\"2026-01\" {", earlier);
    let text = label("SECRET", &["AUT"]).replace("\"Releasable To\"", "\"Rel To\"");
    project.write("clearance.xml", clearance("SECRET", "AUT"));
    let (policy, held) = (project.text(folder), project.text("clearance.xml"));
    let told = |made: &str| {
        project.write("label.xml", text.replace("2026-03-01T10:00:00Z", made));
        let file = project.text("label.xml");
        let args =
            ["label", "check", &file, "--policy", &policy, "--clearance", &held, "--json", "--now", NOW];
        let ran = run(&args);
        (ran.code, ran.line())
    };
    let (code, line) = told("2025-06-01T00:00:00Z");
    assert_eq!((code, facts(&line)), (0, [&YES; 4]), "{line}");
    assert_eq!(line["marking"], "MISSION SECRET Rel To AUT");
    let (code, line) = told("2026-03-01T10:00:00Z");
    assert_eq!((code, line["reasons"][0]["code"].as_str()), (1, Some("LG-M006")), "{line}");
    let (code, line) = told("2024-06-01T00:00:00Z");
    assert_eq!((code, line["reasons"][0]["code"].as_str()), (1, Some("LG-M024")), "{line}");
}

/// The bundle of the destination may have another edition of the policy than the folder that is asked.
#[test]
fn a_label_that_the_bundle_of_the_destination_does_not_allow_is_not_releasable() {
    let project = Project::new();
    let spif = "rules/policies/MISSION/mission.spif.xml";
    project.change(spif, "name=\"AUT\"", "name=\"AUT\" notBefore=\"2026-06-01T00:00:00Z\"");
    let (code, line) =
        check(&label("RESTRICTED", &ALL), &["--destination", &project.text("rules/domains/rsocc-net.kdl")]);
    assert_eq!((code, facts(&line)), (1, [&YES, &YES, &YES, &NO]), "{line}");
    assert_eq!(line["reasons"][0]["code"], "LG-M017");
}

/// Who may read, who may not and why, and what each agreement of the bundle says of the label.
#[test]
fn a_destination_names_its_readers_and_what_would_change_the_answer() {
    let domain = path("rules/domains/rsocc-net.kdl");
    let asked_at = |now: &str, text: &str| {
        check_at(now, text, &["--destination", domain.as_str()]).1["destination"].clone()
    };
    let asked = |text: &str| asked_at(NOW, text);
    let readers = |at: &Value| -> Vec<(String, bool)> {
        let all = at["readers"].as_array().unwrap().iter();
        all.map(|one| (one["reader"].as_str().unwrap().to_owned(), one["may_read"].as_bool().unwrap()))
            .collect()
    };
    let open = asked(&label("RESTRICTED", &ALL));
    let keys: Vec<&String> = open.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["agreements", "domain", "readers", "remedy"]);
    assert_eq!(open["domain"], "rsocc-net");
    assert_eq!(readers(&open), ALL.map(|reader| (reader.to_owned(), true)));
    let agreement =
        open["agreements"].as_array().unwrap().iter().find(|one| one["agreement"] == "rsocc").unwrap();
    let keys: Vec<&String> = agreement.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["agreement", "categories", "covers_label", "giver", "reasons"]);
    assert_eq!((&agreement["covers_label"], &agreement["giver"]), (&YES, &"SVN".into()));
    assert!(agreement["categories"].as_array().unwrap().contains(&"ground-track".into()));
    assert!(open["remedy"].as_str().unwrap().contains("rsocc"), "{open}");
    // A reader whom the label leaves out: no agreement helps, and what would is said.
    let without = asked(&label("RESTRICTED", &ALL[..4]));
    let out: Vec<_> = readers(&without).into_iter().filter(|(_, may)| !may).collect();
    assert_eq!(out, [("SVN".to_owned(), false)]);
    let reasons = &without["readers"][4]["reasons"];
    assert_eq!((reasons[0]["code"].as_str(), reasons.as_array().unwrap().len()), (Some("LG-A011"), 1));
    assert_eq!(
        without["agreements"][0]["covers_label"], YES,
        "an agreement stands, and never widens a label"
    );
    let remedy = without["remedy"].as_str().unwrap();
    assert!(
        remedy.contains("no agreement") && remedy.contains("SVN") && remedy.contains("never widens"),
        "{remedy}"
    );
    // An agreement that has ended would let it cross if it were renewed.
    let late = asked_at("2036-03-01T00:00:00Z", &label("RESTRICTED", &ALL));
    let agreements = late["agreements"].as_array().unwrap();
    let known = agreements.iter().find(|one| one["agreement"] == "rsocc").unwrap();
    assert_eq!(known["reasons"][0]["code"], "LG-A005", "{late}");
    // One whose ceiling the label's policy cannot say is told too, with what is missing.
    let other = agreements.iter().find(|one| one["agreement"] == "isr").unwrap();
    assert_eq!((&other["reasons"][0]["code"], &other["covers_label"]), (&Value::from("P090"), &NO), "{late}");
    assert!(late["remedy"].as_str().unwrap().contains("no agreement covers it"), "{late}");
    // A caveat that the agreement forbids, and that the readers do not hold.
    let caveat = "<Category Type=\"RESTRICTIVE\" TagName=\"Special Handling\"><GenericValue>NATIONAL EYES</GenericValue></Category>";
    let eyes =
        label("RESTRICTED", &ALL).replace("<Category Type=\"PERM", &format!("{caveat}<Category Type=\"PERM"));
    let eyes = asked(&eyes);
    assert!(readers(&eyes).iter().all(|(_, may)| !may), "{eyes}");
    assert!(eyes["agreements"][0]["reasons"].as_array().unwrap().iter().any(|one| one["code"] == "LG-A009"));
    // A label that cannot be told has no answer; one without a destination has no key.
    assert_eq!(asked(&label("NO SUCH LEVEL", &ALL)), Value::Null);
    assert_eq!(check(&label("RESTRICTED", &ALL), &[]).1.get("destination"), None);
}

/// A label of one policy for a destination of another: all policies of the rules are known, and the equivalence is shown.
#[test]
fn a_label_of_another_policy_is_shown_as_what_it_is_at_the_destination() {
    let project = Project::new();
    let text = label("SECRET", &["AUT", "HRV"])
        .replace("1.3.6.1.4.1.99999.1\">MISSION", "1.3.6.1.4.1.99999.840\">USA");
    project.write("label.xml", &text);
    let (file, domain) = (project.text("label.xml"), path("rules/domains/rsocc-net.kdl"));
    let ask = |policy: &str, more: &[&str]| {
        let policy = path(policy);
        run(&[&["label", "check", &file, "--policy", &policy, "--destination", &domain, "--now", NOW], more]
            .concat())
    };
    let line = ask("rules", &["--json"]).line();
    assert_eq!((&line["well_formed"], &line["policy_valid"]), (&YES, &YES), "{line}");
    let mapped = &line["destination"]["mapped"];
    assert_eq!(mapped["label"], "MISSION SECRET Releasable To AUT, HRV", "{line}");
    assert_eq!(
        (&mapped["equivalence"], mapped["until"].is_string()),
        (&"usa-mission".into(), true),
        "{line}"
    );
    assert_eq!(line["releasable"], NO, "above the ceiling, and not to all its readers");
    let words = ask("rules", &[]).out;
    assert!(words.contains("is there") && words.contains("usa-mission"), "{words}");
    // By the folder of the destination's policy alone nobody knows what the label says.
    let line = ask("rules/policies/MISSION", &["--json"]).line();
    assert_eq!(
        (line["reasons"][0]["code"].as_str(), &line["policy_valid"]),
        (Some("LG-M003"), &NO),
        "{line}"
    );
    // A label of the destination's own policy is no other one there.
    project.write("label.xml", label("RESTRICTED", &ALL));
    let line = ask("rules", &["--json"]).line();
    assert_eq!((&line["releasable"], line["destination"].get("mapped")), (&YES, None), "{line}");
}

/// The same for people.
#[test]
fn a_destination_is_told_in_words() {
    let project = Project::new();
    let (policy, domain) = (path("rules/policies/MISSION"), path("rules/domains/rsocc-net.kdl"));
    let told = |readers: &[&str]| {
        project.write("label.xml", label("RESTRICTED", readers));
        let file = project.text("label.xml");
        run(&["label", "check", &file, "--policy", &policy, "--destination", &domain, "--now", NOW]).out
    };
    let open = told(&ALL);
    for line in [
        "destination   rsocc-net, at 2026-03-01T10:05:00Z",
        "  may read      AUT, HRV, HUN, SVK, SVN",
        "  may not read  nobody",
        "  agreement     rsocc covers the label, given by SVN",
    ] {
        assert!(open.contains(line), "{line}\n{open}");
    }
    let without = told(&ALL[..3]);
    assert!(without.contains("  may not read  SVK, SVN") && without.contains("never widens"), "{without}");
    assert!(open.lines().chain(without.lines()).all(|line| line.chars().count() <= 80), "{open}{without}");
}

/// Rule 47 of the reference on markings, for a clearance.
#[test]
fn what_a_clearance_carries_appears_in_no_message() {
    let canary = "CANARY-7F3A";
    let project = Project::new();
    project.write("l.xml", label("SECRET", &ALL));
    let (policy, file, held) =
        (path("rules/policies/MISSION"), project.text("l.xml"), project.text("clearance.xml"));
    let good = clearance("SECRET", "AUT");
    for piece in
        ["MISSION", "SECRET", "AUT", "PERMISSIVE", "Releasable To", "<ClassificationList>", "TagName"]
    {
        assert!(good.contains(piece), "{piece}");
        let odd = piece.replace(|one: char| one.is_ascii_alphanumeric(), canary);
        project.write("clearance.xml", good.replace(piece, &odd));
        for form in [&["--json"][..], &[]] {
            let asked = ["label", "check", &file, "--policy", &policy, "--clearance", &held, "--now", NOW];
            let ran = run(&[&asked[..], form].concat());
            assert_ne!(ran.code, 0, "{piece}");
            assert!(!ran.out.contains(canary) && !ran.err.contains(canary), "{piece} {ran:?}");
        }
    }
}

#[test]
fn a_clearance_decides_access() {
    let project = Project::new();
    let asked = |level: &str, reader: &str, text: &str| {
        project.write("clearance.xml", clearance(level, reader));
        check(text, &["--clearance", &project.text("clearance.xml")]).1["releasable"].as_bool()
    };
    assert_eq!(asked("RESTRICTED", "AUT", &label("RESTRICTED", &ALL)), Some(true));
    assert_eq!(
        asked("RESTRICTED", "AUT", &label("CONFIDENTIAL", &ALL)),
        Some(false),
        "levels are an explicit set"
    );
    assert_eq!(asked("RESTRICTED", "FRA", &label("RESTRICTED", &ALL)), Some(false));
    assert_eq!(asked("RESTRICTED", "AUT", &label("RESTRICTED", &[])), Some(false), "undecided is no yes");
    project.write("clearance.xml", "<no/>");
    project.write("l.xml", label("SECRET", &ALL));
    let policy = path("rules/policies/MISSION");
    let ran = run(&[
        "label",
        "check",
        &project.text("l.xml"),
        "--policy",
        &policy,
        "--clearance",
        &project.text("clearance.xml"),
    ]);
    assert!(ran.code == 2 && ran.err.contains("P080"), "{ran:?}");
}

#[test]
fn spif_findings_are_one_line_each() {
    let good = run(&["spif", "check", "--json", &path("rules/policies/MISSION/mission.spif.xml")]);
    assert_eq!((good.code, good.out.as_str()), (0, ""));
    let project = Project::new();
    let file = "rules/policies/MISSION/mission.spif.xml";
    project.change(file, "name=\"SECRET\" lacv=\"4\"", "name=\"SECRET\" lacv=\"3\"");
    let bad = run(&["spif", "check", "--json", &project.text(file)]);
    assert_eq!(bad.code, 1);
    let line = bad.line();
    let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["code", "codes", "names", "says", "where"]);
    assert_eq!((&line["code"], &line["codes"]), (&"P011".into(), &serde_json::json!(["3"])));
    let table = run(&["spif", "check", &project.text(file)]);
    assert!(table.code == 1 && table.out.contains("P011") && table.out.contains("1 errors"), "{}", table.out);
    let track = run(&["inspect", "--lane", &project.text("rules/lanes/cot-down.kdl"), "--now", NOW, "-"]);
    assert!(
        track.code == 2 && track.err.contains("P011"),
        "colliding codes keep the bundle from loading: {track:?}"
    );
    assert_eq!(run(&["spif", "check", "/no/such"]).code, 2);
    assert_eq!(run(&["spif", "check", &path("rules")]).code, 2);
    project.write("x.xml", "<a");
    assert_eq!(run(&["spif", "check", &project.text("x.xml")]).code, 1);
}

#[test]
fn a_marking_is_read_and_written_anew() {
    let policy = path("rules/policies/NATO");
    let parse = |text: &str| run(&["marking", "parse", "--json", "--policy", &policy, text]);
    let read = parse("nato restricted");
    assert_eq!(read.code, 0, "{read:?}");
    let line = read.line();
    assert_eq!((&line["policy"], &line["level"]), (&"NATO".into(), &"RESTRICTED".into()));
    assert_eq!(line["tags"][0]["values"], serde_json::json!(["NATO"]));
    for (text, code) in
        [("NATO SECRE", "LG-M002"), ("NATO SECRET and more", "LG-M002"), ("NATO SЕCRET", "LG-M010")]
    {
        let refused = parse(text);
        assert_eq!((refused.code, &refused.line()["code"]), (1, &code.into()), "{text}");
    }
    let written = run(&["marking", "render", "--policy", &policy, "cosmic top secret"]);
    assert_eq!((written.code, written.out.as_str()), (0, "COSMIC TOP SECRET\n"));
    let place = run(&["marking", "render", "--policy", &policy, "--to-place", "pageMiddle", "NATO SECRET"]);
    assert!(place.code == 2 && place.err.contains("pageMiddle"), "{place:?}");
}

/// A marking that can be read says a label; whether that label follows the policy is a question of its own.
#[test]
fn a_marking_says_whether_its_label_is_valid() {
    let policy = path("rules/policies/NATO");
    for (text, code) in [
        ("COSMIC TOP SECRET BOHEMIA", None),
        ("NATO SECRET ATOMAL", None),
        ("NATO UNCLASSIFIED STAFF", None),
        ("NATO SECRET BOHEMIA", Some("LG-M019")),
        ("NATO RESTRICTED ATOMAL", Some("LG-M019")),
        ("NATO RESTRICTED STAFF", Some("LG-M019")),
    ] {
        let ran = run(&["marking", "parse", "--json", "--policy", &policy, text]);
        let line = ran.line();
        assert_eq!((ran.code, &line["valid"]), (0, &Value::Bool(code.is_none())), "{text} {line}");
        assert_eq!(line["reasons"][0]["code"].as_str(), code, "{text} {line}");
        let told = run(&["marking", "parse", "--policy", &policy, text]).out;
        assert!(
            told.contains(if code.is_some() { "valid   no\n  LG-M019" } else { "valid   yes" }),
            "{told}"
        );
    }
}

/// One value of ASN.1.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()][..], content].concat()
}

/// The identifier of the demonstration policy.
const MISSION: [u8; 9] = [0x2B, 6, 1, 4, 1, 0x86, 0x8D, 0x1F, 1];

#[test]
fn the_form_of_a_label_is_told_by_its_structure() {
    let project = Project::new();
    let policy = path("rules/policies/MISSION");
    let check = |bytes: &[u8], more: &[&str]| {
        project.write("label", bytes);
        let label = project.text("label");
        run(&[&["label", "check", &label, "--policy", &policy, "--now", NOW], more].concat())
    };
    let codes = |bytes: &[u8]| {
        let line = check(bytes, &["--json"]).line();
        let facts = facts(&line).map(|fact| *fact == YES);
        (
            facts,
            line["reasons"][0]["code"].as_str().map(str::to_owned),
            line["marking"].as_str().map(str::to_owned),
        )
    };
    // SECRET has the code 4 in MISSION.
    let binary = tlv(0x31, &[tlv(2, &[4]), tlv(6, &MISSION)].concat());
    assert_eq!(codes(&binary), ([true, true, true, false], None, Some("MISSION SECRET".to_owned())));
    let table = check(&binary, &[]);
    assert!(table.code == 0 && table.out.contains("binary security label"), "{table:?}");
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(codes(&[&binary[..], &[0]].concat()), ([false; 4], code("LG-S001"), None));
    assert_eq!(codes(&tlv(0x31, &tlv(4, &[1]))), ([true, false, false, false], code("LG-S009"), None));
    assert_eq!(codes(&tlv(0x31, &tlv(2, &[4]))), ([true, true, false, false], code("LG-M011"), None));
    // A label whose extension nobody understands is shown, and is not valid in its policy.
    let extended = label("RESTRICTED", &ALL).replace("</orig", "<x:e xmlns:x=\"urn:x\"/></orig");
    let (facts, first, marking) = codes(extended.as_bytes());
    assert_eq!((facts, first), ([true, true, false, false], code("LG-M033")));
    assert!(marking.is_some());
    let alternative = label("RESTRICTED", &ALL).replace("originator", "alternative");
    assert!(check(alternative.as_bytes(), &[]).out.contains("STANAG 4774, alternative"));
}

#[test]
fn a_binary_clearance_decides_as_well() {
    let project = Project::new();
    let asked = |nation: u8, text: &str| {
        // Enumerated permissive values of ACP 145: the tag set Releasable To, one nation by number.
        let kind = [0x60, 0x86, 0x48, 1, 0x65, 2, 1, 8, 3, 1];
        let tag =
            tlv(0x30, &[tlv(6, &[&MISSION[..], &[1]].concat()), tlv(0x31, &tlv(2, &[nation]))].concat());
        let category = tlv(0x30, &[tlv(0x80, &kind), tlv(0xA1, &tag)].concat());
        // The codes 1 to 4: UNCLASSIFIED to SECRET.
        let parts = [tlv(6, &MISSION), tlv(3, &[3, 0x78]), tlv(0x31, &category)];
        project.write("clearance", tlv(0x30, &parts.concat()));
        check(text, &["--clearance", &project.text("clearance")]).1["releasable"].as_bool()
    };
    assert_eq!(asked(40, &label("SECRET", &ALL)), Some(true), "040 is AUT");
    assert_eq!(asked(4, &label("SECRET", &ALL)), Some(false), "004 is AFG");
    assert_eq!(asked(40, &label("SECRET", &[])), Some(false), "undecided is no yes");
}
