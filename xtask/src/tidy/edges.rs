//! Dependencies between rooms point one way, as the plan says.

use super::House;
use crate::finding::Finding;
use crate::house::{ANY, ROOMS, Room, TEST_EDGES};
use serde_json::Value;

const CHECK: &str = "edges";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let none = Vec::new();
    let packages = house.metadata["packages"].as_array().unwrap_or(&none);
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut findings = Vec::new();
    if packages.is_empty() {
        findings.push(Finding::error(
            CHECK,
            "Cargo.toml",
            0,
            "cargo metadata lists no package; nothing was checked",
        ));
    }
    for package in packages {
        let name = package["name"].as_str().unwrap_or("");
        let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
            let says = format!(
                "`{name}` is no room of the plan; give it a line in xtask/src/house.rs and in docs/decisions"
            );
            findings.push(Finding::error(CHECK, "Cargo.toml", 0, says));
            continue;
        };
        let dependencies = package["dependencies"].as_array().unwrap_or(&none);
        for dependency in
            dependencies.iter().filter(|one| names.contains(&one["name"].as_str().unwrap_or("")))
        {
            findings.extend(edge(room, dependency));
        }
    }
    findings
}

/// Checks one dependency of `room` on another room.
fn edge(room: &Room, dependency: &Value) -> Option<Finding> {
    let to = dependency["name"].as_str().unwrap_or("");
    let for_tests = dependency["kind"].as_str() == Some("dev");
    if room.may_use == ANY || room.may_use.contains(&to) {
        return None;
    }
    if for_tests && TEST_EDGES.iter().any(|(from, allowed, _)| *from == room.name && *allowed == to) {
        return None;
    }
    let table = if for_tests { "TEST_EDGES" } else { "ROOMS" };
    let says =
        format!("`{}` may not depend on `{to}`: no such arrow in {table} of xtask/src/house.rs", room.name);
    Some(Finding::error(CHECK, &format!("crates/{}/Cargo.toml", room.name), 0, says))
}
