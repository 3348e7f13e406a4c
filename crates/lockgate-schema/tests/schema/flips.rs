//! Bits of every published sample, flipped: never a panic, both readers say the same of each, and nothing is accepted that
//! is written in two ways.

use crate::asterix::{Pair, TYPES, agreed, blocks, objects};
use crate::make::Random;
use crate::packets::frames;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How a file is cut into objects.
#[derive(Clone, Copy)]
enum Cut {
    /// It is one.
    Whole,
    /// Packets one behind the other.
    Frames,
    /// A sentence a line.
    Lines,
    /// A datagram of ASTERIX blocks.
    Blocks,
    /// Such datagrams as hexadecimal digits, one a line.
    Datagrams,
}

/// Where samples are, which files they are, the type that is meant to read them, and how they are cut.
const FOLDERS: [(&str, &str, &str, Cut); 17] = [
    ("ais_nmea/libais", ".nmea", "ais-sentence", Cut::Lines),
    ("ais_nmea/pyais", "", "ais-sentence", Cut::Lines),
    ("asterix/datagrams", ".ast", "asterix", Cut::Blocks),
    ("asterix/random", ".txt", "asterix", Cut::Datagrams),
    ("cot/fts", ".cot", "cot-event", Cut::Whole),
    ("cot/jmisb", ".cot", "cot-event", Cut::Whole),
    ("cot/node-cot", ".cot", "cot-event", Cut::Whole),
    ("cot/pytak", ".cot", "cot-event", Cut::Whole),
    ("cot/takproto", ".takv1", "tak-v1", Cut::Whole),
    ("dfdl/mil-std-2045", ".dat", "lsb-header", Cut::Whole),
    ("geojson/mf-json", ".json", "track-json", Cut::Whole),
    ("geojson/node-cot", ".geojson", "track-json", Cut::Whole),
    ("gmti/4607gmti", ".bin", "gmti-4607", Cut::Whole),
    ("gmti/synthetic", ".4607", "gmti-4607", Cut::Frames),
    ("klv", "", "misb-0601", Cut::Frames),
    // The messages that a type of the tests describes are read by that one.
    ("mtf", ".txt", "message", Cut::Whole),
    ("othgold", ".txt", "message", Cut::Whole),
];
/// Folders whose files are no samples of a type that ships: schemas, what other decoders printed, formats that have none.
const NO_TYPE: [&str; 10] = [
    "cot/schemas",
    "asterix/specs",
    "dfdl",
    "gmti/alliance",
    "gmti/s4607-tests",
    "kml",
    "mtf/niem-usmtf",
    "nffi",
    "nvg",
    "expected",
];
/// Flips of a file, at least.
const FLIPS: usize = 200;

fn row(folder: &str) -> Option<(&'static str, &'static str, Cut)> {
    let exact = FOLDERS.iter().find(|(known, ..)| *known == folder);
    let found = exact.or_else(|| FOLDERS.iter().find(|(known, ..)| folder.starts_with(&format!("{known}/"))));
    found.map(|(_, ending, name, cut)| (*ending, *name, *cut))
}

/// All folders below `root` that hold files, with these.
fn folders(root: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let (mut found, mut waiting) = (BTreeMap::<String, Vec<PathBuf>>::new(), vec![root.to_owned()]);
    while let Some(folder) = waiting.pop() {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                waiting.push(path);
            } else if path.file_name().is_some_and(|name| name != "SOURCES.tsv") {
                let name = folder.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.entry(name).or_default().push(path);
            }
        }
    }
    found
}

/// The pair that reads an object of the type, or of the block's category.
fn reader<'p>(pairs: &'p mut BTreeMap<String, Pair>, name: &str, file: &Path) -> &'p Pair {
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let described = [("ato", "ato"), ("jtwc", "bulletin"), ("cbrn", "cbrn"), ("opreps", "opreps")];
    let described = described.iter().find(|(begins, _)| stem.starts_with(begins)).map(|(_, name)| *name);
    let name = if name == "message" { described.unwrap_or("cbrn") } else { name };
    pairs.entry(name.to_owned()).or_insert_with(|| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/schema").join(format!("{name}.kdl"));
        match std::fs::read(path) {
            Ok(text) => crate::asterix::pair(name, &text),
            Err(_) => Pair::new(crate::mutate::load(name).unwrap()),
        }
    })
}

fn hex(line: &str) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    let digits = value["data"].as_str().unwrap().as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The objects of a file; flipped bits of a datagram may change where its blocks end, so it stays whole.
fn cut(pair: Option<&Pair>, bytes: &[u8], how: Cut) -> Vec<Vec<u8>> {
    let lines = || bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.len() > 1);
    let found: Vec<Vec<u8>> = match (how, pair) {
        (Cut::Datagrams, _) => lines().map(|line| hex(std::str::from_utf8(line).unwrap())).collect(),
        (Cut::Lines, _) => lines().map(<[u8]>::to_vec).collect(),
        (Cut::Frames, Some(pair)) => frames(pair, bytes).into_iter().map(<[u8]>::to_vec).collect(),
        (Cut::Frames | Cut::Whole | Cut::Blocks, _) => vec![bytes.to_vec()],
    };
    found.into_iter().filter(|object| !object.is_empty()).collect()
}

#[test]
fn flipped_bits_of_every_sample_are_read_alike() {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return;
    };
    let (mut pairs, mut flipped, mut random) = (BTreeMap::new(), BTreeMap::<String, usize>::new(), Random(7));
    for (folder, files) in folders(&PathBuf::from(root).join("formats")) {
        let no_type = || NO_TYPE.iter().any(|known| folder.starts_with(known) || folder.ends_with(known));
        let Some((ending, name, how)) = row(&folder).filter(|_| !folder.ends_with("expected")) else {
            assert!(no_type(), "no row says how the samples in {folder} are read");
            continue;
        };
        if no_type() && !FOLDERS.iter().any(|(known, ..)| *known == folder) {
            continue;
        }
        for file in files.iter().filter(|file| file.to_str().unwrap().ends_with(ending)) {
            let bytes = std::fs::read(file).unwrap();
            let pair = (name != "asterix").then(|| reader(&mut pairs, name, file));
            let objects = cut(pair, &bytes, how);
            assert!(!objects.is_empty(), "nothing in {}", file.display());
            for number in 0..objects.len().max(FLIPS) {
                let mut object = objects[number % objects.len()].clone();
                let at = random.below(object.len() * 8);
                object[at / 8] ^= 1 << (at % 8);
                read(pair, &object);
                *flipped.entry(folder.clone()).or_default() += 1;
            }
        }
    }
    println!("{flipped:#?}");
    for (folder, ..) in FOLDERS {
        let below = flipped.iter().filter(|(name, _)| name.starts_with(folder)).map(|(_, count)| count);
        assert!(below.sum::<usize>() >= FLIPS, "nothing was flipped in {folder}");
    }
}

/// Reads an object with both readers of its type.
fn read(pair: Option<&Pair>, object: &[u8]) {
    match pair {
        Some(pair) => drop(agreed(pair, object)),
        None => {
            for block in blocks(object) {
                let Some(pair) = TYPES.get(&block[0]) else { continue };
                for record in objects(pair, block) {
                    agreed(pair, &record);
                }
            }
        }
    }
}
