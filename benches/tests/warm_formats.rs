//! A lane that is warm asks for no memory, whatever the encoding of its objects; alone in its file, since the whole process is
//! counted. What becomes of Cursor-on-Target events of every fate, `warm_lane.rs` shows.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

use lockgate_bench::allocations::allocations_during;
use lockgate_bench::engine::{Engine, Outcome};
use lockgate_bench::formats::{changed, demonstration, formats};
use lockgate_bytes::{PseudonymKey, Time};
use std::fs;
use std::path::Path;

/// The input of a fixture.
fn fixture(kind: &str, name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(kind).join(name);
    let all = fs::read_dir(&folder).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
    let mut inputs = all.map(|entry| entry.unwrap().path());
    fs::read(inputs.find(|path| path.file_stem().is_some_and(|stem| stem == "input")).unwrap()).unwrap()
}

/// When the fixtures are judged.
const TEN: &str = "2026-03-01T10:00:05Z";
const FIVE_PAST: &str = "2026-03-01T10:05:00Z";
const EVENING: &str = "2026-03-01T18:10:00Z";

/// Lane, type and time; objects with the fate of each: as they are, written anew, held, refused.
type Row = (&'static str, &'static str, &'static str, &'static [(&'static str, Outcome)]);

const OTHERS: [Row; 12] = [
    (
        "tak-down",
        "tak-v1",
        FIVE_PAST,
        &[
            ("release-ground-track", Outcome::Verbatim),
            ("release-in-a-stream", Outcome::Verbatim),
            ("release-detail-as-xml", Outcome::Reemitted),
            ("release-device-left-out", Outcome::Reemitted),
            ("hold-codeword", Outcome::Held),
            ("refuse-both-ways", Outcome::Refused),
            ("release-rest-as-xml", Outcome::Verbatim),
        ],
    ),
    (
        "gmti-down",
        "gmti-4607",
        TEN,
        &[
            ("release-dwell", Outcome::Verbatim),
            ("release-truth-tags-left-out", Outcome::Reemitted),
            ("release-bits-without-targets", Outcome::Reemitted),
            ("release-high-range-resolution", Outcome::Verbatim),
        ],
    ),
    (
        "track-json-down",
        "track-json",
        FIVE_PAST,
        &[
            ("release-feature", Outcome::Verbatim),
            ("release-in-another-style", Outcome::Reemitted),
            ("refuse-name-twice", Outcome::Refused),
        ],
    ),
    (
        "us-reports-down",
        "us-report-demo",
        FIVE_PAST,
        &[("release-rel-to", Outcome::Verbatim), ("release-other-prefix", Outcome::Reemitted)],
    ),
    ("asterix-down", "asterix-cat021", TEN, &[("release-report", Outcome::Verbatim)]),
    ("asterix-down", "asterix-cat034", TEN, &[("release-sector", Outcome::Verbatim)]),
    ("asterix-down", "asterix-cat048", TEN, &[("release-without-mode-codes", Outcome::Reemitted)]),
    (
        "asterix-down",
        "asterix-cat062",
        TEN,
        &[("release-track", Outcome::Verbatim), ("release-without-flight-plan", Outcome::Reemitted)],
    ),
    (
        "klv-down",
        "misb-0601",
        TEN,
        &[
            ("release-platform-left-out", Outcome::Reemitted),
            ("release-tags-in-another-order", Outcome::Reemitted),
        ],
    ),
    (
        "reports-down",
        "logistics-report",
        EVENING,
        &[("release-contact-left-out", Outcome::Reemitted), ("release-another-layout", Outcome::Reemitted)],
    ),
    ("reports-down", "intelligence-report", EVENING, &[("release-handler-left-out", Outcome::Reemitted)]),
    (
        "relay-down",
        "relay-envelope",
        EVENING,
        &[
            ("release-report", Outcome::Verbatim),
            ("release-in-another-style", Outcome::Reemitted),
            ("release-contact-left-out", Outcome::Reemitted),
            ("hold-codeword", Outcome::Held),
            ("refuse-unknown-set", Outcome::Refused),
        ],
    ),
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
    for (lane, kind, now, objects) in OTHERS {
        for (name, fate) in objects {
            let policy = bundle.lane(lane).unwrap().clone();
            let engine = Engine::with(policy, Time::parse(now.as_bytes()).unwrap()).unwrap();
            asks_for_nothing(engine, &fixture(kind, name), *fate, name);
        }
    }
    // What leaves less exact, or under another name.
    let (own, terms) = (
        "        redact",
        "        coarsen \"event.point.lat\" \"event.point.lon\" to=\"0.01\"\n        coarsen \"event.time\" \"event.start\" to=\"1m\"\n        pseudonym \"event.uid\" \"event.detail.link.uid\"\n        redact",
    );
    let bundle = changed("lanes/cot-down.kdl", own, terms).unwrap();
    let engine =
        Engine::with(bundle.lane("cot-down").unwrap().clone(), Time::parse(FIVE_PAST.as_bytes()).unwrap());
    let engine = engine.unwrap().keyed(PseudonymKey::new([7; 32]));
    asks_for_nothing(engine, &fixture("cot-event", "release-bound-label"), Outcome::Reemitted, "renamed");
}

/// An object, once the lane is warm.
fn asks_for_nothing(mut engine: Engine, object: &[u8], fate: Outcome, name: &str) {
    let (mut line, mut released) = (String::new(), Vec::new());
    let mut pass = || {
        line.clear();
        assert_eq!(engine.inspect(object, &mut line, &mut released), fate, "{name}: {line}");
    };
    // The buffers of an object, of its rewriting and of what was released before change places, and each grows once.
    (0..6).for_each(|_| pass());
    assert_eq!(allocations_during(pass), 0, "{name}");
}
