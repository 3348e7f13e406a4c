//! Text that a document has and does not show, in as many ways as we could think of: each is found, and what looks like it
//! and hides nothing is left alone.

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    reason = "tests, with a writer of documents"
)]

mod samples;

use lockgate_core::Class;
use lockgate_deep::{Ask, Rebuild, look_as};

/// The findings of a document that say that it hides something or attacks, with their places.
fn against(file: &[u8]) -> Vec<String> {
    let answer = look_as(file, Ask::PIXELS);
    let grave = answer.findings.iter().filter(|finding| finding.code.class >= Class::Hiding);
    grave.map(|finding| format!("{} {}", finding.code.name, finding.place)).collect()
}

#[test]
fn every_way_of_hiding_text_is_found() {
    let samples = samples::hidden();
    assert!(samples.len() >= 30, "{} samples", samples.len());
    let missed: Vec<&str> =
        samples.iter().filter(|sample| against(&sample.bytes).is_empty()).map(|sample| sample.name).collect();
    assert_eq!(missed, [""; 0]);
}

#[test]
fn words_in_the_file_around_the_document_are_found_for_what_they_are() {
    let wrong: Vec<_> = samples::layout()
        .into_iter()
        .map(|(sample, code)| (sample.name, code, against(&sample.bytes)))
        .filter(|(_, code, found)| !found.iter().any(|found| found.starts_with(code)))
        .collect();
    assert_eq!(wrong, []);
}

#[test]
fn what_can_be_read_raises_no_alarm() {
    let alarms: Vec<_> = samples::open()
        .iter()
        .map(|sample| (sample.name, against(&sample.bytes)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert_eq!(alarms, []);
}

#[test]
fn a_finding_says_page_and_place_and_no_word_of_the_text() {
    let sample = samples::hidden().into_iter().find(|sample| sample.name == "white-on-the-second-page");
    let found = against(&sample.expect("is there").bytes);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("pdf.text-unseen page 2, 11 glyphs from 72,18"), "{found:?}");
    assert!(!found[0].contains("HIDDEN"));
}

#[test]
fn what_a_page_says_is_handed_over_hidden_or_not() {
    let samples = samples::hidden();
    let silent: Vec<&str> = samples
        .iter()
        .filter(|sample| {
            let texts = look_as(&sample.bytes, Ask::PIXELS).texts;
            let all: String = texts.iter().map(|said| said.text.as_str()).collect();
            !(all.contains("Weather report of the day") && all.contains("HIDDEN") && all.contains("WORDS"))
        })
        .map(|sample| sample.name)
        .collect();
    // What is drawn between letters is said between them.
    assert_eq!(silent, ["full-stops-between-letters"]);
}

/// What the first page of a document says.
fn said(sample: &samples::Sample) -> String {
    let texts = look_as(&sample.bytes, Ask::PIXELS).texts;
    texts.into_iter().find(|said| said.place == "page 1").map(|said| said.text).unwrap_or_default()
}

#[test]
fn open_words_are_said_once_however_they_are_drawn() {
    for sample in samples::open().iter().filter(|sample| !sample.name.contains("blank")) {
        let text = said(sample);
        let times = if matches!(sample.name, "printed-twice" | "shadowed") { 2 } else { 1 };
        let words = if sample.name == "large" { "OW" } else { "OPEN WORDS" };
        assert_eq!(text.matches(words).count(), times, "{}: {text}", sample.name);
    }
    let inside = samples::open().into_iter().find(|sample| sample.name == "letters-in-a-letter");
    let text = said(&inside.expect("is there"));
    assert!(text.ends_with("a\nOPEN WORDS"), "what a letter draws stands by itself: {text}");
}

/// Keys of a document that act, or hold files.
const ACTING: &[&[u8]] = &[
    b"JS",
    b"JavaScript",
    b"AA",
    b"OpenAction",
    b"A",
    b"S",
    b"EmbeddedFiles",
    b"EF",
    b"Collection",
    b"AF",
    b"XFA",
    b"AcroForm",
    b"Annots",
    b"RichMediaContent",
    b"3DD",
    b"Names",
    b"Metadata",
    b"Info",
    b"PieceInfo",
    b"Thumb",
    b"OCProperties",
    b"Ref",
    b"OPI",
];

/// Every string and unpacked stream of a file that was built anew, and every key of its dictionaries.
fn everything(file: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let document = lopdf::Document::load_mem(file).expect("can be read");
    let (mut said, mut keys) = (vec![file.to_vec()], Vec::new());
    let mut waiting: Vec<_> = document.objects.into_values().collect();
    waiting.push(lopdf::Object::Dictionary(document.trailer));
    while let Some(object) = waiting.pop() {
        let dictionary = match object {
            lopdf::Object::Dictionary(dictionary) => dictionary,
            lopdf::Object::Stream(stream) => {
                let is_packed = stream.dict.has(b"Filter");
                let plain = is_packed.then(|| stream.decompressed_content().expect("unpacks"));
                said.push(plain.unwrap_or(stream.content));
                stream.dict
            }
            lopdf::Object::Array(items) => {
                waiting.extend(items);
                continue;
            }
            lopdf::Object::String(bytes, _) | lopdf::Object::Name(bytes) => {
                said.push(bytes);
                continue;
            }
            _ => continue,
        };
        for (key, value) in dictionary {
            keys.push(key);
            waiting.push(value);
        }
    }
    (said, keys)
}

fn holds(said: &[Vec<u8>], word: &str) -> bool {
    said.iter().any(|bytes| memchr::memmem::find(bytes, word.as_bytes()).is_some())
}

/// What is built anew from these bytes, without any of the words, and without a key that acts.
fn has_nothing_of_it(name: &str, file: &[u8], words: &[&str]) -> bool {
    let ask = Ask { rebuild: Rebuild::Lossless, ..Ask::PIXELS };
    let Some(rebuilt) = look_as(file, ask).rebuilt else { return false };
    let (said, keys) = everything(&rebuilt.bytes);
    assert!(said.len() > 2, "{name}: pictures are unpacked");
    for word in words {
        assert!(!holds(&said, word), "{name}: {word}");
    }
    for key in ACTING {
        assert!(!keys.iter().any(|one| one == key), "{name}: {}", String::from_utf8_lossy(key));
    }
    true
}

#[test]
fn nothing_that_was_hidden_is_in_what_is_built_anew() {
    let samples = samples::hidden();
    let words = ["HIDDEN", "WORDS", "Weather"];
    // What is looked for is there before.
    let layer = samples.iter().find(|sample| sample.name == "layer-off").expect("is there");
    let (said, keys) = everything(&layer.bytes);
    assert!(words.iter().all(|word| holds(&said, word)));
    assert!(keys.iter().any(|key| key == b"OCProperties"));
    let built = samples.iter().filter(|sample| has_nothing_of_it(sample.name, &sample.bytes, &words)).count();
    assert_eq!(built, samples.len());
}
