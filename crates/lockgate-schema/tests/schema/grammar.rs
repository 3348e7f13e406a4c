//! Published messages against a second parser of the grammar, in another language (`oracles/message-text/fields.py`): what both
//! readers take for a field is one, and no field is left over but those that are always the same.

use crate::asterix::{Pair, pair};
use crate::text::{agreed, sample};
use lockgate_bytes::Span;
use lockgate_core::Inspection;
use lockgate_record::{Block, Form, Kind, NodeId, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// The sample, its type, and the fields that are always the same.
const MESSAGES: [(&str, &str, &[u8], &[&str]); 4] = [
    ("ato-iron-flag-synthetic.txt", "ato.kdl", include_bytes!("ato.kdl"), &["MSGID ATO"]),
    (
        "cbrn3bio-boldblast2016.txt",
        "cbrn.kdl",
        include_bytes!("cbrn.kdl"),
        &["MSGID APP-11(C)", "MSGID CBRN 3 BIO"],
    ),
    (
        "jtwc-wtpn31-dujuan-abridged.txt",
        "bulletin.kdl",
        include_bytes!("bulletin.kdl"),
        &["- NNNN", "MSGID GENADMIN"],
    ),
    (
        "opreps-nmw-repmus-skeleton.txt",
        "opreps.kdl",
        include_bytes!("opreps.kdl"),
        &["- BT", "MSGID APP-11(E)", "MSGID OPREP NWM", "MTASKREP ETC", "MTASKREP START"],
    ),
];

/// A field of the other parser: its set, its place, its text.
type Field = (Option<String>, usize, usize, String);

/// What the other parser says; nothing, and that loudly, where there is no python3.
fn theirs(file: &str) -> Option<Vec<Field>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../oracles/message-text/fields.py");
    let root = PathBuf::from(std::env::var_os("LOCKGATE_CORPUS")?);
    let Ok(run) = Command::new("python3").arg(script).arg(root.join("formats/mtf").join(file)).output()
    else {
        let must = std::env::var("LOCKGATE_MUST").unwrap_or_default();
        assert!(!must.split(',').any(|it| it == "python"), "no python3: {script} was not run");
        let _ = writeln!(std::io::stderr(), "SKIPPED: no python3 on this machine, {script} was not run");
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The values of a record with their places, and their texts where they are texts.
fn ours(
    pair: &Pair,
    read: &Inspection,
    bytes: &[u8],
    (node, block): (NodeId, Block),
    found: &mut Vec<(String, Span, Option<String>)>,
) {
    let shape = pair.of.shape();
    for child in &shape.node(node).unwrap().children {
        let at = shape.node(*child).unwrap();
        let cell = read.record.cell(block, at.slot);
        match (&at.form, cell.value) {
            (_, Value::Absent) | (Form::Value(Kind::Flag), _) => {}
            (Form::Section, _) => ours(pair, read, bytes, (*child, block), found),
            (Form::List { .. }, _) => {
                for row in read.record.rows(block, at.slot) {
                    ours(pair, read, bytes, (*child, row), found);
                }
            }
            (Form::Value(_), Value::Text(text) | Value::Code(text)) => {
                let text = String::from_utf8(read.record.text(text, bytes).to_vec()).unwrap();
                found.push((at.path.clone(), cell.span, Some(text)));
            }
            (Form::Value(_), _) => found.push((at.path.clone(), cell.span, None)),
        }
    }
}

#[test]
fn fields_of_published_messages_are_those_of_another_parser() {
    let mut compared = 0;
    for (file, name, text, same) in MESSAGES {
        let Some(bytes) = sample(file) else { return };
        let Some(fields) = theirs(file) else { return };
        let pair = pair(name, text);
        let (reasons, read) = agreed(&pair, &bytes);
        assert_eq!(reasons, Vec::<String>::new(), "{file}");
        let mut values = Vec::new();
        ours(&pair, &read, &bytes, (pair.of.shape().root(), Block::ROOT), &mut values);
        let by_end: BTreeMap<usize, &Field> = fields.iter().map(|field| (field.2, field)).collect();
        let mut seen = BTreeSet::new();
        for (path, span, text) in &values {
            let (start, end) = (span.start as usize, span.end as usize);
            // A line may begin with a word that is no part of its value.
            let field =
                by_end.get(&end).filter(|field| field.1 == start || (field.0.is_none() && field.1 <= start));
            let field = field.unwrap_or_else(|| panic!("{file} {path}: no field at {span:?}"));
            if let Some(text) = text {
                assert!(field.3.ends_with(text.as_str()), "{file} {path}: {field:?}");
            }
            seen.insert(end);
            compared += 1;
        }
        let left =
            fields.iter().filter(|field| !seen.contains(&field.2) && !matches!(field.3.as_str(), "" | "-"));
        let left: BTreeSet<String> =
            left.map(|field| format!("{} {}", field.0.as_deref().unwrap_or("-"), field.3)).collect();
        assert_eq!(left, same.iter().map(|field| (*field).to_owned()).collect(), "{file}");
    }
    println!("{compared} values stand where the other parser has fields");
    assert_eq!(compared, 229);
}
