//! Decisions are numbered once, and every link in the documents leads somewhere.

use super::House;
use crate::finding::Finding;
use crate::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};

const CHECK: &str = "docs";
const DECISIONS: &str = "docs/decisions/";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = numbers(&house.tree);
    for path in house.tree.paths().filter(|path| path.ends_with(".md")) {
        findings.extend(links(&house.tree, path));
        findings.extend(whole(path, house.tree.text(path).unwrap_or("")));
    }
    findings
}

fn numbers(tree: &Tree) -> Vec<Finding> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for path in tree.paths().filter(|path| path.starts_with(DECISIONS)) {
        let name = path.trim_start_matches(DECISIONS);
        let number = name.get(..4).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        match number {
            Some(number) if name.get(4..5) == Some("-") && name.ends_with(".md") => {
                if let Some(first) = seen.insert(number, path) {
                    let says = format!("the number {number} is taken by {first}");
                    findings.push(Finding::error(CHECK, path, 0, says));
                }
            }
            _ => findings.push(Finding::error(CHECK, path, 0, "a decision is named `NNNN-words.md`")),
        }
    }
    findings
}

/// Code that begins ends, and no heading stands twice under the same one: what is neither was put together wrongly.
fn whole(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |line, says: String| findings.push(Finding::error(CHECK, path, line, says));
    let (mut opened, mut above) = (None, Vec::<&str>::new());
    let mut seen = BTreeSet::new();
    for (line, number) in text.lines().zip(1..) {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            if let Some(from) = opened.filter(|_| !info.trim().is_empty()) {
                wrong(number, format!("code begins within the code of line {from}"));
            }
            opened = if opened.is_some() { None } else { Some(number) };
            continue;
        }
        let depth = line.bytes().take_while(|byte| *byte == b'#').count();
        if opened.is_some() || depth == 0 {
            continue;
        }
        above.truncate(depth - 1);
        above.push(line.trim());
        if !seen.insert(above.clone()) {
            wrong(number, format!("a second `{}`", line.trim()));
        }
    }
    if let Some(from) = opened {
        wrong(from, "code that begins here has no end".to_owned());
    }
    findings
}

fn links(tree: &Tree, path: &str) -> Vec<Finding> {
    let text = tree.text(path).unwrap_or("");
    let mut findings = Vec::new();
    let mut in_code = false;
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for target in targets(line) {
            let outside = target.contains("://") || target.starts_with("mailto:");
            if !outside && !resolves(tree, path, target) {
                findings.push(Finding::error(
                    CHECK,
                    path,
                    number,
                    format!("the link `{target}` leads nowhere"),
                ));
            }
        }
    }
    findings
}

/// What stands in `](...)` on one line, code spans left out.
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    // Every second piece between backticks is code.
    for piece in line.split('`').step_by(2) {
        for part in piece.split("](").skip(1) {
            found.extend(part.split(')').next().map(|target| target.split(' ').next().unwrap_or(target)));
        }
    }
    // A link whose words hold a code span, `[`like`](this)`, is cut apart by the split above; take it from the line.
    if found.is_empty() {
        let whole = line
            .split("](")
            .skip(1)
            .filter(|_| line.contains("`]("))
            .filter_map(|part| part.split(')').next());
        found.extend(whole);
    }
    found
}

fn resolves(tree: &Tree, from: &str, target: &str) -> bool {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { Some(from.to_owned()) } else { joined(from, file) };
    let Some(path) = path else { return false };
    if !tree.has(path.trim_end_matches('/')) {
        return false;
    }
    anchor.is_empty()
        || !path.ends_with(".md")
        || anchors(tree.text(&path).unwrap_or("")).contains(&anchor.to_owned())
}

/// `file` as seen from the folder of `from`; `None` where it leaves the checkout.
fn joined(from: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The anchors of the headings, as forges make them.
fn anchors(text: &str) -> Vec<String> {
    let heads = text.lines().filter(|line| line.starts_with('#'));
    heads
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            words
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}
