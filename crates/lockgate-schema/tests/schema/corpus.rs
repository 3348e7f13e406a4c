//! The real events of the corpus: what the standard's schema rejects is never accepted, and the rest is declared.

use crate::strict::EVENT;
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

/// The first two levels of a hierarchy in the list beside the base schema, the first of them in column `first`; without what the
/// list calls deprecated (`D`), marks as open (`**`) or takes back (`NoNoNo`).
fn listed(part: &str, first: usize) -> Vec<String> {
    let (mut found, mut above) = (Vec::new(), String::new());
    for line in part.lines().filter(|line| line.is_ascii() && line.len() > first) {
        let (status, rest) = line.split_at(8.min(first));
        let column = line.len() - rest.trim_start().len();
        let word = rest.trim_start().split_once(" - ").map(|(word, _)| word);
        let Some(word) = word.filter(|word| word.len() == 1) else { continue };
        let status = status.trim();
        if column == first {
            above = word.to_owned();
        } else if (first + 3..=first + 4).contains(&column)
            && !status.starts_with("NoNoNo")
            && !status.starts_with('D')
            && !status.contains("**")
        {
            found.push(format!("{above}-{word}"));
        }
    }
    found
}

#[test]
fn the_published_hierarchies_of_type_and_how_are_allowed() {
    let Some(corpus) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: LOCKGATE_CORPUS is not set, the hierarchies of kinds were not read"
        );
        return;
    };
    let file = PathBuf::from(corpus).join("formats/cot/schemas/mitre/types.txt");
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    let (kinds, ways) = text.split_once("The CoT event *how* hierarchy.").unwrap();
    let (kinds, _) = kinds.split_once("----------------\n1d =").unwrap();
    let (kinds, ways) = (listed(kinds, 8), listed(ways, 12));
    assert!(kinds.len() >= 44 && ways.len() >= 16, "{} kinds, {} ways", kinds.len(), ways.len());
    let allowed = |kind: &str, how: &str| {
        let event = EVENT.replacen("a-f-G", kind, 1).replacen("m-g", how, 1);
        agree::both(0, event.as_bytes(), 1_000_000).reasons.is_empty()
    };
    for kind in kinds {
        assert!(allowed(&kind, "m-g"), "type {kind}");
    }
    for how in ways {
        assert!(allowed("a-f-G", &how), "how {how}");
        assert!(!allowed("a-f-G", &how.replace('-', "_")), "how {how}");
    }
}
