//! How objects hang together: what nothing leads to, and what leads back to itself.

use super::feature::resolve;
use crate::{Answer, codes};
use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::BTreeSet;

/// Steps of one chain of references; longer ones are taken for endless.
const CHAIN_MAX: usize = 100_000;

/// Reports orphans and loops. The orphans.
pub(super) fn find(document: &Document, revisions: usize, answer: &mut Answer) -> Vec<ObjectId> {
    let orphans = orphans(document);
    report(document, &orphans, revisions, answer);
    pages(document, answer);
    outlines(document, answer);
    for (key, what) in
        [(&b"Next"[..], "Next"), (b"Prev", "Prev"), (b"Extends", "Extends"), (b"Parent", "Parent")]
    {
        chains(document, key, what, answer);
    }
    orphans
}

/// True where an object that nothing leads to has room for words.
pub(super) fn has_lost_words(document: &Document) -> bool {
    orphans(document).iter().any(|id| document.get_object(*id).is_ok_and(can_say))
}

/// Objects that the trailer does not lead to, but for those that serve the file.
fn orphans(document: &Document) -> Vec<ObjectId> {
    let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
    let mut waiting: Vec<&Object> = document.trailer.iter().map(|(_, value)| value).collect();
    while let Some(object) = waiting.pop() {
        match object {
            Object::Reference(id) => {
                if seen.insert(*id)
                    && let Ok(found) = document.get_object(*id)
                {
                    waiting.push(found);
                }
            }
            Object::Array(items) => waiting.extend(items),
            Object::Dictionary(dictionary) => waiting.extend(dictionary.iter().map(|(_, value)| value)),
            Object::Stream(stream) => waiting.extend(stream.dict.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    let hints = hints(document);
    document
        .objects
        .iter()
        .filter(|(id, object)| !seen.contains(*id) && !is_of_the_file(object) && Some(**id) != hints)
        .map(|(id, _)| *id)
        .collect()
}

/// The hints of a linearized file: its head names them by their place, and nothing leads to them (ISO 32000-2, annex F).
fn hints(document: &Document) -> Option<ObjectId> {
    let head = document.objects.values().filter_map(|object| object.as_dict().ok());
    let head = head.into_iter().find(|dictionary| dictionary.has(b"Linearized"))?;
    let place = head.get(b"H").and_then(Object::as_array).ok()?.first()?.as_i64().ok()?;
    let entries = document.reference_table.entries.iter();
    let mut here = entries.filter_map(|(number, entry)| match entry {
        XrefEntry::Normal { offset, generation } if i64::from(*offset) == place => {
            Some((*number, *generation))
        }
        _ => None,
    });
    here.next()
}

fn report(document: &Document, orphans: &[ObjectId], revisions: usize, answer: &mut Answer) {
    if let Some(first) = orphans.first() {
        let says_something = || orphans.iter().any(|id| document.get_object(*id).is_ok_and(can_say));
        // A file that was written to again leaves its old objects behind: that is a finding of its own already.
        let code =
            if revisions > 1 || !says_something() { codes::PDF_LEFT_BEHIND } else { codes::PDF_ORPHAN };
        answer.found(code, format!("{} objects, the first is {} {}", orphans.len(), first.0, first.1));
    }
}

/// True where an object has room for words: a stream, or a string anywhere in it.
fn can_say(object: &Object) -> bool {
    let mut waiting = vec![object];
    while let Some(object) = waiting.pop() {
        match object {
            Object::Stream(_) | Object::String(..) => return true,
            Object::Array(items) => waiting.extend(items),
            Object::Dictionary(dictionary) => waiting.extend(dictionary.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    false
}

/// What serves the file and not the document: packed objects, tables, the head of a linearized file, nothing at all.
fn is_of_the_file(object: &Object) -> bool {
    let kind = |dictionary: &Dictionary| {
        dictionary.has(b"Linearized")
            || matches!(dictionary.get(b"Type").and_then(Object::as_name), Ok(b"ObjStm" | b"XRef"))
    };
    match object {
        // Lengths of streams stand in objects of their own, and are taken in when the stream is read.
        Object::Null | Object::Integer(_) => true,
        Object::Dictionary(dictionary) => kind(dictionary),
        Object::Stream(stream) => kind(&stream.dict),
        _ => false,
    }
}

/// The tree of pages has no page twice, and as many as it says.
fn pages(document: &Document, answer: &mut Answer) {
    let Ok(root) = document.catalog().and_then(|catalog| catalog.get(b"Pages")) else {
        answer.found(codes::PDF_NO_PAGES, "catalog");
        return;
    };
    let mut seen = BTreeSet::new();
    let mut waiting = vec![root];
    let mut leaves = 0_usize;
    while let Some(node) = waiting.pop() {
        if let Object::Reference(id) = node
            && !seen.insert(*id)
        {
            answer.found(codes::PDF_LOOP, format!("pages, object {} {}", id.0, id.1));
            return;
        }
        let Ok(dictionary) = resolve(document, node).as_dict() else { continue };
        if dictionary.get(b"Type").and_then(Object::as_name).ok() == Some(b"Page") {
            page_keys(dictionary, node, answer);
        }
        match dictionary.get(b"Kids").map(|kids| resolve(document, kids)) {
            Ok(Object::Array(kids)) => waiting.extend(kids),
            _ => leaves = leaves.saturating_add(1),
        }
    }
    let says = resolve(document, root)
        .as_dict()
        .and_then(|root| root.get(b"Count"))
        .map(|count| resolve(document, count));
    let says = says.ok().and_then(|count| count.as_i64().ok()).and_then(|count| usize::try_from(count).ok());
    if leaves == 0 {
        answer.found(codes::PDF_NO_PAGES, "tree of pages");
    } else if says != Some(leaves) {
        answer.found(codes::PDF_PAGE_COUNT, format!("{leaves} pages in the tree"));
    }
}

/// What a page may have (ISO 32000-2, table 31, and PDF/X and PDF/A before it).
const PAGE_KEYS: &[&[u8]] = &[
    b"Type",
    b"Parent",
    b"LastModified",
    b"Resources",
    b"MediaBox",
    b"CropBox",
    b"BleedBox",
    b"TrimBox",
    b"ArtBox",
    b"BoxColorInfo",
    b"Contents",
    b"Rotate",
    b"Group",
    b"Thumb",
    b"B",
    b"Dur",
    b"Trans",
    b"Annots",
    b"AA",
    b"Metadata",
    b"PieceInfo",
    b"StructParents",
    b"ID",
    b"PZ",
    b"SeparationInfo",
    b"Tabs",
    b"TemplateInstantiated",
    b"PresSteps",
    b"UserUnit",
    b"VP",
    b"AF",
    b"OutputIntents",
    b"DPart",
    b"StructParent",
    b"Hid",
    // Belongs to resources; old writers put it here.
    b"ProcSet",
];

fn page_keys(page: &Dictionary, node: &Object, answer: &mut Answer) {
    let strange = page.iter().find(|(key, _)| !PAGE_KEYS.contains(&key.as_slice()));
    if let Some((key, _)) = strange {
        let id = node.as_reference().unwrap_or_default();
        answer.found(
            codes::PDF_PAGE_KEY,
            format!("object {} {}, {}", id.0, id.1, String::from_utf8_lossy(key)),
        );
    }
}

/// The tree of outlines has no entry twice.
fn outlines(document: &Document, answer: &mut Answer) {
    let Ok(root) = document.catalog().and_then(|catalog| catalog.get(b"Outlines")) else { return };
    let mut seen = BTreeSet::new();
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        if let Object::Reference(id) = node
            && !seen.insert(*id)
        {
            answer.found(codes::PDF_LOOP, format!("outlines, object {} {}", id.0, id.1));
            return;
        }
        let Ok(dictionary) = resolve(document, node).as_dict() else { continue };
        waiting.extend([b"First".as_slice(), b"Next"].iter().filter_map(|key| dictionary.get(key).ok()));
    }
}

/// Chains by one key, from every object that has it: actions, outlines, packed objects.
fn chains(document: &Document, key: &[u8], what: &str, answer: &mut Answer) {
    let mut done: BTreeSet<ObjectId> = BTreeSet::new();
    for id in document.objects.keys() {
        let (mut at, mut walked) = (*id, BTreeSet::new());
        while walked.len() < CHAIN_MAX && !done.contains(&at) {
            if !walked.insert(at) {
                answer.found(codes::PDF_LOOP, format!("{what} of object {} {}", at.0, at.1));
                return;
            }
            let dictionary = match document.get_object(at) {
                Ok(Object::Dictionary(dictionary)) => dictionary,
                Ok(Object::Stream(stream)) => &stream.dict,
                _ => break,
            };
            match dictionary.get(key) {
                Ok(Object::Reference(next)) => at = *next,
                _ => break,
            }
        }
        done.extend(walked);
    }
}
