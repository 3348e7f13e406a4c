//! What the documents claim about the code is so: the table of rooms, the outside crates, and the tests that the threats
//! name.

use super::{House, lints::section};
use crate::code::words;
use crate::finding::Finding;
use crate::house::{ANY, ROOMS, Room};

const CHECK: &str = "claims";
const ARCHITECTURE: &str = "docs/ARCHITECTURE.md";
const THREATS: &str = "docs/THREATS.md";
const MARKINGS: &str = "docs/MARKINGS.md";
/// How many rules the page of markings has a row for, from 1 on.
const MARKING_RULES: usize = 47;
const DEPENDENCIES: &str = "docs/decisions/0002-dependencies.md";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(text) = house.tree.text(ARCHITECTURE) {
        findings.extend(rooms(text));
    }
    if let Some(text) = house.tree.text(THREATS) {
        findings.extend(tests(house, THREATS, text));
    }
    if let Some(text) = house.tree.text(MARKINGS) {
        findings.extend(tests(house, MARKINGS, text));
        findings.extend(marking_rules(text));
        findings.extend(cited_rules(house));
    }
    let manifest = house.tree.text("Cargo.toml").unwrap_or("");
    findings.extend(dependencies(manifest, house.tree.text(DEPENDENCIES).unwrap_or("")));
    findings
}

/// Every outside crate of the root manifest has its row.
fn dependencies(manifest: &str, text: &str) -> Vec<Finding> {
    let outside = section(manifest, "workspace.dependencies")
        .into_iter()
        .filter(|(name, _)| !name.starts_with("lockgate"));
    let listed = |name: &str| {
        rows(text).any(|(_, cells)| cells.first().is_some_and(|cell| cell.contains(&format!("`{name}`"))))
    };
    let missing = outside.map(|(name, _)| name).filter(|name| !listed(name));
    missing
        .map(|name| Finding::error(CHECK, DEPENDENCIES, 0, format!("the outside crate `{name}` has no row")))
        .collect()
}

/// The cells of every table row that names something in its first cell, with its line.
fn rows(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let lines = text.lines().enumerate().filter(|(_, line)| line.starts_with('|') && !line.starts_with("|-"));
    lines.map(|(index, line)| (index + 1, line.trim_matches('|').split('|').map(str::trim).collect()))
}

/// The table of rooms says who may use whom, as the plan does.
fn rooms(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for room in ROOMS.iter().filter(|room| room.name.starts_with("lockgate-") && room.may_use != ANY) {
        let Some((line, cells)) = rows(text).find(|(_, cells)| cells.first() == Some(&room.name)) else {
            findings.push(Finding::error(
                CHECK,
                ARCHITECTURE,
                0,
                format!("the table of rooms has no `{}`", room.name),
            ));
            continue;
        };
        let said = cells.last().copied().unwrap_or("");
        if said != "all of the above" && sorted(said) != sorted(&uses(room)) {
            let says = format!(
                "`{}` may use {}, not {said}: see ROOMS in xtask/src/house.rs",
                room.name,
                uses(room)
            );
            findings.push(Finding::error(CHECK, ARCHITECTURE, line, says));
        }
    }
    findings
}

/// What `room` may use, as the table writes it.
fn uses(room: &Room) -> String {
    let names: Vec<&str> = room.may_use.iter().map(|name| name.trim_start_matches("lockgate-")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn sorted(list: &str) -> Vec<&str> {
    let mut names: Vec<&str> = list.split(',').map(str::trim).collect();
    names.sort_unstable();
    names
}

/// Each rule for markings has one row, and each row names a test.
fn marking_rules(text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in 1..=MARKING_RULES {
        let number = rule.to_string();
        let mut of_rule = rows(text).filter(|(_, cells)| cells.first() == Some(&number.as_str()));
        let says = match (of_rule.next(), of_rule.next()) {
            (Some((_, cells)), None) if cells.last().is_some_and(|cell| cell.contains('`')) => continue,
            (Some(_), None) => format!("rule {rule} names no test"),
            (Some(_), Some(_)) => format!("rule {rule} stands twice"),
            (None, _) => format!("rule {rule} has no row"),
        };
        findings.push(Finding::error(CHECK, MARKINGS, 0, says));
    }
    findings
}

/// Each rule for markings is cited by its number where it is tested: `rule 20`, `rules 7, 8 and 11`, `_rule_31`.
fn cited_rules(house: &House) -> Vec<Finding> {
    let mut cited = [false; MARKING_RULES];
    for (path, _) in house.tree.rust("").filter(|(path, _)| !path.starts_with("xtask/")) {
        let text = house.tree.text(path).unwrap_or("");
        for line in text.lines().filter(|_| text.contains("#[test]")) {
            for number in rule_numbers(line) {
                if let Some(rule) = number.checked_sub(1).and_then(|at| cited.get_mut(at)) {
                    *rule = true;
                }
            }
        }
    }
    let missing = cited.iter().zip(1..).filter(|(cited, _)| !**cited);
    let says = |rule: usize| format!("no test cites rule {rule} by its number");
    missing.map(|(_, rule)| Finding::error(CHECK, MARKINGS, 0, says(rule))).collect()
}

/// The numbers of the rules that a line cites.
fn rule_numbers(line: &str) -> Vec<usize> {
    let line = line.to_lowercase();
    let mut numbers = Vec::new();
    for cite in line.split("rule").skip(1) {
        let cite = cite.strip_prefix('s').unwrap_or(cite).replace('_', " ");
        let list = cite.split([' ', ',']).filter(|word| !word.is_empty() && *word != "and");
        let digits = |word: &str| word.trim_end_matches([':', ';', '.', '(', ')']).parse::<usize>().ok();
        numbers.extend(list.map_while(digits));
    }
    numbers
}

/// Every test that a row of the page at `path` names in its last cell exists.
fn tests(house: &House, path: &'static str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, cells) in rows(text) {
        let named = cells.last().copied().unwrap_or("").split('`').skip(1).step_by(2);
        // A cell such as "rate limits per `source`" names no test: tests are whole phrases in one word.
        for test in
            named.filter(|name| name.contains('_') && name.chars().all(|c| c.is_alphanumeric() || c == '_'))
        {
            let exists = house.tree.rust("").any(|(_, code)| {
                let text = code.plain();
                words(text, test).any(|start| text[..start].trim_end().ends_with("fn"))
            });
            if !exists {
                findings.push(Finding::error(CHECK, path, line, format!("there is no test `{test}`")));
            }
        }
    }
    findings
}
