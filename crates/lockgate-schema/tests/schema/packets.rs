//! GMTI packets and motion imagery metadata: the shipped types against samples and against what independent decoders
//! read in them.

use crate::asterix::{Pair, agreed, pair};
use crate::make::Random;
use lockgate_bytes::{Ratio, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_record::{Block, Form, Kind, NodeId, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

pub(crate) fn shipped(name: &str) -> Pair {
    let path = format!("{}/../../rules/types/{name}/type.kdl", env!("CARGO_MANIFEST_DIR"));
    pair(name, &std::fs::read(path).unwrap())
}

pub(crate) static GMTI: LazyLock<Pair> = LazyLock::new(|| shipped("gmti-4607"));
pub(crate) static KLV: LazyLock<Pair> = LazyLock::new(|| shipped("misb-0601"));

/// The samples of a format, with their names below it; nothing where there is no folder of samples.
fn samples(format: &str, folders: &[&str]) -> Vec<(String, Vec<u8>)> {
    let Some(root) = root(format) else { return Vec::new() };
    let mut found = Vec::new();
    for folder in folders {
        let mut files: Vec<_> =
            std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = format!("{folder}/{}", file.file_name().unwrap().to_str().unwrap());
            found.push((name, std::fs::read(&file).unwrap()));
        }
    }
    found
}

pub(crate) fn root(format: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return None;
    };
    Some(PathBuf::from(root).join("formats").join(format))
}

fn json(format: &str, file: &str) -> Json {
    let text = std::fs::read_to_string(root(format).unwrap().join("expected").join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The objects of a file, cut by the framing of the type; what is left over is one too.
pub(crate) fn frames<'a>(pair: &Pair, mut file: &'a [u8]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    while !file.is_empty() {
        let length = pair.compiled.first_frame(Untrusted::new(file)).unwrap_or(file.len());
        let (frame, rest) = file.split_at(length);
        found.push(frame);
        file = rest;
    }
    found
}

/// All values of a record by path, the last row of each list for all rows: as numbers where they are.
pub(crate) fn values(pair: &Pair, read: &Inspection, bytes: &[u8]) -> BTreeMap<String, Shown> {
    let mut found = BTreeMap::new();
    walk(pair, read, bytes, (pair.of.shape().root(), Block::ROOT), &mut found);
    found
}

/// A value as another decoder would show it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shown {
    Text(String),
    Exact(Ratio),
    Unknown,
}

fn walk(
    pair: &Pair,
    read: &Inspection,
    bytes: &[u8],
    (node, block): (NodeId, Block),
    found: &mut BTreeMap<String, Shown>,
) {
    let shape = pair.of.shape();
    for child in &shape.node(node).unwrap().children {
        let at = shape.node(*child).unwrap();
        let name = at.path.replace("[]", "");
        match (&at.form, read.record.value(block, at.slot)) {
            (_, Value::Absent) => {}
            (Form::Section, _) => walk(pair, read, bytes, (*child, block), found),
            (Form::List { .. }, _) => {
                for row in read.record.rows(block, at.slot) {
                    walk(pair, read, bytes, (*child, row), found);
                }
            }
            (Form::Value(kind), value) => drop(found.insert(name, shown(kind, value, read, bytes))),
        }
    }
}

fn shown(kind: &Kind, value: Value, read: &Inspection, bytes: &[u8]) -> Shown {
    match (value, kind) {
        (Value::Enum(index), Kind::Enum(names)) => Shown::Text(names[usize::from(index)].clone()),
        (Value::Text(text), _) => {
            Shown::Text(String::from_utf8(read.record.text(text, bytes).to_vec()).unwrap())
        }
        (Value::Integer(number), _) => Shown::Exact(Ratio::new(number, 1).unwrap()),
        (Value::Ratio(number), _) => Shown::Exact(number),
        (Value::Flag(flag), _) => Shown::Text(flag.to_string()),
        (Value::Time(time), _) => Shown::Exact(Ratio::new(time.unix_nanos() / 1_000, 1).unwrap()),
        (Value::Unknown(_), _) => Shown::Unknown,
        (other, _) => panic!("{other:?}"),
    }
}

/// tshark's fields, ours, and by what theirs is multiplied: numerator and denominator.
const GMTI_FIELDS: &[(&str, &str, i64, u32)] = &[
    ("s4607.mission", "gmti.mission", 1, 1),
    ("s4607.job", "gmti.job", 1, 1),
    ("s4607.dwell.revisit", "gmti.segment.dwell.revisit", 1, 1),
    ("s4607.dwell.dwell", "gmti.segment.dwell.index", 1, 1),
    ("s4607.dwell.last", "gmti.segment.dwell.last", 1, 1),
    ("s4607.dwell.time", "gmti.segment.dwell.time", 1, 1_000),
    ("s4607.dwell.sensor.lat", "gmti.segment.dwell.lat", 45, 1 << 30),
    ("s4607.dwell.sensor.lon", "gmti.segment.dwell.lon", 45, 1 << 29),
    ("s4607.dwell.sensor.alt", "gmti.segment.dwell.alt", 1, 100),
    ("s4607.dwell.scale.lat", "gmti.segment.dwell.lat_scale", 45, 1 << 30),
    ("s4607.dwell.scale.lon", "gmti.segment.dwell.lon_scale", 45, 1 << 29),
    ("s4607.dwell.track", "gmti.segment.dwell.track", 45, 1 << 13),
    ("s4607.dwell.speed", "gmti.segment.dwell.speed", 1, 1_000),
    ("s4607.dwell.vvel", "gmti.segment.dwell.climb", 1, 10),
    ("s4607.dwell.plat.heading", "gmti.segment.dwell.heading", 45, 1 << 13),
    ("s4607.dwell.plat.pitch", "gmti.segment.dwell.pitch", 45, 1 << 14),
    ("s4607.dwell.plat.roll", "gmti.segment.dwell.roll", 45, 1 << 14),
    ("s4607.dwell.da.lat", "gmti.segment.dwell.area_lat", 45, 1 << 30),
    ("s4607.dwell.da.lon", "gmti.segment.dwell.area_lon", 45, 1 << 29),
    ("s4607.dwell.da.range", "gmti.segment.dwell.area_range", 1, 128),
    ("s4607.dwell.da.angle", "gmti.segment.dwell.area_angle", 45, 1 << 13),
    ("s4607.dwell.mdv", "gmti.segment.dwell.slowest", 1, 10),
    ("s4607.dwell.rpt.idx", "gmti.segment.dwell.target.index", 1, 1),
    ("s4607.dwell.rpt.lat", "gmti.segment.dwell.target.lat", 45, 1 << 30),
    ("s4607.dwell.rpt.lon", "gmti.segment.dwell.target.lon", 45, 1 << 29),
    ("s4607.dwell.rpt.delta.lat", "gmti.segment.dwell.target.delta_lat", 1, 1),
    ("s4607.dwell.rpt.delta.lon", "gmti.segment.dwell.target.delta_lon", 1, 1),
    ("s4607.dwell.rpt.height", "gmti.segment.dwell.target.height", 1, 1),
    ("s4607.dwell.rpt.radial", "gmti.segment.dwell.target.radial", 1, 100),
    ("s4607.dwell.rpt.wrap", "gmti.segment.dwell.target.wrap", 1, 100),
    ("s4607.dwell.rpt.snr", "gmti.segment.dwell.target.snr", 1, 1),
    ("s4607.ploc.time", "gmti.segment.location.time", 1, 1_000),
    ("s4607.ploc.lat", "gmti.segment.location.lat", 45, 1 << 30),
    ("s4607.ploc.lon", "gmti.segment.location.lon", 45, 1 << 29),
    ("s4607.ploc.alt", "gmti.segment.location.alt", 1, 100),
    ("s4607.ploc.track", "gmti.segment.location.track", 45, 1 << 13),
    ("s4607.ploc.speed", "gmti.segment.location.speed", 1, 1_000),
    ("s4607.ploc.velocity", "gmti.segment.location.climb", 1, 10),
];

/// Fields of tshark that ours computes, or that the test looks at in another way.
const GMTI_OTHERS: &[&str] = &[
    "s4607.exind",
    "s4607.nationality",
    "s4607.platform",
    "s4607.sec.class",
    "s4607.sec.codes",
    "s4607.sec.system",
    "s4607.seg.type",
    "s4607.seg.size",
    "s4607.size",
    "s4607.version",
    "s4607.dwell.count",
    "s4607.dwell.mask",
    "s4607.dwell.rpt.class",
];

fn equal(a: Ratio, b: Ratio) -> bool {
    let whole = |over: i64, under: u32| i128::from(over) * i128::from(under);
    whole(a.numerator(), b.denominator()) == whole(b.numerator(), a.denominator())
}

/// The leaves of tshark's tree. It shows the last segment of a packet, and the last target.
fn leaves(tree: &Json, found: &mut BTreeMap<String, String>) {
    for (name, value) in tree.as_object().unwrap() {
        match value {
            Json::String(text) => drop(found.insert(name.clone(), text.clone())),
            inner => leaves(inner, found),
        }
    }
}

#[test]
fn gmti_packets_read_as_tshark_reads_them() {
    let files = samples("gmti", &["synthetic"]);
    let Some(expected) = (!files.is_empty()).then(|| json("gmti", "tshark-4.0.17.json")) else { return };
    let (mut compared, mut packets) = (0, 0);
    for (name, file) in &files {
        let theirs = expected[name.strip_prefix("synthetic/").unwrap()].as_array().unwrap();
        let ours = frames(&GMTI, file);
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (packet, tree) in ours.into_iter().zip(theirs) {
            let (reasons, read) = agreed(&GMTI, packet);
            assert_eq!(reasons, Vec::<String>::new(), "{name}");
            assert!(GMTI.compiled.recognises(Untrusted::new(packet)));
            let mut theirs = BTreeMap::new();
            leaves(tree, &mut theirs);
            // A packet ends with the segment that tshark shows: what others hold is not in its tree.
            let kind: i64 = theirs["s4607.seg.type"].parse().unwrap();
            let ours = values(&GMTI, &read, packet);
            for (theirs_name, name_of_ours, over, under) in GMTI_FIELDS {
                let Some(number) = theirs.get(*theirs_name) else { continue };
                let wanted = Ratio::new(number.parse::<i64>().unwrap() * over, *under).unwrap();
                let Some(Shown::Exact(found)) = ours.get(*name_of_ours) else {
                    panic!("{name} {name_of_ours}")
                };
                assert!(equal(*found, wanted), "{name} {name_of_ours}: {found} and {wanted}");
                compared += 1;
            }
            for known in theirs.keys() {
                let known = known.as_str();
                let is_known =
                    GMTI_FIELDS.iter().any(|(theirs, ..)| *theirs == known) || GMTI_OTHERS.contains(&known);
                assert!(is_known, "{name}: nobody looks at {known}");
            }
            words_agree(name, kind, &theirs, &ours);
            if let Some(count) = theirs.get("s4607.dwell.count") {
                assert_eq!(count.parse::<usize>().unwrap(), targets(&read), "{name}");
            }
            packets += 1;
        }
    }
    println!("{compared} values of {packets} packets");
    assert_eq!((compared, packets), (311, files.len()));
}

fn words_agree(name: &str, kind: i64, theirs: &BTreeMap<String, String>, ours: &BTreeMap<String, Shown>) {
    let text = |path: &str| match ours.get(path) {
        Some(Shown::Text(text)) => text.clone(),
        other => panic!("{name} {path} {other:?}"),
    };
    assert_eq!(theirs["s4607.version"], text("gmti.version"));
    assert_eq!(theirs["s4607.nationality"], text("gmti.nationality"));
    assert_eq!(theirs["s4607.platform"], text("gmti.platform"));
    assert_eq!(theirs["s4607.sec.system"], text("gmti.security.system"));
    let level = ["TOP SECRET", "SECRET", "CONFIDENTIAL", "RESTRICTED", "UNCLASSIFIED"];
    let code: usize = theirs["s4607.sec.class"].parse().unwrap();
    assert_eq!(level[code - 1], text("gmti.security.classification"));
    let codes = u16::from_str_radix(theirs["s4607.sec.codes"].trim_start_matches("0x"), 16).unwrap();
    let said = text("gmti.security.codes");
    assert_eq!(codes.count_ones() as usize, said.split(',').filter(|code| !code.is_empty()).count());
    assert_eq!(codes & 0x8000 != 0, said.contains("REL 9-EYES"));
    assert_eq!(codes & 0x2000 != 0, said.contains("REL NATO"));
    let exercise: u8 = theirs["s4607.exind"].parse().unwrap();
    assert_eq!(exercise >= 128, text("gmti.exercise").starts_with("Exercise"));
    let segments =
        [(1, "Mission"), (2, "Dwell"), (5, "Job definition"), (6, "Free text"), (13, "Platform location")];
    let segment = segments.iter().find(|(number, _)| *number == kind).unwrap();
    assert_eq!(segment.1, text("gmti.segment.kind"));
    let Some(mask) = theirs.get("s4607.dwell.mask") else { return };
    let mask = u64::from_str_radix(mask.trim_start_matches("0x"), 16).unwrap();
    for (bit, field) in MASK {
        let there = ours.contains_key(&format!("gmti.segment.dwell.{field}"));
        assert_eq!(mask >> (63 - bit) & 1 == 1, there, "{name} {field}");
    }
    let kinds = [
        ("0", "No information, live"),
        ("1", "Tracked vehicle, live"),
        ("2", "Wheeled vehicle, live"),
        ("4", "Fixed wing aircraft, live"),
        ("126", "Other, live"),
    ];
    if let Some(class) = theirs.get("s4607.dwell.rpt.class") {
        let kind = kinds.iter().find(|(code, _)| code == class).unwrap();
        assert_eq!(text("gmti.segment.dwell.target.class"), kind.1, "{name}");
    }
}

/// Bits of the existence mask from the left, and what stands where they are set.
const MASK: [(u32, &str); 18] = [
    (0, "revisit"),
    (7, "alt"),
    (8, "lat_scale"),
    (9, "lon_scale"),
    (13, "track"),
    (14, "speed"),
    (15, "climb"),
    (19, "heading"),
    (21, "roll"),
    (29, "slowest"),
    (30, "target.index"),
    (31, "target.lat"),
    (33, "target.delta_lat"),
    (35, "target.height"),
    (36, "target.radial"),
    (37, "target.wrap"),
    (38, "target.snr"),
    (39, "target.class"),
];

/// Targets of the last dwell of a packet.
fn targets(read: &Inspection) -> usize {
    let slot = |path: &str| {
        let shape = GMTI.of.shape();
        shape.node(shape.find(path).unwrap()).unwrap().slot
    };
    let last = read.record.rows(Block::ROOT, slot("gmti.segment")).last().unwrap();
    read.record.rows(last, slot("gmti.segment.dwell.target")).count()
}

/// A dwell of a recording, as the one segment of a packet.
#[test]
fn a_real_dwell_is_read_whole() {
    let Some(root) = root("gmti") else { return };
    let dwell = std::fs::read(root.join("4607gmti/first_dwell.bin")).unwrap();
    let packet = packet(5, b"XN", 0, 0, &[(2, &dwell)]);
    let (reasons, read) = agreed(&GMTI, &packet);
    assert_eq!(reasons, Vec::<String>::new());
    assert!(read.canonical);
    let ours = values(&GMTI, &read, &packet);
    let exact = |path: &str| match ours[path] {
        Shown::Exact(number) => number.to_string(),
        ref other => panic!("{path} {other:?}"),
    };
    assert_eq!(exact("gmti.segment.dwell.time"), "36000");
    assert_eq!(exact("gmti.segment.dwell.speed"), "130");
    assert!(!ours.contains_key("gmti.segment.dwell.target.lat"));
}

/// A request to a sensor and its answer, laid out as the samples of another decoder's tests are (s4607, job_req and job_ack).
#[test]
fn requests_to_sensors_are_read_whole() {
    let corner = [64, 0, 0, 0, 245, 85, 85, 85];
    let request = [
        &b"CELL 7    T-0042    "[..],
        &[0],
        &corner.repeat(4),
        &[1, 1, 44, 0, 0, 7, 226, 5, 23, 10, 11, 50, 253, 232, 212, 49, 83, 66, 5],
        b"HawkV1",
        &[1],
    ]
    .concat();
    let answer = [
        &[0x12, 0x34, 0x56, 0x78][..],
        b"CELL 7    T-0042    ",
        &[27],
        b"Darth ",
        &[99],
        &corner.repeat(4),
        &[21, 1, 35, 18, 52, 2, 7, 226, 5, 23, 10, 11, 50],
        b"XN",
    ]
    .concat();
    assert_eq!((request.len(), answer.len()), (79, 79));
    let packet = packet(5, b"XN", 0, 0, &[(101, &request), (102, &answer)]);
    let (reasons, read) = agreed(&GMTI, &packet);
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    let ours = values(&GMTI, &read, &packet);
    for (path, says) in [
        ("request.priority", "0"),
        ("request.a_lat", "45"),
        ("request.range_resolution", "3"),
        ("request.year", "2018"),
        ("request.delay", "65000"),
        ("request.duration", "54321"),
        ("acknowledge.id", "305419896"),
        ("acknowledge.priority", "99"),
        ("acknowledge.revisit", "466"),
        ("acknowledge.second", "50"),
    ] {
        let Some(Shown::Exact(number)) = ours.get(&format!("gmti.segment.{path}")) else { panic!("{path}") };
        assert_eq!(number.to_string(), says, "{path}");
    }
    for (path, says) in [
        ("request.sensor", "Global Hawk sensor"),
        ("request.mode", "MTI"),
        ("request.cancel", "Cancel"),
        ("acknowledge.sensor", "VADER"),
        ("acknowledge.mode", "Joint STARS, attack control with tracking"),
        ("acknowledge.status", "Approved with modification"),
        ("acknowledge.nationality", "XN"),
    ] {
        assert_eq!(ours.get(&format!("gmti.segment.{path}")), Some(&Shown::Text(says.to_owned())), "{path}");
    }
    let mut random = Random(4607);
    for _ in 0..400 {
        let mut changed = packet.clone();
        let at = random.below(changed.len() * 8);
        changed[at / 8] ^= 1 << (at % 8);
        agreed(&GMTI, &changed);
    }
}

/// A segment of high range resolution, laid out as s4607 has it (hrr.erl, scatterer_rec.erl): the mask `H5 H6 H7 H9 H15 H20
/// H21 H22 H27..H31 H32.2..H32.4` by bits from the left, the optional fields zero.
fn hrr(optional: [bool; 13], kind: u8, counts: (u16, u16, u16), point: (u8, u8), points: &[u8]) -> Vec<u8> {
    let [h5, h6, h7, h9, h15, h20, h21, h22, h27, phase, range, doppler, spare] = optional.map(u64::from);
    let bits = [1, 1, 1, h5, h6, h7, 1, h9, 1, 1, 1, 1, 1, h15, 1, 1, 1, 1, h20, h21, h22, 1, 1, 1, 1];
    let bits =
        bits.into_iter().chain([h27, h27, h27, h27, h27, 1, phase, range, doppler, 0, 0, 0, 0, 0, spare]);
    let mask = bits.fold(0_u64, |mask, bit| mask << 1 | bit);
    let mut out = mask.to_be_bytes()[3..].to_vec();
    let mut put = |there: u64, bytes: &[u8]| {
        if there == 1 {
            out.extend_from_slice(bytes)
        }
    };
    put(1, &[0, 100, 78, 32, 1]);
    put(h5, &[0, 3]);
    put(h6, &counts.0.to_be_bytes());
    put(h7, &counts.1.to_be_bytes());
    put(1, &counts.2.to_be_bytes());
    put(h9, &[40]);
    // Threshold 25 dB, resolution 45.15625 cm, spacing 100 cm, 1000.5 Hz, 123.5 Hz.
    put(1, &[100, 22, 148, 50, 0, 3, 232, 128, 0, 0, 123, 128, 0]);
    put(h15, &[4, 192, 0, 0]);
    // No compression, Taylor, other; -100 dB.
    put(1, &[0, 1, 2, 0b1011_0010, 0]);
    put(h20, &[246]);
    put(h21, &[255, 156]);
    put(h22, &[128, 1, 0, 0]);
    put(1, &[kind, 0b1010_0000, point.0, point.1]);
    put(h27, &[9, 0, 0, 1, 44, 4, 0, 128, 0, 0, 0, 64, 0, 0]);
    out.extend_from_slice(points);
    out
}

#[test]
fn high_range_resolution_is_read_whole() {
    let all = [true, true, true, true, true, true, true, true, true, true, true, true, false];
    let none = [false, true, false, false, false, false, false, false, false, false, false, false, false];
    let two = [34, 0, 64, 40, 80, 40, 192, 35, 128, 0, 40, 81, 40, 193];
    for (optional, kind, counts, point, points) in [
        (all, 3, (2, 2, 0), (1, 2), &two[..]),
        (all, 4, (1, 2, 1), (1, 2), &two),
        (none, 0, (3, 0, 0), (1, 0), &[7, 8, 9]),
        (none, 0, (2, 0, 0), (2, 0), &[7, 8, 9, 10]),
    ] {
        let segment = hrr(optional, kind, counts, point, points);
        let packet = packet(5, b"NA", 0, 128, &[(3, &segment)]);
        let (reasons, read) = agreed(&GMTI, &packet);
        assert_eq!((reasons, read.canonical), (Vec::new(), true));
    }
    let packet = packet(5, b"NA", 0, 128, &[(3, &hrr(all, 3, (2, 2, 0), (1, 2), &two))]);
    let (_, read) = agreed(&GMTI, &packet);
    let ours = values(&GMTI, &read, &packet);
    for (path, says) in [
        ("revisit", "100"),
        ("index", "20000"),
        ("report", "3"),
        ("clutter", "10"),
        ("threshold", "25"),
        ("range_resolution", "45.15625"),
        ("doppler_resolution", "1000.5"),
        ("doppler_spacing", "123.5"),
        ("frequency", "9.5"),
        ("power", "-100"),
        ("cross_section", "-5"),
        ("origin_range", "-100"),
        ("origin_doppler", "-1"),
        ("edge", "3"),
        ("length", "1"),
        ("length_error", "0.5"),
        ("point.magnitude", "35"),
        ("point.phase_wide", "180"),
        ("point.range_index", "10321"),
        ("point.doppler_index", "10433"),
    ] {
        let Some(Shown::Exact(number)) = ours.get(&format!("gmti.segment.hrr.{path}")) else {
            panic!("{path}")
        };
        assert_eq!(number.to_string(), says, "{path}");
    }
    let mut random = Random(32);
    for _ in 0..600 {
        let mut changed = packet.clone();
        let at = random.below(changed.len() * 8);
        changed[at / 8] ^= 1 << (at % 8);
        agreed(&GMTI, &changed);
    }
}

/// A segment of high range resolution that leaves out what it must have, or has what it must not.
#[test]
fn high_range_resolution_that_contradicts_itself_is_refused() {
    let none = [false; 13];
    let refused = |optional, kind, point, points: &[u8]| {
        let segment = hrr(optional, kind, (1, 1, 1), point, points);
        agreed(&GMTI, &packet(5, b"NA", 0, 128, &[(3, &segment)])).0
    };
    let mut spare = none;
    spare[12] = true;
    let mut phase = none;
    phase[9] = true;
    assert_eq!(refused(none, 1, (1, 0), &[7]), Vec::<String>::new());
    for (reasons, code) in [
        (refused(spare, 1, (1, 0), &[7]), "LG-S024"),
        // A phase of no bytes.
        (refused(phase, 1, (1, 0), &[7]), "LG-S024"),
        (refused(none, 8, (1, 0), &[7]), "LG-S009"),
        (refused(none, 1, (3, 0), &[7, 7, 7]), "LG-S0"),
        (refused(none, 1, (2, 0), &[7, 7, 7]), "LG-S0"),
    ] {
        assert!(reasons.first().is_some_and(|first| first.contains(code)), "{code}: {reasons:?}");
    }
}

/// Targets that are counted and have no bit: 65,535 rows a few bytes, thousands of times a packet.
#[test]
fn targets_without_a_bit_cost_nothing_and_are_refused() {
    let mut dwell = vec![0xFF, 0, 3, 192, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0xFF, 0xFF];
    dwell.extend_from_slice(&[0; 28]);
    let packet = packet(5, b"NA", 0, 128, &[(2, &dwell)]);
    let (reasons, read) = agreed(&GMTI, &packet);
    assert!(reasons.first().is_some_and(|first| first.contains("LG-S001")), "{reasons:?}");
    let dwells = GMTI.of.shape().find("gmti.segment.dwell.target").unwrap();
    let slot = GMTI.of.shape().node(dwells).unwrap().slot;
    let segment = GMTI.of.shape().find("gmti.segment").unwrap();
    let row = read.record.rows(Block::ROOT, GMTI.of.shape().node(segment).unwrap().slot).next().unwrap();
    assert_eq!(read.record.value(row, slot), Value::Rows { count: 1 });
}

/// A packet of edition 3 with these segments.
pub(crate) fn packet(
    level: u8,
    system: &[u8; 2],
    codes: u16,
    exercise: u8,
    segments: &[(u8, &[u8])],
) -> Vec<u8> {
    let body: Vec<u8> = segments
        .iter()
        .flat_map(|(kind, payload)| {
            let size = u32::try_from(payload.len() + 5).unwrap().to_be_bytes();
            [&[*kind][..], &size, payload].concat()
        })
        .collect();
    let size = u32::try_from(body.len() + 32).unwrap().to_be_bytes();
    let codes = codes.to_be_bytes();
    [
        &b"30"[..],
        &size,
        b"XN",
        &[level],
        system,
        &codes,
        &[exercise],
        b"LG-1      ",
        &[0, 0, 0, 7],
        &[0, 0, 0, 1],
        &body,
    ]
    .concat()
}

/// Every sample, every class of change: never a panic, both readers agree, and what is accepted is its own encoding or is
/// written as the one that is.
///
/// `mend` puts right what every change makes wrong, such as a checksum, so that what is behind it is reached.
fn flipped(pair: &Pair, files: &[(String, Vec<u8>)], mend: fn(&[u8]) -> Option<Vec<u8>>) -> (usize, usize) {
    let (mut seed, mut accepted, mut refused) = (0x9E37_79B9_u64, 0, 0);
    for (_, file) in files {
        for frame in frames(pair, file) {
            for _ in 0..200 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let mut changed = frame.to_vec();
                let at = (seed >> 33) as usize % (changed.len() * 8);
                changed[at / 8] ^= 1 << (at % 8);
                for changed in mend(&changed).into_iter().chain([changed]) {
                    let (reasons, _) = agreed(pair, &changed);
                    if reasons.is_empty() { accepted += 1 } else { refused += 1 }
                }
            }
        }
    }
    (accepted, refused)
}

#[test]
fn flipped_bits_of_packets_are_read_alike() {
    let gmti = samples("gmti", &["synthetic"]);
    let klv = samples("klv", &["synthetic", "klvdata", "jmisb"]);
    if gmti.is_empty() {
        return;
    }
    for (pair, (accepted, refused)) in
        [(&*GMTI, flipped(&GMTI, &gmti, |_| None)), (&*KLV, flipped(&KLV, &klv, |frame| Some(summed(frame))))]
    {
        println!("{}: {accepted} accepted, {refused} refused", pair.of.model().name);
        assert!(refused > 500 && accepted > 500);
    }
}

/// An item of the set by its tag, and by what the other decoder's number is compared: units are the same.
const KLV_TAGS: &[(u64, &str)] = &[
    (5, "platform_heading_angle"),
    (6, "platform_pitch_angle"),
    (7, "platform_roll_angle"),
    (13, "sensor_latitude"),
    (14, "sensor_longitude"),
    (15, "sensor_true_altitude"),
    (16, "sensor_horizontal_field_of_view"),
    (17, "sensor_vertical_field_of_view"),
    (18, "sensor_relative_azimuth_angle"),
    (19, "sensor_relative_elevation_angle"),
    (20, "sensor_relative_roll_angle"),
    (21, "slant_range"),
    (22, "target_width"),
    (23, "frame_center_latitude"),
    (24, "frame_center_longitude"),
    (25, "frame_center_elevation"),
    (65, "uas_datalink_ls_version_number"),
    (2, "precision_time_stamp"),
    (3, "mission_id"),
    (10, "platform_designation"),
    (11, "image_source_sensor"),
    (12, "image_coordinate_system"),
    (94, "miis_core_identifier"),
];
const SECURITY_TAGS: &[(u64, &str)] = &[
    (1, "classification"),
    (2, "country_method"),
    (3, "country"),
    (5, "caveats"),
    (6, "releasing_instructions"),
    (12, "object_country_method"),
    (13, "object_countries"),
    (22, "version"),
];

/// The checksum made right, where it is not.
fn summed(frame: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    let end = frame.len() - 2;
    let sum = frame[..end].iter().enumerate().fold(0_u16, |sum, (at, byte)| {
        sum.wrapping_add(if at % 2 == 0 { u16::from(*byte) << 8 } else { u16::from(*byte) })
    });
    frame[end..].copy_from_slice(&sum.to_be_bytes());
    frame
}

fn same(name: &str, path: &str, ours: &BTreeMap<String, Shown>, theirs: &Json) {
    match (ours.get(path), theirs) {
        (Some(Shown::Exact(number)), Json::Number(wanted)) => {
            let ours = number.numerator() as f64 / f64::from(number.denominator());
            let wanted = wanted.as_f64().unwrap();
            assert!((ours - wanted).abs() <= wanted.abs() * 1e-12, "{name} {path}: {ours} and {wanted}");
        }
        (Some(Shown::Text(text)), Json::String(wanted)) => {
            let wanted = wanted.trim_end_matches("//").to_lowercase().replace("1059", "stanag 1059");
            assert_eq!(text.to_lowercase(), wanted, "{name} {path}");
        }
        (ours, theirs) => panic!("{name} {path}: {ours:?} and {theirs:?}"),
    }
}

#[test]
fn metadata_sets_read_as_misb_js_reads_them() {
    let files = samples("klv", &["synthetic", "klvdata", "jmisb"]);
    let Some(expected) = (!files.is_empty()).then(|| json("klv", "misb.js-0.1.30.json")) else { return };
    let (mut compared, mut accepted) = (0, Vec::new());
    for (name, file) in &files {
        let theirs = expected[name].get("st0601").and_then(Json::as_array).cloned().unwrap_or_default();
        let ours: Vec<_> = frames(&KLV, file)
            .into_iter()
            .filter(|frame| KLV.compiled.recognises(Untrusted::new(frame)))
            .collect();
        assert!(theirs.len() <= ours.len(), "{name}: nobody looks at a set of theirs");
        for (frame, set) in ours.iter().zip(&theirs) {
            let items = set.as_array().unwrap();
            let sum = items.iter().find(|item| item["key"] == 1).unwrap();
            let (reasons, _) = agreed(&KLV, frame);
            if sum["valid"] == false {
                assert!(reasons.iter().any(|reason| reason.starts_with("LG-S028")), "{name} {reasons:?}");
            }
            // What only its checksum keeps from being read is compared with that made right.
            let frame = summed(frame);
            let (reasons, read) = agreed(&KLV, &frame);
            if !reasons.is_empty() {
                println!("{name}: refused, {reasons:?}");
                continue;
            }
            accepted.push(name.clone());
            let ours = values(&KLV, &read, &frame);
            for item in items {
                let key = item["key"].as_u64().unwrap();
                if let Some((_, path)) = KLV_TAGS.iter().find(|(tag, _)| *tag == key) {
                    same(name, &format!("st0601.set.{path}"), &ours, &item["value"]);
                    compared += 1;
                } else if key == 48 {
                    for item in item["value"].as_array().unwrap() {
                        let key = item["key"].as_u64().unwrap();
                        let (_, path) = SECURITY_TAGS.iter().find(|(tag, _)| *tag == key).unwrap();
                        same(name, &format!("st0601.set.security.{path}"), &ours, &item["value"]);
                        compared += 1;
                    }
                } else {
                    assert_eq!(key, 1, "{name}: nobody looks at tag {key}");
                }
            }
        }
    }
    println!("{compared} values of {accepted:?}");
    assert_eq!((compared, accepted.len()), (169, 9));
}

/// Microseconds since 1970 of a time as Python prints it.
fn microseconds(printed: &str) -> i64 {
    let text = printed.replacen(' ', "T", 1).replace("+00:00", "Z");
    lockgate_bytes::Time::parse(text.as_bytes()).unwrap().unix_nanos() / 1_000
}

#[test]
fn metadata_sets_read_as_klvdata_reads_them() {
    let files = samples("klv", &["synthetic", "klvdata"]);
    let Some(real) = (!files.is_empty()).then(|| json("klv", "klvdata-0.0.3.json")) else { return };
    let made = json("klv", "klvdata-0.0.3-synthetic.json");
    let mut compared = 0;
    for (name, file) in &files {
        let theirs = match name.strip_prefix("synthetic/") {
            Some(made_here) => &made[made_here],
            None => &real[name],
        };
        let packets = theirs["packets"].as_array().unwrap();
        let frames = frames(&KLV, file);
        assert!(packets.len() <= frames.len(), "{name}: nobody looks at a packet of theirs");
        for (frame, packet) in frames.into_iter().zip(packets) {
            let frame = summed(frame);
            let (reasons, read) = agreed(&KLV, &frame);
            if !reasons.is_empty() {
                continue;
            }
            let ours = values(&KLV, &read, &frame);
            for (tag, item) in packet.as_object().unwrap() {
                let key: u64 = tag.parse().unwrap_or(0);
                let Some((_, path)) = KLV_TAGS.iter().find(|(known, _)| *known == key) else { continue };
                // The core identifier is a range of bytes there and parts here; misb.js has those.
                let Some(value) = item[3].as_str().filter(|_| key != 94) else { continue };
                let number = value.parse::<f64>().ok().filter(|_| !matches!(key, 3 | 10..=12));
                let value = match number {
                    Some(number) => Json::from(number),
                    None if key == 2 => Json::from(microseconds(value)),
                    None => Json::from(value),
                };
                same(name, &format!("st0601.set.{path}"), &ours, &value);
                compared += 1;
            }
        }
    }
    println!("{compared} values");
    assert_eq!(compared, 118);
}

pub(crate) static AIS: LazyLock<Pair> = LazyLock::new(|| shipped("ais-message"));
pub(crate) static LSB: LazyLock<Pair> = LazyLock::new(|| shipped("lsb-header"));

/// The bits behind the characters of a sentence (ITU-R M.1371, and the armour of IEC 61162-1).
pub(crate) fn unarmoured(payload: &str, fill: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    for byte in payload.bytes() {
        let value = if byte < 88 { byte - 48 } else { byte - 56 };
        bits.extend((0..6).rev().map(|bit| value >> bit & 1 == 1));
    }
    bits.truncate(bits.len().saturating_sub(fill));
    bits.chunks(8).map(|eight| eight.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
}

/// The messages of a file of sentences, put together from their parts.
fn messages(text: &str) -> Vec<Vec<u8>> {
    let (mut found, mut waiting) = (Vec::new(), BTreeMap::<String, String>::new());
    for line in text.lines() {
        let Some(sentence) = line.find("AIVDM").and_then(|at| line.get(at..)) else { continue };
        let Some((body, sum)) = sentence.split_once('*') else { continue };
        let told = u8::from_str_radix(sum.trim().get(..2).unwrap_or(""), 16).ok();
        if told != Some(body.bytes().fold(0, |sum, byte| sum ^ byte)) {
            continue;
        }
        let [_, total, number, sequence, _, payload, fill] = body.split(',').collect::<Vec<_>>()[..] else {
            continue;
        };
        let whole = waiting.entry(sequence.to_owned()).or_default();
        if number == "1" {
            whole.clear();
        }
        whole.push_str(payload);
        if number == total {
            found.push(unarmoured(whole, fill.parse().unwrap()));
        }
    }
    found
}

#[test]
fn ship_reports_read_as_pyais_reads_them() {
    let Some(root) = root("ais_nmea") else { return };
    let expected = json("ais_nmea", "pyais-3.3.1.json");
    let (mut compared, mut refused) = (0, BTreeMap::<String, usize>::new());
    for file in
        ["pyais/sample.ais", "pyais/messages.ais", "pyais/nmea_data_sample.txt", "libais/typeexamples.nmea"]
    {
        let text = String::from_utf8_lossy(&std::fs::read(root.join(file)).unwrap()).into_owned();
        let theirs: Vec<&Json> = expected[file].as_array().unwrap().iter().collect();
        for message in messages(&text)
            .iter()
            .filter(|message| message.first().is_some_and(|first| matches!(first >> 2, 1..=5)))
        {
            let (reasons, read) = agreed(&AIS, message);
            if let Some(reason) = reasons.first() {
                *refused.entry(reason.split(' ').take(2).collect::<Vec<_>>().join(" ")).or_default() += 1;
                continue;
            }
            let ours = values(&AIS, &read, message);
            let number = |path: &str| match ours.get(path) {
                Some(Shown::Exact(number)) => {
                    Some(number.numerator() as f64 / f64::from(number.denominator()))
                }
                _ => None,
            };
            let (kind, mmsi) = (number("ais.kind").unwrap(), number("ais.mmsi").unwrap());
            let section =
                ["", "position", "position_assigned", "position_asked", "base", "voyage"][kind as usize];
            let field = |name: &str| number(&format!("ais.{section}.{name}"));
            let same = |theirs: &Json, wanted: &str, ours: &str, within: f64| {
                // What the sender does not know is a number of its own there.
                field(ours).is_none_or(|ours| {
                    theirs[wanted].as_f64().is_some_and(|theirs| (theirs - ours).abs() <= within)
                })
            };
            let agrees = theirs.iter().any(|theirs| {
                theirs["msg_type"] == kind
                    && theirs["mmsi"] == mmsi
                    && if section == "voyage" {
                        same(theirs, "imo", "imo", 0.0)
                            && same(theirs, "draught", "draught", 1e-9)
                            && same(theirs, "to_bow", "to_bow", 0.0)
                    } else if section == "base" {
                        let when = ["year", "month", "day", "hour", "minute", "second"];
                        when.iter().all(|part| same(theirs, part, part, 0.0))
                            && same(theirs, "lat", "lat", 1e-6)
                            && same(theirs, "lon", "lon", 1e-6)
                    } else {
                        same(theirs, "lat", "lat", 1e-6)
                            && same(theirs, "lon", "lon", 1e-6)
                            && same(theirs, "speed", "speed", 1e-9)
                            && same(theirs, "course", "course", 1e-9)
                            && same(theirs, "heading", "heading", 0.0)
                            && same(theirs, "second", "second", 0.0)
                            && same(theirs, "radio", "radio", 0.0)
                    }
            });
            assert!(agrees, "{file} {kind} {mmsi}: {ours:?}");
            compared += 1;
        }
    }
    println!("{compared} messages agree; refused: {refused:?}");
    assert!(compared > 300);
}

/// The header is made by hand: version 3, a unit, no address, SECRET.
#[test]
fn a_header_with_the_lowest_bit_first_is_read() {
    // Lowest bit first: 1100 (3), 1 (a unit follows), A, B and the terminator in seven bits each, 0 (no address), 01 (2).
    let (reasons, read) = agreed(&LSB, &[0x33, 0x28, 0xFC, 0x13]);
    assert_eq!(reasons, Vec::<String>::new());
    let ours = values(&LSB, &read, &[0x33, 0x28, 0xFC, 0x13]);
    assert_eq!(ours.get("header.unit"), Some(&Shown::Text("AB".to_owned())));
    assert_eq!(ours.get("header.class"), Some(&Shown::Text("SECRET".to_owned())));
}
