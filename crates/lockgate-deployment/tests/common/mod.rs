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

/// The same with more lines about the type `spot` of the lane `down`.
pub(crate) fn bundle_with(terms: &str) -> Bundle {
    let mut files = files(&["..", "lockgate-bundle", "tests", "base"]);
    let lane = files.get_mut("lanes/down.kdl").unwrap();
    let text = String::from_utf8(lane.clone()).unwrap();
    let place = "        undeclared slow\n";
    assert!(text.contains(place));
    *lane = text.replacen(place, &format!("{place}{terms}"), 1).into_bytes();
    built(&files)
}

/// The demonstration's, with a second source of `asterix-down`, whose own type is small.
pub(crate) fn bundle_of_two() -> Bundle {
    let mut files = files(&["..", "..", "rules"]);
    let mut change = |path: &str, from: &str, to: &str| {
        let file = files.get_mut(path).unwrap();
        let text = String::from_utf8(file.clone()).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        *file = text.replacen(from, to, 1).into_bytes();
    };
    change("types/asterix-cat034/type.kdl", "limits size=\"64KiB\"", "limits size=\"1KiB\"");
    change("lanes/asterix-down.kdl", "\"asterix-cat021\" \"asterix-cat034\"", "\"asterix-cat021\"");
    let second = "source \"north\" by=tls ceiling=\"RESTRICTED\" objects=\"50/s\" {\ntypes \"asterix-cat034\"\n}\n    type";
    change("lanes/asterix-down.kdl", "type \"asterix-cat021\"", &format!("{second} \"asterix-cat021\""));
    built(&files)
}

/// The demonstration's, with objects of a type cut as `framing` says in the place of `of`.
pub(crate) fn bundle_cut(kind: &str, of: &str, framing: &str) -> Bundle {
    let mut files = files(&["..", "..", "rules"]);
    let file = files.get_mut(&format!("types/{kind}/type.kdl")).unwrap();
    let text = String::from_utf8(file.clone()).unwrap();
    assert!(text.contains(of), "{kind} has no {of}");
    *file = text.replacen(of, framing, 1).into_bytes();
    built(&files)
}

/// The rules in a folder, compiled as for their authors.
pub(crate) fn compiled(below: &[&str]) -> Bundle {
    built(&files(below))
}

fn files(below: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR")].iter().chain(below).collect();
    let mut files = BTreeMap::new();
    gather(&root, &root, &mut files);
    files
}

fn built(files: &BTreeMap<String, Vec<u8>>) -> Bundle {
    Bundle::build_as(files, Strictness::Draft).unwrap_or_else(|found| panic!("{}", found.render()))
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
