//! Published headers whose first bit is the lowest one, against what another decoder says of them.

use crate::asterix::{Pair, agreed, pair};
use crate::guide::shown;
use crate::make::Random;
use crate::packets::LSB;
use lockgate_core::Inspection;
use lockgate_record::{Block, Form, NodeId, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

/// Values by their paths, as Daffodil shows them.
type Values = BTreeMap<String, String>;

/// Versions of message standards: our number, and theirs by the format.
const VERSIONS: [(&str, &str); 2] = [("9", "6017D"), ("6", "6016F")];

/// The paths of all that was read; rows are `[0]`.
fn paths(
    pair: &Pair,
    read: &Inspection,
    (node, block): (NodeId, Block),
    before: &str,
    found: &mut Vec<String>,
) {
    let shape = pair.of.shape();
    for child in &shape.node(node).unwrap().children {
        let at = shape.node(*child).unwrap();
        let path = format!("{before}{}", at.name);
        match (&at.form, read.record.value(block, at.slot)) {
            (_, Value::Absent) => {}
            (Form::Section, _) => paths(pair, read, (*child, block), &format!("{path}."), found),
            (Form::List { .. }, _) => {
                for (row, inner) in read.record.rows(block, at.slot).enumerate() {
                    paths(pair, read, (*child, inner), &format!("{path}[{row}]."), found);
                }
            }
            (Form::Value(_), _) => found.push(path),
        }
    }
}

/// What we read: the pieces of a time as one.
fn ours(pair: &Pair, read: &Inspection, bytes: &[u8]) -> Values {
    let mut found = Vec::new();
    paths(pair, read, (pair.of.shape().root(), Block::ROOT), "", &mut found);
    let mut values: Values =
        found.into_iter().map(|path| (path.clone(), shown(pair, read, bytes, &path))).collect();
    let times: Vec<String> =
        values.keys().filter_map(|path| path.strip_suffix("year").map(str::to_owned)).collect();
    for time in times {
        let [year, month, day, hour, minute, second] = ["year", "month", "day", "hour", "minute", "second"]
            .map(|part| values.remove(&format!("{time}{part}")).unwrap());
        let century = if year.parse::<u32>().unwrap() < 95 { 20 } else { 19 };
        if second == "unknown" {
            values.insert(format!("{time}timestatus.seconds"), "No_Statement".to_owned());
        }
        let second = second.parse::<u32>().unwrap_or(0);
        let text = format!("{century}{year:0>2}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:02}");
        values.insert(format!("{time}datetime"), text);
    }
    values
}

/// What they read: all leaves, without the wrapping of their schema. `rows` is true for what repeats; any other list is their
/// word for what may be absent.
fn theirs(at: &Json, path: &str, rows: bool, found: &mut Values) {
    match at {
        Json::Object(members) => {
            for (name, inner) in members {
                match (name.to_lowercase().as_str(), path) {
                    ("item", _) => theirs(inner, path, true, found),
                    ("value", _) if !path.ends_with(']') => theirs(inner, path, false, found),
                    (name, "") => theirs(inner, name, false, found),
                    (name, _) => theirs(inner, &format!("{path}.{name}"), false, found),
                }
            }
        }
        Json::Array(each) => {
            assert!(rows || each.len() == 1, "{path}");
            for (row, inner) in each.iter().enumerate() {
                let row = if rows { format!("[{row}]") } else { String::new() };
                theirs(inner, &format!("{path}{row}"), false, found);
            }
        }
        leaf => {
            let text = leaf.as_str().unwrap().trim_start_matches("OK_");
            assert!(found.insert(path.to_owned(), text.to_owned()).is_none(), "{path}");
        }
    }
}

/// The same as we say it: what is told twice there once, numbers for names that this type has not.
fn as_ours(theirs: Values) -> Values {
    let mut values = Values::new();
    for (path, text) in &theirs {
        let (place, name) = path.rsplit_once('.').unwrap_or(("", path));
        let (path, text) = match name {
            "version" => {
                assert_eq!(text, "D1");
                continue;
            }
            // What their schema says of two names for one address; a rule would say it here.
            "invalid" => {
                assert_eq!(text, "both URN and unit_name exist");
                continue;
            }
            "k_id" => {
                let number = |part: &str| theirs[&format!("{place}.{part}")].parse::<u32>().unwrap();
                let made =
                    [number("fad"), number("message_number")].map(|number| format!("{number:02}")).join(".");
                assert!(text.starts_with(&format!("K{made}")), "{text}");
                continue;
            }
            "vmf_hdr_d1" => {
                let other =
                    if place.ends_with("version") { format!("{place}.vmf") } else { place.to_owned() };
                assert_eq!(theirs[&other], *text, "told twice");
                continue;
            }
            "vmf" | "link16" => {
                let number = VERSIONS.iter().find(|(_, name)| name == text).unwrap().0;
                (place, number.to_owned())
            }
            "cantpro_reason_code" => (path.as_str(), text.rsplit('_').next().unwrap().to_owned()),
            "security_parameters_information" => {
                assert_eq!(text, "Authentication_No_Encryption");
                (path.as_str(), "0".to_owned())
            }
            _ if place.contains("message_security_group")
                && name != "signed_acknowledge_request_indicator" =>
            {
                (path.as_str(), text.to_lowercase())
            }
            _ => (path.as_str(), text.clone()),
        };
        values.insert(path.to_owned(), text);
    }
    values
}

fn folder() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return None;
    };
    Some(PathBuf::from(root).join("formats/dfdl/mil-std-2045"))
}

fn published() -> Pair {
    pair("mil2045.kdl", include_bytes!("mil2045.kdl"))
}

/// Every value of both, and no value of one alone: presence bits, groups of two and three, texts that are as long as they may
/// be, and bytes across bytes.
#[test]
fn published_headers_read_as_daffodil_reads_them() {
    let Some(folder) = folder() else { return };
    let pair = published();
    let mut compared = 0;
    for (name, values) in [("test2045MsgHdr1", 14), ("D1_all_fields", 95)] {
        let bytes = std::fs::read(folder.join(format!("{name}.dat"))).unwrap();
        let infoset: Json =
            serde_json::from_slice(&std::fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap();
        let (reasons, read) = agreed(&pair, &bytes);
        assert_eq!((reasons, read.canonical), (Vec::new(), true), "{name}");
        let mut found = Values::new();
        theirs(&infoset["milstd2045_messages"]["message"][0]["header"]["contents"], "", false, &mut found);
        let ours = ours(&pair, &read, &bytes);
        assert_eq!(ours, as_ours(found), "{name}");
        assert_eq!(ours.len(), values, "{name}");
        compared += ours.len();
        let mut random = Random(2045);
        for _ in 0..400 {
            let mut changed = bytes.clone();
            let at = random.below(changed.len() * 8);
            changed[at / 8] ^= 1 << (at % 8);
            agreed(&pair, &changed);
        }
    }
    println!("{compared} values agree");
}

/// Two headers are two objects: what is behind the first is refused with its place.
#[test]
fn a_header_behind_a_header_is_refused() {
    let Some(folder) = folder() else { return };
    let two = std::fs::read(folder.join("D1_all_fields.x2.dat")).unwrap();
    let (reasons, _) = agreed(&published(), &two);
    assert!(reasons[0].contains("start: 640"), "{reasons:?}");
}

/// Bits from the lowest on.
fn low(parts: &[(u64, usize)]) -> Vec<u8> {
    let bits: Vec<u64> =
        parts.iter().flat_map(|(value, count)| (0..*count).map(move |bit| value >> bit & 1)).collect();
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | *bit as u8)).collect()
}

/// Seven bits each; a text that is not as long as it may be ends with a character of ones.
fn seven(text: &str, most: usize) -> Vec<(u64, usize)> {
    let end = (text.len() < most).then_some((0x7F, 7));
    text.bytes().map(|byte| (u64::from(byte), 7)).chain(end).collect()
}

/// An address of the example: whether another follows, a number, and maybe a name.
fn address(more: u64, urn: u64, name: Option<&str>) -> Vec<(u64, usize)> {
    let mut parts = vec![(more, 1), (urn, 24), (u64::from(name.is_some()), 1)];
    parts.extend(name.into_iter().flat_map(|name| seven(name, 8)));
    parts
}

/// The example's header: version 3, a unit, these addresses, SECRET.
fn header(unit: &str, addresses: &[Vec<(u64, usize)>]) -> Vec<u8> {
    let mut parts = vec![(3, 4), (1, 1)];
    parts.extend(seven(unit, 12));
    parts.push((u64::from(!addresses.is_empty()), 1));
    parts.extend(addresses.iter().flatten());
    parts.push((2, 2));
    low(&parts)
}

#[test]
fn groups_of_the_example_say_whether_another_follows() {
    let bytes = header("AB", &[]);
    assert_eq!(bytes, [0x33, 0x28, 0xFC, 0x13], "made by hand");
    let three = [address(1, 0x12_3456, Some("HQ")), address(1, 7, None), address(0, 9, Some("RESERVES"))];
    let bytes = header("TWELVE CHARS", &three);
    let (reasons, read) = agreed(&LSB, &bytes);
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    for (path, value) in [
        ("unit", "TWELVE CHARS"),
        ("address[0].urn", "1193046"),
        ("address[0].name", "HQ"),
        ("address[1].urn", "7"),
        ("address[2].name", "RESERVES"),
        ("class", "SECRET"),
    ] {
        assert_eq!(shown(&LSB, &read, &bytes, path), value, "{path}");
    }
    // A fifth group, one that is announced and not there, and bits behind the last.
    let five: Vec<_> = (0..5).map(|at| address(u64::from(at < 4), at, None)).collect();
    let (reasons, _) = agreed(&LSB, &header("AB", &five));
    assert!(reasons[0].starts_with("LG-S007 header.address "), "{reasons:?}");
    let (reasons, _) = agreed(&LSB, &header("AB", &[address(1, 1, None)]));
    assert!(!reasons.is_empty(), "what is announced has to come");
    let one = header("AB", &[address(0, 1, None)]);
    assert_eq!(agreed(&LSB, &one).0, Vec::<String>::new());
    assert!(!agreed(&LSB, &[&one[..], &[0]].concat()).0.is_empty());
    for cut in 0..one.len() {
        assert!(!agreed(&LSB, &one[..cut]).0.is_empty(), "{cut}");
    }
}
