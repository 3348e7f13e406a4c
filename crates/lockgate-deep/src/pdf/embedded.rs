//! Files inside of a document.

use super::feature::resolve;
use super::unpack::{Plain, unpacked};
use crate::inside::{self, FILE_BYTES_MAX};
use crate::look::Inside;
use crate::{Answer, codes};
use lopdf::{Document, Object, ObjectId};
use std::collections::BTreeSet;

/// Looks into every file that the document holds.
pub(super) fn find(document: &Document, inside: Inside, answer: &mut Answer) {
    let files = files(document);
    if files.is_empty() || !inside::goes_on(files.len(), inside, answer) {
        return;
    }
    for id in files {
        let place = format!("file inside, object {} {}", id.0, id.1);
        match document.get_object(id).ok().and_then(|object| plain(document, object)) {
            Some(plain) => {
                inside::look(&plain.bytes, &place, inside, answer);
                if !plain.is_whole {
                    answer.found(codes::PDF_EMBEDDED_UNREAD, place);
                }
            }
            None => answer.found(codes::PDF_EMBEDDED_UNREAD, place),
        }
    }
}

/// The streams that file specifications lead to (ISO 32000-2, 7.11.4), and those that say that they are such files.
fn files(document: &Document) -> BTreeSet<ObjectId> {
    let mut files = BTreeSet::new();
    for (id, object) in &document.objects {
        if let Object::Stream(stream) = object
            && stream.dict.get(b"Type").and_then(Object::as_name).ok() == Some(b"EmbeddedFile")
        {
            files.insert(*id);
        }
        // A specification may stand anywhere inside of an object: in an annotation, in a list of names.
        let mut waiting = vec![object];
        while let Some(object) = waiting.pop() {
            let dictionary = match object {
                Object::Dictionary(dictionary) => dictionary,
                Object::Stream(stream) => &stream.dict,
                Object::Array(items) => {
                    waiting.extend(items);
                    continue;
                }
                _ => continue,
            };
            let held = dictionary.get(b"EF").ok().and_then(|held| resolve(document, held).as_dict().ok());
            files.extend(held.into_iter().flatten().filter_map(|(_, file)| file.as_reference().ok()));
            waiting.extend(dictionary.iter().map(|(_, value)| value));
        }
    }
    files
}

fn plain(document: &Document, object: &Object) -> Option<Plain> {
    let stream = object.as_stream().ok()?;
    let plain = unpacked(document, stream, FILE_BYTES_MAX)?;
    // What does not unpack comes out as nothing, also where it is short.
    (!plain.bytes.is_empty() || stream.content.is_empty()).then_some(plain)
}
