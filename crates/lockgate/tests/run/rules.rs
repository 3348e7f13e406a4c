//! Bundles for the tests: the rules of this checkout without what makes them a demonstration, at any revision, signed.

use crate::running::lockgate;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Who may sign, with secret keys that repeat one byte, in the form of `openssl genpkey -algorithm ed25519`.
pub(crate) const SIGNERS: [(&str, &str); 2] = [
    ("a-kovac", "MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"),
    ("p-hribar", "MC4CAQAwBQYDK2VwBCIEIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"),
];
/// Their public keys.
pub(crate) const PUBLIC: [(&str, &str); 2] = [
    ("a-kovac", "MCowBQYDK2VwAyEAiojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="),
    ("p-hribar", "MCowBQYDK2VwAyEAgTl3Dqh9F19Wo1Rmw0x+zMuNipG07jeiXfYPW4/Js5Q="),
];

/// A change of one file under `rules/`: the file, what stands there, and what takes its place. Where nothing stands there,
/// the file is new.
pub(crate) type Edit = (&'static str, &'static str, &'static str);

/// What makes the rules of this checkout fit for a lane that works: no demonstration, and room for a test's traffic.
const BASE: &[Edit] = &[
    ("agreements/rsocc.kdl", " demonstration=#true", ""),
    ("agreements/air-picture.kdl", " demonstration=#true", ""),
    ("agreements/isr.kdl", " demonstration=#true", ""),
    ("agreements/reports.kdl", " demonstration=#true", ""),
    ("agreements/us-reports.kdl", " demonstration=#true", ""),
    ("lanes/cot-down.kdl", "rate=\"2Mbit/s\"", "rate=\"1Gbit/s\""),
    ("lanes/cot-up.kdl", "rate=\"2Mbit/s\"", "rate=\"1Gbit/s\""),
];

/// A built bundle.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) bytes: Vec<u8>,
    /// With both signatures.
    pub(crate) signatures: String,
}

static MADE: Mutex<BTreeMap<String, Arc<Built>>> = Mutex::new(BTreeMap::new());

/// The rules at a revision, with changes, signed by both.
pub(crate) fn bundle(revision: u64, edits: &[Edit]) -> Arc<Built> {
    whole(revision, &[BASE, edits].concat())
}

/// The rules as they are in this checkout, at a revision, signed by both.
pub(crate) fn demonstration(revision: u64) -> Arc<Built> {
    whole(revision, &BASE[1..])
}

fn whole(revision: u64, edits: &[Edit]) -> Arc<Built> {
    let mut made = MADE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let built =
        made.entry(format!("{revision} {edits:?}")).or_insert_with(|| Arc::new(build(revision, edits)));
    built.clone()
}

fn build(revision: u64, edits: &[Edit]) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    copy(&checkout("rules"), &rules);
    let change = |file: &str, old: &str, new: &str| {
        if old.is_empty() {
            fs::create_dir_all(rules.join(file).parent().unwrap()).unwrap();
            return fs::write(rules.join(file), new).unwrap();
        }
        let text = fs::read_to_string(rules.join(file)).unwrap();
        assert!(text.contains(old), "rules/{file} does not hold {old}");
        fs::write(rules.join(file), text.replacen(old, new, 1)).unwrap();
    };
    change("bundle.kdl", "revision=1", &format!("revision={revision}"));
    edits.iter().for_each(|(file, old, new)| change(file, old, new));
    let bundle = folder.path().join("gate.bundle");
    let bundle = bundle.to_str().unwrap();
    lockgate(&["bundle", "build", rules.to_str().unwrap(), "-o", bundle]).good();
    for (name, secret) in SIGNERS {
        let key = folder.path().join(name);
        write_secret(&key, secret);
        lockgate(&["bundle", "sign", bundle, "--key", key.to_str().unwrap(), "--as", name]).good();
    }
    Built {
        bytes: fs::read(bundle).unwrap(),
        signatures: fs::read_to_string(format!("{bundle}.sigs")).unwrap(),
    }
}

/// A file of this checkout.
pub(crate) fn checkout(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(below)
}

/// Writes a private key that its owner alone can read.
pub(crate) fn write_secret(path: &Path, secret: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
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
