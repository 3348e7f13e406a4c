//! `xtask tidy`: what the house rules say and no compiler checks. Each check has a planted bad sample in `planted.rs`
//! that it must find.

mod claims;
mod content;
mod docs;
mod edges;
mod eyes;
mod fixtures;
mod folders;
mod jailed;
mod length;
mod lints;
mod one_way;
#[cfg(test)]
mod planted;
mod purity;
mod states;

use crate::finding::{Finding, Level};
use crate::tree::{self, Tree};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Everything a check may look at.
pub(crate) struct House {
    pub(crate) tree: Tree,
    /// What `cargo metadata --no-deps` says.
    pub(crate) metadata: Value,
}

/// A check and what it looks for.
type Check = (&'static str, fn(&House) -> Vec<Finding>);

const CHECKS: &[Check] = &[
    ("dependency edges between rooms", edges::check),
    ("pure rooms", purity::check),
    ("inspectors, policies, escape hatches, tokens", states::check),
    ("the wall of lints", lints::check),
    ("send-only rooms", one_way::check),
    ("rooms of the jail", jailed::check),
    ("alarms and gauges", eyes::check),
    ("machine paths, registries, sizes", content::check),
    ("lengths of files and functions", length::check),
    ("decisions and links", docs::check),
    ("what the documents claim", claims::check),
    ("fixtures", fixtures::check),
    ("workspaces of their own", folders::check),
];

/// Runs every check over this checkout; true where nothing is an error.
pub(crate) fn run() -> Result<bool, String> {
    let root = tree::root();
    let house = House { tree: Tree::read(&root)?, metadata: metadata(&root)? };
    let mut errors = 0_usize;
    let mut warnings = 0_usize;
    for (name, check) in CHECKS {
        let mut findings = check(&house);
        findings.sort_by(|a, b| (b.level, &a.path, a.line).cmp(&(a.level, &b.path, b.line)));
        let wrong = findings.iter().filter(|finding| finding.level == Level::Error).count();
        println!("{} {name}", if wrong == 0 { "ok  " } else { "FAIL" });
        for finding in &findings {
            println!("     {finding}");
        }
        errors += wrong;
        warnings += findings.len() - wrong;
    }
    println!("tidy: {} checks, {errors} errors, {warnings} warnings", CHECKS.len());
    Ok(errors == 0)
}

fn metadata(root: &Path) -> Result<Value, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root)
        .output()
        .map_err(|fault| format!("cargo metadata does not start: {fault}"))?;
    if !out.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&out.stderr).trim()));
    }
    serde_json::from_slice(&out.stdout).map_err(|fault| format!("cargo metadata printed no JSON: {fault}"))
}
