//! `inspect --record` on real ASTERIX data against what independent decoders read in it.

#![allow(clippy::float_arithmetic, reason = "an oracle prints binary fractions")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a skipped test must be loud")]

use crate::common::{Project, codes, path, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

/// Records of both decoders.
const RECORDS: usize = 100;
/// Records, values that agree, and values in registers.
const AGREED: (usize, usize, usize) = (RECORDS, 3_515, 926);
const TYPES: [(u64, &str); 4] = [(21, "021"), (34, "034"), (48, "048"), (62, "062")];

/// What each file of the folder of samples is read as; `None`, loudly, where there is no such folder.
fn inspected() -> Option<(String, BTreeMap<String, Vec<Value>>)> {
    let Ok(corpus) = std::env::var("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return None;
    };
    let corpus = format!("{corpus}/formats/asterix");
    let lane = path("rules/lanes/asterix-down.kdl");
    let folder = format!("{corpus}/datagrams");
    let ran =
        run(&["inspect", "--lane", &lane, "--now", "2026-03-01T07:35:58Z", "--record", "--json", &folder]);
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in ran.lines() {
        let name = line["path"].as_str().unwrap().rsplit("asterix/").next().unwrap().to_owned();
        files.entry(name).or_default().push(line);
    }
    Some((corpus, files))
}

fn read(corpus: &str, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(format!("{corpus}/expected/{name}")).unwrap()).unwrap()
}

/// The number that each name of a table stands for, by field path, from the shipped type.
fn wires(category: &str) -> BTreeMap<String, BTreeMap<String, f64>> {
    let text = std::fs::read_to_string(path(&format!("rules/types/asterix-cat{category}/type.kdl"))).unwrap();
    let (mut open, mut found): (Vec<String>, BTreeMap<String, BTreeMap<String, f64>>) = Default::default();
    for line in text.lines().map(str::trim) {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["value", number, ..] = words.as_slice() {
            let name = line.split('"').nth(1).unwrap().to_owned();
            found.entry(open.concat()).or_default().insert(name, number.parse().unwrap());
        }
        if line.ends_with('{') {
            let named = matches!(words[0], "section" | "extended" | "field" | "repeat");
            open.push(if named { format!(".{}", words[1]) } else { String::new() });
        }
        if line == "}" {
            open.pop();
        }
    }
    found
}

/// What they call otherwise than the specification does, or give in another unit: ours times so much is theirs.
const NAMES: [(u64, &str, &str, f64); 21] = [
    (34, "i000.msgtyp", "i000", 1.0),
    (48, "i110.3d_height", "i110._3dh", 1.0),
    (48, "i130.srlp.srl", "i130.srl", 1.0),
    (48, "i130.srrp.srr", "i130.srr", 1.0),
    (48, "i130.samp.sam", "i130.sam", 1.0),
    (48, "i130.prlp.prl", "i130.prl", 1.0),
    (48, "i161.tn", "i161.trn", 1.0),
    // Knots; the specification and we say nautical miles a second.
    (48, "i200.cgs", "i200.gsp", 3600.0),
    (48, "i200.chdg", "i200.hdg", 1.0),
    (48, "i230.modesssc", "i230.mssc", 1.0),
    (48, "i230.bds16", "i230.b1a", 1.0),
    (48, "i230.bds37", "i230.b1b", 1.0),
    (62, "i040.trkn", "i040", 1.0),
    // Feet; the specification and we say flight levels, hundreds of feet.
    (62, "i135.ctba", "i135.ctb", 100.0),
    (62, "i136.mfl", "i136", 100.0),
    (62, "i200.transa", "i200.trans", 1.0),
    (62, "i200.longa", "i200.long", 1.0),
    (62, "i200.verta", "i200.vert", 1.0),
    (62, "i340.mdc.modec", "i340.mdc.lmc", 1.0),
    (62, "i340.mdc.cv", "i340.mdc.v", 1.0),
    (62, "i340.mdc.cg", "i340.mdc.g", 1.0),
];

/// Our path of a value of theirs with the factor; `None` for what is no value: the bits of extensions and spare ones.
fn named(category: u64, path: &str) -> Option<(String, f64)> {
    let (outer, last) = path.rsplit_once('.').unwrap();
    if matches!(last, "fx" | "spare" | "res1" | "res2") {
        return None;
    }
    if let Some((_, _, ours, times)) =
        NAMES.iter().find(|(of, theirs, ..)| *of == category && *theirs == path)
    {
        return Some(((*ours).to_owned(), *times));
    }
    // `I050.MDS.MDSANT`: the name of the part stands before those in it.
    let part = outer.rsplit('.').next().unwrap();
    let last = last.strip_prefix(part).filter(|rest| category == 34 && !rest.is_empty()).unwrap_or(last);
    Some((format!("{outer}.{last}"), 1.0))
}

/// What of ours stands at a path. They name the only part of an item, we do not.
fn at<'v>(own: &'v Value, path: &str) -> Option<&'v Value> {
    let mut here = own;
    let parts: Vec<&str> = path.split('.').collect();
    for (index, part) in parts.iter().enumerate() {
        match here {
            Value::Object(own) => here = own.get(*part)?,
            _ if index + 1 == parts.len() => {}
            _ => return None,
        }
    }
    Some(here)
}

/// Whether a value of theirs is one of ours, times so much.
fn same(theirs: &Value, (ours, times): (&Value, f64), table: Option<&BTreeMap<String, f64>>) -> bool {
    match (theirs, ours) {
        (Value::String(theirs), Value::String(ours)) => theirs.eq_ignore_ascii_case(ours),
        // All zeros: they print blanks, we say that it is not known.
        (Value::String(theirs), Value::Null) => theirs.trim().is_empty(),
        (Value::Number(theirs), Value::String(ours)) => {
            let ours = match table {
                Some(table) => table.get(ours).copied(),
                None => ours.parse().ok(),
            };
            ours.zip(theirs.as_f64()).is_some_and(|(ours, theirs)| (theirs - ours * times).abs() < 1e-9)
        }
        _ => false,
    }
}

/// What was compared, and what was not.
#[derive(Default)]
struct Seen {
    agree: usize,
    /// Values in registers of transponders (BDS), which are octets to us: those are held against the second decoder.
    registers: usize,
    differ: Vec<String>,
}

/// Walks what they read; counts what agrees, and lists what does not and what nobody looked at.
fn compare(
    (category, path): (u64, &str),
    theirs: &Value,
    own: &Value,
    tables: &BTreeMap<String, BTreeMap<String, f64>>,
    seen: &mut Seen,
) {
    match theirs {
        Value::Object(parts) if parts.contains_key("val") => {
            let Some((ours, times)) = named(category, path) else { return };
            let found = at(own, &ours);
            if found.is_some_and(|found| same(&parts["val"], (found, times), tables.get(&format!(".{ours}"))))
            {
                seen.agree += 1;
            } else {
                seen.differ.push(format!("{category} {path}: {} and {ours} {found:?}", parts["val"]));
            }
        }
        Value::Object(parts) => {
            for (name, part) in parts {
                let path = format!("{path}.{}", name.to_lowercase());
                compare((category, path.trim_start_matches('.')), part, own, tables, seen);
            }
        }
        Value::Array(rows) if path == "i250" => {
            let ours = own["i250"].as_array().unwrap();
            assert_eq!(rows.len(), ours.len());
            for (theirs, ours) in rows.iter().zip(ours) {
                let number = |name: &str| ours[name].as_str().unwrap().parse::<u8>().unwrap();
                let register = format!("{:X}{:X}", number("bds1"), number("bds2"));
                let octets = ours["mbdata"].as_str().unwrap();
                for (name, part) in theirs.as_object().unwrap() {
                    let ours = match name.as_str() {
                        "BDS" => &register,
                        "VAL" => octets,
                        _ => {
                            seen.registers += 1;
                            continue;
                        }
                    };
                    let theirs = part["val"].as_str().unwrap();
                    if theirs.eq_ignore_ascii_case(ours) {
                        seen.agree += 1;
                    } else {
                        seen.differ.push(format!("{category} {path}: {theirs} and {ours}"));
                    }
                }
            }
        }
        other => panic!("nobody looks at {category} {path}: {other}"),
    }
}

#[test]
fn values_are_those_of_an_independent_decoder() {
    let Some((corpus, files)) = inspected() else { return };
    let theirs = read(&corpus, "asterix_decoder-0.7.11.json");
    let tables: BTreeMap<u64, _> = TYPES.map(|(number, name)| (number, wires(name))).into();
    let mut seen = Seen::default();
    let mut records = 0;
    for (file, lines) in &files {
        let known = |record: &&Value| tables.contains_key(&record["category"].as_u64().unwrap());
        let theirs: Vec<&Value> = theirs[file].as_array().unwrap().iter().filter(known).collect();
        let ours: Vec<&Value> = lines.iter().filter(|line| line.get("record").is_some()).collect();
        assert_eq!(theirs.len(), ours.len(), "{file}");
        for (their, our) in theirs.iter().zip(ours) {
            let number = their["category"].as_u64().unwrap();
            let name = format!("i{number:03}");
            let own = &our["record"][&name];
            let items = |value: &Value| -> BTreeSet<String> {
                let keys = value.as_object().unwrap().keys().map(|key| key.to_lowercase());
                keys.filter(|key| key.starts_with('i')).collect()
            };
            assert_eq!(items(their), items(own), "{file}");
            records += 1;
            let values = their.as_object().unwrap().iter().filter(|(item, _)| item.starts_with('I'));
            for (item, value) in values {
                compare((number, &item.to_lowercase()), value, own, &tables[&number], &mut seen);
            }
        }
    }
    println!("{records} records, {} values agree, {} in registers", seen.agree, seen.registers);
    assert_eq!(seen.differ, Vec::<String>::new());
    assert_eq!((records, seen.agree, seen.registers), AGREED);
}

#[test]
fn items_are_those_of_a_second_decoder() {
    let Some((corpus, files)) = inspected() else { return };
    let theirs = read(&corpus, "libasterix-0.36.3-items-hex.json");
    let (mut records, mut registers) = (0, 0);
    for (file, lines) in &files {
        let blocks = theirs[file].as_array().unwrap().iter();
        let blocks = blocks.filter(|block| TYPES.iter().any(|(number, _)| block["cat"] == *number));
        let theirs: Vec<&Value> = blocks.flat_map(|block| block["records"].as_array().unwrap()).collect();
        let ours: Vec<&Value> = lines.iter().filter_map(|line| line.get("record")).collect();
        assert_eq!(theirs.len(), ours.len(), "{file}");
        for (their, our) in theirs.iter().zip(ours) {
            let own = our.as_object().unwrap().values().next().unwrap().as_object().unwrap();
            let ours: BTreeSet<String> = own.keys().cloned().collect();
            let items = their.as_object().unwrap().keys().filter(|item| *item != "RE" && *item != "SP");
            assert_eq!(items.map(|item| format!("i{item}")).collect::<BTreeSet<_>>(), ours, "{file}");
            if let Some(octets) = their["250"].as_str() {
                let rows = own["i250"].as_array().unwrap();
                let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
                let half = |row: &Value, name: &str| text(row, name).parse::<u8>().unwrap();
                let row = |row: &Value| {
                    format!("{}{:x}{:x}", text(row, "mbdata"), half(row, "bds1"), half(row, "bds2"))
                };
                let whole: String = rows.iter().map(row).collect();
                assert_eq!(
                    octets.to_lowercase(),
                    format!("{:02x}{}", rows.len(), whole.to_lowercase()),
                    "{file}"
                );
                registers += rows.len();
            }
            records += 1;
        }
    }
    assert_eq!((records, registers), (RECORDS, 75));
}

/// Reserved expansion and special purpose fields are opaque: the shipped lane leaves them out, and one that says so refuses.
#[test]
fn what_the_specification_leaves_open_is_dropped_or_refused_as_the_lane_says() {
    let project = Project::new();
    let (lane, kind) =
        ("rules/lanes/asterix-down.kdl", "type \"asterix-cat048\" version=\"1.32\" {\n        undeclared ");
    let plot = project.text("fixtures/asterix-cat048/release-without-reserved-expansion/input.bin");
    let inspect = || {
        run(&["inspect", "--json", "--now", "2026-03-01T10:00:05Z", "--lane", &project.text(lane), &plot])
            .line()
    };
    let dropped = inspect();
    assert_eq!((&dropped["verdict"], codes(&dropped)), (&"release".into(), Vec::new()), "{dropped}");
    project.change(lane, &format!("{kind}drop"), &format!("{kind}refuse"));
    let refused = inspect();
    assert_eq!(refused["verdict"], "refuse", "{refused}");
    let reason = &refused["reasons"][0];
    assert_eq!((&reason["code"], &reason["field"]), (&"LG-S021".into(), &"i048".into()), "{refused}");
}
