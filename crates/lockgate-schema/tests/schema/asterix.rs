//! ASTERIX: the shipped types against real data and against what independent decoders read in it.

use crate::common::{load, read};
use lockgate_bytes::Untrusted;
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::{Compiled, Reference, Type};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

pub(crate) struct Pair {
    pub(crate) of: Arc<Type>,
    pub(crate) compiled: Compiled,
    pub(crate) reference: Reference,
}

impl Pair {
    pub(crate) fn new(of: Arc<Type>) -> Self {
        Self { compiled: Compiled::new(Arc::clone(&of)), reference: Reference::new(Arc::clone(&of)), of }
    }
}

pub(crate) fn pair(name: &str, text: &[u8]) -> Pair {
    Pair::new(load(name, text))
}

/// The shipped categories, by number.
pub(crate) static TYPES: LazyLock<BTreeMap<u8, Pair>> = LazyLock::new(|| {
    let text = |number: &str| {
        let path = format!("{}/../../rules/types/asterix-cat{number}/type.kdl", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap()
    };
    [(21, "021"), (34, "034"), (48, "048"), (62, "062")]
        .map(|(number, name)| (number, pair(name, &text(name))))
        .into()
});

/// The folder of samples, where there is one.
fn corpus() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return None;
    };
    Some(PathBuf::from(root).join("formats/asterix"))
}

/// The blocks of a datagram by their length octets; what is left over is a block too.
pub(crate) fn blocks(mut datagram: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    while !datagram.is_empty() {
        let length = datagram
            .get(1..3)
            .map_or(usize::MAX, |octets| usize::from(u16::from_be_bytes([octets[0], octets[1]])));
        let (block, rest) = datagram.split_at_checked(length.max(1)).unwrap_or((datagram, &[]));
        blocks.push(block);
        datagram = rest;
    }
    blocks
}

/// A block as objects of one record each.
pub(crate) fn objects(pair: &Pair, block: &[u8]) -> Vec<Vec<u8>> {
    let (mut from, mut found) = (0, Vec::new());
    let mut scratch = Inspection::default();
    loop {
        let mut one = Vec::new();
        match pair.compiled.split(Untrusted::new(block), from, &mut scratch, &mut one) {
            Some(next) => {
                found.push(one);
                if next >= block.len() {
                    return found;
                }
                from = next;
            }
            None => return vec![block.to_vec()],
        }
    }
}

/// Reads with both; they agree, and what is accepted is its own canonical encoding.
pub(crate) fn agreed(pair: &Pair, bytes: &[u8]) -> (Vec<String>, Inspection) {
    let mut inspections = [Inspection::default(), Inspection::default()];
    let [compiled, reference] = &mut inspections;
    let seen = read(&pair.compiled, bytes, 1_000_000, compiled);
    let other = read(&pair.reference, bytes, 1_000_000, reference);
    assert_eq!(seen, other, "of {bytes:02x?}");
    assert!(
        compiled.record.says_the_same(bytes, &reference.record, bytes, pair.of.shape()),
        "records differ of {bytes:02x?}"
    );
    if seen.reasons.is_empty() {
        let mut out = Vec::new();
        let written = pair.compiled.emit(&compiled.record, Untrusted::new(bytes), &[], &mut out);
        assert!(written, "cannot be written: {bytes:02x?}");
        let equal = out == bytes;
        assert_eq!(equal, compiled.canonical, "{bytes:02x?} was written as {out:02x?}");
        assert_eq!(equal, reference.canonical, "{bytes:02x?} was written as {out:02x?}");
        assert_eq!(equal, pair.reference.is_canonical(&compiled.record, Untrusted::new(bytes), &[]));
        assert!(!equal || seen.undeclared.is_empty(), "what is left out is not there any more");
        if !equal {
            // What is written is the one encoding of the same record.
            let mut again = Inspection::default();
            let whole = read(&pair.reference, &out, 1_000_000, &mut again);
            assert!(whole.reasons.is_empty(), "{bytes:02x?} was written as {out:02x?}: {whole:?}");
            assert!(compiled.record.says_the_same(bytes, &again.record, &out, pair.of.shape()));
            assert!(pair.reference.is_canonical(&again.record, Untrusted::new(&out), &[]));
        }
    }
    let reasons =
        seen.reasons.iter().map(|(code, place, span, says)| format!("{code} {place} {span:?} {says}"));
    let [compiled, _] = inspections;
    (reasons.collect(), compiled)
}

#[test]
fn real_datagrams_are_read_and_written_back() {
    let Some(corpus) = corpus() else { return };
    let (mut accepted, mut refused) = (BTreeMap::<u8, usize>::new(), Vec::new());
    let mut files: Vec<_> =
        std::fs::read_dir(corpus.join("datagrams")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 50);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for block in blocks(&bytes) {
            let Some(pair) = TYPES.get(&block[0]) else { continue };
            assert!(pair.compiled.recognises(Untrusted::new(block)));
            for object in objects(pair, block) {
                let (reasons, _) = agreed(pair, &object);
                if reasons.is_empty() {
                    *accepted.entry(block[0]).or_default() += 1;
                } else {
                    refused.push(format!("{} CAT{}: {reasons:?}", file.display(), block[0]));
                }
            }
        }
    }
    println!("{accepted:?}");
    assert_eq!(refused, Vec::<String>::new());
}

/// Spec-conformant random data of an independent generator: both readers agree on all of it.
#[test]
fn random_datagrams_are_read_alike() {
    let Some(corpus) = corpus() else { return };
    let text = std::fs::read_to_string(corpus.join("random/random-seed1-500.txt")).unwrap();
    let (mut accepted, mut why) = (BTreeMap::<u8, usize>::new(), BTreeMap::<String, usize>::new());
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let hex = value["data"].as_str().unwrap();
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        for block in blocks(&bytes) {
            let Some(pair) = TYPES.get(&block[0]) else { continue };
            for object in objects(pair, block) {
                let (reasons, _) = agreed(pair, &object);
                if reasons.is_empty() {
                    *accepted.entry(block[0]).or_default() += 1;
                }
                for reason in reasons {
                    let code = reason.split(' ').take(2).collect::<Vec<_>>().join(" ");
                    *why.entry(code).or_default() += 1;
                }
            }
        }
    }
    println!("{accepted:?} {why:#?}");
    assert!(accepted.len() == 4);
}

/// The shipped types are what the converter makes of the published specifications, save their tier; every other
/// specification becomes a type that loads, or is refused with the lines that say why.
#[test]
fn the_shipped_types_come_out_of_the_converter() {
    let Some(corpus) = corpus() else { return };
    for (spec, name) in [
        ("cat021_cat-2.7", "asterix-cat021"),
        ("cat034_cat-1.29", "asterix-cat034"),
        ("cat048_cat-1.32", "asterix-cat048"),
        ("cat062_cat-1.21", "asterix-cat062"),
    ] {
        let text = std::fs::read_to_string(corpus.join(format!("specs/{spec}.ast"))).unwrap();
        let (made, type_file) = lockgate_schema::asterix::convert(&text).unwrap();
        let path = format!("{}/../../rules/types/{name}/type.kdl", env!("CARGO_MANIFEST_DIR"));
        let shipped = std::fs::read_to_string(path).unwrap();
        assert_eq!(made, name);
        let lines = type_file.lines().map(|line| line.replace(" tier=3 {", " tier=1 {"));
        for (number, (made, shipped)) in lines.zip(shipped.lines()).enumerate() {
            assert_eq!(made, shipped, "{name}, line {}", number + 1);
        }
        assert_eq!(type_file.lines().count(), shipped.lines().count(), "{name}");
    }
    let mut types = 0;
    for entry in std::fs::read_dir(corpus.join("specs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "ast") {
            continue;
        }
        let (name, made) = converted(&corpus, path.file_stem().unwrap().to_str().unwrap());
        load(&name, made.as_bytes());
        types += 1;
    }
    assert!(types >= 56, "{types}");
}

fn converted(corpus: &std::path::Path, spec: &str) -> (String, String) {
    let text = std::fs::read_to_string(corpus.join(format!("specs/{spec}.ast"))).unwrap();
    lockgate_schema::asterix::convert(&text).unwrap_or_else(|refusals| panic!("{spec}: {refusals:?}"))
}

/// A step as a specification writes it: `180/2^25`.
fn step(text: &str) -> f64 {
    let power = |text: &str| match text.split_once('^') {
        Some((base, exponent)) => base.parse::<f64>().unwrap().powi(exponent.parse().unwrap()),
        None => text.parse().unwrap(),
    };
    let (over, under) = text.split_once('/').unwrap_or((text, "1"));
    power(over) / power(under)
}

/// `< 180` in a specification: the field ends at the last number below it, wherever its bits could say more.
#[test]
fn what_is_strictly_below_a_bound_stays_below_it() {
    let Some(corpus) = corpus() else { return };
    let mut kept = 0;
    for entry in std::fs::read_dir(corpus.join("specs")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "ast") {
            continue;
        }
        let spec = file.file_stem().unwrap().to_str().unwrap();
        let (_, made) = converted(&corpus, spec);
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let mut wanted = BTreeMap::<(&str, &str, &str), usize>::new();
        for pair in lines.windows(2) {
            let words: Vec<&str> = pair[1].split(' ').collect();
            let (Some(width), ["signed" | "unsigned", "quantity", lsb, .., "<", limit]) =
                (pair[0].strip_prefix("element "), words.as_slice())
            else {
                assert!(!words.contains(&"quantity") || !words.contains(&"<"), "{spec}: {words:?}");
                continue;
            };
            let bits: i32 = width.parse().unwrap();
            let bits = if words[0] == "signed" { bits - 1 } else { bits };
            if 2_f64.powi(bits) * step(lsb) > step(limit) {
                *wanted.entry((width, lsb, limit)).or_default() += 1;
            }
        }
        for ((width, lsb, limit), count) in wanted {
            let below = |line: &&str| {
                let most = line.split(" max=").nth(1).and_then(|rest| rest.split(' ').next());
                most.is_some_and(|most| (step(limit) - step(lsb)..step(limit)).contains(&step(most)))
            };
            let own = made.lines().filter(|line| line.contains(&format!(" bits={width} lsb=\"{lsb}\" ")));
            assert!(own.filter(below).count() >= count, "{spec}: {width} bits of {lsb} below {limit}");
            kept += count;
        }
    }
    assert!(kept > 60, "{kept}");
}

/// Category 1: whether it is a plot or a track says which item a bit of the field specification announces.
#[test]
fn a_value_chooses_the_profile() {
    let Some(corpus) = corpus() else { return };
    let (name, made) = converted(&corpus, "cat001_cat-1.4");
    let pair = pair(&name, made.as_bytes());
    let object = |fields: &[u8], typ: u8, rest: &[u8]| {
        let length = (6 + fields.len() + rest.len()) as u8;
        [&[1, 0, length], fields, &[0x01, 0x02, typ], rest].concat()
    };
    let (plot, track) =
        (object(&[0xE0], 0, &[0x12, 0x34, 0x40, 0]), object(&[0xF0], 0x80, &[0, 42, 0x12, 0x34, 0x40, 0]));
    for (whole, theta, others) in
        [(&plot, "plot_i040.theta", "track_i040"), (&track, "track_i040.theta", "plot_i040")]
    {
        let (reasons, read) = agreed(&pair, whole);
        assert_eq!((reasons, read.canonical), (Vec::new(), true));
        assert_eq!(crate::guide::shown(&pair, &read, whole, theta), "90");
        let shape = pair.of.shape();
        let other = shape.node(shape.find(&format!("i001.{others}")).unwrap()).unwrap();
        assert!(read.record.is_absent(lockgate_record::Block::ROOT, other.slot));
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                agreed(&pair, &changed);
            }
        }
    }
    // The same bits and bytes announce other items of a plot; its last slot stands for an item of tracks only.
    let other = object(&[0xF0], 0, &[0, 42, 0x12, 0x34, 0x40, 0]);
    assert_eq!(crate::guide::shown(&pair, &agreed(&pair, &other).1, &other, "plot_i040.rho"), "0.328125");
    assert!(!agreed(&pair, &object(&[0xE1, 1, 1, 0x80], 0, &[0x12, 0x34, 0x40, 0, 0])).0.is_empty());
    // Without the item that says what it is, nothing can be told.
    assert!(!agreed(&pair, &[1, 0, 6, 0x80, 1, 2]).0.is_empty());
}

/// A reserved expansion field stands in its category as a type of its own.
#[test]
fn an_expansion_field_is_read_where_it_is_embedded() {
    let Some(corpus) = corpus() else { return };
    let (name, expansion) = converted(&corpus, "cat048_ref-1.13");
    let (category, made) = converted(&corpus, "cat048_cat-1.32");
    let opaque = "opaque ire length=8 counts=itself max=\"255B\"";
    assert!(made.contains(opaque));
    let made = made.replace(opaque, &format!("section ire length=8 counts=itself embed=\"{name}\""));
    let embedded = Arc::new(Type::parse(&name, expansion.as_bytes(), &|_| None).unwrap().0);
    let find = |wanted: &str| (wanted == name).then(|| Arc::clone(&embedded));
    let whole =
        Type::parse(&category, made.as_bytes(), &find).unwrap_or_else(|found| panic!("{}", found.render()));
    let pair = Pair::new(Arc::new(whole.0));
    // Four octets of field specification, source, then RE: its length, its mask, MD5 with a summary.
    let object = [48, 0, 13, 0x81, 1, 1, 2, 7, 8, 4, 0x80, 0x80, 0x80];
    let (reasons, read) = agreed(&pair, &object);
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    let shown = crate::guide::shown(&pair, &read, &object, "ire.md5.sum.m5");
    assert_eq!(shown, "Mode 5 interrogation");
    for at in 3..object.len() {
        for byte in 0..=u8::MAX {
            let mut changed = object;
            changed[at] = byte;
            agreed(&pair, &changed);
        }
    }
}
