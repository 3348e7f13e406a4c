//! What is committed works on every machine and names none.

use super::House;
use crate::code::line_of;
use crate::finding::Finding;
use crate::house::{FILE_MAX_BYTES, MACHINE_PATHS, REGISTRY_HOSTS};

const CHECK: &str = "content";
/// The plan lists the patterns themselves.
const PLAN: &str = "xtask/src/house.rs";
/// How a test says that it has shown nothing.
const SKIPPED: &str = "SKIPPED";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, bytes) in house.tree.files() {
        if bytes.len() > FILE_MAX_BYTES {
            let says = format!("{} bytes; at most {FILE_MAX_BYTES} belong into the repository", bytes.len());
            findings.push(Finding::error(CHECK, path, 0, says));
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.starts_with("rust-toolchain") {
            let says =
                "no toolchain file: machines may have one toolchain only; `rust-version` says what is needed";
            findings.push(Finding::error(CHECK, path, 0, says));
        }
        if let (Ok(text), true) = (std::str::from_utf8(bytes), path != PLAN) {
            findings.extend(lines(path, text));
            if path.ends_with(".rs") {
                findings.extend(silent_skips(path, text));
            }
        }
    }
    findings
}

fn lines(path: &str, text: &str) -> Vec<Finding> {
    let lock = path.ends_with("Cargo.lock");
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        if let Some(machine) = MACHINE_PATHS.iter().find(|machine| begins_a_path(line, machine)) {
            let says = format!("a path of one machine (`{machine}`); write it relative to the checkout");
            findings.push(Finding::error(CHECK, path, number, says));
        }
        if let Some(host) = REGISTRY_HOSTS.iter().find(|host| !lock && line.contains(*host)) {
            let says = format!("names the package registry `{host}`; only Cargo.lock does");
            findings.push(Finding::error(CHECK, path, number, says));
        }
        if names_a_ticket(line) {
            let says = "names a numbered ticket; say the reason itself, the number means nothing to a reader";
            findings.push(Finding::error(CHECK, path, number, says));
        }
    }
    findings
}

/// The harness keeps what the print macros say of a test that passes, so a skip told by one of them is told to nobody.
fn silent_skips(path: &str, text: &str) -> Vec<Finding> {
    let printed = |(start, _): &(usize, &str)| {
        let before = text[..*start].trim_end_matches('"').trim_end();
        before.ends_with("print!(") || before.ends_with("println!(")
    };
    let found = text.match_indices(SKIPPED).filter(printed).map(|(start, _)| {
        let says = "the harness keeps this to itself; write a skip with `writeln!(std::io::stderr(), ...)`";
        Finding::error(CHECK, path, line_of(text, start), says)
    });
    found.collect()
}

/// True where `line` holds `machine` and no path goes on before it.
fn begins_a_path(line: &str, machine: &str) -> bool {
    line.match_indices(machine).any(|(start, _)| {
        !line[..start]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*'))
    })
}

/// The word `issue` with a number after it.
fn names_a_ticket(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    lower.match_indices("issue ").any(|(start, found)| {
        let rest = lower[start + found.len()..].trim_start_matches('#');
        rest.starts_with(|c: char| c.is_ascii_digit())
    })
}
