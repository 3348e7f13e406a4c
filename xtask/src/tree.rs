//! The files of a checkout, in memory, so that a planted bad sample is checked exactly like the real thing.

use crate::code::Code;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every file that git would commit, by its path from the root with `/` between folders.
#[derive(Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, Vec<u8>>,
    rust: BTreeMap<String, Code>,
}

impl Tree {
    /// Reads the checkout at `root`: tracked files and new ones, without what `.gitignore` leaves out.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let list = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .map_err(|fault| format!("git does not start: {fault}"))?;
        if !list.status.success() {
            return Err(format!("git ls-files failed: {}", String::from_utf8_lossy(&list.stderr).trim()));
        }
        let mut files = BTreeMap::new();
        for name in list.stdout.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            let name = String::from_utf8_lossy(name).into_owned();
            // A file deleted but not yet committed is still listed.
            if let Ok(bytes) = std::fs::read(root.join(&name)) {
                files.insert(name, bytes);
            }
        }
        Ok(Self::of(files))
    }

    /// A tree of these files.
    pub(crate) fn of(files: BTreeMap<String, Vec<u8>>) -> Self {
        let mut rust: BTreeMap<String, Code> = files
            .iter()
            .filter(|(path, _)| path.ends_with(".rs"))
            .map(|(path, bytes)| (path.clone(), Code::of(&String::from_utf8_lossy(bytes))))
            .collect();
        let test_files: BTreeSet<String> =
            rust.iter().flat_map(|(path, code)| test_modules(path, code)).collect();
        for (path, code) in &mut rust {
            if lives_in_tests(path) || test_files.iter().any(|test| path.starts_with(test.as_str())) {
                code.is_test_only();
            }
        }
        Self { files, rust }
    }

    /// All paths, sorted.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The bytes of every file, by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// A file as text; `None` where it is missing or not UTF-8.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// True where `path` is a file or a folder with files in it.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        self.files.contains_key(path) || self.paths().any(|file| file.starts_with(&folder))
    }

    /// The Rust sources under `prefix`.
    pub(crate) fn rust<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Code)> {
        self.rust
            .iter()
            .filter(move |(path, _)| path.starts_with(prefix))
            .map(|(path, code)| (path.as_str(), code))
    }
}

/// Integration tests and benches never ship.
fn lives_in_tests(path: &str) -> bool {
    let mut folders = path.split('/').rev().skip(1);
    folders.any(|folder| folder == "tests") || path.starts_with("benches/benches/")
}

/// The files that `path` declares as `#[cfg(test)] mod name;`, as prefixes.
fn test_modules(path: &str, code: &Code) -> Vec<String> {
    let folder = match path.rsplit_once('/') {
        Some((folder, "lib.rs" | "main.rs" | "mod.rs")) => folder.to_owned(),
        _ => path.trim_end_matches(".rs").to_owned(),
    };
    code.test_modules()
        .into_iter()
        .flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/")])
        .collect()
}

/// The root of the checkout: the folder that holds `xtask/`.
pub(crate) fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map(Path::to_path_buf).unwrap_or(own)
}
