//! The TAK protocol: the shipped type against its sibling in XML, against real messages, and against itself.

use crate::asterix::Pair;
use crate::common::{self, read};
use crate::make::{self, Random};
use lockgate_bytes::{Budget, Span, Time, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_record::{Block, Form, NodeId, Record, Shape, Slot, Value};
use lockgate_schema::{Compiled, Type};
use proptest::prelude::*;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

const TAK: &[u8] = include_bytes!("../../../../rules/types/tak-v1/type.kdl");

pub(crate) static TYPE: LazyLock<Pair> = LazyLock::new(|| {
    let find = |name: &str| (name == "cot-event").then(common::cot);
    match Type::parse("rules/types/tak-v1/type.kdl", TAK, &find) {
        Ok((found, _)) => Pair::new(Arc::new(found)),
        Err(diagnostics) => panic!("{}", diagnostics.render()),
    }
});

static COT: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(common::cot()));

/// Reads with both. They agree in all they report, and an object is canonical exactly where it is what is written of it.
/// Gives the reasons and the record.
fn agreed(bytes: &[u8]) -> (Vec<String>, Inspection) {
    let pair = &*TYPE;
    let mut inspections = [Inspection::default(), Inspection::default()];
    let [compiled, reference] = &mut inspections;
    let seen = read(&pair.compiled, bytes, 1_000_000, compiled);
    let other = read(&pair.reference, bytes, 1_000_000, reference);
    assert_eq!(seen, other, "of {}", hex(bytes));
    let shape = pair.of.shape();
    assert!(compiled.record.says_the_same(bytes, &reference.record, bytes, shape), "of {}", hex(bytes));
    if seen.reasons.is_empty() {
        let mut out = Vec::new();
        let written = pair.compiled.emit(&compiled.record, Untrusted::new(bytes), &[], &mut out);
        assert!(written, "cannot be written: {}", hex(bytes));
        assert_eq!(out == bytes, compiled.canonical, "{} was written as {}", hex(bytes), hex(&out));
        assert_eq!(out == bytes, reference.canonical, "{} was written as {}", hex(bytes), hex(&out));
        let canonical = pair.reference.is_canonical(&compiled.record, Untrusted::new(bytes), &[]);
        assert_eq!(out == bytes, canonical, "{}", hex(bytes));
        // What was written says the same, whoever reads it, and is its own encoding.
        let mut again = [Inspection::default(), Inspection::default()];
        let [first, second] = &mut again;
        let seen = read(&pair.compiled, &out, 1_000_000, first);
        assert_eq!(seen, read(&pair.reference, &out, 1_000_000, second));
        assert_eq!(seen.reasons, [], "{} was written as {}", hex(bytes), hex(&out));
        assert!(compiled.record.says_the_same(bytes, &second.record, &out, shape), "{}", hex(bytes));
        assert!(first.canonical, "{}", hex(&out));
    }
    let reasons =
        seen.reasons.iter().map(|(code, place, span, says)| format!("{code} {place} {span:?} {says}"));
    let [compiled, _] = inspections;
    (reasons.collect(), compiled)
}

/// True where the compiled reader accepts the bytes.
pub(crate) fn reads_well(pair: &Pair, bytes: &[u8]) -> bool {
    let mut read = Inspection::default();
    pair.compiled.inspect(Untrusted::new(bytes), &mut read, &mut Budget::new(1_000_000));
    read.reasons.is_empty()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A record of the XML type in cells of the other one: names are equal, so the path finds the cell.
struct Copy<'a> {
    from: (&'a Record, &'a Shape, &'a [u8]),
    to: &'a Shape,
    record: Record,
}

impl Copy<'_> {
    fn children(&mut self, node: NodeId, from: Block, to: Block) {
        let (record, shape, source) = self.from;
        for child in shape.node(node).unwrap().children.clone() {
            let found = shape.node(child).unwrap();
            if record.is_absent(from, found.slot) {
                continue;
            }
            let path = found.path.replace("[]", "");
            let Some(other) = self.to.find(&path).and_then(|id| self.to.node(id)) else {
                assert_eq!(path, "event.version");
                continue;
            };
            let value = match record.value(from, found.slot) {
                Value::Text(text) => {
                    let text = record.text(text, source).to_vec();
                    Value::Text(self.record.keep(&text))
                }
                Value::Code(text) => {
                    let text = record.text(text, source).to_vec();
                    Value::Code(self.record.keep(&text))
                }
                Value::Rows { .. } => {
                    let Form::List { rows, .. } = other.form else { panic!("{path} is no list") };
                    let width = self.to.group(rows).unwrap().width;
                    for row in record.rows(from, found.slot).collect::<Vec<_>>() {
                        let span = lockgate_bytes::Span::default();
                        let block = self.record.push_row(to, other.slot, width, span).unwrap();
                        self.children(child, row, block);
                    }
                    continue;
                }
                value => value,
            };
            self.record.set(to, other.slot, value, lockgate_bytes::Span::default());
            self.children(child, from, to);
        }
    }
}

/// The object of the TAK type that says what an event in XML says; `None` where the XML says what it cannot.
pub(crate) fn from_xml(text: &str, framing: u16) -> Option<Vec<u8>> {
    let mut read = Inspection::default();
    COT.inspect(Untrusted::new(text.as_bytes()), &mut read, &mut Budget::new(1_000_000));
    if !read.reasons.is_empty() {
        return None;
    }
    let (from, to) = (COT.shape(), TYPE.of.shape());
    let mut record = Record::new();
    record.begin(to);
    record.set(Block::ROOT, Slot(0), Value::Present, lockgate_bytes::Span::default());
    let slot = |path: &str| to.node(to.find(path).unwrap()).unwrap().slot;
    record.set(Block::ROOT, slot("event.framing"), Value::Enum(framing), lockgate_bytes::Span::default());
    let mut copy = Copy { from: (&read.record, from, text.as_bytes()), to, record };
    copy.children(from.root(), Block::ROOT, Block::ROOT);
    let mut out = Vec::new();
    TYPE.compiled.emit(&copy.record, Untrusted::new(b""), &[], &mut out).then_some(out)
}

#[test]
fn the_record_is_that_of_the_event_in_xml() {
    let (xml, tak) = (common::cot(), &TYPE.of);
    for (_, node) in xml.shape().nodes().filter(|(_, node)| node.path != "event.version") {
        let found = tak.shape().nodes().find(|(_, other)| other.path == node.path);
        let (_, other) = found.unwrap_or_else(|| panic!("no {}", node.path));
        assert_eq!((&other.options.unit, &other.options.role), (&node.options.unit, &node.options.role));
        assert_eq!(other.options.unknown, node.options.unknown, "{}", node.path);
        assert_eq!(other.options.optional, node.options.optional, "{}", node.path);
        match (&node.form, &other.form) {
            // Empty words are not written, so they are not there.
            (Form::Value(lockgate_record::Kind::Text { max, charset, .. }), Form::Value(kind)) => {
                let lockgate_record::Kind::Text { max: most, charset: set, .. } = kind else { panic!() };
                assert_eq!((max, charset), (most, set), "{}", node.path);
            }
            (Form::Value(kind), Form::Value(other)) => assert_eq!(kind, other, "{}", node.path),
            (Form::Section, Form::Section) | (Form::List { .. }, Form::List { .. }) => {}
            other => panic!("{} is {other:?}", node.path),
        }
    }
    let more: Vec<&str> = tak
        .shape()
        .nodes()
        .map(|(_, node)| node.path.as_str())
        .filter(|path| !xml.shape().nodes().any(|(_, node)| node.path == *path))
        .collect();
    let beside = [
        "event.framing",
        "event.control",
        "event.control.min",
        "event.control.max",
        "event.control.contact_uid",
        "event.submitted",
        "event.created",
    ];
    assert_eq!(more, beside);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Any event in XML, carried over cell by cell: both readers read the same record, of one encoding.
    #[test]
    fn events_are_carried_over(says: u64, style: u64, framing in 0_u16..2, harm: u64) {
        let text = make::object(common::cot().model(), says, style);
        let Some(bytes) = from_xml(&text, framing) else { return Ok(()) };
        let (reasons, read) = agreed(&bytes);
        prop_assert_eq!(reasons, Vec::<String>::new());
        prop_assert!(read.canonical);
        let mut random = Random(harm);
        for _ in 0..8 {
            let mut changed = bytes.clone();
            let at = random.below(changed.len() * 8);
            changed[at / 8] ^= 1 << (at % 8);
            if random.one_in(8) {
                changed.truncate(random.below(changed.len()) + 1);
            }
            agreed(&changed);
        }
    }

    #[test]
    fn any_bytes_are_read_alike(tail in proptest::collection::vec(any::<u8>(), 0..90), mesh: bool) {
        let head: &[u8] = if mesh { &[0xBF, 1, 0xBF, 0x12] } else { &[0xBF] };
        agreed(&[head, &tail].concat());
    }
}

#[test]
fn many_events_can_be_carried_over() {
    let carried = (0..40_u64)
        .filter(|seed| from_xml(&make::object(common::cot().model(), *seed, *seed), 0).is_some())
        .count();
    // What cannot: words that are there and empty, and instants finer than a millisecond.
    assert!(carried > 2, "{carried}");
}

/// A stream is cut by its lengths; what begins as a datagram is one object.
#[test]
fn streams_are_cut_and_datagrams_are_not() {
    let read = |name: &str| {
        let path = format!("{}/../../fixtures/tak-v1/{name}/input.bin", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap()
    };
    let (stream, mesh) = (read("release-in-a-stream"), read("release-ground-track"));
    let first = |bytes: &[u8]| TYPE.compiled.first_frame(Untrusted::new(bytes));
    let two = [stream.as_slice(), &stream].concat();
    assert_eq!(first(&two), Some(stream.len()));
    assert_eq!(first(&two[stream.len()..]), Some(stream.len()));
    assert_eq!(first(&stream[..stream.len() - 1]), None);
    assert_eq!(first(&mesh), Some(mesh.len()));
    for object in [&stream, &mesh] {
        let (reasons, read) = agreed(object);
        assert!(reasons.is_empty() && read.canonical);
    }
    // Lengths that are none: too long a varint, nothing behind the magic byte.
    assert_eq!((first(&[0xBF, 0x80, 0x80, 0x80, 0x80, 0x01]), first(&[0xBF])), (None, None));
}

/// What protobuf has more than one way to write, and this type has one.
#[test]
fn what_is_not_strict_is_refused() {
    let path = format!("{}/../../fixtures/tak-v1/release-ground-track/input.bin", env!("CARGO_MANIFEST_DIR"));
    let good = std::fs::read(path).unwrap();
    let inside = |change: &dyn Fn(&mut Vec<u8>)| {
        // BF 01 BF, the tag of the event, its length in two bytes.
        let mut event = good[6..].to_vec();
        change(&mut event);
        let length = [event.len() as u8 & 0x7F | 0x80, (event.len() >> 7) as u8];
        [&good[..4], &length, &event].concat()
    };
    let after = |more: &[u8]| inside(&|event: &mut Vec<u8>| event.extend_from_slice(more));
    for (bytes, code) in [
        (after(&[0x0A, 0x01, b'b']), "LG-S005"),
        (after(&[0x92, 0x01, 0x00]), "LG-S029"),
        (after(&[0x78, 0x01]), "LG-S009"),
        (after(&[0x82, 0x01, 0x00]), "LG-S011"),
        (after(&[0x82, 0x81, 0x00, 0x01, b'x']), "LG-S025"),
        (after(&[0x82, 0x01, 0x02, 0xFF, 0xFE]), "LG-S013"),
        (after(&[0x82, 0x01, 0x09, b'x']), "LG-S027"),
        (inside(&|event| drop(event.drain(..11))), "LG-S006"),
        ([good.as_slice(), &[0x28, 0x01]].concat(), "LG-S029"),
        ([good.as_slice(), &[0x1A, 0x00]].concat(), "LG-S009"),
        (good[..good.len() - 1].to_vec(), "LG-S027"),
        (vec![0xBF, 0x01, 0xBF, 0x0A, 0x02, 0x08, 0x01], "LG-S006"),
    ] {
        let (reasons, _) = agreed(&bytes);
        assert!(reasons.first().is_some_and(|reason| reason.starts_with(code)), "{code}: {reasons:?}");
    }
    // Items in another order say the same, and leave in the described one.
    let (reasons, read) = agreed(&inside(&|event| event.rotate_left(11)));
    assert_eq!((reasons, read.canonical), (vec![], false));
}

/// Protobuf leaves zeros out, and clients take a time of zero for one that nobody set: it is none, not 1970.
#[test]
fn a_time_of_zero_is_no_time() {
    let message = |times: [&[u8]; 3], behind: &[u8]| {
        let [made, begins, ends] = times;
        let event =
            [b"\x0A\x05a-f-G\x2A\x01x\x30", made, &[0x38], begins, &[0x40], ends, b"\x4A\x03h-e"].concat();
        [&[0xBF, 1, 0xBF, 0x12, event.len() as u8], &event[..], behind].concat()
    };
    let (first, none): (&[u8], &[u8]) = (&[1], &[0]);
    let codes = |bytes: &[u8]| {
        agreed(bytes)
            .0
            .into_iter()
            .map(|reason| reason.split(" Some").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        codes(&message([first; 3], &[0x18, 1, 0x20, 1])),
        Vec::<String>::new(),
        "a millisecond after 1970"
    );
    for (times, behind, place) in [
        ([none, first, first], &[][..], "event.time"),
        ([first, none, first], &[], "event.start"),
        ([first, first, none], &[], "event.stale"),
        ([first; 3], &[0x18, 0], "event.submitted"),
        ([first; 3], &[0x20, 0], "event.created"),
    ] {
        assert_eq!(codes(&message(times, behind)), [format!("LG-S025 {place}")]);
    }
    // No record with such a time is written.
    let bytes = message([first; 3], &[]);
    let (_, mut read) = agreed(&bytes);
    let cell = TYPE.of.shape().node(TYPE.of.shape().find("event.time").unwrap()).unwrap().slot;
    read.record.set(Block::ROOT, cell, Value::Time(Time::from_unix_nanos(0)), Span::default());
    assert!(!TYPE.compiled.emit(&read.record, Untrusted::new(&bytes), &[], &mut Vec::new()));
}

fn corpus() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return None;
    };
    Some(PathBuf::from(root).join("formats/cot"))
}

#[test]
fn real_messages_are_read_alike() {
    let Some(corpus) = corpus() else { return };
    let (mut accepted, mut why) = (Vec::new(), Vec::new());
    let mut files: Vec<_> =
        std::fs::read_dir(corpus.join("takproto")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 40);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let (reasons, read) = agreed(&bytes);
        if reasons.is_empty() && read.undeclared.is_empty() {
            accepted.push(name);
        } else {
            why.push(format!("{name}: {reasons:?} {}", read.undeclared.len()));
        }
        let mut random = Random(bytes.len() as u64);
        for _ in 0..200 {
            let mut flipped = bytes.clone();
            let at = random.below(flipped.len() * 8);
            flipped[at / 8] ^= 1 << (at % 8);
            agreed(&flipped);
        }
    }
    println!("{} accepted; {why:#?}", accepted.len());
    assert!(accepted.len() >= 20);
}
