//! docs/RULES.md on binary types: every example is compiled, its objects are read by both readers, and what is accepted
//! is written back.

use crate::asterix::{Pair, agreed};
use crate::common::load;
use lockgate_core::Inspection;
use lockgate_record::{Block, Form, Kind, NodeId, Slot, Value};
use lockgate_schema::{Compiled, Reference};
use std::sync::Arc;

/// An example: the inside of a record, and the lines of the objects behind it.
fn examples() -> Vec<(String, Vec<String>)> {
    let path = format!("{}/../../docs/RULES.md", env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(path).unwrap();
    let chapter = guide.split("## Binary types").nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let (mut found, mut lines) = (Vec::new(), chapter.lines());
    let mut parts = None;
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let text: Vec<String> = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
        match (language, parts.take()) {
            ("kdl", _) => parts = Some(text.join("\n")),
            ("text", Some(parts)) => found.push((parts, text)),
            _ => {}
        }
    }
    found
}

/// The value at a path with rows, as an account shows it.
pub(crate) fn shown(pair: &Pair, read: &Inspection, bytes: &[u8], path: &str) -> String {
    let (node, value) = value_at(pair, read, path).unwrap_or_else(|| panic!("no {path}"));
    match (value, &pair.of.shape().node(node).unwrap().form) {
        (Value::Enum(index), Form::Value(Kind::Enum(names))) => names[usize::from(index)].clone(),
        (Value::Text(text) | Value::Code(text), _) => {
            String::from_utf8(read.record.text(text, bytes).to_vec()).unwrap()
        }
        (Value::Integer(number), _) => number.to_string(),
        (Value::Decimal(number), _) => number.to_string(),
        (Value::Ratio(number), _) => number.to_string(),
        (Value::Flag(flag), _) => flag.to_string(),
        (Value::Time(time), _) => time.to_string(),
        (Value::Unknown(_), _) => "unknown".to_owned(),
        (other, _) => panic!("{path} is {other:?}"),
    }
}

/// The node at a path without the record's name, and its value; a row of a list is `[0]`.
pub(crate) fn value_at(pair: &Pair, read: &Inspection, path: &str) -> Option<(NodeId, Value)> {
    let shape = pair.of.shape();
    let (mut node, mut block, mut slot) = (shape.root(), Block::ROOT, Slot(0));
    for part in path.split('.') {
        let (name, row) =
            part.split_once('[').map_or((part, None), |(name, row)| (name, row.strip_suffix(']')));
        node = shape.child(node, name)?;
        slot = shape.node(node)?.slot;
        if let Some(row) = row {
            block = read.record.rows(block, slot).nth(row.parse().ok()?)?;
        }
    }
    Some((node, read.record.value(block, slot)))
}

#[test]
fn every_example_of_the_guide_reads_as_it_says() {
    let examples = examples();
    assert!(examples.len() >= 13, "{}", examples.len());
    let mut spans = 0;
    for (parts, lines) in examples {
        let text = format!(
            "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"guide\"\n encoding binary\n limits size=\"1KiB\"\n identify prefix=0x00\n record x {{\n{parts}\n }}\n}}\n"
        );
        let of = load(&parts, text.as_bytes());
        let pair =
            Pair { compiled: Compiled::new(Arc::clone(&of)), reference: Reference::new(Arc::clone(&of)), of };
        assert!(!lines.is_empty());
        for line in lines {
            let (hex, says) = line.split_once(" => ").unwrap();
            let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
            let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
            let (reasons, read) = agreed(&pair, &bytes);
            if let Some((_, place)) = says.split_once(" @") {
                let (from, to) = place.split_once("..").unwrap();
                let span = format!("Some(Span {{ start: {from}, end: {to} }})");
                assert!(reasons[0].contains(&span), "{line} in\n{parts}\n{reasons:?}");
                spans += 1;
            }
            let says = says.split(" @").next().unwrap();
            if says.starts_with("LG-") {
                let found =
                    reasons.first().map(|reason| reason.split(' ').take(2).collect::<Vec<_>>().join(" "));
                assert_eq!(found.as_deref(), Some(says), "{line} in\n{parts}\n{reasons:?}");
                continue;
            }
            assert_eq!(reasons, Vec::<String>::new(), "{line} in\n{parts}");
            for said in says.split(' ') {
                let (path, value) = said.split_once('=').unwrap();
                if path == "undeclared" {
                    let span = read.undeclared.first().unwrap().span;
                    assert_eq!(format!("{}..{}", span.start, span.end), value, "{line}");
                } else {
                    assert_eq!(shown(&pair, &read, &bytes, path), value, "{line} in\n{parts}");
                }
            }
        }
    }
    assert!(spans >= 12, "{spans} places of a refusal");
}
