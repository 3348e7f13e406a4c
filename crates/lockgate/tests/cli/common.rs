//! What the tests of the command line share.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A time at which the samples are neither stale nor from the future.
pub(crate) const NOW: &str = "2026-03-01T10:05:00Z";

/// What the program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The JSON objects on standard output, one a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }

    /// The only JSON object on standard output.
    pub(crate) fn line(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "{self:?}");
        lines.remove(0)
    }
}

/// Runs the program with nothing on standard input.
pub(crate) fn run(args: &[&str]) -> Ran {
    feed(args, b"")
}

/// Runs the program with `input` on standard input.
pub(crate) fn feed(args: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input closes it: that is no fault of the test.
    let _ = child.stdin.take().unwrap().write_all(input);
    let done = child.wait_with_output().unwrap();
    Ran {
        code: done.status.code().expect("the program was not killed"),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

/// A file of this checkout.
pub(crate) fn path(below: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(below).to_str().unwrap().to_owned()
}

/// The lane that leads down.
pub(crate) fn lane() -> String {
    path("rules/lanes/cot-down.kdl")
}

/// The input of a fixture.
pub(crate) fn fixture(name: &str) -> String {
    path(&format!("fixtures/cot-event/{name}/input.xml"))
}

/// The bytes of a track that crosses.
pub(crate) fn track() -> Vec<u8> {
    fs::read(fixture("release-ground-track")).unwrap()
}

/// `inspect --json` on the lane that leads down, with `input` on standard input.
pub(crate) fn inspect(input: &[u8]) -> Ran {
    feed(&["inspect", "--json", "--now", NOW, "--lane", &lane(), "-"], input)
}

/// What `inspect --json` says of each of many objects: they lie in one folder, so that the rules are read once for all.
pub(crate) fn inspect_each(objects: &[&[u8]]) -> Vec<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    for (number, object) in objects.iter().enumerate() {
        fs::write(folder.path().join(format!("{number:03}")), object).unwrap();
    }
    let ran = run(&["inspect", "--json", "--now", NOW, "--lane", &lane(), folder.path().to_str().unwrap()]);
    assert!(ran.code < 2 && ran.err.is_empty(), "{}", ran.err);
    let mut each = vec![Vec::new(); objects.len()];
    for line in ran.lines() {
        let name = Path::new(line["path"].as_str().unwrap()).file_name().unwrap().to_owned();
        each[name.to_str().unwrap().parse::<usize>().unwrap()].push(line);
    }
    assert!(each.iter().all(|lines| !lines.is_empty()), "each has its verdict: {each:?}");
    each
}

/// The codes of a verdict.
pub(crate) fn codes(line: &Value) -> Vec<String> {
    let reasons = line["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
}

/// A folder of its own with copies of `rules/` and `fixtures/`.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["rules", "fixtures"] {
            copy(Path::new(&path(name)), &folder.path().join(name));
        }
        Self { folder }
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn text(&self, below: &str) -> String {
        self.path(below).to_str().unwrap().to_owned()
    }

    /// Replaces `old`, which has to be there, in a file.
    pub(crate) fn change(&self, below: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.path(below)).unwrap();
        assert!(text.contains(old), "{below} does not hold {old}");
        fs::write(self.path(below), text.replacen(old, new, 1)).unwrap();
    }

    /// A copy of a folder of it.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        copy(&self.path(from), &self.path(to));
    }

    pub(crate) fn write(&self, below: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(below).parent().unwrap()).unwrap();
        fs::write(self.path(below), text).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let goal = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &goal);
        } else {
            fs::copy(entry.path(), goal).unwrap();
        }
    }
}
