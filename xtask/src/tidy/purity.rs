//! Pure rooms do no input or output, read no clock and keep no random order.

use super::House;
use crate::code::{Code, closing, line_of, words};
use crate::finding::Finding;
use crate::house::{IMPURE, Kind, RANDOM_ORDER, RANDOM_ORDER_ALLOWED, ROOMS};

const CHECK: &str = "purity";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for room in ROOMS.iter().filter(|room| room.kind != Kind::Shell) {
        let folder = format!("crates/{}/", room.name);
        for (path, code) in house.tree.rust(&format!("{folder}src/")) {
            findings.extend(impure(path, code));
            findings.extend(random_order(path, code));
        }
        let head = format!("{folder}src/lib.rs");
        let no_std = house.tree.rust(&head).any(|(_, code)| code.plain().contains("#![no_std]"));
        if room.kind == Kind::NoStd && house.tree.has(&head) && !no_std {
            findings.push(Finding::error(
                CHECK,
                &head,
                1,
                "this room is `#![no_std]` + alloc, and does not say so",
            ));
        }
    }
    findings
}

fn impure(path: &str, code: &Code) -> Vec<Finding> {
    let text = code.shipped();
    words(text, "std")
        .filter_map(|start| {
            let named = names_after(&text[start + 3..])?;
            let bad =
                named.iter().find(|name| IMPURE.contains(&name.as_str()) || *name == "*" || *name == "as")?;
            let says = format!("a pure room names `std::{bad}`; take what it needs as an argument instead");
            Some(Finding::error(CHECK, path, line_of(text, start), says))
        })
        .collect()
}

/// The names that follow `std`: one, or those of a group in braces; `as` for a renaming that would hide them.
fn names_after(rest: &str) -> Option<Vec<String>> {
    let rest = rest.trim_start();
    if rest.starts_with("as ") {
        return Some(vec!["as".to_owned()]);
    }
    let rest = rest.strip_prefix("::")?.trim_start();
    if rest.starts_with('{') {
        let group = rest.get(1..closing(rest, 0)? - 1)?;
        return Some(split_group(group).iter().map(|part| first_name(part)).collect());
    }
    Some(vec![first_name(rest)])
}

fn first_name(path: &str) -> String {
    let path = path.trim_start();
    if path.starts_with('*') {
        return "*".to_owned();
    }
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The parts of a group, split at its own commas only.
fn split_group(group: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    group
        .split(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && depth == 0
        })
        .collect()
}

fn random_order(path: &str, code: &Code) -> Vec<Finding> {
    if RANDOM_ORDER_ALLOWED.iter().any(|(allowed, _)| *allowed == path) {
        return Vec::new();
    }
    let text = code.shipped();
    let mut findings = Vec::new();
    for name in RANDOM_ORDER {
        findings.extend(words(text, name).take(1).map(|start| {
            let says = format!("`{name}` has another order in every run; use a `BTree` or a sorted list");
            Finding::error(CHECK, path, line_of(text, start), says)
        }));
    }
    findings
}
