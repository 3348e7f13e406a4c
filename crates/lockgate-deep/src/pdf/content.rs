//! Content streams: nothing in them but operators with their operands (ISO 32000-2, 7.8.2 and annex A).

use super::feature::resolve;
use super::lexer::{Lexer, Token};
use crate::{Answer, codes};
use lopdf::{Document, Object, ObjectId, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes that one content stream may unpack to.
const CONTENT_BYTES_MAX: usize = 64 << 20;
/// Bytes of all strings of property lists that are kept.
const TEXTS_BYTES_MAX: usize = 1 << 20;

/// Every operator of the standard; `BX` and `EX` bracket others, and are a finding by themselves.
const OPERATORS: &[&[u8]] = &[
    b"b", b"B", b"b*", b"B*", b"BDC", b"BI", b"BMC", b"BT", b"c", b"cm", b"CS", b"cs", b"d", b"d0", b"d1",
    b"Do", b"DP", b"EI", b"EMC", b"ET", b"f", b"F", b"f*", b"G", b"g", b"gs", b"h", b"i", b"ID", b"j", b"J",
    b"K", b"k", b"l", b"m", b"M", b"MP", b"n", b"q", b"Q", b"re", b"RG", b"rg", b"ri", b"s", b"S", b"SC",
    b"sc", b"SCN", b"scn", b"sh", b"T*", b"Tc", b"Td", b"TD", b"Tf", b"Tj", b"TJ", b"TL", b"Tm", b"Tr",
    b"Ts", b"Tw", b"Tz", b"v", b"w", b"W", b"W*", b"y", b"'", b"\"", b"true", b"false", b"null",
];

/// What the content streams say and name, beside what is drawn.
#[derive(Default)]
struct Beside {
    /// Names that `Do` draws.
    drawn: BTreeSet<Vec<u8>>,
    /// Strings of property lists (`BDC`, `DP`): spoken texts, replaced texts, or anything.
    texts: String,
}

/// Reads the content of everything that draws; then what is there to be drawn, and is not.
pub(super) fn find(document: &Document, answer: &mut Answer) {
    let (mut beside, mut complete) = (Beside::default(), true);
    for id in content_streams(document) {
        let Ok(Object::Stream(stream)) = document.get_object(id) else { continue };
        let place = format!("object {} {}", id.0, id.1);
        match plain(stream) {
            Some(content) => read(&content, &place, &mut beside, answer),
            None => {
                complete = false;
                answer.found(codes::PDF_CONTENT_PACKED, place);
            }
        }
    }
    match beside.texts.len() > TEXTS_BYTES_MAX {
        true => answer.found(codes::TEXT_NOT_KEPT, "property lists of the pages"),
        false => answer.says("property lists of the pages", beside.texts),
    }
    if complete {
        undrawn(document, &beside.drawn, answer);
    }
}

/// Pictures and forms in the resources that no content draws under any of their names.
fn undrawn(document: &Document, drawn: &BTreeSet<Vec<u8>>, answer: &mut Answer) {
    let mut listed: BTreeMap<ObjectId, bool> = BTreeMap::new();
    let mut waiting: Vec<&Object> = document.objects.values().collect();
    while let Some(object) = waiting.pop() {
        let dictionary = match object {
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => &stream.dict,
            _ => continue,
        };
        waiting.extend(dictionary.iter().map(|(_, value)| value));
        let resources = dictionary.get(b"XObject").ok().map(|resources| resolve(document, resources));
        for (name, value) in resources.and_then(|resources| resources.as_dict().ok()).into_iter().flatten() {
            if let Ok(id) = value.as_reference() {
                *listed.entry(id).or_default() |= drawn.contains(name);
            }
        }
    }
    let undrawn: Vec<_> = listed.iter().filter(|(_, is_drawn)| !**is_drawn).map(|(id, _)| id).collect();
    if let Some(first) = undrawn.first() {
        let count = undrawn.len();
        answer.found(
            codes::PDF_UNDRAWN,
            format!("{count} objects, the first is object {} {}", first.0, first.1),
        );
    }
}

/// The streams that draw: contents of pages, forms, patterns, and letters that are drawings.
fn content_streams(document: &Document) -> BTreeSet<ObjectId> {
    let mut streams = BTreeSet::new();
    for (id, object) in &document.objects {
        match object {
            Object::Stream(stream)
                if stream.dict.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Form")
                    || stream.dict.has(b"PatternType") =>
            {
                streams.insert(*id);
            }
            Object::Dictionary(dictionary) if dictionary.has(b"CharProcs") => {
                let letters = dictionary.get(b"CharProcs").ok().map(|letters| resolve(document, letters));
                let letters = letters.and_then(|letters| letters.as_dict().ok());
                let letters = letters.into_iter().flatten();
                streams.extend(letters.filter_map(|(_, letter)| letter.as_reference().ok()));
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
fn read(content: &[u8], place: &str, beside: &mut Beside, answer: &mut Answer) {
    let mut lexer = Lexer::new(content, 0);
    let (mut comments, mut strange) = (0_usize, None);
    // How deep in property lists, and the last name outside of them.
    let (mut depth, mut last) = (0_usize, None);
    while let Some((token, span)) = lexer.next() {
        let written = content.get(span.clone()).unwrap_or(&[]);
        match token {
            Token::Comment(text) => comments = comments.saturating_add(text.len()),
            Token::Broken => strange = strange.or(Some(span.start)),
            Token::Open if written == b"<<" => depth = depth.saturating_add(1),
            Token::Close if written == b">>" => depth = depth.saturating_sub(1),
            Token::Text if depth > 0 && beside.texts.len() <= TEXTS_BYTES_MAX => {
                let text = super::lexer::string(written);
                beside.texts.push_str(&super::said::readable(&text));
                beside.texts.push('\n');
            }
            Token::Name(name) if depth == 0 => last = Some(name),
            Token::Word(b"Do") => beside.drawn.extend(last.map(super::lexer::name)),
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
        read(content, "here", &mut Beside::default(), &mut answer);
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

    #[test]
    fn what_is_said_beside_the_drawing_is_kept() {
        let mut beside = Beside::default();
        let content =
            b"/Span <</ActualText (a\\(b\\051\\\n)/E[<4\n142>]>> BDC (drawn) Tj EMC /X#31 Do /F1 12 Tf";
        read(content, "here", &mut beside, &mut Answer::default());
        assert_eq!(beside.texts, "a(b)\nAB\n");
        assert_eq!(beside.drawn, BTreeSet::from([b"X1".to_vec()]));
    }
}
