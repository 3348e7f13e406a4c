//! What the tests share.

#![allow(dead_code, reason = "each test uses what it needs")]

use lockgate_bundle::{Evidence, FixtureEvidence, Measured};
use lockgate_bytes::Digest;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files of a bundle.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// The rules of this repository.
pub(crate) fn rules() -> Files {
    tree(&["..", "..", "rules"])
}

/// A small bundle that builds; its evidence is of its present bytes.
pub(crate) fn base() -> Files {
    let mut files = tree(&["tests", "base"]);
    let of = |file: &str| Measured {
        file: file.to_owned(),
        sha256: Digest(Sha256::digest(&files[&format!("types/spot/{file}")]).into()),
    };
    let fixture = |name: &str| FixtureEvidence { name: name.to_owned(), sha256: Digest([1; 32]) };
    let evidence = Evidence {
        name: "spot".to_owned(),
        version: "1.0".to_owned(),
        of: vec![of("type.kdl"), of("rules.kdl")],
        fixtures: vec![fixture("release-friendly"), fixture("refuse-window-empty")],
        round_trips: 1,
        steps: Some(1000),
        confirmed: None,
    };
    files.insert("types/spot/evidence.kdl".to_owned(), evidence.to_kdl().into_bytes());
    files
}

fn tree(below: &[&str]) -> Files {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR")].iter().chain(below).collect();
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
    let parts: Vec<&str> =
        path.strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
    parts.join("/")
}
