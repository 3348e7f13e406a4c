//! Content that no page shows, and what it says: looks of annotations in another state, forms and patterns under names that
//! nothing uses, layers that are off. All its strings are searched for words, those that it would draw too.

use super::content::{self, dictionaries};
use super::feature::{is_hidden, resolve};
use super::lexer::{self, Lexer, Token};
use super::said::readable;
use crate::{Answer, codes};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::BTreeSet;

/// Bytes of all strings of such content that are kept.
const STRINGS_BYTES_MAX: usize = 1 << 20;
/// Where such a string stands.
const PLACE: &str = "content that no page shows";
/// Thousandths of a letter's size: what moves the next letters by more stands for a blank.
const BLANK_IN_THOUSANDTHS: f32 = -180.0;

/// The looks of annotations (ISO 32000-2, 12.5.5) that no page shows: every look but the one that an annotation of a page has
/// where nobody touches it. They are told.
pub(super) fn looks(document: &Document, answer: &mut Answer) -> BTreeSet<ObjectId> {
    let mut all = BTreeSet::new();
    for dictionary in dictionaries(document) {
        let Some(looks) = inner(document, dictionary, b"AP") else { continue };
        for (_, look) in looks {
            all.extend(look.as_reference().ok().filter(|id| is_stream(document, *id)));
            let states = resolve(document, look).as_dict().ok();
            all.extend(states.into_iter().flatten().filter_map(|(_, state)| state.as_reference().ok()));
        }
    }
    if all.is_empty() {
        return all;
    }
    for id in shown(document) {
        all.remove(&id);
    }
    if let Some(first) = all.first() {
        let count = all.len();
        answer.found(
            codes::PDF_LOOK_UNSHOWN,
            format!("{count} looks, the first is object {} {}", first.0, first.1),
        );
    }
    all
}

/// The looks that pages show.
fn shown(document: &Document) -> BTreeSet<ObjectId> {
    let pages = dictionaries(document)
        .filter(|dictionary| dictionary.get(b"Type").and_then(Object::as_name).ok() == Some(b"Page"));
    let annotations = pages.filter_map(|page| resolve(document, page.get(b"Annots").ok()?).as_array().ok());
    let annotations = annotations.flatten().filter_map(|one| resolve(document, one).as_dict().ok());
    let seen = annotations.filter(|annotation| !is_hidden(document, annotation));
    seen.filter_map(|annotation| {
        let look = inner(document, annotation, b"AP")?.get(b"N").ok()?;
        match resolve(document, look) {
            Object::Dictionary(states) => {
                let state = resolve(document, annotation.get(b"AS").ok()?).as_name().ok()?;
                states.get(state).ok()?.as_reference().ok()
            }
            _ => look.as_reference().ok(),
        }
    })
    .collect()
}

fn inner<'a>(document: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
    resolve(document, dictionary.get(key).ok()?).as_dict().ok()
}

fn is_stream(document: &Document, id: ObjectId) -> bool {
    document.get_object(id).is_ok_and(|object| matches!(object, Object::Stream(_)))
}

/// Has every string of these streams searched.
pub(super) fn say(document: &Document, streams: &BTreeSet<ObjectId>, answer: &mut Answer) {
    let mut text = String::new();
    for id in streams {
        let Ok(Object::Stream(stream)) = document.get_object(*id) else { continue };
        // Pictures have no strings, and are not unpacked for that.
        if stream.dict.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Image") {
            continue;
        }
        // What cannot be unpacked is a finding already.
        let Some(content) = content::plain(document, stream) else { continue };
        text.push_str(&strings(&content, STRINGS_BYTES_MAX.saturating_sub(text.len())));
        if text.len() >= STRINGS_BYTES_MAX {
            return answer.found(codes::TEXT_NOT_KEPT, PLACE);
        }
    }
    answer.says(PLACE, text);
}

/// The strings of a content stream, one a line, and those of one list together, as they are drawn; a little more than so many
/// bytes at most.
pub(super) fn strings(content: &[u8], bytes_max: usize) -> String {
    let (mut lexer, mut text, mut in_list) = (Lexer::new(content, 0), String::new(), false);
    while let Some((token, span)) = lexer.next() {
        match token {
            Token::Text => {
                text.push_str(&readable(&lexer::string(content.get(span).unwrap_or(&[]))));
                if !in_list {
                    text.push('\n');
                }
            }
            Token::Open => in_list = content.get(span.start) == Some(&b'['),
            Token::Close if in_list => {
                in_list = false;
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
            }
            Token::Word(b"ID") => content::pass_over_pixels(&mut lexer),
            Token::Word(word) if in_list && moves_by_a_blank(word) => text.push(' '),
            _ => {}
        }
        if text.len() >= bytes_max {
            break;
        }
    }
    text
}

fn moves_by_a_blank(word: &[u8]) -> bool {
    let number = core::str::from_utf8(word).ok().and_then(|word| word.parse::<f32>().ok());
    number.is_some_and(|moved| moved <= BLANK_IN_THOUSANDTHS)
}

#[cfg(test)]
mod tests {
    use super::strings;

    #[test]
    fn strings_of_one_list_are_one() {
        let of = |content: &str| strings(content.as_bytes(), 1000);
        assert_eq!(of("(a) Tj <62> ' 1 2 (c) \""), "a\nb\nc\n");
        assert_eq!(of("[(TO) 20 (P) -250 (S) -3 (ECRET)] TJ (x) Tj"), "TOP SECRET\nx\n");
        assert_eq!(of("/Span <</E (y)>> BDC BI /W 1 ID (\u{1}) EI (x) Tj"), "y\nx\n");
        assert_eq!(strings(&b"(abc) Tj ".repeat(1000), 9).len(), 12);
    }
}
