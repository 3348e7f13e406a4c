//! Formatted text: the two readers agree on anything, and the encoding keeps its laws.

use crate::asterix::{Pair, pair};
use crate::common::read;
use crate::fill::{self, Fill};
use crate::guide::shown;
use crate::make::Random;
use lockgate_bytes::{Decimal, Ratio, Time, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_record::{Kind, Node, Record, Value};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

static MESSAGE: LazyLock<Pair> = LazyLock::new(|| pair("message.kdl", include_bytes!("message.kdl")));
/// The same, with a line a set, commas, nothing for nothing, and carriage returns.
static RULED: LazyLock<Pair> = LazyLock::new(|| pair("ruled.kdl", include_bytes!("ruled.kdl")));

/// The same, and all fields of a set are written.
static FULL: LazyLock<Pair> = LazyLock::new(|| {
    let text = include_str!("ruled.kdl").replace("newline=crlf", "newline=crlf fields=written");
    pair("full.kdl", text.as_bytes())
});

/// Reads with both; they agree on all that they report. What is accepted can be written, and what is written is read
/// again as the same record and is its own encoding.
pub(crate) fn agreed(pair: &Pair, bytes: &[u8]) -> (Vec<String>, Inspection) {
    let shown = || String::from_utf8_lossy(bytes).into_owned();
    let mut inspections = [Inspection::default(), Inspection::default()];
    let [compiled, reference] = &mut inspections;
    let seen = read(&pair.compiled, bytes, 1_000_000, compiled);
    let other = read(&pair.reference, bytes, 1_000_000, reference);
    assert_eq!(seen, other, "of {}", shown());
    let shape = pair.of.shape();
    assert!(
        compiled.record.says_the_same(bytes, &reference.record, bytes, shape),
        "records differ of {}",
        shown()
    );
    if seen.reasons.is_empty() {
        let object = Untrusted::new(bytes);
        let mut out = Vec::new();
        assert!(pair.compiled.emit(&compiled.record, object, &[], &mut out), "not written: {}", shown());
        let canonical = pair.compiled.is_canonical(&compiled.record, object, &[]);
        assert_eq!(out == bytes, canonical, "{} was written as {}", shown(), String::from_utf8_lossy(&out));
        assert_eq!(compiled.canonical, canonical, "{}", shown());
        assert_eq!(reference.canonical, canonical, "{}", shown());
        let mut again = Inspection::default();
        let reread = read(&pair.reference, &out, 1_000_000, &mut again);
        assert_eq!(reread.reasons, [], "{} was written as {}", shown(), String::from_utf8_lossy(&out));
        assert!(again.record.says_the_same(&out, &compiled.record, bytes, shape), "{}", shown());
        let mut twice = Vec::new();
        assert!(pair.reference.emit(&again.record, Untrusted::new(&out), &[], &mut twice));
        assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&out));
    }
    let reasons =
        seen.reasons.iter().map(|(code, place, span, says)| format!("{code} {place} {span:?} {says}"));
    let [compiled, _] = inspections;
    (reasons.collect(), compiled)
}

const ALTERNATIVES: [&str; 8] = ["minutes", "seconds", "grid", "named", "km", "m", "latm", "lats"];

struct Maker {
    random: Random,
    /// Which of the alternatives of the part at hand is there.
    chosen: usize,
}

impl Fill for Maker {
    fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Alternatives are all optional; one of them is there.
    fn leaves_out(&mut self, parts: &[&Node], at: usize) -> bool {
        let is_alternative = |part: &&&Node| ALTERNATIVES.contains(&part.name.as_str());
        let before = parts[..at].iter().filter(is_alternative).count();
        if !is_alternative(&&parts[at]) {
            return parts[at].options.optional && self.random.below(3) == 0;
        }
        if before == 0 {
            self.chosen = self.random.below(parts.iter().filter(is_alternative).count());
        }
        self.chosen != before
    }

    fn value(&mut self, kind: &Kind, name: &str, record: &mut Record) -> Value {
        let random = &mut self.random;
        match (kind, name) {
            (Kind::Text { .. }, "serial") => Value::Text(record.keep(b"A7")),
            (Kind::Text { .. }, "number") => {
                Value::Text(record.keep([&b"7"[..], b"109", b"999999"][random.below(3)]))
            }
            (Kind::Text { .. }, "grid") => {
                Value::Text(record.keep([&b"34UCF9730003000"[..], b"01CAA", b"60XZV12"][random.below(3)]))
            }
            (Kind::Text { min, max, .. }, _) => {
                let letters: &[u8] = if name == "body" { b"AB 9.-:\n/" } else { b"ABC  XYZ019.-:" };
                let length = *min as usize + random.below((*max - *min) as usize + 1);
                let mut text: Vec<u8> = (0..length).map(|_| letters[random.below(letters.len())]).collect();
                for at in 0..text.len() {
                    // Mostly what can be written; the rest is for the emitter to refuse.
                    let edge = at == 0 || at + 1 == text.len();
                    let wrong = (edge && b" /-".contains(&text[at]))
                        || (at > 0 && text[at] == b'/' && text[at - 1] == b'/');
                    if wrong && random.below(100) > 0 {
                        text[at] = b'A';
                    }
                    if name == "body" && at % 30 == 29 {
                        text[at] = b'\n';
                    }
                }
                if name == "body" && text.last() == Some(&b'/') {
                    text.pop();
                }
                Value::Text(record.keep(&text))
            }
            (Kind::Code(_), _) => Value::Code(record.keep([&b"b"[..], b"a-f", b"b-x-y"][random.below(3)])),
            (Kind::Enum(names), _) => Value::Enum(random.below(names.len()) as u16),
            (Kind::Flag, _) => Value::Flag(true),
            (Kind::Integer { min, max }, _) => {
                let range = [9, (*max - *min + 1) as usize][random.below(2)];
                Value::Integer(*min + random.below(range.min((*max - *min + 1) as usize)) as i64)
            }
            (Kind::Time, _) => {
                // The first half of 2026, in minutes or seconds.
                let minutes = 29_454_240 + random.below(260_000) as i64;
                let second = if ["to", "daily"].contains(&name) { random.below(60) as i64 } else { 0 };
                let day = if name == "daily" { 29_454_240 + random.below(18_000) as i64 } else { minutes };
                let day = if name == "day" { day / 1440 * 1440 } else { day };
                Value::Time(Time::from_unix_nanos((day * 60 + second) * 1_000_000_000))
            }
            (Kind::Decimal { .. }, "lat" | "lon") => {
                // Whole minutes, as sixtieths or as the seconds that they are.
                let most = if name == "lat" { 90 * 60 } else { 180 * 60 };
                let minutes = random.below(most * 2 + 1) as i64 - most as i64;
                let grown = [1, 60][random.below(2)];
                Value::Ratio(Ratio::new(minutes * grown, 60 * grown as u32).unwrap())
            }
            (Kind::Decimal { .. }, "clock") => {
                Value::Ratio(Ratio::new(random.below(8_640_000) as i64, 100).unwrap())
            }
            (Kind::Decimal { .. }, "litres") => {
                Value::Decimal(Decimal::new(random.below(9_000) as i64 - 900, 1).unwrap())
            }
            (Kind::Decimal { .. }, _) => {
                Value::Decimal(Decimal::new(random.below(999_000) as i64, 3).unwrap())
            }
        }
    }
}

/// An object of the type, as its emitter writes it; `None` where the random record is none of the type.
fn made(pair: &Pair, seed: u64) -> Option<Vec<u8>> {
    fill::written(pair, &mut Maker { random: Random(seed), chosen: 0 })
}

#[test]
fn what_is_made_is_read_back_as_it_was_written() {
    for pair in [&*MESSAGE, &*RULED, &*FULL] {
        let (mut whole, mut why) = (0, BTreeMap::<String, usize>::new());
        for seed in 0..6_000 {
            let Some(bytes) = made(pair, seed) else { continue };
            let (reasons, inspection) = agreed(pair, &bytes);
            if reasons.is_empty() {
                whole += 1;
                let object = Untrusted::new(&bytes);
                assert!(pair.compiled.is_canonical(&inspection.record, object, &[]));
                assert!(pair.compiled.recognises(object));
                assert!(
                    bytes
                        .split(|byte| *byte == b'\n')
                        .all(|line| line.len() <= 40 || pair.of.model().name == "ruled")
                );
            }
            for reason in reasons {
                *why.entry(reason.split(' ').take(2).collect::<Vec<_>>().join(" ")).or_default() += 1;
            }
            if whole == 300 {
                break;
            }
        }
        println!("{whole} {why:?}");
        assert!(whole > 100, "{whole} whole, {why:?}");
        // What the emitter cannot write so that it reads as the same, it does not write.
        assert!(why.is_empty(), "{why:?}");
    }
}

#[test]
fn flipped_bits_and_cuts_are_read_alike() {
    for pair in [&*MESSAGE, &*RULED, &*FULL] {
        let (mut tried, mut accepted) = (0, 0);
        let objects: Vec<Vec<u8>> = (0..4_000).filter_map(|seed| made(pair, seed)).take(30).collect();
        for (seed, bytes) in (0..).zip(&objects) {
            let mut random = Random(seed);
            for _ in 0..200 {
                let mut changed = bytes.clone();
                match random.below(4) {
                    0 | 1 => {
                        let at = random.below(changed.len() * 8);
                        changed[at / 8] ^= 1 << (at % 8);
                    }
                    2 => {
                        // Signs that mean something, where they stand for nothing yet.
                        let at = random.below(changed.len());
                        changed.insert(at, b"/\n -:\r,"[random.below(7)]);
                    }
                    _ => {
                        changed.remove(random.below(changed.len()));
                    }
                }
                if random.below(8) == 0 {
                    changed.truncate(random.below(changed.len()) + 1);
                }
                tried += 1;
                accepted += usize::from(agreed(pair, &changed).0.is_empty());
            }
        }
        println!("{tried} tried, {accepted} accepted");
        assert!(tried >= 5_000 && accepted > 100);
    }
}

/// Lines of one object in another order, twice, or with those of another object: structure that almost fits.
#[test]
fn shuffled_lines_are_read_alike() {
    for pair in [&*MESSAGE, &*RULED, &*FULL] {
        let objects: Vec<Vec<u8>> = (0..4_000).filter_map(|seed| made(pair, seed)).take(40).collect();
        let mut why = BTreeMap::<String, usize>::new();
        for (seed, bytes) in (0_u64..).zip(&objects) {
            let mut random = Random(seed);
            let other = &objects[random.below(objects.len())];
            let lines = |bytes: &[u8]| {
                bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()
            };
            for _ in 0..60 {
                let mut changed = lines(bytes);
                let at = random.below(changed.len());
                match random.below(4) {
                    0 => drop(changed.remove(at)),
                    1 => changed.insert(at, changed[random.below(changed.len())].clone()),
                    2 => {
                        let to = random.below(changed.len());
                        changed.swap(at, to);
                    }
                    _ => {
                        let others = lines(other);
                        changed.insert(at, others[random.below(others.len())].clone());
                    }
                }
                for reason in agreed(pair, &changed.concat()).0 {
                    *why.entry(reason.split(' ').next().unwrap().to_owned()).or_default() += 1;
                }
            }
        }
        println!("{why:?}");
        assert!(why.len() > 6, "{why:?}");
    }
}

/// A part that may be left out is left out whole.
#[test]
fn what_is_left_out_leaves_a_valid_object() {
    let pair = &*MESSAGE;
    let shape = pair.of.shape();
    for path in ["zoo.rmks", "zoo.unit.part.note"] {
        let node = shape.find(path).unwrap();
        let mut tried = 0;
        for seed in 0..2_000 {
            let Some(bytes) = made(pair, seed) else { continue };
            let (reasons, before) = agreed(pair, &bytes);
            if !reasons.is_empty() {
                continue;
            }
            let mut out = Vec::new();
            assert!(pair.compiled.emit(&before.record, Untrusted::new(&bytes), &[node], &mut out));
            let (reasons, after) = agreed(pair, &out);
            assert_eq!(reasons, Vec::<String>::new());
            assert!(before.record.says_the_same_but(&bytes, &after.record, &out, shape, &[node]));
            assert!(!String::from_utf8_lossy(&out).contains(if path == "zoo.rmks" {
                "RMKS"
            } else {
                "NOTE "
            }));
            tried += 1;
            if tried == 60 {
                break;
            }
        }
        assert_eq!(tried, 60, "{path}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_alike(tail in "(BT|A|UNIT|MSGID|ZOO|FROM:|010203ZJAN2026|[/,\\-: ]|//|\r?\n){0,40}", ruled in any::<bool>()) {
        let (pair, head) = if ruled {
            (&*RULED, "BT\r\nA\r\n\r\nMSGID,ZOO\r\n")
        } else {
            (&*MESSAGE, "BT\nA\n\nMSGID/ZOO//\n")
        };
        agreed(pair, tail.as_bytes());
        agreed(pair, format!("{head}{tail}").as_bytes());
    }

    #[test]
    fn any_bytes_are_read_alike(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        agreed(&MESSAGE, &bytes);
        agreed(&RULED, &bytes);
    }
}

/// The type, the sample, and the type's name for it.
const SAMPLES: [(&str, &[u8], &str); 3] = [
    ("ato.kdl", include_bytes!("ato.kdl"), "ato-iron-flag-synthetic.txt"),
    ("cbrn.kdl", include_bytes!("cbrn.kdl"), "cbrn3bio-boldblast2016.txt"),
    ("bulletin.kdl", include_bytes!("bulletin.kdl"), "jtwc-wtpn31-dujuan-abridged.txt"),
];

/// A sample of the corpus; nothing, and that loudly, where there is none.
pub(crate) fn sample(file: &str) -> Option<Vec<u8>> {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return None;
    };
    Some(std::fs::read(std::path::PathBuf::from(root).join("formats/mtf").join(file)).unwrap())
}

/// Published messages, with wrapped sets, tables and free text, are read whole and are their own layout.
#[test]
fn published_messages_are_read_and_written_back() {
    for (name, text, file) in SAMPLES {
        let Some(bytes) = sample(file) else { return };
        let pair = pair(name, text);
        assert!(pair.compiled.recognises(Untrusted::new(&bytes)), "{file}");
        let (reasons, inspection) = agreed(&pair, &bytes);
        assert_eq!(reasons, Vec::<String>::new(), "{file}");
        let mut out = Vec::new();
        assert!(pair.compiled.emit(&inspection.record, Untrusted::new(&bytes), &[], &mut out));
        // The one place where a sample is not in our layout: a field that says nothing at the end of a set.
        let layout = String::from_utf8_lossy(&bytes).replace("/184KM/-//", "/184KM//").into_bytes();
        let ended = layout.strip_suffix(b"\n").unwrap_or(&layout);
        assert_eq!(String::from_utf8_lossy(out.strip_suffix(b"\n").unwrap()), String::from_utf8_lossy(ended));
        let mut random = Random(7);
        for _ in 0..400 {
            let mut changed = bytes.clone();
            let at = random.below(changed.len() * 8);
            changed[at / 8] ^= 1 << (at % 8);
            agreed(&pair, &changed);
        }
    }
}

#[test]
fn what_a_published_message_says_is_what_a_reader_of_it_would_say() {
    let Some(bytes) = sample("ato-iron-flag-synthetic.txt") else { return };
    let pair = pair("ato.kdl", SAMPLES[0].1);
    let (_, read) = agreed(&pair, &bytes);
    for (path, value) in [
        ("timefram.asof", "2026-09-13T18:00:00Z"),
        ("unit[0].mission[0].msnacft.mode3", "34521"),
        ("unit[0].mission[0].arinfo.until", "2026-09-14T14:00:00Z"),
        ("unit[1].mission[0].gtgtloc.latest", "2026-09-14T15:02:00Z"),
        ("unit[1].mission[0].gtgtloc.height", "120"),
        ("unit[1].mission[0].packages[1].sign", "SNAKE 41"),
        ("unit[1].mission[0].narr.text", "PACKAGE AB PUSH FROM IP WEST AT 141445Z"),
        ("unit[2].mission[0].reftsk.least", "10"),
        ("unit[2].mission[0].refuel[1].at", "2026-09-14T14:20:00Z"),
    ] {
        assert_eq!(shown(&pair, &read, &bytes, path), value, "{path}");
    }
    let (_, read) = {
        let Some(bytes) = sample("cbrn3bio-boldblast2016.txt") else { return };
        let pair = crate::text::pair("cbrn.kdl", SAMPLES[1].1);
        let (_, read) = agreed(&pair, &bytes);
        assert_eq!(shown(&pair, &read, &bytes, "papaa.reach"), "184");
        assert_eq!(shown(&pair, &read, &bytes, "papax[1].point[8].at"), "34UCF2445712705");
        (bytes, read)
    };
    assert!(read.open_texts.len() > 30);
}

/// A carriage return between an identifier and its first field is no line end, and was once passed over.
#[test]
fn a_carriage_return_behind_an_identifier_is_refused() {
    let right = "BT\r\nZ\r\n\r\nMSGID,ZOO\r\nPERIOD,FROM:120253ZFEB2026\r\nUNIT,A\r\nRMKS,A\r\nNNNN\r\n";
    assert_eq!(agreed(&RULED, right.as_bytes()).0, Vec::<String>::new());
    for wrong in ["RMKS\r,A\r\n", "RMKS\rA\r\n", "RMKS\n", "RMKS\r\r\n"] {
        let (reasons, _) = agreed(&RULED, right.replace("RMKS,A\r\n", wrong).as_bytes());
        assert!(!reasons.is_empty(), "{wrong:?}");
    }
}

/// The interpreter finds what a faulty emitter would write.
#[test]
fn the_interpreter_refuses_what_a_faulty_emitter_writes() {
    let pair = &*MESSAGE;
    let right = "BT\nCLASS A\n\nMSGID/ZOO/007//\nPERIOD/FROM:010600ZMAR2026//\nUNIT/A/LATM:4630N01430E//\nFUEL/60.0L/2.5KM//\nPART/1//\n5STOCK\n/ITEM      /NO /KIND\n/WATER     /4  /AC:B//\nRMKS/-/END//\nNNNN\n";
    assert_eq!(agreed(pair, right.as_bytes()).0, Vec::<String>::new());
    for (from, to, code) in [
        ("CLASS A\n\n", "CLASS A\n", "LG-S026"),
        ("ZOO/007", "ZOO/7", "LG-S009"),
        ("ZOO/007", "ZOO/007/-/-/X", "LG-S024"),
        ("MSGID/ZOO", "MSGID/ZOU", "LG-S026"),
        ("FROM:01", "TO:01", "LG-S009"),
        ("//\nUNIT", "/\nUNIT", "LG-S001"),
        ("//\nFUEL", "//FUEL", "LG-S015"),
        ("4630N", "4660N", "LG-S009"),
        ("60.0L", "60.00L", "LG-S009"),
        ("60.0L", "60.0", "LG-S009"),
        ("2.5KM", "2.5", "LG-S009"),
        ("PART/1//\n", "", ""),
        ("PART/1//\n", "PART/1//\nPART/2//\nPART/3//\n", "LG-S007"),
        ("/NO /KIND", "/NO /KIN", "LG-S026"),
        ("/4  /AC", "/4  /-  /AC", "LG-S001"),
        ("/AC:B//", "/AC:B", "LG-S001"),
        ("RMKS", "REMARKS", "LG-S026"),
        ("RMKS", "EXER", "LG-S026"),
        ("END//", "END", "LG-S001"),
        ("NNNN\n", "", "LG-S006"),
        ("NNNN\n", "NNNN\nNNNN\n", "LG-S015"),
        ("/END", "/AN END THAT DOES NOT END BEFORE ITS LINE DOES", "LG-S011"),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert_ne!(wrong, right, "{from}");
        let (reasons, _) = agreed(pair, wrong.as_bytes());
        let found = reasons.first().map_or("", |reason| reason.split(' ').next().unwrap());
        assert_eq!(found, code, "{wrong}\n{reasons:?}");
    }
}

/// Sentences with a checksum: whatever is changed in one, it is refused or is what the emitter writes.
#[test]
fn a_sentence_is_its_checksum() {
    let pair = pair("sentence", include_bytes!("sentence.kdl"));
    // Made for this test: message 1 of ship 211000001, and a message 5 in two parts.
    let sentence = |body: &str| {
        let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
        format!("!{body}*{sum:02X}\r\n").into_bytes()
    };
    let one = sentence("AIVDM,1,1,,A,1395;h@000PFVL0N0000000000Rw,0");
    let (first, second) = (sentence("AIVDM,2,1,3,B,5395;h@00000,0"), sentence("AIVDM,2,2,3,B,88888888880,2"));
    let two = [first.as_slice(), &second].concat();
    for whole in [&one, &two] {
        let (reasons, read) = agreed(&pair, whole);
        assert_eq!((reasons, read.canonical), (Vec::new(), true), "{}", String::from_utf8_lossy(whole));
        assert!(pair.compiled.recognises(Untrusted::new(whole)));
        let mut random = Random(whole.len() as u64);
        for _ in 0..400 {
            let mut changed = whole.clone();
            let at = random.below(changed.len());
            let way = random.below(3);
            match way {
                0 => changed[at] ^= 1 << random.below(8),
                1 => changed.insert(at, b"*,!\r\n0A$"[random.below(8)]),
                _ => drop(changed.drain(at..(at + 1 + random.below(5)).min(whole.len()))),
            }
            let (reasons, _) = agreed(&pair, &changed);
            assert!(way > 0 || !reasons.is_empty(), "{}", String::from_utf8_lossy(&changed));
        }
    }
    for (bytes, code) in [
        (&b"!AIVDM,1,1,,A,0,0*2A\r\n"[..], "LG-S028"),
        (b"!AIVDM,1,1,,A,0,0\r\n", "LG-S028"),
        (b"!AIVDM,1,1,,A,0,0*2\r\n", "LG-S028"),
        (b"!AIVDM*\r\n", "LG-S028"),
        (b"!AIVDM*3E\r\n", "LG-S028"),
        (&sentence("AIVDM"), "LG-S006"),
        (&sentence("AIVDM,1,1,,A,X*41,0"), "LG-S012"),
        (&sentence("AIVDM,1,1,,A,x,0"), "LG-S012"),
        (&sentence("AIVDM,1,1,,A,0,0").to_ascii_lowercase(), "LG-S024"),
        (&[sentence("AIVDM,1,1,,A,0,0"), sentence("AIVDO,1,1,,A,0,0")].concat(), "LG-S024"),
    ] {
        let (reasons, _) = agreed(&pair, bytes);
        let found = reasons.first().map_or("", |reason| reason.split(' ').next().unwrap());
        assert_eq!(found, code, "{} {reasons:?}", String::from_utf8_lossy(bytes));
    }
}

/// Every sentence of others' samples is read where its own checksum is right and refused where not; what its fields are is
/// what splitting it at the commas says.
#[test]
fn published_sentences_are_read() {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return;
    };
    let pair = pair("sentence", include_bytes!("sentence.kdl"));
    let root = std::path::PathBuf::from(root).join("formats/ais_nmea");
    let (mut whole, mut broken, mut others) = (0, 0, BTreeMap::<String, usize>::new());
    for file in
        ["pyais/sample.ais", "pyais/messages.ais", "pyais/nmea_data_sample.txt", "libais/typeexamples.nmea"]
    {
        let text = String::from_utf8_lossy(&std::fs::read(root.join(file)).unwrap()).into_owned();
        for line in text.lines().filter(|line| line.starts_with("!AIVDM,")) {
            let Some((body, sum)) = line.strip_prefix('!').and_then(|line| line.split_once('*')) else {
                continue;
            };
            let right =
                u8::from_str_radix(sum, 16).ok() == Some(body.bytes().fold(0, |sum, byte| sum ^ byte));
            let object = format!("{line}\r\n").into_bytes();
            let (reasons, read) = agreed(&pair, &object);
            let Some(reason) = reasons.first() else {
                assert!(right, "{line}");
                let payload = line.split(',').nth(5).unwrap();
                assert_eq!(shown(&pair, &read, &object, "part[0].payload"), payload);
                whole += 1;
                continue;
            };
            if right {
                *others.entry(reason.split(' ').take(2).collect::<Vec<_>>().join(" ")).or_default() += 1;
            } else {
                assert!(reason.starts_with("LG-S028"), "{line} {reason}");
                broken += 1;
            }
        }
    }
    println!("{whole} sentences read, {broken} with a wrong checksum; refused: {others:?}");
    assert!(whole > 700, "{whole} {others:?}");
}

/// The examples of the guide: the inside of a record, and the lines of the objects behind it.
fn examples() -> Vec<(String, Vec<String>)> {
    let path = format!("{}/../../docs/RULES.md", env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(path).unwrap();
    let chapter = guide.split("## Formatted text").nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let (mut found, mut lines, mut parts) = (Vec::new(), chapter.lines(), None);
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

#[test]
fn every_example_of_the_guide_reads_as_it_says() {
    let examples = examples();
    assert!(examples.len() >= 8, "{}", examples.len());
    for (parts, lines) in examples {
        let text = format!(
            "type \"x\" version=\"1\" tier=3 {{\n title \"x\"\n source \"guide\"\n encoding text line=69 line-join=#true indent=5\n limits size=\"4KiB\"\n identify set=\"MSGID\" field=1 is=\"X\"\n record x {{\n set msgid {{\n field kind is=\"X\"\n }}\n{parts}\n }}\n}}\n"
        );
        let pair = pair(&parts, text.as_bytes());
        assert!(!lines.is_empty());
        for line in lines {
            let (object, says) = line.split_once(" => ").unwrap();
            let bytes = format!("MSGID/X//\n{}\n", object.replace("\\n", "\n")).into_bytes();
            let (reasons, read) = agreed(&pair, &bytes);
            if says.starts_with("LG-") {
                let found: Vec<&str> =
                    reasons.first().map_or(Vec::new(), |first| first.split(' ').take(2).collect());
                assert_eq!(found.join(" "), says, "{line} in\n{parts}\n{reasons:?}");
                continue;
            }
            assert_eq!(reasons, Vec::<String>::new(), "{line} in\n{parts}");
            for said in says.split("; ") {
                let (path, value) = said.split_once('=').unwrap();
                assert_eq!(
                    shown(&pair, &read, &bytes, path),
                    value.replace("\\n", "\n"),
                    "{line} in\n{parts}"
                );
            }
        }
    }
}

/// A descriptor and a unit in a line of their own were read and not written.
#[test]
fn a_line_keeps_its_descriptor() {
    let text = include_str!("ruled.kdl")
        .replace("line to text max=20 as=\"TO \"", "line to text max=20 as=\"TO \" key=\"UNIT\"");
    let pair = pair("keyed.kdl", text.as_bytes());
    let right = "BT\r\nZ\r\nTO UNIT:A\r\n\r\nMSGID,ZOO\r\nPERIOD,FROM:120253ZFEB2026\r\nUNIT,A\r\nNNNN\r\n";
    let (reasons, read) = agreed(&pair, right.as_bytes());
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
}

/// A sentence with positions and times: values, and the places of what is wrong.
#[test]
fn fixes_are_read_as_they_are_written() {
    let head = "BT\r\nZ\r\n\r\nMSGID,ZOO\r\nPERIOD,FROM:120253ZFEB2026\r\nUNIT,A\r\n";
    let object = |set: &str| format!("{head}{set}\r\nNNNN\r\n");
    let whole =
        object("FIX,184353.07,1929.0450,S,0241030.60,E,240626,2026062412050,NO:91232,4807.03N01131.00E");
    let (reasons, read) = agreed(&RULED, whole.as_bytes());
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    for (path, value) in [
        ("clock", "67433.07"),
        ("lat", "-19.4840833333333"),
        ("lon", "24.1751666666667"),
        ("day", "2026-06-24T00:00:00Z"),
        ("stamp", "2026-06-24T12:05:00Z"),
        ("number", "9123"),
        ("at.lat", "48.1171666666667"),
    ] {
        let shown = shown(&RULED, &read, whole.as_bytes(), &format!("fix.{path}"));
        assert!(shown.starts_with(value) || value.starts_with(&shown), "{path}: {shown}");
    }
    for (set, code) in [
        ("FIX,184353.07,,,,,240626", ""),
        ("FIX,184353.07,,,0241030.60,E", ""),
        ("FIX,184353.07,,", ""),
        ("FIX,184353.07,", ""),
        ("FIX,184353.7", "LG-S009"),
        ("FIX,244353.07", "LG-S009"),
        ("FIX,184353.07,1929.0450S", "LG-S009"),
        ("FIX,184353.07,1929.0450", "LG-S009"),
        ("FIX,184353.07,1929.0450,", "LG-S009"),
        ("FIX,184353.07,1929.0450,S,0241030.60,N", "LG-S009"),
        ("FIX,184353.07,9000.0001,N", "LG-S010"),
        ("FIX,184353.07,0000.0000,S", "LG-S009"),
        ("FIX,184353.07,,,,,310626", "LG-S009"),
        ("FIX,184353.07,,,,,,2026062412057", "LG-S028"),
        ("FIX,184353.07,,,,,,,NO:91233", "LG-S028"),
        ("FIX,184353.07,,,,,,,NO:", "LG-S028"),
    ] {
        for pair in [&*RULED, &*FULL] {
            let (reasons, _) = agreed(pair, object(set).as_bytes());
            let found = reasons.first().map_or("", |reason| reason.split(' ').next().unwrap());
            assert_eq!(found, code, "{set} {reasons:?}");
        }
    }
    // All fields of a set are written where the type says so.
    let short = object("FIX,184353.07,1929.0450,S");
    let full = short.replace("UNIT,A\r\n", "UNIT,A,\r\n").replace("MSGID,ZOO", "MSGID,ZOO,,,");
    let full = full.replace("FEB2026", "FEB2026,,,").replace("0450,S", "0450,S,,,,,,");
    let (_, read) = agreed(&FULL, short.as_bytes());
    let mut out = Vec::new();
    assert!(FULL.compiled.emit(&read.record, Untrusted::new(short.as_bytes()), &[], &mut out));
    assert_eq!(String::from_utf8_lossy(&out), full);
    assert!(!read.canonical && agreed(&FULL, full.as_bytes()).1.canonical);
}
