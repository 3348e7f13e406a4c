//! PDF (ISO 32000-2:2020): the file as bytes by our own reader, the document behind it by another, and where the two do
//! not agree.
//!
//! ```text
//!   bytes --raw--> objects, tables, ends, comments, and what belongs to nothing --layout--> findings
//!     \--lopdf--> dictionaries, also those inside of streams --feature, graph--> findings
//! ```

mod content;
mod embedded;
mod ended;
mod feature;
mod graph;
mod keys;
mod layout;
mod lexer;
mod pictures;
mod raw;
mod recovered;
mod revision;
mod said;
mod unpack;
mod unshown;

use crate::look::Inside;
use crate::{Answer, codes};
use lopdf::{Document, LoadOptions};

/// Bytes that one stream of objects or references may unpack to.
const UNPACKED_BYTES_MAX: usize = 64 << 20;

/// Walks the file and the document; the number of its pages, where the second reader opens it.
pub(crate) fn walk(object: &[u8], inside: Inside, answer: &mut Answer) -> Option<usize> {
    let raw = raw::Raw::read(object);
    let document = load(object, true).or_else(|| {
        answer.found(codes::PDF_NOT_STRICT, "by the second reader");
        load(object, false)
    });
    layout::judge(object, &raw, document.as_ref(), answer);
    let Some(document) = &document else {
        answer.found(codes::NOT_OF_ITS_FORM, "the second reader opens it in no way");
        return None;
    };
    keys::find(object, &raw, document, answer);
    feature::find(document, answer);
    let orphans = graph::find(document, raw.revisions(), answer);
    recovered::find(object, &raw, document, &orphans, answer);
    let photographs = content::find(document, answer);
    said::find(document, answer);
    pictures::find(document, &photographs, inside, answer);
    embedded::find(document, inside, answer);
    Some(document.get_pages().len())
}

fn load(object: &[u8], strict: bool) -> Option<Document> {
    let options =
        LoadOptions { strict, max_decompressed_size: Some(UNPACKED_BYTES_MAX), ..LoadOptions::default() };
    Document::load_mem_with_options(object, options).ok()
}

#[cfg(test)]
mod tests;
