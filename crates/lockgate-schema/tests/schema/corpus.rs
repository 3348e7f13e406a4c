//! The real events of the corpus: what the standard's schema rejects is never accepted, and the rest is declared.

use crate::{agree, common};

use std::io::Write as _;
use std::path::{Path, PathBuf};

fn events(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            events(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "cot") {
            found.push(path);
        }
    }
}

#[test]
fn the_corpus_is_judged_as_its_schema_judges_it() {
    let Some(corpus) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ =
            writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS is not set, the real events were not read");
        return;
    };
    let root = PathBuf::from(corpus).join("formats/cot");
    let verdicts = std::fs::read(root.join("expected/lxml-xsd+takproto-3.0.1.json")).unwrap();
    let verdicts: serde_json::Value = serde_json::from_slice(&verdicts).unwrap();
    let mut paths = Vec::new();
    events(&root, &mut paths);
    paths.sort();
    let (mut valid, mut declared, mut invalid) = (0, 0, 0);
    for path in paths {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        let seen = agree::both(0, &bytes, 100_000);
        let accepted = seen.reasons.is_empty();
        if !verdicts[&name]["xsd_valid"].as_bool().unwrap() {
            invalid += 1;
            assert!(!accepted, "{name} is accepted, and the base schema rejects it");
            continue;
        }
        valid += 1;
        if accepted {
            common::oracle_agrees(&bytes, &seen);
            agree::written_and_read_again(0, &bytes);
        }
        if accepted && seen.undeclared.is_empty() {
            declared += 1;
            continue;
        }
        for (code, place, span, says) in &seen.reasons {
            println!("{name}: {code} {place} {span:?} {says}");
        }
        for (parent, span, marked) in &seen.undeclared {
            println!("{name}: undeclared in {parent} at {span:?}, marked: {marked}");
        }
    }
    assert_eq!((valid, invalid), (39, 8), "the corpus is not the one that this test knows");
    println!("{declared} of {valid} valid events are fully declared");
    assert!(declared >= 34, "{declared} of {valid} valid events are fully declared");
}
