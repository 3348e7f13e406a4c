//! A lane that is warm asks for no memory, whatever the encoding of its objects; alone in its file, since the whole process is
//! counted. What becomes of Cursor-on-Target events of every fate, `warm_lane.rs` shows.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

use lockgate_bench::allocations::allocations_during;
use lockgate_bench::engine::{Engine, Outcome};
use lockgate_bench::formats::{demonstration, formats};
use lockgate_bytes::Time;
use std::fs;
use std::path::Path;

/// The input of a fixture.
fn fixture(kind: &str, name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(kind).join(name);
    let all = fs::read_dir(&folder).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
    let mut inputs = all.map(|entry| entry.unwrap().path());
    fs::read(inputs.find(|path| path.file_stem().is_some_and(|stem| stem == "input")).unwrap()).unwrap()
}

/// Objects with the fate of each: as they are, written anew, held, refused.
const OTHERS: [(&str, &str, &str, Outcome); 16] = [
    ("tak-down", "tak-v1", "release-ground-track", Outcome::Verbatim),
    ("tak-down", "tak-v1", "release-in-a-stream", Outcome::Verbatim),
    ("tak-down", "tak-v1", "release-detail-as-xml", Outcome::Reemitted),
    ("tak-down", "tak-v1", "release-device-left-out", Outcome::Reemitted),
    ("tak-down", "tak-v1", "hold-codeword", Outcome::Held),
    ("tak-down", "tak-v1", "refuse-both-ways", Outcome::Refused),
    ("gmti-down", "gmti-4607", "release-dwell", Outcome::Verbatim),
    ("gmti-down", "gmti-4607", "release-truth-tags-left-out", Outcome::Reemitted),
    ("gmti-down", "gmti-4607", "release-bits-without-targets", Outcome::Reemitted),
    ("track-json-down", "track-json", "release-feature", Outcome::Verbatim),
    ("track-json-down", "track-json", "release-in-another-style", Outcome::Reemitted),
    ("track-json-down", "track-json", "refuse-name-twice", Outcome::Refused),
    ("gmti-down", "gmti-4607", "release-high-range-resolution", Outcome::Verbatim),
    ("tak-down", "tak-v1", "release-rest-as-xml", Outcome::Verbatim),
    ("us-reports-down", "us-report-demo", "release-rel-to", Outcome::Verbatim),
    ("us-reports-down", "us-report-demo", "release-other-prefix", Outcome::Reemitted),
];

#[test]
fn a_warm_lane_allocates_nothing_whatever_the_encoding() {
    let (mut line, mut released) = (String::new(), Vec::new());
    for format in formats().unwrap() {
        let mut engine = Engine::with(format.policy.clone(), format.now).unwrap();
        let mut pass = || {
            for object in &format.objects {
                line.clear();
                assert_eq!(engine.inspect(object, &mut line, &mut released), Outcome::Verbatim, "{line}");
            }
        };
        pass();
        pass();
        assert_eq!(allocations_during(pass), 0, "{}", format.name);
    }
    let bundle = demonstration().unwrap();
    for (lane, kind, name, fate) in OTHERS {
        let now: &[u8] = if lane == "gmti-down" { b"2026-03-01T10:00:05Z" } else { b"2026-03-01T10:05:00Z" };
        let mut engine = Engine::with(bundle.lane(lane).unwrap().clone(), Time::parse(now).unwrap()).unwrap();
        let object = fixture(kind, name);
        let mut pass = || {
            line.clear();
            assert_eq!(engine.inspect(&object, &mut line, &mut released), fate, "{name}: {line}");
        };
        // The buffers of an object, of its rewriting and of what was released before change places, and each grows once.
        (0..6).for_each(|_| pass());
        assert_eq!(allocations_during(pass), 0, "{kind} {name}");
    }
}
