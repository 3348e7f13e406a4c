//! What holds for every text: nothing panics, formatting changes nothing but the layout, and is done after one go.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute freely"
)]

mod fuzz_targets;

use fuzz_targets::survives;
use lockgate_notation::{Document, Node, ValueKind, format};
use proptest::prelude::*;

/// Blanks inside a node.
fn gap() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        8 => Just(" "),
        1 => Just("  \t "),
        1 => Just(" /* gap */ "),
        1 => Just("/* over\n   lines */ "),
        1 => Just(" \\\n  "),
        1 => Just(" \\ // comment\n"),
        1 => Just(" \\ /* a */ // b\n /* c */ \\\n\t"),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let fixed = prop_oneof![
        Just("refuse"),
        Just("identity.track"),
        Just("0xB0"),
        Just("0xB0A1"),
        Just("1_000.50"),
        Just("-0.10"),
        Just("+7"),
        Just("0b101"),
        Just("#true"),
        Just("#false"),
        Just("\"\""),
        Just("\"a \\\" \\u{e9} // no\""),
        Just("\"{ ; }\""),
        Just("#\"raw \"quoted\" /* no */ \"#"),
        Just("##\"a \"# b\"##"),
        Just("\"x\\\n   y\""),
        Just("#\"\"\"\n    one\n      two\n\n    \"\"\"#"),
        Just("\"\"\"\n  a \\\" b\n  \"\"\""),
        Just("\"ž°漢\""),
    ];
    prop_oneof![
        fixed.prop_map(str::to_owned),
        "[a-z][a-z0-9.-]{0,6}".prop_filter("keywords", |word| {
            !matches!(word.as_str(), "true" | "false" | "null" | "inf" | "nan")
        })
    ]
}

fn slashdash() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => Just(""), 1 => Just("/-"), 1 => Just("/- "), 1 => Just("/-\n\n"), 1 => Just("/- // why\n"),
        1 => Just("/-/* why */ ")
    ]
}

fn entries() -> impl Strategy<Value = String> {
    let entry =
        (gap(), slashdash(), prop::option::of(prop_oneof![Just("="), Just(" = "), Just("= ")]), value());
    prop::collection::vec(entry, 0..4).prop_map(|entries| {
        let mut text = String::new();
        for (count, (gap, slashdash, equals, value)) in entries.into_iter().enumerate() {
            let name = equals.map_or(String::new(), |equals| format!("p{count}{equals}"));
            text.push_str(&format!("{gap}{slashdash}{name}{value}"));
        }
        text
    })
}

/// What may stand between two nodes.
fn between() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\n\n\n  "), 1 => Just(" // trailing\n"), 1 => Just(";"),
        1 => Just("; // after\n"), 1 => Just("\n// own line  \n"), 1 => Just("\n/* own\n   lines */\n"),
        1 => Just(" /* end */\n"), 1 => Just("\n/* before */ "), 1 => Just(" \\\n\n"), 1 => Just("; /* x */ ")
    ]
}

fn nodes() -> impl Strategy<Value = String> {
    let noun = || {
        "[a-z]{1,5}".prop_filter("keywords", |word| {
            !matches!(word.as_str(), "true" | "false" | "null" | "inf" | "nan")
        })
    };
    let leaf = (slashdash(), noun(), entries(), between());
    let leaf = leaf.prop_map(|(slashdash, noun, entries, end)| format!("{slashdash}{noun}{entries}{end}"));
    leaf.prop_recursive(4, 12, 4, move |inner| {
        let opening =
            prop_oneof![Just("{"), Just("{\n\n"), Just("{ // c\n"), Just("{ /* c */ "), Just("{ /* c */\n")];
        let parts = prop::collection::vec(inner, 0..4).prop_map(|nodes| nodes.concat());
        let head = (slashdash(), noun(), entries(), gap(), slashdash());
        (head, opening, parts, between()).prop_map(
            |((off, noun, entries, gap, off_parts), open, parts, end)| {
                format!("{off}{noun}{entries}{gap}{off_parts}{open}{parts}}}{end}")
            },
        )
    })
}

fn document() -> impl Strategy<Value = String> {
    prop::collection::vec(nodes(), 0..4).prop_map(|nodes| nodes.concat())
}

/// The tree without places.
fn shape(node: &Node) -> String {
    let mut text = node.name.clone();
    for value in node
        .args
        .iter()
        .map(|value| ("", value))
        .chain(node.props.iter().map(|prop| (&*prop.name, &prop.value)))
    {
        text.push_str(&format!(" {}={}:{:?}", value.0, value.1.written, value.1.kind));
    }
    let children: Vec<String> = node.children.iter().map(shape).collect();
    format!("{text} [{}]", children.join(", "))
}

fn every_value(node: &Node, check: &mut impl FnMut(&lockgate_notation::Value)) {
    node.args.iter().chain(node.props.iter().map(|prop| &prop.value)).for_each(&mut *check);
    node.children.iter().for_each(|child| every_value(child, check));
}

/// Comments are counted by words that stand in comments only.
fn comments(text: &str) -> usize {
    [
        "gap", "over", "comment", "/* a", "// b", "/* c", "why", "trailing", "after", "own", "end *",
        "before", "/* x", "// c",
    ]
    .iter()
    .map(|mark| text.matches(mark).count())
    .sum()
}

fn check_layout(text: &str) {
    let before = Document::parse("a.kdl", text.as_bytes());
    let before = before.unwrap_or_else(|faults| panic!("{text:?}\n{}", faults.render()));
    let once =
        format(text.as_bytes(), "a.kdl").unwrap_or_else(|faults| panic!("{text:?}\n{}", faults.render()));
    let after = Document::parse("a.kdl", once.as_bytes())
        .unwrap_or_else(|faults| panic!("{once}\n{}", faults.render()));
    assert_eq!(shape(&before.root), shape(&after.root), "{text:?}\n{once}");
    assert_eq!(comments(text), comments(&once), "{text:?}\n{once}");
    assert_eq!(text.matches("/-").count(), once.matches("/-").count());
    assert_eq!(format(once.as_bytes(), "a.kdl").expect("formats again"), once, "{text:?}");
    assert!(!once.starts_with('\n') && !once.contains("\n\n\n") && (once.is_empty() || once.ends_with('\n')));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn formatting_moves_blanks_only(text in document()) {
        check_layout(&text);
    }

    #[test]
    fn spans_cover_what_was_written(text in document()) {
        let document = Document::parse("a.kdl", text.as_bytes()).expect("reads");
        every_value(&document.root, &mut |value| {
            assert_eq!(value.span.of(text.as_bytes()), value.written.as_bytes());
            let Some(decoded) = value.text() else { return };
            for at in 0..decoded.len() {
                let span = value.inner_span(at..at + 1);
                if span != value.span || value.kind == ValueKind::Word(decoded.to_owned()) {
                    let found = span.of(text.as_bytes());
                    assert!(found == &decoded.as_bytes()[at..=at] || found == b"\r", "{value:?}");
                }
            }
            let outside = value.inner_span(0..decoded.len() + 1);
            assert_eq!(outside, value.span);
        });
    }

    #[test]
    fn nothing_panics_on_mutated_documents(text in document(), cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = text.into_bytes();
        for (place, byte) in cuts {
            if bytes.is_empty() { break }
            let at = place.index(bytes.len());
            match byte % 4 {
                0 => { bytes.remove(at); }
                1 => bytes.insert(at, *b"{}()\"#=;/-*\\\n".get(usize::from(byte) % 13).unwrap_or(&b' ')),
                2 => bytes[at] = byte,
                _ => bytes.truncate(at),
            }
        }
        survives(&bytes);
    }

    #[test]
    fn nothing_panics_on_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn nothing_panics_on_syntax(text in "[a-c{}()\"#=;/*\\\\ \n\r\t0-9._+-]{0,60}") {
        survives(text.as_bytes());
    }
}
