//! Whatever a lane can show, something feeds. An alarm that nobody raises, a kind of thing that nobody lists and a gauge that
//! nobody sets all say that nothing is wrong.

use super::House;
use crate::code::{line_of, words};
use crate::finding::Finding;
use crate::tree::Tree;

const CHECK: &str = "eyes";
/// Where alarms, kinds and gauges are declared.
const WATCH: &str = "crates/lockgate-watch/src";
/// Where the lane feeds them.
const SHELL: &str = "crates/lockgate/src";
/// Where alarms follow from what was fed, and the thread that looks at disks.
const DERIVED: [&str; 3] = [
    "crates/lockgate-watch/src/status.rs",
    "crates/lockgate-watch/src/passing.rs",
    "crates/lockgate-watch/src/gauges.rs",
];
const WATCHING: &str = "crates/lockgate-watch/src/watch.rs";
/// The closed lists of which every word has to be used: file, list, and how the list begins there.
const LISTS: [(&str, &str, &str); 3] = [
    ("meaning.rs", "Alarm", "alarms! {"),
    ("words.rs", "ExpiryKind", "    ExpiryKind {"),
    ("words.rs", "Store", "    Store {"),
];
/// The files whose public functions feed.
const GAUGES: [&str; 2] = ["gauges.rs", "named.rs"];

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let tree = &house.tree;
    let feeding = tree.rust(SHELL).chain(tree.rust(WATCHING));
    let fed: Vec<&str> = feeding.map(|(_, code)| code.shipped()).collect();
    let derived = DERIVED.iter().flat_map(|path| tree.rust(path)).map(|(_, code)| code.shipped());
    let shown: Vec<&str> = fed.iter().copied().chain(derived).collect();
    let mut findings = Vec::new();
    for (file, list, begins) in LISTS {
        let path = format!("{WATCH}/{file}");
        let declared = declared(tree, &path, begins);
        if declared.is_empty() {
            findings.push(Finding::error(CHECK, &path, 0, format!("the words of {list} are not found here")));
        }
        for (line, word) in declared {
            let whole = format!("{list}::{word}");
            if !shown.iter().any(|text| words(text, &whole).next().is_some()) {
                let says = format!("nothing in the lane ever says {whole}");
                findings.push(Finding::error(CHECK, &path, line, says));
            }
        }
    }
    for file in GAUGES {
        findings.extend(unfed(tree, &format!("{WATCH}/{file}"), &fed));
    }
    findings
}

/// The words of a list, with their lines.
fn declared<'t>(tree: &'t Tree, path: &str, begins: &str) -> Vec<(usize, &'t str)> {
    let lines = tree.text(path).unwrap_or("").lines().zip(1..);
    let inside = lines.skip_while(|(line, _)| *line != begins).skip(1);
    let inside = inside.take_while(|(line, _)| line.trim() != "}");
    let words = inside.filter_map(|(line, number)| Some((number, line.trim().split_once(" = \"")?.0)));
    words.filter(|(_, word)| word.bytes().all(|byte| byte.is_ascii_alphanumeric())).collect()
}

/// The functions of a gauge that the lane never calls.
fn unfed(tree: &Tree, path: &str, fed: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, code) in tree.rust(path) {
        let text = code.shipped();
        for (start, head) in text.match_indices("pub fn ") {
            let name = text[start + head.len()..].split('(').next().unwrap_or("");
            let called = format!(".{name}(");
            if name != "new" && !fed.iter().any(|text| text.contains(&called)) {
                let says = format!("nothing in the lane ever calls `{name}`");
                findings.push(Finding::error(CHECK, path, line_of(text, start), says));
            }
        }
    }
    findings
}
