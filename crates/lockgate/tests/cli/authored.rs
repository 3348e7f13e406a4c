//! `fmt`, `bundle`, and authored files with mistakes: nothing loads, and the message says where.

use crate::common::{NOW, Project, fixture, run};
use std::fs;

#[test]
fn fmt_lays_out_once_and_then_changes_nothing() {
    let project = Project::new();
    let file = "rules/domains/rsocc-net.kdl";
    let canonical = fs::read_to_string(project.path(file)).unwrap();
    project.change(file, "    readers", "  readers");
    let rules = project.text("rules");
    let asked = run(&["fmt", "--check", &rules]);
    assert_eq!(asked.code, 1);
    assert!(asked.out.contains("would change") && asked.out.contains("rsocc-net.kdl"), "{}", asked.out);
    let done = run(&["fmt", &rules]);
    assert_eq!((done.code, done.out.contains("1 changed")), (0, true), "{}", done.out);
    assert_eq!(fs::read_to_string(project.path(file)).unwrap(), canonical);
    assert_eq!(run(&["fmt", "--check", &rules]).code, 0);
    let line = run(&["fmt", "--json", &project.text(file)]).line();
    assert_eq!(line, serde_json::json!({"path": project.text(file), "state": "unchanged"}));
}

#[test]
fn fmt_leaves_a_wrong_file_as_it_is_and_goes_on() {
    let project = Project::new();
    project.write("a/wrong.kdl", "lane \"x\" {\n");
    project.write("a/untidy.kdl", "lane   \"x\"\n");
    project.write("a/other.txt", "lane   \"x\"\n");
    let ran = run(&["fmt", &project.text("a")]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("N006") && ran.err.contains("wrong.kdl"), "{}", ran.err);
    assert_eq!(fs::read_to_string(project.path("a/wrong.kdl")).unwrap(), "lane \"x\" {\n");
    assert_eq!(fs::read_to_string(project.path("a/untidy.kdl")).unwrap(), "lane \"x\"\n");
    assert_eq!(fs::read_to_string(project.path("a/other.txt")).unwrap(), "lane   \"x\"\n");
    assert_eq!(run(&["fmt", "/no/such"]).code, 2);
    let left: Vec<_> = fs::read_dir(project.path("a")).unwrap().collect();
    assert_eq!(left.len(), 3, "nothing half-written stays");
}

#[test]
fn everything_that_is_shipped_is_canonical() {
    let ran = run(&["fmt", "--check", &crate::common::path("rules"), &crate::common::path("fixtures")]);
    assert_eq!(ran.code, 0, "{}", ran.out);
}

/// A delegation is written, signed by the command, pasted, and then lowers what the lane names it for.
#[cfg(unix)]
#[test]
fn a_delegation_is_signed_by_the_line_that_the_command_prints() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    let written = "delegation \"reports\" {\n    regrade policy=\"MISSION\" from=\"CONFIDENTIAL\" to=\"RESTRICTED\"\n    \
                   types \"cot-event\"\n    valid from=\"2026-01-01\" until=\"2026-12-31\"\n    authority \"invented\"\n";
    let file = "rules/delegations/reports.kdl";
    project.write(file, format!("{written}}}\n"));
    let secret = "MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
    project.write("oca.key", format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"));
    fs::set_permissions(project.text("oca.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let (path, key, rules, output) =
        (project.text(file), project.text("oca.key"), project.text("rules"), project.text("x"));
    let unsigned = run(&["bundle", "build", &rules, "-o", &output]);
    assert!(unsigned.code == 2 && unsigned.err.contains("B026"), "{unsigned:?}");
    let signed = run(&["bundle", "delegate", &path, "--key", &key, "--as", "oca"]);
    let line = signed.out.lines().find(|line| line.trim_start().starts_with("signed ")).unwrap();
    project.write(file, format!("{written}{line}\n}}\n"));
    assert_eq!(run(&["fmt", "--check", &path]).code, 0, "the line is in the canonical layout");
    assert_eq!(run(&["bundle", "build", &rules, "-o", &output]).code, 0);
    let shown = run(&["bundle", "show", &output, "--json"]).line();
    assert_eq!(shown["delegations"][0]["signed_by"], "oca");
    let table = run(&["bundle", "show", &output]).out;
    assert!(table.contains("delegation") && table.contains("oca"), "{table}");
    let nobody = run(&["bundle", "delegate", &path, "--key", &key, "--as", "O C A"]);
    assert!(nobody.code == 2 && nobody.err.contains("--as"), "{nobody:?}");
    let missing =
        run(&["bundle", "delegate", &project.text("rules/delegations/x.kdl"), "--key", &key, "--as", "oca"]);
    assert!(missing.code == 2 && missing.err.contains("B002"), "{missing:?}");
}

#[test]
fn a_bundle_is_built_whole_or_not_at_all() {
    let project = Project::new();
    let (rules, output) = (project.text("rules"), project.text("x.bundle"));
    let first = run(&["bundle", "build", &rules, "-o", &output, "--json"]);
    assert_eq!(first.code, 0, "{first:?}");
    let bytes = fs::read(&output).unwrap();
    assert_eq!(run(&["bundle", "build", &rules, "-o", &output]).code, 0);
    assert_eq!(fs::read(&output).unwrap(), bytes, "the same rules are the same bundle");
    project.change("rules/lanes/cot-up.kdl", "direction up", "direction upp");
    let broken = run(&["bundle", "build", &rules, "-o", &output]);
    assert!(
        broken.code == 2 && broken.err.contains("cot-up.kdl") && broken.err.contains("N031"),
        "{broken:?}"
    );
    assert_eq!(fs::read(&output).unwrap(), bytes, "the old one stays whole");
    project.change("rules/lanes/cot-up.kdl", "direction upp", "direction up");
    project.change("rules/lanes/cot-up.kdl", "    undeclared", "    /-undeclared");
}

#[test]
fn a_disabled_part_is_for_editing_only() {
    let project = Project::new();
    project.change("rules/agreements/rsocc.kdl", "    forbids", "    /-forbids");
    let check = run(&["check", "--rules", &project.text("rules")]);
    assert!(check.err.contains("N010"), "{}", check.err);
    let build = run(&["bundle", "build", &project.text("rules"), "-o", &project.text("x")]);
    assert!(build.code == 2 && build.err.contains("B008"), "{build:?}");
    assert!(!project.path("x").exists());
}

#[test]
fn show_says_what_a_bundle_holds() {
    let project = Project::new();
    let output = project.text("x.bundle");
    let built = run(&["bundle", "build", &project.text("rules"), "-o", &output, "--json"]).line();
    let shown = run(&["bundle", "show", &output, "--json"]).line();
    assert_eq!(
        (&shown["bundle"], &shown["revision"], &shown["name"]),
        (&built["bundle"], &1.into(), &"demo".into())
    );
    let lanes = shown["lanes"].as_array().unwrap();
    let lane = lanes.iter().find(|lane| lane["lane"] == "cot-down").unwrap();
    assert_eq!(lane["direction"], "down");
    assert_eq!(shown["agreements"][0]["until"], "2036-01-01T00:00:00Z");
    let text = run(&["bundle", "show", &output]).out;
    for part in ["svn-national", "cot-event@2.0", "MISSION", "rsocc", "types/cot-event/type.kdl"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for (at, what) in [(0, "no magic"), (40, "changed"), (fs::read(&output).unwrap().len() - 1, "no digest")]
    {
        let mut bytes = fs::read(&output).unwrap();
        bytes[at] ^= 1;
        project.write("bad.bundle", &bytes);
        let ran = run(&["bundle", "show", &project.text("bad.bundle")]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{what}");
    }
}

#[test]
fn a_mistake_in_any_file_keeps_the_bundle_from_loading() {
    let table: &[(&str, &str, &str, &str)] = &[
        ("rules/lanes/cot-down.kdl", "domain=\"rsocc-net\"", "domain=\"rsocc-nett\"", "rsocc-net"),
        ("rules/types/cot-event/rules.kdl", "event.stale", "event.stael", "`stale`"),
        ("rules/types/cot-event/type.kdl", "attribute uid text", "attribute uid txt", "text"),
        ("rules/agreements/rsocc.kdl", "\"route\"", "\"rout\"", "route"),
        ("rules/profiles/cot-mission.kdl", "level=\"RESTRICTED\"", "level=\"RESTRICTD\"", "P063"),
        ("rules/domains/rsocc-net.kdl", "readers community", "raeders community", "readers"),
        ("rules/communities/R-SOCC.kdl", "\"AUT\"", "\"AUT\" \"AUT\"", "N027"),
        ("rules/bundle.kdl", "revision=1", "revision=1 revision=2", "N009"),
    ];
    for (file, old, new, hint) in table {
        let project = Project::new();
        project.change(file, old, new);
        let lane = project.text("rules/lanes/cot-down.kdl");
        let ran = run(&["inspect", "--now", NOW, "--lane", &lane, &fixture("release-ground-track")]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{file}");
        let name = file.rsplit('/').next().unwrap();
        assert!(ran.err.contains(name) && ran.err.contains(hint), "{file}: {}", ran.err);
    }
}

#[test]
fn hostile_rule_files_do_no_harm() {
    let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    let nested = format!("{}{}", "a {\n".repeat(100_000), "}\n".repeat(100_000));
    let rule =
        format!("rule \"cot.deep\" {{\n    require \"{deep} == 1\"\n    otherwise refuse says=\"x\"\n}}\n");
    for (what, text) in
        [("a deep expression", rule), ("a deep file", nested), ("not UTF-8", "\u{0}".to_owned())]
    {
        let project = Project::new();
        project.write("rules/types/cot-event/rules.kdl", &text);
        let lane = project.text("rules/lanes/cot-down.kdl");
        let ran = run(&["inspect", "--now", NOW, "--lane", &lane, &fixture("release-ground-track")]);
        assert!(
            ran.code == 2 && ran.err.contains("rules.kdl") && ran.out.is_empty(),
            "{what}: {}",
            ran.err.len()
        );
    }
}
