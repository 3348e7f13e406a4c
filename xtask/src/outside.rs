//! `xtask oracles` and `xtask peers`: workspaces of their own, so that a normal build never compiles them.

use crate::process::{cargo, run};
use crate::tree;

/// Runs the tests of every workspace under `oracles/`; true where all hold.
pub(crate) fn oracles() -> Result<bool, String> {
    let folder = tree::root().join("oracles");
    let entries = std::fs::read_dir(&folder).map_err(|fault| format!("oracles/: {fault}"))?;
    let mut workspaces: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .collect();
    workspaces.sort();
    if workspaces.is_empty() {
        println!("oracles: there is no workspace under oracles/ yet; nothing was compared");
        return Ok(false);
    }
    let mut held = true;
    for workspace in workspaces {
        println!("oracles: {}", workspace.file_name().unwrap_or_default().to_string_lossy());
        held &= run(cargo().args(["test", "--release"]).current_dir(&workspace))?;
    }
    Ok(held)
}

/// Measures the peers beside us, on the same events and in one run.
pub(crate) fn peers() -> Result<bool, String> {
    run(cargo().args(["run", "--quiet", "--release"]).current_dir(tree::root().join("benches/peers")))
}
