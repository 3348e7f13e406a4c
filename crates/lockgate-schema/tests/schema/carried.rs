//! Objects of one encoding as values in another: every outer encoding with every inner one.

use crate::asterix::{Pair, agreed};
use crate::guide::shown;
use crate::make::Random;
use lockgate_bytes::Untrusted;
use lockgate_core::Inspector;
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
    Member,
    Bytes,
    Field,
}

fn outer(of: Outer, name: &str, coding: &str) -> Pair {
    let embed = format!("body embed=\"{name}\"");
    let text = match of {
        Outer::Element => format!(
            "encoding xml namespace=\"\"\n limits size=\"2KiB\" depth=4\n identify element=\"envelope\"\n record envelope {{\n \
             attribute id text max=9\n element {embed} coding={coding}\n }}"
        ),
        Outer::Member => format!(
            "encoding json\n limits size=\"2KiB\" depth=4 members=8\n identify member=\"id\"\n record envelope {{\n \
             member id text max=9\n member {embed} coding={coding}\n }}"
        ),
        Outer::Bytes => format!(
            "encoding binary\n limits size=\"2KiB\"\n identify prefix=0xEE\n record envelope {{\n field head uint bits=8 is=0xEE\n \
             section {embed} length=16\n field id text length=8 max=9\n }}"
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
        Outer::Member => {
            format!("{{\"body\":{},\"id\":\"E1\"}}", serde_json::to_string(&text()).unwrap()).into()
        }
        Outer::Bytes => {
            let length = (bytes.len() as u16).to_be_bytes();
            [b"\xEE", &length[..], bytes, b"\x02E1"].concat()
        }
        Outer::Field => {
            assert!(bytes.len() < 128);
            [b"\x0A\x02E1\x12", &[bytes.len() as u8][..], bytes].concat()
        }
    }
}

/// Every outer encoding with every inner one that it can hold.
fn all() -> Vec<(Outer, usize, &'static str)> {
    let mut found = Vec::new();
    for (at, (name, ..)) in INNER.iter().enumerate() {
        for of in [Outer::Element, Outer::Member] {
            found.extend(["text", "base64", "hex"].map(|coding| (of, at, coding)));
        }
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
            "report" => ("body.msgid.level", "body.msgid.note"),
            _ => ("body.level", "body.note"),
        };
        assert_eq!(shown(&pair, &read, &whole, level), "RESTRICTED", "{case}");
        assert_eq!(shown(&pair, &read, &whole, note), "A & <B>", "{case}");
        assert_eq!(shown(&pair, &read, &whole, "body.unit[1].name"), "TWO", "{case}");
        // The word scan sees its texts at its fields.
        let shape = pair.of.shape();
        let node = shape.find(&format!("envelope.{note}")).unwrap();
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
            assert!(reason.starts_with("LG-S011 envelope.body.unit[1].name"), "{name} {of:?} {reason}");
        }
        let (reasons, _) = agreed(&pair, &object(of, coding, b"XYZ"));
        let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
        assert!(reason.starts_with("LG-S009 envelope.body "), "{name} {of:?} {reason}");
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

/// The example of docs/RULES.md: types of which the last one holds the others, and its objects.
#[test]
fn the_example_of_the_guide_reads_as_it_says() {
    let path = format!("{}/../../docs/RULES.md", env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(path).unwrap();
    let chapter = guide.split("## Objects of other types as values").nth(1).unwrap();
    let chapter = chapter.split("\n## ").next().unwrap();
    let blocks = |language: &str| -> Vec<String> {
        let begins = format!("```{language}\n");
        chapter
            .split(begins.as_str())
            .skip(1)
            .map(|rest| rest.split("\n```").next().unwrap().to_owned())
            .collect()
    };
    let mut known: Vec<Arc<Type>> = Vec::new();
    for text in blocks("kdl") {
        let find = |name: &str| known.iter().find(|of| of.model().name == name).cloned();
        let parsed = Type::parse("guide", text.as_bytes(), &find).map_err(|wrong| wrong.render());
        known.push(Arc::new(parsed.unwrap().0));
    }
    let pair = Pair::new(known.pop().unwrap());
    let lines = blocks("text").concat();
    assert!(known.len() == 2 && lines.lines().count() > 4);
    for line in lines.lines() {
        let (object, says) = line.split_once(" => ").unwrap();
        let (reasons, read) = agreed(&pair, object.as_bytes());
        if says.starts_with("LG-") {
            let found: Vec<&str> = reasons.first().map_or("", String::as_str).split(' ').take(2).collect();
            assert_eq!(found.join(" "), says, "{line}: {reasons:?}");
            continue;
        }
        assert_eq!(reasons, Vec::<String>::new(), "{line}");
        for said in says.split("; ") {
            let (path, value) = said.split_once('=').unwrap();
            assert_eq!(shown(&pair, &read, object.as_bytes(), path), value, "{line}");
        }
    }
}
