//! The real events of the corpus: what the standard's schema rejects is never accepted, and the rest is declared.

use crate::common;

use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::Reference;
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
        eprintln!("SKIPPED: LOCKGATE_CORPUS is not set, the real events were not read");
        return;
    };
    let root = PathBuf::from(corpus).join("formats/cot");
    let verdicts = std::fs::read(root.join("expected/lxml-xsd+takproto-3.0.1.json")).unwrap();
    let verdicts: serde_json::Value = serde_json::from_slice(&verdicts).unwrap();
    let mut paths = Vec::new();
    events(&root, &mut paths);
    paths.sort();
    let reference = Reference::new(common::cot());
    let mut inspection = Inspection::default();
    let (mut valid, mut declared, mut invalid) = (0, 0, 0);
    for path in paths {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        let object = Untrusted::new(&bytes);
        reference.inspect(object, &mut inspection, &mut Budget::new(100_000));
        let accepted = inspection.reasons.is_empty();
        if !verdicts[&name]["xsd_valid"].as_bool().unwrap() {
            invalid += 1;
            assert!(!accepted, "{name} is accepted, and the base schema rejects it");
            continue;
        }
        valid += 1;
        if accepted && inspection.undeclared.is_empty() {
            declared += 1;
            continue;
        }
        for reason in &inspection.reasons {
            let mut place = String::new();
            reason.place.unwrap().write(reference.shape(), &mut place).unwrap();
            println!("{name}: {} {place} {:?} {}", reason.code, reason.span, reason.says);
        }
        for part in &inspection.undeclared {
            println!(
                "{name}: undeclared {:?}",
                String::from_utf8_lossy(part.span.of(&bytes)).chars().take(60).collect::<String>()
            );
        }
    }
    assert_eq!((valid, invalid), (39, 8), "the corpus is not the one that this test knows");
    println!("{declared} of {valid} valid events are fully declared");
    assert!(declared >= 34, "{declared} of {valid} valid events are fully declared");
}
