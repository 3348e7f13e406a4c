//! Content streams: nothing in them but operators with their operands (ISO 32000-2, 7.8.2 and annex A).

use super::feature::resolve;
use super::lexer::{Lexer, Token};
use crate::{Answer, codes};
use lopdf::{Document, Object, ObjectId, Stream};
use std::collections::BTreeSet;

/// Bytes that one content stream may unpack to.
const CONTENT_BYTES_MAX: usize = 64 << 20;

/// Every operator of the standard; `BX` and `EX` bracket others, and are a finding by themselves.
const OPERATORS: &[&[u8]] = &[
    b"b", b"B", b"b*", b"B*", b"BDC", b"BI", b"BMC", b"BT", b"c", b"cm", b"CS", b"cs", b"d", b"d0", b"d1",
    b"Do", b"DP", b"EI", b"EMC", b"ET", b"f", b"F", b"f*", b"G", b"g", b"gs", b"h", b"i", b"ID", b"j", b"J",
    b"K", b"k", b"l", b"m", b"M", b"MP", b"n", b"q", b"Q", b"re", b"RG", b"rg", b"ri", b"s", b"S", b"SC",
    b"sc", b"SCN", b"scn", b"sh", b"T*", b"Tc", b"Td", b"TD", b"Tf", b"Tj", b"TJ", b"TL", b"Tm", b"Tr",
    b"Ts", b"Tw", b"Tz", b"v", b"w", b"W", b"W*", b"y", b"'", b"\"", b"true", b"false", b"null",
];

/// Reads the content of every page and every form.
pub(super) fn find(document: &Document, answer: &mut Answer) {
    for id in content_streams(document) {
        let Ok(Object::Stream(stream)) = document.get_object(id) else { continue };
        let place = format!("object {} {}", id.0, id.1);
        match plain(stream) {
            Some(content) => read(&content, &place, answer),
            None => answer.found(codes::PDF_CONTENT_PACKED, place),
        }
    }
}

/// The streams that draw: contents of pages, and forms.
fn content_streams(document: &Document) -> BTreeSet<ObjectId> {
    let mut streams = BTreeSet::new();
    for (id, object) in &document.objects {
        match object {
            Object::Stream(stream)
                if stream.dict.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Form") =>
            {
                streams.insert(*id);
            }
            Object::Dictionary(dictionary)
                if dictionary.get(b"Type").and_then(Object::as_name).ok() == Some(b"Page") =>
            {
                match dictionary.get(b"Contents") {
                    Ok(Object::Reference(one)) => {
                        streams.insert(*one);
                        // It may lead to a list.
                        if let Ok(Object::Array(list)) = document.get_object(*one) {
                            streams.extend(list.iter().filter_map(|item| item.as_reference().ok()));
                        }
                    }
                    Ok(list) => {
                        if let Ok(list) = resolve(document, list).as_array() {
                            streams.extend(list.iter().filter_map(|item| item.as_reference().ok()));
                        }
                    }
                    Err(_) => {}
                }
            }
            _ => {}
        }
    }
    streams
}

/// The bytes of a stream without its filters; `None` where they cannot be had within the limit.
fn plain(stream: &Stream) -> Option<Vec<u8>> {
    if !stream.dict.has(b"Filter") {
        return Some(stream.content.clone());
    }
    stream.decompressed_content_with_limit(CONTENT_BYTES_MAX).ok()
}

/// Reads one stream; the first of each kind of thing that does not belong is reported.
fn read(content: &[u8], place: &str, answer: &mut Answer) {
    let mut lexer = Lexer::new(content, 0);
    let (mut comments, mut strange) = (0_usize, None);
    while let Some((token, span)) = lexer.next() {
        match token {
            Token::Comment(text) => comments = comments.saturating_add(text.len()),
            Token::Broken => strange = strange.or(Some(span.start)),
            Token::Word(b"ID") => pass_over_pixels(&mut lexer),
            Token::Word(word) if !is_number(word) && !OPERATORS.contains(&word) => {
                strange = strange.or(Some(span.start));
            }
            _ => {}
        }
    }
    if let Some(at) = strange {
        answer.found(codes::PDF_CONTENT, format!("{place}, byte {at} of its content"));
    }
    if comments > 0 {
        answer.found(codes::PDF_CONTENT_COMMENT, format!("{place}, {comments} bytes"));
    }
}

/// The pixels of a picture inside the content: up to `EI` between white space.
fn pass_over_pixels(lexer: &mut Lexer<'_>) {
    let from = lexer.at();
    let rest = lexer.rest();
    let end = rest.windows(4).position(|part| {
        matches!(part, [before, b'E', b'I', after]
            if super::lexer::is_blank(*before) && super::lexer::is_blank(*after))
    });
    let length = match end {
        Some(end) => end.saturating_add(1),
        None if rest.ends_with(b"EI") => rest.len().saturating_sub(2),
        None => rest.len(),
    };
    lexer.go_to(from.saturating_add(length));
}

/// A number as the standard writes it; some writers put two signs or a sign inside, which readers take as one.
fn is_number(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit)
        && word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(content: &[u8]) -> Vec<&'static str> {
        let mut answer = Answer::default();
        read(content, "here", &mut answer);
        answer.findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn operators_and_nothing_else() {
        assert_eq!(names(b"q 1 0 0 -.5 0 0 cm BT /F1 12 Tf (words) Tj [(a) -3 (b)] TJ T* ET Q"), [""; 0]);
        assert_eq!(names(b"BI /W 2 /H 2 /BPC 8 /CS /G ID \x01\xFFEI%\xFE EI Q"), [""; 0]);
        assert_eq!(names(b"q garbage Q"), ["pdf.content"]);
        assert_eq!(names(b"q \x01 Q"), ["pdf.content"]);
        assert_eq!(names(b"q (open"), ["pdf.content"]);
        assert_eq!(names(b"q % hidden words\nQ"), ["pdf.content-comment"]);
    }
}
