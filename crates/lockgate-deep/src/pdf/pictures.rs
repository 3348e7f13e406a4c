//! What the pictures of a document say beside what they show, and which of its streams and fonts take a decoder of their own.

use super::feature::resolve;
use crate::image::jpeg;
use crate::{Answer, codes};
use lockgate_core::{Class, Finding};
use lopdf::{Document, Object, Stream};
use std::collections::BTreeSet;

/// Ways of packing that only some documents use, by code that is hard to read for their size.
const CODED: &[(&[u8], &str)] = &[
    (b"JBIG2Decode", "JBIG2"),
    (b"JPXDecode", "JPEG 2000"),
    (b"CCITTFaxDecode", "T.4 or T.6"),
    (b"CCF", "T.4 or T.6"),
    (b"LZWDecode", "LZW"),
    (b"LZW", "LZW"),
];

/// Looks at every stream, and at every font that draws its letters by programs of the document.
pub(super) fn find(document: &Document, answer: &mut Answer) {
    let mut coded = BTreeSet::new();
    let mut said = Said::default();
    for (id, object) in &document.objects {
        if let Ok(dictionary) = object.as_dict()
            && dictionary.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Type3")
        {
            coded.insert("letters that are drawings");
        }
        let Object::Stream(stream) = object else { continue };
        let filters = filters(document, stream);
        for (_, name) in CODED.iter().filter(|(filter, _)| filters.contains(filter)) {
            coded.insert(name);
        }
        if let [b"DCTDecode" | b"DCT"] = filters.as_slice() {
            said.picture(&format!("object {} {}", id.0, id.1), &stream.content);
        }
    }
    if !coded.is_empty() {
        answer.found(codes::PDF_CODED, coded.into_iter().collect::<Vec<_>>().join(", "));
    }
    said.tell(answer);
}

fn filters<'a>(document: &'a Document, stream: &'a Stream) -> Vec<&'a [u8]> {
    match stream.dict.get(b"Filter").map(|filter| resolve(document, filter)) {
        Ok(Object::Name(name)) => vec![name.as_slice()],
        Ok(Object::Array(names)) => {
            names.iter().filter_map(|name| resolve(document, name).as_name().ok()).collect()
        }
        _ => Vec::new(),
    }
}

/// What pictures in JPEG tell of their making. What hides in them is not told: nothing of them leaves but what they show, and
/// writers of documents leave bytes behind.
#[derive(Default)]
struct Said {
    findings: Vec<(Finding, usize)>,
    /// Each text once: pictures of one camera, or one colour profile, say the same.
    texts: BTreeSet<String>,
}

impl Said {
    fn picture(&mut self, place: &str, file: &[u8]) {
        let mut told = Answer::default();
        jpeg::walk(file, &mut told);
        for finding in told.findings.into_iter().filter(|finding| finding.code.class == Class::Disclosure) {
            match self.findings.iter_mut().find(|(known, _)| known.code == finding.code) {
                Some((_, more)) => *more = more.saturating_add(1),
                None => {
                    let place = format!("{place}, {}", finding.place);
                    self.findings.push((Finding { place, ..finding }, 0));
                }
            }
        }
        self.texts.extend(told.texts.into_iter().map(|said| said.text));
    }

    fn tell(self, answer: &mut Answer) {
        for (Finding { code, place }, more) in self.findings {
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            answer.found(code, format!("{place}{more}"));
        }
        answer.says("pictures of the document", self.texts.into_iter().collect::<Vec<_>>().join("\n"));
    }
}
