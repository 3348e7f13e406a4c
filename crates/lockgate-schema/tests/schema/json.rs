//! JSON types: the two readers agree on anything, the encoding keeps its laws, and an independent parser reads the same.

use crate::asterix::Pair;
use crate::common::{load, read};
use crate::make::Random;
use lockgate_bytes::{Span, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_record::{Block, Form, Value};
use lockgate_schema::{Compiled, Reference};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

static TREE: LazyLock<Pair> = LazyLock::new(|| {
    let of = load("tree.kdl", include_bytes!("tree.kdl"));
    Pair { compiled: Compiled::new(Arc::clone(&of)), reference: Reference::new(Arc::clone(&of)), of }
});

/// Reads with both; what is accepted is written, and that is read again. Gives the reasons and the record.
pub(crate) fn agreed(pair: &Pair, bytes: &[u8]) -> (Vec<(&'static str, String)>, Inspection) {
    let shown = String::from_utf8_lossy(bytes);
    let mut inspections = [Inspection::default(), Inspection::default()];
    let [compiled, reference] = &mut inspections;
    let seen = read(&pair.compiled, bytes, 1_000_000, compiled);
    assert_eq!(seen, read(&pair.reference, bytes, 1_000_000, reference), "of {shown}");
    let shape = pair.of.shape();
    assert!(compiled.record.says_the_same(bytes, &reference.record, bytes, shape), "of {shown}");
    assert_eq!(reference.canonical, compiled.canonical, "of {shown}");
    if seen.reasons.is_empty() {
        let mut out = Vec::new();
        let object = Untrusted::new(bytes);
        assert!(pair.compiled.emit(&compiled.record, object, &[], &mut out), "cannot be written: {shown}");
        let written = String::from_utf8(out.clone()).unwrap();
        assert_eq!(out == bytes, compiled.canonical, "{shown} was written as {written}");
        assert_eq!(out == bytes, pair.reference.is_canonical(&compiled.record, object, &[]), "{shown}");
        let mut again = [Inspection::default(), Inspection::default()];
        let [first, second] = &mut again;
        let seen = read(&pair.compiled, &out, 1_000_000, first);
        assert_eq!(seen, read(&pair.reference, &out, 1_000_000, second));
        assert_eq!(seen.reasons, [], "{shown} was written as {written}");
        assert!(compiled.record.says_the_same(bytes, &second.record, &out, shape), "{shown} as {written}");
        assert!(first.canonical, "{written}");
        same_elsewhere(pair, bytes, compiled);
    }
    let reasons = seen.reasons.iter().map(|(code, place, ..)| (*code, place.clone())).collect();
    let [compiled, _] = inspections;
    (reasons, compiled)
}

/// What we accept, an independent parser accepts, and it reads the same texts.
fn same_elsewhere(pair: &Pair, bytes: &[u8], ours: &Inspection) {
    let theirs: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    let shape = pair.of.shape();
    for (name, wire) in [("id", "id"), ("note", "note"), ("at", "at"), ("size", "si ze"), ("up", "up")] {
        let Some(node) = shape.child(shape.root(), name).and_then(|id| shape.node(id)) else { continue };
        let Form::Value(_) = node.form else { continue };
        match ours.record.value(Block::ROOT, node.slot) {
            Value::Text(text) => {
                let text = std::str::from_utf8(ours.record.text(text, bytes)).unwrap();
                assert_eq!(theirs[wire].as_str(), Some(text));
            }
            Value::Decimal(number) | Value::Unknown(number) => {
                let near = number.to_string().parse::<f64>().unwrap();
                assert_eq!(theirs[wire].as_f64(), Some(near), "{number}");
            }
            Value::Flag(flag) => assert_eq!(theirs[wire].as_bool(), Some(flag)),
            Value::Absent => assert!(theirs.get(wire).is_none()),
            _ => {}
        }
    }
}

/// A valid object: what it says comes from one seed, how it is written from another.
pub(crate) fn object(says: u64, style: u64) -> String {
    let (mut says, mut style) = (Random(says), Random(style));
    let mut members = vec![
        ("kind".to_owned(), "\"tree\"".to_owned()),
        ("id".to_owned(), text(&mut says, &mut style, 1)),
        ("si ze".to_owned(), number(&mut says, &mut style)),
        ("up".to_owned(), ["true", "false"][says.below(2)].to_owned()),
        ("at".to_owned(), "\"2026-03-01T10:05:00Z\"".to_owned()),
        ("legs".to_owned(), legs(&mut says, &mut style)),
    ];
    let alt = if says.one_in(2) { String::new() } else { ",12.5".to_owned() };
    members.push(("point".to_owned(), format!("[14.5,46.05{alt}]")));
    for (name, values) in [
        ("note", vec!["\"\"".to_owned(), text(&mut says, &mut style, 0)]),
        ("code", vec!["\"a-f-G\"".to_owned(), "\"b\"".to_owned()]),
        ("word", vec!["\"one\"".to_owned(), "\"d\\\"r\\\\ee\"".to_owned()]),
        ("many", vec!["-12".to_owned(), "100000000000000000".to_owned()]),
        ("form", vec!["\"1-r\"".to_owned(), "\"\\u0031-\\u0066\"".to_owned()]),
        ("Inner", vec!["{\"@a\":\"x\"}".to_owned(), "{\"@a\" : \"\" }".to_owned()]),
        ("tags", vec!["[\"a\",\"b\"]".to_owned(), "[ ]".to_owned(), "[\"\"]".to_owned()]),
    ] {
        if !says.one_in(2) {
            members.push((name.to_owned(), values[says.below(values.len())].clone()));
        }
    }
    for index in (1..members.len()).rev() {
        members.swap(index, style.below(index + 1));
    }
    if style.one_in(3) {
        members.sort();
    }
    let blank = ["", " ", "\n\t", ""][style.below(4)];
    let all: Vec<String> =
        members.iter().map(|(name, value)| format!("{blank}\"{name}\"{blank}:{blank}{value}")).collect();
    format!("{blank}{{{}{blank}}}{blank}", all.join(","))
}

fn text(says: &mut Random, style: &mut Random, least: usize) -> String {
    let letters = ["a", "ž", "日", "😀", " ", "z", "\"", "\\", "/"];
    let escaped = ["\\u0061", "\\u017e", "\\u65E5", "\\ud83d\\ude00", "\\u0020", "z", "\\\"", "\\\\", "\\/"];
    let mut out = String::from("\"");
    for _ in 0..least + says.below(6) {
        let which = says.below(letters.len());
        let raw = if matches!(letters[which], "\"" | "\\") { escaped[which] } else { letters[which] };
        out.push_str(if style.one_in(3) { escaped[which] } else { raw });
    }
    out + "\""
}

fn number(says: &mut Random, style: &mut Random) -> String {
    let ways: &[&[&str]] = &[
        &["0", "-0", "0.0", "0e5"],
        &["9999", "9.999e3", "9999.000"],
        &["12.5", "125e-1", "1.25E+1", "12.50"],
        &["-0.001", "-1e-3", "-0.0010"],
        &["1000000", "1e6", "1000000.0"],
    ];
    let way = ways[says.below(ways.len())];
    way[style.below(way.len())].to_owned()
}

fn legs(says: &mut Random, style: &mut Random) -> String {
    let legs: Vec<String> = (0..1 + says.below(3))
        .map(|_| {
            let far = if says.one_in(2) { ",\"far\":1.5" } else { "" };
            let notes = if says.one_in(2) { ",\"notes\":[1,2]" } else { "" };
            if style.one_in(2) {
                format!("{{\"name\":\"L\"{far}{notes}}}")
            } else {
                format!("{{ \"name\":\"L\"{notes}{far}}}")
            }
        })
        .collect();
    format!("[{}]", legs.join(","))
}

/// Things that change what JSON means, to be put anywhere.
const NASTY: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "1e999",
    "-",
    "0",
    "01",
    "1.",
    ".5",
    "\\u0000",
    "\\ud800",
    "\\udc00",
    "\\uZZZZ",
    "\\x",
    "\u{7f}",
    "\u{202e}",
    "\u{0}",
    "\n",
    "\"x\":1,",
    "\"id\":\"b\",",
    "\"classification\":\"S\",",
    "\"x\":{\"a\":[1,{\"a\":2,\"a\":3}]},",
    "\"x\":\"\\u0053ECRET\",",
    "//x\n",
    "/**/",
    "\u{feff}",
    "[[[[[[[[",
    "NaN",
    "Infinity",
    "'a'",
    "+1",
    "1e5",
    "9999999999999999999",
    "\"\\u0069d\":\"c\",",
];

fn damage(text: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..1 + random.below(2) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(9)).min(bytes.len());
        match random.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            2 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            3 if random.one_in(3) => bytes.truncate(at),
            _ => {
                let from = bytes[at..]
                    .iter()
                    .position(|byte| b"{[,:\"".contains(byte))
                    .map_or(at, |next| at + next + 1);
                bytes.splice(from..from, NASTY[random.below(NASTY.len())].bytes());
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn valid_objects_read_alike_and_write_back(says: u64, style: u64) {
        let text = object(says, style);
        let (reasons, read) = agreed(&TREE, text.as_bytes());
        prop_assert!(reasons.is_empty(), "{:?} of {}", reasons, text);
        prop_assert!(read.undeclared.is_empty());
        prop_assert!(TREE.compiled.recognises(Untrusted::new(text.as_bytes())));
    }

    #[test]
    fn what_says_the_same_is_written_in_one_way(says: u64, one: u64, other: u64) {
        let written = [one, other].map(|style| {
            let text = object(says, style);
            let (_, read) = agreed(&TREE, text.as_bytes());
            let mut out = Vec::new();
            assert!(TREE.compiled.emit(&read.record, Untrusted::new(text.as_bytes()), &[], &mut out));
            String::from_utf8(out).unwrap()
        });
        prop_assert_eq!(&written[0], &written[1]);
    }

    #[test]
    fn damaged_objects_are_read_alike(says: u64, style: u64, harm: u64) {
        let text = object(says, style);
        let mut random = Random(harm);
        for _ in 0..10 {
            agreed(&TREE, &damage(&text, &mut random));
        }
    }

    #[test]
    fn any_text_is_read_alike(text in "[\\[\\]{}:,\"\\\\ a1e.-]{0,40}") {
        agreed(&TREE, text.as_bytes());
    }

    #[test]
    fn numbers_are_exact(number in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
        agreed(&TREE, good().replace("\"si ze\":1", &format!("\"si ze\":{number}")).as_bytes());
    }
}

fn good() -> String {
    "{\"at\":\"2026-03-01T10:05:00Z\",\"id\":\"T\",\"kind\":\"tree\",\"legs\":[{\"name\":\"L\"}],\"point\":[14.5,46.05],\"si ze\":1,\"up\":true}"
        .to_owned()
}

#[test]
fn leaving_out_what_is_drop_safe_leaves_a_valid_object() {
    let shape = TREE.of.shape();
    let text = good().replace("{\"at\"", "{\"note\":\"n\",\"Inner\":{\"@a\":\"\"},\"at\"");
    let (_, before) = agreed(&TREE, text.as_bytes());
    for path in ["tree.note", "tree.inner"] {
        let node = shape.find(path).unwrap();
        let mut out = Vec::new();
        assert!(TREE.compiled.emit(&before.record, Untrusted::new(text.as_bytes()), &[node], &mut out));
        let (reasons, after) = agreed(&TREE, &out);
        assert_eq!(reasons, []);
        assert!(before.record.says_the_same_but(text.as_bytes(), &after.record, &out, shape, &[node]));
    }
    let mut out = Vec::new();
    let needed = shape.find("tree.id").unwrap();
    assert!(!TREE.compiled.emit(&before.record, Untrusted::new(text.as_bytes()), &[needed], &mut out));
}

/// Each rule of strictness, with its code and its field.
#[test]
fn what_is_not_strict_is_refused() {
    let canonical = good();
    let (reasons, read) = agreed(&TREE, canonical.as_bytes());
    assert_eq!((reasons, read.canonical), (vec![], true));
    for (from, to, code, field) in [
        ("\"id\":\"T\"", "\"id\":\"T\",\"id\":\"T\"", "LG-S005", "tree"),
        ("\"id\"", "\"\\u0069d\"", "LG-S002", "tree"),
        ("\"T\"", "\"\\ud83d\"", "LG-S002", "tree.id"),
        ("\"T\"", "\"\\ude00\\ud83d\"", "LG-S002", "tree.id"),
        ("\"T\"", "\"\\u00\"", "LG-S001", "tree.id"),
        ("\"T\"", "\"\u{1}\"", "LG-S001", "tree.id"),
        ("\"T\"", "\"\\u0001\"", "LG-S012", "tree.id"),
        ("\"T\"", "\"\"", "LG-S011", "tree.id"),
        ("\"T\"", "null", "LG-S009", "tree.id"),
        ("\"T\"", "1", "LG-S009", "tree.id"),
        ("\"T\"", "{}", "LG-S009", "tree.id"),
        (":1,", ":\"1\",", "LG-S009", "tree.size"),
        (":1,", ":1000001,", "LG-S010", "tree.size"),
        (":1,", ":0.0000000001,", "LG-S010", "tree.size"),
        (":1,", ":1e400,", "LG-S010", "tree.size"),
        (":1,", ":01,", "LG-S001", "tree"),
        (":1,", ":+1,", "LG-S001", "tree.size"),
        (":1,", ":NaN,", "LG-S001", "tree.size"),
        ("true", "1", "LG-S009", "tree.up"),
        ("true}", "true,}", "LG-S001", "tree"),
        ("true}", "true} x", "LG-S015", "tree"),
        ("true}", "true", "LG-S001", "tree"),
        ("[{\"name\":\"L\"}]", "[]", "LG-S008", "tree.legs"),
        ("[{\"name\":\"L\"}]", "{}", "LG-S009", "tree.legs"),
        ("[{\"name\":\"L\"}]", "[{\"name\":\"L\",\"x\":1}]", "LG-S029", "tree.legs"),
        ("[14.5,46.05]", "[14.5]", "LG-S006", "tree.point.lat"),
        ("[14.5,46.05]", "[14.5,46.05,1,2]", "LG-S007", "tree.point"),
        ("\"id\":\"T\",", "", "LG-S006", "tree.id"),
        ("\"up\"", "\"x\":[[[[[1]]]]],\"up\"", "LG-S016", "tree"),
        ("\"up\"", "\"x\":{\"a\":1,\"a\":2},\"up\"", "LG-S005", "tree"),
    ] {
        let text = canonical.replacen(from, to, 1);
        let (reasons, _) = agreed(&TREE, text.as_bytes());
        assert_eq!(reasons.first(), Some(&(code, field.to_owned())), "{text}");
    }
    let (reasons, _) = agreed(&TREE, &[b"{\"id\":\"".as_slice(), &[0xFF], b"\"}"].concat());
    assert_eq!(reasons, [("LG-S013", "tree".to_owned())]);
    let (reasons, _) = agreed(&TREE, format!("\u{feff}{canonical}").as_bytes());
    assert_eq!(reasons, [("LG-S002", "tree".to_owned())]);
}

/// What the type does not describe is reported with its place, and a marking in it is seen.
#[test]
fn undeclared_members_are_reported() {
    for (member, marked) in [
        ("\"x\":[1,{\"y\":null}]", false),
        ("\"classification\":\"S\"", true),
        ("\"x\":{\"Caveat\":1}", true),
        ("\"x\":\"\\u0053\"", true),
    ] {
        let text = good().replacen("{\"at\"", &format!("{{{member},\"at\""), 1);
        let (reasons, read) = agreed(&TREE, text.as_bytes());
        assert_eq!(reasons, []);
        let part = &read.undeclared[0];
        assert_eq!((part.span, part.marked), (Span::new(1, 1 + member.len()), marked), "{text}");
    }
}

#[test]
fn objects_are_recognised_by_a_member() {
    let is = |text: &str| TREE.compiled.recognises(Untrusted::new(text.as_bytes()));
    assert!(is(&good()) && is(" { \"a\":[{\"kind\":\"x\"}], \"kind\" : \"tree\" , broken"));
    for text in [
        "",
        "[]",
        "{\"kind\":\"trees\"}",
        "{\"kind\":1}",
        "{\"a\":{\"kind\":\"tree\"}}",
        "x{\"kind\":\"tree\"}",
    ] {
        assert!(!is(text), "{text}");
    }
}
