//! What the tests share.

#![allow(dead_code, reason = "each test uses what it needs")]

use lockgate_bundle::{Bundle, Strictness};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A deployment of the lane `down` in which all is well.
pub(crate) const BASE: &str = include_str!("../base.kdl");

/// The small bundle of the bundle's own tests: `down` has the sources `sensor` (by interface) and `camp` (by TLS).
pub(crate) fn bundle() -> Bundle {
    compiled(&["..", "lockgate-bundle", "tests", "base"])
}

/// The rules in a folder, compiled as for their authors.
pub(crate) fn compiled(below: &[&str]) -> Bundle {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR")].iter().chain(below).collect();
    let mut files = BTreeMap::new();
    gather(&root, &root, &mut files);
    Bundle::build_as(&files, Strictness::Draft).unwrap_or_else(|found| panic!("{}", found.render()))
}

fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}
