//! A lane that gives identities other names, on the command line and in a deployment.

use crate::common::{NOW, Project, Ran, codes, fixture, run};
use std::fs;

const DIGITS: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";

fn project() -> Project {
    let project = Project::new();
    project.change(
        "rules/lanes/cot-down.kdl",
        "        undeclared slow\n",
        "        undeclared slow\n        pseudonym \"event.uid\"\n",
    );
    project
}

/// Writes a key file that only its owner can read.
fn key(project: &Project, name: &str, text: &str, mode: u32) -> String {
    project.write(name, text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(project.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let _ = mode;
    project.text(name)
}

fn inspect(project: &Project, more: &[&str]) -> Ran {
    let lane = project.text("rules/lanes/cot-down.kdl");
    let track = fixture("release-ground-track");
    let mut args = vec!["inspect", "--json", "--now", NOW, "--lane", &lane];
    args.extend(more);
    args.push(&track);
    run(&args)
}

#[test]
fn the_key_decides_between_a_hold_and_a_release_under_another_name() {
    let project = project();
    let without = inspect(&project, &[]);
    assert_eq!((without.code, codes(&without.line())), (1, vec!["LG-H010".to_owned()]));
    assert!(without.line().get("pseudonym_key").is_none());
    let file = key(&project, "key", DIGITS, 0o600);
    let with = inspect(&project, &["--pseudonym-key", &file]);
    let line = with.line();
    assert_eq!(line["verdict"], "release", "{with:?}");
    assert_eq!(line["pseudonym_key"].as_str().unwrap().len(), 16);
    assert_ne!(line["released_sha256"], line["sha256"]);
    // The same again: a verdict replays byte for byte.
    assert_eq!(inspect(&project, &["--pseudonym-key", &file]).out, with.out);
    let shown = run(&[
        "explain",
        &fixture("release-ground-track"),
        "--lane",
        &project.text("rules/lanes/cot-down.kdl"),
        "--now",
        NOW,
        "--pseudonym-key",
        &file,
    ]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(!shown.out.contains("00112233"), "{shown:?}");
}

#[test]
fn what_is_no_key_is_told_before_anything_is_decided() {
    let project = project();
    let mut wrong = vec![("short", "0011\n"), ("letters", "not hexadecimal at all"), ("empty", "")];
    let equal = "77".repeat(32);
    wrong.push(("equal", &equal));
    for (name, text) in wrong {
        let file = key(&project, name, text, 0o600);
        let ran = inspect(&project, &["--pseudonym-key", &file]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {ran:?}");
        assert!(ran.err.contains("openssl rand -hex 32") && !ran.err.contains("0011"), "{ran:?}");
    }
    if cfg!(unix) {
        let ran = inspect(&project, &["--pseudonym-key", &key(&project, "open", DIGITS, 0o644)]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("chmod 600"), "{ran:?}");
    }
    let ran = inspect(&project, &["--pseudonym-key", &project.text("nowhere")]);
    assert_eq!(ran.code, 2, "{ran:?}");
}
