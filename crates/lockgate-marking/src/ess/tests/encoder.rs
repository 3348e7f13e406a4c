//! Binary labels and clearances as the tests write them, with definite or indefinite lengths.

use crate::Kind;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// One value with a definite length.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..=0x7F => Vec::from([tag, length as u8]),
        0x80..=0xFF => Vec::from([tag, 0x81, length as u8]),
        _ => Vec::from([tag, 0x82, (length >> 8) as u8, length as u8]),
    };
    [head.as_slice(), content].concat()
}

/// One constructed value, with a definite or indefinite length.
pub(super) fn group(tag: u8, parts: &[Vec<u8>], indefinite: bool) -> Vec<u8> {
    match indefinite {
        true => [&[tag, 0x80][..], &parts.concat(), &[0, 0]].concat(),
        false => tlv(tag, &parts.concat()),
    }
}

pub(super) fn number(value: u64) -> Vec<u8> {
    let octets = value.to_be_bytes();
    let zeros = octets.iter().take_while(|octet| **octet == 0).count().min(7);
    let sign = if octets[zeros] & 0x80 == 0 { &[][..] } else { &[0] };
    tlv(2, &[sign, &octets[zeros..]].concat())
}

pub(super) fn oid_content(text: &str) -> Vec<u8> {
    let arcs: Vec<u64> = text.split('.').map(|arc| arc.parse().unwrap()).collect();
    let first = arcs[0] * 40 + arcs[1];
    let mut out = Vec::new();
    for arc in core::iter::once(first).chain(arcs[2..].iter().copied()) {
        let mut octets = Vec::from([(arc & 0x7F) as u8]);
        let mut rest = arc >> 7;
        while rest > 0 {
            octets.push((rest & 0x7F) as u8 | 0x80);
            rest >>= 7;
        }
        octets.reverse();
        out.extend(octets);
    }
    out
}

pub(super) fn oid(text: &str) -> Vec<u8> {
    tlv(6, &oid_content(text))
}

pub(super) fn bits(set: &[u64]) -> Vec<u8> {
    let octets = set.iter().max().map_or(0, |most| *most as usize / 8 + 1);
    let mut content = alloc::vec![0_u8; octets + 1];
    for bit in set {
        content[1 + *bit as usize / 8] |= 0x80 >> (bit % 8);
    }
    tlv(3, &content)
}

/// The category of ACP 145 for these values.
fn category(tag: &(String, Kind, bool, Vec<u64>), indefinite: bool) -> Vec<u8> {
    let (set_id, kind, enumerated, codes) = tag;
    let syntax = match (kind, enumerated) {
        (Kind::Restrictive, false) => 0,
        (Kind::Permissive, true) => 1,
        (Kind::Permissive, false) => 2,
        (Kind::Informative, _) => 3,
        (Kind::Restrictive, true) => 4,
    };
    let numbers: Vec<Vec<u8>> = codes.iter().map(|code| number(*code)).collect();
    let codes = if *enumerated { group(0x31, &numbers, indefinite) } else { bits(codes) };
    let value = group(0x30, &[oid(set_id), codes], indefinite);
    let kind = tlv(0x80, &oid_content(&format!("2.16.840.1.101.2.1.8.3.{syntax}")));
    group(0x30, &[kind, group(0xA1, &[value], indefinite)], indefinite)
}

/// A binary label.
pub(crate) fn encoded_label(
    policy: &str,
    class: u64,
    tags: &[(String, Kind, bool, Vec<u64>)],
    indefinite: bool,
) -> Vec<u8> {
    let mut parts = Vec::from([number(class), oid(policy)]);
    if !tags.is_empty() {
        let tags: Vec<Vec<u8>> = tags.iter().map(|tag| category(tag, indefinite)).collect();
        parts.push(group(0x31, &tags, indefinite));
    }
    group(0x31, &parts, indefinite)
}

/// A binary clearance, with the tags of RFC 5755 or those of X.841.
pub(crate) fn encoded_clearance(
    policy: &str,
    classes: &[u64],
    tags: &[(String, Kind, bool, Vec<u64>)],
    x841: bool,
) -> Vec<u8> {
    let (mut policy, mut classes) = (oid(policy), bits(classes));
    let categories: Vec<Vec<u8>> = tags.iter().map(|tag| category(tag, false)).collect();
    let mut categories = group(0x31, &categories, false);
    if x841 {
        (policy[0], classes[0], categories[0]) = (0x80, 0x81, 0xA2);
    }
    let parts = [policy, classes, if tags.is_empty() { Vec::new() } else { categories }];
    group(0x30, &parts, false)
}
