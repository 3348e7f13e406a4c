//! What the file holds and the document does not lead to: objects of earlier revisions and others that no table leads to, streams
//! that nothing refers to, gaps, and bytes behind the end. What they say is searched for words as everything else is.

use super::lexer::{Lexer, Token, is_blank, name};
use super::raw::{Raw, RawObject};
use super::unpack::Room;
use super::unshown::strings;
use crate::{Answer, codes};
use core::ops::Range;
use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use std::collections::BTreeSet;

/// Bytes of all texts of one kind that are kept.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Bytes that all streams together may unpack to here.
const UNPACKED_BYTES_MAX: usize = 64 << 20;
/// Of so many bytes of a text, one may be something else.
const TEXT_OF: usize = 8;
/// Where what was left behind stands.
const LEFT: &str = "what the document does not lead to";

/// Has all of it searched.
pub(super) fn find(file: &[u8], raw: &Raw, document: &Document, orphans: &[ObjectId], answer: &mut Answer) {
    if raw.too_many {
        return;
    }
    let end = raw.ends.last().copied().unwrap_or(file.len());
    let gaps = raw.unowned.iter().filter(|gap| gap.start < end).filter_map(|gap| file.get(gap.clone()));
    bytes("bytes that belong to nothing", &gaps.collect::<Vec<_>>().join(&b'\n'), answer);
    bytes("bytes behind the end", file.get(end..).unwrap_or(&[]), answer);
    let mut left = Left { document, text: String::new(), room: Room::of(UNPACKED_BYTES_MAX), complete: true };
    let in_force = in_force(document);
    let nexts = raw.objects.iter().skip(1).map(|object| object.at).chain([file.len()]);
    let behind = raw.objects.iter().zip(nexts);
    for (object, next) in behind.filter(|(object, _)| !object.is_table && !in_force.contains(&object.at)) {
        left.object(file, object, next);
    }
    for id in orphans {
        if let Ok(Object::Stream(stream)) = document.get_object(*id) {
            left.stream(stream);
        }
    }
    // An object that is packed into a stream may have been replaced by one in another: the second reader has the newest alone.
    if raw.revisions() > 1 {
        for stream in document.objects.values().filter_map(|object| object.as_stream().ok()) {
            if stream.dict.get(b"Type").and_then(Object::as_name).ok() == Some(b"ObjStm") {
                left.stream(stream);
            }
        }
    }
    if !left.complete {
        answer.found(codes::TEXT_NOT_KEPT, LEFT);
    }
    answer.says(LEFT, left.text);
}

fn bytes(place: &str, bytes: &[u8], answer: &mut Answer) {
    if bytes.len() > TEXT_BYTES_MAX {
        answer.found(codes::TEXT_NOT_KEPT, place);
    }
    answer.says_text(place, bytes.get(..TEXT_BYTES_MAX).unwrap_or(bytes));
}

/// The places of the objects that the tables lead to.
fn in_force(document: &Document) -> BTreeSet<usize> {
    let entries = document.reference_table.entries.values();
    entries
        .filter_map(|entry| match entry {
            XrefEntry::Normal { offset, .. } => usize::try_from(*offset).ok(),
            _ => None,
        })
        .collect()
}

/// What was found so far.
struct Left<'a> {
    document: &'a Document,
    text: String,
    room: Room,
    /// There was room for all of it, and all of it could be read.
    complete: bool,
}

impl Left<'_> {
    /// An object at its place in the file, which ends where the next begins: its strings, and those of its stream.
    fn object(&mut self, file: &[u8], object: &RawObject, next: usize) {
        let Some((body, packing)) = body(file, object, next) else { return };
        self.keep(&strings(file.get(body).unwrap_or(&[]), TEXT_BYTES_MAX));
        let Some(stream) = &object.stream else { return };
        let bytes = stream.end.and_then(|end| file.get(stream.begin..end)).unwrap_or(&[]);
        let (is_known, dictionary) = (packing.is_known(), packing.dictionary());
        if !is_known && !is_picture(&dictionary) {
            self.complete = false;
            return;
        }
        self.stream(&Stream::new(dictionary, bytes.to_vec()));
    }

    /// The strings of a stream, and all of it where it is text.
    fn stream(&mut self, stream: &Stream) {
        if is_picture(&stream.dict) {
            return;
        }
        let Some(content) = self.room.unpacked(self.document, stream) else {
            self.complete = false;
            return;
        };
        self.complete &= content.is_whole;
        let content = content.bytes;
        self.keep(&strings(&content, TEXT_BYTES_MAX));
        let others = content.iter().filter(|byte| !byte.is_ascii_graphic() && !is_blank(**byte)).count();
        if others <= content.len().checked_div(TEXT_OF).unwrap_or(0) {
            self.keep(&String::from_utf8_lossy(&content));
        }
    }

    fn keep(&mut self, text: &str) {
        if self.text.len().saturating_add(text.len()) > TEXT_BYTES_MAX {
            self.complete = false;
            return;
        }
        self.text.push_str(text);
        if !text.is_empty() && !text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

/// Pictures have no strings, and many bytes.
fn is_picture(dictionary: &Dictionary) -> bool {
    let of_pictures = |filter: &Object| {
        matches!(
            filter.as_name(),
            Ok(b"DCTDecode" | b"DCT" | b"JPXDecode" | b"CCITTFaxDecode" | b"CCF" | b"JBIG2Decode")
        )
    };
    let filters = dictionary.get(b"Filter").ok();
    dictionary.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Image")
        || filters.is_some_and(of_pictures)
        || filters.and_then(|all| all.as_array().ok()).into_iter().flatten().any(of_pictures)
}

/// How a stream says that it is packed.
#[derive(Default)]
struct Packing {
    filters: Vec<Vec<u8>>,
    /// What its only filter needs to know, such as a predictor.
    parameters: Vec<(Vec<u8>, i64)>,
    /// Some of it is in another object: which one that was in its revision, nobody says.
    elsewhere: bool,
}

impl Packing {
    /// All that a reader needs to know of it was found.
    fn is_known(&self) -> bool {
        !self.elsewhere && (self.filters.len() < 2 || self.parameters.is_empty())
    }

    fn dictionary(self) -> Dictionary {
        let mut dictionary = Dictionary::new();
        if let ([_], false) = (self.filters.as_slice(), self.parameters.is_empty()) {
            let parameters = self.parameters.into_iter().map(|(key, value)| (key, Object::Integer(value)));
            dictionary.set("DecodeParms", Object::Dictionary(parameters.collect()));
        }
        match self.filters.as_slice() {
            [] => {}
            [filter] => dictionary.set("Filter", Object::Name(filter.clone())),
            _ => dictionary.set("Filter", self.filters.into_iter().map(Object::Name).collect::<Vec<_>>()),
        }
        dictionary
    }
}

/// What a name in a dictionary is followed by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Else,
    Filter,
    Filters,
    Parameters,
}

/// Where the object itself stands, without its stream, and how that is packed. Nothing of it stands behind the beginning of the next
/// one: where many do not end, each is read once.
fn body(file: &[u8], object: &RawObject, next: usize) -> Option<(Range<usize>, Packing)> {
    let end = object.stream.as_ref().map_or(file.len(), |stream| stream.begin).min(next);
    let mut lexer = Lexer::new(file.get(..end)?, object.at);
    let (mut packing, mut said, mut key) = (Packing::default(), Said::Else, None);
    while let Some((token, span)) = lexer.next() {
        match token {
            Token::Word(b"endobj") => return Some((object.at..span.start, packing)),
            Token::Name(b"Filter" | b"F") => said = Said::Filter,
            Token::Name(b"DecodeParms" | b"DP") => said = Said::Parameters,
            Token::Name(filter) if matches!(said, Said::Filter | Said::Filters) => {
                packing.filters.push(name(filter));
                said = if said == Said::Filters { said } else { Said::Else };
            }
            Token::Open if said == Said::Filter => said = Said::Filters,
            Token::Open if said == Said::Parameters => {}
            Token::Name(word) if said == Said::Parameters => key = Some(name(word)),
            Token::Word(word) if said != Said::Else && (word == b"R" || said != Said::Parameters) => {
                packing.elsewhere |= word != b"null";
                said = if said == Said::Filters { said } else { Said::Else };
            }
            Token::Word(word) if said == Said::Parameters => {
                let number = core::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
                packing.parameters.extend(key.take().zip(number));
            }
            _ => said = Said::Else,
        }
    }
    Some((object.at..end, packing))
}
