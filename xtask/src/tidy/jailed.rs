//! Nothing from outside decides how an object is looked into: the rooms of the slow path read no environment and have no features,
//! so that no setting of a build or of a machine makes the jail another one.

use super::House;
use crate::code::{line_of, words};
use crate::finding::Finding;
use crate::house::JAILED;

const CHECK: &str = "jailed";
/// The one part of `std::env` that reads nothing.
const CONSTANTS: &str = "::consts";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    JAILED.iter().flat_map(|room| of_room(house, room)).collect()
}

fn of_room(house: &House, room: &str) -> Vec<Finding> {
    let manifest = format!("{room}Cargo.toml");
    let mut findings = Vec::new();
    let lines = house.tree.text(&manifest).unwrap_or_default().lines();
    for (line, _) in (1..).zip(lines).filter(|(_, line)| line.trim().starts_with("[features")) {
        let says = "a room of the slow path has no features: every build has the same jail";
        findings.push(Finding::error(CHECK, &manifest, line, says));
    }
    for (path, code) in house.tree.rust(&format!("{room}src/")) {
        let text = code.shipped();
        let behind = |start: usize, word: &str| text[start + word.len()..].trim_start();
        let asks = words(text, "feature").filter(|start| behind(*start, "feature").starts_with('='));
        findings.extend(asks.map(|start| {
            let says = "a room of the slow path asks for no feature: every build has the same jail";
            Finding::error(CHECK, path, line_of(text, start), says)
        }));
        // A method of that name gives a process its environment, and reads none.
        let is_method = |start: usize| text[..start].trim_end().ends_with('.');
        let reads = words(text, "env")
            .filter(|start| !is_method(*start) && !behind(*start, "env").starts_with(CONSTANTS));
        findings.extend(reads.chain(words(text, "option_env")).map(|start| {
            let says =
                "a room of the slow path reads no environment: nothing outside of it decides how it looks";
            Finding::error(CHECK, path, line_of(text, start), says)
        }));
    }
    findings
}
