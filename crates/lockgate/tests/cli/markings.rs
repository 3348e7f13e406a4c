//! `marking parse`, `marking render`, `marking rollup`.

use crate::common::{NOW, feed, run};

fn marking(command: &str, edition: &str, text: &str) -> crate::common::Ran {
    run(&["marking", command, "--json", "--policy", edition, text])
}

#[test]
fn a_marking_is_read_in_both_forms() {
    for (text, form) in [("SECRET//SI//REL TO USA, GBR", "banner"), ("(S//SI//REL TO USA, GBR)", "portion")] {
        let ran = marking("parse", "us:capco-2016", text);
        let line = ran.line();
        assert_eq!((ran.code, &line["form"]), (0, &form.into()));
        assert_eq!(line["attrs"]["releasableTo"], "USA GBR");
        assert_eq!(line["banner"], "SECRET//SI//REL TO USA, GBR");
        assert_eq!(line["portion"], "(S//SI//REL TO USA, GBR)");
    }
}

#[test]
fn a_refusal_says_where_and_why() {
    let ran = marking("parse", "us:capco-2016", "SECRET//NOFRN");
    let line = ran.line();
    assert_eq!(ran.code, 1);
    assert!(line["attrs"].is_null() && line["banner"].is_null());
    assert_eq!(line["reasons"][0]["code"], "U006");
    assert_eq!(line["reasons"][0]["at"], serde_json::json!([8, 13]));
    assert!(!ran.out.contains("NOFRN"), "{ran:?}");
}

#[test]
fn attributes_are_rendered_and_checked() {
    let good = r#"{"classification":"TS","ownerProducer":"NATO","nonUSControls":"NATO-BALK"}"#;
    let line = marking("render", "us:ism-2022", good).line();
    assert_eq!(
        (&line["banner"], &line["portion"]),
        (&"//COSMIC TOP SECRET//BALK".into(), &"(//CTS//BALK)".into())
    );
    for bad in [
        r#"{"classification":"S","ownerProducer":"USA","made":"up"}"#,
        r#"{"classification":"S","classification":"U","ownerProducer":"USA"}"#,
        r#"{"classification":"R","ownerProducer":"USA"}"#,
        r#"{"classification":7,"ownerProducer":"USA"}"#,
        "{",
    ] {
        let ran = marking("render", "us:ism-2022", bad);
        assert_eq!((ran.code, &ran.line()["banner"]), (1, &serde_json::Value::Null), "{bad}");
    }
}

#[test]
fn portions_are_rolled_up_line_by_line() {
    let input = concat!(
        r#"{"portions":[{"classification":"S","ownerProducer":"USA","disseminationControls":"REL","releasableTo":"USA FVEY","_el":"p"},"#,
        r#"{"classification":"U","ownerProducer":"USA"},"#,
        r#"{"classification":"C","ownerProducer":"USA","disseminationControls":"REL","releasableTo":"USA GBR"}]}"#,
        "\n",
        r#"{"portions":[{"classification":"S","ownerProducer":"USA"},{"classification":"S","ownerProducer":"USA","disseminationControls":"X"}]}"#,
        "\n",
        r#"{"portions":[]}"#,
        "\n",
    );
    let ran = feed(
        &["marking", "rollup", "--json", "--policy", "us:ism-2022", "--now", NOW, "-"],
        input.as_bytes(),
    );
    let lines = ran.lines();
    assert_eq!((ran.code, lines.len()), (1, 3));
    assert_eq!(lines[0]["banner"], "SECRET//REL TO USA, GBR");
    assert_eq!(lines[0]["portion"], "(S//REL TO USA, GBR)");
    assert_eq!(lines[0]["attrs"]["declassDate"], "2051-03-01");
    assert_eq!(lines[0]["reasons"], serde_json::json!([]));
    assert_eq!(
        (&lines[1]["banner"], &lines[1]["reasons"][0]["portion"]),
        (&serde_json::Value::Null, &1.into())
    );
    assert_eq!(lines[2]["reasons"][0]["code"], "U043");
}

/// markings.md rule 27: what is left after a filter is rolled up anew, and the banner says whether it may stay.
#[test]
fn what_is_left_is_rolled_down_under_its_banner() {
    let line =
        |banner: &str, portions: &str| format!("{{\"banner\":{{{banner}}},\"portions\":[{portions}]}}\n");
    let us =
        |level: &str, more: &str| format!("\"classification\":\"{level}\",\"ownerProducer\":\"USA\"{more}");
    let to = |list: &str| format!(",\"disseminationControls\":\"REL\",\"releasableTo\":\"{list}\"");
    let (five, two) = (us("S", &to("USA FVEY")), us("C", &to("USA GBR")));
    let reason = ",\"compilationReason\":\"taken together\"";
    let joint = "{\"classification\":\"S\",\"ownerProducer\":\"GBR USA\",\"joint\":\"true\",\"disseminationControls\":\"REL\",\"releasableTo\":\"USA GBR\"}";
    let source = us("S", &[",\"FGIsourceOpen\":\"GBR\"", &to("USA GBR")].concat());
    for (input, code, banner, told) in [
        // The SECRET portion was taken out: the banner is stricter than what is left, and may stay.
        (
            line(&us("S", &to("USA GBR")), &format!("{{{two}}}")),
            0,
            "CONFIDENTIAL//REL TO USA, GBR",
            &["U033"][..],
        ),
        (
            line(&us("S", &[&to("USA GBR"), reason].concat()), &format!("{{{two}}}")),
            0,
            "CONFIDENTIAL//REL TO USA, GBR",
            &[],
        ),
        (line(&five, &format!("{{{five}}}")), 0, "SECRET//REL TO USA, FVEY", &[]),
        // It is looser in its level, or in its list.
        (line(&two, &format!("{{{two}}},{{{five}}}")), 1, "SECRET//REL TO USA, GBR", &["U032"]),
        (line(&five, &format!("{{{five}}},{{{two}}}")), 1, "SECRET//REL TO USA, GBR", &["U032"]),
        // JOINT information alone is JOINT; under a banner of the United States it was a source.
        (line(&source, joint), 0, "//JOINT SECRET GBR USA//REL TO USA, GBR", &[]),
        // A banner that breaks a rule, or cannot be read, is none.
        (line(&us("S", &to("USA")), &format!("{{{two}}}")), 1, "", &["U106"]),
        (line(&us("S", ",\"madeUp\":\"x\""), &format!("{{{two}}}")), 1, "", &["U020"]),
        (line(&five, ""), 1, "", &["U043"]),
        (line(&five, &format!("{{{two}}}],\"more\":[")), 1, "", &["U021"]),
    ] {
        let ran = feed(
            &["marking", "rollup", "--json", "--policy", "us:ism-2022", "--now", NOW, "-"],
            input.as_bytes(),
        );
        let line = ran.line();
        let codes: Vec<&str> =
            line["reasons"].as_array().unwrap().iter().map(|why| why["code"].as_str().unwrap()).collect();
        assert_eq!(
            (ran.code, line["banner"].as_str().unwrap_or(""), &codes[..]),
            (code, banner, told),
            "{input}"
        );
    }
}

/// The same by the words of a policy: marks of portions are texts, and the banner is one.
#[test]
fn portions_of_a_policy_are_rolled_up_and_down_by_its_words() {
    let ask_of = |policy: &str, input: &str| {
        let policy = format!("{}/../../rules/policies/{policy}", env!("CARGO_MANIFEST_DIR"));
        let ran =
            feed(&["marking", "rollup", "--json", "--policy", &policy, "--now", NOW, "-"], input.as_bytes());
        let line = ran.line();
        let reasons = line["reasons"].as_array().unwrap().iter();
        let codes: Vec<String> = reasons.map(|why| why["code"].as_str().unwrap().to_owned()).collect();
        (ran.code, line, codes.join(" "))
    };
    let ask = |input: &str| ask_of("NATO", input);
    for (input, code, banner, portion, stands, codes) in [
        (r#"{"portions":["(NU)","(NR)"]}"#, 0, "NATO RESTRICTED", "NR", "", ""),
        (r#"{"portions":["NS","(NC)"]}"#, 0, "NATO SECRET", "NS", "", ""),
        (r#"{"portions":["(CTS)"]}"#, 0, "COSMIC TOP SECRET", "CTS", "", ""),
        // The SECRET portion was taken out: the banner may stay, or become what is left.
        (
            r#"{"banner":"NATO SECRET","portions":["(NU)","(NR)"]}"#,
            0,
            "NATO RESTRICTED",
            "NR",
            "stricter",
            "",
        ),
        (r#"{"banner":"NATO RESTRICTED","portions":["(NR)"]}"#, 0, "NATO RESTRICTED", "NR", "exact", ""),
        (r#"{"banner":"NATO RESTRICTED","portions":["(NS)"]}"#, 1, "NATO SECRET", "NS", "looser", "LG-M066"),
        (r#"{"portions":["(NR)","(XR)"]}"#, 1, "", "", "", "LG-M002"),
        (r#"{"banner":"NATO RESTRCTED","portions":["(NR)"]}"#, 1, "", "", "", "LG-M002"),
        (r#"{"portions":[]}"#, 1, "", "", "", "LG-M001"),
        (r#"{"portions":["(NR)"],"more":[]}"#, 1, "", "", "", "LG-M002"),
        (r#"{"portions":["(NR)"],"portions":["(NU)"]}"#, 1, "", "", "", "LG-M002"),
        (r#"{"portions":[{"classification":"S"}]}"#, 1, "", "", "", "LG-M002"),
    ] {
        let (ran, line, found) = ask(input);
        let text = |key: &str| line[key].as_str().unwrap_or("").to_owned();
        assert_eq!(
            (ran, text("banner").as_str(), text("portion").as_str(), text("stands").as_str(), found.as_str()),
            (code, banner, portion, stands, codes),
            "{input}: {line}"
        );
    }
    let (_, line, _) = ask(r#"{"portions":["(NR)","(NQ)"]}"#);
    assert_eq!(line["reasons"][0]["portion"], 1);
    assert!(!line.to_string().contains("NQ"), "no message holds what was read: {line}");
    // Readers: what the portions have in common; nobody, where they have none.
    for (input, code, banner, stands, codes) in [
        (r#"{"portions":["(MR AUT, HRV)","(MR HRV, HUN)"]}"#, 0, "MISSION RESTRICTED HRV", "", ""),
        (r#"{"portions":["(MR AUT)","(MR HRV)"]}"#, 1, "", "", "LG-A014"),
        // A banner for AUT and HRV does not cover a portion for HRV alone, though its level does.
        (
            r#"{"banner":"MISSION SECRET AUT, HRV","portions":["(MR HRV)"]}"#,
            1,
            "MISSION RESTRICTED HRV",
            "looser",
            "LG-M066",
        ),
    ] {
        let (ran, line, found) = ask_of("MISSION", input);
        let text = |key: &str| line[key].as_str().unwrap_or("").to_owned();
        assert_eq!(
            (ran, text("banner").as_str(), text("stands").as_str(), found.as_str()),
            (code, banner, stands, codes),
            "{input}: {line}"
        );
    }
}

/// A whole text, by the words of a policy or by the register of the United States.
#[test]
fn the_markings_of_a_text_are_checked() {
    let nato = format!("{}/../../rules/policies/NATO", env!("CARGO_MANIFEST_DIR"));
    let check = |policy: &str, text: &str| {
        let ran = feed(&["marking", "check", "--json", "--policy", policy, "-"], text.as_bytes());
        let line = ran.line();
        let reasons = line["reasons"].as_array().unwrap().iter();
        let codes: Vec<String> = reasons.map(|why| why["code"].as_str().unwrap().to_owned()).collect();
        (ran.code, line, codes.join(" "))
    };
    for (policy, text, banner, portion) in [
        (nato.as_str(), "NATO SECRET\n(NR) The road.\n", "NATO SECRET", "NR"),
        ("us:capco-2016", "SECRET//NOFORN\n(S//NF) The road.\n", "SECRET//NOFORN", "(S//NF)"),
    ] {
        let (code, line, codes) = check(policy, text);
        assert_eq!((code, codes.as_str(), &line["strictest"]), (0, "", &banner.into()), "{line}");
        let marks = line["marks"].as_array().unwrap();
        assert_eq!((&marks[0]["form"], &marks[0]["marking"]), (&"banner".into(), &banner.into()));
        assert_eq!((&marks[1]["form"], &marks[1]["marking"]), (&"portion".into(), &portion.into()));
        assert_eq!(marks[0]["at"], serde_json::json!([0, banner.len()]));
        let words = feed(&["marking", "check", "--policy", policy, "-"], text.as_bytes());
        assert!(words.out.contains("portions   1") && words.out.contains(banner), "{words:?}");
    }
    let (code, line, codes) = check(&nato, "NATO RESTRICTED\n(NS) CANARY-7F3A\n(NR CANARY-7F3A) x\n");
    assert_eq!((code, codes.as_str()), (1, "LG-M002 LG-M066"), "{line}");
    assert_eq!(line["reasons"][1]["at"], serde_json::json!([17, 19]));
    assert!(!line.to_string().contains("CANARY"), "{line}");
    assert_eq!(check(&nato, "nothing").2, "LG-M001");
    assert_eq!(check("us:capco-2016", "CONFIDENTIAL\n(S) x\n").0, 1);
}

#[test]
fn bad_usage_is_two_and_suggests() {
    for policy in ["us:capco-2061", "us:"] {
        let ran = run(&["marking", "parse", "--policy", policy, "SECRET"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{policy}");
        assert!(ran.err.contains("us:capco-2016"), "{}", ran.err);
    }
    let help = run(&["marking", "rollup", "--help"]);
    assert!(help.out.contains("us:ism-2022") && help.out.matches("lockgate marking rollup").count() >= 2);
}

/// Which rules hold of a document is a question of its day.
#[test]
fn the_edition_is_that_of_the_documents_day() {
    let parse = |policy: &str, text: &str| run(&["marking", "parse", "--json", "--policy", policy, text]);
    let old = "TOP SECRET//KDK//NOFORN";
    assert_eq!(parse("us:ism@2015-06-01", old).code, 0);
    assert_eq!(parse("us:ism@2022-11-30", old).code, 0);
    assert_eq!(parse("us:ism@2022-12-01", old).code, 1);
    assert_eq!(parse("us:capco@2020-01-01", "SECRET//REL TO USA, GBR, AUS").code, 1);
    for (policy, word) in [
        ("us:ism@2013-12-31", "no edition"),
        ("us:who@2020-01-01", "dod, ism"),
        ("us:ism@2022-02-30", "us:ism@"),
    ] {
        let ran = parse(policy, "SECRET");
        assert!(ran.code == 2 && ran.err.contains(word), "{policy}: {ran:?}");
    }
}

/// ISM-ID-00031: what says REL and not to whom is no marking that can be written.
#[test]
fn attributes_that_cannot_be_written_say_why() {
    for controls in ["REL", "EYES"] {
        let attributes = format!(
            "{{\"classification\":\"S\",\"ownerProducer\":\"USA\",\"disseminationControls\":\"{controls}\"}}"
        );
        let ran = marking("render", "us:ism-2022", &attributes);
        assert_eq!((ran.code, &ran.line()["reasons"][0]["code"]), (1, &"U015".into()), "{ran:?}");
    }
}
