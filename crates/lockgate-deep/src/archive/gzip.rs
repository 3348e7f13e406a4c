//! gzip (RFC 1952): one member, its head, its data, its checksum and its length.

use super::{Packed, unpack};
use crate::inside::{self, FILE_BYTES_MAX};
use crate::look::Inside;
use crate::{Answer, codes};

/// Walks the file.
pub(crate) fn walk(object: &[u8], inside: Inside, answer: &mut Answer) {
    let Some(data_at) = head(object, answer) else {
        answer.found(codes::CUT_OFF, "head");
        return;
    };
    let data = object.get(data_at..).unwrap_or(&[]);
    let (bytes, taken) = match unpack(data, FILE_BYTES_MAX) {
        Ok(unpacked) => unpacked,
        Err(Packed::TooLarge) => return answer.found(codes::ARCHIVE_BOMB, "the data"),
        Err(Packed::Broken) => return answer.found(codes::NOT_OF_ITS_FORM, "the data"),
    };
    let end = data_at.saturating_add(taken);
    let word = |at: usize| object.get(at..)?.first_chunk::<4>().map(|word| u32::from_le_bytes(*word));
    let said = word(end).zip(word(end.saturating_add(4)));
    let is = (crc32fast::hash(&bytes), u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    match said {
        None => answer.found(codes::CUT_OFF, "checksum and length"),
        Some(said) if said != is => answer.found(codes::ARCHIVE_CHECKSUM, "checksum or length"),
        Some(_) => {}
    }
    let end = end.saturating_add(8);
    let rest = object.get(end..).unwrap_or(&[]);
    if rest.starts_with(&[0x1F, 0x8B]) {
        answer.found(codes::ARCHIVE_TWO_VIEWS, format!("a second member at byte {end}"));
    } else if !rest.is_empty() {
        answer.found(codes::TRAILING, format!("{} bytes from byte {end}", rest.len()));
    }
    if inside::goes_on(1, inside, answer) {
        inside::look(&bytes, "the data", inside, answer);
    }
}

/// Where the data begins.
fn head(object: &[u8], answer: &mut Answer) -> Option<usize> {
    let [_, _, _, flags, ..] = *object.get(..10)? else { return None };
    let mut at = 10_usize;
    if flags & 0xE0 != 0 {
        answer.found(codes::NOT_OF_ITS_FORM, "reserved flags");
    }
    if flags & 4 != 0 {
        let length = u16::from_le_bytes(*object.get(at..)?.first_chunk()?);
        answer.found(codes::ARCHIVE_EXTRA, format!("{length} bytes"));
        at = at.checked_add(2)?.checked_add(usize::from(length))?;
    }
    for (flag, what) in [(8, "name"), (16, "comment")] {
        if flags & flag != 0 {
            let length = object.get(at..)?.iter().position(|byte| *byte == 0)?;
            answer.found(codes::ARCHIVE_COMMENT, format!("{what}, {length} bytes"));
            answer.says_bytes(what, object.get(at..at.checked_add(length)?)?);
            at = at.checked_add(length)?.checked_add(1)?;
        }
    }
    if flags & 2 != 0 {
        at = at.checked_add(2)?;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    fn gzip(flags: u8, more: &[u8], data: &[u8], end: &[u8]) -> Vec<u8> {
        let packed = miniz_oxide::deflate::compress_to_vec(data, 6);
        let length = u32::try_from(data.len()).unwrap();
        let head = [0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 3];
        let sum = crc32fast::hash(data).to_le_bytes();
        [&head[..], more, &packed, &sum, &length.to_le_bytes(), end].concat()
    }

    fn names(object: &[u8]) -> Vec<&'static str> {
        let found = crate::look(object).findings;
        let names = found.iter().map(|finding| finding.code.name);
        names.filter(|name| *name != "form.inside").collect()
    }

    #[test]
    fn the_member_is_all_there_is() {
        assert_eq!(names(&gzip(0, b"", b"words", b"")), [""; 0]);
        assert_eq!(names(&gzip(8, b"name\0", b"words", b"")), ["archive.comment"]);
        assert_eq!(names(&gzip(4, b"\x02\0ab", b"words", b"")), ["archive.extra"]);
        assert_eq!(names(&gzip(0, b"", b"words", b"tail")), ["form.trailing"]);
        let two = gzip(0, b"", b"words", &gzip(0, b"", b"more", b""));
        assert_eq!(names(&two), ["archive.two-views"]);
        assert_eq!(names(&gzip(0, b"", b"#!/bin/sh", b"")), ["form.program"]);
        let mut wrong = gzip(0, b"", b"words", b"");
        let last = wrong.len() - 6;
        wrong[last] ^= 1;
        assert_eq!(names(&wrong), ["archive.checksum"]);
        let whole = gzip(8, b"name\0", b"words", b"");
        for end in 10..whole.len() {
            assert!(!names(&whole[..end]).is_empty(), "cut at {end}");
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked_and_a_nest_ends() {
        let bomb = gzip(0, b"", &vec![0; (32 << 20) + 1], b"");
        assert_eq!(names(&bomb), ["archive.bomb"]);
        let mut nest = b"words".to_vec();
        for _ in 0..6 {
            nest = gzip(0, b"", &nest, b"");
        }
        assert!(names(&nest).contains(&"form.too-many"));
    }
}
