//! Real Cursor-on-Target events: what the MITRE schema rejects and what nobody labelled is never released; with labels
//! and an agreement the rest is, and every release is judged again by a model that shares no code with the engine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "a test stops where something is not as it should be"
)]

mod model;

use lockgate::pipeline::{Passed, pass};
use lockgate_bundle::{Bundle, Strictness};
use lockgate_bytes::{Duration, Frame, Time};
use lockgate_core::{Account, Journal, JournalFault, Policy, Unopened, VerdictKind, Workspace};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The verdict of one object with what the tests ask of it.
struct Seen {
    verdict: VerdictKind,
    codes: Vec<&'static str>,
    released: Option<Vec<u8>>,
}

struct Keep(Option<Seen>);

impl Journal for Keep {
    fn append(&mut self, account: &Account<'_>) -> Result<(), JournalFault> {
        self.0 = Some(Seen {
            verdict: account.verdict(),
            codes: account.reasons().map(|reason| reason.code.id()).collect(),
            released: account.released_bytes().map(<[u8]>::to_vec),
        });
        Ok(())
    }
}

fn judge(policy: &Arc<Policy>, bytes: &[u8], now: Time) -> Seen {
    let source = policy.sources()[0].name.clone();
    let frame = Frame { bytes: bytes.to_vec(), source, arrival: now, sidecar: None };
    let mut keep = Keep(None);
    let (passed, _) = pass(frame, policy, now, Box::new(Workspace::new()), &mut Unopened, &mut keep)
        .expect("the journal takes it");
    let released = matches!(passed, Passed::Release(_));
    let seen = keep.0.expect("recorded");
    assert_eq!(released, seen.verdict == VerdictKind::Release);
    seen
}

/// The corpus folder; loudly `None` where it is not there. In CI a missing corpus is a failure.
fn corpus() -> Option<PathBuf> {
    match std::env::var_os("LOCKGATE_CORPUS") {
        Some(folder) => Some(PathBuf::from(folder).join("formats/cot")),
        None => {
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS is not set; no real event was tried");
            None
        }
    }
}

struct Event {
    name: String,
    bytes: Vec<u8>,
    schema_valid: bool,
}

fn events(folder: &Path) -> Vec<Event> {
    let expected = std::fs::read_to_string(folder.join("expected/lxml-xsd+takproto-3.0.1.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    let events: Vec<Event> = expected
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, facts)| Event {
            bytes: std::fs::read(folder.join(name)).unwrap(),
            schema_valid: facts["xsd_valid"].as_bool().unwrap(),
            name: name.clone(),
        })
        .collect();
    assert_eq!(events.len(), 47, "the corpus is whole");
    events
}

fn rules() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.clone()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn lane(files: &BTreeMap<String, Vec<u8>>) -> Arc<Policy> {
    let bundle = Bundle::build_as(files, Strictness::Trial)
        .unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render()));
    bundle.lane("cot-down").expect("the lane is there").clone()
}

/// A day on which agreement and membership are in force; the events are moved to it.
const AGREED: &str = "2026-06-01T12:00:00Z";

/// When the event says that it was observed, by a reader of its own.
fn observed(bytes: &[u8]) -> Option<Time> {
    let text = std::str::from_utf8(bytes).ok()?;
    let document = roxmltree::Document::parse(text).ok()?;
    Time::parse(document.root_element().attribute("time")?.as_bytes()).ok()
}

#[test]
fn nothing_invalid_and_nothing_unlabelled_is_released() {
    let Some(folder) = corpus() else { return };
    let policy = lane(&rules());
    for event in events(&folder) {
        let now = observed(&event.bytes).unwrap_or(Time::from_unix_nanos(0));
        let seen = judge(&policy, &event.bytes, now);
        // None of these events carries a label, so none may cross, valid or not.
        assert_ne!(seen.verdict, VerdictKind::Release, "{}", event.name);
        assert!(!seen.codes.is_empty(), "{}", event.name);
        if !event.schema_valid {
            assert_eq!(seen.verdict, VerdictKind::Refuse, "{}: {:?}", event.name, seen.codes);
        }
    }
}

#[test]
fn labelled_and_agreed_events_are_released_and_hold_up_in_the_model() {
    let Some(folder) = corpus() else { return };
    let mut files = rules();
    model::widen(&mut files);
    let policy = lane(&files);
    let (mut declared, mut released) = (0, 0);
    for event in events(&folder) {
        // Observed a second from now: within the skew, and an event that goes stale at once is still worth sending.
        let Some(moved) = model::moved(&event.bytes, AGREED) else { continue };
        let now = observed(&moved).unwrap().minus(Duration::from_secs(1));
        for labelled in [model::with_fields(&moved), model::with_label(&moved, now)] {
            let seen = judge(&policy, &labelled, now);
            let undeclared = seen.codes.iter().any(|code| code.starts_with("LG-S"));
            if event.schema_valid && !undeclared {
                declared += 1;
                released += usize::from(seen.verdict == VerdictKind::Release);
                if seen.verdict != VerdictKind::Release {
                    eprintln!("{} is not released: {:?}", event.name, seen.codes);
                }
            }
            match &seen.released {
                Some(bytes) => {
                    assert!(event.schema_valid, "{} is released and invalid", event.name);
                    model::assert_releasable(bytes, now, &event.name);
                }
                None => assert_ne!(seen.verdict, VerdictKind::Release),
            }
        }
    }
    eprintln!("{released} of {declared} labelled, declared, schema-valid events are released");
    assert!(declared >= 2 * 34, "only {declared} of the valid events are fully declared");
    assert!(released * 100 >= declared * 99, "{released} of {declared}");
}
