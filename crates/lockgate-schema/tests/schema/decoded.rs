//! ASTERIX by value: random records as ast-tool-py prints them, held against what the shipped types read.
//!
//! Random bits say much that no specification allows. What is refused as a whole is tried item by item, so that an item
//! is only passed over for what it says itself; and what is passed over stands in a table.

use crate::asterix::{Pair, TYPES, agreed};
use crate::guide::value_at;
use lockgate_core::Inspection;
use lockgate_record::{Form, Kind, NodeId, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;

/// A value as they print it: the names that lead to it, and what stands behind `Element: value:`.
type Leaf = (Vec<String>, String);

/// A record of theirs.
struct Theirs {
    category: u8,
    bytes: Vec<u8>,
    items: Vec<Item>,
}

/// An item of a record: its octets, and its values.
struct Item {
    bytes: Vec<u8>,
    leaves: Vec<Leaf>,
}

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn bits(text: &str) -> Vec<u8> {
    text.split(' ').map(|octet| u8::from_str_radix(octet, 2).unwrap()).collect()
}

/// What a gzip file holds.
fn unpacked(file: &PathBuf) -> Option<String> {
    let bytes = std::fs::read(file).unwrap();
    // A name stands behind the head, up to a zero, where the flag says so.
    let named = bytes[3] & 8 != 0;
    let name = if named { bytes[10..].iter().position(|byte| *byte == 0).unwrap() + 1 } else { 0 };
    String::from_utf8(miniz_oxide::inflate::decompress_to_vec(&bytes[10 + name..bytes.len() - 8]).ok()?).ok()
}

/// Their dump as records.
fn records(text: &str) -> Vec<Theirs> {
    let (mut found, mut category) = (Vec::<Theirs>::new(), 0);
    // The names of the parts that are open, with their indentation.
    let mut open: Vec<(usize, Vec<String>)> = Vec::new();
    for line in text.lines() {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        while open.last().is_some_and(|(at, _)| *at >= indent) {
            open.pop();
        }
        let field = |name: &str| words.split(name).nth(1).map(|rest| rest.split(',').next().unwrap());
        if words.starts_with("datablock: ") {
            category = field("cat=").unwrap().parse().unwrap();
        } else if words.starts_with("record: ") {
            found.push(Theirs { category, bytes: hex(field("hex=").unwrap()), items: Vec::new() });
        } else if let Some(value) = words.strip_prefix("Element: value: ") {
            let (_, path) = open.last().unwrap();
            let item = found.last_mut().unwrap().items.last_mut().unwrap();
            item.leaves.push((path.clone(), value.to_owned()));
        } else if words.starts_with("['") {
            let names = words.split(']').next().unwrap().trim_start_matches('[').split(", ");
            let names: Vec<String> = names.map(|name| name.trim_matches('\'').to_owned()).collect();
            if names.len() == 1 {
                let item = Item { bytes: bits(field("bin=").unwrap()), leaves: Vec::new() };
                found.last_mut().unwrap().items.push(item);
            }
            open.push((indent, names));
        } else if let Some(rest) = words.strip_prefix("subitem (") {
            let (_, outer) = open.last().unwrap();
            let mut names = outer.clone();
            names.push(format!("({})", rest.split(')').next().unwrap()));
            open.push((indent, names));
        } else {
            let other = ["timestamp: ", "datagram: ", "(FSPEC)", "(Spare)", "len="];
            assert!(other.iter().any(|start| words.starts_with(start)), "nobody looks at {words}");
        }
    }
    found
}

/// An object of one record.
fn object(category: u8, record: &[u8]) -> Vec<u8> {
    let length = u16::try_from(record.len() + 3).unwrap().to_be_bytes();
    [&[category], &length[..], record].concat()
}

/// Item `index` of a record, alone: the bit that announces it is the one that stands there.
fn alone(theirs: &Theirs, index: usize) -> Vec<u8> {
    let mut mask: Vec<u8> = Vec::new();
    let mut seen = 0;
    for octet in &theirs.bytes {
        mask.push(0);
        for bit in (1..8).rev().filter(|bit| octet >> bit & 1 == 1) {
            if seen == index {
                *mask.last_mut().unwrap() |= 1 << bit;
                let last = mask.len() - 1;
                mask[..last].iter_mut().for_each(|octet| *octet |= 1);
                return object(theirs.category, &[&mask, theirs.items[index].bytes.as_slice()].concat());
            }
            seen += 1;
        }
        assert!(octet & 1 == 1, "fewer bits than items");
    }
    panic!("a record of nothing but its mask");
}

/// A path without the numbers of its rows.
fn bare(path: &str) -> String {
    path.split('[').map(|part| part.split(']').next_back().unwrap()).collect()
}

/// Our path of a value: their names in small letters; a row by its number, and what has no name there is `value`.
fn path(pair: &Pair, names: &[String]) -> String {
    let mut path = String::new();
    for name in names {
        let low = name.to_lowercase();
        match name.strip_prefix('(').and_then(|row| row.strip_suffix(')')) {
            Some(row) => path.push_str(&format!("[{row}]")),
            None if path.is_empty() => path = format!("i{low}"),
            None => path.push_str(&format!(".{low}")),
        }
    }
    if path.ends_with(']') {
        path.push_str(".value");
    }
    let shape = pair.of.shape();
    let plain = |path: &str| shape.find(&format!("{}.{}", shape.name(), bare(path))).is_some();
    let (outer, last) = path.rsplit_once('.').unwrap_or(("", &path));
    let found = [path.clone(), format!("{path}_"), format!("{outer}._{last}")];
    found.into_iter().find(|path| plain(path)).unwrap_or(path)
}

/// What is passed over although nothing that they print says why: code and field, how often, and the reason.
const PASSED_OVER: [(&str, usize, &str); 1] =
    [("LG-S025 i034", 1, "a field specification of one octet that announces nothing")];
/// Where they are wrong: the field, by how much they differ, and why.
const THEY_ARE_WRONG: [(u8, &str, f64, &str); 1] =
    [(48, "i090.fl", 4096.0, "14 bits without a sign; two's complement in the published edition")];
/// Records that are accepted whole, and items of others that are.
const ACCEPTED: (usize, usize) = (110, 14_734);
/// Values that agree, by category.
const VALUES: [(u8, usize); 4] = [(21, 17_117), (34, 4_912), (48, 27_450), (62, 17_014)];

#[test]
fn values_are_those_of_a_third_decoder() {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return;
    };
    let file = PathBuf::from(root).join("formats/asterix/expected/ast-tool-py-0.27.25-random.txt.gz");
    let tally = compared(&unpacked(&file).unwrap());
    let Tally { whole, items, values, .. } = &tally;
    assert_eq!(tally.differ, BTreeSet::new());
    let told = PASSED_OVER.iter().map(|(what, count, _)| ((*what).to_owned(), *count)).collect();
    assert_eq!(tally.passed_over, told);
    assert_eq!((*whole, *items), ACCEPTED);
    assert_eq!(*values, BTreeMap::from(VALUES));
    assert!(tally.wrong.len() == THEY_ARE_WRONG.len() && tally.wrong.values().all(|count| *count > 50));
}

/// Any other dump of theirs, in the file that the variable names: `ast-tool-py random --seed 2 | ast-tool-py decode | gzip`, with
/// `--empty-selection --cat 21 2.7 --cat 34 1.29 --cat 48 1.32 --cat 62 1.21` before the command.
#[test]
fn values_of_any_other_dump_are_those_of_a_third_decoder() {
    let Some(file) = std::env::var_os("LOCKGATE_ASTERIX_DUMP") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no other dump is named (LOCKGATE_ASTERIX_DUMP)");
        return;
    };
    let tally = compared(&unpacked(&PathBuf::from(file)).unwrap());
    assert_eq!(tally.differ, BTreeSet::new());
    let known = |what: &String| PASSED_OVER.iter().any(|(known, ..)| known == what);
    assert!(tally.passed_over.keys().all(known), "{:?}", tally.passed_over);
    assert!(tally.values.values().sum::<usize>() > 1000, "{:?}", tally.values);
}

/// Their dump against what the types read: records, and item by item where a record is refused.
fn compared(text: &str) -> Tally {
    let mut tally = Tally::default();
    for theirs in records(text) {
        let pair = &TYPES[&theirs.category];
        let whole = object(theirs.category, &theirs.bytes);
        let leaves: Vec<&Leaf> = theirs.items.iter().flat_map(|item| &item.leaves).collect();
        if tally.compare(pair, &whole, &leaves) {
            tally.whole += 1;
            continue;
        }
        for (index, item) in theirs.items.iter().enumerate() {
            let leaves: Vec<&Leaf> = item.leaves.iter().collect();
            if tally.compare(pair, &alone(&theirs, index), &leaves) {
                tally.items += 1;
            }
        }
    }
    let Tally { whole, items, values, .. } = &tally;
    println!(
        "{whole} records and {items} items of others, {values:?} values; passed over: {:#?}",
        tally.explained
    );
    println!("{:#?} they are wrong: {:?}", tally.passed_over, tally.wrong);
    tally
}

/// What was compared, and what was passed over.
#[derive(Debug, Default)]
struct Tally {
    whole: usize,
    items: usize,
    /// By category.
    values: BTreeMap<u8, usize>,
    /// Refusals that what they print explains, by code.
    explained: BTreeMap<String, usize>,
    passed_over: BTreeMap<String, usize>,
    /// Values of theirs that are known to be wrong.
    wrong: BTreeMap<String, usize>,
    differ: BTreeSet<String>,
}

impl Tally {
    /// Compares an object with what they read in it; false where we refuse it.
    fn compare(&mut self, pair: &Pair, bytes: &[u8], leaves: &[&Leaf]) -> bool {
        let (reasons, read) = agreed(pair, bytes);
        for reason in &reasons {
            let mut words = reason.split(' ');
            let (code, place) = (words.next().unwrap(), words.next().unwrap());
            if explained(pair, code, place, leaves) {
                *self.explained.entry(code.to_owned()).or_default() += 1;
            } else {
                let bare: String =
                    place.split('[').map(|part| part.split(']').next_back().unwrap()).collect();
                *self.passed_over.entry(format!("{code} {bare}")).or_default() += 1;
            }
        }
        if !reasons.is_empty() {
            return false;
        }
        for (names, said) in leaves {
            let path = path(pair, names);
            if same(pair, (&read, bytes), &path, said) {
                *self.values.entry(bytes[0]).or_default() += 1;
            } else if is_wrong((bytes[0], &path), value_at(pair, &read, &path), said) {
                *self.wrong.entry(format!("{} {path}", bytes[0])).or_default() += 1;
            } else {
                self.differ.insert(format!("{} {path}: {said}", bytes[0]));
            }
        }
        true
    }
}

/// The number as it stands in the bits.
fn raw(said: &str) -> u64 {
    said.split([' ', ',']).next().unwrap().parse().unwrap()
}

/// The number in its unit.
fn quantity(said: &str) -> Option<f64> {
    let after = |name: &str| said.split(name).nth(1);
    after(", quantity: ").or(after(", int: "))?.split(' ').next().unwrap().parse().ok()
}

/// Whether a value is one of those that they are known to read wrongly.
fn is_wrong((category, path): (u8, &str), ours: Option<(NodeId, Value)>, said: &str) -> bool {
    let Some((_, Value::Ratio(ours))) = ours else { return false };
    THEY_ARE_WRONG.iter().any(|(of, wrong, by, _)| {
        *of == category
            && *wrong == path
            && quantity(said).is_some_and(|theirs| near(ours.to_string(), theirs - by))
    })
}

/// Whether what they print says why we refuse it: a value without a meaning, one beyond its bounds, or characters that
/// the coding does not have.
fn explained(pair: &Pair, code: &str, place: &str, leaves: &[&Leaf]) -> bool {
    let shape = pair.of.shape();
    let own = place.strip_prefix(shape.name()).unwrap().trim_start_matches('.');
    let Some((_, said)) = leaves.iter().find(|(names, _)| path(pair, names) == own) else { return false };
    let node = shape.find(&bare(place)).and_then(|node| shape.node(node));
    match (code, node.map(|node| &node.form)) {
        ("LG-S009", Some(Form::Value(Kind::Enum(_)))) => {
            let name = said.split('"').nth(1).unwrap().trim_start_matches('(').to_lowercase();
            ["reserved", "undefined", "spare", "not used"].iter().any(|word| name.starts_with(word))
        }
        ("LG-S010", Some(Form::Value(Kind::Decimal { min, max, .. }))) => {
            let bound = |bound: &lockgate_bytes::Decimal| bound.to_string().parse::<f64>().unwrap();
            quantity(said).is_some_and(|value| value < bound(min) || value > bound(max))
        }
        ("LG-S010", Some(Form::Value(Kind::Integer { min, max }))) => {
            let value = quantity(said).map_or(i64::try_from(raw(said)).ok(), |value| Some(value as i64));
            value.is_some_and(|value| value < *min || value > *max)
        }
        // They print what is no character of ASCII as an escape, and leave out what is none of ICAO annex 10.
        ("LG-S012" | "LG-S013", Some(Form::Value(Kind::Text { .. }))) => {
            let six = |at: u32| raw(said) >> (6 * at) & 0x3F;
            let known = |letter: u64| matches!(letter, 1..=26 | 32 | 48..=57);
            let icao = [".i170", ".i240", ".chr", ".id"].iter().any(|name| place.ends_with(name));
            said.contains('\\') || (icao && (0..8).any(|at| !known(six(at))))
        }
        _ => false,
    }
}

/// What a value is worth whose unit another one chooses: they print its bits only.
const CHOSEN: [(&str, f64); 2] = [("_nm_s", 1.0 / 16384.0), ("_mach", 0.001)];

/// Whether our value at a path is the one that they print.
fn same(pair: &Pair, (read, bytes): (&Inspection, &[u8]), path: &str, said: &str) -> bool {
    if said.ends_with("(content dependent)") {
        return CHOSEN.iter().any(|(suffix, step)| {
            match value_at(pair, read, &format!("{}{suffix}", path.trim_end_matches('_'))) {
                Some((_, Value::Ratio(value))) => near(value.to_string(), raw(said) as f64 * step),
                _ => false,
            }
        });
    }
    let Some((node, value)) = value_at(pair, read, path) else { return false };
    let text = |text| std::str::from_utf8(read.record.text(text, bytes)).unwrap().to_owned();
    let quoted = || said.split_once('"').map(|(_, rest)| rest.trim_end_matches('"').replace('"', ""));
    match (value, &pair.of.shape().node(node).unwrap().form) {
        (Value::Enum(index), Form::Value(Kind::Enum(list))) => {
            let (ours, theirs) = (&list[usize::from(index)], quoted().unwrap());
            *ours == theirs || *ours == format!("{theirs} ({})", raw(said)).trim()
        }
        (Value::Integer(number), _) => match quantity(said) {
            Some(theirs) => number as f64 == theirs,
            None => u64::try_from(number) == Ok(raw(said)),
        },
        (Value::Ratio(number), _) => quantity(said).is_some_and(|theirs| near(number.to_string(), theirs)),
        (Value::Decimal(number), _) => quantity(said).is_some_and(|theirs| near(number.to_string(), theirs)),
        // Addresses and registers are octets to us, and a number to them.
        (Value::Text(ours), _) => match quoted() {
            Some(theirs) => text(ours) == theirs,
            None => u64::from_str_radix(&text(ours), 16) == Ok(raw(said)),
        },
        // All zeros: the transponder does not know it.
        (Value::Unknown(_), _) => raw(said) == 0,
        _ => false,
    }
}

/// The same but for the last digits of a binary fraction: neighbouring steps of 32 bits differ by far more.
fn near(ours: String, theirs: f64) -> bool {
    (ours.parse::<f64>().unwrap() - theirs).abs() <= theirs.abs() * 1e-12
}
