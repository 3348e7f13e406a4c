//! docs/CONTRACT.md lists the keys of `--json` lines: those that the commands print, and no others.

use crate::common::{NOW, Project, lane, path, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The keys of a chapter, and whether each is always there.
fn listed(chapter: &str) -> BTreeMap<String, bool> {
    let page = std::fs::read_to_string(path("docs/CONTRACT.md")).unwrap();
    let (_, rest) =
        page.split_once(&format!("\n## {chapter}\n")).unwrap_or_else(|| panic!("no chapter {chapter}"));
    let rest = rest.split("\n## ").next().unwrap();
    let mut keys = BTreeMap::new();
    for row in rest.lines().filter(|line| line.starts_with("| `")) {
        let (names, says) = row.trim_start_matches("| ").split_once(" | ").unwrap();
        for name in names.split('`').filter(|name| !name.is_empty() && *name != ", ") {
            let twice = keys.insert(name.to_owned(), !says.starts_with("*sometimes*"));
            assert_eq!(twice, None, "{chapter}: {name} stands twice");
        }
    }
    keys
}

/// The paths of all keys of a value.
fn keys(value: &Value, above: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let here = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
                found.insert(here.clone());
                // What the record says is named by its type, and the account of a sample is a line of `inspect`.
                if !matches!(here.as_str(), "record" | "account") {
                    keys(member, &here, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, &format!("{above}[]"), found)),
        _ => {}
    }
}

/// Every key of the lines is on the page; every key that is always there is in each line, as far as what it stands in is.
#[track_caller]
pub(crate) fn hold(chapter: &str, lines: &[Value]) {
    let page = listed(chapter);
    assert!(!lines.is_empty(), "{chapter}: nothing was printed");
    let mut printed = BTreeSet::new();
    for line in lines {
        let mut found = BTreeSet::new();
        keys(line, "", &mut found);
        for (key, _) in page.iter().filter(|(key, always)| **always && !key.contains(['.', '['])) {
            assert!(found.contains(key), "{chapter}: no {key} in {line}");
        }
        printed.append(&mut found);
    }
    for key in &printed {
        assert!(page.contains_key(key), "{chapter}: docs/CONTRACT.md does not tell of {key}");
    }
    for (key, _) in page.iter().filter(|(_, always)| **always) {
        assert!(printed.contains(key), "{chapter}: nothing printed {key}");
    }
}

fn lines(args: &[&str]) -> Vec<Value> {
    run(&[args, &["--json"]].concat()).lines()
}

#[test]
fn the_keys_of_accounts_are_those_of_the_page() {
    let lane = lane();
    let inspect = |more: &[&str], what: &str| lines(&[&["inspect", "--lane", &lane, what], more].concat());
    let fixtures = path("fixtures/cot-event");
    let fast = inspect(&["--now", NOW], &fixtures);
    hold("`inspect`", &[fast, inspect(&["--record"], &fixtures)].concat());
    // Of no known type: on the slow route, with what was found.
    let slow = inspect(&["--now", NOW], &path("docs/audit-verify.py"));
    assert_eq!(slow[0]["route"], "slow");
    let known = listed("`inspect`");
    let mut found = BTreeSet::new();
    keys(&slow[0], "", &mut found);
    assert!(found.iter().all(|key| known.contains_key(key)), "{found:?}");
    assert!(found.contains("form"), "{found:?}");
    let explained = lines(&[
        "explain",
        &path("fixtures/cot-event/release-ground-track/input.xml"),
        "--lane",
        &lane,
        "--now",
        NOW,
    ]);
    assert!(explained[0].as_object().unwrap().keys().all(|key| known.contains_key(key)), "{explained:?}");
}

#[test]
fn the_keys_of_other_lines_are_those_of_the_page() {
    hold("`explain CODE`", &[lines(&["explain", "LG-A005"]), lines(&["explain", "T005"])].concat());
    let project = Project::new();
    let bundle = project.text("a.bundle");
    hold("`bundle build`", &lines(&["bundle", "build", "-o", &bundle, &path("rules")]));
    hold("`bundle show`", &lines(&["bundle", "show", &bundle]));
    hold("`fmt`", &lines(&["fmt", "--check", &path("rules/lanes")]));
    let policy = std::fs::read_to_string(path("rules/policies/NATO/nato.spif.xml")).unwrap();
    project.write("spif.xml", policy.replacen("hierarchy=\"1\"", "hierarchy=\"2\"", 1).as_bytes());
    hold("`spif check`", &lines(&["spif", "check", &project.text("spif.xml")]));
    let compared = ["spif", "compare", &path("rules/policies/NATO/nato.spif.xml"), &project.text("spif.xml")];
    hold("`spif compare`", &lines(&compared));
    let folder = tempfile::tempdir().unwrap();
    let pages = lines(&["man", folder.path().to_str().unwrap()]);
    hold("`completions`, `man`", &[lines(&["completions", "bash"]), pages].concat());
}

#[test]
fn the_keys_of_checks_are_those_of_the_page() {
    hold("`check`", &lines(&["check", "track-json"]));
}
