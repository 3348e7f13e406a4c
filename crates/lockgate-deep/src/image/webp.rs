//! WebP, chunk by chunk (WebP Container Specification).

use super::{CONSTRUCTS_MAX, exif, trailing};
use crate::{Answer, codes};

/// Walks the chunks from the head to the last byte.
pub(crate) fn walk(object: &[u8], answer: &mut Answer) {
    let stated =
        object.get(4..).and_then(|rest| rest.first_chunk()).map_or(0, |size| u32::from_le_bytes(*size));
    let end = usize::try_from(stated).unwrap_or(usize::MAX).saturating_add(8);
    if end > object.len() {
        answer.found(codes::CUT_OFF, "RIFF");
        return;
    }
    let mut at = 12_usize;
    let mut pictures = 0_usize;
    for _ in 0..CONSTRUCTS_MAX {
        if at == end {
            if pictures == 0 {
                answer.found(codes::NOT_OF_ITS_FORM, "no picture");
            }
            trailing(object, end, answer);
            return;
        }
        let Some((kind, data)) = chunk(object, at, end) else {
            answer.found(codes::UNOWNED, format!("byte {at}"));
            answer.says_unowned(&format!("bytes from byte {at}"), object.get(at..).unwrap_or(&[]));
            return;
        };
        let place = format!("{} at byte {at}, {} bytes", String::from_utf8_lossy(kind), data.len());
        match kind {
            b"VP8 " | b"VP8L" | b"ANMF" => {
                pictures = pictures.saturating_add(1);
                if pictures == 2 {
                    answer.found(codes::WEBP_FURTHER, place);
                }
            }
            b"VP8X" if data.len() == 10 => {}
            b"ANIM" if data.len() == 6 => {}
            // Its own bits say how it is coded; one for one picture.
            b"ALPH" if pictures == 0 => {}
            b"EXIF" => {
                answer.found(codes::WEBP_EXIF, place.clone());
                exif::look(data, &place, answer);
            }
            _ => {
                let code = match kind {
                    b"ICCP" => codes::WEBP_PROFILE,
                    b"XMP " => codes::WEBP_XMP,
                    _ => codes::WEBP_PRIVATE,
                };
                answer.says_text(&place, data);
                answer.found(code, place);
            }
        }
        let padded = data.len().saturating_add(data.len() & 1);
        if padded > data.len() && object.get(at.saturating_add(8).saturating_add(data.len())) != Some(&0) {
            answer.found(
                codes::UNOWNED,
                format!("padding before byte {}", at.saturating_add(8).saturating_add(padded)),
            );
        }
        at = at.saturating_add(8).saturating_add(padded).min(end);
    }
    answer.found(codes::TOO_MANY, format!("chunk at byte {at}"));
}

fn chunk(object: &[u8], at: usize, end: usize) -> Option<(&[u8; 4], &[u8])> {
    let (kind, rest) = object.get(at..end)?.split_first_chunk::<4>()?;
    let (size, rest) = rest.split_first_chunk::<4>()?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    Some((kind, rest.get(..size)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    fn webp(chunks: &[(&[u8; 4], &[u8])], end: &[u8]) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        for (kind, data) in chunks {
            body.extend(*kind);
            body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            body.extend(*data);
            body.extend(vec![0; data.len() & 1]);
        }
        [b"RIFF".to_vec(), u32::try_from(body.len()).unwrap().to_le_bytes().to_vec(), body, end.to_vec()]
            .concat()
    }

    fn names(object: &[u8]) -> Vec<&'static str> {
        crate::look(object).findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn every_chunk_beside_the_picture_is_seen() {
        assert_eq!(names(&webp(&[(b"VP8L", b"abc")], b"")), [""; 0]);
        assert_eq!(names(&webp(&[(b"VP8L", b"ab"), (b"EXIF", b"x")], b"")), ["webp.exif", "exif.unread"]);
        let place = b"II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(names(&webp(&[(b"VP8L", b"ab"), (b"EXIF", place)], b"")), ["webp.exif", "exif.place"]);
        assert_eq!(names(&webp(&[(b"VP8L", b"ab"), (b"XMP ", b"x")], b"")), ["webp.xmp"]);
        assert_eq!(names(&webp(&[(b"prVt", b"ab"), (b"VP8 ", b"x")], b"")), ["webp.private"]);
        assert_eq!(names(&webp(&[(b"ANMF", b"ab"), (b"ANMF", b"x")], b"")), ["webp.further-pictures"]);
        assert_eq!(names(&webp(&[(b"VP8 ", b"ab"), (b"VP8L", b"x")], b"")), ["webp.further-pictures"]);
        assert_eq!(names(&webp(&[(b"VP8X", &[0; 10]), (b"VP8 ", b"ab")], b"")), [""; 0]);
        assert_eq!(names(&webp(&[(b"VP8X", &[0; 99]), (b"VP8 ", b"ab")], b"")), ["webp.private"]);
        assert_eq!(names(&webp(&[(b"VP8 ", b"ab")], b"tail")), ["form.trailing"]);
        assert_eq!(names(&webp(&[], b"")), ["form.broken"]);
    }

    #[test]
    fn what_chunks_say_is_given_to_the_search_for_words() {
        for kind in [b"EXIF", b"XMP ", b"ICCP", b"prVt"] {
            let answer = crate::look(&webp(&[(b"VP8L", b"ab"), (kind, b"rain and wind")], b""));
            assert!(answer.texts.iter().any(|said| said.text == "rain and wind"), "{:?}", answer.texts);
        }
    }

    proptest! {
        #[test]
        fn any_change_is_survived(at in 0_usize..40, byte: u8, end in 16_usize..60) {
            let mut object = webp(&[(b"VP8L", b"abc"), (b"EXIF", b"words")], b"tail");
            object[at] = byte;
            object.truncate(end);
            let _ = crate::look(&object);
        }
    }
}
