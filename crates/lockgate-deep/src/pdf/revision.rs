//! A file that was written to again (ISO 32000-2, 7.5.6): whether what it held before is still there.

use super::graph;
use super::lexer::{Lexer, Token, number};
use super::raw::Raw;
use super::unpack::{Plain, unpacked};
use crate::{Answer, codes};
use lopdf::{Dictionary, Document, Object};
use std::collections::BTreeSet;

/// Bytes that one stream of packed objects may unpack to.
const PACKED_BYTES_MAX: usize = 64 << 20;

/// Reports more than one revision. A later part hides nothing where it only adds objects, or replaces such as hold no words
/// themselves while everything that they led to is still led to.
pub(super) fn judge(file: &[u8], raw: &Raw, document: Option<&Document>, answer: &mut Answer) {
    if raw.revisions() < 2 {
        return;
    }
    let mut newest = BTreeSet::new();
    // From the end of the file: the first of a number is the one in force.
    let older: Vec<_> = raw.objects.iter().rev().filter(|object| !newest.insert(object.number)).collect();
    let replaced: BTreeSet<usize> = older.iter().map(|object| object.number).collect();
    let told = format!("{} in one file, {} objects replaced", raw.revisions(), replaced.len());
    let harmless = document.is_some_and(|document| {
        let plain = of_the_file(document);
        let wordless = older
            .iter()
            .filter(|object| !plain.contains(&object.number))
            .all(|object| object.closed && object.stream.is_none() && is_wordless(file, object.at));
        wordless && packed_once(raw, document) && !graph::has_lost_words(document)
    });
    answer.found(if harmless { codes::PDF_ADDITIONS } else { codes::PDF_REVISIONS }, told);
}

/// The catalog, the information and the metadata: what they said before shows on no page.
fn of_the_file(document: &Document) -> BTreeSet<usize> {
    let at = |key: &[u8], of: &Dictionary| of.get(key).and_then(Object::as_reference).ok();
    let catalog = document.catalog().ok();
    [
        at(b"Root", &document.trailer),
        at(b"Info", &document.trailer),
        catalog.and_then(|catalog| at(b"Metadata", catalog)),
    ]
    .into_iter()
    .flatten()
    .filter_map(|(number, _)| usize::try_from(number).ok())
    .collect()
}

/// True where the object at this place, up to its end, has no string.
fn is_wordless(file: &[u8], at: usize) -> bool {
    let mut lexer = Lexer::new(file, at);
    while let Some((token, _)) = lexer.next() {
        match token {
            Token::Word(b"endobj") => return true,
            Token::Text | Token::Comment(_) | Token::Broken => return false,
            _ => {}
        }
    }
    false
}

/// True where no object that is packed into a stream stands anywhere else: then none was replaced unseen.
fn packed_once(raw: &Raw, document: &Document) -> bool {
    let mut seen: BTreeSet<usize> = raw.objects.iter().map(|object| object.number).collect();
    let streams = document.objects.values().filter_map(|object| object.as_stream().ok());
    let packs =
        streams.filter(|stream| matches!(stream.dict.get(b"Type").and_then(Object::as_name), Ok(b"ObjStm")));
    let mut read = 0_usize;
    for pack in packs {
        let Some(Plain { bytes: content, is_whole: true }) = unpacked(document, pack, PACKED_BYTES_MAX)
        else {
            return false;
        };
        let count = pack.dict.get(b"N").and_then(Object::as_i64).ok();
        let Some(count) = count.and_then(|count| usize::try_from(count).ok()) else { return false };
        read = read.saturating_add(1);
        let mut lexer = Lexer::new(&content, 0);
        for _ in 0..count {
            let (Some((Token::Word(id), _)), Some((Token::Word(_), _))) = (lexer.next(), lexer.next()) else {
                return false;
            };
            if !number(id).is_some_and(|id| seen.insert(id)) {
                return false;
            }
        }
    }
    // The second reader keeps the newest of each number: an older pack would have been passed over.
    read == raw.packs
}
