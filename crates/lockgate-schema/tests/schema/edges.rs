//! Where texts end and bytes begin: both readers agree, and no bit is read by nobody.

use crate::asterix::{Pair, agreed};
use crate::common::load;
use crate::make::Random;
use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_record::CELLS_MAX;
use lockgate_schema::Type;
use std::sync::Arc;

fn binary(parts: &str) -> Pair {
    let text = format!(
        "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"tests\"\n encoding binary\n limits size=\"1KiB\"\n \
         identify prefix=0xAB\n record x {{\n field head uint bits=8\n {parts}\n }}\n}}\n"
    );
    Pair::new(load("x", text.as_bytes()))
}

fn told(pair: &Pair, bytes: &[u8]) -> String {
    let (reasons, _) = agreed(pair, bytes);
    let [reason] = reasons.as_slice() else { panic!("{bytes:02x?}: {reasons:?}") };
    reason.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// The first half of a character of UTF-16 in front of the terminator is a character cut off, not nothing.
#[test]
fn half_a_character_before_a_terminator_is_no_text() {
    let pair = binary("field note text coding=utf16 terminator=0 max=8");
    let whole = |units: &[u16]| -> Vec<u8> {
        [0xAB].into_iter().chain(units.iter().flat_map(|unit| unit.to_be_bytes())).collect()
    };
    for units in [&[0xD800, 0][..], &[0x41, 0xD800, 0], &[0xD83D, 0xDE00, 0xDBFF, 0]] {
        assert_eq!(told(&pair, &whole(units)), "LG-S011 x.note", "{units:04x?}");
    }
    let (reasons, read) = agreed(&pair, &whole(&[0x41, 0xD83D, 0xDE00, 0]));
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    // The readers agree about whatever else stands there.
    let mut random = Random(11);
    for _ in 0..4_000 {
        let units: Vec<u16> = (0..random.below(6))
            .map(|_| [0, 0x41, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFFFF, 0x20][random.below(8)])
            .collect();
        agreed(&pair, &whole(&units));
    }
}

/// Bytes that would begin within a byte are looked at nowhere: what shares their first byte would be read twice, and of
/// the byte behind them a part by nobody.
#[test]
fn heads_begin_on_a_byte() {
    let pair =
        binary("field a uint bits=4\n field k start {\n head \"ab\" \"one\"\n }\n field b uint bits=4");
    for bytes in [b"\xAB\xAB\x05", b"\xAB\xAB\xF5", b"\xAB\x1A\xB5"] {
        assert_eq!(told(&pair, bytes), "LG-S011 x", "{bytes:02x?}");
    }
    assert_eq!(told(&pair, b"\xAB\xAB"), "LG-S011 x");
    // The same where the type that begins so is right by itself, and stands behind four bits in another.
    let inner = Arc::new(
        Type::parse(
            "t",
            b"type \"t\" version=\"1\" tier=3 {\n title \"x\"\n source \"tests\"\n encoding binary\n limits size=\"1KiB\"\n \
              identify prefix=0xAB\n record t {\n field k start {\n head \"ab\" \"one\"\n }\n }\n}\n",
            &|_| None,
        )
        .unwrap()
        .0,
    );
    for (before, alike) in [("field a uint bits=4", false), ("field a uint bits=8", true)] {
        let text = format!(
            "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"tests\"\n encoding binary\n limits size=\"1KiB\"\n \
             identify prefix=0xA0\n record x {{\n {before}\n section m embed=\"t\"\n field b uint bits=4\n field c uint bits=4\n }}\n}}\n"
        );
        let of =
            Type::parse("x", text.as_bytes(), &|_| Some(Arc::clone(&inner))).map_err(|wrong| wrong.render());
        let pair = Pair::new(Arc::new(of.unwrap().0));
        for bytes in [b"\xA0\xAB\x05", b"\xAB\xAB\xF5", b"\xAB\x0A\xB5"] {
            let (reasons, read) = agreed(&pair, bytes);
            assert_eq!(
                reasons.is_empty() && read.canonical,
                alike && bytes[1] == 0xAB,
                "{before} {bytes:02x?}"
            );
        }
    }
}

/// Octets are shown to the word scan as they are, wherever they stand; few of them, and other digits, are not.
#[test]
fn octets_are_searched_for_words() {
    let pair = binary(
        "field few bytes bits=64\n field half uint bits=4\n field key bytes bits=84\n field name bytes length=8 min=2 max=60\n \
         field number text coding=bcd bits=80\n field sum bytes length=8 min=18 max=60 scan=#false reason=\"a digest\"",
    );
    let digits = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let texts = [
        "ab".to_owned(),
        digits("ABCDEFGH"),
        "f".to_owned(),
        digits("BLUE HERON") + "7",
        "06".to_owned() + &digits("PALE") + "ff00",
        "4249".repeat(5),
        "09".to_owned() + &digits("NO SEARCH"),
    ];
    let nibbles = texts.concat();
    let object: Vec<u8> = (0..nibbles.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(nibbles.get(at..at + 2).unwrap(), 16).unwrap())
        .collect();
    let (reasons, read) = agreed(&pair, &object);
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    let texts = read.open_texts.iter().map(|open| read.record.text(open.text, &object));
    assert_eq!(texts.collect::<Vec<_>>(), [&b"BLUE HERONp"[..], b"PALE\xFF\0"]);
}

/// Where the lowest bit comes first, so does the lower half of a byte; its digits, and what is searched, are those of the byte.
#[test]
fn octets_of_low_bits_are_said_as_octets() {
    let text = "type \"x\" version=\"1\" tier=3 {\n title \"x\"\n source \"tests\"\n encoding binary order=little bits=lsb\n \
                limits size=\"1KiB\"\n identify prefix=0xA0\n record x {\n field few bytes bits=12\n field key bytes bits=80\n \
                spare bits=4\n field name bytes length=8 min=20 max=60\n }\n}\n";
    let pair = Pair::new(load("x", text.as_bytes()));
    // 0xDE and the half 5; ten octets across bytes; ten in whole ones.
    let mut bits: Vec<bool> = Vec::new();
    let mut put = |value: u8, count: usize| bits.extend((0..count).map(|bit| value >> bit & 1 == 1));
    put(0xDE, 8);
    put(5, 4);
    b"BLUE HERON".iter().for_each(|byte| put(*byte, 8));
    put(0, 4);
    put(10, 8);
    b"PALE HORSE".iter().for_each(|byte| put(*byte, 8));
    let object: Vec<u8> = bits
        .chunks(8)
        .map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
        .collect();
    let (reasons, read) = agreed(&pair, &object);
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    assert_eq!(crate::guide::shown(&pair, &read, &object, "few"), "de5");
    assert_eq!(crate::guide::shown(&pair, &read, &object, "key"), "424c5545204845524f4e");
    let texts = read.open_texts.iter().map(|open| read.record.text(open.text, &object));
    assert_eq!(texts.collect::<Vec<_>>(), [&b"BLUE HERON"[..], b"PALE HORSE"]);
    // Written of the record alone.
    let mut out = Vec::new();
    assert!(pair.compiled.emit(&read.record, Untrusted::new(&object), &[], &mut out));
    assert_eq!(out, object);
}

/// An element of another type as XML begins and ends on a byte, too.
#[test]
fn markup_begins_on_a_byte() {
    let xml = b"type \"y\" version=\"1\" tier=3 {\n title \"x\"\n source \"tests\"\n encoding xml namespace=\"\"\n \
        limits size=\"1KiB\" depth=4\n identify element=\"event\"\n record event {\n element detail {\n \
        element unit optional=#true {\n attribute name text max=9\n }\n }\n }\n}\n";
    let inner = Arc::new(Type::parse("y", xml, &|_| None).unwrap().0);
    let outer = |before: &str| {
        let text = format!(
            "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"tests\"\n encoding binary\n limits size=\"1KiB\"\n \
             identify prefix=0xAB\n record x {{\n field head uint bits=8\n {before}\n section detail embed=\"y\" part=\"event.detail\" {{\n \
             markup\n }}\n }}\n}}\n"
        );
        let of =
            Type::parse("x", text.as_bytes(), &|_| Some(Arc::clone(&inner))).map_err(|wrong| wrong.render());
        Pair::new(Arc::new(of.unwrap().0))
    };
    let (reasons, read) = agreed(&outer(""), b"\xAB<unit name=\"A\"/>");
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    // Four bits that also are the beginning of `<`.
    assert_eq!(told(&outer("field a uint bits=4"), b"\xAB<unit name=\"A\"/>"), "LG-S011 x.detail");
}

/// A row takes the room of all fields of its list. What would ask for more than a record holds is refused as too much work
/// by both readers; one row less is read.
#[test]
fn rows_that_have_no_room_are_refused() {
    // The record itself has two cells beside those of its rows.
    let most = (CELLS_MAX - 3) / 41;
    let fields = |kind: &str| {
        (0..40).map(|at| format!("{kind} a{at} text max=8 optional=#true\n")).collect::<String>()
    };
    let head = "title \"x\"\n source \"tests\"";
    let xml = format!(
        "type \"x\" version=\"1\" tier=3 {{\n {head}\n encoding xml namespace=\"\"\n limits size=\"1MiB\" depth=3\n \
         identify element=\"x\"\n record x {{\n element r repeat=65535 {{\n {} }}\n }}\n}}\n",
        fields("attribute")
    );
    let json = format!(
        "type \"x\" version=\"1\" tier=3 {{\n {head}\n encoding json\n limits size=\"1MiB\" depth=4 members=64\n \
         identify member=\"kind\" is=\"x\"\n record x {{\n member kind text max=8\n array r repeat=65535 {{\n {} }}\n }}\n}}\n",
        fields("member")
    );
    let of_xml = |rows: usize| format!("<x>{}</x>", "<r/>".repeat(rows));
    let of_json =
        |rows: usize| format!("{{\"kind\":\"x\",\"r\":[{}]}}", vec!["{\"a0\":\"b\"}"; rows].join(","));
    let objects: [(_, &dyn Fn(usize) -> String); 2] = [(xml, &of_xml), (json, &of_json)];
    for (text, object) in objects {
        let pair = Pair::new(load("x", text.as_bytes()));
        for (rows, reasons) in [(most - 1, &[][..]), (most + 1, &["LG-F006"])] {
            let object = object(rows);
            for inspector in [&pair.compiled as &dyn Inspector, &pair.reference] {
                let mut into = Inspection::default();
                inspector.inspect(Untrusted::new(object.as_bytes()), &mut into, &mut Budget::new(u64::MAX));
                let found: Vec<&str> = into.reasons.iter().map(|reason| reason.code.id()).collect();
                assert_eq!(found, reasons, "{rows} rows of {}", inspector.shape().name());
            }
        }
    }
}
