//! What a document can do besides showing pages: every dictionary of every object is looked at, also those that were packed
//! into streams, with names as they mean and not as they are written.

use crate::{Answer, codes};
use lockgate_core::FindingCode;
use lopdf::{Dictionary, Document, Object, ObjectId};

/// Depth of dictionaries and arrays inside of one object.
const DEPTH_MAX: usize = 64;

/// Reports the features of every object.
pub(super) fn find(document: &Document, answer: &mut Answer) {
    if document.trailer.has(b"Encrypt") || document.encryption_state.is_some() {
        answer.found(codes::PDF_ENCRYPTED, "trailer");
    }
    if document.trailer.has(b"Info") {
        answer.found(codes::PDF_INFO, "trailer");
    }
    let trailer = Object::Dictionary(document.trailer.clone());
    let objects = document.objects.iter().map(|(id, object)| (Some(*id), object));
    for (id, object) in objects.chain([(None, &trailer)]) {
        // Dictionaries that wait to be looked at, each with its path and depth.
        let mut waiting = vec![(object, String::new(), 0_usize)];
        while let Some((object, path, depth)) = waiting.pop() {
            if depth > DEPTH_MAX {
                answer.found(codes::TOO_MANY, place(id, &path));
                continue;
            }
            let deeper = depth.saturating_add(1);
            let dictionary = match object {
                Object::Dictionary(dictionary) => dictionary,
                Object::Stream(stream) => {
                    external_stream(&stream.dict, id, answer);
                    &stream.dict
                }
                Object::Array(items) => {
                    waiting.extend(items.iter().map(|item| (item, path.clone(), deeper)));
                    continue;
                }
                _ => continue,
            };
            look(document, dictionary, &place(id, &path), answer);
            for (key, value) in dictionary {
                let key = String::from_utf8_lossy(key);
                waiting.push((value, format!("{path}/{key}"), deeper));
            }
        }
    }
}

/// An object by its number, or the trailer.
fn place(id: Option<ObjectId>, path: &str) -> String {
    let of = id.map_or_else(|| "trailer".to_owned(), |id| format!("object {} {}", id.0, id.1));
    if path.is_empty() { of } else { format!("{of}, {path}") }
}

/// Findings by the keys of one dictionary, and by what it says it is.
fn look(document: &Document, dictionary: &Dictionary, place: &str, answer: &mut Answer) {
    for (key, value) in dictionary {
        if let Some(code) = by_key(document, key, value) {
            answer.found(code, format!("{place}, {}", String::from_utf8_lossy(key)));
        }
    }
    if let Some(action) = name(document, dictionary, b"S").and_then(by_action) {
        answer.found(action, place);
    }
    if let Some(kind) = name(document, dictionary, b"Subtype").and_then(by_subtype) {
        answer.found(kind, place);
    }
    // Fields of forms, links and drawings of no known kind are annotations as well: what has a kind and a place on a page.
    let kind = name(document, dictionary, b"Subtype");
    let is_annotation =
        kind.is_some_and(|kind| dictionary.has(b"Rect") || by_subtype(kind) == Some(codes::PDF_ANNOTATION));
    if is_annotation && is_hidden(document, dictionary) {
        answer.found(codes::PDF_ANNOTATION_HIDDEN, place);
    }
    if opens_by_itself(document, dictionary) {
        answer.found(codes::PDF_AUTOMATIC, place);
    }
    if (dictionary.has(b"F") || dictionary.has(b"UF")) && is_file_elsewhere(document, dictionary) {
        answer.found(codes::PDF_FILE_ELSEWHERE, place);
    }
    if name(document, dictionary, b"FS") == Some(b"URL") {
        answer.found(codes::PDF_FILE_ELSEWHERE, place);
    }
    if hides_a_layer(document, dictionary) {
        answer.found(codes::PDF_LAYER_OFF, place);
    }
}

/// A list of layers that are off, a layer that is off unless something says otherwise, or content that is shown where layers are
/// off, or by an expression over layers, which some readers know and others do not (ISO 32000-2, 8.11.2.2).
fn hides_a_layer(document: &Document, dictionary: &Dictionary) -> bool {
    let off = dictionary.get(b"OFF").ok().and_then(|off| resolve(document, off).as_array().ok());
    let says = |key: &[u8], value: &[u8]| name(document, dictionary, key) == Some(value);
    let shown_when_off = says(b"P", b"AllOff") || says(b"P", b"AnyOff") || dictionary.has(b"VE");
    off.is_some_and(|off| !off.is_empty())
        || says(b"BaseState", b"OFF")
        || says(b"ViewState", b"OFF")
        || (says(b"Type", b"OCMD") && shown_when_off)
}

/// Keys that say all by themselves.
fn by_key(document: &Document, key: &[u8], value: &Object) -> Option<&'static FindingCode> {
    Some(match key {
        b"JS" | b"JavaScript" => codes::PDF_JAVASCRIPT,
        b"AA" => codes::PDF_AUTOMATIC,
        b"EmbeddedFiles" | b"EF" | b"Collection" | b"EmbeddedFDFs" => codes::PDF_EMBEDDED,
        b"XFA" => codes::PDF_XFA,
        b"RichMediaContent" | b"RichMediaSettings" | b"3DD" | b"Movie" | b"Sound" => codes::PDF_MEDIA,
        b"PieceInfo" => codes::PDF_PRIVATE,
        b"Thumb" => codes::PDF_THUMBNAIL,
        b"Metadata" => codes::PDF_METADATA,
        b"AcroForm" => codes::PDF_FORM,
        b"OPI" => codes::PDF_FILE_ELSEWHERE,
        b"Ref" if matches!(resolve(document, value), Object::Dictionary(_)) => codes::PDF_FILE_ELSEWHERE,
        b"ByteRange" => codes::PDF_SIGNATURE,
        b"OCProperties" => codes::PDF_LAYERS,
        b"SpiderInfo" => codes::PDF_ELSEWHERE,
        _ => return None,
    })
}

/// What an action does (ISO 32000-2, table 201).
fn by_action(action: &[u8]) -> Option<&'static FindingCode> {
    Some(match action {
        b"JavaScript" => codes::PDF_JAVASCRIPT,
        b"Launch" => codes::PDF_LAUNCH,
        b"GoToR" | b"GoToE" | b"Thread" | b"ImportData" => codes::PDF_FILE_ELSEWHERE,
        b"SubmitForm" => codes::PDF_SUBMIT,
        b"URI" => codes::PDF_LINK,
        b"ResetForm" | b"Hide" | b"SetOCGState" => codes::PDF_CHANGES_ITSELF,
        b"Rendition" | b"Sound" | b"Movie" | b"GoTo3DView" | b"RichMediaExecute" => codes::PDF_MEDIA,
        _ => return None,
    })
}

/// Annotations and pictures that are more than that.
fn by_subtype(subtype: &[u8]) -> Option<&'static FindingCode> {
    Some(match subtype {
        b"FileAttachment" => codes::PDF_EMBEDDED,
        b"RichMedia" | b"3D" | b"Movie" | b"Sound" | b"Screen" => codes::PDF_MEDIA,
        b"Redact" => codes::PDF_NOT_REDACTED,
        b"Text" | b"FreeText" | b"Popup" | b"Stamp" | b"Ink" | b"Highlight" | b"Underline" | b"Squiggly"
        | b"StrikeOut" | b"Caret" | b"Line" | b"Square" | b"Circle" | b"Polygon" | b"PolyLine" => {
            codes::PDF_ANNOTATION
        }
        b"PS" => codes::PDF_POSTSCRIPT,
        _ => return None,
    })
}

/// An action that runs when the document is opened and goes further than to a page of it.
fn opens_by_itself(document: &Document, dictionary: &Dictionary) -> bool {
    let Some(Object::Dictionary(action)) =
        dictionary.get(b"OpenAction").ok().map(|action| resolve(document, action))
    else {
        return false;
    };
    name(document, action, b"S").is_none_or(|kind| !matches!(kind, b"GoTo" | b"Named")) || action.has(b"Next")
}

/// A stream whose bytes stand in another file.
fn external_stream(dictionary: &Dictionary, id: Option<ObjectId>, answer: &mut Answer) {
    if dictionary.has(b"F") || dictionary.has(b"FFilter") {
        answer.found(codes::PDF_FILE_ELSEWHERE, place(id, ""));
    }
    let mut filters = Vec::new();
    match dictionary.get(b"Filter") {
        Ok(Object::Name(name)) => filters.push(name.as_slice()),
        Ok(Object::Array(names)) => filters.extend(names.iter().filter_map(|name| name.as_name().ok())),
        _ => {}
    }
    if filters.contains(&b"Crypt".as_slice()) {
        answer.found(codes::PDF_ENCRYPTED, place(id, ""));
    }
    if filters.len() > 3 {
        answer.found(codes::PDF_FILTERS, format!("{}, {} filters", place(id, ""), filters.len()));
    }
}

/// An annotation with flag 2, Hidden, or 6, NoView (ISO 32000-2, table 167).
pub(super) fn is_hidden(document: &Document, annotation: &Dictionary) -> bool {
    const HIDDEN_OR_NO_VIEW: i64 = 0b10_0010;
    let flags = annotation.get(b"F").ok().and_then(|flags| resolve(document, flags).as_i64().ok());
    flags.is_some_and(|flags| flags & HIDDEN_OR_NO_VIEW != 0)
}

/// A file specification that names a file without holding it: outside of the document, wherever that leads. What holds the
/// file has the same keys, with streams behind them instead of names.
fn is_file_elsewhere(document: &Document, dictionary: &Dictionary) -> bool {
    let names_a_file = |key: &[u8]| {
        dictionary.get(key).is_ok_and(|named| !matches!(resolve(document, named), Object::Stream(_)))
    };
    let is_specification =
        matches!(name(document, dictionary, b"Type"), Some(b"Filespec" | b"F")) || names_a_file(b"UF");
    is_specification && !dictionary.has(b"EF")
}

fn name<'a>(document: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a [u8]> {
    resolve(document, dictionary.get(key).ok()?).as_name().ok()
}

/// The object that a reference leads to; itself where it is none, or leads nowhere.
pub(super) fn resolve<'a>(document: &'a Document, object: &'a Object) -> &'a Object {
    document.dereference(object).map_or(object, |(_, found)| found)
}
