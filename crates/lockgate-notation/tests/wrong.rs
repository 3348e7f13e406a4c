//! Every diagnostic of the room, as an author sees it: one wrong file each, and what is printed about it.
//!
//! `LOCKGATE_BLESS=1 cargo test -p lockgate-notation --test wrong` writes what is printed now.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute freely"
)]

use std::fs;
use std::path::{Path, PathBuf};

use lockgate_notation::{Diagnostics, Document, Fields, MAX_BYTES, codes};

/// Codes that no small file shows: too large is tested below; N012 and N040 guard against faults of our own, and
/// are tested beside the code that reports them.
const WITHOUT_FILE: [&str; 3] = ["N001", "N012", "N040"];

/// A loader that takes one setting of each kind.
fn load(document: &Document) -> Diagnostics {
    let mut diagnostics = document.diagnostics();
    diagnostics.merge(document.warnings.clone());
    let mut top = Fields::of(&document.root, &mut diagnostics);
    for node in top.children_some("sample") {
        top.read(node, sample);
    }
    top.finish();
    diagnostics
}

fn sample(sample: &mut Fields<'_, '_>) {
    sample.arg_name("the name of the sample");
    sample.prop_text_opt("text");
    sample.prop_bool_or("flag", false);
    sample.prop_decimal_opt("number");
    sample.prop_uint_opt("count");
    sample.prop_word_opt("word", &["red", "green", "blue"]);
    sample.prop_field_name_opt("field");
    sample.prop_duration_opt("wait");
    sample.prop_size_opt("size");
    sample.prop_rate_opt("rate");
    sample.prop_per_second_opt("objects");
    sample.prop_time_from_opt("from");
    sample.prop_time_until_opt("until");
    sample.child_text_opt("title");
    sample.within_opt("pair", |pair| {
        pair.prop_uint("left");
        pair.prop_uint("right");
    });
    sample.within_opt("group", |group| {
        group.child("member");
    });
    sample.each("part", |part| {
        part.args_text_some("the parts");
    });
    sample.within_opt("words", |words| words.args_word("a colour", &["red", "green", "blue"]));
}

fn wrong_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong");
    let entries = fs::read_dir(folder).expect("the folder of wrong files");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "kdl"));
    files.sort();
    files
}

#[test]
fn every_wrong_file_prints_what_was_agreed() {
    let bless = std::env::var_os("LOCKGATE_BLESS").is_some();
    let mut different = Vec::new();
    for path in wrong_files() {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let name = format!("wrong/{stem}.kdl");
        let found = match Document::parse(&name, &fs::read(&path).expect("a file")) {
            Ok(document) => load(&document),
            Err(diagnostics) => diagnostics,
        };
        let printed = found.render();
        let code = stem.split('-').next().expect("a code");
        assert!(found.iter().any(|diagnostic| diagnostic.code == code), "{stem} lacks {code}:\n{printed}");
        let agreed = path.with_extension("txt");
        if bless {
            fs::write(&agreed, &printed).expect("blessed");
        } else if fs::read_to_string(&agreed).ok().as_ref() != Some(&printed) {
            different.push(format!("{stem} now prints:\n{printed}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn every_code_has_a_wrong_file() {
    let files = wrong_files();
    let shown = |id: &str| {
        files.iter().any(|path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(id))
        })
    };
    for code in codes().iter().filter(|code| !WITHOUT_FILE.contains(&code.id)) {
        assert!(shown(code.id), "{} has no wrong file", code.id);
    }
}

#[test]
fn a_file_over_the_limit_is_not_read() {
    let faults = Document::parse("big.kdl", &vec![b'\n'; MAX_BYTES + 1]).expect_err("too large");
    assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["N001"]);
}

#[test]
fn the_bounds_are_exact() {
    let nested = |levels: usize| format!("{}{}", "a {\n".repeat(levels), "}\n".repeat(levels));
    let comments = |levels: usize| format!("{}{}a\n", "/*".repeat(levels), "*/".repeat(levels));
    for text in [nested(32), comments(32)] {
        assert!(Document::parse("deep.kdl", text.as_bytes()).is_ok());
    }
    for text in
        [nested(33), comments(33), "a {".repeat(100_000), "/*".repeat(100_000), "a /-{".repeat(100_000)]
    {
        let faults = Document::parse("deep.kdl", text.as_bytes()).expect_err("too deep");
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["N004"]);
    }
}

#[test]
fn disabled_parts_within_disabled_parts_cost_no_more_than_others() {
    let text = format!("{}{}", "a /-{ ".repeat(32), "}\n".repeat(32));
    let document = Document::parse("deep.kdl", text.as_bytes()).expect("reads");
    assert_eq!(document.warnings.len(), 1);
}

#[test]
fn a_flood_of_mistakes_stays_small_in_print() {
    let faults = Document::parse("flood.kdl", "(\n".repeat(100_000).as_bytes()).expect_err("wrong");
    assert_eq!((faults.len(), faults.dropped()), (200, 99_800));
    assert!(faults.render().len() < 100_000);
    let long = format!("a {}", "x".repeat(900_000));
    let faults = Document::parse("flood.kdl", long.as_bytes()).expect_err("wrong");
    assert!(faults.render().len() < 1_000, "{}", faults.render().len());
}

#[test]
fn the_json_form_names_line_and_column() {
    let text = "sample \"a\"\n  sample /*ž*/ \"b\" txet=\"\\u{202e}\"\n";
    let document = Document::parse("rules/\"a\".kdl", text.as_bytes()).expect("reads");
    let expected = concat!(
        r#"[
{"code":"N020","severity":"error","file":"rules/\"a\".kdl","line":2,"column":20,"span":{"start":31,"end":35},"#,
        r#""message":"`sample` has no property `txet`","labels":[],"help":"did you mean `text`?"}
]
"#
    );
    assert_eq!(load(&document).json(), expected);
}
