//! What a document says beside its pages: the information about it, and its metadata packet.

use super::feature::resolve;
use crate::{Answer, codes};
use lopdf::{Document, Object};

/// Bytes that the metadata packet may unpack to.
const PACKET_BYTES_MAX: usize = 1 << 20;

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
    let packet = document.catalog().and_then(|catalog| catalog.get(b"Metadata"));
    if let Some(Object::Stream(stream)) = packet.ok().map(|packet| resolve(document, packet)) {
        let plain = match stream.dict.has(b"Filter") {
            true => stream.decompressed_content_with_limit(PACKET_BYTES_MAX).ok(),
            false => Some(stream.content.clone()).filter(|content| content.len() <= PACKET_BYTES_MAX),
        };
        match plain {
            Some(plain) => answer.says("metadata packet", readable(&plain)),
            None => answer.found(codes::TEXT_NOT_KEPT, "metadata packet"),
        }
    }
}

/// A text string (ISO 32000-2, 7.9.2.2): UTF-16 with its mark, or bytes of which the plain letters are those of ASCII.
fn readable(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let units = rest.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
