//! Keys that a dictionary has twice, which the standard forbids (ISO 32000-2, 7.3.7): one reader takes the first and another the
//! last. The second reader keeps one of them only, so the file is looked at as it is written, its packed objects too.

use super::lexer::{Lexer, Token, name};
use super::raw::Raw;
use super::unpack::Room;
use crate::{Answer, codes};
use lopdf::{Document, Object};
use std::collections::BTreeSet;

/// Dictionaries and arrays inside of each other that are followed, and keys of one dictionary.
const DEPTH_MAX: usize = 256;
const KEYS_MAX: usize = 65_536;
/// Bytes that all packed objects together may unpack to here.
const UNPACKED_BYTES_MAX: usize = 64 << 20;
/// Keys of a picture inside of content, short and whole (table 91).
const SHORT: &[(&[u8], &[u8])] = &[
    (b"BPC", b"BitsPerComponent"),
    (b"CS", b"ColorSpace"),
    (b"D", b"Decode"),
    (b"DP", b"DecodeParms"),
    (b"F", b"Filter"),
    (b"H", b"Height"),
    (b"IM", b"ImageMask"),
    (b"I", b"Interpolate"),
    (b"L", b"Length"),
    (b"W", b"Width"),
];

/// Looks at every object of the file, at its trailers, and at what is packed into streams.
pub(super) fn find(file: &[u8], raw: &Raw, document: &Document, answer: &mut Answer) {
    let nexts = raw.objects.iter().skip(1).map(|object| object.at).chain([file.len()]);
    for (object, next) in raw.objects.iter().zip(nexts) {
        let end = object.stream.as_ref().map_or(next, |stream| stream.begin);
        let place = || format!("object {} {}", object.number, object.generation);
        look(file.get(..end).unwrap_or(&[]), object.at, b"endobj", place, answer);
    }
    for trailer in &raw.trailers {
        look(file.get(..trailer.end).unwrap_or(&[]), trailer.start, b"", || "the trailer".into(), answer);
    }
    let mut room = Room::of(UNPACKED_BYTES_MAX);
    for (id, object) in &document.objects {
        let Ok(stream) = object.as_stream() else { continue };
        if stream.dict.get(b"Type").and_then(Object::as_name).ok() != Some(b"ObjStm") {
            continue;
        }
        let place = || format!("objects that are packed into object {} {}", id.0, id.1);
        let packed = room.unpacked(document, stream);
        if let Some(packed) = &packed {
            look(&packed.bytes, 0, b"", place, answer);
        }
        if !packed.is_some_and(|packed| packed.is_whole) {
            answer.found(codes::TEXT_NOT_KEPT, place());
        }
    }
}

/// Tells the first key that its dictionary has twice, before the word that ends all; and dictionaries that were not followed.
fn look(bytes: &[u8], from: usize, end: &[u8], place: impl Fn() -> String, answer: &mut Answer) {
    let mut keys = Keys::default();
    if let Some(at) = first_of(bytes, from, end, &mut keys) {
        answer.found(codes::PDF_KEY_TWICE, format!("{} at byte {at}", place()));
    }
    if keys.too_many {
        answer.found(codes::TOO_MANY, format!("keys or dictionaries in each other, {}", place()));
    }
}

fn first_of(bytes: &[u8], from: usize, end: &[u8], keys: &mut Keys) -> Option<usize> {
    let mut lexer = Lexer::new(bytes, from);
    while let Some((token, span)) = lexer.next() {
        if keys.is_twice(token, bytes.get(span.start..span.end).unwrap_or(&[])) {
            return Some(span.start);
        }
        if token == Token::Word(end) {
            break;
        }
    }
    None
}

/// What is open at one place of a text, token by token.
#[derive(Default)]
pub(super) struct Keys {
    open: Vec<Open>,
    /// Those deeper than are followed.
    deeper: usize,
    /// Some were deeper, or had more keys.
    pub(super) too_many: bool,
}

enum Open {
    List,
    Dictionary { keys: BTreeSet<Vec<u8>>, awaits_value: bool },
}

impl Keys {
    /// At the beginning of a picture inside of content, whose keys stand in no brackets.
    pub(super) fn of_picture() -> Self {
        Self {
            open: vec![Open::Dictionary { keys: BTreeSet::new(), awaits_value: false }],
            ..Self::default()
        }
    }

    /// True for a picture's key that it has already, by its short name or the whole one.
    pub(super) fn is_twice_in_picture(&mut self, token: Token<'_>, written: &[u8]) -> bool {
        let whole = |short: &[u8]| SHORT.iter().find(|(own, _)| *own == short).map(|(_, whole)| *whole);
        match token {
            Token::Name(short) if self.open.len() == 1 => match whole(&name(short)) {
                Some(whole) => self.is_twice(Token::Name(whole), written),
                None => self.is_twice(token, written),
            },
            _ => self.is_twice(token, written),
        }
    }

    /// True for a key that its dictionary has already.
    pub(super) fn is_twice(&mut self, token: Token<'_>, written: &[u8]) -> bool {
        match token {
            Token::Open if self.deeper > 0 || self.open.len() >= DEPTH_MAX => {
                self.deeper = self.deeper.saturating_add(1);
                self.too_many = true;
            }
            Token::Open if written.starts_with(b"<<") => {
                self.open.push(Open::Dictionary { keys: BTreeSet::new(), awaits_value: false });
            }
            Token::Open => self.open.push(Open::List),
            Token::Close if self.deeper > 0 => self.deeper = self.deeper.saturating_sub(1),
            Token::Close => {
                self.open.pop();
                self.value();
            }
            Token::Name(key) if self.deeper == 0 => {
                if let Some(Open::Dictionary { keys, awaits_value }) = self.open.last_mut() {
                    *awaits_value = !*awaits_value;
                    self.too_many |= keys.len() >= KEYS_MAX;
                    return *awaits_value && keys.len() < KEYS_MAX && !keys.insert(name(key));
                }
            }
            Token::Word(_) | Token::Text if self.deeper == 0 => self.value(),
            _ => {}
        }
        false
    }

    /// A value ends: what follows in its dictionary is a key, or the rest of a reference.
    fn value(&mut self) {
        if let Some(Open::Dictionary { awaits_value, .. }) = self.open.last_mut() {
            *awaits_value = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_twice_where_its_dictionary_has_it_twice() {
        let twice = |text: &str| first_of(text.as_bytes(), 0, b"", &mut Keys::default());
        for text in [
            "<</A 1/B 2 0 R/C/A/D[/A/A<</A 1>>]/E<</A 1>>/F(/A)/G null>>",
            "<</A/A/B/B>><</A 1>>",
            "/A/A[/A/A]",
            "<</A 1% /A 2\n>>",
            "",
        ] {
            assert_eq!(twice(text), None, "{text}");
        }
        for (text, at) in [
            ("<</A 1/A 2>>", 6),
            ("<</A 1 0 R/B<</C[]>>/A 2>>", 20),
            ("[<</B<</C 1/#43 2>>>>]", 11),
            ("<</A/A/A/A>>", 6),
            ("<</A[<</A 1>>]/B()/A 1>>", 18),
        ] {
            assert_eq!(twice(text), Some(at), "{text}");
        }
        let deep = |inner: &str| format!("{}{inner}{}", "<</A".repeat(300), ">>".repeat(300));
        assert_eq!(twice(&deep("<</B 1/B 1>>")), None, "deeper than is followed");
        assert!(twice(&format!("<</B {}/B 1>>", deep("1"))).is_some());
        let too_many = |text: &str| {
            let mut keys = Keys::default();
            first_of(text.as_bytes(), 0, b"", &mut keys);
            keys.too_many
        };
        let many: String = (0..70_000).map(|key| format!("/{key} 1")).collect();
        assert!(too_many(&deep("1")) && too_many(&format!("<<{many}>>")) && !too_many("<</A[<<>>]>>"));
    }

    #[test]
    fn a_picture_has_a_key_twice_by_either_of_its_names() {
        let twice = |text: &str| {
            let (mut lexer, mut keys) = (Lexer::new(text.as_bytes(), 0), Keys::of_picture());
            core::iter::from_fn(|| lexer.next())
                .any(|(token, span)| keys.is_twice_in_picture(token, &text.as_bytes()[span]))
        };
        assert!(!twice("/W 1/H 1/CS/W/F[/AHx/F]/DP<</W 1/Width 2>>"));
        for text in ["/W 1/H 1/Width 2", "/F/AHx/Filter/A85", "/Q 1/Q 2"] {
            assert!(twice(text), "{text}");
        }
    }
}
