//! tar (POSIX.1-2024, ustar interchange format; the extended headers of pax): heads and data in blocks of 512 bytes, and zeros to
//! the end.

use super::stays_inside;
use crate::inside::{self, FILES_MAX};
use crate::look::Inside;
use crate::{Answer, codes};
use std::collections::BTreeSet;

const BLOCK: usize = 512;

/// Walks the archive.
pub(crate) fn walk(object: &[u8], inside: Inside, answer: &mut Answer) {
    let (mut at, mut number, mut names) = (0_usize, 0_usize, BTreeSet::new());
    loop {
        let Some(block) = object.get(at..).and_then(|rest| rest.get(..BLOCK)) else {
            answer.found(codes::CUT_OFF, format!("head at byte {at}"));
            return;
        };
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        number = number.saturating_add(1);
        if number > FILES_MAX {
            inside::goes_on(number, inside, answer);
            return;
        }
        let place = format!("entry {number}");
        let Some(head) = Head::read(block) else {
            answer.found(codes::NOT_OF_ITS_FORM, format!("{place}, head at byte {at}"));
            return;
        };
        let data_at = at.saturating_add(BLOCK);
        let end = data_at.saturating_add(head.size);
        let next = end.div_ceil(BLOCK).saturating_mul(BLOCK);
        let (Some(data), Some(padding)) = (object.get(data_at..end), object.get(end..next)) else {
            answer.found(codes::CUT_OFF, place);
            return;
        };
        if padding.iter().any(|byte| *byte != 0) {
            answer.found(codes::UNOWNED, format!("behind {place} from byte {end}"));
        }
        if !stays_inside(&head.name) || !names.insert(head.name.to_ascii_lowercase()) {
            answer.found(codes::ARCHIVE_NAME, place.clone());
        }
        match head.kind {
            b'0' | 0 => {
                if inside::goes_on(number, inside, answer) {
                    inside::look(data, &place, inside, answer);
                }
            }
            b'5' if data.is_empty() => {}
            // Links, devices and pipes do something when they are unpacked.
            b'1'..=b'4' | b'6' => answer.found(codes::ARCHIVE_LINK, place),
            // Extended headers, long names and everything else: other readers take other names from them.
            _ => {
                answer.found(codes::ARCHIVE_EXTRA, place.clone());
                answer.says_bytes(&place, data);
            }
        }
        at = next;
    }
    let rest = object.get(at..).unwrap_or(&[]);
    if let Some(hidden) = rest.iter().position(|byte| *byte != 0) {
        answer.found(codes::TRAILING, format!("from byte {}", at.saturating_add(hidden)));
    }
}

/// The head of an entry.
struct Head {
    name: Vec<u8>,
    size: usize,
    kind: u8,
}

impl Head {
    /// `None` where the checksum is wrong, or a number is none.
    fn read(block: &[u8]) -> Option<Self> {
        let field = |from: usize, to: usize| block.get(from..to);
        let sum: usize = block.iter().map(|byte| usize::from(*byte)).sum();
        let own: usize = field(148, 156)?.iter().map(|byte| usize::from(*byte)).sum();
        // The checksum counts as blanks while it is made.
        if octal(field(148, 156)?)? != sum.checked_sub(own)?.checked_add(8 * 32)? {
            return None;
        }
        let text = |field: &[u8]| field.iter().copied().take_while(|byte| *byte != 0).collect::<Vec<u8>>();
        let (prefix, name) = (text(field(345, 500)?), text(field(0, 100)?));
        let name = if prefix.is_empty() { name } else { [&prefix[..], b"/", &name].concat() };
        Some(Self { name, size: octal(field(124, 136)?)?, kind: *block.get(156)? })
    }
}

/// Octal digits, then blanks and zeros.
fn octal(field: &[u8]) -> Option<usize> {
    let digits = field.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let (digits, rest) = field.split_at_checked(digits)?;
    if digits.is_empty() || rest.iter().any(|byte| !matches!(byte, b' ' | 0)) {
        return None;
    }
    digits.iter().try_fold(0_usize, |sum, digit| {
        sum.checked_mul(8)?.checked_add(usize::from(digit.wrapping_sub(b'0')))
    })
}

#[cfg(test)]
mod tests {
    fn entry(name: &str, kind: u8, data: &[u8], padding: u8) -> Vec<u8> {
        let mut head = vec![0; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
        head[148..156].copy_from_slice(b"        ");
        head[156] = kind;
        head[257..263].copy_from_slice(b"ustar\0");
        let sum: usize = head.iter().map(|byte| usize::from(*byte)).sum();
        head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let fill = data.len().next_multiple_of(512) - data.len();
        [&head[..], data, &vec![padding; fill]].concat()
    }

    fn tar(entries: &[Vec<u8>], end: &[u8]) -> Vec<u8> {
        [&entries.concat()[..], &[0; 1024], end].concat()
    }

    fn names(object: &[u8]) -> Vec<&'static str> {
        let found = crate::look(object).findings;
        let names = found.iter().map(|finding| finding.code.name);
        names.filter(|name| *name != "form.inside").collect()
    }

    #[test]
    fn every_entry_is_looked_into() {
        let one = |name: &str, kind: u8, data: &[u8]| names(&tar(&[entry(name, kind, data, 0)], b""));
        assert_eq!(one("a/b.txt", b'0', b"words"), [""; 0]);
        assert_eq!(one("a/", b'5', b""), [""; 0]);
        assert_eq!(one("run", b'0', b"#!/bin/sh"), ["form.program"]);
        for name in ["/etc/passwd", "../up", "a/../../up", "c:\\x"] {
            assert_eq!(one(name, b'0', b"words"), ["archive.name"], "{name}");
        }
        assert_eq!(one("link", b'2', b""), ["archive.link"]);
        assert_eq!(one("long", b'L', b"another name"), ["archive.extra"]);
        let twice = [entry("a", b'0', b"words", 0), entry("A", b'0', b"words", 0)];
        assert_eq!(names(&tar(&twice, b"")), ["archive.name"]);
        assert_eq!(names(&tar(&[entry("a", b'0', b"words", 7)], b"")), ["form.unowned"]);
        assert_eq!(names(&tar(&[entry("a", b'0', b"words", 0)], b"tail")), ["form.trailing"]);
        let mut wrong = tar(&[entry("a", b'0', b"words", 0)], b"");
        wrong[1] = b'b';
        assert_eq!(names(&wrong), ["form.broken"]);
        let whole = tar(&[entry("a", b'0', b"words", 0)], b"");
        for end in [300, 512, 600, 1024, 1100] {
            assert!(!names(&whole[..end]).is_empty(), "cut at {end}");
        }
    }
}
