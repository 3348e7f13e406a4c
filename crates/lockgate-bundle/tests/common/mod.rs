//! What the tests share.

#![allow(dead_code, reason = "each test uses what it needs")]

use lockgate_bundle::{Bundle, Evidence, FixtureEvidence, Measured};
use lockgate_bytes::{Digest, Frame, Time};
use lockgate_core::{Decision, Envelope, Received, Routed, Verdict, Workspace, decide, decide_rewritten};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of a bundle.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// The rules of this repository.
pub(crate) fn rules() -> Files {
    tree(&["..", "..", "rules"])
}

/// The same, as far as the lane `cot-down` needs them.
pub(crate) fn cot_rules() -> Files {
    let mut files = rules();
    let needed = |folder: &str, name: &str| match folder {
        "types" => name.starts_with("cot-event/") || name.starts_with("stanag-4774/"),
        "lanes" => name == "cot-down.kdl",
        "profiles" => name == "cot-mission.kdl",
        folder => folder != "goals",
    };
    files.retain(|path, _| path.split_once('/').is_none_or(|(folder, name)| needed(folder, name)));
    files
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

/// What the lane says of an object, and the bytes that cross.
pub(crate) fn judge(bundle: &Bundle, object: &str, now: &str) -> (Value, Option<String>) {
    let (account, bytes, _) = judge_until(bundle, object, now);
    (account, bytes)
}

/// The same, and until when that holds.
pub(crate) fn judge_until(bundle: &Bundle, object: &str, now: &str) -> (Value, Option<String>, Option<Time>) {
    let policy = bundle.lane("cot-down").unwrap();
    let now = Time::parse(now.as_bytes()).unwrap();
    let frame = Frame {
        bytes: object.as_bytes().to_vec(),
        source: Arc::from("sensor-net"),
        arrival: now,
        sidecar: None,
    };
    let received = Received::accept(frame, Box::new(Workspace::new()));
    let inspected = match received.route(policy) {
        Routed::Fast(object) => object.inspect(policy),
        Routed::Slow(object) => object.look(&mut lockgate_core::Unopened, policy),
    };
    let verdict: Verdict = match decide(inspected, policy, now, None) {
        Decision::Final(verdict) => verdict,
        Decision::Rewritten(object) => decide_rewritten(object.inspect(policy), policy, now),
    };
    let mut line = String::new();
    verdict.account().write_json(&Envelope { record: true, ..Envelope::default() }, &mut line);
    let bytes = verdict.account().released_bytes().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    (serde_json::from_str(&line).unwrap(), bytes, verdict.account().not_after())
}

pub(crate) fn codes(account: &Value) -> Vec<&str> {
    account["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}
