//! Objects of no known type: looked into in a jail, explained, and never released.

use crate::common::{codes, inspect, run};

/// A grey picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3A\x7E\x9B\x55\
    \0\0\0\x0AIDAT\x78\x9C\x63\x60\0\0\0\x02\0\x01\x48\xAF\xA4\x71\0\0\0\0IEND\xAE\x42\x60\x82";

fn looked_into(object: &[u8]) -> serde_json::Value {
    let ran = inspect(object);
    assert_eq!(ran.code, 1, "{ran:?}");
    let mut lines = ran.lines();
    assert_eq!(lines.len(), 1);
    let line = lines.remove(0);
    assert_ne!(line["verdict"], "release");
    assert_eq!(line["route"], "slow");
    line
}

#[test]
fn a_picture_is_held_for_people_and_its_form_is_told() {
    let line = looked_into(PNG);
    assert_eq!((line["verdict"].as_str(), line["form"].as_str()), (Some("hold"), Some("png")));
    assert_eq!(codes(&line), ["LG-D014"]);
    assert!(line["findings"].as_array().unwrap().is_empty());
}

#[test]
fn a_finding_names_its_code_class_and_place() {
    let line = looked_into(&[PNG, b"anything"].concat());
    assert_eq!(codes(&line), ["LG-D011", "LG-D014"]);
    let finding = &line["findings"][0];
    assert_eq!(
        (finding["code"].as_str(), finding["class"].as_str()),
        (Some("form.trailing"), Some("hiding"))
    );
    assert_eq!(finding["where"], "8 bytes from byte 67");
}

#[test]
fn an_attack_is_refused() {
    let program = [b"\x7FELF".as_slice(), &[0; 600]].concat();
    let line = looked_into(&program);
    assert_eq!(line["verdict"], "refuse");
    assert_eq!(codes(&line), ["LG-D010", "LG-D009", "LG-D014"]);
}

#[test]
fn no_flag_or_word_of_the_program_opens_the_jail() {
    let help = run(&["inspect", "--help"]);
    for word in ["jail", "sandbox", "seccomp", "landlock", "unsafe", "trust"] {
        assert!(!help.out.to_lowercase().contains(word), "{word}");
    }
    // The hidden command takes no argument at all; with one it is an unknown command.
    for extra in ["--no-jail", "--limits=0", "x"] {
        assert_eq!(run(&["deep-worker", extra]).code, 2, "{extra}");
    }
}

/// Everything in the corpus of files for the slow path: no worker fails on it in a way of its own, and none is released.
#[test]
fn the_corpus_is_survived() {
    let Some(corpus) = std::env::var_os("LOCKGATE_CORPUS") else {
        println!("SKIPPED: LOCKGATE_CORPUS is not set");
        return;
    };
    let lane = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/lanes/cot-down.kdl");
    let folder = std::path::Path::new(&corpus).join("slow");
    let ran = run(&["inspect", "--json", "--lane", lane, folder.to_str().unwrap()]);
    let lines = ran.lines();
    assert!(lines.len() > 1000, "{}", lines.len());
    for line in lines {
        assert_ne!(line["verdict"], "release", "{}", line["path"]);
        for code in codes(&line) {
            let failed =
                ["LG-D001", "LG-D002", "LG-D004", "LG-D005", "LG-D006", "LG-D008"].contains(&code.as_str());
            assert!(!failed, "{code} {}", line["path"]);
        }
    }
}
