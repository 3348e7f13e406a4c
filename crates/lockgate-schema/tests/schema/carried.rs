//! Objects of one encoding as values in another: every outer encoding with every inner one.

use crate::asterix::{Pair, agreed};
use crate::common;
use crate::guide::shown;
use crate::make::Random;
use lockgate_bytes::Untrusted;
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::Type;
use std::sync::{Arc, LazyLock};

/// The inner types, each with an object of it, something that it says of its `note`, and an object that says the same but
/// is not canonical.
const INNER: [(&str, &str, &[u8], &[u8]); 4] = [
    (
        "report",
        "encoding text line=69\n limits size=\"1KiB\"\n identify set=\"MSGID\"\n record report {\n set msgid {\n \
         field note text max=30 sensitive=#true drop-safe=#true optional=#true\n field level text max=20 role=marking.level\n }\n \
         set unit repeat=3 {\n field name text max=9\n }\n }",
        b"MSGID/A & <B>/RESTRICTED//\nUNIT/ONE//\nUNIT/TWO//\n",
        b"MSGID/A & <B>/RESTRICTED//\nUNIT/ONE//\nUNIT/TWO//",
    ),
    (
        "sighting",
        "encoding json\n limits size=\"1KiB\" depth=3 members=8\n identify member=\"level\"\n record sighting {\n \
         member level text max=20 role=marking.level\n member note text max=30 optional=#true sensitive=#true drop-safe=#true\n \
         array unit repeat=3 {\n member name text max=9\n }\n }",
        b"{\"level\":\"RESTRICTED\",\"note\":\"A & <B>\",\"unit\":[{\"name\":\"ONE\"},{\"name\":\"TWO\"}]}",
        b"{ \"level\":\"RESTRICTED\",\"note\":\"A & <B>\",\"unit\":[{\"name\":\"ONE\"},{\"name\":\"TWO\"}]}",
    ),
    (
        "spot",
        "encoding xml namespace=\"urn:spot\"\n limits size=\"1KiB\" depth=3\n identify element=\"spot\"\n record spot {\n \
         attribute level text max=20 role=marking.level\n attribute note text max=30 optional=#true sensitive=#true drop-safe=#true\n \
         element unit repeat=3 {\n attribute name text max=9\n }\n }",
        b"<spot xmlns=\"urn:spot\" level=\"RESTRICTED\" note=\"A &amp; &lt;B>\"><unit name=\"ONE\"/><unit name=\"TWO\"/></spot>",
        b"<spot xmlns='urn:spot' level=\"RESTRICTED\" note=\"A &amp; &lt;B>\"><unit name=\"ONE\"/><unit name=\"TWO\"/></spot>",
    ),
    (
        "buoy",
        "encoding binary\n limits size=\"1KiB\"\n identify prefix=0xB0\n record buoy {\n field magic uint bits=8 is=0xB0\n \
         field level text length=8 max=20 role=marking.level\n mask bits=8 {\n field note text length=8 max=30 sensitive=#true drop-safe=#true\n \
         spare bits=7\n }\n repeat unit count=8 max=3 {\n field name text length=8 max=9\n }\n \
         tags byte-byte {\n tag 1 {\n field a uint bits=8\n }\n tag 2 {\n field b uint bits=8\n }\n }\n }",
        b"\xB0\x0ARESTRICTED\x80\x07A & <B>\x02\x03ONE\x03TWO\x01\x01\x07\x02\x01\x09",
        b"\xB0\x0ARESTRICTED\x80\x07A & <B>\x02\x03ONE\x03TWO\x02\x01\x09\x01\x01\x07",
    ),
];

fn inner(name: &str) -> Option<Arc<Type>> {
    static TYPES: LazyLock<Vec<(&str, Arc<Type>)>> = LazyLock::new(|| {
        INNER.iter().map(|(name, text, ..)| (*name, Arc::new(parsed(name, text, &|_| None)))).collect()
    });
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, of)| Arc::clone(of))
}

fn parsed(name: &str, text: &str, find: &dyn Fn(&str) -> Option<Arc<Type>>) -> Type {
    let text =
        format!("type \"{name}\" version=\"1\" tier=3 {{\n title \"x\"\n source \"tests\"\n {text}\n}}\n");
    match Type::parse(name, text.as_bytes(), find) {
        Ok((of, _)) => of,
        Err(diagnostics) => panic!("{}", diagnostics.render()),
    }
}

/// How the inner object stands in the outer one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outer {
    Element,
    /// An attribute of XML.
    Attribute,
    /// An element of XML that repeats.
    Row,
    Member,
    /// The rows of an array of JSON.
    Item,
    Bytes,
    Field,
    /// A field of a set of formatted text.
    Set,
}

fn outer(of: Outer, name: &str, coding: &str) -> Pair {
    let embed = format!("body embed=\"{name}\"");
    let text = match of {
        Outer::Element => format!(
            "encoding xml namespace=\"\"\n limits size=\"2KiB\" depth=4\n identify element=\"envelope\"\n record envelope {{\n \
             attribute id text max=9\n element {embed} coding={coding}\n }}"
        ),
        Outer::Attribute => format!(
            "encoding xml namespace=\"\"\n limits size=\"2KiB\" depth=4\n identify element=\"envelope\"\n record envelope {{\n \
             attribute id text max=9\n element part {{\n attribute {embed} coding={coding}\n }}\n }}"
        ),
        Outer::Row => format!(
            "encoding xml namespace=\"\"\n limits size=\"2KiB\" depth=4\n identify element=\"envelope\"\n record envelope {{\n \
             attribute id text max=9\n element part repeat=2 {{\n attribute of text max=3 optional=#true\n content {embed} coding={coding}\n }}\n }}"
        ),
        Outer::Item => format!(
            "encoding json\n limits size=\"2KiB\" depth=4 members=8\n identify member=\"id\"\n record envelope {{\n \
             member id text max=9\n array part repeat=2 {{\n content {embed} coding={coding}\n }}\n }}"
        ),
        Outer::Member => format!(
            "encoding json\n limits size=\"2KiB\" depth=4 members=8\n identify member=\"id\"\n record envelope {{\n \
             member id text max=9\n member {embed} coding={coding}\n }}"
        ),
        Outer::Bytes => format!(
            "encoding binary\n limits size=\"2KiB\"\n identify prefix=0xEE\n record envelope {{\n field head uint bits=8 is=0xEE\n \
             section {embed} length=16\n field id text length=8 max=9\n }}"
        ),
        Outer::Set => format!(
            "encoding text end=line none=\"\" between=\",\"\n limits size=\"2KiB\"\n identify set=\"ENV\"\n record envelope {{\n \
             set env {{\n field id text max=9\n field {embed} coding={coding} key=\"B\"\n }}\n }}"
        ),
        Outer::Field => format!(
            "encoding binary order=little\n limits size=\"2KiB\"\n identify prefix=0x0A\n record envelope {{\n tags protobuf {{\n \
             tag 1 optional=#false {{\n field id text length=rest max=9\n }}\n tag 2 {{\n section {embed}\n }}\n }}\n }}"
        ),
    };
    Pair::new(Arc::new(parsed("envelope", &text, &inner)))
}

fn base64(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, at| word << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let letter = letters[(word >> (18 - 6 * at) & 63) as usize];
            text.push(if at as usize > three.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

fn coded(coding: &str, bytes: &[u8]) -> String {
    match coding {
        "base64" => base64(bytes),
        "hex" => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

fn object(of: Outer, coding: &str, bytes: &[u8]) -> Vec<u8> {
    let text = || coded(coding, bytes);
    let escaped = |text: String| text.replace('&', "&amp;").replace('<', "&lt;");
    match of {
        Outer::Element => {
            format!("<envelope id=\"E1\"><body>{}</body></envelope>", escaped(text()).replace('>', "&gt;"))
                .into()
        }
        Outer::Attribute => {
            let text = escaped(text()).replace('"', "&quot;").replace('\n', "&#10;");
            format!("<envelope id=\"E1\"><part body=\"{text}\"/></envelope>").into()
        }
        Outer::Row => {
            let text = escaped(text()).replace('>', "&gt;");
            format!("<envelope id=\"E1\"><part of=\"A\">{text}</part></envelope>").into()
        }
        Outer::Item => {
            format!("{{\"id\":\"E1\",\"part\":[{}]}}", serde_json::to_string(&text()).unwrap()).into()
        }
        Outer::Member => {
            format!("{{\"body\":{},\"id\":\"E1\"}}", serde_json::to_string(&text()).unwrap()).into()
        }
        Outer::Bytes => {
            let length = (bytes.len() as u16).to_be_bytes();
            [b"\xEE", &length[..], bytes, b"\x02E1"].concat()
        }
        Outer::Set => format!("ENV,E1,B:{}\n", text()).into(),
        Outer::Field => {
            assert!(bytes.len() < 128);
            [b"\x0A\x02E1\x12", &[bytes.len() as u8][..], bytes].concat()
        }
    }
}

impl Outer {
    /// Where the object stands, with rows and without.
    fn at(self) -> (&'static str, &'static str) {
        match self {
            Self::Attribute => ("part.body", "part.body"),
            Self::Row | Self::Item => ("part[0].body", "part.body"),
            Self::Set => ("env.body", "env.body"),
            Self::Element | Self::Member | Self::Bytes | Self::Field => ("body", "body"),
        }
    }
}

/// Every outer encoding with every inner one that it can hold.
fn all() -> Vec<(Outer, usize, &'static str)> {
    let mut found = Vec::new();
    for (at, (name, ..)) in INNER.iter().enumerate() {
        for of in [Outer::Element, Outer::Attribute, Outer::Row, Outer::Member, Outer::Item] {
            found.extend(["text", "base64", "hex"].map(|coding| (of, at, coding)));
        }
        found.extend(["base64", "hex"].map(|coding| (Outer::Set, at, coding)));
        if *name != "buoy" {
            found.extend([Outer::Bytes, Outer::Field].map(|of| (of, at, "text")));
        }
    }
    found.retain(|(_, at, coding)| *at != 3 || *coding != "text");
    found
}

#[test]
fn values_are_read_down_to_their_fields_and_written_back() {
    for (of, at, coding) in all() {
        let (name, _, bytes, other) = INNER[at];
        let pair = outer(of, name, coding);
        let whole = object(of, coding, bytes);
        let case = format!("{name} in {of:?} as {coding}");
        let (reasons, read) = agreed(&pair, &whole);
        assert_eq!(reasons, Vec::<String>::new(), "{case}");
        assert!(read.canonical, "{case}");
        let (level, note) = match name {
            "report" => ("msgid.level", "msgid.note"),
            _ => ("level", "note"),
        };
        let (here, path) = of.at();
        let there = |field: &str| format!("{here}.{field}");
        assert_eq!(shown(&pair, &read, &whole, &there(level)), "RESTRICTED", "{case}");
        assert_eq!(shown(&pair, &read, &whole, &there(note)), "A & <B>", "{case}");
        assert_eq!(shown(&pair, &read, &whole, &there("unit[1].name")), "TWO", "{case}");
        // The word scan sees its texts at its fields.
        let shape = pair.of.shape();
        let node = shape.find(&format!("envelope.{path}.{note}")).unwrap();
        let open = read.open_texts.iter().find(|open| open.place.node() == node).unwrap();
        assert_eq!(read.record.text(open.text, &whole), b"A & <B>", "{case}");
        // Something in it can be left out, and the rest stays.
        let mut out = Vec::new();
        assert!(pair.compiled.emit(&read.record, Untrusted::new(&whole), &[node], &mut out), "{case}");
        let (reasons, after) = agreed(&pair, &out);
        assert_eq!(reasons, Vec::<String>::new(), "{case}");
        assert!(read.record.says_the_same_but(&whole, &after.record, &out, shape, &[node]), "{case}");
        assert!(out.len() < whole.len(), "{case}");
        // The same said otherwise is read, and is not canonical.
        let (reasons, read) = agreed(&pair, &object(of, coding, other));
        assert_eq!((reasons, read.canonical), (Vec::new(), false), "{case}");
    }
}

/// XML makes a blank of a line break that stands in an attribute: only a reference says one.
#[test]
fn a_line_break_in_an_attribute_is_no_line_break_of_the_object_inside() {
    let pair = outer(Outer::Attribute, "report", "text");
    let whole = String::from_utf8(object(Outer::Attribute, "text", INNER[0].2)).unwrap();
    let raw = whole.replacen("&#10;", "\n", 1);
    let (reasons, _) = agreed(&pair, raw.as_bytes());
    let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
    assert!(reason.starts_with("LG-S012 envelope.part.body"), "{reason}");
}

/// What is wrong inside is told with its field; what is no object of the type, at the value.
#[test]
fn faults_inside_have_their_place() {
    for (of, at, coding) in all() {
        let (name, _, bytes, _) = INNER[at];
        let pair = outer(of, name, coding);
        let long = b"FAR TOO LONG A NAME";
        let text = bytes.to_vec();
        let from = text.windows(3).position(|name| name == b"TWO").unwrap();
        let mut wrong = [&text[..from], long, &text[from + 3..]].concat();
        if name == "buoy" {
            wrong[from - 1] = long.len() as u8;
        }
        if of != Outer::Field {
            let (reasons, _) = agreed(&pair, &object(of, coding, &wrong));
            let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
            let place = format!("LG-S011 envelope.{}.unit[1].name", of.at().0);
            assert!(reason.starts_with(&place), "{name} {of:?} {reason}");
        }
        let (reasons, _) = agreed(&pair, &object(of, coding, b"XYZ"));
        let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
        let place = format!("LG-S009 envelope.{} ", of.at().0);
        assert!(reason.starts_with(&place), "{name} {of:?} {reason}");
    }
}

#[test]
fn changed_bytes_are_read_alike() {
    for (of, at, coding) in all() {
        let (name, _, bytes, _) = INNER[at];
        let pair = outer(of, name, coding);
        let whole = object(of, coding, bytes);
        let (mut random, mut accepted) = (Random(at as u64), 0);
        for _ in 0..400 {
            let mut changed = whole.clone();
            for _ in 0..=random.below(2) {
                let at = random.below(changed.len());
                match random.below(4) {
                    0 => changed[at] ^= 1 << random.below(8),
                    1 => changed[at] = b"A=/\\\"&<>; \n+0u"[random.below(14)],
                    2 => drop(changed.remove(at)),
                    _ => changed.insert(at, b"A=/\\\"&<>; \n+0u"[random.below(14)]),
                }
            }
            accepted += usize::from(agreed(&pair, &changed).0.is_empty());
        }
        assert!(accepted > 0, "{name} in {of:?} as {coding}");
    }
}

/// A field goes on in the next line where this one has no room for it, also in the middle of its letters.
#[test]
fn letters_go_on_in_the_next_line() {
    let text = "encoding text line=40 line-join=#true indent=1\n limits size=\"2KiB\"\n identify set=\"ENV\"\n record envelope {\n set env {\n \
                field id text max=9\n field body embed=\"buoy\" coding=hex optional=#true\n }\n set end {\n field id text max=9\n }\n }";
    let pair = Pair::new(Arc::new(parsed("envelope", text, &inner)));
    let buoy = INNER[3].2;
    let (reasons, read) = agreed(&pair, format!("ENV/E1/{}//\nEND/E//\n", coded("hex", buoy)).as_bytes());
    let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
    assert!(reason.ends_with("a line longer than the type allows") && !read.canonical, "{reasons:?}");
    // Broken where nobody would break it: read, and written in its way.
    let letters = coded("hex", buoy);
    let lines: Vec<&str> = letters.as_bytes().chunks(30).map(|line| str::from_utf8(line).unwrap()).collect();
    let whole = format!("ENV/E1/\n {}//\nEND/E//\n", lines.join("\n "));
    let (reasons, read) = agreed(&pair, whole.as_bytes());
    assert_eq!((reasons, read.canonical), (Vec::new(), false));
    let mut out = Vec::new();
    assert!(pair.compiled.emit(&read.record, Untrusted::new(whole.as_bytes()), &[], &mut out));
    let (reasons, read) = agreed(&pair, &out);
    assert_eq!((reasons, read.canonical), (Vec::new(), true), "{}", String::from_utf8_lossy(&out));
    assert!(String::from_utf8(out.clone()).unwrap().lines().all(|line| line.len() <= 40));
    assert_eq!(shown(&pair, &read, &out, "env.body.note"), "A & <B>");
}

/// What the inner type does not describe is never dropped: it counts as an undeclared part with a marking, at the value.
#[test]
fn undeclared_parts_inside_are_told_as_marked() {
    let text = "encoding json\n limits size=\"1KiB\" depth=3 members=8\n identify member=\"level\"\n record open {\n \
                undeclared lane\n member level text max=20\n }";
    let open = Arc::new(parsed("open", text, &|_| None));
    for (coding, bytes) in [("text", "{\"level\":\"A\",\"x\":1}"), ("base64", "{\"level\":\"A\",\"x\":[1]}")]
    {
        let outer = format!(
            "encoding json\n limits size=\"2KiB\" depth=4 members=8\n identify member=\"body\"\n record envelope {{\n \
             array body repeat=2 {{\n content of embed=\"open\" coding={coding}\n }}\n }}"
        );
        let pair = Pair::new(Arc::new(parsed("envelope", &outer, &|_| Some(Arc::clone(&open)))));
        let value = serde_json::to_string(&coded(coding, bytes.as_bytes())).unwrap();
        let whole = format!("{{\"body\":[{value}]}}");
        let mut read = Inspection::default();
        let seen = common::read(&pair.compiled, whole.as_bytes(), 100_000, &mut read);
        let mut other = Inspection::default();
        assert_eq!(seen, common::read(&pair.reference, whole.as_bytes(), 100_000, &mut other));
        assert!(seen.reasons.is_empty() && !read.canonical, "{seen:?}");
        let [(parent, span, marked)] = seen.undeclared.as_slice() else { panic!("{seen:?}") };
        assert_eq!((parent.as_str(), *marked), ("envelope.body[0].of", true));
        assert_eq!(format!("\"{}\"", std::str::from_utf8(span.of(whole.as_bytes())).unwrap()), value);
    }
}

/// An object in an object in an object, in rows of the middle one.
#[test]
fn objects_stand_in_objects_in_objects() {
    let middle = "encoding json\n limits size=\"2KiB\" depth=4 members=8\n identify member=\"part\"\n record middle {\n \
                  array part repeat=2 {\n content of embed=\"buoy\" coding=base64\n }\n member by text max=9\n }";
    let middle = Arc::new(parsed("middle", middle, &inner));
    let text = "encoding xml namespace=\"\"\n limits size=\"4KiB\" depth=4\n identify element=\"envelope\"\n record envelope {\n \
                element body repeat=2 {\n content of embed=\"middle\" coding=hex\n }\n }";
    let pair = Pair::new(Arc::new(parsed("envelope", text, &|_| Some(Arc::clone(&middle)))));
    let object = |buoys: [&[u8]; 2]| {
        let [one, two] = buoys.map(base64);
        let middle = format!("{{\"by\":\"ME\",\"part\":[\"{one}\",\"{two}\"]}}");
        let letters = coded("hex", middle.as_bytes());
        format!("<envelope><body>{letters}</body><body>{letters}</body></envelope>")
    };
    let (buoy, other) = (INNER[3].2, INNER[3].3);
    let whole = object([buoy, buoy]);
    let (reasons, read) = agreed(&pair, whole.as_bytes());
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    for path in ["body[0].of.part[1].of.unit[1].name", "body[1].of.part[0].of.unit[1].name"] {
        assert_eq!(shown(&pair, &read, whole.as_bytes(), path), "TWO");
    }
    let node = pair.of.shape().find("envelope.body.of.part.of.note").unwrap();
    let mut out = Vec::new();
    assert!(pair.compiled.emit(&read.record, Untrusted::new(whole.as_bytes()), &[node], &mut out));
    let (reasons, after) = agreed(&pair, &out);
    assert_eq!((reasons, after.canonical), (Vec::new(), true));
    let shape = pair.of.shape();
    assert!(read.record.says_the_same_but(whole.as_bytes(), &after.record, &out, shape, &[node]));
    let (reasons, read) = agreed(&pair, object([buoy, other]).as_bytes());
    assert_eq!((reasons, read.canonical), (Vec::new(), false), "canonical at every level, or not at all");
    let (reasons, _) = agreed(&pair, object([buoy, &buoy[..9]]).as_bytes());
    let place = "envelope.body[1].of.part[1].of";
    assert!(reasons.len() == 2 && reasons[1].contains(place), "{reasons:?}");
}

/// XML pays for 64 bytes at once; an object inside of it costs what it would cost alone.
#[test]
fn objects_inside_of_xml_cost_a_step_a_byte() {
    for of in [Outer::Element, Outer::Attribute, Outer::Row] {
        let pair = outer(of, "buoy", "base64");
        let whole = object(of, "base64", INNER[3].2);
        let value = base64(INNER[3].2).len() as u64;
        let spent = common::read(&pair.compiled, &whole, 10_000, &mut Inspection::default()).spent;
        assert!(spent > value, "{of:?} {spent}");
        for budget in 0..=spent {
            let seen = common::read(&pair.compiled, &whole, budget, &mut Inspection::default());
            let other = common::read(&pair.reference, &whole, budget, &mut Inspection::default());
            assert_eq!(seen, other, "{of:?} {budget}");
            assert_eq!(seen.reasons.is_empty(), budget == spent, "{of:?} {budget} {seen:?}");
            assert!(seen.reasons.iter().all(|(code, ..)| *code == "LG-F006"), "{of:?} {budget} {seen:?}");
        }
    }
}

/// What is left out and means a value was not said, wherever the object stands.
#[test]
fn what_is_left_out_inside_stands_nowhere() {
    let text = "encoding binary order=little\n limits size=\"1KiB\"\n identify prefix=0x0A\n record note {\n tags protobuf {\n \
                tag 1 optional=#false {\n field id text length=rest max=9\n }\n \
                tag 2 {\n field level uint varint=#true bits=8 max=9 absent-is=0\n }\n }\n }";
    let note = Arc::new(parsed("note", text, &|_| None));
    let text = "encoding json\n limits size=\"2KiB\" depth=4 members=8\n identify member=\"body\"\n record envelope {\n \
                member body embed=\"note\" coding=base64\n }";
    let pair = Pair::new(Arc::new(parsed("envelope", text, &|_| Some(Arc::clone(&note)))));
    let shape = pair.of.shape();
    let slot = shape.node(shape.find("envelope.body.level").unwrap()).unwrap().slot;
    for (bytes, said) in [(&b"\x0A\x02E1"[..], false), (b"\x0A\x02E1\x10\x03", true)] {
        let whole = format!("{{\"body\":\"{}\"}}", base64(bytes));
        let (reasons, read) = agreed(&pair, whole.as_bytes());
        assert_eq!(reasons, Vec::<String>::new());
        let cell = read.record.cell(lockgate_record::Block::ROOT, slot);
        assert_eq!(cell.span.is_empty(), !said, "{cell:?}");
    }
}

/// The examples of docs/RULES.md: types, some of which hold others, and objects of the one before them.
#[test]
fn the_example_of_the_guide_reads_as_it_says() {
    let path = format!("{}/../../docs/RULES.md", env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(path).unwrap();
    let chapter = guide.split("## Objects of other types as values").nth(1).unwrap();
    let chapter = chapter.split("\n## ").next().unwrap();
    let (mut known, mut tried): (Vec<Arc<Type>>, usize) = (Vec::new(), 0);
    for block in chapter.split("```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').unwrap();
        if language == "kdl" {
            let find = |name: &str| known.iter().find(|of| of.model().name == name).cloned();
            let parsed = Type::parse("guide", text.as_bytes(), &find).map_err(|wrong| wrong.render());
            known.push(Arc::new(parsed.unwrap().0));
            continue;
        }
        // Lines are objects of the type before them.
        let pair = Pair::new(Arc::clone(known.last().unwrap()));
        text.lines().for_each(|line| reads_as_it_says(&pair, line));
        tried += text.lines().count();
    }
    assert!(known.len() == 5 && tried > 10, "{tried}");
}

fn reads_as_it_says(pair: &Pair, line: &str) {
    let (object, says) = line.split_once(" => ").unwrap();
    let (reasons, read) = agreed(pair, object.as_bytes());
    if says.starts_with("LG-") {
        let found: Vec<&str> = reasons.first().map_or("", String::as_str).split(' ').take(2).collect();
        assert_eq!(found.join(" "), says, "{line}: {reasons:?}");
        return;
    }
    assert_eq!(reasons, Vec::<String>::new(), "{line}");
    for said in says.split("; ") {
        let (path, value) = said.split_once('=').unwrap();
        assert_eq!(shown(pair, &read, object.as_bytes(), path), value, "{line}");
    }
}
