//! The two readers agree on everything, and the encoding keeps its laws.

use crate::asterix::Pair;
use crate::common::{self, Seen, read};
use crate::make::{self, Random};
use lockgate_bytes::{Span, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_record::NodeId;
use lockgate_schema::Compiled;
use proptest::prelude::*;
use std::sync::LazyLock;

static PAIRS: LazyLock<[Pair; 4]> =
    LazyLock::new(|| [common::cot(), common::label(), common::zoo(), common::marked()].map(Pair::new));

/// Reads `bytes` with both; they must say the same.
pub(crate) fn agreed(pair: &Pair, bytes: &[u8], budget: u64) -> (Seen, Inspection) {
    let mut inspections = [Inspection::default(), Inspection::default()];
    let [compiled, reference] = &mut inspections;
    let seen = read(&pair.compiled, bytes, budget, compiled);
    let other = read(&pair.reference, bytes, budget, reference);
    assert_eq!(seen, other, "of {:?}", String::from_utf8_lossy(bytes));
    let same = compiled.record.says_the_same(bytes, &reference.record, bytes, pair.of.shape());
    assert!(same, "records differ of {:?}", String::from_utf8_lossy(bytes));
    for inspection in &inspections {
        written_either_way(pair, inspection, bytes);
        let equal = law_of_identity(pair, inspection, bytes, &[]);
        assert!(!equal || seen.undeclared.is_empty(), "an undeclared part is written");
        // Both see it while they read, each by rules of its own.
        let [compiled, reference] = &inspections;
        assert_eq!(compiled.canonical, equal, "of {:?}", String::from_utf8_lossy(bytes));
        assert_eq!(reference.canonical, equal, "of {:?}", String::from_utf8_lossy(bytes));
    }
    let [compiled, _] = inspections;
    (seen, compiled)
}

/// Attributes whose cells stand in a row are written by the word that tells which are there; where something is left out, each
/// is asked for. Here it is a part of no type, so both ways write the same, or neither writes anything.
fn written_either_way(pair: &Pair, inspection: &Inspection, bytes: &[u8]) {
    let [at_once, each] = [&[][..], &[NodeId(u16::MAX)]].map(|omit| {
        let mut out = Vec::new();
        let whole = pair.compiled.emit(&inspection.record, Untrusted::new(bytes), omit, &mut out);
        (whole, out)
    });
    assert_eq!(at_once, each, "of {:?}", String::from_utf8_lossy(bytes));
}

/// An object is canonical exactly where it is what is written of it, whoever read it and whoever says so.
fn law_of_identity(pair: &Pair, inspection: &Inspection, bytes: &[u8], omit: &[NodeId]) -> bool {
    let (mut out, object) = (Vec::new(), Untrusted::new(bytes));
    let equal = pair.compiled.emit(&inspection.record, object, omit, &mut out) && out == bytes;
    for inspector in [&pair.compiled as &dyn Inspector, &pair.reference] {
        let canonical = inspector.is_canonical(&inspection.record, object, omit);
        assert_eq!(canonical, equal, "of {:?}", String::from_utf8_lossy(bytes));
    }
    equal
}

/// What both readers of one of the types say: 0 is the event, 1 the label, 2 the type with every feature, 3 one with
/// prefixes.
pub(crate) fn both(which: usize, bytes: &[u8], budget: u64) -> Seen {
    agreed(&PAIRS[which], bytes, budget).0
}

/// Writes an accepted object, reads that again, and writes it once more: equal values, and then equal bytes.
pub(crate) fn written_and_read_again(which: usize, bytes: &[u8]) {
    let pair = &PAIRS[which];
    let (_, first) = agreed(pair, bytes, 1_000_000);
    let (mut canonical, mut twice) = (Vec::new(), Vec::new());
    assert!(pair.compiled.emit(&first.record, Untrusted::new(bytes), &[], &mut canonical));
    let (seen, second) = agreed(pair, &canonical, 1_000_000);
    assert_eq!(seen.reasons, []);
    assert!(second.record.says_the_same(&canonical, &first.record, bytes, pair.of.shape()));
    assert!(pair.compiled.emit(&second.record, Untrusted::new(&canonical), &[], &mut twice));
    assert_eq!(String::from_utf8(twice), String::from_utf8(canonical));
}

/// The compiled reader of one of the types.
pub(crate) fn compiled(which: usize) -> &'static Compiled {
    &PAIRS[which].compiled
}

/// Things that change what XML means, to be put anywhere.
const NASTY: &[&str] = &[
    "<!--x-->",
    "<![CDATA[x]]>",
    "<?p?>",
    "<!DOCTYPE event>",
    "&#10;",
    "&#13;",
    "&nbsp;",
    "&amp;",
    "&lt;",
    "&",
    "]]>",
    "]",
    "<",
    ">",
    "/",
    "\"",
    "'",
    "=",
    " ",
    "\n",
    "\t",
    "\0",
    "\u{202e}",
    "\u{200b}",
    "\u{7f}",
    "ž",
    "x:",
    ":",
    " xmlns=\"\"",
    " xmlns:p=\"urn:p\"",
    " p:a=\"1\"",
    " ism:classification=\"U\"",
    " m:classification=\"S\"",
    " xmlns:ism=\"urn:us:gov:ic:ism\"",
    " xmlns:m=\"urn:us:gov:ic:ism\"",
    " xmlns:ism=\"urn:other\"",
    " xmlns=\"urn:us:gov:ic:ism\"",
    " xmlns:ism=\"urn:marked\"",
    "ism:",
    "m:",
    " xmlns=\"urn:nato:stanag:4774:confidentialitymetadatalabel:1:0\"",
    " xsi:type=\"a\"",
    " xml:lang=\"en\"",
    " classification=\"S\"",
    "<unknown a='1'><b/>t</unknown>",
    "<p:x xmlns:p='urn:us:gov:ic:ism' p:classification='S'/>",
    "<archive/>",
    "</detail>",
    "</event>",
    "<point lat='1' lon='1' hae='1' ce='1' le='1'/>",
    " lat=\"1\"",
    "9999999",
    "-",
    ".",
    "\u{feff}",
    " xmlns:q='http://www.w3.org/2001/XInclude'",
    "<access/>",
    " uid='a'",
    "<x:y/>",
    " a:b='1' xmlns:a='urn:a' xmlns:c='urn:a' c:b='2'",
];

/// Damages a text in a few places; the result need not be UTF-8.
fn damage(text: &str, random: &mut Random) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(12)).min(bytes.len());
        match random.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            2 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            3 => bytes.truncate(at),
            _ => {
                let nasty = NASTY[random.below(NASTY.len())];
                // Often at a place where it is read as markup.
                let at = if random.one_in(3) { at } else { boundary(&bytes, at) };
                bytes.splice(at..at, nasty.bytes());
            }
        }
    }
    bytes
}

/// Writes one place of a text in another way, often one that says the same.
fn restyled(text: &str, random: &mut Random) -> Vec<u8> {
    const WAYS: &[(&str, &str)] = &[
        ("=\"", "=\"+"),
        ("=\"", "=\"0"),
        ("=\"", "=\"-"),
        ("=\"", "= \""),
        ("=\"", "=\" "),
        ("\" ", "0\" "),
        ("\"", ".\""),
        ("\"", ".0\""),
        ("\"/>", "\" />"),
        ("><", "> <"),
        ("><", ">\n<"),
        ("\" ", "\"  "),
        ("/>", "></>"),
        (">", " >"),
        ("Z\"", "0Z\""),
        ("Z\"", ".0Z\""),
        ("Z\"", "+00:00\""),
        ("Z\"", "-00:00\""),
        ("&gt;", ">"),
        ("'", "&apos;"),
        ("\"", "&quot;"),
        ("&#10;", "\n"),
        ("<", " <"),
        ("true", "1"),
        ("0", "&lt;"),
    ];
    let (from, to) = WAYS[random.below(WAYS.len())];
    let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
    let mut bytes = text.as_bytes().to_vec();
    if !places.is_empty() {
        let at = places[random.below(places.len())];
        bytes.splice(at..at + from.len(), to.bytes());
    }
    bytes
}

fn boundary(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| matches!(byte, b'<' | b'>' | b' ' | b'/'))
        .map_or(at, |offset| at + offset)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn valid_objects_read_alike_and_write_back(which in 0_usize..4, says: u64, style: u64) {
        let pair = &PAIRS[which];
        let text = make::object(pair.of.model(), says, style);
        let (seen, inspection) = agreed(pair, text.as_bytes(), 1_000_000);
        prop_assert!(seen.reasons.is_empty(), "{:?} of {}", seen.reasons, text);
        prop_assert!(seen.undeclared.is_empty());
        let mut canonical = Vec::new();
        let object = Untrusted::new(text.as_bytes());
        prop_assert!(pair.compiled.emit(&inspection.record, object, &[], &mut canonical));
        let (again, second) = agreed(pair, &canonical, 1_000_000);
        prop_assert!(again.reasons.is_empty(), "{:?} of {}", again.reasons, String::from_utf8_lossy(&canonical));
        let same = second.record.says_the_same(&canonical, &inspection.record, text.as_bytes(), pair.of.shape());
        prop_assert!(same, "{} is not {}", String::from_utf8_lossy(&canonical), text);
        let mut twice = Vec::new();
        prop_assert!(pair.reference.emit(&second.record, Untrusted::new(&canonical), &[], &mut twice));
        prop_assert_eq!(&twice, &canonical);
    }

    #[test]
    fn what_says_the_same_is_written_in_one_way(which in 0_usize..4, says: u64, one: u64, other: u64) {
        let pair = &PAIRS[which];
        let written = [one, other].map(|style| {
            let text = make::object(pair.of.model(), says, style);
            let (_, inspection) = agreed(pair, text.as_bytes(), 1_000_000);
            let mut out = Vec::new();
            assert!(pair.compiled.emit(&inspection.record, Untrusted::new(text.as_bytes()), &[], &mut out));
            String::from_utf8(out).unwrap()
        });
        prop_assert_eq!(&written[0], &written[1]);
    }

    #[test]
    fn only_the_canonical_encoding_is_canonical(which in 0_usize..4, says: u64, style: u64, harm: u64, omit: u16) {
        let pair = &PAIRS[which];
        let text = make::object(pair.of.model(), says, style);
        let (_, inspection) = agreed(pair, text.as_bytes(), 1_000_000);
        let mut canonical = Vec::new();
        prop_assert!(pair.compiled.emit(&inspection.record, Untrusted::new(text.as_bytes()), &[], &mut canonical));
        let (_, inspection) = agreed(pair, &canonical, 1_000_000);
        prop_assert!(law_of_identity(pair, &inspection, &canonical, &[]));
        // It is so no longer where some part of it has to be left out.
        let omit = NodeId(omit % u16::try_from(pair.of.shape().nodes().count()).unwrap());
        law_of_identity(pair, &inspection, &canonical, &[omit]);
        let canonical = String::from_utf8(canonical).unwrap();
        for round in 0..20_u64 {
            agreed(pair, &damage(&canonical, &mut Random(harm ^ round)), 1_000_000);
            agreed(pair, &restyled(&canonical, &mut Random(harm ^ round)), 1_000_000);
        }
    }

    #[test]
    fn leaving_out_what_is_drop_safe_leaves_a_valid_object(says: u64, style: u64, which in 0_usize..100) {
        let pair = &PAIRS[0];
        let droppable: Vec<_> =
            pair.of.shape().nodes().filter(|(_, node)| node.options.drop_safe).map(|(id, _)| id).collect();
        let omit = [droppable[which % droppable.len()]];
        let text = make::object(pair.of.model(), says, style);
        let (_, inspection) = agreed(pair, text.as_bytes(), 1_000_000);
        let mut out = Vec::new();
        prop_assert!(pair.compiled.emit(&inspection.record, Untrusted::new(text.as_bytes()), &omit, &mut out));
        let (again, _) = agreed(pair, &out, 1_000_000);
        prop_assert!(again.reasons.is_empty(), "{:?}", again.reasons);
        prop_assert!(again.open_texts.len() <= inspection.open_texts.len());
    }
}

/// XML 1.0, 3.3.3: a reader makes a blank of a line break that stands in an attribute, and keeps one that a reference names.
#[test]
fn a_line_break_that_stands_in_an_attribute_is_refused() {
    let mut tried = 0;
    for says in 0..4_000_u64 {
        let which = usize::try_from(says % 4).unwrap();
        let text = make::object(PAIRS[which].of.model(), says, says / 4);
        // In attributes alone it is written so.
        let Some(at) = text.find("&#10;") else { continue };
        let raw = text.replacen("&#10;", "\n", 1);
        let seen = both(which, raw.as_bytes(), 1_000_000);
        let found: Vec<_> = seen.reasons.iter().map(|reason| (reason.0, reason.2)).collect();
        assert_eq!(found, [("LG-S012", Some(Span::new(at, at + 1)))], "of {raw:?}");
        tried += 1;
    }
    assert!(tried > 40, "{tried} of them had one");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn compiled_and_reference_agree(which in 0_usize..4, says: u64, style: u64, harm: u64, budget in 1_u64..400) {
        let pair = &PAIRS[which];
        let text = make::object(pair.of.model(), says, style);
        let bytes = damage(&text, &mut Random(harm));
        let (seen, _) = agreed(pair, &bytes, if budget < 100 { budget } else { 1_000_000 });
        if seen.reasons.is_empty() {
            common::oracle_agrees(&bytes, &seen);
        }
    }

    #[test]
    fn any_bytes_read_alike(which in 0_usize..4, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        agreed(&PAIRS[which], &bytes, 1_000_000);
    }

    #[test]
    fn any_markup_reads_alike(which in 0_usize..4, text in "(<event|<e| [a-c]='[a-z&;]{0,3}'|[<>/= '\"a-c:!?&;\\]]|xmlns){0,40}") {
        agreed(&PAIRS[which], text.as_bytes(), 1_000_000);
    }
}
