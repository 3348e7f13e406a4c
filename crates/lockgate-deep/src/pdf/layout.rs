//! What the bytes of the file say against it: things that one reader sees and another does not.

use super::lexer::{is_blank, is_regular};
use super::raw::{Length, Raw, RawObject};
use super::revision;
use crate::{Answer, codes};
use lopdf::Document;
use lopdf::xref::XrefEntry;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of comments that writers leave behind: cairo numbers its pages, ReportLab names itself in the trailer (60), and
/// Ghostscript tells how it was called (about 160).
const COMMENT_BYTES: usize = 256;

/// Judges the layout of the file.
pub(super) fn judge(file: &[u8], raw: &Raw, document: Option<&Document>, answer: &mut Answer) {
    if raw.too_many {
        answer.found(codes::TOO_MANY, "objects, comments or gaps");
        return;
    }
    ends(file, raw, answer);
    revision::judge(file, raw, document, answer);
    for at in &raw.heads {
        answer.found(codes::PDF_SECOND_HEAD, format!("byte {at}"));
    }
    if let Some(first) = raw.escaped_names.first() {
        answer.found(
            codes::PDF_ESCAPED_NAME,
            format!("{} names, the first at byte {first}", raw.escaped_names.len()),
        );
    }
    let comments = || raw.comments.iter().chain(&raw.inside);
    let bytes: usize = comments().map(ExactSizeIterator::len).sum();
    if let Some(first) = comments().min_by_key(|comment| comment.start) {
        let code = if bytes > COMMENT_BYTES { codes::PDF_COMMENTS } else { codes::PDF_COMMENT };
        answer.found(code, format!("{bytes} bytes, the first at byte {}", first.start));
        let texts = comments().filter_map(|comment| file.get(comment.clone()));
        answer.says_bytes("comments", &texts.collect::<Vec<_>>().join(&b'\n'));
    }
    inside(file, raw, answer);
    if let Some(first) = raw.edges.first() {
        answer
            .found(codes::PDF_STREAM_EDGE, format!("{} places, the first at byte {first}", raw.edges.len()));
    }
    let last_end = raw.ends.last().copied().unwrap_or(file.len());
    for gap in raw.unowned.iter().filter(|gap| gap.start < last_end) {
        answer.found(codes::UNOWNED, format!("{} bytes from byte {}", gap.len(), gap.start));
    }
    objects(raw, answer);
    tables(raw, answer);
    if let Some(document) = document {
        unlisted(raw, document, answer);
        unread(raw, document, answer);
    }
}

/// Comments inside of objects: words of a writer, or parts of the object that are no more read.
fn inside(file: &[u8], raw: &Raw, answer: &mut Answer) {
    let Some(first) = raw.inside.first() else { return };
    let places = raw.inside.len();
    answer.found(codes::PDF_COMMENT_INSIDE, format!("{places} places, the first at byte {}", first.start));
    let out = raw.inside.iter().find(|span| file.get((*span).clone()).is_some_and(is_syntax));
    if let Some(out) = out {
        answer.found(codes::PDF_COMMENTED_OUT, format!("byte {}", out.start));
    }
}

/// True for a comment with a dictionary, a name or a reference in it.
fn is_syntax(comment: &[u8]) -> bool {
    let is_name = |pair: &[u8]| matches!(pair, [b'/', letter] if is_regular(*letter));
    let words = comment.split(|byte| !is_regular(*byte)).filter(|word| !word.is_empty());
    // How much of a reference stands before the word: numbers, two of them at most.
    let mut numbers = 0_usize;
    let has_reference = words.into_iter().any(|word| {
        let is_number = word.iter().all(u8::is_ascii_digit);
        let is_reference = numbers >= 2 && word == b"R";
        numbers = if is_number { numbers.saturating_add(1) } else { 0 };
        is_reference
    });
    has_reference || comment.windows(2).any(|pair| matches!(pair, b"<<" | b">>") || is_name(pair))
}

/// The end of the file, and how often it was written to.
fn ends(file: &[u8], raw: &Raw, answer: &mut Answer) {
    match raw.ends.last() {
        None => answer.found(codes::PDF_NO_END, "no %%EOF"),
        Some(end) => {
            let rest = file.get(*end..).unwrap_or(&[]);
            if rest.len() > 4 || rest.iter().any(|byte| !is_blank(*byte)) {
                answer.found(codes::TRAILING, format!("{} bytes from byte {end}", rest.len()));
            }
        }
    }
}

/// Objects that do not end, streams that say another length than they have, numbers that stand twice in one revision.
fn objects(raw: &Raw, answer: &mut Answer) {
    let values: BTreeMap<usize, usize> =
        raw.objects.iter().filter_map(|object| Some((object.number, object.value?))).collect();
    let mut seen = BTreeMap::new();
    for object in &raw.objects {
        let revision = raw.starts.iter().filter(|(at, _)| *at < object.at).count();
        if let Some(before) = seen.insert((revision, object.number, object.generation), object.at) {
            answer.found(
                codes::PDF_TWICE,
                format!("{} at byte {before} and at byte {}", named(object), object.at),
            );
        }
        if !object.closed {
            answer.found(codes::PDF_UNCLOSED, format!("{} at byte {}", named(object), object.at));
        }
        let Some(stream) = &object.stream else { continue };
        let length = match stream.length {
            Length::Bytes(bytes) => Some(bytes),
            Length::In(number) => values.get(&number).copied(),
            Length::Unsaid => None,
        };
        // Between the last byte and `endstream` stands at most one end of line.
        let real = stream.end.map(|end| end.saturating_sub(stream.begin));
        let fits = match (length, real) {
            (Some(said), Some(real)) => said <= real && real <= said.saturating_add(2),
            // The length stands in an object inside of a stream: the second reader has it.
            (None, Some(_)) => matches!(stream.length, Length::In(_)),
            _ => false,
        };
        if !fits || stream.lengths > 1 {
            answer.found(codes::PDF_STREAM_LENGTH, format!("{} at byte {}", named(object), object.at));
        }
    }
}

/// Every entry of a table leads to the object that it names, and every `startxref` to a table.
fn tables(raw: &Raw, answer: &mut Answer) {
    let places: BTreeMap<usize, (usize, usize)> =
        raw.objects.iter().map(|object| (object.at, (object.number, object.generation))).collect();
    let wrong: Vec<_> = raw
        .tables
        .iter()
        .flat_map(|table| &table.entries)
        // No object begins at byte 0: readers take such an entry for a free one.
        .filter(|(_, _, at)| *at > 0)
        .filter(|(number, generation, at)| places.get(at) != Some(&(*number, *generation)))
        .collect();
    if let Some((number, _, at)) = wrong.first() {
        answer.found(
            codes::PDF_TABLE,
            format!("{} entries, the first for object {number} at byte {at}", wrong.len()),
        );
    }
    let known = |at: usize| {
        raw.tables.iter().any(|table| table.at == at)
            || raw.objects.iter().any(|object| object.at == at && object.is_table)
    };
    for (index, (at, says)) in raw.starts.iter().enumerate() {
        // The first part of a linearized file points nowhere (ISO 32000-2, annex F).
        let first_part = raw.linearized && index == 0;
        if !says.is_some_and(|says| known(says) || (first_part && says == 0)) {
            answer.found(codes::PDF_TABLE, format!("startxref at byte {at}"));
        }
    }
    if raw.starts.is_empty() {
        answer.found(codes::PDF_TABLE, "no startxref");
    }
}

/// Objects that no table leads to any more, in a file that was written once.
fn unlisted(raw: &Raw, document: &Document, answer: &mut Answer) {
    if raw.revisions() > 1 {
        return;
    }
    let listed: BTreeSet<usize> = document
        .reference_table
        .entries
        .values()
        .filter_map(|entry| match entry {
            XrefEntry::Normal { offset, .. } => usize::try_from(*offset).ok(),
            _ => None,
        })
        .collect();
    for object in raw.objects.iter().filter(|object| !object.is_table && !listed.contains(&object.at)) {
        answer.found(codes::PDF_UNLISTED, format!("{} at byte {}", named(object), object.at));
    }
}

/// Objects that the tables lead to, and that the second reader does not have: it does not open what they are packed into, as where that
/// says in another object how it is packed, or gives up on them. Others may show them.
fn unread(raw: &Raw, document: &Document, answer: &mut Answer) {
    let stand: BTreeSet<usize> =
        raw.objects.iter().filter(|object| !object.is_table).map(|object| object.at).collect();
    let has = |number: u32, generation: u16| document.objects.contains_key(&(number, generation));
    let entries = document.reference_table.entries.iter();
    let mut unread = entries.filter(|(number, entry)| match entry {
        XrefEntry::Compressed { .. } => !has(**number, 0),
        XrefEntry::Normal { offset, generation } => {
            usize::try_from(*offset).is_ok_and(|at| stand.contains(&at)) && !has(**number, *generation)
        }
        _ => false,
    });
    if let Some((first, _)) = unread.next() {
        let count = unread.count().saturating_add(1);
        answer
            .found(codes::TEXT_NOT_KEPT, format!("{count} objects that are not read, the first is {first}"));
    }
}

fn named(object: &RawObject) -> String {
    format!("object {} {}", object.number, object.generation)
}
