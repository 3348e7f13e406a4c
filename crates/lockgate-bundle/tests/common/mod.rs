//! What the tests share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files under `rules/`.
pub(crate) fn rules() -> BTreeMap<String, Vec<u8>> {
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
