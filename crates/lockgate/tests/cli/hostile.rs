//! Bad input: every kind of it gets a code and a message, and none of it is released.

use crate::common::{NOW, Project, codes, inspect, inspect_each, lane, path, run, track};

/// The codes of one object, none of which is released.
fn refused(input: &[u8]) -> Vec<String> {
    let ran = inspect(input);
    assert_eq!(ran.code, 1, "{ran:?}");
    of_none_released(&ran.lines())
}

fn of_none_released(lines: &[serde_json::Value]) -> Vec<String> {
    for line in lines {
        assert_ne!(line["verdict"], "release", "{line}");
        assert!(line["released_sha256"].is_null());
    }
    lines.iter().flat_map(codes).collect()
}

fn text() -> String {
    String::from_utf8(track()).unwrap()
}

#[test]
fn broken_objects_are_refused_with_their_code() {
    let event = text();
    let deep = format!("<a>{}</a>", "<b>".repeat(40) + &"</b>".repeat(40));
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}=\"\"")).collect();
    let long = "A".repeat(60_000);
    let table: &[(&str, String, &str)] = &[
        ("cut off", event.replace("</event>", "</eve"), "LG-S001"),
        ("cut off in a tag", event.chars().take(60).collect(), "LG-S001"),
        ("over-deep", event.replace("</detail>", &format!("{deep}</detail>")), "LG-S016"),
        ("a long attribute", event.replace("KRIM 1", &long), "LG-S011"),
        ("a million attributes", event.replace("<event ", &format!("<event{attributes} ")), "LG-F002"),
        ("oversized", event.replace("KRIM 1", &"A".repeat(70_000)), "LG-F002"),
        ("a document type", format!("<!DOCTYPE event>{event}"), "LG-S002"),
        ("a comment", event.replace("<point", "<!-- x --><point"), "LG-S002"),
        ("a processing instruction", event.replace("<point", "<?x y?><point"), "LG-S002"),
        ("CDATA", event.replace("<point", "<![CDATA[x]]><point"), "LG-S002"),
        ("a character reference", event.replace("KRIM", "&#75;RIM"), "LG-S002"),
        ("an entity of its own", event.replace("KRIM", "&krim;"), "LG-S002"),
        ("another encoding", format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{event}"), "LG-S013"),
        ("a byte order mark", format!("\u{feff}{event}"), "LG-S002"),
        ("text between elements", event.replace("<point", "x<point"), "LG-S014"),
        ("a NUL", event.replace("KRIM", "KR\0IM"), "LG-S012"),
        ("a bidirectional mark", event.replace("KRIM", "KR\u{202e}IM"), "LG-S012"),
        ("a zero-width space", event.replace("KRIM", "KR\u{200b}IM"), "LG-S012"),
        ("an attribute twice", event.replace("how=\"m-g\"", "how=\"m-g\" how=\"m-g\""), "LG-S005"),
        ("an unknown attribute", event.replace("how=\"m-g\"", "how=\"m-g\" colour=\"red\""), "LG-S004"),
        ("a missing attribute", event.replace(" how=\"m-g\"", ""), "LG-S006"),
        ("not a number", event.replace("46.0511", "NaN"), "LG-S009"),
        ("beyond the pole", event.replace("46.0511", "90.0001"), "LG-S010"),
        ("an unknown kind", event.replace("a-f-G-U-C", "a-z-G"), "LG-S009"),
        ("a foreign namespace", event.replace("<detail>", "<detail xmlns:x=\"urn:x\">"), "LG-S018"),
    ];
    let objects: Vec<&[u8]> = table.iter().map(|(_, object, _)| object.as_bytes()).collect();
    for ((what, _, code), lines) in table.iter().zip(inspect_each(&objects)) {
        let found = of_none_released(&lines);
        assert!(found.iter().any(|found| found == code), "{what}: {found:?}");
    }
}

#[test]
fn billion_laughs_are_not_heard() {
    let mut laughs = String::from("<!DOCTYPE event [<!ENTITY a \"ha\">");
    for (letter, before) in ('b'..='j').zip('a'..='i') {
        laughs.push_str(&format!("<!ENTITY {letter} \"{}\">", format!("&{before};").repeat(10)));
    }
    laughs.push_str("]>");
    assert_eq!(refused(format!("{laughs}{}", text().replace("KRIM", "&j;")).as_bytes()), ["LG-S002"]);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let mut latin = track();
    let at = latin.windows(4).position(|part| part == b"KRIM").unwrap();
    latin[at] = 0xE9;
    assert_eq!(refused(&latin), ["LG-S013"]);
    let wide: Vec<u8> = text().encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(refused(&wide).last().map(String::as_str), Some("LG-D014"), "of no type: people decide");
    assert_eq!(refused(&[0; 4096]).last().map(String::as_str), Some("LG-D014"));
}

#[test]
fn an_empty_object_is_refused() {
    assert_eq!(refused(b""), ["LG-F001"]);
    assert_eq!(refused(b" \n\t"), ["LG-F001"]);
}

#[test]
fn two_roots_are_two_objects_or_none() {
    // Framed by its end tag, a second event is an object of its own, judged on its own.
    let two = format!("{}{}", text(), text().replace("MISSION RESTRICTED", ""));
    let lines = inspect(two.as_bytes()).lines();
    assert_eq!((lines.len(), &lines[0]["verdict"]), (2, &"release".into()));
    assert_ne!(lines[1]["verdict"], "release");
    // Anything else behind the root never crosses with it.
    let tail = format!("{}<x/>", text());
    let lines = inspect(tail.as_bytes()).lines();
    assert_eq!(lines.len(), 2);
    assert_ne!(lines[1]["verdict"], "release");
    let nested = text().replace("</detail>", &format!("{}</detail>", text()));
    assert!(refused(nested.as_bytes()).len() > 1);
}

#[test]
fn files_that_cannot_be_read_are_a_fault_and_cross_nowhere() {
    let project = Project::new();
    for odd in ["/no/such/file", "/dev/null", "/dev/zero"] {
        let ran = run(&["inspect", "--json", "--now", NOW, "--lane", &lane(), odd]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{odd}");
        assert!(ran.err.contains("LG-F004"), "{odd}: {}", ran.err);
    }
    std::fs::create_dir(project.path("empty")).unwrap();
    let none = run(&["inspect", "--json", "--now", NOW, "--lane", &lane(), &project.text("empty")]);
    assert_eq!((none.code, none.out.as_str()), (1, ""));
}

#[test]
fn a_file_name_moves_no_cursor() {
    let project = Project::new();
    project.write("t/a\u{1b}[2J\u{202e}.cot", track());
    for args in [&["inspect", "--now", NOW][..], &["inspect", "--now", NOW, "--bundle", "/no/such/\u{1b}"]] {
        let ran = run(&[args, &["--lane", &lane(), &project.text("t")]].concat());
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{ran:?}");
        assert!(!ran.out.contains('\u{202e}'));
    }
}

/// Rule 47 of the reference on markings.
#[test]
fn payload_appears_in_no_message() {
    let canary = "CANARY-7F3A";
    let project = Project::new();
    let (lane, folder) = (lane(), project.text("in"));
    for (number, object) in [
        text().replace("46.0511", canary),
        text().replace("m-g", canary),
        text().replace("MISSION RESTRICTED", canary),
        text().replace("<point", &format!("{canary}<point")),
        text().replace("</detail>", &format!("<{canary}/></detail>")),
        text().replace("releasableTo=\"", &format!("releasableTo=\"{canary},")),
    ]
    .into_iter()
    .enumerate()
    {
        project.write(&format!("in/{number}"), &object);
        let ran = crate::common::feed(&["explain", "--now", NOW, "--lane", &lane, "-"], object.as_bytes());
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(!ran.out.contains(canary) && !ran.err.contains(canary), "{ran:?}");
    }
    let of_all = |form: &[&str]| {
        let ran = run(&[form, &["--now", NOW, "--lane", &lane, &folder]].concat());
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(!ran.out.contains(canary) && !ran.err.contains(canary), "{ran:?}");
        ran
    };
    of_all(&["inspect"]);
    let lines = of_all(&["inspect", "--json"]).lines();
    let seen: std::collections::BTreeSet<_> = lines.iter().map(|line| line["path"].to_string()).collect();
    assert_eq!(seen.len(), 6);
    of_none_released(&lines);
}

/// The same rule for what carries a marking of the United States: each attribute, the banner line, portion marks.
#[test]
fn what_markings_of_the_united_states_carry_appears_in_no_message() {
    let canary = "CANARY-7F3A";
    let report = std::fs::read_to_string(path("fixtures/us-report-demo/release-rel-to/input.xml")).unwrap();
    let project = Project::new();
    let places = [
        "ism:classification=\"C\"",
        "ism:ownerProducer=\"USA\"",
        "ism:disseminationControls=\"REL\"",
        "ism:releasableTo=\"USA",
        "ism:compliesWith=\"USGov\"",
        "ism:declassDate=\"2051-03-01",
        "ism:resourceElement=\"true",
        "<banner>CONFIDENTIAL",
        "<text>(C//REL TO USA, AUT",
        "<text>(U",
    ];
    for (number, place) in places.iter().enumerate() {
        assert!(report.contains(place), "{place}");
        project.write(&format!("in/{number}"), report.replacen(place, &format!("{place} {canary}"), 1));
    }
    let (lane, folder) = (path("rules/lanes/us-reports-down.kdl"), project.text("in"));
    for form in [&["inspect"][..], &["inspect", "--json"], &["explain"]] {
        let ran = run(&[form, &["--now", NOW, "--lane", &lane, &folder]].concat());
        assert!(!ran.out.contains(canary) && !ran.err.contains(canary), "{ran:?}");
        if form.contains(&"--json") {
            let lines = ran.lines();
            assert_eq!((ran.code, lines.len()), (1, places.len()));
            of_none_released(&lines);
        }
    }
}
