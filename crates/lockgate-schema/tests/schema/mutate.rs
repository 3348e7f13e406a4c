//! Fixtures of every shipped type, changed in their structure: parts doubled, exchanged, left out, cut off; numbers at their ends,
//! and written in other ways. Both readers say the same of each, and what they accept is written in one way.

use crate::asterix::{Pair, agreed};
use crate::make::Random;
use lockgate_schema::Type;
use std::path::PathBuf;
use std::sync::Arc;

/// What stands in the place of a number in text.
const NUMBERS: [&str; 16] = [
    "-0",
    "-0.0",
    "0.0",
    "00",
    "01",
    "+1",
    "1e1",
    "1E-1",
    "NaN",
    "INF",
    "0x1",
    ".5",
    "5.",
    "9223372036854775808",
    "0.0000000000000000001",
    "-9223372036854775808",
];

fn rules(below: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(below)
}

pub(crate) fn load(name: &str) -> Option<Arc<Type>> {
    let text = std::fs::read(rules(&format!("rules/types/{name}/type.kdl"))).ok()?;
    Some(Arc::new(Type::parse(name, &text, &load).unwrap_or_else(|wrong| panic!("{}", wrong.render())).0))
}

/// The objects of a type's fixtures.
fn objects(name: &str) -> Vec<Vec<u8>> {
    let folder = rules(&format!("fixtures/{name}"));
    let mut fixtures: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    fixtures.sort();
    let inputs = fixtures.into_iter().flat_map(|fixture| std::fs::read_dir(fixture).unwrap());
    let inputs = inputs.map(|entry| entry.unwrap().path());
    let inputs = inputs.filter(|path| path.file_stem().is_some_and(|stem| stem == "input"));
    inputs.map(|path| std::fs::read(path).unwrap()).collect()
}

/// Puts something into the place of some bytes.
fn splice(object: &[u8], from: usize, to: usize, with: &[u8]) -> Vec<u8> {
    [&object[..from], with, &object[to..]].concat()
}

/// A place where a part may begin: behind a byte that ends one in text, anywhere in bits.
fn place(object: &[u8], random: &mut Random, text: bool) -> usize {
    let ends: Vec<usize> = object
        .iter()
        .enumerate()
        .filter(|(_, byte)| !text || b"<>{}[],:\"/\n ".contains(byte))
        .map(|(at, _)| at + 1)
        .collect();
    if ends.is_empty() { 0 } else { ends[random.below(ends.len())].min(object.len()) }
}

fn changed(object: &[u8], random: &mut Random, text: bool) -> Vec<u8> {
    let mut places = [0; 4].map(|_| place(object, random, text));
    places.sort_unstable();
    let [a, b, c, d] = places;
    match random.below(8) {
        // A part twice; two parts exchanged; one left out; the rest cut off; something behind the end.
        0 => splice(object, b, b, &object[a..b]),
        1 => [&object[..a], &object[c..d], &object[b..c], &object[a..b], &object[d..]].concat(),
        2 => splice(object, a, b, b""),
        3 => object[..d].to_vec(),
        4 => [object, &object[..a.min(8)]].concat(),
        5 if text => {
            let digits = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
            let Some(from) = object[a..].iter().position(digits).map(|at| at + a) else {
                return object.to_vec();
            };
            let to =
                object[from..].iter().position(|byte| !digits(byte)).map_or(object.len(), |at| at + from);
            splice(object, from, to, NUMBERS[random.below(NUMBERS.len())].as_bytes())
        }
        5 | 6 if !text => {
            // The ends of what 8, 16, 32 or 64 bits hold.
            let width = [1, 2, 4, 8][random.below(4)].min(object.len() - a.min(object.len()));
            let filler = [0x00, 0xFF, 0x80, 0x7F][random.below(4)];
            let mut with = vec![if filler == 0x80 { 0x00 } else { 0xFF }; width];
            if filler == 0 {
                with.fill(0);
            }
            if let Some(first) = with.first_mut() {
                *first = filler;
            }
            splice(object, a, a + width, &with)
        }
        _ => {
            let with =
                [&b"\0"[..], b"\xFF", b" ", b"\n", b"\r\n", b"\xC2\xA0", b"0", b"\\u0000"][random.below(8)];
            splice(object, a, a, with)
        }
    }
}

fn hunted(name: &str, text: bool, times: usize) {
    let pair = Pair::new(load(name).unwrap());
    let (mut accepted, mut refused) = (0, 0);
    for (number, object) in objects(name).iter().enumerate() {
        let mut random = Random(number as u64 * 7919 + 17);
        for _ in 0..times {
            let mut changed = changed(object, &mut random, text);
            if random.one_in(4) {
                changed = self::changed(&changed, &mut random, text);
            }
            // `agreed` compares both readers, and what was accepted with what is written of it and read again.
            if agreed(&pair, &changed).0.is_empty() { accepted += 1 } else { refused += 1 }
        }
    }
    println!("{name}: {accepted} accepted, {refused} refused");
    assert!(refused > times, "{name}");
}

#[test]
fn binary_objects_of_another_structure_are_read_alike() {
    for name in ["gmti-4607", "misb-0601", "tak-v1"] {
        hunted(name, false, 400);
    }
}

#[test]
fn plots_of_another_structure_are_read_alike() {
    for name in ["asterix-cat021", "asterix-cat034", "asterix-cat048", "asterix-cat062"] {
        hunted(name, false, 250);
    }
}

#[test]
fn texts_of_another_structure_are_read_alike() {
    for name in ["cot-event", "track-json", "logistics-report", "intelligence-report"] {
        hunted(name, true, 400);
    }
}
