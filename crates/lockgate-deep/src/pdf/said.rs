//! What a document says beside its pages: the information about it, its metadata packet, and every string of its objects:
//! annotations, fields of forms, bookmarks, names.

use super::feature::resolve;
use super::unpack::{Room, unpacked};
use crate::{Answer, codes};
use lopdf::{Document, Object, ObjectId};

/// Bytes that the metadata packet of the document may unpack to, and so many those of its parts together.
const PACKET_BYTES_MAX: usize = 1 << 20;
/// Bytes of all strings that are kept.
const STRINGS_BYTES_MAX: usize = 2 << 20;

/// Takes the texts into the answer.
pub(super) fn find(document: &Document, answer: &mut Answer) {
    let information = document.trailer.get(b"Info").ok().map(|info| resolve(document, info));
    if let Some(Object::Dictionary(information)) = information {
        for (key, value) in information {
            let place = format!("document information, {}", String::from_utf8_lossy(key));
            if let Object::String(bytes, _) = resolve(document, value) {
                answer.says(&place, readable(bytes));
            }
        }
    }
    strings(document, answer);
    let packet = document.catalog().and_then(|catalog| catalog.get(b"Metadata")).ok();
    if let Some(Object::Stream(stream)) = packet.map(|packet| resolve(document, packet)) {
        match unpacked(document, stream, PACKET_BYTES_MAX) {
            Some(plain) => {
                if !plain.is_whole {
                    answer.found(codes::TEXT_NOT_KEPT, "metadata packet");
                }
                answer.says("metadata packet", readable(&plain.bytes));
            }
            None => answer.found(codes::TEXT_NOT_KEPT, "metadata packet"),
        }
    }
    packets(document, packet.and_then(|packet| packet.as_reference().ok()), answer);
}

/// The packets of pages, pictures and whatever else has one, as one text: all but that of the document.
fn packets(document: &Document, of_document: Option<ObjectId>, answer: &mut Answer) {
    let (mut text, mut room) = (String::new(), Room::of(PACKET_BYTES_MAX));
    for (id, object) in document.objects.iter().filter(|(id, _)| Some(**id) != of_document) {
        let Object::Stream(stream) = object else { continue };
        if stream.dict.get(b"Type").and_then(Object::as_name).ok() != Some(b"Metadata") {
            continue;
        }
        let plain = room.unpacked(document, stream);
        if !plain.as_ref().is_some_and(|plain| plain.is_whole) {
            answer.found(codes::TEXT_NOT_KEPT, format!("metadata packet of object {} {}", id.0, id.1));
        }
        text.extend(plain.map(|plain| readable(&plain.bytes)));
        text.push('\n');
    }
    answer.says("metadata packets of parts", text);
}

/// Every string of every object, as one text: what is in none of the places that have a name.
fn strings(document: &Document, answer: &mut Answer) {
    let mut text = String::new();
    for object in document.objects.values() {
        let mut waiting = vec![object];
        while let Some(object) = waiting.pop() {
            match object {
                Object::String(bytes, _) if text.len() <= STRINGS_BYTES_MAX => {
                    text.push_str(&readable(bytes));
                    text.push('\n');
                }
                Object::Array(items) => waiting.extend(items),
                Object::Dictionary(dictionary) => waiting.extend(dictionary.iter().map(|(_, value)| value)),
                Object::Stream(stream) => waiting.extend(stream.dict.iter().map(|(_, value)| value)),
                _ => {}
            }
        }
    }
    match text.len() > STRINGS_BYTES_MAX {
        true => answer.found(codes::TEXT_NOT_KEPT, "strings of the document"),
        false => answer.says("strings of the document", text),
    }
}

/// A text string (ISO 32000-2, 7.9.2.2): UTF-16 with its mark, or bytes of which the plain letters are those of ASCII.
pub(super) fn readable(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let units = rest.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
