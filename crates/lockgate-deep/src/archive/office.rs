//! Office documents inside of an archive: OOXML (ECMA-376, parts 1 and 2) and OpenDocument (ISO/IEC 26300-2). They are told by
//! their own parts, never by a name of the file, and what they hold besides words is listed.

use crate::look::names_a_label;
use crate::{Answer, Form, codes};
use lockgate_core::FindingCode;

/// Looks at the parts of an archive, each with its name.
pub(super) fn look(parts: &[(&[u8], Vec<u8>)], answer: &mut Answer) {
    let named =
        |name: &[u8]| parts.iter().find(|(known, _)| *known == name).map(|(_, bytes)| bytes.as_slice());
    let open = named(b"mimetype").is_some_and(|kind| kind.starts_with(b"application/vnd.oasis.opendocument"));
    if !open && named(b"[Content_Types].xml").is_none() {
        return;
    }
    answer.found(codes::OFFICE, if open { "OpenDocument" } else { "Office Open XML" });
    for ((name, bytes), number) in parts.iter().zip(1_usize..) {
        let place = format!("entry {number}");
        let lower = name.to_ascii_lowercase();
        if let Some(code) = by_name(&lower) {
            answer.found(code, place.clone());
        }
        for (word, code) in
            WORDS.iter().filter(|(word, _)| memchr::memmem::find(bytes, word.as_bytes()).is_some())
        {
            answer.found(code, format!("{place}, {word}"));
        }
        if lower.ends_with(b".rels") {
            relations(bytes, &place, answer);
        }
        // A part that is no plain text, such as one in two bytes a letter, says nothing as a file of its own.
        if Form::of(bytes) != Some(Form::Text) && names_a_label(bytes) {
            answer.found(codes::LABEL_INSIDE, place.clone());
        }
        if lower.ends_with(b".xml") {
            answer.says(&format!("words of {place}"), words(bytes));
        }
    }
}

/// What a part is for, by its name in lower case.
fn by_name(name: &[u8]) -> Option<&'static FindingCode> {
    let has = |part: &[u8]| memchr::memmem::find(name, part).is_some();
    Some(match name {
        _ if has(b"vbaproject")
            || has(b"vbadata")
            || has(b"macrosheets/")
            || name.starts_with(b"basic/")
            || name.starts_with(b"scripts/") =>
        {
            codes::OFFICE_MACRO
        }
        _ if has(b"activex/") || has(b"ctrlprops/") => codes::OFFICE_ACTIVE,
        _ if has(b"embeddings/")
            || has(b"oleobject")
            || name.starts_with(b"object ")
            || has(b"objectreplacements/") =>
        {
            codes::OFFICE_EMBEDDED
        }
        _ if has(b"customxml/") || name == b"docprops/custom.xml" => codes::OFFICE_CUSTOM,
        _ if name.starts_with(b"docprops/") || name == b"meta.xml" || has(b"thumbnails/") => {
            codes::OFFICE_PROPERTIES
        }
        _ if has(b"comments") || has(b"people.xml") || has(b"notesslides/") => codes::OFFICE_COMMENTS,
        _ if has(b"printersettings") => codes::OFFICE_PROPERTIES,
        _ => return None,
    })
}

/// What the words of a part say of it.
const WORDS: &[(&str, &FindingCode)] = &[
    ("macroEnabled", codes::OFFICE_MACRO),
    ("DDEAUTO", codes::OFFICE_ACTIVE),
    ("<w:ins ", codes::OFFICE_REVISION),
    ("<w:del ", codes::OFFICE_REVISION),
    ("<w:moveFrom ", codes::OFFICE_REVISION),
    ("text:tracked-changes", codes::OFFICE_REVISION),
    ("<w:vanish", codes::OFFICE_HIDDEN),
    ("state=\"hidden\"", codes::OFFICE_HIDDEN),
    ("state=\"veryHidden\"", codes::OFFICE_HIDDEN),
    ("text:display=\"none\"", codes::OFFICE_HIDDEN),
    (" show=\"0\"", codes::OFFICE_HIDDEN),
];

/// Relations that lead out of the document: a link that a reader follows, or something that is fetched unasked.
fn relations(bytes: &[u8], place: &str, answer: &mut Answer) {
    for relation in bytes.split(|byte| *byte == b'<') {
        let says = |word: &str| memchr::memmem::find(relation, word.as_bytes()).is_some();
        if says("TargetMode=\"External\"") || says("TargetMode='External'") {
            let code = if says("/hyperlink") { codes::OFFICE_LINK } else { codes::OFFICE_ELSEWHERE };
            answer.found(code, place);
        }
    }
}

/// The text of an XML part without its tags: a word that is cut by them is whole again.
fn words(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    let mut is_inside = false;
    for byte in bytes {
        match byte {
            b'<' => is_inside = true,
            b'>' => is_inside = false,
            _ if !is_inside => text.push(*byte),
            _ => {}
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}
