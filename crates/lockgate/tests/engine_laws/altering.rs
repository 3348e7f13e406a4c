//! Laws of what a lane rounds and renames before it crosses.

use crate::event::{EVENT, event, now};
use crate::gate::{Gate, Seen, build};
use lockgate_bytes::PseudonymKey;
use lockgate_core::{VerdictKind, Workspace};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

/// Where the lane file takes more lines about the type.
const PLACE: &str = "        undeclared slow\n        redact";
const ROUNDED: &str = "        undeclared slow\n        coarsen \"event.point.lat\" \"event.point.lon\" to=\"0.01\"\n        \
    coarsen \"event.time\" \"event.start\" to=\"1m\"\n        redact";
const NAMED: &str =
    "        undeclared slow\n        pseudonym \"event.uid\" \"event.detail.link.uid\"\n        redact";

fn lane(terms: &str) -> Gate {
    Gate::new("cot-down", &[("lanes/cot-down.kdl", PLACE, terms)])
}

static ROUNDING: LazyLock<Gate> = LazyLock::new(|| lane(ROUNDED));
static NAMING: LazyLock<Gate> = LazyLock::new(|| lane(NAMED));

fn keyed(byte: u8) -> Box<Workspace> {
    Box::new(Workspace::new().keyed(Some(Arc::new(PseudonymKey::new([byte; 32])))))
}

fn named(object: &str, key: u8) -> Seen {
    NAMING.judge_in(object.as_bytes(), now(), keyed(key)).0
}

fn text(seen: &Seen) -> String {
    assert_eq!(seen.codes, [""; 0], "{}", seen.line);
    String::from_utf8(seen.released.clone().unwrap()).unwrap()
}

/// The value of the first attribute `name` of what left.
fn attribute<'t>(text: &'t str, name: &str) -> &'t str {
    let start = text.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    let rest = &text[start..];
    &rest[..rest.find('"').unwrap()]
}

#[test]
fn what_is_rounded_leaves_rounded_and_all_else_as_it_was() {
    let seen = ROUNDING.judge(EVENT.as_bytes(), now());
    assert!(seen.rewritten);
    let wanted = event(&[
        ("lat=\"46.0511\"", "lat=\"46.05\""),
        ("lon=\"14.5051\"", "lon=\"14.51\""),
        (" time=\"2026-03-01T10:04:50Z\"", " time=\"2026-03-01T10:04:00Z\""),
        (" start=\"2026-03-01T10:04:50Z\"", " start=\"2026-03-01T10:04:00Z\""),
    ]);
    assert_eq!(text(&seen), wanted);
    // The account tells of the object as it came.
    assert!(seen.line.contains("46.0511") && !seen.line.contains("pseudonym_key"), "{}", seen.line);
    // What is round already crosses as it is.
    let again = ROUNDING.judge(wanted.as_bytes(), now());
    assert!(!again.rewritten && text(&again) == wanted);
}

#[test]
fn one_identity_has_one_name_wherever_it_stands() {
    let linked = |uid: &str, other: &str| {
        let link = format!("<link uid=\"{other}\" type=\"a-f-G-U-C\" relation=\"p-p\"/></detail>");
        event(&[("uid=\"LG-0001\"", &format!("uid=\"{uid}\"")), ("</detail>", &link)])
    };
    let own = text(&named(&linked("LG-0001", "LG-0001"), 1));
    let uid = attribute(&own, "uid").to_owned();
    assert_eq!(uid.len(), 32);
    assert!(!own.contains("LG-0001"), "{own}");
    assert_eq!(own.matches(&uid).count(), 2, "{own}");
    let other = text(&named(&linked("LG-0001", "LG-0002"), 1));
    assert_eq!(attribute(&other, "uid"), uid, "the same in every object");
    assert_eq!(other.matches(&uid).count(), 1, "{other}");
    let rekeyed = text(&named(&linked("LG-0001", "LG-0001"), 2));
    assert_ne!(attribute(&rekeyed, "uid"), uid);
    // Everything else is as it was.
    assert_eq!(own.replace(&uid, "LG-0001"), linked("LG-0001", "LG-0001"));
}

#[test]
fn a_key_is_told_by_its_id_and_never_by_itself() {
    let seen = named(EVENT, 0xA7);
    let id = PseudonymKey::new([0xA7; 32]);
    assert!(seen.line.contains(&format!("\"pseudonym_key\":\"{}\"", id.id())), "{}", seen.line);
    assert!(!seen.line.contains("a7a7"), "{}", seen.line);
}

#[test]
fn without_its_key_an_identity_is_held_whatever_else_is_wrong_with_it() {
    let seen = NAMING.judge(EVENT.as_bytes(), now());
    assert_eq!((seen.verdict, seen.codes), (VerdictKind::Hold, vec!["LG-H010"]));
    let late = event(&[("stale=\"2026-03-01T10:09:50Z\"", "stale=\"2026-03-01T10:04:51Z\"")]);
    let seen = NAMING.judge(late.as_bytes(), now());
    assert_eq!(seen.verdict, VerdictKind::Refuse);
    assert!(seen.codes.contains(&"LG-H010") && seen.codes.len() > 1, "{:?}", seen.codes);
}

#[test]
fn what_leaves_is_judged_as_it_leaves() {
    // As it came it was observed before it went stale; rounded down to minutes it would be of no use for a moment.
    let terms = ROUNDED.replace("\"event.start\"", "\"event.start\" \"event.stale\"");
    let gate = lane(&terms);
    let short = event(&[("stale=\"2026-03-01T10:09:50Z\"", "stale=\"2026-03-01T10:04:59Z\"")]);
    let seen = gate.judge(short.as_bytes(), now());
    assert_eq!(seen.verdict, VerdictKind::Refuse, "{}", seen.line);
    assert!(seen.released.is_none());
}

#[test]
fn a_plot_is_coarsened_and_its_track_renamed_in_its_own_steps() {
    let terms = "        redact \"i048.i050\"";
    let more = "        coarsen \"i048.i040.rho\" to=\"1\"\n        coarsen \"i048.i040.theta\" to=\"360/2^8\"\n        \
        coarsen \"i048.i140\" to=\"1\"\n        pseudonym \"i048.i161.trn\"\n        redact \"i048.i050\"";
    let gate = Gate::new("asterix-down", &[("lanes/asterix-down.kdl", terms, more)]);
    let now = crate::event::at("2026-03-01T10:00:05Z");
    // 10:00:00 and 85/128 s; rho, theta; the track.
    let plot = |time: [u8; 3], place: [u8; 4], track: u16| {
        let [high, low] = track.to_be_bytes();
        [&[0x30, 0, 21, 0xFD, 0x10, 25, 12][..], &time, &[0xA0], &place, &[2, 0, 5, 0x28, high, low]].concat()
    };
    let came = plot([0x46, 0x50, 0x55], [0xC5, 0xAF, 0xF1, 0xE0], 0xDEB);
    let seen = gate.judge_in(&came, now, keyed(1)).0;
    assert_eq!(seen.codes, [""; 0], "{}", seen.line);
    let track = PseudonymKey::new([1; 32]).number("asterix-down", 0xDEB, 4096).unwrap();
    let wanted = plot([0x46, 0x50, 0], [0xC6, 0, 0xF2, 0], u16::try_from(track).unwrap());
    assert_eq!(seen.released.unwrap(), wanted);
    assert_ne!(track, 0xDEB);
    // A degree is no whole number of steps of 360/2^16.
    let finer = more.replace("360/2^8", "1");
    let report = build(&[("lanes/asterix-down.kdl", terms, &finer)]).unwrap_err();
    assert!(report.contains("it has steps of"), "{report}");
}

#[test]
fn a_lane_that_could_not_do_it_does_not_build() {
    for (terms, says) in [
        ("coarsen \"event.point.lat\" to=\"1/3\"", "cannot say every multiple"),
        ("coarsen \"event.point.lat\" to=\"a\"", "a step above zero"),
        ("coarsen \"event.point.lat\" to=\"1000\"", ""),
        ("coarsen \"event.time\" to=\"0.5\"", "a duration"),
        ("coarsen \"event.uid\" to=\"1\"", "identity.track"),
        ("coarsen \"event.access\" to=\"1\"", "marking."),
        ("coarsen \"event.point\" to=\"1\"", "name the fields in it"),
        ("coarsen \"event.pont.lat\" to=\"1\"", "event.point"),
        ("coarsen \"event.time\" to=\"1m\"\n        coarsen \"event.time\" to=\"1s\"", "altered twice"),
        ("coarsen \"event.detail.takv.os\" to=\"1\"", "left out by `redact`"),
        ("pseudonym \"event.access\"", "marking."),
        ("pseudonym \"event.type\"", "identity.kind"),
        ("pseudonym \"event.point.lat\"", "position.lat"),
        ("pseudonym \"event.time\"", "time."),
    ] {
        let edit = format!("        undeclared slow\n        {terms}\n        redact");
        match build(&[("lanes/cot-down.kdl", PLACE, &edit)]) {
            Ok(_) => assert_eq!(says, "", "{terms} builds"),
            Err(report) => assert!(!says.is_empty() && report.contains(says), "{terms}: {report}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Against a computation of its own, by hundredths of whole numbers.
    #[test]
    fn any_position_leaves_as_the_nearest_hundredth(lat in -900_000_000_i64..=900_000_000) {
        let (sign, size) = (if lat < 0 { "-" } else { "" }, lat.abs());
        let written = format!("lat=\"{sign}{}.{:07}\"", size / 10_000_000, size % 10_000_000);
        let seen = ROUNDING.judge(event(&[("lat=\"46.0511\"", &written)]).as_bytes(), now());
        let left = text(&seen);
        let left = attribute(&left, "lat");
        let hundredths = (lat + 50_000).div_euclid(100_000);
        let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
        let digits = format!("{rest:02}");
        let digits = digits.trim_end_matches('0');
        let point = if digits.is_empty() { "" } else { "." };
        let sign = if hundredths < 0 { "-" } else { "" };
        prop_assert_eq!(left, format!("{sign}{whole}{point}{digits}"), "{}", written);
    }
}
