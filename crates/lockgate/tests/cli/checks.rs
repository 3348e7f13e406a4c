//! `check`: fixtures, what is missing, evidence.

use crate::common::{NOW, Project, Ran, codes, fixture, path, run};
use serde_json::Value;

fn check(project: &Project, more: &[&str]) -> Ran {
    run(&[&["check", "--rules", &project.text("rules")], more].concat())
}

/// The line of one fixture.
fn of<'l>(lines: &'l [Value], name: &str) -> &'l Value {
    lines.iter().find(|line| line["fixture"] == name).unwrap_or_else(|| panic!("{name} was not judged"))
}

#[test]
fn everything_that_is_shipped_holds() {
    let ran = run(&["check", "--rules", &path("rules")]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    let lines = run(&["check", "--rules", &path("rules"), "--json", "cot-event"]).lines();
    let end = lines.last().unwrap();
    assert_eq!((&end["kind"], &end["good"], &end["failed"]), (&"end".into(), &true.into(), &0.into()));
    assert!(end["fixtures"].as_u64().unwrap() >= 12);
    let verdicts: Vec<&str> = lines.iter().filter_map(|line| line["verdict"].as_str()).collect();
    for verdict in ["release", "hold", "refuse"] {
        assert!(verdicts.contains(&verdict));
    }
}

#[test]
fn what_ends_within_thirty_days_is_a_warning_and_fails_nothing() {
    let warnings = |now: &str| {
        let ran = run(&["check", "--rules", &path("rules"), "--json", "--now", now]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let says = ran.lines().into_iter().filter(|line| line["kind"] == "warning");
        says.map(|line| line["says"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // The agreement ends with 2035: 30 whole days are left at the first of December, one less a moment later.
    assert_eq!(warnings("2035-12-02T00:00:00Z"), Vec::<String>::new());
    let soon = warnings("2035-12-02T00:00:01Z");
    assert!(soon.iter().any(|says| says.contains("agreement rsocc ends at 2036-01-01")), "{soon:?}");
    let over = warnings("2036-01-01T00:00:00Z");
    assert!(over.iter().any(|says| says.contains("agreement rsocc ended at 2036-01-01")), "{over:?}");
}

#[test]
fn the_verdict_all_reasons_and_the_released_bytes_are_compared() {
    let folder = "fixtures/cot-event";
    let table: &[(&str, &str, &str, &str, &str)] = &[
        ("refuse-expired", "expect.kdl", "expect refuse", "expect hold", "the verdict is refuse"),
        (
            "refuse-expired",
            "expect.kdl",
            "    reason \"LG-A017\" field=\"event.stale\"\n",
            "",
            "not expected",
        ),
        (
            "refuse-expired",
            "expect.kdl",
            "    near",
            "    reason \"LG-M001\"\n    near",
            "expected and not given",
        ),
        ("refuse-expired", "expect.kdl", "field=\"event.stale\"", "field=\"event.start\"", "not expected"),
        ("refuse-stale-before-start", "expect.kdl", "cot.window", "cot.speed", "not expected"),
        ("refuse-expired", "expect.kdl", "change=\"event.stale\"", "change=\"event.start\"", "elsewhere"),
        ("refuse-expired", "expect.kdl", "near \"release-ground", "near \"release-gruond", "did you mean"),
        ("refuse-expired", "expect.kdl", "lane \"cot-down\"", "lane \"cot-dow\"", "did you mean"),
        ("refuse-expired", "expect.kdl", "set \"event.stale\"", "set \"event.stael\"", "no field"),
        ("refuse-expired", "expect.kdl", "now ", "nwo ", "N02"),
        ("release-device-left-out", "output.xml", "KRIM", "KRIN", "released bytes"),
        ("release-device-left-out", "expect.kdl", "file=\"output.xml\"", "verbatim", "released bytes"),
        (
            "release-device-left-out",
            "expect.kdl",
            "    released file=\"output.xml\"\n",
            "",
            "say in which bytes",
        ),
        ("release-ground-track", "input.xml", "46.0511", "46.05110", "released bytes"),
        ("refuse-document-type", "input.xml", "46.0511", "46.0512", "differ"),
    ];
    // Each in a copy of its own: what stands in one says nothing about another, and the rules are read once for all.
    let project = Project::new();
    for (number, (name, file, old, new, _)) in table.iter().enumerate() {
        let own = format!("{folder}/{name}-{number}");
        project.copy(&format!("{folder}/{name}"), &own);
        project.change(&format!("{own}/{file}"), old, new);
    }
    let ran = check(&project, &["--json", "cot-event"]);
    assert_eq!(ran.code, 1);
    let lines = ran.lines();
    for (number, (name, _, _, _, hint)) in table.iter().enumerate() {
        let line = of(&lines, &format!("{name}-{number}"));
        let says: Vec<&str> = line["says"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(line["good"] == false && says.join("\n").contains(hint), "{name}: {hint}: {says:?}");
    }
    let bad = lines.iter().filter(|line| !line["fixture"].is_null() && line["good"] == false).count();
    assert_eq!(bad, table.len(), "and no other");
    let alone = Project::new();
    alone.change("fixtures/cot-event/refuse-expired/expect.kdl", "expect refuse", "expect hold");
    assert_eq!(check(&alone, &["--json", "cot-event"]).code, 1, "one is enough");
}

#[test]
fn a_fixture_needs_its_note_and_its_place() {
    let project = Project::new();
    std::fs::remove_file(project.path("fixtures/cot-event/refuse-expired/NOTE.md")).unwrap();
    project.write("fixtures/cot-event/stray.txt", "");
    project.write("fixtures/other/release-x/NOTE.md", "x");
    let ran = check(&project, &[]);
    assert_eq!(ran.code, 1);
    for part in ["NOTE.md is missing", "stray.txt", "no such type"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}

#[test]
fn without_fixtures_nothing_holds() {
    let project = Project::new();
    std::fs::remove_dir_all(project.path("fixtures")).unwrap();
    let ran = check(&project, &[]);
    assert_eq!(ran.code, 1);
    for part in ["cot-down", "cot-up", "no fixture is released", "near misses"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}

#[test]
fn a_fixture_that_costs_more_than_its_type_allows_is_told() {
    let project = Project::new();
    let allowed = |ran: &Ran| {
        let lines = ran.lines();
        let line =
            lines.iter().find(|line| line["kind"] == "type" && line["type"] == "cot-event@2.0").unwrap();
        (
            line["steps"].as_u64().unwrap(),
            line["steps_allowed"].as_u64().unwrap(),
            line["missing"].to_string(),
        )
    };
    let (steps, most, missing) = allowed(&check(&project, &["--json", "cot-event"]));
    // Four a byte of the size limit, unless the type says otherwise.
    assert_eq!((most, missing.as_str()), (4 * 65_536, "[]"));
    for (most, is_told) in [(steps, false), (steps - 1, true)] {
        let project = Project::new();
        let limits = format!("attributes=40 steps={most}");
        project.change("rules/types/cot-event/type.kdl", "attributes=40", &limits);
        let ran = check(&project, &["--json", "cot-event"]);
        let (_, allowed, missing) = allowed(&ran);
        let says = format!("is read in {steps} steps, and the type allows {most}");
        assert_eq!((allowed, missing.contains(&says)), (most, is_told), "{missing}");
        assert!(ran.code == 1 || !is_told, "{}", ran.out);
    }
}

#[test]
fn rules_that_do_not_compile_are_a_negative_check_that_says_where() {
    let project = Project::new();
    project.change("rules/lanes/cot-down.kdl", "direction down", "direction dwon");
    let ran = check(&project, &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("N031") && ran.err.contains("cot-down.kdl:"), "{}", ran.err);
    let lines = check(&project, &["--json"]).lines();
    assert_eq!((&lines[0]["kind"], &lines[0]["code"]), (&"diagnostic".into(), &"N031".into()));
    assert!(lines[0]["line"].as_u64().unwrap() > 1);
    assert_eq!(lines.last().unwrap()["good"], false);
}

#[test]
fn evidence_is_of_the_present_bytes_or_of_none() {
    let project = Project::new();
    let evidence = project.path("rules/types/cot-event/evidence.kdl");
    let recorded = std::fs::read_to_string(&evidence).unwrap();
    assert_eq!(check(&project, &["--record-evidence"]).code, 0);
    let but_steps = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("    steps ")).map(str::to_owned).collect()
    };
    let again = std::fs::read_to_string(&evidence).unwrap();
    assert_eq!(but_steps(&again), but_steps(&recorded), "the shipped evidence is that of now");
    project.change("rules/types/cot-event/type.kdl", "limits size=\"64KiB\"", "limits size=\"63KiB\"");
    let stale = check(&project, &[]);
    assert!(stale.code == 1 && stale.out.contains("--record-evidence"), "{}", stale.out);
    let build = run(&["bundle", "build", &project.text("rules"), "-o", &project.text("x")]);
    assert!(build.code == 2 && build.err.contains("B015"), "{build:?}");
    let lane = project.text("rules/lanes/cot-down.kdl");
    let shadow =
        run(&["inspect", "--json", "--now", NOW, "--lane", &lane, &fixture("release-ground-track")]).line();
    assert_eq!((&shadow["verdict"], codes(&shadow)), (&"hold".into(), vec!["LG-H001".to_owned()]));
    assert_eq!(check(&project, &["--record-evidence"]).code, 0);
    assert_eq!(run(&["bundle", "build", &project.text("rules"), "-o", &project.text("x")]).code, 0);
    let by = "    steps most=";
    project.change(
        "rules/types/cot-event/evidence.kdl",
        by,
        &format!("    confirmed by=\"A\" on=\"2026-03-01\"\n{by}"),
    );
    assert_eq!(check(&project, &["--record-evidence"]).code, 0);
    let kept = std::fs::read_to_string(&evidence).unwrap();
    assert!(kept.contains("confirmed by=\"A\""), "what people confirmed stays: {kept}");
    // Of other bytes nobody has confirmed anything: neither of the type's nor of a fixture's.
    project.change("rules/types/cot-event/type.kdl", "limits size=\"63KiB\"", "limits size=\"62KiB\"");
    assert_eq!(check(&project, &["--record-evidence"]).code, 0);
    let other = std::fs::read_to_string(&evidence).unwrap();
    assert!(!other.contains("confirmed"), "{other}");
    project.change("rules/types/cot-event/type.kdl", "limits size=\"62KiB\"", "limits size=\"63KiB\"");
    std::fs::write(&evidence, &kept).unwrap();
    project.change("fixtures/cot-event/refuse-expired/expect.kdl", "expect refuse", "expect hold");
    assert_eq!(check(&project, &["--record-evidence"]).code, 1);
    assert_eq!(
        std::fs::read_to_string(&evidence).unwrap(),
        kept,
        "nothing is recorded of what is not as expected"
    );
}

/// A new type compiles and has a first fixture; once a lane carries it as the command says, that is as expected.
#[test]
fn a_new_type_begins_with_a_fixture_that_holds() {
    let encodings =
        [("xml", "input.xml"), ("json", "input.json"), ("binary", "input.bin"), ("text", "input.txt")];
    for (encoding, input) in encodings {
        let project = Project::new();
        let ran = check(&project, &["--new", "buoy-report", "--encoding", encoding]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        for file in ["type.kdl", "rules.kdl"] {
            let made = format!("rules/types/buoy-report/{file}");
            assert!(
                project.path(&made).is_file() && ran.out.contains(&format!("buoy-report/{file}")),
                "{}",
                ran.out
            );
            let laid_out = run(&["fmt", "--check", &project.text(&made)]);
            assert_eq!(laid_out.code, 0, "{made}: {}", laid_out.out);
        }
        assert!(project.path(&format!("fixtures/buoy-report/hold-unlabelled/{input}")).is_file());
        for tier in ["tier 3: ", "tier 2: ", "tier 1: "] {
            assert!(ran.out.contains(tier), "{}", ran.out);
        }
        assert!(
            ran.out.lines().all(|line| line.chars().count() <= 80 || line.starts_with("created ")),
            "{}",
            ran.out
        );
        // No lane carries it yet, and `check` says so.
        assert_eq!(check(&project, &["buoy-report"]).code, 1);
        let lane = "rules/lanes/cot-down.kdl";
        assert!(ran.out.contains(lane), "{}", ran.out);
        project.change(lane, "types \"cot-event\"", "types \"cot-event\" \"buoy-report\"");
        project.change(
            lane,
            "    rule \"cot-down.level\"",
            "    type \"buoy-report\" version=\"1\" {\n        marking \"cot-mission\"\n        validity max=\"20m\" skew=\"5s\"\n    }\n    rule \"cot-down.level\"",
        );
        let lines = check(&project, &["--json", "buoy-report"]).lines();
        let first = of(&lines, "hold-unlabelled");
        assert_eq!(
            (&first["good"], &first["verdict"]),
            (&true.into(), &"hold".into()),
            "{encoding}: {first}"
        );
    }
}

#[test]
fn a_new_type_never_writes_over_anything() {
    let project = Project::new();
    let before = std::fs::read(project.path("rules/types/cot-event/type.kdl")).unwrap();
    for (name, says) in [
        ("cot-event", "it is there already"),
        ("Buoy", "is no name of a type"),
        ("../buoy", "is no name of a type"),
        ("", "is no name of a type"),
    ] {
        let ran = check(&project, &["--new", name]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {}", ran.err);
        assert!(ran.err.contains(says), "{name}: {}", ran.err);
    }
    assert_eq!(std::fs::read(project.path("rules/types/cot-event/type.kdl")).unwrap(), before);
    // Fixtures of that name are enough, and then no type is written either.
    project.write("fixtures/buoy/refuse-x/NOTE.md", "somebody's");
    assert_eq!(check(&project, &["--new", "buoy"]).code, 2);
    assert!(!project.path("rules/types/buoy").exists());
    // Rules that do not compile with it: nothing is written.
    project.change("rules/bundle.kdl", "revision=1", "revision=\"one\"");
    assert_eq!(check(&project, &["--new", "buoy-report"]).code, 2);
    assert!(
        !project.path("rules/types/buoy-report").exists() && !project.path("fixtures/buoy-report").exists()
    );
}

#[test]
fn a_new_type_is_one_object_a_line_for_programs() {
    let project = Project::new();
    let lines = check(&project, &["--json", "--new", "buoy-report"]).lines();
    let kinds = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert_eq!((kinds("created"), kinds("end")), (5, 1));
    let tiers: Vec<u64> = lines.iter().filter_map(|line| line["tier"].as_u64()).collect();
    assert!(tiers.contains(&3) && tiers.contains(&2) && tiers.contains(&1), "{tiers:?}");
}
