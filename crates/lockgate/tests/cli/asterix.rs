//! `inspect --record` on real ASTERIX data against what independent decoders read in it.

#![allow(clippy::float_arithmetic, reason = "an oracle prints binary fractions")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a skipped test must be loud")]

use crate::common::{path, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

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

/// Compares a value of theirs with one of ours; `None` where there is nothing of ours by that name.
fn same(theirs: &Value, ours: &Value, table: Option<&BTreeMap<String, f64>>) -> Option<bool> {
    match (theirs, ours) {
        (Value::String(theirs), Value::String(ours)) => Some(theirs.eq_ignore_ascii_case(ours)),
        // All zeros: they print blanks, we say that it is not known.
        (Value::String(theirs), Value::Null) => Some(theirs.trim().is_empty()),
        (Value::Number(theirs), Value::String(ours)) => {
            let ours = match table {
                Some(table) => *table.get(ours)?,
                None => ours.parse().ok()?,
            };
            Some((theirs.as_f64()? - ours).abs() < 1e-9)
        }
        _ => None,
    }
}

/// Walks what they read; counts what agrees, and lists what does not.
fn compare(
    at: &str,
    theirs: &Value,
    ours: &Value,
    tables: &BTreeMap<String, BTreeMap<String, f64>>,
    seen: &mut (usize, Vec<String>),
) {
    if let Some(value) = theirs.get("val") {
        match same(value, ours, tables.get(at)) {
            Some(true) => seen.0 += 1,
            Some(false) => seen.1.push(format!("{at}: {value} and {ours}")),
            None => {}
        }
        return;
    }
    if let Value::Object(parts) = theirs {
        for (name, part) in parts {
            let name = name.to_lowercase();
            match ours {
                Value::Object(own) => {
                    if let Some(own) = own.get(&name) {
                        compare(&format!("{at}.{name}"), part, own, tables, seen);
                    }
                }
                // They name the only part of an item, we do not.
                own if parts.len() == 1 => compare(at, part, own, tables, seen),
                _ => {}
            }
        }
    }
}

#[test]
fn values_are_those_of_an_independent_decoder() {
    let Some((corpus, files)) = inspected() else { return };
    let theirs = read(&corpus, "asterix_decoder-0.7.11.json");
    let tables: BTreeMap<u64, _> = TYPES.map(|(number, name)| (number, wires(name))).into();
    let mut seen = (0, Vec::new());
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
            for (item, value) in their.as_object().unwrap().iter().filter(|(item, _)| item.starts_with('I')) {
                let item = item.to_lowercase();
                compare(&format!(".{item}"), value, &own[&item], &tables[&number], &mut seen);
            }
        }
    }
    let (agree, mut differ) = seen;
    // A flight level: they give feet, the specification and we give hundreds of feet.
    differ.retain(|line| !line.starts_with(".i136"));
    println!("{records} records, {agree} values agree");
    assert_eq!(differ, Vec::<String>::new());
    assert!(records >= 99 && agree > 2_500, "{records} {agree}");
}

#[test]
fn items_are_those_of_a_second_decoder() {
    let Some((corpus, files)) = inspected() else { return };
    let theirs = read(&corpus, "libasterix-0.36.3-items-hex.json");
    let mut records = 0;
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
            records += 1;
        }
    }
    assert!(records >= 99, "{records}");
}
