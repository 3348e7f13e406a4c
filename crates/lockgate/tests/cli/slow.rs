//! Objects of no known type: looked into in a jail, explained, and never released.

#![allow(clippy::print_stderr, reason = "a skipped test must be loud")]

use crate::common::{inspect, run};
use std::io::Write as _;

/// A grey picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3A\x7E\x9B\x55\
    \0\0\0\x0AIDAT\x78\x9C\x63\x60\0\0\0\x02\0\x01\x48\xAF\xA4\x71\0\0\0\0IEND\xAE\x42\x60\x82";

/// The codes of an account, but the one that says that nobody here reads text in pictures: that is the machine's.
fn codes(line: &serde_json::Value) -> Vec<String> {
    crate::common::codes(line).into_iter().filter(|code| code != "LG-D020").collect()
}

/// The same of findings.
fn findings(line: &serde_json::Value) -> Vec<serde_json::Value> {
    let findings = line["findings"].as_array().unwrap().iter();
    findings.filter(|one| !one["code"].as_str().unwrap().starts_with("ocr.")).cloned().collect()
}

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
    assert_eq!(codes(&line), ["LG-D014", "LG-D023"]);
    assert!(line["rebuilt_sha256"].as_str().is_some_and(|hash| hash.len() == 64));
    assert!(line["rebuilt_size_bytes"].as_u64().is_some_and(|size| size > 0));
    assert!(findings(&line).is_empty());
}

#[test]
fn a_finding_names_its_code_class_and_place() {
    let line = looked_into(&[PNG, b"anything"].concat());
    assert_eq!(codes(&line), ["LG-D011", "LG-D014", "LG-D023"]);
    let finding = &line["findings"][0];
    assert_eq!(
        (finding["code"].as_str(), finding["class"].as_str()),
        (Some("form.trailing"), Some("hiding"))
    );
    assert_eq!(finding["where"], "8 bytes from byte 67");
}

/// A page that says this, in the way that `paint` sets.
fn page(paint: &str, says: &str) -> Vec<u8> {
    let content = format!("{paint} BT /F1 12 Tf 72 600 Td ({says}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let (mut out, mut table) = (b"%PDF-1.7\n".to_vec(), "0000000000 65535 f \n".to_owned());
    for (number, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let start = out.len();
    out.extend(
        format!("xref\n0 6\n{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    out
}

#[test]
fn a_marking_on_a_page_holds_it_and_the_word_is_told_to_nobody() {
    for paint in ["0 g", "1 g"] {
        let line = looked_into(&page(paint, "NATO SECRET"));
        let marked = line["reasons"].as_array().unwrap().iter().find(|reason| reason["code"] == "LG-D016");
        assert_eq!(marked.expect("is said")["field"], "page 1");
        assert!(!line.to_string().contains("SECRET"));
        assert_eq!(codes(&line).contains(&"LG-D011".to_owned()), paint == "1 g", "white text is hidden text");
    }
    assert_eq!(codes(&looked_into(&page("0 g", "rain and wind"))), ["LG-D014", "LG-D023"]);
    let mut banner = codes(&looked_into(&page("0 g", "MISSION RESTRICTED")));
    // Where text in pictures is read, the same word is told once more.
    banner.dedup();
    assert_eq!(banner, ["LG-D016", "LG-D014"], "a banner");
}

#[test]
fn the_same_object_is_built_anew_as_the_same_bytes() {
    let rebuilt = || looked_into(&page("0 g", "rain and wind"))["rebuilt_sha256"].clone();
    assert_eq!(rebuilt(), rebuilt());
}

#[test]
fn where_text_in_pictures_is_not_read_that_holds_the_object() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), PNG).unwrap();
    let lane = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/lanes/cot-down.kdl");
    let ran = run(&["inspect", "--json", "--no-ocr", "--lane", lane, file.path().to_str().unwrap()]);
    let line = &ran.lines()[0];
    assert_eq!(crate::common::codes(line), ["LG-D020", "LG-D014", "LG-D023"]);
    assert_eq!(line["findings"][0]["code"], "ocr.absent");
}

#[test]
fn a_marking_in_pixels_is_held_against_the_label_like_any_other() {
    if !std::path::Path::new("/usr/bin/tesseract").exists() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: tesseract is not on this machine, nothing was read");
        return;
    }
    // The glyphs are drawn as lines, so that no text but that of the pixels says it.
    for (word, borne_out) in [("SECRET", false), ("RESTRICTED", true)] {
        let line = looked_into(&drawn(word));
        let (unmarked, said): (Vec<_>, Vec<_>) = line["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["field"].is_string())
            .partition(|one| one["code"] == "LG-D023");
        assert_eq!(unmarked.is_empty(), borne_out, "a banner that is read counts: {line}");
        let codes: std::collections::BTreeSet<_> =
            said.iter().map(|one| one["code"].as_str().unwrap()).collect();
        let right: &[&str] = if borne_out { &["LG-D016"] } else { &["LG-D016", "LG-D019"] };
        assert_eq!(codes.into_iter().collect::<Vec<_>>(), right, "{word}: {line}");
        assert!(
            said.iter().all(|one| one["field"].as_str().unwrap().starts_with("page 1, pixels")),
            "{line}"
        );
        assert!(!line["findings"].to_string().contains(word) && !line["reasons"].to_string().contains(word));
        let engine =
            line["findings"].as_array().unwrap().iter().find(|one| one["code"] == "ocr.read").unwrap();
        assert!(engine["where"].as_str().unwrap().contains("by tesseract "), "{engine}");
    }
}

/// A page on which this word is drawn with boxes, five by seven a letter.
fn drawn(word: &str) -> Vec<u8> {
    let rows = |letter| match letter {
        'C' => [14, 17, 16, 16, 16, 17, 14],
        'D' => [30, 17, 17, 17, 17, 17, 30],
        'E' => [31, 16, 16, 30, 16, 16, 31],
        'I' => [14, 4, 4, 4, 4, 4, 14],
        'R' => [30, 17, 17, 30, 20, 18, 17],
        'S' => [15, 16, 16, 14, 1, 1, 30],
        'T' => [31, 4, 4, 4, 4, 4, 4_u8],
        other => panic!("no letter {other}"),
    };
    let mut boxes = String::from("0 g ");
    for (at, letter) in word.chars().enumerate() {
        for (row, bits) in rows(letter).into_iter().enumerate() {
            for column in (0..5).filter(|column| bits & (16 >> column) != 0) {
                let (x, y) = (150 + (at * 6 + column) * 3, 760 - row * 3);
                boxes.push_str(&format!("{x} {y} 3 3 re "));
            }
        }
    }
    page(&(boxes + "f"), " ")
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
    // Every flag of every command, from the pages that the program writes of itself.
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["man", folder.path().to_str().unwrap()]).code, 0);
    let pages =
        std::fs::read_dir(folder.path()).unwrap().map(|page| std::fs::read_to_string(page.unwrap().path()));
    let pages: Vec<String> = pages.map(|page| page.unwrap().replace('\\', "")).collect();
    let flags: std::collections::BTreeSet<&str> = pages
        .iter()
        .flat_map(|page| page.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-')))
        .filter_map(|word| word.get(word.find("--")?..))
        .collect();
    // The marks of the page's form stick to some of them.
    let is_there = flags.iter().any(|flag| flag.starts_with("--no-ocr"));
    assert!(pages.len() > 20 && is_there && flags.len() > 30, "{flags:?}");
    for flag in flags {
        let words =
            ["jail", "sandbox", "seccomp", "landlock", "unsafe", "limit", "worker", "deep", "skip", "force"];
        assert!(!words.iter().any(|word| flag.contains(word)), "{flag}");
    }
    // The hidden command takes no argument at all; with one it is an unknown command.
    for extra in ["--no-jail", "--limits=0", "x"] {
        assert_eq!(run(&["deep-worker", extra]).code, 2, "{extra}");
    }
}

/// Documents that bear markings in their texts and have no label: both are held, for what they say of themselves.
#[test]
fn documents_of_others_are_held_for_the_markings_that_they_bear() {
    let Some(corpus) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS is not set");
        return;
    };
    let lane = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/lanes/cot-down.kdl");
    for (name, form) in [("topsecret_us.docx", "zip"), ("topsecret_cosmic.pdf", "pdf")] {
        let file = std::path::Path::new(&corpus).join("markings/alliance").join(name);
        let ran = run(&["inspect", "--json", "--no-ocr", "--lane", lane, file.to_str().unwrap()]);
        let line = ran.line();
        assert_eq!((&line["verdict"], &line["form"]), (&"hold".into(), &form.into()), "{line}");
        let codes = codes(&line);
        for code in ["LG-D016", "LG-D019", "LG-W001"] {
            assert!(codes.iter().any(|found| found == code), "{name}: {code} {codes:?}");
        }
    }
}

/// KiB of memory that a worker may have (LG-D004), and the program that waits for it.
const MEMORY_MAX: i64 = 1 << 20;

/// The corpus of files for the slow path: no worker fails on any in a way of its own (whether one takes too long is asked of the program as it ships, by `xtask detection`), none is released, and no
/// process has more memory than a worker may. Every third file,
/// since pages are really drawn; all of them where `LOCKGATE_SLOW_FILES` is `all`. One half of them, and the other, so that
/// they run side by side.
fn survives(second: usize) {
    let Some(corpus) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS is not set");
        return;
    };
    let lane = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/lanes/cot-down.kdl");
    let mut found = Vec::new();
    files(&std::path::Path::new(&corpus).join("slow"), &mut found);
    found.sort();
    let step = if std::env::var("LOCKGATE_SLOW_FILES").is_ok_and(|which| which == "all") { 1 } else { 3 };
    let some: Vec<&str> = found.iter().step_by(step).skip(second).step_by(2).map(String::as_str).collect();
    let ran = run(&[&["inspect", "--json", "--no-ocr", "--lane", lane], &some[..]].concat());
    let lines = ran.lines();
    assert!(lines.len() >= some.len() && some.len() > 300, "{} of {}", lines.len(), some.len());
    for line in lines {
        assert_ne!(line["verdict"], "release", "{}", line["path"]);
        for code in codes(&line) {
            let failed = ["LG-D001", "LG-D002", "LG-D004", "LG-D005", "LG-D006", "LG-D008", "LG-D015"]
                .contains(&code.as_str());
            assert!(!failed, "{code} {}", line["path"]);
        }
    }
    // The largest of all children of this one, and of theirs.
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN).unwrap();
    assert!(usage.max_rss() > 0 && usage.max_rss() <= MEMORY_MAX, "{} KiB", usage.max_rss());
}

fn files(folder: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path.to_str().unwrap().to_owned()) }
    }
}

#[test]
fn one_half_of_the_corpus_is_survived() {
    survives(0);
}

#[test]
fn the_other_half_of_the_corpus_is_survived() {
    survives(1);
}
