//! The wall of lints stands at the root, every crate inherits it, and a relaxation says why.

use super::House;
use crate::code::{Code, closing, line_of};
use crate::finding::Finding;
use crate::house::{CLIPPY_WALL, ITEM_RELAXATIONS, RUST_WALL};

const CHECK: &str = "lints";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let tree = &house.tree;
    let mut findings = Vec::new();
    findings.extend(wall(tree.text("Cargo.toml").unwrap_or("")));
    let root_keys = clippy_keys(tree.text("clippy.toml").unwrap_or(""));
    for path in members(house) {
        let folder = path.trim_end_matches("Cargo.toml");
        if !inherits(tree.text(&path).unwrap_or("")) {
            let says = "does not inherit the wall; add `[lints]` with `workspace = true`";
            findings.push(Finding::error(CHECK, &path, 0, says));
        }
        let own = format!("{folder}clippy.toml");
        if let Some(text) = tree.text(&own) {
            let keys = clippy_keys(text);
            for key in root_keys.iter().filter(|key| !keys.contains(key)) {
                let says = format!("a crate's clippy.toml replaces the root one; repeat `{key}`");
                findings.push(Finding::error(CHECK, &own, 0, says));
            }
        }
        for (file, code) in tree.rust(folder) {
            findings.extend(relaxations(file, code));
        }
    }
    findings
}

/// The manifests of the workspace's members, from the root.
fn members(house: &House) -> Vec<String> {
    let root = house.metadata["workspace_root"].as_str().unwrap_or("");
    let packages = house.metadata["packages"].as_array();
    let paths = packages.into_iter().flatten().filter_map(|package| package["manifest_path"].as_str());
    paths
        .filter_map(|path| path.strip_prefix(root))
        .map(|path| path.trim_start_matches('/').to_owned())
        .collect()
}

/// The lines of one section of a manifest as key and value.
pub(super) fn section<'a>(manifest: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    let head = format!("[{name}]");
    let lines = manifest.lines().map(str::trim).skip_while(|line| *line != head).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim(), value.trim())).collect()
}

fn inherits(manifest: &str) -> bool {
    section(manifest, "lints").contains(&("workspace", "true"))
}

fn wall(manifest: &str) -> Vec<Finding> {
    let rust = section(manifest, "workspace.lints.rust");
    let clippy = section(manifest, "workspace.lints.clippy");
    let mut findings = Vec::new();
    let mut ask = |table: &[(&str, &str)], key: &str, level: &str| {
        let stands = |value: &str| value.contains("forbid") || (level == "deny" && value.contains("deny"));
        if !table.iter().any(|(name, value)| *name == key && stands(value)) {
            let says = format!("the wall misses `{key} = \"{level}\"`");
            findings.push(Finding::error(CHECK, "Cargo.toml", 0, says));
        }
    };
    for (key, level) in RUST_WALL {
        ask(&rust, key, level);
    }
    for key in CLIPPY_WALL {
        ask(&clippy, key, "deny");
    }
    findings.extend(overflow(manifest));
    findings
}

/// What ships stops at an overflow, as the tests do: no profile takes that away.
fn overflow(manifest: &str) -> Option<Finding> {
    let key = "overflow-checks";
    let is_on = section(manifest, "profile.release").contains(&(key, "true"));
    // Wherever in a line: a table may stand in one.
    let lines = manifest.lines().filter_map(|line| line.split('#').next());
    let mut values = lines.flat_map(|line| line.split(key).skip(1));
    let is_true = |value: &str| value.trim_start_matches([' ', '=']).starts_with("true");
    let is_off = values.any(|value| !is_true(value));
    (!is_on || is_off).then(|| {
        Finding::error(
            CHECK,
            "Cargo.toml",
            0,
            "a release wraps at an overflow; `overflow-checks = true` in every profile",
        )
    })
}

fn clippy_keys(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| line.contains('=') && !line.starts_with('#')).collect()
}

/// Allowed are `#![expect(.., reason = "..")]` at the head of a crate, `#![cfg_attr(test, allow(.., reason = ".."))]`
/// there, the same as plain `allow` in test crates, and an `expect` with a reason on one item where the lint is no part
/// of the wall, or where the plan lists the file.
fn relaxations(path: &str, code: &Code) -> Vec<Finding> {
    let text = code.plain();
    let mut findings = Vec::new();
    for (start, _) in text.match_indices('#') {
        let inner = text[start..].starts_with("#![");
        let open = start + if inner { 2 } else { 1 };
        if !text[open..].starts_with('[') {
            continue;
        }
        let Some(attribute) = closing(text, open).and_then(|end| text.get(open + 1..end - 1)) else {
            continue;
        };
        let words =
            attribute.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        if let Some(says) = refused(path, inner, &words) {
            findings.push(Finding::error(CHECK, path, line_of(text, start), says));
        }
    }
    findings
}

/// Why the attribute of these words may not stand there; `None` where it may, or relaxes nothing.
fn refused(path: &str, inner: bool, words: &[&str]) -> Option<&'static str> {
    let lowers = words.iter().any(|word| matches!(*word, "allow" | "expect" | "warn"));
    let first = *words.first()?;
    if !lowers || !matches!(first, "allow" | "expect" | "warn" | "cfg_attr") {
        return None;
    }
    if !words.contains(&"reason") {
        return Some("a relaxed lint needs a `reason`");
    }
    let on_wall = words.iter().any(|word| *word != "missing_docs" && stands_in_the_wall(word));
    let listed = ITEM_RELAXATIONS.iter().any(|(file, _)| *file == path);
    if !inner && first == "expect" && (!on_wall || listed) {
        return None;
    }
    // Whatever lies under `tests/` never ships, so a file of it may relax for itself.
    let in_tests = path.contains("/tests/");
    if !inner || !(heads_a_crate(path) || in_tests) {
        return Some(
            "a lint of the wall is relaxed at the head of a crate, or with a line in ITEM_RELAXATIONS",
        );
    }
    let for_tests = words.starts_with(&["cfg_attr", "test"]) || in_tests;
    let says = "relax with `#![expect(lint, reason = \"..\")]`: it complains once it is no longer needed";
    (first != "expect" && !for_tests).then_some(says)
}

fn stands_in_the_wall(lint: &str) -> bool {
    CLIPPY_WALL.contains(&lint) || RUST_WALL.iter().any(|(key, _)| *key == lint)
}

/// Files that are the head of a crate: libraries, programs, integration tests, benches, examples.
fn heads_a_crate(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (file, folder) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    matches!(file, "lib.rs" | "main.rs" | "build.rs")
        || matches!(folder, "bin" | "tests" | "benches" | "examples")
}
