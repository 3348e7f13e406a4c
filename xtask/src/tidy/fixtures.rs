//! A fixture is an input, what is expected of it, and why it exists.

use super::House;
use crate::finding::Finding;
use crate::house::VERDICTS;
use std::collections::BTreeSet;

const CHECK: &str = "fixtures";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut folders = BTreeSet::new();
    let mut findings = Vec::new();
    for path in house.tree.paths().filter(|path| path.starts_with("fixtures/")) {
        match path.split('/').collect::<Vec<_>>().as_slice() {
            [_, kind, folder, _, ..] => {
                folders.insert(format!("fixtures/{kind}/{folder}"));
            }
            [_, "README.md"] => {}
            _ => findings.push(Finding::error(
                CHECK,
                path,
                0,
                "fixtures live in fixtures/<type>/<verdict>-<words>/",
            )),
        }
    }
    for folder in folders {
        for needed in ["NOTE.md", "expect.kdl"] {
            if !house.tree.has(&format!("{folder}/{needed}")) {
                findings.push(Finding::error(CHECK, &folder, 0, format!("the fixture has no {needed}")));
            }
        }
        let verdict = folder
            .rsplit('/')
            .next()
            .and_then(|name| name.split_once('-'))
            .map_or("", |(verdict, _)| verdict);
        if !VERDICTS.contains(&verdict) {
            let says =
                format!("a fixture's folder begins with its verdict and a hyphen: {}", VERDICTS.join(", "));
            findings.push(Finding::error(CHECK, &folder, 0, says));
        }
    }
    findings
}
