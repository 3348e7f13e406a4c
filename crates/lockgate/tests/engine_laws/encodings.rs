//! What a lane rounds and renames, in every encoding: the released bytes are made here a second time, by hand.

use crate::event::at;
use crate::gate::Gate;
use lockgate_bytes::PseudonymKey;
use lockgate_core::Workspace;
use std::sync::Arc;

const KEY: [u8; 32] = [1; 32];

fn input(fixture: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../fixtures/{fixture}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What leaves of an object by a lane with more terms in front of the line `before`; it is written anew, and leaves as it is when
/// it comes back where nothing has another name.
fn left(lane: &str, before: &str, terms: &str, object: &[u8], now: &str) -> Vec<u8> {
    let gate =
        Gate::new(lane, &[(&format!("lanes/{lane}.kdl"), before, &format!("{terms}\n        {before}"))]);
    let keyed = || Box::new(Workspace::new().keyed(Some(Arc::new(PseudonymKey::new(KEY)))));
    let seen = gate.judge_in(object, at(now), keyed()).0;
    assert_eq!(seen.codes, [""; 0], "{lane}: {}", seen.line);
    assert!(seen.rewritten, "{lane}");
    seen.released.unwrap()
}

/// `name` of an identity in this lane.
fn name(lane: &str, text: &str) -> String {
    String::from_utf8(PseudonymKey::new(KEY).text(lane, text.as_bytes()).to_vec()).unwrap()
}

/// The bytes with this part, which is there once, as another.
fn with(bytes: &[u8], part: &[u8], other: &[u8]) -> Vec<u8> {
    let found: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(part)).collect();
    assert_eq!(found.len(), 1, "{part:02x?}");
    let at = found[0];
    [&bytes[..at], other, &bytes[at + part.len()..]].concat()
}

#[test]
fn a_packet_of_metadata_is_rounded_and_renamed_and_has_its_sum() {
    let packet = input("misb-0601/release-packet/input.bin");
    let terms = "coarsen \"st0601.set.platform_heading_angle\" to=\"360/255\"\n        \
                 pseudonym \"st0601.set.platform_designation\"";
    let seen = left("klv-down", "redact \"st0601", terms, &packet, "2026-03-01T10:00:05Z");
    // 113 steps of 257; a longer name; a longer packet.
    let set = with(&packet, &[0x05, 2, 0x71, 0xC2], &[0x05, 2, 0x71, 0x71]);
    let renamed = [&[0x0A, 32][..], name("klv-down", "DEMO-UAV").as_bytes()].concat();
    let set = with(&set, b"\x0A\x08DEMO-UAV", &renamed);
    let mut wanted = with(&set, &[0x00, 0x58, 0x02, 0x08], &[0x00, 0x70, 0x02, 0x08]);
    let end = wanted.len() - 2;
    let sum = wanted[..end].iter().enumerate().fold(0_u16, |sum, (at, byte)| {
        sum.wrapping_add(if at % 2 == 0 { u16::from(*byte) << 8 } else { u16::from(*byte) })
    });
    wanted.truncate(end);
    wanted.extend(sum.to_be_bytes());
    assert_eq!(seen, wanted);
}

#[test]
fn a_packet_of_targets_is_rounded_and_renamed_in_its_bits() {
    let packet = input("gmti-4607/release-dwell/input.bin");
    let terms = "coarsen \"gmti.segment.dwell.lat\" to=\"180/2^8\"\n        pseudonym \"gmti.job\"";
    let seen = left("gmti-down", "redact \"gmti", terms, &packet, "2026-03-01T10:00:05Z");
    let job = PseudonymKey::new(KEY).number("gmti-down", 1, 1 << 32).unwrap();
    let mut wanted = with(&packet, &[0x41, 0x7E, 0x4B, 0x17], &[0x41, 0, 0, 0]);
    wanted[28..32].copy_from_slice(&u32::try_from(job).unwrap().to_be_bytes());
    assert_eq!(seen, wanted);
}

#[test]
fn a_track_in_protobuf_is_rounded_and_renamed_with_its_lengths() {
    let message = input("tak-v1/release-ground-track/input.bin");
    let terms =
        "coarsen \"event.point.lat\" \"event.point.lon\" to=\"0.01\"\n        pseudonym \"event.uid\"";
    let seen = left("tak-down", "redact \"event.control\"", terms, &message, "2026-03-01T10:05:00Z");
    let place = |lat: f64, lon: f64| [&[0x51][..], &lat.to_le_bytes(), &[0x59], &lon.to_le_bytes()].concat();
    let rounded = with(&message, &place(46.0511, 14.5051), &place(46.05, 14.51));
    let renamed = [&b"\x2A\x20"[..], name("tak-down", "LG-0001").as_bytes()].concat();
    let wanted =
        with(&with(&rounded, b"\x2A\x07LG-0001", &renamed), &[0x12, 0xA5, 0x01], &[0x12, 0xBE, 0x01]);
    assert_eq!(seen, wanted);
}

#[test]
fn a_report_is_rounded_in_its_own_digits() {
    let report = String::from_utf8(input("logistics-report/release-report/input.txt")).unwrap();
    let terms = "coarsen \"logrep.unit.fuel.litres\" to=\"1000\"\n        coarsen \"logrep.unit.pers.present\" to=\"50\"";
    let seen = left("reports-down", "redact \"logrep", terms, report.as_bytes(), "2026-03-01T18:10:00Z");
    let mut wanted = report;
    for (came, leaves) in [
        ("40500.0L", "41000.0L"),
        ("800.0L", "1000.0L"),
        ("PERS/112/", "PERS/100/"),
        ("PERS/31//", "PERS/50//"),
    ] {
        assert_eq!(wanted.matches(came).count(), 1, "{came}");
        wanted = wanted.replace(came, leaves);
    }
    assert_eq!(String::from_utf8(seen).unwrap(), wanted);
}

#[test]
fn a_feature_is_rounded_and_renamed_in_its_members() {
    let feature = String::from_utf8(input("track-json/release-feature/input.json")).unwrap();
    let terms = "coarsen \"track.geometry.at.lat\" \"track.geometry.at.lon\" to=\"0.01\"\n        pseudonym \"track.id\"";
    let seen = left("track-json-down", "redact \"track", terms, feature.as_bytes(), "2026-03-01T10:05:00Z");
    let wanted = feature
        .replace("[14.5051,46.0511,", "[14.51,46.05,")
        .replace("\"LG-0001\"", &format!("\"{}\"", name("track-json-down", "LG-0001")));
    assert_eq!(String::from_utf8(seen).unwrap(), wanted);
}
