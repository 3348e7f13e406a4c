//! Every diagnostic of this room on a wrong bundle: the small bundle of `tests/base`, changed as a `.case` file in
//! `tests/wrong` says, against the printed output beside it. `BLESS=1 cargo test` writes the outputs anew.
//!
//! ```text
//! in lanes/down.kdl     - line to find, + lines to put in its place (none: the line goes)
//! add lanes/other.kdl   + lines of the file
//! remove words/birds.txt
//! latin words/latin.txt a file that is not UTF-8
//! many 9000             as many files
//! trial                 built for trial, not for operation
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

mod common;

use common::{Files, base};
use lockgate_bundle::{Bundle, Strictness};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "wrong"].iter().collect()
}

/// Changes the small bundle as the case says.
fn changed(case: &str) -> (Files, Strictness) {
    let mut files = base();
    let mut how = Strictness::Operation;
    let mut path = String::new();
    let mut found = false;
    for line in case.lines() {
        if let Some(wanted) = line.strip_prefix("- ") {
            close(&mut files, &path);
            let text = String::from_utf8(files[&path].clone()).unwrap();
            let at = text.lines().position(|line| line.trim() == wanted);
            let at = at.unwrap_or_else(|| panic!("{path} has no line {wanted}"));
            let mut lines: Vec<&str> = text.lines().collect();
            lines[at] = "\0";
            files.insert(path.clone(), (lines.join("\n") + "\n").into_bytes());
            found = true;
        } else if let Some(added) = line.strip_prefix("+ ") {
            let text = String::from_utf8(files[&path].clone()).unwrap();
            let text = if found { text.replace('\0', &format!("{added}\n\0")) } else { text + added + "\n" };
            files.insert(path.clone(), text.into_bytes());
        } else {
            close(&mut files, &path);
            found = false;
            match line.split_once(' ') {
                Some(("in", of)) => path = of.to_owned(),
                Some(("add", new)) => {
                    path = new.to_owned();
                    assert!(files.insert(path.clone(), Vec::new()).is_none(), "{new} is there already");
                }
                Some(("remove", old)) => assert!(files.remove(old).is_some(), "{old} is not there"),
                Some(("many", count)) => {
                    for nth in 0..count.parse::<usize>().unwrap() {
                        files.insert(format!("words/list-{nth}.txt"), Vec::new());
                    }
                }
                Some(("latin", new)) => drop(files.insert(new.to_owned(), b"caf\xe9\n".to_vec())),
                _ if line == "trial" => how = Strictness::Trial,
                _ => assert!(line.is_empty(), "not a line of a case: {line}"),
            }
        }
    }
    close(&mut files, &path);
    (files, how)
}

/// Takes out the line that was found.
fn close(files: &mut Files, path: &str) {
    if let Some(file) = files.get_mut(path) {
        let text = String::from_utf8(std::mem::take(file)).unwrap();
        *file = text.replace("\0\n", "").into_bytes();
    }
}

#[test]
fn the_base_builds_for_operation() {
    let bundle = Bundle::build(&base()).unwrap_or_else(|found| panic!("{}", found.render()));
    assert!(bundle.warnings().is_empty(), "{}", bundle.warnings().render());
}

#[test]
fn every_wrong_bundle_is_reported_as_written() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut seen = BTreeSet::new();
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    cases.sort();
    for path in &cases {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let code = name.split('-').next().unwrap();
        let (files, how) = changed(&std::fs::read_to_string(path).unwrap());
        // What is only warned about builds, with the warning.
        let built = Bundle::build_as(&files, how);
        let found = built.as_ref().map_or_else(|found| found, Bundle::warnings);
        assert!(found.iter().any(|diagnostic| diagnostic.code == code), "{name}:\n{}", found.render());
        seen.insert(code.to_owned());
        check(&path.with_extension("txt"), &found.render(), bless);
    }
    for code in lockgate_bundle::codes() {
        assert!(seen.contains(code.id), "no wrong bundle for {}: {}", code.id, code.title);
    }
}

/// Who joins later is no reader yet, until the default itself begins later.
#[test]
fn a_default_may_begin_when_all_have_joined() {
    let later = std::fs::read_to_string(folder().join("B013-joins-later.case")).unwrap();
    let begins = "in lanes/down.kdl\n- unlabelled assign authority=\"invented\" until=\"2035-12-31\" {\n+ unlabelled assign authority=\"invented\" from=\"2027-01-01\" until=\"2035-12-31\" {\n";
    let (files, how) = changed(&(later + begins));
    assert!(Bundle::build_as(&files, how).is_ok_and(|bundle| bundle.warnings().is_empty()));
}

fn check(path: &Path, printed: &str, bless: bool) {
    if bless {
        std::fs::write(path, printed).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(printed, expected, "{}", path.display());
}
