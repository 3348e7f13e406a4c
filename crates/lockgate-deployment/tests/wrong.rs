//! Every diagnostic of this room on a wrong file: `base.kdl`, changed as a `.case` file in `tests/wrong` says, against
//! the printed output beside it. `BLESS=1 cargo test` writes the outputs anew.
//!
//! A case has lines to find (`- line`, without their indentation) and lines to put in the place of the one before
//! (`+ line`). `lane line` is one more line about the type of the lane.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

mod common;

use common::{BASE, bundle_with};
use lockgate_deployment::Deployment;
use lockgate_notation::Diagnostics;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What only a look at the machine finds; the tests of the command line have them.
const OF_THE_MACHINE: [&str; 13] =
    ["D018", "D019", "D020", "D021", "D022", "D023", "D024", "D025", "D029", "D030", "D031", "D032", "D033"];

/// The deployment of a case, and what its lane says more.
fn changed(case: &str) -> (String, String) {
    let mut terms = String::new();
    let mut lines: Vec<String> = BASE.lines().map(str::to_owned).collect();
    let mut at = 0;
    for line in case.lines() {
        if let Some(wanted) = line.strip_prefix("- ") {
            let found = lines.iter().position(|line| line.trim() == wanted);
            at = found.unwrap_or_else(|| panic!("the base has no line {wanted}"));
            lines.remove(at);
        } else if let Some(term) = line.strip_prefix("lane ") {
            terms += &format!("        {term}\n");
        } else {
            let added = line.strip_prefix("+ ").unwrap_or_else(|| panic!("not a line of a case: {line}"));
            lines.insert(at, format!("        {added}"));
            at += 1;
        }
    }
    (lines.join("\n") + "\n", terms)
}

fn found(text: &str, terms: &str) -> Diagnostics {
    match Deployment::read("gate-1.kdl", text.as_bytes()) {
        Ok(deployment) => deployment.fit(&bundle_with(terms)).err().unwrap_or_default(),
        Err(diagnostics) => diagnostics,
    }
}

#[test]
fn every_wrong_file_is_reported_as_written() {
    let bless = std::env::var_os("BLESS").is_some();
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "wrong"].iter().collect();
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    cases.sort();
    let mut seen: BTreeSet<String> = OF_THE_MACHINE.map(str::to_owned).into();
    for path in &cases {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let code = name.split('-').next().unwrap();
        let (text, terms) = changed(&std::fs::read_to_string(path).unwrap());
        let found = found(&text, &terms);
        assert!(found.iter().any(|diagnostic| diagnostic.code == code), "{name}:\n{}", found.render());
        seen.insert(code.to_owned());
        check(&path.with_extension("txt"), &found.render(), bless);
    }
    for code in lockgate_deployment::codes() {
        assert!(seen.contains(code.id), "no wrong file for {}: {}", code.id, code.title);
    }
}

#[test]
fn a_disabled_part_and_an_unknown_word_are_errors() {
    let disabled = BASE.replace("    metrics", "    /- metrics");
    assert!(found(&disabled, "").iter().any(|diagnostic| diagnostic.code == "B008"));
    let unknown = BASE.replace("drain", "drian");
    assert!(found(&unknown, "").iter().any(|diagnostic| diagnostic.code == "N021"));
}

fn check(path: &Path, printed: &str, bless: bool) {
    if bless {
        std::fs::write(path, printed).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(printed, expected, "{}", path.display());
}
