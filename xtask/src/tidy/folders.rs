//! A folder that the workspace leaves out says what it is, and so does every folder of the plan.

use super::House;
use crate::finding::Finding;

const CHECK: &str = "folders";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let manifest = house.tree.text("Cargo.toml").unwrap_or("");
    let excluded = manifest.lines().find_map(|line| line.trim().strip_prefix("exclude")).unwrap_or("");
    let folders = excluded.split('"').skip(1).step_by(2);
    folders.filter_map(|folder| {
        let readme = format!("{folder}/README.md");
        let said = house.tree.text(&readme).is_some_and(|text| text.lines().any(|line| line.len() > 20 && !line.starts_with('#')));
        let says = "the workspace leaves this folder out: its README says in a line what it is and how it is run";
        (!said).then(|| Finding::error(CHECK, &readme, 0, says))
    })
    .collect()
}
