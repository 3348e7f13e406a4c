//! `words check`: a text against the lists of a lane.

use crate::common::{Project, Ran, feed, lane, path, run};
use crate::contract;
use serde_json::Value;

fn tried(text: &str) -> Ran {
    run(&["words", "check", "--lane", &lane(), "--json", text])
}

#[test]
fn a_hit_says_which_list_which_term_where_and_as_what_it_was_read() {
    let ran = tried("the b1ue-heron, then a сopper lantern");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let lines = ran.lines();
    contract::hold("`words check`", &lines);
    let told = |line: &Value| {
        let text = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
        let numbers = format!("{} {}", line["term"], line["span"]);
        [text("code"), text("verdict"), text("list"), text("mode"), text("read_as"), numbers].join(" ")
    };
    let told: Vec<String> = lines.iter().map(told).collect();
    assert_eq!(
        told,
        [
            "LG-W001 hold codewords whole biueheron 1 [4,14]",
            "LG-W001 hold codewords whole copperiantern 3 [23,38]",
        ]
    );
}

#[test]
fn the_text_counts_as_free_text_and_a_lists_own_verdict_is_told() {
    let ran = tried("see https://example.org/x");
    assert_eq!((ran.code, &ran.line()["code"]), (1, &"LG-W006".into()));
    assert_eq!((&ran.line()["list"], &ran.line()["term"]), (&Value::Null, &Value::Null));
    let project = Project::new();
    project.change(
        "rules/lanes/cot-down.kdl",
        "words \"codewords\" hit=hold",
        "words \"codewords\" hit=refuse",
    );
    let lane = project.text("rules/lanes/cot-down.kdl");
    let ran = run(&["words", "check", "--lane", &lane, "--json", "blue heron"]);
    assert_eq!((ran.code, &ran.line()["verdict"]), (1, &"refuse".into()));
}

#[test]
fn where_nothing_is_found_nothing_is_wrong() {
    for text in ["the herons are blue", "xblue heron", "", "-x"] {
        let ran = tried(text);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""), "{text}");
        let ran = run(&["words", "check", "--lane", &lane(), text]);
        assert_eq!((ran.code, ran.out.as_str()), (0, "nothing found\n"), "{text}");
    }
}

#[test]
fn standard_input_is_one_text_and_a_built_bundle_has_the_same_lists() {
    let folded = feed(&["words", "check", "--lane", &lane(), "-"], "a blue\nheron\n".as_bytes());
    assert_eq!(folded.code, 1);
    assert_eq!(
        folded.out,
        "hold    LG-W001 codewords, term 1 [2..12]: a listed word\n        read as biueheron, a whole word\n1 hit\n"
    );
    let project = Project::new();
    let bundle = project.text("a.bundle");
    assert_eq!(run(&["bundle", "build", "-o", &bundle, &path("rules")]).code, 0);
    let built = ["words", "check", "--bundle", &bundle, "--lane", "cot-down", "-"];
    assert_eq!(feed(&built, "a blue\nheron\n".as_bytes()).out, folded.out);
}

/// What cannot be tried says so, and says nothing of the text.
#[test]
fn a_fault_never_shows_the_text() {
    let lane = lane();
    let ran = feed(&["words", "check", "--lane", &lane, "-"], b"blue \xff heron");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("not UTF-8") && !ran.err.contains("heron"), "{}", ran.err);
    let ran = run(&["words", "check", "--lane", "rules/lanes/none.kdl", "blue heron"]);
    assert!(ran.code == 2 && !ran.err.contains("heron"), "{}", ran.err);
    let long = feed(&["words", "check", "--lane", &lane, "-"], &vec![b'a'; (16 << 20) + 1]);
    assert_eq!((long.code, long.out.as_str()), (2, ""));
}
