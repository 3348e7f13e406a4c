//! Other forms inside a file: what makes one reader see one thing and another reader something else.

use crate::{Answer, Form, codes};

/// Where archives, disks and programs put a second beginning: on every multiple of this.
const BLOCK: usize = 512;
/// Bytes within which readers of PDF look for its head.
const LED: usize = 1024;

/// Reports the beginnings of other forms: a PDF head within the first 1,024 bytes (where its readers look), any form on a
/// block of 512 bytes, and the end record of a ZIP anywhere near the end (where its readers look).
pub(crate) fn foreign(object: &[u8], form: Form, answer: &mut Answer) {
    if form != Form::Pdf
        && let Some(at) = find(object.get(..LED.min(object.len())).unwrap_or(object), b"%PDF-")
    {
        answer.found(codes::FOREIGN_MAGIC, format!("pdf at byte {at}"));
    }
    if !matches!(form, Form::Zip) {
        let from = object.len().saturating_sub(65_557);
        if let Some(at) = find(object.get(from..).unwrap_or(&[]), b"PK\x05\x06") {
            answer.found(codes::FOREIGN_MAGIC, format!("zip, its end at byte {}", from.saturating_add(at)));
        }
    }
    for (block, at) in object.chunks(BLOCK).zip((0_usize..).step_by(BLOCK)).skip(1) {
        // A form that is cut by the block is seen from its beginning on.
        let rest = object.get(at..).unwrap_or(block);
        if let Some(other) = Form::by_magic(rest)
            && is_telling(other, rest)
            && !is_at_home(other, form)
        {
            answer.found(codes::FOREIGN_MAGIC, format!("{other} at byte {at}"));
        }
    }
    // A tar tells itself 257 bytes in; as the first form it would have been found before this one.
    if form != Form::Tar && object.get(257..262) == Some(b"ustar") {
        answer.found(codes::FOREIGN_MAGIC, "tar at byte 0");
    }
}

/// Reports a form that begins within the first 1,024 bytes of an object of no form: its readers look past what stands
/// before it (ISO 32000-1, annex H.3, note 13 for PDF; archives are read from their end).
pub(crate) fn led(object: &[u8], answer: &mut Answer) {
    let first = (1..LED.min(object.len())).find_map(|at| {
        let rest = object.get(at..)?;
        let form = Form::by_magic(rest)?;
        // The magic of a tar stands inside of what a shift would take for another beginning.
        (form != Form::Tar && is_telling(form, rest)).then_some((form, at))
    });
    if let Some((form, at)) = first {
        answer.found(codes::LEADING, format!("{at} bytes before {form}"));
    }
}

/// Pictures stand in documents as they are, wherever their streams begin; and in archives everything that they hold, which is
/// looked into by itself.
fn is_at_home(form: Form, inside: Form) -> bool {
    match inside {
        Form::Pdf => matches!(form, Form::Jpeg | Form::Jpeg2000),
        Form::Zip | Form::Tar => true,
        _ => false,
    }
}

/// Magics of two or three bytes occur by chance in compressed data once in a few megabytes of blocks: those are taken
/// only with more behind them.
fn is_telling(form: Form, rest: &[u8]) -> bool {
    match form {
        Form::Program => rest.starts_with(b"\x7FELF") || is_portable_executable(rest),
        Form::Jpeg => matches!(rest.get(3), Some(0xDB | 0xE0 | 0xE1 | 0xEE)),
        Form::Gzip => {
            rest.get(3).is_some_and(|flags| *flags < 32)
                && rest.get(8).is_some_and(|extra| matches!(extra, 0 | 2 | 4))
        }
        Form::Bmp | Form::Text => false,
        _ => true,
    }
}

/// `MZ`, and at the place it names, `PE`.
fn is_portable_executable(rest: &[u8]) -> bool {
    let Some(place) = rest.get(60..64).and_then(|place| place.first_chunk::<4>()) else { return false };
    let place = usize::try_from(u32::from_le_bytes(*place)).unwrap_or(usize::MAX);
    rest.starts_with(b"MZ") && rest.get(place..).is_some_and(|header| header.starts_with(b"PE\0\0"))
}

/// The first place of `what` in `bytes`.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(object: &[u8], form: Form) -> Vec<String> {
        let mut answer = Answer::default();
        foreign(object, form, &mut answer);
        answer.findings.into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn a_second_form_is_seen_where_its_reader_would_see_it() {
        let mut png = vec![0; 2048];
        assert!(found(&png, Form::Png).is_empty());
        png[100..105].copy_from_slice(b"%PDF-");
        png[512..519].copy_from_slice(b"NITF02.");
        png[2000..2004].copy_from_slice(b"PK\x05\x06");
        assert_eq!(
            found(&png, Form::Png),
            ["pdf at byte 100", "zip, its end at byte 2000", "nitf at byte 512"]
        );
    }

    #[test]
    fn what_leads_a_form_is_seen() {
        let led = |before: &[u8], form: &[u8]| {
            let mut answer = Answer::default();
            led(&[before, form, &[0; 64]].concat(), &mut answer);
            answer.findings.into_iter().map(|finding| finding.place).next()
        };
        assert_eq!(led(b"\xFFsecret\n", b"%PDF-1.7").as_deref(), Some("8 bytes before pdf"));
        assert_eq!(led(&[0; 900], b"\x89PNG\r\n\x1A\n").as_deref(), Some("900 bytes before png"));
        assert_eq!(led(b"\0", b"#!/bin/sh"), None, "two bytes say nothing");
        assert_eq!(led(&[0; 2000], b"%PDF-1.7"), None, "no reader looks there");
    }

    #[test]
    fn a_picture_in_a_document_is_at_home() {
        let mut object = vec![0; 2048];
        object[512..516].copy_from_slice(&[0xFF, 0xD8, 0xFF, 0xE0]);
        assert_eq!(found(&object, Form::Pdf), [""; 0]);
        assert_eq!(found(&object, Form::Png), ["jpeg at byte 512"]);
    }

    #[test]
    fn a_program_has_to_be_one() {
        let mut object = vec![0; 2048];
        object[512..514].copy_from_slice(b"MZ");
        assert!(found(&object, Form::Png).is_empty(), "two bytes say nothing");
        object[512 + 60] = 128;
        object[512 + 128..512 + 132].copy_from_slice(b"PE\0\0");
        assert_eq!(found(&object, Form::Png), ["program at byte 512"]);
    }
}
