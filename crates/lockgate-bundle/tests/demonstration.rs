//! The rules of this repository.

use lockgate_bundle::{Bundle, Strictness};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files under `rules/`.
fn rules() -> BTreeMap<String, Vec<u8>> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "rules"].iter().collect();
    let mut files = BTreeMap::new();
    let mut waiting = vec![root.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.insert(name(&root, &path), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn name(root: &Path, path: &Path) -> String {
    let parts: Vec<&str> = path.strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
    parts.join("/")
}

#[test]
fn the_demonstration_compiles() {
    let bundle = Bundle::build_as(&rules(), Strictness::Trial).unwrap_or_else(|found| panic!("{}", found.render()));
    assert!(bundle.warnings().is_empty(), "{}", bundle.warnings().render());
    assert_eq!(bundle.lanes().map(|lane| lane.lane().to_string()).collect::<Vec<_>>(), ["cot-down", "cot-up"]);
    assert_eq!(bundle.demonstrations().collect::<Vec<_>>(), ["rsocc"]);
    assert_eq!(bundle.slow_path("cot-down").map(|slow| slow.people), Some(2));
    assert!(bundle.slow_path("cot-up").is_none());
    let down = bundle.lane("cot-down").unwrap();
    assert_eq!(down.bundle(), bundle.digest());
    assert_eq!(down.types().len(), 1);
}
