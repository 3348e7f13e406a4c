//! Help, completions, manual pages, names, exit codes of bad usage.

use crate::common::{NOW, feed, fixture, lane, path, run};
use serde_json::Value;
use std::process::{Command, Stdio};

/// Every command, as its words.
const COMMANDS: &[&[&str]] = &[
    &[],
    &["demo"],
    &["inspect"],
    &["explain"],
    &["check"],
    &["fmt"],
    &["audit"],
    &["audit", "verify"],
    &["audit", "show"],
    &["audit", "export"],
    &["bundle"],
    &["bundle", "build"],
    &["bundle", "sign"],
    &["bundle", "delegate"],
    &["bundle", "verify"],
    &["bundle", "show"],
    &["spif"],
    &["spif", "check"],
    &["spif", "compare"],
    &["label"],
    &["label", "check"],
    &["marking"],
    &["marking", "parse"],
    &["marking", "render"],
    &["marking", "rollup"],
    &["marking", "check"],
    &["words"],
    &["words", "check"],
    &["hold"],
    &["hold", "list"],
    &["hold", "show"],
    &["review"],
    &["review", "list"],
    &["review", "show"],
    &["review", "claim"],
    &["review", "approve"],
    &["review", "reject"],
    &["review", "return"],
    &["run"],
    #[cfg(target_os = "linux")]
    &["receive"],
    #[cfg(target_os = "linux")]
    &["report"],
    &["reload"],
    &["status"],
    &["top"],
    &["plan"],
    #[cfg(target_os = "linux")]
    &["relay"],
    &["replay"],
    &["completions"],
    &["man"],
];

#[test]
fn every_help_ends_with_two_examples() {
    for command in COMMANDS {
        let mut args = command.to_vec();
        args.push("--help");
        let ran = run(&args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command:?}");
        let (_, examples) =
            ran.out.rsplit_once("\nExamples:\n").unwrap_or_else(|| panic!("{command:?}: {}", ran.out));
        let examples: Vec<&str> = examples.trim_end().lines().collect();
        assert_eq!(examples.len(), 2, "{command:?}: {examples:?}");
        let begin = format!("  lockgate {}", command.join(" "));
        assert!(
            examples.iter().all(|example| example.starts_with(begin.trim_end())),
            "{command:?}: {examples:?}"
        );
    }
}

#[test]
fn every_command_that_is_declared_is_in_the_list() {
    let help = run(&["--help"]).out;
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let listed = commands.lines().take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    for name in names.filter(|name| !["", "help"].contains(name)) {
        assert!(COMMANDS.contains(&&[name][..]), "{name} is not tested");
    }
}

#[test]
fn bad_usage_is_told_on_standard_error_with_a_suggestion() {
    let (lane, track) = (lane(), fixture("release-ground-track"));
    let near_lane = path("rules/lanes/cot-dwn.kdl");
    let wrong: &[(&[&str], &str)] = &[
        (&["inspec"], "inspect"),
        (&["inspect", "--lan", "x", "y"], "--lane"),
        (&["inspect", "x"], "--lane"),
        (&["inspect", "--lane", &lane], "PATH"),
        (&["inspect", "--lane", &near_lane, &track], "did you mean"),
        (&["inspect", "--lane", &lane, "--source", "sensor-ned", &track], "sensor-net"),
        (&["inspect", "--lane", &lane, "--now", "yesterday", &track], "2026-03-01T10:05:00Z"),
        (&["inspect", "--lane", &lane, "--now", "2026-03-01T10:05:00", &track], "--now"),
        (&["explain", "LG-A0O5"], "LG-A005"),
        (&["explain", "nothing-like-a-code"], "docs/REASONS.md"),
        (&["explain", &track], "--lane"),
        (&["check", "--rules", &path("rules"), "cot-evnt"], "cot-event"),
        (&["check", "--rules", "/"], "bundle.kdl"),
        (&["replay"], "--config"),
        (&["replay", "--log", "/nowhere"], "--bundle"),
        (&["replay", "--log", "/nowhere", "--bundle", "x", "LG-A001"], "64 hexadecimal digits"),
        (&["replay", "--log", "/nowhere", "--bundle", "x", "--since", "now"], "2026-03-01T10:05:00Z"),
        (&["replay", "--log", "/nowhere", "--bundle", "x"], "/nowhere"),
        (&["completions", "fisch"], "fish"),
        (&["man", "/nowhere/at/all"], "no such folder"),
        (&["bundle", "show", &track], "bundle"),
        (&["bundle", "build"], "--output"),
        (&["bundle", "sign", &track], "--key"),
        (&["bundle", "verify", &track], "--trust"),
        (&["check", "--config", "/nowhere/gate.kdl"], "/nowhere/gate.kdl"),
        (&["check", "cot-event", "--config", "gate.kdl"], "cannot be used"),
        (&["check", "--now", "yesterday"], "2026-03-01T10:05:00Z"),
        (&["fmt"], "PATH"),
    ];
    for (args, hint) in wrong {
        let ran = run(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert_eq!(ran.out, "", "{args:?}");
        assert!(ran.err.contains(hint), "{args:?}: {}", ran.err);
    }
}

#[test]
fn reason_codes_are_explained() {
    let text = run(&["explain", "lg-a005"]);
    assert_eq!(text.code, 0);
    for part in ["LG-A005", "cause", "example", "for       the author", "remedy", "renewed"] {
        assert!(text.out.contains(part), "{}", text.out);
    }
    let line = run(&["explain", "LG-A005", "--json"]).line();
    let keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, sorted(&["code", "family", "outcome", "says", "cause", "example", "for", "remedy"]));
    assert_eq!(
        (&line["for"], &run(&["explain", "T013", "--json"]).line()["for"]),
        (&"author".into(), &Value::Null)
    );
    let word = run(&["explain", "LG-W001"]).out;
    assert!(
        word.contains(
            "people, where it holds and the lane lets them answer it; otherwise\n            the originator\n"
        ),
        "{word}"
    );
    for code in ["N009", "T013", "E020", "B015", "P011", "S009", "D015"] {
        assert_eq!(run(&["explain", code]).code, 0, "{code}");
    }
}

fn sorted<'k>(keys: &[&'k str]) -> Vec<&'k str> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys
}

#[test]
fn manual_pages_and_completions_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(&["man", folder.path().to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, COMMANDS.len()));
    for command in COMMANDS {
        let name = [&["lockgate"], *command].concat().join("-");
        let page = std::fs::read_to_string(folder.path().join(format!("{name}.1"))).unwrap();
        assert!(page.contains(".TH") && page.contains("Examples"), "{name}: {page}");
    }
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = run(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("inspect") && ran.out.contains("spif"), "{shell}");
        let line = run(&["completions", shell, "--json"]).line();
        assert_eq!((line["shell"].as_str(), line["script"].as_str()), (Some(shell), Some(ran.out.as_str())));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let track = std::fs::read(fixture("release-ground-track")).unwrap();
    let many = track.repeat(2000);
    let mut child = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["inspect", "--json", "--now", NOW, "--lane", &lane(), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), &many);
    let done = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "", "nobody is told");
    assert_eq!(done.status.code(), Some(2), "what was not delivered is not reported as released");
}

#[test]
fn the_demonstration_works_from_any_folder() {
    let elsewhere = tempfile::tempdir().unwrap();
    let demo = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_lockgate"))
            .args(args)
            .current_dir(elsewhere.path())
            .output()
            .unwrap()
    };
    let once = demo(&["demo", "--once"]);
    let text = String::from_utf8(once.stdout).unwrap();
    assert_eq!(once.status.code(), Some(0), "{text}");
    // Where there is no jail, nothing was built anew that people could approve.
    let all = if text.contains("held unopened") { "17 of 17" } else { "18 of 18" };
    for word in ["release ", "release*", "hold", "refuse", "cot-down", "cot-up", all, "`lockgate demo`"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let again = demo(&["demo", "--once"]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), text, "the same every time");
    let json = demo(&["demo", "--once", "--json"]);
    let lines = String::from_utf8(json.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    crate::contract::hold("`demo --once`", &lines);
    for line in &lines {
        assert_eq!((&line["good"], &line["verdict"]), (&serde_json::Value::Bool(true), &line["expected"]));
        assert_eq!(line["account"]["verdict"], line["verdict"]);
    }
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0, "it leaves nothing behind");
}

#[test]
fn help_is_no_error_and_no_command_is() {
    assert_eq!(run(&["help"]).code, 0);
    assert_eq!(run(&["--version"]).code, 0);
    assert_eq!(feed(&[], b"").code, 2);
}
