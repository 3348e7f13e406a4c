//! Text that a document has and does not show, in as many ways as we could think of: each is found, and what looks like it
//! and hides nothing is left alone.

#![allow(missing_docs, clippy::arithmetic_side_effects, reason = "tests, with a writer of documents")]

mod samples;

use lockgate_core::Class;
use lockgate_deep::{Ask, look_as};

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
