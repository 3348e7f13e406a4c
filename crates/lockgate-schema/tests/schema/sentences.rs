//! Messages of bits in sentences: opened by both readers alike, written in one way, and what stands in them is what the
//! description of the bits alone reads.

use crate::asterix::{Pair, agreed};
use crate::make::Random;
use crate::packets::{AIS, root, shipped, unarmoured, values};
use lockgate_bytes::Untrusted;
use lockgate_core::Inspector;
use lockgate_record::Form;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static SENTENCES: LazyLock<Pair> = LazyLock::new(|| shipped("ais-sentence"));

/// A sentence with its checksum.
fn sentence(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("!{body}*{sum:02X}\r\n")
}

/// Message 1 of ship 211000001, and message 5 in two sentences: 424 bits in 71 characters.
fn position() -> String {
    sentence("AIVDM,1,1,,A,1395;h@000PFVL0N0000000000Rw,0")
}

fn voyage(first: usize) -> String {
    let armour = format!("5395;h@0000{}", "0".repeat(60));
    let (head, tail) = armour.split_at(first);
    sentence(&format!("AIVDM,2,1,3,B,{head},0")) + &sentence(&format!("AIVDM,2,2,3,B,{tail},2"))
}

fn first(reasons: &[String]) -> &str {
    reasons.first().map_or("", |reason| reason.split(' ').next().unwrap())
}

#[test]
fn sentences_hold_what_their_bits_say() {
    for (whole, canonical) in
        [(position(), true), (voyage(60), true), (voyage(59), false), (voyage(11), false)]
    {
        let (reasons, read) = agreed(&SENTENCES, whole.as_bytes());
        assert_eq!((reasons, read.canonical), (Vec::new(), canonical), "{whole}");
        assert!(SENTENCES.compiled.recognises(Untrusted::new(whole.as_bytes())));
    }
    // Split elsewhere it says the same, and leaves as the one way to write it.
    let (_, other) = agreed(&SENTENCES, voyage(30).as_bytes());
    let mut out = Vec::new();
    assert!(SENTENCES.compiled.emit(&other.record, Untrusted::new(voyage(30).as_bytes()), &[], &mut out));
    assert_eq!(out, voyage(60).as_bytes());
    let ours = values(&SENTENCES, &agreed(&SENTENCES, &out).1, &out);
    assert_eq!(
        format!("{:?}", ours["ais.sequence"]),
        "Exact(Ratio(3, 1))"
            .to_owned()
            .replace("Ratio(3, 1)", &format!("{:?}", lockgate_bytes::Ratio::new(3, 1).unwrap()))
    );
}

/// Spans speak of the sentences, not of the bits.
#[test]
fn what_is_wrong_is_shown_at_its_characters() {
    let object = voyage(60);
    // Month 15 of the second sentence: bits 274 to 277 of the message.
    let changed = |character: usize, by: char| {
        let mut armour: Vec<char> = format!("5395;h@0000{}", "0".repeat(60)).chars().collect();
        armour[character..character + 2].fill(by);
        let (head, tail) = armour.split_at(60);
        let (head, tail): (String, String) = (head.iter().collect(), tail.iter().collect());
        sentence(&format!("AIVDM,2,1,3,B,{head},0")) + &sentence(&format!("AIVDM,2,2,3,B,{tail},2"))
    };
    let wrong = changed(45, 'w');
    let (reasons, _) = agreed(&SENTENCES, wrong.as_bytes());
    let at = object.find("5395").unwrap();
    assert!(reasons[0].starts_with("LG-S010 ais.message.voyage.month"), "{reasons:?}");
    // Byte 34 of the message holds these bits: characters 45 and 46.
    assert!(reasons[0].contains(&format!("start: {}, end: {}", at + 45, at + 47)), "{at} {reasons:?}");
    let (reasons, _) = agreed(&SENTENCES, sentence("AIVDM,1,1,,A,7395;h@000PFVL0N0000000000Rw,0").as_bytes());
    assert!(reasons[0].starts_with("LG-S010 ais.message.kind"), "{reasons:?}");
}

#[test]
fn what_contradicts_itself_is_refused() {
    let two = |a: &str, b: &str| sentence(a) + &sentence(b);
    let (head, tail) = ("5395;h@0000".to_owned() + &"0".repeat(49), "0".repeat(11));
    let whole = |a: &str, b: &str| two(&format!("AIVDM,{a},{head},0"), &format!("AIVDM,{b},{tail},2"));
    assert_eq!(agreed(&SENTENCES, whole("2,1,3,B", "2,2,3,B").as_bytes()).0, Vec::<String>::new());
    let one = |payload: &str, fill: u8| sentence(&format!("AIVDM,1,1,,A,{payload},{fill}"));
    for (object, code) in [
        (whole("2,1,3,B", "2,2,4,B"), "LG-S009"),
        (whole("2,1,3,B", "2,2,3,A"), "LG-S009"),
        (whole("2,1,3,B", "3,2,3,B"), "LG-S009"),
        (whole("2,1,3,B", "2,1,3,B"), "LG-S009"),
        (whole("2,2,3,B", "2,1,3,B"), "LG-S009"),
        (whole("2,1,,B", "2,2,,B"), "LG-S009"),
        (whole("0,1,3,B", "0,2,3,B"), "LG-S009"),
        (two(&format!("AIVDM,3,1,3,B,{head},0"), &format!("AIVDM,3,2,3,B,{tail},0")), "LG-S008"),
        (whole("1,1,3,B", "1,1,3,B"), "LG-S015"),
        (two(&format!("AIVDM,2,1,3,B,{head},0"), &format!("AIVDO,2,2,3,B,{tail},2")), "LG-S009"),
        (two(&format!("AIVDM,2,1,3,B,{head},2"), &format!("AIVDM,2,2,3,B,{tail},2")), "LG-S009"),
        (sentence(&format!("AIVDM,2,1,3,B,{head},0")), "LG-S008"),
        (position() + &position(), "LG-S015"),
        (position() + " ", "LG-S015"),
        (position().replace("\r\n", "\n"), "LG-S001"),
        (position().replace("*", "*0"), "LG-S001"),
        (position().to_lowercase(), "LG-S001"),
        (one("1395;h@000PFVL0N0000000000Rw", 2), "LG-S023"),
        (one("1395;h@000PFVL0N0000000000R0", 2), "LG-S011"),
        (one("1395;h@000PFVL0N0000000000R0", 6), "LG-S009"),
        (one("1395;h@000PFVL0N0000000000X0", 0), "LG-S012"),
        (one("", 0), "LG-S011"),
        (sentence("AIVDM,1,1,,A,1395;h@000PFVL0N0000000000Rw,0,"), "LG-S001"),
        (sentence("AIVDM,1,1,,C,1395;h@000PFVL0N0000000000Rw,0"), "LG-S009"),
        (sentence("AIVDM,1,1,12,A,1395;h@000PFVL0N0000000000Rw,0"), "LG-S009"),
        (sentence("AIVDX,1,1,,A,1395;h@000PFVL0N0000000000Rw,0"), "LG-S009"),
        (sentence(&format!("AIVDM,1,1,,A,{},0", "0".repeat(68))), "LG-S001"),
    ] {
        let (reasons, _) = agreed(&SENTENCES, object.as_bytes());
        assert_eq!(first(&reasons), code, "{object} {reasons:?}");
    }
}

#[test]
fn whatever_is_changed_both_readers_say_the_same() {
    for whole in [position(), voyage(60), voyage(40)] {
        let whole = whole.into_bytes();
        let mut random = Random(whole.len() as u64);
        for _ in 0..600 {
            let mut changed = whole.clone();
            let at = random.below(changed.len());
            match random.below(3) {
                0 => changed[at] ^= 1 << random.below(8),
                1 => changed.insert(at, b"*,!\r\n0A$"[random.below(8)]),
                _ => drop(changed.drain(at..(at + 1 + random.below(5)).min(whole.len()))),
            }
            assert!(!agreed(&SENTENCES, &changed).0.is_empty(), "{}", String::from_utf8_lossy(&changed));
            // With its checksums put right, what is behind them is reached.
            let text = String::from_utf8_lossy(&changed).into_owned();
            let lines = text.split_inclusive("\r\n").map(|line| match line.rsplit_once('*') {
                Some((body, _)) => body.strip_prefix('!').map_or(line.to_owned(), sentence),
                None => line.to_owned(),
            });
            agreed(&SENTENCES, lines.collect::<String>().as_bytes());
        }
    }
}

/// What stands in the sentences has the nodes of the type that is embedded, with their kinds and settings.
#[test]
fn what_stands_in_the_sentences_is_the_other_type() {
    let shape = SENTENCES.of.shape();
    let radio = AIS.of.shape();
    for (_, node) in radio.nodes().filter(|(_, node)| node.path != "ais") {
        let path = node.path.replacen("ais.", "ais.message.", 1);
        let here = shape.node(shape.find(&path).unwrap()).unwrap();
        let kind = |form: &Form| if let Form::Value(kind) = form { Some(kind.clone()) } else { None };
        assert_eq!(
            format!("{:?} {:?}", here.options, kind(&here.form)),
            format!("{:?} {:?}", node.options, kind(&node.form)),
            "{path}"
        );
    }
    assert_eq!(shape.nodes().count(), radio.nodes().count() + 4);
}

/// A stream of sentences is cut into messages.
#[test]
fn a_stream_is_cut_behind_the_last_sentence_of_a_message() {
    // A message that lost its second sentence is one by itself, and takes no other along.
    let lost = voyage(60).split_inclusive('\n').next().unwrap().to_owned();
    let stream = position() + &voyage(60) + &lost + &position();
    let mut rest = stream.as_bytes();
    let mut found = Vec::new();
    while let Some(length) = SENTENCES.compiled.first_frame(Untrusted::new(rest)) {
        found.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    assert_eq!(found, [position(), voyage(60), lost, position()].map(String::into_bytes));
    for cut in 1..voyage(60).len() {
        assert_eq!(
            SENTENCES.compiled.first_frame(Untrusted::new(&voyage(60).as_bytes()[..cut])),
            None,
            "{cut}"
        );
    }
}

/// The messages of others' samples: what is read through the sentences is what the bits alone say, which is held against
/// another decoder beside the bits (`ship_reports_read_as_pyais_reads_them`).
#[test]
fn published_messages_are_read_through_their_sentences() {
    let Some(root) = root("ais_nmea") else { return };
    let (mut read_whole, mut others) = (0, BTreeMap::<String, usize>::new());
    let mut several = 0;
    for file in [
        "pyais/sample.ais",
        "pyais/messages.ais",
        "pyais/nmea_data_sample.txt",
        "pyais/mixed.txt",
        "libais/typeexamples.nmea",
    ] {
        let text = String::from_utf8_lossy(&std::fs::read(root.join(file)).unwrap()).into_owned();
        let mut waiting = BTreeMap::<String, String>::new();
        for line in text.lines().filter(|line| line.starts_with("!AIVD")) {
            let [_, total, number, sequence, ..] = line.split(',').collect::<Vec<_>>()[..] else { continue };
            let object = waiting.entry(sequence.to_owned()).or_default();
            if number == "1" {
                object.clear();
            }
            object.push_str(&format!("{line}\r\n"));
            if number != total {
                continue;
            }
            let object = object.clone();
            let (reasons, read) = agreed(&SENTENCES, object.as_bytes());
            let fields: Vec<Vec<&str>> = object.lines().map(|line| line.split(',').collect()).collect();
            let armour: String = fields.iter().filter_map(|fields| fields.get(5).copied()).collect();
            let fill = fields.last().and_then(|fields| fields.get(6)?.get(..1)?.parse().ok()).unwrap_or(0);
            if !reasons.is_empty() {
                *others.entry(reasons[0].split(' ').take(2).collect::<Vec<_>>().join(" ")).or_default() += 1;
                continue;
            }
            let bits = unarmoured(&armour, fill);
            let (alone, plain) = agreed(&AIS, &bits);
            assert_eq!(alone, Vec::<String>::new(), "{object}");
            let mut ours = values(&SENTENCES, &read, object.as_bytes());
            for head in ["ais.formatter", "ais.sequence", "ais.channel"] {
                ours.remove(head);
            }
            let ours: BTreeMap<_, _> = ours
                .into_iter()
                .map(|(path, value)| (path.replacen("ais.message.", "ais.", 1), value))
                .collect();
            assert_eq!(ours, values(&AIS, &plain, &bits), "{object}");
            read_whole += 1;
            several += usize::from(fields.len() > 1);
        }
    }
    println!("{read_whole} messages, {several} of several sentences; refused: {others:?}");
    assert!(read_whole > 600 && several > 0, "{read_whole} {several} {others:?}");
}

/// A receiver's sentence: its position, its time, and the words for what is left out.
#[test]
fn a_position_sentence_says_where_and_when() {
    let pair = shipped("nmea-position");
    let line = |body: &str| sentence(body).replacen('!', "$", 1);
    let whole = line("GPRMC,184353.07,A,1929.0450,S,02410.5060,E,0.5,84.4,240626,,,S");
    let (reasons, read) = crate::text::agreed(&pair, whole.as_bytes());
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    for (path, value) in [
        ("at", "67433.07"),
        ("status", "valid"),
        ("lat", "-19.48408333"),
        ("lon", "24.1751"),
        ("speed", "0.5"),
        ("day", "2026-06-24T00:00:00Z"),
        ("mode", "simulator"),
    ] {
        assert_eq!(crate::guide::shown(&pair, &read, whole.as_bytes(), &format!("rmc.{path}")), value);
    }
    let shape = pair.of.shape();
    let mode = shape.node(shape.find("nmea.rmc.mode").unwrap()).unwrap();
    assert!(!mode.options.meanings.is_empty(), "what a simulator sends is no operation");
    // Without a fix; and a sentence of another talker, with a lost digit, with the fix cut in two.
    for (body, code) in [
        ("GPRMC,184353.07,V,,,,,,,240626,,,N", ""),
        ("GNRMC,184353.07,V,,,,,,,240626,,,N", "LG-S024"),
        ("GPRMC,184353.07,A,1929.045,S,02410.5060,E,0.5,84.4,240626,,,A", "LG-S009"),
        ("GPRMC,184353.07,A,1929.0450,,02410.5060,E,0.5,84.4,240626,,,A", "LG-S009"),
        ("GPRMC,184353.07,V,,,,,,,,,,N", "LG-S006"),
        ("GPRMC,184353.07,V,,,,,,,240626,,,N,V", "LG-S024"),
    ] {
        let object = line(body);
        let (reasons, _) = crate::text::agreed(&pair, object.as_bytes());
        assert_eq!(first(&reasons), code, "{object} {reasons:?}");
    }
    let wrong = whole.replace("184353", "184354");
    assert_eq!(first(&crate::text::agreed(&pair, wrong.as_bytes()).0), "LG-S028");
}
