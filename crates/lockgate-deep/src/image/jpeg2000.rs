//! JPEG 2000: boxes of a file, and the code stream (ISO/IEC 15444-1, annexes A and I).

use super::{CONSTRUCTS_MAX, trailing};
use crate::{Answer, codes};
use lockgate_core::FindingCode;

/// Walks a file of boxes or a bare code stream.
pub(crate) fn walk(object: &[u8], answer: &mut Answer) {
    if object.starts_with(&[0xFF, 0x4F]) {
        if let Some(end) = stream(object, 0, answer) {
            trailing(object, end, answer);
        }
        return;
    }
    let mut at = 0;
    let mut streams = 0_usize;
    for _ in 0..CONSTRUCTS_MAX {
        if at == object.len() {
            if streams == 0 {
                answer.found(codes::NOT_OF_ITS_FORM, "no code stream");
            }
            return;
        }
        let Some((kind, data_at, end)) = boxed(object, at) else {
            let code = if streams > 0 { codes::TRAILING } else { codes::CUT_OFF };
            answer.found(code, format!("byte {at}"));
            answer.says_unowned(&format!("bytes from byte {at}"), object.get(at..).unwrap_or(&[]));
            return;
        };
        let place =
            format!("{} at byte {at}, {} bytes", String::from_utf8_lossy(&kind), end.saturating_sub(at));
        let told = |code: &'static FindingCode, answer: &mut Answer| {
            answer.found(code, place.clone());
            answer.says_text(&place, object.get(data_at..end).unwrap_or(&[]));
        };
        match &kind {
            b"jP  " if end.saturating_sub(data_at) == 4 => {}
            // A brand, its version, and a few other brands.
            b"ftyp" if end.saturating_sub(data_at) <= 64 => {}
            b"jp2h" => header(object.get(..end).unwrap_or(object), data_at, answer),
            b"jp2c" => {
                streams = streams.saturating_add(1);
                if streams == 2 {
                    answer.found(codes::JPEG2000_FURTHER, place.clone());
                }
                let inside = object.get(..end).unwrap_or(object);
                if let Some(stream_end) = stream(inside, data_at, answer)
                    && stream_end < end
                {
                    let place = format!("code stream box from byte {stream_end}");
                    answer.says_unowned(&place, object.get(stream_end..end).unwrap_or(&[]));
                    answer.found(codes::UNOWNED, place);
                }
            }
            b"xml " => told(codes::JPEG2000_XML, answer),
            b"uuid" | b"uinf" => told(codes::JPEG2000_UUID, answer),
            _ => told(codes::JPEG2000_PRIVATE, answer),
        }
        at = end;
    }
    answer.found(codes::TOO_MANY, format!("box at byte {at}"));
}

/// The boxes inside of the header box: what it takes to show the picture (annex I.5.3), and nothing else.
fn header(object: &[u8], from: usize, answer: &mut Answer) {
    let mut at = from;
    for _ in 0..CONSTRUCTS_MAX {
        if at == object.len() {
            return;
        }
        let Some((kind, data_at, end)) = boxed(object, at) else {
            answer.found(codes::UNOWNED, format!("header box from byte {at}"));
            return;
        };
        if !matches!(&kind, b"ihdr" | b"bpcc" | b"colr" | b"pclr" | b"cmap" | b"cdef" | b"res ") {
            let kind = String::from_utf8_lossy(&kind);
            let place = format!("{kind} in the header box at byte {at}");
            answer.says_text(&place, object.get(data_at..end).unwrap_or(&[]));
            answer.found(codes::JPEG2000_PRIVATE, place);
        }
        at = end;
    }
    answer.found(codes::TOO_MANY, format!("header box at byte {at}"));
}

/// The kind of the box at `at`, where its data begins, and where it ends. A length of 0 runs to the end of the file.
fn boxed(object: &[u8], at: usize) -> Option<([u8; 4], usize, usize)> {
    let (length, rest) = object.get(at..)?.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (length, head) = match u32::from_be_bytes(*length) {
        0 => (object.len().checked_sub(at)?, 8),
        1 => (usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?, 16),
        length => (usize::try_from(length).ok()?, 8),
    };
    let end = at.checked_add(length)?;
    (length >= head && end <= object.len()).then(|| (*kind, at.saturating_add(head), end))
}

/// The markers of a code stream; where it ends, unless it is broken.
fn stream(object: &[u8], from: usize, answer: &mut Answer) -> Option<usize> {
    let mut at = from.checked_add(2)?;
    for _ in 0..CONSTRUCTS_MAX {
        let Some(marker) = object.get(at..).and_then(|rest| rest.first_chunk::<2>()) else {
            answer.found(codes::CUT_OFF, format!("code stream at byte {at}"));
            return None;
        };
        let segment = |offset: usize| {
            let length = object.get(at.checked_add(offset)?..)?.first_chunk::<2>()?;
            Some(usize::from(u16::from_be_bytes(*length)))
        };
        match *marker {
            [0xFF, 0xD9] => return at.checked_add(2),
            // A tile part states its own length; 0 is for the last one, up to the end marker.
            [0xFF, 0x90] => {
                let stated = object.get(at.checked_add(6)?..).and_then(|rest| rest.first_chunk::<4>());
                let stated = stated.map_or(0, |stated| u32::from_be_bytes(*stated));
                let end = match usize::try_from(stated).ok() {
                    Some(0) => object.len().checked_sub(2).filter(|end| *end > at),
                    Some(stated) if stated >= 14 => at.checked_add(stated),
                    _ => None,
                };
                let Some(end) = end else {
                    answer.found(codes::NOT_OF_ITS_FORM, format!("tile part at byte {at}"));
                    return None;
                };
                at = end;
            }
            [0xFF, kind @ 0x51..=0x6F] => {
                let Some(length) = segment(2).filter(|length| *length >= 2) else {
                    answer.found(codes::CUT_OFF, format!("code stream at byte {at}"));
                    return None;
                };
                let end = at.checked_add(2)?.checked_add(length)?;
                if kind == 0x64 {
                    let place = format!("code stream at byte {at}, {length} bytes");
                    // Behind its length, and what it is written in.
                    answer.says_text(&place, object.get(at.saturating_add(6)..end).unwrap_or(&[]));
                    answer.found(codes::JPEG2000_COMMENT, place);
                }
                at = end;
            }
            _ => {
                answer.found(codes::NOT_OF_ITS_FORM, format!("code stream at byte {at}"));
                return None;
            }
        }
    }
    answer.found(codes::TOO_MANY, format!("code stream at byte {at}"));
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    fn stream_bytes(comment: bool) -> Vec<u8> {
        let mut out = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 4, 0, 0];
        if comment {
            out.extend([0xFF, 0x64, 0, 7, 0, 1]);
            out.extend(b"abc");
        }
        out.extend([0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 18, 0, 1, 0xFF, 0x93, 1, 2, 3, 4]);
        out.extend([0xFF, 0xD9]);
        out
    }

    fn boxes(more: &[(&[u8; 4], &[u8])], stream: &[u8]) -> Vec<u8> {
        let mut out = b"\0\0\0\x0CjP  \r\n\x87\n".to_vec();
        for (kind, data) in more.iter().copied().chain([(b"jp2c", stream)]) {
            out.extend(u32::try_from(data.len() + 8).unwrap().to_be_bytes());
            out.extend(kind);
            out.extend(data);
        }
        out
    }

    fn names(object: &[u8]) -> Vec<&'static str> {
        crate::look(object).findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn every_box_beside_the_picture_is_seen() {
        let plain = stream_bytes(false);
        assert_eq!(names(&boxes(&[], &plain)), [""; 0]);
        assert_eq!(names(&plain), [""; 0]);
        assert_eq!(names(&boxes(&[(b"xml ", b"<x/>")], &plain)), ["jpeg2000.xml"]);
        assert_eq!(names(&boxes(&[(b"uuid", &[0; 20])], &plain)), ["jpeg2000.uuid"]);
        assert_eq!(names(&boxes(&[(b"prVt", b"x")], &plain)), ["jpeg2000.private"]);
        assert_eq!(names(&boxes(&[], &stream_bytes(true))), ["jpeg2000.comment"]);
        assert_eq!(names(&boxes(&[], &[&plain[..], b"more"].concat())), ["form.unowned"]);
        assert_eq!(names(&[&boxes(&[], &plain)[..], b"tail"].concat()), ["form.trailing"]);
        assert_eq!(names(&[&plain[..], b"tail"].concat()), ["form.trailing"]);
    }

    #[test]
    fn what_boxes_and_comments_say_is_given_to_the_search_for_words() {
        let plain = stream_bytes(false);
        let said =
            |object: &[u8], text: &str| crate::look(object).texts.iter().any(|said| said.text.contains(text));
        for kind in [b"xml ", b"uuid", b"uinf", b"prVt"] {
            assert!(said(&boxes(&[(kind, b"\x01\x02rain and wind")], &plain), "rain and wind"), "{kind:?}");
        }
        assert!(said(&stream_bytes(true), "abc"));
        let inner = [&[0, 0, 0, 12][..], b"xml ", b"rain"].concat();
        assert!(said(&boxes(&[(b"jp2h", &inner)], &plain), "rain"));
    }

    #[test]
    fn what_is_inside_of_the_header_box_is_seen() {
        let plain = stream_bytes(false);
        let inner = |kind: &[u8; 4]| [&[0, 0, 0, 10][..], kind, b"xy"].concat();
        assert_eq!(names(&boxes(&[(b"jp2h", &inner(b"ihdr"))], &plain)), [""; 0]);
        assert_eq!(names(&boxes(&[(b"jp2h", &inner(b"xml "))], &plain)), ["jpeg2000.private"]);
        assert_eq!(names(&boxes(&[(b"jp2h", b"loose")], &plain)), ["form.unowned"]);
        assert_eq!(names(&boxes(&[(b"ftyp", &[7; 4000])], &plain)), ["jpeg2000.private"]);
    }

    #[test]
    fn a_code_stream_that_is_cut_is_none() {
        let whole = stream_bytes(true);
        for end in 4..whole.len() {
            assert!(!names(&whole[..end]).is_empty(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn any_change_is_survived(at: usize, byte: u8, end: usize) {
            let mut object = boxes(&[(b"xml ", b"<x/>")], &stream_bytes(true));
            let at = at % object.len();
            object[at] = byte;
            object.truncate(12 + end % object.len());
            let _ = crate::look(&object);
        }
    }
}
