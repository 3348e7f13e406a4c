//! Laws about the security codes of a format: the types of the bundle say the same of them as the typed codes of
//! `lockgate-marking`, and a profile brings them into a policy by their words.

use crate::gate::{Gate, Seen};
use lockgate_bytes::Time;
use lockgate_core::{CarrierKind, VerdictKind};
use lockgate_marking::native::{GmtiLevel, GmtiSecurity, MisbLevel, NativeLevel};
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;

static GMTI: LazyLock<Gate> = LazyLock::new(|| Gate::new("gmti-down", &[]));
static KLV: LazyLock<Gate> = LazyLock::new(|| Gate::new("klv-down", &[]));

/// Where the security fields of a packet stand: level, system, codes.
const LEVEL: usize = 8;
const CODES: usize = 11;

fn sample(fixture: &str) -> Vec<u8> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    std::fs::read(fixtures.join(fixture).join("input.bin")).unwrap()
}

fn now() -> Time {
    Time::parse(b"2026-03-01T10:00:05Z").unwrap()
}

/// The rules that were not met.
fn unmet(seen: &Seen) -> Vec<String> {
    let line: Value = serde_json::from_str(&seen.line).unwrap();
    let rules = line["reasons"].as_array().unwrap().iter().filter_map(|reason| reason["rule"].as_str());
    rules.map(str::to_owned).collect()
}

fn level(seen: &Seen) -> Option<String> {
    let line: Value = serde_json::from_str(&seen.line).unwrap();
    line["label"]["level"].as_str().map(str::to_owned)
}

#[test]
fn the_level_of_a_packet_is_that_of_its_typed_code() {
    let packet = sample("gmti-4607/release-dwell");
    for code in 0..=u8::MAX {
        let mut packet = packet.clone();
        packet[LEVEL] = code;
        let seen = GMTI.judge(&packet, now());
        let known = GmtiLevel::read(code).ok();
        assert_eq!(level(&seen).as_deref(), known.map(GmtiLevel::word), "{code}");
        let released = known.is_some_and(|level| level <= GmtiLevel::Restricted);
        assert_eq!(seen.verdict == VerdictKind::Release, released, "{code} {:?}", seen.codes);
    }
}

#[test]
fn the_level_of_a_security_set_is_that_of_its_typed_code() {
    let packet = sample("misb-0601/release-packet");
    let at = packet.windows(3).position(|three| three == [1, 1, 2]).unwrap() + 2;
    for code in 0..=u8::MAX {
        let mut packet = packet.clone();
        packet[at] = code;
        let end = packet.len() - 2;
        let sum = packet[..end].iter().zip(0_usize..).fold(0_u16, |sum, (byte, at)| {
            sum.wrapping_add(if at % 2 == 0 { u16::from(*byte) << 8 } else { u16::from(*byte) })
        });
        packet[end..].copy_from_slice(&sum.to_be_bytes());
        let seen = KLV.judge(&packet, now());
        let known = MisbLevel::read(code).ok();
        assert_eq!(level(&seen).as_deref(), known.map(MisbLevel::word), "{code}");
        let released = known.is_some_and(|level| level <= MisbLevel::Restricted);
        assert_eq!(seen.verdict == VerdictKind::Release, released, "{code} {:?}", seen.codes);
    }
}

/// Every pair of codes at every level: the rules of the type refuse what the typed reading calls a contradiction.
#[test]
fn codes_that_contradict_each_other_are_refused_by_the_rules_of_the_type() {
    let packet = sample("gmti-4607/release-dwell");
    let single = (0..16).map(|bit| 1_u16 << bit);
    let mut codes: Vec<u16> = single.clone().flat_map(|a| single.clone().map(move |b| a | b)).collect();
    codes.push(0);
    codes.sort_unstable();
    codes.dedup();
    let mut contradictions = 0;
    for level in GmtiLevel::ALL {
        for code in &codes {
            let mut packet = packet.clone();
            packet[LEVEL] = level.code();
            packet[CODES..CODES + 2].copy_from_slice(&code.to_be_bytes());
            let typed = GmtiSecurity::read(packet[..32].try_into().unwrap());
            let rules = unmet(&GMTI.judge(&packet, now()));
            let told = ["gmti.national-only", "gmti.compartment", "gmti.unclassified"];
            let refused = rules.iter().any(|rule| told.contains(&rule.as_str()));
            assert_eq!(refused, typed.is_err(), "{level:?} {code:04x} {rules:?}");
            contradictions += usize::from(refused);
        }
    }
    assert!(contradictions > 20, "{contradictions}");
}

/// P5 follows FIPS 10-4, where NS is Suriname; a list of edition 1 has it for NATO. What may be a nation's is none of NATO's.
#[test]
fn a_system_that_may_be_a_nations_is_none_of_natos() {
    let packet = sample("gmti-4607/release-dwell");
    let released = (b'A'..=b'Z').flat_map(|a| (b'A'..=b'Z').map(move |b| [a, b])).filter(|system| {
        let mut packet = packet.clone();
        packet[LEVEL + 1..CODES].copy_from_slice(system);
        let seen = GMTI.judge(&packet, now());
        let is_released = seen.verdict == VerdictKind::Release;
        assert!(is_released || seen.codes.contains(&"LG-M002"), "{system:?} {:?}", seen.codes);
        is_released
    });
    assert_eq!(released.collect::<Vec<_>>(), [*b"NA", *b"XN"]);
}

/// A code that the profile does not list is no statement that there is none.
#[test]
fn a_code_that_the_profile_does_not_read_is_refused() {
    let packet = sample("gmti-4607/release-dwell");
    for bit in (0..16).filter(|bit| *bit != 13) {
        let mut packet = packet.clone();
        packet[CODES..CODES + 2].copy_from_slice(&(1_u16 << bit).to_be_bytes());
        let seen = GMTI.judge(&packet, now());
        assert_eq!(seen.verdict, VerdictKind::Refuse, "{bit}");
        assert!(seen.codes.contains(&"LG-M002"), "{bit} {:?}", seen.codes);
        assert!(
            seen.claims.iter().all(|(kind, label)| *kind == CarrierKind::MarkingFields && label.is_none())
        );
    }
}
