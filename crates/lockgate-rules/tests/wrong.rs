//! One wrong file for each diagnostic, with what is printed for it. `LOCKGATE_BLESS=1` writes what is printed now.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "tests stop at the first thing that is wrong"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_wrong_file_says_what_is_wrong() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong");
    let bless = std::env::var_os("LOCKGATE_BLESS").is_some();
    let mut covered = BTreeSet::new();
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut wrong = Vec::new();
    for path in names.iter().filter(|path| path.extension().is_some_and(|ending| ending == "kdl")) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let code = stem.split('-').next().unwrap();
        let diagnostics = common::load(&format!("{stem}.kdl"), &fs::read(path).unwrap());
        assert!(diagnostics.iter().any(|found| found.code == code), "{stem}: {}", diagnostics.render());
        covered.insert(code.to_owned());
        let printed = diagnostics.render();
        let golden = path.with_extension("txt");
        if bless {
            fs::write(&golden, &printed).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != printed {
            wrong.push(format!("{stem}:\n{printed}"));
        }
    }
    assert!(wrong.is_empty(), "these print something else now:\n{}", wrong.join("\n"));
    for code in lockgate_rules::codes() {
        assert!(covered.contains(code.id), "{} has no wrong file", code.id);
    }
}

#[test]
fn a_right_file_says_nothing() {
    let right = include_bytes!("right.kdl");
    let diagnostics = common::load("right.kdl", right);
    assert!(diagnostics.is_empty(), "{}", diagnostics.render());
}

#[test]
fn a_hundred_thousand_brackets_are_a_diagnostic() {
    for (open, code) in
        [("(", "E004"), ("[", "E004"), ("has(", "E004"), ("!", "E005"), ("spot.sim ? ", "E005")]
    {
        let (set, diagnostics) = common::require(&open.repeat((900_000 / open.len()).min(100_000)));
        assert!(set.is_none());
        assert_eq!(diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), [code], "{open}");
    }
}
