//! Laws about what leaves: one encoding for one meaning, nothing left but what was to be left out, and a second reader
//! that would notice.

use crate::event::{EVENT, event, now};
use crate::gate::{DOWN, Gate};
use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::Inspection;
use proptest::prelude::*;
use proptest::sample::Index;

/// A part of an event: its element, and each attribute with the ways to write its value.
type Part = (&'static str, &'static [(&'static str, &'static [&'static str])]);

/// The attributes of the parts of an event that is released, with values that can be written in several ways.
const PARTS: [Part; 4] = [
    (
        "event",
        &[
            ("version", &["2", "2.0", "2.000"]),
            ("uid", &["LG-0001"]),
            ("type", &["a-f-G-U-C"]),
            ("time", &["2026-03-01T10:04:50Z", "2026-03-01T10:04:50.000Z", "2026-03-01T11:04:50+01:00"]),
            ("start", &["2026-03-01T10:04:50Z", "2026-03-01T10:04:50.0Z"]),
            ("stale", &["2026-03-01T10:09:50Z", "2026-03-01T10:09:50.000000000Z"]),
            ("how", &["m-g"]),
            ("access", &["MISSION RESTRICTED"]),
            ("releasableTo", &["AUT,HRV,HUN,SVK,SVN"]),
        ],
    ),
    (
        "point",
        &[
            ("lat", &["46.0511", "46.05110", "046.0511", "+46.0511"]),
            ("lon", &["14.5051", "14.505100"]),
            ("hae", &["298.5", "298.50"]),
            ("ce", &["12", "12.0"]),
            ("le", &["9999999", "9999999.0"]),
        ],
    ),
    ("contact", &[("callsign", &["KRIM 1"])]),
    ("track", &[("course", &["87.5", "87.50"]), ("speed", &["11.2", "11.200"])]),
];

/// One way of writing what [`EVENT`] says.
fn spelt(picks: &[Index], order: &[Index], quotes: &[bool], blanks: &[bool]) -> String {
    let (mut picks, mut order) = (picks.iter().cycle(), order.iter().cycle());
    let (mut quotes, mut blanks) = (quotes.iter().cycle(), blanks.iter().cycle());
    let mut gap = || if *blanks.next().unwrap() { "\n\t " } else { "" };
    let mut part = |at: usize| {
        let (name, attributes) = PARTS[at];
        let mut waiting: Vec<_> = attributes.to_vec();
        let mut text = format!("<{name}");
        while !waiting.is_empty() {
            let (name, values) = waiting.remove(order.next().unwrap().index(waiting.len()));
            let value = values[picks.next().unwrap().index(values.len())];
            let quote = if *quotes.next().unwrap() { '"' } else { '\'' };
            text += &format!(" {name}={quote}{value}{quote}");
        }
        text
    };
    let (event, point, contact, track) = (part(0), part(1), part(2), part(3));
    let mut text = format!("{event}>{}{point}/>{}<detail>{}", gap(), gap(), gap());
    text += &format!("{contact}/>{}{track}></track >{}</detail>{}</event>{}", gap(), gap(), gap(), gap());
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn one_meaning_leaves_in_one_encoding_which_is_released_as_itself(
        picks in prop::collection::vec(any::<Index>(), 20),
        order in prop::collection::vec(any::<Index>(), 20),
        quotes in prop::collection::vec(any::<bool>(), 20),
        blanks in prop::collection::vec(any::<bool>(), 7),
    ) {
        let object = spelt(&picks, &order, &quotes, &blanks);
        let seen = DOWN.judge(object.as_bytes(), now());
        prop_assert_eq!(&seen.codes, &[""; 0], "{}", object);
        prop_assert_eq!(seen.rewritten, object != EVENT);
        prop_assert_eq!(seen.released.as_deref(), Some(EVENT.as_bytes()));
        let again = DOWN.judge(&seen.released.unwrap(), now());
        prop_assert!(!again.rewritten && again.released.as_deref() == Some(EVENT.as_bytes()));
    }
}

/// Parts that a lane may leave out: its path, and the part as it is written canonically before or in the event.
const LEFT_OUT: [(&str, &str); 6] = [
    ("event.detail.contact.endpoint", " endpoint=\"192.0.2.7:4242:tcp\""),
    ("event.detail.contact.phone", " phone=\"000\""),
    ("event.detail.takv", "<takv platform=\"P\" version=\"1\"/>"),
    ("event.detail.remarks", "<remarks>all is well</remarks>"),
    ("event.detail.creator", "<creator uid=\"X-1\" callsign=\"Y\"/>"),
    ("event.detail.flow_tags", "<_flow-tags_ gw=\"2026-03-01T10:04:51Z\"/>"),
];

#[test]
fn redaction_leaves_out_what_it_says_and_nothing_else() {
    let full = |kept: &dyn Fn(usize) -> bool| {
        let part = |at: usize| if kept(at) { LEFT_OUT[at].1 } else { "" };
        let inside: String = [2, 3, 4, 5].map(part).concat();
        let callsign = format!("callsign=\"KRIM 1\"{}{}", part(0), part(1));
        event(&[("callsign=\"KRIM 1\"", &callsign), ("</detail>", &format!("{inside}</detail>"))])
    };
    let everything = full(&|_| true);
    let file = include_str!("../../../../rules/lanes/cot-down.kdl");
    let old = file.lines().map(str::trim).find(|line| line.starts_with("redact ")).unwrap();
    // Nothing, each alone, two pairs and all: every lane has to be compiled.
    for set in [0_u32, 1, 2, 4, 8, 16, 32, 0b000_101, 0b011_010, 0b111_111] {
        let redacted = |at: usize| set >> at & 1 == 1;
        let paths: String = (0..LEFT_OUT.len())
            .filter(|at| redacted(*at))
            .map(|at| format!(" \"{}\"", LEFT_OUT[at].0))
            .collect();
        let line = if paths.is_empty() { String::new() } else { format!("redact{paths}") };
        let gate = Gate::new("cot-down", &[("lanes/cot-down.kdl", old, &line)]);
        let seen = gate.judge(everything.as_bytes(), now());
        assert_eq!(seen.codes, [""; 0], "{paths}");
        let released = seen.released.unwrap();
        let wanted = gate.judge(full(&|at| !redacted(at)).as_bytes(), now());
        assert_eq!(
            Some(&released),
            wanted.released.as_ref(),
            "{paths}: the rest is as if it had never been there"
        );
        let text = String::from_utf8(released).unwrap();
        for (at, (path, part)) in LEFT_OUT.iter().enumerate() {
            assert_eq!(text.contains(part), !redacted(at), "{path} in {text}");
        }
    }
}

#[test]
fn a_planted_fault_in_what_was_written_is_caught() {
    // No production code can be told to write something wrong, and no test may bring an inspector of its own. So the
    // check itself is tried: what the emitter wrote, with one byte changed, is read by the reference reader and
    // compared with the original, as the engine does before it releases (LG-X002).
    let lane_type = &DOWN.policy.types()[0];
    let usual = EVENT.replace('"', "'").replace("<point", "\n<point");
    let mut original = Inspection::default();
    lane_type.inspector().inspect(
        Untrusted::new(usual.as_bytes()),
        &mut original,
        &mut Budget::new(1_000_000),
    );
    let mut written = Vec::new();
    assert!(lane_type.inspector().emit(
        &original.record,
        Untrusted::new(usual.as_bytes()),
        &[],
        &mut written
    ));
    assert_eq!(written, EVENT.as_bytes());
    let (reader, mut again) = (lane_type.reference(), Inspection::default());
    let mut says_the_same = |bytes: &[u8]| {
        reader.inspect(Untrusted::new(bytes), &mut again, &mut Budget::new(1_000_000));
        again.reasons.is_empty()
            && original.record.says_the_same(usual.as_bytes(), &again.record, bytes, reader.shape())
    };
    assert!(says_the_same(&written), "without a fault nothing is caught");
    let mut harmless = Vec::new();
    for at in 0..written.len() {
        for byte in [b'1', b'S', b'x', b' '] {
            let mut faulty = written.clone();
            faulty[at] = byte;
            if faulty != written && says_the_same(&faulty) {
                harmless.push((at, byte));
            }
        }
        let mut shorter = written.clone();
        shorter.remove(at);
        if says_the_same(&shorter) {
            harmless.push((at, 0));
        }
    }
    assert_eq!(harmless, [], "each byte of the one encoding means something");
}
